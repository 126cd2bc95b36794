//! Properties of the whole crate: what building, passes and the text form must keep, for any
//! program.

use proptest::prelude::*;

use super::{
    Script, contractive_graphs, differing_frame, graphs, largest_difference, scripts, signals, unit,
};
use crate::pass::{self, Equals, Level, optimize, optimize_with_origin};
use crate::{BuildOptions, Graph, Precision};

const STEPS: usize = 40;
const FRAMES: usize = 96;

type Pass = (&'static str, fn(&Graph) -> Graph);

/// The passes that keep every bit.
const STRICT: [Pass; 5] = [
    ("fold", pass::fold),
    ("simplify", |g| pass::simplify(g, Level::Strict)),
    ("cse", pass::cse),
    ("strength", |g| pass::strength(g, Level::Strict)),
    ("dce", |g| pass::dce(g).0),
];

/// The passes that may round differently.
const RELAXED: [Pass; 5] = [
    ("simplify", |g| pass::simplify(g, Level::Optimized)),
    ("strength", |g| pass::strength(g, Level::Optimized)),
    ("reassociate", pass::reassociate),
    ("shape", pass::shape),
    ("contract", pass::contract),
];

fn precisions() -> impl Strategy<Value = Precision> {
    prop_oneof![Just(Precision::F32), Just(Precision::F64)]
}

fn any_graph(steps: usize) -> impl Strategy<Value = super::RandomGraph> {
    precisions().prop_flat_map(move |precision| graphs(precision, steps))
}

#[track_caller]
fn check(graph: &Graph) -> Result<(), TestCaseError> {
    let verdict = graph.verify();
    prop_assert!(verdict.is_ok(), "{verdict:?} in\n{graph}");
    Ok(())
}

fn same_bits(script: &Script, a: &Graph, b: &Graph) -> Result<(), TestCaseError> {
    let (before, after) = (script.evaluate(a), script.evaluate(b));
    let difference = differing_frame(&before, &after);
    prop_assert!(difference.is_none(), "{difference:?}, became\n{b}");
    Ok(())
}

fn close(script: &Script, a: &Graph, b: &Graph, bound: f64) -> Result<(), TestCaseError> {
    // Inputs reach 1 and contractive values stay within it: the bound is relative to that.
    let difference = largest_difference(&script.evaluate(a), &script.evaluate(b));
    prop_assert!(difference <= bound, "{difference:e} apart, became\n{b}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn strict_passes_in_any_order_keep_every_bit(
        graph in any_graph(STEPS),
        script in scripts(FRAMES),
        order in prop::collection::vec(0..STRICT.len(), 1..6),
    ) {
        check(&graph.0)?;
        let mut result = graph.0.clone();
        for i in order {
            result = STRICT[i].1(&result);
            check(&result)?;
        }
        same_bits(&script, &graph.0, &result)?;
    }

    #[test]
    fn the_strict_pipeline_keeps_every_bit_and_does_not_grow(
        graph in any_graph(STEPS),
        script in scripts(FRAMES),
    ) {
        let result = optimize(&graph.0, Level::Strict);
        check(&result)?;
        prop_assert!(result.len() <= graph.0.len());
        same_bits(&script, &graph.0, &result)?;
    }

    #[test]
    fn passes_in_any_order_stay_within_rounding_on_contractive_graphs(
        graph in contractive_graphs(Precision::F64, STEPS),
        script in scripts(FRAMES),
        order in prop::collection::vec(0..STRICT.len() + RELAXED.len(), 1..8),
    ) {
        check(&graph.0)?;
        let mut result = graph.0.clone();
        for i in order {
            let pass = STRICT.get(i).unwrap_or_else(|| &RELAXED[i - STRICT.len()]);
            result = pass.1(&result);
            check(&result)?;
        }
        close(&script, &graph.0, &result, 1e-12)?;
    }

    #[test]
    fn the_optimised_pipeline_stays_within_rounding_on_contractive_graphs(
        graph in contractive_graphs(Precision::F64, STEPS),
        script in scripts(FRAMES),
    ) {
        let result = optimize(&graph.0, Level::Optimized);
        check(&result)?;
        close(&script, &graph.0, &result, 1e-12)?;
    }

    #[test]
    fn the_optimised_pipeline_makes_well_formed_graphs_of_all_graphs(graph in any_graph(STEPS)) {
        check(&optimize(&graph.0, Level::Optimized))?;
    }

    #[test]
    fn the_text_form_is_read_back_exactly(graph in any_graph(STEPS)) {
        let text = graph.0.to_string();
        let read = Graph::parse_with(&text, unit).expect("its own text");
        prop_assert_eq!(read.to_string(), text);
        prop_assert_eq!(read.len(), graph.0.len());
        for (id, node) in graph.0.nodes() {
            prop_assert_eq!(read.op(id), node.op);
            prop_assert_eq!(read.ty(id), node.ty);
        }
    }

    #[test]
    fn f32_is_near_f64_on_contractive_graphs(
        (narrow, wide) in super::contractive::pairs(STEPS),
        script in scripts(FRAMES),
    ) {
        close(&script, &narrow.0, &wide.0, 1e-4)?;
    }

    #[test]
    fn what_is_built_is_well_formed_and_keeps_its_bits(
        signals in signals(STEPS),
        precision in precisions(),
        script in scripts(FRAMES),
    ) {
        let options = BuildOptions { precision, inputs: Some(super::INPUTS), ..Default::default() };
        let graph = Graph::build(&signals.0, &options);
        // A line that is read without delay may be fed from a later read of itself by the binds.
        if let Ok(graph) = graph {
            check(&graph)?;
            let result = optimize_with_origin(&graph, Level::Strict, Equals::Merged);
            check(&result.graph)?;
            same_bits(&script, &graph, &result.graph)?;
            for (register, source) in result.graph.registers().iter().zip(&result.origin.registers) {
                prop_assert_eq!(register.init, graph.registers()[source.index()].init);
            }
        }
    }

    #[test]
    fn optimising_twice_changes_nothing_more(graph in any_graph(STEPS)) {
        let once = optimize(&graph.0, Level::Strict);
        let twice = optimize(&once, Level::Strict);
        prop_assert_eq!(once.to_string(), twice.to_string());
    }
}
