//! What plays where, the notes under way, and the numbers of event slots.

use super::HAND_SLOT;
use super::pattern_player::PatternPlayer;
use crate::automation::Player;
use crate::event::{EventKind, NodeKey};
use crate::pattern::Time;
use crate::session::Slot;

/// What plays at one place.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) slot: u32,
    pub(super) epoch: u32,
    pub(super) driver: Driver,
    /// The last value that was sent.
    pub(super) last: Option<f64>,
}

impl Track {
    /// Whether some note of the pattern states a velocity: notes without one then play at 1. A question of the pattern,
    /// not of what has been played, so that all cycles are alike.
    pub(super) fn states_velocity(&self) -> bool {
        match &self.driver {
            Driver::Pattern { source, .. } => source.pattern().states_velocity(),
            Driver::Automation(_) => false,
        }
    }
}

#[derive(Debug)]
pub(super) enum Driver {
    Pattern { player: PatternPlayer, source: Slot },
    Automation(Player),
}

/// A note that has begun and will end. The order is that in which ends are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Off {
    pub(super) frame: u64,
    pub(super) note: u64,
    pub(super) node: NodeKey,
    pub(super) slot: u32,
    pub(super) epoch: u32,
    /// Earliest frame: a note lasts one frame at least.
    pub(super) least: u64,
    /// Where the gate ends, for changes of tempo.
    pub(super) origin: Time,
    pub(super) end: Time,
}

/// An event that waits for its sequence number; a note-on also for its note's number.
pub(super) struct Draft {
    pub(super) frame: u64,
    pub(super) slot: u32,
    pub(super) epoch: u32,
    pub(super) kind: EventKind,
    /// Where a note's gate ends: pattern's origin, time.
    pub(super) end: Option<(Time, Time)>,
}

/// Numbers of event slots: below the number for which the audio side keeps epochs as long as possible.
#[derive(Debug)]
pub(super) struct SlotNumbers {
    next: u32,
    /// Released slots with the epoch of their next use.
    free: Vec<(u32, u32)>,
}

impl Default for SlotNumbers {
    fn default() -> Self {
        Self {
            next: HAND_SLOT + 1,
            free: Vec::new(),
        }
    }
}

impl SlotNumbers {
    pub(super) fn track(&mut self, driver: Driver) -> Track {
        let (slot, epoch) = self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            (self.next - 1, 0)
        });
        Track {
            slot,
            epoch,
            driver,
            last: None,
        }
    }

    /// Gives a slot back and returns its next epoch.
    pub(super) fn release(&mut self, slot: u32, epoch: u32) -> u32 {
        self.free.push((slot, epoch + 1));
        epoch + 1
    }
}
