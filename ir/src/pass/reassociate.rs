//! Reassociation by rate: in products of many factors those that seldom change come together, so
//! that their product leaves the sample loop. `a·(b·x)` becomes `(a·b)·x` and `x / b` becomes
//! `x·(1/b)` where `a` and `b` change at events only and `x` in every frame.

use std::collections::HashMap;

use super::live::Live;
use super::rewrite::{Step, Walk, rewrite};
use super::strength::is_normal;
use crate::analysis::{Rate, Rates};
use crate::graph::{Graph, NodeId, Op};
use crate::op::BinaryOp;
use crate::types::{Const, Type};

/// Groups the slow factors of products. Changes rounding; for [`Level::Optimized`] only.
///
/// [`Level::Optimized`]: super::Level::Optimized
#[must_use]
pub fn reassociate(graph: &Graph) -> Graph {
    walk(graph, &Live::all(graph)).graph
}

pub(super) fn walk(graph: &Graph, live: &Live) -> Walk {
    let rates = Rates::infer(graph);
    let uses = live.uses(graph);
    // For products in the new graph: their slow factor and their fast one.
    let mut split: HashMap<NodeId, (NodeId, NodeId)> = HashMap::new();
    rewrite(graph, live, |new, id, op| {
        let (Op::Binary(kind, ..), Op::Binary(now, a, b)) = (graph.op(id), op) else {
            return Step::Keep;
        };
        if kind != now || graph.ty(id) != Type::Float {
            return Step::Keep;
        }
        let operands = graph.op(id).operands();
        let slow = |i: usize| rates.of(operands[i]) < Rate::Audio;
        // Taking a product apart that others use would compute it twice.
        let factors = |i: usize, product: NodeId| {
            let own = uses[operands[i].index()] == 1;
            split.get(&product).copied().filter(|_| own)
        };
        let parts = match (now, slow(0), slow(1)) {
            (BinaryOp::Mul, true, false) => match factors(1, b) {
                Some((c, x)) => product(new, a, c).map(|slow| (slow, x)),
                None => Some((a, b)),
            },
            (BinaryOp::Mul, false, true) => match factors(0, a) {
                Some((c, x)) => product(new, c, b).map(|slow| (slow, x)),
                None => Some((b, a)),
            },
            (BinaryOp::Mul, false, false) => match (factors(0, a), factors(1, b)) {
                (Some((c, x)), Some((d, y))) => {
                    product(new, c, d).map(|slow| (slow, new.mul(x, y)))
                }
                _ => None,
            },
            (BinaryOp::Div, false, true) if new.constant(b).is_none() => {
                let one = new.float(1.0);
                let inverse = new.div(one, b);
                match factors(0, a) {
                    Some((c, x)) => product(new, c, inverse).map(|slow| (slow, x)),
                    None => Some((inverse, a)),
                }
            }
            _ => None,
        };
        let Some((slow, fast)) = parts else {
            return Step::Keep;
        };
        let better = new.mul(slow, fast);
        split.insert(better, (slow, fast));
        Step::Is(better)
    })
}

/// The product of two slow factors; none where that of two constants would leave the normal range.
fn product(graph: &mut Graph, a: NodeId, b: NodeId) -> Option<NodeId> {
    if let (Some(Const::Float(x)), Some(Const::Float(y))) = (graph.constant(a), graph.constant(b)) {
        if !is_normal(graph, x * y) {
            return None;
        }
        return Some(graph.float(x * y));
    }
    Some(graph.mul(a, b))
}
