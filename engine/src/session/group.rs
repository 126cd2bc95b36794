//! Groups: all nodes whose names share the part before a `/`; and whole sessions placed under a prefix.

use std::sync::Arc;

use super::{Outcome, Session, SessionError, name};

impl Session {
    /// The node of that name, or the members of the group, in order of name.
    pub(super) fn node_or_group(&self, name: &str) -> Result<Vec<Arc<str>>, SessionError> {
        if let Some(node) = self.find_name(name) {
            return Ok(vec![node]);
        }
        let members = self.members(name);
        if !members.is_empty() {
            return Ok(members);
        }
        let groups = self
            .nodes
            .keys()
            .filter_map(|node| node.rsplit_once('/').map(|(group, _)| group));
        Err(SessionError::UnknownNode {
            name: name.to_owned(),
            nearest: name::nearest(name, self.nodes.keys().map(|node| &**node).chain(groups)),
        })
    }

    /// Adds everything of `other` except its tempo, meter, master, solo and seed, every name prefixed with
    /// `prefix/`. Nodes of the same names are redefined.
    ///
    /// # Errors
    /// [`SessionError::Name`] for an unusable prefix, [`SessionError::NameClash`].
    pub fn instantiate(&mut self, other: &Session, prefix: &str) -> Outcome {
        name::check(prefix)?;
        self.batch(|session| session.place(other, prefix))
    }

    fn place(&mut self, other: &Session, prefix: &str) -> Outcome {
        let place = |name: &str| -> Arc<str> { format!("{prefix}/{name}").into() };
        let mut warnings = Vec::new();
        for (name, node) in other.nodes() {
            let options = super::NodeOptions {
                gain: Some(node.gain),
                count: Some(i64::from(node.count)),
                pan: Some(node.pan),
                mode: Some(node.mode),
                values: Vec::new(),
            };
            let placed = place(name);
            warnings.extend(self.node(&placed, node.definition.clone(), options)?);
            if let Some(new) = self.node_mut(&placed) {
                new.values.clone_from(&node.values);
            }
        }
        for route in other.routes() {
            warnings.extend(self.send_at(
                &place(&route.from),
                &place(&route.to),
                route.level,
                route.tap,
            )?);
        }
        for name in other.muted() {
            self.mute(&place(name))?;
        }
        self.place_playing(other, &place);
        Ok(warnings)
    }
}
