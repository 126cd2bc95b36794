//! Single voices: what a lane of one state remembers goes on in any lane of another, of the same program or of one that means
//! the same.
//!
//! [`State::copy_voice`] does all of it at once. While `old` plays, [`State::copy_voice_lines`] copies its delay lines in
//! pieces of bounded size, and [`State::move_voice`] does the rest when the new state takes over.

use std::sync::Arc;

use super::carry::LineCarry;
use super::{CarryList, CopyProgress, State};
use crate::layout::POSITION;
use crate::sample::Sample;

impl<T: Sample> State<T> {
    /// Copies one voice: registers, newest samples of delay lines, written tables, control values. Lanes and numbers
    /// of lanes may differ, so voices move between states of one and states of many; the clocks of the
    /// two states may differ, too. Externs stay as they are.
    ///
    /// Controls are copied only between states of one program. Costs a pass over the delay buffers and tables of the
    /// voice; allocates nothing. False, and nothing happens, for states of other programs, lanes that do not exist, a
    /// state that shares its buffers since a carry, and while one that shares them with `old` runs.
    pub fn copy_voice(
        &mut self,
        lane: usize,
        old: &Self,
        old_lane: usize,
        list: &CarryList<T>,
    ) -> bool {
        let exists = lane < self.lanes() && old_lane < old.lanes();
        if !list.is_for(old, self) || !exists || self.kinship.is_shared() {
            return false;
        }
        let Some(turn) = old.kinship.enter() else {
            return false;
        };
        let lanes = (old_lane, lane);
        for &(from, to) in &list.registers {
            self.copy_register(old, from, to, lanes);
        }
        for line in &list.lines {
            self.copy_line_of_voice(old, line, lanes);
        }
        self.copy_tables_of_voice(old, list, lanes);
        self.copy_controls_of_voice(old, lanes);
        old.kinship.leave(turn);
        self.rest.forget(self.position());
        self.stale.resting = true;
        self.stale.moving = true;
        true
    }

    /// Copies newest frames of the delay lines of one voice, at most `budget` of them, and takes them off the budget; true
    /// when nothing is left to be copied, so that [`State::move_voice`] may follow before `old` runs again.
    ///
    /// `position` is the clock that this state would go on with now. Call it on a fresh state, again and again while
    /// `old` runs on. Allocates nothing. Does nothing, and returns true, for states of other programs and lanes that do not
    /// exist; does nothing, and returns false, while a state that shares buffers with `old` runs.
    pub fn copy_voice_lines(
        &mut self,
        (lane, position): (usize, u64),
        (old, old_lane): (&Self, usize),
        list: &CarryList<T>,
        progress: &mut CopyProgress,
        budget: &mut usize,
    ) -> bool {
        if !list.is_for(old, self) || lane >= self.lanes() || old_lane >= old.lanes() {
            return true;
        }
        let Some(turn) = old.kinship.enter() else {
            return false;
        };
        let end = old.position();
        let shift = position.wrapping_sub(end);
        if shift != progress.shift {
            // The clocks have gone their own ways: what was copied is in the wrong place.
            progress.shift = shift;
            progress.next.fill(None);
        }
        let mut done = true;
        for (line, next) in list.lines.iter().zip(&mut progress.next) {
            let oldest = end.saturating_sub(u64::from(list.shared(line)));
            let start = next.unwrap_or(oldest).max(oldest);
            let count = (end - start).min(*budget as u64);
            *budget -= count as usize;
            *next = Some(start + count);
            let Some(to) = Arc::get_mut(&mut self.lines[line.new].own) else {
                continue;
            };
            if to.copied == u64::MAX {
                to.copied = position.wrapping_sub(u64::from(list.shared(line)));
            }
            self.copy_cells_of_voice(old, line, (old_lane, lane), start..start + count, shift);
            done &= start + count == end;
        }
        old.kinship.leave(turn);
        done
    }

    /// One voice goes on where it is in `old`, whose lines [`State::copy_voice_lines`] has copied: registers, tables and
    /// control values. The clock goes on from `position`, which all voices of this state must agree about. Externs stay as
    /// they are, and controls are copied only between states of one program.
    ///
    /// Allocates nothing. False, and nothing happens, for states of other programs, lanes that do not exist, and a state
    /// that shares its buffers since a carry.
    pub fn move_voice(
        &mut self,
        (lane, position): (usize, u64),
        (old, old_lane): (&Self, usize),
        list: &CarryList<T>,
    ) -> bool {
        let exists = lane < self.lanes() && old_lane < old.lanes();
        if !list.is_for(old, self) || !exists || self.kinship.is_shared() {
            return false;
        }
        let lanes = (old_lane, lane);
        for &(from, to) in &list.registers {
            self.copy_register(old, from, to, lanes);
        }
        for line in &list.lines {
            self.soften(lane, line, old, (list.shared(line), position));
        }
        self.copy_tables_of_voice(old, list, lanes);
        self.copy_controls_of_voice(old, lanes);
        self.memory.write(POSITION as usize, position);
        self.rest.forget(position);
        self.stale.resting = true;
        self.stale.moving = true;
        true
    }

    /// Copies frames of a line of one voice, each to a position that is later by `shift`. Lanes are (old, new).
    fn copy_cells_of_voice(
        &mut self,
        old: &Self,
        line: &LineCarry,
        lanes: (usize, usize),
        frames: std::ops::Range<u64>,
        shift: u64,
    ) {
        let counts = (old.lanes(), self.lanes());
        let from = old.lines[line.old].read();
        let Some(to) = Arc::get_mut(&mut self.lines[line.new].own) else {
            return;
        };
        for position in frames {
            let past = (position & from.mask()) as usize * counts.0 + lanes.0;
            let at = (position.wrapping_add(shift) & to.mask()) as usize * counts.1 + lanes.1;
            let (past, at) = (
                from.skew + past * size_of::<T>(),
                to.skew + at * size_of::<T>(),
            );
            to.block.copy_from(at, &from.block, past, size_of::<T>());
        }
    }

    fn copy_tables_of_voice(&mut self, old: &Self, list: &CarryList<T>, lanes: (usize, usize)) {
        for &(from, to, _) in &list.tables {
            if let (Some(theirs), Some(mine)) = (&old.tables[from], &mut self.tables[to])
                && let Some(own) = Arc::get_mut(&mut mine.own)
            {
                let [from, to] = [&old.program, &self.program].map(|program| program.lanes());
                let rows = theirs.read().bytes() / (from * size_of::<T>());
                let rows = rows.min(own.bytes() / (to * size_of::<T>()));
                for row in 0..rows {
                    let from = (row * from + lanes.0) * size_of::<T>();
                    let to = (row * to + lanes.1) * size_of::<T>();
                    own.copy_from(to, theirs.read(), from, size_of::<T>());
                }
            }
        }
    }

    fn copy_controls_of_voice(&mut self, old: &Self, lanes: (usize, usize)) {
        if Arc::ptr_eq(&self.program, &old.program) {
            for control in 0..self.program.controls.len() {
                self.set_control_lane(lanes.1, control, old.control_lane(lanes.0, control));
            }
        }
    }

    /// Copies the newest frames of a line of one voice, each as far back as it is in `old`; ones older than what
    /// `old` has are 0.
    fn copy_line_of_voice(&mut self, old: &Self, line: &LineCarry, lanes: (usize, usize)) {
        let (end, here) = (old.position(), self.position());
        let counts = (old.lanes(), self.lanes());
        let from = old.lines[line.old].read();
        let Some(to) = Arc::get_mut(&mut self.lines[line.new].own) else {
            return;
        };
        let cell = |buffer: usize, position: u64, count: usize, lane: usize| {
            buffer + (position as usize * count + lane) * size_of::<T>()
        };
        for ago in 1..=u64::from(to.capacity) {
            let at = here.wrapping_sub(ago) & to.mask();
            let at = cell(to.skew, at, counts.1, lanes.1);
            if ago <= u64::from(from.capacity) {
                let past = end.wrapping_sub(ago) & from.mask();
                let past = cell(from.skew, past, counts.0, lanes.0);
                to.block.copy_from(at, &from.block, past, size_of::<T>());
            } else {
                super::write_sample(&mut to.block, at, T::default());
            }
        }
    }
}
