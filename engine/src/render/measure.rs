//! Peak, true peak and RMS of what was rendered.
//!
//! True peak by the method of ITU-R BS.1770-4, annex 2: four times oversampling through an interpolating FIR.
//! Ours is a sinc of 12 samples a phase under a Kaiser window (β = 7, Kaiser 1974), computed when a meter is made; its
//! error is below 0.1 dB up to 0.4 of the sample rate.

use std::f64::consts::PI;

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
    /// No interpolated value exceeds the largest sample around it times this.
    gain: f64,
}

#[derive(Clone, Debug, Default)]
struct Channel {
    peak: f64,
    true_peak: f64,
    squares: f64,
    count: u64,
    /// The last samples, then room for a block.
    window: Vec<f64>,
}

impl Meter {
    pub(super) fn new(channels: usize) -> Self {
        let phases = std::array::from_fn(|phase| interpolator((phase + 1) as f64 / PHASES as f64));
        let sum = |taps: &[f64; TAPS]| taps.iter().map(|tap| tap.abs()).sum::<f64>();
        let gain = phases.iter().map(sum).fold(1.0, f64::max);
        let channel = Channel {
            window: vec![0.0; TAPS - 1],
            ..Channel::default()
        };
        Self {
            channels: vec![channel; channels],
            phases,
            gain,
        }
    }

    /// Takes in the samples of one channel.
    pub(super) fn measure(&mut self, channel: usize, samples: impl Iterator<Item = f64>) {
        let Some(channel) = self.channels.get_mut(channel) else {
            return;
        };
        let window = &mut channel.window;
        window.drain(..window.len() - (TAPS - 1));
        window.extend(samples.map(|x| if x.is_finite() { x } else { 0.0 }));
        let new = &window[TAPS - 1..];
        channel.count += new.len() as u64;
        channel.squares += new.iter().map(|x| x * x).sum::<f64>();
        let around = window.iter().fold(0.0, |peak: f64, x| peak.max(x.abs()));
        channel.peak = new.iter().fold(channel.peak, |peak, x| peak.max(x.abs()));
        channel.true_peak = channel.true_peak.max(channel.peak);
        if around * self.gain <= channel.true_peak {
            return;
        }
        for part in window.windows(TAPS) {
            for taps in &self.phases {
                let value: f64 = part.iter().zip(taps).map(|(x, tap)| x * tap).sum();
                channel.true_peak = channel.true_peak.max(value.abs());
            }
        }
    }

    /// The levels so far.
    pub(super) fn levels(&self) -> Vec<ChannelLevels> {
        let levels = |channel: &Channel| ChannelLevels {
            peak: channel.peak,
            true_peak: channel.true_peak,
            rms: (channel.squares / channel.count.max(1) as f64).sqrt(),
        };
        self.channels.iter().map(levels).collect()
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
            meter.measure(0, part.iter().copied());
        }
        meter.levels()[0].true_peak
    }

    #[test]
    fn the_true_peak_of_a_sine_between_samples_is_found() {
        // A quarter of the rate, 45° off: all samples are 0.707.
        let mut meter = Meter::new(1);
        meter.measure(0, sine(0.25, 0.125));
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
        whole.measure(0, sine(0.013, 0.0));
        let samples: Vec<f64> = sine(0.013, 0.0).collect();
        let mut parts = Meter::new(2);
        for part in samples.chunks(7) {
            parts.measure(0, part.iter().copied());
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
        meter.measure(0, [0.5, f64::NAN, f64::INFINITY, -0.25].into_iter());
        assert_eq!(meter.levels()[0].peak, 0.5);
        assert!(meter.levels()[0].true_peak.is_finite());
    }
}
