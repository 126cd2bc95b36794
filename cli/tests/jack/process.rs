//! Processes that end with the test, and waiting for conditions.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// How long a condition may take on a slow and busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// How often a condition without a signal of its own is looked at: the processes that are waited for need the
/// machine more than the test does.
const GLANCE: Duration = Duration::from_millis(5);

/// A process that ends with the test.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        Self(
            command.spawn().unwrap_or_else(|e| {
                panic!("this test needs `{name}` (tests/run installs it): {e}")
            }),
        )
    }

    /// Asks it to end with a signal, and waits; whether it ended by itself.
    pub(crate) fn ask_to_end(&mut self, signal: &str) -> bool {
        let id = self.0.id().to_string();
        let asked = Command::new("kill").args([signal, &id]).status();
        asked.is_ok_and(|status| status.success())
            && within(PATIENCE, || self.0.try_wait().ok().flatten()).is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks until there is an answer, or the time is over.
pub(crate) fn within<T>(time: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + time;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() >= end {
            return None;
        }
        std::thread::park_timeout(GLANCE);
    }
}
