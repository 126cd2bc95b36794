//! Accuracy, edge cases and cost of the expansions.

use crate::{BuildOptions, Evaluator, Graph, Precision, Signal};

/// Values of a function of one input at the given points.
fn values(precision: Precision, f: impl Fn(&Signal) -> Signal, points: &[f64]) -> Vec<f64> {
    let options = BuildOptions {
        precision,
        ..BuildOptions::default()
    };
    let graph = Graph::build(&[f(&Signal::input(0))], &options).unwrap();
    let mut evaluator = Evaluator::new(&graph, 0);
    points.iter().map(|&x| evaluator.frame(&[x])[0]).collect()
}

#[test]
fn quarter_turns_are_exact() {
    for precision in [Precision::F32, Precision::F64] {
        let points = [0.0, 0.25, 0.5, 0.75, 1.0, -0.25];
        let sines = values(precision, Signal::sin_turns, &points);
        assert_eq!(sines, [0.0, 1.0, 0.0, -1.0, 0.0, -1.0]);
        let cosines = values(precision, Signal::cos_turns, &points);
        assert_eq!(cosines, [1.0, 0.0, -1.0, 0.0, 1.0, 0.0]);
    }
}
