//! What bounds decide: limits that are never reached, comparisons that always come out the same, roundings that always
//! give the same number.
//!
//! The library guards every formula for every argument. Where a cutoff comes from a control of 100 to 4000 Hz, a tangent
//! needs neither its second branch nor the division of that, and a frequency below half the sample rate is no whole turn. Every rewrite
//! keeps the value as long as controls stay in their ranges; a zero may change its sign.
//!
//! Floats only: what guards the places of tables and lines are integers, and stays.

use super::live::Live;
use super::rewrite::{Rule, Step, Walk, rewrite};
use crate::analysis::Bounds;
use crate::graph::{Graph, NodeId, Op};
use crate::op::{BinaryOp, CastOp, UnaryOp};
use crate::types::{Const, Precision};

/// Decides by bounds what they decide.
#[must_use]
pub fn bounds(graph: &Graph) -> Graph {
    apply(graph, &Live::all(graph), &[]).graph
}

/// A walk by rules, and by bounds where no rule applies.
pub(super) fn apply(graph: &Graph, live: &Live, rules: &[Rule]) -> Walk {
    let mut bounds = Bounds::default();
    rewrite(graph, live, |new, _, op| {
        let mut steps = rules.iter().map(|rule| rule(new, op));
        let step = steps.find(|step| *step != Step::Keep);
        step.unwrap_or_else(|| {
            bounds.follow(new);
            decided(new, &bounds, op)
        })
    })
}

fn decided(graph: &mut Graph, bounds: &Bounds, op: Op) -> Step {
    let step = match op {
        Op::Binary(BinaryOp::Min, a, b) => smaller(bounds, a, b),
        Op::Binary(BinaryOp::Max, a, b) => greater(bounds, a, b),
        Op::Binary(BinaryOp::And, a, b) => {
            sign(graph, bounds, a, b).or_else(|| sign(graph, bounds, b, a))
        }
        Op::Unary(op, a) => unary(bounds, op, a),
        Op::Compare(op, a, b) => {
            let truth = bounds.compared(graph, op, a, b);
            truth.map(|truth| Step::To(Op::Const(Const::Bool(truth))))
        }
        Op::Cast(CastOp::FloatToI32, a) if graph.precision() == Precision::F32 => {
            let fits = |&(lo, hi): &(f64, f64)| lo >= -2_147_483_648.0 && hi < 2_147_483_648.0;
            let fitting = Step::To(Op::Cast(CastOp::FloatToI32OrLeast, a));
            bounds.float(a).filter(fits).map(|_| fitting)
        }
        _ => None,
    };
    step.unwrap_or(Step::Keep)
}

/// The one of two numbers that is never above the other.
fn smaller(bounds: &Bounds, a: NodeId, b: NodeId) -> Option<Step> {
    let ((a_lo, a_hi), (b_lo, b_hi)) = (bounds.float(a)?, bounds.float(b)?);
    if a_hi <= b_lo {
        Some(Step::Is(a))
    } else {
        (b_hi <= a_lo).then_some(Step::Is(b))
    }
}

/// The one of two numbers that is never below the other.
fn greater(bounds: &Bounds, a: NodeId, b: NodeId) -> Option<Step> {
    let ((a_lo, a_hi), (b_lo, b_hi)) = (bounds.float(a)?, bounds.float(b)?);
    if a_lo >= b_hi {
        Some(Step::Is(a))
    } else {
        (b_lo >= a_hi).then_some(Step::Is(b))
    }
}

/// The sign of a number that has one sign only.
fn sign(graph: &mut Graph, bounds: &Bounds, bits: NodeId, mask: NodeId) -> Option<Step> {
    let Op::Cast(CastOp::FloatToBits, x) = graph.op(bits) else {
        return None;
    };
    let none = match graph.constant(mask)? {
        Const::I32(i32::MIN) => Const::I32(0),
        Const::I64(i64::MIN) => Const::I64(0),
        _ => return None,
    };
    let (lo, hi) = bounds.float(x)?;
    if lo > 0.0 {
        Some(Step::To(Op::Const(none)))
    } else {
        (hi < 0.0).then_some(Step::Is(mask))
    }
}

fn unary(bounds: &Bounds, op: UnaryOp, a: NodeId) -> Option<Step> {
    let round = match op {
        UnaryOp::Abs => {
            let (lo, hi) = bounds.float(a)?;
            // A zero has a sign, too.
            let negative = (hi < 0.0).then_some(Step::To(Op::Unary(UnaryOp::Neg, a)));
            return (lo > 0.0).then_some(Step::Is(a)).or(negative);
        }
        UnaryOp::Floor => f64::floor,
        UnaryOp::Ceil => f64::ceil,
        UnaryOp::Trunc => f64::trunc,
        UnaryOp::Nearest => f64::round_ties_even,
        UnaryOp::Neg | UnaryOp::Sqrt | UnaryOp::Not => return None,
    };
    let (lo, hi) = bounds.float(a)?;
    let whole = round(lo);
    (whole == round(hi)).then_some(Step::To(Op::Const(Const::Float(whole))))
}
