//! The walk that passes share: needed nodes in order, each rewritten by a rule while its operands
//! are rewritten already.
//!
//! A walk looks at every node once and drops what was dead before it. Because a rule sees operands
//! in their final form, one walk by local rules is a fixed point, unless a rule made helper nodes
//! that no rule has seen: [`Walk::again`] says so.

use super::Origin;
use super::live::Live;
use crate::graph::{Graph, NodeId, Op};

/// What a rule makes of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    /// Nothing better is known.
    Keep,
    /// The same value as this operation, to which rules apply again.
    To(Op),
    /// The same value as this node.
    Is(NodeId),
}

/// A rule that needs nothing but the operation: its operands are nodes of the graph given, into
/// which it may insert more.
pub(super) type Rule = fn(&mut Graph, Op) -> Step;

/// Rules apply at most this often to one node. No chain of ours is that long; the bound makes a
/// pair of rules that undo each other a missed optimisation instead of an endless loop.
const MOST_STEPS: usize = 64;

/// A graph after a walk.
pub(super) struct Walk {
    pub(super) graph: Graph,
    /// Which state of the walked graph its state is.
    pub(super) origin: Origin,
    /// Whether there are nodes that the rules have not seen in their final form.
    pub(super) again: bool,
    /// How often the rule was asked: what the walk cost.
    pub(super) steps: usize,
}

/// Rebuilds what is live of a graph node by node. The rule is given the new graph, the node in the
/// old graph, and its operation with operands in the new graph.
pub(super) fn rewrite(
    graph: &Graph,
    live: &Live,
    mut rule: impl FnMut(&mut Graph, NodeId, Op) -> Step,
) -> Walk {
    let mut new = graph.without_nodes();
    let (origin, renumbered) = live.retain(&mut new);
    // Dead nodes map to the first one; nothing that survives names them.
    let mut map = vec![NodeId::new(0); graph.len()];
    let (mut again, mut steps) = (false, 0);
    for (id, node) in graph.nodes() {
        if !live.node(id) {
            continue;
        }
        let first = new.len();
        let op = node.op.map_operands(|operand| map[operand.index()]);
        let mut op = renumbered.op(op);
        let mut found = None;
        let mut settled = false;
        for _ in 0..MOST_STEPS {
            steps += 1;
            match rule(&mut new, id, op) {
                Step::Keep => settled = true,
                Step::To(better) => {
                    op = better;
                    continue;
                }
                Step::Is(same) => {
                    settled = true;
                    found = Some(same);
                }
            }
            break;
        }
        again |= !settled || new.has_operations_from(first);
        map[id.index()] = found.unwrap_or_else(|| new.insert_at(op, node.site.as_ref()));
        new.locate_from(first, node.site.as_ref());
    }
    new.set_outputs(graph.outputs().to_vec());
    new.map_roots(|old| map[old.index()]);
    Walk {
        graph: new,
        origin,
        again,
        steps,
    }
}

/// [`rewrite`] by the first of several rules that applies.
pub(super) fn apply(graph: &Graph, live: &Live, rules: &[Rule]) -> Walk {
    rewrite(graph, live, |new, _, op| {
        let mut steps = rules.iter().map(|rule| rule(new, op));
        steps.find(|step| *step != Step::Keep).unwrap_or(Step::Keep)
    })
}
