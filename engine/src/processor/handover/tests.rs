//! No block copies more than its budget of delay lines, and all of them are copied.

use std::sync::Arc;

use synthc_ir::library::{delay, saw};
use synthc_ir::{BuildOptions, Graph, Precision};
use synthc_jit::{CompileOptions, Compiler, Target};

use super::budget::PER_LINE;
use super::*;
use crate::event::NodeKey;
use crate::plan::{BLOCK, NodeSpec, Plan, PlanSpec};
use crate::swap::Publication;

const RATE: f64 = 48_000.0;

/// A source with two delay lines of this many frames together, and what they hold at least.
fn plan(generation: u64, lanes: usize, voices: u16, frames: f64) -> PlanSpec<f64> {
    let tone = saw(110.0);
    let late = delay(tone.clone(), frames) + delay(tone * 0.5 + 0.1, frames);
    let options = BuildOptions {
        precision: Precision::F64,
        sample_rate: RATE,
        inputs: None,
    };
    let graph = Graph::build(&[late], &options).unwrap();
    let mut compiler = Compiler::new(Target::Host).unwrap();
    let options = CompileOptions {
        lanes,
        ..CompileOptions::default()
    };
    let program = compiler.compile(&graph, &options).unwrap();
    let mut node = NodeSpec::new(NodeKey(0), "poly", program);
    (node.voices, node.graph) = (voices, Some(Arc::new(graph)));
    let mut spec = PlanSpec::new(generation, RATE);
    spec.nodes = vec![node];
    spec
}

fn play(stage: &mut Stage<f64>, blocks: usize) {
    let mut mix = [[0.0; BLOCK]; 2];
    for _ in 0..blocks {
        stage.begin_block();
        stage.now = BLOCK;
        stage.render(&mut mix, None);
        stage.end_block(BLOCK as u64);
    }
}

/// Frames copied in each block until everything is there, while the old plan plays on.
fn copied(before: PlanSpec<f64>, after: PlanSpec<f64>) -> Vec<usize> {
    let plan = Arc::new(Plan::new(before).unwrap());
    let state = plan.instantiate();
    let mut old = Stage::new(Publication { plan, state });
    play(&mut old, 300);
    let plan = Arc::new(Plan::after(after, &old.plan).unwrap());
    let state = plan.instantiate_after(&old.plan);
    let mut coming = Stage::new(Publication { plan, state });
    coming.choose_heirs(&old);
    let mut copied = Vec::new();
    while !coming.copy_lines(&old) {
        copied.push(coming.copied);
        assert!(copied.len() < 1_000, "it never ends: {copied:?}");
        play(&mut old, 1);
    }
    copied.push(coming.copied);
    copied
}

/// Everything was copied, in more than one block, and in none more than `most`.
fn bounded(copied: &[usize], most: usize, at_least: usize) {
    let total: usize = copied.iter().sum();
    assert!(total >= at_least, "{total} of {at_least}: {copied:?}");
    assert!(copied.iter().all(|frames| *frames <= most), "{copied:?}");
    assert!(copied.len() >= total.div_ceil(most), "{copied:?}");
    assert!(copied.len() > 2, "{copied:?}");
}

#[test]
fn voices_that_move_to_other_lanes_are_copied_in_bounded_pieces() {
    let voices = 32;
    let copied = copied(plan(1, 8, voices, 5_000.0), plan(2, 4, voices, 5_000.0));
    let lines = 2 * usize::from(voices);
    bounded(&copied, VOICES_COPIED + PER_LINE * lines, 5_000 * lines);
}

#[test]
fn lines_that_change_their_size_are_copied_in_bounded_pieces() {
    let voices = 6;
    let copied = copied(plan(1, 1, voices, 9_000.0), plan(2, 1, voices, 20_000.0));
    let lines = 2 * usize::from(voices);
    bounded(&copied, COPIED + PER_LINE * lines, 9_000 * lines);
}
