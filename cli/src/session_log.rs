//! The log of a played session as a file: one JSON object a line, everything a replay needs and nothing else.
//!
//! The first line is the [`Header`]; `source` lines hold the text of the patch for every update, `heard` lines how far
//! the sound had come, so that the log of a player that was killed can be replayed too. An `input` line names the file
//! beside the log that holds what an input device delivered. All others are
//! [`synthc_engine::log::Entry`]s. `play --log` writes it, `render --replay` reads it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use synthc_engine::device::input::{MAX_CHANNELS, RecordedInput};
use synthc_engine::log::{Entry, Settings};
use synthc_engine::session::{NodeDefinition, Session};
use synthc_lang::{Limits, Patch, SourceFile};

use crate::failure::Failure;
use crate::input_node;
use crate::patch_file::patch_failure;

/// The version of the format that this build writes and reads.
pub(crate) const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Header {
    /// Version of the format.
    pub(crate) synthc_log: u32,
    /// Version of the program that wrote it.
    pub(crate) synthc: String,
    /// The machine it ran on; samples are the same, bit for bit, on the same kind.
    pub(crate) machine: String,
    /// Settings of the engine; its precision is that of `play`, 32 bits.
    pub(crate) settings: Settings,
}

impl Header {
    /// The header of a log that begins now.
    #[cfg(feature = "device")]
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            synthc_log: VERSION,
            synthc: env!("CARGO_PKG_VERSION").to_owned(),
            machine: machine(),
            settings,
        }
    }
}

/// A patch as it was given to the engine.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Source {
    /// Number of the update, from 1.
    pub(crate) update: u64,
    /// Seed of noise and random patterns.
    pub(crate) seed: u64,
    /// Name of the file, for messages.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// Where that is which an input delivered to the engine.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct InputFile {
    /// Name of a file in the folder of the log: raw little-endian 32-bit floats at the engine's rate.
    pub(crate) file: String,
    /// Interleaved channels: 1 or 2.
    pub(crate) channels: usize,
}

impl InputFile {
    /// The file that belongs to a log.
    #[cfg(feature = "device")]
    pub(crate) fn path_beside(log: &Path) -> PathBuf {
        let mut name = log.as_os_str().to_owned();
        name.push(".input.f32");
        name.into()
    }

    /// The entry of the file that belongs to a log.
    #[cfg(feature = "device")]
    pub(crate) fn beside(log: &Path, channels: usize) -> Self {
        let path = Self::path_beside(log);
        let name = path.file_name().unwrap_or_default();
        Self {
            file: name.to_string_lossy().into_owned(),
            channels,
        }
    }

    /// Reads it; a last frame that is not whole is left out.
    fn read(&self, log: &Path) -> Result<ReplayedInput, Failure> {
        let path = log.with_file_name(&self.file);
        let fail = |reason: &dyn std::fmt::Display| {
            Failure::Io(format!(
                "cannot read what the input delivered, {}: {reason}; the log {} cannot be replayed without it",
                path.display(),
                log.display()
            ))
        };
        if !(1..=MAX_CHANNELS).contains(&self.channels) {
            return Err(fail(&format_args!("{} channels", self.channels)));
        }
        let bytes = std::fs::read(&path).map_err(|e| fail(&e))?;
        let (words, _) = bytes.as_chunks::<4>();
        let frames: Vec<[f32; MAX_CHANNELS]> = words
            .chunks_exact(self.channels)
            .map(|frame| {
                let sample =
                    |channel: usize| frame.get(channel).map_or(0.0, |x| f32::from_le_bytes(*x));
                [sample(0), sample(1)]
            })
            .collect();
        let node = RecordedInput::new(self.channels, frames);
        Ok(ReplayedInput {
            short: node.short(),
            definition: NodeDefinition::own(node).map_err(Failure::io)?,
            path,
            missed: 0,
        })
    }
}

/// What an input delivered, to be played again.
#[derive(Debug)]
pub(crate) struct ReplayedInput {
    definition: NodeDefinition,
    /// Frames for which there was nothing left.
    short: Arc<AtomicU64>,
    /// The file.
    pub(crate) path: PathBuf,
    /// Frames of which the log says that they were not written.
    pub(crate) missed: u64,
}

impl ReplayedInput {
    /// Whether it has been asked for more than was recorded: what comes was not heard.
    pub(crate) fn is_over(&self) -> bool {
        self.short.load(Ordering::Relaxed) > 0
    }
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[allow(
    clippy::large_enum_variant,
    reason = "a line lives as long as it takes to write or read it"
)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// The first.
    Header(Header),
    /// The text of an update.
    Source(Source),
    /// So many frames have been heard.
    Heard(u64),
    /// What an input device delivered.
    Input(InputFile),
    /// The recording of the input has ended: the disk was too slow for so many frames and all that follow.
    InputMissed(u64),
    /// What the engine recorded.
    #[serde(untagged)]
    Entry(Entry),
}

/// What code is compiled for: the architecture, and the features that decide how sums are rounded.
pub(crate) fn machine() -> String {
    let mut machine = std::env::consts::ARCH.to_owned();
    #[cfg(target_arch = "x86_64")]
    for (feature, present) in [
        ("sse4.1", std::arch::is_x86_feature_detected!("sse4.1")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
    ] {
        if present {
            machine.push(' ');
            machine.push_str(feature);
        }
    }
    machine
}

/// A log, read and evaluated.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) header: Header,
    pub(crate) sessions: BTreeMap<u64, Session>,
    pub(crate) entries: Vec<Entry>,
    /// Frames that were heard.
    pub(crate) frames: u64,
    pub(crate) input: Option<ReplayedInput>,
}

/// Reads a log and evaluates the patches in it.
pub(crate) fn read(path: &Path) -> Result<Recorded, Failure> {
    let fail = |reason: &dyn std::fmt::Display| {
        Failure::Io(format!("cannot read the log {}: {reason}", path.display()))
    };
    let file = std::fs::File::open(path).map_err(|e| fail(&e))?;
    let mut lines = BufReader::new(file).lines();
    let no_log = "it is no log of synthc, which `synthc play --log` writes";
    let first = match lines.next() {
        Some(line) => line.map_err(|e| fail(&e))?,
        None => return Err(fail(&"it is empty")),
    };
    let version: serde_json::Value = serde_json::from_str(&first).map_err(|_| fail(&no_log))?;
    match version["header"]["synthc_log"].as_u64() {
        Some(version) if version == u64::from(VERSION) => {}
        Some(version) => {
            let reason = format!(
                "it has format {version}, this build reads {VERSION}; use the synthc that wrote it"
            );
            return Err(fail(&reason));
        }
        None => return Err(fail(&no_log)),
    }
    let Ok(Line::Header(header)) = serde_json::from_str(&first) else {
        return Err(fail(&"line 1 is no header"));
    };
    let mut recorded = Recorded {
        header,
        sessions: BTreeMap::new(),
        entries: Vec::new(),
        frames: 0,
        input: None,
    };
    for (number, line) in (2..).zip(lines) {
        let line = line.map_err(|e| fail(&e))?;
        match serde_json::from_str(&line) {
            Ok(Line::Header(_)) => return Err(fail(&format!("line {number} is a second header"))),
            Ok(Line::Source(source)) => {
                let mut session = evaluate(&source)?;
                if let Some(input) = &recorded.input {
                    input_node::connect(&mut session, &input.definition)?;
                }
                recorded.sessions.insert(source.update, session);
            }
            Ok(Line::Heard(frames)) => recorded.frames = frames,
            Ok(Line::Input(file)) => recorded.input = Some(file.read(path)?),
            Ok(Line::InputMissed(frames)) => {
                if let Some(input) = &mut recorded.input {
                    input.missed = frames;
                }
            }
            Ok(Line::Entry(entry)) => recorded.entries.push(entry),
            // A player that was killed leaves half a line; what follows the last `heard` is not replayed.
            Err(error) if error.is_eof() => break,
            Err(error) => return Err(fail(&format!("line {number}: {error}"))),
        }
    }
    Ok(recorded)
}

fn evaluate(source: &Source) -> Result<Session, Failure> {
    let file = SourceFile::new(source.path.clone(), source.text.as_str());
    let patch = Patch::load(file, Limits::default()).map_err(|error| patch_failure(&error))?;
    let mut session = patch.session().clone();
    session.set_seed(source.seed);
    Ok(session)
}
