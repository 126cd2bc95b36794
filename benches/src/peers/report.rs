//! The tables of the comparison.

use std::error::Error;
use std::fmt::Write;

use serde::Serialize;
use synthc_measure::{Machine, Row, geometric_mean};

use super::contender::{Contender, Controls};
use crate::args::PeersArgs;

/// What is saved as JSON.
#[derive(Serialize)]
struct Report<'a> {
    machine: Machine,
    engines: &'a [String],
    rounds: u32,
    synthc: &'a [Row],
    contenders: &'a [Contender],
}

#[allow(
    clippy::print_stdout,
    reason = "the tables are what the program is for"
)]
pub(super) fn write(
    args: &PeersArgs,
    versions: &[String],
    rows: &[Row],
    contenders: &[Contender],
) -> Result<(), Box<dyn Error>> {
    let machine = Machine::this();
    let mut text = format!("{machine}; {}\n\n", versions.join("; "));
    text.push_str(&faust(rows, contenders));
    println!("{text}");
    if let Some(file) = &args.markdown {
        std::fs::write(file, &text)?;
    }
    if let Some(file) = &args.json {
        let (engines, rounds) = (versions, args.rounds);
        let report = Report {
            machine,
            engines,
            rounds,
            synthc: rows,
            contenders,
        };
        std::fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(())
}

/// The contenders of a patch whose engine begins so.
fn pick<'a>(
    contenders: &'a [Contender],
    patch: &str,
    engine: &str,
    controls: Controls,
) -> Option<&'a Contender> {
    let same = contenders
        .iter()
        .filter(|c| c.patch == patch && c.controls == controls && c.engine.starts_with(engine));
    same.min_by(|a, b| a.ns_per_sample.min().total_cmp(&b.ns_per_sample.min()))
}

const FAUST_HEAD: &str = "\
| patch | at rest: synthc ns | raw FAUST: JIT | best C++ | × JIT | × C++ | moving: synthc ns | smoothed FAUST: JIT | best C++ | × JIT | × C++ | compile ms: synthc | JIT (CPU) | g++ | × JIT | FAUST's version |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
";

/// Against FAUST: at rest against raw controls, moving against smoothed ones.
fn faust(rows: &[Row], contenders: &[Contender]) -> String {
    let mut text = FAUST_HEAD.to_owned();
    let mut ratios: [Vec<f64>; 5] = Default::default();
    for row in rows {
        let best = |engine: &str, controls| pick(contenders, &row.name, engine, controls);
        let Some(cpp) = best("FAUST C++", Controls::Resting) else {
            continue;
        };
        let ns = |engine: &str, controls| {
            best(engine, controls).map_or(f64::NAN, |c| c.ns_per_sample.min())
        };
        let jit = best("FAUST JIT", Controls::Resting);
        let jit_ms = jit.map_or(f64::NAN, |c| c.compile_ms.min());
        let (rest, moving) = (row.ns_per_sample.compiled, row.ns_per_sample.moving);
        let figures = [
            ns("FAUST JIT", Controls::Resting) / rest,
            ns("FAUST C++", Controls::Resting) / rest,
            ns("FAUST JIT", Controls::Moving) / moving,
            ns("FAUST C++", Controls::Moving) / moving,
            jit_ms / row.compile_ms.min,
        ];
        for (all, figure) in ratios.iter_mut().zip(figures) {
            all.push(figure);
        }
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} ({}) | {:.1} | {:.1} | {} | {} | {} | {:.1} | {:.1} | {:.2} | {:.0} | {:.0} | {:.0} | {} |",
            row.name,
            short(rest),
            short(ns("FAUST JIT", Controls::Resting)),
            short(ns("FAUST C++", Controls::Resting)),
            cpp.engine.trim_start_matches("FAUST C++").trim(),
            figures[0],
            figures[1],
            short(moving),
            short(ns("FAUST JIT", Controls::Moving)),
            short(ns("FAUST C++", Controls::Moving)),
            figures[2],
            figures[3],
            row.compile_ms.min,
            jit_ms,
            cpp.compile_ms.min(),
            figures[4],
            cpp.differs,
        );
    }
    let [rest_jit, rest_cpp, moving_jit, moving_cpp, compile] = ratios;
    let faster = |all: &[f64]| all.iter().filter(|x| **x > 1.0).count();
    let worst = |all: &[f64]| all.iter().copied().fold(f64::NAN, f64::min);
    let _ = writeln!(text);
    for (name, all) in [
        ("at rest, against the JIT with raw controls", &rest_jit),
        ("at rest, against the best C++ with raw controls", &rest_cpp),
        (
            "moving, against the JIT with smoothed controls",
            &moving_jit,
        ),
        (
            "moving, against the best C++ with smoothed controls",
            &moving_cpp,
        ),
        ("compiling, against the JIT", &compile),
    ] {
        let _ = writeln!(
            text,
            "* {name}: {:.1} × (geometric mean), faster on {} of {}, worst {:.2} ×",
            geometric_mean(all.iter().copied()),
            faster(all),
            all.len(),
            worst(all),
        );
    }
    text
}

/// Three significant digits.
fn short(x: f64) -> String {
    match x {
        x if !x.is_finite() => "–".to_owned(),
        x if x < 10.0 => format!("{x:.2}"),
        x if x < 100.0 => format!("{x:.1}"),
        x => format!("{x:.0}"),
    }
}
