//! Tests of states that stand still: what does, what does not, and that nothing is heard of it.

use synthc_ir::Signal;
use synthc_ir::prelude::*;

use super::*;
use crate::StillnessMemory;

const BLOCK: usize = 64;

fn gate() -> Signal {
    Signal::control(Control::new("gate", 0.0, 0.0, 1.0))
}

/// A program whose states are computed side by side: one always, one only when it does not stand still.
struct Pair {
    program: Program<f32>,
    always: State<f32>,
    resting: State<f32>,
    memory: StillnessMemory,
    skipped: usize,
}

impl Pair {
    fn new(signal: &Signal, lanes: usize) -> Self {
        let graph = Graph::build(std::slice::from_ref(signal), &BuildOptions::default());
        let options = CompileOptions {
            lanes,
            ..CompileOptions::default()
        };
        let mut compiler = Compiler::new(Target::Host).expect("a code generator");
        let graph = graph.expect("a well-formed signal");
        let program: Program<f32> = compiler.compile(&graph, &options).expect("a program");
        Self {
            always: program.instantiate(7),
            resting: program.instantiate(7),
            memory: StillnessMemory::new(program.stillness_nodes()),
            program,
            skipped: 0,
        }
    }

    fn set(&mut self, lane: usize, value: f64) {
        self.always.set_control_lane(lane, 0, value);
        self.resting.set_control_lane(lane, 0, value);
    }

    /// Computes blocks with an impulse of a height at the begin of the first.
    fn run(&mut self, blocks: usize, impulse: f32) {
        crate::host::flush_denormals(|| {
            for block in 0..blocks {
                self.block(if block == 0 { impulse } else { 0.0 });
            }
        });
    }

    fn block(&mut self, impulse: f32) {
        let lanes = self.program.lanes();
        let mut input = vec![0.0; BLOCK * lanes];
        input[0] = impulse;
        let inputs = vec![&input[..]; self.program.input_count()];
        let silent = inputs.is_empty() || impulse == 0.0;
        let mut expected = vec![0.0; BLOCK * lanes];
        let mut output = vec![0.0; BLOCK * lanes];
        let process = |state: &mut State<f32>, output: &mut [f32]| {
            let done = self.program.process(state, &inputs, &mut [output], &[]);
            done.expect("slices that fit");
        };
        process(&mut self.always, &mut expected);
        if silent && self.resting.is_still() {
            self.resting.stand_still(BLOCK);
            self.skipped += 1;
        } else {
            process(&mut self.resting, &mut output);
            if silent && output.iter().all(|&x| x == 0.0) {
                self.resting.observe_silence(BLOCK, &mut self.memory);
            }
        }
        // Equal, or zeros of two signs.
        assert!(output == expected);
        assert_eq!(self.always.position(), self.resting.position());
    }
}

#[test]
fn a_tone_under_an_ended_envelope_stands_still_and_goes_on_in_phase() {
    for lanes in [1, 4] {
        let drop = ar(0.0005, 0.02, gate());
        let tone = sine_osc(46.0 + &drop * &drop * 190.0) * adsr(0.001, 0.01, 0.5, 0.02, gate());
        let mut pair = Pair::new(&tone, lanes);
        pair.run(100, 0.0);
        assert!(pair.resting.is_still(), "before the first note");
        for note in 0..3 {
            pair.set(note % lanes, 1.0);
            let before = pair.skipped;
            pair.run(20, 0.0);
            assert_eq!(pair.skipped, before, "it sounds");
            pair.set(note % lanes, 0.0);
            while !pair.resting.is_still() {
                pair.run(1, 0.0);
                assert!(pair.always.position() < 48_000 * 4, "still in the end");
            }
            pair.run(100, 0.0);
        }
    }
}

#[test]
fn a_delay_line_has_to_be_silent_for_its_whole_length() {
    let echoed = delay(Signal::input(0), 4800.0);
    let mut pair = Pair::new(&echoed, 1);
    pair.run(3, 0.0);
    assert!(pair.skipped > 0);
    pair.run(70, 1.0);
    assert!(!pair.resting.is_still(), "the echo is in the line");
    pair.run(300, 0.0);
    assert!(pair.resting.is_still());
    pair.run(90, -0.5);
}

#[test]
fn what_moves_unheard_is_computed() {
    let filtered = highpass(white_noise(), 3000.0, 2).expect("an order") * ar(0.001, 0.01, gate());
    let chaos = lcg_noise() * ar(0.001, 0.01, gate());
    for signal in [filtered, chaos] {
        let mut pair = Pair::new(&signal, 1);
        pair.run(2000, 0.0);
        assert_eq!(pair.skipped, 0);
    }
}

#[test]
fn a_filter_without_input_stands_still_when_it_has_died_away() {
    let rung = lowpass(Signal::input(0), 4000.0, 2).expect("an order");
    let mut pair = Pair::new(&rung, 1);
    pair.run(1, 1.0);
    assert!(!pair.resting.is_still());
    pair.run(3000, 0.0);
    assert!(
        pair.resting.is_still(),
        "denormals are flushed to a true zero"
    );
    pair.run(1000, 0.5);
}

#[test]
fn a_control_ends_the_stillness_and_a_value_it_has_does_not() {
    let tone = sine_osc(100.0) * gate();
    let mut pair = Pair::new(&tone, 1);
    pair.run(2, 0.0);
    assert!(pair.resting.is_still());
    pair.set(0, 0.0);
    assert!(pair.resting.is_still());
    pair.set(0, 0.25);
    assert!(!pair.resting.is_still());
    pair.run(3, 0.0);
}

#[test]
fn nothing_is_heard_of_what_vectors_have_written_ahead() {
    let mut shaped = Signal::input(0);
    for _ in 0..4 {
        shaped = (&shaped * 0.5 + &shaped * &shaped).clip(-1.0, 1.0);
    }
    let echoed = delay(shaped, 100.0);
    let graph = Graph::build(&[echoed], &BuildOptions::default()).expect("a well-formed signal");
    let mut compiler = Compiler::new(Target::Host).expect("a code generator");
    let options = CompileOptions::default();
    let program: Program<f32> = compiler.compile(&graph, &options).expect("a program");
    let (mut state, mut memory) = (
        program.instantiate(0),
        StillnessMemory::new(program.stillness_nodes()),
    );
    let run = |state: &mut State<f32>, input: &[f32]| {
        let mut output = vec![0.0; input.len()];
        let done = program.process(state, &[input], &mut [&mut output], &[]);
        done.expect("slices that fit");
        output
    };
    // A single frame leaves the rest of a vector as it was.
    run(&mut state, &[1.0; 7]);
    while !state.is_still() {
        assert!(state.position() < 10_000, "still in the end");
        let output = run(&mut state, &[0.0]);
        if output == [0.0] {
            state.observe_silence(1, &mut memory);
        }
    }
    state.stand_still(64);
    assert_eq!(run(&mut state, &[0.0; 128]), [0.0; 128]);
}
