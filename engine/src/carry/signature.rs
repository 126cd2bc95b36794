//! What a piece of state looks like from within its graph, as hashes.
//!
//! Every piece of state has a view *down*, what is written to it, and a view *up*, what becomes of it on the way
//! to outputs and other state; both end at state, which shows its colour only. Two pieces of two graphs look alike
//! when their hashes agree. [`super::align`] asks, and gives colours to what it has paired, so that the
//! neighbours of a pair are told apart by it (colour refinement, Weisfeiler and Leman 1968).
//!
//! Linear in the size of the graph for every question.

use synthc_ir::graph::{RegisterInit, TableKind};
use synthc_ir::{Const, Graph, NodeId, Op};

/// How much of an expression counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Everything, constants and names of controls too.
    Exact,
    /// The shape: whatever depends on constants and controls only is one thing.
    Shape,
}

/// One round of a multiplicative hash; good enough to tell expressions apart, cheap enough for all of them.
pub(super) const fn mix(hash: u64, x: u64) -> u64 {
    (hash ^ x)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(29)
        .wrapping_add(0x2545_f491_4f6c_dd1d)
}

/// The hash of some text.
pub(super) fn text(hash: u64, text: &str) -> u64 {
    let bytes = text.bytes().map(u64::from);
    bytes.fold(mix(hash, text.len() as u64), mix)
}

/// The pieces of state of a graph: registers, then lines, then tables, then externs.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    pub(super) graph: &'a Graph,
    /// What kind of state each is: only equals can be carried.
    pub(super) kinds: Vec<u64>,
    /// Whether it is state that a carry can move: fixed tables and externs are not.
    pub(super) carried: Vec<bool>,
    /// The hash of the name a person gave it.
    pub(super) names: Vec<Option<u64>>,
    /// The functions that were called where it was written.
    pub(super) paths: Vec<u64>,
    /// Whether a node depends on constants and controls only.
    parameter: Vec<bool>,
    lines: usize,
    tables: usize,
    externs: usize,
}

const PARAMETER: u64 = 1;
const DYNAMIC: u64 = 2;

impl<'a> Pieces<'a> {
    pub(super) fn of(graph: &'a Graph) -> Self {
        let mut kinds = Vec::new();
        let mut carried = Vec::new();
        let mut names = Vec::new();
        let mut paths = Vec::new();
        let path = |site: &Option<std::sync::Arc<synthc_ir::Site>>| {
            let calls = site.iter().flat_map(|site| site.calls.iter());
            calls.fold(0, |hash, call| text(hash, call))
        };
        let name = |name: &Option<std::sync::Arc<str>>| name.as_ref().map(|name| text(0, name));
        for register in graph.registers() {
            kinds.push(mix(10, register.ty as u64));
            carried.push(true);
            names.push(name(&register.name));
            paths.push(path(&register.site));
        }
        let lines = kinds.len();
        for line in graph.lines() {
            kinds.push(20);
            carried.push(true);
            names.push(name(&line.name));
            paths.push(path(&line.site));
        }
        let tables = kinds.len();
        for table in graph.tables() {
            carried.push(matches!(table.kind, TableKind::Written { .. }));
            // What kind a fixed table is, is what it holds.
            kinds.push(match &table.kind {
                TableKind::Written { .. } => 30,
                TableKind::ReadOnly(data) => data.iter().fold(31, |h, x| mix(h, x.to_bits())),
            });
            names.push(name(&table.name));
            paths.push(path(&table.site));
        }
        let externs = kinds.len();
        for instance in graph.externs() {
            kinds.push(text(40, instance.unit.name()));
            carried.push(false);
            names.push(None);
            paths.push(path(&instance.site));
        }
        let mut parameter = vec![false; graph.len()];
        for (id, node) in graph.nodes() {
            parameter[id.index()] = match node.op {
                Op::Input(_)
                | Op::RegisterRead(_)
                | Op::DelayRead(..)
                | Op::TableRead(..)
                | Op::ExternOutput(..) => false,
                op => op.operands().iter().all(|a| parameter[a.index()]),
            };
        }
        Self {
            graph,
            kinds,
            carried,
            names,
            paths,
            parameter,
            lines,
            tables,
            externs,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Where lines, tables and externs begin.
    pub(super) fn starts(&self) -> [usize; 3] {
        [self.lines, self.tables, self.externs]
    }

    /// What a register begins with: part of what it is, noise keys aside.
    fn init(&self, piece: usize) -> u64 {
        match self.graph.registers().get(piece).map(|r| r.init) {
            Some(RegisterInit::Const(value)) => constant(value),
            Some(RegisterInit::NoiseKey { word, .. }) => mix(50, u64::from(word)),
            None => 0,
        }
    }

    /// The colours before anything is paired.
    pub(super) fn first_colours(&self) -> Vec<u64> {
        (0..self.len())
            .map(|piece| mix(self.kinds[piece], self.init(piece)))
            .collect()
    }

    /// For every node the hash of its expression, state by its colour; `depth` operations deep.
    fn expressions(&self, detail: Detail, colours: &[u64], depth: Option<u32>) -> Vec<u64> {
        let own = |id: NodeId, op: Op| self.own(id, op, detail, colours);
        let nodes = self.graph.nodes();
        let mut hashes: Vec<u64> = nodes.map(|(id, node)| own(id, node.op)).collect();
        match depth {
            // Operands stand before their users: one sweep reaches any depth.
            None => {
                for (id, node) in self.graph.nodes() {
                    hashes[id.index()] = self.joined(hashes[id.index()], node.op, &hashes, detail);
                }
            }
            Some(depth) => {
                let flat = hashes.clone();
                for _ in 0..depth {
                    let shallow = hashes.clone();
                    for (id, node) in self.graph.nodes() {
                        let own = flat[id.index()];
                        hashes[id.index()] = self.joined(own, node.op, &shallow, detail);
                    }
                }
            }
        }
        hashes
    }

    fn joined(&self, own: u64, op: Op, hashes: &[u64], detail: Detail) -> u64 {
        if own == PARAMETER && detail == Detail::Shape {
            return own;
        }
        let operands = op.operands();
        let hash = |a: &NodeId| hashes[a.index()];
        if commutes(op) {
            let sum = operands.iter().map(hash).fold(0, u64::wrapping_add);
            return mix(own, sum);
        }
        operands.iter().map(hash).fold(own, mix)
    }

    /// The hash of an operation without its operands.
    fn own(&self, id: NodeId, op: Op, detail: Detail, colours: &[u64]) -> u64 {
        if detail == Detail::Shape && self.parameter[id.index()] {
            return PARAMETER;
        }
        match op {
            Op::Const(value) => constant(value),
            Op::Control(control) => text(60, &self.graph.controls()[control.index()].name),
            Op::Input(index) => mix(61, u64::from(index)),
            Op::RegisterRead(id) => mix(62, colours[id.index()]),
            Op::DelayRead(id, _) => mix(63, colours[self.lines + id.index()]),
            Op::TableRead(id, _) => mix(64, colours[self.tables + id.index()]),
            Op::ExternOutput(id, port) => {
                mix(mix(65, colours[self.externs + id.index()]), u64::from(port))
            }
            _ => text(66, op.name()),
        }
    }

    /// What is written to every piece of state.
    pub(super) fn down(&self, detail: Detail, colours: &[u64], depth: Option<u32>) -> Vec<u64> {
        let hashes = self.expressions(detail, colours, depth);
        let of = |id: NodeId| hashes[id.index()];
        let written = |a: Option<NodeId>| a.map_or(0, of);
        let graph = self.graph;
        let registers = graph.registers().iter().map(|r| written(r.next));
        let lines = graph.lines().iter().map(|l| written(l.input));
        let tables = graph.tables().iter().map(|table| match table.kind {
            TableKind::Written {
                write: Some((index, value)),
                ..
            } => mix(of(index), of(value)),
            _ => 0,
        });
        let externs = graph
            .externs()
            .iter()
            .map(|e| e.inputs.iter().map(|&input| of(input)).fold(0, mix));
        registers
            .chain(lines)
            .chain(tables)
            .chain(externs)
            .collect()
    }

    /// What becomes of every piece of state. Dynamic siblings on the way do not count: what is put beside it, or
    /// before it, does not change what it is.
    pub(super) fn up(&self, detail: Detail, colours: &[u64]) -> Vec<u64> {
        let exact = match detail {
            Detail::Exact => self.expressions(detail, colours, None),
            Detail::Shape => Vec::new(),
        };
        let sibling = |id: NodeId| match (self.parameter[id.index()], detail) {
            (true, Detail::Exact) => exact[id.index()],
            (true, Detail::Shape) => PARAMETER,
            (false, _) => DYNAMIC,
        };
        let graph = self.graph;
        let mut up = vec![0u64; graph.len()];
        let mut add = |id: NodeId, hash: u64| {
            let place = &mut up[id.index()];
            *place = place.wrapping_add(hash);
        };
        for (index, &output) in graph.outputs().iter().enumerate() {
            add(output, mix(70, index as u64));
        }
        for (piece, register) in graph.registers().iter().enumerate() {
            if let Some(next) = register.next {
                add(next, mix(71, colours[piece]));
            }
        }
        for (index, line) in graph.lines().iter().enumerate() {
            if let Some(input) = line.input {
                add(input, mix(72, colours[self.lines + index]));
            }
        }
        for (index, table) in graph.tables().iter().enumerate() {
            if let TableKind::Written {
                write: Some((at, value)),
                ..
            } = table.kind
            {
                add(at, mix(73, colours[self.tables + index]));
                add(value, mix(74, colours[self.tables + index]));
            }
        }
        for (index, instance) in graph.externs().iter().enumerate() {
            for (port, &input) in instance.inputs.iter().enumerate() {
                let colour = colours[self.externs + index];
                add(input, mix(mix(75, colour), port as u64));
            }
        }
        let mut reads = vec![0u64; self.len()];
        for index in (0..graph.len()).rev() {
            let id = NodeId::new(index);
            let node = graph.node(id);
            let above = up[id.index()];
            let operands = node.op.operands();
            let piece = match node.op {
                Op::RegisterRead(register) => Some(register.index()),
                Op::DelayRead(line, _) => Some(self.lines + line.index()),
                Op::TableRead(table, _) => Some(self.tables + table.index()),
                Op::ExternOutput(instance, _) => Some(self.externs + instance.index()),
                _ => None,
            };
            if let Some(piece) = piece {
                let at = operands.first().map_or(0, |&offset| sibling(offset));
                reads[piece] = reads[piece].wrapping_add(mix(at, above));
            }
            for (place, &operand) in operands.iter().enumerate() {
                let place = if commutes(node.op) { 0 } else { place as u64 };
                let own = mix(text(76, node.op.name()), place);
                let others = operands
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| operands[*i] != operand)
                    .map(|(_, &other)| sibling(other));
                let hash = mix(others.fold(own, u64::wrapping_add), above);
                up[operand.index()] = up[operand.index()].wrapping_add(hash);
            }
        }
        reads
    }
}

fn commutes(op: Op) -> bool {
    matches!(op, Op::Binary(op, ..) if op.is_commutative())
}

fn constant(value: Const) -> u64 {
    match value {
        Const::Float(x) => mix(80, x.to_bits()),
        Const::I32(x) => mix(81, u64::from(x.cast_unsigned())),
        Const::I64(x) => mix(82, x.cast_unsigned()),
        Const::Bool(x) => mix(83, u64::from(x)),
    }
}
