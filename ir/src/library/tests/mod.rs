//! Tests of the library by what is heard: rendered with the evaluator, judged by spectrum, timing
//! and statistics, in both widths.

mod cost;
mod delays;
mod effects;
mod envelopes;
mod filters;
mod noises;
mod oscillators;
mod spectrum;
mod values;

use crate::eval::Evaluator;
use crate::graph::{BuildOptions, Graph};
use crate::signal::Signal;
use crate::types::Precision;

const RATE: f64 = 48_000.0;
const WIDTHS: [Precision; 2] = [Precision::F32, Precision::F64];

fn graph(signals: &[Signal], precision: Precision, sample_rate: f64) -> Graph {
    let options = BuildOptions {
        precision,
        sample_rate,
        inputs: None,
    };
    Graph::build(signals, &options).expect("the test's signals build")
}

/// `frames` frames of one signal at [`RATE`] with input 0 given by its frame.
fn render(
    signal: &Signal,
    precision: Precision,
    frames: usize,
    input: impl Fn(usize) -> f64,
) -> Vec<f64> {
    let graph = graph(std::slice::from_ref(signal), precision, RATE);
    let mut evaluator = Evaluator::new(&graph, 0);
    (0..frames)
        .map(|n| evaluator.frame(&[input(n)])[0])
        .collect()
}

fn impulse(n: usize) -> f64 {
    f64::from(u8::from(n == 0))
}

/// Repeatable noise in [−1, 1] that is not made by the library under test.
fn dice(n: usize) -> f64 {
    let x = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (x >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|x| x * x).sum::<f64>() / samples.len() as f64).sqrt()
}

fn peak(samples: &[f64]) -> f64 {
    samples.iter().fold(0.0, |m, x| f64::max(m, x.abs()))
}

fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

#[track_caller]
fn assert_close(a: f64, b: f64, tolerance: f64) {
    assert!(
        (a - b).abs() <= tolerance,
        "{a} is not {b} within {tolerance}"
    );
}
