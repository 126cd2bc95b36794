//! How an engine runs, and what its updates report.

use std::sync::Arc;
use std::time::Duration;

use synthc_jit::{CompileOptions, Level, Target};

use crate::plan::LimiterSpec;
use crate::scheduler::Bounds;

/// How an engine runs.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineConfig {
    /// Frames a second, 1 to 1 000 000.
    pub sample_rate: f64,
    /// Whether samples must be those of the reference evaluator, bit for bit.
    pub strict: bool,
    /// Whether controls step at the frame of their events, smoothed or not.
    pub raw_controls: bool,
    /// The processor to compile for.
    pub target: Target,
    /// The limiter on the master.
    pub limiter: Option<LimiterSpec>,
    /// How far ahead events are committed, in seconds.
    pub horizon: f64,
    /// Events that fit on their way to the audio side; more wait on the control side.
    pub events: usize,
    /// Values of [`Engine::schedule`](super::Engine::schedule) and begins and ends of notes that may wait for their moment; more
    /// are refused.
    pub pending: usize,
    /// Whether to keep a log of adoptions and events.
    pub log: bool,
    /// Whether to keep what a replay needs, for [`Engine::take_entries`](super::Engine::take_entries).
    pub record: bool,
}

impl EngineConfig {
    /// Optimised code for this machine, smoothed controls, a limiter, 20 ms ahead, no log and no record.
    #[must_use]
    pub fn new(sample_rate: f64) -> Self {
        Self {
            sample_rate,
            strict: false,
            raw_controls: false,
            target: Target::Host,
            limiter: Some(LimiterSpec::default()),
            horizon: 0.02,
            events: 4096,
            pending: 65_536,
            log: false,
            record: false,
        }
    }

    /// What may wait in the scheduler: half of the queue is left to patterns and automations.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            waiting: self.pending,
            window: self.events / 2,
            frames: ((self.horizon * self.sample_rate) as u64).max(1),
        }
    }

    pub(crate) fn compile_options(&self) -> CompileOptions {
        CompileOptions {
            level: if self.strict {
                Level::Strict
            } else {
                Level::Optimized
            },
            target: self.target,
            moving: !self.raw_controls,
            ..CompileOptions::default()
        }
    }
}

/// What an update did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateReport {
    /// Number of the update, from 1; refused ones count too.
    pub number: u64,
    /// Nodes that got code of their own: compiled, or made for other numbers and given theirs.
    pub compiled: Vec<Arc<str>>,
    /// Nodes that use code that was there.
    pub reused: usize,
    /// Whether a new plan was made; else the edit needed none.
    pub planned: bool,
    /// Time to lower signals to graphs.
    pub lowering: Duration,
    /// Time to compile graphs, that of all threads together.
    pub compiling: Duration,
}
