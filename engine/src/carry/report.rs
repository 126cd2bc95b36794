//! What a swap did to every node, for people.

use std::fmt;
use std::sync::Arc;

/// What became of a node when a plan was adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// Not touched: it sounds on, bit for bit.
    Untouched,
    /// The same code with another number of instances: those that go on are not touched, others fade in 10 ms.
    Resized {
        /// Voices, or sides of an effect, before.
        from: usize,
        /// And now.
        to: usize,
    },
    /// Other code goes on with the state that means the same; a linear crossfade of 10 ms.
    Carried {
        /// Registers, delay lines and tables that go on.
        state: usize,
        /// Those that the new code has.
        of: usize,
    },
    /// Other code begins afresh; a crossfade of equal power in 10 ms.
    Restarted,
    /// It was not there before; fades in.
    New,
    /// It is gone; fades out.
    Removed,
}

/// What became of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeChange {
    /// The node.
    pub node: Arc<str>,
    /// The name it went by before.
    pub renamed_from: Option<Arc<str>>,
    /// What happened to it.
    pub fate: Fate,
}

impl NodeChange {
    /// Whether the node was there before and is there now.
    pub(crate) fn goes_on(&self) -> bool {
        !matches!(self.fate, Fate::New | Fate::Removed)
    }
}

/// A plan that was adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwapReport {
    /// Number of the plan.
    pub generation: u64,
    /// The first frame it played.
    pub frame: u64,
    /// Every node, those that are gone last.
    pub nodes: Vec<NodeChange>,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untouched => f.write_str("untouched"),
            Self::Resized { from, to } => write!(f, "{from} instances are {to} now"),
            Self::Carried { of: 0, .. } => f.write_str("crossfaded"),
            Self::Carried { state, of } => write!(f, "carried {state} of {of}"),
            Self::Restarted => f.write_str("restarted"),
            Self::New => f.write_str("new"),
            Self::Removed => f.write_str("removed"),
        }
    }
}

impl fmt::Display for NodeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.renamed_from {
            Some(former) => write!(f, "{} (was {former}): {}", self.node, self.fate),
            None => write!(f, "{}: {}", self.node, self.fate),
        }
    }
}
