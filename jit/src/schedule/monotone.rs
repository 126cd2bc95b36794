//! What only rises, or only turns false, during a chunk: a running *and* of a condition that has turned false for good is
//! the condition itself, linked to what the register held before the chunk.

use synthc_ir::graph::RegisterId;
use synthc_ir::{BinaryOp, CastOp, CompareOp, Const, Graph, NodeId, Op, Type};

use super::placement::{Place, Placement};
use super::unit::accumulator;

/// How far definitions are followed.
const MAX_DEPTH: u32 = 8;

/// What is known of the nodes of a graph as the frames of a chunk go by.
pub(crate) struct Monotone<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) placement: &'a Placement,
}

impl Monotone<'_> {
    /// Whether a condition, once false, stays false.
    pub(crate) fn falls(&self, id: NodeId) -> bool {
        let falls = match self.graph.op(id) {
            Op::Compare(CompareOp::Lt | CompareOp::Le, a, b) => self.rises(a) && self.rests(b),
            Op::Compare(CompareOp::Gt | CompareOp::Ge, a, b) => self.rests(a) && self.rises(b),
            _ => false,
        };
        falls || self.rests(id)
    }

    /// Whether a value is the same in all frames of a chunk.
    fn rests(&self, id: NodeId) -> bool {
        self.placement.of(id) != Place::Frame
    }

    /// Whether a value never becomes less, or is no number in any frame: a count, or its sum with what rests. Rounding
    /// keeps order.
    fn rises(&self, id: NodeId) -> bool {
        match self.graph.op(id) {
            Op::Binary(BinaryOp::Add, a, b) if self.graph.ty(id) == Type::Float => {
                (self.counts(a, MAX_DEPTH) && self.rests(b))
                    || (self.rests(a) && self.counts(b, MAX_DEPTH))
            }
            _ => self.counts(id, MAX_DEPTH),
        }
    }

    /// Whether a value never becomes less and lies within the bounds of an `i32`: were it infinite for a while, sums and
    /// products of it could be numbers in some frames and none in others.
    fn counts(&self, id: NodeId, depth: u32) -> bool {
        if self.graph.ty(id) == Type::I32 && self.rests(id) {
            return true;
        }
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        let counts = |id| self.counts(id, depth);
        match self.graph.op(id) {
            Op::Cast(CastOp::I32ToFloat, a) => counts(a),
            Op::Binary(BinaryOp::Min | BinaryOp::Max, a, b) => counts(a) && counts(b),
            // An integer may wrap around, unless it is the sum of an accumulator with a bound.
            Op::Binary(BinaryOp::Add, ..) => self.is_bounded_sum(id),
            Op::Binary(BinaryOp::Mul, a, b) => {
                (self.is_fraction(a) && counts(b)) || (self.is_fraction(b) && counts(a))
            }
            _ => false,
        }
    }

    fn is_fraction(&self, id: NodeId) -> bool {
        matches!(self.graph.constant(id), Some(Const::Float(x)) if 0.0 < x && x <= 1.0)
    }

    fn is_bounded_sum(&self, id: NodeId) -> bool {
        let registers = (0..self.graph.registers().len()).map(RegisterId::new);
        let mut own =
            registers.filter(|&register| self.graph.registers()[register.index()].next == Some(id));
        own.any(|register| accumulator(self.graph, register).is_some_and(|sum| sum.bound.is_some()))
    }
}

/// Whether a value may be a [count](Monotone::counts), whatever rests: only then does it matter whether a constant it is
/// multiplied by is a fraction.
pub(crate) fn may_count(graph: &Graph, id: NodeId) -> bool {
    may_count_within(graph, id, MAX_DEPTH)
}

fn may_count_within(graph: &Graph, id: NodeId, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let may_count = |id| may_count_within(graph, id, depth);
    match graph.op(id) {
        Op::Cast(CastOp::I32ToFloat, _) => true,
        Op::Binary(BinaryOp::Min | BinaryOp::Max, a, b) => may_count(a) && may_count(b),
        Op::Binary(BinaryOp::Mul, a, b) => may_count(a) || may_count(b),
        _ => false,
    }
}
