//! Controls: named numbers that events, patterns and people move while the program runs.

use std::sync::Arc;

/// How a control's value approaches a newly set one.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Smoothing {
    /// Smoothed with [`Smoothing::DEFAULT_SECONDS`] unless the name contains `gate` or `trig`.
    #[default]
    ByName,
    /// Takes the new value at the very frame of the event.
    None,
    /// One-pole smoothing with this time constant in seconds, > 0.
    Seconds(f64),
}

impl Smoothing {
    /// Time constant of default smoothing: 1/44.1 s ≈ 22.7 ms (krs specification A.10).
    pub const DEFAULT_SECONDS: f64 = 1.0 / 44.1;
}

/// Declaration of a control.
///
/// Two declarations of one name in one graph must be equal; they are then one control.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// Name, unique in its graph.
    pub name: Arc<str>,
    /// Value before anything is set; within `[lo, hi]`.
    pub init: f64,
    /// Lowest value; lower ones are clamped when set.
    pub lo: f64,
    /// Highest value; higher ones are clamped when set.
    pub hi: f64,
    /// Step of a user interface; does not quantise.
    pub step: f64,
    /// How new values are approached.
    pub smoothing: Smoothing,
}

impl Control {
    /// A control with the default step and smoothing by name.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, init: f64, lo: f64, hi: f64) -> Self {
        Self {
            name: name.into(),
            init,
            lo,
            hi,
            step: 0.001,
            smoothing: Smoothing::ByName,
        }
    }

    /// Time constant in seconds with which the control moves; `None` when it steps.
    #[must_use]
    pub fn smoothing_seconds(&self) -> Option<f64> {
        match self.smoothing {
            Smoothing::None => None,
            Smoothing::Seconds(t) => Some(t),
            Smoothing::ByName => {
                let name = self.name.to_ascii_lowercase();
                let steps = name.contains("gate") || name.contains("trig");
                (!steps).then_some(Smoothing::DEFAULT_SECONDS)
            }
        }
    }

    /// `value` clamped to the range; NaN becomes the initial value.
    #[must_use]
    pub fn clamp(&self, value: f64) -> f64 {
        if value.is_nan() {
            self.init
        } else {
            value.max(self.lo).min(self.hi)
        }
    }

    /// What is wrong with the numbers, when they make no range or no smoothing.
    pub(crate) fn range_problem(&self) -> Option<String> {
        let Self {
            init, lo, hi, step, ..
        } = *self;
        if let Some(x) = [init, lo, hi, step].into_iter().find(|x| !x.is_finite()) {
            return Some(format!("the number {x}"));
        }
        if lo > hi {
            return Some(format!("lo {lo} above hi {hi}"));
        }
        if init < lo || init > hi {
            return Some(format!("init {init} outside [{lo}, {hi}]"));
        }
        match self.smoothing {
            Smoothing::Seconds(t) if t.is_nan() || t <= 0.0 || t.is_infinite() => {
                Some(format!("a smoothing time of {t} s"))
            }
            _ => None,
        }
    }
}
