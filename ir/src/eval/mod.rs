//! Two interpreters. The evaluator runs a graph one frame at a time, one node at a time: deliberately
//! simple, the meaning of every operation and the oracle of every test; compiled code in strict mode
//! must give the same bits. The block interpreter gives those bits as fast as a good engine without
//! a compiler would: the baseline of the benchmarks.

mod arithmetic;
mod block;
mod sample;
mod value;

pub use arithmetic::{binary, cast, compare, fma, unary};
pub use block::BlockInterpreter;
pub use sample::Evaluator;
pub use value::Value;
