//! Dead code: nodes that no output needs go, and with them the state that nothing but its own
//! update reads.
//!
//! Externs stay, inputs and all: they may do something besides their outputs. Controls stay, used
//! or not: people and patterns set them by name and number.

use super::Origin;
use super::live::Live;
use super::rewrite::{Step, Walk, rewrite};
use crate::graph::Graph;

/// Drops what is dead. Surviving state keeps its order and gets dense numbers; the origin says
/// which number it had.
#[must_use]
pub fn dce(graph: &Graph) -> (Graph, Origin) {
    let walk = walk(graph, &Live::of(graph));
    (walk.graph, walk.origin)
}

pub(super) fn walk(graph: &Graph, live: &Live) -> Walk {
    rewrite(graph, live, |_, _, _| Step::Keep)
}
