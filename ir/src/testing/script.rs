//! What happens while a program runs: inputs and control changes.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};

use super::{CONTROLS, INPUTS};
use crate::graph::ControlId;
use crate::{Evaluator, Graph, noise_key};

/// A run of a program.
#[derive(Clone, Debug)]
pub struct Script {
    /// Number of frames.
    pub frames: usize,
    /// Seed of the instance and of the input noise.
    pub seed: u64,
    /// (frame, control, value), taking effect at that frame.
    pub changes: Vec<(usize, usize, f64)>,
}

/// Runs of 1 to `frames` frames.
pub fn scripts(frames: usize) -> impl Strategy<Value = Script> {
    let change = (0..frames, 0..CONTROLS, -0.25..1.25_f64);
    let changes = vec(change, 0..6);
    (1..=frames, any::<u64>(), changes).prop_map(|(frames, seed, changes)| Script {
        frames,
        seed,
        changes,
    })
}

impl Script {
    /// The inputs of a frame: noise in \[−1, 1\], now and then exactly 0, −0, 1 or −1.
    #[must_use]
    pub fn inputs(&self, frame: usize) -> Vec<f64> {
        let input = |channel| {
            let ordinal = frame as u32 * INPUTS + channel;
            let key = noise_key(self.seed, ordinal);
            match key % 32 {
                0 => 0.0,
                1 => -0.0,
                2 => 1.0,
                3 => -1.0,
                _ => key.cast_signed() as f64 / 9_223_372_036_854_775_808.0,
            }
        };
        (0..INPUTS).map(input).collect()
    }

    /// What the evaluator makes of it: all outputs of the first frame, then of the second, …
    #[must_use]
    pub fn evaluate(&self, graph: &Graph) -> Vec<f64> {
        let mut evaluator = Evaluator::new(graph, self.seed);
        let mut outputs = Vec::with_capacity(self.frames * graph.outputs().len());
        for frame in 0..self.frames {
            for &(at, control, value) in &self.changes {
                if at == frame && control < graph.controls().len() {
                    evaluator.set(ControlId::new(control), value);
                }
            }
            outputs.extend_from_slice(evaluator.frame(&self.inputs(frame)));
        }
        outputs
    }
}

/// The first place where two runs differ in a bit (all NaNs being one), with both values.
#[must_use]
pub fn differing_frame(a: &[f64], b: &[f64]) -> Option<(usize, f64, f64)> {
    let same = |x: f64, y: f64| x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan());
    let mut pairs = a.iter().zip(b).enumerate();
    pairs
        .find(|&(_, (&x, &y))| !same(x, y))
        .map(|(i, (&x, &y))| (i, x, y))
}

/// The largest absolute difference of two runs; infinite where one is not finite.
#[must_use]
pub fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    let difference = |(x, y): (&f64, &f64)| {
        let difference = (x - y).abs();
        if difference.is_nan() {
            f64::INFINITY
        } else {
            difference
        }
    };
    a.iter().zip(b).map(difference).fold(0.0, f64::max)
}
