//! What a node computes: signals, checked once when they are defined.

use std::sync::Arc;

use synthc_ir::graph::{Register, Table, TableKind};
use synthc_ir::{BuildOptions, Control, Graph, Precision, Signal, Site};

use super::SessionError;

/// The DSP of a node: output signals over a number of inputs, and the controls they read.
///
/// Making one lowers the signals once, so that mistakes are reported where the node is defined and not when
/// it is compiled. Cloning shares.
#[derive(Clone, Debug)]
pub struct NodeDefinition(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    outputs: Vec<Signal>,
    graph: Graph,
    site: Option<Arc<Site>>,
}

impl NodeDefinition {
    /// Most outputs of a node.
    pub const MAX_OUTPUTS: usize = 64;

    /// A source: signals without inputs, one for each channel.
    ///
    /// # Errors
    /// [`SessionError::Definition`] when the signals make no graph (reading an input included),
    /// [`SessionError::Outputs`].
    pub fn source(outputs: impl IntoIterator<Item = Signal>) -> Result<Self, SessionError> {
        Self::new(outputs, 0)
    }

    /// An effect: signals that read `Signal::input(0)` to `Signal::input(inputs − 1)`.
    ///
    /// # Errors
    /// As [`NodeDefinition::source`].
    pub fn effect(
        inputs: u32,
        outputs: impl IntoIterator<Item = Signal>,
    ) -> Result<Self, SessionError> {
        Self::new(outputs, inputs)
    }

    fn new(outputs: impl IntoIterator<Item = Signal>, inputs: u32) -> Result<Self, SessionError> {
        let outputs: Vec<Signal> = outputs.into_iter().collect();
        if outputs.len() > Self::MAX_OUTPUTS {
            return Err(SessionError::Outputs {
                given: outputs.len(),
                max: Self::MAX_OUTPUTS,
            });
        }
        let options = BuildOptions {
            precision: Precision::F64,
            inputs: Some(inputs),
            ..BuildOptions::default()
        };
        let graph = Graph::build(&outputs, &options)?;
        Ok(Self(Arc::new(Inner {
            outputs,
            graph,
            site: None,
        })))
    }

    /// The same definition, written at `site`.
    #[must_use]
    pub fn at(self, site: Arc<Site>) -> Self {
        Self(Arc::new(Inner {
            outputs: self.0.outputs.clone(),
            graph: self.0.graph.clone(),
            site: Some(site),
        }))
    }

    /// The output signals, one for each channel.
    #[must_use]
    pub fn outputs(&self) -> &[Signal] {
        &self.0.outputs
    }

    /// Number of audio inputs; 0 for a source.
    #[must_use]
    pub fn inputs(&self) -> u32 {
        self.0.graph.input_count()
    }

    /// Whether it has inputs.
    #[must_use]
    pub fn is_effect(&self) -> bool {
        self.inputs() > 0
    }

    /// The controls, in the order in which the signals declare them.
    #[must_use]
    pub fn controls(&self) -> &[Arc<Control>] {
        self.0.graph.controls()
    }

    /// The control of a name.
    #[must_use]
    pub fn control(&self, name: &str) -> Option<&Arc<Control>> {
        self.controls()
            .iter()
            .find(|control| &*control.name == name)
    }

    /// Where the definition was written, when known.
    #[must_use]
    pub fn site(&self) -> Option<&Arc<Site>> {
        self.0.site.as_ref()
    }

    /// Whether both are one definition, shared.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Definitions are equal when they are shared or lower to equal graphs at 48 kHz; where they were written
/// does not matter.
impl PartialEq for NodeDefinition {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || same_graph(&self.0.graph, &other.0.graph)
    }
}

/// Whether two graphs compute the same by construction: equal tables, sites and state names aside.
pub(crate) fn same_graph(a: &Graph, b: &Graph) -> bool {
    let same_register =
        |(x, y): (&Register, &Register)| x.ty == y.ty && x.init == y.init && x.next == y.next;
    let same_table = |(x, y): (&Table, &Table)| match (&x.kind, &y.kind) {
        (TableKind::ReadOnly(x), TableKind::ReadOnly(y)) => Arc::ptr_eq(x, y) || same_bits(x, y),
        (
            TableKind::Written { len, init, write },
            TableKind::Written {
                len: other_len,
                init: other_init,
                write: other_write,
            },
        ) => len == other_len && init.to_bits() == other_init.to_bits() && write == other_write,
        _ => false,
    };
    a.precision() == b.precision()
        && a.sample_rate() == b.sample_rate()
        && a.input_count() == b.input_count()
        && a.outputs() == b.outputs()
        && a.controls() == b.controls()
        && a.len() == b.len()
        && a.nodes()
            .zip(b.nodes())
            .all(|((_, x), (_, y))| x.op == y.op)
        && a.registers().len() == b.registers().len()
        && a.registers().iter().zip(b.registers()).all(same_register)
        && a.lines().len() == b.lines().len()
        && a.lines()
            .iter()
            .zip(b.lines())
            .all(|(x, y)| (x.min, x.max, x.input) == (y.min, y.max, y.input))
        && a.tables().len() == b.tables().len()
        && a.tables().iter().zip(b.tables()).all(same_table)
        && a.externs().len() == b.externs().len()
        && a.externs()
            .iter()
            .zip(b.externs())
            .all(|(x, y)| Arc::ptr_eq(&x.unit, &y.unit) && x.inputs == y.inputs)
}

fn same_bits(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
