//! Comparison of compiled code with the evaluator.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use synthc_ir::graph::ControlId;
use synthc_ir::{Evaluator, Graph};
use synthc_jit::{CompileOptions, Compiler, Level, Program, Sample, Target};

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
    state: &mut synthc_jit::State<T>,
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
