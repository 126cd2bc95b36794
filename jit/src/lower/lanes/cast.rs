//! Conversions of lanes.

use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use synthc_ir::{CastOp, Const, Type};

use super::{Emitter, Lanes, MAX_PARTS};

impl Emitter<'_, '_> {
    /// A conversion.
    pub(in crate::lower) fn lanes_cast(&mut self, op: CastOp, x: &Lanes) -> Lanes {
        let narrow = self.float == types::F32;
        let float = self.vector_type(Type::Float);
        match op {
            CastOp::FloatToI32 if narrow => x.map(Type::I32, |x| self.floats_to_i32(x)),
            CastOp::FloatToI32OrLeast if narrow && self.source.features.truncates_to_least => x
                .map(Type::I32, |x| {
                    self.builder.ins().x86_cvtt2dq(types::I32X4, x)
                }),
            // Passes make it of 32-bit floats only.
            CastOp::FloatToI32OrLeast => {
                self.lane_by_lane(Type::I32, &[x], |e, x| e.cast(op, x[0]))
            }
            CastOp::FloatToI32 => self.wide_floats_to_i32(x),
            // No vector instruction below AVX-512.
            CastOp::FloatToI64 => self.lane_by_lane(Type::I64, &[x], |e, x| e.cast(op, x[0])),
            CastOp::I32ToFloat if narrow => {
                x.map(Type::Float, |x| self.builder.ins().fcvt_from_sint(float, x))
            }
            CastOp::I32ToFloat => self.i32_to_wide_floats(x),
            // By way of f64 it would round twice.
            CastOp::I64ToFloat => self.lane_by_lane(Type::Float, &[x], |e, x| e.cast(op, x[0])),
            CastOp::BoolToFloat => {
                let mask = self.mask_of_bits(x, self.lane_bits(Type::Float));
                let one = self.lanes_constant(x.lanes(), Const::Float(1.0));
                mask.zip(&one, Type::Float, |mask, one| {
                    let mask = self.bitcast(float, mask);
                    self.builder.ins().band(mask, one)
                })
            }
            CastOp::BoolToI32 => {
                let mask = self.narrow_mask(x);
                mask.map(Type::I32, |mask| self.builder.ins().ushr_imm_u(mask, 31))
            }
            CastOp::I32ToI64 => self.sign_extended(Type::I64, x),
            CastOp::I64ToI32 => self.low_words(Type::I32, x),
            CastOp::FloatToBits => {
                let (ty, vector) = if narrow {
                    (Type::I32, types::I32X4)
                } else {
                    (Type::I64, types::I64X2)
                };
                x.map(ty, |x| self.bitcast(vector, x))
            }
            CastOp::BitsToFloat => x.map(Type::Float, |x| self.bitcast(float, x)),
        }
    }

    /// `f32` to `i32`, saturating, NaN to 0. Cranelift's own sequence for x86-64 takes seven instructions one after the
    /// other; here two comparisons are made beside the conversion.
    fn floats_to_i32(&mut self, x: Value) -> Value {
        /// 2³¹, the least that is too large.
        const TOO_LARGE: f64 = 2_147_483_648.0;
        if !self.source.features.truncates_to_least {
            return self.builder.ins().fcvt_to_sint_sat(types::I32X4, x);
        }
        let bound = self.lanes_constant(4, Const::Float(TOO_LARGE)).parts()[0];
        let ins = self.builder.ins();
        let truncated = ins.x86_cvtt2dq(types::I32X4, x);
        // All ones turn the least integer into the greatest one.
        let ins = self.builder.ins();
        let large = ins.fcmp(FloatCC::GreaterThanOrEqual, x, bound);
        let numbers = self.builder.ins().fcmp(FloatCC::Equal, x, x);
        let saturated = self.builder.ins().bxor(truncated, large);
        self.builder.ins().band(saturated, numbers)
    }

    /// `f64` to `i32`. x86-64 knows the conversion of two lanes in just this form, with zeros beside
    /// them.
    fn wide_floats_to_i32(&mut self, x: &Lanes) -> Lanes {
        let mut parts = Vec::with_capacity(MAX_PARTS);
        for pair in x.parts().chunks(2) {
            let halves = [pair[0], pair[1]].map(|half| {
                let zero = self.lanes_constant(4, Const::I64(0)).parts()[0];
                let whole = self.builder.ins().fcvt_to_sint_sat(types::I64X2, half);
                self.builder.ins().snarrow(whole, zero)
            });
            parts.push(self.low_halves(halves[0], halves[1]));
        }
        Lanes::new(Type::I32, 32, x.lanes(), &parts)
    }

    /// `i32` to `f64`, both halves from the low lanes: that is one instruction.
    fn i32_to_wide_floats(&mut self, x: &Lanes) -> Lanes {
        let mut parts = Vec::with_capacity(MAX_PARTS);
        for &part in x.parts() {
            for half in [part, self.high_half(part)] {
                let wide = self.builder.ins().swiden_low(half);
                parts.push(self.builder.ins().fcvt_from_sint(types::F64X2, wide));
            }
        }
        Lanes::new(Type::Float, 64, x.lanes(), &parts)
    }
}
