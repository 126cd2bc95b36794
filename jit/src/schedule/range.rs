//! Bounds of integer nodes, as far as they are plain to see: a read whose index is provably inside
//! needs no clamp.

use synthc_ir::{BinaryOp, CastOp, Const, Graph, NodeId, Op};

/// How far definitions are followed: bounds come from a clamp close to the read.
const MAX_DEPTH: u32 = 6;

/// An interval that an `i32` node never leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IntRange {
    /// Lowest value.
    pub(crate) lo: i32,
    /// Highest value.
    pub(crate) hi: i32,
}

impl IntRange {
    const ALL: Self = Self {
        lo: i32::MIN,
        hi: i32::MAX,
    };

    /// The bounds of a node.
    pub(crate) fn of(graph: &Graph, node: NodeId) -> Self {
        Self::within(graph, node, MAX_DEPTH)
    }

    fn within(graph: &Graph, node: NodeId, depth: u32) -> Self {
        let Some(depth) = depth.checked_sub(1) else {
            return Self::ALL;
        };
        let get = |id| Self::within(graph, id, depth);
        match graph.op(node) {
            Op::Const(Const::I32(x)) => Self { lo: x, hi: x },
            Op::Binary(BinaryOp::Min, a, b) => {
                let (a, b) = (get(a), get(b));
                Self {
                    lo: a.lo.min(b.lo),
                    hi: a.hi.min(b.hi),
                }
            }
            Op::Binary(BinaryOp::Max, a, b) => {
                let (a, b) = (get(a), get(b));
                Self {
                    lo: a.lo.max(b.lo),
                    hi: a.hi.max(b.hi),
                }
            }
            Op::Binary(BinaryOp::Add, a, b) => {
                let (a, b) = (get(a), get(b));
                match (a.lo.checked_add(b.lo), a.hi.checked_add(b.hi)) {
                    (Some(lo), Some(hi)) => Self { lo, hi },
                    _ => Self::ALL,
                }
            }
            Op::Binary(BinaryOp::And, a, b) => {
                // A mask that is never negative clears the sign and every higher bit.
                let mask = [get(a), get(b)].into_iter().filter(|m| m.lo >= 0);
                match mask.map(|m| m.hi).min() {
                    Some(hi) => Self { lo: 0, hi },
                    None => Self::ALL,
                }
            }
            Op::Binary(BinaryOp::ShrU, _, by) => match graph.constant(by) {
                Some(Const::I32(by)) if by & 31 != 0 => Self {
                    lo: 0,
                    hi: (u32::MAX >> (by & 31)).cast_signed(),
                },
                _ => Self::ALL,
            },
            Op::Select(_, a, b) => {
                let (a, b) = (get(a), get(b));
                Self {
                    lo: a.lo.min(b.lo),
                    hi: a.hi.max(b.hi),
                }
            }
            Op::Cast(CastOp::BoolToI32, _) => Self { lo: 0, hi: 1 },
            _ => Self::ALL,
        }
    }
}
