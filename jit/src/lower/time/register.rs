//! Registers of a loop over time.

use cranelift_codegen::ir::{
    Block, BlockArg, InstBuilder, StackSlotData, StackSlotKind, Type as ClifType, Value, types,
};
use cranelift_frontend::FunctionBuilder;
use synthc_ir::graph::RegisterId;
use synthc_ir::{BinaryOp, Const, NodeId, Op, Type, UnaryOp};

use super::TimeLoop;
use super::closed::Closed;
use crate::lower::emitter::{Emitter, trusted};
use crate::lower::lanes::Lanes;
use crate::schedule::{Accumulator, Monotone, Place, Scan, accumulator, scan};

/// What a register is in a loop over time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// r + k · increment: what it holds in every frame is known before the loop.
    Closed(Closed),
    /// A running sum: the vector holds the present value in every lane.
    Sum(Accumulator),
    /// A bool that something is linked to in every frame: the vector holds the present value in every lane.
    Scan(Scan),
    /// A bool that a condition is linked to which never comes back: all frames see the value from before the loop.
    Falling { before: Lanes },
    /// The frame before of what it takes: the vector's last lane holds it.
    Shift,
}

/// A register that is carried from iteration to iteration.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) register: RegisterId,
    pub(super) way: Way,
    /// The vectors in this iteration; at its end those of the next one.
    pub(super) parts: Vec<Value>,
    /// Their type.
    pub(super) vector: ClifType,
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
        let in_every_lane = |this: &mut Self, way| Held {
            register,
            way,
            parts: vec![this.emitter.lanes_splat(ty, this.lanes, value).parts()[0]],
            vector,
        };
        if let Some(scan) = scan(source.graph, register) {
            if self.is_falling(register, scan) {
                let before = self.emitter.lanes_splat(ty, self.lanes, value);
                return Held {
                    register,
                    way: Way::Falling { before },
                    parts: Vec::new(),
                    vector,
                };
            }
            return in_every_lane(self, Way::Scan(scan));
        }
        let Some(sum) = accumulator(source.graph, register) else {
            return in_every_lane(self, Way::Shift);
        };
        if source.schedule.placement.of(sum.increment) == Place::Frame {
            return in_every_lane(self, Way::Sum(sum));
        }
        self.hold_closed(register, sum)
    }

    /// Whether a running *and* is its operand, linked to the register's first value, and nothing else asks for the
    /// register.
    fn is_falling(&self, register: RegisterId, scan: Scan) -> bool {
        let source = self.emitter.source;
        let monotone = Monotone {
            graph: source.graph,
            placement: &source.schedule.placement,
        };
        let uses = self.one.steps().map(|step| {
            let mut uses = 0;
            step.for_each_use(source.graph, |id| {
                uses += usize::from(source.graph.op(id) == Op::RegisterRead(register));
            });
            uses
        });
        let reads = |id: &NodeId| source.graph.op(*id) == Op::RegisterRead(register);
        let mut noted = source.graph.registers().iter().filter_map(|info| info.next);
        scan.op == BinaryOp::And
            && monotone.falls(scan.operand)
            && uses.sum::<usize>() == 1
            && !self.one.exports.iter().any(reads)
            && !noted.any(|next| reads(&next))
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
            Way::Closed(closed) => self.closed(entry, ty, closed),
            Way::Sum(sum) => self.running_sum(entry, sum),
            Way::Scan(scan) => self.running_link(entry, scan),
            Way::Falling { before } => before,
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

    /// The register and its link in the frames of an iteration, as [`Self::running_sum`] with *and* or *or*.
    fn running_link(&mut self, entry: usize, scan: Scan) -> Lanes {
        let operand = self.get(scan.operand);
        let operand = self.emitter.narrow_mask_of(&operand);
        let before = self.held[entry].parts[0];
        let mut last = before;
        let mut parts = Vec::with_capacity(operand.parts().len());
        for &part in operand.parts() {
            let linked = self.emitter.prefix_link(scan.op, part);
            let linked = self.emitter.linked(scan.op, linked, last);
            last = self.emitter.last_lane(linked, operand.bits());
            parts.push(linked);
        }
        self.held[entry].parts[0] = last;
        let total = self.emitter.lanes_of_parts(Type::Bool, &parts);
        self.values.insert(scan.link, total);
        self.emitter.shifted(before, &total)
    }

    /// Steps the registers at the end of an iteration; gives the values that a register takes at the last
    /// frame, where only the loop knows them.
    pub(super) fn step_registers(&mut self) -> Vec<Option<Lanes>> {
        let mut last = Vec::with_capacity(self.held.len());
        for entry in 0..self.held.len() {
            let register = self.held[entry].register;
            let info = &self.emitter.source.graph.registers()[register.index()];
            let (ty, next) = (info.ty, info.next);
            if let Way::Closed(closed) = self.held[entry].way {
                self.step_closed(entry, ty, closed);
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
                (Way::Closed(closed), _) => closed.after,
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

    /// All lanes of a narrow mask up to each, linked.
    fn prefix_link(&mut self, op: BinaryOp, part: Value) -> Value {
        let neutral = Const::Bool(op == BinaryOp::And);
        let neutral = self.lanes_constant(4, neutral).parts()[0];
        let by_one = self.concatenated(neutral, part, 4);
        let pairs = self.linked(op, part, by_one);
        let by_two = self.concatenated(neutral, pairs, 8);
        self.linked(op, pairs, by_two)
    }

    fn linked(&mut self, op: BinaryOp, a: Value, b: Value) -> Value {
        match op {
            BinaryOp::And => self.builder.ins().band(a, b),
            _ => self.builder.ins().bor(a, b),
        }
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
