//! Signals, the dataflow graph they become, its passes, and the reference evaluator.
//!
//! The way of the data: a [`Signal`] is what a user writes; [`Graph::build`] turns signals into a
//! [`Graph`] of primitive operations for one float width and sample rate; passes improve the
//! graph; [`eval`] runs it frame by frame and is the oracle that compiled code is tested against.
//! This crate knows no machine, no device and no syntax.
//!
//! ```
//! use synthc_ir::{BuildOptions, Evaluator, Graph, Signal, feedback};
//!
//! // A one-pole low-pass of the input.
//! let y = feedback(|y| 0.9 * y + 0.1 * Signal::input(0));
//! let graph = Graph::build(&[y], &BuildOptions::default())?;
//! let mut evaluator = Evaluator::new(&graph, 0);
//! assert!((evaluator.frame(&[1.0])[0] - 0.1).abs() < 1e-7);
//! # Ok::<(), synthc_ir::BuildError>(())
//! ```

pub mod analysis;
mod control;
pub mod eval;
mod external;
pub mod graph;
pub mod library;
mod noise_key;
mod op;
pub mod pass;
pub mod prelude;
pub mod signal;
mod site;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
mod types;
mod verify;

pub use control::{Control, ControlProblem, Smoothing};
pub use eval::{BlockInterpreter, Evaluator};
pub use external::{ExternState, ExternUnit, MAX_EXTERN_PORTS};
pub use graph::{BuildError, BuildOptions, Graph, NodeId, Op};
pub use noise_key::noise_key;
pub use op::{BinaryOp, CastOp, CompareOp, UnaryOp};
pub use signal::{Math, Signal, SignalType, feedback, feedback_pair};
pub use site::Site;
pub use text::ParseError;
pub use types::{Const, Precision, Type};
pub use verify::VerifyError;
