//! One instance of a program: everything that lasts from frame to frame.
//!
//! A state owns its memory, delay buffers, tables and externs; compiled code reaches them through
//! pointers in the memory, which this module alone writes. States of one program are independent.

mod memory;
#[cfg(test)]
mod tests;

pub(crate) use memory::Block;

use std::sync::Arc;

use synthc_ir::graph::{ControlId, ExternId, LineId, RegisterId, RegisterInit, TableId};
use synthc_ir::{Const, Precision, noise_key};

use crate::call::Arguments;
use crate::extern_call::ExternSlots;
use crate::layout::{POSITION, Slot, ValueType, external, line};
use crate::program::{Inner, TableData};
use crate::sample::Sample;

/// Registers, delay lines, tables, externs and control values of one instance.
///
/// Made by [`Program::instantiate`](crate::Program::instantiate). Dropping one frees memory: do it
/// on the control side.
pub struct State<T> {
    pub(crate) program: Arc<Inner<T>>,
    /// What each control rests at.
    controls: Vec<f64>,
    pub(crate) memory: Block,
    lines: Vec<LineBuffer>,
    /// Cells of written tables, by table.
    tables: Vec<Option<Block>>,
    externs: ExternSlots,
    /// Whether the cached values of the resting and of the moving variant are stale.
    pub(crate) stale: Stale,
    pub(crate) arguments: Arguments,
}

/// Which variants' cached values do not belong to the present control values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stale {
    pub(crate) resting: bool,
    pub(crate) moving: bool,
}

/// The buffer of a delay line.
#[derive(Debug)]
struct LineBuffer {
    block: Block,
    /// Bytes before the first cell. Buffers of power-of-two sizes would otherwise begin at the same
    /// offset of a page and evict one another from the cache.
    skew: usize,
}

impl LineBuffer {
    fn new(index: usize, bytes: usize) -> Self {
        // Whole cache lines, spread over a page by an odd number of them.
        let skew = if bytes < 4096 { 0 } else { index * 5 % 64 * 64 };
        let block = Block::zeroed(bytes + skew);
        Self { block, skew }
    }

    fn first_cell(&self) -> usize {
        let first = self.block.as_ptr().wrapping_add(self.skew);
        first.expose_provenance()
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
    pub(crate) fn new(program: &Arc<Inner<T>>, seed: u64) -> Self {
        let layout = &program.state_layout;
        let lines = (0..program.lines).map(LineId::new);
        let lines = lines.map(|id| {
            let slot = layout.line(id);
            LineBuffer::new(id.index(), slot.capacity as usize * slot.stride as usize)
        });
        let tables = program.tables.iter().map(|table| match table {
            TableData::Fixed(_) => None,
            TableData::Written { cells, .. } => Some(Block::zeroed(*cells * size_of::<T>())),
        });
        let externs = program.externs.iter().enumerate().map(|(i, unit)| {
            let place = layout.external(ExternId::new(i));
            let instance = unit.instantiate(program.sample_rate);
            (instance, place.inputs, place.outputs)
        });
        let mut state = Self {
            controls: vec![0.0; program.controls.len()],
            memory: Block::zeroed(layout.bytes()),
            lines: lines.collect(),
            tables: tables.collect(),
            externs: ExternSlots::new(externs),
            stale: Stale {
                resting: true,
                moving: true,
            },
            arguments: Arguments::new(program.inputs, program.outputs, program.moving.len()),
            program: Arc::clone(program),
        };
        state.write_pointers();
        state.write_first_frame(seed);
        state
    }

    /// Sets a control from the next block on.
    ///
    /// Clamps to the control's range; NaN gives its initial value. A control that does not exist is
    /// ignored. What depends on controls is computed again at the beginning of the next block.
    pub fn set_control(&mut self, control: usize, value: f64) {
        let Some(info) = self.program.controls.get(control) else {
            return;
        };
        let value = info.clamp(value);
        if self.controls[control].to_bits() == value.to_bits() {
            return;
        }
        self.controls[control] = value;
        self.write_control(control, T::from_f64(value));
        self.stale.resting = true;
        // The moving variant reads smoothed controls frame by frame.
        self.stale.moving |= self.program.moving_entry[control].is_none();
    }

    /// The value a control rests at; 0 for one that does not exist.
    #[must_use]
    pub fn control(&self, control: usize) -> f64 {
        self.controls.get(control).copied().unwrap_or(0.0)
    }

    /// Makes the state as [`Program::instantiate`](crate::Program::instantiate) makes it, control
    /// values included.
    ///
    /// Costs a write of every delay buffer and table. Does not allocate, except for externs: they
    /// are instantiated anew.
    pub fn reset(&mut self, seed: u64) {
        for line in &mut self.lines {
            line.block.clear();
        }
        for (index, unit) in self.program.externs.iter().enumerate() {
            let instance = unit.instantiate(self.program.sample_rate);
            self.externs.renew(index, instance);
        }
        self.write_first_frame(seed);
    }

    /// Indices of externs that panicked. Their outputs are 0 until [`State::reset`].
    pub fn failed_externs(&self) -> impl Iterator<Item = usize> + '_ {
        self.externs.failed()
    }

    /// Frames computed since the first one: the clock that all delay lines share.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.memory.read(POSITION as usize)
    }

    pub(crate) fn write_control(&mut self, control: usize, value: T) {
        let offset = self.program.state_layout.control(ControlId::new(control));
        write_sample(&mut self.memory, offset as usize, value);
    }

    /// Writes the value a control rests at back to its place.
    pub(crate) fn restore_control(&mut self, control: usize) {
        self.write_control(control, T::from_f64(self.controls[control]));
    }

    /// Writes the descriptors of everything that lies outside state memory.
    fn write_pointers(&mut self) {
        let program = Arc::clone(&self.program);
        let layout = &program.state_layout;
        for (i, buffer) in self.lines.iter().enumerate() {
            let slot = layout.line(LineId::new(i));
            let at = slot.descriptor;
            let mask = u64::from(slot.capacity) - 1;
            self.memory
                .write((at + line::READ_BASE) as usize, buffer.first_cell());
            self.memory
                .write((at + line::WRITE_BASE) as usize, buffer.first_cell());
            self.memory.write((at + line::READ_MASK) as usize, mask);
            self.memory.write((at + line::WRITE_MASK) as usize, mask);
        }
        for (i, (data, own)) in program.tables.iter().zip(&self.tables).enumerate() {
            let cells = match (data, own) {
                (TableData::Fixed(cells), _) => cells.as_ptr().expose_provenance(),
                (_, Some(block)) => block.as_ptr().expose_provenance(),
                (TableData::Written { .. }, None) => continue,
            };
            let pointer = layout.table(TableId::new(i)).pointer;
            self.memory.write(pointer as usize, cells);
        }
        for i in 0..program.externs.len() {
            let at = layout.external(ExternId::new(i)).descriptor;
            let [slot, inputs, outputs] = self.externs.descriptor(i);
            self.memory.write((at + external::SLOT) as usize, slot);
            self.memory.write((at + external::INPUTS) as usize, inputs);
            self.memory
                .write((at + external::OUTPUTS) as usize, outputs);
        }
    }

    /// Writes what the first frame finds: position, registers, controls, tables.
    fn write_first_frame(&mut self, seed: u64) {
        let program = Arc::clone(&self.program);
        self.memory.write(POSITION as usize, 0_u64);
        for (i, &init) in program.registers.iter().enumerate() {
            let slot = program.state_layout.register(RegisterId::new(i));
            let value = match init {
                RegisterInit::Const(value) => value,
                RegisterInit::NoiseKey { ordinal, word } => {
                    let key = noise_key(seed, ordinal);
                    Const::I32((key >> (32 * u32::from(word & 1))) as i32)
                }
            };
            self.write_const(slot, value);
        }
        for (control, info) in program.controls.iter().enumerate() {
            self.controls[control] = info.init;
            self.write_control(control, T::from_f64(info.init));
        }
        for (data, own) in program.tables.iter().zip(&mut self.tables) {
            if let (TableData::Written { cells, init }, Some(block)) = (data, own) {
                for cell in 0..*cells {
                    write_sample(block, cell * size_of::<T>(), *init);
                }
            }
        }
        self.stale = Stale {
            resting: true,
            moving: true,
        };
    }

    fn write_const(&mut self, slot: Slot, value: Const) {
        let at = slot.offset as usize;
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
