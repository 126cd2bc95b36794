//! From patterns and automations to events at frames: the same code live and offline.
//!
//! The engine tells the scheduler what the session is and lets it advance over windows of frames that follow one
//! another. Every event falls into exactly one window, and the events and their order do not depend on where
//! the windows end. Order at one frame: note-offs, values, note-ons (class of the event), then the place's path, then
//! the order of the pattern; `sequence` numbers follow it.
//!
//! A pattern that replaces another, or starts, is heard from the end of the committed window on (at most 20 ms
//! later) and nothing of the old one is lost or doubled. What is hushed bumps the epoch of its slot, so that its
//! committed events are discarded, and its sounding notes end at once.

pub(crate) mod address;
mod emit;
mod hand;
mod pattern_player;
mod pending;
#[cfg(test)]
mod tests;
mod track;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use crate::automation::{GRID, Player};
use crate::event::{Event, EventKind};
use crate::path::Target;
use crate::pattern::Time;
use crate::session::{Session, Slot, Warning};
use crate::transport::{Transport, TransportError};
use address::AddressBook;
use hand::HandNotes;
pub use hand::NoteHandle;
use pattern_player::PatternPlayer;
pub use pending::When;
pub(crate) use pending::{Beginning, Bounds, Overload};
use pending::{Due, Pending};
use track::{Draft, Driver, Off, SlotNumbers, Track};

/// Slot of events that no pattern or automation makes: values set by hand.
const HAND_SLOT: u32 = 0;

/// What the scheduler has for the audio side.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly all outputs are events")]
pub(crate) enum Output {
    Event(Event),
    /// Events of `slot` before `epoch` are no longer wanted.
    Epoch {
        slot: u32,
        epoch: u32,
    },
}

/// Where names led before [`Scheduler::address`].
#[derive(Debug)]
pub(crate) struct Addressed {
    book: AddressBook,
    promised: Option<Session>,
}

/// Turns what plays into events.
#[derive(Debug)]
pub(crate) struct Scheduler {
    transport: Transport,
    session: Session,
    book: AddressBook,
    tracks: BTreeMap<Target, Track>,
    offs: BinaryHeap<Reverse<Off>>,
    /// Everything before this frame has been handed out.
    committed: u64,
    next_note: u64,
    next_sequence: u64,
    slots: SlotNumbers,
    output: Vec<Output>,
    warnings: Vec<Warning>,
    warned: BTreeSet<(Target, Arc<str>)>,
    /// Values and notes of moments to come.
    pending: Pending,
    /// Those whose places only a plan on its way has.
    waiting: Vec<Due>,
    /// The session of a plan on its way.
    promised: Option<Session>,
    hand_notes: HandNotes,
    /// Where places stand that something moved and that nobody has set since.
    rested: BTreeMap<Target, f64>,
}

impl Scheduler {
    /// A scheduler of an empty session whose beat 0 is at `frame`; `limit` is the number of control slots a node can
    /// have on the audio side, `bounds` is what may wait.
    pub(crate) fn new(
        rate: f64,
        start: u64,
        limit: usize,
        bounds: Bounds,
    ) -> Result<Self, TransportError> {
        let session = Session::new();
        let transport = Transport::new(rate, session.tempo(), session.meter())?.starting_at(start);
        Ok(Self {
            transport,
            session,
            book: AddressBook::new(limit),
            tracks: BTreeMap::new(),
            offs: BinaryHeap::new(),
            committed: start,
            next_note: 0,
            next_sequence: 0,
            slots: SlotNumbers::default(),
            output: Vec::new(),
            warnings: Vec::new(),
            warned: BTreeSet::new(),
            pending: Pending::new(bounds),
            waiting: Vec::new(),
            promised: None,
            hand_notes: HandNotes::new(),
            rested: BTreeMap::new(),
        })
    }

    /// The clock.
    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Keys and slots.
    pub(crate) fn book(&self) -> &AddressBook {
        &self.book
    }

    /// Everything before this frame has been handed out.
    #[cfg(test)]
    pub(crate) fn committed(&self) -> u64 {
        self.committed
    }

    /// What has been made since the last call, in order.
    pub(crate) fn take_output(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.output)
    }

    /// What was odd since the last call.
    pub(crate) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Gives the names of a session that will play their keys; events for them may follow. Returns what
    /// [`Scheduler::restore`] needs.
    pub(crate) fn address(&mut self, session: &Session) -> Addressed {
        let before = Addressed {
            book: self.book.clone(),
            promised: self.promised.replace(session.clone()),
        };
        self.book.update(session);
        before
    }

    /// Returns to the keys of before, because what needed the new ones did not happen.
    pub(crate) fn restore(&mut self, before: Addressed) {
        self.book = before.book;
        self.promised = before.promised;
    }

    /// Plays `session` from now on. `now` is the earliest frame that has not been heard; ends of hushed notes go
    /// there.
    pub(crate) fn update(&mut self, session: &Session, now: u64) -> Result<(), TransportError> {
        let tempo_changed =
            (session.tempo(), session.meter()) != (self.transport.tempo(), self.transport.meter());
        if tempo_changed {
            self.transport
                .change(self.committed, session.tempo(), session.meter())?;
            self.move_offs();
        }
        self.book.update(session);
        let reseeded = session.seed() != self.session.seed();
        self.session = session.clone();
        self.promised = None;
        self.stop_waiting(now);
        self.rested
            .retain(|place, _| session.value_at(place).is_some());
        let gone: Vec<Target> = self
            .tracks
            .keys()
            .filter(|target| !self.session.is_driven(target))
            .cloned()
            .collect();
        for target in gone {
            self.silence(&target, now);
        }
        let slots: Vec<_> = session
            .slots()
            .map(|(target, slot)| (target.clone(), slot.clone()))
            .collect();
        for (target, slot) in slots {
            self.play(target, slot, reseeded);
        }
        let automations: Vec<_> = session
            .automations()
            .map(|(target, a)| (target.clone(), *a))
            .collect();
        for (target, automation) in automations {
            self.automate(target, automation);
        }
        Ok(())
    }

    fn play(&mut self, target: Target, source: Slot, reseeded: bool) {
        let origin = if source.from_zero() {
            self.transport.position(self.committed)
        } else {
            Time::ZERO
        };
        let mut player = PatternPlayer::new(source.pattern().clone(), origin, self.session.seed());
        match self.tracks.get_mut(&target) {
            Some(Track {
                driver: Driver::Pattern { source: before, .. },
                ..
            }) if *before == source && !reseeded => {}
            Some(track) => {
                if let Driver::Pattern {
                    player: before,
                    source: old,
                } = &track.driver
                    && source.from_zero()
                    && old.from_zero()
                {
                    player.continue_from(before);
                }
                track.driver = Driver::Pattern { player, source };
                self.warned.retain(|(known, _)| *known != target);
            }
            None => {
                let driver = Driver::Pattern { player, source };
                self.tracks.insert(target, self.slots.track(driver));
            }
        }
    }

    fn automate(&mut self, target: Target, automation: crate::session::Automation) {
        let start = self.transport.position(self.committed).to_f64();
        let present = match self.tracks.get(&target) {
            Some(Track {
                driver: Driver::Automation(player),
                ..
            }) if *player.automation() == automation => return,
            Some(track) => track.last,
            None => self.rested.get(&target).copied(),
        };
        let driver = Driver::Automation(Player::new(automation, start, present));
        match self.tracks.get_mut(&target) {
            Some(track) => track.driver = driver,
            None => {
                self.tracks.insert(target, self.slots.track(driver));
            }
        }
    }

    /// Ends what plays at a place: committed events are discarded, sounding notes end at `now`.
    fn silence(&mut self, target: &Target, now: u64) {
        let Some(track) = self.tracks.remove(target) else {
            return;
        };
        let epoch = self.slots.release(track.slot, track.epoch);
        if let Some(last) = track.last {
            self.rested.insert(target.clone(), last);
        }
        if now < self.committed {
            // What is committed and has not been heard is not wanted any more.
            self.output.push(Output::Epoch {
                slot: track.slot,
                epoch,
            });
        }
        self.warned.retain(|(known, _)| known != target);
        let (mut ending, rest): (Vec<_>, Vec<_>) = self
            .offs
            .drain()
            .partition(|Reverse(off)| off.slot == track.slot);
        self.offs = rest.into();
        ending.sort_unstable_by_key(|Reverse(off)| off.note);
        for Reverse(off) in ending {
            self.end_note(off, now.max(off.least).min(off.frame));
        }
    }

    /// Ends of notes that are under way follow a change of tempo.
    fn move_offs(&mut self) {
        let moved = self.offs.drain().map(|Reverse(off)| {
            let at = self.transport.frame_of_sum(off.origin, off.end);
            let at = u64::try_from(at)
                .unwrap_or(0)
                .max(self.committed)
                .max(off.least);
            Reverse(Off { frame: at, ..off })
        });
        self.offs = moved.collect::<Vec<_>>().into();
    }

    /// The value that an automation or pattern gives a place at the moment, for nodes that are made anew.
    pub(crate) fn present_value(&self, target: &Target) -> Option<f64> {
        let Some(track) = self.tracks.get(target) else {
            return self.rested.get(target).copied();
        };
        match &track.driver {
            Driver::Automation(player) => {
                Some(player.value_at(self.transport.position(self.committed).to_f64()))
            }
            Driver::Pattern { .. } => track.last,
        }
    }

    /// Hands out everything before the frame `to`.
    pub(crate) fn advance(&mut self, to: u64) {
        let from = self.committed;
        if to <= from {
            return;
        }
        let mut drafts = self.take_pending(to);
        self.hand_notes.forget();
        let mut tracks = std::mem::take(&mut self.tracks);
        for (target, track) in &mut tracks {
            match &mut track.driver {
                Driver::Automation(_) => self.advance_automation(target, track, to, &mut drafts),
                Driver::Pattern { .. } => self.advance_pattern(target, track, to, &mut drafts),
            }
        }
        self.tracks = tracks;
        drafts.sort_by_key(|draft| (draft.frame, draft.kind.class()));
        self.merge_offs(drafts, to);
        self.committed = to;
    }

    /// Hands out drafts and ends of notes in the order of time. Notes that begin in this window may end in it.
    fn merge_offs(&mut self, drafts: Vec<Draft>, to: u64) {
        for draft in drafts {
            // Those of its frame come first; a draft that is a note-off itself has the same rank.
            self.end_notes(draft.frame + 1);
            self.begin(draft);
        }
        self.end_notes(to);
    }

    /// Hands out a draft. Notes are numbered here, in the order of time, and their ends remembered.
    fn begin(&mut self, mut draft: Draft) {
        if let (EventKind::NoteOn { node, note, .. }, Some((origin, end))) =
            (&mut draft.kind, draft.end)
        {
            *note = self.next_note;
            self.next_note += 1;
            let least = draft.frame + 1;
            let at = self.transport.frame_of_sum(origin, end);
            self.offs.push(Reverse(Off {
                frame: u64::try_from(at).unwrap_or(0).max(least),
                note: *note,
                node: *node,
                slot: draft.slot,
                epoch: draft.epoch,
                least,
                origin,
                end,
            }));
        }
        self.push(&draft);
    }

    /// Hands out the ends of notes before `frame`.
    fn end_notes(&mut self, before: u64) {
        while let Some(Reverse(off)) = self.offs.peek().copied() {
            if off.frame >= before {
                return;
            }
            self.offs.pop();
            self.end_note(off, off.frame);
        }
    }

    fn end_note(&mut self, off: Off, frame: u64) {
        let kind = EventKind::NoteOff {
            node: off.node,
            note: off.note,
        };
        self.push(&Draft {
            frame,
            slot: off.slot,
            epoch: off.epoch,
            kind,
            end: None,
        });
    }

    fn push(&mut self, draft: &Draft) {
        let Draft {
            frame,
            slot,
            epoch,
            kind,
            ..
        } = *draft;
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.output.push(Output::Event(Event {
            frame,
            sequence,
            slot,
            epoch,
            kind,
        }));
    }

    fn advance_automation(
        &mut self,
        target: &Target,
        track: &mut Track,
        to: u64,
        drafts: &mut Vec<Draft>,
    ) {
        let Driver::Automation(player) = &mut track.driver else {
            return;
        };
        let end = player.end().map(|end| self.transport.frame_near(end));
        let end = end.map(|end| end.max(self.committed));
        let mut grid = self.committed.next_multiple_of(GRID);
        while !player.is_done() {
            let at = end.map_or(grid, |end| end.min(grid));
            if at >= to {
                return;
            }
            let value = if end == Some(at) {
                player.finish()
            } else {
                player.next(self.transport.cycles_at(at))
            };
            if let Some(value) = value
                && track.last != Some(value)
            {
                track.last = Some(value);
                if let Some(kind) = emit::set(&self.book, target, value) {
                    drafts.push(Draft {
                        frame: at,
                        slot: track.slot,
                        epoch: track.epoch,
                        kind,
                        end: None,
                    });
                }
            }
            grid += GRID;
        }
    }

    fn advance_pattern(
        &mut self,
        target: &Target,
        track: &mut Track,
        to: u64,
        drafts: &mut Vec<Draft>,
    ) {
        let Driver::Pattern { player, .. } = &mut track.driver else {
            return;
        };
        let mut events = Vec::new();
        if let Err(error) = player.collect(&self.transport, self.committed, to, &mut events) {
            self.warnings.push(Warning::PatternFailed {
                path: target.to_string(),
                error: error.to_string(),
            });
        }
        let origin = player.origin();
        for (at, event) in events {
            self.emit(target, track, origin, at, event, drafts);
        }
    }
}
