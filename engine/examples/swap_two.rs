//! Two expressions swapped while a device pulls: running code is replaced between two blocks.
//!
//! `cargo run --release -p synthc-engine --example swap_two`

use synthc_engine::device::null::{NullDevice, Pace};
use synthc_engine::session::{NodeDefinition, NodeOptions};
use synthc_engine::{Engine, EngineConfig, Session};
use synthc_ir::Signal;
use synthc_ir::library::{saw, sine_osc};

fn session(expression: Signal) -> Result<Session, Box<dyn std::error::Error>> {
    let mut session = Session::new();
    session.node(
        "tone",
        NodeDefinition::source([expression])?,
        NodeOptions::default(),
    )?;
    Ok(session)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut engine, processor) = Engine::<f32>::new(EngineConfig::new(48_000.0))?;
    // Its own thread asks for blocks of 480 stereo frames, as fast as it can.
    let stream = NullDevice::new(processor, 2, 480).start(Pace::Free)?;

    for (name, expression) in [("saw", saw(220.0)), ("sine", sine_osc(330.0))] {
        let report = engine.update(&session(expression)?)?;
        while !engine.is_settled() {
            engine.tick()?;
            std::thread::yield_now();
        }
        let frame = engine.monitor().frame();
        #[expect(clippy::print_stdout, reason = "an example shows what it does")]
        {
            println!(
                "{name}: compiled in {:?}, heard by frame {frame}",
                report.compiling
            );
        }
        // Hear it for a tenth of a second of sound.
        while engine.monitor().frame() < frame + 4_800 {
            engine.tick()?;
            std::thread::yield_now();
        }
    }
    stream.stop();
    let peak = engine
        .plan_in_use()
        .map(|plan| plan.nodes()[0].meter().take());
    assert!(
        peak.is_some_and(|[left, _]| left > 0.1),
        "nothing was heard"
    );
    Ok(())
}
