//! Loading patch files and showing what is wrong with them.

use std::io::IsTerminal;
use std::path::Path;

use synthc_ir::BuildError;
use synthc_lang::{Diagnostic, Limits, Patch, PatchError, PatchFunction, SourceFile, Style};

use crate::failure::Failure;

/// Reads and evaluates a patch.
pub(crate) fn load(path: &Path) -> Result<Patch, Failure> {
    let text = read(path)?;
    let source = SourceFile::new(path.display().to_string(), text);
    Patch::load(source, Limits::default()).map_err(|error| patch_failure(&error))
}

/// The text of a patch file.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|e| Failure::Io(format!("cannot read the patch {}: {e}", path.display())))?;
    String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count();
        Failure::Patch(format!(
            "error: {}:{line}: the file is not UTF-8 text; is it a patch?",
            path.display()
        ))
    })
}

/// The function that `PATCH:FUNCTION` names. A name that is no function of the patch is a mistake of the
/// command line; what the function itself raises has a place in the patch.
pub(crate) fn function(patch: &Patch, path: &Path, name: &str) -> Result<PatchFunction, Failure> {
    patch.definition(name).map_err(|error| {
        let records: Vec<_> = error.diagnostics.iter().map(Diagnostic::record).collect();
        match records.as_slice() {
            [record] if record.start.is_none() => {
                let mut text = format!("{}:{name}: {}", path.display(), record.message);
                for help in &record.help {
                    text.push_str("; ");
                    text.push_str(help);
                }
                Failure::Usage(text)
            }
            _ => patch_failure(&error),
        }
    })
}

/// A patch that does not load: what it printed until then, and the diagnostics.
pub(crate) fn patch_failure(error: &PatchError) -> Failure {
    let texts: Vec<String> = error.diagnostics.iter().map(show).collect();
    Failure::Patch(format!("{}{}", error.output, texts.join("\n\n")))
}

/// A graph that does not build, with the caret under the signal.
pub(crate) fn build_failure(patch: &Patch, error: &BuildError) -> Failure {
    Failure::Patch(show(&patch.diagnose(error)))
}

/// A diagnostic for standard error: coloured on a terminal.
pub(crate) fn show(diagnostic: &Diagnostic) -> String {
    let coloured = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let style = if coloured {
        Style::Coloured
    } else {
        Style::Plain
    };
    diagnostic.render(style).trim_end().to_owned()
}

/// Prints warnings and what the patch itself printed to standard error.
pub(crate) fn print_remarks(output: &str, warnings: &[Diagnostic]) {
    if !output.is_empty() {
        eprint!("{output}");
    }
    for warning in warnings {
        eprintln!("{}\n", show(warning));
    }
}
