//! Registers of a loop over time.

use cranelift_codegen::ir::{
    Block, BlockArg, InstBuilder, StackSlotData, StackSlotKind, Type as ClifType, Value, types,
};
use cranelift_frontend::FunctionBuilder;
use synthc_ir::graph::RegisterId;
use synthc_ir::{BinaryOp, Const, NodeId, Type, UnaryOp};

use super::TimeLoop;
use crate::lower::emitter::{Emitter, trusted};
use crate::lower::lanes::Lanes;
use crate::schedule::{Accumulator, Place, accumulator};

/// What a register is in a loop over time.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// r + k · increment: the vectors hold the present values; after the loop it is this.
    Closed { after: Value },
    /// A running sum: the vector holds the present value in every lane.
    Sum(Accumulator),
    /// The frame before of what it takes: the vector's last lane holds it.
    Shift,
}

/// A register that is carried from iteration to iteration.
#[derive(Debug)]
pub(super) struct Held {
    register: RegisterId,
    way: Way,
    /// The vectors in this iteration; at its end those of the next one.
    parts: Vec<Value>,
    /// Their type.
    vector: ClifType,
    /// What is added in every iteration to each lane, of [`Way::Closed`].
    stride: Option<Lanes>,
}

impl Held {
    /// The vectors as arguments of the loop's block.
    pub(super) fn arguments(&self) -> impl Iterator<Item = BlockArg> + '_ {
        self.parts.iter().map(|&part| BlockArg::from(part))
    }

    /// Takes the vectors from new parameters of the loop's block.
    pub(super) fn make_parameters(&mut self, builder: &mut FunctionBuilder, body: Block) {
        for part in &mut self.parts {
            *part = builder.append_block_param(body, self.vector);
        }
    }
}

impl TimeLoop<'_, '_, '_> {
    /// Loads the registers before the loop.
    pub(super) fn hold_registers(&mut self) {
        for &register in &self.one.carried {
            let held = self.hold(register);
            self.held.push(held);
        }
    }

    fn hold(&mut self, register: RegisterId) -> Held {
        let source = self.emitter.source;
        let ty = source.graph.registers()[register.index()].ty;
        let vector = self.emitter.vector_type(ty);
        let value = self.emitter.read_register(register);
        let splat = |this: &mut Self| this.emitter.lanes_splat(ty, this.lanes, value).parts()[0];
        let Some(sum) = accumulator(source.graph, register) else {
            return Held {
                register,
                way: Way::Shift,
                parts: vec![splat(self)],
                vector,
                stride: None,
            };
        };
        if source.schedule.placement.of(sum.increment) == Place::Frame {
            return Held {
                register,
                way: Way::Sum(sum),
                parts: vec![splat(self)],
                vector,
                stride: None,
            };
        }
        // The increment of all frames is known: every value is, before the loop.
        let mut increment = match self.emitter.known(sum.increment) {
            Some(constant) => self.emitter.constant(constant),
            None => self.emitter.load_home(sum.increment),
        };
        if sum.subtracts {
            increment = self.emitter.builder.ins().ineg(increment);
        }
        let mut values = vec![value];
        for lane in 1..self.lanes {
            let next = self.emitter.builder.ins().iadd(values[lane - 1], increment);
            values.push(next);
        }
        let parts = self.emitter.lanes_of_scalars(ty, &values).parts().to_vec();
        let shift = i64::from(self.lanes.trailing_zeros());
        let stride = self.emitter.builder.ins().ishl_imm_u(increment, shift);
        let stride = self.emitter.lanes_splat(ty, self.lanes, stride);
        let builder = &mut self.emitter.builder;
        let mut frames = builder.ins().isub(self.call.end, self.call.first);
        if ty == Type::I32 {
            frames = builder.ins().ireduce(types::I32, frames);
        }
        let way = builder.ins().imul(frames, increment);
        let after = builder.ins().iadd(value, way);
        Held {
            register,
            way: Way::Closed { after },
            parts,
            vector,
            stride: Some(stride),
        }
    }

    /// What a register holds in the frames of an iteration. `read` is its node.
    pub(super) fn read_register(&mut self, register: RegisterId, read: NodeId) -> Lanes {
        let ty = self.emitter.source.graph.ty(read);
        let found = self.held.iter().position(|held| held.register == register);
        // The schedule carries every register that a loop over time reads.
        let Some(entry) = found else {
            return self.splat_register(register, ty);
        };
        match self.held[entry].way {
            Way::Closed { .. } => {
                let parts = &self.held[entry].parts;
                self.emitter.lanes_of_parts(ty, parts)
            }
            Way::Sum(sum) => self.running_sum(entry, sum),
            Way::Shift => {
                let next = self.emitter.source.graph.registers()[register.index()].next;
                let now = match next {
                    Some(next) => self.get(next),
                    None => self.splat_register(register, ty),
                };
                let now = self.emitter.narrow_mask_of(&now);
                let before = self.held[entry].parts[0];
                if let Some(&last) = now.parts().last() {
                    self.held[entry].parts[0] = last;
                }
                self.emitter.shifted(before, &now)
            }
        }
    }

    fn splat_register(&mut self, register: RegisterId, ty: Type) -> Lanes {
        let value = self.emitter.read_register(register);
        self.emitter.lanes_splat(ty, self.lanes, value)
    }

    /// The register and its sum in the frames of an iteration: a prefix sum in two steps (Hillis and Steele 1986,
    /// "Data parallel algorithms"), exact because integers wrap around.
    fn running_sum(&mut self, entry: usize, sum: Accumulator) -> Lanes {
        let ty = self.emitter.source.graph.ty(sum.sum);
        let mut increment = self.get(sum.increment);
        if sum.subtracts {
            increment = self.emitter.lanes_unary(UnaryOp::Neg, &increment);
        }
        let prefix = self.emitter.prefix_sum(&increment);
        let carried = self.held[entry].parts[0];
        let count = prefix.parts().len();
        let carried = self.emitter.lanes_of_parts(ty, &vec![carried; count]);
        let total = self.emitter.lanes_binary(BinaryOp::Add, &prefix, &carried);
        let read = self.emitter.lanes_binary(BinaryOp::Sub, &total, &increment);
        if let Some(&last) = total.parts().last() {
            self.held[entry].parts[0] = self.emitter.last_lane(last, total.bits());
        }
        self.values.insert(sum.sum, total);
        read
    }

    /// Steps the registers at the end of an iteration; gives the values that a register takes at the last
    /// frame, where only the loop knows them.
    pub(super) fn step_registers(&mut self) -> Vec<Option<Lanes>> {
        let mut last = Vec::with_capacity(self.held.len());
        for entry in 0..self.held.len() {
            let register = self.held[entry].register;
            let info = &self.emitter.source.graph.registers()[register.index()];
            let (ty, next) = (info.ty, info.next);
            if let (Way::Closed { .. }, Some(stride)) =
                (self.held[entry].way, self.held[entry].stride)
            {
                let now = self.emitter.lanes_of_parts(ty, &self.held[entry].parts);
                let then = self.emitter.lanes_binary(BinaryOp::Add, &now, &stride);
                self.held[entry].parts = then.parts().to_vec();
                last.push(None);
                continue;
            }
            let value = next.map(|next| {
                let value = self.get(next);
                self.emitter.narrow_mask_of(&value)
            });
            last.push(value);
        }
        last
    }

    /// Writes the registers after the loop.
    pub(super) fn write_registers(&mut self, last: &[Option<Lanes>]) {
        let builder = &mut self.emitter.builder;
        let frames = builder.ins().isub(self.call.end, self.call.first);
        let lane = builder.ins().iadd_imm_s(frames, -1);
        let lane = builder.ins().band_imm_u(lane, self.lanes as i64 - 1);
        for (held, last) in self.held.iter().zip(last) {
            let register = held.register;
            let value = match (held.way, last) {
                (Way::Closed { after }, _) => after,
                (_, Some(value)) => self.emitter.lane_at(value, lane),
                (_, None) => continue,
            };
            self.emitter.write_register(register, value);
        }
    }
}

impl Emitter<'_, '_> {
    /// Lanes with one before them, moved on by one: the last lane of `before`, then all but the last of `now`.
    fn shifted(&mut self, before: Value, now: &Lanes) -> Lanes {
        let mut last = before;
        let mut parts = Vec::with_capacity(now.parts().len());
        for &part in now.parts() {
            parts.push(self.concatenated(last, part, now.bits() / 8));
            last = part;
        }
        Lanes::new(now.ty(), now.bits(), now.lanes(), &parts)
    }

    /// The last `bytes` bytes of a vector, then all but the last `bytes` of another: one `palignr`, or
    /// `ext`; where there is none, two `shufps`.
    fn concatenated(&mut self, before: Value, now: Value, bytes: u32) -> Value {
        let ty = self.builder.func.dfg.value_type(now);
        if bytes == 4 && !self.source.features.concatenates {
            let middle = self.shuffled(words([3, 3, 4, 4]), ty, before, now);
            return self.shuffled(words([0, 2, 5, 6]), ty, middle, now);
        }
        let mut order = [0_u8; 16];
        for (place, byte) in order.iter_mut().zip(16 - bytes as u8..) {
            *place = byte;
        }
        self.shuffled(order, ty, before, now)
    }

    /// Sums of all lanes up to each.
    fn prefix_sum(&mut self, value: &Lanes) -> Lanes {
        let zero = self.lanes_constant(value.lanes(), Const::zero(value.ty()));
        let zero = zero.parts()[0];
        let mut parts: Vec<Value> = Vec::with_capacity(value.parts().len());
        for &part in value.parts() {
            let by_one = self.concatenated(zero, part, value.bits() / 8);
            let mut sum = self.builder.ins().iadd(part, by_one);
            if value.bits() == 32 {
                let by_two = self.concatenated(zero, sum, 8);
                sum = self.builder.ins().iadd(sum, by_two);
            }
            if let Some(&before) = parts.last() {
                let before = self.last_lane(before, value.bits());
                sum = self.builder.ins().iadd(sum, before);
            }
            parts.push(sum);
        }
        Lanes::new(value.ty(), value.bits(), value.lanes(), &parts)
    }

    /// The last lane of a vector in all its lanes.
    fn last_lane(&mut self, part: Value, bits: u32) -> Value {
        let bytes = bits as u8 / 8;
        let mut order = [0_u8; 16];
        for (place, i) in order.iter_mut().zip(0_u8..) {
            *place = 16 - bytes + i % bytes;
        }
        let ty = self.builder.func.dfg.value_type(part);
        self.shuffled(order, ty, part, part)
    }

    /// The scalar of a lane whose number is computed.
    fn lane_at(&mut self, value: &Lanes, lane: Value) -> Value {
        /// log₂ of the alignment: a vector.
        const ALIGN_SHIFT: u8 = 4;
        let bytes = value.lanes() as u32 * value.bits() / 8;
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, ALIGN_SHIFT);
        let slot = self.builder.create_sized_stack_slot(data);
        let base = self.builder.ins().stack_addr(types::I64, slot, 0);
        self.store_lanes(value, super::samples(), base, 0);
        let shift = i64::from((value.bits() / 8).trailing_zeros());
        let offset = self.builder.ins().ishl_imm_u(lane, shift);
        let address = self.builder.ins().iadd(base, offset);
        let ty = self.clif_type(value.ty());
        self.builder.ins().load(ty, trusted(), address, 0)
    }

    /// A value of the same shape from new parameters of a block.
    pub(super) fn lanes_param(&mut self, block: Block, like: &Lanes) -> Lanes {
        let mut parts = Vec::with_capacity(like.parts().len());
        for &part in like.parts() {
            let ty = self.builder.func.dfg.value_type(part);
            parts.push(self.builder.append_block_param(block, ty));
        }
        Lanes::new(like.ty(), like.bits(), like.lanes(), &parts)
    }
}

/// The bytes of four words of two vectors, words numbered through both.
fn words(order: [u8; 4]) -> [u8; 16] {
    std::array::from_fn(|i| order[i / 4] * 4 + (i % 4) as u8)
}
