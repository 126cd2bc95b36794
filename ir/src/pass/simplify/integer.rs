//! Identities of integers, which wrap, and of bools: all of them exact.

use super::super::rewrite::Step;
use super::{bool_of, int_of};
use crate::graph::{Graph, NodeId, Op};
use crate::op::{BinaryOp, CompareOp, UnaryOp};
use crate::types::{Const, Type};

pub(super) fn rule(graph: &mut Graph, op: Op) -> Step {
    match op {
        Op::Unary(op, a) => match (graph.ty(a), graph.op(a)) {
            (Type::Float, _) => Step::Keep,
            (_, Op::Unary(inner, x)) if inner == op => Step::Is(x),
            (Type::Bool, Op::Compare(compare, x, y)) => invert(graph, compare, x, y),
            _ => Step::Keep,
        },
        Op::Binary(op, a, b) => match graph.ty(a) {
            Type::Float => Step::Keep,
            Type::Bool => boolean(graph, op, a, b),
            Type::I32 | Type::I64 => integer(graph, op, a, b),
        },
        _ => Step::Keep,
    }
}

/// The negation of a comparison. With floats only equality has one: NaN is neither below nor not
/// below.
fn invert(graph: &Graph, op: CompareOp, a: NodeId, b: NodeId) -> Step {
    let inverse = match op {
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        _ if graph.ty(a) == Type::Float => return Step::Keep,
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Le => CompareOp::Gt,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Ge => CompareOp::Lt,
    };
    Step::To(Op::Compare(inverse, a, b))
}

fn boolean(graph: &mut Graph, op: BinaryOp, a: NodeId, b: NodeId) -> Step {
    if a == b {
        return match op {
            BinaryOp::And | BinaryOp::Or => Step::Is(a),
            BinaryOp::Xor => Step::To(Op::Const(Const::Bool(false))),
            _ => Step::Keep,
        };
    }
    for (x, c) in [(a, b), (b, a)] {
        let step = match (op, bool_of(graph, c)) {
            (BinaryOp::And, Some(true)) | (BinaryOp::Or | BinaryOp::Xor, Some(false)) => {
                Step::Is(x)
            }
            (BinaryOp::And, Some(false)) | (BinaryOp::Or, Some(true)) => Step::Is(c),
            (BinaryOp::Xor, Some(true)) => Step::To(Op::Unary(UnaryOp::Not, x)),
            _ => continue,
        };
        return step;
    }
    Step::Keep
}

fn constant(ty: Type, x: i64) -> Const {
    match ty {
        Type::I32 => Const::I32(x as i32),
        _ => Const::I64(x),
    }
}

fn integer(graph: &mut Graph, op: BinaryOp, a: NodeId, b: NodeId) -> Step {
    let ty = graph.ty(a);
    if a == b {
        match op {
            BinaryOp::Min | BinaryOp::Max | BinaryOp::And | BinaryOp::Or => return Step::Is(a),
            BinaryOp::Sub | BinaryOp::Xor => return Step::To(Op::Const(constant(ty, 0))),
            _ => {}
        }
    }
    for (x, c, left) in [(a, b, false), (b, a, true)] {
        if left && !op.is_commutative() {
            continue;
        }
        let Some(value) = int_of(graph, c) else {
            continue;
        };
        match (op, value) {
            (BinaryOp::Add | BinaryOp::Sub | BinaryOp::Or | BinaryOp::Xor, 0)
            | (BinaryOp::Mul, 1)
            | (BinaryOp::And, -1) => return Step::Is(x),
            (BinaryOp::Mul | BinaryOp::And, 0) | (BinaryOp::Or, -1) => return Step::Is(c),
            (BinaryOp::Xor, -1) => return Step::To(Op::Unary(UnaryOp::Not, x)),
            (BinaryOp::Mul, -1) => return Step::To(Op::Unary(UnaryOp::Neg, x)),
            (BinaryOp::Sub, _) => {
                let c = graph.insert(Op::Const(constant(ty, value.wrapping_neg())));
                return Step::To(Op::Binary(BinaryOp::Add, x, c));
            }
            _ => {}
        }
        if let Op::Binary(inner, y, d) = graph.op(x)
            && inner == op
            && let Some(other) = int_of(graph, d)
            && let Some(together) = combine(op, ty, other, value)
        {
            let c = graph.insert(Op::Const(constant(ty, together)));
            return Step::To(Op::Binary(op, y, c));
        }
        let bits = if ty == Type::I32 { 31 } else { 63 };
        if matches!(op, BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS) && value & bits == 0 {
            return Step::Is(x);
        }
    }
    Step::Keep
}

/// The constant e with (y ∘ c) ∘ d = y ∘ e.
fn combine(op: BinaryOp, ty: Type, c: i64, d: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => Some(c.wrapping_add(d)),
        BinaryOp::Mul => Some(c.wrapping_mul(d)),
        BinaryOp::And => Some(c & d),
        BinaryOp::Or => Some(c | d),
        BinaryOp::Xor => Some(c ^ d),
        BinaryOp::Min => Some(c.min(d)),
        BinaryOp::Max => Some(c.max(d)),
        BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS => {
            // Shift counts are taken modulo the width one by one; a sum beyond it is no shift.
            let bits = if ty == Type::I32 { 31 } else { 63 };
            let sum = (c & bits) + (d & bits);
            (sum <= bits).then_some(sum)
        }
        BinaryOp::Sub | BinaryOp::Div => None,
    }
}
