//! Conditions that stay the same for a whole chunk: a gate that is open or closed.
//!
//! A loop whose selections hang on such a condition is emitted twice, once for each answer, without
//! what the other answer needs (loop unswitching: Allen and Cocke 1972, "A catalogue of optimizing transformations").

use std::collections::HashSet;

use synthc_ir::{Graph, NodeId, Op};

use super::placement::{Place, Placement};
use super::{Loop, Step};

/// Both bodies together may have at most so many times the steps of the one, in quarters: an envelope has about as
/// many in both as in one, and without the test for the condition it takes half the time.
const MAX_GROWTH: usize = 6;
/// The same where voices are in lanes: all a voice does is one loop, and what an envelope need not do is computed for
/// every four voices.
const MAX_GROWTH_OF_VOICES: usize = 7;

/// A condition to decide before a loop.
#[derive(Debug)]
pub(crate) struct Switch {
    /// A bool that depends on controls only.
    pub(crate) condition: NodeId,
    /// Nodes that nothing needs when it is false, and when it is true; ascending.
    dead: [Vec<NodeId>; 2],
}

impl Switch {
    /// The condition that pays most to decide before a loop, if any does.
    pub(super) fn find(
        graph: &Graph,
        placement: &Placement,
        one: &Loop,
        lanes: usize,
    ) -> Option<Self> {
        if one.segments.len() > 1 {
            return None;
        }
        let mut conditions: Vec<NodeId> = one
            .steps()
            .filter_map(|step| match *step {
                Step::Node(id) => match graph.op(id) {
                    Op::Select(condition, ..) => Some(condition),
                    _ => None,
                },
                _ => None,
            })
            .filter(|&condition| placement.of(condition) == Place::Update)
            .collect();
        conditions.sort_unstable();
        let most = conditions
            .chunk_by(|a, b| a == b)
            .max_by_key(|same| same.len())?;
        let condition = *most.first()?;
        let dead = [false, true].map(|answer| dead(graph, one, condition, answer));
        let steps = one.steps().count();
        let both = 2 * steps - dead[0].len() - dead[1].len();
        let growth = if lanes == 1 {
            MAX_GROWTH
        } else {
            MAX_GROWTH_OF_VOICES
        };
        (4 * both <= growth * steps && most.len() > 1).then_some(Self { condition, dead })
    }

    /// Whether nothing needs a node when the condition has this answer.
    pub(crate) fn is_dead(&self, id: NodeId, answer: bool) -> bool {
        self.dead[usize::from(answer)].binary_search(&id).is_ok()
    }
}

/// The nodes of a loop that nothing needs when a condition has this answer; selections by it count: they
/// are what they select.
fn dead(graph: &Graph, one: &Loop, condition: NodeId, answer: bool) -> Vec<NodeId> {
    let mut live: HashSet<NodeId> = one.exports.iter().copied().collect();
    let next = |id: &synthc_ir::graph::RegisterId| graph.registers()[id.index()].next;
    live.extend(one.carried.iter().filter_map(next));
    let steps: Vec<Step> = one.steps().copied().collect();
    let mut dead = Vec::new();
    for step in steps.into_iter().rev() {
        if let Step::Node(id) = step {
            if !live.contains(&id) {
                dead.push(id);
                continue;
            }
            if let Some(chosen) = chosen(graph, id, condition, answer) {
                live.insert(chosen);
                continue;
            }
        }
        step.for_each_use(graph, |id| {
            live.insert(id);
        });
    }
    dead.sort_unstable();
    dead
}

/// The operand that a selection by a condition takes; `None` for every other node.
pub(crate) fn chosen(graph: &Graph, id: NodeId, condition: NodeId, answer: bool) -> Option<NodeId> {
    match graph.op(id) {
        Op::Select(by, a, b) if by == condition => Some(if answer { a } else { b }),
        _ => None,
    }
}
