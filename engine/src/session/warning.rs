//! Remarks about edits that were carried out all the same.
//!
//! Returned by the operations of a session and, where something only shows when it is played, collected by
//! the scheduler; whoever called prints them.

use std::fmt;
use std::sync::Arc;

/// Something that is probably not meant.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// A value beyond the control's range; it is clamped.
    OutOfRange {
        /// The path set.
        path: String,
        /// The value given.
        given: f64,
        /// The lowest value.
        lo: f64,
        /// The highest value.
        hi: f64,
    },
    /// A level beyond ±2.
    LoudGain {
        /// The path set.
        path: String,
        /// The level given.
        given: f64,
    },
    /// A value set where a pattern or automation will soon set another.
    Overridden {
        /// The path set.
        path: String,
        /// What plays there: a pattern or an automation.
        by: &'static str,
    },
    /// A pattern sets a control that the node does not have; it is ignored.
    UnknownControl {
        /// The node.
        node: Arc<str>,
        /// The control.
        control: Arc<str>,
        /// The nearest control of the node.
        nearest: Option<String>,
    },
    /// A pattern has pitches, the node has no control `freq`.
    NoPitch {
        /// The node.
        node: Arc<str>,
    },
    /// A pattern has notes, the node has no such gate control.
    NoGate {
        /// The node.
        node: Arc<str>,
        /// The gate control of the notes.
        gate: Arc<str>,
    },
    /// An effect is one instance.
    CountIgnored {
        /// The node.
        node: Arc<str>,
        /// The count given.
        count: u32,
    },
    /// A control has the name of the fader or of a send; the path leads to the control.
    ShadowedLevel {
        /// The path.
        path: String,
    },
    /// A pattern on a path sends messages that only a port could take.
    NotAudible {
        /// The path.
        path: String,
        /// MIDI, OSC or notes.
        what: &'static str,
    },
    /// A pattern failed while it played; it is silent from there on.
    PatternFailed {
        /// The path.
        path: String,
        /// The error.
        error: String,
    },
    /// A note sets more controls than an event carries; the last ones are ignored.
    TooManyParams {
        /// The node.
        node: Arc<str>,
        /// Controls given.
        given: usize,
        /// Controls an event carries.
        max: usize,
    },
    /// Scheduled values or notes had to wait for the plan that has their place.
    EventsLate {
        /// The path.
        path: String,
        /// How many.
        count: usize,
        /// By how many frames at most.
        frames: u64,
    },
    /// A scheduled value was due when its place was gone.
    EventLost {
        /// The path.
        path: String,
    },
    /// A scheduled note was due when its node was gone, or had no such gate any more.
    NoteLost {
        /// The node.
        node: Arc<str>,
        /// The control that was to open.
        gate: Arc<str>,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange {
                path,
                given,
                lo,
                hi,
            } => {
                write!(
                    f,
                    "{given} for `{path}` is outside its range {lo} to {hi}; it will be clamped"
                )
            }
            Self::LoudGain { path, given } => {
                write!(
                    f,
                    "a level of {given} for `{path}` is very loud; levels are usually 0 to 1"
                )
            }
            Self::Overridden { path, by } => {
                write!(
                    f,
                    "{by} is playing on `{path}` and will override the value; `hush` it first"
                )
            }
            Self::UnknownControl {
                node,
                control,
                nearest,
            } => {
                write!(
                    f,
                    "the pattern sets `{control}`, which node `{node}` does not have; it is ignored"
                )?;
                nearest
                    .as_ref()
                    .map_or(Ok(()), |name| write!(f, "; did you mean `{name}`?"))
            }
            Self::NoPitch { node } => write!(
                f,
                "the pattern has pitches but node `{node}` has no control `freq`; they are ignored"
            ),
            Self::NoGate { node, gate } => write!(
                f,
                "the pattern has notes but node `{node}` has no control `{gate}` to open and close"
            ),
            Self::CountIgnored { node, count } => {
                write!(
                    f,
                    "count {count} is ignored: `{node}` is an effect, which is one instance"
                )
            }
            Self::ShadowedLevel { path } => write!(
                f,
                "`{path}` leads to the control of that name; reach the level with `gain` or `send`"
            ),
            Self::NotAudible { path, what } => {
                write!(
                    f,
                    "the pattern on `{path}` has {what} events, which cannot be heard there"
                )
            }
            Self::PatternFailed { path, error } => {
                write!(f, "the pattern on `{path}` stopped: {error}")
            }
            Self::TooManyParams { node, given, max } => write!(
                f,
                "a note for `{node}` sets {given} controls, the first {max} are used"
            ),
            Self::EventsLate {
                path,
                count,
                frames,
            } => write!(
                f,
                "{count} scheduled events for `{path}` waited for the edit that brings it and came up to {frames} frames late; schedule them later, or once the update has settled"
            ),
            Self::EventLost { path } => write!(
                f,
                "a value scheduled for `{path}` was due when nothing of that name was left"
            ),
            Self::NoteLost { node, gate } => write!(
                f,
                "a note scheduled for `{node}` was due when it had no `{gate}` any more; it was not played"
            ),
        }
    }
}
