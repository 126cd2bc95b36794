//! Lines under a crossfade: what is written to a delay line fades from what the old program would have written to what
//! the new one writes.
//!
//! Else a step between the two would stay in the line and be heard, unfaded, when it comes out. Called block by block
//! after both states have run, while one fades into the other.

use synthc_ir::Precision;

use super::memory::Block;
use super::{CarryList, State};
use crate::sample::Sample;

/// Reads a sample in its own width.
pub(super) fn read<T: Sample>(block: &Block, offset: usize) -> f64 {
    match T::PRECISION {
        Precision::F32 => f64::from(block.read::<f32>(offset)),
        Precision::F64 => block.read(offset),
    }
}

impl<T: Sample> State<T> {
    /// Blends the newest `rising.len()` frames of every line that goes on from `ghost`: what this state wrote there
    /// times `rising`, and what the ghost wrote, into buffers of its own, times the rest to 1.
    ///
    /// Allocates nothing. False, and nothing happens, for states of other programs or clocks, and while one that shares
    /// buffers with this one runs.
    pub fn blend_lines(&mut self, ghost: &Self, list: &CarryList<T>, rising: &[f64]) -> bool {
        let (end, frames) = (self.position(), rising.len() as u64);
        if !list.fits(ghost, self) || ghost.position() != end || frames > end {
            return false;
        }
        let Some(turn) = self.kinship.enter() else {
            return false;
        };
        let lanes = self.lanes();
        for line in &list.lines {
            let (mine, theirs) = (&self.lines[line.new].own, &ghost.lines[line.old].own);
            for (position, &rise) in (end - frames..end).zip(rising) {
                for lane in 0..lanes {
                    let cell = |mask: u64| (position & mask) as usize * lanes + lane;
                    let at = mine.skew + cell(mine.mask()) * size_of::<T>();
                    let from = theirs.skew + cell(theirs.mask()) * size_of::<T>();
                    let (new, old) = (read::<T>(&mine.block, at), read::<T>(&theirs.block, from));
                    let value = new * rise + old * (1.0 - rise);
                    // SAFETY: `own` is written by this state alone, which is borrowed exclusively; ghosts that
                    // read it do not run while this one has the turn.
                    unsafe {
                        match T::PRECISION {
                            Precision::F32 => mine.block.write_shared(at, value as f32),
                            Precision::F64 => mine.block.write_shared(at, value),
                        }
                    }
                }
            }
        }
        self.kinship.leave(turn);
        true
    }
}
