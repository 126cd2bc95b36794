//! Passes: graph in, better graph out, the meaning kept.
//!
//! Every pass is one file. State keeps its identity: a pass may drop a register, line or table that
//! nothing reads, but never changes what a piece of state means. At [`Level::Strict`] every
//! output keeps its bits (all NaNs count as one); at [`Level::Optimized`] it may round differently.

/// How far the passes may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Level {
    /// Only rewrites that keep every bit: compiled code equals the evaluator.
    Strict,
    /// Also rewrites that change rounding: reciprocals, reassociation, fused multiply-add.
    #[default]
    Optimized,
}
