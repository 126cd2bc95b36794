//! The reference evaluator: runs a graph one frame at a time, one node at a time.
//!
//! Deliberately simple. It is the meaning of every operation and the oracle of every test:
//! compiled code in strict mode must give the same bits.

mod arithmetic;
mod sample;
mod value;

pub use arithmetic::{binary, cast, compare, fma, unary};
pub use sample::Evaluator;
pub use value::Value;
