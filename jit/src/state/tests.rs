//! Tests of when control-rate work is done again, and of what a state owns.

use synthc_ir::signal::{DelayMax, Line};
use synthc_ir::{BuildOptions, Control, Graph, Signal};

mod carrying;
mod stillness;

use super::*;
use crate::{CompileOptions, Compiler, Equals, Program, Target};

fn program(outputs: &[Signal]) -> Program<f32> {
    let graph = Graph::build(outputs, &BuildOptions::default()).expect("well-formed signals");
    let options = CompileOptions {
        moving: true,
        ..CompileOptions::default()
    };
    let mut compiler = Compiler::new(Target::Host).expect("a code generator");
    compiler.compile(&graph, &options).expect("a program")
}

fn control(name: &str) -> Signal {
    Signal::control(Control::new(name, 0.5, 0.0, 1.0))
}

fn run(program: &Program<f32>, state: &mut State<f32>, moving: &[Option<&[f32]>]) {
    let mut output = [0.0; 2];
    program
        .process(state, &[&[1.0; 2]], &mut [&mut output], moving)
        .expect("slices that fit");
}

#[test]
fn control_work_is_done_again_only_after_a_change() {
    let program = program(&[Signal::input(0) * control("gate") * control("level").sin()]);
    let index = |name| program.controls().iter().position(|c| &*c.name == name);
    let (gate, level) = (index("gate").unwrap(), index("level").unwrap());
    let mut state = program.instantiate(0);
    let mut ramp: [Option<&[f32]>; 2] = [None; 2];
    ramp[level] = Some(&[0.25, 0.5]);
    run(&program, &mut state, &[]);
    assert!(!state.stale.resting && state.stale.moving, "each its own");
    run(&program, &mut state, &ramp);
    assert!(!state.stale.resting && !state.stale.moving);
    state.set_control(level, 0.5);
    assert!(!state.stale.resting, "the value it had");
    state.set_control(level, 0.75);
    assert!(
        state.stale.resting && !state.stale.moving,
        "read frame by frame"
    );
    state.set_control(gate, 1.0);
    assert!(state.stale.resting && state.stale.moving, "cached in both");
}

#[test]
fn delay_buffers_begin_at_different_cache_lines_of_a_page() {
    let mut sum = Signal::input(0);
    for _ in 0..8 {
        let line = Line::new(1, DelayMax::Frames(4000.0));
        let read = line.read(&Signal::int(4000));
        sum = line.bind(&sum, &read) + &sum;
    }
    let program = program(&[sum]);
    let state = program.instantiate(0);
    let lines = state.lines.iter();
    let mut places: Vec<usize> = lines
        .map(|line| line.own.first_cell() % 4096 / 64)
        .collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(state.lines.len(), 8);
    assert!(places.len() >= 6, "{places:?}");
}

#[test]
fn the_position_counts_frames_and_returns_with_a_reset() {
    let program = program(&[Signal::input(0) * control("level")]);
    let mut state = program.instantiate(0);
    run(&program, &mut state, &[]);
    run(&program, &mut state, &[Some(&[0.1, 0.2])]);
    assert_eq!(state.position(), 4);
    state.set_control(0, 1.0);
    state.reset(0);
    assert_eq!(state.position(), 0);
    assert_eq!(state.control(0), 0.5);
}
