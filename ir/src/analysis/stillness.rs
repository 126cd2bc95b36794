//! Stillness: whether an instance that is silent now is silent for ever, until somebody touches it.
//!
//! A proof by induction over frames. Assume that inputs are silent, controls rest and delay lines hold zeros; that every
//! counter (an integer register that something fixed is added to in every frame: phases, noise, clocks that stop at a
//! bound and are set back by something that does not happen) has any value; and that every other register has the value it has now. One walk over the graph in bounds ([`Span`]) then tells what a frame
//! does. When it puts out zeros, writes zeros to all lines, and leaves all other registers as they are, then so does
//! every frame after it, wherever the counters are: nothing has to be computed, and counters are known in closed form.
//!
//! Zeros of either sign count as one. Used by the code generator's states; the walk allocates nothing.

use crate::eval::Value;
use crate::graph::{ControlId, Graph, NodeId, Op, RegisterId, Table, TableKind};
use crate::op::BinaryOp;
use crate::types::{Const, Type};

use super::span::{self, Span, ZERO};

/// The largest bound of a counter, and most that is added to one with a bound in a frame: no sum wraps around.
const MAX_BOUND: i32 = 1 << 30;
const MAX_STEP: i64 = 1 << 20;

/// An integer register and what is added to it in every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The register.
    pub register: RegisterId,
    /// What is added, when `negative` is false, or taken away.
    step: NodeId,
    /// Whether it is taken away.
    negative: bool,
    /// It is `min(r, bound) + step` where there is a bound.
    bound: Option<i32>,
    /// It is set to something else where this condition has not this value.
    unless: Option<(NodeId, bool)>,
}

impl Counter {
    /// What it holds `frames` frames after it held `value`, when `step` is added in every frame: modulo the width of its type.
    #[must_use]
    pub fn after(&self, value: i64, step: i64, frames: u64) -> i64 {
        let Some(bound) = self.bound.map(i64::from) else {
            return value.wrapping_add(step.wrapping_mul(frames as i64));
        };
        match frames.checked_sub(1) {
            None => value,
            // Every frame but the last is stopped by the bound, from below or at once.
            Some(before) => {
                let way = i128::from(step) * i128::from(before);
                let stopped = (i128::from(value.min(bound)) + way).min(bound.into());
                stopped as i64 + step
            }
        }
    }
}

/// What has to be known of a graph to prove that an instance stands still.
#[derive(Clone, Debug)]
pub struct Stillness {
    graph: Graph,
    counters: Vec<Counter>,
    /// Bounds of the cells of read-only tables.
    tables: Vec<Span>,
}

/// Memory of a walk: makes proofs of all graphs of up to so many nodes.
#[derive(Clone, Debug, Default)]
pub struct StillnessMemory(Vec<Span>);

impl StillnessMemory {
    /// For graphs of up to `nodes` nodes. Allocates.
    #[must_use]
    pub fn new(nodes: usize) -> Self {
        Self(vec![Span::Any; nodes])
    }
}

/// The state an instance is in.
pub trait StillnessState {
    /// What a register holds.
    fn register(&self, register: RegisterId) -> Value;
    /// What a control rests at.
    fn control(&self, control: ControlId) -> Value;
}

impl Stillness {
    /// `None` for graphs of which this can prove nothing: with externs, or with tables that are written.
    #[must_use]
    pub fn of(graph: Graph) -> Option<Self> {
        let written = |table: &Table| matches!(table.kind, TableKind::Written { .. });
        if !graph.externs().is_empty() || graph.tables().iter().any(written) {
            return None;
        }
        let bounds = |table: &Table| match &table.kind {
            TableKind::ReadOnly(cells) if cells.iter().all(|x| x.is_finite()) => {
                let lo = cells.iter().copied().fold(f64::INFINITY, f64::min);
                let hi = cells.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                Span::Float(lo, hi)
            }
            _ => Span::Any,
        };
        let counters = (0..graph.registers().len()).map(RegisterId::new);
        Some(Self {
            counters: counters.filter_map(|id| counter(&graph, id)).collect(),
            tables: graph.tables().iter().map(bounds).collect(),
            graph,
        })
    }

    /// Nodes that a proof walks over.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.graph.len()
    }

    /// Bytes it keeps alive, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.graph.len() * 2 * size_of::<crate::graph::Node>()
    }

    /// The counters, in the order of their registers.
    #[must_use]
    pub fn counters(&self) -> &[Counter] {
        &self.counters
    }

    /// Proves that an instance in this state, its lines holding zeros and its inputs silent, stands still: `steps` takes
    /// what is added to each counter in every frame, modulo the width of its type. False when there is no
    /// proof.
    pub fn prove(
        &self,
        state: &impl StillnessState,
        memory: &mut StillnessMemory,
        steps: &mut [i64],
    ) -> bool {
        let Some(spans) = memory.0.get_mut(..self.graph.len()) else {
            return false;
        };
        for (id, node) in self.graph.nodes() {
            spans[id.index()] = self.span(node.op, spans, state);
        }
        let of = |id: NodeId| spans[id.index()];
        let counted = self.counters.iter().zip(steps);
        for (counter, step) in counted {
            let Some(value) = of(counter.step).value() else {
                return false;
            };
            let is = |condition, kept| matches!(of(condition).value(), Some(Value::Bool(x)) if x == kept);
            if let Some((condition, kept)) = counter.unless
                && !is(condition, kept)
            {
                return false;
            }
            let amount = match value {
                Value::I32(x) => i64::from(x),
                Value::I64(x) => x,
                _ => return false,
            };
            *step = if counter.negative {
                amount.wrapping_neg()
            } else {
                amount
            };
            // The closed form of one with a bound does not know where it would wrap around.
            if counter.bound.is_some() && !(0..=MAX_STEP).contains(step) {
                return false;
            }
        }
        let registers = self.graph.registers().iter().enumerate();
        let mut registers = registers.map(|(i, register)| (RegisterId::new(i), register.next));
        let rests = |(id, next): (RegisterId, Option<NodeId>)| {
            self.is_counter(id)
                || next.is_none_or(|next| of(next).is_within(Span::exactly(state.register(id))))
        };
        let mut lines = self.graph.lines().iter().filter_map(|line| line.input);
        let mut outputs = self.graph.outputs().iter();
        outputs.all(|&id| of(id).is_zero())
            && lines.all(|id| of(id).is_zero())
            && registers.all(rests)
    }

    fn is_counter(&self, register: RegisterId) -> bool {
        let found = self
            .counters
            .binary_search_by_key(&register.index(), |counter| counter.register.index());
        found.is_ok()
    }

    fn span(&self, op: Op, spans: &[Span], state: &impl StillnessState) -> Span {
        let precision = self.graph.precision();
        let of = |id: NodeId| spans[id.index()];
        match op {
            Op::Input(_) | Op::DelayRead(..) => ZERO,
            Op::Control(id) => Span::exactly(state.control(id)),
            Op::RegisterRead(id) if self.is_counter(id) => Span::Any,
            Op::RegisterRead(id) => Span::exactly(state.register(id)),
            Op::TableRead(table, index) => {
                match (&self.graph.tables()[table.index()].kind, of(index)) {
                    (TableKind::ReadOnly(cells), Span::Exact(index)) => {
                        let Value::I32(index) = index else {
                            return Span::Any;
                        };
                        let last = cells.len().saturating_sub(1);
                        let cell = cells.get((index.max(0) as usize).min(last));
                        let value = cell.map(|&x| Value::float(precision, x));
                        value.map_or(Span::Any, Span::exactly)
                    }
                    _ => self.tables[table.index()],
                }
            }
            op => span::pure(&self.graph, op, of).unwrap_or(Span::Any),
        }
    }
}

/// The register as a counter, when something is added to it in every frame and it is not held still.
fn counter(graph: &Graph, register: RegisterId) -> Option<Counter> {
    let info = &graph.registers()[register.index()];
    if !matches!(info.ty, Type::I32 | Type::I64) {
        return None;
    }
    let Op::Binary(op, a, b) = graph.op(info.next?) else {
        return None;
    };
    let reads = |id| graph.op(id) == Op::RegisterRead(register);
    if op == BinaryOp::Add
        && let Some((step, bound, unless)) =
            [(a, b), (b, a)].into_iter().find_map(|(least, step)| {
                let (bound, unless) = bounded(graph, least, reads)?;
                Some((step, bound, unless))
            })
    {
        return Some(Counter {
            register,
            step,
            negative: false,
            bound: Some(bound),
            unless,
        });
    }
    let (step, negative) = match op {
        BinaryOp::Add if reads(a) => (b, false),
        BinaryOp::Add if reads(b) => (a, false),
        BinaryOp::Sub if reads(a) => (b, true),
        _ => return None,
    };
    Some(Counter {
        register,
        step,
        negative,
        bound: None,
        unless: None,
    })
}

/// The bound of `min(r, bound)`, where r may be chosen by a condition: `condition ? something : r`.
fn bounded(
    graph: &Graph,
    least: NodeId,
    reads: impl Fn(NodeId) -> bool,
) -> Option<(i32, Option<(NodeId, bool)>)> {
    let Op::Binary(BinaryOp::Min, a, b) = graph.op(least) else {
        return None;
    };
    let counted = |id: NodeId| match graph.op(id) {
        Op::Select(condition, x, y) if reads(y) && !reads(x) => Some(Some((condition, false))),
        Op::Select(condition, x, y) if reads(x) && !reads(y) => Some(Some((condition, true))),
        _ => reads(id).then_some(None),
    };
    let with = |r: NodeId, bound: NodeId| match graph.constant(bound) {
        Some(Const::I32(bound)) if (0..=MAX_BOUND).contains(&bound) => Some((bound, counted(r)?)),
        _ => None,
    };
    with(a, b).or_else(|| with(b, a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Register;
    use crate::{BuildOptions, Signal};

    #[test]
    fn a_counter_with_a_bound_is_where_counting_frame_by_frame_gets() {
        for bound in [0, 7, 1 << 30] {
            let clock = Register::int(0);
            let count = clock.read().min(Signal::int(bound)) + Signal::int(3);
            let count = clock.bind(&count, &count).to_float();
            let graph = Graph::build(&[count], &BuildOptions::default()).expect("a counter");
            let stillness = Stillness::of(graph).expect("nothing but a counter");
            let &[counter] = stillness.counters() else {
                panic!("one counter");
            };
            for start in [0, 5, 7, 8, 10, 11, (1 << 30) + 3, i32::MIN, i32::MAX] {
                let mut value = start;
                for frames in 0..9 {
                    let after = counter.after(i64::from(start), 3, frames);
                    assert_eq!(after, i64::from(value), "{start}, {frames} frames");
                    value = value.min(bound) + 3;
                }
            }
        }
    }

    #[test]
    fn a_clock_that_an_edge_sets_back_counts_while_there_is_none() {
        let edge = Signal::input(0).gt(0.0);
        let clock = Register::int(0);
        let before = edge.select(&Signal::int(0), &clock.read());
        let count = before.min(Signal::int(100)) + Signal::int(1);
        let silent = clock.bind(&count, &Signal::constant(0.0));
        let graph = Graph::build(&[silent], &BuildOptions::default()).expect("a clock");
        let stillness = Stillness::of(graph).expect("nothing but a clock");
        assert_eq!(stillness.counters().len(), 1);
        struct Any;
        impl StillnessState for Any {
            fn register(&self, _: RegisterId) -> Value {
                Value::I32(5)
            }
            fn control(&self, _: ControlId) -> Value {
                Value::F32(0.0)
            }
        }
        let mut memory = StillnessMemory::new(stillness.nodes());
        let mut steps = [0];
        assert!(stillness.prove(&Any, &mut memory, &mut steps));
        assert_eq!(steps, [1]);
    }
}
