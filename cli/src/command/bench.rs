//! `synthc bench`: what a patch, or one of its functions, costs.

use std::io::Write;

use serde::Serialize;
use synthc_ir::Precision;
use synthc_lang::Patch;
use synthc_measure::{
    Bench, Effort, Machine, MeasureError, Row, Subject, markdown, peak_resident_bytes,
};

use crate::args::{BenchArgs, PrecisionArg};
use crate::failure::Failure;
use crate::patch_file::{build_failure, function, load};

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    machine: Machine,
    rounds: u32,
    rows: Vec<Row>,
}

pub(crate) fn run(args: &BenchArgs) -> Result<(), Failure> {
    let patch = load(&args.patch.path)?;
    let subjects = subjects(args, &patch)?;
    let report = measure(args, &patch, &subjects)?;
    let text = if args.json {
        serde_json::to_string_pretty(&report).map_err(|e| Failure::Io(e.to_string()))?
    } else {
        format!("{}\n\n{}", report.machine, markdown(&report.rows))
    };
    writeln!(std::io::stdout(), "{}", text.trim_end()).map_err(Failure::io)
}

/// The function that is named, or every node with its voices.
fn subjects(args: &BenchArgs, patch: &Patch) -> Result<Vec<Subject>, Failure> {
    if let Some(name) = &args.patch.function {
        let function = function(patch, &args.patch.path, name)?;
        return Ok(vec![Subject {
            name: function.name,
            inputs: u32::try_from(function.inputs.len()).unwrap_or(u32::MAX),
            outputs: function.outputs,
            voices: 1,
        }]);
    }
    let nodes = patch.session().nodes().map(|(name, node)| Subject {
        name: name.to_string(),
        inputs: node.definition().inputs(),
        outputs: node.definition().outputs().to_vec(),
        voices: node.count() as usize,
    });
    let nodes: Vec<Subject> = nodes.collect();
    if nodes.is_empty() {
        return Err(Failure::Usage(format!(
            "{0} makes no node; name a function: {0}:FUNCTION",
            args.patch.path.display()
        )));
    }
    Ok(nodes)
}

fn measure(args: &BenchArgs, patch: &Patch, subjects: &[Subject]) -> Result<Report, Failure> {
    let precisions: &[Precision] = match args.precision {
        None => &[Precision::F32, Precision::F64],
        Some(PrecisionArg::F32) => &[Precision::F32],
        Some(PrecisionArg::F64) => &[Precision::F64],
    };
    let blocks: Vec<usize> = args.blocks.iter().map(|&block| block as usize).collect();
    let mut benches = Vec::new();
    for subject in subjects {
        for &precision in precisions {
            let bench = Bench::new(subject, precision, &blocks, Effort::FULL);
            benches.push(bench.map_err(|e| failure(patch, &subject.name, &e))?);
        }
    }
    for _ in 0..args.rounds {
        for bench in &mut benches {
            let measured = bench.round();
            measured.map_err(|e| Failure::Patch(format!("error: {e}")))?;
        }
    }
    let mut rows: Vec<Row> = benches.iter().flat_map(Bench::rows).collect();
    // Of this process, which held all nodes in all widths at once.
    let peak = peak_resident_bytes();
    for row in &mut rows {
        row.peak_resident_bytes = peak;
    }
    Ok(Report {
        machine: Machine::this(),
        rounds: args.rounds,
        rows,
    })
}

fn failure(patch: &Patch, name: &str, error: &MeasureError) -> Failure {
    match error {
        MeasureError::Build(error) => build_failure(patch, error),
        other => Failure::Patch(format!("error: {name}: {other}")),
    }
}
