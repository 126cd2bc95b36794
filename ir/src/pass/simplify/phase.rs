//! Phases made of turns, by the conversion that is one instruction; and a phase that is folded to a quarter turn for a sine:
//! as an integer, where wrapping is free.
//!
//! The float of a phase is built from its upper bits, brought to the nearest turn and folded at ±¼: nine operations, most
//! of them waiting for each other. Of the integer itself, shifted by a quarter turn, the sign tells the halves of the
//! wave apart, and an exclusive or with it turns the second one over. It also keeps all 32 bits, so that the fold is
//! another number in the last places. `f32` only: 64-bit integers are no cheaper than floats in vectors.

use super::super::rewrite::Step;
use super::{float_of, int_of};
use crate::graph::{Graph, NodeId, Op};
use crate::op::{BinaryOp, CastOp, UnaryOp};
use crate::types::{Precision, Type};

/// The bits of 1.0.
const ONE: i64 = 0x3f80_0000;
/// Bits of a phase below those of a float's fraction.
const BELOW: i64 = 9;
/// A quarter turn, and the turns of one unit.
const QUARTER: i32 = 1 << 30;
const UNIT: f64 = 1.0 / 4_294_967_296.0;

pub(super) fn rule(graph: &mut Graph, op: Op) -> Step {
    if let Op::Cast(CastOp::FloatToI32, scaled) = op {
        return if is_rest_of_turns(graph, scaled) {
            Step::To(Op::Cast(CastOp::FloatToI32OrLeast, scaled))
        } else {
            Step::Keep
        };
    }
    let Op::Binary(BinaryOp::Add, a, b) = op else {
        return Step::Keep;
    };
    if graph.precision() != Precision::F32 || graph.ty(a) != Type::Float {
        return Step::Keep;
    }
    let Some(phase) = folded(graph, a, b).or_else(|| folded(graph, b, a)) else {
        return Step::Keep;
    };
    let (quarter, last) = (graph.i32(QUARTER), graph.i32(31));
    let from_trough = graph.add(phase, quarter);
    let falling = graph.insert(Op::Binary(BinaryOp::ShrS, from_trough, last));
    let up = graph.insert(Op::Binary(BinaryOp::Xor, from_trough, falling));
    // A product and a sum become one operation.
    let turns = graph.insert(Op::Cast(CastOp::I32ToFloat, up));
    let unit = graph.float(UNIT);
    let turns = graph.mul(turns, unit);
    let back = graph.float(-0.25);
    Step::To(Op::Binary(BinaryOp::Add, turns, back))
}

/// Whether something is the distance of x to the nearest turn in units of a phase. It lies in [−2³¹, 2³¹], and both ends are
/// one phase: half a turn is the least integer.
fn is_rest_of_turns(graph: &Graph, scaled: NodeId) -> bool {
    let Op::Binary(BinaryOp::Mul, rest, scale) = graph.op(scaled) else {
        return false;
    };
    let Op::Binary(BinaryOp::Sub, x, whole) = graph.op(rest) else {
        return false;
    };
    graph.precision() == Precision::F32
        && float_of(graph, scale) == Some(1.0 / UNIT)
        && graph.op(whole) == Op::Unary(UnaryOp::Nearest, x)
}

/// The phase p of c + (c − r), where c is r held to ±¼, r = x − nearest(x), and x the float of p in turns.
fn folded(graph: &Graph, c: NodeId, rest: NodeId) -> Option<NodeId> {
    let Op::Binary(BinaryOp::Sub, clamped, r) = graph.op(rest) else {
        return None;
    };
    let Op::Binary(BinaryOp::Max, low, most) = graph.op(c) else {
        return None;
    };
    let Op::Binary(BinaryOp::Min, high, held) = graph.op(most) else {
        return None;
    };
    let quarters = float_of(graph, low) == Some(-0.25) && float_of(graph, high) == Some(0.25);
    let Op::Binary(BinaryOp::Sub, x, whole) = graph.op(r) else {
        return None;
    };
    let nearest = graph.op(whole) == Op::Unary(UnaryOp::Nearest, x);
    if clamped != c || held != r || !quarters || !nearest {
        return None;
    }
    let Op::Binary(BinaryOp::Add, float, minus_one) = graph.op(x) else {
        return None;
    };
    let Op::Cast(CastOp::BitsToFloat, bits) = graph.op(float) else {
        return None;
    };
    let Op::Binary(BinaryOp::Or, upper, one) = graph.op(bits) else {
        return None;
    };
    let Op::Binary(BinaryOp::ShrU, phase, by) = graph.op(upper) else {
        return None;
    };
    let built = float_of(graph, minus_one) == Some(-1.0)
        && int_of(graph, one) == Some(ONE)
        && int_of(graph, by) == Some(BELOW);
    built.then_some(phase)
}
