//! Every numeric reference, rendered from patch text and compared under its own rule, by every way
//! a graph can be run: the evaluator before and after the passes, and native code, strict and optimised.
//!
//! Strict native code must also repeat the evaluator bit for bit, whatever the host's block size.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use synthc_engine::render::{FunctionOptions, Input, Length, TimedValue, render_function};
use synthc_engine::smoother::Smoother;
use synthc_ir::pass::{Level, optimize};
use synthc_ir::{BuildOptions, Control, Evaluator, Graph, Precision, Signal};
use synthc_jit::{Sample, host};
use synthc_lang::{Limits, Patch, SourceFile};
use synthc_tests::reference::{Case, Manifest, Rule};

/// Frames the renderer is asked for at a time: no multiple and no divisor of its inner blocks.
const ODD_BLOCK: usize = 37;

/// One vector of samples per output.
type Channels = Vec<Vec<f64>>;

/// A case made ready to be run in every way.
struct Prepared<'a> {
    case: &'a Case,
    outputs: Vec<Signal>,
    inputs: Vec<Arc<[f64]>>,
    expected: Channels,
}

impl<'a> Prepared<'a> {
    fn new(case: &'a Case) -> Self {
        let source = SourceFile::new(case.name.as_str(), &case.krs);
        let patch = Patch::load(source, Limits::default()).unwrap_or_else(|e| panic!("{e}"));
        let function = patch
            .definition("patch")
            .unwrap_or_else(|e| panic!("{}: {e}", case.name));
        assert_eq!(function.inputs.len(), case.inputs.len(), "{}", case.name);
        let samples = |input: &synthc_tests::reference::Input| {
            input.samples(case.frames, case.sample_rate).into()
        };
        Self {
            case,
            outputs: function.outputs,
            inputs: case.inputs.iter().map(samples).collect(),
            expected: case.expected().expect("data"),
        }
    }

    fn graph(&self, precision: Precision) -> Graph {
        let options = BuildOptions {
            precision,
            sample_rate: self.case.sample_rate,
            inputs: u32::try_from(self.inputs.len()).ok(),
        };
        Graph::build(&self.outputs, &options).expect("builds")
    }

    fn evaluate(&self, graph: &Graph) -> Channels {
        let mut steps = self.case.steps.iter().peekable();
        self.evaluate_with(graph, |evaluator, n| {
            while let Some(step) = steps.next_if(|step| step.0 <= n) {
                let control = graph.control_named(&step.1).expect("a control");
                evaluator.set(control, step.2);
            }
        })
    }

    /// All frames; `before` may set controls before each.
    fn evaluate_with(
        &self,
        graph: &Graph,
        mut before: impl FnMut(&mut Evaluator<'_>, u64),
    ) -> Channels {
        let mut evaluator = Evaluator::new(graph, 0);
        let mut rendered = vec![Vec::with_capacity(self.case.frames); self.expected.len()];
        let mut frame = vec![0.0; self.inputs.len()];
        for n in 0..self.case.frames {
            before(&mut evaluator, n as u64);
            for (x, input) in frame.iter_mut().zip(&self.inputs) {
                *x = input[n];
            }
            for (channel, &y) in rendered.iter_mut().zip(evaluator.frame(&frame)) {
                channel.push(y);
            }
        }
        rendered
    }

    fn native<T: Sample>(&self, strict: bool) -> Result<Channels, String> {
        let event = |step: &synthc_tests::reference::Step| TimedValue {
            frame: step.0,
            path: step.1.clone(),
            value: step.2,
        };
        self.render::<T>(FunctionOptions {
            strict,
            raw_controls: true,
            events: self.case.steps.iter().map(event).collect(),
            ..FunctionOptions::default()
        })
    }

    /// Native code in odd blocks.
    fn render<T: Sample>(&self, options: FunctionOptions) -> Result<Channels, String> {
        let case = self.case;
        let options = FunctionOptions {
            sample_rate: case.sample_rate,
            block: ODD_BLOCK,
            length: Length::Frames(case.frames as u64),
            ..options
        };
        let inputs: Vec<Input> = self.inputs.iter().cloned().map(Input::Samples).collect();
        let mut rendered = vec![Vec::with_capacity(case.frames); self.expected.len()];
        let sink = |block: &[&[T]]| {
            assert_eq!(block.len(), self.expected.len(), "{}", case.name);
            for (channel, samples) in rendered.iter_mut().zip(block) {
                channel.extend(samples.iter().map(|x| x.to_f64()));
            }
            Ok(())
        };
        render_function::<T>(&self.outputs, &inputs, &options, sink, |_| {})
            .map_err(|e| e.to_string())?;
        Ok(rendered)
    }

    /// Runs the case in every way at one precision; what failed.
    fn failures<T: Sample>(&self) -> Vec<String> {
        let rule = match T::PRECISION {
            Precision::F64 => &self.case.compare.f64,
            Precision::F32 => &self.case.compare.f32,
        };
        let graph = self.graph(T::PRECISION);
        let strict = optimize(&graph, Level::Strict);
        // Compiled code runs with denormals flushed to zero: the oracle it is compared with must, too.
        let oracle = host::flush_denormals(|| self.evaluate(&strict));
        let native = self.native::<T>(true);
        let mut failures = Vec::new();
        if let Ok(native) = &native
            && let Some(difference) = first_difference(&oracle, native)
        {
            failures.push(format!(
                "strict code is not the evaluator after strict passes: {difference}"
            ));
        }
        let optimized = optimize(&graph, Level::Optimized);
        let ways = [
            ("evaluator, as built", Ok(self.evaluate(&graph))),
            ("evaluator, after strict passes", Ok(oracle)),
            (
                "evaluator, after optimising passes",
                Ok(self.evaluate(&optimized)),
            ),
            ("strict code", native),
            ("optimised code", self.native::<T>(false)),
        ];
        failures.extend(ways.iter().filter_map(|(way, rendered)| {
            let text = match rendered {
                Ok(rendered) => mismatch(rule, &self.expected, rendered)?,
                Err(error) => error.clone(),
            };
            Some(format!("{way}: {text}"))
        }));
        let place = |failure| format!("{} {}, {failure}", self.case.name, T::PRECISION);
        failures.into_iter().map(place).collect()
    }
}

/// What breaks the rule, if anything does.
fn mismatch(rule: &Rule, expected: &[Vec<f64>], rendered: &[Vec<f64>]) -> Option<String> {
    if expected.len() != rendered.len() {
        return Some(format!("{} outputs", rendered.len()));
    }
    expected
        .iter()
        .zip(rendered)
        .map(|(expected, rendered)| rule.compare(expected, rendered))
        .find(|verdict| !verdict.passed)
        .map(|verdict| verdict.text)
}

/// The first frame whose bits differ; any NaN is any other, as their payloads mean nothing.
fn first_difference(a: &[Vec<f64>], b: &[Vec<f64>]) -> Option<String> {
    let same = |x: f64, y: f64| x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan());
    a.iter().zip(b).enumerate().find_map(|(channel, (a, b))| {
        if a.len() != b.len() {
            return Some(format!("{} frames instead of {}", b.len(), a.len()));
        }
        let frame = a.iter().zip(b).position(|(&x, &y)| !same(x, y))?;
        let (a, b) = (a[frame], b[frame]);
        Some(format!(
            "{b:e} instead of {a:e} at frame {frame} of output {channel}"
        ))
    })
}

/// Moves every control twice, smoothed as in a session, through strict code and through the evaluator.
fn moving_difference<T: Sample>(prepared: &Prepared<'_>) -> Option<String> {
    let graph = optimize(&prepared.graph(T::PRECISION), Level::Strict);
    let controls = graph.controls();
    let rate = prepared.case.sample_rate;
    let moves = |(index, control): (usize, &Arc<Control>)| {
        let at = |share: f64| control.lo + share * (control.hi - control.lo);
        let path = control.name.to_string();
        [(101, 0.8), (401, 0.3)].map(|(frame, share)| TimedValue {
            frame: frame + 13 * index as u64,
            path: path.clone(),
            value: at(share),
        })
    };
    let events: Vec<TimedValue> = controls.iter().enumerate().flat_map(moves).collect();
    let smoother = |control: &Arc<Control>| {
        let seconds = control.smoothing_seconds();
        Smoother::control(control.init, control.lo, control.hi, seconds, rate)
    };
    let mut smoothers: Vec<Smoother> = controls.iter().map(smoother).collect();
    let oracle = host::flush_denormals(|| {
        prepared.evaluate_with(&graph, |evaluator, n| {
            for (control, smoother) in controls.iter().zip(&mut smoothers) {
                if n % 64 == 0 {
                    smoother.snap();
                }
                let due = events.iter().find(|event| event.frame == n);
                if let Some(event) = due.filter(|event| *event.path == *control.name) {
                    smoother.set(control.clamp(event.value));
                }
                let id = graph.control_named(&control.name).expect("a control");
                evaluator.set(id, smoother.advance());
            }
        })
    });
    let native = prepared.render::<T>(FunctionOptions {
        strict: true,
        events,
        ..FunctionOptions::default()
    });
    let difference = match native {
        Ok(native) => first_difference(&oracle, &native)?,
        Err(error) => error,
    };
    Some(format!(
        "{} {}: {difference}",
        prepared.case.name,
        T::PRECISION
    ))
}

#[test]
fn controls_on_the_move_give_the_evaluators_bits_in_every_reference() {
    let manifest = Manifest::load().expect("the manifest");
    let with_controls = manifest
        .cases
        .iter()
        .filter(|case| !case.controls.is_empty());
    let prepared: Vec<Prepared<'_>> = with_controls.map(Prepared::new).collect();
    assert!(prepared.len() > 30, "cases were lost");
    let failures: Vec<String> = prepared
        .iter()
        .flat_map(|prepared| {
            [
                moving_difference::<f64>(prepared),
                moving_difference::<f32>(prepared),
            ]
        })
        .flatten()
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_reference_is_met_in_every_way() {
    let manifest = Manifest::load().expect("the manifest");
    assert_eq!(manifest.cases.len(), 296, "cases were lost");
    let next = AtomicUsize::new(0);
    let work = || {
        let mut failures = Vec::new();
        while let Some(case) = manifest.cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let prepared = Prepared::new(case);
            failures.extend(prepared.failures::<f64>());
            failures.extend(prepared.failures::<f32>());
        }
        failures
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(work));
        let results = threads
            .into_iter()
            .map(|thread| thread.join().expect("runs"));
        results.flatten().collect()
    });
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
