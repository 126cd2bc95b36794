//! Fades and modulations over time: from a session's [`Automation`] to values at frames.
//!
//! Used by the scheduler, which asks for a value at every multiple of [`GRID`] frames of the absolute clock, and for
//! the end of a fade at its own frame, so that the windows it works in have no influence on what is heard. Time is counted in cycles, so that a change of
//! tempo stretches what is under way.

use crate::session::{Automation, AutomationKind};

/// Frames between two values.
pub const GRID: u64 = 64;

/// An automation that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Player {
    automation: Automation,
    /// Where it began, in cycles.
    start: f64,
    /// Where a fade began; the value then, not the one that was set.
    from: f64,
    done: bool,
}

impl Player {
    /// Starts at `cycle`; `present` is the value the place has at that moment, when something moved it.
    #[must_use]
    pub fn new(automation: Automation, cycle: f64, present: Option<f64>) -> Self {
        let from = match automation.kind {
            AutomationKind::Fade { from, .. } => present.unwrap_or(from),
            AutomationKind::Modulation { lo, .. } => lo,
        };
        Self {
            automation,
            start: cycle,
            from,
            done: false,
        }
    }

    /// What it plays.
    #[must_use]
    pub fn automation(&self) -> &Automation {
        &self.automation
    }

    /// Whether a fade has reached its end.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The value at `cycle`; a fade that has arrived stays at its end.
    #[must_use]
    pub fn value_at(&self, cycle: f64) -> f64 {
        let progress = (cycle - self.start).max(0.0) / self.automation.bars;
        match self.automation.kind {
            AutomationKind::Fade { to, .. } if progress >= 1.0 => to,
            AutomationKind::Fade { to, .. } => between(self.from, to, progress),
            AutomationKind::Modulation { shape, lo, hi } => {
                between(lo, hi, shape.at(progress.fract()))
            }
        }
    }

    /// The cycle at which a fade that runs arrives.
    #[must_use]
    pub fn end(&self) -> Option<f64> {
        let fade = matches!(self.automation.kind, AutomationKind::Fade { .. });
        (fade && !self.done).then_some(self.start + self.automation.bars)
    }

    /// The end of a fade, at its exact frame, which need not be one of the grid.
    pub fn finish(&mut self) -> Option<f64> {
        let end = self.end()?;
        self.done = true;
        Some(self.value_at(end + self.automation.bars))
    }

    /// The value to send at a grid frame that lies at `cycle`; `None` from a fade that has arrived before.
    pub fn next(&mut self, cycle: f64) -> Option<f64> {
        if self.done {
            return None;
        }
        let fade = matches!(self.automation.kind, AutomationKind::Fade { .. });
        self.done = fade && cycle - self.start >= self.automation.bars;
        Some(self.value_at(cycle))
    }
}

/// From `a` to `b` in a straight line; never beyond them, however far apart they are.
fn between(a: f64, b: f64, t: f64) -> f64 {
    let distance = b - a;
    if distance.is_finite() {
        a + distance * t
    } else {
        a * (1.0 - t) + b * t
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Shape;

    fn fade(from: f64, to: f64, bars: f64) -> Automation {
        Automation {
            kind: AutomationKind::Fade { from, to },
            bars,
        }
    }

    #[test]
    fn a_fade_is_a_straight_line_that_ends_exactly() {
        let mut player = Player::new(fade(0.8, 0.1, 4.0), 2.0, None);
        assert_eq!(player.next(2.0), Some(0.8));
        assert!((player.next(4.0).unwrap() - 0.45).abs() < 1e-15);
        assert_eq!(player.next(6.0), Some(0.1));
        assert_eq!(player.next(6.1), None);
        assert_eq!(player.value_at(100.0), 0.1);
    }

    #[test]
    fn a_fade_of_a_moving_place_starts_where_it_is() {
        let mut player = Player::new(fade(0.8, 0.0, 1.0), 0.0, Some(0.3));
        assert_eq!(player.next(0.0), Some(0.3));
        assert_eq!(player.next(0.5), Some(0.15));
    }

    #[test]
    fn a_modulation_repeats_its_shape() {
        let kind = AutomationKind::Modulation {
            shape: Shape::Sine,
            lo: 200.0,
            hi: 2000.0,
        };
        let mut player = Player::new(Automation { kind, bars: 4.0 }, 0.0, None);
        let mut at = |cycle: f64| player.next(cycle).unwrap().round();
        assert_eq!(
            [at(0.0), at(1.0), at(2.0), at(3.0), at(4.0), at(401.0)],
            [1100.0, 2000.0, 1100.0, 200.0, 1100.0, 2000.0]
        );
        let kind = AutomationKind::Modulation {
            shape: Shape::Square,
            lo: 0.0,
            hi: 0.5,
        };
        let player = Player::new(Automation { kind, bars: 2.0 }, 0.0, None);
        assert_eq!(
            [0.0, 0.99, 1.0, 1.99, 2.0].map(|cycle| player.value_at(cycle)),
            [0.5, 0.5, 0.0, 0.0, 0.5]
        );
    }
}
