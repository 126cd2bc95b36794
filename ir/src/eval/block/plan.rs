//! What runs in which order: units of one item each, or of a recurrence, and the buffer of every
//! node.
//!
//! An item is a node or a write (to a delay line, to a table, to an extern). A delay of at least a
//! chunk is no dependency within a chunk, so most loops through delay lines are no recurrences here.

use super::arena::CHUNK;
use crate::analysis::{Rate, Rates};
use crate::graph::{Graph, NodeId, Op, TableKind};
use crate::types::Type;

/// Something that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Node(NodeId),
    Line(usize),
    Table(usize),
    Extern(usize),
}

/// Items that run together: one by chunks, several frame by frame.
pub(super) struct Unit {
    pub(super) items: Vec<Item>,
    /// Whether it depends on itself.
    pub(super) recurrent: bool,
}

/// The order of everything, and where values are.
pub(super) struct Plan {
    /// What is computed once, in order.
    pub(super) fixed: Vec<NodeId>,
    /// What is computed when a control has changed, in order.
    pub(super) control: Vec<NodeId>,
    /// What is computed in every chunk, in order.
    pub(super) units: Vec<Unit>,
    /// Buffer of every node, within those of its type.
    pub(super) buffers: Vec<usize>,
    /// Number of buffers: floats, 32-bit integers, 64-bit integers, bools.
    pub(super) counts: [usize; 4],
}

/// The place of a type's buffers in [`Plan::counts`].
fn pool(ty: Type) -> usize {
    match ty {
        Type::Float => 0,
        Type::I32 => 1,
        Type::I64 => 2,
        Type::Bool => 3,
    }
}

impl Plan {
    pub(super) fn new(graph: &Graph) -> Self {
        // A verified graph has no cycle within a frame; an unverified one computes nothing.
        let order = graph.schedule().unwrap_or_default();
        let rates = Rates::infer(graph);
        let at = |wanted: fn(Rate) -> bool| {
            let nodes = order.iter().copied();
            nodes.filter(|&id| wanted(rates.of(id))).collect::<Vec<_>>()
        };
        let fixed = at(|rate| rate < Rate::Control);
        let control = at(|rate| rate == Rate::Control);
        let units = Items::new(graph, &order, &rates).units();
        let mut plan = Self {
            fixed,
            control,
            units,
            buffers: vec![usize::MAX; graph.len()],
            counts: [0; 4],
        };
        plan.assign(graph);
        plan
    }

    /// Gives every value a buffer, used again after the last unit that reads it.
    fn assign(&mut self, graph: &Graph) {
        let mut free: [Vec<usize>; 4] = Default::default();
        let resting: Vec<NodeId> = self.fixed.iter().chain(&self.control).copied().collect();
        let inputs = graph.nodes().filter(|(_, n)| matches!(n.op, Op::Input(_)));
        for id in resting.into_iter().chain(inputs.map(|(id, _)| id)) {
            self.place(graph, id, &mut free);
        }
        let mut last = vec![0; graph.len()];
        for (i, unit) in self.units.iter().enumerate() {
            for operand in unit.items.iter().flat_map(|&item| reads(graph, item)) {
                last[operand.index()] = i;
            }
        }
        for output in graph.outputs() {
            last[output.index()] = usize::MAX;
        }
        let mut dying: Vec<Vec<NodeId>> = vec![Vec::new(); self.units.len()];
        for i in 0..self.units.len() {
            for at in 0..self.units[i].items.len() {
                if let Item::Node(id) = self.units[i].items[at] {
                    self.place(graph, id, &mut free);
                    if let Some(dying) = dying.get_mut(last[id.index()].max(i)) {
                        dying.push(id);
                    }
                }
            }
            for id in std::mem::take(&mut dying[i]) {
                free[pool(graph.ty(id))].push(self.buffers[id.index()]);
            }
        }
    }

    fn place(&mut self, graph: &Graph, id: NodeId, free: &mut [Vec<usize>; 4]) {
        let pool = pool(graph.ty(id));
        self.buffers[id.index()] = free[pool].pop().unwrap_or_else(|| {
            self.counts[pool] += 1;
            self.counts[pool] - 1
        });
    }
}

/// The nodes whose buffers an item reads.
fn reads(graph: &Graph, item: Item) -> Vec<NodeId> {
    match item {
        Item::Node(id) => {
            let op = graph.op(id);
            let mut all: Vec<NodeId> = op.operands().into_iter().collect();
            if let Op::RegisterRead(r) = op {
                all.extend(graph.registers()[r.index()].next);
            }
            all
        }
        Item::Line(line) => graph.lines()[line].input.into_iter().collect(),
        Item::Table(table) => match graph.tables()[table].kind {
            TableKind::Written {
                write: Some((index, value)),
                ..
            } => vec![index, value],
            _ => Vec::new(),
        },
        Item::Extern(instance) => graph.externs()[instance].inputs.clone(),
    }
}

/// All audio-rate items of a graph, numbered.
struct Items<'g> {
    graph: &'g Graph,
    all: Vec<Item>,
    /// Number of a node's item, if it has one.
    of_node: Vec<Option<usize>>,
    of_line: Vec<Option<usize>>,
    of_table: Vec<Option<usize>>,
    of_extern: Vec<usize>,
    /// Reads of each written table.
    table_reads: Vec<Vec<usize>>,
    /// Order within a frame.
    key: Vec<usize>,
}

impl<'g> Items<'g> {
    fn new(graph: &'g Graph, order: &[NodeId], rates: &Rates) -> Self {
        let mut items = Self {
            graph,
            all: Vec::new(),
            of_node: vec![None; graph.len()],
            of_line: vec![None; graph.lines().len()],
            of_table: vec![None; graph.tables().len()],
            of_extern: Vec::new(),
            table_reads: vec![Vec::new(); graph.tables().len()],
            key: Vec::new(),
        };
        let mut position = vec![0; graph.len()];
        for (i, &id) in order.iter().enumerate() {
            position[id.index()] = 2 * i;
            if rates.of(id) == Rate::Audio && !matches!(graph.op(id), Op::Input(_)) {
                let number = items.push(Item::Node(id), 2 * i);
                items.of_node[id.index()] = Some(number);
                if let Op::TableRead(table, _) = graph.op(id) {
                    items.table_reads[table.index()].push(number);
                }
            }
        }
        // Writes come right after the last value they need.
        let after = |item: Item| {
            let needed = reads(graph, item).into_iter();
            needed.map(|id| position[id.index()] + 1).max().unwrap_or(0)
        };
        for (i, line) in graph.lines().iter().enumerate() {
            if line.input.is_some() {
                items.of_line[i] = Some(items.push(Item::Line(i), after(Item::Line(i))));
            }
        }
        for (i, table) in graph.tables().iter().enumerate() {
            if let TableKind::Written { write: Some(_), .. } = table.kind {
                items.of_table[i] = Some(items.push(Item::Table(i), after(Item::Table(i))));
            }
        }
        for i in 0..graph.externs().len() {
            let number = items.push(Item::Extern(i), after(Item::Extern(i)));
            items.of_extern.push(number);
        }
        items
    }

    fn push(&mut self, item: Item, key: usize) -> usize {
        self.all.push(item);
        self.key.push(key);
        self.all.len() - 1
    }

    /// What an item waits for within a chunk.
    fn sources(&self, number: usize) -> Vec<usize> {
        let item = self.all[number];
        let needed = reads(self.graph, item).into_iter();
        let mut all: Vec<usize> = needed.filter_map(|id| self.of_node[id.index()]).collect();
        match item {
            Item::Node(id) => match self.graph.op(id) {
                Op::DelayRead(line, _)
                    if (self.graph.lines()[line.index()].min as usize) < CHUNK =>
                {
                    all.extend(self.of_line[line.index()]);
                }
                Op::TableRead(table, _) => all.extend(self.of_table[table.index()]),
                Op::ExternOutput(instance, _) => all.push(self.of_extern[instance.index()]),
                _ => {}
            },
            // A write must not overtake the reads of earlier frames: both go frame by frame.
            Item::Table(table) => all.extend_from_slice(&self.table_reads[table]),
            Item::Line(_) | Item::Extern(_) => {}
        }
        all
    }

    /// Strongly connected components in an order in which each follows what it waits for (Tarjan
    /// 1972, with an explicit stack).
    fn units(&self) -> Vec<Unit> {
        const NEW: usize = usize::MAX;
        let mut units = Vec::new();
        let mut visited = vec![NEW; self.all.len()];
        let mut lowest = vec![0; self.all.len()];
        let mut on_path = vec![false; self.all.len()];
        let (mut path, mut calls) = (Vec::new(), Vec::new());
        let mut next = 0;
        for root in 0..self.all.len() {
            if visited[root] != NEW {
                continue;
            }
            calls.push((root, self.sources(root)));
            while let Some((item, pending)) = calls.last_mut() {
                let item = *item;
                if visited[item] == NEW {
                    (visited[item], lowest[item]) = (next, next);
                    next += 1;
                    path.push(item);
                    on_path[item] = true;
                }
                if let Some(source) = pending.pop() {
                    if visited[source] == NEW {
                        calls.push((source, self.sources(source)));
                    } else if on_path[source] {
                        lowest[item] = lowest[item].min(visited[source]);
                    }
                    continue;
                }
                calls.pop();
                if let Some((caller, _)) = calls.last() {
                    lowest[*caller] = lowest[*caller].min(lowest[item]);
                }
                if lowest[item] == visited[item] {
                    let first = path.iter().rposition(|&i| i == item).unwrap_or(0);
                    let members = path.split_off(first);
                    for &member in &members {
                        on_path[member] = false;
                    }
                    units.push(self.unit(members));
                }
            }
        }
        units
    }

    fn unit(&self, mut members: Vec<usize>) -> Unit {
        members.sort_by_key(|&i| self.key[i]);
        let recurrent = match *members {
            [one] => self.sources(one).contains(&one),
            _ => true,
        };
        Unit {
            items: members.iter().map(|&i| self.all[i]).collect(),
            recurrent,
        }
    }
}
