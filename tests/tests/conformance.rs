//! Every numeric reference, rendered from patch text and compared under its own rule.

use std::rc::Rc;

use synthc_ir::{BuildOptions, Evaluator, Graph, Precision, Signal};
use synthc_lang::{Definition, Host, Interpreter, Limits, SourceFile, krs::Places};
use synthc_tests::reference::{Case, Manifest};

/// The outputs of `patch` in a case's source.
fn outputs(case: &Case) -> Vec<Signal> {
    let places = Rc::new(Places::default());
    let krs = synthc_lang::krs::module(&places);
    let host = Host::new().module(&krs).global("krs", synthc_lang::Value::Module(std::rc::Rc::clone(&krs)));
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

#[test]
fn every_reference_is_met_by_the_evaluator() {
    let manifest = Manifest::load().expect("the manifest");
    let mut failures = Vec::new();
    for precision in [Precision::F64, Precision::F32] {
        for case in &manifest.cases {
            let options = BuildOptions {
                precision,
                sample_rate: case.sample_rate,
                inputs: Some(case.inputs.len() as u32),
            };
            let graph = Graph::build(&outputs(case), &options).expect("builds");
            let mut evaluator = Evaluator::new(&graph, 0);
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
            let rule = match precision {
                Precision::F64 => &case.compare.f64,
                Precision::F32 => &case.compare.f32,
            };
            for (expected, rendered) in case.expected().expect("data").iter().zip(&rendered) {
                let verdict = rule.compare(expected, rendered);
                if !verdict.passed {
                    failures.push(format!("{} {precision}: {}", case.name, verdict.text));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
