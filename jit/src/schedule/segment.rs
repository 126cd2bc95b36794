//! Segments: a long list of steps cut into pieces whose values do not share a register allocation
//! problem.
//!
//! Register allocation is super-linear in the values that are live together, and spills more the
//! more there are: 60 filters in one piece compile half as fast and run at two thirds of the speed. Values that cross from
//! one segment to another go through memory; within a segment they stay in registers.

use synthc_ir::{Graph, NodeId};

use super::placement::{Place, Placement};
use super::step::Step;

/// A list of at most this many steps is one segment.
const MAX_WHOLE: usize = 256;
/// Steps of a segment otherwise.
const SEGMENT: usize = 128;

/// Cuts a list of steps.
pub(super) fn cut(steps: Vec<Step>) -> Vec<Vec<Step>> {
    if steps.len() <= MAX_WHOLE {
        vec![steps]
    } else {
        steps.chunks(SEGMENT).map(<[Step]>::to_vec).collect()
    }
}

/// The nodes of a place that are computed in one segment and used in another.
pub(super) fn crossing(
    graph: &Graph,
    placement: &Placement,
    place: Place,
    segments: &[Vec<Step>],
) -> Vec<NodeId> {
    if segments.len() < 2 {
        return Vec::new();
    }
    let mut home = vec![usize::MAX; graph.len()];
    let mut crosses = vec![false; graph.len()];
    for (index, segment) in segments.iter().enumerate() {
        for step in segment {
            step.for_each_use(graph, |id| {
                if placement.of(id) == place && home[id.index()] != index {
                    crosses[id.index()] = true;
                }
            });
            if let Step::Node(id) = *step {
                home[id.index()] = index;
            }
        }
    }
    let ids = (0..graph.len()).map(NodeId::new);
    ids.filter(|id| crosses[id.index()]).collect()
}
