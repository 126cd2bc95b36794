//! Passes: graph in, better graph out, the meaning kept.
//!
//! Every pass is one file and may run at any time in any order; [`optimize`] is the order that
//! works best. State keeps its identity: a pass may drop a register, line or table that nothing
//! reads, and let registers that always hold the same be one ([`Equals`]), but never changes what a piece of state means. At [`Level::Strict`] every output keeps
//! its bits (all NaNs count as one); at [`Level::Optimized`] it may round differently.
//!
//! Hoisting is no pass: what can leave the sample loop is a fact about rates
//! ([`crate::analysis::Rates`]), and [`reassociate`] makes more of it.

mod bounds;
mod contract;
mod cse;
mod dce;
mod fold;
mod live;
mod merge;
mod pipeline;
mod reassociate;
mod rewrite;
mod shape;
mod simplify;
mod strength;
#[cfg(test)]
mod tests;

pub use bounds::bounds;
pub use contract::contract;
pub use cse::cse;
pub use dce::dce;
pub use fold::fold;
pub use pipeline::{Equals, Optimized, optimize, optimize_with_origin};
pub use reassociate::reassociate;
pub use shape::shape;
pub use simplify::simplify;
pub use strength::strength;

use crate::graph::{Graph, LineId, RegisterId, TableId};

/// How far the passes may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Level {
    /// Only rewrites that keep every bit: compiled code equals the evaluator.
    Strict,
    /// Also rewrites that change rounding (reciprocals, reassociation, fused multiply-add), and those that hold as long as
    /// controls stay within their ranges.
    #[default]
    Optimized,
}

/// Which state of a source graph the state of a result is: the entry at an index is the id that
/// this piece of state had. Order is kept, so the entries ascend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// For every register its id in the source.
    pub registers: Vec<RegisterId>,
    /// For every delay line its id in the source.
    pub lines: Vec<LineId>,
    /// For every table its id in the source.
    pub tables: Vec<TableId>,
    /// Registers of the source that became another one because both hold the same in every frame, each with that
    /// one, in the order in which they did; the other may have become a third one later.
    ///
    /// The value of the one is the value of all of them. They may only be given values from outside that are equal.
    pub merged: Vec<(RegisterId, RegisterId)>,
}

impl Origin {
    /// The origin of a graph in itself.
    fn identity(graph: &Graph) -> Self {
        Self {
            registers: (0..graph.registers().len()).map(RegisterId::new).collect(),
            lines: (0..graph.lines().len()).map(LineId::new).collect(),
            tables: (0..graph.tables().len()).map(TableId::new).collect(),
            merged: Vec::new(),
        }
    }

    /// The origin of a result whose source is a result of this origin.
    #[must_use]
    pub fn then(&self, later: &Self) -> Self {
        let in_source = |&(a, b): &(RegisterId, RegisterId)| {
            (self.registers[a.index()], self.registers[b.index()])
        };
        let merged = self.merged.iter().copied();
        Self {
            merged: merged.chain(later.merged.iter().map(in_source)).collect(),
            registers: pick(&self.registers, later.registers.iter().map(|r| r.index())),
            lines: pick(&self.lines, later.lines.iter().map(|d| d.index())),
            tables: pick(&self.tables, later.tables.iter().map(|t| t.index())),
        }
    }
}

fn pick<T: Copy>(all: &[T], indices: impl Iterator<Item = usize>) -> Vec<T> {
    indices.map(|i| all[i]).collect()
}
