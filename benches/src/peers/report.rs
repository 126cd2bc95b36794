//! The tables of the comparison.

use std::fmt::Write;

use serde::Serialize;
use synthc_measure::{Machine, Row, geometric_mean};

use super::contender::{Contender, Controls};

/// synthc and other engines, measured side by side.
#[derive(Serialize)]
pub(crate) struct Comparison {
    pub(super) machine: Machine,
    /// Versions of the engines.
    pub(super) engines: Vec<String>,
    pub(super) rounds: u32,
    pub(super) synthc: Vec<Row>,
    pub(super) contenders: Vec<Contender>,
}

/// How many times faster synthc is, patch by patch; NaN where a figure is missing.
#[derive(Default)]
pub(crate) struct FaustRatios {
    pub(crate) patches: Vec<String>,
    pub(crate) resting_jit: Vec<f64>,
    pub(crate) resting_cpp: Vec<f64>,
    pub(crate) moving_jit: Vec<f64>,
    pub(crate) moving_cpp: Vec<f64>,
    pub(crate) compile_jit: Vec<f64>,
}

impl Comparison {
    /// All tables.
    pub(crate) fn markdown(&self) -> String {
        let engines = self.engines.join("; ");
        let machine = &self.machine;
        let mut text = format!("{machine}; {engines}\n\n{}", self.faust());
        text.push_str(&self.engines());
        text
    }

    /// The contender of a patch that is fastest of those whose engine begins so.
    fn best(&self, patch: &str, engine: &str, controls: Controls) -> Option<&Contender> {
        let same = self
            .contenders
            .iter()
            .filter(|c| c.patch == patch && c.controls == controls && c.engine.starts_with(engine));
        same.min_by(|a, b| a.ns_per_sample.min().total_cmp(&b.ns_per_sample.min()))
    }

    fn ns(&self, patch: &str, engine: &str, controls: Controls) -> f64 {
        let best = self.best(patch, engine, controls);
        best.map_or(f64::NAN, |c| c.ns_per_sample.min())
    }

    /// FAUST's time over synthc's, for every patch that FAUST has.
    pub(crate) fn faust_ratios(&self) -> FaustRatios {
        let mut all = FaustRatios::default();
        for row in &self.synthc {
            let ns = |engine: &str, controls| self.ns(&row.name, engine, controls);
            let Some(jit) = self.best(&row.name, "FAUST", Controls::Resting) else {
                continue;
            };
            let jit = self
                .best(&row.name, "FAUST JIT", Controls::Resting)
                .unwrap_or(jit);
            let (rest, moving) = (row.ns_per_sample.compiled, row.ns_per_sample.moving);
            all.patches.push(row.name.clone());
            all.resting_jit
                .push(ns("FAUST JIT", Controls::Resting) / rest);
            all.resting_cpp
                .push(ns("FAUST C++", Controls::Resting) / rest);
            all.moving_jit
                .push(ns("FAUST JIT", Controls::Moving) / moving);
            all.moving_cpp
                .push(ns("FAUST C++", Controls::Moving) / moving);
            all.compile_jit
                .push(jit.compile_ms.min() / row.compile_ms.min);
        }
        all
    }
}

const FAUST_HEAD: &str = "\
| patch | at rest: synthc ns | raw FAUST: JIT | best C++ | × JIT | × C++ | moving: synthc ns | smoothed FAUST: JIT | best C++ | × JIT | × C++ | compile ms: synthc | JIT (CPU) | g++ | × JIT | FAUST's version |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
";

impl Comparison {
    /// Against FAUST: at rest against raw controls, moving against smoothed ones.
    fn faust(&self) -> String {
        let mut text = FAUST_HEAD.to_owned();
        let ratios = self.faust_ratios();
        for (i, patch) in ratios.patches.iter().enumerate() {
            let ns = |engine: &str, controls| short(self.ns(patch, engine, controls));
            let compile = |engine: &str| {
                let best = self.best(patch, engine, Controls::Resting);
                best.map_or(f64::NAN, |c| c.compile_ms.min())
            };
            let cpp = self.best(patch, "FAUST C++", Controls::Resting);
            let program = cpp.or_else(|| self.best(patch, "FAUST JIT", Controls::Resting));
            let way = cpp.map_or("", |c| c.engine.trim_start_matches("FAUST C++").trim());
            let way = match (cpp, way) {
                (None, _) => String::new(),
                (Some(_), "") => " (plain)".to_owned(),
                (Some(_), way) => format!(" ({way})"),
            };
            let Some(row) = self.synthc.iter().find(|row| row.name == *patch) else {
                continue;
            };
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {} | {} | {} | {}{way} | {} | {} | {} | {} | {} | {} | {} | {:.2} | {} | {} | {} | {} |",
                patch,
                short(row.ns_per_sample.compiled),
                ns("FAUST JIT", Controls::Resting),
                ns("FAUST C++", Controls::Resting),
                times(ratios.resting_jit[i]),
                times(ratios.resting_cpp[i]),
                short(row.ns_per_sample.moving),
                ns("FAUST JIT", Controls::Moving),
                ns("FAUST C++", Controls::Moving),
                times(ratios.moving_jit[i]),
                times(ratios.moving_cpp[i]),
                row.compile_ms.min,
                whole(compile("FAUST JIT")),
                whole(compile("FAUST C++")),
                whole(ratios.compile_jit[i]),
                program.map_or("", |c| &c.differs),
            );
        }
        let faster = |all: &[f64]| all.iter().filter(|x| **x > 1.0).count();
        let worst = |all: &[f64]| all.iter().copied().fold(f64::NAN, f64::min);
        let _ = writeln!(text);
        for (name, all) in [
            (
                "at rest, against the JIT with raw controls",
                &ratios.resting_jit,
            ),
            (
                "at rest, against the best C++ with raw controls",
                &ratios.resting_cpp,
            ),
            (
                "moving, against the JIT with smoothed controls",
                &ratios.moving_jit,
            ),
            (
                "moving, against the best C++ with smoothed controls",
                &ratios.moving_cpp,
            ),
            ("compiling, against the JIT", &ratios.compile_jit),
        ] {
            let _ = writeln!(
                text,
                "* {name}: {:.1} × (geometric mean), faster on {} of {}, worst {:.2} ×",
                geometric_mean(all.iter().copied()),
                faster(all),
                all.iter().filter(|x| x.is_finite()).count(),
                worst(all),
            );
        }
        // One patch is all `tanh`: what the C library takes for it says little about the rest.
        let without = |all: &[f64]| {
            let others = all.iter().zip(&ratios.patches);
            geometric_mean(
                others
                    .filter(|(_, patch)| *patch != "shaper30")
                    .map(|(x, _)| *x),
            )
        };
        let _ = writeln!(
            text,
            "* against the JIT without shaper30: {:.1} × at rest, {:.1} × moving",
            without(&ratios.resting_jit),
            without(&ratios.moving_jit)
        );
        text
    }
}

/// Engines of unit generators, which play P1 to P8.
const ENGINES: [&str; 5] = ["fundsp static", "fundsp Net", "knyst", "scsynth", "Csound"];

impl Comparison {
    /// Ratios of all engines of unit generators to synthc, controls at rest: (patch, engine, ratio).
    pub(crate) fn engine_ratios(&self) -> Vec<(&str, &str, f64)> {
        let mut all = Vec::new();
        for row in &self.synthc {
            for engine in ENGINES {
                let ns = self.ns(&row.name, engine, Controls::Moving);
                if ns.is_finite() {
                    all.push((row.name.as_str(), engine, ns / row.ns_per_sample.compiled));
                }
            }
        }
        all
    }

    /// Against engines of unit generators.
    fn engines(&self) -> String {
        let mut text = "\n| patch | synthc ns |".to_owned();
        for engine in ENGINES {
            let _ = write!(text, " {engine} ns | × | what differs |");
        }
        text.push_str("\n|---|---|");
        text.push_str(&"---|---|---|".repeat(ENGINES.len()));
        text.push('\n');
        for row in &self.synthc {
            let best = |engine: &str| self.best(&row.name, engine, Controls::Moving);
            if ENGINES.iter().all(|engine| best(engine).is_none()) {
                continue;
            }
            let own = row.ns_per_sample.compiled;
            let _ = write!(text, "| {} | {} |", row.name, short(own));
            for engine in ENGINES {
                let ns = best(engine).map_or(f64::NAN, |c| c.ns_per_sample.min());
                let differs = best(engine).map_or("", |c| &c.differs);
                let _ = write!(text, " {} | {} | {differs} |", short(ns), times(ns / own));
            }
            text.push('\n');
        }
        text
    }
}

/// A ratio.
fn times(x: f64) -> String {
    if x.is_finite() {
        format!("{x:.1}")
    } else {
        "–".to_owned()
    }
}

/// No digits behind the point.
fn whole(x: f64) -> String {
    if x.is_finite() {
        format!("{x:.0}")
    } else {
        "–".to_owned()
    }
}

/// Three significant digits.
fn short(x: f64) -> String {
    match x {
        x if !x.is_finite() => "–".to_owned(),
        x if x < 10.0 => format!("{x:.2}"),
        x if x < 100.0 => format!("{x:.1}"),
        x => format!("{x:.0}"),
    }
}
