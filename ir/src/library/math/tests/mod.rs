//! Accuracy, edge cases and cost of the expansions.
//!
//! Every numeric test runs three times: as built, with every product and sum contracted, and after the
//! optimising passes. After the strict passes every bit must be the same.

mod accuracy;
mod cost;
mod edges;
mod passes;

use crate::graph::{Graph, NodeId, Op};
use crate::pass::{Level, optimize};
use crate::signal::Math;
use crate::{BinaryOp, Const, Evaluator, Precision, Signal, Type, UnaryOp};

const BOTH: [Precision; 2] = [Precision::F32, Precision::F64];

/// Every function; a match keeps it complete.
const ALL: [Math; 20] = [
    Math::Sin,
    Math::Cos,
    Math::Tan,
    Math::SinTurns,
    Math::CosTurns,
    Math::TanPi,
    Math::Asin,
    Math::Acos,
    Math::Atan,
    Math::Atan2,
    Math::Exp,
    Math::Exp2,
    Math::Log,
    Math::Log2,
    Math::Log10,
    Math::Pow,
    Math::Tanh,
    Math::Fmod,
    Math::Remainder,
    Math::Round,
];

/// What stands for an operand.
#[derive(Clone, Copy)]
enum Operand {
    Input,
    Constant(f64),
}

/// The expansion of a function of inputs and constants.
fn expansion(precision: Precision, function: Math, operands: &[Operand]) -> Graph {
    let mut graph = Graph::new(precision, 48_000.0, 2);
    let nodes: Vec<NodeId> = operands
        .iter()
        .zip(0..)
        .map(|(operand, i)| match *operand {
            Operand::Input => graph.insert(Op::Input(i)),
            Operand::Constant(x) => graph.insert(Op::Const(Const::Float(x))),
        })
        .collect();
    let result = super::expand(&mut graph, function, &nodes);
    graph.set_outputs(vec![result]);
    graph
}

/// The graph with every product that is an operand of a sum fused into it.
fn contracted(graph: &Graph) -> Graph {
    let mut fused = Graph::new(graph.precision(), graph.sample_rate(), graph.input_count());
    let mut map: Vec<NodeId> = Vec::new();
    for (_, node) in graph.nodes() {
        let op = node.op.map_operands(|id| map[id.index()]);
        let factors = |fused: &Graph, id| match fused.op(id) {
            Op::Binary(BinaryOp::Mul, x, y) if node.ty == Type::Float => Some((x, y)),
            _ => None,
        };
        let new = match op {
            Op::Binary(BinaryOp::Add, a, b) => match (factors(&fused, a), factors(&fused, b)) {
                (Some((x, y)), _) => Op::Fma(x, y, b),
                (None, Some((x, y))) => Op::Fma(x, y, a),
                (None, None) => op,
            },
            Op::Binary(BinaryOp::Sub, a, b) => match (factors(&fused, a), factors(&fused, b)) {
                (_, Some((x, y))) => Op::Fma(fused.unary(UnaryOp::Neg, x), y, a),
                (Some((x, y)), None) => Op::Fma(x, y, fused.unary(UnaryOp::Neg, b)),
                (None, None) => op,
            },
            _ => op,
        };
        map.push(fused.insert(new));
    }
    let outputs = graph.outputs().iter().map(|id| map[id.index()]);
    fused.set_outputs(outputs.collect());
    fused
}

/// Ways a function is run by a [`Subject`].
const VARIANTS: usize = 3;

/// A function in one width: as built, contracted, and after the optimising passes.
struct Subject {
    precision: Precision,
    graphs: [Graph; VARIANTS],
}

impl Subject {
    fn new(precision: Precision, function: Math) -> Self {
        Self::of(
            precision,
            function,
            &[Operand::Input; 2][..function.arity()],
        )
    }

    fn of(precision: Precision, function: Math, operands: &[Operand]) -> Self {
        let graph = expansion(precision, function, operands);
        let fused = contracted(&graph);
        let optimised = optimize(&graph, Level::Optimized);
        Self {
            precision,
            graphs: [graph, fused, optimised],
        }
    }

    /// Calls `check` with the operands, rounded to the width, and the result of every variant.
    fn each(
        &self,
        points: impl IntoIterator<Item = [f64; 2]>,
        mut check: impl FnMut([f64; 2], f64),
    ) {
        let mut evaluators = self.graphs.each_ref().map(|graph| Evaluator::new(graph, 0));
        for point in points {
            let point = point.map(|x| self.precision.round(x));
            for evaluator in &mut evaluators {
                check(point, evaluator.frame(&point)[0]);
            }
        }
    }
}

/// The distance of neighbouring floats at x, of the smallest normal number below it.
fn ulp(precision: Precision, x: f64) -> f64 {
    let (digits, least) = match precision {
        Precision::F32 => (23, -126),
        Precision::F64 => (52, -1022),
    };
    let exponent = ((x.abs().to_bits() >> 52) as i32 - 1023).max(least);
    // Not `powi`, whose intermediate power overflows for subnormal results.
    f64::from(exponent - digits).exp2()
}

/// Numbers in [0, 1), evenly spread (Weyl's sequence of the golden ratio), starting anywhere.
fn spread(count: usize, start: f64) -> impl Iterator<Item = f64> {
    (0..count).map(move |i| (start + i as f64 * 0.618_033_988_749_894_9).fract())
}

#[test]
fn signals_reach_their_own_expansion() {
    let x = Signal::input(0);
    let graph = Graph::build(&[x.sin_turns()], &crate::BuildOptions::default()).unwrap();
    assert_eq!(Evaluator::new(&graph, 0).frame(&[0.25]), [1.0]);
}
