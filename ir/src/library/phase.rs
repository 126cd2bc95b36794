//! Phases as integers: one turn is 2³² in `f32` graphs and 2⁶⁴ in `f64` graphs.
//!
//! Addition wraps for free and never loses accuracy, so a phasor is exact for hours and has a
//! closed form at any frame.

use crate::graph::{Graph, NodeId};
use crate::op::{BinaryOp, CastOp, UnaryOp};
use crate::types::{Const, Precision};

/// The phase of a number of turns: the distance to the nearest whole turn, in [−½, ½], scaled and
/// truncated. +½ saturates one unit short of itself.
pub(crate) fn from_turns(graph: &mut Graph, turns: NodeId) -> NodeId {
    let whole = graph.unary(UnaryOp::Nearest, turns);
    let rest = graph.sub(turns, whole);
    let (scale, cast) = match graph.precision() {
        Precision::F32 => (4_294_967_296.0, CastOp::FloatToI32),
        Precision::F64 => (18_446_744_073_709_551_616.0, CastOp::FloatToI64),
    };
    let scale = graph.float(scale);
    let scaled = graph.mul(rest, scale);
    graph.cast(cast, scaled)
}

/// The fraction of a turn in [0, 1): the top bits of the phase become the fraction of a float in
/// [1, 2), and 1 is subtracted.
pub(crate) fn to_turns(graph: &mut Graph, phase: NodeId) -> NodeId {
    let (shift, one) = match graph.precision() {
        Precision::F32 => (9, i64::from(1.0_f32.to_bits())),
        Precision::F64 => (12, 1.0_f64.to_bits() as i64),
    };
    let shift = graph.phase_int(shift);
    let fraction = graph.binary(BinaryOp::ShrU, phase, shift);
    let exponent = graph.phase_int(one);
    let bits = graph.binary(BinaryOp::Or, fraction, exponent);
    let float = graph.cast(CastOp::BitsToFloat, bits);
    let one = graph.float(1.0);
    graph.sub(float, one)
}

/// [`from_turns`] of a constant.
pub(crate) fn constant(precision: Precision, turns: f64) -> Const {
    let rest = turns - turns.round_ties_even();
    match precision {
        Precision::F32 => Const::I32((rest * 4_294_967_296.0) as i64 as i32),
        Precision::F64 => Const::I64((rest * 18_446_744_073_709_551_616.0) as i128 as i64),
    }
}
