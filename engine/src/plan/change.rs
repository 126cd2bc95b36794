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

/// A change at a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Change {
    /// The frame in the block.
    pub(crate) at: u8,
    pub(crate) what: What,
}

/// What changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    /// A level heads for a value.
    Level(Lever, f64),
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

impl Change {
    /// Where a level turns to, if this is about it.
    pub(crate) fn of(&self, lever: Lever) -> Option<(usize, f64)> {
        match self.what {
            What::Level(changed, value) if changed == lever => Some((usize::from(self.at), value)),
            _ => None,
        }
    }

    /// The instances whose controls it changes.
    pub(crate) fn instances(&self) -> Range<usize> {
        let (What::Control { first, count, .. } | What::Settle { first, count }) = self.what else {
            return 0..0;
        };
        usize::from(first)..usize::from(first) + usize::from(count)
    }

    /// Whether it changes a control of one of these instances.
    pub(crate) fn concerns(&self, members: &Range<usize>) -> bool {
        let changed = self.instances();
        changed.start < members.end && members.start < changed.end
    }
}
