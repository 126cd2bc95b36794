//! What people edit: named nodes, routes, levels, values, patterns, automations, tempo.
//!
//! A [`Session`] is plain data: the patch language, Rust programs and the offline renderer build
//! one by calling its methods, and the engine makes it sound. It starts no thread and
//! compiles nothing, a clone shares everything and costs a few reference counts, and an operation that
//! returns an error has changed nothing.
//!
//! Paths (krs specification E.2) name what an operation works on: `bass` a node, `bass/cutoff` a control,
//! `bass/gain` its fader, `bass/verb_send` the level of its send to `verb`, `split/low/verb_send` that of its output `low`
//! alone, `drums` all nodes whose names
//! begin with `drums/`, `master` the master level.

mod automate;
mod definition;
mod error;
mod group;
mod identity;
mod level;
mod name;
mod node;
mod play;
mod port;
mod route;
#[cfg(test)]
mod tests;
mod transport;
mod value;
mod warning;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use automate::{Automation, AutomationKind, Shape};
pub use definition::NodeDefinition;
pub use error::SessionError;
pub(crate) use identity::same_graph;
pub(crate) use name::nearest;
pub use node::{Node, NodeOptions, VoiceMode};
pub(crate) use play::is_gate;
pub use play::{PlayOptions, Slot};
pub use route::{Route, Tap};
pub use warning::Warning;

use crate::path::Target;

/// What an operation returns: remarks that did not keep it from happening, usually none.
pub type Outcome = Result<Vec<Warning>, SessionError>;

/// A complete description of what should sound.
///
/// All maps are ordered by name, so that neither the order of lines in a patch nor the history of a live
/// session has an influence on the sound.
///
/// ```
/// use synthc_engine::pattern;
/// use synthc_engine::session::{NodeDefinition, NodeOptions, Session};
/// use synthc_ir::{Control, Signal};
///
/// let gate = Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
/// let mut session = Session::new();
/// session.node("click", NodeDefinition::source([gate])?, NodeOptions::default().gain(0.8))?;
/// session.play("click", &(pattern::hit() * 4))?;
/// session.set_tempo(128.0)?;
/// assert_eq!(session.value("click/gain")?, 0.8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    nodes: Arc<BTreeMap<Arc<str>, Arc<Node>>>,
    /// By the places of their levels.
    routes: Arc<BTreeMap<Target, Route>>,
    slots: Arc<BTreeMap<Target, Slot>>,
    automations: Arc<BTreeMap<Target, Automation>>,
    /// How many times a place was set by hand. A value that is set again is sent again, because something may have moved
    /// the place meanwhile; a script that runs anew sets every place as many times as it did before.
    revisions: Arc<BTreeMap<Target, u64>>,
    muted: Arc<BTreeSet<Arc<str>>>,
    solo: Option<Arc<BTreeSet<Arc<str>>>>,
    master: f64,
    tempo: f64,
    meter: f64,
    seed: u64,
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// Tempo of a new session in beats a minute.
    pub const DEFAULT_TEMPO: f64 = 120.0;
    /// Beats in a cycle of a new session.
    pub const DEFAULT_METER: f64 = 4.0;
    /// Master level of a new session.
    pub const DEFAULT_MASTER: f64 = 0.7;

    /// An empty session: 120 beats a minute, 4 beats a cycle, master 0.7, seed 0.
    #[must_use]
    pub fn new() -> Self {
        Self {
            nodes: Arc::default(),
            routes: Arc::default(),
            slots: Arc::default(),
            automations: Arc::default(),
            revisions: Arc::default(),
            muted: Arc::default(),
            solo: None,
            master: Self::DEFAULT_MASTER,
            tempo: Self::DEFAULT_TEMPO,
            meter: Self::DEFAULT_METER,
            seed: 0,
        }
    }

    /// The seed of everything random: noise keys and random patterns.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Replaces the seed. Sounding noise keeps its stream: keys are fixed when a voice is born.
    pub fn set_seed(&mut self, seed: u64) {
        self.seed = seed;
    }

    /// Runs several operations as one edit: when `edit` fails, all of them are undone.
    ///
    /// # Errors
    /// The error of `edit`, with the session as it was before.
    ///
    /// ```
    /// use synthc_engine::session::{Session, SessionError};
    /// let mut session = Session::new();
    /// let result = session.batch(|s| {
    ///     s.set_tempo(90.0)?;
    ///     s.set_meter(0.0)
    /// });
    /// assert!(matches!(result, Err(SessionError::Meter { .. })));
    /// assert_eq!(session.tempo(), 120.0);
    /// ```
    pub fn batch<R, E>(&mut self, edit: impl FnOnce(&mut Self) -> Result<R, E>) -> Result<R, E> {
        let before = self.clone();
        edit(self).inspect_err(|_| *self = before)
    }

    /// A snapshot of everything, for scenes; costs a few reference counts.
    #[must_use]
    pub fn capture(&self) -> Self {
        self.clone()
    }

    /// Returns to a snapshot.
    pub fn restore(&mut self, snapshot: &Self) {
        self.clone_from(snapshot);
    }
}
