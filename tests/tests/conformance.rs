//! Every numeric reference, rendered from patch text and compared under its own rule, by every way
//! a graph can be run.

use std::rc::Rc;

use synthc_ir::pass::{Level, optimize};
use synthc_ir::{BuildOptions, Evaluator, Graph, Precision, Signal};
use synthc_lang::{Definition, Host, Interpreter, Limits, SourceFile, krs::Places};
use synthc_tests::reference::{Case, Manifest};

/// The outputs of `patch` in a case's source.
fn outputs(case: &Case) -> Vec<Signal> {
    let places = Rc::new(Places::default());
    let krs = synthc_lang::krs::module(&places);
    let host = Host::new()
        .module(&krs)
        .global("krs", synthc_lang::Value::Module(Rc::clone(&krs)));
    let source = SourceFile::new(case.name.as_str(), &case.krs);
    let mut interpreter = Interpreter::new(source, &host, Limits::default()).expect("parses");
    let outcome = interpreter.run().unwrap_or_else(|e| panic!("{e:?}"));
    let patch = outcome.global("patch").expect("a function `patch`").clone();
    let definition = interpreter
        .with_context(synthc_lang::Span::default(), |context| {
            Definition::of(context, &patch, &places)
        })
        .unwrap_or_else(|e| panic!("{e:?}"));
    definition.outputs
}

/// A way to run a graph.
struct Engine {
    name: &'static str,
    /// Renders all frames of a case: one vector per output.
    render: fn(&Graph, &Case) -> Vec<Vec<f64>>,
}

/// All of them must meet every reference.
const ENGINES: [Engine; 3] = [
    Engine {
        name: "evaluator, as built",
        render: evaluate,
    },
    Engine {
        name: "evaluator, after strict passes",
        render: |graph, case| evaluate(&optimize(graph, Level::Strict), case),
    },
    Engine {
        name: "evaluator, after optimising passes",
        render: |graph, case| evaluate(&optimize(graph, Level::Optimized), case),
    },
];

fn evaluate(graph: &Graph, case: &Case) -> Vec<Vec<f64>> {
    let mut evaluator = Evaluator::new(graph, 0);
    let inputs: Vec<Vec<f64>> = case
        .inputs
        .iter()
        .map(|input| input.samples(case.frames, case.sample_rate))
        .collect();
    let mut rendered = vec![Vec::with_capacity(case.frames); case.outputs.len()];
    let mut steps = case.steps.iter().peekable();
    for n in 0..case.frames {
        while let Some(step) = steps.next_if(|step| step.0 <= n as u64) {
            let control = graph.control_named(&step.1).expect("a control");
            evaluator.set(control, step.2);
        }
        let frame: Vec<f64> = inputs.iter().map(|input| input[n]).collect();
        for (channel, &y) in rendered.iter_mut().zip(evaluator.frame(&frame)) {
            channel.push(y);
        }
    }
    rendered
}

#[test]
fn every_reference_is_met_by_every_engine() {
    let manifest = Manifest::load().expect("the manifest");
    let mut failures = Vec::new();
    for case in &manifest.cases {
        let expected = case.expected().expect("data");
        let outputs = outputs(case);
        for precision in [Precision::F64, Precision::F32] {
            let options = BuildOptions {
                precision,
                sample_rate: case.sample_rate,
                inputs: Some(case.inputs.len() as u32),
            };
            let graph = Graph::build(&outputs, &options).expect("builds");
            let rule = match precision {
                Precision::F64 => &case.compare.f64,
                Precision::F32 => &case.compare.f32,
            };
            for engine in &ENGINES {
                let rendered = (engine.render)(&graph, case);
                assert_eq!(rendered.len(), expected.len(), "{}", case.name);
                for (expected, rendered) in expected.iter().zip(&rendered) {
                    let verdict = rule.compare(expected, rendered);
                    if !verdict.passed {
                        let (case, engine) = (&case.name, engine.name);
                        failures.push(format!("{case} {precision}, {engine}: {}", verdict.text));
                    }
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
