//! Test signals and samples for the inputs of a function that is rendered alone.
//!
//! Each is a function of the frame, so that blocks of any size give the same samples.

use std::f64::consts::TAU;
use std::sync::Arc;

/// What one input receives.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// 1 at one frame, 0 elsewhere.
    Impulse {
        /// The frame.
        frame: u64,
    },
    /// A sine that starts at 0, rising.
    Sine {
        /// Frequency in Hz.
        hz: f64,
        /// Its peak.
        amplitude: f64,
    },
    /// White noise, uniform in [−1, 1).
    Noise {
        /// Chooses the stream.
        seed: u64,
    },
    /// One value throughout.
    Constant(f64),
    /// Samples, then silence.
    Samples(Arc<[f64]>),
}

impl Input {
    /// The sample at `frame`, at `sample_rate` Hz.
    #[must_use]
    pub fn at(&self, frame: u64, sample_rate: f64) -> f64 {
        match self {
            Self::Impulse { frame: at } => f64::from(u8::from(frame == *at)),
            Self::Sine { hz, amplitude } => {
                // The phase in turns is reduced first: exact for whole frequencies however long it lasts.
                let turns = (frame as f64 * hz / sample_rate).fract();
                amplitude * (TAU * turns).sin()
            }
            Self::Noise { seed } => {
                let bits =
                    synthc_ir::noise_key(seed.wrapping_add(frame), (frame >> 32) as u32) >> 11;
                bits as f64 / (1u64 << 52) as f64 - 1.0
            }
            Self::Constant(value) => *value,
            Self::Samples(samples) => usize::try_from(frame)
                .ok()
                .and_then(|frame| samples.get(frame))
                .copied()
                .unwrap_or(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_gives_its_samples() {
        let at = |input: &Input, frame| input.at(frame, 48_000.0);
        assert_eq!(
            [2, 3, 4].map(|n| at(&Input::Impulse { frame: 3 }, n)),
            [0.0, 1.0, 0.0]
        );
        let sine = Input::Sine {
            hz: 12_000.0,
            amplitude: 0.5,
        };
        for (frame, expected) in [
            (0, 0.0),
            (1, 0.5),
            (2, 0.0),
            (3, -0.5),
            (48_000_000_001, 0.5),
        ] {
            assert!((at(&sine, frame) - expected).abs() < 1e-12, "frame {frame}");
        }
        assert_eq!(at(&Input::Constant(0.25), 99), 0.25);
        let samples = Input::Samples([1.0, 2.0].into());
        assert_eq!([0, 1, 2].map(|n| at(&samples, n)), [1.0, 2.0, 0.0]);
    }

    #[test]
    fn noise_is_white_uniform_and_repeatable() {
        let noise = |seed: u64| {
            (0..10_000)
                .map(move |n| Input::Noise { seed }.at(n, 48_000.0))
                .collect::<Vec<_>>()
        };
        let (a, b) = (noise(1), noise(2));
        assert_eq!(a, noise(1));
        let correlation = |a: &[f64], b: &[f64]| {
            a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64
        };
        assert!(a.iter().all(|x| (-1.0..1.0).contains(x)));
        assert!((correlation(&a, &a) - 1.0 / 3.0).abs() < 0.01);
        assert!(correlation(&a, &b).abs() < 0.01);
        assert!(correlation(&a[1..], &a).abs() < 0.01);
        assert!(correlation(&a, &b[1..]).abs() < 0.01);
    }
}
