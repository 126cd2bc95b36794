//! Random programs: strict code gives the evaluator's bits however a run is cut into blocks,
//! optimised code stays close where errors do not grow, moving and resting variants agree.

mod oracle;

use oracle::{assert_same, compile, evaluate_script, run_script, smoothed, strict};
use proptest::prelude::*;
use synthc_ir::Precision;
use synthc_ir::testing::{
    RandomGraph, Script, contractive_graphs, graphs, largest_difference, scripts,
};
use synthc_jit::{CompileOptions, Sample, Target};

const STEPS: usize = 40;
const FRAMES: usize = 150;

fn blocks() -> impl Strategy<Value = Vec<usize>> {
    let length = prop_oneof![0..4_usize, Just(17), Just(64), 0..200_usize];
    // At least one block of a frame, so that every run ends.
    proptest::collection::vec(length, 0..5).prop_map(|mut lengths| {
        lengths.push(1);
        lengths
    })
}

fn check_strict<T: Sample>(graph: &RandomGraph, script: &Script, blocks: &[usize]) {
    for target in [Target::Host, Target::Baseline] {
        let program = compile::<T>(&graph.0, &CompileOptions { target, ..strict() });
        let given = run_script(&program, script, blocks, false);
        assert_same(&evaluate_script(&graph.0, script), &given, "strict");
    }
}

/// Every control moves through buffers: with the moving variant, and frame by frame without.
fn check_moving<T: Sample>(graph: &RandomGraph, script: &Script, blocks: &[usize]) {
    let graph = smoothed(&graph.0);
    let expected = evaluate_script(&graph, script);
    for moving in [true, false] {
        let program = compile::<T>(&graph, &CompileOptions { moving, ..strict() });
        let given = run_script(&program, script, blocks, true);
        assert_same(&expected, &given, &format!("moving variant: {moving}"));
    }
    let [with, without] = [true, false].map(|moving| {
        let options = CompileOptions {
            moving,
            ..CompileOptions::default()
        };
        run_script(&compile::<T>(&graph, &options), script, blocks, true)
    });
    assert_same(&without, &with, "optimised");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn strict_f64_code_gives_the_evaluators_bits_in_any_blocks(
        graph in graphs(Precision::F64, STEPS), script in scripts(FRAMES), blocks in blocks()
    ) {
        check_strict::<f64>(&graph, &script, &blocks);
    }

    #[test]
    fn strict_f32_code_gives_the_evaluators_bits_in_any_blocks(
        graph in graphs(Precision::F32, STEPS), script in scripts(FRAMES), blocks in blocks()
    ) {
        check_strict::<f32>(&graph, &script, &blocks);
    }

    // Large enough that registers live in memory and frames are cut into segments.
    #[test]
    fn strict_code_of_large_graphs_gives_the_evaluators_bits(
        narrow in graphs(Precision::F32, 600), wide in graphs(Precision::F64, 600),
        script in scripts(20), blocks in blocks()
    ) {
        check_strict::<f32>(&narrow, &script, &blocks);
        check_strict::<f64>(&wide, &script, &blocks);
        check_moving::<f64>(&wide, &script, &blocks);
    }

    #[test]
    fn moving_resting_and_frame_by_frame_code_agree_in_every_bit(
        wide in graphs(Precision::F64, STEPS), narrow in graphs(Precision::F32, STEPS),
        script in scripts(FRAMES), blocks in blocks()
    ) {
        check_moving::<f64>(&wide, &script, &blocks);
        check_moving::<f32>(&narrow, &script, &blocks);
    }

    #[test]
    fn optimised_code_stays_within_1e_12_of_the_peak(
        graph in contractive_graphs(Precision::F64, STEPS),
        script in scripts(FRAMES), blocks in blocks()
    ) {
        let expected = evaluate_script(&graph.0, &script);
        let peak = expected.iter().fold(0.0_f64, |peak, x| peak.max(x.abs()));
        for target in [Target::Host, Target::Baseline] {
            let options = CompileOptions { target, ..CompileOptions::default() };
            let program = compile::<f64>(&graph.0, &options);
            let given = run_script(&program, &script, &blocks, false);
            let difference = largest_difference(&expected, &given);
            prop_assert!(difference <= 1e-12 * peak.max(1.0), "{difference:e} of {peak}");
        }
    }

    #[test]
    fn two_states_of_a_program_are_independent_and_reset_makes_a_fresh_one(
        graph in graphs(Precision::F64, STEPS), first in scripts(FRAMES), second in scripts(FRAMES)
    ) {
        let program = compile::<f64>(&graph.0, &strict());
        let (mut a, mut b) = (program.instantiate(first.seed), program.instantiate(second.seed));
        let run = |state: &mut _, script: &Script, from: usize, to: usize| {
            oracle::run_part(&program, state, script, from..to)
        };
        let (half_a, half_b) = (first.frames / 2, second.frames / 2);
        let mut outputs = (run(&mut a, &first, 0, half_a), run(&mut b, &second, 0, half_b));
        outputs.0.extend(run(&mut a, &first, half_a, first.frames));
        outputs.1.extend(run(&mut b, &second, half_b, second.frames));
        assert_same(&evaluate_script(&graph.0, &first), &outputs.0, "first");
        assert_same(&evaluate_script(&graph.0, &second), &outputs.1, "second");
        a.reset(second.seed);
        let again = run(&mut a, &second, 0, second.frames);
        assert_same(&evaluate_script(&graph.0, &second), &again, "reset");
    }
}
