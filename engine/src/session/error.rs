//! Why an edit of a session is refused; the session is then as it was.
//!
//! Each variant names the value given, what would have been right, and where there is one the nearest
//! valid name. The patch language adds file, line and caret.

use std::sync::Arc;

use crate::pattern::PatternError;
use synthc_ir::BuildError;

/// Why an operation on a [`Session`](super::Session) was refused.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// No node of that name.
    #[error("there is no node `{name}`{}", hint(nearest.as_ref(), "define it with `node` first"))]
    UnknownNode {
        /// The name given.
        name: String,
        /// The nearest existing name.
        nearest: Option<String>,
    },
    /// A path that leads to no node, control, send, group or level.
    #[error("nothing is called `{path}`{}", hint(nearest.as_ref(), "a path is a node, `node/control`, `node/gain`, `node/target_send`, a group or `master`"))]
    UnknownPath {
        /// The path given.
        path: String,
        /// The nearest path that leads somewhere.
        nearest: Option<String>,
    },
    /// The node exists, the control does not.
    #[error("node `{node}` has no control `{control}`{}", hint_controls(nearest.as_ref(), known))]
    UnknownControl {
        /// The node.
        node: Arc<str>,
        /// The control given.
        control: String,
        /// The nearest control of the node.
        nearest: Option<String>,
        /// All controls of the node.
        known: Vec<Arc<str>>,
    },
    /// The path leads to something the operation cannot work on.
    #[error("`{path}` is {is}, but {operation} works on {wants}")]
    WrongTarget {
        /// The path given.
        path: String,
        /// What it leads to.
        is: &'static str,
        /// The operation.
        operation: &'static str,
        /// What the operation works on.
        wants: &'static str,
    },
    /// A name without characters, with an empty part, or with spaces around it.
    #[error(
        "`{name}` cannot name a node: {problem}; use letters, digits and `_`, with `/` between a group and its member"
    )]
    Name {
        /// The name given.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A path would mean two things.
    #[error(
        "node `{name}` would clash with {with}: the path `{path}` would mean both; choose another name"
    )]
    NameClash {
        /// The name given.
        name: String,
        /// What has the path already.
        with: String,
        /// The path with two meanings.
        path: String,
    },
    /// A node without a voice.
    #[error("count is {given}; a node has 1 to {max} voices")]
    Count {
        /// The count given.
        given: i64,
        /// The highest count.
        max: u32,
    },
    /// NaN or an infinity.
    #[error("{what} is {given}; give a finite number")]
    NotFinite {
        /// What was given.
        what: String,
        /// The value given.
        given: f64,
    },
    /// A pan position outside −1 to 1.
    #[error("pan is {given}; give −1 (left) to 1 (right)")]
    Pan {
        /// The position given.
        given: f64,
    },
    /// The target of a route has no input.
    #[error("`{to}` has no input: it is a source, so nothing can be routed into it; route into an effect (a node whose function takes a signal){}", nearest.as_ref().map(|n| format!(", such as `{n}`")).unwrap_or_default())]
    RouteIntoSource {
        /// The target given.
        to: Arc<str>,
        /// An effect of the session.
        nearest: Option<String>,
    },
    /// The node exists, the input does not.
    #[error("node `{node}` has no input `{input}`{}", hint_inputs(nearest.as_ref(), known))]
    UnknownInput {
        /// The node.
        node: Arc<str>,
        /// The input given.
        input: String,
        /// The nearest input of the node.
        nearest: Option<String>,
        /// All inputs of the node.
        known: Vec<Arc<str>>,
    },
    /// The node exists, the output does not.
    #[error("node `{node}` has no output `{output}`{}", hint_outputs(nearest.as_ref(), known))]
    UnknownOutput {
        /// The node.
        node: Arc<str>,
        /// The output given.
        output: String,
        /// The nearest output of the node.
        nearest: Option<String>,
        /// All outputs of the node.
        known: Vec<Arc<str>>,
    },
    /// The path of the route's level is that of another route.
    #[error(
        "the path `{path}` would be the level of the route from `{from}` to `{to}` and of that from `{known_from}` to `{known_to}`; give the output or the node another name"
    )]
    RouteClash {
        /// Where the route comes from.
        from: String,
        /// Where it leads.
        to: String,
        /// Where the route comes from that has the path.
        known_from: String,
        /// Where that leads.
        known_to: String,
        /// The path.
        path: String,
    },
    /// The route would feed a node with its own output.
    #[error("the route closes a loop: {}; remove one of these routes (feedback lives inside a node, with `feedback`, or comes 64 frames later by a feedback route)", path.join(" → "))]
    Cycle {
        /// The nodes of the loop in order, the first repeated at the end.
        path: Vec<String>,
    },
    /// There is no route to remove.
    #[error("there is no route from `{from}` to `{to}`")]
    NoRoute {
        /// The source given.
        from: String,
        /// The target given.
        to: String,
    },
    /// A tempo that makes no time.
    #[error("tempo is {given}; give {min} to {max} beats a minute")]
    Tempo {
        /// The tempo given.
        given: f64,
        /// The slowest tempo.
        min: f64,
        /// The fastest tempo.
        max: f64,
    },
    /// A meter that makes no cycle.
    #[error("meter is {given}; give {min} to {max} beats a cycle")]
    Meter {
        /// The meter given.
        given: f64,
        /// The fewest beats.
        min: f64,
        /// The most beats.
        max: f64,
    },
    /// A length of a fade or modulation that makes no time.
    #[error("bars is {given}; give {min} to {max}")]
    Bars {
        /// The number of bars given.
        given: f64,
        /// The fewest bars.
        min: f64,
        /// The most bars.
        max: f64,
    },
    /// An unknown modulation shape.
    #[error("there is no modulation shape `{given}`{}", hint(nearest.as_ref(), "the shapes are sine, tri, ramp, ramp_down, square and exp"))]
    UnknownShape {
        /// The name given.
        given: String,
        /// The nearest shape.
        nearest: Option<String>,
    },
    /// The signals of a definition make no graph.
    #[error(transparent)]
    Definition(#[from] BuildError),
    /// A definition with too many channels.
    #[error("a node has {given} outputs; give 1 to {max}, or make several nodes of it")]
    Outputs {
        /// Number of outputs given.
        given: usize,
        /// The most outputs.
        max: usize,
    },
    /// A node with too many inputs.
    #[error("a node has {given} inputs; give 0 to {max}, or make several nodes of it")]
    Inputs {
        /// Number of inputs given.
        given: u32,
        /// The most inputs.
        max: u32,
    },
    /// The interface of a node written in Rust cannot be.
    #[error("the interface declares {problem}")]
    Interface {
        /// What is declared, and what to do about it.
        problem: String,
    },
    /// The pattern cannot be played.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

fn hint(nearest: Option<&String>, otherwise: &str) -> String {
    nearest.map_or_else(
        || format!("; {otherwise}"),
        |name| format!("; did you mean `{name}`?"),
    )
}

fn hint_inputs(nearest: Option<&String>, known: &[Arc<str>]) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None if known.is_empty() => "; it is a source and has none".to_owned(),
        None => format!("; its inputs are {}", known.join(", ")),
    }
}

fn hint_outputs(nearest: Option<&String>, known: &[Arc<str>]) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None => format!("; its outputs are {}", known.join(", ")),
    }
}

fn hint_controls(nearest: Option<&String>, known: &[Arc<str>]) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None if known.is_empty() => "; it has no controls".to_owned(),
        None => format!("; its controls are {}", known.join(", ")),
    }
}
