//! Equal recurrences: registers that hold the same in every frame become one.
//!
//! Hash-consing merges what is equal from the bottom up, so it never sees that two loops are the same: each
//! waits for its own register. This pass assumes the best, that all registers which begin alike are equal, and
//! splits them where what they take next differs, until nothing does: what is left is equal by induction over
//! frames (the partition refinement of Alpern, Wegman and Zadeck 1988, "Detecting equality of variables in
//! programs", by hashing instead of Hopcroft's worklist). Sixteen voices of one gate then share one envelope.
//!
//! Equal from the first frame on is not equal after anything: whoever puts values into registers from outside has to
//! give those that are merged one value ([`Origin::merged`]). Delay lines and tables stay as they are, for their
//! buffers change hands.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};

#[cfg(doc)]
use super::Origin;
use super::live::Live;
use super::rewrite::{Rule, Step, Walk, rewrite};
use crate::graph::{BuildOpHasher, Graph, NodeId, Op, RegisterId};

/// Rounds of splitting. One follows a difference through all that happens in a frame, so that more than a few
/// are rare: chains of registers, where nothing merges then.
const MOST_ROUNDS: usize = 12;
/// How deep the look goes that tells most registers apart before the first round.
const FIRST_LOOK: u32 = 3;

/// For every register the first one that is equal to it; `None` where no two of them are equal.
pub(super) fn equal_registers(graph: &Graph, live: &Live) -> Option<Vec<RegisterId>> {
    let registers = graph.registers();
    let mut class: Vec<usize> = (0..registers.len()).collect();
    let look = |register: usize| {
        let info = &registers[register];
        let shape = info.next.map(|next| shape(graph, next, FIRST_LOOK));
        (
            info.ty,
            info.init,
            shape,
            info.next.is_none().then_some(register),
        )
    };
    let mut count = refine(&mut class, live, look);
    let mut numbers = vec![NodeId::new(0); graph.len()];
    let mut known: HashMap<Op, NodeId, BuildOpHasher> = HashMap::default();
    for _ in 0..MOST_ROUNDS {
        if count == live.register_count() {
            return None;
        }
        known.clear();
        for (id, node) in graph.nodes().filter(|&(id, _)| live.node(id)) {
            let op = node.op.map_operands(|operand| numbers[operand.index()]);
            let op = in_order(match op {
                Op::RegisterRead(register) => {
                    Op::RegisterRead(RegisterId::new(class[register.index()]))
                }
                other => other,
            });
            numbers[id.index()] = *known.entry(op).or_insert(id);
        }
        let before = class.clone();
        let next = |register: usize| {
            let next = registers[register].next;
            (before[register], next.map(|next| numbers[next.index()]))
        };
        let split = refine(&mut class, live, next);
        if std::mem::replace(&mut count, split) == split {
            return Some(class.into_iter().map(RegisterId::new).collect());
        }
    }
    None
}

/// The local rules, with reads of equal registers made reads of the first of them.
pub(super) fn walk(graph: &Graph, live: &Live, first: &[RegisterId], rules: &[Rule]) -> Walk {
    let mut kept = 0..;
    let numbers = (0..first.len()).map(|register| {
        let alive = live.register(RegisterId::new(register));
        alive.then(|| kept.next()).flatten().unwrap_or(0)
    });
    let numbers: Vec<usize> = numbers.collect();
    let mut walk = rewrite(graph, live, |new, id, op| {
        if let Op::RegisterRead(old) = graph.op(id)
            && first[old.index()] != old
        {
            let first = RegisterId::new(numbers[first[old.index()].index()]);
            return Step::Is(new.insert(Op::RegisterRead(first)));
        }
        let mut steps = rules.iter().map(|rule| rule(new, op));
        steps.find(|step| *step != Step::Keep).unwrap_or(Step::Keep)
    });
    let all = (0..).map(RegisterId::new).zip(first.iter().copied());
    walk.origin.merged = all.filter(|(register, first)| register != first).collect();
    walk
}

/// Makes the classes of live registers those of equal keys, each named by its first register; returns how many there are.
fn refine<K: Hash + Eq>(class: &mut [usize], live: &Live, key: impl Fn(usize) -> K) -> usize {
    let mut first: HashMap<K, usize, BuildOpHasher> = HashMap::default();
    for (register, class) in class.iter_mut().enumerate() {
        if live.register(RegisterId::new(register)) {
            *class = *first.entry(key(register)).or_insert(register);
        }
    }
    first.len()
}

/// A number that equal expressions have in common, from the operations down to a depth.
fn shape(graph: &Graph, id: NodeId, depth: u32) -> u64 {
    let op = graph.op(id);
    let alone = match op {
        Op::RegisterRead(_) => Op::RegisterRead(RegisterId::new(0)),
        Op::Compare(kind, a, b) => Op::Compare(kind.min(kind.swapped()), a, b),
        other => other,
    };
    let mut hasher = BuildOpHasher::default().build_hasher();
    alone.map_operands(|_| NodeId::new(0)).hash(&mut hasher);
    let operands = op.operands();
    // A sum, so that operands of commutative operations may come in either order.
    let below = |sum: u64, &operand: &NodeId| sum.wrapping_add(shape(graph, operand, depth - 1));
    if depth > 0 {
        hasher.write_u64(operands.iter().fold(0, below));
    }
    hasher.finish()
}

/// Operands of commutative operations in ascending order.
fn in_order(op: Op) -> Op {
    match op {
        Op::Binary(kind, a, b) if kind.is_commutative() && b < a => Op::Binary(kind, b, a),
        Op::Compare(kind, a, b) if b < a => Op::Compare(kind.swapped(), b, a),
        Op::Fma(a, b, c) if b < a => Op::Fma(b, a, c),
        other => other,
    }
}
