//! What the passes must not do to expansions: change a bit in strict mode, or reassociate the sums that
//! round, reduce and carry remainders, be they inside of a feedback loop.

use super::accuracy::{Bound, assert_within, bound, points, standard};
use super::{ALL, BOTH, Operand, Subject, expansion};
use crate::graph::{Graph, NodeId, Op, Register, RegisterInit};
use crate::pass::{Level, optimize};
use crate::signal::Math;
use crate::{BuildOptions, Const, Evaluator, Precision, Signal, Type};

const SPECIAL: [f64; 12] = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.0,
    -1.0,
    2.0,
    -3.0,
    1e-44,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

#[test]
fn strict_passes_keep_every_bit() {
    for precision in BOTH {
        for function in ALL {
            let graph = expansion(
                precision,
                function,
                &[Operand::Input; 2][..function.arity()],
            );
            let strict = optimize(&graph, Level::Strict);
            let (mut before, mut after) = (Evaluator::new(&graph, 0), Evaluator::new(&strict, 0));
            let pairs = SPECIAL.map(|x| SPECIAL.map(|y| [x, y]));
            let all = points(precision, function).into_iter();
            for point in all.chain(pairs.into_iter().flatten()) {
                let point = point.map(|x| precision.round(x));
                let (want, got) = (before.frame(&point)[0], after.frame(&point)[0]);
                let same = got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan();
                assert!(
                    same,
                    "{precision} {function:?} {point:?}: {got}, not {want}"
                );
            }
        }
    }
}

/// The function of x + 0·(its own last result): the same values, but every operation lies in a loop.
fn looped(precision: Precision, function: Math) -> Graph {
    let mut graph = Graph::new(precision, 48_000.0, 2);
    let last = graph.add_register(Register {
        ty: Type::Float,
        init: RegisterInit::Const(Const::Float(0.0)),
        next: None,
        name: None,
        site: None,
    });
    let operands: Vec<NodeId> = (0..function.arity())
        .map(|i| {
            let input = graph.insert(Op::Input(i as u32));
            let last = graph.insert(Op::RegisterRead(last));
            graph.add(last, input)
        })
        .collect();
    let result = super::super::expand(&mut graph, function, &operands);
    let zero = graph.float(0.0);
    let nothing = graph.mul(result, zero);
    graph.register_mut(last).next = Some(nothing);
    graph.set_outputs(vec![result]);
    graph
}

#[test]
fn optimising_passes_keep_accuracy_in_loops() {
    for precision in BOTH {
        for function in ALL {
            let graph = optimize(&looped(precision, function), Level::Optimized);
            let subject = Subject {
                precision,
                graphs: [graph.clone(), graph.clone(), graph],
            };
            let ulps = match (precision, function) {
                (Precision::F32, _) => 2.0,
                (_, Math::Fmod | Math::Remainder | Math::Round) => 0.0,
                // Some for the standard library, whose operand πx is rounded before.
                (_, Math::TanPi) => 8.0,
                (_, Math::SinTurns | Math::CosTurns) => 6.0,
                _ => 4.6,
            };
            let points = points(precision, function).into_iter().step_by(5);
            subject.each(points, |point, got| {
                let want = standard(function, point);
                let absolute = if want.abs() < 1.0 {
                    bound(precision, function).absolute.max(1e-15)
                } else {
                    0.0
                };
                if precision == Precision::F32 || function != Math::TanPi || want.abs() < 1.0 {
                    let case = format!("{function:?} {point:?}");
                    assert_within(Bound { ulps, absolute }, precision, got, want, 0.0, &case);
                }
            });
        }
    }
}

#[test]
fn exact_fractions_of_the_sample_rate_stay_exact() {
    for precision in BOTH {
        for rate in [8_000.0, 32_000.0, 44_100.0, 48_000.0, 96_000.0] {
            let options = BuildOptions {
                precision,
                sample_rate: rate,
                ..BuildOptions::default()
            };
            let turns = Signal::input(0) / Signal::sample_rate();
            let graph = Graph::build(&[turns], &options).expect("a good signal");
            let graph = optimize(&graph, Level::Optimized);
            let mut evaluator = Evaluator::new(&graph, 0);
            // Every such frequency is a float in both widths.
            for fraction in (1..200).map(|i| f64::from(i) / 32.0) {
                assert_eq!(evaluator.frame(&[fraction * rate]), [fraction], "{rate} Hz");
            }
        }
    }
}
