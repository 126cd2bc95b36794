//! The engine in another program: a session, a device, exact events, an edit while it plays, meters.
//!
//! `cargo run --release -p synthc-engine --example embed`

use synthc_engine::device::null::{NullDevice, Pace};
use synthc_engine::engine::When;
use synthc_engine::pattern::seq;
use synthc_engine::session::{NodeDefinition, NodeOptions};
use synthc_engine::{Engine, EngineConfig, Session};
use synthc_ir::library::{adsr, saw, sine_osc};
use synthc_ir::{Control, Signal};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gate = || Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
    let freq = || Signal::control(Control::new("freq", 110.0, 20.0, 8_000.0));
    let lead = saw(freq()) * adsr(0.005, 0.2, 0.3, 0.1, gate());
    let mut session = Session::new();
    session.node(
        "lead",
        NodeDefinition::source([lead])?,
        NodeOptions::default(),
    )?;
    session.play("lead", &seq(["A2", "C3", "E3", "A3"])?)?;

    // A real device is `device::cpal::OutputDevice::open(..)?.start(processor)?`.
    let (mut engine, processor) = Engine::<f32>::new(EngineConfig::new(48_000.0))?;
    engine.update(&session)?;
    let device = NullDevice::new(processor, 2, 256).start(Pace::RealTime)?;

    // Exactly at beat 1, and half a second after the start.
    engine.schedule(When::Beats(1.0), "lead/gain", 0.2)?;
    engine.schedule(When::Seconds(0.5), "lead/gain", 0.6)?;

    let mut edited = false;
    while engine.monitor().frame() < 48_000 {
        engine.tick()?;
        if !edited && engine.monitor().frame() > 24_000 {
            // Edited while it plays: what is not changed goes on untouched.
            let soft = sine_osc(freq()) * adsr(0.02, 0.2, 0.5, 0.3, gate());
            session.node(
                "lead",
                NodeDefinition::source([soft])?,
                NodeOptions::default(),
            )?;
            engine.update(&session)?;
            edited = true;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let plan = engine.plan_in_use().ok_or("nothing played")?;
    let [left, right] = plan.nodes()[0].meter().take();
    eprintln!("lead: peaks {left:.2} and {right:.2}");
    assert!(left > 0.05, "nothing was heard");
    device.stop();
    Ok(())
}
