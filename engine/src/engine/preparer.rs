//! Compiling ahead of an update, on another thread.

use std::sync::Arc;

use synthc_jit::Sample;

use super::Engine;
use super::programs::Programs;
use crate::session::Session;

/// Compiles what an update to a session will need, while the engine goes on: [`Engine::update`] finds finished code then.
///
/// Whoever calls [`Engine::tick`] every few milliseconds cannot compile for longer than the engine plans ahead
/// ([`EngineConfig::horizon`](super::EngineConfig::horizon)): notes would come late. Take a preparer, let another thread
/// [prepare](Self::prepare) the session, and update to it when that is done.
///
/// ```
/// use synthc_engine::session::{NodeDefinition, NodeOptions};
/// use synthc_engine::{Engine, EngineConfig, Session};
/// use synthc_ir::library::sine_osc;
///
/// let (mut engine, _processor) = Engine::<f32>::new(EngineConfig::new(48_000.0))?;
/// let mut session = Session::new();
/// let tone = NodeDefinition::source([sine_osc(440.0) * 0.1])?;
/// session.node("tone", tone, NodeOptions::default())?;
/// let (mut preparer, ahead) = (engine.preparer(), session.clone());
/// let work = std::thread::spawn(move || preparer.prepare(&ahead));
/// // … ticks …
/// let compiled = work.join().expect("it does not panic");
/// assert_eq!(compiled.len(), 1);
/// assert_eq!(engine.update(&session)?.compiled.len(), 0, "found");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Preparer<T: Sample> {
    programs: Programs<T>,
}

impl<T: Sample> Engine<T> {
    /// What compiles for this engine on another thread, from what the engine knows now.
    #[must_use]
    pub fn preparer(&self) -> Preparer<T> {
        Preparer {
            programs: self.programs.sibling(),
        }
    }
}

impl<T: Sample> Preparer<T> {
    /// Compiles the nodes of a session that the engine has no code for, and keeps the code where the engine finds it; the
    /// names of those that were compiled, none when one does not compile: the update says why.
    pub fn prepare(&mut self, session: &Session) -> Vec<Arc<str>> {
        let got = self.programs.get_all(session.nodes(), None);
        let compiled = got.into_iter().flatten().zip(session.nodes());
        compiled
            .filter(|((_, cost), _)| cost.is_some_and(|cost| cost.compiled))
            .map(|(_, (name, _))| name.clone())
            .collect()
    }
}
