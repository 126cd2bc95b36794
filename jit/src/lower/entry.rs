//! Entries: what is decided before the loops of a chunk, and what is written after them because no loop has to.

use cranelift_codegen::ir::{InstBuilder, Value};
use synthc_ir::{NodeId, Op};

use super::emitter::Emitter;
use super::process::Call;
use crate::schedule::Entry;

impl Emitter<'_, '_> {
    /// Emits an entry: the condition, and where it has not its later value, what registers are set to.
    pub(super) fn entry(&mut self, entry: &Entry, call: &Call) {
        for &step in &entry.before {
            self.entry_node(step, call);
        }
        let condition = self.get(entry.condition);
        let [set, after] = [(); 2].map(|()| self.builder.create_block());
        let ins = self.builder.ins();
        if entry.later {
            ins.brif(condition, after, &[], set, &[]);
        } else {
            ins.brif(condition, set, &[], after, &[]);
        }
        // An edge is rare.
        self.builder.set_cold_block(set);
        self.builder.switch_to_block(set);
        self.builder.seal_block(set);
        for &step in &entry.then {
            self.entry_node(step, call);
        }
        let values: Vec<Value> = entry.sets.iter().map(|&(_, node)| self.get(node)).collect();
        for (&(register, _), value) in entry.sets.iter().zip(values) {
            self.write_register(register, value);
        }
        self.builder.ins().jump(after, &[]);
        self.builder.switch_to_block(after);
        self.builder.seal_block(after);
        self.end_segment();
    }

    /// A node in the first frame of the chunk, with its operation in the source.
    fn entry_node(&mut self, (id, op): (NodeId, Op), call: &Call) {
        let value = match op {
            Op::RegisterRead(register) => self.read_register(register),
            Op::Control(control) => self.first_moving(control, call),
            op => match self.pure(op) {
                Some(value) => value,
                // Cones hold nothing else.
                None => return,
            },
        };
        self.define(id, value);
    }

    /// Computes what stays the same in all frames of the chunk once the entries have happened.
    pub(super) fn before_loops(&mut self) {
        let source = self.source;
        for &id in &source.schedule.chunk {
            let value = match source.graph.op(id) {
                Op::TableRead(table, index) => Some(self.read_table(table, index)),
                op => self.pure(op),
            };
            if let Some(value) = value {
                self.define(id, value);
                self.keep(id, value);
            }
        }
        self.end_segment();
    }

    /// Writes the registers that no loop writes.
    pub(super) fn settle(&mut self) {
        let source = self.source;
        for &register in &source.schedule.settled {
            if let Some(next) = source.graph.registers()[register.index()].next {
                let value = self.get(next);
                self.write_register(register, value);
            }
        }
        self.end_segment();
    }
}
