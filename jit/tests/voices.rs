//! Voices in lanes: a program of N voices gives every voice the bits of a program of one, whatever
//! the graph, the level, the width, the blocks and the way controls move.

mod oracle;

use oracle::{assert_same, compile, smoothed, strict};
use proptest::collection::vec;
use proptest::prelude::*;
use synthc_ir::library::{adsr, lf_saw, lowpass};
use synthc_ir::testing::{RandomGraph, Script, graphs, scripts};
use synthc_ir::{BuildOptions, Control, Graph, Precision, Signal};
use synthc_jit::{CarryList, State, StatePairs, Target};
use synthc_jit::{CompileError, CompileOptions, Compiler, Level, ProcessError, Program, Sample};

const STEPS: usize = 40;
const FRAMES: usize = 120;

/// How controls reach a program.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Controls {
    /// Set between blocks.
    Resting,
    /// Given frame by frame, every other one.
    Moving,
}

/// The value of a control in a frame of a script.
fn value(program: &Program<impl Sample>, script: &Script, control: usize, frame: usize) -> f64 {
    let info = &program.controls()[control];
    let set = script.changes.iter();
    let set = set.filter(|change| change.0 <= frame && change.1 == control);
    let last = set.enumerate().max_by_key(|(i, change)| (change.0, *i));
    info.clamp(last.map_or(info.init, |(_, change)| change.2))
}

/// Computes the frames of a block of all voices; `result[channel][frame · voices + voice]`.
fn block<T: Sample>(
    program: &Program<T>,
    state: &mut State<T>,
    voices: &[Script],
    frames: std::ops::Range<usize>,
    controls: Controls,
) -> Vec<Vec<T>> {
    let each = |of: &dyn Fn(&Script, usize) -> f64| -> Vec<T> {
        let frames = frames.clone();
        let row = |frame: usize| voices.iter().map(move |voice| (voice, frame));
        let all = frames.flat_map(row);
        all.map(|(voice, frame)| T::from_f64(of(voice, frame)))
            .collect()
    };
    let inputs: Vec<Vec<T>> = (0..program.input_count())
        .map(|channel| each(&|voice, frame| voice.inputs(frame)[channel]))
        .collect();
    let mut sources: Vec<Vec<T>> = Vec::new();
    for control in 0..program.controls().len() {
        let moves = controls == Controls::Moving && control % 2 == frames.start % 2;
        sources.push(if moves {
            each(&|voice, frame| value(program, voice, control, frame))
        } else {
            for (lane, voice) in voices.iter().enumerate() {
                state.set_control_lane(lane, control, value(program, voice, control, frames.start));
            }
            Vec::new()
        });
    }
    let inputs: Vec<&[T]> = inputs.iter().map(Vec::as_slice).collect();
    let sources: Vec<Option<&[T]>> = sources.iter().map(|x| Some(x.as_slice())).collect();
    let mut outputs = vec![vec![T::default(); frames.len() * voices.len()]; program.output_count()];
    let mut slices: Vec<&mut [T]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
    let sources = if controls == Controls::Moving {
        &sources[..]
    } else {
        &[]
    };
    program
        .process(state, &inputs, &mut slices, sources)
        .expect("slices that fit");
    outputs
}

/// Where blocks begin and end: at most as long as given, cut at every control change of a voice.
fn cuts(voices: &[Script], frames: usize, lengths: &[usize]) -> Vec<usize> {
    let mut lengths = lengths.iter().copied().cycle();
    let mut cuts = vec![0];
    let mut at = 0;
    while at < frames {
        let len = lengths.next().unwrap_or(64).min(frames - at);
        let changes = voices.iter().flat_map(|voice| &voice.changes);
        let next = changes.map(|change| change.0).filter(|&frame| frame > at);
        at = next.min().map_or(at + len, |next| next.min(at + len));
        cuts.push(at);
    }
    cuts
}

/// What each voice puts out: `result[voice]`, frame by frame, all channels of a frame together.
fn run<T: Sample>(
    program: &Program<T>,
    voices: &[Script],
    lengths: &[usize],
    controls: Controls,
) -> Vec<Vec<f64>> {
    let lanes = program.lanes();
    let frames = voices[0].frames;
    let cuts = cuts(voices, frames, lengths);
    let mut all = vec![Vec::new(); voices.len()];
    for (group, scripts) in voices.chunks(lanes).enumerate() {
        let seeds: Vec<u64> = scripts.iter().map(|script| script.seed).collect();
        let mut state = program.instantiate_lanes(&seeds);
        for cut in cuts.windows(2) {
            let outputs = block(program, &mut state, scripts, cut[0]..cut[1], controls);
            for frame in 0..cut[1] - cut[0] {
                for lane in 0..lanes {
                    let row = outputs.iter().map(|x| x[frame * lanes + lane].to_f64());
                    all[group * lanes + lane].extend(row);
                }
            }
        }
    }
    all
}

/// As many scripts of one length as there are lanes.
fn together(mut voices: Vec<Script>) -> Vec<Script> {
    let frames = voices.iter().map(|script| script.frames).max();
    for voice in &mut voices {
        voice.frames = frames.unwrap_or(1);
    }
    voices
}

fn check<T: Sample>(graph: &Graph, voices: &[Script], lengths: &[usize]) {
    for lanes in [4, 8, 16].into_iter().filter(|&n| n <= voices.len()) {
        for level in [Level::Strict, Level::Optimized] {
            for (target, moving) in [(Target::Host, true), (Target::Baseline, false)] {
                let options = CompileOptions {
                    level,
                    target,
                    moving,
                    ..CompileOptions::default()
                };
                let alone = compile::<T>(graph, &options);
                let together = compile::<T>(graph, &CompileOptions { lanes, ..options });
                for controls in [Controls::Resting, Controls::Moving] {
                    let expected = run(&alone, &voices[..lanes], lengths, controls);
                    let given = run(&together, &voices[..lanes], lengths, controls);
                    for (voice, (expected, given)) in expected.iter().zip(&given).enumerate() {
                        let what = format!("voice {voice} of {lanes}, {options:?}, {controls:?}");
                        assert_same(expected, given, &what);
                    }
                }
            }
        }
    }
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    let length = prop_oneof![0..4_usize, Just(17), Just(64), 0..100_usize];
    vec(length, 0..4).prop_map(|mut lengths| {
        lengths.push(3);
        lengths
    })
}

/// Which of eight gates are open.
fn gates() -> impl Strategy<Value = u8> {
    prop_oneof![Just(0), Just(0xff), any::<u8>()]
}

fn voices(count: usize) -> impl Strategy<Value = Vec<Script>> {
    vec(scripts(FRAMES), count).prop_map(together)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn four_voices_of_any_graph_have_the_bits_of_four_programs(
        narrow in graphs(Precision::F32, STEPS), wide in graphs(Precision::F64, STEPS),
        voices in voices(4), lengths in lengths()
    ) {
        let RandomGraph(narrow) = narrow;
        check::<f32>(&smoothed(&narrow), &voices, &lengths);
        check::<f64>(&smoothed(&wide.0), &voices, &lengths);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn sixteen_voices_of_any_graph_have_the_bits_of_sixteen_programs(
        narrow in graphs(Precision::F32, STEPS), wide in graphs(Precision::F64, STEPS),
        voices in voices(16), lengths in lengths()
    ) {
        check::<f32>(&smoothed(&narrow.0), &voices, &lengths);
        check::<f64>(&smoothed(&wide.0), &voices, &lengths);
    }

    #[test]
    fn voices_of_large_graphs_have_the_bits_of_programs_of_one(
        wide in graphs(Precision::F64, 500), mut voices in voices(4), lengths in lengths()
    ) {
        for voice in &mut voices {
            voice.frames = voice.frames.min(10);
        }
        check::<f64>(&wide.0, &together(voices), &lengths);
    }

    // The loop is there three times: for gates that are all open, all closed, and some of each.
    #[test]
    fn voices_whose_gates_open_and_close_have_the_bits_of_programs_of_one(
        mut voices in voices(8), gates in vec(gates(), 6), lengths in lengths()
    ) {
        let gate = Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
        let cutoff = Signal::control(Control::new("cutoff", 500.0, 100.0, 4000.0));
        let tone = lowpass(lf_saw(220.0), cutoff, 2).expect("an even order");
        let tone = tone * adsr(0.001, 0.002, 0.5, 0.002, gate);
        for (lane, voice) in voices.iter_mut().enumerate() {
            voice.frames = FRAMES;
            let opened = gates.iter().enumerate();
            voice.changes = opened
                .map(|(i, open)| (i * FRAMES / 6, 0, f64::from(open >> lane & 1)))
                .collect();
        }
        let graph = |precision| {
            let options = BuildOptions { precision, inputs: Some(2), ..BuildOptions::default() };
            Graph::build(std::slice::from_ref(&tone), &options).expect("well-formed signals")
        };
        check::<f32>(&graph(Precision::F32), &voices, &lengths);
        check::<f64>(&graph(Precision::F64), &voices, &lengths);
    }

    #[test]
    fn a_lane_that_is_reset_is_a_fresh_voice_and_the_others_play_on(
        graph in graphs(Precision::F32, STEPS), voices in voices(4), again in scripts(FRAMES)
    ) {
        let options = CompileOptions { lanes: 4, ..strict() };
        let program = compile::<f32>(&graph.0, &options);
        let frames = voices[0].frames;
        let undisturbed = run(&program, &voices, &[1], Controls::Resting);
        let seeds: Vec<u64> = voices.iter().map(|voice| voice.seed).collect();
        let mut state = program.instantiate_lanes(&seeds);
        let mut later = voices.clone();
        let reset = frames / 2;
        let mut all = vec![Vec::new(); 4];
        for frame in 0..frames {
            if frame == reset {
                state.reset_lane(2, again.seed);
                later[2] = Script { frames, ..again.clone() };
            }
            // The fresh voice is at its own frame 0.
            let shown: Vec<Script> = later.clone();
            let outputs = frame_of(&program, &mut state, &shown, frame, reset);
            for (voice, all) in all.iter_mut().enumerate() {
                all.extend(outputs.iter().map(|x| f64::from(x[voice])));
            }
        }
        let channels = program.output_count();
        for voice in [0, 1, 3] {
            assert_same(&undisturbed[voice], &all[voice], "another lane");
        }
        assert_same(&undisturbed[2][..reset * channels], &all[2][..reset * channels], "before");
        let fresh = Script { frames: (frames - reset).max(1), ..again };
        let fresh = oracle::evaluate_script(&graph.0, &fresh);
        let rest = &all[2][reset * channels..];
        assert_same(&fresh[..rest.len()], rest, "after");
    }
}

/// Pairs of all state of two programs of one graph.
fn all_pairs<T: Sample>(program: &Program<T>) -> StatePairs {
    let all = |count: usize| (0..count as u32).map(|i| (i, i)).collect();
    StatePairs {
        registers: all(program.layout().registers().len()),
        lines: all(program.layout().lines().len()),
        tables: all(program.layout().tables().len()),
    }
}

fn check_copies<T: Sample>(graph: &Graph, voices: &[Script], others: &[Script]) {
    let alone = compile::<T>(graph, &strict());
    let together = compile::<T>(
        graph,
        &CompileOptions {
            lanes: 4,
            ..strict()
        },
    );
    let frames = voices[0].frames;
    let middle = frames / 2;
    let seeds: Vec<u64> = voices.iter().map(|voice| voice.seed).collect();
    let mut first = together.instantiate_lanes(&seeds);
    for frame in 0..middle {
        block(
            &together,
            &mut first,
            voices,
            frame..frame + 1,
            Controls::Resting,
        );
    }
    // Another state at another time, of which lane 1 takes over what is in lane 2.
    let mut second = together.instantiate(1);
    for frame in 0..others[0].frames {
        block(
            &together,
            &mut second,
            others,
            frame..frame + 1,
            Controls::Resting,
        );
    }
    assert!(second.copy_voice(1, &first, 2, &CarryList::identity(&together)));
    // A state of one, and from there back to many.
    let mut single = alone.instantiate(1);
    let list = CarryList::new(&together, &alone, &all_pairs(&together));
    assert!(single.copy_voice(0, &first, 2, &list));
    let mut third = together.instantiate(9);
    let list = CarryList::new(&alone, &together, &all_pairs(&alone));
    assert!(third.copy_voice(3, &single, 0, &list));

    let expected = run(&alone, &voices[2..3], &[1], Controls::Resting);
    let mut given = [Vec::new(), Vec::new(), Vec::new()];
    let voice = &voices[2];
    let four = vec![voice.clone(); 4];
    for frame in middle..frames {
        let frame = frame..frame + 1;
        let outputs = [
            (
                block(
                    &together,
                    &mut second,
                    &four,
                    frame.clone(),
                    Controls::Resting,
                ),
                1,
            ),
            (
                block(
                    &alone,
                    &mut single,
                    &four[..1],
                    frame.clone(),
                    Controls::Resting,
                ),
                0,
            ),
            (
                block(&together, &mut third, &four, frame, Controls::Resting),
                3,
            ),
        ];
        for (given, (outputs, lane)) in given.iter_mut().zip(&outputs) {
            given.extend(outputs.iter().map(|x| x[*lane].to_f64()));
        }
    }
    for given in &given {
        assert_same(
            &expected[0][middle * alone.output_count()..],
            given,
            "copied",
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_voice_copied_to_another_lane_or_state_goes_on_as_it_was(
        narrow in graphs(Precision::F32, STEPS), wide in graphs(Precision::F64, STEPS),
        voices in voices(4), others in voices(4)
    ) {
        // What an extern holds cannot be copied.
        if narrow.0.externs().is_empty() {
            check_copies::<f32>(&narrow.0, &voices, &others);
        }
        if wide.0.externs().is_empty() {
            check_copies::<f64>(&wide.0, &voices, &others);
        }
    }
}

/// One frame of all voices, in which voice 2 counts its frames from `reset` on when that has passed.
fn frame_of(
    program: &Program<f32>,
    state: &mut State<f32>,
    voices: &[Script],
    frame: usize,
    reset: usize,
) -> Vec<Vec<f32>> {
    let at = |voice: usize| {
        if voice == 2 && frame >= reset {
            frame - reset
        } else {
            frame
        }
    };
    for (lane, voice) in voices.iter().enumerate() {
        for control in 0..program.controls().len() {
            let value = value(program, voice, control, at(lane));
            state.set_control_lane(lane, control, value);
        }
    }
    let inputs: Vec<Vec<f32>> = (0..program.input_count())
        .map(|channel| {
            let each = voices.iter().enumerate();
            each.map(|(lane, voice)| voice.inputs(at(lane))[channel] as f32)
                .collect()
        })
        .collect();
    let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
    let mut outputs = vec![vec![0.0; voices.len()]; program.output_count()];
    let mut slices: Vec<&mut [f32]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
    program
        .process(state, &inputs, &mut slices, &[])
        .expect("slices that fit");
    outputs
}

#[test]
fn lanes_that_no_vector_has_are_refused() {
    let graph: Graph = smallest();
    let mut compiler = Compiler::new(Target::Host).unwrap();
    for lanes in [0, 2, 3, 5, 12, 32] {
        let options = CompileOptions { lanes, ..strict() };
        let refused = compiler.compile::<f32>(&graph, &options);
        assert!(matches!(refused, Err(CompileError::Lanes { given }) if given == lanes));
    }
}

#[test]
fn slices_that_end_within_a_frame_are_refused() {
    let program = compile::<f32>(
        &smallest(),
        &CompileOptions {
            lanes: 4,
            ..strict()
        },
    );
    let mut state = program.instantiate(0);
    let (input, mut output) = ([1.0; 6], [0.0; 6]);
    let refused = program.process(&mut state, &[&input], &mut [&mut output], &[]);
    assert_eq!(refused, Err(ProcessError::Lanes { given: 6, lanes: 4 }));
    assert_eq!(output, [0.0; 6]);
}

#[test]
fn lanes_that_do_not_exist_are_ignored() {
    let program = compile::<f32>(
        &smallest(),
        &CompileOptions {
            lanes: 4,
            ..strict()
        },
    );
    let mut state = program.instantiate(0);
    state.set_control_lane(4, 0, 1.0);
    state.reset_lane(4, 1);
    assert_eq!((state.lanes(), state.control_lane(4, 0)), (4, 0.0));
}

/// The input as it is.
fn smallest() -> Graph {
    let input = synthc_ir::Signal::input(0) * 2.0;
    Graph::build(&[input], &synthc_ir::BuildOptions::default()).expect("a well-formed signal")
}
