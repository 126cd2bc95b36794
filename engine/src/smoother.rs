//! Smoothers of controls and gains: one-pole, f64, at rest most of the time.
//!
//! Used by the processor, one per control and voice and one per gain. The formula is that of the krs
//! specification A.10, y += κ·(x − y) with κ = 1/(τ·SR): the default τ of 1/44.1 s gives κ = 44.1/SR.
//! A smoother that is within its tolerance of the target at a multiple of 64 frames takes the
//! target exactly and rests, so that code which depends on controls only need not run.

/// Time constant of gains in seconds: about a millisecond, below what is heard as a fade.
pub(crate) const LEVEL_SECONDS: f64 = 0.001;
/// Gains snap when this close to their target: −100 dB.
const LEVEL_TOLERANCE: f64 = 1e-5;
/// Controls snap when this close to their target, as a part of their range.
const CONTROL_TOLERANCE: f64 = 1e-5;

/// A value on its way to a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoother {
    value: f64,
    target: f64,
    /// κ, in (0, 1]; `None` steps.
    coefficient: Option<f64>,
    tolerance: f64,
    moving: bool,
}

impl Smoother {
    /// At rest at `value`. `seconds` is the time constant (`None` steps), `tolerance` the distance
    /// at which it snaps.
    #[must_use]
    pub fn new(value: f64, seconds: Option<f64>, tolerance: f64, sample_rate: f64) -> Self {
        Self {
            value,
            target: value,
            coefficient: seconds.map(|seconds| (1.0 / (seconds * sample_rate)).min(1.0)),
            tolerance,
            moving: false,
        }
    }

    /// For a control with a range of `lo` to `hi`.
    #[must_use]
    pub fn control(value: f64, lo: f64, hi: f64, seconds: Option<f64>, sample_rate: f64) -> Self {
        Self::new(value, seconds, CONTROL_TOLERANCE * (hi - lo), sample_rate)
    }

    /// For a gain.
    #[must_use]
    pub fn level(value: f64, sample_rate: f64) -> Self {
        Self::new(value, Some(LEVEL_SECONDS), LEVEL_TOLERANCE, sample_rate)
    }

    /// Heads for `target`; the next frame is the first that moves. Without a time constant it is
    /// there at once.
    pub fn set(&mut self, target: f64) {
        self.target = target;
        if self.coefficient.is_none() {
            self.value = target;
        }
        self.moving = self.value != target;
    }

    /// Is at `target` at once.
    pub fn jump(&mut self, target: f64) {
        self.value = target;
        self.target = target;
        self.moving = false;
    }

    /// Decides whether to rest; called at frames that are multiples of 64, before the frame is
    /// computed. Returns whether it has just come to rest.
    pub fn snap(&mut self) -> bool {
        let arrived = self.moving && (self.target - self.value).abs() <= self.tolerance;
        if arrived {
            self.jump(self.target);
        }
        arrived
    }

    /// Whether the next frames differ from the target.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.moving
    }

    /// Where it heads for.
    #[must_use]
    pub fn target(&self) -> f64 {
        self.target
    }

    /// Where it is: the value of the frame last computed.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The value of the next frame.
    pub fn advance(&mut self) -> f64 {
        if self.moving {
            let step = self.coefficient.unwrap_or(1.0);
            self.value += step * (self.target - self.value);
        }
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 48_000.0;

    fn control(value: f64) -> Smoother {
        Smoother::control(value, 0.0, 2.0, Some(1.0 / 44.1), RATE)
    }

    #[test]
    fn follows_the_recurrence_of_the_specification_from_its_initial_value() {
        let mut smoother = control(0.5);
        assert_eq!(smoother.advance(), 0.5);
        smoother.set(1.5);
        let mut expected = 0.5;
        for _ in 0..500 {
            expected += 44.1 / RATE * (1.5 - expected);
            assert!((smoother.advance() - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn snaps_on_the_grid_once_within_the_tolerance_and_not_before() {
        let mut smoother = control(0.0);
        smoother.set(1.0);
        let kappa: f64 = 44.1 / RATE;
        // |x − y| after n frames is (1 − κ)^n; the tolerance is 1e-5 of a range of 2.
        let needed = (2e-5f64.ln() / (1.0 - kappa).ln()).ceil() as usize;
        let expected = needed.div_ceil(64) * 64;
        let mut frames = 0;
        loop {
            if frames % 64 == 0 && smoother.snap() {
                break;
            }
            smoother.advance();
            frames += 1;
        }
        assert_eq!(frames, expected);
        assert!(!smoother.is_moving());
        assert_eq!(smoother.value(), 1.0);
    }

    #[test]
    fn without_a_time_constant_it_steps() {
        let mut smoother = Smoother::control(0.0, 0.0, 1.0, None, RATE);
        smoother.set(0.7);
        assert!(!smoother.is_moving());
        assert_eq!(smoother.advance(), 0.7);
    }

    #[test]
    fn a_time_constant_below_one_frame_arrives_in_one_frame() {
        let mut smoother = Smoother::control(0.0, 0.0, 1.0, Some(1e-9), RATE);
        smoother.set(1.0);
        assert_eq!(smoother.advance(), 1.0);
    }
}
