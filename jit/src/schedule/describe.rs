//! What a schedule looks like to people.

use std::collections::HashMap;
use std::sync::Arc;

use synthc_ir::graph::RegisterId;
use synthc_ir::{Graph, NodeId, Op, Site};

use super::cost::cost;
use super::{Loop, Schedule, Step};

/// How a loop of compiled code goes through a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoopKind {
    /// One frame an iteration.
    Frames,
    /// Four or eight consecutive frames an iteration, side by side in vectors.
    Time,
    /// One frame an iteration, recurrences of one shape side by side in vectors.
    Bank,
}

/// One loop of compiled code. Nodes and registers are those of the graph after the passes.
#[derive(Clone, Debug)]
pub struct LoopInfo {
    /// How it goes through a block.
    pub kind: LoopKind,
    /// Values that are computed side by side; 1 in a loop of single frames.
    pub lanes: u32,
    /// What it computes, in order.
    pub nodes: Vec<NodeId>,
    /// What each costs a frame, with the writes of state that wait for it: an estimate, in simple
    /// scalar instructions.
    pub costs: Vec<f32>,
    /// Where these were written.
    pub sites: Vec<Option<Arc<Site>>>,
    /// Registers that it keeps in machine registers.
    pub carried: Vec<RegisterId>,
    /// Nodes whose values it reads from buffers.
    pub reads: Vec<NodeId>,
    /// Nodes whose values it writes to buffers.
    pub writes: Vec<NodeId>,
    /// Why it is a loop of its own.
    pub why: String,
}

/// What is decided before the loops of a block, because it can happen in its first frame only: the edge of a control, and
/// what it sets.
#[derive(Clone, Debug)]
pub struct EntryInfo {
    /// The condition.
    pub condition: NodeId,
    /// The registers that are set when it holds.
    pub sets: Vec<RegisterId>,
    /// What is computed for that, in order: the condition's nodes in every block, the others at an edge.
    pub nodes: Vec<NodeId>,
    /// Where these were written.
    pub sites: Vec<Option<Arc<Site>>>,
}

/// Describes the entries of a schedule.
pub(crate) fn describe_entries(graph: &Graph, schedule: &Schedule) -> Vec<EntryInfo> {
    let entries = schedule.entries.iter().map(|entry| {
        let nodes: Vec<NodeId> = entry.steps().map(|&(id, _)| id).collect();
        EntryInfo {
            condition: entry.condition,
            sets: entry.sets.iter().map(|&(register, _)| register).collect(),
            sites: nodes
                .iter()
                .map(|&id| graph.node(id).site.clone())
                .collect(),
            nodes,
        }
    });
    entries.collect()
}

/// Describes the loops of a schedule.
pub(crate) fn describe(graph: &Graph, schedule: &Schedule) -> Vec<LoopInfo> {
    let count = schedule.loops.len();
    let loops = schedule.loops.iter().map(|one| {
        let nodes = one.steps().filter_map(|step| match *step {
            Step::Node(id) => Some(id),
            _ => None,
        });
        let nodes: Vec<NodeId> = nodes.collect();
        let costs = costs(graph, one);
        let why = match one.kind {
            LoopKind::Time => format!(
                "nothing in it waits for the frame before: {} frames at a time save about {:.0} instructions a frame",
                one.lanes, one.saved
            ),
            LoopKind::Frames if count == 1 => {
                "too little work is free of recurrences to pay for a loop of its own".to_owned()
            }
            LoopKind::Frames if one.segments.len() > 1 => {
                "a recurrence larger than the machine's registers: its registers are in memory".to_owned()
            }
            LoopKind::Frames => {
                "recurrences: every frame waits for the one before".to_owned()
            }
            LoopKind::Bank => "recurrences of one shape side by side".to_owned(),
        };
        LoopInfo {
            kind: one.kind,
            lanes: one.lanes,
            sites: nodes.iter().map(|&id| graph.node(id).site.clone()).collect(),
            costs: nodes.iter().map(|id| costs[id]).collect(),
            nodes,
            carried: one.carried.clone(),
            reads: one.imports.clone(),
            writes: one.exports.clone(),
            why,
        }
    });
    loops.collect()
}

/// The cost of a call of an extern, in simple instructions: its frame and the way there through two
/// pointers. What the extern itself does is unknown.
const CALL: f32 = 20.0;

/// The cost of every node of a loop. A write of state counts for the node that is written.
fn costs(graph: &Graph, one: &Loop) -> HashMap<NodeId, f32> {
    let mut costs = HashMap::new();
    let mut called = Vec::new();
    for step in one.steps() {
        let estimate = cost(graph, *step);
        let estimate = match one.kind {
            LoopKind::Frames => estimate.scalar,
            LoopKind::Time | LoopKind::Bank => estimate.vector,
        };
        match *step {
            Step::Node(id) => {
                let first = match graph.op(id) {
                    Op::ExternOutput(unit, _) if called.last() == Some(&unit) => {
                        called.pop();
                        CALL
                    }
                    _ => 0.0,
                };
                *costs.entry(id).or_insert(0.0) += estimate + first;
            }
            // Its outputs follow; the first of them bears the call.
            Step::Call(unit) => called.push(unit),
            write => write.for_each_use(graph, |id| {
                if let Some(cost) = costs.get_mut(&id) {
                    *cost += estimate;
                }
            }),
        }
    }
    costs
}
