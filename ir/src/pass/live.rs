//! What of a graph is needed: nodes that outputs or externs wait for, and the state they read.
//!
//! Every walk of the passes asks for it, so that dead code is neither rewritten nor counted as a
//! user, and is gone after the walk.

use super::Origin;
use crate::graph::{Graph, LineId, NodeId, Op, RegisterId, TableId, TableKind};

/// The nodes and the state of one graph that are needed.
pub(super) struct Live {
    nodes: Vec<bool>,
    registers: Vec<bool>,
    lines: Vec<bool>,
    tables: Vec<bool>,
}

impl Live {
    /// Finds what outputs and externs need, in linear time and without recursion. State is needed
    /// when something needed reads it, and needs what it is written with.
    pub(super) fn of(graph: &Graph) -> Self {
        let mut search = Search {
            live: Self::filled(graph, false),
            waiting: Vec::new(),
        };
        search.need(graph.outputs().iter().copied());
        for instance in graph.externs() {
            search.need(instance.inputs.iter().copied());
        }
        while let Some(id) = search.waiting.pop() {
            let op = graph.op(id);
            search.need(op.operands());
            match op {
                Op::RegisterRead(r) => {
                    search.live.registers[r.index()] = true;
                    search.need(graph.registers()[r.index()].next);
                }
                Op::DelayRead(d, _) => {
                    search.live.lines[d.index()] = true;
                    search.need(graph.lines()[d.index()].input);
                }
                Op::TableRead(t, _) => {
                    search.live.tables[t.index()] = true;
                    if let TableKind::Written {
                        write: Some((index, value)),
                        ..
                    } = graph.tables()[t.index()].kind
                    {
                        search.need([index, value]);
                    }
                }
                _ => {}
            }
        }
        search.live
    }

    /// Everything, needed or not: for a pass that runs alone and leaves dead code to
    /// [`dce`](super::dce()).
    pub(super) fn all(graph: &Graph) -> Self {
        Self::filled(graph, true)
    }

    fn filled(graph: &Graph, value: bool) -> Self {
        Self {
            nodes: vec![value; graph.len()],
            registers: vec![value; graph.registers().len()],
            lines: vec![value; graph.lines().len()],
            tables: vec![value; graph.tables().len()],
        }
    }

    pub(super) fn node(&self, id: NodeId) -> bool {
        self.nodes[id.index()]
    }

    pub(super) fn register(&self, id: RegisterId) -> bool {
        self.registers[id.index()]
    }

    /// Number of registers that are needed.
    pub(super) fn register_count(&self) -> usize {
        self.registers.iter().filter(|&&live| live).count()
    }

    /// Whether there is nothing to drop.
    pub(super) fn is_all(&self) -> bool {
        let all = |live: &[bool]| live.iter().all(|live| *live);
        [&self.nodes, &self.registers, &self.lines, &self.tables]
            .into_iter()
            .all(|live| all(live))
    }

    /// Drops state from a graph that begins as a copy of the one this was made of; says which
    /// state is left, and how reads of it are renumbered.
    pub(super) fn retain(&self, graph: &mut Graph) -> (Origin, Renumbered) {
        graph.retain_state(|i| self.registers[i], |i| self.lines[i], |i| self.tables[i]);
        let origin = Origin {
            registers: kept(&self.registers).map(RegisterId::new).collect(),
            lines: kept(&self.lines).map(LineId::new).collect(),
            tables: kept(&self.tables).map(TableId::new).collect(),
            merged: Vec::new(),
        };
        let renumbered = Renumbered {
            registers: dense(&self.registers),
            lines: dense(&self.lines),
            tables: dense(&self.tables),
        };
        (origin, renumbered)
    }

    /// How often each node is used by what is needed: as an operand, as an output, or by state.
    pub(super) fn uses(&self, graph: &Graph) -> Vec<u32> {
        let mut uses = vec![0_u32; graph.len()];
        for (id, node) in graph.nodes() {
            if self.node(id) {
                for operand in node.op.operands() {
                    uses[operand.index()] += 1;
                }
            }
        }
        let mut count = |root: NodeId| uses[root.index()] += 1;
        graph.outputs().iter().copied().for_each(&mut count);
        for (i, register) in graph.registers().iter().enumerate() {
            if self.registers[i] {
                register.next.into_iter().for_each(&mut count);
            }
        }
        for (i, line) in graph.lines().iter().enumerate() {
            if self.lines[i] {
                line.input.into_iter().for_each(&mut count);
            }
        }
        for (i, table) in graph.tables().iter().enumerate() {
            if let TableKind::Written {
                write: Some((index, value)),
                ..
            } = table.kind
                && self.tables[i]
            {
                count(index);
                count(value);
            }
        }
        for instance in graph.externs() {
            instance.inputs.iter().copied().for_each(&mut count);
        }
        uses
    }
}

/// New numbers of the state that was kept.
pub(super) struct Renumbered {
    registers: Vec<usize>,
    lines: Vec<usize>,
    tables: Vec<usize>,
}

impl Renumbered {
    /// An operation with the state it reads renumbered.
    pub(super) fn op(&self, op: Op) -> Op {
        match op {
            Op::RegisterRead(r) => Op::RegisterRead(RegisterId::new(self.registers[r.index()])),
            Op::DelayRead(d, a) => Op::DelayRead(LineId::new(self.lines[d.index()]), a),
            Op::TableRead(t, a) => Op::TableRead(TableId::new(self.tables[t.index()]), a),
            other => other,
        }
    }
}

fn kept(live: &[bool]) -> impl Iterator<Item = usize> {
    live.iter()
        .enumerate()
        .filter_map(|(i, live)| live.then_some(i))
}

/// New index of every entry, counting live ones only.
fn dense(live: &[bool]) -> Vec<usize> {
    live.iter()
        .scan(0, |next, live| {
            let index = *next;
            *next += usize::from(*live);
            Some(index)
        })
        .collect()
}

struct Search {
    live: Live,
    waiting: Vec<NodeId>,
}

impl Search {
    fn need(&mut self, nodes: impl IntoIterator<Item = NodeId>) {
        for id in nodes {
            if !std::mem::replace(&mut self.live.nodes[id.index()], true) {
                self.waiting.push(id);
            }
        }
    }
}
