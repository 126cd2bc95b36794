//! How a command ends when it does not succeed: a text for the person and an exit status for the
//! script.

use std::process::ExitCode;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The patch is wrong; the text is the rendered diagnostics.
    Patch(String),
    /// The command line asks for something that is not there.
    Usage(String),
    /// A file or a device failed.
    Io(String),
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

impl Failure {
    /// An input/output failure from an error's own text.
    pub(crate) fn io(error: impl std::fmt::Display) -> Self {
        Self::Io(error.to_string())
    }

    /// Prints the text to standard error and gives the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            // `check` has printed its diagnostics already.
            Self::Patch(text) if text.is_empty() => {}
            Self::Patch(text) => eprintln!("{}", text.trim_end()),
            Self::Usage(text) | Self::Io(text) => eprintln!("error: {}", text.trim_end()),
            Self::Interrupted => eprintln!("interrupted: nothing was written"),
        }
        ExitCode::from(match self {
            Self::Patch(_) => 1,
            Self::Usage(_) => 2,
            Self::Io(_) => 3,
            Self::Interrupted => crate::interrupt::STATUS,
        })
    }
}
