//! An engine with its processor, played block by block.

use synthc_engine::allocation::counts;
use synthc_engine::processor::Processor;
use synthc_engine::session::{NodeDefinition, NodeOptions};
use synthc_engine::{Engine, EngineConfig, Notice, Session};
use synthc_ir::{Control, Signal, Smoothing};

pub(crate) const RATE: f64 = 48_000.0;

/// A session whose sums can be read off the output.
pub(crate) fn session() -> Session {
    let mut session = Session::new();
    session.set_master(1.0).unwrap();
    session
}

/// Adds a node at a gain of 1.
pub(crate) fn add(session: &mut Session, name: &str, definition: NodeDefinition) {
    let options = NodeOptions::default().gain(1.0);
    session.node(name, definition, options).unwrap();
}

/// A control that steps.
pub(crate) fn stepping(name: &str, init: f64) -> Control {
    let mut control = Control::new(name, init, -1e4, 1e4);
    control.smoothing = Smoothing::None;
    control
}

/// A source that puts out its control `x`.
pub(crate) fn level(init: f64) -> NodeDefinition {
    NodeDefinition::source([Signal::control(stepping("x", init))]).unwrap()
}

/// The configuration of the tests: no limiter, a log.
pub(crate) fn config() -> EngineConfig {
    EngineConfig {
        limiter: None,
        log: true,
        ..EngineConfig::new(RATE)
    }
}

pub(crate) struct Rig {
    pub(crate) engine: Engine<f64>,
    pub(crate) processor: Processor<f64>,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: EngineConfig) -> Self {
        let (engine, mut processor) = Engine::new(config).unwrap();
        processor.warm_up();
        Self { engine, processor }
    }

    pub(crate) fn playing(session: &Session) -> Self {
        let mut rig = Self::new();
        rig.update(session);
        rig
    }

    pub(crate) fn update(&mut self, session: &Session) {
        self.engine.update(session).unwrap();
    }

    /// The next inner blocks: left and right. No allocation, no free on the way.
    pub(crate) fn play(&mut self, blocks: usize) -> [Vec<f64>; 2] {
        let (sides, clean) = self.play_anyway(blocks);
        assert!(clean, "the audio side allocated or freed");
        sides
    }

    /// As [`Rig::play`], and whether nothing was allocated or freed.
    pub(crate) fn play_anyway(&mut self, blocks: usize) -> ([Vec<f64>; 2], bool) {
        let mut sides = [(); 2].map(|()| vec![0.0; blocks * 64]);
        let mut clean = true;
        for block in 0..blocks {
            self.engine.tick().unwrap();
            let before = counts();
            let computed = self.processor.next_block();
            clean &= counts() == before;
            for (side, computed) in sides.iter_mut().zip(computed) {
                side[block * 64..(block + 1) * 64].copy_from_slice(computed);
            }
        }
        self.engine.tick().unwrap();
        (sides, clean)
    }

    /// Everything noticed so far, as people read it.
    pub(crate) fn notices(&mut self) -> Vec<String> {
        let notices = self.engine.take_notices();
        notices.iter().map(Notice::to_string).collect()
    }
}

/// Frames at which a signal changes, with what it changes to; it is 0 before.
pub(crate) fn changes(signal: &[f64]) -> Vec<(usize, f64)> {
    let mut last = 0.0;
    let mut changes = Vec::new();
    for (frame, &x) in signal.iter().enumerate() {
        if x != last {
            changes.push((frame, x));
            last = x;
        }
    }
    changes
}
