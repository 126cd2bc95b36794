//! The bars of the design, each with the figure that was measured: met or missed.

use std::error::Error;
use std::fmt::Write;

use synthc_measure::{Row, geometric_mean};

use crate::args::{BarsArgs, TableArgs};
use crate::live::{BACK_TO_BACK, DEVICE, Live, Scenario, worst};
use crate::peers::{self, Comparison};
use crate::table;

/// One bar.
struct Bar {
    what: &'static str,
    bound: String,
    figure: String,
    met: bool,
    /// The command that measures the figure.
    command: &'static str,
}

/// Measures what the bars need and prints them.
#[allow(
    clippy::print_stdout,
    reason = "the verdicts are what the program is for"
)]
pub(crate) fn run(args: &BarsArgs) -> Result<(), Box<dyn Error>> {
    let table = TableArgs {
        quick: true,
        ..TableArgs::default()
    };
    let rows = table::measure(&table, args.rounds)?;
    let comparison = peers::measure(&[], args.rounds)?;
    let live = Live::measure(&[])?;
    println!("{}", markdown(&rows, &comparison, &live));
    Ok(())
}

/// All bars as a table.
pub(crate) fn markdown(rows: &[Row], comparison: &Comparison, live: &Live) -> String {
    let mut bars = Vec::new();
    running(&mut bars, rows, comparison);
    compiling(&mut bars, rows, comparison);
    living(&mut bars, live);
    let mut text = "| bar | bound | figure | | measured by |\n|---|---|---|---|---|\n".to_owned();
    for bar in bars {
        let verdict = if bar.met { "met" } else { "**missed**" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {verdict} | `{}` |",
            bar.what, bar.bound, bar.figure, bar.command
        );
    }
    text
}

/// A bar that a figure must reach.
fn at_least(what: &'static str, bound: f64, figure: f64, command: &'static str) -> Bar {
    Bar {
        what,
        bound: format!("≥ {} ×", (bound * 100.0).round() / 100.0),
        figure: format!("{figure:.1} ×"),
        met: figure >= bound,
        command,
    }
}

/// A bar that a figure must not exceed.
fn at_most(what: &'static str, bound: f64, unit: &str, figure: f64, command: &'static str) -> Bar {
    Bar {
        what,
        bound: format!("≤ {bound} {unit}"),
        figure: format!("{figure:.2} {unit}"),
        met: figure <= bound,
        command,
    }
}

fn running(bars: &mut Vec<Bar>, rows: &[Row], comparison: &Comparison) {
    const PEERS: &str = "peers";
    const TABLE: &str = "(no subcommand)";
    let ratios = comparison.faust_ratios();
    let mean = |all: &[f64]| geometric_mean(all.iter().copied());
    let worst = |all: &[f64]| all.iter().copied().fold(f64::NAN, f64::min);
    let share =
        |all: &[f64]| 100.0 * all.iter().filter(|x| **x > 1.0).count() as f64 / all.len() as f64;
    for (jit, cpp, names) in [
        (
            &ratios.resting_jit,
            &ratios.resting_cpp,
            [
                "at rest: FAUST's JIT, raw, geometric mean",
                "at rest: FAUST's JIT, raw, worst patch",
                "at rest: best C++, raw, share of patches that are faster",
                "at rest: best C++, raw, worst patch",
            ],
        ),
        (
            &ratios.moving_jit,
            &ratios.moving_cpp,
            [
                "moving: FAUST's JIT, smoothed, geometric mean",
                "moving: FAUST's JIT, smoothed, worst patch",
                "moving: best C++, smoothed, share of patches that are faster",
                "moving: best C++, smoothed, worst patch",
            ],
        ),
    ] {
        bars.push(at_least(names[0], 3.0, mean(jit), PEERS));
        bars.push(at_least(names[1], 1.0, worst(jit), PEERS));
        bars.push(Bar {
            what: names[2],
            bound: "≥ 80 %".to_owned(),
            figure: format!("{:.0} %", share(cpp)),
            met: share(cpp) >= 80.0,
            command: PEERS,
        });
        bars.push(at_least(names[3], 1.0 / 1.5, worst(cpp), PEERS));
    }
    for (i, patch) in ratios.patches.iter().enumerate() {
        if patch == "voices64" {
            bars.push(at_least(
                "64 voices at rest: FAUST's JIT, raw",
                20.0,
                ratios.resting_jit[i],
                PEERS,
            ));
            bars.push(at_least(
                "64 voices moving: FAUST's JIT, smoothed",
                8.0,
                ratios.moving_jit[i],
                PEERS,
            ));
        }
    }
    for (engine, what) in [
        ("fundsp static", "P1–P8: fundsp, worst patch"),
        ("fundsp Net", "P1–P8: fundsp's Net, worst patch"),
        ("knyst", "P1–P8 without P4 and P7: knyst, worst patch"),
        ("scsynth", "P1–P8: scsynth, worst patch"),
        ("Csound", "P1–P8: Csound, worst patch"),
    ] {
        let all: Vec<f64> = comparison
            .engine_ratios()
            .into_iter()
            .filter(|(_, other, _)| *other == engine)
            .map(|(_, _, ratio)| ratio)
            .collect();
        bars.push(at_least(what, 1.0, worst(&all), PEERS));
    }
    let ns = |pick: fn(&Row) -> f64| geometric_mean(rows.iter().map(pick));
    bars.push(at_least(
        "the per-sample evaluator, geometric mean",
        20.0,
        ns(|r| r.ns_per_sample.evaluator / r.ns_per_sample.compiled),
        TABLE,
    ));
    bars.push(at_least(
        "the block interpreter, geometric mean",
        3.0,
        ns(|r| r.ns_per_sample.block_interpreter / r.ns_per_sample.compiled),
        TABLE,
    ));
    let moving = |r: &Row| r.ns_per_sample.moving / r.ns_per_sample.compiled;
    let most = rows.iter().map(moving).fold(f64::NAN, f64::max);
    bars.push(at_most(
        "moving against resting, f32, worst patch",
        2.0,
        "×",
        most,
        TABLE,
    ));
}

fn compiling(bars: &mut Vec<Bar>, rows: &[Row], comparison: &Comparison) {
    const TABLE: &str = "(no subcommand)";
    for (patch, what, bound) in [
        ("kick", "compile kick", 0.5),
        ("hat", "compile hat", 0.5),
        ("bass", "compile bass", 1.0),
        ("pad", "compile pad", 1.0),
        ("reverb_fx", "compile reverb", 1.5),
        ("voices64", "compile 64 voices (the voice once)", 5.0),
        ("random_graph_5000", "compile 5000 nodes", 60.0),
    ] {
        let mut of_patch = rows.iter().filter(|row| row.name == patch);
        if let Some(row) = of_patch.next() {
            bars.push(at_most(what, bound, "ms", row.compile_ms.min, TABLE));
        }
    }
    let ratios = comparison.faust_ratios().compile_jit;
    bars.push(at_least(
        "compiling: FAUST's JIT, geometric mean",
        50.0,
        geometric_mean(ratios),
        "peers",
    ));
}

fn living(bars: &mut Vec<Bar>, live: &Live) {
    const LIVE: &str = "live";
    if let Some(beat) = live.edits.iter().find(|edits| edits.example == "beat") {
        bars.push(at_most(
            "save → published, beat, p50",
            5.0,
            "ms",
            beat.p50_ms,
            LIVE,
        ));
        bars.push(at_most(
            "save → published, beat, p99",
            15.0,
            "ms",
            beat.p99_ms,
            LIVE,
        ));
    }
    for (what, pace, scenario) in [
        (
            "worst callback during swaps, p99.99, at a device's pace",
            DEVICE,
            Scenario::Swaps,
        ),
        (
            "worst callback in event storms, p99.99, at a device's pace",
            DEVICE,
            Scenario::Storms,
        ),
        (
            "worst callback during swaps, p99.99, back to back",
            BACK_TO_BACK,
            Scenario::Swaps,
        ),
        (
            "worst callback in event storms, p99.99, back to back",
            BACK_TO_BACK,
            Scenario::Storms,
        ),
    ] {
        let worst = worst(&live.callbacks, pace, scenario);
        bars.push(at_most(what, 2.0, "× usual", worst, LIVE));
    }
    if let Some(voice) = live
        .voices
        .iter()
        .max_by(|a, b| a.extra_bytes.total_cmp(&b.extra_bytes))
    {
        bars.push(at_most(
            "a further voice, beyond its state",
            4096.0,
            "bytes",
            voice.extra_bytes,
            LIVE,
        ));
    }
    let Some(processes) = &live.processes else {
        return;
    };
    bars.push(at_least(
        "offline, the beat, × real time",
        1200.0,
        processes.best_real_time_factor,
        LIVE,
    ));
    bars.push(at_most(
        "process start → first sample",
        15.0,
        "ms",
        processes.first_sample_ms.min(),
        LIVE,
    ));
    if let Some(bytes) = processes.resident_bytes {
        bars.push(at_most(
            "rendering the beat, resident",
            64.0,
            "MB",
            bytes as f64 / 1e6,
            LIVE,
        ));
    }
    bars.push(at_most(
        "size of the program",
        20.0,
        "MB",
        processes.binary_bytes as f64 / 1e6,
        LIVE,
    ));
}
