//! Recurrence shaping: in a sum inside of a feedback loop the term that is ready last is added
//! last, so that the loop waits for one addition instead of two; and a loop that moves towards its input does not
//! wait for the difference.

use std::collections::HashSet;

use super::live::Live;
use super::rewrite::{Step, Walk, rewrite};
use crate::analysis::Recurrences;
use crate::graph::{Graph, NodeId, Op};
use crate::op::BinaryOp;
use crate::types::Type;

/// `(p + q) ± r` becomes `(q ± r) + p` where `p` is ready later than `q` and `r`. Sums with constants stay,
/// because they may be there to round. `x + d·(y − x)` and `x − d·(x − y)` become `(x − d·x) + d·y` where only `y` is
/// part of the loop: a one-pole filter then waits for one multiply-add. (Where `x` comes round the loop through a long
/// delay, its read would leave the loop for a buffer: a network of eight such lines became 12 % slower.) Changes rounding; for [`Level::Optimized`] only.
///
/// [`Level::Optimized`]: super::Level::Optimized
#[must_use]
pub fn shape(graph: &Graph) -> Graph {
    walk(graph, &Live::all(graph)).graph
}

pub(super) fn walk(graph: &Graph, live: &Live) -> Walk {
    let recurrences = Recurrences::find(graph);
    let uses = live.uses(graph);
    // Sums rewritten here are no longer made of the terms they had.
    let mut shaped: HashSet<NodeId> = HashSet::new();
    rewrite(graph, live, |new, id, op| {
        let Op::Binary(kind @ (BinaryOp::Add | BinaryOp::Sub), sum, rest) = graph.op(id) else {
            return Step::Keep;
        };
        let Some(recurrence) = recurrences.of(id) else {
            return Step::Keep;
        };
        if graph.ty(id) != Type::Float {
            return Step::Keep;
        }
        let outside = |&x: &NodeId| recurrences.of(x) != Some(recurrence);
        if let Some(old) = Towards::of(graph, graph.op(id))
            && old.inner.iter().all(|x| uses[x.index()] == 1)
            && [old.x, old.d].iter().all(outside)
            && let Some(Towards { x, d, y, .. }) = Towards::of(new, op)
        {
            let taken = new.mul(x, d);
            let fresh = new.sub(x, taken);
            let kept = new.mul(y, d);
            return Step::Is(new.add(fresh, kept));
        }
        let Op::Binary(BinaryOp::Add, p, q) = graph.op(sum) else {
            return Step::Keep;
        };
        if uses[sum.index()] != 1 {
            return Step::Keep;
        }
        if [p, q, rest].iter().any(|&x| graph.constant(x).is_some()) {
            return Step::Keep;
        }
        // 0 outside of the loop, else one more than the operations before it.
        let ready = |x| {
            let inside = recurrences.of(x) == Some(recurrence);
            if inside { recurrences.depth(x) + 1 } else { 0 }
        };
        let swap = ready(q) > ready(p);
        let (late, early) = if swap { (q, p) } else { (p, q) };
        if ready(late) <= ready(early).max(ready(rest)) {
            return Step::Keep;
        }
        let Op::Binary(_, new_sum, new_rest) = op else {
            return Step::Keep;
        };
        let (false, Op::Binary(_, new_p, new_q)) = (shaped.contains(&sum), new.op(new_sum)) else {
            return Step::Keep;
        };
        shaped.insert(id);
        let (late, early) = if swap { (new_q, new_p) } else { (new_p, new_q) };
        let inner = new.binary(kind, early, new_rest);
        Step::Is(new.add(inner, late))
    })
}

/// `x + d·(y − x)` or `x − d·(x − y)`.
struct Towards {
    x: NodeId,
    d: NodeId,
    y: NodeId,
    /// The product and the difference.
    inner: [NodeId; 2],
}

impl Towards {
    fn of(graph: &Graph, op: Op) -> Option<Self> {
        let Op::Binary(kind @ (BinaryOp::Add | BinaryOp::Sub), a, b) = op else {
            return None;
        };
        let sides = [(a, b), (b, a)];
        let sides = &sides[..if kind == BinaryOp::Add { 2 } else { 1 }];
        sides.iter().find_map(|&(x, product)| {
            let Op::Binary(BinaryOp::Mul, a, b) = graph.op(product) else {
                return None;
            };
            [(a, b), (b, a)].into_iter().find_map(|(difference, d)| {
                let Op::Binary(BinaryOp::Sub, p, q) = graph.op(difference) else {
                    return None;
                };
                let (y, other) = if kind == BinaryOp::Add {
                    (p, q)
                } else {
                    (q, p)
                };
                let inner = [product, difference];
                (other == x).then_some(Self { x, d, y, inner })
            })
        })
    }
}
