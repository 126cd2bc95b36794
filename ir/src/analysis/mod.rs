//! Facts about a graph that passes and code generators ask for. Nothing here changes a graph.
//!
//! Every analysis is linear in the graph and works without recursion, so that depth does not
//! matter. Results are tables indexed by [`NodeId`](crate::NodeId); they describe the graph they
//! were made from and no other.

mod bounds;
mod rate;
mod recurrence;
mod span;
mod stillness;

pub(crate) use bounds::Bounds;
pub use rate::{Rate, Rates};
pub use recurrence::Recurrences;
pub use stillness::{Counter, Stillness, StillnessMemory, StillnessState};
