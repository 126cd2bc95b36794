//! The table of the corpus.

use std::error::Error;

use serde::Serialize;
use synthc_ir::Precision;
use synthc_measure::{Bench, Effort, Machine, Row, markdown};

use crate::args::TableArgs;
use crate::{corpus, memory};

/// What is saved as JSON.
#[derive(Serialize)]
struct Report<'a> {
    machine: &'a Machine,
    rounds: u32,
    rows: &'a [Row],
}

#[allow(clippy::print_stdout, reason = "the table is what the program is for")]
pub(crate) fn run(args: &TableArgs) -> Result<(), Box<dyn Error>> {
    let rounds = args.rounds.unwrap_or(if args.quick { 3 } else { 15 });
    let rows = measure(args, rounds)?;
    let machine = Machine::this();
    let table = markdown(&rows);
    println!("{machine}; {rounds} rounds\n\n{table}");
    if let Some(file) = &args.markdown {
        std::fs::write(file, &table)?;
    }
    if let Some(file) = &args.json {
        let (machine, rows) = (&machine, rows.as_slice());
        let report = Report {
            machine,
            rounds,
            rows,
        };
        std::fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(())
}

pub(crate) fn measure(args: &TableArgs, rounds: u32) -> Result<Vec<Row>, Box<dyn Error>> {
    let (precisions, blocks, effort): (&[_], &[_], _) = if args.quick {
        (&[Precision::F32], &[64], Effort::QUICK)
    } else {
        (&[Precision::F32, Precision::F64], &[64, 512], Effort::FULL)
    };
    let mut benches = Vec::new();
    for subject in corpus::load(&args.patches)? {
        for &precision in precisions {
            let bench = Bench::new(&subject, precision, blocks, effort);
            benches.push(bench.map_err(|e| format!("{}: {e}", subject.name))?);
        }
    }
    for _ in 0..rounds {
        for bench in &mut benches {
            bench.round()?;
        }
    }
    let mut rows: Vec<Row> = benches.iter().flat_map(Bench::rows).collect();
    if !args.quick {
        for row in &mut rows {
            row.peak_resident_bytes = memory::of(&row.name);
        }
    }
    Ok(rows)
}
