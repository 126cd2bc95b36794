//! What no pattern makes: values and notes that a program asks for, at once or at moments to come.
//!
//! Names are looked up when something is due. What only a plan on its way has waits for it; what is gone by then is told by a
//! warning. A note has its number from the moment it is asked for, and belongs to the node that had the name then. Of notes
//! that have begun, the scheduler remembers only those that may still end before their own frame has been heard; their
//! voices are the audio side's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::pending::{Act, Beginning, Due, Overload, When};
use super::{Draft, HAND_SLOT, Scheduler, emit};
use crate::event::{EventKind, NodeKey, NoteParams};
use crate::path::Target;
use crate::session::{Session, Warning};
use crate::transport::Transport;

/// A note that was asked for, for [`Engine::note_off`](crate::Engine::note_off).
///
/// Another engine refuses it. Keep it as long as you like: ending a note that has ended does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoteHandle {
    /// The scheduler that gave it.
    scheduler: u64,
    /// Unlike that of every other note of the engine.
    number: u64,
    node: NodeKey,
}

/// Notes by number, as far as they have to be remembered.
#[derive(Debug)]
pub(super) struct HandNotes {
    /// Unlike that of every other scheduler of this process.
    scheduler: u64,
    /// Not begun yet; taken out of here, they never begin.
    due: BTreeSet<u64>,
    /// Those of them that wait for a plan on its way.
    held_back: BTreeSet<u64>,
    /// Frames at which notes began.
    begun: BTreeMap<u64, u64>,
    /// The earliest frame of the last call: whatever comes is not before it.
    earliest: u64,
}

impl HandNotes {
    pub(super) fn new() -> Self {
        static SCHEDULERS: AtomicU64 = AtomicU64::new(0);
        Self {
            scheduler: SCHEDULERS.fetch_add(1, Ordering::Relaxed),
            due: BTreeSet::new(),
            held_back: BTreeSet::new(),
            begun: BTreeMap::new(),
            earliest: 0,
        }
    }

    /// Forgets all notes.
    fn clear(&mut self) {
        self.due.clear();
        self.held_back.clear();
        self.begun.clear();
    }

    /// Forgets notes that began so long ago that no end can come before.
    pub(super) fn forget(&mut self) {
        let earliest = self.earliest;
        self.begun.retain(|_, frame| *frame >= earliest);
    }

    fn begin(&mut self, note: u64, frame: u64) {
        self.due.remove(&note);
        self.held_back.remove(&note);
        self.begun.insert(note, frame);
    }

    fn lose(&mut self, note: u64) {
        self.due.remove(&note);
        self.held_back.remove(&note);
    }
}

/// What is known of a place when something for it is due.
enum Found {
    Plays,
    /// A plan on its way has it.
    Promised,
    Gone,
}

impl Scheduler {
    /// Hands out an event that no pattern makes.
    pub(crate) fn by_hand(&mut self, frame: u64, kind: EventKind) {
        self.push(&draft(frame, kind));
    }

    /// Sets a place by hand at `frame`.
    pub(crate) fn set(&mut self, frame: u64, target: &Target, value: f64) {
        self.rested.remove(target);
        if let Some(kind) = emit::set(&self.book, target, value) {
            self.by_hand(frame, kind);
        }
    }

    /// Sets a place at a moment to come; `earliest` is the first frame that an event can reach in time. Returns the frame
    /// and by how many frames it is later than asked for.
    pub(crate) fn schedule(
        &mut self,
        when: When,
        earliest: u64,
        place: Target,
        value: f64,
    ) -> Result<(u64, u64), Overload> {
        self.ask(when, earliest, Act::Value { place, value })
    }

    /// The handle of the next note of `node`.
    pub(crate) fn next_note(&self, node: NodeKey) -> NoteHandle {
        NoteHandle {
            scheduler: self.hand_notes.scheduler,
            number: self.next_note,
            node,
        }
    }

    /// Whether a handle was given by this scheduler.
    pub(crate) fn gave(&self, note: NoteHandle) -> bool {
        note.scheduler == self.hand_notes.scheduler
    }

    /// Begins a note, whose handle is [`Scheduler::next_note`], at a moment to come. Returns as [`Scheduler::schedule`].
    pub(crate) fn note_on(
        &mut self,
        when: When,
        earliest: u64,
        note: Beginning,
    ) -> Result<(u64, u64), Overload> {
        let number = note.handle.number;
        let at = self.ask(when, earliest, Act::NoteOn(note))?;
        self.next_note = number + 1;
        self.hand_notes.due.insert(number);
        Ok(at)
    }

    /// Ends a note at a moment to come. Returns as [`Scheduler::schedule`].
    pub(crate) fn note_off(
        &mut self,
        when: When,
        earliest: u64,
        note: NoteHandle,
    ) -> Result<(u64, u64), Overload> {
        self.ask(when, earliest, Act::NoteOff(note))
    }

    fn ask(&mut self, when: When, earliest: u64, act: Act) -> Result<(u64, u64), Overload> {
        self.hand_notes.earliest = earliest;
        let rate = self.transport.rate();
        let cycle = match when {
            When::Beats(beats) => Some(Transport::on_grid(beats / self.transport.meter())),
            When::Cycles(cycle) => Some(cycle),
            When::Now | When::Frame(_) | When::Seconds(_) => None,
        };
        let asked = match (when, cycle) {
            (_, Some(cycle)) => u64::try_from(self.transport.frame_of(cycle)).unwrap_or(0),
            (When::Frame(frame), _) => frame,
            (When::Seconds(seconds), _) => (seconds * rate + 0.5).floor() as u64,
            _ => earliest,
        };
        let frame = asked.max(earliest);
        self.pending.admit(frame, self.waiting.len())?;
        let order = self.next_sequence;
        self.next_sequence += 1;
        match cycle.filter(|_| frame >= self.committed) {
            Some(cycle) if asked == frame => self.pending.put_at_cycle(cycle, order, act),
            _ => self.pending.put_at_frame(frame, order, act),
        }
        Ok((frame, frame - asked))
    }

    /// Forgets everything that was to happen later.
    pub(crate) fn drop_scheduled(&mut self) {
        self.pending.clear();
        self.waiting.clear();
        self.hand_notes.clear();
    }

    /// Hands out at once what was scheduled for frames that are committed already.
    pub(crate) fn catch_up(&mut self) {
        for draft in self.take_pending(self.committed) {
            self.push(&draft);
        }
    }

    /// Takes out what is scheduled before `to`. What only a plan on its way has waits for it.
    pub(super) fn take_pending(&mut self, to: u64) -> Vec<Draft> {
        let due = self.pending.take(self.committed, to, &self.transport);
        due.into_iter()
            .filter_map(|due| self.draft_of(due, to))
            .collect()
    }

    fn draft_of(&mut self, due: Due, to: u64) -> Option<Draft> {
        match &due.act {
            Act::Value { place, value } => {
                let (place, value) = (place.clone(), *value);
                self.draft_value(due, place, value)
            }
            Act::NoteOn(note) => {
                let note = note.clone();
                self.draft_note(due, &note)
            }
            Act::NoteOff(note) => {
                let note = *note;
                self.draft_end(due, note, to)
            }
        }
    }

    fn draft_value(&mut self, due: Due, place: Target, value: f64) -> Option<Draft> {
        match (self.find(&place), emit::set(&self.book, &place, value)) {
            (Found::Plays, Some(kind)) => {
                self.rested.insert(place, value);
                return Some(draft(due.frame, kind));
            }
            (Found::Promised, Some(_)) => self.waiting.push(due),
            _ => self.warnings.push(Warning::EventLost {
                path: place.to_string(),
            }),
        }
        None
    }

    fn draft_note(&mut self, due: Due, note: &Beginning) -> Option<Draft> {
        let NoteHandle {
            number, node: key, ..
        } = note.handle;
        if !self.hand_notes.due.contains(&number) {
            // It was ended before it began.
            return None;
        }
        let place = |control: &Arc<str>| Target::Control {
            node: note.node.clone(),
            control: control.clone(),
        };
        let address = self.book.node(&note.node).filter(|node| node.key == key);
        let gate = address.and_then(|address| address.slot(&note.gate));
        let (Some(address), Some(gate), Found::Plays | Found::Promised) =
            (address.cloned(), gate, self.find(&place(&note.gate)))
        else {
            self.hand_notes.lose(number);
            self.warnings.push(Warning::NoteLost {
                node: note.node.clone(),
                gate: note.gate.clone(),
            });
            return None;
        };
        let names = || std::iter::once(&note.gate).chain(note.values.iter().map(|(name, _)| name));
        if names().any(|name| matches!(self.find(&place(name)), Found::Promised)) {
            self.hand_notes.held_back.insert(number);
            self.waiting.push(due);
            return None;
        }
        let mut params = NoteParams::new();
        for (control, value) in &note.values {
            let slot = address.slot(control);
            let place = place(control);
            match (self.find(&place), slot) {
                (Found::Plays, Some(slot)) => {
                    // The caller has seen to it that there are no more than have room.
                    let _ = params.push(slot, *value);
                }
                _ => self.warnings.push(Warning::EventLost {
                    path: place.to_string(),
                }),
            }
        }
        self.hand_notes.begin(number, due.frame);
        let kind = EventKind::NoteOn {
            node: key,
            note: number,
            gate: Some(gate),
            params,
        };
        Some(draft(due.frame, kind))
    }

    fn draft_end(&mut self, due: Due, note: NoteHandle, to: u64) -> Option<Draft> {
        let NoteHandle { number, node, .. } = note;
        if self.hand_notes.held_back.contains(&number) {
            // It comes after its note.
            self.waiting.push(due);
            return None;
        }
        if self.hand_notes.due.remove(&number) {
            return None;
        }
        let least = self.hand_notes.begun.get(&number).map_or(0, |at| at + 1);
        let frame = due.frame.max(least);
        if frame >= to {
            // The frame that its note lasts at least ends the window.
            self.pending.put_at_frame(frame, due.order, due.act);
            return None;
        }
        let kind = EventKind::NoteOff { node, note: number };
        Some(draft(frame, kind))
    }

    fn find(&self, place: &Target) -> Found {
        let has = |session: &Session| session.value_at(place).is_some();
        if has(&self.session) {
            Found::Plays
        } else if self.promised.as_ref().is_some_and(has) {
            Found::Promised
        } else {
            Found::Gone
        }
    }

    /// What waited for a plan is due at the end of what is committed, and not before `now`, when new nodes take their values:
    /// its places play, or never will.
    pub(super) fn stop_waiting(&mut self, now: u64) {
        let mut late: BTreeMap<String, (usize, u64)> = BTreeMap::new();
        self.hand_notes.held_back.clear();
        for due in std::mem::take(&mut self.waiting) {
            let frame = due.frame.max(self.committed).max(now);
            let path = match &due.act {
                Act::Value { place, .. } => Some(place.to_string()),
                Act::NoteOn(note) => Some(note.node.to_string()),
                Act::NoteOff(_) => None,
            };
            if let Some(path) = path.filter(|_| frame > due.frame) {
                let (count, most) = late.entry(path).or_default();
                (*count, *most) = (*count + 1, (*most).max(frame - due.frame));
            }
            self.pending.put_at_frame(frame, due.order, due.act);
        }
        let warnings = late
            .into_iter()
            .map(|(path, (count, frames))| Warning::EventsLate {
                path,
                count,
                frames,
            });
        self.warnings.extend(warnings);
    }
}

fn draft(frame: u64, kind: EventKind) -> Draft {
    Draft {
        frame,
        slot: HAND_SLOT,
        epoch: 0,
        kind,
        end: None,
    }
}
