//! Paths: how people name what an operation works on.
//!
//! Resolution (krs specification E.2): `master`; else an exact node name; else the longest node name that is
//! followed by `/` and a control, `gain`, or the name of a send target with `_send`, before which the output may stand that is
//! sent (`split/low/verb_send`); else a group, that is a prefix of node names that ends before a `/`. A control with the name of a level is preferred, because the level
//! has methods of its own.

use std::fmt;
use std::sync::Arc;

use crate::session::{Session, SessionError};

/// A place that holds one value, plays one pattern or follows one automation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A node: its notes.
    Node(Arc<str>),
    /// A control of a node, all voices.
    Control {
        /// The node.
        node: Arc<str>,
        /// The control's name.
        control: Arc<str>,
    },
    /// The fader of a node.
    Gain(Arc<str>),
    /// The level of a send.
    Send {
        /// The node the sound comes from.
        from: Arc<str>,
        /// The output there that is sent, by name; `None` for the node as a whole.
        output: Option<Arc<str>>,
        /// The effect it goes to, or one of its inputs as `effect/input`.
        to: Arc<str>,
    },
    /// The master level.
    Master,
}

impl Target {
    /// The node it belongs to; a send belongs to the node it comes from, the master level to none.
    #[must_use]
    pub fn node(&self) -> Option<&Arc<str>> {
        match self {
            Self::Node(node) | Self::Control { node, .. } | Self::Gain(node) => Some(node),
            Self::Send { from, .. } => Some(from),
            Self::Master => None,
        }
    }

    /// The same place of nodes with other names. A send to a single input keeps the name of what it leads to, and one from
    /// a single output that of the output.
    pub(crate) fn under(&self, name: impl Fn(&Arc<str>) -> Arc<str>) -> Self {
        match self {
            Self::Node(node) => Self::Node(name(node)),
            Self::Gain(node) => Self::Gain(name(node)),
            Self::Control { node, control } => Self::Control {
                node: name(node),
                control: control.clone(),
            },
            Self::Send { from, output, to } => Self::Send {
                from: name(from),
                output: output.clone(),
                to: name(to),
            },
            Self::Master => Self::Master,
        }
    }

    /// What kind of thing it is, for messages.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        match self {
            Self::Node(_) => "a node",
            Self::Control { .. } => "a control",
            Self::Gain(_) | Self::Send { .. } | Self::Master => "a level",
        }
    }
}

impl fmt::Display for Target {
    /// The path that leads to it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(node) => f.write_str(node),
            Self::Control { node, control } => write!(f, "{node}/{control}"),
            Self::Gain(node) => write!(f, "{node}/gain"),
            Self::Send {
                from,
                output: None,
                to,
            } => write!(f, "{from}/{to}_send"),
            Self::Send {
                from,
                output: Some(output),
                to,
            } => write!(f, "{from}/{output}/{to}_send"),
            Self::Master => f.write_str("master"),
        }
    }
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// One place.
    One(Target),
    /// The nodes whose names begin with the path and `/`, in order of name; at least one.
    Group(Vec<Arc<str>>),
}

impl Session {
    /// What `path` leads to.
    ///
    /// # Errors
    /// [`SessionError::UnknownControl`] when the path begins with a node, else [`SessionError::UnknownPath`], both
    /// with the nearest valid name.
    pub fn resolve(&self, path: &str) -> Result<Resolved, SessionError> {
        if path == "master" {
            return Ok(Resolved::One(Target::Master));
        }
        if let Some(node) = self.find_name(path) {
            return Ok(Resolved::One(Target::Node(node)));
        }
        // The longest prefix first.
        let mut known = None;
        for (at, _) in path.match_indices('/').rev() {
            let (prefix, rest) = (&path[..at], &path[at + 1..]);
            let Some(name) = self.find_name(prefix) else {
                continue;
            };
            if let Some(target) = self.resolve_within(&name, rest) {
                return Ok(Resolved::One(target));
            }
            known.get_or_insert((name, rest));
        }
        let members = self.members(path);
        if !members.is_empty() {
            return Ok(Resolved::Group(members));
        }
        Err(match known {
            Some((node, control)) => self.unknown_control(&node, control),
            None => SessionError::UnknownPath {
                path: path.to_owned(),
                nearest: self.nearest_path(path),
            },
        })
    }

    /// The place below the node `name` that `rest` names.
    fn resolve_within(&self, name: &Arc<str>, rest: &str) -> Option<Target> {
        let node = self.find_node(name)?;
        if let Some(control) = node.definition().control(rest) {
            return Some(Target::Control {
                node: name.clone(),
                control: control.name.clone(),
            });
        }
        if rest == "gain" {
            return Some(Target::Gain(name.clone()));
        }
        self.send_at_path(name, rest.strip_suffix("_send")?)
    }

    /// The nodes of the group `prefix`, in order of name.
    #[must_use]
    pub fn members(&self, prefix: &str) -> Vec<Arc<str>> {
        if prefix.is_empty() {
            return Vec::new();
        }
        let inside = format!("{prefix}/");
        self.nodes()
            .map(|(name, _)| name)
            .filter(|name| name.starts_with(&inside))
            .cloned()
            .collect()
    }

    /// All paths that lead to one place, in order of node: nodes, controls, levels.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        for (name, node) in self.nodes() {
            paths.push(name.to_string());
            let controls = node.definition().controls();
            paths.extend(controls.iter().map(|c| format!("{name}/{}", c.name)));
            if node.definition().control("gain").is_none() {
                paths.push(format!("{name}/gain"));
            }
        }
        paths.extend(self.routes_by_place().map(|(place, _)| place.to_string()));
        paths.push("master".to_owned());
        paths
    }

    fn nearest_path(&self, given: &str) -> Option<String> {
        let groups = self
            .nodes()
            .filter_map(|(name, _)| name.rsplit_once('/').map(|(group, _)| group.to_owned()));
        crate::session::nearest(given, self.paths().into_iter().chain(groups))
    }
}
