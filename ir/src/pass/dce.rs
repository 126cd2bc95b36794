//! Dead code: nodes that no output needs go, and with them the state that nothing but its own
//! update reads.
//!
//! Externs stay, inputs and all: they may do something besides their outputs. Controls stay, used
//! or not: people and patterns set them by name and number.

use std::collections::VecDeque;

use super::Origin;
use crate::graph::{Graph, LineId, NodeId, Op, RegisterId, TableId, TableKind};

/// Drops what is dead. Surviving state keeps its order and gets dense numbers; the origin says
/// which number it had.
#[must_use]
pub fn dce(graph: &Graph) -> (Graph, Origin) {
    let live = Live::of(graph);
    let origin = Origin {
        registers: kept(&live.registers).map(RegisterId::new).collect(),
        lines: kept(&live.lines).map(LineId::new).collect(),
        tables: kept(&live.tables).map(TableId::new).collect(),
    };
    let (registers, lines, tables) = (
        dense(&live.registers),
        dense(&live.lines),
        dense(&live.tables),
    );
    let mut new = graph.without_nodes();
    new.retain_state(|i| live.registers[i], |i| live.lines[i], |i| live.tables[i]);
    // Dead nodes map to the first one; nothing that survives names them.
    let mut map = vec![NodeId::new(0); graph.len()];
    for (id, node) in graph.nodes() {
        if !live.nodes[id.index()] {
            continue;
        }
        let op = match node.op {
            Op::RegisterRead(r) => Op::RegisterRead(RegisterId::new(registers[r.index()])),
            Op::DelayRead(d, a) => Op::DelayRead(LineId::new(lines[d.index()]), a),
            Op::TableRead(t, a) => Op::TableRead(TableId::new(tables[t.index()]), a),
            other => other,
        };
        let op = op.map_operands(|operand| map[operand.index()]);
        map[id.index()] = new.insert_at(op, node.site.as_ref());
    }
    new.set_outputs(graph.outputs().to_vec());
    new.map_roots(|old| map[old.index()]);
    (new, origin)
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

struct Live {
    nodes: Vec<bool>,
    registers: Vec<bool>,
    lines: Vec<bool>,
    tables: Vec<bool>,
    waiting: VecDeque<NodeId>,
}

impl Live {
    fn of(graph: &Graph) -> Self {
        let mut live = Self {
            nodes: vec![false; graph.len()],
            registers: vec![false; graph.registers().len()],
            lines: vec![false; graph.lines().len()],
            tables: vec![false; graph.tables().len()],
            waiting: VecDeque::new(),
        };
        live.need(graph.outputs().iter().copied());
        for instance in graph.externs() {
            live.need(instance.inputs.iter().copied());
        }
        while let Some(id) = live.waiting.pop_front() {
            let op = graph.op(id);
            live.need(op.operands());
            match op {
                Op::RegisterRead(r) => {
                    live.registers[r.index()] = true;
                    live.need(graph.registers()[r.index()].next);
                }
                Op::DelayRead(d, _) => {
                    live.lines[d.index()] = true;
                    live.need(graph.lines()[d.index()].input);
                }
                Op::TableRead(t, _) => {
                    live.tables[t.index()] = true;
                    if let TableKind::Written {
                        write: Some((index, value)),
                        ..
                    } = graph.tables()[t.index()].kind
                    {
                        live.need([index, value]);
                    }
                }
                _ => {}
            }
        }
        live
    }

    fn need(&mut self, nodes: impl IntoIterator<Item = NodeId>) {
        for id in nodes {
            if !std::mem::replace(&mut self.nodes[id.index()], true) {
                self.waiting.push_back(id);
            }
        }
    }
}
