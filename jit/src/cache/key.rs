//! What the code of a graph depends on: two graphs of one key have the same code, layout and tables.
//!
//! Everything in a graph is in its key except what only people and states look at: sites, names of
//! state and of controls, what a control starts at, its step and the length of its smoothing, and
//! which unit an extern is. A program takes these from its own graph.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use synthc_ir::graph::{DelayLine, ExternInstance, Register, RegisterInit, Table, TableKind};
use synthc_ir::{Control, Graph, NodeId, Op, Precision, Type};

use crate::literal::Class;
use crate::options::CompileOptions;

/// What stands for literals in place of nodes, one for each class: beyond the number of any node.
const LITERALS: usize = 1 << 24;
/// Cells of a read-only table that its hash looks at. Equality looks at all.
const HASHED_CELLS: usize = 16;

/// The content of a graph and how to compile it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    options: CompileOptions,
    precision: Precision,
    sample_rate: u64,
    inputs: u32,
    nodes: Vec<Op>,
    outputs: Vec<NodeId>,
    controls: Vec<ControlKey>,
    registers: Vec<(Type, RegisterInit, Option<NodeId>)>,
    lines: Vec<(u32, u32, Option<NodeId>)>,
    tables: Vec<TableKey>,
    externs: Vec<(Vec<NodeId>, usize)>,
}

/// The range of a control, and whether it moves.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ControlKey {
    lo: u64,
    hi: u64,
    moves: bool,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum TableKey {
    ReadOnly(Cells),
    Written {
        len: u32,
        init: u64,
        write: Option<(NodeId, NodeId)>,
    },
}

/// Cells compared by their bits.
#[derive(Debug)]
struct Cells(Arc<[f64]>);

impl PartialEq for Cells {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (&self.0, &other.0);
        let same = |(x, y): (&f64, &f64)| x.to_bits() == y.to_bits();
        Arc::ptr_eq(a, b) || (a.len() == b.len() && a.iter().zip(&**b).all(same))
    }
}

impl Eq for Cells {}

impl Hash for Cells {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.len().hash(state);
        for cell in self.0.iter().take(HASHED_CELLS) {
            cell.to_bits().hash(state);
        }
    }
}

impl Key {
    /// The key of a graph: linear, a few nanoseconds a node. Structures are taken apart by name, so
    /// that a field that is new has to be thought of here.
    pub(crate) fn of(graph: &Graph, options: CompileOptions) -> Self {
        let control = |control: &Arc<Control>| {
            let Control {
                name: _,
                init: _,
                lo,
                hi,
                step: _,
                smoothing: _,
            } = &**control;
            ControlKey {
                lo: lo.to_bits(),
                hi: hi.to_bits(),
                moves: control.smoothing_seconds().is_some(),
            }
        };
        let register = |register: &Register| {
            let Register {
                ty,
                init,
                next,
                name: _,
                site: _,
            } = *register;
            (ty, init, next)
        };
        let line = |line: &DelayLine| {
            let DelayLine {
                input,
                min,
                max,
                name: _,
                site: _,
            } = *line;
            (min, max, input)
        };
        let table = |table: &Table| {
            let Table {
                kind,
                name: _,
                site: _,
            } = table;
            match kind {
                TableKind::ReadOnly(cells) => TableKey::ReadOnly(Cells(Arc::clone(cells))),
                TableKind::Written { len, init, write } => TableKey::Written {
                    len: *len,
                    init: init.to_bits(),
                    write: *write,
                },
            }
        };
        let external = |instance: &ExternInstance| {
            let ExternInstance {
                unit,
                inputs,
                site: _,
            } = instance;
            (inputs.clone(), unit.outputs())
        };
        Self {
            options,
            precision: graph.precision(),
            sample_rate: graph.sample_rate().to_bits(),
            inputs: graph.input_count(),
            nodes: graph.nodes().map(|(_, node)| node.op).collect(),
            outputs: graph.outputs().to_vec(),
            controls: graph.controls().iter().map(control).collect(),
            registers: graph.registers().iter().map(register).collect(),
            lines: graph.lines().iter().map(line).collect(),
            tables: graph.tables().iter().map(table).collect(),
            externs: graph.externs().iter().map(external).collect(),
        }
    }

    /// The key of what a graph computes whatever some of its numbers are. `is_literal` says which nodes these are. `class` is
    /// asked for every use of one by an operation, or by what else names a node, in an order that the structure alone decides.
    pub(crate) fn of_structure(
        graph: &Graph,
        options: CompileOptions,
        is_literal: impl Fn(NodeId) -> bool,
        mut class: impl FnMut(Option<Op>, NodeId) -> Class,
    ) -> Self {
        let mut key = Self::of(graph, options);
        let mut numbers = vec![NodeId::new(0); graph.len()];
        let mut place = |numbers: &[NodeId], user: Option<Op>, id: NodeId| {
            if is_literal(id) {
                NodeId::new(LITERALS + class(user, id) as usize)
            } else {
                numbers[id.index()]
            }
        };
        let mut nodes = Vec::with_capacity(key.nodes.len());
        for (id, node) in graph.nodes() {
            if is_literal(id) {
                continue;
            }
            let op = node
                .op
                .map_operands(|operand| place(&numbers, Some(node.op), operand));
            numbers[id.index()] = NodeId::new(nodes.len());
            nodes.push(op);
        }
        key.nodes = nodes;
        let mut root = |id: NodeId| place(&numbers, None, id);
        key.outputs.iter_mut().for_each(|id| *id = root(*id));
        let registers = key
            .registers
            .iter_mut()
            .filter_map(|(_, _, next)| next.as_mut());
        registers.for_each(|id| *id = root(*id));
        let lines = key
            .lines
            .iter_mut()
            .filter_map(|(_, _, input)| input.as_mut());
        lines.for_each(|id| *id = root(*id));
        for table in &mut key.tables {
            if let TableKey::Written {
                write: Some((index, value)),
                ..
            } = table
            {
                (*index, *value) = (root(*index), root(*value));
            }
        }
        for (inputs, _) in &mut key.externs {
            inputs.iter_mut().for_each(|id| *id = root(*id));
        }
        key
    }

    /// Bytes it keeps alive.
    pub(crate) fn bytes(&self) -> usize {
        let cells = self.tables.iter().map(|table| match table {
            TableKey::ReadOnly(cells) => size_of_val(&*cells.0),
            TableKey::Written { .. } => 0,
        });
        let inputs = self.externs.iter().map(|(inputs, _)| inputs.len());
        size_of::<Self>()
            + size_of_val(&*self.nodes)
            + size_of_val(&*self.outputs)
            + size_of_val(&*self.controls)
            + size_of_val(&*self.registers)
            + size_of_val(&*self.lines)
            + size_of_val(&*self.tables)
            + size_of_val(&*self.externs)
            + inputs.sum::<usize>() * size_of::<NodeId>()
            + cells.sum::<usize>()
    }
}
