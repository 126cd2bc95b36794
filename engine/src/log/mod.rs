//! What was adopted and when, and which events were sent: enough to play a session again, bit for bit.
//!
//! A [`Log`] is for whoever watches an engine in the same process. [`Entry`]s are for files: in the order in which
//! the audio side acted, with the block at which each message arrived there, so that [`replay()`](replay()) repeats
//! a live session exactly, late events included. What they do not hold is the code: the caller gives the sessions
//! again, by the number of their update.

pub(crate) mod number;
mod record;
mod replay;

use serde::{Deserialize, Serialize};
use synthc_jit::Target;

use crate::engine::EngineConfig;
use crate::event::Event;
use crate::plan::LimiterSpec;
use crate::swap::Adoption;

pub use record::{NodeRecord, PlanRecord};
pub use replay::{ReplayError, replay};

/// A record of a running engine, in the order in which things were sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// Plans taken over, with the frames of the 64-frame grid at which they were.
    pub adoptions: Vec<Adoption>,
    /// Events with their frames.
    pub events: Vec<Event>,
}

/// The settings of the engine that was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Frames a second.
    pub sample_rate: f64,
    /// Whether samples are those of the reference evaluator.
    pub strict: bool,
    /// Whether controls step.
    pub raw_controls: bool,
    /// Whether code was made for what this very machine offers; else for every machine of its architecture.
    pub host: bool,
    /// The limiter on the master.
    pub limiter: Option<LimiterSpec>,
    /// Room for events on the audio side.
    pub events: usize,
}

impl Settings {
    /// Those of a configuration.
    #[must_use]
    pub fn of(config: &EngineConfig) -> Self {
        Self {
            sample_rate: config.sample_rate,
            strict: config.strict,
            raw_controls: config.raw_controls,
            host: config.target == Target::Host,
            limiter: config.limiter,
            events: config.events,
        }
    }

    /// A configuration with these settings.
    #[must_use]
    pub fn config(&self) -> EngineConfig {
        EngineConfig {
            strict: self.strict,
            raw_controls: self.raw_controls,
            target: if self.host {
                Target::Host
            } else {
                Target::Baseline
            },
            limiter: self.limiter,
            events: self.events,
            ..EngineConfig::new(self.sample_rate)
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A plan was laid out. It plays once it is adopted; one that the next edit overtook never is.
    Plan(PlanRecord),
    /// A plan was taken over.
    Adopted(Adoption),
    /// An event reached the audio side.
    Event {
        /// First frame of the inner block at which it arrived.
        at: u64,
        /// The event.
        #[serde(flatten)]
        event: Event,
    },
    /// Events of a slot became stale.
    Epoch {
        /// First frame of the inner block at which this arrived.
        at: u64,
        /// The slot.
        slot: u32,
        /// Its epoch from now on.
        epoch: u32,
    },
}

impl Entry {
    /// The inner block at which the audio side acted; `None` for what only the control side did.
    #[must_use]
    pub fn at(&self) -> Option<u64> {
        match self {
            Self::Plan(_) => None,
            Self::Adopted(adoption) => Some(adoption.frame),
            Self::Event { at, .. } | Self::Epoch { at, .. } => Some(*at),
        }
    }
}
