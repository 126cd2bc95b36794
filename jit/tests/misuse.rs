//! Wrong arguments are refused with an error that says what fits; nothing is computed then.

mod oracle;

use oracle::{compile, strict};
use synthc_ir::{BuildOptions, Control, Graph, Precision, Signal, feedback};
use synthc_jit::{CompileError, CompileOptions, Compiler, ProcessError, Program, State, Target};

fn program() -> Program<f32> {
    let gain = Signal::control(Control::new("gain", 0.5, 0.0, 1.0));
    let sum = feedback(|y| y + Signal::input(0));
    let graph = Graph::build(&[&sum * &gain, sum], &BuildOptions::default()).unwrap();
    compile(&graph, &strict())
}

/// Runs a block of ones and gives the first output.
fn works(program: &Program<f32>, state: &mut State<f32>) -> f32 {
    let (mut a, mut b) = ([0.0; 4], [0.0; 4]);
    let mut outputs = [&mut a[..], &mut b[..]];
    program
        .process(state, &[&[1.0; 4]], &mut outputs, &[])
        .unwrap();
    a[0]
}

#[test]
fn a_state_of_another_program_is_refused() {
    let (one, two) = (program(), program());
    let mut state = two.instantiate(0);
    let (mut a, mut b) = ([0.0; 4], [0.0; 4]);
    let mut outputs = [&mut a[..], &mut b[..]];
    let refused = one.process(&mut state, &[&[1.0; 4]], &mut outputs, &[]);
    assert_eq!(refused, Err(ProcessError::ForeignState));
    assert_eq!(works(&two, &mut state), 0.5);
}

#[test]
fn wrong_counts_and_lengths_are_refused_and_leave_the_state_alone() {
    let program = program();
    let mut state = program.instantiate(0);
    let ones = [1.0_f32; 8];
    let mut check = |inputs: &[&[f32]], outputs: &[usize], moving: &[Option<&[f32]>]| {
        let mut buffers: Vec<Vec<f32>> = outputs.iter().map(|&n| vec![0.0; n]).collect();
        let mut slices: Vec<&mut [f32]> = buffers.iter_mut().map(Vec::as_mut_slice).collect();
        program.process(&mut state, inputs, &mut slices, moving)
    };
    let (given, expected) = (0, 1);
    assert_eq!(
        check(&[], &[4, 4], &[]),
        Err(ProcessError::InputCount { given, expected })
    );
    let (given, expected) = (3, 2);
    assert_eq!(
        check(&[&ones[..4]], &[4, 4, 4], &[]),
        Err(ProcessError::OutputCount { given, expected })
    );
    let (given, expected) = (3, 4);
    let length = Err(ProcessError::Length { given, expected });
    assert_eq!(check(&[&ones[..3]], &[4, 4], &[]), length);
    assert_eq!(check(&[&ones[..4]], &[4, 3], &[]), length);
    assert_eq!(check(&[&ones[..4]], &[4, 4], &[Some(&ones[..3])]), length);
    let (given, expected) = (2, 1);
    assert_eq!(
        check(&[&ones[..4]], &[4, 4], &[None, None]),
        Err(ProcessError::MovingCount { given, expected })
    );
    assert_eq!(check(&[&[]], &[0, 0], &[]), Ok(()));
    assert_eq!(works(&program, &mut state), 0.5);
}

#[test]
fn controls_are_clamped_and_unknown_ones_ignored() {
    let program = program();
    let mut state = program.instantiate(0);
    state.set_control(0, 7.0);
    assert_eq!(state.control(0), 1.0);
    state.set_control(0, f64::NAN);
    assert_eq!(state.control(0), 0.5);
    state.set_control(1, 0.25);
    assert_eq!(state.control(1), 0.0);
    assert_eq!(works(&program, &mut state), 0.5);
}

#[test]
fn a_graph_of_another_width_is_refused() {
    let options = BuildOptions {
        precision: Precision::F64,
        ..BuildOptions::default()
    };
    let graph = Graph::build(&[Signal::input(0)], &options).unwrap();
    let compiled = Compiler::new(Target::Host)
        .unwrap()
        .compile::<f32>(&graph, &CompileOptions::default());
    assert!(matches!(
        compiled,
        Err(CompileError::Precision {
            graph: Precision::F64,
            sample: Precision::F32
        })
    ));
}

#[test]
fn a_graph_that_breaks_a_rule_is_refused() {
    let mut graph = Graph::new(Precision::F32, 48_000.0, 0);
    let input = graph.insert(synthc_ir::Op::Input(3));
    graph.set_outputs(vec![input]);
    let compiled = Compiler::new(Target::Host)
        .unwrap()
        .compile::<f32>(&graph, &CompileOptions::default());
    assert!(matches!(compiled, Err(CompileError::Graph(_))));
}

#[test]
fn programs_and_states_may_change_threads() {
    fn sent<T: Send>() {}
    fn shared<T: Sync>() {}
    sent::<Program<f32>>();
    shared::<Program<f64>>();
    sent::<State<f32>>();
    sent::<Compiler>();
}
