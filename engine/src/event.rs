//! Events: what the control side tells the processor to do at an exact frame.
//!
//! Written by the scheduler and by hand-played input, read by the
//! [`Processor`](crate::processor::Processor). Everything here is plain `Copy` data of fixed size, so
//! that events cross the ring without allocation. Nodes are named by [`NodeKey`], controls by their
//! slot in [`NodeSpec::controls`](crate::plan::NodeSpec::controls), sends by their two ends: none of
//! these depends on the plan's execution order, so that events already queued stay right when
//! another plan is adopted.

use std::fmt;

use crate::log::number::{self, Number};
use crate::plan::Outlet;

/// A node's lasting number, chosen by the control side and kept over redefinitions of the node.
///
/// Keys index a table in every plan: use small numbers (below [`crate::plan::MAX_KEY`]).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct NodeKey(pub u32);

impl fmt::Display for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node{}", self.0)
    }
}

/// Most values one note can set beside its gate.
pub const MAX_NOTE_PARAMS: usize = 16;

/// Values a note sets on its voice, in order: (control slot, value).
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Vec<(u16, Number)>", into = "Vec<(u16, Number)>")]
pub struct NoteParams {
    len: u8,
    pairs: [(u16, f64); MAX_NOTE_PARAMS],
}

/// A note has more than [`MAX_NOTE_PARAMS`] values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a note sets more than {MAX_NOTE_PARAMS} controls; set the others by value events")]
pub struct TooManyParams;

impl NoteParams {
    /// No values.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            len: 0,
            pairs: [(0, 0.0); MAX_NOTE_PARAMS],
        }
    }

    /// Adds a value; a control given twice takes the later one.
    ///
    /// # Errors
    /// When there are [`MAX_NOTE_PARAMS`] already.
    pub fn push(&mut self, control: u16, value: f64) -> Result<(), TooManyParams> {
        let slot = self
            .pairs
            .get_mut(usize::from(self.len))
            .ok_or(TooManyParams)?;
        *slot = (control, value);
        self.len += 1;
        Ok(())
    }

    /// Takes all values out.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// The pairs, in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[(u16, f64)] {
        &self.pairs[..usize::from(self.len)]
    }
}

impl TryFrom<Vec<(u16, Number)>> for NoteParams {
    type Error = TooManyParams;

    fn try_from(pairs: Vec<(u16, Number)>) -> Result<Self, TooManyParams> {
        let mut params = Self::new();
        for (control, Number(value)) in pairs {
            params.push(control, value)?;
        }
        Ok(params)
    }
}

impl From<NoteParams> for Vec<(u16, Number)> {
    fn from(params: NoteParams) -> Self {
        let pairs = params.as_slice().iter();
        pairs
            .map(|&(control, value)| (control, Number(value)))
            .collect()
    }
}

/// What was there before a [`NoteParams::clear`] does not count.
impl PartialEq for NoteParams {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Default for NoteParams {
    fn default() -> Self {
        Self::new()
    }
}

/// A gain that events can move. All are linear factors, smoothed over a few milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelTarget {
    /// A node's fader.
    Gain(NodeKey),
    /// A node's mute switch: a value of ½ or more silences the node and all its sends, `pre` ones too.
    Mute(NodeKey),
    /// The level of the send between two nodes.
    Send {
        /// Where it comes from.
        from: NodeKey,
        /// Which of the outputs there it takes.
        #[serde(default)]
        outlet: Outlet,
        /// The effect it feeds.
        to: NodeKey,
        /// The input it feeds; `None` for the effect as a whole.
        input: Option<u16>,
    },
    /// The master fader.
    Master,
}

/// What happens. `P` holds the values of a note; inside the queue it says where they are.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "events are plain data and must not own memory"
)]
pub enum EventKind<P = NoteParams> {
    /// Closes the gate of a note. Ignored when the note was stolen, replaced or never started.
    NoteOff {
        /// The node that plays it.
        node: NodeKey,
        /// The number its note-on carried.
        note: u64,
    },
    /// Sets a control of all voices.
    Value {
        /// The node.
        node: NodeKey,
        /// The control's slot.
        control: u16,
        /// Its new target; clamped to the control's range.
        #[serde(with = "number")]
        value: f64,
    },
    /// Moves a gain.
    Level {
        /// Which.
        target: LevelTarget,
        /// Its new target, linear; a value that is not finite is ignored.
        #[serde(with = "number")]
        value: f64,
    },
    /// Starts a note on a voice of its node.
    NoteOn {
        /// The node.
        node: NodeKey,
        /// A number that no other note of this session has.
        note: u64,
        /// The control slot that opens: to 1, or to the value that `params` has for it. Without one
        /// the note only sets values.
        gate: Option<u16>,
        /// Values the voice takes with the note.
        params: P,
    },
}

impl<P> EventKind<P> {
    /// Rank at one frame: note-offs, then values and levels, then note-ons.
    #[must_use]
    pub const fn class(&self) -> u8 {
        match self {
            Self::NoteOff { .. } => 0,
            Self::Value { .. } | Self::Level { .. } => 1,
            Self::NoteOn { .. } => 2,
        }
    }

    /// The node it concerns, when it is one node.
    #[must_use]
    pub const fn node(&self) -> Option<NodeKey> {
        match self {
            Self::NoteOff { node, .. } | Self::Value { node, .. } | Self::NoteOn { node, .. } => {
                Some(*node)
            }
            Self::Level { .. } => None,
        }
    }

    /// The same with other values of notes.
    pub(crate) fn with<Q>(&self, values: impl FnOnce(&P) -> Q) -> EventKind<Q> {
        match *self {
            Self::NoteOff { node, note } => EventKind::NoteOff { node, note },
            Self::Value {
                node,
                control,
                value,
            } => EventKind::Value {
                node,
                control,
                value,
            },
            Self::Level { target, value } => EventKind::Level { target, value },
            Self::NoteOn {
                node,
                note,
                gate,
                ref params,
            } => EventKind::NoteOn {
                node,
                note,
                gate,
                params: values(params),
            },
        }
    }
}

/// Something that happens at a frame.
///
/// Events of one frame take effect in the order (class, `sequence`). An event whose frame is past when
/// it arrives takes effect at the next frame computed, and is counted as late.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Event<P = NoteParams> {
    /// When, in frames of the engine since its start.
    pub frame: u64,
    /// Order among events of one frame and class.
    pub sequence: u64,
    /// The pattern or source it comes from, for [`EventSender::set_epoch`](crate::queue::EventSender::set_epoch).
    pub slot: u32,
    /// The slot's epoch it was made in. When the slot is at a later epoch, the event is discarded,
    /// unless it is a note-off.
    pub epoch: u32,
    /// What.
    pub kind: EventKind<P>,
}

impl<P> Event<P> {
    /// The values of a note-on; `None` for other events.
    pub(crate) fn params(&self) -> Option<&P> {
        match &self.kind {
            EventKind::NoteOn { params, .. } => Some(params),
            _ => None,
        }
    }

    /// The same with other values of notes.
    pub(crate) fn with<Q>(&self, values: impl FnOnce(&P) -> Q) -> Event<Q> {
        self.replaced(self.frame, self.kind.with(values))
    }

    /// Another event at another frame, in this one's place.
    pub(crate) fn replaced<Q>(&self, frame: u64, kind: EventKind<Q>) -> Event<Q> {
        Event {
            frame,
            sequence: self.sequence,
            slot: self.slot,
            epoch: self.epoch,
            kind,
        }
    }
}
