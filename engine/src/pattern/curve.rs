//! Continuous patterns: one cycle of a shape as equal sample-and-hold steps.
//!
//! Built by `sine`, `tri`, `ramp`, … and played on a control. Invariant: steps are exact fractions of the cycle and a
//! value depends only on the step (for `rand`: and on the cycle and seeds).

use super::error::{MAX_ITEMS, PatternError};
use super::random::Key;
use super::tree::{Kind, Pattern};

/// Steps a cycle unless chosen otherwise.
pub const DEFAULT_STEPS: usize = 64;

/// The shape of a continuous pattern over the phase t in [0, 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// ½ + ½·sin 2πt: starts in the middle, rising.
    Sine,
    /// 1 − |2t − 1|: starts low, peaks in mid-cycle.
    Triangle,
    /// t: rising; the high end itself is not reached.
    Ramp,
    /// 1 − t: falling from the high end.
    RampDown,
    /// High in the first half, low in the second.
    Square,
    /// t²: rising slowly, then fast.
    Exponential,
    /// Uniform random steps, new in every cycle, repeatable by seed.
    Random {
        /// Chooses among independent streams.
        seed: u64,
    },
}

/// A shape with its range and resolution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Curve {
    /// The shape.
    pub(super) shape: Shape,
    /// Value at 0.
    pub(super) low: f64,
    /// Value at 1.
    pub(super) high: f64,
    /// Equal steps a cycle.
    pub(super) steps: usize,
}

impl Shape {
    /// The name of the builder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sine => "sine",
            Self::Triangle => "tri",
            Self::Ramp => "ramp",
            Self::RampDown => "ramp_down",
            Self::Square => "square",
            Self::Exponential => "exp",
            Self::Random { .. } => "rand",
        }
    }

    /// The shape of a builder name, 0.1.1 names (`saw`, `mod_sine`, …) included; `rand` has seed 0.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.strip_prefix("mod_").unwrap_or(name) {
            "sine" => Self::Sine,
            "tri" => Self::Triangle,
            "ramp" | "saw" => Self::Ramp,
            "ramp_down" => Self::RampDown,
            "square" => Self::Square,
            "exp" => Self::Exponential,
            "rand" => Self::Random { seed: 0 },
            _ => return None,
        })
    }
}

impl Curve {
    /// The value of one step; `key` already holds everything but the shape's seed and the step.
    pub(super) fn value(&self, step: usize, key: Key) -> f64 {
        let t = step as f64 / self.steps as f64;
        let unit = match self.shape {
            Shape::Sine => 0.5 + 0.5 * (std::f64::consts::TAU * t).sin(),
            Shape::Triangle => 1.0 - (2.0 * t - 1.0).abs(),
            Shape::Ramp => t,
            Shape::RampDown => 1.0 - t,
            Shape::Square => f64::from(u8::from(2 * step < self.steps)),
            Shape::Exponential => t * t,
            Shape::Random { seed } => key.with(seed).with(step as u64).unit(),
        };
        self.low + (self.high - self.low) * unit
    }
}

/// One cycle of a shape from `low` to `high` in `steps` equal sample-and-hold steps, to be played on a control.
///
/// `high` below `low` turns the shape upside down. Costs one node whatever the number of steps.
///
/// ```
/// use synthc_engine::pattern::{EventKind, Shape, Time, curve};
/// let sweep = curve(Shape::Ramp, 0.0, 1.0, 4)?;
/// let values: Vec<f64> = sweep
///     .query(Time::ZERO, Time::ONE, 0)?
///     .iter()
///     .map(|event| match event.kind { EventKind::Value { value, .. } => value, _ => f64::NAN })
///     .collect();
/// assert_eq!(values, [0.0, 0.25, 0.5, 0.75]);
/// # Ok::<(), synthc_engine::pattern::PatternError>(())
/// ```
///
/// # Errors
/// [`PatternError::NotFinite`] for a range end, [`PatternError::OutOfRange`] unless 1 ≤ steps ≤ [`MAX_ITEMS`].
pub fn curve(shape: Shape, low: f64, high: f64, steps: i64) -> Result<Pattern, PatternError> {
    for (end, given) in [("lo", low), ("hi", high)] {
        if !given.is_finite() {
            return Err(PatternError::NotFinite {
                what: format!("{}({end})", shape.name()),
                given,
            });
        }
    }
    let count = usize::try_from(steps)
        .ok()
        .filter(|count| (1..=MAX_ITEMS).contains(count));
    let Some(steps) = count else {
        return Err(PatternError::OutOfRange {
            what: format!("{}(steps)", shape.name()),
            given: steps as f64,
            low: 1.0,
            high: MAX_ITEMS as f64,
        });
    };
    Ok(Pattern::leaf(Kind::Curve(Curve {
        shape,
        low,
        high,
        steps,
    })))
}
