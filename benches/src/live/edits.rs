//! From a saved file to a published plan, for one changed number in one node.

use std::error::Error;
use std::fmt::Write;
use std::time::Instant;

use serde::Serialize;
use synthc_engine::device::null::NullDevice;
use synthc_engine::{Engine, EngineConfig};
use synthc_measure::Spread;

use super::{EXAMPLES, RATE, edited, example, session};

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
}

pub(super) fn measure() -> Result<Vec<Edits>, Box<dyn Error>> {
    let examples = EXAMPLES.iter();
    examples.map(|(name, before)| one(name, before)).collect()
}

fn one(name: &str, before: &str) -> Result<Edits, Box<dyn Error>> {
    let original = std::fs::read_to_string(example(name))?;
    let file = std::env::temp_dir().join(format!("synthc-save-{}.py", std::process::id()));
    let (mut engine, processor) = Engine::<f32>::new(EngineConfig::new(RATE))?;
    let mut device = NullDevice::new(processor, 2, 256);
    let (mut all, mut evaluating) = (Spread::default(), Spread::default());
    let (mut first_ms, mut nodes) = (f64::NAN, 0);
    for turn in 0..=SAVES {
        std::fs::write(&file, edited(&original, before, turn)?)?;
        let start = Instant::now();
        let session = session(&std::fs::read_to_string(&file)?)?;
        let evaluated = start.elapsed();
        // The plan before has been taken over, so this one is published at once.
        engine.update(&session)?;
        let published = start.elapsed();
        nodes = session.nodes().count();
        let ms = published.as_secs_f64() * 1e3;
        if turn == 0 {
            first_ms = ms;
        } else {
            all.push(ms);
            evaluating.push(evaluated.as_secs_f64() * 1e3);
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
    Ok(Edits {
        example: name.to_owned(),
        nodes,
        saves: SAVES,
        p50_ms: all.median(),
        p99_ms: all.quantile(0.99),
        evaluate_p50_ms: evaluating.median(),
        first_ms,
    })
}

pub(super) fn markdown(all: &[Edits]) -> String {
    let mut text = "\
| save → published, one number of one node | nodes | p50 ms | p99 ms | of which evaluating the patch | first load ms |
|---|---|---|---|---|---|
"
    .to_owned();
    for edits in all {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {:.2} | {:.2} | {:.2} | {:.2} |",
            edits.example,
            edits.nodes,
            edits.p50_ms,
            edits.p99_ms,
            edits.evaluate_p50_ms,
            edits.first_ms
        );
    }
    text
}
