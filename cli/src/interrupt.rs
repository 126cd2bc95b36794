//! Ctrl-C (and `SIGTERM`): the first asks a command to end in order, the second ends it at once.
//!
//! Used where ending at once would leave something behind: a temporary file, a running device.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Exit status after an interruption, as shells count it: 128 and the number of `SIGINT`.
pub(crate) const STATUS: u8 = 130;

/// Whether somebody asked the command to end.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on signals set the flag instead of ending the process.
    pub(crate) fn watch() -> io::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // Actions run in order of registration: the first signal finds the flag unset and sets it.
            flag::register_conditional_shutdown(signal, STATUS.into(), Arc::clone(&asked))?;
            flag::register(signal, Arc::clone(&asked))?;
        }
        Ok(Self(asked))
    }

    /// Whether a signal has come.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
