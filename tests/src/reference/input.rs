//! The input generators of the references.

use serde::Deserialize;

/// One generator; n is the frame index.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Input {
    /// `amp` at frame `at`, else 0.
    Impulse {
        /// Height.
        #[serde(default = "one")]
        amp: f64,
        /// Frame.
        #[serde(default)]
        at: usize,
    },
    /// The generator of krs specification A.7, scaled by `amp`.
    Noise {
        /// State before the first frame.
        #[serde(default)]
        seed: u32,
        /// Scale.
        #[serde(default = "one")]
        amp: f64,
    },
    /// amp·sin(2π·freq·n/SR), evaluated left to right.
    Sine {
        /// Frequency in Hz.
        freq: f64,
        /// Scale.
        #[serde(default = "one")]
        amp: f64,
    },
    /// lo + (hi − lo)·n/frames
    Ramp {
        /// First value.
        lo: f64,
        /// The value after the last.
        hi: f64,
    },
    /// The values over and over.
    Cycle {
        /// One period.
        values: Vec<f64>,
    },
    /// `amp` while (n mod period) < width, else 0.
    Pulse {
        /// Height.
        #[serde(default = "one")]
        amp: f64,
        /// Period in frames.
        period: usize,
        /// Frames the pulse lasts.
        width: usize,
    },
}

const fn one() -> f64 {
    1.0
}

impl Input {
    /// The first `frames` samples at a sample rate in Hz.
    #[must_use]
    pub fn samples(&self, frames: usize, sample_rate: f64) -> Vec<f64> {
        let each = |f: &dyn Fn(usize) -> f64| (0..frames).map(f).collect();
        match self {
            Self::Impulse { amp, at } => each(&|n| if n == *at { *amp } else { 0.0 }),
            Self::Noise { seed, amp } => {
                let mut r = *seed;
                (0..frames)
                    .map(|_| {
                        r = r.wrapping_mul(1_103_515_245).wrapping_add(12345);
                        amp * (f64::from(r.cast_signed()) / 2_147_483_647.0)
                    })
                    .collect()
            }
            Self::Sine { freq, amp } => {
                each(&|n| amp * (2.0 * std::f64::consts::PI * freq * n as f64 / sample_rate).sin())
            }
            Self::Ramp { lo, hi } => each(&|n| lo + (hi - lo) * n as f64 / frames as f64),
            Self::Cycle { values } => each(&|n| values[n % values.len()]),
            Self::Pulse { amp, period, width } => {
                each(&|n| if n % period < *width { *amp } else { 0.0 })
            }
        }
    }
}
