//! Expressions as a session, rendered into a WAV file: a kick and a bass line.
//!
//! `cargo run --release -p synthc-engine --example expression_to_wav -- beat.wav`

use std::io;

use synthc_engine::Session;
use synthc_engine::pattern::{hit, seq};
use synthc_engine::render::{RenderOptions, render};
use synthc_engine::session::{NodeDefinition, NodeOptions};
use synthc_ir::library::{adsr, saw, sine_osc};
use synthc_ir::{Control, Signal};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gate = Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
    let freq = Signal::control(Control::new("freq", 55.0, 20.0, 2000.0));
    let thump = adsr(0.001, 0.25, 0.0, 0.05, gate.clone());
    let kick = NodeDefinition::source([sine_osc(50.0 + &thump * 150.0) * thump])?;
    let bass = NodeDefinition::source([saw(freq) * adsr(0.005, 0.3, 0.2, 0.1, gate)])?;

    let mut session = Session::new();
    session.set_tempo(128.0)?;
    session.node("kick", kick, NodeOptions::default().gain(0.8))?;
    session.node("bass", bass, NodeOptions::default().pan(-0.2))?;
    session.play("kick", &(hit() * 4))?;
    let line = seq([Some("A1"), Some("A2"), None, Some("E2")])?;
    session.play("bass", &line.over(2)?)?;

    let path = std::env::args().nth(1);
    let path = path.unwrap_or_else(|| "beat.wav".to_owned());
    let format = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut wav = hound::WavWriter::create(&path, format)?;
    let sink = |block: &[&[f32]]| {
        let frames = block[0].iter().zip(block[1]);
        let mut samples = frames.flat_map(|(l, r)| [*l, *r]);
        let written = samples.try_for_each(|sample| wav.write_sample(sample));
        written.map_err(io::Error::other)
    };
    let summary = render(&session, &RenderOptions::default(), sink, |_| {})?;
    wav.finalize()?;
    #[expect(clippy::print_stdout, reason = "an example shows what it does")]
    {
        println!("{path}: {:.2} s ({})", summary.seconds(), summary.rule);
    }
    Ok(())
}
