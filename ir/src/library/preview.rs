//! Hearing a signal with one call: for examples, tests and a first look.

use crate::eval::Evaluator;
use crate::graph::{BuildError, BuildOptions, Graph};
use crate::signal::Signal;
use crate::types::Precision;

/// The first `frames` frames of a signal at 48 kHz in 64 bit, inputs being an impulse (1 in the
/// first frame, then 0).
///
/// Runs the reference evaluator: exact and slow. Allocates the result.
///
/// ```
/// use synthc_ir::prelude::*;
/// let echoes = echo(Signal::input(0), 1000.0 / 48_000.0 * 2.0, 0.5);
/// assert_eq!(preview(&echoes, 5)?, [1.0, 0.0, 0.5, 0.0, 0.25]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
///
/// # Errors
/// Those of [`Graph::build`].
pub fn preview(signal: &Signal, frames: usize) -> Result<Vec<f64>, BuildError> {
    let options = BuildOptions {
        precision: Precision::F64,
        ..BuildOptions::default()
    };
    let graph = Graph::build(std::slice::from_ref(signal), &options)?;
    let mut evaluator = Evaluator::new(&graph, 0);
    let inputs = graph.input_count() as usize;
    let (impulse, silence) = (vec![1.0; inputs], vec![0.0; inputs]);
    Ok((0..frames)
        .map(|n| evaluator.frame(if n == 0 { &impulse } else { &silence })[0])
        .collect())
}
