//! The graph: what the compiler holds. Typed tables indexed by newtype ids.
//!
//! Pure nodes are hash-consed (inserting an operation twice gives one node); state — registers,
//! delay lines, tables, externs — keeps its identity. A node's explicit operands always have
//! smaller ids than the node; dependencies through state that is written and read in one frame
//! do not, so execution order comes from [`Graph::schedule`].

mod build;
mod entity;
mod hash;
mod schedule;
mod state;

pub(crate) use build::MAX_TABLE_CELLS;
pub use build::{BuildError, BuildOptions, MAX_LINE_FRAMES};
pub use entity::{ControlId, ExternId, LineId, NodeId, RegisterId, TableId};
pub use hash::{BuildOpHasher, OpHasher};
pub use schedule::ZeroDelayCycle;
pub use state::{DelayLine, ExternInstance, Register, RegisterInit, Table, TableKind};

use std::sync::Arc;

use smallvec::SmallVec;

use crate::control::Control;
use crate::op::{BinaryOp, CastOp, CompareOp, UnaryOp};
use crate::site::Site;
use crate::types::{Const, Precision, Type};

/// One operation with its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A constant.
    Const(Const),
    /// The sample rate in Hz, a float.
    SampleRate,
    /// The present frame of an audio input, a float.
    Input(u32),
    /// The present value of a control, a float.
    Control(ControlId),
    /// An operation of one operand.
    Unary(UnaryOp, NodeId),
    /// An operation of two operands of one type.
    Binary(BinaryOp, NodeId, NodeId),
    /// A comparison of two operands of one type; a bool.
    Compare(CompareOp, NodeId, NodeId),
    /// `condition ? a : b`; the operands are (condition, a, b).
    Select(NodeId, NodeId, NodeId),
    /// A conversion.
    Cast(CastOp, NodeId),
    /// a·b + c with one rounding, floats.
    Fma(NodeId, NodeId, NodeId),
    /// The value a register holds in this frame: its `next` of the frame before.
    RegisterRead(RegisterId),
    /// The input of a delay line some frames ago; the offset (`i32`) is clamped to the line's
    /// `[min, max]`.
    DelayRead(LineId, NodeId),
    /// The cell of a table at an index (`i32`) clamped to the table; this frame's write, if any,
    /// has happened.
    TableRead(TableId, NodeId),
    /// One output of an extern in this frame.
    ExternOutput(ExternId, u32),
}

impl Op {
    /// The name in the text form.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Const(Const::Float(_)) => "float",
            Self::Const(Const::I32(_)) => "i32",
            Self::Const(Const::I64(_)) => "i64",
            Self::Const(Const::Bool(_)) => "bool",
            Self::SampleRate => "sample_rate",
            Self::Input(_) => "input",
            Self::Control(_) => "control",
            Self::Unary(op, _) => op.name(),
            Self::Binary(op, ..) => op.name(),
            Self::Compare(op, ..) => op.name(),
            Self::Select(..) => "select",
            Self::Cast(op, _) => op.name(),
            Self::Fma(..) => "fma",
            Self::RegisterRead(_) => "register",
            Self::DelayRead(..) => "delay",
            Self::TableRead(..) => "table",
            Self::ExternOutput(..) => "extern",
        }
    }

    /// The explicit operands, in order.
    #[must_use]
    pub fn operands(&self) -> SmallVec<[NodeId; 3]> {
        let (all, count) = match *self {
            Self::Const(_)
            | Self::SampleRate
            | Self::Input(_)
            | Self::Control(_)
            | Self::RegisterRead(_)
            | Self::ExternOutput(..) => return SmallVec::new(),
            Self::Unary(_, a)
            | Self::Cast(_, a)
            | Self::DelayRead(_, a)
            | Self::TableRead(_, a) => ([a; 3], 1),
            Self::Binary(_, a, b) | Self::Compare(_, a, b) => ([a, b, b], 2),
            Self::Select(a, b, c) | Self::Fma(a, b, c) => ([a, b, c], 3),
        };
        SmallVec::from_buf_and_len(all, count)
    }

    /// The same operation with every explicit operand replaced.
    #[must_use]
    pub fn map_operands(self, mut f: impl FnMut(NodeId) -> NodeId) -> Self {
        match self {
            Self::Const(_)
            | Self::SampleRate
            | Self::Input(_)
            | Self::Control(_)
            | Self::RegisterRead(_)
            | Self::ExternOutput(..) => self,
            Self::Unary(op, a) => Self::Unary(op, f(a)),
            Self::Cast(op, a) => Self::Cast(op, f(a)),
            Self::DelayRead(line, a) => Self::DelayRead(line, f(a)),
            Self::TableRead(table, a) => Self::TableRead(table, f(a)),
            Self::Binary(op, a, b) => Self::Binary(op, f(a), f(b)),
            Self::Compare(op, a, b) => Self::Compare(op, f(a), f(b)),
            Self::Select(a, b, c) => Self::Select(f(a), f(b), f(c)),
            Self::Fma(a, b, c) => Self::Fma(f(a), f(b), f(c)),
        }
    }
}

/// An operation, the type of its result and where it was written.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// The type of the result.
    pub ty: Type,
    /// The nearest place a person wrote, where known.
    pub site: Option<Arc<Site>>,
}

/// A program of synchronous dataflow: every frame, each node has one value.
#[derive(Clone, Debug)]
pub struct Graph {
    precision: Precision,
    sample_rate: f64,
    inputs: u32,
    nodes: Vec<Node>,
    known: hash::Interner,
    controls: Vec<Arc<Control>>,
    registers: Vec<Register>,
    lines: Vec<DelayLine>,
    tables: Vec<Table>,
    externs: Vec<ExternInstance>,
    outputs: Vec<NodeId>,
}

impl Graph {
    /// An empty graph of a width for a sample rate in Hz, with a number of audio inputs.
    #[must_use]
    pub fn new(precision: Precision, sample_rate: f64, inputs: u32) -> Self {
        Self {
            precision,
            sample_rate,
            inputs,
            nodes: Vec::new(),
            known: hash::Interner::default(),
            controls: Vec::new(),
            registers: Vec::new(),
            lines: Vec::new(),
            tables: Vec::new(),
            externs: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// Makes room in an empty graph for so many nodes.
    fn reserve(&mut self, nodes: usize) {
        self.nodes.reserve(nodes);
        self.known = hash::Interner::with_capacity(nodes);
    }

    /// The width of its floats.
    #[must_use]
    pub const fn precision(&self) -> Precision {
        self.precision
    }

    /// The sample rate in Hz the graph was built for.
    #[must_use]
    pub const fn sample_rate(&self) -> f64 {
        self.sample_rate
    }

    /// Number of audio inputs.
    #[must_use]
    pub const fn input_count(&self) -> u32 {
        self.inputs
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The operation of a node.
    #[must_use]
    pub fn op(&self, id: NodeId) -> Op {
        self.nodes[id.index()].op
    }

    /// The type of a node.
    #[must_use]
    pub fn ty(&self, id: NodeId) -> Type {
        self.nodes[id.index()].ty
    }

    /// The value of a node that is a constant.
    #[must_use]
    pub fn constant(&self, id: NodeId) -> Option<Const> {
        match self.op(id) {
            Op::Const(value) => Some(value),
            _ => None,
        }
    }

    /// All nodes with their ids, operands before users.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (NodeId, &Node)> {
        self.nodes
            .iter()
            .enumerate()
            .map(|(i, node)| (NodeId::new(i), node))
    }

    /// The controls, by [`ControlId`].
    #[must_use]
    pub fn controls(&self) -> &[Arc<Control>] {
        &self.controls
    }

    /// The control of a name.
    #[must_use]
    pub fn control_named(&self, name: &str) -> Option<ControlId> {
        let found = self.controls.iter().position(|c| &*c.name == name);
        found.map(ControlId::new)
    }

    /// The registers, by [`RegisterId`].
    #[must_use]
    pub fn registers(&self) -> &[Register] {
        &self.registers
    }

    /// The delay lines, by [`LineId`].
    #[must_use]
    pub fn lines(&self) -> &[DelayLine] {
        &self.lines
    }

    /// The tables, by [`TableId`].
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The externs, by [`ExternId`].
    #[must_use]
    pub fn externs(&self) -> &[ExternInstance] {
        &self.externs
    }

    /// The outputs, one float node per channel.
    #[must_use]
    pub fn outputs(&self) -> &[NodeId] {
        &self.outputs
    }

    /// Replaces the outputs.
    pub fn set_outputs(&mut self, outputs: Vec<NodeId>) {
        self.outputs = outputs;
    }

    /// A graph with the same inputs, controls and state but without nodes: where a pass begins.
    /// Bonds and extern inputs still name the nodes of this graph.
    pub(crate) fn without_nodes(&self) -> Self {
        Self {
            nodes: Vec::with_capacity(self.len()),
            known: hash::Interner::with_capacity(self.len()),
            outputs: Vec::new(),
            controls: self.controls.clone(),
            registers: self.registers.clone(),
            lines: self.lines.clone(),
            tables: self.tables.clone(),
            externs: self.externs.clone(),
            ..*self
        }
    }

    /// Replaces every node that an output, a bond or an extern input names.
    pub(crate) fn map_roots(&mut self, mut f: impl FnMut(NodeId) -> NodeId) {
        for register in &mut self.registers {
            register.next = register.next.map(&mut f);
        }
        for line in &mut self.lines {
            line.input = line.input.map(&mut f);
        }
        for table in &mut self.tables {
            if let TableKind::Written { write, .. } = &mut table.kind {
                *write = write.map(|(index, value)| (f(index), f(value)));
            }
        }
        for instance in &mut self.externs {
            for input in &mut instance.inputs {
                *input = f(*input);
            }
        }
        for output in &mut self.outputs {
            *output = f(*output);
        }
    }

    /// Keeps the state whose index the closures accept, in order. Reads must be renumbered by
    /// the caller.
    pub(crate) fn retain_state(
        &mut self,
        register: impl Fn(usize) -> bool,
        line: impl Fn(usize) -> bool,
        table: impl Fn(usize) -> bool,
    ) {
        fn retain<T>(all: &mut Vec<T>, keep: impl Fn(usize) -> bool) {
            let mut index = 0..;
            all.retain(|_| index.next().is_some_and(&keep));
        }
        retain(&mut self.registers, register);
        retain(&mut self.lines, line);
        retain(&mut self.tables, table);
    }

    /// Gives the nodes from `first` on that have no site this one.
    pub(crate) fn locate_from(&mut self, first: usize, site: Option<&Arc<Site>>) {
        if site.is_some() {
            for node in &mut self.nodes[first..] {
                if node.site.is_none() {
                    node.site = site.cloned();
                }
            }
        }
    }

    /// The same graph with other operations at some nodes, each of the type that was there: what a back end reads that
    /// knows more about when a node is computed. Nodes keep their ids; nothing is shared with what is inserted later.
    ///
    /// # Panics
    /// In debug builds when a type differs.
    #[must_use]
    pub fn with_ops(&self, ops: impl IntoIterator<Item = (NodeId, Op)>) -> Self {
        let mut graph = self.clone();
        graph.known = hash::Interner::default();
        for (id, op) in ops {
            debug_assert_eq!(graph.result_type(&op), graph.ty(id), "{}", op.name());
            graph.nodes[id.index()].op = op;
        }
        graph
    }

    /// Adds a control and returns its id; an equal one is reused.
    pub fn add_control(&mut self, control: Arc<Control>) -> ControlId {
        if let Some(i) = self.controls.iter().position(|known| *known == control) {
            return ControlId::new(i);
        }
        self.controls.push(control);
        ControlId::new(self.controls.len() - 1)
    }

    /// Adds a register.
    pub fn add_register(&mut self, register: Register) -> RegisterId {
        self.registers.push(register);
        RegisterId::new(self.registers.len() - 1)
    }

    /// Adds a delay line.
    pub fn add_line(&mut self, line: DelayLine) -> LineId {
        self.lines.push(line);
        LineId::new(self.lines.len() - 1)
    }

    /// Adds a table.
    pub fn add_table(&mut self, table: Table) -> TableId {
        self.tables.push(table);
        TableId::new(self.tables.len() - 1)
    }

    /// Adds an extern.
    pub fn add_extern(&mut self, instance: ExternInstance) -> ExternId {
        self.externs.push(instance);
        ExternId::new(self.externs.len() - 1)
    }

    /// A register, to bind what it holds next.
    pub fn register_mut(&mut self, id: RegisterId) -> &mut Register {
        &mut self.registers[id.index()]
    }

    /// A delay line, to bind its input.
    pub fn line_mut(&mut self, id: LineId) -> &mut DelayLine {
        &mut self.lines[id.index()]
    }

    /// A table, to bind what is written to it.
    pub fn table_mut(&mut self, id: TableId) -> &mut Table {
        &mut self.tables[id.index()]
    }

    /// An extern, to bind its inputs.
    pub fn extern_mut(&mut self, id: ExternId) -> &mut ExternInstance {
        &mut self.externs[id.index()]
    }

    /// Inserts an operation, or finds the node that already computes it.
    pub fn insert(&mut self, op: Op) -> NodeId {
        self.insert_at(op, None)
    }

    /// [`Graph::insert`] with a site for a node that is new.
    ///
    /// # Panics
    /// When an operand does not exist: ids of another graph are a defect of the caller.
    pub fn insert_at(&mut self, op: Op, site: Option<&Arc<Site>>) -> NodeId {
        let op = match op {
            // All NaNs are one constant, whose bits are defined.
            Op::Const(Const::Float(x)) if x.is_nan() => Op::Const(Const::Float(f64::NAN)),
            Op::Const(Const::Float(x)) => Op::Const(Const::Float(self.precision.round(x))),
            other => other,
        };
        if let Some(id) = self.known.find_or_enter(&op, &self.nodes) {
            return id;
        }
        let ty = self.result_type(&op);
        let site = site.cloned();
        self.nodes.push(Node { op, ty, site });
        NodeId::new(self.nodes.len() - 1)
    }

    /// Whether a node from an index on is more than a constant.
    pub(crate) fn has_operations_from(&self, first: usize) -> bool {
        let mut new = self.nodes[first..].iter();
        new.any(|node| !matches!(node.op, Op::Const(_)))
    }

    pub(crate) fn result_type(&self, op: &Op) -> Type {
        match *op {
            Op::Const(value) => value.ty(),
            Op::SampleRate
            | Op::Input(_)
            | Op::Control(_)
            | Op::Fma(..)
            | Op::DelayRead(..)
            | Op::TableRead(..)
            | Op::ExternOutput(..) => Type::Float,
            Op::Unary(_, a) | Op::Binary(_, a, _) | Op::Select(_, a, _) => self.ty(a),
            Op::Compare(..) => Type::Bool,
            Op::RegisterRead(register) => self.registers[register.index()].ty,
            Op::Cast(cast, _) => match cast {
                CastOp::FloatToI32
                | CastOp::FloatToI32OrLeast
                | CastOp::BoolToI32
                | CastOp::I64ToI32 => Type::I32,
                CastOp::FloatToI64 | CastOp::I32ToI64 => Type::I64,
                CastOp::I32ToFloat
                | CastOp::I64ToFloat
                | CastOp::BoolToFloat
                | CastOp::BitsToFloat => Type::Float,
                CastOp::FloatToBits => self.precision.phase_type(),
            },
        }
    }
}

/// Shorthands for code that expands into a graph: the math functions and the passes.
impl Graph {
    /// A float constant.
    pub fn float(&mut self, x: f64) -> NodeId {
        self.insert(Op::Const(Const::Float(x)))
    }

    /// A 32-bit integer constant.
    pub fn i32(&mut self, x: i32) -> NodeId {
        self.insert(Op::Const(Const::I32(x)))
    }

    /// A 64-bit integer constant.
    pub fn i64(&mut self, x: i64) -> NodeId {
        self.insert(Op::Const(Const::I64(x)))
    }

    /// A constant of the graph's phase type: `i32` keeps the low bits in an `f32` graph.
    pub fn phase_int(&mut self, x: i64) -> NodeId {
        match self.precision {
            Precision::F32 => self.i32(x as i32),
            Precision::F64 => self.i64(x),
        }
    }

    /// An operation of one operand.
    pub fn unary(&mut self, op: UnaryOp, a: NodeId) -> NodeId {
        self.insert(Op::Unary(op, a))
    }

    /// An operation of two operands.
    pub fn binary(&mut self, op: BinaryOp, a: NodeId, b: NodeId) -> NodeId {
        debug_assert_eq!(self.ty(a), self.ty(b), "operands of {op}");
        self.insert(Op::Binary(op, a, b))
    }

    /// a + b
    pub fn add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.binary(BinaryOp::Add, a, b)
    }

    /// a − b
    pub fn sub(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.binary(BinaryOp::Sub, a, b)
    }

    /// a · b
    pub fn mul(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.binary(BinaryOp::Mul, a, b)
    }

    /// a / b
    pub fn div(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.binary(BinaryOp::Div, a, b)
    }

    /// `a < b ? a : b`
    pub fn min(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.binary(BinaryOp::Min, a, b)
    }

    /// `a > b ? a : b`
    pub fn max(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.binary(BinaryOp::Max, a, b)
    }

    /// A comparison.
    pub fn compare(&mut self, op: CompareOp, a: NodeId, b: NodeId) -> NodeId {
        debug_assert_eq!(self.ty(a), self.ty(b), "operands of {op}");
        self.insert(Op::Compare(op, a, b))
    }

    /// `condition ? a : b`
    pub fn select(&mut self, condition: NodeId, a: NodeId, b: NodeId) -> NodeId {
        self.insert(Op::Select(condition, a, b))
    }

    /// A conversion.
    pub fn cast(&mut self, op: CastOp, a: NodeId) -> NodeId {
        self.insert(Op::Cast(op, a))
    }
}
