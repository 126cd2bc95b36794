//! Peak resident memory, measured in processes of their own: this one holds the whole corpus.

use std::error::Error;
use std::process::Command;

use synthc_ir::{BuildOptions, Graph};
use synthc_jit::{CompileOptions, Compiler, Target};

use crate::corpus;

/// The peak of a process that loads, compiles and runs one patch; `None` where the system does not
/// tell.
pub(crate) fn of(patch: &str) -> Option<u64> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program)
        .args(["memory", patch])
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// What that process does.
#[allow(
    clippy::print_stdout,
    reason = "the figure is read from standard output"
)]
pub(crate) fn run(patch: &str) -> Result<(), Box<dyn Error>> {
    let subjects = corpus::load(&[patch.to_owned()])?;
    let subject = subjects
        .iter()
        .find(|s| s.name == patch)
        .ok_or("no such patch")?;
    let options = BuildOptions {
        inputs: Some(subject.inputs),
        ..BuildOptions::default()
    };
    let graph = Graph::build(&subject.outputs, &options)?;
    let program =
        Compiler::new(Target::Host)?.compile::<f32>(&graph, &CompileOptions::default())?;
    let silence = vec![0.0; 64];
    let inputs = vec![silence.as_slice(); program.input_count()];
    let mut buffers = vec![vec![0.0; 64]; program.output_count()];
    let mut outputs: Vec<&mut [f32]> = buffers.iter_mut().map(Vec::as_mut_slice).collect();
    let mut states: Vec<_> = (0..subject.voices.max(1))
        .map(|voice| program.instantiate(voice as u64))
        .collect();
    for _ in 0..750 {
        for state in &mut states {
            program.process(state, &inputs, &mut outputs, &[])?;
        }
    }
    if let Some(bytes) = synthc_measure::peak_resident_bytes() {
        println!("{bytes}");
    }
    Ok(())
}
