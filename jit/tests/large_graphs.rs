//! Graphs of thousands of nodes compile, run and drop; the rest is refused with the limit.

mod oracle;

use oracle::{assert_same, assert_strict, compile, evaluate, run, strict};
use synthc_ir::{BuildOptions, Control, Graph, Op, Precision, Signal, feedback};
use synthc_jit::{CompileError, CompileOptions, Compiler, Target};

fn chain(links: usize) -> Graph {
    let level = Signal::control(Control::new("level", 0.5, 0.0, 1.0));
    let mut sum = Signal::input(0);
    let mut control = level.clone();
    for i in 0..links {
        control = control * 0.999 + 0.0005;
        sum = match i % 8 {
            0 => feedback(|y| y * 0.5 + &sum),
            1 => &sum * &control,
            2 => &sum * &level,
            _ => &sum * 0.75 + Signal::input(0),
        };
    }
    Graph::build(&[&sum + &control, sum], &BuildOptions::default()).unwrap()
}

#[test]
fn a_graph_of_five_thousand_nodes_gives_the_evaluators_bits() {
    let graph = chain(1500);
    assert!(graph.len() > 5000);
    let changes = vec![(10, 0, 0.75), (11, 0, 0.25)];
    assert_strict::<f32>(&graph, 30, &changes);
}

#[test]
fn a_chain_of_a_hundred_thousand_nodes_compiles_and_runs() {
    let graph = chain(30_000);
    assert!(graph.len() > 100_000);
    let program = compile::<f32>(&graph, &strict());
    let expected = evaluate(&graph, 3, &vec![], 0);
    let given = run(&program, 3, &vec![], 0, &[2, 1]);
    assert_same(&expected, &given, "a long chain");
}

#[test]
fn a_graph_beyond_the_limit_is_refused() {
    let mut graph = Graph::new(Precision::F32, 48_000.0, 1);
    let mut node = graph.insert(Op::Input(0));
    for _ in 0..300_000 {
        node = graph.add(node, node);
    }
    graph.set_outputs(vec![node]);
    let compiled = Compiler::new(Target::Host)
        .unwrap()
        .compile::<f32>(&graph, &CompileOptions::default());
    assert!(matches!(compiled, Err(CompileError::TooLarge { .. })));
}
