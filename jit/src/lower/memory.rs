//! State in memory: registers, delay lines, tables, externs.
//!
//! A delay line's cell of position p is `base + (p & mask)`. Indices are clamped or proven inside
//! here; that no access leaves its buffer rests on this file and on the descriptors that the state
//! writes.

use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature, Value, types};
use synthc_ir::graph::{ExternId, LineId, RegisterId, TableId};
use synthc_ir::{Const, NodeId};

use super::emitter::{Emitter, displacement, trusted};
use crate::extern_call::trampoline;
use crate::layout::{external, line, table};
use crate::schedule::{IntRange, table_write};

impl Emitter<'_, '_> {
    /// Loads a register that lives in memory.
    pub(super) fn read_register(&mut self, id: RegisterId) -> Value {
        let ty = self.clif_type(self.source.graph.registers()[id.index()].ty);
        let slot = self.source.layout.register(id);
        self.load(ty, slot.offset)
    }

    /// Stores to a register's place.
    pub(super) fn write_register(&mut self, id: RegisterId, value: Value) {
        let slot = self.source.layout.register(id);
        self.store(value, slot.offset);
    }

    /// The input of a line some frames before `position`.
    pub(super) fn read_line(&mut self, id: LineId, offset: NodeId, position: Value) -> Value {
        let info = &self.source.graph.lines()[id.index()];
        let (min, max, input) = (info.min, info.max, info.input);
        let cell = match self.known(offset) {
            Some(Const::I32(offset)) => {
                let offset = i64::from(offset).clamp(i64::from(min), i64::from(max));
                if let (0, Some(input)) = (offset, input) {
                    return self.get(input);
                }
                self.builder.ins().iadd_imm_s(position, -offset)
            }
            _ => {
                let offset = self.clamped(offset, min, max);
                let offset = self.builder.ins().uextend(types::I64, offset);
                self.builder.ins().isub(position, offset)
            }
        };
        let descriptor = self.source.layout.line(id).descriptor;
        let mask = self.load(types::I64, descriptor + line::READ_MASK);
        let base = self.load(types::I64, descriptor + line::READ_BASE);
        let cell = self.builder.ins().band(cell, mask);
        let address = self.element(base, cell);
        self.builder.ins().load(self.float, trusted(), address, 0)
    }

    /// Writes this frame's input of a line.
    pub(super) fn write_line(&mut self, id: LineId, position: Value) {
        let Some(input) = self.source.graph.lines()[id.index()].input else {
            return;
        };
        let value = self.get(input);
        let descriptor = self.source.layout.line(id).descriptor;
        let mask = self.load(types::I64, descriptor + line::WRITE_MASK);
        let base = self.load(types::I64, descriptor + line::WRITE_BASE);
        let cell = self.builder.ins().band(position, mask);
        let address = self.element(base, cell);
        self.builder.ins().store(trusted(), value, address, 0);
    }

    /// The cell of a table.
    pub(super) fn read_table(&mut self, id: TableId, index: NodeId) -> Value {
        let address = self.table_cell(id, index, table::READ_BASE);
        self.builder.ins().load(self.float, trusted(), address, 0)
    }

    /// Writes this frame's cell of a table.
    pub(super) fn write_table(&mut self, id: TableId) {
        if let Some((index, value)) = table_write(self.source.graph, id) {
            let value = self.get(value);
            let address = self.table_cell(id, index, table::WRITE_BASE);
            self.builder.ins().store(trusted(), value, address, 0);
        }
    }

    fn table_cell(&mut self, id: TableId, index: NodeId, base: u32) -> Value {
        let slot = self.source.layout.table(id);
        let index = self.clamped(index, 0, slot.cells - 1);
        let index = self.builder.ins().uextend(types::I64, index);
        let base = self.load(types::I64, slot.pointer + base);
        self.element(base, index)
    }

    /// An `i32` node clamped to `[lo, hi]`, without instructions where it cannot leave it.
    fn clamped(&mut self, id: NodeId, lo: u32, hi: u32) -> Value {
        // Lines and tables are far smaller than 2³¹ (the verifier).
        let (lo, hi) = (lo.cast_signed(), hi.cast_signed());
        let range = IntRange::of(self.source.graph, id);
        let mut value = self.get(id);
        if range.lo < lo {
            let bound = self.builder.ins().iconst(types::I32, i64::from(lo));
            value = self.builder.ins().smax(value, bound);
        }
        if range.hi > hi {
            let bound = self.builder.ins().iconst(types::I32, i64::from(hi));
            value = self.builder.ins().smin(value, bound);
        }
        value
    }

    /// The address of a float at an index.
    pub(super) fn element(&mut self, base: Value, index: Value) -> Value {
        let shift = self.float_shift();
        let bytes = self.builder.ins().ishl_imm_u(index, shift);
        self.builder.ins().iadd(base, bytes)
    }

    /// Computes a frame of an extern.
    pub(super) fn call_extern(&mut self, id: ExternId) {
        let descriptor = self.source.layout.external(id).descriptor;
        let graph = self.source.graph;
        let inputs = &graph.externs()[id.index()].inputs;
        let inputs: Vec<Value> = inputs.iter().map(|&input| self.get(input)).collect();
        self.call_trampoline(descriptor, &inputs);
    }

    /// Calls the extern of a descriptor.
    pub(super) fn call_trampoline(&mut self, descriptor: u32, inputs: &[Value]) {
        if !inputs.is_empty() {
            let base = self.load(types::I64, descriptor + external::INPUTS);
            for (offset, &input) in (0_u32..).step_by(8).zip(inputs) {
                let mut value = input;
                if self.float == types::F32 {
                    value = self.builder.ins().fpromote(types::F64, value);
                }
                let offset = displacement(offset);
                self.builder.ins().store(trusted(), value, base, offset);
            }
        }
        let slot = self.load(types::I64, descriptor + external::SLOT);
        let mut signature = Signature::new(self.source.features.call_conv);
        signature.params.push(AbiParam::new(types::I64));
        let signature = self.builder.import_signature(signature);
        let address = self
            .builder
            .ins()
            .iconst(types::I64, trampoline as *const () as i64);
        self.builder
            .ins()
            .call_indirect(signature, address, &[slot]);
    }

    /// One output of an extern that has been called in this frame.
    pub(super) fn read_extern(&mut self, id: ExternId, port: u32) -> Value {
        let place = self.source.layout.external(id);
        self.extern_output(place.descriptor, place.outputs, port)
    }

    /// An output of the extern of a descriptor, which has `ports` of them.
    pub(super) fn extern_output(&mut self, descriptor: u32, ports: usize, port: u32) -> Value {
        if port as usize >= ports {
            return self.constant(Const::Float(0.0));
        }
        let base = self.load(types::I64, descriptor + external::OUTPUTS);
        let offset = displacement(port * 8);
        let value = self.builder.ins().load(types::F64, trusted(), base, offset);
        if self.float == types::F32 {
            self.builder.ins().fdemote(types::F32, value)
        } else {
            value
        }
    }
}
