//! Values of controls and levels by path.

use std::sync::Arc;

use synthc_ir::Control;

use super::{Outcome, Session, SessionError, Warning};
use crate::path::{Resolved, Target};

impl Session {
    /// Sets the control, fader, send or master level at `path`; the path of a node is its fader, that of a
    /// group the faders of its members. A fade that is under way there ends. What the place has already is set again, if an
    /// exact event or a pattern has moved it meanwhile.
    ///
    /// # Errors
    /// [`SessionError::UnknownPath`], [`SessionError::UnknownControl`], [`SessionError::NotFinite`].
    pub fn set(&mut self, path: &str, value: f64) -> Outcome {
        let mut warnings = Vec::new();
        for target in self.value_targets(path)? {
            warnings.extend(self.put(&target, value)?);
        }
        Ok(warnings)
    }

    /// The value last set at `path`, or the one it had when its node was made. What a pattern or automation is
    /// doing there does not show.
    ///
    /// # Errors
    /// [`SessionError::UnknownPath`], [`SessionError::UnknownControl`]; [`SessionError::WrongTarget`] for a group,
    /// which has no one value.
    pub fn value(&self, path: &str) -> Result<f64, SessionError> {
        let target = match self.resolve(path)? {
            Resolved::One(Target::Node(node)) => Target::Gain(node),
            Resolved::One(target) => target,
            Resolved::Group(_) => {
                return Err(wrong(
                    path,
                    "a group",
                    "reading a value",
                    "a control or a level",
                ));
            }
        };
        Ok(self.value_at(&target).unwrap_or_default())
    }

    /// The value last set at a place; a node's is its fader. `None` when there is no such place.
    #[must_use]
    pub fn value_at(&self, target: &Target) -> Option<f64> {
        Some(match target {
            Target::Node(node) | Target::Gain(node) => self.find_node(node)?.gain,
            Target::Control { node, control } => {
                let node = self.find_node(node)?;
                let control = node.definition.control(control)?;
                node.values
                    .get(&control.name)
                    .copied()
                    .unwrap_or(control.init)
            }
            Target::Send { .. } => self.route_at(target)?.level,
            Target::Master => self.master,
        })
    }

    /// The declaration behind a control's path.
    #[must_use]
    pub fn control_at(&self, target: &Target) -> Option<&Arc<Control>> {
        match target {
            Target::Control { node, control } => self.find_node(node)?.definition.control(control),
            _ => None,
        }
    }

    /// Sets one place and remarks on what is odd about it.
    pub(super) fn put(&mut self, target: &Target, value: f64) -> Outcome {
        let mut warnings = self.check_at(target, value)?;
        self.store(target, value);
        warnings.extend(self.set_by_hand(target));
        Ok(warnings)
    }

    /// A place was set by hand: a fade there ends, and what it has is sent again. Remarks on what will override it.
    pub(super) fn set_by_hand(&mut self, target: &Target) -> Option<Warning> {
        self.end_fade(target);
        *Arc::make_mut(&mut self.revisions)
            .entry(target.clone())
            .or_default() += 1;
        self.player_at(target).map(|by| Warning::Overridden {
            path: target.to_string(),
            by,
        })
    }

    /// How many times a place was set by hand.
    pub(crate) fn revision_at(&self, target: &Target) -> u64 {
        self.revisions.get(target).copied().unwrap_or_default()
    }

    /// Stores a checked value.
    pub(super) fn store(&mut self, target: &Target, value: f64) {
        match target {
            Target::Node(name) | Target::Gain(name) => {
                if let Some(node) = self.node_mut(name) {
                    node.gain = value;
                }
            }
            Target::Control { node, control } => {
                if let Some(node) = self.node_mut(node) {
                    node.values.insert(control.clone(), value);
                }
            }
            Target::Send { .. } => {
                if let Some(route) = self.route_mut(target) {
                    route.level = value;
                }
            }
            Target::Master => self.master = value,
        }
    }

    /// Checks a value for a place.
    pub(super) fn check_at(&self, target: &Target, value: f64) -> Outcome {
        match (target, self.control_at(target)) {
            (Target::Control { node, .. }, Some(control)) => {
                Self::check_value(node, control, value)
            }
            _ => Self::check_level(target, value),
        }
    }

    pub(super) fn check_value(node: &Arc<str>, control: &Control, value: f64) -> Outcome {
        let path = || format!("{node}/{}", control.name);
        if !value.is_finite() {
            return Err(SessionError::NotFinite {
                what: format!("`{}`", path()),
                given: value,
            });
        }
        if (control.lo..=control.hi).contains(&value) {
            return Ok(Vec::new());
        }
        Ok(vec![Warning::OutOfRange {
            path: path(),
            given: value,
            lo: control.lo,
            hi: control.hi,
        }])
    }

    /// The places with a value that a path leads to.
    pub(super) fn value_targets(&self, path: &str) -> Result<Vec<Target>, SessionError> {
        Ok(match self.resolve(path)? {
            Resolved::One(Target::Node(node)) => vec![Target::Gain(node)],
            Resolved::One(target) => vec![target],
            Resolved::Group(members) => members.into_iter().map(Target::Gain).collect(),
        })
    }
}

pub(super) fn wrong(
    path: &str,
    is: &'static str,
    operation: &'static str,
    wants: &'static str,
) -> SessionError {
    SessionError::WrongTarget {
        path: path.to_owned(),
        is,
        operation,
        wants,
    }
}
