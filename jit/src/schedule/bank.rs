//! Banks: recurrences of one shape, computed side by side in the lanes of vectors.
//!
//! A recurrence cannot be computed several frames at a time, but several recurrences can be computed
//! together when they do the same: the voices of a chord, the bands of a vocoder, the two sides of
//! a stereo filter. What surrounds them alike comes along, so that few values cross into lanes and out
//! of them. Instances do not depend on one another.

use std::collections::HashSet;

use smallvec::SmallVec;
use synthc_ir::graph::RegisterId;
use synthc_ir::{Graph, NodeId, Precision, Type};

use super::cost::{self, cost};
use super::placement::{Place, Placement};
use super::step::Step;
use super::unit::Units;

/// Most instances of a loop.
pub(super) const MAX_INSTANCES: usize = 16;
/// Instances that a vector of the narrowest kind holds: lanes come in this number.
pub(crate) const GROUP: usize = 4;
/// Recurrences of one shape.
#[derive(Clone, Debug)]
pub(crate) struct Bank {
    /// At least two.
    pub(crate) instances: Vec<Instance>,
}

/// One of the recurrences of a bank: nodes and registers at the same index do the same in all.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    /// What is computed, each node after those of the instance that it needs.
    pub(crate) nodes: Vec<NodeId>,
    /// The operands of each node, in an order that is the same in all instances: a sum may be written either
    /// way round.
    pub(crate) operands: Vec<SmallVec<[NodeId; 3]>>,
    pub(crate) registers: Vec<RegisterId>,
}

/// What finding banks asks about the graph.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) graph: &'a Graph,
    pub(super) placement: &'a Placement,
    pub(super) units: &'a Units,
    /// The steps that need the value of each step.
    pub(super) users: &'a [Vec<u32>],
}

impl Bank {
    /// Instructions per frame that the bank saves, by estimation.
    pub(super) fn saves(&self, context: Context) -> f32 {
        let units = context.units;
        let count = self.instances.len();
        let groups = count.div_ceil(GROUP) as f32;
        let inside: HashSet<NodeId> = self
            .instances
            .iter()
            .flat_map(|instance| instance.nodes.iter().copied())
            .collect();
        let mut gathered = HashSet::new();
        let mut saved = -cost::LOOP;
        for (index, &id) in self.instances[0].nodes.iter().enumerate() {
            let one = cost(context.graph, Step::Node(id));
            let unit = units.step_of(id).map(|step| units.unit_of[step] as usize);
            let parallel = unit.is_some_and(|unit| units.kinds[unit].is_parallel());
            // What would be computed several frames at a time costs the same there.
            if !parallel {
                saved += one.scalar * count as f32 - one.vector * GROUP as f32 * groups;
            }
            for operand in 0..self.instances[0].operands[index].len() {
                saved -= self.gather(context, &inside, &mut gathered, index, operand);
            }
        }
        for id in &inside {
            let Some(step) = units.step_of(*id) else {
                continue;
            };
            let outside = |&user: &u32| match units.steps[user as usize] {
                Step::Node(user) => !inside.contains(&user),
                _ => true,
            };
            if context.users[step].iter().any(outside) {
                saved -= if in_rows(context.graph, *id) {
                    cost::ROW
                } else {
                    cost::CROSSING
                };
            }
        }
        saved
    }

    /// What computing over time would save of what is in a long bank although it need not be.
    pub(super) fn over_time(&self, context: Context) -> f32 {
        if self.instances[0].nodes.len() <= cost::LONG {
            return 0.0;
        }
        let units = context.units;
        let parallel = |id: &&NodeId| {
            let unit = units.step_of(**id).map(|step| units.unit_of[step] as usize);
            unit.is_some_and(|unit| units.kinds[unit].is_parallel())
        };
        let nodes = self.instances[0].nodes.iter().filter(parallel);
        let cost = nodes.map(|&id| cost(context.graph, Step::Node(id)).vector);
        let groups = self.instances.len().div_ceil(GROUP);
        cost::OVER_TIME * cost.sum::<f32>() * (GROUP * groups) as f32
    }

    /// What it costs in a frame to bring an operand into lanes, the first time.
    fn gather(
        &self,
        context: Context,
        inside: &HashSet<NodeId>,
        gathered: &mut HashSet<NodeId>,
        index: usize,
        operand: usize,
    ) -> f32 {
        let of = |instance: &Instance| instance.operands[index][operand];
        let first = of(&self.instances[0]);
        let known = inside.contains(&first) || !gathered.insert(first);
        if known || context.placement.of(first) != Place::Frame {
            0.0
        } else if self.instances.iter().all(|instance| of(instance) == first) {
            1.0
        } else {
            let over_time = |instance: &Instance| {
                let step = context.units.step_of(of(instance));
                let unit = step.map(|step| context.units.unit_of[step] as usize);
                unit.is_some_and(|unit| context.units.kinds[unit].is_parallel())
            };
            let rows = in_rows(context.graph, first) && self.instances.iter().all(over_time);
            let each = if rows { cost::ROW } else { cost::GATHER };
            self.instances.len() as f32 * each
        }
    }
}

/// Whether a value can cross in rows of four.
fn in_rows(graph: &Graph, id: NodeId) -> bool {
    graph.precision() == Precision::F32 && graph.ty(id) == Type::Float
}
