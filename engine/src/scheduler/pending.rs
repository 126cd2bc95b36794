//! Values and notes of moments to come, and the bounds on how many.
//!
//! Filled by [`Engine::schedule`](crate::Engine::schedule) and its like, emptied by the scheduler window by window. What is
//! due at a musical position is kept as one, so that it follows changes of tempo. Two bounds keep a flood from harm: so
//! many events may wait, and so many may fall into one window of frames, which is what the audio side has room for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::NoteHandle;
use crate::path::Target;
use crate::pattern::Time;
use crate::transport::Transport;

/// When something is to happen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// As soon as the audio side can be reached: two inner blocks (128 frames) after the last one computed.
    Now,
    /// At a frame, counted from the engine's start.
    Frame(u64),
    /// So many seconds after the engine's start, rounded to the nearest frame.
    Seconds(f64),
    /// At a beat of the clock that plays the patterns, counted from 0: follows changes of tempo. Kept to 2⁻³² of a cycle.
    Beats(f64),
    /// At an exact position in cycles (bars) of the same clock.
    Cycles(Time),
}

impl From<u64> for When {
    fn from(frame: u64) -> Self {
        Self::Frame(frame)
    }
}

impl From<Time> for When {
    fn from(cycles: Time) -> Self {
        Self::Cycles(cycles)
    }
}

/// Bounds on what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Events that may wait in all.
    pub(crate) waiting: usize,
    /// Events that may fall into one window.
    pub(crate) window: usize,
    /// Frames of a window.
    pub(crate) frames: u64,
}

/// More than a bound allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overload {
    /// So many wait.
    Waiting(usize),
    /// So many fall into the window of that frame.
    Window(usize),
}

/// A note that is to begin: names, because what they lead to is known when it is due.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Beginning {
    pub(crate) handle: NoteHandle,
    pub(crate) node: Arc<str>,
    /// The control that opens.
    pub(crate) gate: Arc<str>,
    pub(crate) values: Box<[(Arc<str>, f64)]>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    Value { place: Target, value: f64 },
    NoteOn(Beginning),
    NoteOff(NoteHandle),
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Due {
    /// The frame it is for.
    pub(super) frame: u64,
    pub(super) order: u64,
    pub(super) act: Act,
}

/// What waits.
#[derive(Debug)]
pub(super) struct Pending {
    bounds: Bounds,
    /// By frame and the order in which they were asked for.
    frames: BTreeMap<(u64, u64), Act>,
    /// By position and order.
    cycles: BTreeMap<(Time, u64), Act>,
    /// How many fall into each window.
    windows: BTreeMap<u64, usize>,
}

impl Pending {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            frames: BTreeMap::new(),
            cycles: BTreeMap::new(),
            windows: BTreeMap::new(),
        }
    }

    /// Counts something in that is meant for `frame`; `elsewhere` wait outside.
    pub(super) fn admit(&mut self, frame: u64, elsewhere: usize) -> Result<(), Overload> {
        let waiting = self.frames.len() + self.cycles.len() + elsewhere;
        if waiting >= self.bounds.waiting {
            return Err(Overload::Waiting(waiting));
        }
        let window = self
            .windows
            .entry(frame / self.bounds.frames.max(1))
            .or_default();
        if *window >= self.bounds.window {
            return Err(Overload::Window(*window));
        }
        *window += 1;
        Ok(())
    }

    pub(super) fn put_at_frame(&mut self, frame: u64, order: u64, act: Act) {
        self.frames.insert((frame, order), act);
    }

    pub(super) fn put_at_cycle(&mut self, cycle: Time, order: u64, act: Act) {
        self.cycles.insert((cycle, order), act);
    }

    /// Takes out everything before the frame `to`, in order of frame and of asking. Positions that a change of tempo has
    /// rounded to before `from` are due there.
    pub(super) fn take(&mut self, from: u64, to: u64, transport: &Transport) -> Vec<Due> {
        let later = self.frames.split_off(&(to, 0));
        let due = std::mem::replace(&mut self.frames, later);
        let mut due: Vec<Due> = due
            .into_iter()
            .map(|((frame, order), act)| Due { frame, order, act })
            .collect();
        while let Some(first) = self.cycles.first_entry() {
            let (cycle, order) = *first.key();
            let frame = u64::try_from(transport.frame_of(cycle))
                .unwrap_or(0)
                .max(from);
            if frame >= to {
                break;
            }
            let act = first.remove();
            due.push(Due { frame, order, act });
        }
        due.sort_by_key(|due| (due.frame, due.order));
        self.windows = self.windows.split_off(&(to / self.bounds.frames.max(1)));
        due
    }

    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.cycles.clear();
        self.windows.clear();
    }
}
