//! Smoothers of controls and gains: one-pole and two-pole, f64, at rest most of the time.
//!
//! Used by the processor, one per control and voice and one per gain. The formula of controls is that of the krs
//! specification A.10, y += κ·(x − y) with κ = 1/(τ·SR): the default τ of 1/44.1 s gives κ = 44.1/SR. Gains follow two
//! of these in a row: one alone begins with a bend of κ times the step, which is heard as a soft click.
//! A smoother that is within its tolerance of the target at a multiple of 64 frames takes the
//! target exactly and rests, so that code which depends on controls only need not run.
//!
//! As a recurrence that is a chain of three dependent operations a frame, which nothing hides. So it is computed in
//! closed form: k frames after the last change of the target, or after the last 64 frames, the distance to the target is
//! what it was then times (1 − κ)^k; of two in a row, (d + κ·k·a)·(1 − κ)^k, where a is the distance of the first. The powers are products of the squares of the squares, always in the same order: how
//! frames are divided among calls changes no bit.

use synthc_jit::host::{self, Kernel};

/// Time constant of both poles of gains in seconds: half way after 2.1 ms, below what is heard as a fade.
pub(crate) const LEVEL_SECONDS: f64 = 0.001_25;
/// Gains snap when this close to their target: −100 dB.
const LEVEL_TOLERANCE: f64 = 1e-5;
/// Controls snap when this close to their target, as a part of their range.
const CONTROL_TOLERANCE: f64 = 1e-5;

/// Frames after which the distance is taken anew.
const SPAN: usize = 64;
/// Frames after a target that are computed on the spot: in a storm of events every target has a few.
const FEW: usize = 8;

/// A value on its way to a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoother {
    value: f64,
    target: f64,
    /// The target when all that is known to come has come.
    announced: f64,
    /// Value less target at the anchor.
    distance: f64,
    /// What the pole ahead has at the anchor, less the target; 0 with one pole.
    lead: f64,
    /// Whether there is a pole ahead.
    two: bool,
    /// Frames since the anchor, below [`SPAN`].
    since: u8,
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
            announced: value,
            distance: 0.0,
            lead: 0.0,
            two: false,
            since: 0,
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
        Self {
            two: true,
            ..Self::new(value, Some(LEVEL_SECONDS), LEVEL_TOLERANCE, sample_rate)
        }
    }

    /// Heads for `target`; the next frame is the first that moves. Without a time constant it is
    /// there at once.
    pub fn set(&mut self, target: f64) {
        self.announced = target;
        if self.moving && target == self.target {
            return;
        }
        if self.two {
            self.lead = self.target + self.present_lead() - target;
        }
        self.target = target;
        if self.coefficient.is_none() {
            self.value = target;
        }
        self.distance = self.value - target;
        self.since = 0;
        self.moving = self.value != target || self.lead != 0.0;
    }

    /// What the pole ahead has now, less the target.
    fn present_lead(&self) -> f64 {
        if self.lead == 0.0 {
            return 0.0;
        }
        self.lead * (1.0 - self.coefficient.unwrap_or(1.0)).powi(i32::from(self.since))
    }

    /// Is at `target` at once.
    pub fn jump(&mut self, target: f64) {
        self.value = target;
        self.target = target;
        self.announced = target;
        self.lead = 0.0;
        self.moving = false;
    }

    /// Tells of a target that [`Smoother::set`] or [`Smoother::jump`] will be given.
    pub(crate) fn announce(&mut self, target: f64) {
        self.announced = target;
    }

    /// The last target that it was given or told of.
    pub(crate) fn announced(&self) -> f64 {
        self.announced
    }

    /// Whether it takes time to get to a target.
    pub(crate) fn glides(&self) -> bool {
        self.coefficient.is_some()
    }

    /// Decides whether to rest; called at frames that are multiples of 64, before the frame is
    /// computed. Returns whether it has just come to rest.
    pub fn snap(&mut self) -> bool {
        let arrived = self.moving
            && (self.target - self.value).abs() <= self.tolerance
            && self.present_lead().abs() <= self.tolerance;
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
        let mut value = [0.0];
        self.advance_into(&mut value);
        self.value
    }

    /// The values of the next frames.
    pub fn advance_into(&mut self, values: &mut [f64]) {
        if !self.moving {
            values.fill(self.value);
        } else if usize::from(self.since) + values.len() <= FEW {
            self.advance_few(values);
        } else {
            self.advance_many(values);
        }
    }

    /// The next frames of the first [`FEW`] after the anchor.
    #[inline]
    fn advance_few(&mut self, values: &mut [f64]) {
        let approach = self.approach(values);
        let one = approach.ratio;
        let two = one * one;
        let (three, four) = (one * two, two * two);
        let (five, six) = (one * four, two * four);
        let (seven, eight) = (three * four, four * four);
        let powers = [one, two, three, four, five, six, seven, eight];
        approach.write(&powers);
        self.since += values.len() as u8;
        self.value = values.last().copied().unwrap_or(self.value);
    }

    #[inline(never)]
    fn advance_many(&mut self, values: &mut [f64]) {
        let mut rest = values;
        while !rest.is_empty() {
            let since = usize::from(self.since);
            let (now, later) = rest.split_at_mut(rest.len().min(SPAN - since));
            let until = since + now.len();
            let approach = self.approach(now);
            let pulled = approach.pull * SPAN as f64;
            let power = host::widest(approach);
            if until == SPAN {
                self.distance = (self.distance + pulled) * power;
                self.lead *= power;
            }
            self.since = (until % SPAN) as u8;
            self.value = now.last().copied().unwrap_or(self.value);
            rest = later;
        }
    }

    #[inline]
    fn approach<'a>(&self, values: &'a mut [f64]) -> Approach<'a> {
        let coefficient = self.coefficient.unwrap_or(1.0);
        Approach {
            values,
            since: usize::from(self.since),
            ratio: 1.0 - coefficient,
            distance: self.distance,
            pull: coefficient * self.lead,
            target: self.target,
        }
    }

    /// The values of the next frames, with new targets on the way: frames of `values`, and targets, in order. Returns
    /// whether anything moved.
    pub(crate) fn advance_by_turns(
        &mut self,
        values: &mut [f64],
        turns: impl IntoIterator<Item = (usize, f64)>,
    ) -> bool {
        let mut moved = self.moving;
        let mut done = 0;
        for (at, target) in turns {
            let at = at.clamp(done, values.len());
            self.advance_into(&mut values[done..at]);
            self.set(target);
            (moved, done) = (moved | self.moving, at);
        }
        if moved {
            self.advance_into(&mut values[done..]);
        }
        moved
    }
}

/// Values from `since` frames after the anchor on.
struct Approach<'a> {
    values: &'a mut [f64],
    since: usize,
    ratio: f64,
    distance: f64,
    /// What the pole ahead adds to the distance with every frame, before the powers.
    pull: f64,
    target: f64,
}

impl Approach<'_> {
    /// The values, by ratio^(i + 1).
    #[inline(always)]
    fn write(self, powers: &[f64]) {
        let first = self.since as i32 + 1;
        let powers = powers.get(self.since..).unwrap_or_default();
        for (value, (frame, power)) in self.values.iter_mut().zip((first..).zip(powers)) {
            let distance = self.distance + self.pull * f64::from(frame);
            *value = self.target + distance * power;
        }
    }
}

impl Kernel for Approach<'_> {
    /// ratio^[`SPAN`], where frames go as far.
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let last = self.since + self.values.len();
        let mut powers = [0.0; SPAN];
        powers[0] = self.ratio;
        let mut known = 1;
        while known < last {
            let (low, high) = powers.split_at_mut(known);
            let square = low[known - 1];
            for (high, low) in high.iter_mut().zip(low) {
                *high = *low * square;
            }
            known *= 2;
        }
        self.write(&powers);
        powers[SPAN - 1]
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
            // Both round: one every frame, the other in its powers.
            assert!((smoother.advance() - expected).abs() < 1e-13);
        }
    }

    #[test]
    fn a_gain_follows_two_poles_in_a_row_wherever_it_is_sent() {
        let mut smoother = Smoother::level(0.2, RATE);
        let (mut ahead, mut expected) = (0.2, 0.2);
        let kappa = 1.0 / (LEVEL_SECONDS * RATE);
        let mut bend = 0.0f64;
        let mut last = [0.2; 2];
        for (target, frames) in [(1.0, 37), (0.1, 200), (0.1, 3), (0.6, 64), (0.6, 300)] {
            smoother.set(target);
            for _ in 0..frames {
                ahead += kappa * (target - ahead);
                expected += kappa * (ahead - expected);
                let value = smoother.advance();
                assert!((value - expected).abs() < 1e-13, "{value} for {expected}");
                bend = bend.max((value - 2.0 * last[0] + last[1]).abs());
                last = [value, last[0]];
            }
        }
        assert!(bend < 1.01 * kappa * kappa, "{bend}");
    }

    #[test]
    fn how_frames_are_divided_among_calls_changes_no_bit() {
        let mut whole = control(0.1);
        whole.set(1.9);
        let mut parts = whole;
        let mut expected = [0.0; 300];
        whole.advance_into(&mut expected);
        let mut values = [0.0; 300];
        let mut rest = &mut values[..];
        for len in [1, 62, 5, 64, 0, 100, 68] {
            let (part, later) = rest.split_at_mut(len);
            parts.advance_into(part);
            parts.set(1.9);
            rest = later;
        }
        assert_eq!(values, expected);
        assert_eq!(parts, whole);
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
