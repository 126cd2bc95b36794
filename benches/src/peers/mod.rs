//! Other engines beside synthc, in one run: `synthc-benches peers`.
//!
//! Engines that are commands are measured where they are installed; nothing of theirs is linked or
//! needed to build. Bursts of all contenders and of synthc are interleaved, minima are compared.

mod contender;
mod faust;
mod report;
mod tool;

use std::error::Error;
use std::time::Duration;

use synthc_ir::Precision;
use synthc_measure::{Bench, Effort, Row};

use crate::args::PeersArgs;
use crate::corpus;
use contender::Contender;

/// synthc's share of a round.
const EFFORT: Effort = Effort {
    burst: Duration::from_micros(500),
    bursts: 12,
    interpreter_bursts: 0,
};

/// Rounds after which contenders that are far from an engine's best are left out.
const TRIAL_ROUNDS: u32 = 2;

pub(crate) fn run(args: &PeersArgs) -> Result<(), Box<dyn Error>> {
    let subjects = corpus::load(&args.patches)?;
    let names: Vec<String> = subjects.iter().map(|s| s.name.clone()).collect();
    let mut versions = Vec::new();
    let mut contenders: Vec<Contender> = Vec::new();
    match faust::version() {
        Some(version) => {
            versions.push(version);
            contenders.extend(faust::contenders(&names)?);
        }
        None => eprintln!("faust is not installed: left out"),
    }
    let mut benches = Vec::new();
    for subject in &subjects {
        if contenders.iter().any(|c| c.patch == subject.name) {
            benches.push(Bench::new(subject, Precision::F32, &[64], EFFORT)?);
        }
    }
    for round in 0..args.rounds {
        eprintln!("round {} of {}", round + 1, args.rounds);
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
    let rows: Vec<Row> = benches.iter().flat_map(Bench::rows).collect();
    report::write(args, &versions, &rows, &contenders)
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
