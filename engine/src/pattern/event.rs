//! What a pattern says: events with exact times.
//!
//! The transport and the scheduler read these; [`Pattern::query`](super::Pattern::query) makes them. A note is one
//! event that carries its own end, so no transformation can separate a note-off from its note-on.

use std::sync::Arc;

use super::span::Affine;
use super::time::{Time, TimeError};

/// Named values of a note, in the order they were given; cloning shares them.
pub type Params = Arc<[(Arc<str>, f64)]>;

/// Something that happens at an exact time.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When it happens, in cycles from the start of the pattern.
    pub onset: Time,
    /// Where the slot that the event fills ends, in cycles; after `onset`, not necessarily in the same cycle.
    pub slot_end: Time,
    /// What happens.
    pub kind: EventKind,
}

/// What an [`Event`] does.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// A note: gate on at the onset, off at [`Note::gate_end`].
    Note(Note),
    /// A control takes a value and keeps it until told otherwise.
    Value {
        /// Which control.
        label: Label,
        /// Its new value, in the control's own unit.
        value: f64,
    },
    /// A message for a MIDI port.
    Midi(MidiMessage),
    /// A message for an OSC receiver.
    Osc(OscMessage),
}

/// A note with everything it sets, on and off in one piece.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Frequency in hertz, positive; `None` for an unpitched hit, which leaves the pitch alone.
    pub pitch_hz: Option<f64>,
    /// Velocity; `None` when the pattern does not state one, which players take as 1.
    pub velocity: Option<f64>,
    /// Further controls set at the onset, in the order given.
    pub params: Params,
    /// The control that goes to 1 at the onset and to 0 at `gate_end`; `"gate"` unless chosen otherwise.
    pub gate_param: Arc<str>,
    /// When the gate closes, in cycles on the same scale as the onset; always after it.
    pub gate_end: Time,
    /// Ordinal of the note in tree order (a chord counts as one); the same in every cycle.
    pub step: u32,
}

/// Which control a [`EventKind::Value`] sets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Label {
    /// The control that the pattern is played on: continuous patterns are bound when they are played.
    Target,
    /// A control by name.
    Name(Arc<str>),
}

/// A MIDI message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MidiMessage {
    /// Note-on now, note-off after `duration`.
    Note {
        /// Key number, 0–127.
        key: u8,
        /// Velocity, 0–127.
        velocity: u8,
        /// Channel, 0–15.
        channel: u8,
        /// Time until the note-off in cycles; positive, not scaled by the slot.
        duration: Time,
    },
    /// A controller change.
    Controller {
        /// Controller number, 0–127.
        controller: u8,
        /// Value, 0–127.
        value: u8,
        /// Channel, 0–15.
        channel: u8,
    },
}

/// An OSC message.
#[derive(Debug, Clone, PartialEq)]
pub struct OscMessage {
    /// Address, beginning with `/`.
    pub address: Arc<str>,
    /// Arguments in order.
    pub args: Arc<[OscArgument]>,
}

/// One argument of an [`OscMessage`].
#[derive(Debug, Clone, PartialEq)]
pub enum OscArgument {
    /// A whole number.
    Integer(i64),
    /// A real number.
    Float(f64),
    /// Text.
    Text(Arc<str>),
}

impl Event {
    /// Moves the event from a child's time to its parent's.
    pub(super) fn apply(&mut self, map: Affine) -> Result<(), TimeError> {
        self.map_times(|time| map.map(time))
    }

    /// Replaces onset, slot end and gate end by their images under `map`, which must be increasing.
    pub(super) fn map_times(
        &mut self,
        mut map: impl FnMut(Time) -> Result<Time, TimeError>,
    ) -> Result<(), TimeError> {
        self.onset = map(self.onset)?;
        self.slot_end = map(self.slot_end)?;
        if let EventKind::Note(note) = &mut self.kind {
            note.gate_end = map(note.gate_end)?;
        }
        Ok(())
    }
}
