//! What one more sounding voice costs in a running session: time, and memory of the process.

use std::error::Error;
use std::fmt::Write;
use std::process::Command;
use std::time::Instant;

use serde::Serialize;
use synthc_engine::device::null::NullDevice;
use synthc_engine::{Engine, EngineConfig};
use synthc_ir::{BuildOptions, Graph};
use synthc_jit::{CompileOptions, Compiler, Target};

use super::{RATE, session};
use crate::corpus;

const FEW: usize = 8;
const MANY: usize = 64;
const FRAMES: usize = 128;
/// Numbers of voices whose processes are compared, so far apart that pages do not count.
const VOICES_IN_MEMORY: [usize; 2] = [64, 1024];

/// The load of a voice.
#[derive(Serialize)]
pub(crate) struct VoiceLoad {
    pub(crate) voice: String,
    /// Nanoseconds per sample with 8 and with 64 voices.
    pub(crate) few_ns: f64,
    pub(crate) many_ns: f64,
    /// Share of one core at 48 kHz that one more voice takes, in percent.
    pub(crate) percent: f64,
    /// Bytes of state that compiled code keeps for a voice.
    pub(crate) state_bytes: f64,
    /// Bytes of resident memory that one more voice takes beyond its state.
    pub(crate) extra_bytes: f64,
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
        let [(few, _), (many, state_bytes)] = [
            memory(saw, VOICES_IN_MEMORY[0])?,
            memory(saw, VOICES_IN_MEMORY[1])?,
        ];
        let voices = (VOICES_IN_MEMORY[1] - VOICES_IN_MEMORY[0]) as f64;
        Ok(VoiceLoad {
            voice: (*name).to_owned(),
            few_ns,
            many_ns,
            percent: each * RATE / 1e9 * 100.0,
            state_bytes,
            extra_bytes: (many - few) / voices - state_bytes,
        })
    })
    .collect()
}

/// A patch of which `count` voices sound.
fn patch(saw: &str, count: usize) -> String {
    format!(
        "def voice():
    freq = krs.control(\"freq\", 55.0, 20.0, 4000.0)
    gate = krs.control(\"gate\", 0.0, 0.0, 1.0)
    cutoff = krs.control(\"cutoff\", 800.0, 100.0, 4000.0)
    env = krs.adsr(0.005, 0.15, 0.6, 0.08, gate)
    return krs.lowpass({saw}, cutoff) * env * 0.01


v = kr.node(\"v\", voice, count={count})
kr.tempo = 30
v @ krp.note(*[24 + i % 64 for i in range({count})], gate=0.99)
"
    )
}

/// Peak of resident memory of a process in which `count` voices sound, and bytes of a voice's state.
fn memory(saw: &str, count: usize) -> Result<(f64, f64), Box<dyn Error>> {
    let count = count.to_string();
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.args(["voices-memory", saw, &count]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut figures = text.split_whitespace().map(str::parse::<f64>);
    match (figures.next(), figures.next()) {
        (Some(peak), Some(state)) => Ok((peak?, state?)),
        _ => Err(format!("no figures: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// What that process does.
#[allow(
    clippy::print_stdout,
    reason = "the figures are read from standard output"
)]
pub(crate) fn run_memory(saw: &str, count: usize) -> Result<(), Box<dyn Error>> {
    let text = patch(saw, count);
    play(&text, RATE as usize / FRAMES, |_| ())?;
    let peak = synthc_measure::peak_resident_bytes().ok_or("the system does not tell")?;
    let subjects = corpus::of_text("voices", text)?;
    let voice = subjects.first().ok_or("no voice")?;
    let graph = Graph::build(&voice.outputs, &BuildOptions::default())?;
    const LANES: usize = 16;
    let options = CompileOptions {
        lanes: LANES,
        ..CompileOptions::default()
    };
    let program = Compiler::new(Target::Host)?.compile::<f32>(&graph, &options)?;
    println!("{peak} {}", program.state_bytes() as f64 / LANES as f64);
    Ok(())
}

/// Nanoseconds per sample of a session in which `count` voices sound.
fn cost(saw: &str, count: usize) -> Result<f64, Box<dyn Error>> {
    let mut best = f64::INFINITY;
    let mut callbacks = 0;
    play(&patch(saw, count), 3000, |ns| {
        callbacks += 1;
        if callbacks > 200 {
            best = best.min(ns);
        }
    })?;
    Ok(best)
}

/// Plays a patch for some callbacks; `see` is told what each costs, in nanoseconds per sample.
fn play(text: &str, callbacks: usize, mut see: impl FnMut(f64)) -> Result<(), Box<dyn Error>> {
    let (mut engine, processor) = Engine::<f32>::new(EngineConfig::new(RATE))?;
    let mut device = NullDevice::new(processor, 2, FRAMES);
    engine.update(&session(text)?)?;
    for _ in 0..callbacks {
        engine.tick()?;
        let start = Instant::now();
        device.pull();
        see(start.elapsed().as_secs_f64() * 1e9 / FRAMES as f64);
    }
    Ok(())
}

pub(super) fn markdown(all: &[VoiceLoad]) -> String {
    let mut text = format!(
        "\
| one more voice in a session | {FEW} voices ns/sample | {MANY} voices ns/sample | a voice: % of a core | its state: bytes | beyond that: bytes |
|---|---|---|---|---|---|
"
    );
    for one in all {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {:.0} | {:.0} | {:.4} | {:.0} | {:.0} |",
            one.voice, one.few_ns, one.many_ns, one.percent, one.state_bytes, one.extra_bytes
        );
    }
    text
}
