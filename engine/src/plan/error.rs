//! Why a plan is refused.

/// Why [`Plan::new`](super::Plan::new) refused a [`PlanSpec`](super::PlanSpec).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Sends go in a circle.
    #[error("the routes go in a circle: {}; remove one of them", .nodes.join(" → "))]
    RoutingCycle {
        /// Names along the circle; the first is repeated at the end.
        nodes: Vec<String>,
    },
    /// Two nodes have one key or one name.
    #[error("two nodes are called '{name}' or share its key; give each its own")]
    DuplicateNode {
        /// Name of the later one.
        name: String,
    },
    /// A node's key is too large for the table.
    #[error("the key {given} of '{name}' is not below {limit}; use small numbers")]
    KeyTooLarge {
        /// The node.
        name: String,
        /// Its key.
        given: u32,
        /// The first that is too large.
        limit: u32,
    },
    /// A send names a node that is not in the plan.
    #[error("a send refers to {key}, which is not in the plan; add the node or remove the send")]
    UnknownNode {
        /// The missing node.
        key: crate::event::NodeKey,
    },
    /// The program of an effect is made for several voices.
    #[error(
        "the program of the effect '{name}' has {given} lanes; compile it for one, voices are for sources"
    )]
    EffectInLanes {
        /// The effect.
        name: String,
        /// Its lanes.
        given: usize,
    },
    /// A send feeds a source.
    #[error("'{from}' cannot be sent to '{to}': a source has no input; send to an effect")]
    SendToSource {
        /// Where it comes from.
        from: String,
        /// The source.
        to: String,
    },
    /// Two sends between the same nodes.
    #[error("'{from}' is sent to '{to}' twice; change the level of the first send instead")]
    DuplicateSend {
        /// Where they come from.
        from: String,
        /// Where they go.
        to: String,
    },
    /// A send names an input that the effect does not have.
    #[error("'{to}' has no input {port}; its inputs are 0 to {last}")]
    NoSuchPort {
        /// The effect.
        to: String,
        /// The number given.
        port: u16,
        /// The last there is.
        last: usize,
    },
    /// A send names an output that its node does not have.
    #[error("'{from}' has no output {output}; its outputs are 0 to {last}")]
    NoSuchOutput {
        /// The node.
        from: String,
        /// The number given.
        output: u16,
        /// The last there is.
        last: usize,
    },
    /// A program has inputs but is a source, or the other way round.
    #[error("'{name}' is {}: it has {inputs} inputs", if *.as_source { "no source" } else { "no effect" })]
    WrongKind {
        /// The node.
        name: String,
        /// Whether it was to be a source.
        as_source: bool,
        /// Inputs of its program.
        inputs: usize,
    },
    /// A program has more inputs or outputs than a node can have, or no output.
    #[error("'{name}' has {given} {what}; a node has {least} to {most}: make several nodes of it")]
    ChannelCount {
        /// The node.
        name: String,
        /// "inputs" or "outputs".
        what: &'static str,
        /// How many.
        given: usize,
        /// Fewest.
        least: usize,
        /// Most.
        most: usize,
    },
    /// A voice count of 0, or an effect with several voices.
    #[error("'{name}' cannot have {given} voices; sources have 1 to {most}, effects have 1")]
    VoiceCount {
        /// The node.
        name: String,
        /// How many.
        given: u16,
        /// Most.
        most: u16,
    },
    /// A control slot points outside the program, or there are too many.
    #[error("control slot {slot} of '{name}' is out of range (limit {limit})")]
    ControlSlot {
        /// The node.
        name: String,
        /// The slot.
        slot: usize,
        /// The first number that is too large.
        limit: usize,
    },
    /// A number that makes no sense where it stands.
    #[error("{what} of '{owner}' is {given}; it must be {bound}")]
    Number {
        /// What it is.
        what: &'static str,
        /// Node, "master" or "session".
        owner: String,
        /// The number.
        given: f64,
        /// What it must be.
        bound: &'static str,
    },
}
