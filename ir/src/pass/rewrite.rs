//! The walk that local passes share: nodes in order, each rewritten by a rule while its operands
//! are rewritten already.

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

/// Rebuilds a graph node by node. The rule is given the new graph, the node in the old graph, and
/// its operation with operands in the new graph. Says whether any rule applied.
pub(super) fn rewrite(
    graph: &Graph,
    mut rule: impl FnMut(&mut Graph, NodeId, Op) -> Step,
) -> (Graph, bool) {
    let mut new = graph.without_nodes();
    let mut map: Vec<NodeId> = Vec::with_capacity(graph.len());
    let mut changed = false;
    for (id, node) in graph.nodes() {
        let first = new.len();
        let mut op = node.op.map_operands(|operand| map[operand.index()]);
        let mut found = None;
        for _ in 0..MOST_STEPS {
            match rule(&mut new, id, op) {
                Step::Keep => break,
                Step::To(better) => op = better,
                Step::Is(same) => {
                    found = Some(same);
                    break;
                }
            }
            changed = true;
        }
        changed |= found.is_some();
        let replacement = found.unwrap_or_else(|| new.insert_at(op, node.site.as_ref()));
        new.locate_from(first, node.site.as_ref());
        map.push(replacement);
    }
    new.set_outputs(graph.outputs().to_vec());
    new.map_roots(|old| map[old.index()]);
    (new, changed)
}

/// [`rewrite`] by the first of several rules that applies.
pub(super) fn apply(graph: &Graph, rules: &[Rule]) -> (Graph, bool) {
    rewrite(graph, |new, _, op| {
        let mut steps = rules.iter().map(|rule| rule(new, op));
        steps.find(|step| *step != Step::Keep).unwrap_or(Step::Keep)
    })
}

/// How often each node is used: as an operand, as an output, or by state.
pub(super) fn uses(graph: &Graph) -> Vec<u32> {
    let mut uses = vec![0_u32; graph.len()];
    for (_, node) in graph.nodes() {
        for operand in node.op.operands() {
            uses[operand.index()] += 1;
        }
    }
    for root in graph.roots() {
        uses[root.index()] += 1;
    }
    uses
}
