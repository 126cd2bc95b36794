//! What a schedule looks like to people.

use std::sync::Arc;

use synthc_ir::graph::RegisterId;
use synthc_ir::{Graph, NodeId, Site};

use super::{Schedule, Step, VECTOR};

/// How a loop of compiled code goes through a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoopKind {
    /// One frame an iteration.
    Frames,
    /// Four consecutive frames an iteration, side by side in vectors.
    Time,
    /// One frame an iteration, recurrences of one shape side by side in vectors.
    Bank,
}

/// One loop of compiled code. Nodes and registers are those of the graph after the passes.
#[derive(Clone, Debug)]
pub struct LoopInfo {
    /// How it goes through a block.
    pub kind: LoopKind,
    /// Values that a vector of it holds; 1 in a loop of single frames.
    pub lanes: u32,
    /// What it computes, in order.
    pub nodes: Vec<NodeId>,
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

/// Describes the loops of a schedule.
pub(crate) fn describe(graph: &Graph, schedule: &Schedule) -> Vec<LoopInfo> {
    let count = schedule.loops.len();
    let loops = schedule.loops.iter().map(|one| {
        let nodes = one.steps().filter_map(|step| match *step {
            Step::Node(id) => Some(id),
            _ => None,
        });
        let nodes: Vec<NodeId> = nodes.collect();
        let why = match one.kind {
            LoopKind::Time => format!(
                "nothing in it waits for the frame before: four frames at a time save about {:.0} instructions a frame",
                one.saved
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
            lanes: if one.kind == LoopKind::Frames { 1 } else { VECTOR },
            sites: nodes.iter().map(|&id| graph.node(id).site.clone()).collect(),
            nodes,
            carried: one.carried.clone(),
            reads: one.imports.clone(),
            writes: one.exports.clone(),
            why,
        }
    });
    loops.collect()
}
