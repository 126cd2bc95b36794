//! The audio side: one object that owns everything that changes and turns a plan and events into
//! samples.
//!
//! [`connect`] makes a [`Processor`] and the [`ControlPort`] that speaks to it. The processor goes to
//! the audio thread, or is pulled by the offline renderer; its methods never allocate, free, lock,
//! block or panic. It computes inner blocks of 64 frames on an absolute grid, whatever the host asks
//! for: the host's block size changes no bit.

mod dispatch;
mod fade;
mod group;
mod handover;
mod ports;
mod sounding;
mod stage;
mod strip;

use std::sync::Arc;

use synthc_jit::Sample;
use synthc_jit::host::{self, Kernel};

use crate::event::NodeKey;
use crate::limiter::Limiter;
use crate::mixer::{self, Gain};
use crate::monitor::Monitor;
use crate::plan::{BLOCK, Block, Fault, LimiterSpec};
use crate::queue::EventSender;
use crate::realtime;
use crate::smoother::Smoother;
use crate::swap::{self, Adopter, Adoption, Publisher};

use dispatch::Dispatcher;
use fade::{Curves, Fade};
use stage::Stage;

/// Frames by which what the host hears is behind what is computed, at any host block size.
pub const LATENCY: usize = BLOCK;

/// Room of the return ring: a few swaps, so that a slow control side delays none.
const RETURNS: usize = 8;

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
    /// Room of the ring of receipts; 0 gives none.
    pub receipts: usize,
    /// Whether nobody waits for a callback to end, as when a log is played again offline: delay lines that change
    /// their size are copied at once, and a plan is adopted at the very block before which it was published.
    pub unhurried: bool,
}

impl ProcessorConfig {
    /// Room for 4096 events in 1024 slots; no receipts.
    #[must_use]
    pub fn new(sample_rate: f64) -> Self {
        Self {
            sample_rate,
            events: 4096,
            slots: 1024,
            reports: 1024,
            receipts: 0,
            unhurried: false,
        }
    }
}

/// At which block messages were taken in: with it a session can be played again exactly.
///
/// While the ring of receipts is full, messages wait in theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// First frame of the inner block.
    pub frame: u64,
    /// How many, in the order in which they were sent: events and epochs.
    pub messages: u32,
}

/// What the audio side tells beside adoptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// A node put out a sample that is not a finite number. The voice it came from is silent and gets no
    /// notes until the next plan is adopted, whatever that changes: publishing again heals it.
    NonFinite {
        /// The node.
        node: NodeKey,
        /// Generation of the plan it is in.
        generation: u64,
        /// First frame of the inner block in which it was found.
        frame: u64,
    },
    /// A node written in Rust panicked. The voice it happened in is silent as above.
    Panicked {
        /// The node.
        node: NodeKey,
        /// Generation of the plan it is in.
        generation: u64,
        /// First frame of the inner block in which it was found.
        frame: u64,
    },
    /// An extern of a node panicked: it puts out 0 until its node is defined anew; the rest of the node sounds on.
    ExternPanicked {
        /// The node.
        node: NodeKey,
        /// Generation of the plan it is in.
        generation: u64,
        /// First frame of the inner block in which it was found.
        frame: u64,
    },
    /// A node written in Rust allocated or freed memory on the audio thread; it sounds on. Told once for each of its
    /// instances, in debug builds with a [`CountingAllocator`](crate::allocation::CountingAllocator).
    Allocated {
        /// The node.
        node: NodeKey,
        /// Generation of the plan it is in.
        generation: u64,
        /// First frame of the inner block in which it was found.
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
    /// Receipts come from here, when they were asked for.
    pub receipts: Option<rtrb::Consumer<Receipt>>,
    /// Counters to look at.
    pub monitor: Arc<Monitor>,
}

/// The audio side.
#[derive(Debug)]
pub struct Processor<T> {
    adopter: Adopter<T>,
    dispatcher: Dispatcher,
    reports: rtrb::Producer<Report>,
    receipts: Option<rtrb::Producer<Receipt>>,
    monitor: Arc<Monitor>,
    /// What plays.
    stage: Option<Stage<T>>,
    /// What comes next, while its delay lines are copied.
    coming: Option<Stage<T>>,
    /// What played before and fades out.
    fading: Option<Fade<T>>,
    curves: Curves,
    /// Nobody waits for the audio: what has to be copied is copied at once.
    unhurried: bool,
    master: Smoother,
    limiter: Limiter,
    sample_rate: f64,
    skips: bool,
    splits: bool,
    /// Begin of the next inner block.
    frame: u64,
    mix: [Block<f64>; 2],
    gains: Block<f64>,
    ready: [Block<T>; 2],
    /// Frames of `ready` that the host has had.
    taken: usize,
}

/// A processor without a plan, silent, and its control port. Allocates everything it will ever need.
#[must_use]
pub fn connect<T: Sample>(config: &ProcessorConfig) -> (ControlPort<T>, Processor<T>) {
    let (publisher, adopter) = swap::hand_over(RETURNS, config.sample_rate);
    let events = config.events.max(1);
    let (sender, queue) = crate::queue::event_queue(events, config.slots);
    let (reports_in, reports_out) = rtrb::RingBuffer::new(config.reports);
    let (receipts_in, receipts_out) = (config.receipts > 0)
        .then(|| rtrb::RingBuffer::new(config.receipts))
        .unzip();
    let monitor = Arc::new(Monitor::default());
    let port = ControlPort {
        publisher,
        events: sender,
        reports: reports_out,
        receipts: receipts_out,
        monitor: Arc::clone(&monitor),
    };
    let processor = Processor {
        adopter,
        dispatcher: Dispatcher::new(queue, Arc::clone(&monitor), events),
        reports: reports_in,
        receipts: receipts_in,
        monitor,
        stage: None,
        coming: None,
        fading: None,
        curves: Curves::new(config.sample_rate),
        unhurried: config.unhurried,
        master: Smoother::level(1.0, config.sample_rate),
        limiter: Limiter::new(None, config.sample_rate),
        sample_rate: config.sample_rate,
        skips: true,
        splits: false,
        frame: 0,
        mix: [[0.0; BLOCK]; 2],
        gains: [0.0; BLOCK],
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

    /// Frames per second.
    #[must_use]
    pub fn sample_rate(&self) -> f64 {
        self.sample_rate
    }

    /// Whether what [stands still](synthc_jit::State::is_still) is left out of the computation, as it is unless switched
    /// off; for plans adopted from now on. Changes no sample: for tests and measurements.
    pub fn set_skipping(&mut self, skips: bool) {
        self.skips = skips;
    }

    /// Whether a block is computed in parts where events fall in it; unless switched on, every node does what events
    /// do to it within the block. Changes no sample in strict mode: for tests and measurements.
    pub fn set_splitting(&mut self, splits: bool) {
        self.splits = splits;
    }

    /// The counters it writes.
    #[must_use]
    pub fn monitor(&self) -> &Arc<Monitor> {
        &self.monitor
    }

    /// Computes one inner block of 64 frames and returns left and right, without the latency of
    /// the other calls. For offline rendering; do not mix with them.
    pub fn next_block(&mut self) -> [&[T; BLOCK]; 2] {
        in_real_time(|| self.compute());
        let [left, right] = &self.ready;
        [left, right]
    }

    /// Fills an interleaved buffer of `channels` channels, [`LATENCY`] frames behind. One channel gets
    /// the mean of both sides; channels after the second are silent, and so are samples at the end
    /// that make no whole frame.
    pub fn process_interleaved(&mut self, output: &mut [T], channels: usize) {
        output.fill(T::default());
        if channels == 0 {
            return;
        }
        self.monitor.note_block(output.len() / channels);
        in_real_time(|| {
            let mut frames = output.chunks_exact_mut(channels);
            let mut left = frames.len();
            while left > 0 {
                let (from, count) = self.some_frames(left);
                left -= count;
                let sides = &self.ready;
                for (at, frame) in (from..from + count).zip(&mut frames) {
                    match frame {
                        [only] => *only = mean(sides[0][at], sides[1][at]),
                        [first, second, ..] => (*first, *second) = (sides[0][at], sides[1][at]),
                        [] => {}
                    }
                }
            }
        });
    }

    /// Fills one slice per channel, by the same rules; the shortest slice decides how many frames,
    /// what is beyond is silent.
    pub fn process_planar(&mut self, outputs: &mut [&mut [T]]) {
        let frames = outputs.iter().map(|output| output.len()).min();
        let frames = frames.unwrap_or(0);
        self.monitor.note_block(frames);
        in_real_time(|| {
            let mut done = 0;
            while done < frames {
                let (from, count) = self.some_frames(frames - done);
                let [left, right] = &self.ready;
                let (sides, to) = (from..from + count, done..done + count);
                match outputs {
                    [only] => {
                        let sides = left[sides.clone()].iter().zip(&right[sides]);
                        for (to, (left, right)) in only[to].iter_mut().zip(sides) {
                            *to = mean(*left, *right);
                        }
                    }
                    [first, second, ..] => {
                        first[to.clone()].copy_from_slice(&left[sides.clone()]);
                        second[to].copy_from_slice(&right[sides]);
                    }
                    [] => {}
                }
                done += count;
            }
        });
        for (channel, output) in outputs.iter_mut().enumerate() {
            let sounding = if channel < 2 { frames } else { 0 };
            output[sounding..].fill(T::default());
        }
    }

    /// Takes up to `wanted` frames of the present block, computing the next one when it is used
    /// up: where they begin, and how many.
    fn some_frames(&mut self, wanted: usize) -> (usize, usize) {
        if self.taken == BLOCK {
            self.compute();
            self.taken = 0;
        }
        let from = self.taken;
        let count = wanted.min(BLOCK - from);
        self.taken += count;
        (from, count)
    }

    /// Computes the inner block that begins at `frame` into `ready`.
    fn compute(&mut self) {
        let start = self.frame;
        let end = start + BLOCK as u64;
        self.adopt(start);
        self.receive(start);
        for side in &mut self.mix {
            side.fill(0.0);
        }
        self.master.snap();
        if let Some(stage) = &mut self.stage {
            stage.begin_block();
            if let Some(fade) = &mut self.fading {
                fade.begin_block(&self.curves);
            }
            let mut now = start;
            let mut mastered = 0;
            while now < end {
                let next = self.dispatcher.dispatch(stage, now, end);
                if let Some(master) = self.dispatcher.take_master() {
                    let at = (now - start) as usize;
                    self.master.advance_into(&mut self.gains[mastered..at]);
                    self.master.set(master);
                    mastered = at;
                }
                stage.now = (next - start) as usize;
                if next == end || stage.crowded || self.splits {
                    stage.render(&mut self.mix, self.fading.as_mut());
                }
                now = next;
            }
            self.master.advance_into(&mut self.gains[mastered..]);
            stage.end_block(BLOCK as u64);
            self.monitor
                .count_skipped(std::mem::take(&mut stage.skipped));
            report_faults(stage, &mut self.reports, start);
            if let Some(fade) = &mut self.fading {
                fade.end_block();
            }
        }
        self.finish();
        self.frame = end;
        self.monitor.set_frame(end);
    }

    /// Takes messages in, and tells at which block when it was asked to.
    fn receive(&mut self, frame: u64) {
        let Some(receipts) = &mut self.receipts else {
            self.dispatcher.receive(frame);
            return;
        };
        if receipts.is_full() {
            return;
        }
        let messages = self.dispatcher.receive(frame);
        if messages > 0 {
            let told = receipts.push(Receipt { frame, messages });
            debug_assert!(told.is_ok(), "there was room");
        }
    }

    /// Master fader and limiter, from `mix` to `ready`.
    fn finish(&mut self) {
        let transparent = self.limiter.transparent();
        let peak = host::widest(Finish {
            mix: &mut self.mix,
            gains: &self.gains,
            ready: &mut self.ready,
        });
        // What is below as a sample is below as a sum; what is neither above nor below may be above.
        let most = transparent.map(|most| most.min(T::LARGEST));
        if most
            .zip(peak)
            .is_some_and(|(most, peak)| peak.to_f64() < most)
        {
            return;
        }
        let [left, right] = &mut self.ready;
        let sides = self.mix[0].iter().zip(&self.mix[1]);
        for ((l, r), out) in sides.zip(left.iter_mut().zip(right)) {
            let [l, r] = self.limiter.frame(*l, *r);
            (*out.0, *out.1) = (sample(l), sample(r));
        }
    }

    /// Retires what has faded out, and takes over what has been published as soon as it is ready.
    fn adopt(&mut self, frame: u64) {
        if let Some(fade) = self.fading.take_if(|fade| fade.is_over()) {
            self.retire(fade);
        }
        if self.fading.is_some() {
            return;
        }
        if self.coming.is_none() {
            let Some(publication) = self.adopter.take() else {
                return;
            };
            let mut coming = Stage::new(publication);
            coming.skips = self.skips;
            if let Some(old) = &self.stage {
                coming.choose_heirs(old);
            }
            self.coming = Some(coming);
        }
        let ready = match (&mut self.coming, &self.stage) {
            (Some(coming), Some(old)) => loop {
                let done = coming.copy_lines(old);
                if done || !self.unhurried {
                    break done;
                }
            },
            _ => true,
        };
        let Some(mut stage) = self.coming.take_if(|_| ready) else {
            return;
        };
        let plan = &stage.plan;
        let adoption = Adoption {
            generation: plan.generation(),
            frame,
        };
        let limiter = plan.limiter().map(|spec| LimiterSpec {
            // What rounds to a sample must not round above the ceiling.
            ceiling: T::from_f64(spec.ceiling).to_f64(),
            ..spec
        });
        self.limiter.set(limiter, self.sample_rate);
        let master = plan.master();
        match self.stage.take() {
            None => self.master.jump(master),
            Some(mut old) => {
                self.master.set(master);
                stage.take_over(&mut old);
                self.dispatcher.follow(&old, &stage);
                let differs = stage.differs();
                self.fading = Some(Fade::new(old, &self.curves, differs));
            }
        }
        self.stage = Some(stage);
        self.adopter.acknowledge(adoption);
        if let Some(fade) = self.fading.take_if(|fade| fade.is_over()) {
            self.retire(fade);
        }
    }

    fn retire(&mut self, fade: Fade<T>) {
        if let Err(publication) = self.adopter.retire(fade.into_publication()) {
            self.fading = Some(Fade::over(publication));
        }
    }
}

/// How everything of the audio side runs: denormals flushed, and watched where a sanitizer does.
fn in_real_time<R>(f: impl FnOnce() -> R) -> R {
    realtime::section(|| host::flush_denormals(f))
}

/// The master fader, and samples of what it leaves: right where nothing has to be limited.
struct Finish<'a, T> {
    mix: &'a mut [Block<f64>; 2],
    gains: &'a Block<f64>,
    ready: &'a mut [Block<T>; 2],
}

impl<T: Sample> Kernel for Finish<'_, T> {
    /// Largest magnitude of the samples of both sides, or `None` when one is not finite.
    type Output = Option<T>;

    #[inline(always)]
    fn run(self) -> Option<T> {
        let mut peaks = [None; 2];
        for ((mix, ready), peak) in self.mix.iter_mut().zip(self.ready).zip(&mut peaks) {
            mixer::scale_in_place(mix, Gain::Curve(self.gains));
            for (to, from) in ready.iter_mut().zip(&*mix) {
                *to = T::from_f64(*from);
            }
            *peak = mixer::peak_of_samples(ready);
        }
        let [left, right] = peaks;
        mixer::peak_of_samples(&[left?, right?])
    }
}

/// Rounds to a sample; what lies beyond the range of samples is silence, as what is not finite is.
fn sample<T: Sample>(x: f64) -> T {
    let sample = T::from_f64(x);
    if sample.to_f64().is_finite() {
        sample
    } else {
        T::default()
    }
}

fn mean<T: Sample>(left: T, right: T) -> T {
    T::from_f64(0.5 * (left.to_f64() + right.to_f64()))
}

/// Reports nodes that are broken or allocate; what finds no room is reported later.
fn report_faults<T: Sample>(
    stage: &mut Stage<T>,
    reports: &mut rtrb::Producer<Report>,
    frame: u64,
) {
    if !std::mem::take(&mut stage.faults) {
        return;
    }
    let generation = stage.plan.generation();
    for (node, state) in stage.plan.nodes().iter().zip(&mut stage.state.nodes) {
        if let Some(fault) = state.unreported {
            let node = node.key();
            let report = match fault {
                Fault::NonFinite => Report::NonFinite {
                    node,
                    generation,
                    frame,
                },
                Fault::Panicked => Report::Panicked {
                    node,
                    generation,
                    frame,
                },
                Fault::ExternPanicked => Report::ExternPanicked {
                    node,
                    generation,
                    frame,
                },
                Fault::Allocated => Report::Allocated {
                    node,
                    generation,
                    frame,
                },
            };
            state.unreported = reports.push(report).is_err().then_some(fault);
            stage.faults |= state.unreported.is_some();
        }
    }
}
