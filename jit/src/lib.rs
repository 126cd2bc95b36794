//! Compiles a [`Graph`](synthc_ir::Graph) to native code and runs it safely.
//!
//! A [`Compiler`] turns a graph into a [`Program`]; a program makes any number of [`State`]s, one
//! per voice or instance; [`Program::process`] computes a block of frames. Nothing here knows a
//! device or a session.
//!
//! # From an expression to a buffer
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
//!
//! # Controls: at rest and moving
//!
//! What depends on controls only is computed when one of them changed, outside the sample loop.
//! A control that is being smoothed is handed over frame by frame; with
//! [`CompileOptions::moving`] a second loop reads it from the buffer, otherwise the same bits come
//! at the price of an update per frame.
//!
//! ```
//! # use synthc_ir::{BuildOptions, Control, Graph, Signal};
//! # use synthc_jit::{CompileOptions, Compiler, Target, host};
//! let level = Signal::control(Control::new("level", 0.5, 0.0, 1.0));
//! let graph = Graph::build(&[Signal::input(0) * level], &BuildOptions::default())?;
//! let options = CompileOptions { moving: true, ..CompileOptions::default() };
//! let program = Compiler::new(Target::Host)?.compile::<f32>(&graph, &options)?;
//! let mut state = program.instantiate(0);
//! let mut output = [0.0; 4];
//! host::flush_denormals(|| program.process(&mut state, &[&[2.0; 4]], &mut [&mut output], &[]))?;
//! assert_eq!(output, [1.0; 4]);
//!
//! let fade = [0.5, 0.25, 0.125, 0.0];
//! program.process(&mut state, &[&[2.0; 4]], &mut [&mut output], &[Some(&fade)])?;
//! assert_eq!(output, [1.0, 0.5, 0.25, 0.0]);
//! state.set_control(0, 0.0); // from now on at rest
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is built
//!
//! `compiler` verifies a graph and runs the passes; `schedule` decides what runs in the update
//! function and what in the loop, and in which order; `layout` where every register, delay line and
//! table lies; `lower` writes Cranelift IR; `generator` makes machine code of it, for any target;
//! `code_memory` holds pages that are written or run, never both; `cache` keeps finished code by
//! the content of its graph, and templates of it by the content without its numbers (`literal`); `state` owns what lasts from frame
//! to frame, `call` turns checked slices into pointers. `unsafe` is in the last three, in
//! `lower::helper`, `code_block`, `extern_call` and `host`; lowering's part is that no compiled access leaves its
//! buffer.
//!
//! # Bits
//!
//! At [`Level::Strict`] every output has the bits of [`synthc_ir::Evaluator`], payloads of NaN
//! aside; at [`Level::Optimized`] rounding may differ. At either level
//! neither the length of blocks nor the choice between resting and moving code changes a bit.

mod cache;
mod call;
mod code_block;
mod code_memory;
mod compiler;
mod error;
mod extern_call;
mod generator;
mod layout;
mod literal;
mod lower;
mod options;
mod program;
mod sample;
mod schedule;
mod state;
mod target;
mod template;

pub mod host;

pub use cache::{CacheLimits, CacheUsage, CodeCache};
pub use code_memory::CodeMemoryUsage;
pub use compiler::Compiler;
pub use error::{CompileError, ProcessError};
pub use layout::{Layout, LineSlot, Slot, TableSlot, ValueType};
pub use options::{CompileOptions, CompileTimes, Equals, Level, Target};
pub use program::{Program, ProgramText};
pub use sample::Sample;
pub use schedule::{EntryInfo, LoopInfo, LoopKind};
pub use state::{CarryList, CopyProgress, State, StatePairs};
pub use synthc_ir::analysis::StillnessMemory;
