//! Fades and modulations: what moves a control or level without a pattern.
//!
//! This is what people ask for; the values over time are computed in `crate::automation`.

use std::f64::consts::TAU;
use std::fmt;
use std::sync::Arc;

use super::{Outcome, PlayOptions, Session, SessionError, Warning, name};
use crate::path::Target;
use crate::pattern::Pattern;

/// The shape of one period of a modulation, over the phase t in [0, 1) (krs specification E.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// ½ + ½·sin 2πt: starts in the middle, rising.
    Sine,
    /// 1 − |2t − 1|: starts low.
    Triangle,
    /// t
    Ramp,
    /// 1 − t
    RampDown,
    /// 1 in the first half, 0 in the second.
    Square,
    /// t²
    Exponential,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 6] = [
        Self::Sine,
        Self::Triangle,
        Self::Ramp,
        Self::RampDown,
        Self::Square,
        Self::Exponential,
    ];

    /// The name in patches.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sine => "sine",
            Self::Triangle => "tri",
            Self::Ramp => "ramp",
            Self::RampDown => "ramp_down",
            Self::Square => "square",
            Self::Exponential => "exp",
        }
    }

    /// The shape of a name.
    ///
    /// # Errors
    /// [`SessionError::UnknownShape`] with the nearest name.
    pub fn parse(name: &str) -> Result<Self, SessionError> {
        Self::ALL
            .into_iter()
            .find(|shape| shape.name() == name)
            .ok_or_else(|| SessionError::UnknownShape {
                given: name.to_owned(),
                nearest: name::nearest(name, Self::ALL.map(Self::name)),
            })
    }

    /// The value at phase `t` in [0, 1), from 0 to 1.
    #[must_use]
    pub fn at(self, t: f64) -> f64 {
        match self {
            Self::Sine => 0.5 + 0.5 * (TAU * t).sin(),
            Self::Triangle => 1.0 - (2.0 * t - 1.0).abs(),
            Self::Ramp => t,
            Self::RampDown => 1.0 - t,
            Self::Square => f64::from(u8::from(t < 0.5)),
            Self::Exponential => t * t,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an automation does to its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AutomationKind {
    /// Once, in a straight line to `to`, which it reaches exactly and keeps.
    Fade {
        /// The value set when the fade was asked for; a place that is moving starts where it is.
        from: f64,
        /// The value at the end.
        to: f64,
    },
    /// Again and again along a shape.
    Modulation {
        /// The shape.
        shape: Shape,
        /// Value at 0 of the shape.
        lo: f64,
        /// Value at 1 of the shape.
        hi: f64,
    },
}

/// An automation of one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Automation {
    /// What it does.
    pub kind: AutomationKind,
    /// Length of the fade, period of the modulation, in bars (cycles).
    pub bars: f64,
}

impl Session {
    /// Fewest bars of a fade or of a modulation's period: well below a frame.
    pub const MIN_BARS: f64 = 1e-6;
    /// Most bars of a fade or of a modulation's period.
    pub const MAX_BARS: f64 = 65_536.0;
    /// Bars of a fade where none are given by the patch.
    pub const DEFAULT_FADE_BARS: f64 = 4.0;

    /// Moves the control or level at `path` (of a node or group: the faders) to `target` in a straight line over
    /// `bars` bars, from where it is. From now on `target` is the value set there.
    ///
    /// # Errors
    /// [`SessionError::UnknownPath`], [`SessionError::UnknownControl`], [`SessionError::NotFinite`],
    /// [`SessionError::Bars`].
    pub fn fade(&mut self, path: &str, target: f64, bars: f64) -> Outcome {
        check_bars(bars)?;
        let places = self.value_targets(path)?;
        let mut warnings = Vec::new();
        for place in &places {
            warnings.extend(self.check_at(place, target)?);
        }
        for place in places {
            let from = self.value_at(&place).unwrap_or(target);
            self.store(&place, target);
            self.automate(
                place,
                Automation {
                    kind: AutomationKind::Fade { from, to: target },
                    bars,
                },
            );
        }
        Ok(warnings)
    }

    /// Moves the control or level at `path` between `lo` and `hi` along `shape`, again and again with a period of `bars`
    /// bars, until [`Session::unmod`], [`Session::hush`] or [`Session::stop`].
    ///
    /// # Errors
    /// [`SessionError::UnknownPath`], [`SessionError::UnknownControl`], [`SessionError::NotFinite`],
    /// [`SessionError::Bars`].
    pub fn modulate(&mut self, path: &str, shape: Shape, lo: f64, hi: f64, bars: f64) -> Outcome {
        check_bars(bars)?;
        let places = self.value_targets(path)?;
        let mut warnings: Vec<Warning> = Vec::new();
        for place in &places {
            for end in [lo, hi] {
                warnings.extend(self.check_at(place, end)?);
            }
        }
        for place in places {
            self.automate(
                place,
                Automation {
                    kind: AutomationKind::Modulation { shape, lo, hi },
                    bars,
                },
            );
        }
        Ok(warnings)
    }

    /// Plays `pattern` stretched over `bars` bars on the control or level at `path`, from its start.
    ///
    /// # Errors
    /// As [`Session::play`]; [`SessionError::Bars`].
    pub fn modulate_with(&mut self, path: &str, pattern: &Pattern, bars: f64) -> Outcome {
        check_bars(bars)?;
        let stretched = pattern.over(bars)?;
        let places = self.value_targets(path)?;
        self.play_on(
            places,
            &stretched,
            PlayOptions {
                from_zero: true,
                swing: None,
            },
        )
    }

    /// Stops the automation or pattern that moves the control or level at `path`; without one, nothing happens. The
    /// value stays where it is.
    ///
    /// # Errors
    /// [`SessionError::UnknownPath`], [`SessionError::UnknownControl`].
    pub fn unmod(&mut self, path: &str) -> Outcome {
        let places = self.value_targets(path)?;
        self.drop_playing(|playing| places.contains(playing));
        Ok(Vec::new())
    }

    /// What moves by automation, in order of place.
    pub fn automations(&self) -> impl Iterator<Item = (&Target, &Automation)> {
        self.automations.iter()
    }

    /// Ends a fade: a value set by hand is meant to stay.
    pub(super) fn end_fade(&mut self, place: &Target) {
        if matches!(
            self.automations.get(place),
            Some(Automation {
                kind: AutomationKind::Fade { .. },
                ..
            })
        ) {
            Arc::make_mut(&mut self.automations).remove(place);
        }
    }

    fn automate(&mut self, place: Target, automation: Automation) {
        Arc::make_mut(&mut self.slots).remove(&place);
        Arc::make_mut(&mut self.automations).insert(place, automation);
    }
}

fn check_bars(bars: f64) -> Result<(), SessionError> {
    if (Session::MIN_BARS..=Session::MAX_BARS).contains(&bars) {
        return Ok(());
    }
    Err(SessionError::Bars {
        given: bars,
        min: Session::MIN_BARS,
        max: Session::MAX_BARS,
    })
}
