//! `synthc inspect`: what a patch compiles to, function by function.

mod cost;
mod loops;

use std::io::Write;

use synthc_engine::session::Session;
use synthc_ir::{BuildOptions, Graph, Signal, pass};
use synthc_jit::{CompileOptions, Compiler, Level, Program, Sample};
use synthc_lang::Patch;
use synthc_measure::Profile;

use crate::args::{Emit, InspectArgs, PrecisionArg};
use crate::command::render::target;
use crate::failure::Failure;
use crate::patch_file::{build_failure, function, load};

/// Something to show: a node, or a function.
struct Subject {
    name: String,
    inputs: u32,
    outputs: Vec<Signal>,
}

pub(crate) fn run(args: &InspectArgs) -> Result<(), Failure> {
    let patch = load(&args.patch.path)?;
    let subjects = match &args.patch.function {
        Some(name) => {
            let function = function(&patch, &args.patch.path, name)?;
            vec![Subject {
                name: function.name,
                inputs: u32::try_from(function.inputs.len()).unwrap_or(u32::MAX),
                outputs: function.outputs,
            }]
        }
        None => nodes(patch.session()),
    };
    if subjects.is_empty() {
        return Err(Failure::Usage(format!(
            "{0} makes no node; name a function: {0}:FUNCTION",
            args.patch.path.display()
        )));
    }
    let mut text = String::new();
    let many = subjects.len() > 1;
    for subject in &subjects {
        if many {
            text.push_str(&format!("; {}\n", subject.name));
        }
        let shown = match args.precision {
            PrecisionArg::F32 => show::<f32>(args, &patch, subject)?,
            PrecisionArg::F64 => show::<f64>(args, &patch, subject)?,
        };
        text.push_str(shown.trim_end());
        text.push('\n');
    }
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(Failure::io)
}

fn nodes(session: &Session) -> Vec<Subject> {
    session
        .nodes()
        .map(|(name, node)| Subject {
            name: name.to_string(),
            inputs: node.definition().inputs(),
            outputs: node.definition().outputs().to_vec(),
        })
        .collect()
}

fn show<T: Sample>(
    args: &InspectArgs,
    patch: &Patch,
    subject: &Subject,
) -> Result<String, Failure> {
    let build = BuildOptions {
        precision: T::PRECISION,
        sample_rate: f64::from(args.rate),
        inputs: Some(subject.inputs),
    };
    let graph = Graph::build(&subject.outputs, &build).map_err(|e| build_failure(patch, &e))?;
    let level = if args.strict {
        Level::Strict
    } else {
        Level::Optimized
    };
    let options = CompileOptions {
        level,
        target: target(args.target),
        keep_text: true,
        ..CompileOptions::default()
    };
    Ok(match args.emit {
        Emit::Ir => pass::optimize(&graph, level).to_string(),
        Emit::Controls => controls(&graph),
        Emit::Clif | Emit::Asm => {
            let program = compile::<T>(&graph, &options, subject)?;
            match (program.text(), args.emit) {
                (Some(text), Emit::Clif) => text.clif.clone(),
                (Some(text), _) => text.assembly.clone(),
                (None, _) => String::new(),
            }
        }
        Emit::Loops => {
            let program = compile::<T>(&graph, &options, subject)?;
            loops::show(&pass::optimize(&graph, level), &program)
        }
        Emit::Cost => {
            let profile = Profile::of::<T>(&graph, &options)
                .map_err(|e| Failure::Patch(format!("error: {}: {e}", subject.name)))?;
            cost::show(
                &profile,
                &crate::patch_file::read(&args.patch.path)?,
                build.sample_rate,
            )
        }
    })
}

fn compile<T: Sample>(
    graph: &Graph,
    options: &CompileOptions,
    subject: &Subject,
) -> Result<Program<T>, Failure> {
    Compiler::new(options.target)
        .and_then(|mut compiler| compiler.compile::<T>(graph, options))
        .map_err(|e| Failure::Patch(format!("error: {}: {e}", subject.name)))
}

fn controls(graph: &Graph) -> String {
    let mut text = String::new();
    for control in graph.controls() {
        let smoothing = match control.smoothing_seconds() {
            Some(seconds) => format!("smoothed {:.1} ms", seconds * 1e3),
            None => "steps".to_owned(),
        };
        text.push_str(&format!(
            "{:<16} {:>10} in [{}, {}], {smoothing}\n",
            control.name, control.init, control.lo, control.hi
        ));
    }
    text
}
