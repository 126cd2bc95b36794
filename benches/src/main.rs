//! Compiled graphs against interpreted ones: `cargo run --release -p synthc-benches`.
//!
//! Every patch of `benches/patches/` is compiled and measured in `f32` and `f64`, in blocks of 64
//! and 512 frames, controls at rest, against the per-sample evaluator. Rounds are interleaved over
//! the patches and the minimum of all rounds is kept, because machines are noisy. The table goes
//! to standard output; `--json FILE` saves it too.

mod corpus;
mod measure;
mod report;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut json, mut rounds) = (None, 9);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--json", Some(file)) => json = Some(file),
            ("--rounds", Some(n)) if n.parse::<usize>().is_ok_and(|n| n > 0) => {
                rounds = n.parse().unwrap_or(rounds);
            }
            _ => {
                eprintln!("usage: synthc-benches [--json FILE] [--rounds N]");
                return ExitCode::from(2);
            }
        }
    }
    match run(rounds, json.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(rounds: usize, json: Option<&str>) -> Result<(), Box<dyn std::error::Error>> {
    let mut benches = Vec::new();
    for patch in corpus::load()? {
        benches.extend(measure::prepare(&patch)?);
    }
    for _ in 0..rounds {
        for bench in &mut benches {
            bench.round()?;
        }
    }
    let rows: Vec<report::Row> = benches.iter().map(report::Row::of).collect();
    report::print(&rows);
    if let Some(file) = json {
        std::fs::write(file, serde_json::to_string_pretty(&rows)?)?;
    }
    Ok(())
}
