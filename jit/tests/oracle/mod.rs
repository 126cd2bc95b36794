//! Comparison of compiled code with the evaluator.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::sync::Arc;

use synthc_ir::graph::ControlId;
use synthc_ir::testing::Script;
use synthc_ir::{Control, Evaluator, Graph, Smoothing};
use synthc_jit::{CompileOptions, Compiler, Level, Program, Sample, State, Target};

pub(crate) fn strict() -> CompileOptions {
    CompileOptions {
        level: Level::Strict,
        ..CompileOptions::default()
    }
}

pub(crate) fn compile<T: Sample>(graph: &Graph, options: &CompileOptions) -> Program<T> {
    let mut compiler = Compiler::new(options.target).expect("a code generator for this machine");
    compiler
        .compile(graph, options)
        .expect("a compilable graph")
}

/// A deterministic input sample.
pub(crate) fn input(channel: usize, frame: usize) -> f64 {
    let x = (frame * 7919 + channel * 104_729 + 13) % 2003;
    f64::from(u32::try_from(x).unwrap()) / 1001.5 - 1.0
}

/// What a run does: control changes by frame, ascending.
pub(crate) type Changes = Vec<(usize, usize, f64)>;

/// Every output of every frame, by the evaluator.
pub(crate) fn evaluate(graph: &Graph, frames: usize, changes: &Changes, seed: u64) -> Vec<f64> {
    let mut evaluator = Evaluator::new(graph, seed);
    let mut all = Vec::new();
    for frame in 0..frames {
        for &(_, control, value) in changes.iter().filter(|change| change.0 == frame) {
            evaluator.set(ControlId::new(control), value);
        }
        let inputs: Vec<f64> = (0..graph.input_count() as usize)
            .map(|channel| input(channel, frame))
            .collect();
        all.extend_from_slice(evaluator.frame(&inputs));
    }
    all
}

/// The same by a program, in blocks of the given lengths in turn, cut at control changes.
pub(crate) fn run<T: Sample>(
    program: &Program<T>,
    frames: usize,
    changes: &Changes,
    seed: u64,
    blocks: &[usize],
) -> Vec<f64> {
    let mut state = program.instantiate(seed);
    run_state(program, &mut state, frames, changes, blocks)
}

pub(crate) fn run_state<T: Sample>(
    program: &Program<T>,
    state: &mut State<T>,
    frames: usize,
    changes: &Changes,
    blocks: &[usize],
) -> Vec<f64> {
    let channels = program.output_count();
    let mut all = vec![0.0; frames * channels];
    let mut lengths = blocks.iter().copied().cycle();
    let mut first = 0;
    loop {
        for &(_, control, value) in changes.iter().filter(|change| change.0 == first) {
            state.set_control(control, value);
        }
        if first == frames {
            return all;
        }
        let next = changes.iter().map(|change| change.0);
        let next = next.filter(|&frame| frame > first).min();
        let len = lengths.next().unwrap_or(64).min(frames - first);
        let len = next.map_or(len, |next| len.min(next - first));
        let inputs: Vec<Vec<T>> = (0..program.input_count())
            .map(|channel| {
                let samples = first..first + len;
                samples
                    .map(|frame| T::from_f64(input(channel, frame)))
                    .collect()
            })
            .collect();
        let inputs: Vec<&[T]> = inputs.iter().map(Vec::as_slice).collect();
        let mut outputs = vec![vec![T::default(); len]; channels];
        let mut slices: Vec<&mut [T]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
        program
            .process(state, &inputs, &mut slices, &[])
            .expect("slices that fit");
        for (channel, output) in outputs.iter().enumerate() {
            for (frame, sample) in output.iter().enumerate() {
                all[(first + frame) * channels + channel] = sample.to_f64();
            }
        }
        first += len;
    }
}

/// Fails at the first value whose bits differ; NaNs are one.
pub(crate) fn assert_same(expected: &[f64], given: &[f64], what: &str) {
    assert_eq!(expected.len(), given.len(), "{what}");
    for (i, (a, b)) in expected.iter().zip(given).enumerate() {
        let same = a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
        assert!(same, "{what}: value {i} is {b:?} instead of {a:?}");
    }
}

/// Compiles strictly and compares with the evaluator.
pub(crate) fn assert_strict<T: Sample>(graph: &Graph, frames: usize, changes: &Changes) {
    for target in [Target::Host, Target::Baseline] {
        let options = CompileOptions { target, ..strict() };
        let program = compile::<T>(graph, &options);
        let expected = evaluate(graph, frames, changes, 7);
        let given = run(&program, frames, changes, 7, &[1, 0, 5, 64]);
        assert_same(&expected, &given, &format!("{target:?}\n{graph}"));
    }
}

/// What the evaluator makes of a script.
pub(crate) fn evaluate_script(graph: &Graph, script: &Script) -> Vec<f64> {
    script.evaluate(graph)
}

/// The same by a program, in blocks of the given lengths in turn. With `moving`, controls are given
/// frame by frame, but rest in every other block in which they stay the same.
pub(crate) fn run_script<T: Sample>(
    program: &Program<T>,
    script: &Script,
    blocks: &[usize],
    moving: bool,
) -> Vec<f64> {
    let mut state = program.instantiate(script.seed);
    let mut all = Vec::new();
    let mut lengths = blocks.iter().copied().cycle();
    let mut first = 0;
    let mut round = 0;
    while first < script.frames {
        let mut len = lengths.next().unwrap_or(64).min(script.frames - first);
        round += 1;
        if !moving {
            let changes = script.changes.iter().map(|change| change.0);
            let next = changes.filter(|&frame| frame > first).min();
            len = next.map_or(len, |next| len.min(next - first));
        }
        all.extend(block(
            program,
            &mut state,
            script,
            first..first + len,
            moving,
            round,
        ));
        first += len;
    }
    all
}

/// A part of a script, cut at control changes only.
pub(crate) fn run_part<T: Sample>(
    program: &Program<T>,
    state: &mut State<T>,
    script: &Script,
    frames: std::ops::Range<usize>,
) -> Vec<f64> {
    let mut all = Vec::new();
    let mut first = frames.start;
    while first < frames.end {
        let changes = script.changes.iter().map(|change| change.0);
        let next = changes.filter(|&frame| frame > first).min();
        let last = next.map_or(frames.end, |next| next.min(frames.end));
        all.extend(block(program, state, script, first..last, false, 0));
        first = last;
    }
    all
}

fn block<T: Sample>(
    program: &Program<T>,
    state: &mut State<T>,
    script: &Script,
    frames: std::ops::Range<usize>,
    moving: bool,
    round: usize,
) -> Vec<f64> {
    let columns = |rows: Vec<Vec<f64>>, count: usize| -> Vec<Vec<T>> {
        let column = |i| rows.iter().map(|row| T::from_f64(row[i])).collect();
        (0..count).map(column).collect()
    };
    let inputs = columns(
        frames.clone().map(|f| script.inputs(f)).collect(),
        program.input_count(),
    );
    let value = |control: usize, frame: usize| {
        let info = &program.controls()[control];
        let set = script
            .changes
            .iter()
            .filter(|c| c.0 <= frame && c.1 == control);
        // Later entries at one frame win, as they do in the evaluator.
        let last = set.enumerate().max_by_key(|(i, change)| (change.0, *i));
        info.clamp(last.map_or(info.init, |(_, change)| change.2))
    };
    let mut sources: Vec<Vec<T>> = Vec::new();
    for control in 0..program.controls().len() {
        let values: Vec<f64> = frames.clone().map(|frame| value(control, frame)).collect();
        let steady = values.windows(2).all(|pair| pair[0] == pair[1]);
        let moves = moving && !(steady && (round + control).is_multiple_of(2));
        if !moves && let Some(&first) = values.first() {
            state.set_control(control, first);
        }
        let values = values.iter().filter(|_| moves);
        sources.push(values.map(|&x| T::from_f64(x)).collect());
    }
    let sources: Vec<Option<&[T]>> = sources.iter().map(|v| Some(v.as_slice())).collect();
    let inputs: Vec<&[T]> = inputs.iter().map(Vec::as_slice).collect();
    let mut outputs = vec![vec![T::default(); frames.len()]; program.output_count()];
    let mut slices: Vec<&mut [T]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
    let sources = if moving { &sources[..] } else { &[] };
    program
        .process(state, &inputs, &mut slices, sources)
        .expect("slices that fit");
    let row = |frame: usize| outputs.iter().map(move |output| output[frame].to_f64());
    (0..frames.len()).flat_map(row).collect()
}

/// The same graph with controls that are smoothed.
pub(crate) fn smoothed(graph: &Graph) -> Graph {
    let mut new = Graph::new(graph.precision(), graph.sample_rate(), graph.input_count());
    for control in graph.controls() {
        let mut control = Control::clone(control);
        control.smoothing = Smoothing::Seconds(0.02);
        new.add_control(Arc::new(control));
    }
    graph.registers().iter().for_each(|state| {
        new.add_register(state.clone());
    });
    graph.lines().iter().for_each(|state| {
        new.add_line(state.clone());
    });
    graph.tables().iter().for_each(|state| {
        new.add_table(state.clone());
    });
    graph.externs().iter().for_each(|state| {
        new.add_extern(state.clone());
    });
    for (id, node) in graph.nodes() {
        assert_eq!(new.insert(node.op), id, "nodes are hash-consed already");
    }
    new.set_outputs(graph.outputs().to_vec());
    new
}
