//! From a saved file to a published plan, for one changed number in one node and for one changed expression.

use std::error::Error;
use std::fmt::Write;
use std::time::Instant;

use serde::Serialize;
use synthc_engine::device::null::NullDevice;
use synthc_engine::{Engine, EngineConfig};
use synthc_measure::Spread;

use super::{EXAMPLES, RATE, edited, example, number, session};

const SAVES: usize = 200;

/// The latency of saves of one example.
#[derive(Serialize)]
pub(crate) struct Edits {
    pub(crate) example: String,
    pub(crate) nodes: usize,
    pub(crate) saves: usize,
    /// Milliseconds from reading the file to the published plan.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Of these, reading, parsing and evaluating the patch.
    pub(crate) evaluate_p50_ms: f64,
    /// The first update, which compiles every node.
    pub(crate) first_ms: f64,
    /// Milliseconds where the number becomes an expression that was never there before.
    pub(crate) expression_p50_ms: f64,
    pub(crate) expression_p99_ms: f64,
}

/// What one edit after another took.
#[derive(Default)]
struct Saves {
    all: Spread,
    evaluating: Spread,
    first_ms: f64,
    nodes: usize,
}

pub(super) fn measure() -> Result<Vec<Edits>, Box<dyn Error>> {
    let examples = EXAMPLES.iter();
    examples
        .map(|(name, before, signal)| one(name, before, signal))
        .collect()
}

fn one(name: &str, before: &str, signal: &str) -> Result<Edits, Box<dyn Error>> {
    let original = std::fs::read_to_string(example(name))?;
    let numbers = saves(|turn| edited(&original, before, &number(turn)))?;
    let expressions = saves(|turn| edited(&original, before, &expression(turn, signal)))?;
    Ok(Edits {
        example: name.to_owned(),
        nodes: numbers.nodes,
        saves: SAVES,
        p50_ms: numbers.all.median(),
        p99_ms: numbers.all.quantile(0.99),
        evaluate_p50_ms: numbers.evaluating.median(),
        first_ms: numbers.first_ms,
        expression_p50_ms: expressions.all.median(),
        expression_p99_ms: expressions.all.quantile(0.99),
    })
}

/// An expression that no other turn below 256 has: of the same cost in all.
fn expression(turn: usize, signal: &str) -> String {
    let term = |bit: usize| {
        let function = if turn >> bit & 1 == 0 {
            "abs_"
        } else {
            "floor"
        };
        format!(" + 0.00{}1 * krs.{function}({signal})", bit + 1)
    };
    let terms: String = (0..8).map(term).collect();
    format!("(0.3{terms})")
}

/// Saves an example as it is at every turn.
fn saves(text: impl Fn(usize) -> Result<String, Box<dyn Error>>) -> Result<Saves, Box<dyn Error>> {
    let file = std::env::temp_dir().join(format!("synthc-save-{}.py", std::process::id()));
    let (mut engine, processor) = Engine::<f32>::new(EngineConfig::new(RATE))?;
    let mut device = NullDevice::new(processor, 2, 256);
    let mut saves = Saves::default();
    for turn in 0..=SAVES {
        std::fs::write(&file, text(turn)?)?;
        let start = Instant::now();
        let session = session(&std::fs::read_to_string(&file)?)?;
        let evaluated = start.elapsed();
        // The plan before has been taken over, so this one is published at once.
        engine.update(&session)?;
        let published = start.elapsed();
        saves.nodes = session.nodes().count();
        let ms = published.as_secs_f64() * 1e3;
        if turn == 0 {
            saves.first_ms = ms;
        } else {
            saves.all.push(ms);
            saves.evaluating.push(evaluated.as_secs_f64() * 1e3);
        }
        // Long enough for the crossfade to end.
        for _ in 0..8 {
            device.pull();
            engine.tick()?;
        }
        while !engine.is_settled() {
            device.pull();
            engine.tick()?;
        }
    }
    std::fs::remove_file(file)?;
    Ok(saves)
}

pub(super) fn markdown(all: &[Edits]) -> String {
    let mut text = "\
| save → published | nodes | one number: p50 ms | p99 ms | of which evaluating the patch | one expression: p50 ms | p99 ms | first load ms |
|---|---|---|---|---|---|---|---|
"
    .to_owned();
    for edits in all {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            edits.example,
            edits.nodes,
            edits.p50_ms,
            edits.p99_ms,
            edits.evaluate_p50_ms,
            edits.expression_p50_ms,
            edits.expression_p99_ms,
            edits.first_ms
        );
    }
    text
}
