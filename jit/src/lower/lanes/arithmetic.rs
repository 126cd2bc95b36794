//! Arithmetic, comparison and selection on lanes.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, InstructionData, Value};
use synthc_ir::{BinaryOp, CompareOp, Type, UnaryOp};

use super::{Emitter, Lanes};
use crate::target::Fma;

impl Emitter<'_, '_> {
    /// An operation of one operand.
    pub(in crate::lower) fn lanes_unary(&mut self, op: UnaryOp, x: &Lanes) -> Lanes {
        let ty = x.ty();
        let rounds = self.source.features.rounding;
        let rounding = matches!(
            op,
            UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Trunc | UnaryOp::Nearest
        );
        if rounding && !rounds {
            return self.lane_by_lane(ty, &[x], |e, x| e.unary(op, ty, x[0]));
        }
        x.map(ty, |x| {
            let ins = self.builder.ins();
            match op {
                UnaryOp::Neg if ty == Type::Float => ins.fneg(x),
                UnaryOp::Neg => ins.ineg(x),
                UnaryOp::Abs => ins.fabs(x),
                UnaryOp::Sqrt => ins.sqrt(x),
                UnaryOp::Floor => ins.floor(x),
                UnaryOp::Ceil => ins.ceil(x),
                UnaryOp::Trunc => ins.trunc(x),
                UnaryOp::Nearest => ins.nearest(x),
                UnaryOp::Not => ins.bnot(x),
            }
        })
    }

    /// An operation of two operands of one type.
    pub(in crate::lower) fn lanes_binary(&mut self, op: BinaryOp, a: &Lanes, b: &Lanes) -> Lanes {
        let ty = a.ty();
        let float = ty == Type::Float;
        match op {
            BinaryOp::Min | BinaryOp::Max if float => return self.float_extremum(op, a, b),
            BinaryOp::Min | BinaryOp::Max if ty == Type::I64 => {
                // Below AVX-512 there is no instruction, and aarch64 has none at all.
                let (low, high) = if op == BinaryOp::Min { (a, b) } else { (b, a) };
                let less = self.lanes_compare(CompareOp::Lt, low, high);
                return self.lanes_select(&less, a, b);
            }
            BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS => return self.lanes_shift(op, a, b),
            _ => {}
        }
        // Masks of two widths meet as the first one.
        let b = if ty == Type::Bool {
            self.mask_of_bits(b, a.bits())
        } else {
            *b
        };
        a.zip(&b, ty, |a, b| {
            let ins = self.builder.ins();
            match op {
                BinaryOp::Add if float => ins.fadd(a, b),
                BinaryOp::Sub if float => ins.fsub(a, b),
                BinaryOp::Mul if float => ins.fmul(a, b),
                BinaryOp::Add => ins.iadd(a, b),
                BinaryOp::Sub => ins.isub(a, b),
                BinaryOp::Mul => ins.imul(a, b),
                BinaryOp::Div => ins.fdiv(a, b),
                BinaryOp::Min => ins.smin(a, b),
                BinaryOp::Max => ins.smax(a, b),
                BinaryOp::And => ins.band(a, b),
                BinaryOp::Or => ins.bor(a, b),
                BinaryOp::Xor => ins.bxor(a, b),
                // Handled above.
                BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS => a,
            }
        })
    }

    /// `a < b ? a : b` or `a > b ? a : b` of floats. A comparison and a selection of the same
    /// operands become one minps or maxps.
    fn float_extremum(&mut self, op: BinaryOp, a: &Lanes, b: &Lanes) -> Lanes {
        let vector = self.vector_type(Type::Float);
        a.zip(b, Type::Float, |a, b| {
            let (low, high) = if op == BinaryOp::Min { (a, b) } else { (b, a) };
            let less = self.builder.ins().fcmp(FloatCC::LessThan, low, high);
            let less = self.bitcast(vector, less);
            self.builder.ins().bitselect(less, a, b)
        })
    }

    /// A shift: one amount for all lanes is an instruction, an amount for each is not.
    fn lanes_shift(&mut self, op: BinaryOp, a: &Lanes, by: &Lanes) -> Lanes {
        let ty = a.ty();
        let Some(by) = by.uniform() else {
            return self.lane_by_lane(ty, &[a, by], |e, x| e.binary(op, ty, x[0], x[1]));
        };
        a.map(ty, |a| {
            let ins = self.builder.ins();
            // Amounts count modulo the width of a lane, as the graph says.
            match op {
                BinaryOp::Shl => ins.ishl(a, by),
                BinaryOp::ShrU => ins.ushr(a, by),
                _ => ins.sshr(a, by),
            }
        })
    }

    /// A comparison: a mask as wide as the operands.
    pub(in crate::lower) fn lanes_compare(&mut self, op: CompareOp, a: &Lanes, b: &Lanes) -> Lanes {
        if a.ty() == Type::Float {
            // The operands change places, because machines compare in one direction only.
            let (condition, swap) = match op {
                CompareOp::Eq => (FloatCC::Equal, false),
                CompareOp::Ne => (FloatCC::NotEqual, false),
                CompareOp::Lt => (FloatCC::LessThan, false),
                CompareOp::Le => (FloatCC::LessThanOrEqual, false),
                CompareOp::Gt => (FloatCC::LessThan, true),
                CompareOp::Ge => (FloatCC::LessThanOrEqual, true),
            };
            let (a, b) = if swap { (b, a) } else { (a, b) };
            return a.zip(b, Type::Bool, |a, b| {
                self.builder.ins().fcmp(condition, a, b)
            });
        }
        let condition = match op {
            CompareOp::Eq => IntCC::Equal,
            CompareOp::Ne => IntCC::NotEqual,
            CompareOp::Lt => IntCC::SignedLessThan,
            CompareOp::Le => IntCC::SignedLessThanOrEqual,
            CompareOp::Gt => IntCC::SignedGreaterThan,
            CompareOp::Ge => IntCC::SignedGreaterThanOrEqual,
        };
        a.zip(b, Type::Bool, |a, b| {
            self.builder.ins().icmp(condition, a, b)
        })
    }

    /// `condition ? a : b`.
    pub(in crate::lower) fn lanes_select(
        &mut self,
        condition: &Lanes,
        a: &Lanes,
        b: &Lanes,
    ) -> Lanes {
        let ty = a.ty();
        let b = if ty == Type::Bool {
            self.mask_of_bits(b, a.bits())
        } else {
            *b
        };
        let condition = self.mask_of_bits(condition, a.bits());
        let mut masks = condition.parts().to_vec().into_iter();
        a.zip(&b, ty, |a, b| {
            let Some(mask) = masks.next() else { return a };
            // In the mask's own type, where a comparison is known to be all ones or zeros.
            let (vector, result) = {
                let dfg = &self.builder.func.dfg;
                (dfg.value_type(mask), dfg.value_type(a))
            };
            let (no_a, no_b) = (self.is_zero(a), self.is_zero(b));
            let (a, b) = (self.bitcast(vector, a), self.bitcast(vector, b));
            let ins = self.builder.ins();
            let chosen = match (no_a, no_b) {
                (_, true) => ins.band(mask, a),
                (true, _) => ins.band_not(b, mask),
                _ => ins.bitselect(mask, a, b),
            };
            self.bitcast(result, chosen)
        })
    }

    /// Whether a vector is a constant of zero bits only.
    fn is_zero(&self, part: Value) -> bool {
        let dfg = &self.builder.func.dfg;
        let Some(inst) = dfg.value_def(part).inst() else {
            return false;
        };
        match dfg.insts[inst] {
            InstructionData::UnaryConst {
                constant_handle, ..
            } => dfg
                .constants
                .get(constant_handle)
                .iter()
                .all(|&byte| byte == 0),
            _ => false,
        }
    }

    /// a·b + c, rounded as the scalar emitter does.
    pub(in crate::lower) fn lanes_fma(&mut self, a: &Lanes, b: &Lanes, c: &Lanes) -> Lanes {
        match self.source.features.fma {
            Fma::Instruction => {
                let mut addends = c.parts().to_vec().into_iter();
                a.zip(b, Type::Float, |a, b| {
                    let c = addends.next().unwrap_or(a);
                    self.builder.ins().fma(a, b, c)
                })
            }
            Fma::Helper => {
                self.lane_by_lane(Type::Float, &[a, b, c], |e, x| e.call_fma(x[0], x[1], x[2]))
            }
            Fma::Split => {
                let product = self.lanes_binary(BinaryOp::Mul, a, b);
                self.lanes_binary(BinaryOp::Add, &product, c)
            }
        }
    }
}
