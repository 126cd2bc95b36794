//! What can be measured of samples: levels, onsets, frequencies and single partials.

use std::f64::consts::TAU;

/// Root of the mean square; 0 for no samples.
#[must_use]
pub fn rms(samples: &[f64]) -> f64 {
    let squares: f64 = samples.iter().map(|x| x * x).sum();
    (squares / samples.len().max(1) as f64).sqrt()
}

/// Linear to decibels.
#[must_use]
pub fn decibels(level: f64) -> f64 {
    20.0 * level.log10()
}

/// (first frame, frame after the last) of every stretch that is not exactly 0, where zeros of fewer than `gap`
/// frames do not part two stretches.
#[must_use]
pub fn stretches(samples: &[f64], gap: usize) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (frame, _) in samples.iter().enumerate().filter(|(_, x)| **x != 0.0) {
        match found.last_mut() {
            Some((_, end)) if frame - *end < gap => *end = frame + 1,
            _ => found.push((frame, frame + 1)),
        }
    }
    found
}

/// Amplitude and phase in radians, relative to the first sample, of the partial at `hz`, under a
/// Hann window (Harris 1978): other partials must be at least two bins (2·rate/length) away.
#[must_use]
pub fn partial(samples: &[f64], hz: f64, rate: f64) -> (f64, f64) {
    let length = samples.len() as f64;
    let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
    for (n, x) in samples.iter().enumerate() {
        let window = 0.5 - 0.5 * (TAU * (n as f64 + 0.5) / length).cos();
        let angle = TAU * (n as f64 * hz / rate).fract();
        re += window * x * angle.cos();
        im -= window * x * angle.sin();
        sum += window;
    }
    (2.0 * re.hypot(im) / sum, im.atan2(re))
}

/// The frequency in Hz of the partial near `hz`: how far its phase turns between two windows, each half the
/// samples. `hz` must be right to within rate/length.
#[must_use]
pub fn frequency(samples: &[f64], hz: f64, rate: f64) -> f64 {
    let half = samples.len() / 2;
    let (_, before) = partial(&samples[..half], hz, rate);
    let (_, after) = partial(&samples[half..2 * half], hz, rate);
    let expected = TAU * (half as f64 * hz / rate).fract();
    let turns = (after - before - expected) / TAU;
    hz + (turns - turns.round()) * rate / half as f64
}

/// From `reference` to `hz` in cents.
#[must_use]
pub fn cents(hz: f64, reference: f64) -> f64 {
    1200.0 * (hz / reference).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, frames: usize) -> Vec<f64> {
        (0..frames)
            .map(|n| 0.3 * (TAU * hz * n as f64 / 48_000.0).sin())
            .collect()
    }

    #[test]
    fn a_sine_has_its_amplitude_and_its_frequency() {
        let samples = sine(110.3, 16_000);
        assert!((partial(&samples, 110.3, 48_000.0).0 - 0.3).abs() < 1e-6);
        for guess in [110.3, 109.0, 111.4] {
            let found = frequency(&samples, guess, 48_000.0);
            assert!(cents(found, 110.3).abs() < 0.01, "{found} from {guess}");
        }
    }

    #[test]
    fn stretches_begin_and_end_at_their_frames() {
        let mut samples = vec![0.0; 100];
        samples[10..20].fill(1.0);
        samples[15] = 0.0;
        samples[50..=60].fill(-1.0);
        assert_eq!(stretches(&samples, 5), [(10, 20), (50, 61)]);
    }
}
