//! What a node computes: signals, or a node written in Rust; checked once when they are defined.

use std::sync::Arc;

use synthc_ir::{BuildError, BuildOptions, Control, Graph, Precision, Signal, Site};

use super::identity::same_graph;
use super::{Node, SessionError};
use crate::node;
use crate::plan::MAX_CONTROLS;

/// Longest tail a node can state, in seconds: a day.
const MAX_TAIL: f64 = 86_400.0;

/// The DSP of a node: output signals over a number of inputs and the controls they read, or a
/// [`node::Node`] written in Rust.
///
/// Making one lowers the signals once, so that mistakes are reported where the node is defined and not when
/// it is compiled: for single precision at 48 kHz, because that is what is most often played, and an engine that
/// plays it takes the graph as it is. Cloning shares.
#[derive(Clone, Debug)]
pub struct NodeDefinition {
    body: Arc<Body>,
    site: Option<Arc<Site>>,
}

#[derive(Clone, Debug)]
enum Body {
    Signals {
        outputs: Vec<Signal>,
        graph: Arc<Graph>,
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
        let graph = Arc::new(Graph::build(&outputs, &played(inputs))?);
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

    /// The graph of the output signals. No build that was right once fails for another width; for another rate, a
    /// delay may become too long.
    pub(crate) fn graph(&self, options: &BuildOptions) -> Result<Arc<Graph>, BuildError> {
        match &*self.body {
            Body::Signals { graph, .. } if *options == played(self.inputs()) => {
                Ok(Arc::clone(graph))
            }
            _ => Graph::build(self.outputs(), options).map(Arc::new),
        }
    }

    /// Whether both lower to equal graphs in double precision, which tells more constants apart.
    fn lowers_to_same(&self, other: &Self) -> bool {
        let wide = |definition: &Self| {
            let options = BuildOptions {
                precision: Precision::F64,
                ..played(definition.inputs())
            };
            definition.graph(&options).ok()
        };
        let graphs = wide(self).zip(wide(other));
        graphs.is_some_and(|(graph, other)| same_graph(&graph, &other))
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

/// How a definition is lowered when it is made.
fn played(inputs: u32) -> BuildOptions {
    BuildOptions {
        precision: Precision::F32,
        sample_rate: 48_000.0,
        inputs: Some(inputs),
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
                (Body::Signals { .. }, Body::Signals { .. }) => self.lowers_to_same(other),
                _ => false,
            }
    }
}
