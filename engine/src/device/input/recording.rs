//! What an input node delivered, written down and played again.
//!
//! The node copies every frame that it gives the engine, at the engine's rate and in its very bits, into a ring; whoever
//! reads the ring keeps them. A [`RecordedInput`] is a node that gives the same frames in the same order, so that a
//! replay hears what was heard. A gap could not be placed: the recording ends with the first block that finds the ring
//! full, and says how much is missing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::super::tap::{TapReceiver, TapSender, tap};
use super::{Frame, MAX_CHANNELS};
use crate::node::{Interface, Node, NodeBlock, NodeInstance, Setup, Tail};
use crate::plan::BLOCK;

/// The node's end.
#[derive(Debug)]
pub(super) struct RecordingSender {
    tap: TapSender<f32>,
    /// Something did not fit: nothing that follows may go in.
    ended: bool,
}

/// The frames that an input node delivers, for whoever writes them down.
#[derive(Debug)]
pub struct InputRecording {
    tap: TapReceiver<f32>,
    channels: usize,
}

/// Both ends, with room for `frames` frames of `channels` channels.
pub(super) fn recording(channels: usize, frames: usize) -> (RecordingSender, InputRecording) {
    let (sender, receiver) = tap(frames.max(BLOCK));
    let sender = RecordingSender {
        tap: sender,
        ended: false,
    };
    let recording = InputRecording {
        tap: receiver,
        channels,
    };
    (sender, recording)
}

impl RecordingSender {
    /// Keeps what was delivered in a block of at most [`BLOCK`] frames. Wait-free.
    pub(super) fn send(&mut self, frames: &[Frame]) {
        self.ended |= self.tap.room() < frames.len();
        if self.ended {
            self.tap.lose(frames.len() as u64);
        } else {
            self.tap.send(frames.iter().copied());
        }
    }
}

impl InputRecording {
    /// Channels of the input: 1 or 2.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The count of frames that are missing, for another thread than the one that reads.
    #[must_use]
    pub fn lost_count(&self) -> Arc<AtomicU64> {
        self.tap.lost_count()
    }

    /// The frames, left and right (0 where the input has one channel). What they count as lost was delivered after the
    /// ring had been full: the recording ends before it.
    #[must_use]
    pub fn into_tap(self) -> TapReceiver<f32> {
        self.tap
    }
}

/// A node that delivers recorded frames, in their order, from its first block on; after the last one it is silent.
///
/// It takes the place of an [`InputNode`](super::InputNode) in a replay: one
/// [`NodeDefinition`](crate::session::NodeDefinition) of it for all sessions.
#[derive(Debug)]
pub struct RecordedInput {
    channels: usize,
    frames: Arc<[Frame]>,
    /// The next frame, when no instance has it.
    place: Arc<Mutex<Option<usize>>>,
    short: Arc<AtomicU64>,
}

impl RecordedInput {
    /// A node of `channels` outputs (1 or 2, others are taken as these).
    #[must_use]
    pub fn new(channels: usize, frames: impl Into<Arc<[[f32; MAX_CHANNELS]]>>) -> Self {
        Self {
            channels: channels.clamp(1, MAX_CHANNELS),
            frames: frames.into(),
            place: Arc::new(Mutex::new(Some(0))),
            short: Arc::default(),
        }
    }

    /// Counts the frames for which there was nothing left: what was played from the first of them on is not what was heard.
    #[must_use]
    pub fn short(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.short)
    }
}

impl Node for RecordedInput {
    fn interface(&self) -> Interface {
        Interface::source(self.channels).tail(Tail::Endless)
    }

    fn start(&self, _: &Setup) -> Box<dyn NodeInstance> {
        Box::new(Player {
            place: Arc::clone(&self.place),
            next: None,
            frames: Arc::clone(&self.frames),
            short: Arc::clone(&self.short),
        })
    }
}

struct Player {
    place: Arc<Mutex<Option<usize>>>,
    next: Option<usize>,
    frames: Arc<[Frame]>,
    short: Arc<AtomicU64>,
}

impl NodeInstance for Player {
    fn process(&mut self, block: &mut NodeBlock<'_>) {
        if self.next.is_none() {
            // As the node that was recorded: where another instance has the place, this one is silent.
            self.next = self.place.try_lock().ok().and_then(|mut next| next.take());
        }
        let Some(next) = &mut self.next else { return };
        let begin = (*next).min(self.frames.len());
        let end = (begin + block.frames).min(self.frames.len());
        *next = end;
        let found = &self.frames[begin..end];
        if found.len() < block.frames {
            let short = block.frames - found.len();
            self.short.fetch_add(short as u64, Ordering::Relaxed);
        }
        for channel in 0..block.outputs.count().min(MAX_CHANNELS) {
            let output = &mut block.outputs[channel];
            for (output, frame) in output.iter_mut().zip(found) {
                *output = f64::from(frame[channel]);
            }
        }
    }
}

impl Drop for Player {
    /// On the control side: the next instance goes on from here.
    fn drop(&mut self) {
        if let (Some(next), Ok(mut place)) = (self.next.take(), self.place.lock()) {
            *place = Some(next);
        }
    }
}
