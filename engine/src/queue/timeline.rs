//! Events of one class in the order of time.
//!
//! Nearly all events arrive in the order in which they are due: those wait in a line, where both ends cost a few
//! instructions. What comes out of order waits in a heap beside it. Nothing allocates after the beginning.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use super::Place;
use crate::event::Event;

/// Events, first one first.
#[derive(Debug)]
pub(super) struct Timeline {
    line: VecDeque<Event<Place>>,
    strays: BinaryHeap<Stray>,
}

/// Greater when it is due earlier: the heap puts the greatest first.
#[derive(Clone, Copy, Debug)]
struct Stray(Event<Place>);

impl Timeline {
    /// With room for as many events.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            line: VecDeque::with_capacity(capacity),
            strays: BinaryHeap::with_capacity(capacity),
        }
    }

    #[inline]
    pub(super) fn put(&mut self, event: &Event<Place>) {
        if self.line.back().is_none_or(|last| due(last) < due(event)) {
            self.line.push_back(*event);
        } else {
            self.strays.push(Stray(*event));
        }
    }

    /// Whether a stray comes first.
    #[inline]
    fn strays(&self) -> bool {
        self.strays.peek().is_some_and(|Stray(stray)| {
            let line = self.line.front();
            line.is_none_or(|line| due(stray) < due(line))
        })
    }

    #[inline]
    pub(super) fn first(&self) -> Option<&Event<Place>> {
        if self.strays() {
            self.strays.peek().map(|Stray(stray)| stray)
        } else {
            self.line.front()
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Event<Place>> {
        let first = *self.first()?;
        self.drop_first();
        Some(first)
    }

    #[inline]
    pub(super) fn drop_first(&mut self) {
        if self.strays() {
            self.strays.pop();
            return;
        }
        self.line.pop_front();
        if self.line.is_empty() {
            // Begins anew at its first places, which are in the cache.
            self.line.clear();
        }
    }
}

/// The order within a class.
fn due(event: &Event<Place>) -> (u64, u64) {
    (event.frame, event.sequence)
}

impl Ord for Stray {
    fn cmp(&self, other: &Self) -> Ordering {
        due(&other.0).cmp(&due(&self.0))
    }
}

impl PartialOrd for Stray {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Stray {
    fn eq(&self, other: &Self) -> bool {
        due(&self.0) == due(&other.0)
    }
}

impl Eq for Stray {}
