//! Live figures: `synthc-benches live`. From a saved file to a published plan, what an audio callback
//! costs while plans are swapped and events storm, what a voice adds, and whole processes.

mod callbacks;
mod edits;
mod process;
mod voices;

use std::error::Error;
use std::path::{Path, PathBuf};

use serde::Serialize;
use synthc_engine::session::Session;
use synthc_lang::{Limits, Patch, SourceFile};
use synthc_measure::Machine;

use crate::args::{LiveArgs, Section};
pub(crate) use callbacks::{BACK_TO_BACK, Callbacks, DEVICE, Scenario, worst};
pub(crate) use edits::Edits;
pub(crate) use process::Processes;
pub(crate) use voices::{VoiceLoad, run_memory as voices_memory};

/// Sample rate of everything live.
const RATE: f64 = 48_000.0;

/// Live figures: those that were asked for.
#[derive(Serialize)]
pub(crate) struct Live {
    machine: Machine,
    pub(crate) edits: Vec<Edits>,
    pub(crate) callbacks: Vec<Callbacks>,
    pub(crate) voices: Vec<VoiceLoad>,
    pub(crate) processes: Option<Processes>,
}

impl Live {
    /// Measures some sections; all when none is named.
    pub(crate) fn measure(sections: &[Section]) -> Result<Self, Box<dyn Error>> {
        let wanted = |section| sections.is_empty() || sections.contains(&section);
        let mut live = Self {
            machine: Machine::this(),
            edits: Vec::new(),
            callbacks: Vec::new(),
            voices: Vec::new(),
            processes: None,
        };
        if wanted(Section::Edits) {
            live.edits = edits::measure()?;
        }
        if wanted(Section::Callbacks) {
            live.callbacks = callbacks::measure()?;
        }
        if wanted(Section::Voices) {
            live.voices = voices::measure()?;
        }
        if wanted(Section::Processes) {
            live.processes = Some(process::measure()?);
        }
        Ok(live)
    }

    /// The figures as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut sections = Vec::new();
        if !self.edits.is_empty() {
            sections.push(edits::markdown(&self.edits));
        }
        if !self.callbacks.is_empty() {
            sections.push(callbacks::markdown(&self.callbacks));
        }
        if !self.voices.is_empty() {
            sections.push(voices::markdown(&self.voices));
        }
        if let Some(processes) = &self.processes {
            sections.push(processes.markdown());
        }
        sections.join("\n")
    }
}

#[allow(
    clippy::print_stdout,
    reason = "the figures are what the program is for"
)]
pub(crate) fn run(args: &LiveArgs) -> Result<(), Box<dyn Error>> {
    let live = Live::measure(&args.sections)?;
    let text = live.markdown();
    println!("{}\n\n{text}", live.machine);
    if let Some(file) = &args.markdown {
        std::fs::write(file, &text)?;
    }
    if let Some(file) = &args.json {
        std::fs::write(file, serde_json::to_string_pretty(&live)?)?;
    }
    Ok(())
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../examples/{name}.py"))
}

/// A patch's text as a session.
fn session(text: &str) -> Result<Session, Box<dyn Error>> {
    let source = SourceFile::new("patch.py", text);
    let patch = Patch::load(source, Limits::default()).map_err(|e| e.to_string())?;
    Ok(patch.session().clone())
}

/// An example's text with something else in the place of one number of a node's function.
fn edited(text: &str, before: &str, instead: &str) -> Result<String, Box<dyn Error>> {
    let at = text.find(before).ok_or("the example has changed")? + before.len();
    let number = text[at..].find(|c: char| !c.is_ascii_digit() && c != '.');
    let end = at + number.unwrap_or(text.len() - at);
    Ok(format!("{}{instead}{}", &text[..at], &text[end..]))
}

/// Another number at every turn.
fn number(turn: usize) -> String {
    format!("{:.5}", 0.3 + 1e-5 * turn as f64)
}

/// Examples, what stands before a number in one of their functions, and a signal there.
const EXAMPLES: [(&str, &str, &str); 5] = [
    ("acid", "* amp * ", "amp"),
    ("beat", "* body * ", "body"),
    ("bell", "* loud * loud * ", "loud"),
    ("pad", "shape = env * ", "env"),
    ("pluck", "krs.feedback(loop)) * ", "gate"),
];
