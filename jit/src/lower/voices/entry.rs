//! Entries of voices in lanes: decided for a group of voices when any of them has one; each voice's own condition says what
//! it is set to.

use cranelift_codegen::ir::{InstBuilder, Value, types};
use synthc_ir::{NodeId, Op};

use super::Voices;
use super::process::{Frame, Ports};
use crate::lower::lanes::Lanes;
use crate::schedule::Entry;

impl Voices<'_, '_> {
    /// Emits an entry for all voices.
    pub(super) fn entry(&mut self, entry: &Entry, ports: &Ports, first: Value) {
        let frame = self.first_frame(ports, first);
        for group in self.groups() {
            self.first = group;
            for &step in &entry.before {
                self.entry_node(step, &frame);
            }
            let condition = self.get(entry.condition);
            let any = self.any_differs(&condition, entry.later);
            let builder = &mut self.emitter.builder;
            let [set, after] = [(); 2].map(|()| builder.create_block());
            builder.ins().brif(any, set, &[], after, &[]);
            builder.set_cold_block(set);
            builder.switch_to_block(set);
            builder.seal_block(set);
            for &step in &entry.then {
                self.entry_node(step, &frame);
            }
            let values: Vec<Lanes> = entry.sets.iter().map(|&(_, node)| self.get(node)).collect();
            for (&(register, _), value) in entry.sets.iter().zip(&values) {
                self.write_register(register, value);
            }
            let builder = &mut self.emitter.builder;
            builder.ins().jump(after, &[]);
            builder.switch_to_block(after);
            builder.seal_block(after);
            self.end_segment();
        }
    }

    /// Whether a condition has not this value in any lane of the group.
    fn any_differs(&mut self, condition: &Lanes, value: bool) -> Value {
        let parts = condition.parts().iter().copied();
        let builder = &mut self.emitter.builder;
        let differs = parts.map(|part| {
            if value {
                builder.ins().bnot(part)
            } else {
                part
            }
        });
        let differs: Vec<Value> = differs.collect();
        let any = differs.into_iter().reduce(|a, b| builder.ins().bor(a, b));
        // A group has one vector at least.
        match any {
            Some(any) => builder.ins().vany_true(any),
            None => builder.ins().iconst(types::I8, 1),
        }
    }

    /// A node in the first frame of the chunk, with its operation in the source.
    fn entry_node(&mut self, (id, op): (NodeId, Op), frame: &Frame) {
        let value = match op {
            Op::RegisterRead(register) => self.read_register(register),
            Op::Control(_) => {
                self.frame_node(id, frame);
                return;
            }
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
        let source = self.source();
        for group in self.groups() {
            self.first = group;
            for &id in &source.schedule.chunk {
                let value = match source.graph.op(id) {
                    Op::TableRead(table, index) => Some(self.read_table(table, index)),
                    op => self.pure(op),
                };
                if let Some(value) = value {
                    self.define_and_keep(id, value);
                }
            }
            self.end_segment();
        }
    }

    /// Writes the registers that no loop writes.
    pub(super) fn settle(&mut self) {
        let source = self.source();
        for group in self.groups() {
            self.first = group;
            for &register in &source.schedule.settled {
                if let Some(next) = source.graph.registers()[register.index()].next {
                    let value = self.get(next);
                    self.write_register(register, &value);
                }
            }
            self.end_segment();
        }
    }
}
