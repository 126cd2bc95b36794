//! Which states share buffers, and that they do not run at a time.
//!
//! A carry hands delay buffers and tables from a state to its successor; the state that gave them away, a
//! *ghost*, may go on reading them for as long as it fades. All states of such a line of descent
//! share one flag, which [`Program::process`](crate::Program::process) holds while compiled code runs. States
//! that never shared anything do not touch it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Membership in a line of descent.
#[derive(Debug, Default)]
pub(crate) struct Kinship {
    running: Arc<AtomicBool>,
    /// The flag it had before it joined its ancestor's line. Kept, so that joining frees nothing.
    former: Option<Arc<AtomicBool>>,
    /// Whether there is, or was, another member.
    shared: bool,
}

/// That compiled code may run; given back to [`Kinship::leave`].
#[must_use]
#[derive(Debug)]
pub(crate) struct Turn(bool);

impl Kinship {
    /// Takes the turn; `None` while another member has it.
    pub(crate) fn enter(&self) -> Option<Turn> {
        if self.shared && self.running.swap(true, Ordering::Acquire) {
            return None;
        }
        Some(Turn(self.shared))
    }

    /// Ends the turn.
    #[allow(clippy::needless_pass_by_value, reason = "a turn is used up")]
    pub(crate) fn leave(&self, turn: Turn) {
        if turn.0 {
            self.running.store(false, Ordering::Release);
        }
    }

    /// Whether it has joined an ancestor's line before, or has a member that joined it.
    pub(crate) fn is_shared(&self) -> bool {
        self.shared
    }

    /// Joins the line of `ancestor`. Neither allocates nor frees when it is the first to be joined.
    pub(crate) fn join(&mut self, ancestor: &mut Self) {
        ancestor.shared = true;
        self.shared = true;
        if !Arc::ptr_eq(&self.running, &ancestor.running) {
            let own = std::mem::replace(&mut self.running, Arc::clone(&ancestor.running));
            self.former = Some(own);
        }
    }
}
