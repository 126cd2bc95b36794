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
    /// The linear congruential generator of `lcg_noise`, from a start value of one's own:
    /// r ← (1103515245·r + 12345) mod 2³², heard as the signed r / 2147483647.
    Noise {
        /// What r is before the first frame.
        seed: u32,
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
            // Read as signed: the reference divides by 2³¹ − 1, so −2³¹ lies a hair below −1.
            Self::Noise { seed } => {
                f64::from(lcg_after(*seed, frame.wrapping_add(1)).cast_signed()) / 2_147_483_647.0
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

/// The generator's value `steps` steps after `seed`.
///
/// One step is the affine map r → a·r + c mod 2³². Maps compose to maps, (a₂, c₂) ∘ (a₁, c₁) = (a₂a₁, a₂c₁ + c₂), so
/// the maps of 1, 2, 4, … steps come from squaring, and any number of steps takes at most 64 of them (Brown, “Random
/// Number Generation with Arbitrary Strides”, 1994).
fn lcg_after(seed: u32, steps: u64) -> u32 {
    let (mut a, mut c) = (1_103_515_245_u32, 12_345_u32);
    let (mut r, mut rest) = (seed, steps);
    while rest > 0 {
        if rest & 1 == 1 {
            r = a.wrapping_mul(r).wrapping_add(c);
        }
        c = a.wrapping_mul(c).wrapping_add(c);
        a = a.wrapping_mul(a);
        rest >>= 1;
    }
    r
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
    fn noise_is_the_generator_step_by_step_from_any_frame() {
        for seed in [0, 1, 12_345, 0x8000_0000, u32::MAX] {
            let noise = Input::Noise { seed };
            let mut r = seed;
            for frame in 0..2_000 {
                r = r.wrapping_mul(1_103_515_245).wrapping_add(12_345);
                let expected = f64::from(r as i32) / 2_147_483_647.0;
                assert_eq!(noise.at(frame, 48_000.0), expected, "{seed}, frame {frame}");
            }
        }
        // By hand: r = 12345 after one step from 0.
        assert_eq!(
            Input::Noise { seed: 0 }.at(0, 44_100.0),
            12_345.0 / 2_147_483_647.0
        );
    }

    #[test]
    fn jumps_of_the_generator_add_up() {
        let (far, near) = (1 << 40 | 0x1234_5678, 98_765);
        assert_eq!(lcg_after(lcg_after(7, far), near), lcg_after(7, far + near));
        // The multiplier and increment give the full period of 2³² (Hull and Dobell 1962).
        assert_eq!(lcg_after(7, 1 << 32), 7);
        assert_ne!(lcg_after(7, 1 << 31), 7);
    }
}
