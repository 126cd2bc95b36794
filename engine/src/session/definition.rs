//! What a node computes: signals, or a node written in Rust; checked once when they are defined.

use std::sync::Arc;

use synthc_ir::graph::{Register, Table, TableKind};
use synthc_ir::{BuildOptions, Control, Graph, Precision, Signal, Site};

use super::{Node, SessionError};
use crate::node;
use crate::plan::MAX_CONTROLS;

/// Longest tail a node can state, in seconds: a day.
const MAX_TAIL: f64 = 86_400.0;

/// The DSP of a node: output signals over a number of inputs and the controls they read, or a
/// [`node::Node`] written in Rust.
///
/// Making one lowers the signals once, so that mistakes are reported where the node is defined and not when
/// it is compiled. Cloning shares.
#[derive(Clone, Debug)]
pub struct NodeDefinition {
    body: Arc<Body>,
    site: Option<Arc<Site>>,
}

#[derive(Clone, Debug)]
enum Body {
    Signals {
        outputs: Vec<Signal>,
        graph: Graph,
        inputs: Vec<Arc<str>>,
        output_names: Vec<Arc<str>>,
    },
    Own {
        node: Arc<dyn node::Node>,
        interface: node::Interface,
    },
}

impl NodeDefinition {
    /// Most outputs of a node.
    pub const MAX_OUTPUTS: usize = Node::MAX_OUTPUTS;

    /// A source: signals without inputs, one for each output. Two are left and right; of more, the first two are, and the
    /// others are heard where routes lead from them, see [`Session::send`](super::Session::send).
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
    /// As [`NodeDefinition::source`]; [`SessionError::Inputs`].
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
        if inputs > Node::MAX_INPUTS {
            return Err(SessionError::Inputs {
                given: inputs,
                max: Node::MAX_INPUTS,
            });
        }
        let options = BuildOptions {
            precision: Precision::F64,
            inputs: Some(inputs),
            ..BuildOptions::default()
        };
        let graph = Graph::build(&outputs, &options)?;
        Ok(Self::of(Body::Signals {
            inputs: node::numbered("in", inputs as usize),
            output_names: node::numbered("out", outputs.len()),
            outputs,
            graph,
        }))
    }

    fn of(body: Body) -> Self {
        Self {
            body: Arc::new(body),
            site: None,
        }
    }

    /// A node written in Rust. Every definition is a node of its own: keep the definition and clone it to redefine a
    /// node without interrupting it.
    ///
    /// # Errors
    /// [`SessionError::Inputs`], [`SessionError::Outputs`], [`SessionError::Interface`] for names given twice, a
    /// control whose numbers make no range, or a tail that is no time.
    pub fn own(node: impl node::Node + 'static) -> Result<Self, SessionError> {
        let interface = node.interface();
        check_interface(&interface)?;
        Ok(Self::of(Body::Own {
            node: Arc::new(node),
            interface,
        }))
    }

    /// The same definition with names of its own for the inputs, so that routes can lead to one: `send("kick",
    /// "comp/key", 1.0)`.
    ///
    /// # Errors
    /// [`SessionError::Interface`] unless there is one name for each input, each different.
    pub fn named_inputs<N: Into<Arc<str>>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, SessionError> {
        let names: Vec<Arc<str>> = names.into_iter().map(Into::into).collect();
        check_one_for_each(names.len(), "inputs", self.input_names().len())?;
        check_unique(names.iter())?;
        match Arc::make_mut(&mut self.body) {
            Body::Signals { inputs, .. } => *inputs = names,
            Body::Own { interface, .. } => {
                *interface = std::mem::take(interface).named_inputs(names);
            }
        }
        Ok(self)
    }

    /// The same definition with names of its own for the outputs, so that routes can come from one: `send("split/low",
    /// "verb", 0.3)`.
    ///
    /// # Errors
    /// [`SessionError::Interface`] unless there is one name for each output, each different, without `/`.
    pub fn named_outputs<N: Into<Arc<str>>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, SessionError> {
        let names: Vec<Arc<str>> = names.into_iter().map(Into::into).collect();
        check_one_for_each(names.len(), "outputs", self.output_count())?;
        check_output_names(&names)?;
        match Arc::make_mut(&mut self.body) {
            Body::Signals { output_names, .. } => *output_names = names,
            Body::Own { interface, .. } => {
                *interface = std::mem::take(interface).named_outputs(names);
            }
        }
        Ok(self)
    }

    /// The same definition, written at `site`.
    #[must_use]
    pub fn at(self, site: Arc<Site>) -> Self {
        Self {
            site: Some(site),
            ..self
        }
    }

    /// The output signals, one for each channel; none for a node written in Rust.
    #[must_use]
    pub fn outputs(&self) -> &[Signal] {
        match &*self.body {
            Body::Signals { outputs, .. } => outputs,
            Body::Own { .. } => &[],
        }
    }

    /// The node written in Rust and its interface, where it is one.
    #[must_use]
    pub fn own_node(&self) -> Option<(&Arc<dyn node::Node>, &node::Interface)> {
        match &*self.body {
            Body::Signals { .. } => None,
            Body::Own { node, interface } => Some((node, interface)),
        }
    }

    /// Number of output channels.
    #[must_use]
    pub fn output_count(&self) -> usize {
        match &*self.body {
            Body::Signals { outputs, .. } => outputs.len(),
            Body::Own { interface, .. } => interface.outputs(),
        }
    }

    /// Names of the outputs: `out0`, `out1` and so on where the definition does not say otherwise.
    #[must_use]
    pub fn output_names(&self) -> &[Arc<str>] {
        match &*self.body {
            Body::Signals { output_names, .. } => output_names,
            Body::Own { interface, .. } => interface.output_names(),
        }
    }

    /// Whether there is an output of a name.
    pub(super) fn has_output(&self, name: &str) -> bool {
        self.output_names().iter().any(|known| **known == *name)
    }

    /// Number of audio inputs; 0 for a source.
    #[must_use]
    pub fn inputs(&self) -> u32 {
        u32::try_from(self.input_names().len()).unwrap_or(u32::MAX)
    }

    /// Names of the inputs: `in0`, `in1` and so on where a node written in Rust does not say otherwise.
    #[must_use]
    pub fn input_names(&self) -> &[Arc<str>] {
        match &*self.body {
            Body::Signals { inputs, .. } => inputs,
            Body::Own { interface, .. } => interface.input_names(),
        }
    }

    /// Whether it has inputs.
    #[must_use]
    pub fn is_effect(&self) -> bool {
        self.inputs() > 0
    }

    /// The controls, in the order in which the signals declare them.
    #[must_use]
    pub fn controls(&self) -> &[Arc<Control>] {
        match &*self.body {
            Body::Signals { graph, .. } => graph.controls(),
            Body::Own { interface, .. } => interface.controls(),
        }
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
        self.site.as_ref()
    }

    /// Whether both are one definition, shared.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.body, &other.body)
    }
}

fn check_one_for_each(given: usize, what: &str, wanted: usize) -> Result<(), SessionError> {
    if given == wanted {
        return Ok(());
    }
    Err(SessionError::Interface {
        problem: format!("{given} names for {wanted} {what}; give one for each"),
    })
}

/// They are parts of paths.
fn check_output_names(names: &[Arc<str>]) -> Result<(), SessionError> {
    if let Some(name) = names
        .iter()
        .find(|name| name.is_empty() || name.contains('/'))
    {
        return Err(SessionError::Interface {
            problem: format!("an output `{name}`; give it a name without `/`"),
        });
    }
    check_unique(names.iter())
}

fn check_unique<'a>(names: impl Iterator<Item = &'a Arc<str>>) -> Result<(), SessionError> {
    let names: Vec<_> = names.collect();
    match (1..names.len()).find(|&at| names[..at].contains(&names[at])) {
        Some(at) => Err(SessionError::Interface {
            problem: format!("`{}` twice; give each its own name", names[at]),
        }),
        None => Ok(()),
    }
}

fn check_interface(interface: &node::Interface) -> Result<(), SessionError> {
    let inputs = u32::try_from(interface.inputs()).unwrap_or(u32::MAX);
    if inputs > Node::MAX_INPUTS {
        return Err(SessionError::Inputs {
            given: inputs,
            max: Node::MAX_INPUTS,
        });
    }
    if !(1..=NodeDefinition::MAX_OUTPUTS).contains(&interface.outputs()) {
        return Err(SessionError::Outputs {
            given: interface.outputs(),
            max: NodeDefinition::MAX_OUTPUTS,
        });
    }
    let problem = |problem: String| Err(SessionError::Interface { problem });
    if interface.controls().len() > MAX_CONTROLS {
        let given = interface.controls().len();
        return problem(format!(
            "{given} controls and triggers; declare at most {MAX_CONTROLS}"
        ));
    }
    check_unique(interface.controls().iter().map(|control| &control.name))?;
    check_unique(interface.input_names().iter())?;
    check_output_names(interface.output_names())?;
    for control in interface.controls() {
        if let Err(wrong) = control.check() {
            return problem(format!("a control `{}` whose {wrong}", control.name));
        }
    }
    match interface.tail_length() {
        node::Tail::Seconds(seconds) if !(0.0..=MAX_TAIL).contains(&seconds) => {
            problem(format!("a tail of {seconds} s; give 0 to {MAX_TAIL} s"))
        }
        _ => Ok(()),
    }
}

/// Definitions are equal when they are shared or lower to equal graphs at 48 kHz; where they were written
/// does not matter.
impl PartialEq for NodeDefinition {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
            || match (&*self.body, &*other.body) {
                (Body::Signals { graph, .. }, Body::Signals { graph: other, .. }) => {
                    same_graph(graph, other)
                }
                _ => false,
            }
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
