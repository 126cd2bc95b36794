//! Strength reduction: cheaper operations of the same value. Bit for bit for integers and powers
//! of two; other divisions by constants become multiplications at [`Level::Optimized`] only, and
//! only by reciprocals that leave exact quotients exact: 8 kHz at a sample rate of 32 kHz must be
//! a quarter of a turn, or an oscillator would jump a frame late.
//!
//! [`Level::Optimized`]: super::Level::Optimized

use super::Level;
use super::live::Live;
use super::rewrite::{Rule, Step, apply};
use crate::graph::{Graph, Op};
use crate::op::BinaryOp;
use crate::types::{Const, Precision, Type};

/// Replaces multiplications of integers by shifts, and divisions by constants by multiplications.
#[must_use]
pub fn strength(graph: &Graph, level: Level) -> Graph {
    apply(graph, &Live::all(graph), rules(level)).graph
}

pub(super) fn rules(level: Level) -> &'static [Rule] {
    match level {
        Level::Strict => &[exact],
        Level::Optimized => &[exact, reciprocal],
    }
}

/// x·2ᵏ → x shifted left by k; x / 2ᵏ → x·2⁻ᵏ, where 2⁻ᵏ is a normal number: both round the
/// same real number once.
pub(super) fn exact(graph: &mut Graph, op: Op) -> Step {
    match op {
        Op::Binary(BinaryOp::Mul, a, b) => {
            let shift = match graph.constant(b) {
                Some(Const::I32(x)) if x.cast_unsigned().is_power_of_two() => {
                    graph.i32(x.trailing_zeros().cast_signed())
                }
                Some(Const::I64(x)) if x.cast_unsigned().is_power_of_two() => {
                    graph.i64(i64::from(x.trailing_zeros()))
                }
                _ => return Step::Keep,
            };
            Step::To(Op::Binary(BinaryOp::Shl, a, shift))
        }
        Op::Binary(BinaryOp::Div, a, b) => match graph.constant(b) {
            Some(Const::Float(c)) if is_power_of_two(c) && is_normal(graph, c.recip()) => {
                let factor = graph.float(c.recip());
                Step::To(Op::Binary(BinaryOp::Mul, a, factor))
            }
            _ => Step::Keep,
        },
        _ => Step::Keep,
    }
}

/// x / c → x·(1/c), at most one rounding more, where no exact quotient changes.
pub(super) fn reciprocal(graph: &mut Graph, op: Op) -> Step {
    let Op::Binary(BinaryOp::Div, a, b) = op else {
        return Step::Keep;
    };
    match graph.constant(b) {
        Some(Const::Float(c)) if graph.ty(a) == Type::Float && keeps_exact_quotients(graph, c) => {
            let factor = graph.float(c.recip());
            Step::To(Op::Binary(BinaryOp::Mul, a, factor))
        }
        _ => Step::Keep,
    }
}

/// Whether (q·c)·fl(1/c) rounds to q for every float q.
///
/// Let c·fl(1/c) = 1 + ε and p be the bits of a float. For q = m·2ᵏ with 1 ≤ m < 2 the product is off by
/// m|ε| (times 2ᵏ). With |ε| ≤ 2⁻ᵖ⁻¹ that is less than half the distance 2¹⁻ᵖ of neighbours; below m = 1,
/// where they are twice as dense, it is at most half of it, and the tie goes to the even 1.
fn keeps_exact_quotients(graph: &Graph, c: f64) -> bool {
    let reciprocal = graph.precision().round(c.recip());
    let half = match graph.precision() {
        Precision::F32 => 2.0_f64.powi(-25),
        Precision::F64 => 2.0_f64.powi(-54),
    };
    is_normal(graph, c) && is_normal(graph, reciprocal) && c.mul_add(reciprocal, -1.0).abs() <= half
}

fn is_power_of_two(x: f64) -> bool {
    // A normal float is a power of two when its 52 stored bits of fraction are zero.
    x.is_normal() && x.to_bits() << 12 == 0
}

/// Whether `x` is a normal number in the graph's width: neither zero, subnormal nor infinite.
pub(super) fn is_normal(graph: &Graph, x: f64) -> bool {
    match graph.precision() {
        Precision::F32 => (x as f32).is_normal(),
        Precision::F64 => x.is_normal(),
    }
}
