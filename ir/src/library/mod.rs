//! The DSP library: ordinary code over signals, and the expansions of math functions and phases.

pub mod math;
pub(crate) mod phase;
