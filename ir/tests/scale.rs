//! Size and depth: programs grow with the number of distinct signals, not of uses, and no depth
//! overflows a stack. Everything here runs on a stack of 256 KiB.

use synthc_ir::analysis::{Rates, Recurrences};
use synthc_ir::pass::{Level, optimize};
use synthc_ir::signal::{DelayMax, Line};
use synthc_ir::{BuildOptions, Evaluator, Graph, Signal, feedback};

const DEPTH: usize = 100_000;

fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 << 10);
    let thread = thread.spawn(test).expect("a thread");
    assert!(thread.join().is_ok(), "the test on the small stack failed");
}

fn build(signal: &Signal) -> Graph {
    let graph = Graph::build(std::slice::from_ref(signal), &BuildOptions::default());
    graph.expect("a good program")
}

/// A chain in which every link differs, so that nothing merges.
fn chain() -> Signal {
    (0..DEPTH).fold(Signal::input(0), |x, i| (x - i as f64).abs())
}

#[test]
fn a_signal_used_2_to_the_1000_times_stays_small() {
    let doubled = (0..1000).fold(Signal::input(0), |x, _| &x + &x);
    let graph = build(&doubled);
    assert_eq!(graph.len(), 1001);
    let optimized = optimize(&graph, Level::Optimized);
    assert_eq!(optimized.len(), 1001);
    assert!(graph.to_string().lines().count() < 1010);
    assert!(format!("{doubled:?}").len() < 1000);
}

#[test]
fn a_chain_of_a_hundred_thousand_builds_evaluates_optimises_prints_and_drops() {
    on_a_small_stack(|| {
        let signal = chain();
        let graph = build(&signal);
        graph.verify().expect("a good graph");
        assert!(graph.len() > 2 * DEPTH);
        let mut evaluator = Evaluator::new(&graph, 0);
        assert!(evaluator.frame(&[1.0])[0].is_finite());
        let optimized = optimize(&graph, Level::Optimized);
        assert!(
            Recurrences::find(&optimized)
                .of(optimized.outputs()[0])
                .is_none()
        );
        let _ = Rates::infer(&optimized);
        let text = graph.to_string();
        let read = Graph::parse(&text).expect("its own text");
        assert_eq!(read.len(), graph.len());
        assert!(format!("{signal:?}").len() < 1000);
    });
}

#[test]
fn feedback_around_a_long_chain_and_loops_within_loops_drop_without_recursion() {
    on_a_small_stack(|| {
        let long = feedback(|y| (0..DEPTH).fold(y.clone(), |x, i| x * 0.5 + i as f64));
        let graph = build(&long);
        assert_eq!(graph.registers().len(), 1);
        let whole = Recurrences::find(&graph);
        assert!(whole.of(graph.outputs()[0]).is_some());
        let nested = (0..DEPTH / 10).fold(Signal::input(0), |x, _| feedback(|y| y * 0.5 + &x));
        let graph = build(&nested);
        assert_eq!(graph.registers().len(), DEPTH / 10);
        assert_eq!(Evaluator::new(&graph, 0).frame(&[1.0])[0], 1.0);
    });
}

#[test]
fn lines_whose_length_depends_on_lines_drop_without_recursion() {
    on_a_small_stack(|| {
        let nested = (0..DEPTH / 10).fold(Signal::input(0).clip(0.0, 5.0), |time, _| {
            let line = Line::new(0, DelayMax::Of(time.clone()));
            let read = line.read(&time);
            line.bind(&Signal::input(0), &read).clip(0.0, 5.0)
        });
        let graph = build(&nested);
        assert_eq!(graph.lines().len(), DEPTH / 10);
        assert!(graph.lines().iter().all(|line| line.max == 6));
    });
}

#[test]
fn a_sum_of_many_signals_is_linear() {
    let sum: Signal = (0..20_000).map(|i| Signal::input(0) * f64::from(i)).sum();
    assert!(build(&sum).len() < 60_010);
}
