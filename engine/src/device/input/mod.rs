//! What comes in from a device, as a node: a ring from the input's callback, and a node that reads it at the engine's
//! rate.
//!
//! Two devices have two clocks, even at one nominal rate. The node follows by the ring's fill: it reads a little
//! faster while the ring is fuller than it should be, slower while it is emptier, and not at all differently in
//! between, so that devices of one clock (JACK) come in bit for bit. What waits when the node begins, or after the output
//! has paused, is old: it is left out, so that nobody hears himself late.

mod recording;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::resampler::{Resampler, SIDES};
use crate::node::{Interface, Node, NodeBlock, NodeInstance, Setup, Tail};
use crate::plan::BLOCK;
pub use recording::{InputRecording, RecordedInput};
use recording::{RecordingSender, recording};

/// Most channels of an input.
pub const MAX_CHANNELS: usize = SIDES;

/// How full the ring should be at least, in seconds: a few callbacks of usual size.
const TARGET: f64 = 0.03;
/// How full the ring should be at least, in callbacks of the input.
const CALLBACKS: f64 = 2.0;
/// How many times as full as it should be the ring may be before what is old is left out: reading faster would take minutes.
const MOST: f64 = 4.0;
/// Room of the ring in seconds.
const ROOM: f64 = 0.5;
/// How much faster or slower the ring is read at most: far above what crystals differ by, far below what is heard.
const CORRECTION: f64 = 0.002;
/// Time constant of the smoothed fill in frames read: several callbacks.
const FILL_FRAMES: f64 = 20_000.0;

/// What went wrong at an input.
#[derive(Debug, Default)]
pub struct InputStatus {
    underruns: AtomicU64,
    lost: AtomicU64,
    /// Most frames that came at a time.
    largest: AtomicU64,
}

impl InputStatus {
    /// How often the node found nothing to read and paused.
    #[must_use]
    pub fn underruns(&self) -> u64 {
        self.underruns.load(Ordering::Relaxed)
    }

    /// Frames that nobody heard: they found the ring full, or were too old when the output went on.
    #[must_use]
    pub fn lost_frames(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// A frame on its way; channels beyond those of the input are 0.
type Frame = [f32; MAX_CHANNELS];

/// The end of the input's callback.
#[derive(Debug)]
pub struct InputSender {
    ring: rtrb::Producer<Frame>,
    status: Arc<InputStatus>,
    /// Frames a second that the node takes.
    rate: f64,
    /// For a device of another rate, and its frames for each that the node takes.
    converter: Option<(Box<Resampler>, f64)>,
}

impl InputSender {
    /// What is sent from now on has `rate` frames a second; the node goes on at the rate it was made for. For a device
    /// that came back at another rate: its sound is converted (band-limited, 90 dB, half a millisecond of delay).
    /// Allocates.
    pub fn set_rate(&mut self, rate: f64) {
        let step = rate / self.rate;
        self.converter = (step != 1.0).then(|| (Box::new(Resampler::new(step)), step));
    }

    /// Sends frames; wait-free, and allocates nothing.
    pub fn send(&mut self, mut frames: impl Iterator<Item = [f32; MAX_CHANNELS]>) {
        let sent = if let Some((resampler, step)) = &mut self.converter {
            let converted = std::iter::from_fn(|| {
                resampler.next(*step, || Some(frames.next()?.map(f64::from)))
            });
            push(
                &mut self.ring,
                converted.map(|frame| frame.map(|x| x as f32)),
            )
        } else {
            push(&mut self.ring, frames)
        };
        let (sent, lost) = sent;
        self.status.largest.fetch_max(sent, Ordering::Relaxed);
        if lost > 0 {
            self.status.lost.fetch_add(lost, Ordering::Relaxed);
        }
    }
}

/// How many frames there are, and how many of them find no room.
fn push(ring: &mut rtrb::Producer<Frame>, frames: impl Iterator<Item = Frame>) -> (u64, u64) {
    frames.fold((0, 0), |(all, lost), frame| {
        let refused = ring.push(frame).is_err();
        (all + 1, lost + u64::from(refused))
    })
}

/// The node that plays what comes in: a source of one or two outputs.
///
/// One instance at a time reads; keep one [`NodeDefinition`](crate::session::NodeDefinition) of it, so that
/// edits carry it over.
#[derive(Debug)]
pub struct InputNode {
    channels: usize,
    rate: f64,
    ends: Arc<Mutex<Option<Ends>>>,
    status: Arc<InputStatus>,
}

/// What one instance has at a time.
#[derive(Debug)]
struct Ends {
    ring: rtrb::Consumer<Frame>,
    recording: Option<RecordingSender>,
}

/// Both ends of an input of `channels` channels (1 or 2, others are taken as these) at `rate` frames a second.
#[must_use]
pub fn input(channels: usize, rate: f64) -> (InputSender, InputNode) {
    let room = (ROOM * rate).max(64.0) as usize;
    let (producer, consumer) = rtrb::RingBuffer::new(room);
    let status = Arc::new(InputStatus::default());
    let sender = InputSender {
        ring: producer,
        status: Arc::clone(&status),
        rate,
        converter: None,
    };
    let node = InputNode {
        channels: channels.clamp(1, MAX_CHANNELS),
        rate,
        ends: Arc::new(Mutex::new(Some(Ends {
            ring: consumer,
            recording: None,
        }))),
        status,
    };
    (sender, node)
}

impl InputNode {
    /// What went wrong so far.
    #[must_use]
    pub fn status(&self) -> &Arc<InputStatus> {
        &self.status
    }

    /// Writes down what is delivered from now on: a ring with room for `frames` frames at the engine's rate, and its other
    /// end. Call it before an engine has the node; with a recording before it ends. Allocates.
    #[must_use]
    pub fn record(&self, frames: usize) -> InputRecording {
        let (sender, receiver) = recording(self.channels, frames);
        if let Ok(mut ends) = self.ends.lock()
            && let Some(ends) = &mut *ends
        {
            ends.recording = Some(sender);
        }
        receiver
    }
}

impl Node for InputNode {
    fn interface(&self) -> Interface {
        Interface::source(self.channels).tail(Tail::Endless)
    }

    fn start(&self, setup: &Setup) -> Box<dyn NodeInstance> {
        let ratio = self.rate / setup.sample_rate;
        Box::new(Reader {
            place: Arc::clone(&self.ends),
            ends: None,
            status: Arc::clone(&self.status),
            resampler: Resampler::new(ratio),
            ratio,
            least: TARGET * self.rate,
            room: ROOM * self.rate,
            fill: 0.0,
            correcting: false,
            flow: Flow::Stopped,
        })
    }
}

/// The reading end, on the audio thread.
struct Reader {
    place: Arc<Mutex<Option<Ends>>>,
    ends: Option<Ends>,
    status: Arc<InputStatus>,
    resampler: Resampler,
    /// Frames read for each frame put out, as the rates say.
    ratio: f64,
    /// Frames that should be in the ring at least.
    least: f64,
    /// Frames that the ring has room for.
    room: f64,
    /// Smoothed number of frames in the ring.
    fill: f64,
    /// Whether the ring is on its way back to its target.
    correcting: bool,
    flow: Flow,
}

/// Whether frames come out of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// It has not been full enough since it was empty.
    Stopped,
    Steady,
    /// What is old has been left out: this block comes in from silence.
    Resumed,
}

impl Reader {
    /// Frames that should be in the ring.
    fn target(&self) -> f64 {
        let largest = self.status.largest.load(Ordering::Relaxed) as f64;
        (CALLBACKS * largest).max(self.least).min(0.5 * self.room)
    }

    /// How much faster to read than the rates say.
    fn correction(&mut self, target: f64) -> f64 {
        let deviation = (self.fill - target) / target;
        self.correcting = deviation.abs() > if self.correcting { 0.05 } else { 0.5 };
        if self.correcting {
            1.0 + (deviation * CORRECTION).clamp(-CORRECTION, CORRECTION)
        } else {
            1.0
        }
    }
}

impl NodeInstance for Reader {
    fn process(&mut self, block: &mut NodeBlock<'_>) {
        if self.ends.is_none() {
            // Never waits: where another instance still has them, this one is silent.
            self.ends = self.place.try_lock().ok().and_then(|mut ends| ends.take());
        }
        let channels = block.outputs.count().min(MAX_CHANNELS);
        let target = self.target();
        let Some(ends) = &mut self.ends else {
            for channel in 0..channels {
                block.outputs[channel].fill(0.0);
            }
            return;
        };
        let mut waiting = ends.ring.slots() as f64;
        let mut outgoing = false;
        if self.flow == Flow::Stopped && waiting >= target {
            leave_out(&mut ends.ring, waiting - target);
            (self.flow, self.correcting) = (Flow::Steady, false);
            (waiting, self.fill) = (target, target);
        } else if self.flow == Flow::Steady && waiting > (MOST * target).min(0.9 * self.room) {
            outgoing = true;
        }
        let share = (block.frames as f64 / FILL_FRAMES).min(1.0);
        self.fill += (waiting - self.fill) * share;
        let step = match self.flow {
            Flow::Stopped => self.ratio,
            Flow::Steady | Flow::Resumed => self.ratio * self.correction(target),
        };
        let Some(ends) = &mut self.ends else { return };
        let incoming = self.flow == Flow::Resumed;
        let mut delivered = [Frame::default(); BLOCK];
        for (frame, delivered) in delivered.iter_mut().enumerate().take(block.frames) {
            let sound = if self.flow == Flow::Stopped {
                None
            } else {
                self.resampler
                    .next(step, || Some(ends.ring.pop().ok()?.map(f64::from)))
            };
            if sound.is_none() && self.flow != Flow::Stopped {
                self.flow = Flow::Stopped;
                self.status.underruns.fetch_add(1, Ordering::Relaxed);
            }
            let after = (frame + 1) as f64 / block.frames as f64;
            let gain = match (incoming, outgoing) {
                (true, _) => after,
                (_, true) => 1.0 - after,
                _ => 1.0,
            };
            let sound = sound.unwrap_or_default().map(|x| x * gain);
            for (channel, sound) in sound.iter().enumerate().take(channels) {
                // Rounded here, so that a recording has every bit.
                delivered[channel] = *sound as f32;
                block.outputs[channel][frame] = f64::from(delivered[channel]);
            }
        }
        if self.flow == Flow::Resumed {
            self.flow = Flow::Steady;
        }
        if outgoing && self.flow == Flow::Steady {
            let waiting = ends.ring.slots() as f64;
            let lost = leave_out(&mut ends.ring, waiting - target);
            self.status.lost.fetch_add(lost, Ordering::Relaxed);
            (self.flow, self.correcting, self.fill) = (Flow::Resumed, false, target);
        }
        if let Some(recording) = &mut ends.recording {
            recording.send(&delivered[..block.frames.min(BLOCK)]);
        }
    }
}

/// Leaves out the oldest frames; how many.
fn leave_out(ring: &mut rtrb::Consumer<Frame>, frames: f64) -> u64 {
    // Less than none is none.
    let frames = (frames as usize).min(ring.slots());
    if let Ok(old) = ring.read_chunk(frames) {
        old.commit_all();
    }
    frames as u64
}

impl Drop for Reader {
    /// On the control side: the next instance goes on with what is in the ring.
    fn drop(&mut self) {
        if let (Some(ends), Ok(mut place)) = (self.ends.take(), self.place.lock()) {
            *place = Some(ends);
        }
    }
}
