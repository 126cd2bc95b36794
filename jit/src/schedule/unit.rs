//! Units: the strongly connected components of what happens in a frame.
//!
//! Two things are in one unit when each needs the other, in this frame or an earlier one of the same
//! chunk: a unit can only be computed frame by frame (or four frames at a time when the shortest way round takes
//! that long), and everything between units can be computed a chunk at a time. Units come in an
//! order in which each follows all it needs.

use smallvec::SmallVec;
use synthc_ir::graph::{ExternId, LineId, RegisterId, TableId};
use synthc_ir::{BinaryOp, Const, Graph, NodeId, Op, Type};

use super::placement::{Place, Placement};
use super::step::{Delay, Step, delay, table_write};

/// The largest number of frames that a list of loops computes before it begins again. A read that
/// goes at least as far back needs nothing of the present chunk.
pub(crate) const CHUNK: u32 = 64;
/// Frames that an iteration of a loop over time computes at least.
pub(crate) const VECTOR: u32 = 4;
/// Frames that it computes at most.
pub(crate) const WIDEST: u32 = 8;

/// How a unit can be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitKind {
    /// Without a way back to itself: any number of frames at once. A register among it is a shift by
    /// one frame.
    Feed,
    /// An integer register that something is added to (r + k·increment, or a prefix sum), or a bool that something is
    /// linked to by *and* or *or* in every frame.
    Accumulator,
    /// A way back through delay lines of at least [`VECTOR`] frames only.
    Comb,
    /// A way back through a register or a short delay: frame by frame.
    Recurrence,
    /// A written table or an extern: frame by frame, in the order of the frame.
    Serial,
}

impl UnitKind {
    /// Whether consecutive frames can be computed side by side.
    pub(crate) const fn is_parallel(self) -> bool {
        matches!(self, Self::Feed | Self::Accumulator | Self::Comb)
    }
}

/// What happens in a frame, in units.
#[derive(Debug)]
pub(crate) struct Units {
    /// Everything that happens, without writes of registers: those follow their units.
    pub(crate) steps: Vec<Step>,
    /// The unit of each step.
    pub(crate) unit_of: Vec<u32>,
    pub(crate) kinds: Vec<UnitKind>,
    /// Indices into `steps`, unit by unit; those of unit `u` end at `ends[u]`.
    members: Vec<u32>,
    ends: Vec<u32>,
    /// The step of a node, [`NONE`] without.
    step_of: Vec<u32>,
    /// The step that reads a register, [`NONE`] without.
    read_of: Vec<u32>,
    /// What each step needs, as indices into `steps`.
    sources: Vec<SmallVec<[u32; 4]>>,
    /// The steps of the first call and of the first write of a line; the others follow.
    first_call: usize,
    first_line: usize,
    /// The step that writes a table, [`NONE`] for those that are only read.
    table_write_of: Vec<u32>,
}

/// Most frames that an accumulator with a bound may count in one: all sums of a chunk are far from wrapping around.
const MAX_STEP: i32 = 1 << 20;
/// The largest such bound.
const MAX_BOUND: i32 = 1 << 30;

/// No step.
const NONE: u32 = u32::MAX;

/// Whether a node is as easily had in one loop as in another: nothing is computed for it.
pub(super) fn is_free(op: Op) -> bool {
    matches!(op, Op::Input(_) | Op::Control(_))
}

impl Units {
    /// Finds the units of a graph whose nodes come in `order`.
    pub(crate) fn find(graph: &Graph, order: &[NodeId], placement: &Placement) -> Self {
        let mut units = Self::collect(graph, order, placement);
        units.connect(graph);
        units.components();
        units.kinds = (0..units.ends.len())
            .map(|unit| units.classify(graph, unit))
            .collect();
        units.join_shifts(graph);
        units
    }

    /// Steps by unit: indices into `steps`.
    pub(crate) fn members(&self, unit: usize) -> &[u32] {
        let first = if unit == 0 { 0 } else { self.ends[unit - 1] };
        &self.members[first as usize..self.ends[unit] as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The step that computes a node.
    pub(crate) fn step_of(&self, id: NodeId) -> Option<usize> {
        let step = self.step_of[id.index()];
        (step != NONE).then_some(step as usize)
    }

    /// The step that reads a register.
    pub(crate) fn read_of(&self, id: RegisterId) -> Option<usize> {
        let step = self.read_of[id.index()];
        (step != NONE).then_some(step as usize)
    }

    /// The steps a step needs, in this frame or an earlier one of the chunk.
    pub(crate) fn sources(&self, step: usize) -> &[u32] {
        &self.sources[step]
    }

    fn collect(graph: &Graph, order: &[NodeId], placement: &Placement) -> Self {
        let mut step_of = vec![NONE; graph.len()];
        let mut read_of = vec![NONE; graph.registers().len()];
        let mut steps = Vec::with_capacity(order.len() + graph.outputs().len());
        for &id in order {
            let op = graph.op(id);
            if placement.of(id) == Place::Frame && !is_free(op) {
                step_of[id.index()] = steps.len() as u32;
                if let Op::RegisterRead(register) = op {
                    read_of[register.index()] = steps.len() as u32;
                }
                steps.push(Step::Node(id));
            }
        }
        let first_call = steps.len();
        steps.extend((0..graph.externs().len()).map(|i| Step::Call(ExternId::new(i))));
        let first_line = steps.len();
        steps.extend((0..graph.lines().len()).map(|i| Step::WriteLine(LineId::new(i))));
        let mut table_write_of = vec![NONE; graph.tables().len()];
        for (i, write) in table_write_of.iter_mut().enumerate() {
            let id = TableId::new(i);
            if table_write(graph, id).is_some() {
                *write = steps.len() as u32;
                steps.push(Step::WriteTable(id));
            }
        }
        steps.extend((0..graph.outputs().len()).map(Step::Output));
        Self {
            unit_of: vec![NONE; steps.len()],
            members: Vec::with_capacity(steps.len()),
            sources: vec![SmallVec::new(); steps.len()],
            steps,
            kinds: Vec::new(),
            ends: Vec::new(),
            step_of,
            read_of,
            first_call,
            first_line,
            table_write_of,
        }
    }

    /// Finds what every step needs.
    fn connect(&mut self, graph: &Graph) {
        for i in 0..self.steps.len() {
            let step = self.steps[i];
            let (sources, step_of) = (&mut self.sources[i], &self.step_of);
            let mut needs = |id: NodeId| {
                let source = step_of[id.index()];
                if source != NONE {
                    sources.push(source);
                }
            };
            step.for_each_use(graph, &mut needs);
            let Step::Node(id) = step else { continue };
            let beside = match graph.op(id) {
                Op::RegisterRead(register) => {
                    graph.registers()[register.index()]
                        .next
                        .into_iter()
                        .for_each(needs);
                    continue;
                }
                Op::DelayRead(line, offset) => match delay(graph, line, offset) {
                    Delay::Frames(0) => continue,
                    delay if delay.min() >= CHUNK => continue,
                    _ => {
                        sources.push((self.first_line + line.index()) as u32);
                        continue;
                    }
                },
                Op::TableRead(table, _) if self.table_write_of[table.index()] != NONE => {
                    self.table_write_of[table.index()]
                }
                Op::ExternOutput(instance, _) => (self.first_call + instance.index()) as u32,
                _ => continue,
            };
            // What an extern gives, and what reads a written table, happens in the very frame.
            sources.push(beside);
            self.sources[beside as usize].push(i as u32);
        }
    }

    /// Finds the strongly connected components by the algorithm of Tarjan (1972, "Depth-first search
    /// and linear graph algorithms") with an explicit stack; it emits each after all it needs.
    fn components(&mut self) {
        let count = self.steps.len();
        let mut visited = vec![NONE; count];
        let mut lowest = vec![0_u32; count];
        let mut path: Vec<u32> = Vec::new();
        let mut calls: Vec<(u32, u32)> = Vec::new();
        let mut next = 0;
        for root in 0..count as u32 {
            if visited[root as usize] != NONE {
                continue;
            }
            calls.push((root, 0));
            while let Some((step, done)) = calls.last_mut() {
                let (step, i) = (*step, *step as usize);
                if *done == 0 && visited[i] == NONE {
                    visited[i] = next;
                    lowest[i] = next;
                    next += 1;
                    path.push(step);
                }
                if let Some(&source) = self.sources[i].get(*done as usize) {
                    *done += 1;
                    let s = source as usize;
                    if visited[s] == NONE {
                        calls.push((source, 0));
                    } else if self.unit_of[s] == NONE {
                        lowest[i] = lowest[i].min(visited[s]);
                    }
                    continue;
                }
                calls.pop();
                if let Some(&(caller, _)) = calls.last() {
                    let c = caller as usize;
                    lowest[c] = lowest[c].min(lowest[i]);
                }
                if lowest[i] == visited[i] {
                    let unit = self.ends.len() as u32;
                    let first = self.members.len();
                    while let Some(member) = path.pop() {
                        self.unit_of[member as usize] = unit;
                        self.members.push(member);
                        if member == step {
                            break;
                        }
                    }
                    // Indices follow the order of the frame.
                    self.members[first..].sort_unstable();
                    self.ends.push(self.members.len() as u32);
                }
            }
        }
    }

    /// Joins a register that is no part of a recurrence to the unit of what it takes: the one loop
    /// that computes both has the register to itself.
    fn join_shifts(&mut self, graph: &Graph) {
        let mut host: Vec<u32> = (0..self.len() as u32).collect();
        for unit in 0..self.len() {
            let &[only] = self.members(unit) else {
                continue;
            };
            let Step::Node(id) = self.steps[only as usize] else {
                continue;
            };
            if let (Op::RegisterRead(_), &[next]) = (graph.op(id), &self.sources[only as usize][..])
                && self.unit_of[next as usize] as usize != unit
            {
                // What it takes comes earlier and has its host already.
                host[unit] = host[self.unit_of[next as usize] as usize];
            }
        }
        if host.iter().zip(0..).all(|(&host, unit)| host == unit) {
            return;
        }
        let mut joined: Vec<SmallVec<[u32; 8]>> = vec![SmallVec::new(); self.len()];
        for unit in 0..self.len() {
            let members = SmallVec::<[u32; 8]>::from_slice(self.members(unit));
            joined[host[unit] as usize].extend(members);
        }
        let kinds = std::mem::take(&mut self.kinds);
        self.members.clear();
        self.ends.clear();
        for (unit, members) in joined.iter().enumerate() {
            if members.is_empty() {
                continue;
            }
            for &member in members {
                self.unit_of[member as usize] = self.ends.len() as u32;
            }
            self.members.extend_from_slice(members);
            self.ends.push(self.members.len() as u32);
            self.kinds.push(kinds[unit]);
        }
    }

    fn classify(&self, graph: &Graph, unit: usize) -> UnitKind {
        let members = self.members(unit);
        let steps = || members.iter().map(|&i| self.steps[i as usize]);
        let serial = |step: Step| matches!(step, Step::Call(_) | Step::WriteTable(_));
        if steps().any(serial) {
            return UnitKind::Serial;
        }
        if let &[only] = members {
            let back = self.sources[only as usize].contains(&only);
            return if back {
                UnitKind::Recurrence
            } else {
                UnitKind::Feed
            };
        }
        let op = |step: Step| match step {
            Step::Node(id) => Some(graph.op(id)),
            _ => None,
        };
        let register = steps().find_map(|step| match op(step) {
            Some(Op::RegisterRead(register)) => Some(register),
            _ => None,
        });
        if let Some(register) = register {
            let sums = match members.len() {
                2 => {
                    let sum = accumulator(graph, register);
                    sum.is_some_and(|sum| sum.bound.is_none()) || scan(graph, register).is_some()
                }
                // What the bound hides may differ from what the register holds.
                3 => {
                    let sum = accumulator(graph, register);
                    sum.is_some_and(|sum| sum.bound.is_some()) && self.reads(graph, register) == 1
                }
                _ => false,
            };
            return if sums {
                UnitKind::Accumulator
            } else {
                UnitKind::Recurrence
            };
        }
        let short = steps().any(|step| match op(step) {
            Some(Op::DelayRead(line, offset)) => {
                let inside = writes_line(steps(), line);
                inside && delay(graph, line, offset).min() < VECTOR
            }
            _ => false,
        });
        if short {
            UnitKind::Recurrence
        } else {
            UnitKind::Comb
        }
    }

    /// How many steps, and registers that no step reads, need the value of a register at least.
    fn reads(&self, graph: &Graph, register: RegisterId) -> usize {
        let read = self.read_of[register.index()];
        let sources = self.sources.iter().flatten();
        let noted = graph.registers().iter().filter_map(|info| info.next);
        let noted = noted.filter(|next| self.step_of[next.index()] == read);
        sources.filter(|&&source| source == read).count() + noted.count()
    }
}

fn writes_line(mut steps: impl Iterator<Item = Step>, line: LineId) -> bool {
    steps.any(|step| step == Step::WriteLine(line))
}

/// A register `r' = r ± increment` in integers, or `r' = min(r, bound) + increment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accumulator {
    /// r'.
    pub(crate) sum: NodeId,
    /// What is added or taken away.
    pub(crate) increment: NodeId,
    /// Whether it is taken away.
    pub(crate) subtracts: bool,
    /// The bound of one that stops there; its increment is a constant.
    pub(crate) bound: Option<i32>,
}

/// A bool register `r' = r ∘ operand` with *and* or *or*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    /// [`BinaryOp::And`] or [`BinaryOp::Or`].
    pub(crate) op: BinaryOp,
    /// r'.
    pub(crate) link: NodeId,
    /// What is linked to it.
    pub(crate) operand: NodeId,
}

/// The scan that a register and what it takes are. The operand may still depend on the register: whoever asks knows that
/// the two are a unit.
pub(crate) fn scan(graph: &Graph, register: RegisterId) -> Option<Scan> {
    let info = &graph.registers()[register.index()];
    let link = info.next?;
    if info.ty != Type::Bool {
        return None;
    }
    let Op::Binary(op @ (BinaryOp::And | BinaryOp::Or), a, b) = graph.op(link) else {
        return None;
    };
    let reads = |id| graph.op(id) == Op::RegisterRead(register);
    let operand = match (reads(a), reads(b)) {
        (true, false) => b,
        (false, true) => a,
        _ => return None,
    };
    Some(Scan { op, link, operand })
}

/// The accumulator that a register and its sum are. The increment may still depend on the register:
/// whoever asks knows that the two are a unit.
pub(crate) fn accumulator(graph: &Graph, register: RegisterId) -> Option<Accumulator> {
    let info = &graph.registers()[register.index()];
    let sum = info.next?;
    if !matches!(info.ty, Type::I32 | Type::I64) {
        return None;
    }
    let reads = |id| graph.op(id) == Op::RegisterRead(register);
    if let Some((increment, bound)) = bounded(graph, sum, reads) {
        return Some(Accumulator {
            sum,
            increment,
            subtracts: false,
            bound: Some(bound),
        });
    }
    let (increment, subtracts) = match graph.op(sum) {
        Op::Binary(BinaryOp::Add, a, b) if reads(a) => (b, false),
        Op::Binary(BinaryOp::Add, a, b) if reads(b) => (a, false),
        Op::Binary(BinaryOp::Sub, a, b) if reads(a) => (b, true),
        _ => return None,
    };
    (!reads(increment)).then_some(Accumulator {
        sum,
        increment,
        subtracts,
        bound: None,
    })
}

/// The increment and the bound of `min(r, bound) + increment`, small enough that no sum of a chunk wraps around.
fn bounded(graph: &Graph, sum: NodeId, reads: impl Fn(NodeId) -> bool) -> Option<(NodeId, i32)> {
    let Op::Binary(BinaryOp::Add, a, b) = graph.op(sum) else {
        return None;
    };
    let small = |id: NodeId, most: i32| match graph.constant(id) {
        Some(Const::I32(x)) if (0..=most).contains(&x) => Some(x),
        _ => None,
    };
    let bound = |id: NodeId| match graph.op(id) {
        Op::Binary(BinaryOp::Min, a, b) if reads(a) => small(b, MAX_BOUND),
        Op::Binary(BinaryOp::Min, a, b) if reads(b) => small(a, MAX_BOUND),
        _ => None,
    };
    let with = |least: NodeId, increment: NodeId| {
        small(increment, MAX_STEP)?;
        Some((increment, bound(least)?))
    };
    with(a, b).or_else(|| with(b, a))
}
