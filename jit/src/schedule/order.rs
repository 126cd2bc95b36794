//! The order of nodes: what a node waits for, deepest first.
//!
//! Any order that puts dependencies first is correct. Computing the deepest operand first keeps few
//! values waiting (the idea of Sethi and Ullman 1970, "The generation of optimal code for
//! arithmetic expressions", with depth for register need): in a long chain every link's other operands
//! are computed when the chain reaches them, not all in advance.

use synthc_ir::graph::ZeroDelayCycle;
use synthc_ir::{Graph, NodeId};

/// All nodes that outputs and state need, each after what it depends on. Linear up to the sorting
/// of operands, without recursion.
pub(crate) fn order(graph: &Graph) -> Result<Vec<NodeId>, ZeroDelayCycle> {
    let any = graph.schedule()?;
    let mut depth = vec![0_u32; graph.len()];
    for &id in &any {
        let operands = graph.dependencies(id).into_iter();
        let deepest = operands.map(|operand| depth[operand.index()]).max();
        depth[id.index()] = deepest.map_or(0, |deepest| deepest + 1);
    }
    let mut seen = vec![false; graph.len()];
    let mut order = Vec::with_capacity(any.len());
    let mut stack = Vec::new();
    for root in graph.roots() {
        stack.push((root, false));
        while let Some((id, finished)) = stack.pop() {
            if finished {
                order.push(id);
                continue;
            }
            if std::mem::replace(&mut seen[id.index()], true) {
                continue;
            }
            stack.push((id, true));
            let mut operands = graph.dependencies(id);
            operands.retain(|operand| !seen[operand.index()]);
            // The stack is popped from its end. Stable, so that the order is deterministic.
            operands.sort_by_key(|operand| depth[operand.index()]);
            stack.extend(operands.into_iter().map(|operand| (operand, false)));
        }
    }
    Ok(order)
}
