//! The limiter on the master: transparent until it has to act, without latency.
//!
//! Feed-forward, stereo linked, in f64. Where a frame exceeds the ceiling, the gain it needs is
//! ceiling/max(|l|, |r|). Attack is instantaneous, the gain of a frame is never above what that frame needs, so no
//! look-ahead and no latency; release is a one-pole towards 1 (Giannoulis, Massberg, Reiss 2012,
//! "Digital Dynamic Range Compressor Design", eq. 16 with an attack of zero). At gain 1 samples pass
//! bit for bit. What is not finite becomes 0.

use crate::plan::LimiterSpec;

/// A gain this close to 1 becomes 1: one millionth, −0.00001 dB.
const RECOVERED: f64 = 1e-6;

/// A running limiter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limiter {
    gain: f64,
    ceiling: f64,
    /// Part of the distance to 1 that is recovered per frame.
    recovery: f64,
    on: bool,
}

impl Limiter {
    /// With `spec` `None` it only replaces what is not finite.
    #[must_use]
    pub(crate) fn new(spec: Option<LimiterSpec>, sample_rate: f64) -> Self {
        let mut limiter = Self {
            gain: 1.0,
            ceiling: 1.0,
            recovery: 1.0,
            on: false,
        };
        limiter.set(spec, sample_rate);
        limiter
    }

    /// Takes other settings; the gain goes on from where it is.
    pub(crate) fn set(&mut self, spec: Option<LimiterSpec>, sample_rate: f64) {
        self.on = spec.is_some();
        if let Some(spec) = spec {
            self.ceiling = spec.ceiling;
            self.recovery = 1.0 - (-1.0 / (spec.release * sample_rate)).exp();
        } else {
            self.gain = 1.0;
        }
    }

    /// The largest magnitude that passes bit for bit as long as no louder frame comes; `None` while it limits
    /// and recovers.
    pub(crate) fn transparent(&self) -> Option<f64> {
        if !self.on {
            return Some(f64::MAX);
        }
        (self.gain == 1.0).then_some(self.ceiling)
    }

    /// Limits one frame.
    pub(crate) fn frame(&mut self, left: f64, right: f64) -> [f64; 2] {
        let finite = |x: f64| if x.is_finite() { x } else { 0.0 };
        let (left, right) = (finite(left), finite(right));
        if !self.on {
            return [left, right];
        }
        let peak = left.abs().max(right.abs());
        if self.gain < 1.0 {
            self.gain += self.recovery * (1.0 - self.gain);
            if 1.0 - self.gain < RECOVERED {
                self.gain = 1.0;
            }
        }
        if peak * self.gain > self.ceiling {
            self.gain = self.ceiling / peak;
        }
        if self.gain == 1.0 {
            return [left, right];
        }
        // The product may round to just above the ceiling.
        [left, right].map(|x| (x * self.gain).clamp(-self.ceiling, self.ceiling))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 48_000.0;

    fn limiter() -> Limiter {
        Limiter::new(Some(LimiterSpec::default()), RATE)
    }

    fn noise(seed: u32) -> impl FnMut() -> f64 {
        let mut x = seed;
        move || {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(x) / f64::from(u32::MAX) * 2.0 - 1.0
        }
    }

    #[test]
    fn samples_within_the_ceiling_pass_bit_for_bit() {
        let mut limiter = limiter();
        let mut noise = noise(1);
        for _ in 0..10_000 {
            let (l, r) = (noise(), noise());
            assert_eq!(limiter.frame(l, r), [l, r]);
        }
        assert_eq!(limiter.frame(1.0, -1.0), [1.0, -1.0]);
    }

    #[test]
    fn nothing_leaves_above_the_ceiling() {
        let mut limiter = limiter();
        let mut noise = noise(2);
        for n in 0..50_000 {
            let loud = if n % 97 == 0 { 1e6 } else { 3.0 };
            let [l, r] = limiter.frame(noise() * loud, noise() * loud);
            assert!(l.abs() <= 1.0 && r.abs() <= 1.0);
        }
    }

    #[test]
    fn it_knows_what_passes_untouched() {
        let mut limiter = limiter();
        assert_eq!(limiter.transparent(), Some(1.0));
        limiter.frame(2.0, 0.0);
        assert_eq!(limiter.transparent(), None);
        assert_eq!(Limiter::new(None, RATE).transparent(), Some(f64::MAX));
    }

    #[test]
    fn both_sides_are_scaled_alike() {
        let mut limiter = limiter();
        let [l, r] = limiter.frame(4.0, 1.0);
        assert_eq!([l, r], [1.0, 0.25]);
    }

    #[test]
    fn it_recovers_with_its_time_constant_and_then_is_transparent_again() {
        let mut limiter = limiter();
        limiter.frame(2.0, 0.0);
        for _ in 0..(0.1 * RATE) as usize {
            limiter.frame(0.0, 0.0);
        }
        let [gain, _] = limiter.frame(0.5, 0.0).map(|y| y / 0.5);
        let expected = 1.0 - 0.5 * (-1.0f64).exp();
        assert!((gain - expected).abs() < 1e-4, "{gain} against {expected}");
        for _ in 0..(2.0 * RATE) as usize {
            limiter.frame(0.0, 0.0);
        }
        assert_eq!(limiter.frame(0.123_456_7, 0.0)[0], 0.123_456_7);
    }

    #[test]
    fn what_is_not_finite_becomes_silence_even_when_it_is_off() {
        for mut limiter in [limiter(), Limiter::new(None, RATE)] {
            assert_eq!(limiter.frame(f64::NAN, f64::INFINITY), [0.0, 0.0]);
            assert_eq!(limiter.frame(0.5, -0.5), [0.5, -0.5]);
        }
    }
}
