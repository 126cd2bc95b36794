//! Compiles a [`Graph`](synthc_ir::Graph) to native code and runs it safely.
//!
//! A [`Compiler`] turns a graph into a [`Program`]; a program makes any number of [`State`]s, one
//! per voice or instance; [`Program::process`] computes a block of frames. Nothing here knows a
//! device or a session.

mod compiler;
mod error;
mod layout;
mod options;
mod program;
mod sample;
mod state;

pub mod host;

pub use compiler::Compiler;
pub use error::{CompileError, ProcessError};
pub use layout::{Layout, LineSlot, Slot, TableSlot, ValueType};
pub use options::{CompileOptions, CompileTimes, Level, Target};
pub use program::{Program, ProgramText};
pub use sample::Sample;
pub use state::State;
