//! Events of one class in the order of time.
//!
//! Nearly all events arrive in the order in which they are due: those wait in a line, where both ends cost a few
//! instructions. What comes out of order waits in a heap beside it. Nothing allocates after the beginning.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Where an event is, ordered by frame and sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) frame: u64,
    pub(super) sequence: u64,
    pub(super) index: u32,
}

/// Entries, first one first.
#[derive(Debug)]
pub(super) struct Timeline {
    line: VecDeque<Entry>,
    strays: BinaryHeap<Reverse<Entry>>,
}

impl Timeline {
    /// With room for as many entries.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            line: VecDeque::with_capacity(capacity),
            strays: BinaryHeap::with_capacity(capacity),
        }
    }

    pub(super) fn put(&mut self, entry: Entry) {
        if self.line.back().is_none_or(|last| *last < entry) {
            self.line.push_back(entry);
        } else {
            self.strays.push(Reverse(entry));
        }
    }

    /// The first entry, and whether it is a stray.
    fn look(&self) -> Option<(Entry, bool)> {
        let line = self.line.front().map(|entry| (*entry, false));
        let stray = self.strays.peek().map(|Reverse(entry)| (*entry, true));
        match (line, stray) {
            (Some(line), Some(stray)) => Some(line.min(stray)),
            (line, stray) => line.or(stray),
        }
    }

    pub(super) fn first(&self) -> Option<Entry> {
        self.look().map(|(entry, _)| entry)
    }

    pub(super) fn pop(&mut self) -> Option<Entry> {
        let (entry, stray) = self.look()?;
        if stray {
            self.strays.pop();
        } else {
            self.line.pop_front();
        }
        Some(entry)
    }
}
