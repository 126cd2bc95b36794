//! The state of lowering one function: which node is which Cranelift value, and where the rest is
//! loaded from.

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, SigRef, Type as ClifType, Value, types};
use cranelift_frontend::FunctionBuilder;
use synthc_ir::{Const, Graph, NodeId, Op, Precision, Type};

use super::helper::Shape;
use crate::layout::StateLayout;
use crate::literal::Literals;
use crate::schedule::{Place, Schedule};
use crate::target::Features;

/// What a function is lowered from. Shared by the functions of a variant.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) schedule: &'a Schedule,
    pub(crate) layout: &'a StateLayout,
    /// Index of the variant in the layout.
    pub(crate) variant: usize,
    pub(crate) features: &'a Features,
    /// The literals whose marks are constants of the graph, when finished code is to be a template.
    pub(crate) literals: Option<&'a Literals>,
}

/// Lowers the steps of one function.
pub(super) struct Emitter<'a, 'f> {
    pub(super) source: Source<'a>,
    pub(super) builder: FunctionBuilder<'f>,
    /// Pointer to state memory.
    pub(super) state: Value,
    /// Type of a float.
    pub(super) float: ClifType,
    /// Values of this segment, by node.
    values: Vec<Option<Value>>,
    /// Which entries of `values` are set.
    defined: Vec<NodeId>,
    /// Values that the whole loop may use, by node.
    lasting: Vec<Option<Value>>,
    /// Which entries of `lasting` are set.
    lasted: Vec<NodeId>,
    /// Imported signatures of helpers, by shape.
    pub(super) signatures: Vec<(Shape, SigRef)>,
}

/// State memory is aligned and mapped as long as its owner lives.
pub(super) const fn trusted() -> MemFlagsData {
    MemFlagsData::trusted()
}

impl<'a, 'f> Emitter<'a, 'f> {
    pub(super) fn new(source: Source<'a>, builder: FunctionBuilder<'f>, state: Value) -> Self {
        let nodes = source.graph.len();
        Self {
            source,
            builder,
            state,
            float: match source.graph.precision() {
                Precision::F32 => types::F32,
                Precision::F64 => types::F64,
            },
            values: vec![None; nodes],
            defined: Vec::new(),
            lasting: vec![None; nodes],
            lasted: Vec::new(),
            signatures: Vec::new(),
        }
    }

    /// log₂ of the bytes of a float.
    pub(super) fn float_shift(&self) -> i64 {
        i64::from(self.float.bytes().trailing_zeros())
    }

    /// The Cranelift type of a graph type.
    pub(super) fn clif_type(&self, ty: Type) -> ClifType {
        match ty {
            Type::Float => self.float,
            Type::I32 => types::I32,
            Type::I64 => types::I64,
            Type::Bool => types::I8,
        }
    }

    /// A constant, materialised here.
    pub(super) fn constant(&mut self, value: Const) -> Value {
        if let Const::Float(x) = value
            && self.source.literals.is_some_and(|l| l.has_mark(x))
        {
            return self.marked(x);
        }
        let ins = self.builder.ins();
        match value {
            Const::Float(x) if self.float == types::F32 => ins.f32const(x as f32),
            Const::Float(x) => ins.f64const(x),
            Const::I32(x) => ins.iconst(types::I32, i64::from(x)),
            Const::I64(x) => ins.iconst(types::I64, x),
            Const::Bool(x) => ins.iconst(types::I8, i64::from(x)),
        }
    }

    /// A mark: a vector of the constant pool, whose place in the code is found again.
    fn marked(&mut self, mark: f64) -> Value {
        let vector = self.lanes_constants(&[Const::Float(mark); 4]);
        self.builder.ins().extractlane(vector.parts()[0], 0)
    }

    /// The constant that a node is, the sample rate included.
    pub(super) fn known(&self, id: NodeId) -> Option<Const> {
        match self.source.graph.op(id) {
            Op::Const(value) => Some(value),
            Op::SampleRate => Some(Const::Float(self.source.graph.sample_rate())),
            _ => None,
        }
    }

    /// The value of a node: from this segment, else from its home. Constants are materialised at
    /// every use, because an immediate is cheaper than a live range.
    pub(super) fn get(&mut self, id: NodeId) -> Value {
        if let Some(value) = self.values[id.index()].or(self.lasting[id.index()]) {
            return value;
        }
        if let Some(value) = self.known(id) {
            return self.constant(value);
        }
        let value = self.load_home(id);
        self.define(id, value);
        value
    }

    /// Loads what does not change during a chunk: a kept value, or a register that only an entry sets.
    pub(super) fn load_home(&mut self, id: NodeId) -> Value {
        let Source {
            layout, variant, ..
        } = self.source;
        if self.place(id) == Place::Chunk
            && let Op::RegisterRead(register) = self.source.graph.op(id)
        {
            return self.read_register(register);
        }
        let ty = self.clif_type(self.source.graph.ty(id));
        // The schedule keeps every value that is used outside its segment.
        let home = layout.home(variant, id).unwrap_or_default();
        self.load(ty, home)
    }

    /// Says that a node is a value, for this segment.
    pub(super) fn define(&mut self, id: NodeId, value: Value) {
        self.values[id.index()] = Some(value);
        self.defined.push(id);
    }

    /// Says that a node is a value in all of the loop.
    pub(super) fn define_lasting(&mut self, id: NodeId, value: Value) {
        self.lasting[id.index()] = Some(value);
        self.lasted.push(id);
    }

    /// Stores a computed value to its home, when it has one.
    pub(super) fn keep(&mut self, id: NodeId, value: Value) {
        let Source {
            layout, variant, ..
        } = self.source;
        if let Some(home) = layout.home(variant, id) {
            self.store(value, home);
        }
    }

    /// Whether a node has a value here.
    pub(super) fn is_defined(&self, id: NodeId) -> bool {
        self.values[id.index()]
            .or(self.lasting[id.index()])
            .is_some()
    }

    /// Forgets the values of a loop.
    pub(super) fn end_loop(&mut self) {
        self.end_segment();
        for id in self.lasted.drain(..) {
            self.lasting[id.index()] = None;
        }
    }

    /// Forgets the values of a segment.
    pub(super) fn end_segment(&mut self) {
        for id in self.defined.drain(..) {
            self.values[id.index()] = None;
        }
    }

    /// Whether the function computes nodes of this place.
    pub(super) fn place(&self, id: NodeId) -> Place {
        self.source.schedule.placement.of(id)
    }

    /// Loads from state memory.
    pub(super) fn load(&mut self, ty: ClifType, offset: u32) -> Value {
        let state = self.state;
        self.builder
            .ins()
            .load(ty, trusted(), state, displacement(offset))
    }

    /// Stores to state memory.
    pub(super) fn store(&mut self, value: Value, offset: u32) {
        let state = self.state;
        self.builder
            .ins()
            .store(trusted(), value, state, displacement(offset));
    }
}

/// An offset as the immediate of an access; the layout keeps all offsets below 2³¹.
pub(super) const fn displacement(offset: u32) -> i32 {
    offset.cast_signed()
}
