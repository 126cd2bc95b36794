//! The block interpreter gives the bits of the evaluator, however its blocks are cut.

use proptest::prelude::*;

use super::*;
use crate::BuildOptions;
use crate::signal::{DelayMax, Line, Signal, Table};
use crate::testing::{INPUTS, RandomGraph, Script, differing_frame, graphs, scripts, signals};

/// Runs a script in blocks of the given lengths, over and over; blocks are cut at control changes.
fn run(graph: &Graph, script: &Script, blocks: &[usize]) -> Vec<f64> {
    let mut interpreter = BlockInterpreter::new(graph, script.seed);
    let channels = graph.outputs().len();
    let mut all = vec![0.0; script.frames * channels];
    let (mut first, mut blocks) = (0, blocks.iter().cycle());
    while first < script.frames {
        for &(at, control, value) in &script.changes {
            if at == first && control < graph.controls().len() {
                interpreter.set(ControlId::new(control), value);
            }
        }
        let changes = script.changes.iter().map(|change| change.0);
        let cut = changes.filter(|&at| at > first).min();
        let end = (first + blocks.next().copied().unwrap_or(1)).min(script.frames);
        let end = cut.map_or(end, |cut| end.min(cut));
        let frames: Vec<Vec<f64>> = (first..end).map(|frame| script.inputs(frame)).collect();
        let inputs: Vec<Vec<f64>> = (0..INPUTS as usize)
            .map(|i| frames.iter().map(|frame| frame[i]).collect())
            .collect();
        let inputs: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
        let mut buffers = vec![vec![0.0; end - first]; channels];
        let mut outputs: Vec<&mut [f64]> = buffers.iter_mut().map(Vec::as_mut_slice).collect();
        interpreter.process(&inputs, &mut outputs);
        for (channel, buffer) in buffers.iter().enumerate() {
            for (i, &y) in buffer.iter().enumerate() {
                all[(first + i) * channels + channel] = y;
            }
        }
        first = end;
    }
    all
}

fn any_graph() -> impl Strategy<Value = RandomGraph> {
    let precision = prop_oneof![Just(Precision::F32), Just(Precision::F64)];
    precision.prop_flat_map(|precision| graphs(precision, 40))
}

fn any_blocks() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![1..4_usize, 1..200_usize, Just(64)], 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_graphs_have_the_bits_of_the_evaluator_in_any_blocks(
        graph in any_graph(),
        script in scripts(300),
        blocks in any_blocks(),
    ) {
        let expected = script.evaluate(&graph.0);
        let found = run(&graph.0, &script, &blocks);
        prop_assert_eq!(differing_frame(&expected, &found), None);
    }

    #[test]
    fn random_signals_have_the_bits_of_the_evaluator_in_any_blocks(
        signals in signals(30),
        script in scripts(300),
        blocks in any_blocks(),
    ) {
        let options = BuildOptions { inputs: Some(INPUTS), ..Default::default() };
        if let Ok(graph) = Graph::build(&signals.0, &options) {
            let expected = script.evaluate(&graph);
            let found = run(&graph, &script, &blocks);
            prop_assert_eq!(differing_frame(&expected, &found), None);
        }
    }
}

fn script(frames: usize) -> Script {
    Script {
        frames,
        seed: 7,
        changes: Vec::new(),
    }
}

#[track_caller]
fn same(outputs: &[Signal]) {
    let options = BuildOptions {
        inputs: Some(INPUTS),
        ..Default::default()
    };
    let graph = Graph::build(outputs, &options).expect("a well-formed signal");
    let script = script(700);
    let expected = script.evaluate(&graph);
    for blocks in [&[64][..], &[1], &[63, 65, 1], &[512]] {
        let found = run(&graph, &script, blocks);
        assert_eq!(
            differing_frame(&expected, &found),
            None,
            "blocks {blocks:?}"
        );
    }
}

/// A loop through a line that is never read nearer than `frames`.
fn echo(frames: i32) -> Signal {
    let line = Line::new(frames.cast_unsigned(), DelayMax::Frames(f64::from(frames)));
    let y = Signal::input(0) + 0.5 * line.read(&Signal::int(frames));
    line.bind(&y, &y)
}

#[test]
fn loops_through_lines_shorter_and_longer_than_a_chunk_are_exact() {
    let loops: Vec<Signal> = [1, 2, 63, 64, 65, 128, 300].map(echo).to_vec();
    same(&loops);
}

#[test]
fn a_written_table_is_read_after_the_write_of_its_frame() {
    let table = Table::written(5, 0.25);
    let at = (Signal::input(1).abs() * 5.0).to_i32();
    let read = table.read(&Signal::int(3)) + table.read(&at);
    same(&[table.bind(&at, &Signal::input(0), &read)]);
}

#[test]
fn loops_through_long_lines_run_by_chunks_and_short_ones_by_frames() {
    let recurrent = |signal: &Signal| {
        let graph = Graph::build(std::slice::from_ref(signal), &BuildOptions::default());
        let plan = Plan::new(&graph.expect("a well-formed signal"));
        plan.units.iter().any(|unit| unit.recurrent)
    };
    assert!(!recurrent(&echo(64)));
    assert!(recurrent(&echo(63)));
}
