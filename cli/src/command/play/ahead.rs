//! A text of the patch that is evaluated, and what is new in it compiled, while the player goes on.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::Instant;

use synthc_engine::engine::Preparer;
use synthc_lang::Patch;

use super::source::{Wake, Watched, evaluate};
use crate::failure::Failure;

/// A patch that an update finds finished code for, and the nodes that were compiled; or why there is none.
pub(super) type Prepared = Result<(Patch, Vec<Arc<str>>), Failure>;

/// The work on a text.
pub(super) struct Ahead {
    text: String,
    noticed: Instant,
    prepared: Receiver<Prepared>,
}

impl Ahead {
    /// Begins with the present text of a file, on a thread; wakes whoever waits for the file when it is done.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn of(watched: &Watched, mut preparer: Preparer<f32>) -> Result<Self, Failure> {
        let (done, prepared) = channel();
        let (source, waker) = (watched.source(), watched.waker());
        let work = move || {
            let patch = evaluate(source).map(|patch| {
                let compiled = preparer.prepare(patch.session());
                (patch, compiled)
            });
            // The player has ended when nobody waits.
            let _ = done.send(patch);
            let _ = waker.send(Wake::Done);
        };
        let thread = thread::Builder::new().name("synthc-prepare".to_owned());
        thread.spawn(work).map_err(Failure::io)?;
        Ok(Self {
            text: watched.text().to_owned(),
            noticed: watched.noticed(),
            prepared,
        })
    }

    /// What came of it, once it is done.
    pub(super) fn prepared(&self) -> Option<Prepared> {
        match self.prepared.try_recv() {
            Ok(prepared) => Some(prepared),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(Failure::Patch(
                "error: synthc has a mistake that this patch has found; please report it"
                    .to_owned(),
            ))),
        }
    }

    /// When it was seen that the text had come.
    pub(super) fn noticed(&self) -> Instant {
        self.noticed
    }

    /// The text.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}
