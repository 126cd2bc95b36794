//! The graph run by an interpreter: after the passes that keep every bit, as the compiled code is
//! made after passes too.

use std::hint::black_box;
use std::time::{Duration, Instant};

use synthc_ir::{BlockInterpreter, Evaluator, Graph};
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

/// Runs `frames` frames of one instance through the block interpreter, in blocks of 64.
pub(crate) fn block(graph: &Graph, frames: usize) -> Duration {
    const BLOCK: usize = 64;
    let mut interpreter = BlockInterpreter::new(graph, 0);
    let input = [0.25; BLOCK];
    let inputs = vec![input.as_slice(); graph.input_count() as usize];
    let mut buffers = vec![[0.0; BLOCK]; graph.outputs().len()];
    let mut outputs: Vec<&mut [f64]> = buffers.iter_mut().map(|b| b.as_mut_slice()).collect();
    // What depends on controls only is computed once, before the clock starts.
    interpreter.process(&inputs, &mut outputs);
    host::flush_denormals(|| {
        let start = Instant::now();
        for _ in 0..frames.div_ceil(BLOCK) {
            interpreter.process(&inputs, &mut outputs);
            black_box(&mut outputs);
        }
        start.elapsed()
    })
}
