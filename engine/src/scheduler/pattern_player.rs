//! A pattern that is being played: whole cycles of it, handed out by frame.
//!
//! A pattern is asked for one whole cycle at a time. Windows of the scheduler are cut by frame afterwards, so that
//! each event falls into exactly one of them, whatever their lengths.

use std::collections::VecDeque;

use crate::pattern::{Event, Pattern, PatternError, Time};
use crate::transport::Transport;

#[derive(Clone, Debug)]
pub(super) struct PatternPlayer {
    pattern: Pattern,
    /// Where the pattern's cycle 0 is, in cycles of the session.
    origin: Time,
    /// The next of its cycles to ask for; `None` before the first.
    next_cycle: Option<i64>,
    waiting: VecDeque<Event>,
    seed: u64,
    failed: bool,
}

impl PatternPlayer {
    pub(super) fn new(pattern: Pattern, origin: Time, seed: u64) -> Self {
        Self {
            pattern,
            origin,
            next_cycle: None,
            waiting: VecDeque::new(),
            seed,
            failed: false,
        }
    }

    pub(super) fn origin(&self) -> Time {
        self.origin
    }

    /// Takes over the origin of the pattern that played here before.
    pub(super) fn continue_from(&mut self, before: &Self) {
        self.origin = before.origin;
    }

    /// Appends the events with `from ≤ frame < to` in order, each with its frame. Windows must follow one
    /// another; what lies before the first one is skipped.
    pub(super) fn collect(
        &mut self,
        transport: &Transport,
        from: u64,
        to: u64,
        events: &mut Vec<(u64, Event)>,
    ) -> Result<(), PatternError> {
        if self.failed {
            return Ok(());
        }
        let joining = self.next_cycle.is_none();
        loop {
            self.hand_out(transport, from, to, joining, events);
            let cycle = match self.next_cycle {
                Some(cycle) => cycle,
                None => self.first_cycle(transport, from),
            };
            let starts = transport.frame_of_sum(self.origin, Time::integer(cycle));
            if !self.waiting.is_empty() || starts >= frame(to) {
                return Ok(());
            }
            let found = self.pattern.query(
                Time::integer(cycle),
                Time::integer(cycle.saturating_add(1)),
                self.seed,
            );
            match found {
                Ok(found) => self.waiting.extend(found),
                Err(error) => {
                    self.failed = true;
                    return Err(error);
                }
            }
            self.next_cycle = Some(cycle.saturating_add(1));
        }
    }

    /// The cycle that is under way at a frame, or one before.
    fn first_cycle(&self, transport: &Transport, at: u64) -> i64 {
        let position = transport.position(at).to_f64() - self.origin.to_f64();
        // One cycle of margin: the float, and half a frame of rounding.
        (position.floor() as i64).saturating_sub(1).max(0)
    }

    fn hand_out(
        &mut self,
        transport: &Transport,
        from: u64,
        to: u64,
        joining: bool,
        events: &mut Vec<(u64, Event)>,
    ) {
        while let Some(event) = self.waiting.front() {
            let at = transport.frame_of_sum(self.origin, event.onset);
            if at >= frame(to) {
                return;
            }
            let Some(event) = self.waiting.pop_front() else {
                return;
            };
            match u64::try_from(at) {
                Ok(at) if at >= from => events.push((at, event)),
                // After a change of tempo an event may round to just before the window.
                _ if !joining => events.push((from, event)),
                _ => {}
            }
        }
    }
}

/// A frame as the transport counts; saturates.
fn frame(frame: u64) -> i64 {
    i64::try_from(frame).unwrap_or(i64::MAX)
}
