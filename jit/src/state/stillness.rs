//! Standing still: a state whose future is known to be silent is not computed, only its clock and counters go on.
//!
//! Whoever runs the state tells it of blocks in which nothing went in and nothing came out
//! ([`State::observe_silence`]). When the delay lines have been silent for their whole length and the program's
//! [`Stillness`] proves that it stays so, the state *is still*: [`State::stand_still`] then does what computing would
//! have done, in closed form, until a control changes or something goes in. It gives the same bits, zeros' signs aside.

use std::sync::Arc;

use synthc_ir::analysis::{StillnessMemory, StillnessState};
use synthc_ir::eval::Value;
use synthc_ir::graph::{ControlId, RegisterId};

use super::State;
use crate::layout::{POSITION, ValueType};
use crate::sample::Sample;
use crate::schedule::WIDEST;

/// Frames beyond the present one that compiled code may have written to a delay line.
const AHEAD: u64 = WIDEST as u64;
/// Longest wait between two attempts at a proof, in frames: one fails as a rule because something decays slowly.
const LONGEST_WAIT: u64 = 1 << 16;

/// What a state knows of its silence.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    /// Whether it is proved that the state stands still.
    still: bool,
    /// Lines have been written zeros from the first position to the second.
    quiet: (u64, u64),
    /// Position of the next attempt, and frames from it to the one after it.
    attempt: (u64, u64),
    /// What is added to counters in every frame, lane by lane.
    steps: Vec<i64>,
}

impl Rest {
    pub(super) fn new(counters: usize, lanes: usize) -> Self {
        Self {
            steps: vec![0; counters * lanes],
            ..Self::default()
        }
    }

    /// The state is going to be computed or changed.
    pub(crate) fn disturb(&mut self) {
        self.still = false;
    }

    /// The state is a fresh one.
    pub(super) fn begin(&mut self) {
        self.still = false;
        self.quiet = (0, 0);
        self.attempt = (0, 0);
    }

    /// The buffers hold anything.
    pub(crate) fn forget(&mut self, position: u64) {
        self.still = false;
        // A run that begins at 0 means that nothing was ever written.
        self.quiet = (position.max(1), position);
        self.attempt = (0, 0);
    }
}

/// One voice of a state.
struct Voice<'a, T> {
    state: &'a State<T>,
    lane: usize,
}

impl<T: Sample> StillnessState for Voice<'_, T> {
    fn register(&self, register: RegisterId) -> Value {
        let layout = &self.state.program.state_layout;
        // There are at most 16 lanes.
        let slot = layout.register(register).in_lane(self.lane as u32);
        let (at, memory) = (slot.byte_offset(), &self.state.memory);
        match slot.ty {
            ValueType::F32 => Value::F32(memory.read(at)),
            ValueType::F64 => Value::F64(memory.read(at)),
            ValueType::I32 => Value::I32(memory.read(at)),
            ValueType::I64 => Value::I64(memory.read(at)),
            ValueType::Bool => Value::Bool(memory.read::<u8>(at) != 0),
        }
    }

    fn control(&self, control: ControlId) -> Value {
        let value = self.state.control_lane(self.lane, control.index());
        Value::float(T::PRECISION, value)
    }
}

impl<T: Sample> State<T> {
    /// Whether nothing has to be computed as long as inputs are silent and controls rest.
    #[must_use]
    pub fn is_still(&self) -> bool {
        self.rest.still
    }

    /// Tells of the last `frames` frames computed that controls rested and all that went in and came out was zero, in
    /// every lane. Returns whether the state stands still from now on.
    ///
    /// Costs a look at as many cells of every delay line, and now and then a walk over the graph; the waits between
    /// these double. Allocates nothing.
    pub fn observe_silence(&mut self, frames: usize, memory: &mut StillnessMemory) -> bool {
        if self.rest.still {
            return true;
        }
        let program = Arc::clone(&self.program);
        let Some(stillness) = &program.stillness else {
            return false;
        };
        let (position, frames) = (self.position(), frames as u64);
        let start = position.saturating_sub(frames);
        if !self.lines_silent(frames) {
            self.rest.forget(position);
            return false;
        }
        let (from, until) = self.rest.quiet;
        let from = if until == start { from } else { start.max(1) };
        self.rest.quiet = (from, position);
        if until != start {
            self.rest.attempt = (0, frames);
        }
        let longest = self.lines.iter().map(|line| line.own.capacity).max();
        let needed = u64::from(longest.unwrap_or(0));
        let long_enough = from == 0 || position - from >= needed;
        if !long_enough || position < self.rest.attempt.0 {
            return false;
        }
        let wait = self.rest.attempt.1.clamp(frames, LONGEST_WAIT);
        self.rest.attempt = (position + wait, wait * 2);
        let mut steps = std::mem::take(&mut self.rest.steps);
        let lanes = self.lanes();
        let count = stillness.counters().len();
        self.rest.still = (0..lanes).all(|lane| {
            let voice = Voice { state: self, lane };
            let steps = &mut steps[lane * count..(lane + 1) * count];
            stillness.prove(&voice, memory, steps)
        }) && self.clear_ahead();
        self.rest.steps = steps;
        self.rest.still
    }

    /// Does what computing `frames` frames would have done to a state that [is still](State::is_still).
    pub fn stand_still(&mut self, frames: usize) {
        if !self.rest.still {
            return;
        }
        let program = Arc::clone(&self.program);
        let Some(stillness) = &program.stillness else {
            return;
        };
        let counters = stillness.counters();
        for (index, &step) in self.rest.steps.iter().enumerate() {
            let (lane, counter) = (index / counters.len(), counters[index % counters.len()]);
            let slot = program.state_layout.register(counter.register);
            let at = slot.in_lane(lane as u32).byte_offset();
            let frames = frames as u64;
            if slot.ty == ValueType::I32 {
                let value: i32 = self.memory.read(at);
                let after = counter.after(i64::from(value), step, frames);
                self.memory.write(at, after as i32);
            } else {
                let value: i64 = self.memory.read(at);
                self.memory.write(at, counter.after(value, step, frames));
            }
        }
        let position = self.position() + frames as u64;
        self.memory.write(POSITION as usize, position);
        self.rest.quiet.1 = position;
    }

    /// Whether the newest `frames` cells of every line are zero, and nobody else uses a line.
    fn lines_silent(&self, frames: u64) -> bool {
        let end = self.position();
        let row = self.lanes() * size_of::<T>();
        self.lines.iter().all(|line| {
            let buffer = line.read();
            let count = frames.min(u64::from(buffer.capacity)).min(end);
            line.read.is_none()
                && (end - count..end).all(|at| {
                    let at = buffer.skew + (at & buffer.mask()) as usize * row;
                    (0..self.lanes()).all(|lane| {
                        let at = at + lane * size_of::<T>();
                        let zero = |bits: u64, sign: u32| bits << sign == 0;
                        if size_of::<T>() == 4 {
                            zero(u64::from(buffer.block.read::<u32>(at)), 33)
                        } else {
                            zero(buffer.block.read(at), 1)
                        }
                    })
                })
        })
    }

    /// Clears what vector code may have written beyond the present frame: it will not be written again before it is
    /// read. False when somebody else uses a line.
    fn clear_ahead(&mut self) -> bool {
        let (position, lanes) = (self.position(), self.lanes());
        self.lines.iter_mut().all(|line| {
            let Some(buffer) = Arc::get_mut(&mut line.own) else {
                return false;
            };
            for at in position..position + AHEAD {
                let at = (at & buffer.mask()) as usize * lanes;
                for cell in at..at + lanes {
                    super::write_sample(
                        &mut buffer.block,
                        buffer.skew + cell * size_of::<T>(),
                        T::default(),
                    );
                }
            }
            true
        })
    }
}
