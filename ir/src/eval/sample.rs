//! The per-sample evaluator.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Value;
use super::arithmetic::{binary, cast, compare, fma, unary};
use crate::external::ExternState;
use crate::graph::{ControlId, Graph, NodeId, Op, RegisterInit, TableKind};
use crate::noise_key::noise_key;
use crate::types::{Const, Precision};

/// Runs one instance of a graph frame by frame.
///
/// Memory is linear in the graph; a frame allocates nothing but the returned slice's first use.
pub struct Evaluator<'g> {
    graph: &'g Graph,
    order: Vec<NodeId>,
    values: Vec<Value>,
    controls: Vec<f64>,
    registers: Vec<Value>,
    lines: Vec<Ring>,
    tables: Vec<Vec<Value>>,
    externs: Vec<ExternCall>,
    outputs: Vec<f64>,
}

/// A delay line as a ring with room for this frame's input and `max` older ones.
struct Ring {
    cells: Vec<Value>,
    /// Cell of the present frame.
    head: usize,
}

struct ExternCall {
    state: Option<Box<dyn ExternState>>,
    inputs: Vec<f64>,
    outputs: Vec<f64>,
    /// Whether this frame has been computed.
    fresh: bool,
}

impl<'g> Evaluator<'g> {
    /// A fresh instance; `seed` distinguishes the noise of instances.
    #[must_use]
    pub fn new(graph: &'g Graph, seed: u64) -> Self {
        let precision = graph.precision();
        let zero = Value::float(precision, 0.0);
        let register = |init| match init {
            RegisterInit::Const(value) => Value::from_const(precision, value),
            RegisterInit::NoiseKey { ordinal, word } => {
                let key = noise_key(seed, ordinal);
                Value::I32((key >> (32 * u32::from(word & 1))) as i32)
            }
        };
        let table = |kind: &TableKind| match kind {
            TableKind::ReadOnly(data) => data.iter().map(|&x| Value::float(precision, x)).collect(),
            TableKind::Written { len, init, .. } => {
                vec![Value::float(precision, *init); *len as usize]
            }
        };
        Self {
            graph,
            // A built or verified graph has no cycle; an unverified one computes nothing.
            order: graph.schedule().unwrap_or_default(),
            values: vec![zero; graph.len()],
            controls: graph.controls().iter().map(|c| c.init).collect(),
            registers: graph.registers().iter().map(|r| register(r.init)).collect(),
            lines: graph
                .lines()
                .iter()
                .map(|line| Ring {
                    cells: vec![zero; line.max as usize + 1],
                    head: 0,
                })
                .collect(),
            tables: graph.tables().iter().map(|t| table(&t.kind)).collect(),
            externs: graph
                .externs()
                .iter()
                .map(|x| ExternCall {
                    state: Some(x.unit.instantiate(graph.sample_rate())),
                    inputs: vec![0.0; x.inputs.len()],
                    outputs: vec![0.0; x.unit.outputs()],
                    fresh: false,
                })
                .collect(),
            outputs: vec![0.0; graph.outputs().len()],
        }
    }

    /// Sets a control from the next frame on; clamps to its range.
    pub fn set(&mut self, control: ControlId, value: f64) {
        self.controls[control.index()] = self.graph.controls()[control.index()].clamp(value);
    }

    /// Computes one frame. Missing inputs are 0. Floats are widened to `f64`.
    pub fn frame(&mut self, inputs: &[f64]) -> &[f64] {
        for call in &mut self.externs {
            call.fresh = false;
        }
        // Writes that this frame's reads must see happen when the reads are reached: what they
        // write has been computed by then, because the schedule says so.
        for i in 0..self.order.len() {
            let id = self.order[i];
            self.values[id.index()] = self.node(id, inputs);
        }
        self.end_frame();
        for (slot, &id) in self.outputs.iter_mut().zip(self.graph.outputs()) {
            *slot = self.values[id.index()].as_f64();
        }
        &self.outputs
    }

    /// The value of a node in the frame last computed.
    #[must_use]
    pub fn value(&self, node: NodeId) -> Value {
        self.values[node.index()]
    }

    fn get(&self, id: NodeId) -> Value {
        self.values[id.index()]
    }

    fn node(&mut self, id: NodeId, inputs: &[f64]) -> Value {
        let graph = self.graph;
        let precision = graph.precision();
        match graph.op(id) {
            Op::Const(value) => Value::from_const(precision, value),
            Op::SampleRate => Value::float(precision, graph.sample_rate()),
            Op::Input(i) => Value::float(precision, inputs.get(i as usize).copied().unwrap_or(0.0)),
            Op::Control(c) => Value::float(precision, self.controls[c.index()]),
            Op::Unary(op, a) => unary(op, self.get(a)),
            Op::Binary(op, a, b) => binary(op, self.get(a), self.get(b)),
            Op::Compare(op, a, b) => compare(op, self.get(a), self.get(b)),
            Op::Select(c, a, b) => self.get(if self.get(c).as_bool() { a } else { b }),
            Op::Cast(op, a) => cast(precision, op, self.get(a)),
            Op::Fma(a, b, c) => fma(self.get(a), self.get(b), self.get(c)),
            Op::RegisterRead(r) => self.registers[r.index()],
            Op::DelayRead(d, offset) => {
                let line = &graph.lines()[d.index()];
                let offset = i64::from(self.get(offset).as_i32());
                let offset = offset.clamp(i64::from(line.min), i64::from(line.max)) as usize;
                let ring = &self.lines[d.index()];
                if let (0, Some(input)) = (offset, line.input) {
                    return self.get(input);
                }
                let len = ring.cells.len();
                ring.cells[(ring.head + len - offset) % len]
            }
            Op::TableRead(t, index) => {
                if let TableKind::Written {
                    write: Some((at, value)),
                    ..
                } = graph.tables()[t.index()].kind
                {
                    let (at, value) = (self.get(at).as_i32(), self.get(value));
                    let cells = &mut self.tables[t.index()];
                    let at = clamp_index(at, cells.len());
                    cells[at] = value;
                }
                let cells = &self.tables[t.index()];
                cells[clamp_index(self.get(index).as_i32(), cells.len())]
            }
            Op::ExternOutput(x, port) => {
                self.call(x.index());
                let output = self.externs[x.index()].outputs.get(port as usize);
                Value::float(precision, output.copied().unwrap_or(0.0))
            }
        }
    }

    /// Computes an extern's frame once, with inputs that the schedule has made ready.
    fn call(&mut self, x: usize) {
        if self.externs[x].fresh {
            return;
        }
        for (i, &input) in self.graph.externs()[x].inputs.iter().enumerate() {
            self.externs[x].inputs[i] = self.values[input.index()].as_f64();
        }
        let call = &mut self.externs[x];
        call.fresh = true;
        if let Some(state) = &mut call.state {
            let (inputs, outputs) = (&call.inputs, &mut call.outputs);
            if catch_unwind(AssertUnwindSafe(|| state.frame(inputs, outputs))).is_err() {
                call.state = None;
                call.outputs.fill(0.0);
            }
        }
    }

    fn end_frame(&mut self) {
        for x in 0..self.externs.len() {
            self.call(x);
        }
        for t in 0..self.tables.len() {
            if let TableKind::Written {
                write: Some((at, value)),
                ..
            } = self.graph.tables()[t].kind
            {
                let (at, value) = (self.get(at).as_i32(), self.get(value));
                let cells = &mut self.tables[t];
                let at = clamp_index(at, cells.len());
                cells[at] = value;
            }
        }
        for (ring, line) in self.lines.iter_mut().zip(self.graph.lines()) {
            if let Some(input) = line.input {
                ring.cells[ring.head] = self.values[input.index()];
                ring.head = (ring.head + 1) % ring.cells.len();
            }
        }
        // All registers step at once: next values are nodes, which no step changes.
        for (register, info) in self.registers.iter_mut().zip(self.graph.registers()) {
            if let Some(next) = info.next {
                *register = self.values[next.index()];
            }
        }
    }
}

fn clamp_index(index: i32, len: usize) -> usize {
    usize::try_from(index).unwrap_or(0).min(len - 1)
}

impl std::fmt::Debug for Evaluator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evaluator")
            .field("precision", &self.graph.precision())
            .field("nodes", &self.graph.len())
            .finish_non_exhaustive()
    }
}

impl Const {
    /// The constant as a value of a width.
    #[must_use]
    pub const fn to_value(self, precision: Precision) -> Value {
        Value::from_const(precision, self)
    }
}
