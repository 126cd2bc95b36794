//! Patterns on nodes and controls.
//!
//! A place has one driver: a pattern, or an automation. A new one replaces the old one.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Automation, AutomationKind, Outcome, Session, SessionError, Warning, name, value};
use crate::path::{Resolved, Target};
use crate::pattern::{EventKind, Label, Note, Pattern, Time};

/// Cycles looked at for remarks when a pattern is played.
const LOOK_AHEAD: i64 = 4;
/// Grid of the swing that [`Session::play_with`] adds (krs specification E.3).
const SWING_GRID: i64 = 8;

/// A pattern that plays.
#[derive(Clone, Debug)]
pub struct Slot {
    pattern: Pattern,
    from_zero: bool,
}

impl Slot {
    /// The pattern.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Whether the pattern counts its cycles from the moment it is first played, not from the session's start.
    #[must_use]
    pub fn from_zero(&self) -> bool {
        self.from_zero
    }
}

/// Slots are equal when their patterns are written alike; patterns too long to be written out in full are
/// taken for different ones.
impl PartialEq for Slot {
    fn eq(&self, other: &Self) -> bool {
        let text = self.pattern.to_string();
        self.from_zero == other.from_zero
            && !text.ends_with('…')
            && text == other.pattern.to_string()
    }
}

/// How a pattern is played.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct PlayOptions {
    /// Count the pattern's cycles from the moment it starts.
    pub from_zero: bool,
    /// Add swing of this amount on a grid of 8.
    pub swing: Option<f64>,
}

/// Whether a control is a gate: what closes when a node is hushed or a render ends.
pub(crate) fn is_gate(control: &synthc_ir::Control) -> bool {
    control.name.to_ascii_lowercase().contains("gate")
}

impl Session {
    /// Plays a pattern on a node, a control, a level, or each member of a group; replaces what played there.
    ///
    /// # Errors
    /// [`SessionError::UnknownPath`], [`SessionError::UnknownControl`], [`SessionError::Pattern`] when the pattern
    /// cannot be built or its first cycles cannot be evaluated.
    pub fn play(&mut self, path: &str, pattern: &Pattern) -> Outcome {
        self.play_with(path, pattern, PlayOptions::default())
    }

    /// [`Session::play`] with options.
    ///
    /// # Errors
    /// As [`Session::play`]; [`SessionError::Pattern`] also for a swing outside (0, 1).
    pub fn play_with(&mut self, path: &str, pattern: &Pattern, options: PlayOptions) -> Outcome {
        let targets = match self.resolve(path)? {
            Resolved::One(target) => vec![target],
            Resolved::Group(members) => members.into_iter().map(Target::Node).collect(),
        };
        self.play_on(targets, pattern, options)
    }

    /// [`Session::play_with`] on places that exist.
    pub(super) fn play_on(
        &mut self,
        targets: Vec<Target>,
        pattern: &Pattern,
        options: PlayOptions,
    ) -> Outcome {
        pattern.check()?;
        let pattern = match options.swing {
            Some(amount) => pattern.swing(amount, SWING_GRID)?,
            None => pattern.clone(),
        };
        let mut warnings = Vec::new();
        for target in &targets {
            self.examine(target, &pattern, &mut warnings)?;
        }
        for target in targets {
            Arc::make_mut(&mut self.automations).remove(&target);
            let slot = Slot {
                pattern: pattern.clone(),
                from_zero: options.from_zero,
            };
            Arc::make_mut(&mut self.slots).insert(target, slot);
        }
        Ok(warnings)
    }

    /// Stops what a path plays: the pattern of a node with its gates, the pattern or automation of a control or level,
    /// the patterns of all members of a group. Values stay.
    ///
    /// # Errors
    /// [`SessionError::UnknownPath`], [`SessionError::UnknownControl`].
    pub fn hush(&mut self, path: &str) -> Outcome {
        let targets = match self.resolve(path)? {
            Resolved::One(Target::Node(node)) => {
                let members = self.node_with_members(&node)?;
                members.into_iter().map(Target::Node).collect()
            }
            Resolved::One(target) => vec![target],
            Resolved::Group(members) => members.into_iter().map(Target::Node).collect(),
        };
        for target in targets {
            self.drop_playing(|playing| *playing == target);
            if let Target::Node(node) = &target {
                self.close_gates(node);
            }
        }
        Ok(Vec::new())
    }

    /// Stops everything: patterns of nodes, controls and levels, automations, gates.
    pub fn stop(&mut self) {
        self.drop_playing(|_| true);
        let nodes: Vec<Arc<str>> = self.nodes.keys().cloned().collect();
        for node in nodes {
            self.close_gates(&node);
        }
    }

    /// Stops whatever does not end by itself, when a render ends: fades reach their targets.
    pub(crate) fn end(&mut self) {
        let automations = Arc::clone(&self.automations);
        self.stop();
        let fades = automations
            .iter()
            .filter(|(_, a)| matches!(a.kind, AutomationKind::Fade { .. }));
        Arc::make_mut(&mut self.automations).extend(fades.map(|(at, fade)| (at.clone(), *fade)));
    }

    /// What plays where, in order of place.
    pub fn slots(&self) -> impl Iterator<Item = (&Target, &Slot)> {
        self.slots.iter()
    }

    /// The pattern played at a place.
    #[must_use]
    pub fn slot_at(&self, target: &Target) -> Option<&Slot> {
        self.slots.get(target)
    }

    /// The automation that moves a place.
    #[must_use]
    pub fn automation_at(&self, target: &Target) -> Option<&Automation> {
        self.automations.get(target)
    }

    /// Whether a pattern or an automation drives a place.
    #[must_use]
    pub fn is_driven(&self, target: &Target) -> bool {
        self.slots.contains_key(target) || self.automations.contains_key(target)
    }

    /// The pattern played at a path.
    ///
    /// # Errors
    /// [`SessionError::UnknownPath`], [`SessionError::UnknownControl`]; [`SessionError::WrongTarget`] for a group.
    pub fn pattern(&self, path: &str) -> Result<Option<&Slot>, SessionError> {
        match self.resolve(path)? {
            Resolved::One(target) => Ok(self.slots.get(&target)),
            Resolved::Group(_) => Err(value::wrong(
                path,
                "a group",
                "reading a pattern",
                "a node or a control",
            )),
        }
    }

    /// What drives a place, for remarks.
    pub(super) fn player_at(&self, target: &Target) -> Option<&'static str> {
        if self.slots.contains_key(target) {
            Some("a pattern")
        } else if self.automations.contains_key(target) {
            Some("an automation")
        } else {
            None
        }
    }

    /// Removes patterns and automations.
    pub(super) fn drop_playing(&mut self, drop: impl Fn(&Target) -> bool) {
        if self.slots.keys().any(&drop) {
            Arc::make_mut(&mut self.slots).retain(|target, _| !drop(target));
        }
        if self.automations.keys().any(&drop) {
            Arc::make_mut(&mut self.automations).retain(|target, _| !drop(target));
        }
    }

    /// Copies what plays in another session, its nodes renamed.
    pub(super) fn place_playing(&mut self, other: &Session, place: &impl Fn(&str) -> Arc<str>) {
        let rename = |target: &Target| match target {
            Target::Node(node) => Some(Target::Node(place(node))),
            Target::Control { node, control } => Some(Target::Control {
                node: place(node),
                control: control.clone(),
            }),
            Target::Gain(node) => Some(Target::Gain(place(node))),
            Target::Send { from, output, to } => Some(Target::Send {
                from: place(from),
                output: output.clone(),
                to: place(to),
            }),
            Target::Master => None,
        };
        let slots = other
            .slots
            .iter()
            .filter_map(|(at, slot)| Some((rename(at)?, slot.clone())));
        Arc::make_mut(&mut self.slots).extend(slots);
        let automations = other
            .automations
            .iter()
            .filter_map(|(at, a)| Some((rename(at)?, *a)));
        Arc::make_mut(&mut self.automations).extend(automations);
    }

    /// The gates of a node close when it is hushed, whatever opened them: also those that only the audio side knows of,
    /// opened by notes and exact values from Rust.
    fn close_gates(&mut self, name: &str) {
        let Some((name, node)) = self.nodes.get_key_value(name) else {
            return;
        };
        let name = name.clone();
        let controls = node.definition.controls().iter();
        let gates: Vec<_> = controls.filter(|c| is_gate(c)).cloned().collect();
        for gate in &gates {
            let place = Target::Control {
                node: name.clone(),
                control: gate.name.clone(),
            };
            *Arc::make_mut(&mut self.revisions).entry(place).or_default() += 1;
        }
        let node = &self.nodes[&name];
        let open = |gate: &Arc<synthc_ir::Control>| node.control_value(gate) != 0.0;
        let gates: Vec<_> = gates.into_iter().filter(open).collect();
        if gates.is_empty() {
            return;
        }
        if let Some(node) = self.node_mut(&name) {
            for gate in gates {
                node.values.insert(gate.name.clone(), gate.clamp(0.0));
            }
        }
    }

    /// Looks at the first cycles of a pattern for what cannot be meant.
    fn examine(
        &self,
        target: &Target,
        pattern: &Pattern,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), SessionError> {
        let events = pattern.query(Time::ZERO, Time::integer(LOOK_AHEAD), self.seed)?;
        let mut seen = BTreeSet::new();
        for event in &events {
            match &event.kind {
                EventKind::Note(note) => self.examine_note(target, note, &mut seen, warnings),
                EventKind::Value {
                    label: Label::Target,
                    value,
                } => match target {
                    Target::Node(_) => remark_silent(target, "continuous", &mut seen, warnings),
                    _ => {
                        let outside = self.check_at(target, *value)?;
                        if !outside.is_empty() && seen.insert("outside".into()) {
                            warnings.extend(outside);
                        }
                    }
                },
                EventKind::Value {
                    label: Label::Name(label),
                    value,
                } => {
                    self.examine_param(target, label, *value, &mut seen, warnings);
                }
                EventKind::Midi(_) => remark_silent(target, "MIDI", &mut seen, warnings),
                EventKind::Osc(_) => remark_silent(target, "OSC", &mut seen, warnings),
            }
        }
        Ok(())
    }

    fn examine_note(
        &self,
        target: &Target,
        note: &Note,
        seen: &mut BTreeSet<Arc<str>>,
        warnings: &mut Vec<Warning>,
    ) {
        let Target::Node(name) = target else {
            return remark_silent(target, "note", seen, warnings);
        };
        let Some(node) = self.find_node(name) else {
            return;
        };
        let has = |control: &str| node.definition.control(control).is_some();
        if !has(&note.gate_param) && seen.insert(note.gate_param.clone()) {
            warnings.push(Warning::NoGate {
                node: name.clone(),
                gate: note.gate_param.clone(),
            });
        }
        if note.pitch_hz.is_some() && !has("freq") && seen.insert("freq".into()) {
            warnings.push(Warning::NoPitch { node: name.clone() });
        }
        if note.velocity.is_some() && !has("vel") && !has("velocity") && seen.insert("vel".into()) {
            warnings.push(Warning::UnknownControl {
                node: name.clone(),
                control: "vel".into(),
                nearest: None,
            });
        }
        for (param, value) in note.params.iter() {
            self.examine_param(target, param, *value, seen, warnings);
        }
    }

    /// A control that a pattern sets by name: it should exist, and take the value.
    fn examine_param(
        &self,
        target: &Target,
        label: &Arc<str>,
        value: f64,
        seen: &mut BTreeSet<Arc<str>>,
        warnings: &mut Vec<Warning>,
    ) {
        let Some((owner, node)) = target
            .node()
            .and_then(|name| Some((name, self.find_node(name)?)))
        else {
            return;
        };
        let absolute = label.contains('/') && self.resolve(label).is_ok();
        match node.definition.control(label) {
            Some(control) => {
                let outside = Self::check_value(owner, control, value).unwrap_or_default();
                if !outside.is_empty() && seen.insert(label.clone()) {
                    warnings.extend(outside);
                }
            }
            None if !absolute && seen.insert(label.clone()) => {
                let names = node.definition.controls().iter().map(|c| &c.name);
                let nearest = name::nearest(label, names);
                warnings.push(Warning::UnknownControl {
                    node: owner.clone(),
                    control: label.clone(),
                    nearest,
                });
            }
            None => {}
        }
    }
}

fn remark_silent(
    target: &Target,
    what: &'static str,
    seen: &mut BTreeSet<Arc<str>>,
    warnings: &mut Vec<Warning>,
) {
    if seen.insert(what.into()) {
        warnings.push(Warning::NotAudible {
            path: target.to_string(),
            what,
        });
    }
}
