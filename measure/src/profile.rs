//! Where the time of compiled code goes: a cost for every node, in nanoseconds a sample.
//!
//! The whole is measured, the parts are estimated and scaled to the whole. A loop takes as long as
//! its instructions, or as long as its slowest recurrence makes every frame wait for the one
//! before, whichever is more; the waiting is charged to the nodes on the longest way around that
//! recurrence.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use synthc_ir::analysis::{Rate, Rates, Recurrences};
use synthc_ir::{BinaryOp, Graph, NodeId, Op, Precision, Site, Type, UnaryOp, pass};
use synthc_jit::{CompileOptions, Compiler, LoopInfo, LoopKind, Program, Sample, host};

use crate::error::MeasureError;
use crate::native::noise;

/// Frames a call.
const BLOCK: usize = 64;
/// Length of a timed burst, and how many of them there are: the fastest counts.
const BURST: Duration = Duration::from_micros(400);
const BURSTS: usize = 25;
/// Cycles of a simple instruction in a loop that waits for nothing: two to three floating-point
/// instructions begin in a cycle on machines of the present, and some of each loop is overhead.
const CYCLES_PER_INSTRUCTION: f64 = 0.4;

/// The cost of one node.
#[derive(Clone, Debug)]
pub struct NodeCost {
    /// The node, of the graph after the passes.
    pub node: NodeId,
    /// Its operation.
    pub op: Op,
    /// Where it was written, where known.
    pub site: Option<Arc<Site>>,
    /// The loop that computes it, from 0.
    pub in_loop: usize,
    /// Nanoseconds a sample.
    pub ns: f64,
    /// The part of it that is waiting for the frame before.
    pub waiting: f64,
}

/// Where the time of a graph's code goes while controls rest.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The graph after the passes.
    pub graph: Graph,
    /// The loops of its code.
    pub loops: Vec<LoopInfo>,
    /// Nanoseconds a sample in blocks of 64 frames, as measured.
    pub ns_per_sample: f64,
    /// The sum of the estimates before they were scaled, in cycles a sample.
    pub estimated_cycles: f64,
    /// Every node that is computed per sample; the sum is what was measured.
    pub nodes: Vec<NodeCost>,
    /// Nodes that are computed only when a control changes.
    pub at_rest: usize,
}

impl Profile {
    /// Compiles a graph, runs it for some hundredths of a second and shares the time out.
    ///
    /// # Errors
    /// When the graph does not compile.
    pub fn of<T: Sample>(graph: &Graph, options: &CompileOptions) -> Result<Self, MeasureError> {
        let options = CompileOptions {
            keep_text: true,
            ..*options
        };
        let program = Compiler::new(options.target)?.compile::<T>(graph, &options)?;
        // Passes are deterministic: these are the numbers that the loops speak of.
        let optimized = pass::optimize(graph, options.level);
        let ns_per_sample = time(&program)?;
        let mut nodes = Vec::new();
        for (index, one) in program.loops().iter().enumerate() {
            nodes.extend(estimate(&optimized, index, one));
        }
        let estimated_cycles: f64 = nodes.iter().map(|node| node.ns).sum();
        let scale = ns_per_sample / estimated_cycles;
        for node in &mut nodes {
            node.ns *= scale;
            node.waiting *= scale;
        }
        let rates = Rates::infer(&optimized);
        let rests = |id: NodeId| rates.of(id) == Rate::Control;
        Ok(Self {
            at_rest: optimized.nodes().filter(|&(id, _)| rests(id)).count(),
            loops: program.loops().to_vec(),
            graph: optimized,
            ns_per_sample,
            estimated_cycles,
            nodes,
        })
    }
}

/// Nanoseconds a sample, the fastest of many short bursts.
fn time<T: Sample>(program: &Program<T>) -> Result<f64, MeasureError> {
    let input = noise::<T>(BLOCK * program.lanes());
    let inputs = vec![input.as_slice(); program.input_count()];
    let mut buffers = vec![vec![T::default(); BLOCK * program.lanes()]; program.output_count()];
    let mut outputs: Vec<&mut [T]> = buffers.iter_mut().map(Vec::as_mut_slice).collect();
    let mut state = program.instantiate(0);
    host::flush_denormals(|| {
        let (mut best, mut blocks, mut bursts) = (f64::INFINITY, 1_usize, 0);
        while bursts < BURSTS {
            let start = Instant::now();
            for _ in 0..blocks {
                program.process(&mut state, &inputs, &mut outputs, &[])?;
                black_box(&mut outputs);
            }
            let taken = start.elapsed();
            if taken < BURST && blocks < 1 << 20 {
                blocks *= 2;
                continue;
            }
            best = best.min(taken.as_secs_f64() * 1e9 / (blocks * BLOCK) as f64);
            bursts += 1;
        }
        Ok(best)
    })
}

/// The nodes of a loop with their costs in cycles.
fn estimate(graph: &Graph, index: usize, one: &LoopInfo) -> Vec<NodeCost> {
    let mut nodes: Vec<NodeCost> = one
        .nodes
        .iter()
        .zip(&one.costs)
        .zip(&one.sites)
        .map(|((&node, &cost), site)| NodeCost {
            node,
            op: graph.op(node),
            site: site.clone(),
            in_loop: index,
            ns: f64::from(cost) * CYCLES_PER_INSTRUCTION,
            waiting: 0.0,
        })
        .collect();
    if one.kind == LoopKind::Time {
        return nodes;
    }
    let working: f64 = nodes.iter().map(|node| node.ns).sum();
    let way = longest_way(graph, &one.nodes);
    let around: f64 = way.iter().map(|&(_, latency)| latency).sum();
    if around > working {
        for (node, latency) in way {
            let waiting = (around - working) * latency / around;
            if let Some(cost) = nodes.iter_mut().find(|cost| cost.node == node) {
                cost.ns += waiting;
                cost.waiting = waiting;
            }
        }
    }
    nodes
}

/// The longest way from a frame to the next through a recurrence of a loop: its nodes with their
/// latencies in cycles. Nodes come in order.
fn longest_way(graph: &Graph, nodes: &[NodeId]) -> Vec<(NodeId, f64)> {
    let recurrences = Recurrences::find(graph);
    let mut inside = vec![false; graph.len()];
    for &node in nodes {
        inside[node.index()] = recurrences.of(node).is_some();
    }
    // The time at which each node is ready, and the operand it waited for.
    let mut ready = vec![(0.0, None); graph.len()];
    let mut last: Option<NodeId> = None;
    let mut ascending = nodes.to_vec();
    ascending.sort_unstable();
    for &node in ascending.iter().filter(|node| inside[node.index()]) {
        let same = |operand: &NodeId| {
            inside[operand.index()] && recurrences.of(*operand) == recurrences.of(node)
        };
        let operands = graph.op(node).operands().into_iter().filter(same);
        let slowest = operands
            .map(|operand| (ready[operand.index()].0, Some(operand)))
            .fold((0.0, None), |a: (f64, _), b| if b.0 > a.0 { b } else { a });
        ready[node.index()] = (slowest.0 + latency(graph, node), slowest.1);
        if last.is_none_or(|last| ready[node.index()].0 > ready[last.index()].0) {
            last = Some(node);
        }
    }
    let mut way = Vec::new();
    while let Some(node) = last {
        way.push((node, latency(graph, node)));
        last = ready[node.index()].1;
    }
    way
}

/// Cycles from a node's operands to its result, as on x86-64 of the present (Fog 2025, "Instruction
/// tables", Zen 4 and 5; Intel's differ by a cycle).
fn latency(graph: &Graph, node: NodeId) -> f64 {
    let narrow = graph.precision() == Precision::F32;
    let float = graph.ty(node) == Type::Float;
    match graph.op(node) {
        // Carried in a machine register, or forwarded from the store of the frame before.
        Op::RegisterRead(_) => 0.5,
        Op::Fma(..) => 4.0,
        Op::Binary(BinaryOp::Div, ..) => {
            if narrow {
                10.5
            } else {
                13.0
            }
        }
        Op::Unary(UnaryOp::Sqrt, _) => {
            if narrow {
                14.5
            } else {
                20.0
            }
        }
        Op::Binary(BinaryOp::Min | BinaryOp::Max, ..) => 2.0,
        Op::Binary(..) if float => 3.0,
        Op::Binary(BinaryOp::Mul, ..) => 3.0,
        Op::Unary(UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Trunc | UnaryOp::Nearest, _) => 3.0,
        Op::Cast(..) => 5.0,
        Op::DelayRead(..) | Op::TableRead(..) => 7.0,
        Op::ExternOutput(..) => 20.0,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use synthc_ir::{BuildOptions, Signal, feedback};

    use super::*;

    fn profile(outputs: &[Signal]) -> Profile {
        let graph = Graph::build(outputs, &BuildOptions::default()).expect("a graph");
        Profile::of::<f32>(&graph, &CompileOptions::default()).expect("a profile")
    }

    #[test]
    fn the_parts_are_what_was_measured() {
        let wet = feedback(|y| 0.7 * y + Signal::input(0).tanh());
        let profile = profile(&[wet.clone() * 0.5, wet.sin()]);
        let sum: f64 = profile.nodes.iter().map(|node| node.ns).sum();
        assert!((sum / profile.ns_per_sample - 1.0).abs() < 1e-9);
        assert!(
            profile
                .nodes
                .iter()
                .all(|n| n.ns >= n.waiting && n.waiting >= 0.0)
        );
        assert!(profile.ns_per_sample > 0.0 && profile.estimated_cycles > 0.0);
    }

    #[test]
    fn waiting_is_charged_to_the_way_around_the_slowest_recurrence() {
        // Four divisions, one after the other, every frame; and a product beside them.
        let slow = feedback(|y| (0..4).fold(y.clone(), |y, _| 1.0 / (y + 2.0)) + Signal::input(0));
        let profile = profile(&[slow, Signal::input(1) * 0.5]);
        let waiting = |op: fn(Op) -> bool| {
            let nodes = profile.nodes.iter().filter(|node| op(node.op));
            nodes.map(|node| node.waiting).sum::<f64>()
        };
        let divisions = waiting(|op| matches!(op, Op::Binary(BinaryOp::Div, ..)));
        let inputs = waiting(|op| matches!(op, Op::Input(_)));
        assert!(divisions > 0.5 * profile.ns_per_sample, "{divisions}");
        assert_eq!(inputs, 0.0);
    }

    #[test]
    fn what_rests_is_counted_apart() {
        let level = Signal::control(synthc_ir::Control::new("level", 0.5, 0.0, 1.0));
        let profile = profile(&[Signal::input(0) * level.sqrt()]);
        assert_eq!(profile.at_rest, 2);
        assert!(
            profile
                .nodes
                .iter()
                .all(|node| matches!(node.op, Op::Binary(..) | Op::Input(_)))
        );
    }
}
