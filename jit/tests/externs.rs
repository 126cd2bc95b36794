//! Rust functions inside compiled graphs: called once per frame, caught when they panic.

mod oracle;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use oracle::{assert_same, compile, evaluate, run_state, strict};
use synthc_ir::{BuildOptions, ExternState, ExternUnit, Graph, Precision, Signal, feedback};
use synthc_jit::{Compiler, Sample, Target};

/// Running sum and difference of two inputs; panics at a frame.
#[derive(Debug)]
struct Accumulator {
    panic_at: Option<usize>,
}

struct Sum {
    total: f64,
    frame: usize,
    panic_at: Option<usize>,
}

impl ExternUnit for Accumulator {
    fn name(&self) -> &str {
        "accumulator"
    }

    fn inputs(&self) -> usize {
        2
    }

    fn outputs(&self) -> usize {
        2
    }

    fn instantiate(&self, _sample_rate: f64) -> Box<dyn ExternState> {
        Box::new(Sum {
            total: 0.0,
            frame: 0,
            panic_at: self.panic_at,
        })
    }
}

impl ExternState for Sum {
    fn frame(&mut self, inputs: &[f64], outputs: &mut [f64]) {
        if Some(self.frame) == self.panic_at {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
        self.frame += 1;
        self.total += inputs[0] + inputs[1];
        outputs.copy_from_slice(&[self.total / 3.0, inputs[0] - inputs[1]]);
    }
}

fn graph(precision: Precision, panic_at: Option<usize>) -> Graph {
    let unit = Arc::new(Accumulator { panic_at });
    // An extern inside a feedback loop.
    let mut second = None;
    let loop_ = feedback(|y| {
        let call = [Signal::input(0), y * 0.25];
        let outputs = Signal::external(Arc::clone(&unit) as _, &call).unwrap();
        second = Some(outputs[1].clone());
        outputs[0].clone() * 0.5
    });
    let options = BuildOptions {
        precision,
        ..BuildOptions::default()
    };
    Graph::build(&[loop_, second.unwrap()], &options).unwrap()
}

fn check<T: Sample>(panic_at: Option<usize>) {
    let graph = graph(T::PRECISION, panic_at);
    let program = compile::<T>(&graph, &strict());
    let expected = evaluate(&graph, 100, &vec![], 0);
    let mut state = program.instantiate(0);
    for round in 0..2 {
        let given = run_state(&program, &mut state, 100, &vec![], &[3, 64]);
        assert_same(&expected, &given, &format!("round {round}"));
        let failed: Vec<usize> = state.failed_externs().collect();
        assert_eq!(failed, panic_at.map_or(vec![], |_| vec![0]));
        state.reset(0);
        assert_eq!(state.failed_externs().count(), 0);
    }
}

#[test]
fn an_extern_in_a_feedback_loop_gives_the_evaluators_bits() {
    check::<f32>(None);
    check::<f64>(None);
}

#[test]
fn an_extern_that_panics_is_flagged_and_silent_until_reset() {
    check::<f32>(Some(20));
    check::<f64>(Some(0));
}

/// Declares other numbers of outputs the more often it is asked.
#[derive(Debug)]
struct Fickle {
    outputs: [usize; 2],
    asked: AtomicUsize,
    /// From this question on the second number is the answer.
    turn: usize,
}

impl ExternUnit for Fickle {
    fn name(&self) -> &str {
        "fickle"
    }

    fn inputs(&self) -> usize {
        1
    }

    fn outputs(&self) -> usize {
        let later = self.asked.fetch_add(1, Ordering::Relaxed) >= self.turn;
        self.outputs[usize::from(later)]
    }

    fn instantiate(&self, _sample_rate: f64) -> Box<dyn ExternState> {
        Box::new(Fill)
    }
}

struct Fill;

impl ExternState for Fill {
    fn frame(&mut self, _inputs: &[f64], outputs: &mut [f64]) {
        outputs.fill(1.0);
    }
}

#[test]
fn no_answer_of_a_unit_makes_memory_unsafe() {
    for turn in 0..24 {
        for outputs in [[1, usize::MAX], [2, usize::MAX - 1], [2, 1], [1, 0]] {
            let asked = AtomicUsize::new(0);
            let unit = Arc::new(Fickle {
                outputs,
                asked,
                turn,
            });
            let Ok(signals) = Signal::external(unit, &[Signal::input(0)]) else {
                continue;
            };
            let output = signals.last().unwrap().clone();
            let Ok(graph) = Graph::build(&[output], &BuildOptions::default()) else {
                continue;
            };
            let mut compiler = Compiler::new(Target::Host).unwrap();
            // Debug builds verify after every pass and may panic on a unit that changes its mind;
            // what counts is that nothing that compiles runs out of bounds.
            let compile = || compiler.compile::<f32>(&graph, &strict());
            let compiled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(compile));
            let Ok(Ok(program)) = compiled else {
                continue;
            };
            let mut state = program.instantiate(0);
            let mut output = [0.5_f32; 4];
            let done = program.process(&mut state, &[&[0.0; 4]], &mut [&mut output], &[]);
            assert!(done.is_ok());
            assert!(output == [1.0; 4] || output == [0.0; 4], "{output:?}");
        }
    }
}
