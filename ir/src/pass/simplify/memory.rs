//! Identities of reads: offsets and indices are clamped by the read itself.

use super::super::rewrite::Step;
use super::int_of;
use crate::graph::{Graph, NodeId, Op};
use crate::op::BinaryOp;

pub(super) fn rule(graph: &mut Graph, op: Op) -> Step {
    match op {
        Op::DelayRead(line, offset) => {
            let info = &graph.lines()[line.index()];
            let range = (i64::from(info.min), i64::from(info.max));
            match clamped(graph, offset, range) {
                Some(offset) => Step::To(Op::DelayRead(line, offset)),
                None => Step::Keep,
            }
        }
        Op::TableRead(table, index) => {
            let last = graph.tables()[table.index()].len() as i64 - 1;
            match clamped(graph, index, (0, last)) {
                Some(index) => Step::To(Op::TableRead(table, index)),
                None => Step::Keep,
            }
        }
        _ => Step::Keep,
    }
}

/// A simpler index that the clamp to `lo..=hi` makes equal to the given one.
fn clamped(graph: &mut Graph, index: NodeId, (lo, hi): (i64, i64)) -> Option<NodeId> {
    if let Some(value) = int_of(graph, index) {
        let inside = value.clamp(lo, hi);
        return (inside != value).then(|| graph.i32(inside as i32));
    }
    if lo == hi {
        return Some(graph.i32(lo as i32));
    }
    match graph.op(index) {
        Op::Binary(BinaryOp::Max, x, c) if int_of(graph, c).is_some_and(|c| c <= lo) => Some(x),
        Op::Binary(BinaryOp::Min, x, c) if int_of(graph, c).is_some_and(|c| c >= hi) => Some(x),
        _ => None,
    }
}
