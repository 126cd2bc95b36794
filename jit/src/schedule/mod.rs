//! What runs where: which nodes are computed when a control changes, which in every frame, and in
//! what order a frame's reads, computations and writes happen.
//!
//! The compiler makes one [`Schedule`] per variant; lowering walks it and decides nothing. Every
//! step comes after all it needs within the frame, and every register is read before it is written.

mod frame;
mod order;
mod placement;
mod range;
mod segment;

#[cfg(test)]
mod tests;

pub(crate) use frame::{FrameSteps, Step, table_write};
pub(crate) use order::order;
pub(crate) use placement::{Place, Placement, holds_still};
pub(crate) use range::IntRange;

use synthc_ir::graph::{ControlId, RegisterId};
use synthc_ir::{Graph, NodeId, Type};

/// Loop-carried registers beyond this number live in memory: more do not fit into the machine's
/// registers beside what the loop computes. Carrying makes two state-variable filters in a
/// row 1.5 times as fast, six of them 8 %.
const MAX_CARRIED: usize = 12;
/// Loop-carried vectors of a program with voices in lanes: of 16 registers the rest is for what the
/// loop computes.
const MAX_CARRIED_VECTORS: usize = 8;
/// A loop that computes more nodes than this keeps registers in memory: its temporaries would evict
/// them anyway, and register allocation is super-linear in values that live across a large loop.
const MAX_CARRYING_NODES: usize = 96;

/// The order of work of one variant of a program.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// Where each node is computed.
    pub(crate) placement: Placement,
    /// Segments of the update function, in order.
    pub(crate) update: Vec<Vec<Step>>,
    /// Segments of one frame of the sample loop, in order.
    pub(crate) frame: Vec<Vec<Step>>,
    /// Update nodes whose values the sample loop reads, ascending.
    pub(crate) cached: Vec<NodeId>,
    /// Float constants that the sample loop uses, ascending.
    pub(crate) constants: Vec<NodeId>,
    /// Nodes whose values have a home in state memory, ascending: cached ones, and those that cross
    /// from one segment to a later one.
    pub(crate) kept: Vec<NodeId>,
    /// Registers that stay in machine registers across the loop.
    pub(crate) carried: Vec<RegisterId>,
    /// Controls that the sample loop reads frame by frame; empty in the resting variant.
    pub(crate) moving: Vec<ControlId>,
}

impl Schedule {
    /// Schedules a verified graph whose nodes come in `order`, for a number of voices; with `moving`,
    /// smoothed controls change in every frame.
    pub(crate) fn new(graph: &Graph, order: &[NodeId], moving: bool, lanes: usize) -> Self {
        let placement = Placement::infer(graph, moving);
        let carried = carried_registers(graph, order, &placement, lanes);
        let steps = FrameSteps::order(graph, order, &placement, &carried);
        let cached = steps.uses(graph, |id| placement.of(id) == Place::Update);
        let constants = steps.uses(graph, |id| {
            placement.of(id) == Place::Immediate && graph.ty(id) == Type::Float
        });
        let frame = segment::cut(steps.into_inner());
        let update = order.iter().copied();
        let update = update
            .filter(|&id| placement.of(id) == Place::Update)
            .map(Step::Node);
        let update = segment::cut(update.collect());

        let mut kept = cached.clone();
        kept.extend(segment::crossing(graph, &placement, Place::Frame, &frame));
        kept.extend(segment::crossing(graph, &placement, Place::Update, &update));
        kept.sort_unstable();
        kept.dedup();

        let controls = graph.controls().iter().enumerate();
        let moving = controls
            .filter(|(_, control)| moving && control.smoothing_seconds().is_some())
            .map(|(i, _)| ControlId::new(i))
            .collect();
        Self {
            placement,
            update,
            frame,
            cached,
            constants,
            kept,
            carried,
            moving,
        }
    }
}

/// The registers to carry across the loop in machine registers: all that move, when they are few
/// and the loop is small; none otherwise.
fn carried_registers(
    graph: &Graph,
    order: &[NodeId],
    placement: &Placement,
    lanes: usize,
) -> Vec<RegisterId> {
    let frame = order
        .iter()
        .filter(|&&id| placement.of(id) == Place::Frame)
        .count();
    let moving: Vec<RegisterId> = (0..graph.registers().len())
        .map(RegisterId::new)
        .filter(|&id| !holds_still(graph, id))
        .collect();
    let fit = if lanes == 1 {
        moving.len() <= MAX_CARRIED
    } else {
        let vectors = moving.iter().map(|&id| vectors(graph, id, lanes));
        vectors.sum::<usize>() <= MAX_CARRIED_VECTORS
    };
    if frame <= MAX_CARRYING_NODES && fit {
        moving
    } else {
        Vec::new()
    }
}

/// Vectors that a register of several voices takes.
fn vectors(graph: &Graph, id: RegisterId, lanes: usize) -> usize {
    let bytes = match graph.registers()[id.index()].ty {
        Type::Float => graph.precision().bytes(),
        Type::I32 | Type::Bool => 4,
        Type::I64 => 8,
    };
    lanes * bytes / 16
}
