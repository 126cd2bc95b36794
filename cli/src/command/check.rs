//! `synthc check`: diagnostics, and nothing else.

use std::path::Path;

use serde::Serialize;
use synthc_lang::{Diagnostic, Limits, Patch, Severity, SourceFile};

use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::patch_file::{read, show};

/// One diagnostic as JSON.
#[derive(Serialize)]
struct Line<'a> {
    severity: &'a str,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    message: String,
    help: Vec<String>,
}

pub(crate) fn run(args: &CheckArgs) -> Result<(), Failure> {
    let mut wrong = 0;
    let mut unread = Vec::new();
    for path in &args.patches {
        let (diagnostics, broken) = match check(path) {
            Ok(checked) => checked,
            // The other patches are looked at all the same.
            Err(Failure::Io(text)) => {
                unread.push(text);
                continue;
            }
            Err(failure) => return Err(failure),
        };
        for diagnostic in &diagnostics {
            print(diagnostic, args.json)?;
        }
        wrong += usize::from(broken);
    }
    if !unread.is_empty() {
        return Err(Failure::Io(unread.join("\nerror: ")));
    }
    match wrong {
        0 => Ok(()),
        1 => Err(Failure::Patch(String::new())),
        n => Err(Failure::Patch(format!("{n} patches are wrong"))),
    }
}

/// What is said of a patch, and whether it cannot be used.
fn check(path: &Path) -> Result<(Vec<Diagnostic>, bool), Failure> {
    let source = SourceFile::new(path.display().to_string(), read(path)?);
    Ok(match Patch::load(source, Limits::default()) {
        Ok(patch) => (patch.warnings().to_vec(), false),
        Err(error) => (error.diagnostics, true),
    })
}

#[allow(clippy::print_stdout, reason = "JSON is the output of this command")]
fn print(diagnostic: &Diagnostic, json: bool) -> Result<(), Failure> {
    if !json {
        eprintln!("{}\n", show(diagnostic));
        return Ok(());
    }
    let record = diagnostic.record();
    let line = Line {
        severity: match record.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        file: record.file,
        line: record.start.map(|at| at.line),
        column: record.start.map(|at| at.column),
        end_line: record.end.map(|at| at.line),
        end_column: record.end.map(|at| at.column),
        message: record.message,
        help: record.help,
    };
    println!("{}", serde_json::to_string(&line).map_err(Failure::io)?);
    Ok(())
}
