//! Something that is measured beside synthc.

use std::error::Error;

use serde::Serialize;
use synthc_measure::Spread;

/// What a contender's controls do while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Controls {
    /// They rest; nothing smooths them.
    Resting,
    /// They move, smoothed in every frame.
    Moving,
}

/// The outcome of one burst.
#[derive(Clone, Copy, Debug)]
pub(super) struct Burst {
    /// Nanoseconds per sample.
    pub(super) ns: f64,
    /// Milliseconds of compiling, where a burst compiles.
    pub(super) compile_ms: Option<f64>,
}

/// Runs one burst.
pub(super) type Run = Box<dyn FnMut() -> Result<Burst, Box<dyn Error>>>;

/// An engine's version of a patch.
#[derive(Serialize)]
pub(super) struct Contender {
    pub(super) patch: String,
    /// The engine, and how its code was made.
    pub(super) engine: String,
    pub(super) controls: Controls,
    /// What it does that synthc's patch does otherwise.
    pub(super) differs: String,
    pub(super) compile_ms: Spread,
    pub(super) ns_per_sample: Spread,
    /// Whether every burst refines the figure of those before, instead of being one of its own.
    #[serde(skip)]
    pub(super) refines: bool,
    #[serde(skip)]
    pub(super) run: Run,
}

impl Contender {
    /// Measures once more.
    pub(super) fn round(&mut self) -> Result<(), Box<dyn Error>> {
        let burst = (self.run)().map_err(|e| format!("{} by {}: {e}", self.patch, self.engine))?;
        if self.refines {
            self.ns_per_sample = Spread::default();
        }
        self.ns_per_sample.push(burst.ns);
        if let Some(ms) = burst.compile_ms {
            self.compile_ms.push(ms);
        }
        Ok(())
    }
}

/// The comment lines at the top of a source, without the comment sign.
pub(super) fn remark(source: &str, sign: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix(sign));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}
