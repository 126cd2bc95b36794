//! Contraction: a product that only one sum uses is computed together with it, with one rounding.
//!
//! In a feedback loop the product that is ready last is the one to fuse: the loop then waits for
//! one fused operation, and the other product is computed beside it.

use std::cell::OnceCell;

use super::live::Live;
use super::rewrite::{Step, Walk, rewrite};
use crate::analysis::Recurrences;
use crate::graph::{Graph, NodeId, Op};
use crate::op::{BinaryOp, UnaryOp};
use crate::types::Type;

/// `a·b + c` becomes `fma a b c`; likewise `a·b − c` and `c − a·b`. Changes rounding; for
/// [`Level::Optimized`](super::Level::Optimized) only.
#[must_use]
pub fn contract(graph: &Graph) -> Graph {
    walk(graph, &Live::all(graph)).graph
}

pub(super) fn walk(graph: &Graph, live: &Live) -> Walk {
    // Asked for only where both terms of a sum are products.
    let recurrences = OnceCell::new();
    let depth = |id| {
        recurrences
            .get_or_init(|| Recurrences::find(graph))
            .depth(id)
    };
    let uses = live.uses(graph);
    // The old node of a product that may be fused into its one user.
    let product = |id: NodeId| {
        let fusable = uses[id.index()] == 1 && graph.ty(id) == Type::Float;
        fusable && matches!(graph.op(id), Op::Binary(BinaryOp::Mul, ..))
    };
    rewrite(graph, live, |new, id, op| {
        let Op::Binary(kind @ (BinaryOp::Add | BinaryOp::Sub), old_a, old_b) = graph.op(id) else {
            return Step::Keep;
        };
        let Op::Binary(_, a, b) = op else {
            return Step::Keep;
        };
        let first = match (product(old_a), product(old_b)) {
            (true, true) => depth(old_a) >= depth(old_b),
            (first, second) if first || second => first,
            _ => return Step::Keep,
        };
        let Op::Binary(BinaryOp::Mul, x, y) = new.op(if first { a } else { b }) else {
            return Step::Keep;
        };
        Step::To(match (kind, first) {
            (BinaryOp::Add, true) => Op::Fma(x, y, b),
            (BinaryOp::Add, _) => Op::Fma(x, y, a),
            (_, true) => Op::Fma(x, y, negate(new, b)),
            // The second factor is the constant one, if any.
            (_, false) => Op::Fma(x, negate(new, y), a),
        })
    })
}

fn negate(graph: &mut Graph, id: NodeId) -> NodeId {
    match graph.op(id) {
        Op::Const(crate::Const::Float(x)) => graph.float(-x),
        Op::Unary(UnaryOp::Neg, x) => x,
        _ => graph.unary(UnaryOp::Neg, id),
    }
}
