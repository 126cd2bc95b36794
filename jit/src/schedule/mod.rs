//! What runs where: which nodes are computed when a control changes, which in every frame, in which
//! loop of the process function, and in what order a loop's reads, computations and writes happen.
//!
//! The compiler makes one [`Schedule`] per variant; lowering walks it and decides nothing. Every
//! step comes after all it needs, in its loop or an earlier one; a register belongs to one
//! loop, which reads and writes it; what crosses from loop to loop goes through buffers.

mod bank;
mod buffer;
mod cost;
mod describe;
mod entry;
mod form;
mod frame;
mod grow;
mod monotone;
mod order;
mod pack;
mod placement;
mod range;
mod segment;
mod shape;
mod step;
mod switch;
mod unit;
mod width;

#[cfg(test)]
mod tests;

pub(crate) use bank::{Bank, GROUP, Instance};
pub(crate) use buffer::{Buffers, Cells, ROW_BYTES, cell_bytes};
pub use describe::{EntryInfo, LoopInfo, LoopKind};
pub(crate) use describe::{describe, describe_entries};
pub(crate) use entry::Entry;
pub(crate) use monotone::{Monotone, may_count};
pub(crate) use order::order;
pub(crate) use placement::{Place, Placement, holds_still};
pub(crate) use range::IntRange;
pub(crate) use step::{Delay, Step, delay, table_write};
pub(crate) use switch::{Switch, chosen};
pub(crate) use unit::{Accumulator, CHUNK, Scan, VECTOR, WIDEST, accumulator, scan};

use synthc_ir::graph::{ControlId, RegisterId};
use synthc_ir::{Graph, NodeId, Op, Type};

use form::{Group, MAX_CARRIED, MAX_FRAME_STEPS};
use unit::Units;

/// Carried vectors of a program with voices in lanes: of 16 registers the rest is for what the
/// loop computes.
const MAX_CARRIED_VECTORS: usize = 8;

/// How a process function wants its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Any number in a call.
    Whole,
    /// At most [`CHUNK`] in a call.
    Chunks,
    /// At most [`CHUNK`] in a call; it may read and write up to the next multiple of [`WIDEST`], and
    /// reads a value per frame of every moving control.
    Vectors,
}

/// One loop of the process function.
#[derive(Debug)]
pub(crate) struct Loop {
    pub(crate) kind: LoopKind,
    /// Values side by side: frames, or recurrences.
    pub(crate) lanes: u32,
    /// Segments of one iteration, in order; values cross between them through their homes.
    pub(crate) segments: Vec<Vec<Step>>,
    /// Registers that the loop keeps in machine registers.
    pub(crate) carried: Vec<RegisterId>,
    /// Nodes whose values the loop reads and that do not change during a chunk, ascending.
    pub(crate) cached: Vec<NodeId>,
    /// Float constants that the loop uses, ascending.
    pub(crate) constants: Vec<NodeId>,
    /// Inputs and moving controls that the loop reads, ascending.
    pub(crate) free: Vec<NodeId>,
    /// Nodes whose values come from buffers that earlier loops have written, ascending.
    pub(crate) imports: Vec<NodeId>,
    /// Nodes whose values later loops need, ascending.
    pub(crate) exports: Vec<NodeId>,
    /// A condition that is decided before a loop of single frames.
    pub(crate) switch: Option<Switch>,
    /// Instructions per frame that computing several frames at a time saves, by estimation.
    pub(crate) saved: f32,
    /// The recurrences of a bank.
    pub(crate) bank: Option<Bank>,
}

/// The order of work of one variant of a program.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// What loops see of the graph where entries have changed it.
    view: Option<Graph>,
    /// Where each node is computed.
    pub(crate) placement: Placement,
    /// What can happen at the start of a chunk, in order.
    pub(crate) entries: Vec<Entry>,
    /// Nodes that are computed after the entries, before the loops, in order.
    pub(crate) chunk: Vec<NodeId>,
    /// Segments of the update function, in order.
    pub(crate) update: Vec<Vec<Step>>,
    /// The loops of the process function, in order; at least one.
    pub(crate) loops: Vec<Loop>,
    /// Registers that no loop reads and that take what does not change during a chunk: written after the loops.
    pub(crate) settled: Vec<RegisterId>,
    /// Where values are that cross from loop to loop.
    pub(crate) buffers: Buffers,
    /// Nodes whose values have a home in state memory, ascending: what is read of the update function and of what is
    /// computed before the loops, and what crosses from one segment to a later one.
    pub(crate) kept: Vec<NodeId>,
    /// Controls that loops read frame by frame; empty in the resting variant.
    pub(crate) moving: Vec<ControlId>,
}

impl Schedule {
    /// Schedules a verified graph whose nodes come in `order`, for a number of voices; with `moving`,
    /// smoothed controls change in every frame. Several voices fill the vectors themselves: all they do is one
    /// loop of single frames.
    pub(crate) fn new(graph: &Graph, order: &[NodeId], moving: bool, lanes: usize) -> Self {
        let placement = Placement::infer(graph, moving, &[]);
        match entry::find(graph, order, &placement) {
            None => Self::of(
                (graph, order),
                order,
                placement,
                Vec::new(),
                (moving, lanes),
            ),
            Some(found) => {
                let seen = (&found.view, &found.order[..]);
                let sets = found.entries.iter().flat_map(|entry| &entry.sets);
                let mut set: Vec<RegisterId> = sets.map(|&(register, _)| register).collect();
                set.sort_unstable();
                let placement = Placement::infer(&found.view, moving, &set);
                let schedule = Self::of(seen, order, placement, found.entries, (moving, lanes));
                Self {
                    view: Some(found.view),
                    ..schedule
                }
            }
        }
    }

    /// Schedules what loops see of a graph, its nodes in order; the update function has the whole `order`.
    fn of(
        (graph, seen): (&Graph, &[NodeId]),
        order: &[NodeId],
        placement: Placement,
        entries: Vec<Entry>,
        (moving, lanes): (bool, usize),
    ) -> Self {
        let units = Units::find(graph, seen, &placement);
        let groups = if lanes == 1 {
            form::form(graph, &placement, &units)
        } else {
            form::whole(&units)
        };
        let Loops {
            all: loops,
            settled,
            ..
        } = Loops::new(graph, &placement, &units, &groups, lanes);
        let buffers = Buffers::assign(graph, &loops);
        let update = order.iter().copied();
        let update = update
            .filter(|&id| placement.of(id) == Place::Update)
            .map(Step::Node);
        let update = segment::cut(update.collect());

        let (mut kept, mut crossing): (Vec<NodeId>, Vec<NodeId>) = (Vec::new(), Vec::new());
        for one in &loops {
            kept.extend_from_slice(&one.cached);
            crossing.extend(segment::crossing(
                graph,
                &placement,
                Place::Frame,
                &one.segments,
            ));
        }
        kept.extend(segment::crossing(graph, &placement, Place::Update, &update));
        let of_entries = entries.iter().flat_map(Entry::steps);
        kept.extend(of_entries.flat_map(|(_, op)| op.operands()));
        let next = |id: &RegisterId| graph.registers()[id.index()].next;
        kept.extend(settled.iter().filter_map(next));
        let reads = |id: NodeId| matches!(graph.op(id), Op::RegisterRead(_));
        let chunk = seen.iter().copied();
        let chunk = chunk.filter(|&id| placement.of(id) == Place::Chunk && !reads(id));
        let chunk: Vec<NodeId> = chunk.collect();
        kept.extend(chunk.iter().flat_map(|&id| graph.op(id).operands()));
        // What an entry sets is in its register.
        kept.retain(|&id| match placement.of(id) {
            Place::Immediate | Place::Frame => false,
            Place::Update => true,
            Place::Chunk => !reads(id),
        });
        kept.append(&mut crossing);
        kept.sort_unstable();
        kept.dedup();

        let controls = graph.controls().iter().enumerate();
        let moving = controls
            .filter(|(_, control)| moving && control.smoothing_seconds().is_some())
            .map(|(i, _)| ControlId::new(i))
            .collect();
        Self {
            view: None,
            placement,
            entries,
            chunk,
            update,
            loops,
            settled,
            buffers,
            kept,
            moving,
        }
    }

    /// The graph that the loops see, of the graph that the schedule was made for.
    pub(crate) fn graph<'a>(&'a self, source: &'a Graph) -> &'a Graph {
        self.view.as_ref().unwrap_or(source)
    }

    /// How the process function wants its frames.
    pub(crate) fn pace(&self) -> Pace {
        if self.loops.iter().any(|one| one.kind == LoopKind::Time) {
            Pace::Vectors
        } else if self.loops.len() > 1 {
            Pace::Chunks
        } else {
            Pace::Whole
        }
    }
}

/// Loops under construction.
struct Loops<'a> {
    graph: &'a Graph,
    placement: &'a Placement,
    units: &'a Units,
    /// The loop of each step.
    loop_of: Vec<u32>,
    /// Number of voices.
    lanes: usize,
    all: Vec<Loop>,
    /// See [`Schedule::settled`].
    settled: Vec<RegisterId>,
}

impl<'a> Loops<'a> {
    fn new(
        graph: &'a Graph,
        placement: &'a Placement,
        units: &'a Units,
        groups: &[Group],
        lanes: usize,
    ) -> Self {
        let mut loop_of = vec![0; units.steps.len()];
        for (index, group) in (0..).zip(groups) {
            for &step in &group.steps {
                loop_of[step as usize] = index;
            }
        }
        let mut loops = Self {
            graph,
            placement,
            units,
            loop_of,
            lanes,
            all: Vec::with_capacity(groups.len()),
            settled: Vec::new(),
        };
        let mut owned: Vec<Vec<RegisterId>> = vec![Vec::new(); groups.len()];
        for (i, info) in graph.registers().iter().enumerate() {
            let id = RegisterId::new(i);
            let Some(next) = info.next else { continue };
            if holds_still(graph, id) {
                continue;
            }
            if units.read_of(id).is_none() && placement.of(next) != Place::Frame {
                loops.settled.push(id);
            } else if let Some(owned) = owned.get_mut(loops.owner(id, next)) {
                owned.push(id);
            }
        }
        for ((index, group), registers) in groups.iter().enumerate().zip(owned) {
            let one = loops.make(index, group, registers);
            loops.all.push(one);
        }
        loops.connect();
        loops
    }
}

impl Loops<'_> {
    /// The loop of a register: that of its read, which is that of what it takes wherever a loop computes it.
    fn owner(&self, id: RegisterId, next: NodeId) -> usize {
        let step = self.units.read_of(id).or(self.units.step_of(next));
        step.map_or(0, |step| self.loop_of[step] as usize)
    }

    fn make(&self, index: usize, group: &Group, registers: Vec<RegisterId>) -> Loop {
        let (graph, units) = (self.graph, self.units);
        let fit = if self.lanes == 1 {
            registers.len() <= MAX_CARRIED
        } else {
            let vectors = registers.iter().map(|&id| vectors(graph, id, self.lanes));
            vectors.sum::<usize>() <= MAX_CARRIED_VECTORS
        };
        let few = fit && group.steps.len() <= MAX_FRAME_STEPS;
        // Lanes hold the registers of instances.
        let in_lanes = |id: &RegisterId| {
            let mut instances = group.bank.iter().flat_map(|bank| &bank.instances);
            instances.any(|instance| instance.registers.contains(id))
        };
        let carries = |id: &RegisterId| match group.kind {
            LoopKind::Time => true,
            LoopKind::Frames => few,
            LoopKind::Bank => in_lanes(id),
        };
        let (carried, in_memory): (Vec<_>, Vec<_>) = registers.into_iter().partition(carries);
        let inside = |step: usize| self.loop_of[step] as usize == index;
        let segments = match group.kind {
            LoopKind::Time => vec![frame::of_time(graph, units, &group.steps)],
            LoopKind::Frames => {
                let steps = frame::of_frames(graph, units, inside, &group.steps, &in_memory);
                segment::cut(steps)
            }
            LoopKind::Bank => {
                let steps = &group.steps;
                vec![frame::of_frames(graph, units, inside, steps, &in_memory)]
            }
        };
        let mut made = Loop {
            kind: group.kind,
            lanes: match group.kind {
                LoopKind::Frames => 1,
                LoopKind::Time => width::of(graph, &segments[0], units.steps.len()),
                LoopKind::Bank => VECTOR,
            },
            segments,
            carried,
            cached: Vec::new(),
            constants: Vec::new(),
            free: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            switch: None,
            saved: group.saved,
            bank: group.bank.clone(),
        };
        for id in made.uses(graph) {
            match self.placement.of(id) {
                Place::Update | Place::Chunk => made.cached.push(id),
                Place::Immediate if graph.ty(id) == Type::Float => made.constants.push(id),
                Place::Immediate => {}
                Place::Frame => match units.step_of(id) {
                    None => made.free.push(id),
                    Some(step) if inside(step) => {}
                    Some(_) => made.imports.push(id),
                },
            }
        }
        made
    }

    /// Lists what later loops need with the loops that compute it; then decides about conditions.
    fn connect(&mut self) {
        let mut needed: Vec<NodeId> = Vec::new();
        for one in &self.all {
            needed.extend_from_slice(&one.imports);
        }
        needed.sort_unstable();
        needed.dedup();
        for id in needed {
            if let Some(step) = self.units.step_of(id) {
                self.all[self.loop_of[step] as usize].exports.push(id);
            }
        }
        for one in &mut self.all {
            if one.kind == LoopKind::Frames {
                one.switch = Switch::find(self.graph, self.placement, one, self.lanes);
            }
        }
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

impl Loop {
    /// The steps of one iteration.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.segments.iter().flatten()
    }

    /// The nodes whose values the loop needs, ascending.
    fn uses(&self, graph: &Graph) -> Vec<NodeId> {
        let mut used = Vec::new();
        for step in self.steps() {
            step.for_each_use(graph, |id| used.push(id));
        }
        let next = |id: &RegisterId| graph.registers()[id.index()].next;
        used.extend(self.carried.iter().filter_map(next));
        used.sort_unstable();
        used.dedup();
        used
    }
}
