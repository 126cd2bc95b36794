//! Common subexpressions: a graph merges equal operations by itself; this pass makes operations
//! equal that differ only in the order of their operands.

use super::live::Live;
use super::rewrite::{Step, apply};
use crate::graph::{Graph, NodeId, Op};

/// Orders the operands of commutative operations and of comparisons: constants last, else by
/// number; operations that become equal merge.
#[must_use]
pub fn cse(graph: &Graph) -> Graph {
    apply(graph, &Live::all(graph), &[rule]).graph
}

pub(super) fn rule(graph: &mut Graph, op: Op) -> Step {
    let rank = |id: NodeId| (graph.constant(id).is_some(), id);
    match op {
        Op::Binary(op, a, b) if op.is_commutative() && rank(b) < rank(a) => {
            Step::To(Op::Binary(op, b, a))
        }
        Op::Compare(op, a, b) if rank(b) < rank(a) => Step::To(Op::Compare(op.swapped(), b, a)),
        Op::Fma(a, b, c) if rank(b) < rank(a) => Step::To(Op::Fma(b, a, c)),
        _ => Step::Keep,
    }
}
