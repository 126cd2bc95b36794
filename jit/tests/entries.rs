//! What an edge of a gate decides before the loops of a chunk, bounded counters and running conditions: random graphs of
//! them give the evaluator's bits, whatever the blocks, the width, the variant and the lanes; and what the loops are then.

mod oracle;

use oracle::{assert_same, compile, evaluate_script, run_script, strict};
use proptest::collection::vec;
use proptest::prelude::*;
use synthc_ir::library::{self, AdsrCurves, adsr, adsr_curved, ar, mem};
use synthc_ir::signal::{DelayMax, Line, Register, Table};
use synthc_ir::testing::{CONTROLS, Script, scripts};
use synthc_ir::{BuildOptions, Control, Graph, Precision, Signal, Smoothing, feedback};
use synthc_jit::{CompileOptions, LoopKind, Sample, Target};

/// Controls 0 and 1 step; control 2 moves where the program can follow it.
fn control(index: usize) -> Signal {
    let mut control = Control::new(format!("control{index}"), 0.25 * index as f64, 0.0, 1.0);
    if index < 2 {
        control.smoothing = Smoothing::None;
    }
    Signal::control(control)
}

type Step = (u8, u16, u16, u8);

/// A condition; the first kinds are settled from the second frame of a block on.
fn condition(kind: u8) -> Signal {
    let gate = control(usize::from(kind >> 4) % 2);
    let open = || gate.gt(0.5);
    let held = Register::boolean(kind & 8 != 0);
    let was = held.read();
    let bound = |condition: Signal| held.bind(&open(), &condition);
    match kind % 8 {
        0 => gate.gt(mem(&gate)),
        1 => !&gate.lt(mem(&gate)),
        2 => bound(open() ^ was),
        3 => bound(open() & !was),
        4 => bound(!&open() | was),
        // Settled for controls that step, not for numbers in general.
        5 => gate.differs(mem(&gate)),
        6 => control(2).gt(mem(control(2))),
        _ => Signal::input(0).gt(mem(Signal::input(0))),
    }
}

/// Builds one signal from two others.
fn build((kind, _, _, number): Step, a: &Signal, b: &Signal) -> Signal {
    let edge = condition(number);
    let times = [0.0005, 0.002, 0.0001].map(|t| control(2) * 0.001 + t);
    match kind % 14 {
        // What an edge sets, from what was before it and from controls.
        0 => {
            let (start, last) = (Register::float(0.25), Register::float(0.5));
            let from = edge.select(&(last.read() * 0.5 + control(2)), &start.read());
            let output = (&from + a * 0.25).clip(-4.0, 4.0);
            let output = start.bind(&from, &output);
            last.bind(&output, &output)
        }
        // The other way round, and with a raw read of the register beside it.
        1 => {
            let start = Register::float(0.25);
            let from = edge.select(&start.read(), &control(2));
            let raw = if number & 1 == 0 {
                start.read()
            } else {
                Signal::constant(0.0)
            };
            start.bind(&from, &(from.clone() + raw * a).clip(-4.0, 4.0))
        }
        // Clocks that stop, from below and from above their bound, with and without an edge.
        2 => {
            let bound = [5, 40, 1 << 30, (1 << 30) + 1][usize::from(number >> 4) % 4];
            let begin = [i32::from(number % 64), i32::MAX - 2];
            let clock = Register::int(begin[usize::from(number >> 1) % 2]);
            let before = if number & 1 == 0 {
                edge.select(&Signal::int(2), &clock.read())
            } else {
                clock.read()
            };
            let count = before.min(Signal::int(bound)) + Signal::int(i32::from(number % 4));
            clock.bind(&count, &((count.to_float() * 0.01).clip(-4.0, 4.0) * b))
        }
        // A clock whose register somebody reads.
        3 => {
            let clock = Register::int(i32::from(number));
            let count = clock.read().min(Signal::int(30)) + Signal::int(3);
            clock.bind(&count, &(clock.read().to_float() * 0.01 + a))
        }
        // Conditions that last until something happens.
        4 => {
            let running = Register::boolean(number & 1 == 0);
            let lasts = (&edge | running.read()) & a.lt(b + 0.5);
            let was = if number & 2 == 0 {
                running.read().to_float()
            } else {
                Signal::constant(0.0)
            };
            running.bind(&lasts, &(lasts.to_float() * a + was))
        }
        5 => {
            let latched = Register::boolean(false);
            let holds = (latched.read() & !&edge) | a.gt(0.8);
            latched.bind(&holds, &(holds.to_float() - b))
        }
        // A condition of a clock: once false it stays so.
        6 => {
            let (clock, running) = (Register::int(0), Register::boolean(true));
            let before = edge.select(&Signal::int(0), &clock.read());
            let count = before.min(Signal::int(1 << 20)) + Signal::int(1);
            let end = Signal::constant(f64::from(number)) + control(0) * 20.0;
            let lasts = (&edge | running.read()) & (count.to_float() * 0.5 + 1.0).lt(end);
            let output = lasts.select(a, b);
            running.bind(&lasts, &clock.bind(&count, &output))
        }
        7 => {
            ar(
                &times[0],
                &times[1],
                control(usize::from(number) % CONTROLS),
            ) * a
        }
        8 => {
            let [attack, decay, release] = times;
            let gate = control(usize::from(number) % CONTROLS).gt(0.5);
            if number & 4 == 0 {
                adsr(attack, decay, control(2), release, gate) + b
            } else {
                let curves = AdsrCurves::all(0.4);
                adsr_curved(attack, decay, 0.5, release, gate, &curves) + b
            }
        }
        // What nobody reads but an entry.
        9 => {
            let (start, kept) = (Register::float(0.25), Register::float(f64::from(number)));
            let from = edge.select(&(kept.read() * control(2)), &start.read());
            kept.bind(a, &start.bind(&from, &(from.clone() + b).clip(-4.0, 4.0)))
        }
        10 => {
            let (clock, kept) = (Register::int(0), Register::int(i32::from(number)));
            let (running, was) = (Register::boolean(true), Register::boolean(number & 1 == 0));
            let count = clock.read().min(Signal::int(70)) + Signal::int(1 + i32::from(number % 3));
            let lasts = running.read() & count.to_float().lt(f64::from(number));
            let start = Register::float(0.0);
            let noted = was.read().select(&kept.read().to_float(), a);
            let from = edge.select(&noted, &start.read());
            let output = start.bind(&from, &(from.clone() * 0.01 + lasts.to_float()));
            let output = was.bind(&running.read(), &kept.bind(&clock.read(), &output));
            running.bind(&lasts, &clock.bind(&count, &output.clip(-4.0, 4.0)))
        }
        // Places in tables and lines that an edge sets.
        11 => {
            let at = Register::int(i32::from(number) - 100);
            let index = edge.select(&(control(2) * 90.0).to_i32(), &at.read());
            let line = Line::new(0, DelayMax::Frames(80.0));
            let table = Table::read_only(vec![0.5, -0.5, 0.25]);
            let (echo, cell) = (line.read(&index), table.read(&(&index & Signal::int(3))));
            at.bind(&index, &line.bind(a, &(echo * 0.5 + cell * b)))
        }
        // Recurrences of one shape.
        12 => feedback(|y| {
            let x = (y * (f64::from(number) / 512.0) + a * 0.5).clip(-2.0, 2.0);
            &x * 0.5 + &x * &x * 0.25
        }),
        // Something to wait for, so that there are loops of both kinds.
        _ => feedback(|y| (y * 0.7 + a * 0.3).clip(-4.0, 4.0)) + library::sine_osc(b * 300.0),
    }
}

fn graph(precision: Precision, steps: &[Step]) -> Graph {
    let mut pool: Vec<Signal> = vec![Signal::input(0), Signal::input(1)];
    pool.extend((0..CONTROLS).map(control));
    for &step in steps {
        let pick = |choice: u16| {
            let back = usize::from(choice) % pool.len().min(6);
            pool[pool.len() - 1 - back].clone()
        };
        let made = build(step, &pick(step.1), &pick(step.2));
        // Enough work that waits for nothing, so that loops over time pay.
        pool.push((&made * 0.5).sin() + made);
    }
    let outputs = &pool[pool.len() - pool.len().min(3)..];
    let options = BuildOptions {
        precision,
        sample_rate: 48_000.0,
        inputs: Some(2),
    };
    Graph::build(outputs, &options).expect("well-formed signals")
}

fn blocks() -> impl Strategy<Value = Vec<usize>> {
    let length = prop_oneof![Just(1_usize), Just(7), Just(64), Just(65), 0..200_usize];
    vec(length, 0..4).prop_map(|mut lengths| {
        lengths.push(1);
        lengths
    })
}

fn check<T: Sample>(graph: &Graph, script: &Script, blocks: &[usize]) {
    let expected = evaluate_script(graph, script);
    for target in [Target::Host, Target::Baseline] {
        let program = compile::<T>(graph, &CompileOptions { target, ..strict() });
        let given = run_script(&program, script, blocks, false);
        assert_same(&expected, &given, "strict, resting");
    }
    for moving in [true, false] {
        let program = compile::<T>(graph, &CompileOptions { moving, ..strict() });
        let given = run_script(&program, script, blocks, true);
        assert_same(&expected, &given, &format!("moving variant: {moving}"));
    }
    let program = compile::<T>(graph, &CompileOptions::default());
    let cut = run_script(&program, script, blocks, false);
    let whole = run_script(&program, script, &[512], false);
    assert_same(&whole, &cut, "optimised");
}

/// Four voices, each with a script of its own; blocks are cut where any control of any of them changes.
fn check_voices<T: Sample>(graph: &Graph, voices: &[Script]) {
    let program = compile::<T>(
        graph,
        &CompileOptions {
            lanes: 4,
            ..strict()
        },
    );
    let frames = voices.iter().map(|script| script.frames).min().unwrap_or(0);
    let changes = voices.iter().flat_map(|script| &script.changes);
    let mut cuts: Vec<usize> = changes.map(|change| change.0).collect();
    cuts.extend((0..frames).step_by(50));
    cuts.push(frames);
    cuts.retain(|&cut| cut <= frames);
    cuts.sort_unstable();
    cuts.dedup();
    let seeds: Vec<u64> = voices.iter().map(|script| script.seed).collect();
    let mut state = program.instantiate_lanes(&seeds);
    let mut given = vec![Vec::new(); 4];
    for cut in cuts.windows(2) {
        for (lane, voice) in voices.iter().enumerate() {
            for &(_, control, value) in voice.changes.iter().filter(|change| change.0 == cut[0]) {
                if control < program.controls().len() {
                    state.set_control_lane(lane, control, value);
                }
            }
        }
        let len = cut[1] - cut[0];
        let inputs: Vec<Vec<T>> = (0..program.input_count())
            .map(|channel| {
                (cut[0]..cut[1])
                    .flat_map(|frame| {
                        voices
                            .iter()
                            .map(move |voice| T::from_f64(voice.inputs(frame)[channel]))
                    })
                    .collect()
            })
            .collect();
        let inputs: Vec<&[T]> = inputs.iter().map(Vec::as_slice).collect();
        let mut outputs = vec![vec![T::default(); len * 4]; program.output_count()];
        let mut slices: Vec<&mut [T]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
        let done = program.process(&mut state, &inputs, &mut slices, &[]);
        done.expect("slices that fit");
        for frame in 0..len {
            for (lane, given) in given.iter_mut().enumerate() {
                given.extend(outputs.iter().map(|x| x[frame * 4 + lane].to_f64()));
            }
        }
    }
    for (voice, given) in voices.iter().zip(&given) {
        let script = Script {
            frames,
            ..voice.clone()
        };
        assert_same(&evaluate_script(graph, &script), given, "a voice in a lane");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_gates_decide_gives_the_evaluators_bits(
        steps in vec(any::<Step>(), 1..8), script in scripts(420), blocks in blocks()
    ) {
        check::<f32>(&graph(Precision::F32, &steps), &script, &blocks);
        check::<f64>(&graph(Precision::F64, &steps), &script, &blocks);
    }

    #[test]
    fn what_gates_decide_gives_the_evaluators_bits_in_lanes(
        steps in vec(any::<Step>(), 1..6), voices in vec(scripts(200), 4)
    ) {
        check_voices::<f32>(&graph(Precision::F32, &steps), &voices);
        check_voices::<f64>(&graph(Precision::F64, &steps), &voices);
    }
}

fn kinds(outputs: &[Signal]) -> Vec<LoopKind> {
    let graph = Graph::build(outputs, &BuildOptions::default()).expect("well-formed signals");
    let options = CompileOptions {
        keep_text: true,
        ..CompileOptions::default()
    };
    let program = compile::<f32>(&graph, &options);
    program.loops().iter().map(|one| one.kind).collect()
}

#[test]
fn an_envelope_of_a_control_is_computed_several_frames_at_a_time() {
    let curves = AdsrCurves::all(0.3);
    for envelope in [
        ar(0.01, 0.1, control(0)),
        adsr(0.01, 0.1, 0.5, 0.2, control(0)),
        adsr(control(2), 0.1, 0.5, control(1), control(0)),
        adsr_curved(0.01, 0.1, 0.5, 0.2, control(0), &curves),
    ] {
        assert!(
            kinds(&[envelope])
                .iter()
                .all(|&kind| kind == LoopKind::Time)
        );
    }
}

#[test]
fn an_envelope_of_an_audio_gate_waits_for_every_frame() {
    let envelope = ar(0.01, 0.1, Signal::input(0));
    assert!(kinds(&[envelope]).contains(&LoopKind::Frames));
}

/// A gate of a control whose every change is decided at the start of a chunk.
fn toggled() -> Signal {
    let (on, was) = (control(0).gt(0.5), Register::boolean(false));
    was.bind(&on, &(&on ^ was.read()))
}

/// Something that an edge sets to what a register held, which nothing else reads.
fn noted(next: &Signal, kept: &Register, value: &Signal) -> Signal {
    let start = Register::float(0.0);
    let from = toggled().select(value, &start.read());
    let held = start.bind(&from, &from);
    kept.bind(next, &held)
}

/// Blocks of several lengths with the gate going on and off, in both variants.
fn check_gate(outputs: &[Signal]) {
    let frames = 400;
    let gate = |frame: usize| f64::from(u8::from(frame / 50 % 2 == 1));
    let script = Script {
        changes: (0..frames)
            .step_by(50)
            .map(|at| (at, 0, gate(at)))
            .collect(),
        frames,
        seed: 3,
    };
    for precision in [Precision::F32, Precision::F64] {
        let options = BuildOptions {
            precision,
            sample_rate: 48_000.0,
            inputs: Some(2),
        };
        let graph = Graph::build(outputs, &options).expect("well-formed signals");
        for blocks in [&[64][..], &[7], &[1, 33]] {
            if precision == Precision::F32 {
                check::<f32>(&graph, &script, blocks);
            } else {
                check::<f64>(&graph, &script, blocks);
            }
        }
    }
}

#[test]
fn a_clock_that_is_noted_for_an_entry_is_noted_as_it_is() {
    let clock = Register::int(0);
    let count = clock.read().min(Signal::int(30)) + Signal::int(3);
    let before = Register::int(0);
    let from = noted(&clock.read(), &before, &before.read().to_float());
    let output = (count.to_float() * 0.01 + from).sin() + Signal::input(0).sin();
    check_gate(&[clock.bind(&count, &output)]);
}

#[test]
fn a_condition_that_is_noted_for_an_entry_is_noted_as_it_is() {
    let (clock, running) = (Register::int(0), Register::boolean(true));
    let count = clock.read().min(Signal::int(1 << 20)) + Signal::int(1);
    let lasts = running.read() & count.to_float().lt(120.0);
    let before = Register::boolean(false);
    let from = noted(&running.read(), &before, &before.read().to_float());
    let output = lasts.to_float().sin() + from + Signal::input(0).sin();
    check_gate(&[running.bind(&lasts, &clock.bind(&count, &output))]);
}

/// Recurrences that are computed side by side.
fn resonators(gain: &Signal) -> Vec<Signal> {
    let pole = |k: usize| {
        feedback(|y| {
            let input = Signal::input(0) * (0.1 + k as f64);
            let x = (y * (0.5 + 0.1 * k as f64) + input * gain).clip(-4.0, 4.0);
            &x * 0.5 + (&x * &x) * 0.25
        })
    };
    (0..4).map(pole).collect()
}

#[test]
fn what_a_bank_computes_is_noted_for_an_entry() {
    let poles = resonators(&Signal::constant(0.75));
    let last = Register::float(0.25);
    let from = noted(&poles[2], &last, &last.read());
    let outputs: Vec<Signal> = poles.iter().map(|pole| pole + &from).collect();
    assert!(kinds(&outputs).contains(&LoopKind::Bank));
    check_gate(&outputs);
}

#[test]
fn an_input_is_noted_for_an_entry_where_there_is_but_a_bank() {
    let last = Register::float(0.25);
    let from = noted(&Signal::input(1), &last, &last.read());
    let poles = resonators(&from);
    assert_eq!(kinds(&poles), [LoopKind::Bank]);
    check_gate(&poles);
}

#[test]
fn what_is_no_number_at_times_is_not_taken_for_rising() {
    let (clock, running) = (Register::int(-3), Register::boolean(true));
    let count = clock.read().min(Signal::int(1 << 20)) + Signal::int(1);
    let infinite = Signal::constant(1e300);
    for rising in [
        count.to_float() * &infinite,
        count.to_float() * 1e36 * 1e36 + &infinite,
        count.to_float() * 1e36 * 1e36 * 1e-300,
    ] {
        let lasts = running.read() & rising.le(&infinite);
        let output = running.bind(&lasts, &(lasts.to_float().sin() + Signal::input(0).sin()));
        check_gate(&[clock.bind(&count, &output)]);
    }
}
