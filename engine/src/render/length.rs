//! How long a render is: as asked, or by the default rule (design §5).

use std::fmt;

use crate::pattern::{MAX_PERIOD, Time};
use crate::session::{AutomationKind, Session};
use crate::transport::Transport;

/// How long to render.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Length {
    /// The common period of the patterns, or 10 s, and the tail.
    #[default]
    Natural,
    /// So many frames.
    Frames(u64),
    /// So many seconds, rounded to the nearest frame.
    Seconds(f64),
    /// So many bars (cycles), rounded to the nearest frame.
    Bars(f64),
}

/// The rule that gave a render its length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LengthRule {
    /// It was asked for.
    Given,
    /// The patterns repeat after so many cycles; then the tail.
    Period {
        /// The common period of all patterns.
        cycles: Time,
    },
    /// The common period is repeated, or the 10 s are prolonged, until the longest fade has ended; then the tail.
    Fades {
        /// Cycles in all.
        cycles: Time,
    },
    /// The patterns have no common period of at most 64 cycles: 10 s; then the tail.
    TenSeconds,
    /// Nothing plays: 10 s; then the tail.
    NoPatterns,
    /// A function alone plays its longest recording, or 10 s where it has none; then the tail.
    Recording {
        /// Seconds of the longest recording; `None` where there is none.
        seconds: Option<f64>,
    },
}

impl fmt::Display for LengthRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str("as given"),
            Self::Period { cycles } if *cycles == Time::ONE => {
                f.write_str("one cycle, the common period of the patterns, and the tail")
            }
            Self::Period { cycles } => {
                write!(
                    f,
                    "{cycles} cycles, the common period of the patterns, and the tail"
                )
            }
            Self::Fades { cycles } => write!(
                f,
                "{:.4} cycles, until the last fade has ended, and the tail",
                cycles.to_f64()
            ),
            Self::Recording { seconds: None } => f.write_str("10 s, and the tail"),
            Self::Recording {
                seconds: Some(seconds),
            } => write!(f, "{seconds:.3} s, the longest input, and the tail"),
            Self::NoPatterns => {
                f.write_str("10 s because no pattern plays at the end of the patch, and the tail")
            }
            Self::TenSeconds => write!(
                f,
                "10 s because the patterns have no common period of at most {MAX_PERIOD} cycles, and the tail"
            ),
        }
    }
}

/// Seconds where the patterns have no common period.
pub(super) const WITHOUT_PERIOD: f64 = 10.0;

/// A length that is no length.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a length of {given} {unit} cannot be rendered; give a finite number from 0 to {limit:.0}")]
pub struct LengthError {
    /// The number given.
    pub given: f64,
    /// Frames, seconds or bars.
    pub unit: &'static str,
    /// The greatest number.
    pub limit: f64,
}

/// Longest render in frames: 2⁴⁰, more than half a year at 48 kHz.
const MAX_FRAMES: f64 = 1_099_511_627_776.0;

/// The frames before the tail, the rule, and whether there is a tail.
pub(super) fn plan(
    length: Length,
    session: &Session,
    transport: &Transport,
) -> Result<(u64, LengthRule, bool), LengthError> {
    let rate = transport.rate();
    let per_bar = rate * 60.0 * transport.meter() / transport.tempo();
    let given = |given: f64, unit, scale: f64| {
        let frames = (given * scale + 0.5).floor();
        let limit = MAX_FRAMES / scale;
        if !(0.0..=MAX_FRAMES).contains(&frames) {
            return Err(LengthError { given, unit, limit });
        }
        Ok((frames as u64, LengthRule::Given, false))
    };
    match length {
        Length::Frames(frames) if frames as f64 <= MAX_FRAMES => {
            Ok((frames, LengthRule::Given, false))
        }
        Length::Frames(frames) => Err(LengthError {
            given: frames as f64,
            unit: "frames",
            limit: MAX_FRAMES,
        }),
        Length::Seconds(seconds) => given(seconds, "seconds", rate),
        Length::Bars(bars) => given(bars, "bars", per_bar),
        Length::Natural => natural(session, transport),
    }
}

/// The common period of the patterns or 10 s, and at least until the last fade has ended.
fn natural(
    session: &Session,
    transport: &Transport,
) -> Result<(u64, LengthRule, bool), LengthError> {
    let fades = session.automations().filter_map(|(_, a)| match a.kind {
        AutomationKind::Fade { .. } => Some(Transport::on_grid(a.bars)),
        AutomationKind::Modulation { .. } => None,
    });
    let fade = fades.max().unwrap_or(Time::ZERO);
    let frames_of = |cycles: Time| u64::try_from(transport.frame_of(cycles)).unwrap_or(u64::MAX);
    let (frames, rule) = match common_period(session) {
        Some(cycles) => {
            let times = fade.div(cycles).map_or(1, Time::ceil).max(1);
            let total = cycles.mul(Time::integer(times)).unwrap_or(cycles);
            let rule = if times == 1 {
                LengthRule::Period { cycles }
            } else {
                LengthRule::Fades { cycles: total }
            };
            (frames_of(total), rule)
        }
        None => {
            let (least, fade_frames) = (
                (WITHOUT_PERIOD * transport.rate() + 0.5).floor() as u64,
                frames_of(fade),
            );
            let rule = if fade_frames > least {
                LengthRule::Fades { cycles: fade }
            } else if session.slots().next().is_none() {
                LengthRule::NoPatterns
            } else {
                LengthRule::TenSeconds
            };
            (fade_frames.max(least), rule)
        }
    };
    if frames as f64 <= MAX_FRAMES {
        return Ok((frames, rule, true));
    }
    let per_bar = transport.rate() * 60.0 * transport.meter() / transport.tempo();
    Err(LengthError {
        given: frames as f64 / per_bar,
        unit: "bars",
        limit: MAX_FRAMES / per_bar,
    })
}

/// The least time after which all patterns of a session repeat together, at most [`MAX_PERIOD`] cycles.
#[must_use]
pub fn common_period(session: &Session) -> Option<Time> {
    let mut periods = session.slots().map(|(_, slot)| slot.pattern().period());
    let first = periods.next()??;
    let all = periods.try_fold(first, |all, period| all.lcm(period?))?;
    (all <= Time::integer(MAX_PERIOD)).then_some(all)
}

#[cfg(test)]
mod tests {
    use synthc_ir::Signal;

    use super::*;
    use crate::pattern::{Pattern, cat, hit};
    use crate::session::{NodeDefinition, NodeOptions};

    fn session(patterns: &[Pattern]) -> Session {
        let mut session = Session::new();
        let silence = NodeDefinition::source([Signal::constant(0.0)]).unwrap();
        for (index, pattern) in patterns.iter().enumerate() {
            let name = format!("n{index}");
            session
                .node(&name, silence.clone(), NodeOptions::default())
                .unwrap();
            session.play(&name, pattern).unwrap();
        }
        session
    }

    fn over(cycles: i64) -> Pattern {
        hit().over(cycles).unwrap()
    }

    #[test]
    fn the_default_is_the_common_period() {
        let transport = Transport::new(48_000.0, 120.0, 4.0).unwrap();
        let of =
            |patterns: &[Pattern]| plan(Length::Natural, &session(patterns), &transport).unwrap();
        let period = |cycles| LengthRule::Period {
            cycles: Time::integer(cycles),
        };
        assert_eq!(of(&[hit()]), (96_000, period(1), true));
        assert_eq!(of(&[over(2), over(3), hit()]), (576_000, period(6), true));
        assert_eq!(of(&[over(64)]), (96_000 * 64, period(64), true));
        assert_eq!(
            of(&[over(5), over(13)]),
            (480_000, LengthRule::TenSeconds, true)
        );
        assert_eq!(
            of(&[hit().thin(0.5, 0).unwrap(), hit()]),
            (480_000, LengthRule::TenSeconds, true)
        );
        assert_eq!(of(&[]), (480_000, LengthRule::NoPatterns, true));
        assert_eq!(of(&[cat(vec![hit(); 7]).unwrap()]).1, period(7));
    }

    #[test]
    fn a_fade_is_heard_to_its_end() {
        let transport = Transport::new(48_000.0, 120.0, 4.0).unwrap();
        let of = |patterns: &[Pattern], bars: f64| {
            let mut session = session(patterns);
            session.fade("master", 0.1, bars).unwrap();
            plan(Length::Natural, &session, &transport).unwrap()
        };
        let cycles = |cycles| Time::integer(cycles);
        let (period, fades) = (
            |n| LengthRule::Period { cycles: cycles(n) },
            |n| LengthRule::Fades { cycles: cycles(n) },
        );
        assert_eq!(of(&[over(2)], 2.0), (192_000, period(2), true));
        assert_eq!(of(&[over(2)], 2.5), (384_000, fades(4), true));
        assert_eq!(of(&[over(3)], 8.0), (864_000, fades(9), true));
        assert_eq!(of(&[], 4.0), (480_000, LengthRule::NoPatterns, true));
        assert_eq!(of(&[], 8.0), (768_000, fades(8), true));
        assert_eq!(
            fades(8).to_string(),
            "8.0000 cycles, until the last fade has ended, and the tail"
        );
    }

    #[test]
    fn a_natural_length_has_a_bound_too() {
        let transport = Transport::new(1e6, 0.01, 1024.0).unwrap();
        let error = plan(Length::Natural, &session(&[over(64)]), &transport).unwrap_err();
        assert_eq!((error.given, error.unit), (64.0, "bars"));
        assert!(plan(Length::Natural, &session(&[]), &transport).is_ok());
    }

    #[test]
    fn a_length_asked_for_is_kept() {
        let transport = Transport::new(44_100.0, 128.0, 3.0).unwrap();
        let of = |length| plan(length, &Session::new(), &transport);
        assert_eq!(of(Length::Frames(17)).unwrap().0, 17);
        assert_eq!(of(Length::Seconds(1.5)).unwrap().0, 66_150);
        assert_eq!(of(Length::Bars(2.0)).unwrap().0, 124_031);
        assert_eq!(
            of(Length::Seconds(0.0)).unwrap(),
            (0, LengthRule::Given, false)
        );
        for length in [
            Length::Seconds(-1.0),
            Length::Seconds(f64::NAN),
            Length::Bars(f64::INFINITY),
            Length::Frames(u64::MAX),
        ] {
            assert!(of(length).is_err(), "{length:?}");
        }
    }
}
