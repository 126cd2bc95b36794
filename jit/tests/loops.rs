//! Programs of several loops: random ones built to provoke every way a loop can go through a block, bit for
//! bit against the evaluator; and the ways that schedules take.

mod oracle;

use oracle::{assert_same, compile, evaluate_script, run_script, smoothed, strict};
use proptest::collection::vec;
use proptest::prelude::*;
use synthc_ir::signal::{DelayMax, Line, Register, Table};
use synthc_ir::testing::{CONTROLS, Script, scripts};
use synthc_ir::{BuildOptions, Control, Graph, Precision, Signal, Smoothing, feedback, library};
use synthc_jit::{CompileOptions, LoopInfo, LoopKind, Sample, Target};

/// Delays around a vector, a chunk and the capacity of a ring.
const DELAYS: [i32; 16] = [0, 1, 2, 3, 4, 5, 7, 8, 31, 60, 63, 64, 65, 100, 127, 300];

fn control(index: usize) -> Signal {
    let mut control = Control::new(format!("control{index}"), 0.25 * index as f64, 0.0, 1.0);
    control.smoothing = Smoothing::None;
    Signal::control(control)
}

/// A step of a recipe: what to build, from which signals, with which number.
type Step = (u8, u16, u16, u8);

/// A whole number that changes from frame to frame, in [0, `range`).
fn moving_int(x: &Signal, range: i32) -> Signal {
    (x.clip(-1.0, 1.0) * f64::from(range) * 0.5 + f64::from(range) * 0.5).to_i32()
}

/// Builds one signal from two others.
fn build((kind, _, _, number): Step, a: &Signal, b: &Signal) -> Signal {
    let frames = DELAYS[usize::from(number) % DELAYS.len()];
    let line = || Line::new(0, DelayMax::Frames(320.0));
    match kind % 16 {
        // Enough operations in a row for a loop of their own.
        0 => library::sine_osc(a * 20.0) * b,
        1 => (a * 1.5).tanh() + b.abs().sqrt(),
        // Feed-forward registers in a chain.
        2 => {
            let mut x = a.clone();
            for _ in 0..1 + number % 6 {
                let register = Register::float(0.5);
                let read = register.read();
                x = register.bind(&x, &read) + b * 0.25;
            }
            x.clip(-4.0, 4.0)
        }
        // Delays that go nowhere back.
        3 => {
            let line = line();
            let read = line.read(&Signal::int(frames));
            line.bind(a, &read) + b
        }
        4 => {
            let line = line();
            let read = line.read(&moving_int(b, frames.max(2)));
            line.bind(a, &read)
        }
        // Delays that come back, fixed and computed.
        5 => feedback_line(a, &Signal::int(frames.max(1)), frames.max(1) as u32),
        6 => {
            let shortest = frames.max(1);
            let offset = moving_int(b, 20) + Signal::int(shortest);
            feedback_line(a, &offset, shortest as u32)
        }
        // Accumulators of constant, control-rate and audio-rate increments.
        7 => library::phasor(f64::from(number) * 10.0) + a,
        8 => library::lf_saw(control(usize::from(number) % CONTROLS) * 3000.0) + a,
        9 => library::phasor(a * 500.0) * b,
        10 => {
            let count = Register::int(i32::from(number));
            let read = count.read();
            let step = moving_int(a, 9) - Signal::int(4);
            let next = if number % 2 == 0 {
                &read - &step
            } else {
                &read + &step
            };
            let value = (if number % 3 == 0 { &read } else { &next }).shr_signed(1);
            count
                .bind(&next, &(value.to_float() * 0.01))
                .clip(-4.0, 4.0)
        }
        // Recurrences.
        11 => feedback(|y| (y * 0.7 + a * 0.3).clip(-4.0, 4.0)) + b,
        12 => {
            let sign = Register::boolean(true);
            let read = sign.read();
            let flips = a
                .gt(b)
                .select(&(Signal::constant(1.0) - read.to_float()), &read.to_float());
            sign.bind(&flips.to_bool(), &(flips * a))
        }
        // Tables.
        13 => {
            let data: Vec<f64> = (0..37).map(|i| f64::from(i) * 0.1 - 2.0).collect();
            // An index that a recurrence keeps inside the table, and one that it does not.
            let index = if number % 2 == 0 {
                moving_int(a, 60)
            } else {
                let state = Register::int(3);
                let mixed = state.read() * Signal::int(0x2c1b_3c6d) + moving_int(a, 1 << 20);
                let next = mixed.shr_unsigned(27);
                state.bind(&next, &next)
            };
            (Table::read_only(data).read(&index) + b).sin()
        }
        14 => {
            let table = Table::written(16, 0.25);
            let read = table.read(&moving_int(b, 16));
            // A cell is written before it is read, so what was read comes back a frame later.
            let last = Register::float(0.0);
            let fed = (a * 0.5 + last.read() * 0.5).clip(-4.0, 4.0);
            let read = table.bind(&moving_int(a, 16), &fed, &read);
            last.bind(&read, &read)
        }
        _ => library::white_noise() * control(usize::from(number) % CONTROLS) + a,
    }
}

fn feedback_line(x: &Signal, offset: &Signal, min: u32) -> Signal {
    let line = Line::new(min, DelayMax::Frames(330.0));
    let read = line.read(offset);
    let fed = (&read * 0.6 + x * 0.4).clip(-4.0, 4.0);
    line.bind(&fed, &fed)
}

fn graph(precision: Precision, steps: &[Step]) -> Graph {
    let mut pool: Vec<Signal> = vec![Signal::input(0), Signal::input(1)];
    pool.extend((0..CONTROLS).map(control));
    for &step in steps {
        // Rather new signals than old ones: chains, not stars.
        let pick = |choice: u16| {
            let back = usize::from(choice) % pool.len().min(6);
            pool[pool.len() - 1 - back].clone()
        };
        let made = build(step, &pick(step.1), &pick(step.2));
        pool.push(made);
    }
    let outputs = &pool[pool.len() - pool.len().min(3)..];
    let options = BuildOptions {
        precision,
        sample_rate: 48_000.0,
        inputs: Some(2),
    };
    Graph::build(outputs, &options).expect("well-formed signals")
}

fn recipe(most: usize) -> impl Strategy<Value = Vec<Step>> {
    vec(any::<Step>(), 1..=most)
}

fn blocks() -> impl Strategy<Value = Vec<usize>> {
    let length = prop_oneof![
        Just(1_usize),
        Just(3),
        Just(5),
        Just(63),
        Just(64),
        Just(65),
        0..200_usize
    ];
    // At least one block of a frame, so that every run ends.
    vec(length, 0..5).prop_map(|mut lengths| {
        lengths.push(1);
        lengths
    })
}

fn check<T: Sample>(graph: &Graph, script: &Script, blocks: &[usize]) {
    let expected = evaluate_script(graph, script);
    for target in [Target::Host, Target::Baseline] {
        let program = compile::<T>(graph, &CompileOptions { target, ..strict() });
        let given = run_script(&program, script, blocks, false);
        assert_same(&expected, &given, "strict");
    }
    // Optimised code rounds otherwise, but blocks change nothing.
    let program = compile::<T>(graph, &CompileOptions::default());
    let cut = run_script(&program, script, blocks, false);
    let whole = run_script(&program, script, &[512], false);
    assert_same(&whole, &cut, "optimised");

    let graph = smoothed(graph);
    let expected = evaluate_script(&graph, script);
    for moving in [true, false] {
        let program = compile::<T>(&graph, &CompileOptions { moving, ..strict() });
        let given = run_script(&program, script, blocks, true);
        assert_same(&expected, &given, &format!("moving variant: {moving}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_way_through_a_block_gives_the_evaluators_bits(
        steps in recipe(12), script in scripts(420), blocks in blocks()
    ) {
        check::<f32>(&graph(Precision::F32, &steps), &script, &blocks);
        check::<f64>(&graph(Precision::F64, &steps), &script, &blocks);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn many_loops_give_the_evaluators_bits(
        steps in vec(any::<Step>(), 100..160), script in scripts(140), blocks in blocks()
    ) {
        check::<f32>(&graph(Precision::F32, &steps), &script, &blocks);
        check::<f64>(&graph(Precision::F64, &steps), &script, &blocks);
    }
}

fn loops(outputs: &[Signal]) -> Vec<LoopInfo> {
    let graph = Graph::build(outputs, &BuildOptions::default()).expect("well-formed signals");
    let options = CompileOptions {
        keep_text: true,
        ..CompileOptions::default()
    };
    compile::<f32>(&graph, &options).loops().to_vec()
}

fn kinds(outputs: &[Signal]) -> Vec<LoopKind> {
    loops(outputs).iter().map(|one| one.kind).collect()
}

#[test]
fn an_oscillator_is_computed_four_frames_at_a_time() {
    let sine = library::sine_osc(440.0);
    assert_eq!(kinds(&[sine]), [LoopKind::Time]);
    let modulated = library::sine_osc(Signal::input(0) * 440.0);
    assert_eq!(kinds(&[modulated]), [LoopKind::Time]);
}

#[test]
fn a_small_recurrence_is_one_loop_of_single_frames() {
    let smooth = feedback(|y| y * 0.9 + Signal::input(0) * 0.1);
    let found = loops(&[smooth * 0.5]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind, found[0].lanes), (LoopKind::Frames, 1));
    assert_eq!(found[0].carried.len(), 1);
}

#[test]
fn a_sine_of_a_recurrence_has_a_loop_of_its_own_and_a_buffer() {
    let smooth = feedback(|y| y * 0.9 + Signal::input(0) * 0.1);
    let found = loops(&[(smooth * 0.5).sin()]);
    let kinds: Vec<LoopKind> = found.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [LoopKind::Frames, LoopKind::Time]);
    assert_eq!(found[0].writes, found[1].reads);
    assert_eq!(found[0].writes.len(), 1);
}

#[test]
fn a_long_delay_in_a_loop_is_no_recurrence_and_a_short_one_is() {
    let echo = |frames: i32| {
        let x = (Signal::input(0) * 3.0).tanh();
        feedback_line(&x, &Signal::int(frames), 1).tanh()
    };
    let parallel = |frames| {
        kinds(&[echo(frames)])
            .iter()
            .all(|&kind| kind == LoopKind::Time)
    };
    assert!(parallel(100));
    assert!(parallel(5), "longer than a vector");
    assert!(kinds(&[echo(3)]).contains(&LoopKind::Frames));
}

#[test]
fn controls_that_move_keep_the_ways_of_the_resting_program() {
    let level = Signal::control(Control::new("cutoff", 500.0, 20.0, 20_000.0));
    let graph = Graph::build(&[library::sine_osc(level)], &BuildOptions::default());
    let options = CompileOptions {
        moving: true,
        keep_text: true,
        ..CompileOptions::default()
    };
    let program = compile::<f32>(&graph.expect("well-formed signals"), &options);
    assert!(program.has_moving_variant());
    assert!(program.loops().iter().all(|one| one.kind == LoopKind::Time));
}
