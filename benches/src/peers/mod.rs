//! Other engines beside synthc, in one run: `synthc-benches peers`.
//!
//! Engines that are commands are measured where they are installed; nothing of theirs is linked or
//! needed to build. Bursts of all contenders and of synthc are interleaved, minima are compared.

mod contender;
mod csound;
mod faust;
mod library;
mod offline;
mod report;
mod supercollider;
mod tool;

use std::error::Error;
use std::time::Duration;

use synthc_ir::Precision;
use synthc_measure::{Bench, Effort, Machine};

use crate::args::PeersArgs;
use crate::corpus;
use contender::Contender;
use library::LIBRARIES;
pub(crate) use report::Comparison;

/// synthc's share of a round.
const EFFORT: Effort = Effort {
    burst: Duration::from_micros(500),
    bursts: 12,
    interpreter_bursts: 0,
};

/// Rounds after which contenders that are far from an engine's best are left out.
const TRIAL_ROUNDS: u32 = 2;

/// Prints the comparison, and saves it where it is asked to.
#[allow(
    clippy::print_stdout,
    reason = "the tables are what the program is for"
)]
pub(crate) fn run(args: &PeersArgs) -> Result<(), Box<dyn Error>> {
    let comparison = measure(&args.patches, args.rounds)?;
    let text = comparison.markdown();
    println!("{text}");
    if let Some(file) = &args.markdown {
        std::fs::write(file, &text)?;
    }
    if let Some(file) = &args.json {
        std::fs::write(file, serde_json::to_string_pretty(&comparison)?)?;
    }
    Ok(())
}

/// Measures all engines that are there on the patches that they have.
pub(crate) fn measure(patches: &[String], rounds: u32) -> Result<Comparison, Box<dyn Error>> {
    let subjects = corpus::load(patches)?;
    let names: Vec<String> = subjects.iter().map(|s| s.name.clone()).collect();
    let mut engines = Vec::new();
    let mut contenders: Vec<Contender> = Vec::new();
    match faust::version() {
        Some(version) => {
            engines.push(version);
            contenders.extend(faust::contenders(&names)?);
        }
        None => eprintln!("faust is not installed: left out"),
    }
    match supercollider::version() {
        Some(version) => {
            engines.push(version);
            contenders.extend(supercollider::contenders(&names)?);
        }
        None => eprintln!("scsynth is not installed: left out"),
    }
    match csound::version() {
        Some(version) => {
            engines.push(version);
            contenders.extend(csound::contenders(&names)?);
        }
        None => eprintln!("csound is not installed: left out"),
    }
    for library in &LIBRARIES {
        match library.contenders(&names) {
            Ok(all) => {
                engines.push(library.version.to_owned());
                contenders.extend(all);
            }
            Err(error) => eprintln!("{} is left out: {error}", library.version),
        }
    }
    let mut benches = Vec::new();
    for subject in &subjects {
        if contenders.iter().any(|c| c.patch == subject.name) {
            benches.push(Bench::new(subject, Precision::F32, &[64], EFFORT)?);
        }
    }
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        if round == TRIAL_ROUNDS {
            drop_stragglers(&mut contenders);
        }
        for bench in &mut benches {
            bench.round()?;
        }
        for contender in &mut contenders {
            contender.round()?;
        }
    }
    Ok(Comparison {
        machine: Machine::this(),
        engines,
        rounds,
        synthc: benches.iter().flat_map(Bench::rows).collect(),
        contenders,
    })
}

/// Of the ways in which one engine makes C++ of a patch, those that are 30 % slower than the best
/// will not win.
fn drop_stragglers(contenders: &mut Vec<Contender>) {
    let best = |contender: &Contender, all: &[Contender]| {
        let same = all.iter().filter(|other| {
            other.patch == contender.patch
                && other.controls == contender.controls
                && other.engine.starts_with("FAUST C++")
        });
        same.map(|other| other.ns_per_sample.min())
            .fold(f64::INFINITY, f64::min)
    };
    let keep: Vec<bool> = contenders
        .iter()
        .map(|c| {
            !c.engine.starts_with("FAUST C++") || c.ns_per_sample.min() <= 1.3 * best(c, contenders)
        })
        .collect();
    let mut keep = keep.into_iter();
    contenders.retain(|_| keep.next().unwrap_or(true));
}
