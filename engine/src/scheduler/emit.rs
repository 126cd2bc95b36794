//! One event of a pattern as events for the audio side.

use std::sync::Arc;

use super::address::{Address, AddressBook, NodeAddress};
use super::{Draft, Scheduler, Track};
use crate::event::{EventKind, MAX_NOTE_PARAMS, NoteParams};
use crate::path::{Resolved, Target};
use crate::pattern::{Event, EventKind as PatternKind, Label, Note, Time};
use crate::session::{Warning, nearest};

/// The control that takes a note's pitch in hertz.
const PITCH: &str = "freq";
/// The controls that take its velocity; the first that the node has.
const VELOCITY: [&str; 2] = ["vel", "velocity"];

/// The event that gives a place a value.
pub(super) fn set(book: &AddressBook, target: &Target, value: f64) -> Option<EventKind> {
    Some(match book.find(target)? {
        Address::Control(node, control) => EventKind::Value {
            node,
            control,
            value,
        },
        Address::Level(target) => EventKind::Level { target, value },
    })
}

impl Scheduler {
    /// Appends what a pattern's event at the frame `at` becomes.
    pub(super) fn emit(
        &mut self,
        target: &Target,
        track: &mut Track,
        origin: Time,
        at: u64,
        event: Event,
        drafts: &mut Vec<Draft>,
    ) {
        match event.kind {
            PatternKind::Note(note) => self.emit_note(target, track, origin, at, &note, drafts),
            PatternKind::Value {
                label: Label::Target,
                value,
            } => {
                track.last = Some(value);
                self.emit_value(track, target, at, value, drafts);
            }
            PatternKind::Value {
                label: Label::Name(label),
                value,
            } => {
                if let Some(place) = self.labelled(target, &label) {
                    self.emit_value(track, &place, at, value, drafts);
                }
            }
            // Ports have no place in a session of sound; the session has remarked on it.
            PatternKind::Midi(_) | PatternKind::Osc(_) => {}
        }
    }

    fn emit_value(
        &self,
        track: &Track,
        place: &Target,
        at: u64,
        value: f64,
        drafts: &mut Vec<Draft>,
    ) {
        if let Some(kind) = set(&self.book, place, value) {
            drafts.push(Draft {
                frame: at,
                slot: track.slot,
                epoch: track.epoch,
                kind,
                end: None,
            });
        }
    }

    /// The place a control's name leads to: one of the pattern's node, else a path.
    fn labelled(&mut self, target: &Target, label: &Arc<str>) -> Option<Target> {
        let name = target.node()?;
        let definition = self.session.find_node(name)?.definition();
        if definition.control(label).is_some() {
            return Some(Target::Control {
                node: name.clone(),
                control: label.clone(),
            });
        }
        if label.contains('/')
            && let Ok(Resolved::One(place)) = self.session.resolve(label)
        {
            return Some(place);
        }
        let near = nearest(label, definition.controls().iter().map(|c| &c.name));
        let (node, control) = (name.clone(), label.clone());
        self.warn_once(
            target,
            label,
            Warning::UnknownControl {
                node,
                control,
                nearest: near,
            },
        );
        None
    }

    fn emit_note(
        &mut self,
        target: &Target,
        track: &mut Track,
        origin: Time,
        at: u64,
        note: &Note,
        drafts: &mut Vec<Draft>,
    ) {
        let Target::Node(name) = target else { return };
        let Some(node) = self.book.node(name).cloned() else {
            return;
        };
        let params = self.note_params(target, track, at, &node, note, drafts);
        let gate = self.defined_slot(name, &node, &note.gate_param);
        if gate.is_none() {
            let (node, gate) = (name.clone(), note.gate_param.clone());
            self.warn_once(target, &gate.clone(), Warning::NoGate { node, gate });
        }
        let (slot, epoch) = (track.slot, track.epoch);
        // The number is given when the notes of all patterns are in order.
        let kind = EventKind::NoteOn {
            node: node.key,
            note: 0,
            gate,
            params,
        };
        drafts.push(Draft {
            frame: at,
            slot,
            epoch,
            kind,
            end: Some((origin, note.gate_end)),
        });
    }

    fn note_params(
        &mut self,
        target: &Target,
        track: &mut Track,
        at: u64,
        node: &NodeAddress,
        note: &Note,
        drafts: &mut Vec<Draft>,
    ) -> NoteParams {
        let Target::Node(name) = target else {
            return NoteParams::new();
        };
        let mut values: Vec<(u16, f64)> = Vec::new();
        if let Some(pitch) = note.pitch_hz {
            match self.defined_slot(name, node, PITCH) {
                Some(slot) => values.push((slot, pitch)),
                None => self.warn_once(
                    target,
                    &PITCH.into(),
                    Warning::NoPitch { node: name.clone() },
                ),
            }
        }
        if track.states_velocity() {
            let slot = VELOCITY
                .iter()
                .find_map(|control| self.defined_slot(name, node, control));
            match slot {
                Some(slot) => values.push((slot, note.velocity.unwrap_or(1.0))),
                None => {
                    let control: Arc<str> = VELOCITY[0].into();
                    let warning = Warning::UnknownControl {
                        node: name.clone(),
                        control: control.clone(),
                        nearest: None,
                    };
                    self.warn_once(target, &control, warning);
                }
            }
        }
        for (label, value) in note.params.iter() {
            match self.labelled(target, label) {
                Some(Target::Control {
                    node: owner,
                    control,
                }) if owner == *name => {
                    values.extend(node.slot(&control).map(|slot| (slot, *value)));
                }
                Some(place) => self.emit_value(track, &place, at, *value, drafts),
                None => {}
            }
        }
        let mut params = NoteParams::new();
        let given = values.len();
        for (slot, value) in values {
            if params.push(slot, value).is_err() {
                let warning = Warning::TooManyParams {
                    node: name.clone(),
                    given,
                    max: MAX_NOTE_PARAMS,
                };
                self.warn_once(target, &"too many".into(), warning);
                break;
            }
        }
        params
    }

    /// The slot of a control that the node's present definition has.
    fn defined_slot(&self, name: &str, node: &NodeAddress, control: &str) -> Option<u16> {
        self.session
            .find_node(name)?
            .definition()
            .control(control)?;
        node.slot(control)
    }

    fn warn_once(&mut self, target: &Target, about: &Arc<str>, warning: Warning) {
        if self.warned.insert((target.clone(), about.clone())) {
            self.warnings.push(warning);
        }
    }
}
