//! The manifest: one entry per case.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Input, Rule};

/// All cases.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    /// The cases in the order of the file.
    pub cases: Vec<Case>,
}

/// One short `krs` function and what it must compute.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// Unique name.
    pub name: String,
    /// Python source that defines `patch`; `krs` and `math` are in scope.
    pub krs: String,
    /// Sample rate in Hz.
    pub sample_rate: f64,
    /// Frames to render.
    pub frames: usize,
    /// One generator per parameter of `patch`.
    pub inputs: Vec<Input>,
    /// The controls the function declares.
    pub controls: Vec<ControlRange>,
    /// Control changes; exact, unsmoothed.
    pub steps: Vec<Step>,
    /// Data files, one per output channel.
    pub outputs: Vec<String>,
    /// Limits by precision.
    pub compare: Compare,
}

/// A control as the reference declares it.
#[derive(Debug, Deserialize)]
pub struct ControlRange {
    /// Name.
    pub name: String,
    /// Value before the first step.
    pub init: f64,
}

/// (frame, control, value): the value holds from that very frame on.
#[derive(Debug, Deserialize)]
pub struct Step(pub u64, pub String, pub f64);

/// The rule of each precision.
#[derive(Debug, Deserialize)]
pub struct Compare {
    /// For 64-bit renders.
    pub f64: Rule,
    /// For 32-bit renders.
    pub f32: Rule,
}

impl Manifest {
    /// The folder of the references.
    #[must_use]
    pub fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("reference")
    }

    /// Reads `manifest.json`.
    ///
    /// # Errors
    /// When the file is missing or not of this form.
    pub fn load() -> Result<Self, Box<dyn std::error::Error>> {
        let text = std::fs::read_to_string(Self::folder().join("manifest.json"))?;
        Ok(serde_json::from_str(&text)?)
    }
}

impl Case {
    /// The expected samples, one vector per output channel.
    ///
    /// # Errors
    /// When a data file is missing.
    pub fn expected(&self) -> std::io::Result<Vec<Vec<f64>>> {
        self.outputs
            .iter()
            .map(|file| {
                let bytes = std::fs::read(Manifest::folder().join(file))?;
                let (words, _) = bytes.as_chunks::<8>();
                Ok(words.iter().map(|word| f64::from_le_bytes(*word)).collect())
            })
            .collect()
    }
}
