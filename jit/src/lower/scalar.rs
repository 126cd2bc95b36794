//! Pure operations, one value each.
//!
//! Every operation computes the bits of [`synthc_ir::eval`]; the payload of a NaN is the only
//! freedom. Bools are bytes that hold 0 or 1.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use synthc_ir::{BinaryOp, CastOp, CompareOp, Const, NodeId, Type, UnaryOp};

use super::emitter::Emitter;
use crate::target::Fma;

impl Emitter<'_, '_> {
    /// An operation of one operand of type `ty`.
    pub(super) fn unary(&mut self, op: UnaryOp, ty: Type, x: Value) -> Value {
        let rounds = self.source.features.rounding;
        let ins = self.builder.ins();
        match (op, ty) {
            (UnaryOp::Neg, Type::Float) => ins.fneg(x),
            (UnaryOp::Neg, _) => ins.ineg(x),
            (UnaryOp::Abs, _) => ins.fabs(x),
            (UnaryOp::Sqrt, _) => ins.sqrt(x),
            (UnaryOp::Floor, _) if rounds => ins.floor(x),
            (UnaryOp::Ceil, _) if rounds => ins.ceil(x),
            (UnaryOp::Trunc, _) if rounds => ins.trunc(x),
            (UnaryOp::Nearest, _) if rounds => ins.nearest(x),
            (UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Trunc | UnaryOp::Nearest, _) => {
                self.call_rounding(op, x).unwrap_or(x)
            }
            (UnaryOp::Not, Type::Bool) => {
                let one = self.builder.ins().iconst(types::I8, 1);
                self.builder.ins().bxor(x, one)
            }
            (UnaryOp::Not, _) => ins.bnot(x),
        }
    }

    /// An operation of two operands of type `ty`.
    pub(super) fn binary(&mut self, op: BinaryOp, ty: Type, a: Value, b: Value) -> Value {
        let float = ty == Type::Float;
        match op {
            // A comparison and a select of the same operands become one minss or maxss.
            BinaryOp::Min if float => {
                let less = self.builder.ins().fcmp(FloatCC::LessThan, a, b);
                return self.builder.ins().select(less, a, b);
            }
            BinaryOp::Max if float => {
                let less = self.builder.ins().fcmp(FloatCC::LessThan, b, a);
                return self.builder.ins().select(less, a, b);
            }
            _ => {}
        }
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
            // Cranelift takes shift amounts modulo the width, as the graph does.
            BinaryOp::Shl => ins.ishl(a, b),
            BinaryOp::ShrU => ins.ushr(a, b),
            BinaryOp::ShrS => ins.sshr(a, b),
        }
    }

    /// A comparison of two operands of type `ty`.
    pub(super) fn compare(&mut self, op: CompareOp, ty: Type, a: Value, b: Value) -> Value {
        if ty == Type::Float {
            let condition = match op {
                CompareOp::Eq => FloatCC::Equal,
                CompareOp::Ne => FloatCC::NotEqual,
                CompareOp::Lt => FloatCC::LessThan,
                CompareOp::Le => FloatCC::LessThanOrEqual,
                CompareOp::Gt => FloatCC::GreaterThan,
                CompareOp::Ge => FloatCC::GreaterThanOrEqual,
            };
            return self.builder.ins().fcmp(condition, a, b);
        }
        // Bools are 0 or 1, so the signed order is theirs too.
        let condition = match op {
            CompareOp::Eq => IntCC::Equal,
            CompareOp::Ne => IntCC::NotEqual,
            CompareOp::Lt => IntCC::SignedLessThan,
            CompareOp::Le => IntCC::SignedLessThanOrEqual,
            CompareOp::Gt => IntCC::SignedGreaterThan,
            CompareOp::Ge => IntCC::SignedGreaterThanOrEqual,
        };
        self.builder.ins().icmp(condition, a, b)
    }

    /// `condition ? a : b`.
    pub(super) fn select(&mut self, condition: Value, a: Value, b: Value) -> Value {
        self.builder.ins().select(condition, a, b)
    }

    /// a·b + c.
    pub(super) fn fma(&mut self, a: NodeId, b: NodeId, c: NodeId) -> Value {
        let (a, b, c) = (self.get(a), self.get(b), self.get(c));
        match self.source.features.fma {
            Fma::Instruction => self.builder.ins().fma(a, b, c),
            Fma::Helper => self.call_fma(a, b, c),
            Fma::Split => {
                let product = self.builder.ins().fmul(a, b);
                self.builder.ins().fadd(product, c)
            }
        }
    }

    /// A conversion.
    pub(super) fn cast(&mut self, op: CastOp, x: Value) -> Value {
        let float = self.float;
        let ins = self.builder.ins();
        match op {
            CastOp::FloatToI32 => ins.fcvt_to_sint_sat(types::I32, x),
            CastOp::FloatToI32OrLeast => self.float_to_i32_or_least(x),
            CastOp::FloatToI64 => ins.fcvt_to_sint_sat(types::I64, x),
            CastOp::I32ToFloat | CastOp::I64ToFloat => ins.fcvt_from_sint(float, x),
            CastOp::BoolToFloat => {
                let whole = self.builder.ins().uextend(types::I32, x);
                self.builder.ins().fcvt_from_sint(float, whole)
            }
            CastOp::BoolToI32 => ins.uextend(types::I32, x),
            CastOp::I32ToI64 => ins.sextend(types::I64, x),
            CastOp::I64ToI32 => ins.ireduce(types::I32, x),
            CastOp::FloatToBits => {
                let bits = if float == types::F32 {
                    types::I32
                } else {
                    types::I64
                };
                ins.bitcast(bits, MemFlagsData::new(), x)
            }
            CastOp::BitsToFloat => ins.bitcast(float, MemFlagsData::new(), x),
        }
    }

    /// A float as an integer, the least one where it does not fit.
    fn float_to_i32_or_least(&mut self, x: Value) -> Value {
        if self.float == types::F32 && self.source.features.truncates_to_least {
            let vector = self.builder.ins().scalar_to_vector(types::F32X4, x);
            let whole = self.builder.ins().x86_cvtt2dq(types::I32X4, vector);
            return self.builder.ins().extractlane(whole, 0);
        }
        let limits = [-2_147_483_648.0, 2_147_483_648.0].map(|x| self.constant(Const::Float(x)));
        let whole = self.unary(UnaryOp::Trunc, Type::Float, x);
        let above = self
            .builder
            .ins()
            .fcmp(FloatCC::GreaterThanOrEqual, whole, limits[0]);
        let below = self.builder.ins().fcmp(FloatCC::LessThan, whole, limits[1]);
        let fits = self.builder.ins().band(above, below);
        let saturated = self.builder.ins().fcvt_to_sint_sat(types::I32, x);
        let least = self.constant(Const::I32(i32::MIN));
        self.builder.ins().select(fits, saturated, least)
    }
}
