//! A small Fourier transform, and the alias level of periodic waveforms.

use std::f64::consts::TAU;

/// Magnitudes of the bins 0 to N/2 of a signal of N = 2ᵏ samples (radix-2, decimation in time).
pub(super) fn magnitudes(samples: &[f64]) -> Vec<f64> {
    let (re, im) = transform(samples);
    re.iter()
        .zip(&im)
        .take(samples.len() / 2 + 1)
        .map(|(a, b)| a.hypot(*b))
        .collect()
}

fn transform(samples: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let n = samples.len();
    assert!(n.is_power_of_two());
    let bits = n.trailing_zeros();
    let mut re: Vec<f64> = (0..n)
        .map(|i| samples[i.reverse_bits() >> (usize::BITS - bits)])
        .collect();
    let mut im = vec![0.0; n];
    let mut half = 1;
    while half < n {
        for start in (0..n).step_by(2 * half) {
            for k in 0..half {
                let (sin, cos) = (-TAU * k as f64 / (2 * half) as f64).sin_cos();
                let (a, b) = (start + k, start + k + half);
                let (x, y) = (re[b] * cos - im[b] * sin, re[b] * sin + im[b] * cos);
                (re[b], im[b]) = (re[a] - x, im[a] - y);
                (re[a], im[a]) = (re[a] + x, im[a] + y);
            }
        }
        half *= 2;
    }
    (re, im)
}

/// Spectrum of a waveform whose fundamental lies exactly on an odd bin: harmonics and aliases then
/// fall on different bins and no window is needed.
pub(super) struct Periodic {
    magnitudes: Vec<f64>,
    fundamental: usize,
}

impl Periodic {
    pub(super) fn new(samples: &[f64], fundamental: usize) -> Self {
        assert!(fundamental % 2 == 1, "harmonics would share bins");
        Self {
            magnitudes: magnitudes(samples),
            fundamental,
        }
    }

    /// Amplitude of a harmonic (1 is the fundamental).
    pub(super) fn harmonic(&self, k: usize) -> f64 {
        2.0 * self.magnitudes[k * self.fundamental] / self.samples()
    }

    fn samples(&self) -> f64 {
        (2 * (self.magnitudes.len() - 1)) as f64
    }

    /// Power of aliases below `limit` (share of the sample rate) over the power of everything, in dB.
    pub(super) fn alias_level(&self, limit: f64) -> f64 {
        let (mut all, mut aliases) = (0.0, 0.0);
        for (bin, magnitude) in self.magnitudes.iter().enumerate().skip(1) {
            let power = magnitude * magnitude;
            all += power;
            if bin % self.fundamental != 0 && (bin as f64) < limit * self.samples() {
                aliases += power;
            }
        }
        10.0 * (aliases / all).log10()
    }
}

#[test]
fn transform_finds_a_cosine_on_its_bin() {
    let samples: Vec<f64> = (0..256)
        .map(|n| (TAU * 5.0 * n as f64 / 256.0).cos())
        .collect();
    let spectrum = magnitudes(&samples);
    for (bin, magnitude) in spectrum.iter().enumerate() {
        let expected = if bin == 5 { 128.0 } else { 0.0 };
        super::assert_close(*magnitude, expected, 1e-10);
    }
}
