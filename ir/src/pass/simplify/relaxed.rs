//! Identities of real numbers that floats keep up to rounding.
//!
//! Sums of constants are joined only when both have one sign: `(x + c) − c` with a large `c` is
//! how code rounds to whole numbers, and must stay. Nothing here hides a NaN or an infinity that
//! the signal itself has.

use super::super::rewrite::Step;
use super::super::strength::is_normal;
use super::float_of;
use crate::graph::{Graph, NodeId, Op};
use crate::op::{BinaryOp, CastOp, UnaryOp};
use crate::types::{Const, Type};

pub(super) fn rule(graph: &mut Graph, op: Op) -> Step {
    match op {
        Op::Unary(UnaryOp::Neg, a) if graph.ty(a) == Type::Float => match graph.op(a) {
            Op::Binary(BinaryOp::Sub, x, y) => Step::To(Op::Binary(BinaryOp::Sub, y, x)),
            Op::Binary(BinaryOp::Mul, x, c) => match float_of(graph, c) {
                Some(c) => {
                    let c = graph.float(-c);
                    Step::To(Op::Binary(BinaryOp::Mul, x, c))
                }
                None => Step::Keep,
            },
            _ => Step::Keep,
        },
        Op::Binary(op, a, b) if graph.ty(a) == Type::Float => match op {
            BinaryOp::Add => add(graph, a, b),
            BinaryOp::Mul => mul(graph, a, b),
            BinaryOp::Sub if float_of(graph, a) == Some(0.0) => {
                Step::To(Op::Unary(UnaryOp::Neg, b))
            }
            BinaryOp::Sub if a == b && is_finite(graph, a) => {
                Step::To(Op::Const(Const::Float(0.0)))
            }
            _ => Step::Keep,
        },
        _ => Step::Keep,
    }
}

fn add(graph: &mut Graph, a: NodeId, b: NodeId) -> Step {
    for (x, c) in [(a, b), (b, a)] {
        let Some(value) = float_of(graph, c) else {
            continue;
        };
        if value == 0.0 {
            return Step::Is(x);
        }
        if let Op::Binary(BinaryOp::Add, y, d) = graph.op(x)
            && let Some(other) = float_of(graph, d)
            && (other > 0.0) == (value > 0.0)
            && is_normal(graph, other + value)
        {
            let c = graph.float(other + value);
            return Step::To(Op::Binary(BinaryOp::Add, y, c));
        }
    }
    Step::Keep
}

fn mul(graph: &mut Graph, a: NodeId, b: NodeId) -> Step {
    for (x, c) in [(a, b), (b, a)] {
        let Some(value) = float_of(graph, c) else {
            continue;
        };
        if value == 0.0 && is_finite(graph, x) {
            return Step::Is(c);
        }
        if let Op::Binary(BinaryOp::Mul, y, d) = graph.op(x)
            && let Some(other) = float_of(graph, d)
            && is_normal(graph, other * value)
        {
            let c = graph.float(other * value);
            return Step::To(Op::Binary(BinaryOp::Mul, y, c));
        }
    }
    Step::Keep
}

/// Whether a value can be neither NaN nor infinite.
fn is_finite(graph: &Graph, id: NodeId) -> bool {
    match graph.op(id) {
        Op::Const(Const::Float(x)) => x.is_finite(),
        Op::Control(c) => {
            let control = &graph.controls()[c.index()];
            let round = |x| graph.precision().round(x).is_finite();
            round(control.lo) && round(control.hi)
        }
        Op::Cast(CastOp::BoolToFloat | CastOp::I32ToFloat | CastOp::I64ToFloat, _) => true,
        _ => false,
    }
}
