//! What comes in from a device, as a node: a ring from the input's callback, and a node that reads it at the engine's
//! rate.
//!
//! Two devices have two clocks, even at one nominal rate. The node follows by the ring's fill: it reads a little
//! faster while the ring is fuller than it should be, slower while it is emptier, and not at all differently in
//! between, so that devices of one clock (JACK) come in bit for bit.

mod resampler;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::node::{Interface, Node, NodeBlock, NodeInstance, Setup, Tail};
use resampler::Resampler;

/// Most channels of an input.
pub const MAX_CHANNELS: usize = 2;

/// How full the ring should be, in seconds: a few callbacks of usual size.
const TARGET: f64 = 0.03;
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
}

impl InputStatus {
    /// How often the node found nothing to read and paused.
    #[must_use]
    pub fn underruns(&self) -> u64 {
        self.underruns.load(Ordering::Relaxed)
    }

    /// Frames that found the ring full: nobody read them.
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
}

impl InputSender {
    /// Sends frames; wait-free.
    pub fn send(&mut self, frames: impl Iterator<Item = [f32; MAX_CHANNELS]>) {
        let lost = frames.filter(|frame| self.ring.push(*frame).is_err());
        let lost = lost.count() as u64;
        if lost > 0 {
            self.status.lost.fetch_add(lost, Ordering::Relaxed);
        }
    }
}

/// The node that plays what comes in: a source of one or two outputs.
///
/// One instance at a time reads; keep one [`NodeDefinition`](crate::session::NodeDefinition) of it, so that
/// edits carry it over.
#[derive(Debug)]
pub struct InputNode {
    channels: usize,
    rate: f64,
    ring: Arc<Mutex<Option<rtrb::Consumer<Frame>>>>,
    status: Arc<InputStatus>,
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
    };
    let node = InputNode {
        channels: channels.clamp(1, MAX_CHANNELS),
        rate,
        ring: Arc::new(Mutex::new(Some(consumer))),
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
}

impl Node for InputNode {
    fn interface(&self) -> Interface {
        Interface::source(self.channels).tail(Tail::Endless)
    }

    fn start(&self, setup: &Setup) -> Box<dyn NodeInstance> {
        let ratio = self.rate / setup.sample_rate;
        Box::new(Reader {
            place: Arc::clone(&self.ring),
            ring: None,
            status: Arc::clone(&self.status),
            resampler: Resampler::new(ratio),
            ratio,
            target: TARGET * self.rate,
            fill: 0.0,
            correcting: false,
            flowing: false,
        })
    }
}

/// The reading end, on the audio thread.
struct Reader {
    place: Arc<Mutex<Option<rtrb::Consumer<Frame>>>>,
    ring: Option<rtrb::Consumer<Frame>>,
    status: Arc<InputStatus>,
    resampler: Resampler,
    /// Frames read for each frame put out, as the rates say.
    ratio: f64,
    /// Frames that should be in the ring.
    target: f64,
    /// Smoothed number of frames in the ring.
    fill: f64,
    /// Whether the ring is on its way back to its target.
    correcting: bool,
    /// Whether the ring has been full enough since it was empty.
    flowing: bool,
}

impl Reader {
    /// How much faster to read than the rates say.
    fn correction(&mut self) -> f64 {
        let deviation = (self.fill - self.target) / self.target;
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
        if self.ring.is_none() {
            // Never waits: where another instance still has the ring, this one is silent.
            self.ring = self.place.try_lock().ok().and_then(|mut ring| ring.take());
        }
        let channels = block.outputs.count().min(MAX_CHANNELS);
        let Some(ring) = &mut self.ring else {
            for channel in 0..channels {
                block.outputs[channel].fill(0.0);
            }
            return;
        };
        let waiting = ring.slots() as f64;
        if !self.flowing && waiting >= self.target {
            (self.flowing, self.correcting, self.fill) = (true, false, waiting);
        }
        let share = (block.frames as f64 / FILL_FRAMES).min(1.0);
        self.fill += (waiting - self.fill) * share;
        let step = if self.flowing {
            self.ratio * self.correction()
        } else {
            self.ratio
        };
        for frame in 0..block.frames {
            let ring = self.ring.as_mut();
            let sound = match ring.filter(|_| self.flowing) {
                Some(ring) => self.resampler.next(step, || ring.pop().ok()),
                None => None,
            };
            if sound.is_none() && self.flowing {
                self.flowing = false;
                self.status.underruns.fetch_add(1, Ordering::Relaxed);
            }
            let sound = sound.unwrap_or_default();
            for (channel, sound) in sound.iter().enumerate().take(channels) {
                block.outputs[channel][frame] = *sound;
            }
        }
    }
}

impl Drop for Reader {
    /// On the control side: the next instance goes on with what is in the ring.
    fn drop(&mut self) {
        if let (Some(ring), Ok(mut place)) = (self.ring.take(), self.place.lock()) {
            *place = Some(ring);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{NodeDefinition, NodeOptions, Session};
    use crate::{Engine, EngineConfig};

    /// What an engine at `out` plays of an input at `rate` whose clock is off by `drift`, in blocks of 64.
    fn played(rate: f64, drift: f64, out: f64, blocks: usize) -> (Vec<f64>, Arc<InputStatus>) {
        let (mut sender, node) = input(1, rate);
        let status = Arc::clone(node.status());
        let (mut engine, mut processor) = Engine::<f64>::new(EngineConfig {
            limiter: None,
            ..EngineConfig::new(out)
        })
        .unwrap();
        let mut session = Session::new();
        session.set_master(1.0).unwrap();
        let definition = NodeDefinition::own(node).unwrap();
        let options = NodeOptions::default().gain(1.0);
        session.node("input", definition, options).unwrap();
        engine.update(&session).unwrap();
        let (mut owed, mut sent, mut heard) = (0.0, 0_u64, Vec::new());
        let mut sound = std::iter::from_fn(|| {
            let x = (std::f64::consts::TAU * 1000.0 * sent as f64 / rate).sin();
            sent += 1;
            Some([x as f32, 0.0])
        });
        for _ in 0..blocks {
            owed += 64.0 * rate / out * (1.0 + drift);
            // Callbacks of 256 frames.
            while owed >= 256.0 {
                sender.send((&mut sound).take(256));
                owed -= 256.0;
            }
            engine.tick().unwrap();
            heard.extend_from_slice(processor.next_block()[0]);
        }
        (heard, status)
    }

    /// The part of a signal that is not the sine of 1 kHz, relative to it, in dB; over whole periods.
    fn rest(signal: &[f64], rate: f64) -> f64 {
        let turn = |n: usize| (std::f64::consts::TAU * 1000.0 * n as f64 / rate).sin_cos();
        let n = signal.len() as f64;
        let (mut a, mut b) = (0.0, 0.0);
        for (i, x) in signal.iter().enumerate() {
            let (sin, cos) = turn(i);
            a += x * sin * 2.0 / n;
            b += x * cos * 2.0 / n;
        }
        let error = signal.iter().enumerate().map(|(i, x)| {
            let (sin, cos) = turn(i);
            (x - a * sin - b * cos).powi(2)
        });
        let power = 0.5 * (a * a + b * b) * n;
        10.0 * (error.sum::<f64>() / power).log10()
    }

    #[test]
    fn at_one_rate_and_one_clock_samples_come_in_as_they_are() {
        let (heard, status) = played(48_000.0, 0.0, 48_000.0, 400);
        let begin = heard.iter().position(|x| *x != 0.0).unwrap();
        let expected = |n: usize| {
            let x = (std::f64::consts::TAU * 1000.0 * n as f64 / 48_000.0).sin();
            f64::from(x as f32)
        };
        // The very first sample is 0.
        for (n, x) in heard[begin..].iter().enumerate() {
            assert_eq!(*x, expected(n + 1), "frame {n}");
        }
        assert_eq!((status.underruns(), status.lost_frames()), (0, 0));
    }

    #[test]
    fn other_rates_are_converted_without_audible_remains() {
        for (rate, out) in [
            (44_100.0, 48_000.0),
            (48_000.0, 44_100.0),
            (96_000.0, 48_000.0),
        ] {
            let (heard, status) = played(rate, 0.0, out, 1500);
            let steady = &heard[heard.len() - out as usize / 5..];
            let rest = rest(steady, out);
            assert!(rest < -80.0, "{rate} to {out}: {rest} dB");
            assert_eq!((status.underruns(), status.lost_frames()), (0, 0));
        }
    }

    #[test]
    fn clocks_that_differ_neither_run_dry_nor_over() {
        for drift in [-0.001, 0.001] {
            let (heard, status) = played(48_000.0, drift, 48_000.0, 45_000);
            assert!(heard.iter().any(|x| x.abs() > 0.9));
            let wrong = (status.underruns(), status.lost_frames());
            assert_eq!(wrong, (0, 0), "a clock off by {drift}");
        }
    }

    #[test]
    fn an_input_that_stops_is_silent_and_counted_once() {
        let (mut sender, node) = input(2, 48_000.0);
        sender.send((0..4000).map(|_| [0.5, 0.25]));
        let mut reader = node.start(&Setup {
            sample_rate: 48_000.0,
            seed: 0,
        });
        let mut heard = Vec::new();
        for _ in 0..100 {
            let mut blocks = [[9.0; 64]; 2];
            let mut block = crate::node::NodeBlock {
                frames: 64,
                start: 0,
                inputs: crate::node::Inputs {
                    blocks: &[],
                    frames: 64,
                },
                outputs: crate::node::Outputs {
                    blocks: &mut blocks,
                    frames: 64,
                },
                controls: crate::node::Controls {
                    resting: &[],
                    curves: &[],
                    moving: &[],
                },
                triggers: crate::node::Triggers {
                    now: &[],
                    before: &[],
                },
            };
            reader.process(&mut block);
            heard.push([blocks[0][63], blocks[1][63]]);
        }
        // It reads a little faster than at 1, because more waits than should.
        assert!((heard[30][0] - 0.5).abs() < 1e-4 && (heard[30][1] - 0.25).abs() < 1e-4);
        assert_eq!(heard[99], [0.0, 0.0]);
        assert_eq!(node.status().underruns(), 1);
    }
}
