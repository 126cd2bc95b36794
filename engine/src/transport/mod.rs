//! The clock: cycles to frames and back.
//!
//! The scheduler asks it where events fall. A frame is always ⌊exact rational + ½⌋ from the last tempo
//! anchor (design §5), never a sum of rounded steps: however long a session plays, an event is at most half a
//! frame from where it belongs. A change of tempo or meter sets a new anchor at the present position.

mod ratio;
#[cfg(test)]
mod tests;
mod wide;

use crate::pattern::Time;
use ratio::Ratio;
use wide::Wide;

/// Positions of anchors are multiples of 2⁻³² cycles: less than a thousandth of a frame up to cycles of
/// five minutes.
const ANCHOR_GRID: i64 = 1 << 32;

/// Tempo, meter and the moment since which they hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Transport {
    rate: f64,
    tempo: f64,
    meter: f64,
    anchor_cycle: Time,
    anchor_frame: u64,
    frames_per_cycle: Ratio,
}

/// A rate, tempo or meter that makes no time.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "{rate} frames a second at {tempo} beats a minute with {meter} beats a cycle make no time; give positive numbers between 1e-9 and 1e9"
)]
pub struct TransportError {
    /// Frames a second.
    pub rate: f64,
    /// Beats a minute.
    pub tempo: f64,
    /// Beats a cycle.
    pub meter: f64,
}

impl Transport {
    /// A clock that is at cycle 0 in frame 0: `rate` in frames a second, `tempo` in beats a minute, `meter` in beats a
    /// cycle.
    ///
    /// ```
    /// use synthc_engine::pattern::Time;
    /// use synthc_engine::transport::Transport;
    /// let transport = Transport::new(48_000.0, 128.0, 4.0)?;
    /// // A cycle is 1.875 s.
    /// assert_eq!(transport.frame_of(Time::ONE), 90_000);
    /// # Ok::<(), synthc_engine::transport::TransportError>(())
    /// ```
    ///
    /// # Errors
    /// For numbers that are not between 1e-9 and 1e9.
    pub fn new(rate: f64, tempo: f64, meter: f64) -> Result<Self, TransportError> {
        let error = TransportError { rate, tempo, meter };
        if [rate, tempo, meter]
            .iter()
            .any(|x| !(1e-9..=1e9).contains(x))
        {
            return Err(error);
        }
        Ok(Self {
            rate,
            tempo,
            meter,
            anchor_cycle: Time::ZERO,
            anchor_frame: 0,
            frames_per_cycle: Ratio::frames_per_cycle(rate, tempo, meter).ok_or(error)?,
        })
    }

    /// The same clock with cycle 0 in `frame`.
    #[must_use]
    pub fn starting_at(self, frame: u64) -> Self {
        Self {
            anchor_cycle: Time::ZERO,
            anchor_frame: frame,
            ..self
        }
    }

    /// Frames a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Beats a minute.
    #[must_use]
    pub fn tempo(&self) -> f64 {
        self.tempo
    }

    /// Beats a cycle.
    #[must_use]
    pub fn meter(&self) -> f64 {
        self.meter
    }

    /// Another tempo and meter from `frame` on; the position in cycles is kept. Times before `frame` are no longer
    /// what they were.
    ///
    /// # Errors
    /// As [`Transport::new`]; the clock is then unchanged.
    pub fn change(&mut self, frame: u64, tempo: f64, meter: f64) -> Result<(), TransportError> {
        let next = Self::new(self.rate, tempo, meter)?;
        let anchor_cycle = self.position(frame);
        *self = Self {
            anchor_cycle,
            anchor_frame: frame,
            ..next
        };
        Ok(())
    }

    /// The frame a moment falls on; negative before the start. Saturates after 146 million years of 48 kHz.
    #[must_use]
    pub fn frame_of(&self, cycle: Time) -> i64 {
        self.frame_of_sum(Time::ZERO, cycle)
    }

    /// The frame of the moment `origin + local`, which need not fit a [`Time`].
    #[must_use]
    pub fn frame_of_sum(&self, origin: Time, local: Time) -> i64 {
        let anchor = self.anchor_cycle;
        let saturated = || {
            let past = origin.to_f64() + local.to_f64() < anchor.to_f64();
            if past { i64::MIN } else { i64::MAX }
        };
        self.frames_since_anchor(origin, local)
            .and_then(|frames| frames.checked_add(i128::from(self.anchor_frame)))
            .and_then(|frame| i64::try_from(frame).ok())
            .unwrap_or_else(saturated)
    }

    /// ⌊(origin + local − anchor) · frames a cycle + ½⌋, or `None` beyond 127 bits.
    fn frames_since_anchor(&self, origin: Time, local: Time) -> Option<i128> {
        self.short_frames_since_anchor(origin, local)
            .or_else(|| self.long_frames_since_anchor(origin, local))
    }

    /// The same where 127 bits hold everything on the way, as they nearly always do; `None` elsewhere.
    fn short_frames_since_anchor(&self, origin: Time, local: Time) -> Option<i128> {
        let part = |time: Time| (i128::from(time.numerator()), i128::from(time.denominator()));
        let ((n0, d0), (n1, d1), (n2, d2)) = (part(origin), part(local), part(self.anchor_cycle));
        let sum = n0.checked_mul(d1)?.checked_add(n1.checked_mul(d0)?)?;
        let denominator = d0.checked_mul(d1)?;
        let distance = sum
            .checked_mul(d2)?
            .checked_sub(n2.checked_mul(denominator)?)?;
        let Ratio {
            numerator,
            denominator: divisor,
        } = &self.frames_per_cycle;
        let [numerator, divisor] =
            [numerator, divisor].map(|wide| i128::try_from(wide.narrow()?).ok());
        let frames = distance.checked_mul(numerator?)?.checked_mul(2)?;
        let divisor = denominator.checked_mul(d2)?.checked_mul(divisor?)?;
        // ⌊x + ½⌋ = ⌊(2n + d) / 2d⌋, and denominators are positive.
        let sum = frames.checked_add(divisor)?;
        Some(sum.div_euclid(divisor.checked_mul(2)?))
    }

    fn long_frames_since_anchor(&self, origin: Time, local: Time) -> Option<i128> {
        let anchor = self.anchor_cycle;
        let part = |time: Time| (time.numerator(), time.denominator().unsigned_abs());
        let ((n0, d0), (n1, d1), (n2, d2)) = (part(origin), part(local), part(anchor));
        // Over the common denominator d0·d1·d2, positive and negative terms apart.
        let (mut plus, mut minus) = (Wide::new(0), Wide::new(0));
        for (n, a, b) in [(n0, d1, d2), (n1, d0, d2), (n2.checked_neg()?, d0, d1)] {
            let term = Wide::new(u128::from(n.unsigned_abs())).mul(a)?.mul(b)?;
            let side = if n < 0 { &mut minus } else { &mut plus };
            *side = side.add(term)?;
        }
        let (negative, distance) = plus
            .sub(minus)
            .map_or_else(|| (true, minus.sub(plus)), |d| (false, Some(d)));
        let numerator = distance?.product(self.frames_per_cycle.numerator)?;
        let denominator = Wide::new(u128::from(d0) * u128::from(d1))
            .mul(d2)?
            .product(self.frames_per_cycle.denominator)?;
        // ⌊x + ½⌋ = ⌊(2n + d) / 2d⌋, and for −x: −⌈(2n − d) / 2d⌉.
        let (twice, halves) = (numerator.shift_left(1)?, denominator.shift_left(1)?);
        if !negative {
            let (frames, _) = twice.add(denominator)?.divide(halves)?;
            return i128::try_from(frames).ok();
        }
        let Some(beyond) = twice.sub(denominator) else {
            return Some(0);
        };
        let (frames, rest) = beyond.divide(halves)?;
        i128::try_from(frames)
            .ok()?
            .checked_add(i128::from(rest))
            .map(|frames| -frames)
    }

    /// The position at `frame`, rounded down to a multiple of 2⁻³² cycles.
    #[must_use]
    pub fn position(&self, frame: u64) -> Time {
        self.try_position(frame).unwrap_or(self.anchor_cycle)
    }

    fn try_position(&self, frame: u64) -> Option<Time> {
        let Ratio {
            numerator,
            denominator,
        } = self.frames_per_cycle;
        let since = i128::from(frame) - i128::from(self.anchor_frame);
        let distance = u64::try_from(since.unsigned_abs()).ok()?;
        let steps = denominator.mul(distance)?.shift_left(32)?;
        let (steps, rest) = steps.divide(numerator)?;
        let steps = i64::try_from(steps).ok()?;
        let steps = if since < 0 {
            -steps - i64::from(rest)
        } else {
            steps
        };
        let moved = Time::new(steps, ANCHOR_GRID).ok()?;
        self.anchor_cycle.add(moved).ok()
    }

    /// The frame a moment given as a float falls on, taken to the nearest multiple of 2⁻³² cycles.
    #[must_use]
    pub fn frame_near(&self, cycles: f64) -> u64 {
        u64::try_from(self.frame_of(Self::on_grid(cycles))).unwrap_or(0)
    }

    /// The multiple of 2⁻³² cycles that is nearest to a position; saturates beyond 2³¹ cycles.
    #[must_use]
    pub fn on_grid(cycles: f64) -> Time {
        let steps = (cycles * ANCHOR_GRID as f64).round() as i64;
        Time::new(steps, ANCHOR_GRID).unwrap_or(Time::ZERO)
    }

    /// The position at `frame` in cycles as a float: for display and automations.
    #[must_use]
    pub fn cycles_at(&self, frame: u64) -> f64 {
        let frames_per_cycle = self.rate * 60.0 * self.meter / self.tempo;
        let since = frame as f64 - self.anchor_frame as f64;
        self.anchor_cycle.to_f64() + since / frames_per_cycle
    }
}
