//! Compiles a [`Graph`](synthc_ir::Graph) to native code and runs it safely.
//!
//! A [`Compiler`] turns a graph into a [`Program`]; a program makes any number of [`State`]s, one
//! per voice or instance; [`Program::process`] computes a block of frames. Nothing here knows a
//! device or a session.
//!
//! ```
//! use synthc_ir::{BuildOptions, Graph, Signal, feedback};
//! use synthc_jit::{CompileOptions, Compiler, Target};
//!
//! // A one-pole low-pass of the input.
//! let y = feedback(|y| 0.9 * y + 0.1 * Signal::input(0));
//! let graph = Graph::build(&[y], &BuildOptions::default())?;
//! let program = Compiler::new(Target::Host)?.compile::<f32>(&graph, &CompileOptions::default())?;
//! let mut state = program.instantiate(0);
//! let mut output = [0.0; 64];
//! program.process(&mut state, &[&[1.0; 64]], &mut [&mut output], &[])?;
//! assert!((output[63] - (1.0 - 0.9_f32.powi(64))).abs() < 1e-6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod call;
mod code_block;
mod code_memory;
mod compiler;
mod error;
mod extern_call;
mod generator;
mod layout;
mod lower;
mod options;
mod program;
mod sample;
mod schedule;
mod state;
mod target;

pub mod host;

pub use code_memory::CodeMemoryUsage;
pub use compiler::Compiler;
pub use error::{CompileError, ProcessError};
pub use layout::{Layout, LineSlot, Slot, TableSlot, ValueType};
pub use options::{CompileOptions, CompileTimes, Level, Target};
pub use program::{Program, ProgramText};
pub use sample::Sample;
pub use state::State;
