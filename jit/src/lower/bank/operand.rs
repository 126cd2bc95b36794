//! What the instances of a bank are given from outside: a value for each lane.
//!
//! What does not change in a block is brought into lanes before the loop, and kept in machine registers or, when there is
//! too much of it, in a stack slot. What changes frame by frame is loaded once for all lanes where it is one value,
//! else lane by lane.

use std::collections::HashMap;

use cranelift_codegen::ir::{
    InstBuilder, MemFlagsData, StackSlotData, StackSlotKind, Value, types,
};
use synthc_ir::{Const, NodeId, Op, Type};

use super::{Frame, Group};
use crate::lower::emitter::{Emitter, trusted};
use crate::lower::lanes::Lanes;
use crate::schedule::{GROUP, Place};

/// Carried vectors and operands that may stay in machine registers during the loop, together.
const MAX_LASTING: usize = 10;

/// Where an operand is during the loop.
#[derive(Clone, Copy)]
enum Source {
    /// In machine registers.
    Held(Lanes),
    /// In the stack slot, at this offset.
    Kept(u32),
}

/// The operands that do not change during the loop.
pub(super) struct Operands {
    known: HashMap<[NodeId; GROUP], Source>,
    /// Address of the stack slot.
    slot: Option<Value>,
}

impl Emitter<'_, '_> {
    /// Brings everything into lanes that does not change in a block; `carried` vectors of registers are held already.
    pub(super) fn operands(&mut self, groups: &[Group], carried: usize) -> Operands {
        let wanted = self.lasting_operands(groups);
        let vectors = |ids: &[NodeId; GROUP]| {
            let ty = self.source.graph.ty(ids[0]);
            self.part_count(ty, GROUP)
        };
        let vectors: usize = wanted.iter().map(vectors).sum();
        let mut operands = Operands {
            known: HashMap::with_capacity(wanted.len()),
            slot: None,
        };
        if carried + vectors > MAX_LASTING {
            let bytes = vectors as u32 * 16;
            let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4);
            let slot = self.builder.create_sized_stack_slot(slot);
            operands.slot = Some(self.builder.ins().stack_addr(types::I64, slot, 0));
        }
        let mut offset = 0;
        for ids in wanted {
            let value = self.gathered(ids);
            let source = match operands.slot {
                None => Source::Held(value),
                Some(slot) => {
                    let at = offset;
                    self.store_lanes(&value, trusted(), slot, at);
                    offset += value.parts().len() as u32 * 16;
                    Source::Kept(at)
                }
            };
            operands.known.insert(ids, source);
        }
        // Scalars from before the loop would only take registers in it.
        self.end_segment();
        operands
    }

    /// Operands from outside that are computed in the update function, each once.
    fn lasting_operands(&self, groups: &[Group]) -> Vec<[NodeId; GROUP]> {
        let mut wanted = Vec::new();
        for group in groups {
            for index in 0..group.members[0].nodes.len() {
                for entry in 0..group.members[0].operands[index].len() {
                    let ids = group.operands(index, entry);
                    let changes = |id: &NodeId| self.place(*id) == Place::Frame;
                    let constant = ids.iter().all(|&id| self.known(id).is_some());
                    if !constant && !ids.iter().any(changes) && !wanted.contains(&ids) {
                        wanted.push(ids);
                    }
                }
            }
        }
        wanted
    }

    /// Scalars as lanes.
    fn gathered(&mut self, ids: [NodeId; GROUP]) -> Lanes {
        let ty = self.source.graph.ty(ids[0]);
        if ids.iter().all(|&id| id == ids[0]) {
            let scalar = self.get(ids[0]);
            return self.lanes_splat(ty, GROUP, scalar);
        }
        let scalars = ids.map(|id| self.get(id));
        self.lanes_of_scalars(ty, &scalars)
    }

    /// The operand that the nodes of a group are given from outside in this frame.
    pub(super) fn operand(
        &mut self,
        ids: [NodeId; GROUP],
        operands: &Operands,
        frame: &Frame,
    ) -> Lanes {
        match operands.known.get(&ids) {
            Some(&Source::Held(value)) => return value,
            Some(&Source::Kept(offset)) => {
                let ty = self.source.graph.ty(ids[0]);
                // There is a slot when something is kept in it.
                let slot = operands.slot.unwrap_or(self.state);
                return self.load_lanes(ty, GROUP, trusted(), slot, offset);
            }
            None => {}
        }
        let constants = ids.map(|id| self.known(id));
        if let [Some(a), Some(b), Some(c), Some(d)] = constants {
            let same = [b, c, d].iter().all(|&other| other == a);
            return if same {
                self.lanes_constant(GROUP, a)
            } else {
                self.lanes_constants(&[a, b, c, d] as &[Const])
            };
        }
        if self.source.schedule.buffers.is_row(ids)
            && ids
                .iter()
                .all(|id| frame.one.imports.binary_search(id).is_ok())
            && let Some((address, offset)) = self.cell(&frame.ports, ids[0], frame.position)
        {
            let offset = offset.cast_unsigned();
            return self.load_lanes(
                Type::Float,
                GROUP,
                MemFlagsData::new().with_notrap(),
                address,
                offset,
            );
        }
        for id in ids {
            self.fetch_scalar(id, frame);
        }
        self.gathered(ids)
    }

    /// Loads a value that another loop has computed or the host has given.
    pub(super) fn fetch_scalar(&mut self, id: NodeId, frame: &Frame) {
        if self.is_defined(id) {
            return;
        }
        let value = if frame.one.imports.binary_search(&id).is_ok() {
            self.load_cell(&frame.ports, id, frame.position)
        } else {
            let address = match self.source.graph.op(id) {
                Op::Input(input) => self.input(&frame.ports, input as usize, frame.position),
                Op::Control(control) if frame.one.free.binary_search(&id).is_ok() => {
                    self.moving(&frame.ports, control, frame.position)
                }
                _ => return,
            };
            let float = self.float;
            Some(self.builder.ins().load(float, trusted(), address, 0))
        };
        if let Some(value) = value {
            self.define(id, value);
        }
    }
}
