//! An expression compiled to native code and run into a buffer: a decaying tone of 440 Hz.
//!
//! `cargo run --release -p synthc-engine --example expression_to_buffer`

use synthc_ir::library::sine_osc;
use synthc_ir::{BuildOptions, Graph, Signal, feedback};
use synthc_jit::{CompileOptions, Compiler, Target};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // 1 in the first frame, then always a little less.
    let decay = feedback(|y| Signal::input(0) + y * 0.9998);
    let tone = sine_osc(440.0) * decay * 0.5;

    let graph = Graph::build(&[tone], &BuildOptions::default())?;
    let program =
        Compiler::new(Target::Host)?.compile::<f32>(&graph, &CompileOptions::default())?;
    let mut state = program.instantiate(0);

    let mut impulse = vec![0.0; 48_000];
    impulse[0] = 1.0;
    let mut buffer = vec![0.0; 48_000];
    program.process(&mut state, &[&impulse], &mut [&mut buffer], &[])?;

    let peak = buffer.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    #[expect(clippy::print_stdout, reason = "an example shows what it does")]
    {
        println!(
            "{} frames, peak {peak:.3}, {} bytes of code",
            buffer.len(),
            program.code_bytes()
        );
    }
    assert!((0.4..0.5).contains(&peak));
    Ok(())
}
