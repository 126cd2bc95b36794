//! Levels: faders, mute, solo, master.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Outcome, Session, SessionError, Warning};
use crate::path::Target;

/// Levels beyond this are remarked upon.
const LOUD: f64 = 2.0;

impl Session {
    /// Sets the fader of a node, or of all nodes of a group.
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`], [`SessionError::NotFinite`].
    pub fn gain(&mut self, name: &str, gain: f64) -> Outcome {
        let mut warnings = Vec::new();
        for member in self.node_or_group(name)? {
            warnings.extend(self.put(&Target::Gain(member), gain)?);
        }
        Ok(warnings)
    }

    /// Sets the position of a node, −1 (left) to 1 (right).
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`], [`SessionError::Pan`].
    pub fn pan(&mut self, name: &str, pan: f64) -> Outcome {
        if !(-1.0..=1.0).contains(&pan) {
            return Err(SessionError::Pan { given: pan });
        }
        for member in self.node_or_group(name)? {
            if let Some(node) = self.node_mut(&member) {
                node.pan = pan;
            }
        }
        Ok(Vec::new())
    }

    /// Sets the master level.
    ///
    /// # Errors
    /// [`SessionError::NotFinite`].
    pub fn set_master(&mut self, level: f64) -> Outcome {
        self.put(&Target::Master, level)
    }

    /// The master level.
    #[must_use]
    pub fn master(&self) -> f64 {
        self.master
    }

    /// Silences a node or group, its sends after the fader included; the gain is kept.
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`].
    pub fn mute(&mut self, name: &str) -> Outcome {
        let members = self.node_with_members(name)?;
        Arc::make_mut(&mut self.muted).extend(members);
        Ok(Vec::new())
    }

    /// Undoes [`Session::mute`].
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`].
    pub fn unmute(&mut self, name: &str) -> Outcome {
        let members = self.node_with_members(name)?;
        let muted = Arc::make_mut(&mut self.muted);
        for member in members {
            muted.remove(&member);
        }
        Ok(Vec::new())
    }

    /// Silences every node, effects included, that is not `name` or a member of it; replaces an earlier solo. The
    /// node itself is unmuted.
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`].
    pub fn solo(&mut self, name: &str) -> Outcome {
        self.unmute(name)?;
        let members: BTreeSet<Arc<str>> = self.node_with_members(name)?.into_iter().collect();
        self.solo = Some(Arc::new(members));
        Ok(Vec::new())
    }

    /// Ends solo and unmutes all nodes (krs specification E.4).
    pub fn unsolo(&mut self) {
        self.solo = None;
        self.muted = Arc::default();
    }

    /// Whether a node is heard: neither muted nor silenced by the solo of others. What a soloed node is heard through is
    /// not silenced.
    #[must_use]
    pub fn is_audible(&self, name: &str) -> bool {
        let soloed = |solo: &Arc<BTreeSet<Arc<str>>>| {
            solo.contains(name) || solo.iter().any(|node| self.leads_through(node, name))
        };
        !self.muted.contains(name) && self.solo.as_ref().is_none_or(soloed)
    }

    /// Whether a node was muted.
    #[must_use]
    pub fn is_muted(&self, name: &str) -> bool {
        self.muted.contains(name)
    }

    /// The muted nodes in order of name.
    pub fn muted(&self) -> impl Iterator<Item = &Arc<str>> {
        self.muted.iter()
    }

    /// The nodes of the present solo in order of name; none when all are heard.
    pub fn soloed(&self) -> impl Iterator<Item = &Arc<str>> {
        self.solo.iter().flat_map(|solo| solo.iter())
    }

    /// Checks a level and remarks on loud ones.
    pub(super) fn check_level(target: &Target, level: f64) -> Outcome {
        if !level.is_finite() {
            return Err(SessionError::NotFinite {
                what: format!("the level `{target}`"),
                given: level,
            });
        }
        let path = || target.to_string();
        Ok(if level.abs() > LOUD {
            vec![Warning::LoudGain {
                path: path(),
                given: level,
            }]
        } else {
            Vec::new()
        })
    }
}
