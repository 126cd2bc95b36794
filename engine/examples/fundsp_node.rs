//! A unit of another library as a node: a reverb of fundsp, fed by a synthc source and rendered offline.
//!
//! `cargo run --release -p synthc-engine --example fundsp_node`

use fundsp::prelude32::{AudioUnit, BufferVec, reverb_stereo};
use synthc_engine::Session;
use synthc_engine::node::{Interface, Node, NodeBlock, NodeInstance, Setup, Tail};
use synthc_engine::pattern::hit;
use synthc_engine::render::{Length, RenderOptions, render};
use synthc_engine::session::{NodeDefinition, NodeOptions};
use synthc_ir::library::{adsr, white_noise};
use synthc_ir::{Control, Signal};

/// A unit of fundsp with two inputs and outputs.
#[derive(Debug)]
struct Wrapped(fn() -> Box<dyn AudioUnit>);

impl Node for Wrapped {
    fn interface(&self) -> Interface {
        Interface::effect(2, 2).tail(Tail::Seconds(6.0))
    }

    /// Everything the unit needs is allocated here, on the control side.
    fn start(&self, setup: &Setup) -> Box<dyn NodeInstance> {
        let mut unit = (self.0)();
        unit.set_sample_rate(setup.sample_rate);
        unit.allocate();
        let (mut taken, mut given) = (BufferVec::new(2), BufferVec::new(2));
        Box::new(move |block: &mut NodeBlock<'_>| {
            for (side, frame) in (0..2).flat_map(|side| (0..block.frames).map(move |n| (side, n))) {
                taken.set_f32(side, frame, block.inputs[side][frame] as f32);
            }
            unit.process(block.frames, &taken.buffer_ref(), &mut given.buffer_mut());
            for (side, frame) in (0..2).flat_map(|side| (0..block.frames).map(move |n| (side, n))) {
                block.outputs[side][frame] = f64::from(given.at_f32(side, frame));
            }
        })
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gate = Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
    let clap = NodeDefinition::source([white_noise() * adsr(0.001, 0.08, 0.0, 0.05, gate)])?;
    let reverb = NodeDefinition::own(Wrapped(|| Box::new(reverb_stereo(20.0, 2.0, 0.5))))?;
    let mut session = Session::new();
    session.node("clap", clap, NodeOptions::default())?;
    session.node("room", reverb, NodeOptions::default().gain(0.8))?;
    session.send("clap", "room", 0.5)?;
    session.play("clap", &hit())?;
    let options = RenderOptions {
        length: Length::Seconds(2.0),
        ..RenderOptions::default()
    };
    let mut peak = 0.0f32;
    let sink = |block: &[&[f32]]| {
        peak = block[0].iter().fold(peak, |peak, x| peak.max(x.abs()));
        Ok(())
    };
    let summary = render(&session, &options, sink, |_| {})?;
    eprintln!(
        "{:.1} s, peak {peak:.2}, {:?}",
        summary.seconds(),
        summary.notices
    );
    assert!(peak > 0.01 && summary.notices.is_empty());
    Ok(())
}
