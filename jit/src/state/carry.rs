//! Carry: what one state remembers goes on in the state of another program.
//!
//! A [`CarryList`] says which pieces of state of two programs mean the same. [`State::carry_from`] copies
//! registers, hands big delay buffers and written tables over by exchanging pointers, and leaves the old state a
//! *ghost*: it runs on for as long as it fades, reads what it gave away, and writes to the buffers that
//! it got in exchange. What cannot be handed over is copied beforehand in pieces of bounded size
//! ([`State::copy_lines`]), while the old state still runs. All voices of a state with lanes are carried
//! together, to a state with as many; single voices move by [`super::voice`].
//!
//! Nothing here allocates or frees but [`CarryList::new`] and [`CopyProgress::new`].

use std::sync::Arc;

use synthc_ir::graph::{LineId, TableId};

use super::State;
use crate::layout::{POSITION, Slot, ValueType};
use crate::program::{Inner, Program};
use crate::sample::Sample;

/// Frames that a ghost may be ahead of or behind its successor: it runs block by block after it. A buffer with
/// less room than this beyond its longest delay is copied, not handed over.
const GHOST_MARGIN: u32 = 64;
/// A buffer up to so many times larger than needed is kept as it is.
const ROOMY: u32 = 8;
/// Lines of at most so many frames are copied: then the ghost sounds exactly as it would have.
const SHORT: u32 = 128;
/// Longest soft beginning of a past that is not known any further, in frames.
const SOFTENED: u64 = 512;
/// Largest table, in cells, that is copied because its size has changed.
const LARGEST_COPIED_TABLE: u32 = 1 << 14;

/// Pieces of state that mean the same, by index in the source graphs of an old and a new program: (old, new).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatePairs {
    /// Registers.
    pub registers: Vec<(u32, u32)>,
    /// Delay lines.
    pub lines: Vec<(u32, u32)>,
    /// Tables.
    pub tables: Vec<(u32, u32)>,
}

/// What happens to a delay line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineCarry {
    pub(super) old: usize,
    pub(super) new: usize,
    /// Newest frames to be copied; 0 where the buffer changes hands.
    frames: u32,
}

/// How the state of one program becomes that of another.
#[derive(Debug)]
pub struct CarryList<T> {
    old: Arc<Inner<T>>,
    new: Arc<Inner<T>>,
    pub(super) registers: Vec<(Slot, Slot)>,
    pub(super) lines: Vec<LineCarry>,
    /// Lines of the new program that go on from none.
    pub(super) fresh: Vec<usize>,
    /// (old, new, cells to be copied or 0).
    pub(super) tables: Vec<(usize, usize, u32)>,
    exact: bool,
}

/// How far the lines of one pair of states, or of voices, have been copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyProgress {
    /// By line of the list, the position of the next frame.
    pub(super) next: Vec<Option<u64>>,
    /// By how much positions of a voice move.
    pub(super) shift: u64,
}

impl CopyProgress {
    /// Nothing copied yet. Allocates.
    #[must_use]
    pub fn new<T: Sample>(list: &CarryList<T>) -> Self {
        Self {
            next: vec![None; list.lines.len()],
            shift: 0,
        }
    }
}

/// The index of the compiled line or table of a place, by its offset.
fn find(count: usize, offset: u32, of: impl Fn(usize) -> u32) -> Option<usize> {
    (0..count).find(|&i| of(i) == offset)
}

/// Whether all registers of one place take their value from one place.
fn agree(places: &[Option<Slot>], heirs: &[Option<Slot>]) -> bool {
    let placed = places.iter().zip(heirs);
    let mut placed: Vec<(u32, Option<u32>)> = placed
        .filter_map(|(to, from)| Some(((*to)?.offset, from.map(|from| from.offset))))
        .collect();
    placed.sort_unstable();
    placed
        .windows(2)
        .all(|pair| pair[0].0 != pair[1].0 || pair[0].1 == pair[1].1)
}

impl<T: Sample> CarryList<T> {
    /// The list for two programs and what of their source graphs means the same. Pairs of different types, and of
    /// what a program does not have because nothing needed it, are left out. Allocates.
    #[must_use]
    pub fn new(old: &Program<T>, new: &Program<T>, pairs: &StatePairs) -> Self {
        let (old, new) = (&old.inner, &new.inner);
        let at = |index: &u32| *index as usize;
        let mut heirs: Vec<Option<Slot>> = vec![None; new.layout.registers().len()];
        let registers = pairs.registers.iter().filter_map(|(a, b)| {
            let from = (*old.layout.registers().get(at(a))?)?;
            let to = (*new.layout.registers().get(at(b))?)?;
            let same = from.ty == to.ty;
            heirs[at(b)] = same.then_some(from);
            same.then_some((from, to))
        });
        let registers: Vec<(Slot, Slot)> = registers.collect();
        let lines = pairs.lines.iter().filter_map(|(a, b)| {
            let from = (*old.layout.lines().get(at(a))?)?;
            let to = (*new.layout.lines().get(at(b))?)?;
            let index = |inner: &Inner<T>, descriptor| {
                find(inner.lines, descriptor, |i| {
                    inner.state_layout.line(LineId::new(i)).descriptor
                })
            };
            let longest = index(old, from.descriptor).map(|i| old.longest[i])?;
            // A buffer that was handed over before may be larger than its layout says; never smaller.
            let roomy = from.capacity >= to.capacity && from.capacity / ROOMY <= to.capacity;
            let handed = roomy && from.capacity > SHORT && from.capacity - longest > GHOST_MARGIN;
            let handed = handed && old.lanes() == new.lanes();
            Some(LineCarry {
                old: index(old, from.descriptor)?,
                new: index(new, to.descriptor)?,
                frames: if handed {
                    0
                } else {
                    from.capacity.min(to.capacity)
                },
            })
        });
        let tables = pairs.tables.iter().filter_map(|(a, b)| {
            let from = (*old.layout.tables().get(at(a))?)?;
            let to = (*new.layout.tables().get(at(b))?)?;
            let index = |inner: &Inner<T>, pointer| {
                find(inner.tables.len(), pointer, |i| {
                    inner.state_layout.table(TableId::new(i)).pointer
                })
            };
            let cells = from.cells.min(to.cells);
            let same = from.cells == to.cells;
            let possible = from.written && to.written && (same || cells <= LARGEST_COPIED_TABLE);
            possible.then_some(())?;
            Some((
                index(old, from.pointer)?,
                index(new, to.pointer)?,
                if same { 0 } else { cells },
            ))
        });
        let lines: Vec<LineCarry> = lines.collect();
        let fresh = (0..new.lines).filter(|&line| lines.iter().all(|carry| carry.new != line));
        Self {
            exact: agree(new.layout.registers(), &heirs),
            registers,
            fresh: fresh.collect(),
            lines,
            tables: tables.collect(),
            old: Arc::clone(old),
            new: Arc::clone(new),
        }
    }

    /// The list for two states of one program, of which the second copies the first.
    #[must_use]
    pub fn duplicate(program: &Program<T>) -> Self {
        Self::identity(program).copying()
    }

    /// The list for two states of one program: every piece of state means itself.
    #[must_use]
    pub fn identity(program: &Program<T>) -> Self {
        let all = |count: usize| (0..count as u32).map(|i| (i, i)).collect();
        let layout = program.layout();
        let pairs = StatePairs {
            registers: all(layout.registers().len()),
            lines: all(layout.lines().len()),
            tables: all(layout.tables().len()),
        };
        Self::new(program, program, &pairs)
    }

    /// The same list, with every line copied and tables left out: the old state keeps its buffers, so that several
    /// states can be made from it.
    #[must_use]
    pub fn copying(mut self) -> Self {
        for line in 0..self.lines.len() {
            self.lines[line].frames = self.shared(&self.lines[line]);
        }
        self.tables.clear();
        self
    }

    /// Whether the new state means what the old one did: whatever has become one register in the new program holds one
    /// value in the old one, or begins afresh.
    ///
    /// Where it is not so, compile the new program with [`Equals::Apart`](crate::Equals::Apart): recurrences that are
    /// equal now may have been different before the edit, and go on from where they are.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// Pieces of state that are carried.
    #[must_use]
    pub fn len(&self) -> usize {
        self.registers.len() + self.lines.len() + self.tables.len()
    }

    /// Whether nothing is carried.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Delay lines whose newest frames have to be copied before the carry.
    #[must_use]
    pub fn copied_lines(&self) -> usize {
        self.lines.iter().filter(|line| line.frames > 0).count()
    }

    /// Delay lines of a voice that moves to another lane.
    #[must_use]
    pub fn lines_of_voice(&self) -> usize {
        self.lines.len()
    }

    /// Frames of a line that old and new program have room for.
    pub(super) fn shared(&self, line: &LineCarry) -> u32 {
        let capacity = |inner: &Inner<T>, i| inner.state_layout.line(LineId::new(i)).capacity;
        capacity(&self.old, line.old).min(capacity(&self.new, line.new))
    }

    /// Whether it is for these states, of as many voices.
    pub(super) fn fits(&self, old: &State<T>, new: &State<T>) -> bool {
        self.is_for(old, new) && old.lanes() == new.lanes()
    }

    /// Whether it is for these states, whatever the number of their voices.
    pub(super) fn is_for(&self, old: &State<T>, new: &State<T>) -> bool {
        Arc::ptr_eq(&self.old, &old.program) && Arc::ptr_eq(&self.new, &new.program)
    }
}

impl<T: Sample> State<T> {
    /// Copies newest frames of delay lines that are not handed over, at most `budget` of them, and takes them
    /// off the budget; true when nothing is left to be copied, so that [`State::carry_from`] may follow before `old` runs
    /// again. False, too, while a state that shares buffers with `old` is running.
    ///
    /// Call it on a fresh state, again and again while `old` runs on: more than `old` computes must be copied
    /// between its blocks. Does nothing, and returns true, for states of other programs.
    pub fn copy_lines(
        &mut self,
        old: &Self,
        list: &CarryList<T>,
        progress: &mut CopyProgress,
        budget: &mut usize,
    ) -> bool {
        if !list.fits(old, self) {
            return true;
        }
        // Were `old` a ghost, its buffers would be written by another state.
        let Some(turn) = old.kinship.enter() else {
            return false;
        };
        let end = old.position();
        let mut done = true;
        let lines = list.lines.iter().zip(&mut progress.next);
        for (line, next) in lines.filter(|(line, _)| line.frames > 0) {
            let oldest = end.saturating_sub(u64::from(line.frames));
            let start = next.unwrap_or(oldest).max(oldest);
            let count = (end - start).min(*budget as u64);
            *budget -= count as usize;
            *next = Some(start + count);
            self.copy_cells(line, old, start, count);
            done &= start + count == end;
        }
        old.kinship.leave(turn);
        done
    }

    /// Copies `count` frames of a line from position `start` on.
    fn copy_cells(&mut self, line: &LineCarry, old: &Self, start: u64, count: u64) {
        let from = old.lines[line.old].read();
        let Some(to) = Arc::get_mut(&mut self.lines[line.new].own) else {
            return;
        };
        if to.copied == u64::MAX {
            to.copied = start;
        }
        let row = old.program.lanes() * size_of::<T>();
        let (mut at, end) = (start, start + count);
        while at < end {
            // As far as neither buffer wraps.
            let [a, b] = [from.mask(), to.mask()].map(|mask| (at & mask, mask + 1 - (at & mask)));
            let run = (end - at).min(a.1).min(b.1);
            let byte = |buffer: usize, cell: u64| buffer + cell as usize * row;
            to.block.copy_from(
                byte(to.skew, b.0),
                &from.block,
                byte(from.skew, a.0),
                run as usize * row,
            );
            at += run;
        }
    }

    /// Lets the past of a line that has grown begin softly, in frames beyond the longest delay that `old` could read: a
    /// longer delay reads into them from a past that is not known, which is silence. What was copied first is further
    /// back than what is known by now, and silenced.
    ///
    /// `frames` were copied at most, and `end` is the position of the next frame; both in one lane of this state.
    pub(super) fn soften(
        &mut self,
        lane: usize,
        line: &LineCarry,
        old: &Self,
        (frames, end): (u32, u64),
    ) {
        let lanes = self.lanes();
        let known = u64::from(frames).min(old.position());
        let heard = u64::from(old.program.longest[line.old]);
        let Some(to) = Arc::get_mut(&mut self.lines[line.new].own) else {
            return;
        };
        if to.capacity <= frames || known <= heard {
            return;
        }
        let rise = (known - heard).min(SOFTENED);
        let begin = end.wrapping_sub(known);
        // How far back the first copy began, were it as long ago as that.
        let forgotten = begin.wrapping_sub(to.copied);
        let forgotten = if forgotten <= u64::from(to.capacity) {
            forgotten
        } else {
            0
        };
        for step in 0..forgotten + rise {
            let x = (step + 1).saturating_sub(forgotten) as f64 / (rise + 1) as f64;
            let gain = x * x * (3.0 - 2.0 * x);
            let position = begin.wrapping_sub(forgotten).wrapping_add(step);
            let cell = (position & to.mask()) as usize * lanes + lane;
            let at = to.skew + cell * size_of::<T>();
            let value = super::blend::read::<T>(&to.block, at) * gain;
            super::write_sample(&mut to.block, at, T::from_f64(value));
        }
    }

    /// Goes on where `old` is: registers, position and buffers. `old` becomes a ghost.
    ///
    /// `self` must be fresh, and [`State::copy_lines`] must have returned true since `old` last ran; otherwise the lines
    /// concerned begin with what they have. Controls are the caller's. False, and nothing happens, for states of
    /// other programs or of another number of voices, and when `old` is a ghost already.
    pub fn carry_from(&mut self, old: &mut Self, list: &CarryList<T>) -> bool {
        let ghost = old.lines.iter().any(|line| line.read.is_some())
            || old.tables.iter().flatten().any(|t| t.read.is_some());
        if !list.fits(old, self) || ghost || self.kinship.is_shared() {
            return false;
        }
        self.copy_registers(old, list);
        for line in list.lines.iter().filter(|line| line.frames > 0) {
            for lane in 0..self.lanes() {
                self.soften(lane, line, old, (line.frames, old.position()));
            }
        }
        old.rest.forget(old.position());
        for line in list.lines.iter().filter(|line| line.frames == 0) {
            let (mine, theirs) = (&mut self.lines[line.new], &mut old.lines[line.old]);
            if theirs.own.capacity < mine.own.capacity {
                continue;
            }
            std::mem::swap(&mut mine.own, &mut theirs.own);
            theirs.read = Some(Arc::clone(&mine.own));
            self.point_line(line.new);
            old.point_line(line.old);
            self.kinship.join(&mut old.kinship);
        }
        for &(from, to, cells) in &list.tables {
            let (Some(mine), Some(theirs)) = (&mut self.tables[to], &mut old.tables[from]) else {
                continue;
            };
            if cells > 0 {
                if let Some(own) = Arc::get_mut(&mut mine.own) {
                    let row = self.program.lanes() * size_of::<T>();
                    own.copy_from(0, &theirs.own, 0, cells as usize * row);
                }
                continue;
            }
            std::mem::swap(&mut mine.own, &mut theirs.own);
            theirs.read = Some(Arc::clone(&mine.own));
            self.point_table(to);
            old.point_table(from);
            self.kinship.join(&mut old.kinship);
        }
        true
    }

    /// Registers and position of `old`, which stays as it is: for a second state that goes on from it, with a list
    /// made by [`CarryList::copying`]. False, and nothing happens, for states of other programs.
    pub fn duplicate_from(&mut self, old: &Self, list: &CarryList<T>) -> bool {
        let fits = list.fits(old, self);
        if fits {
            self.copy_registers(old, list);
        }
        fits
    }

    fn copy_registers(&mut self, old: &Self, list: &CarryList<T>) {
        for &(from, to) in &list.registers {
            for lane in 0..self.lanes() {
                self.copy_register(old, from, to, (lane, lane));
            }
        }
        self.memory.write(POSITION as usize, old.position());
        self.rest.forget(old.position());
        self.stale.resting = true;
        self.stale.moving = true;
    }

    /// Copies a register from one lane of `old` to one of this state.
    pub(super) fn copy_register(
        &mut self,
        old: &Self,
        from: Slot,
        to: Slot,
        lanes: (usize, usize),
    ) {
        // There are at most 16 lanes.
        let from_at = from.in_lane(lanes.0 as u32).byte_offset();
        let to_at = to.in_lane(lanes.1 as u32).byte_offset();
        match from.ty {
            ValueType::Bool => self.memory.write(to_at, old.memory.read::<u8>(from_at)),
            ValueType::F32 | ValueType::I32 => {
                self.memory.write(to_at, old.memory.read::<i32>(from_at));
            }
            ValueType::F64 | ValueType::I64 => {
                self.memory.write(to_at, old.memory.read::<u64>(from_at));
            }
        }
    }
}
