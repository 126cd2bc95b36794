//! Identities of comparisons and of select, all of them exact.

use super::super::rewrite::Step;
use super::{bool_of, is};
use crate::eval::{self, Value};
use crate::graph::{Graph, NodeId, Op};
use crate::op::{BinaryOp, CastOp, CompareOp, UnaryOp};
use crate::types::{Const, Type};

pub(super) fn rule(graph: &mut Graph, op: Op) -> Step {
    match op {
        Op::Compare(op, a, b) => compare(graph, op, a, b),
        Op::Select(c, a, b) => select(graph, c, a, b),
        _ => Step::Keep,
    }
}

fn compare(graph: &mut Graph, op: CompareOp, a: NodeId, b: NodeId) -> Step {
    if a == b {
        let always = match op {
            CompareOp::Lt | CompareOp::Gt => Some(false),
            // NaN is not equal to itself.
            _ if graph.ty(a) == Type::Float => None,
            CompareOp::Ne => Some(false),
            CompareOp::Eq | CompareOp::Le | CompareOp::Ge => Some(true),
        };
        if let Some(always) = always {
            return Step::To(Op::Const(Const::Bool(always)));
        }
    }
    let Some(limit) = graph.constant(b) else {
        return Step::Keep;
    };
    // A choice between two constants compared with a third is a choice between two truths.
    let (condition, one, zero) = match graph.op(a) {
        Op::Cast(CastOp::BoolToFloat, x) => (x, Const::Float(1.0), Const::Float(0.0)),
        Op::Cast(CastOp::BoolToI32, x) => (x, Const::I32(1), Const::I32(0)),
        Op::Select(x, one, zero) => match (graph.constant(one), graph.constant(zero)) {
            (Some(one), Some(zero)) => (x, one, zero),
            _ => return Step::Keep,
        },
        _ => return Step::Keep,
    };
    let precision = graph.precision();
    let value = |constant| Value::from_const(precision, constant);
    let mut truth = |constant| {
        let truth = eval::compare(op, value(constant), value(limit)).to_const();
        graph.insert(Op::Const(truth))
    };
    let (one, zero) = (truth(one), truth(zero));
    Step::To(Op::Select(condition, one, zero))
}

fn select(graph: &mut Graph, c: NodeId, a: NodeId, b: NodeId) -> Step {
    if a == b {
        return Step::Is(a);
    }
    if let Some(truth) = bool_of(graph, c) {
        return Step::Is(if truth { a } else { b });
    }
    if let Op::Unary(UnaryOp::Not, x) = graph.op(c) {
        return Step::To(Op::Select(x, b, a));
    }
    // A condition seen from inside its own branches is decided.
    if let Op::Select(inner, x, _) = graph.op(a)
        && inner == c
    {
        return Step::To(Op::Select(c, x, b));
    }
    if let Op::Select(inner, _, y) = graph.op(b)
        && inner == c
    {
        return Step::To(Op::Select(c, a, y));
    }
    if graph.ty(a) == Type::Bool {
        return match (bool_of(graph, a), bool_of(graph, b)) {
            (Some(true), Some(false)) => Step::Is(c),
            (Some(false), Some(true)) => Step::To(Op::Unary(UnaryOp::Not, c)),
            (Some(true), None) => Step::To(Op::Binary(BinaryOp::Or, c, b)),
            (None, Some(false)) => Step::To(Op::Binary(BinaryOp::And, c, a)),
            _ => Step::Keep,
        };
    }
    if is(graph, a, 1.0) && is(graph, b, 0.0) {
        return Step::To(Op::Cast(CastOp::BoolToFloat, c));
    }
    if is(graph, a, 0.0) && is(graph, b, 1.0) {
        let not = graph.unary(UnaryOp::Not, c);
        return Step::To(Op::Cast(CastOp::BoolToFloat, not));
    }
    // These are the definitions of min and max.
    let Op::Compare(op, x, y) = graph.op(c) else {
        return Step::Keep;
    };
    let bound = match op {
        CompareOp::Lt => [BinaryOp::Min, BinaryOp::Max],
        CompareOp::Gt => [BinaryOp::Max, BinaryOp::Min],
        _ => return Step::Keep,
    };
    if (x, y) == (a, b) {
        Step::To(Op::Binary(bound[0], a, b))
    } else if (x, y) == (b, a) {
        // x < y ? y : x is y > x ? y : x.
        Step::To(Op::Binary(bound[1], a, b))
    } else {
        Step::Keep
    }
}
