//! Values of several lanes: the vector form of the emitter.
//!
//! A [`Lanes`] is L values of one graph type in vectors of 128 bits. What a lane stands for is its
//! user's business: a frame, an instance of a recurrence, a voice. Every lane has the bits that the
//! scalar emitter gives; what has no vector instruction is computed lane by lane with it.
//!
//! Bools are masks of all ones or zeros, as wide as the values they were compared from (32 or 64
//! bits a lane) and converted where another width is needed. In memory a bool lane is a 32-bit
//! word, 0 or 1.

mod arithmetic;
mod cast;
mod mask;
#[cfg(test)]
mod tests;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::immediates::V128Imm;
use cranelift_codegen::ir::{
    Endianness, InstBuilder, MemFlagsData, Type as ClifType, Value, types,
};
use synthc_ir::{Const, NodeId, Op, Type};

use super::emitter::{Emitter, displacement};

/// Most lanes of one value.
pub(in crate::lower) const MAX_LANES: usize = 16;
/// Vectors of [`MAX_LANES`] lanes of 64 bits.
const MAX_PARTS: usize = MAX_LANES / 2;
/// Bytes of a vector.
const VECTOR: u32 = 16;

/// L values of one graph type; L is a multiple of 4.
#[derive(Clone, Copy, Debug)]
pub(in crate::lower) struct Lanes {
    ty: Type,
    /// Bits of a lane: 32 or 64.
    bits: u8,
    lanes: u8,
    /// The first `lanes · bits / 128` entries mean something.
    parts: [Value; MAX_PARTS],
    /// The scalar that every lane holds, where that is known.
    uniform: Option<Value>,
}

impl Lanes {
    /// A value of vectors in lane order.
    pub(in crate::lower) fn new(ty: Type, bits: u32, lanes: usize, parts: &[Value]) -> Self {
        debug_assert!(lanes.is_multiple_of(4) && lanes <= MAX_LANES);
        debug_assert_eq!(parts.len() * 128, lanes * bits as usize);
        let mut all = [parts[0]; MAX_PARTS];
        all[..parts.len()].copy_from_slice(parts);
        Self {
            ty,
            bits: bits as u8,
            lanes: lanes as u8,
            parts: all,
            uniform: None,
        }
    }

    /// The graph type of a lane.
    pub(in crate::lower) fn ty(&self) -> Type {
        self.ty
    }

    /// Number of lanes.
    pub(in crate::lower) fn lanes(&self) -> usize {
        usize::from(self.lanes)
    }

    /// Bits of a lane: 32 or 64.
    pub(in crate::lower) fn bits(&self) -> u32 {
        u32::from(self.bits)
    }

    /// The vectors, lane 0 first.
    pub(in crate::lower) fn parts(&self) -> &[Value] {
        &self.parts[..self.lanes() * usize::from(self.bits) / 128]
    }

    /// The scalar that every lane holds, where that is known.
    pub(in crate::lower) fn uniform(&self) -> Option<Value> {
        self.uniform
    }

    /// The same vectors through `f`, as lanes of another type of the same width.
    fn map(&self, ty: Type, mut f: impl FnMut(Value) -> Value) -> Self {
        let mut new = *self;
        new.ty = ty;
        new.uniform = None;
        for part in &mut new.parts[..self.parts().len()] {
            *part = f(*part);
        }
        new
    }

    /// Pairs of vectors of two values of one shape through `f`.
    fn zip(&self, other: &Self, ty: Type, mut f: impl FnMut(Value, Value) -> Value) -> Self {
        debug_assert_eq!((self.bits, self.lanes), (other.bits, other.lanes));
        let mut others = other.parts().iter();
        self.map(ty, |part| {
            others.next().map_or(part, |&other| f(part, other))
        })
    }
}

/// Flags of a bitcast between vectors: lane 0 comes first in memory.
fn cast_flags() -> MemFlagsData {
    MemFlagsData::new().with_endianness(Endianness::Little)
}

impl Emitter<'_, '_> {
    /// Bits of a lane of a graph type; bools come narrow unless something widened them.
    pub(in crate::lower) fn lane_bits(&self, ty: Type) -> u32 {
        match ty {
            Type::Float => self.float.bits(),
            Type::I32 | Type::Bool => 32,
            Type::I64 => 64,
        }
    }

    /// The vector type that holds lanes of a graph type.
    pub(in crate::lower) fn vector_type(&self, ty: Type) -> ClifType {
        match (ty, self.lane_bits(ty)) {
            (Type::Float, 32) => types::F32X4,
            (Type::Float, _) => types::F64X2,
            (_, 32) => types::I32X4,
            (_, _) => types::I64X2,
        }
    }

    /// Bytes from one lane to the next in memory, bools included.
    pub(in crate::lower) fn lane_bytes(&self, ty: Type) -> u32 {
        self.lane_bits(ty) / 8
    }

    /// Vectors of `lanes` values of a graph type.
    pub(in crate::lower) fn part_count(&self, ty: Type, lanes: usize) -> usize {
        lanes * self.lane_bits(ty) as usize / 128
    }

    /// Vectors in lane order as a value; bools are narrow masks.
    pub(in crate::lower) fn lanes_of_parts(&self, ty: Type, parts: &[Value]) -> Lanes {
        let bits = self.lane_bits(ty);
        Lanes::new(ty, bits, parts.len() * 128 / bits as usize, parts)
    }

    fn bitcast(&mut self, ty: ClifType, value: Value) -> Value {
        if self.builder.func.dfg.value_type(value) == ty {
            return value;
        }
        self.builder.ins().bitcast(ty, cast_flags(), value)
    }

    /// One scalar in every lane.
    pub(in crate::lower) fn lanes_splat(&mut self, ty: Type, lanes: usize, value: Value) -> Lanes {
        let vector = self.vector_type(ty);
        let scalar = self.scalar_lane(ty, value);
        let part = self.builder.ins().splat(vector, scalar);
        let part = self.mask_of_words(ty, part);
        let count = self.part_count(ty, lanes);
        let mut splat = self.lanes_of_parts(ty, &[part; MAX_PARTS][..count]);
        splat.uniform = Some(value);
        splat
    }

    /// One constant in every lane.
    pub(in crate::lower) fn lanes_constant(&mut self, lanes: usize, value: Const) -> Lanes {
        let mut splat = self.lanes_constants(&[value; MAX_LANES][..lanes]);
        // Dead unless a shift or a scalar use asks for it; lowering skips it then.
        splat.uniform = Some(self.constant(value));
        splat
    }

    /// A constant for each lane, all of one type.
    pub(in crate::lower) fn lanes_constants(&mut self, values: &[Const]) -> Lanes {
        let ty = values[0].ty();
        let vector = self.vector_type(ty);
        let per_part = vector.lane_count() as usize;
        let mut parts: Vec<Value> = Vec::with_capacity(MAX_PARTS);
        let mut last: Option<([u8; 16], Value)> = None;
        for values in values.chunks(per_part) {
            let mut bytes = [0; 16];
            for (cell, &value) in bytes.chunks_mut(16 / per_part).zip(values) {
                let bits = self.lane_pattern(value).to_le_bytes();
                cell.copy_from_slice(&bits[..cell.len()]);
            }
            let part = match last {
                Some((known, part)) if known == bytes => part,
                _ => {
                    let data = V128Imm::from(&bytes[..]);
                    let handle = self.builder.func.dfg.constants.insert(data.into());
                    self.builder.ins().vconst(vector, handle)
                }
            };
            last = Some((bytes, part));
            parts.push(part);
        }
        self.lanes_of_parts(ty, &parts)
    }

    /// The bits of a lane that holds a constant, bools as masks.
    fn lane_pattern(&self, value: Const) -> u64 {
        match value {
            Const::Float(x) if self.float == types::F32 => u64::from((x as f32).to_bits()),
            Const::Float(x) => x.to_bits(),
            Const::I32(x) => u64::from(x.cast_unsigned()),
            Const::I64(x) => x.cast_unsigned(),
            Const::Bool(x) => u64::from(x).wrapping_neg(),
        }
    }

    /// A scalar as the lane of a vector: itself, or the word of a bool.
    fn scalar_lane(&mut self, ty: Type, value: Value) -> Value {
        if ty == Type::Bool {
            self.builder.ins().uextend(types::I32, value)
        } else {
            value
        }
    }

    /// A vector as it is, or the mask of bools in words. By a comparison, because Cranelift knows then
    /// that it is all ones or zeros and selects by it in one instruction.
    fn mask_of_words(&mut self, ty: Type, part: Value) -> Value {
        if ty != Type::Bool {
            return part;
        }
        let zero = self.lanes_constant(4, Const::I32(0)).parts()[0];
        let ins = self.builder.ins();
        ins.icmp(IntCC::SignedGreaterThan, part, zero)
    }

    /// A scalar for each lane.
    pub(in crate::lower) fn lanes_of_scalars(&mut self, ty: Type, values: &[Value]) -> Lanes {
        let vector = self.vector_type(ty);
        let mut parts = Vec::with_capacity(MAX_PARTS);
        for values in values.chunks(vector.lane_count() as usize) {
            let first = self.scalar_lane(ty, values[0]);
            let mut part = self.builder.ins().scalar_to_vector(vector, first);
            for (lane, &value) in (1_u8..).zip(&values[1..]) {
                let value = self.scalar_lane(ty, value);
                part = self.builder.ins().insertlane(part, value, lane);
            }
            parts.push(self.mask_of_words(ty, part));
        }
        self.lanes_of_parts(ty, &parts)
    }

    /// The scalar of one lane.
    pub(in crate::lower) fn lane(&mut self, value: &Lanes, lane: usize) -> Value {
        if let Some(scalar) = value.uniform {
            return scalar;
        }
        let per_part = 128 / usize::from(value.bits);
        let part = value.parts()[lane / per_part];
        let scalar = self
            .builder
            .ins()
            .extractlane(part, (lane % per_part) as u8);
        if value.ty != Type::Bool {
            return scalar;
        }
        let byte = self.builder.ins().ireduce(types::I8, scalar);
        self.builder.ins().band_imm_u(byte, 1)
    }

    /// Every lane through a scalar computation that gives `ty`: for what has no vector instruction.
    pub(in crate::lower) fn lane_by_lane(
        &mut self,
        ty: Type,
        operands: &[&Lanes],
        mut f: impl FnMut(&mut Self, &[Value]) -> Value,
    ) -> Lanes {
        let lanes = operands[0].lanes();
        let mut results = Vec::with_capacity(lanes);
        let mut scalars = Vec::with_capacity(operands.len());
        for lane in 0..lanes {
            scalars.clear();
            scalars.extend(operands.iter().map(|value| self.lane(value, lane)));
            results.push(f(self, &scalars));
        }
        self.lanes_of_scalars(ty, &results)
    }

    /// Loads lanes that lie side by side, `offset` bytes after `base`. Only where every part is
    /// aligned to 16 bytes may `flags` say aligned.
    pub(in crate::lower) fn load_lanes(
        &mut self,
        ty: Type,
        lanes: usize,
        flags: MemFlagsData,
        base: Value,
        offset: u32,
    ) -> Lanes {
        let vector = self.vector_type(ty);
        let offsets = (offset..).step_by(VECTOR as usize);
        // Without AVX an operand in memory must be aligned, but Cranelift lets some comparisons take
        // one that is not. A load of another type is no operand of theirs.
        let whole = if flags.aligned() || self.source.features.unaligned_operands {
            vector
        } else {
            types::I8X16
        };
        let parts: Vec<Value> = offsets
            .take(self.part_count(ty, lanes))
            .map(|offset| {
                let ins = self.builder.ins();
                let part = ins.load(whole, flags, base, displacement(offset));
                self.bitcast(vector, part)
            })
            .collect();
        let loaded = self.lanes_of_parts(ty, &parts);
        loaded.map(ty, |part| self.mask_of_words(ty, part))
    }

    /// Stores lanes side by side, `offset` bytes after `base`; flags as in [`Emitter::load_lanes`].
    pub(in crate::lower) fn store_lanes(
        &mut self,
        value: &Lanes,
        flags: MemFlagsData,
        base: Value,
        offset: u32,
    ) {
        let stored = if value.ty == Type::Bool {
            let narrow = self.narrow_mask(value);
            narrow.map(Type::I32, |part| self.builder.ins().ushr_imm_u(part, 31))
        } else {
            *value
        };
        for (&part, offset) in stored
            .parts()
            .iter()
            .zip((offset..).step_by(VECTOR as usize))
        {
            let ins = self.builder.ins();
            ins.store(flags, part, base, displacement(offset));
        }
    }

    /// A pure operation on lanes; `get` gives its operands. `None` for what is not pure.
    pub(in crate::lower) fn lanes_pure(
        &mut self,
        op: Op,
        mut get: impl FnMut(&mut Self, NodeId) -> Lanes,
    ) -> Option<Lanes> {
        Some(match op {
            Op::Unary(op, a) => {
                let a = get(self, a);
                self.lanes_unary(op, &a)
            }
            Op::Binary(op, a, b) => {
                let (a, b) = (get(self, a), get(self, b));
                self.lanes_binary(op, &a, &b)
            }
            Op::Compare(op, a, b) => {
                let (a, b) = (get(self, a), get(self, b));
                self.lanes_compare(op, &a, &b)
            }
            Op::Select(condition, a, b) => {
                let condition = get(self, condition);
                let (a, b) = (get(self, a), get(self, b));
                self.lanes_select(&condition, &a, &b)
            }
            Op::Cast(op, a) => {
                let a = get(self, a);
                self.lanes_cast(op, &a)
            }
            Op::Fma(a, b, c) => {
                let (a, b, c) = (get(self, a), get(self, b), get(self, c));
                self.lanes_fma(&a, &b, &c)
            }
            Op::Const(_)
            | Op::SampleRate
            | Op::Input(_)
            | Op::Control(_)
            | Op::RegisterRead(_)
            | Op::DelayRead(..)
            | Op::TableRead(..)
            | Op::ExternOutput(..) => return None,
        })
    }
}
