//! The block interpreter: a graph run as engines without a compiler run theirs.
//!
//! Every primitive is a boxed node that computes 64 frames a call through dynamic dispatch; what
//! depends on controls only is computed when one changes; buffers are used again as soon as they are
//! free, so that they stay in the cache. Recurrences (strongly connected components, after delays of
//! at least 64 frames have been cut) go frame by frame through the `step` of the same nodes. This is
//! the baseline that compiled code is measured against, as good as the design allows; it gives the
//! bits of the [`Evaluator`](super::Evaluator), which its tests demand.

mod arena;
mod boxed;
mod kernel;
mod plan;
mod stateful;
#[cfg(test)]
mod tests;
mod width;

use arena::{Arena, Buffer, CHUNK, Ring};
use boxed::Maker;
use kernel::Kernel;
use plan::{Item, Plan};
use width::Width;

use crate::graph::{ControlId, Graph, Op, TableKind};
use crate::types::Precision;

/// Runs one instance of a graph in chunks of at most 64 frames.
///
/// ```
/// use synthc_ir::{BlockInterpreter, BuildOptions, Graph, Signal, feedback};
///
/// let y = feedback(|y| 0.5 * y + Signal::input(0));
/// let graph = Graph::build(&[y], &BuildOptions::default())?;
/// let mut interpreter = BlockInterpreter::new(&graph, 0);
/// let mut output = [0.0; 3];
/// interpreter.process(&[&[1.0; 3]], &mut [&mut output]);
/// assert_eq!(output, [1.0, 1.5, 1.75]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
pub struct BlockInterpreter {
    controls: Vec<std::sync::Arc<crate::Control>>,
    machine: Machine,
}

/// An interpreter of either width.
enum Machine {
    F32(Instance<f32>),
    F64(Instance<f64>),
}

impl BlockInterpreter {
    /// A fresh instance; `seed` distinguishes the noise of instances. The graph must be verified, as
    /// those of [`Graph::build`] are.
    #[must_use]
    pub fn new(graph: &Graph, seed: u64) -> Self {
        let machine = match graph.precision() {
            Precision::F32 => Machine::F32(Instance::new(graph, seed)),
            Precision::F64 => Machine::F64(Instance::new(graph, seed)),
        };
        Self {
            controls: graph.controls().to_vec(),
            machine,
        }
    }

    /// Sets a control from the next frame on; clamps to its range.
    pub fn set(&mut self, control: ControlId, value: f64) {
        let value = self.controls[control.index()].clamp(value);
        match &mut self.machine {
            Machine::F32(instance) => instance.set(control.index(), value),
            Machine::F64(instance) => instance.set(control.index(), value),
        }
    }

    /// Computes as many frames as the shortest output holds. Missing inputs, and missing frames of
    /// inputs, are 0; floats are widened to `f64`. Allocates nothing.
    pub fn process(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        match &mut self.machine {
            Machine::F32(instance) => instance.process(inputs, outputs),
            Machine::F64(instance) => instance.process(inputs, outputs),
        }
    }
}

/// What runs together: one boxed node by chunks, or a recurrence frame by frame.
enum Unit<X> {
    Block(Box<dyn Kernel<X>>),
    Recurrence(Vec<Box<dyn Kernel<X>>>),
}

/// An instance of a graph of width `X`.
struct Instance<X> {
    arena: Arena<X>,
    /// Computed when a control has changed.
    control: Vec<Box<dyn Kernel<X>>>,
    units: Vec<Unit<X>>,
    /// Whether a control has changed.
    dirty: bool,
    /// (input, buffer)
    inputs: Vec<(usize, usize)>,
    /// Buffers of the outputs.
    outputs: Vec<usize>,
}

impl<X> Instance<X>
where
    X: Width + Send,
    X::Bits: Send,
{
    fn new(graph: &Graph, seed: u64) -> Self {
        let plan = Plan::new(graph);
        let maker = Maker {
            graph,
            plan: &plan,
            seed,
        };
        let mut arena = arena(graph, &plan);
        let mut inputs = Vec::new();
        for (id, node) in graph.nodes() {
            if let Op::Input(i) = node.op {
                // Inputs keep buffers of their own.
                inputs.push((i as usize, plan.buffers[id.index()]));
            }
        }
        maker.constants(&mut arena);
        for &id in &plan.fixed {
            if let Some(mut kernel) = maker.kernel(Item::Node(id)) {
                kernel.block(&mut arena, CHUNK);
            }
        }
        let control = plan.control.iter();
        let control = control.filter_map(|&id| maker.kernel(Item::Node(id)));
        let units = plan.units.iter().filter_map(|unit| {
            let mut kernels: Vec<_> = unit
                .items
                .iter()
                .filter_map(|&item| maker.kernel(item))
                .collect();
            if unit.recurrent {
                return Some(Unit::Recurrence(kernels));
            }
            kernels.pop().map(Unit::Block)
        });
        Self {
            control: control.collect(),
            units: units.collect(),
            dirty: true,
            inputs,
            outputs: graph.outputs().iter().map(|&id| maker.at(id)).collect(),
            arena,
        }
    }

    fn set(&mut self, control: usize, value: f64) {
        self.arena.controls[control] = value;
        self.dirty = true;
    }

    fn process(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        let frames = outputs.iter().map(|output| output.len()).min().unwrap_or(0);
        let mut first = 0;
        while first < frames {
            let len = CHUNK.min(frames - first);
            for &(input, buffer) in &self.inputs {
                let source = inputs.get(input).and_then(|x| x.get(first..));
                let source = source.unwrap_or(&[]).iter().chain(std::iter::repeat(&0.0));
                for (x, &value) in self.arena.floats[buffer][..len].iter_mut().zip(source) {
                    *x = X::from_f64(value);
                }
            }
            self.chunk(len);
            for (output, &buffer) in outputs.iter_mut().zip(&self.outputs) {
                let target = output[first..first + len].iter_mut();
                for (y, &x) in target.zip(&self.arena.floats[buffer]) {
                    *y = x.to_f64();
                }
            }
            first += len;
        }
    }

    fn chunk(&mut self, frames: usize) {
        let arena = &mut self.arena;
        if std::mem::take(&mut self.dirty) {
            for kernel in &mut self.control {
                kernel.block(arena, CHUNK);
            }
        }
        for unit in &mut self.units {
            match unit {
                Unit::Block(kernel) => kernel.block(arena, frames),
                Unit::Recurrence(kernels) => {
                    for frame in 0..frames {
                        for kernel in &mut *kernels {
                            kernel.step(arena, frame);
                        }
                    }
                    for kernel in kernels {
                        kernel.finish(arena, frames);
                    }
                }
            }
        }
        for line in &mut arena.lines {
            line.start = line.start.wrapping_add(frames);
        }
    }
}

fn arena<X>(graph: &Graph, plan: &Plan) -> Arena<X>
where
    X: Width,
{
    let [floats, ints, longs, bools] = plan.counts;
    let table = |kind: &TableKind| match kind {
        TableKind::ReadOnly(cells) => cells.iter().map(|&x| X::from_f64(x)).collect(),
        TableKind::Written { len, init, .. } => vec![X::from_f64(*init); *len as usize],
    };
    let ports = |outputs: usize| -> Vec<Buffer<X>> { vec![[X::ZERO; CHUNK]; outputs] };
    Arena {
        floats: vec![[X::ZERO; CHUNK]; floats],
        ints: vec![[0; CHUNK]; ints],
        longs: vec![[0; CHUNK]; longs],
        bools: vec![[false; CHUNK]; bools],
        controls: graph.controls().iter().map(|c| c.init).collect(),
        lines: graph
            .lines()
            .iter()
            .map(|line| Ring::new(line.max))
            .collect(),
        tables: graph.tables().iter().map(|t| table(&t.kind)).collect(),
        ports: graph
            .externs()
            .iter()
            .map(|x| ports(x.unit.outputs()))
            .collect(),
    }
}

impl std::fmt::Debug for BlockInterpreter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlockInterpreter").finish_non_exhaustive()
    }
}
