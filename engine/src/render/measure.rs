//! Peak, true peak and RMS of what was rendered.
//!
//! True peak by the method of ITU-R BS.1770-4, annex 2: four times oversampling through an interpolating FIR.
//! Ours is a sinc of 12 samples a phase under a Kaiser window (β = 7, Kaiser 1974), computed when a meter is made; its
//! error is below 0.1 dB up to 0.4 of the sample rate.

use std::f64::consts::PI;

use synthc_jit::Sample;
use synthc_jit::host::{self, Kernel};

use crate::mixer;

/// Samples that one interpolated value depends on.
const TAPS: usize = 12;
/// Values between two samples, the sample itself included.
const PHASES: usize = 4;
const KAISER_BETA: f64 = 7.0;

/// Levels of one channel, linear.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChannelLevels {
    /// Largest magnitude of a sample.
    pub peak: f64,
    /// Largest magnitude of the signal between the samples, at four times the rate.
    pub true_peak: f64,
    /// Root of the mean square.
    pub rms: f64,
}

/// Measures channels as they are rendered. Values that are not finite are left out.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    channels: Vec<Channel>,
    phases: [[f64; TAPS]; PHASES - 1],
    /// No interpolated value is further from 0 than the samples around it times this.
    gain: f64,
}

/// Frames that are looked at together: where no new true peak is possible, nothing is interpolated.
const PART: usize = 64;
/// Samples before a part that are kept: at least the `TAPS − 1` that its interpolated values depend on, and whole vectors.
const PAST: usize = 16;
/// Sums of squares side by side, so that they are not one chain of dependent additions.
const SUMS: usize = 16;

#[derive(Clone, Debug)]
struct Channel {
    peak: f64,
    true_peak: f64,
    squares: [f64; SUMS],
    count: u64,
    /// The last samples, then a part.
    window: [f64; PAST + PART],
    /// Samples of the part that have come.
    filled: usize,
}

impl Meter {
    pub(super) fn new(channels: usize) -> Self {
        let phases = std::array::from_fn(|phase| interpolator((phase + 1) as f64 / PHASES as f64));
        let sum = |taps: &[f64; TAPS]| taps.iter().map(|tap| tap.abs()).sum::<f64>();
        let gain = phases.iter().map(sum).fold(1.0, f64::max);
        let channel = Channel {
            peak: 0.0,
            true_peak: 0.0,
            squares: [0.0; SUMS],
            count: 0,
            window: [0.0; PAST + PART],
            filled: 0,
        };
        Self {
            channels: vec![channel; channels],
            phases,
            gain,
        }
    }

    /// Takes in the samples of one channel.
    pub(super) fn measure<T: Sample>(&mut self, channel: usize, samples: &[T]) {
        if let Some(channel) = self.channels.get_mut(channel) {
            host::widest(Measure {
                channel,
                phases: &self.phases,
                gain: self.gain,
                samples,
            });
        }
    }

    /// The levels so far.
    pub(super) fn levels(&self) -> Vec<ChannelLevels> {
        let levels = |channel: &Channel| {
            let mut channel = channel.clone();
            let count = channel.count.max(1) as f64;
            let filled = channel.filled;
            channel.window[PAST + filled..].fill(0.0);
            channel.part(&self.phases, self.gain, filled);
            ChannelLevels {
                peak: channel.peak,
                true_peak: channel.true_peak,
                rms: (channel.squares.iter().sum::<f64>() / count).sqrt(),
            }
        };
        self.channels.iter().map(levels).collect()
    }
}

/// Samples into a channel.
struct Measure<'a, T> {
    channel: &'a mut Channel,
    phases: &'a [[f64; TAPS]; PHASES - 1],
    gain: f64,
    samples: &'a [T],
}

impl<T: Sample> Kernel for Measure<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self {
            channel,
            phases,
            gain,
            mut samples,
        } = self;
        channel.count += samples.len() as u64;
        while !samples.is_empty() {
            let at = PAST + channel.filled;
            let (now, later) = samples.split_at(samples.len().min(PART - channel.filled));
            for (to, sample) in channel.window[at..].iter_mut().zip(now) {
                let x = sample.to_f64();
                *to = if x.abs() < f64::INFINITY { x } else { 0.0 };
            }
            channel.filled += now.len();
            if channel.filled == PART {
                channel.part(phases, gain, PART);
                channel.filled = 0;
                channel.window.copy_within(PART.., 0);
            }
            samples = later;
        }
    }
}

impl Channel {
    /// Takes the part in, of which `frames` have come.
    #[inline(always)]
    fn part(&mut self, phases: &[[f64; TAPS]; PHASES - 1], gain: f64, frames: usize) {
        let part = &self.window[PAST..];
        for chunk in part.chunks_exact(SUMS) {
            for (square, x) in self.squares.iter_mut().zip(chunk) {
                *square += x * x;
            }
        }
        // The samples before the part count already.
        let (lo, hi) = mixer::range(&self.window);
        self.peak = self.peak.max(hi).max(-lo);
        self.true_peak = self.true_peak.max(self.peak);
        // The taps of a phase add up to 1: of samples around a middle only their distances from it are amplified.
        let (middle, distance) = (0.5 * (lo + hi), 0.5 * (hi - lo));
        if middle.abs() + distance * gain <= self.true_peak {
            return;
        }
        for taps in phases {
            let mut values = [0.0f64; PART];
            for (offset, tap) in taps.iter().enumerate() {
                let first = PAST - (TAPS - 1) + offset;
                for (value, x) in values.iter_mut().zip(&self.window[first..]) {
                    *value += x * tap;
                }
            }
            self.true_peak = self.true_peak.max(mixer::peak(&values[..frames]));
        }
    }
}

/// Taps for the value `fraction` of a sample after the middle of the window.
fn interpolator(fraction: f64) -> [f64; TAPS] {
    let middle = (TAPS / 2 - 1) as f64 + fraction;
    let mut taps = std::array::from_fn(|index| {
        let distance = index as f64 - middle;
        let sinc = (PI * distance).sin() / (PI * distance);
        let edge = distance / (TAPS as f64 / 2.0);
        sinc * bessel_i0(KAISER_BETA * (1.0 - edge * edge).max(0.0).sqrt()) / bessel_i0(KAISER_BETA)
    });
    // A constant stays what it is.
    let sum: f64 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
}

/// The modified Bessel function of order 0 by its power series (Abramowitz and Stegun 1964, 9.6.12).
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        term *= quarter / f64::from(k * k);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(frequency: f64, phase: f64) -> impl Iterator<Item = f64> {
        (0..4800).map(move |n| (2.0 * PI * (frequency * f64::from(n) + phase)).sin())
    }

    fn true_peak(samples: impl Iterator<Item = f64>) -> f64 {
        let mut meter = Meter::new(1);
        let samples: Vec<f64> = samples.collect();
        for part in samples.chunks(100) {
            meter.measure(0, part);
        }
        meter.levels()[0].true_peak
    }

    #[test]
    fn the_true_peak_of_a_sine_between_samples_is_found() {
        // A quarter of the rate, 45° off: all samples are 0.707.
        let mut meter = Meter::new(1);
        meter.measure(0, &sine(0.25, 0.125).collect::<Vec<_>>());
        let levels = meter.levels()[0];
        assert!((levels.peak - 0.5f64.sqrt()).abs() < 1e-9);
        for frequency in [0.01, 0.1, 0.25, 0.33, 0.4] {
            // The start of the tone is left out: it is no sine there.
            let peak = true_peak(
                sine(frequency, 0.125)
                    .enumerate()
                    .map(|(n, x)| x * (n as f64 / 2400.0).min(1.0)),
            );
            let decibels = 20.0 * peak.log10();
            assert!(decibels.abs() < 0.2, "{frequency}: {decibels} dB");
        }
    }

    #[test]
    fn rms_and_peak_do_not_depend_on_the_parts() {
        let mut whole = Meter::new(2);
        let samples: Vec<f64> = sine(0.013, 0.0).collect();
        whole.measure(0, &samples);
        let mut parts = Meter::new(2);
        for part in samples.chunks(7) {
            parts.measure(0, part);
        }
        let (a, b) = (whole.levels()[0], parts.levels()[0]);
        assert_eq!((a.peak, a.true_peak), (b.peak, b.true_peak));
        assert!((a.rms - b.rms).abs() < 1e-12);
        assert!((a.rms - 0.5f64.sqrt()).abs() < 0.01);
        assert_eq!(whole.levels()[1], ChannelLevels::default());
    }

    #[test]
    fn what_is_not_finite_is_left_out() {
        let mut meter = Meter::new(1);
        meter.measure(0, &[0.5, f64::NAN, f64::INFINITY, -0.25]);
        assert_eq!(meter.levels()[0].peak, 0.5);
        assert!(meter.levels()[0].true_peak.is_finite());
    }
}
