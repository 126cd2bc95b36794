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

/// What is wrong with the numbers of a control.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{parameter} {text}")]
pub struct ControlProblem {
    /// The parameter: `init`, `lo`, `hi`, `step` or `smooth`.
    pub parameter: &'static str,
    /// What is wrong with it, with its value.
    pub text: String,
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

    /// Checks that the numbers make a range: all finite, lo ≤ init ≤ hi, a smoothing time above 0.
    ///
    /// # Errors
    /// The first parameter that breaks the rule.
    pub fn check(&self) -> Result<(), ControlProblem> {
        let problem = |parameter, text| Err(ControlProblem { parameter, text });
        for (parameter, x) in [
            ("init", self.init),
            ("lo", self.lo),
            ("hi", self.hi),
            ("step", self.step),
        ] {
            if !x.is_finite() {
                return problem(parameter, format!("is {x}"));
            }
        }
        let Self { init, lo, hi, .. } = *self;
        if lo > hi {
            return problem("lo", format!("is {lo}, above hi = {hi}"));
        }
        if init < lo || init > hi {
            return problem("init", format!("is {init}, outside [{lo}, {hi}]"));
        }
        match self.smoothing {
            Smoothing::Seconds(t) if !(t > 0.0 && t.is_finite()) => {
                problem("smooth", format!("is a time of {t} s"))
            }
            _ => Ok(()),
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
}
