//! Statistics that the audio side writes and anyone reads: atomics only.

mod histogram;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

pub use histogram::CallbackTimes;
use histogram::Histogram;

/// Counters of one processor.
#[derive(Debug, Default)]
pub struct Monitor {
    frame: AtomicU64,
    block: AtomicU64,
    late: AtomicU64,
    stale: AtomicU64,
    unroutable: AtomicU64,
    callbacks: AtomicU64,
    busy_nanos: AtomicU64,
    worst_nanos: AtomicU64,
    times: Histogram,
    overloads: AtomicU64,
    xruns: AtomicU64,
    skipped: AtomicU64,
    heard: AtomicU64,
    /// Nanoseconds of sound asked for.
    asked_nanos: AtomicU64,
    /// Magnitudes as bits of f32: non-negative floats order like their bits.
    peaks: [AtomicU32; 2],
}

impl Monitor {
    /// Frames computed so far: the frame at which the next inner block begins.
    #[must_use]
    pub fn frame(&self) -> u64 {
        self.frame.load(Ordering::Acquire)
    }

    /// Most frames that the host has asked for at a time.
    #[must_use]
    pub fn largest_block(&self) -> u64 {
        self.block.load(Ordering::Relaxed)
    }

    /// Events that arrived after their frame and took effect later.
    #[must_use]
    pub fn late_events(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }

    /// Events discarded because their slot is at a later epoch.
    #[must_use]
    pub fn stale_events(&self) -> u64 {
        self.stale.load(Ordering::Relaxed)
    }

    /// Events for a node, control or send that the plan does not have.
    #[must_use]
    pub fn unroutable_events(&self) -> u64 {
        self.unroutable.load(Ordering::Relaxed)
    }

    /// Callbacks timed so far, nanoseconds spent in them, and the longest.
    #[must_use]
    pub fn callback_times(&self) -> (u64, u64, u64) {
        (
            self.callbacks.load(Ordering::Relaxed),
            self.busy_nanos.load(Ordering::Relaxed),
            self.worst_nanos.load(Ordering::Relaxed),
        )
    }

    /// How long callbacks took.
    #[must_use]
    pub fn times(&self) -> CallbackTimes {
        self.times.read()
    }

    /// Callbacks that took longer than what they computed lasts.
    #[must_use]
    pub fn overloads(&self) -> u64 {
        self.overloads.load(Ordering::Relaxed)
    }

    /// Nanoseconds spent in callbacks so far, and nanoseconds of sound they were asked for. The load over a time
    /// is the quotient of their differences.
    #[must_use]
    pub fn work(&self) -> (u64, u64) {
        (
            self.busy_nanos.load(Ordering::Relaxed),
            self.asked_nanos.load(Ordering::Relaxed),
        )
    }

    /// Frames given to a device, from the first computed one on.
    #[must_use]
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::Acquire)
    }

    /// Largest magnitudes of left and right given to a device since the last call.
    #[must_use]
    pub fn take_peaks(&self) -> [f32; 2] {
        [0, 1].map(|side: usize| f32::from_bits(self.peaks[side].swap(0, Ordering::Relaxed)))
    }

    /// Under- and overruns that the device reported.
    #[must_use]
    pub fn xruns(&self) -> u64 {
        self.xruns.load(Ordering::Relaxed)
    }

    /// How many times an instance, or a group of voices, was not computed because it
    /// [stands still](synthc_jit::State::is_still); once for every part of a block.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }

    pub(crate) fn count_skipped(&self, segments: u64) {
        self.skipped.fetch_add(segments, Ordering::Relaxed);
    }

    pub(crate) fn note_block(&self, frames: usize) {
        let frames = frames as u64;
        if frames > self.block.load(Ordering::Relaxed) {
            self.block.fetch_max(frames, Ordering::Relaxed);
        }
    }

    pub(crate) fn set_frame(&self, frame: u64) {
        self.frame.store(frame, Ordering::Release);
    }

    pub(crate) fn count_late(&self) {
        self.late.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_stale(&self) {
        self.stale.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_unroutable(&self) {
        self.unroutable.fetch_add(1, Ordering::Relaxed);
    }

    /// A callback took `nanos` to compute what lasts `sound` nanoseconds.
    pub(crate) fn time_callback(&self, nanos: u64, sound: u64) {
        self.times.count(nanos);
        self.asked_nanos.fetch_add(sound, Ordering::Relaxed);
        if nanos > sound {
            self.overloads.fetch_add(1, Ordering::Relaxed);
        }
        self.callbacks.fetch_add(1, Ordering::Relaxed);
        self.busy_nanos.fetch_add(nanos, Ordering::Relaxed);
        self.worst_nanos.fetch_max(nanos, Ordering::Relaxed);
    }

    pub(crate) fn hear(&self, frames: u64, peaks: [f64; 2]) {
        self.heard.fetch_add(frames, Ordering::Release);
        for (place, peak) in self.peaks.iter().zip(peaks) {
            place.fetch_max((peak as f32).to_bits(), Ordering::Relaxed);
        }
    }

    #[cfg(feature = "device")]
    pub(crate) fn count_xrun(&self) {
        self.xruns.fetch_add(1, Ordering::Relaxed);
    }
}
