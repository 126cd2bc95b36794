//! Identities of conversions, all of them exact.

use super::super::rewrite::Step;
use crate::graph::{Graph, Op};
use crate::op::{CastOp, UnaryOp};
use crate::types::Precision;

pub(super) fn rule(graph: &mut Graph, op: Op) -> Step {
    let Op::Cast(cast, a) = op else {
        return Step::Keep;
    };
    let wide = graph.precision() == Precision::F64;
    match (cast, graph.op(a)) {
        (CastOp::I64ToI32, Op::Cast(CastOp::I32ToI64, x))
        | (CastOp::BitsToFloat, Op::Cast(CastOp::FloatToBits, x))
        | (CastOp::FloatToBits, Op::Cast(CastOp::BitsToFloat, x)) => Step::Is(x),
        // Every i32 is an f64; not every one is an f32.
        (CastOp::FloatToI32, Op::Cast(CastOp::I32ToFloat, x)) if wide => Step::Is(x),
        (CastOp::FloatToI64, Op::Cast(CastOp::I32ToFloat, x)) if wide => {
            Step::To(Op::Cast(CastOp::I32ToI64, x))
        }
        (CastOp::FloatToI32, Op::Cast(CastOp::BoolToFloat, x)) => {
            Step::To(Op::Cast(CastOp::BoolToI32, x))
        }
        (CastOp::I32ToFloat, Op::Cast(CastOp::BoolToI32, x)) => {
            Step::To(Op::Cast(CastOp::BoolToFloat, x))
        }
        (CastOp::I64ToFloat, Op::Cast(CastOp::I32ToI64, x)) => {
            Step::To(Op::Cast(CastOp::I32ToFloat, x))
        }
        // The conversion truncates by itself.
        (CastOp::FloatToI32 | CastOp::FloatToI64, Op::Unary(UnaryOp::Trunc, x)) => {
            Step::To(Op::Cast(cast, x))
        }
        _ => Step::Keep,
    }
}
