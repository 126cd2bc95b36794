//! Registers of a bank: gathered from their places before the loop, returned to them after it.
//!
//! During the loop they are block parameters when they are few; otherwise rows of a stack slot, where a vector is
//! loaded and stored at once.

use cranelift_codegen::ir::{
    Block, BlockArg, InstBuilder, StackSlotData, StackSlotKind, Value, types,
};

use super::Group;
use crate::lower::emitter::{Emitter, trusted};
use crate::lower::lanes::Lanes;
use crate::schedule::GROUP;

/// Most vectors of registers in block parameters: of 16 machine registers the rest is for what the loop computes.
const MAX_CARRIED: usize = 8;

/// Where the registers of all groups are.
pub(super) enum Registers {
    /// In machine registers, group by group.
    Carried(Vec<Lanes>),
    /// In a stack slot of this address, group by group.
    Kept(Value),
}

impl Registers {
    /// Vectors that take machine registers.
    pub(super) fn carried(&self) -> usize {
        match self {
            Self::Carried(values) => values.iter().map(|value| value.parts().len()).sum(),
            Self::Kept(_) => 0,
        }
    }

    /// The vectors as arguments of a block.
    pub(super) fn arguments(&self) -> impl Iterator<Item = BlockArg> + '_ {
        let values = match self {
            Self::Carried(values) => values.as_slice(),
            Self::Kept(_) => &[],
        };
        let parts = values.iter().flat_map(Lanes::parts);
        parts.map(|&part| BlockArg::from(part))
    }
}

/// Bytes of the registers of a group before one of them.
fn row_offset(emitter: &Emitter, group: &Group, entry: usize) -> u32 {
    let graph = emitter.source.graph;
    let before = group.members[0].registers[..entry].iter();
    let bytes = before.map(|id| {
        let ty = graph.registers()[id.index()].ty;
        emitter.lane_bytes(ty) * GROUP as u32
    });
    bytes.sum()
}

impl Emitter<'_, '_> {
    /// Gathers the registers of all groups.
    pub(super) fn gather_registers(&mut self, groups: &[Group]) -> Registers {
        let graph = self.source.graph;
        let count = groups[0].members[0].registers.len();
        let bytes = row_offset(self, &groups[0], count);
        let vectors = groups.len() * bytes as usize / 16;
        let slot = (vectors > MAX_CARRIED).then(|| {
            let bytes = bytes * groups.len() as u32;
            let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4);
            let slot = self.builder.create_sized_stack_slot(slot);
            self.builder.ins().stack_addr(types::I64, slot, 0)
        });
        let mut values = Vec::with_capacity(groups.len() * count);
        for (index, group) in groups.iter().enumerate() {
            for entry in 0..count {
                let ids = group.members.map(|member| member.registers[entry]);
                let ty = graph.registers()[ids[0].index()].ty;
                let scalars = ids.map(|id| self.read_register(id));
                let value = self.lanes_of_scalars(ty, &scalars);
                match slot {
                    Some(slot) => {
                        let at = bytes * index as u32 + row_offset(self, group, entry);
                        self.store_lanes(&value, trusted(), slot, at);
                    }
                    None => values.push(value),
                }
            }
        }
        match slot {
            Some(slot) => Registers::Kept(slot),
            None => Registers::Carried(values),
        }
    }

    /// The registers as parameters of a block.
    pub(super) fn register_params(&mut self, registers: &Registers, block: Block) -> Registers {
        let values = match registers {
            &Registers::Kept(slot) => return Registers::Kept(slot),
            Registers::Carried(values) => values,
        };
        let params = values.iter().map(|value| {
            let vector = self.vector_type(value.ty());
            let parts: Vec<Value> = (0..value.parts().len())
                .map(|_| self.builder.append_block_param(block, vector))
                .collect();
            self.lanes_of_parts(value.ty(), &parts)
        });
        Registers::Carried(params.collect())
    }

    /// A register of a group.
    pub(super) fn register_of(
        &mut self,
        registers: &Registers,
        (index, group): (usize, &Group),
        entry: usize,
    ) -> Lanes {
        let count = group.members[0].registers.len();
        match registers {
            Registers::Carried(values) => values[index * count + entry],
            &Registers::Kept(slot) => {
                let id = group.members[0].registers[entry];
                let ty = self.source.graph.registers()[id.index()].ty;
                let row = row_offset(self, group, count) * index as u32;
                let at = row + row_offset(self, group, entry);
                self.load_lanes(ty, GROUP, trusted(), slot, at)
            }
        }
    }

    /// What the registers of a group hold in the next frame.
    pub(super) fn step_registers(
        &mut self,
        next: &mut Registers,
        (index, group): (usize, &Group),
        values: Vec<Lanes>,
    ) {
        match next {
            Registers::Carried(next) => next.extend(values),
            &mut Registers::Kept(slot) => {
                let row = row_offset(self, group, values.len()) * index as u32;
                for (entry, value) in values.iter().enumerate() {
                    let at = row + row_offset(self, group, entry);
                    self.store_lanes(value, trusted(), slot, at);
                }
            }
        }
    }

    /// Returns the registers to their places.
    pub(super) fn scatter_registers(&mut self, registers: &Registers, groups: &[Group]) {
        for (index, group) in groups.iter().enumerate() {
            for entry in 0..group.members[0].registers.len() {
                let value = self.register_of(registers, (index, group), entry);
                for (lane, member) in group.members[..group.count].iter().enumerate() {
                    let scalar = self.lane(&value, lane);
                    self.write_register(member.registers[entry], scalar);
                }
            }
        }
    }
}
