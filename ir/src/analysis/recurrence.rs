//! Recurrences: which nodes depend on their own past, and how late in a frame they are ready.

use smallvec::SmallVec;

use crate::graph::{Graph, NodeId, Op, TableKind};

/// The recurrences of one graph: strongly connected components of its dependencies, those
/// through registers, delay lines, written tables and externs included.
#[derive(Clone, Debug)]
pub struct Recurrences {
    component: Vec<u32>,
    depth: Vec<u32>,
}

impl Recurrences {
    /// Finds them by the algorithm of Tarjan (1972, "Depth-first search and linear graph
    /// algorithms"), with an explicit stack; linear in nodes and dependencies.
    #[must_use]
    pub fn find(graph: &Graph) -> Self {
        let component = components(graph);
        let mut found = Self {
            component,
            depth: vec![0; graph.len()],
        };
        for (id, node) in graph.nodes() {
            if found.of(id).is_none() {
                continue;
            }
            let inside = node.op.operands().into_iter();
            let inside = inside.filter(|&operand| found.of(operand) == found.of(id));
            let depth = inside.map(|operand| found.depth[operand.index()] + 1).max();
            found.depth[id.index()] = depth.unwrap_or(0);
        }
        found
    }

    /// The recurrence a node belongs to; `None` when it does not depend on itself.
    ///
    /// # Panics
    /// When the graph has no such node.
    #[must_use]
    pub fn of(&self, node: NodeId) -> Option<u32> {
        let component = self.component[node.index()];
        (component != FREE).then_some(component)
    }

    /// Number of operations between the state a recurrence reads and this node: 0 for the reads
    /// and for nodes outside of recurrences.
    ///
    /// # Panics
    /// When the graph has no such node.
    #[must_use]
    pub fn depth(&self, node: NodeId) -> u32 {
        self.depth[node.index()]
    }
}

/// The component of nodes that do not depend on themselves.
const FREE: u32 = u32::MAX;

/// What a node's value comes from, in this frame or an earlier one.
fn sources(graph: &Graph, id: NodeId) -> SmallVec<[NodeId; 4]> {
    let op = graph.op(id);
    let mut all: SmallVec<[NodeId; 4]> = SmallVec::from_slice(&op.operands());
    match op {
        Op::RegisterRead(r) => all.extend(graph.registers()[r.index()].next),
        Op::DelayRead(d, _) => all.extend(graph.lines()[d.index()].input),
        Op::TableRead(t, _) => {
            if let TableKind::Written {
                write: Some((index, value)),
                ..
            } = graph.tables()[t.index()].kind
            {
                all.extend([index, value]);
            }
        }
        Op::ExternOutput(x, _) => all.extend_from_slice(&graph.externs()[x.index()].inputs),
        _ => {}
    }
    all
}

fn components(graph: &Graph) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let mut component = vec![FREE; graph.len()];
    let mut visited = vec![NEW; graph.len()];
    let mut lowest = vec![0_u32; graph.len()];
    let mut on_path = vec![false; graph.len()];
    let mut path: Vec<NodeId> = Vec::new();
    let mut calls: Vec<(NodeId, SmallVec<[NodeId; 4]>)> = Vec::new();
    let mut next = 0;
    for (root, _) in graph.nodes() {
        if visited[root.index()] != NEW {
            continue;
        }
        calls.push((root, sources(graph, root)));
        while let Some((id, pending)) = calls.last_mut() {
            let (id, i) = (*id, id.index());
            if visited[i] == NEW {
                visited[i] = next;
                lowest[i] = next;
                next += 1;
                path.push(id);
                on_path[i] = true;
            }
            if let Some(source) = pending.pop() {
                let s = source.index();
                if visited[s] == NEW {
                    calls.push((source, sources(graph, source)));
                } else if on_path[s] {
                    lowest[i] = lowest[i].min(visited[s]);
                }
                continue;
            }
            calls.pop();
            if let Some((caller, _)) = calls.last() {
                let c = caller.index();
                lowest[c] = lowest[c].min(lowest[i]);
            }
            if lowest[i] == visited[i] {
                let alone = path.last() == Some(&id) && !sources(graph, id).contains(&id);
                while let Some(member) = path.pop() {
                    on_path[member.index()] = false;
                    if !alone {
                        component[member.index()] = visited[i];
                    }
                    if member == id {
                        break;
                    }
                }
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recurrence_is_what_depends_on_its_own_past() {
        let graph = Graph::parse(
            "graph f64 48000 inputs 1 {
               register r0 float 0.0 next %3
               line d0 1 to 8 input %3
               %0 = input 0
               %1 = register r0
               %2 = mul %1 %1
               %3 = add %2 %0
               %4 = i32 3
               %5 = delay d0 %4
               %6 = neg %3
               output %5 %6
             }",
        )
        .expect("a good text");
        let found = Recurrences::find(&graph);
        let inside: Vec<bool> = (0..graph.len())
            .map(|i| found.of(NodeId::new(i)).is_some())
            .collect();
        assert_eq!(inside, [false, true, true, true, false, false, false]);
        assert_eq!(found.depth(NodeId::new(1)), 0);
        assert_eq!(found.depth(NodeId::new(3)), 2);
        assert_eq!(found.of(NodeId::new(1)), found.of(NodeId::new(3)));
    }

    #[test]
    fn two_loops_in_a_row_are_two_recurrences() {
        let graph = Graph::parse(
            "graph f64 48000 inputs 0 {
               register r0 float 0.5 next %0
               register r1 float 0.0 next %2
               %0 = register r0
               %1 = register r1
               %2 = add %1 %0
               output %2
             }",
        )
        .expect("a good text");
        let found = Recurrences::find(&graph);
        let of = |i| found.of(NodeId::new(i)).expect("a recurrence");
        assert_ne!(of(0), of(1));
        assert_eq!(of(1), of(2));
    }
}
