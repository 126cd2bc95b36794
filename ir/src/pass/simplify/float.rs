//! Identities of float arithmetic that hold bit for bit.

use super::super::rewrite::Step;
use super::{float_of, is};
use crate::graph::{Graph, NodeId, Op};
use crate::op::{BinaryOp, CastOp, UnaryOp};
use crate::types::Type;

pub(super) fn rule(graph: &mut Graph, op: Op) -> Step {
    match op {
        Op::Unary(op, a) if graph.ty(a) == Type::Float => unary(graph, op, a),
        Op::Binary(op, a, b) if graph.ty(a) == Type::Float => match op {
            BinaryOp::Add => add(graph, a, b),
            BinaryOp::Sub => sub(graph, a, b),
            BinaryOp::Mul => mul(graph, a, b),
            BinaryOp::Div => div(graph, a, b),
            BinaryOp::Min | BinaryOp::Max => bound(graph, op, a, b),
            _ => Step::Keep,
        },
        Op::Fma(a, b, c) => {
            if is(graph, a, 1.0) {
                Step::To(Op::Binary(BinaryOp::Add, b, c))
            } else if is(graph, b, 1.0) {
                Step::To(Op::Binary(BinaryOp::Add, a, c))
            } else if is(graph, c, -0.0) {
                Step::To(Op::Binary(BinaryOp::Mul, a, b))
            } else {
                Step::Keep
            }
        }
        _ => Step::Keep,
    }
}

fn negated(graph: &Graph, id: NodeId) -> Option<NodeId> {
    match graph.op(id) {
        Op::Unary(UnaryOp::Neg, x) => Some(x),
        _ => None,
    }
}

fn unary(graph: &Graph, op: UnaryOp, a: NodeId) -> Step {
    match (op, graph.op(a)) {
        (UnaryOp::Neg, Op::Unary(UnaryOp::Neg, x)) => Step::Is(x),
        (UnaryOp::Abs, Op::Unary(UnaryOp::Neg, x)) => Step::To(Op::Unary(UnaryOp::Abs, x)),
        (UnaryOp::Abs, Op::Unary(UnaryOp::Abs, _) | Op::Cast(CastOp::BoolToFloat, _)) => {
            Step::Is(a)
        }
        (UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Trunc | UnaryOp::Nearest, inner)
            if is_whole(inner) =>
        {
            Step::Is(a)
        }
        _ => Step::Keep,
    }
}

/// Whether the result has no fraction (or is NaN or infinite), so that rounding keeps it.
fn is_whole(op: Op) -> bool {
    matches!(
        op,
        Op::Unary(
            UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Trunc | UnaryOp::Nearest,
            _
        ) | Op::Cast(
            CastOp::I32ToFloat | CastOp::I64ToFloat | CastOp::BoolToFloat,
            _
        )
    )
}

fn add(graph: &Graph, a: NodeId, b: NodeId) -> Step {
    if is(graph, b, -0.0) {
        Step::Is(a)
    } else if is(graph, a, -0.0) {
        Step::Is(b)
    } else if let Some(y) = negated(graph, b) {
        Step::To(Op::Binary(BinaryOp::Sub, a, y))
    } else if let Some(x) = negated(graph, a) {
        Step::To(Op::Binary(BinaryOp::Sub, b, x))
    } else {
        Step::Keep
    }
}

fn sub(graph: &mut Graph, a: NodeId, b: NodeId) -> Step {
    if is(graph, b, 0.0) {
        Step::Is(a)
    } else if is(graph, a, -0.0) {
        Step::To(Op::Unary(UnaryOp::Neg, b))
    } else if let Some(y) = negated(graph, b) {
        Step::To(Op::Binary(BinaryOp::Add, a, y))
    } else if let Some(c) = float_of(graph, b) {
        // The same real number rounded once; sums of constants then have one form.
        let c = graph.float(-c);
        Step::To(Op::Binary(BinaryOp::Add, a, c))
    } else {
        Step::Keep
    }
}

/// Rounding to nearest is symmetric, so signs move freely through products and quotients.
fn mul(graph: &mut Graph, a: NodeId, b: NodeId) -> Step {
    for (x, c) in [(a, b), (b, a)] {
        if is(graph, c, 1.0) {
            return Step::Is(x);
        }
        if is(graph, c, -1.0) {
            return Step::To(Op::Unary(UnaryOp::Neg, x));
        }
        if let (Some(x), Some(c)) = (negated(graph, x), float_of(graph, c)) {
            let c = graph.float(-c);
            return Step::To(Op::Binary(BinaryOp::Mul, x, c));
        }
    }
    match (negated(graph, a), negated(graph, b)) {
        (Some(x), Some(y)) => Step::To(Op::Binary(BinaryOp::Mul, x, y)),
        _ => Step::Keep,
    }
}

fn div(graph: &Graph, a: NodeId, b: NodeId) -> Step {
    if is(graph, b, 1.0) {
        return Step::Is(a);
    }
    if is(graph, b, -1.0) {
        return Step::To(Op::Unary(UnaryOp::Neg, a));
    }
    match (negated(graph, a), negated(graph, b)) {
        (Some(x), Some(y)) => Step::To(Op::Binary(BinaryOp::Div, x, y)),
        _ => Step::Keep,
    }
}

/// min(x, x) is x; min(min(x, c), d) is the tighter bound alone. `a < b ? a : b` never gives NaN
/// when b is a number, so the outer comparison is decided by the constants.
fn bound(graph: &Graph, op: BinaryOp, a: NodeId, b: NodeId) -> Step {
    if a == b {
        return Step::Is(a);
    }
    let Op::Binary(inner, x, c) = graph.op(a) else {
        return Step::Keep;
    };
    let (Some(c), Some(d)) = (float_of(graph, c), float_of(graph, b)) else {
        return Step::Keep;
    };
    if inner != op || c.is_nan() || d.is_nan() {
        return Step::Keep;
    }
    let tighter = if op == BinaryOp::Min { d < c } else { d > c };
    if tighter {
        Step::To(Op::Binary(op, x, b))
    } else if c == d && c.to_bits() != d.to_bits() {
        // 0 against −0: which one remains depends on x.
        Step::Keep
    } else {
        Step::Is(a)
    }
}
