//! Masks of 32 and of 64 bits a lane, and vectors of one half of the lanes of two.

use cranelift_codegen::ir::immediates::V128Imm;
use cranelift_codegen::ir::{InstBuilder, Type as ClifType, Value, types};
use synthc_ir::Type;

use super::{Emitter, Lanes, MAX_PARTS};

/// The low words of four 64-bit lanes: one `shufps`, or `uzp1`.
const LOW_WORDS: [u8; 16] = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
/// The low halves of two vectors: one `punpcklqdq`, or `zip1`.
const LOW_HALVES: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
/// The high half of the first vector, twice: one `pshufd`, or `dup`.
const HIGH_HALF: [u8; 16] = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];

/// Words of the low halves of two vectors in turn: one `punpckldq`, or `zip1`.
const LOW_PAIRS: [u8; 16] = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
/// Words of the high halves of two vectors in turn: one `punpckhdq`, or `zip2`.
const HIGH_PAIRS: [u8; 16] = [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31];

impl Emitter<'_, '_> {
    /// A bool as a mask of 32 bits a lane, all else as it is: how values cross from frame to frame.
    pub(in crate::lower) fn narrow_mask_of(&mut self, value: &Lanes) -> Lanes {
        if value.ty() == Type::Bool {
            self.narrow_mask(value)
        } else {
            *value
        }
    }

    /// A mask of 32 bits a lane.
    pub(super) fn narrow_mask(&mut self, mask: &Lanes) -> Lanes {
        if mask.bits() == 32 {
            return *mask;
        }
        self.low_words(Type::Bool, mask)
    }

    /// A mask of `bits` bits a lane.
    pub(super) fn mask_of_bits(&mut self, mask: &Lanes, bits: u32) -> Lanes {
        match (mask.bits(), bits) {
            (64, 32) => self.low_words(Type::Bool, mask),
            (32, 64) => self.sign_extended(Type::Bool, mask),
            _ => *mask,
        }
    }

    /// The low 32 bits of lanes of 64.
    pub(super) fn low_words(&mut self, ty: Type, wide: &Lanes) -> Lanes {
        let mut parts = Vec::with_capacity(MAX_PARTS);
        for pair in wide.parts().chunks(2) {
            parts.push(self.shuffle_to(LOW_WORDS, pair[0], pair[1]));
        }
        let mut narrow = Lanes::new(ty, 32, wide.lanes(), &parts);
        narrow.uniform = (ty == Type::Bool).then_some(wide.uniform).flatten();
        narrow
    }

    /// Lanes of 32 bits, sign-extended to 64.
    pub(super) fn sign_extended(&mut self, ty: Type, narrow: &Lanes) -> Lanes {
        let mut parts = Vec::with_capacity(MAX_PARTS);
        for &part in narrow.parts() {
            parts.push(self.builder.ins().swiden_low(part));
            parts.push(self.builder.ins().swiden_high(part));
        }
        let mut wide = Lanes::new(ty, 64, narrow.lanes(), &parts);
        wide.uniform = (ty == Type::Bool).then_some(narrow.uniform).flatten();
        wide
    }

    /// The low halves of two vectors of 32-bit lanes as one.
    pub(super) fn low_halves(&mut self, a: Value, b: Value) -> Value {
        self.shuffle_to(LOW_HALVES, a, b)
    }

    /// The high half of a vector of 32-bit lanes, moved to the low half.
    pub(super) fn high_half(&mut self, a: Value) -> Value {
        self.shuffle_to(HIGH_HALF, a, a)
    }

    /// Bytes of two vectors, numbered through both, as a vector of type `ty`.
    pub(in crate::lower) fn shuffled(
        &mut self,
        bytes: [u8; 16],
        ty: ClifType,
        a: Value,
        b: Value,
    ) -> Value {
        let shuffled = self.shuffle_to(bytes, a, b);
        self.bitcast(ty, shuffled)
    }

    /// Four vectors of four 32-bit floats, lanes and vectors exchanged.
    pub(in crate::lower) fn transposed(&mut self, rows: [Value; 4]) -> [Value; 4] {
        let [a, b, c, d] = rows;
        let [ac_low, ac_high] = [LOW_PAIRS, HIGH_PAIRS].map(|pairs| self.shuffle_to(pairs, a, c));
        let [bd_low, bd_high] = [LOW_PAIRS, HIGH_PAIRS].map(|pairs| self.shuffle_to(pairs, b, d));
        let mut turn = |pairs, x, y| {
            let turned = self.shuffle_to(pairs, x, y);
            self.bitcast(types::F32X4, turned)
        };
        [
            turn(LOW_PAIRS, ac_low, bd_low),
            turn(HIGH_PAIRS, ac_low, bd_low),
            turn(LOW_PAIRS, ac_high, bd_high),
            turn(HIGH_PAIRS, ac_high, bd_high),
        ]
    }

    /// Bytes of two vectors as a vector of 32-bit integers.
    fn shuffle_to(&mut self, bytes: [u8; 16], a: Value, b: Value) -> Value {
        let a = self.bitcast(types::I8X16, a);
        let b = self.bitcast(types::I8X16, b);
        let mask = V128Imm::from(&bytes[..]);
        let mask = self.builder.func.dfg.immediates.push(mask.into());
        let shuffled = self.builder.ins().shuffle(a, b, mask);
        self.bitcast(types::I32X4, shuffled)
    }
}
