//! Writes the log of a played session, line by line as things happen.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use synthc_engine::log::{Entry, Settings};

use crate::failure::Failure;
use crate::session_log::{Header, InputFile, Line, Source};

/// A log that is being written.
#[derive(Debug)]
pub(super) struct LogWriter {
    out: BufWriter<File>,
    path: PathBuf,
}

impl LogWriter {
    /// Replaces the file at `path` by a log without entries.
    pub(super) fn create(path: &Path, settings: Settings) -> Result<Self, Failure> {
        let file = File::create(path)
            .map_err(|e| Failure::Io(format!("cannot write the log {}: {e}", path.display())))?;
        let mut log = Self {
            out: BufWriter::new(file),
            path: path.to_owned(),
        };
        log.line(&Line::Header(Header::new(settings)))?;
        Ok(log)
    }

    /// What the input delivers is in that file. Goes before the first patch.
    pub(super) fn input(&mut self, input: InputFile) -> Result<(), Failure> {
        self.line(&Line::Input(input))
    }

    /// The recording of the input has ended: so many frames were not written.
    pub(super) fn input_missed(&mut self, frames: u64) -> Result<(), Failure> {
        self.line(&Line::InputMissed(frames))
    }

    /// The patch of an update. Goes before the entries of the update.
    pub(super) fn source(&mut self, source: Source) -> Result<(), Failure> {
        self.line(&Line::Source(source))
    }

    /// What happened.
    pub(super) fn entries(&mut self, entries: Vec<Entry>) -> Result<(), Failure> {
        for entry in entries {
            self.line(&Line::Entry(entry))?;
        }
        Ok(())
    }

    /// Marks how far a replay can go, and puts everything into the file.
    pub(super) fn mark(&mut self, heard: u64) -> Result<(), Failure> {
        self.line(&Line::Heard(heard))?;
        self.out.flush().map_err(|e| self.failure(&e))
    }

    fn line(&mut self, line: &Line) -> Result<(), Failure> {
        let text = serde_json::to_string(line).map_err(|e| self.failure(&e))?;
        writeln!(self.out, "{text}").map_err(|e| self.failure(&e))
    }

    fn failure(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::Io(format!(
            "cannot write the log {}: {error}",
            self.path.display()
        ))
    }
}
