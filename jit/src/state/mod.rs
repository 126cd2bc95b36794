//! One instance of a program: everything that lasts from frame to frame.
//!
//! A state owns its memory, delay buffers, tables and externs; compiled code reaches them through
//! pointers in the memory, which this module alone writes. States of one program are independent.

mod blend;
mod carry;
mod kinship;
mod memory;
mod stillness;
#[cfg(test)]
mod tests;
mod voice;

pub use carry::{CarryList, CopyProgress, StatePairs};
pub(crate) use kinship::Kinship;
pub(crate) use memory::Block;
pub(crate) use stillness::Rest;

use std::sync::Arc;

use synthc_ir::graph::{ControlId, ExternId, LineId, RegisterId, RegisterInit, TableId};
use synthc_ir::{Const, Precision, noise_key};

use crate::call::Arguments;
use crate::extern_call::ExternSlots;
use crate::layout::{LineSlot, POSITION, Slot, ValueType, external, line, table};
use crate::program::{Inner, TableData};
use crate::sample::Sample;

/// Registers, delay lines, tables, externs and control values of one instance.
///
/// Made by [`Program::instantiate`](crate::Program::instantiate). Dropping one frees memory: do it
/// on the control side.
pub struct State<T> {
    pub(crate) program: Arc<Inner<T>>,
    /// What each control rests at, lane by lane.
    pub(crate) controls: Vec<f64>,
    pub(crate) memory: Block,
    lines: Vec<Owned<LineBuffer>>,
    /// Cells of written tables, by table.
    tables: Vec<Option<Owned<Block>>>,
    externs: ExternSlots,
    /// Who else uses these buffers.
    pub(crate) kinship: Kinship,
    /// Whether the cached values of the resting and of the moving variant are stale.
    pub(crate) stale: Stale,
    pub(crate) arguments: Arguments,
    /// Whether it need not be computed.
    pub(crate) rest: Rest,
}

/// Which variants' cached values do not belong to the present control values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stale {
    pub(crate) resting: bool,
    pub(crate) moving: bool,
}

/// A buffer of a state: what it writes, and for a ghost what it reads instead.
///
/// Only the state whose `own` a buffer is writes it; ghosts of that state read it. [`Kinship`] keeps the
/// two from running at a time.
#[derive(Debug)]
struct Owned<B> {
    own: Arc<B>,
    /// The buffer of the state that took this one over; `None` unless this state is a ghost.
    read: Option<Arc<B>>,
}

impl<B> Owned<B> {
    fn new(buffer: B) -> Self {
        Self {
            own: Arc::new(buffer),
            read: None,
        }
    }

    /// The buffer that reads go to.
    fn read(&self) -> &B {
        self.read.as_ref().unwrap_or(&self.own)
    }

    /// Exchanges a buffer that somebody else uses, too, for a copy.
    fn unshare(&mut self, copy: impl FnOnce(&B) -> B) {
        if self.read.is_some() || Arc::get_mut(&mut self.own).is_none() {
            self.own = Arc::new(copy(self.read()));
            self.read = None;
        }
    }

    /// A buffer that nobody else uses: the own one when that is so, else a new one.
    fn alone(&mut self, new: impl FnOnce() -> B) -> Option<&mut B> {
        self.read = None;
        if Arc::get_mut(&mut self.own).is_none() {
            self.own = Arc::new(new());
        }
        Arc::get_mut(&mut self.own)
    }
}

/// The buffer of a delay line.
#[derive(Debug)]
struct LineBuffer {
    block: Block,
    /// Frames it holds, a power of two.
    capacity: u32,
    /// Bytes before the first cell. Buffers of power-of-two sizes would otherwise begin at the same
    /// offset of a page and evict one another from the cache.
    skew: usize,
    /// Position of the oldest frame that was copied into it; `u64::MAX` for none.
    copied: u64,
}

impl LineBuffer {
    fn new(index: usize, slot: LineSlot) -> Self {
        let bytes = slot.capacity as usize * slot.stride as usize;
        // Whole cache lines, spread over a page by an odd number of them.
        let skew = if bytes < 4096 { 0 } else { index * 5 % 64 * 64 };
        Self {
            block: Block::zeroed(bytes + skew),
            capacity: slot.capacity,
            skew,
            copied: u64::MAX,
        }
    }

    fn copied(&self) -> Self {
        Self {
            block: self.block.copied(),
            ..*self
        }
    }

    fn first_cell(&self) -> usize {
        let first = self.block.as_ptr().wrapping_add(self.skew);
        first.expose_provenance()
    }

    /// Capacity − 1, as descriptors hold it.
    fn mask(&self) -> u64 {
        u64::from(self.capacity) - 1
    }
}

/// Writes a sample in its own width.
fn write_sample<T: Sample>(block: &mut Block, offset: usize, value: T) {
    match T::PRECISION {
        // Exact: an `f32` was widened.
        Precision::F32 => block.write(offset, value.to_f64() as f32),
        Precision::F64 => block.write(offset, value.to_f64()),
    }
}

impl<T: Sample> State<T> {
    pub(crate) fn new(program: &Arc<Inner<T>>, seed: impl Fn(usize) -> u64) -> Self {
        let layout = &program.state_layout;
        let lanes = layout.lanes();
        let lines = (0..program.lines).map(LineId::new);
        let lines = lines.map(|id| Owned::new(LineBuffer::new(id.index(), layout.line(id))));
        let tables = program.tables.iter().map(|table| match table {
            TableData::Fixed(_) => None,
            TableData::Written { cells, .. } => {
                Some(Owned::new(Block::zeroed(*cells * lanes * size_of::<T>())))
            }
        });
        let externs = program.externs.iter().enumerate().flat_map(|(i, unit)| {
            let place = layout.external(ExternId::new(i));
            (0..lanes).map(move |_| {
                let instance = unit.instantiate(program.sample_rate);
                (instance, place.inputs, place.outputs)
            })
        });
        let mut state = Self {
            controls: vec![0.0; program.controls.len() * lanes],
            memory: Block::zeroed(layout.bytes()),
            lines: lines.collect(),
            tables: tables.collect(),
            externs: ExternSlots::new(externs),
            kinship: Kinship::default(),
            stale: Stale {
                resting: true,
                moving: true,
            },
            arguments: Arguments::new(program),
            rest: Rest::new(program.counters(), lanes),
            program: Arc::clone(program),
        };
        state.write_pointers();
        state.write_first_frame(seed);
        state
    }

    /// Number of voices, see [`CompileOptions::lanes`](crate::CompileOptions::lanes).
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.program.state_layout.lanes()
    }

    /// Sets a control of all voices from the next block on.
    ///
    /// Clamps to the control's range; NaN gives its initial value. A control that does not exist is
    /// ignored. What depends on controls is computed again at the beginning of the next block.
    pub fn set_control(&mut self, control: usize, value: f64) {
        for lane in 0..self.lanes() {
            self.set_control_lane(lane, control, value);
        }
    }

    /// Sets a control of one voice, as [`State::set_control`] does. A lane that does not exist is
    /// ignored.
    pub fn set_control_lane(&mut self, lane: usize, control: usize, value: f64) {
        let Some(info) = self.program.controls.get(control) else {
            return;
        };
        if lane >= self.lanes() {
            return;
        }
        let value = info.clamp(value);
        let entry = control * self.lanes() + lane;
        if self.controls[entry].to_bits() == value.to_bits() {
            return;
        }
        self.controls[entry] = value;
        self.write_control(lane, control, T::from_f64(value));
        self.rest.disturb();
        self.stale.resting = true;
        // The moving variant reads smoothed controls frame by frame.
        self.stale.moving |= self.program.moving_entry[control].is_none();
    }

    /// The value a control rests at, in the first lane; 0 for one that does not exist.
    #[must_use]
    pub fn control(&self, control: usize) -> f64 {
        self.control_lane(0, control)
    }

    /// The value a control of one voice rests at; 0 for one that does not exist.
    #[must_use]
    pub fn control_lane(&self, lane: usize, control: usize) -> f64 {
        if lane >= self.lanes() {
            return 0.0;
        }
        let entry = control * self.lanes() + lane;
        self.controls.get(entry).copied().unwrap_or(0.0)
    }

    /// Makes the state as [`Program::instantiate`](crate::Program::instantiate) makes it, control
    /// values included.
    ///
    /// Costs a write of every delay buffer and table. Does not allocate, except for externs that cannot be reset, which
    /// are instantiated anew, and for buffers that it shares since a carry: those are exchanged.
    pub fn reset(&mut self, seed: u64) {
        let program = Arc::clone(&self.program);
        for (i, line) in self.lines.iter_mut().enumerate() {
            let slot = program.state_layout.line(LineId::new(i));
            if let Some(buffer) = line.alone(|| LineBuffer::new(i, slot)) {
                buffer.block.clear();
            }
        }
        for table in self.tables.iter_mut().flatten() {
            let bytes = table.own.bytes();
            table.alone(|| Block::zeroed(bytes));
        }
        self.write_pointers();
        for lane in 0..self.lanes() {
            self.renew_externs(lane);
        }
        self.write_first_frame(|_| seed);
        self.rest.begin();
    }

    /// Makes one voice a fresh one, control values included; the others play on. A lane that does
    /// not exist is ignored. Costs, and allocates, as [`State::reset`] does.
    pub fn reset_lane(&mut self, lane: usize, seed: u64) {
        if lane >= self.lanes() {
            return;
        }
        for line in &mut self.lines {
            line.unshare(LineBuffer::copied);
        }
        for table in self.tables.iter_mut().flatten() {
            table.unshare(Block::copied);
        }
        let lanes = self.lanes();
        for line in &mut self.lines {
            let Some(buffer) = Arc::get_mut(&mut line.own) else {
                continue;
            };
            for frame in 0..buffer.capacity as usize {
                let at = buffer.skew + (frame * lanes + lane) * size_of::<T>();
                write_sample(&mut buffer.block, at, T::default());
            }
        }
        self.write_pointers();
        self.renew_externs(lane);
        self.write_first_frame_of(lane, seed);
        self.rest.forget(self.position());
    }

    /// Indices of externs that panicked, in any lane. Their outputs are 0 until [`State::reset`].
    pub fn failed_externs(&self) -> impl Iterator<Item = usize> + '_ {
        let lanes = self.lanes();
        let mut last = None;
        self.externs.failed().filter_map(move |slot| {
            let index = slot / lanes;
            (last.replace(index) != Some(index)).then_some(index)
        })
    }

    /// Whether an extern has panicked since the last call, in any lane. Costs a look at every extern; allocates nothing.
    pub fn take_extern_failure(&mut self) -> bool {
        self.externs.take_failure()
    }

    /// Resets a lane's externs; those that cannot be reset are exchanged for fresh ones.
    fn renew_externs(&mut self, lane: usize) {
        let lanes = self.lanes();
        for (index, unit) in self.program.externs.iter().enumerate() {
            let slot = index * lanes + lane;
            if !self.externs.reset(slot) {
                let instance = unit.instantiate(self.program.sample_rate);
                self.externs.renew(slot, instance);
            }
        }
    }

    /// Frames computed since the first one: the clock that all delay lines share.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.memory.read(POSITION as usize)
    }

    pub(crate) fn write_control(&mut self, lane: usize, control: usize, value: T) {
        let offset = self.program.state_layout.control(ControlId::new(control));
        let offset = offset as usize + lane * size_of::<T>();
        write_sample(&mut self.memory, offset, value);
    }

    /// Writes the values a control rests at back to their place.
    pub(crate) fn restore_control(&mut self, control: usize) {
        for lane in 0..self.lanes() {
            let value = self.controls[control * self.lanes() + lane];
            self.write_control(lane, control, T::from_f64(value));
        }
    }

    /// Writes the descriptors of everything that lies outside state memory.
    fn write_pointers(&mut self) {
        let program = Arc::clone(&self.program);
        let layout = &program.state_layout;
        for i in 0..self.lines.len() {
            self.point_line(i);
        }
        for (i, data) in program.tables.iter().enumerate() {
            if let TableData::Fixed(cells) = data {
                let at = layout.table(TableId::new(i)).pointer;
                let cells = cells.as_ptr().expose_provenance();
                self.memory.write((at + table::READ_BASE) as usize, cells);
                self.memory.write((at + table::WRITE_BASE) as usize, cells);
            }
            self.point_table(i);
        }
        let lanes = layout.lanes();
        for i in 0..program.externs.len() * lanes {
            let first = layout.external(ExternId::new(i / lanes)).descriptor;
            let at = first as usize + i % lanes * external::BYTES;
            let [slot, inputs, outputs] = self.externs.descriptor(i);
            self.memory.write(at + external::SLOT as usize, slot);
            self.memory.write(at + external::INPUTS as usize, inputs);
            self.memory.write(at + external::OUTPUTS as usize, outputs);
        }
    }

    /// Writes the descriptor of a delay line.
    fn point_line(&mut self, index: usize) {
        let at = self
            .program
            .state_layout
            .line(LineId::new(index))
            .descriptor;
        let (read, write) = (self.lines[index].read(), &self.lines[index].own);
        let words = [
            (line::READ_BASE, read.first_cell() as u64),
            (line::WRITE_BASE, write.first_cell() as u64),
            (line::READ_MASK, read.mask()),
            (line::WRITE_MASK, write.mask()),
        ];
        for (offset, word) in words {
            self.memory.write((at + offset) as usize, word);
        }
    }

    /// Writes the descriptor of a written table.
    fn point_table(&mut self, index: usize) {
        let at = self.program.state_layout.table(TableId::new(index)).pointer;
        let Some(cells) = &self.tables[index] else {
            return;
        };
        let [read, write] =
            [cells.read(), &*cells.own].map(|block| block.as_ptr().expose_provenance());
        self.memory.write((at + table::READ_BASE) as usize, read);
        self.memory.write((at + table::WRITE_BASE) as usize, write);
    }

    /// Writes what the first frame finds, with the seed of each lane.
    fn write_first_frame(&mut self, seed: impl Fn(usize) -> u64) {
        self.memory.write(POSITION as usize, 0_u64);
        for lane in 0..self.lanes() {
            self.write_first_frame_of(lane, seed(lane));
        }
    }

    /// Writes what the first frame of a lane finds: registers, controls, tables.
    fn write_first_frame_of(&mut self, lane: usize, seed: u64) {
        let program = Arc::clone(&self.program);
        let lanes = self.lanes();
        for (i, &init) in program.registers.iter().enumerate() {
            let slot = program.state_layout.register(RegisterId::new(i));
            let value = match init {
                RegisterInit::Const(value) => value,
                RegisterInit::NoiseKey { ordinal, word } => {
                    let key = noise_key(seed, ordinal);
                    Const::I32((key >> (32 * u32::from(word & 1))) as i32)
                }
            };
            self.write_const(slot.in_lane(lane as u32), value);
        }
        for (control, info) in program.controls.iter().enumerate() {
            self.controls[control * lanes + lane] = info.init;
            self.write_control(lane, control, T::from_f64(info.init));
        }
        for (data, own) in program.tables.iter().zip(&mut self.tables) {
            if let (TableData::Written { cells, init }, Some(own)) = (data, own)
                && let Some(block) = Arc::get_mut(&mut own.own)
            {
                for cell in 0..*cells {
                    write_sample(block, (cell * lanes + lane) * size_of::<T>(), *init);
                }
            }
        }
        self.stale = Stale {
            resting: true,
            moving: true,
        };
    }

    fn write_const(&mut self, slot: Slot, value: Const) {
        let at = slot.byte_offset();
        match (slot.ty, value) {
            (ValueType::F32, Const::Float(x)) => self.memory.write(at, x as f32),
            (_, Const::Float(x)) => self.memory.write(at, x),
            (_, Const::I32(x)) => self.memory.write(at, x),
            (_, Const::I64(x)) => self.memory.write(at, x),
            (_, Const::Bool(x)) => self.memory.write(at, u8::from(x)),
        }
    }
}

impl<T> std::fmt::Debug for State<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("controls", &self.controls)
            .field("memory", &self.memory.bytes())
            .field("lines", &self.lines.len())
            .finish_non_exhaustive()
    }
}
