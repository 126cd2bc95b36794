//! What one more sounding voice costs in a running session.

use std::error::Error;
use std::fmt::Write;
use std::time::Instant;

use serde::Serialize;
use synthc_engine::device::null::NullDevice;
use synthc_engine::{Engine, EngineConfig};

use super::{RATE, session};

const FEW: usize = 8;
const MANY: usize = 64;
const FRAMES: usize = 128;

/// The load of a voice.
#[derive(Serialize)]
pub(crate) struct VoiceLoad {
    pub(crate) voice: String,
    /// Nanoseconds per sample with 8 and with 64 voices.
    pub(crate) few_ns: f64,
    pub(crate) many_ns: f64,
    /// Share of one core at 48 kHz that one more voice takes, in percent.
    pub(crate) percent: f64,
}

pub(super) fn measure() -> Result<Vec<VoiceLoad>, Box<dyn Error>> {
    [
        ("bass", "krs.lf_saw(freq)"),
        ("band-limited bass", "krs.saw(freq)"),
    ]
    .iter()
    .map(|(name, saw)| {
        let (few_ns, many_ns) = (cost(saw, FEW)?, cost(saw, MANY)?);
        let each = (many_ns - few_ns) / (MANY - FEW) as f64;
        Ok(VoiceLoad {
            voice: (*name).to_owned(),
            few_ns,
            many_ns,
            percent: each * RATE / 1e9 * 100.0,
        })
    })
    .collect()
}

/// Nanoseconds per sample of a session in which `count` voices sound.
fn cost(saw: &str, count: usize) -> Result<f64, Box<dyn Error>> {
    let text = format!(
        "def voice():
    freq = krs.control(\"freq\", 55.0, 20.0, 4000.0)
    gate = krs.control(\"gate\", 0.0, 0.0, 1.0)
    cutoff = krs.control(\"cutoff\", 800.0, 100.0, 4000.0)
    env = krs.adsr(0.005, 0.15, 0.6, 0.08, gate)
    return krs.lowpass({saw}, cutoff) * env * 0.01


v = kr.node(\"v\", voice, count={count})
kr.tempo = 30
v @ krp.note(*[24 + i for i in range({count})], gate=0.99)
"
    );
    let (mut engine, processor) = Engine::<f32>::new(EngineConfig::new(RATE))?;
    let mut device = NullDevice::new(processor, 2, FRAMES);
    engine.update(&session(&text)?)?;
    let mut best = f64::INFINITY;
    for i in 0..3000 {
        engine.tick()?;
        let start = Instant::now();
        device.pull();
        let ns = start.elapsed().as_secs_f64() * 1e9 / FRAMES as f64;
        if i > 200 {
            best = best.min(ns);
        }
    }
    Ok(best)
}

pub(super) fn markdown(all: &[VoiceLoad]) -> String {
    let mut text = format!(
        "\
| one more voice in a session | {FEW} voices ns/sample | {MANY} voices ns/sample | a voice: % of a core |
|---|---|---|---|
"
    );
    for one in all {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {:.0} | {:.0} | {:.4} |",
            one.voice, one.few_ns, one.many_ns, one.percent
        );
    }
    text
}
