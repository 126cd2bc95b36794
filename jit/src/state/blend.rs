//! Lines under a crossfade: what is written to a delay line fades in, from what the old program would have written to it
//! or from silence.
//!
//! Else a step between the two would stay in the line and be heard, unfaded, when it comes out. Called block by block
//! after the states have run, while one fades into the other.
//!
//! A line that goes on from none is left alone where it may be read less than a block back: such a read finds what was
//! written before it was faded, later ones what was faded, and between the two would be the very step that is to be avoided.

use synthc_ir::Precision;

use super::memory::Block;
use super::{CarryList, LineBuffer, State};
use crate::sample::Sample;
use crate::schedule::CHUNK;

/// Reads a sample in its own width.
pub(super) fn read<T: Sample>(block: &Block, offset: usize) -> f64 {
    match T::PRECISION {
        Precision::F32 => f64::from(block.read::<f32>(offset)),
        Precision::F64 => block.read(offset),
    }
}

/// One voice of a line: cells by position.
struct Cells<'a> {
    buffer: &'a LineBuffer,
    lanes: usize,
    lane: usize,
    /// The first of the frames that fade.
    start: u64,
}

impl<'a> Cells<'a> {
    /// The newest `frames` cells that a state wrote to one of its lines.
    fn newest<T: Sample>(state: &'a State<T>, line: usize, lane: usize, frames: usize) -> Self {
        Self {
            buffer: &state.lines[line].own,
            lanes: state.lanes(),
            lane,
            start: state.position() - frames as u64,
        }
    }

    fn byte<T>(&self, frame: usize) -> usize {
        let row = (self.start + frame as u64) & self.buffer.mask();
        self.buffer.skew + (row as usize * self.lanes + self.lane) * size_of::<T>()
    }

    fn get<T: Sample>(&self, frame: usize) -> f64 {
        read::<T>(&self.buffer.block, self.byte::<T>(frame))
    }

    /// Puts what is there times `rising`, and what `ghost` has times the rest to 1, in its place.
    fn fade<T: Sample>(&self, rising: &[f64], ghost: Option<&Self>) {
        for (frame, &rise) in rising.iter().enumerate() {
            let old = ghost.map_or(0.0, |ghost| ghost.get::<T>(frame) * (1.0 - rise));
            let value = self.get::<T>(frame) * rise + old;
            let (at, block) = (self.byte::<T>(frame), &self.buffer.block);
            // SAFETY: `own` is written by the state that it belongs to alone, whose methods below borrow it
            // exclusively; ghosts that read it do not run while it has the turn.
            unsafe {
                match T::PRECISION {
                    Precision::F32 => block.write_shared(at, value as f32),
                    Precision::F64 => block.write_shared(at, value),
                }
            }
        }
    }
}

impl<T: Sample> State<T> {
    /// Blends the newest `rising.len()` frames of every line of one voice: of lines that go on from `ghost`, what this state
    /// wrote times `rising`, and what the ghost's voice wrote, into buffers of its own, times the rest to 1; of lines that
    /// go on from none as [`State::raise_lines`] does.
    ///
    /// Allocates nothing. False, and nothing happens, for states of other programs, voices that do not exist, states that
    /// have not run for so many frames, and while one that shares buffers with this one runs.
    pub fn blend_lines(
        &mut self,
        lane: usize,
        ghost: &Self,
        ghost_lane: usize,
        list: &CarryList<T>,
        rising: &[f64],
    ) -> bool {
        let frames = rising.len();
        let ran = frames as u64 <= self.position().min(ghost.position());
        let exists = lane < self.lanes() && ghost_lane < ghost.lanes();
        if !(list.is_for(ghost, self) && ran && exists) {
            return false;
        }
        let Some(turn) = self.kinship.enter() else {
            return false;
        };
        for line in &list.lines {
            let past = Cells::newest(ghost, line.old, ghost_lane, frames);
            Cells::newest(self, line.new, lane, frames).fade::<T>(rising, Some(&past));
        }
        self.raise(list.fresh.iter().copied(), lane, rising);
        self.kinship.leave(turn);
        true
    }

    /// Multiplies the newest `rising.len()` frames of every line of a voice that begins by `rising`, if the line is never
    /// read less than a block back.
    ///
    /// Allocates nothing. False, and nothing happens, for a voice that does not exist, when it has not run for so many
    /// frames, and while a state that shares buffers with this one runs.
    pub fn raise_lines(&mut self, lane: usize, rising: &[f64]) -> bool {
        if rising.len() as u64 > self.position() || lane >= self.lanes() {
            return false;
        }
        let Some(turn) = self.kinship.enter() else {
            return false;
        };
        self.raise(0..self.lines.len(), lane, rising);
        self.kinship.leave(turn);
        true
    }

    fn raise(&self, lines: impl Iterator<Item = usize>, lane: usize, rising: &[f64]) {
        let long = |line: &usize| self.program.shortest[*line] >= CHUNK;
        for line in lines.filter(long) {
            Cells::newest(self, line, lane, rising.len()).fade::<T>(rising, None);
        }
    }
}
