//! Two expressions swapped while a device pulls: running code is replaced between two blocks.
//!
//! `cargo run --release -p synthc-engine --example swap_two`

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
    let (mut engine, mut processor) = Engine::<f32>::new(EngineConfig::new(48_000.0))?;
    // The audio thread: asks for blocks of 480 frames until it is told to stop.
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let device = std::thread::spawn(move || {
        processor.warm_up();
        let mut buffer = [0.0f32; 2 * 480];
        let mut peak = 0.0f32;
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            processor.process_interleaved(&mut buffer, 2);
            peak = buffer.iter().fold(peak, |peak, x| peak.max(x.abs()));
        }
        peak
    });

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
    drop(stop);
    let peak = device.join().map_err(|_| "the device panicked")?;
    assert!(peak > 0.1, "nothing was heard");
    Ok(())
}
