//! State of voices in lanes: registers, delay lines, tables, externs.
//!
//! The cells of all lanes of a frame lie side by side: a delay of one length for all voices is one
//! vector access, a length of each voice's own is an access per lane. Indices are clamped or proven
//! inside here, as in [`super::super::memory`].

use cranelift_codegen::ir::{InstBuilder, Value, types};
use synthc_ir::graph::{ExternId, LineId, RegisterId, TableId};
use synthc_ir::{BinaryOp, Const, NodeId, Type};

use super::Voices;
use crate::layout::{external, line, table};
use crate::lower::emitter::{displacement, trusted};
use crate::lower::lanes::Lanes;
use crate::schedule::{IntRange, table_write};

impl Voices<'_, '_> {
    /// Loads a register that lives in memory.
    pub(super) fn read_register(&mut self, id: RegisterId) -> Lanes {
        let ty = self.source().graph.registers()[id.index()].ty;
        let offset = self.source().layout.register(id).offset;
        self.load(ty, offset)
    }

    /// Stores to a register's place.
    pub(super) fn write_register(&mut self, id: RegisterId, value: &Lanes) {
        let offset = self.source().layout.register(id).offset;
        self.store(value, offset);
    }

    /// log₂ of the bytes of the floats of all lanes.
    pub(super) fn row_shift(&self) -> i64 {
        // A power of two: 4, 8 or 16 lanes.
        self.emitter.float_shift() + i64::from(self.source().layout.lanes().trailing_zeros())
    }

    /// The inputs of a line some frames before `position`.
    pub(super) fn read_line(&mut self, id: LineId, offset: NodeId, position: Value) -> Lanes {
        let info = &self.source().graph.lines()[id.index()];
        let (min, max, input) = (info.min, info.max, info.input);
        let descriptor = self.source().layout.line(id).descriptor;
        if let Some(Const::I32(offset)) = self.emitter.known(offset) {
            let offset = i64::from(offset).clamp(i64::from(min), i64::from(max));
            if let (0, Some(input)) = (offset, input) {
                return self.get(input);
            }
            let ins = self.emitter.builder.ins();
            let cell = ins.iadd_imm_s(position, -offset);
            let row = self.line_row(descriptor, line::READ_BASE, line::READ_MASK, cell);
            // Buffers begin at cache lines, and a row is a whole number of vectors.
            let first = self.group_offset(Type::Float);
            return self
                .emitter
                .load_lanes(Type::Float, self.group, trusted(), row, first);
        }
        let offset = self.clamped(offset, min, max);
        let mask = self.emitter.load(types::I64, descriptor + line::READ_MASK);
        let base = self.emitter.load(types::I64, descriptor + line::READ_BASE);
        let cells: Vec<Value> = (0..self.group)
            .map(|lane| {
                let offset = self.emitter.lane(&offset, lane);
                let ins = self.emitter.builder.ins();
                let offset = ins.uextend(types::I64, offset);
                let cell = self.emitter.builder.ins().isub(position, offset);
                let cell = self.emitter.builder.ins().band(cell, mask);
                let row = self.row(base, cell);
                self.cell(row, lane)
            })
            .collect();
        self.emitter.lanes_of_scalars(Type::Float, &cells)
    }

    /// Writes this frame's inputs of a line.
    pub(super) fn write_line(&mut self, id: LineId, position: Value) {
        let Some(input) = self.source().graph.lines()[id.index()].input else {
            return;
        };
        let value = self.get(input);
        let descriptor = self.source().layout.line(id).descriptor;
        let row = self.line_row(descriptor, line::WRITE_BASE, line::WRITE_MASK, position);
        let first = self.group_offset(Type::Float);
        self.emitter.store_lanes(&value, trusted(), row, first);
    }

    /// The address of a line's cells of a position, by the words of its descriptor.
    fn line_row(&mut self, descriptor: u32, base: u32, mask: u32, position: Value) -> Value {
        let mask = self.emitter.load(types::I64, descriptor + mask);
        let base = self.emitter.load(types::I64, descriptor + base);
        let cell = self.emitter.builder.ins().band(position, mask);
        self.row(base, cell)
    }

    /// The address of the cells of all lanes at an index.
    fn row(&mut self, base: Value, index: Value) -> Value {
        let shift = self.row_shift();
        let bytes = self.emitter.builder.ins().ishl_imm_u(index, shift);
        self.emitter.builder.ins().iadd(base, bytes)
    }

    /// Loads the cell of one lane of this group.
    fn cell(&mut self, row: Value, lane: usize) -> Value {
        let (float, offset) = (self.emitter.float, self.lane_offset(lane));
        let ins = self.emitter.builder.ins();
        ins.load(float, trusted(), row, offset)
    }

    fn lane_offset(&self, lane: usize) -> i32 {
        // At most 16 lanes of 8 bytes.
        displacement(self.group_offset(Type::Float) + lane as u32 * self.emitter.float.bytes())
    }

    /// The cells of a table, one for each lane.
    pub(super) fn read_table(&mut self, id: TableId, index: NodeId) -> Lanes {
        let slot = self.source().layout.table(id);
        let index = self.clamped(index, 0, slot.cells - 1);
        let base = slot.pointer + table::READ_BASE;
        let base = self.emitter.load(types::I64, base);
        let cells: Vec<Value> = (0..self.group)
            .map(|lane| {
                let index = self.emitter.lane(&index, lane);
                let ins = self.emitter.builder.ins();
                let index = ins.uextend(types::I64, index);
                if slot.written {
                    let row = self.row(base, index);
                    return self.cell(row, lane);
                }
                let address = self.emitter.element(base, index);
                let float = self.emitter.float;
                let ins = self.emitter.builder.ins();
                ins.load(float, trusted(), address, 0)
            })
            .collect();
        self.emitter.lanes_of_scalars(Type::Float, &cells)
    }

    /// Writes this frame's cell of a table, one for each lane.
    pub(super) fn write_table(&mut self, id: TableId) {
        let Some((index, value)) = table_write(self.source().graph, id) else {
            return;
        };
        let value = self.get(value);
        let slot = self.source().layout.table(id);
        let index = self.clamped(index, 0, slot.cells - 1);
        let base = slot.pointer + table::WRITE_BASE;
        let base = self.emitter.load(types::I64, base);
        for lane in 0..self.group {
            let value = self.emitter.lane(&value, lane);
            let index = self.emitter.lane(&index, lane);
            let index = self.emitter.builder.ins().uextend(types::I64, index);
            let row = self.row(base, index);
            let offset = self.lane_offset(lane);
            let ins = self.emitter.builder.ins();
            ins.store(trusted(), value, row, offset);
        }
    }

    /// An `i32` node clamped to `[lo, hi]`, without instructions where it cannot leave it.
    fn clamped(&mut self, id: NodeId, lo: u32, hi: u32) -> Lanes {
        // Lines and tables are far smaller than 2³¹ (the verifier).
        let (lo, hi) = (lo.cast_signed(), hi.cast_signed());
        let range = IntRange::of(self.source().graph, id);
        let mut value = self.get(id);
        if range.lo < lo {
            let bound = self.emitter.lanes_constant(self.group, Const::I32(lo));
            value = self.emitter.lanes_binary(BinaryOp::Max, &value, &bound);
        }
        if range.hi > hi {
            let bound = self.emitter.lanes_constant(self.group, Const::I32(hi));
            value = self.emitter.lanes_binary(BinaryOp::Min, &value, &bound);
        }
        value
    }

    /// Computes a frame of every lane's extern.
    pub(super) fn call_extern(&mut self, id: ExternId) {
        let graph = self.source().graph;
        let inputs = &graph.externs()[id.index()].inputs;
        let inputs: Vec<Lanes> = inputs.iter().map(|&input| self.get(input)).collect();
        for lane in 0..self.group {
            let descriptor = self.extern_descriptor(id, lane);
            let scalars: Vec<Value> = inputs
                .iter()
                .map(|input| self.emitter.lane(input, lane))
                .collect();
            self.emitter.call_trampoline(descriptor, &scalars);
        }
    }

    /// One output of every lane's extern, all called in this frame.
    pub(super) fn read_extern(&mut self, id: ExternId, port: u32) -> Lanes {
        let ports = self.source().layout.external(id).outputs;
        let outputs: Vec<Value> = (0..self.group)
            .map(|lane| {
                let descriptor = self.extern_descriptor(id, lane);
                self.emitter.extern_output(descriptor, ports, port)
            })
            .collect();
        self.emitter.lanes_of_scalars(Type::Float, &outputs)
    }

    fn extern_descriptor(&self, id: ExternId, lane: usize) -> u32 {
        let first = self.source().layout.external(id).descriptor;
        first + ((self.first + lane) * external::BYTES) as u32
    }
}
