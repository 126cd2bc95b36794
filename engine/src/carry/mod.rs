//! What goes on sounding when one plan follows another.
//!
//! Computed on the control side, for every publication, against the plan that sounds: nodes are related by key, else by
//! what they compute (`relation`), and the state of two related nodes piece by piece (`align`, by `signature`). Identity is
//! this relation and nothing else: neither lines of a patch nor names of variables are part of it. The audio side follows the
//! lists (`succession`) without asking again; people read a [`SwapReport`]. What means
//! the same needs no new code at all (`same`).

mod align;
mod relation;
mod report;
mod same;
mod signature;
mod succession;
mod tweak;

pub(crate) use align::align;
pub(crate) use relation::{Relation, relate};
pub use report::{Fate, NodeChange, SwapReport};
pub(crate) use same::same_meaning;
pub(crate) use succession::{How, Succession, successions};
