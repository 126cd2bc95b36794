//! The graph run by an interpreter.

use std::hint::black_box;
use std::time::{Duration, Instant};

use synthc_ir::{Evaluator, Graph};
use synthc_jit::host;

/// Runs `frames` frames of one instance through the per-sample evaluator.
pub(crate) fn evaluator(graph: &Graph, frames: usize) -> Duration {
    let mut evaluator = Evaluator::new(graph, 0);
    let inputs = vec![0.25; graph.input_count() as usize];
    host::flush_denormals(|| {
        let start = Instant::now();
        for _ in 0..frames {
            black_box(evaluator.frame(&inputs));
        }
        start.elapsed()
    })
}
