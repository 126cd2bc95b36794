//! What an audio callback costs: usually, while plans are swapped, while events storm.
//!
//! Everything is deterministic, so each scenario runs several times and every callback counts with
//! its least time: what remains is the callback's own cost, not what else the machine did.

use std::error::Error;
use std::fmt::Write;
use std::time::Instant;

use serde::Serialize;
use synthc_engine::device::null::NullDevice;
use synthc_engine::{Engine, EngineConfig};
use synthc_measure::Spread;

use super::{EXAMPLES, RATE, edited, example, number, session};

const FRAMES: usize = 128;
const CALLBACKS: usize = 2500;
const RUNS: usize = 7;
/// Callbacks from one disturbance to the next.
const PERIOD: usize = 125;
const STORM: usize = 1000;

/// The cost of a callback of one example in one scenario.
#[derive(Serialize)]
pub(crate) struct Callbacks {
    pub(crate) example: String,
    pub(crate) scenario: &'static str,
    pub(crate) p50_us: f64,
    pub(crate) p9999_us: f64,
}

#[derive(Clone, Copy)]
enum Scenario {
    Usual,
    Swaps,
    Storms,
}

pub(super) fn measure() -> Result<Vec<Callbacks>, Box<dyn Error>> {
    let mut all = Vec::new();
    for (name, before, _) in &EXAMPLES[..2] {
        for (scenario, label) in [
            (Scenario::Usual, "usual"),
            (Scenario::Swaps, "a swap every third of a second"),
            (
                Scenario::Storms,
                "1000 events in 20 ms, every third of a second",
            ),
        ] {
            let mut least = vec![f64::INFINITY; CALLBACKS];
            for _ in 0..RUNS {
                run(name, before, scenario, &mut least)?;
            }
            let mut spread = Spread::default();
            least.iter().for_each(|us| spread.push(*us));
            all.push(Callbacks {
                example: (*name).to_owned(),
                scenario: label,
                p50_us: spread.median(),
                p9999_us: spread.quantile(0.9999),
            });
        }
    }
    Ok(all)
}

fn run(
    name: &str,
    before: &str,
    scenario: Scenario,
    least: &mut [f64],
) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(example(name))?;
    let first = session(&text)?;
    let (mut engine, processor) = Engine::<f32>::new(EngineConfig::new(RATE))?;
    let mut device = NullDevice::new(processor, 2, FRAMES);
    engine.update(&first)?;
    let nodes: Vec<String> = first.nodes().map(|(name, _)| name.to_string()).collect();
    for i in 0..50 + CALLBACKS {
        let disturbed = i >= 50 && i % PERIOD == 0;
        match scenario {
            Scenario::Swaps if disturbed => {
                engine.update(&session(&edited(&text, before, &number(i))?)?)?;
            }
            Scenario::Storms if disturbed => {
                let now = engine.earliest_frame();
                for event in 0..STORM {
                    let node = &nodes[event % nodes.len()];
                    let frame = now + (event as f64 * 0.02 * RATE / STORM as f64) as u64;
                    let value = 0.2 + 0.3 * (event % 7) as f64 / 7.0;
                    engine.schedule(frame, &format!("{node}/gain"), value)?;
                }
            }
            _ => {}
        }
        engine.tick()?;
        let start = Instant::now();
        device.pull();
        let us = start.elapsed().as_secs_f64() * 1e6;
        if let Some(cost) = i.checked_sub(50).and_then(|i| least.get_mut(i)) {
            *cost = cost.min(us);
        }
    }
    Ok(())
}

pub(super) fn markdown(all: &[Callbacks]) -> String {
    let mut text = format!(
        "\
| callback of {FRAMES} frames | scenario | p50 µs | p99.99 µs |
|---|---|---|---|
"
    );
    for one in all {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {:.1} | {:.1} |",
            one.example, one.scenario, one.p50_us, one.p9999_us
        );
    }
    text
}
