//! What events do to a node in the middle of a block: noted when they are obeyed, done when the node is computed.
//!
//! A block is not cut where an event falls. The dispatcher obeys all events of the block first and notes what they do
//! to levels and controls, with the frame; then every node is computed for the whole block and does it by itself: levels
//! and controls that glide turn within their curves, and only a control that steps cuts the block, for the group
//! whose control it is.

use std::ops::Range;

/// Changes of a node for which nothing has to be computed in between; what one event brings beyond that has room, too.
pub(crate) const ENOUGH: usize = 128;
/// Most changes one event brings, beside one for every control slot.
pub(crate) const OF_ONE_EVENT: usize = crate::event::MAX_NOTE_PARAMS + 4;

/// A change of controls at a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Change {
    /// The frame in the block.
    pub(crate) at: u8,
    pub(crate) what: What,
}

/// A level heads for a value from a frame on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Turn {
    /// The frame in the block.
    pub(crate) at: u8,
    pub(crate) lever: Lever,
    pub(crate) value: f64,
}

/// The turns of one level, by frames from a first one on.
#[derive(Clone, Debug)]
pub(crate) struct Turns<'a> {
    all: &'a [Turn],
    lever: Lever,
    first: usize,
}

/// What changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    /// A control of some instances gets a value, which is within its range.
    Control {
        first: u16,
        count: u16,
        slot: u16,
        value: f64,
        way: Way,
    },
    /// All controls of some instances are where they were heading for.
    Settle { first: u16, count: u16 },
}

/// A level of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lever {
    Gain,
    Mute,
    /// A send, by its place.
    Send(u16),
}

/// How a control gets to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By its smoother, if it has one.
    Glide,
    /// At once.
    Jump,
}

impl<'a> Turns<'a> {
    /// Those of a lever among all of a node, in order, none of them before the frame `first` of the block.
    pub(crate) fn of(lever: Lever, all: &'a [Turn], first: usize) -> Self {
        Self { all, lever, first }
    }
}

impl Iterator for Turns<'_> {
    type Item = (usize, f64);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, f64)> {
        while let [turn, later @ ..] = self.all {
            self.all = later;
            if turn.lever == self.lever {
                return Some((usize::from(turn.at) - self.first, turn.value));
            }
        }
        None
    }
}

impl Change {
    /// The instances whose controls it changes.
    pub(crate) fn instances(&self) -> Range<usize> {
        let (What::Control { first, count, .. } | What::Settle { first, count }) = self.what;
        usize::from(first)..usize::from(first) + usize::from(count)
    }

    /// Whether it changes a control of one of these instances.
    pub(crate) fn concerns(&self, members: &Range<usize>) -> bool {
        let changed = self.instances();
        changed.start < members.end && members.start < changed.end
    }
}
