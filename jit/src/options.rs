//! What a caller decides about a compilation, and what it learns about its cost.

use std::time::Duration;

pub use synthc_ir::pass::{Equals, Level};

/// The processor that code is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Target {
    /// This machine with everything it can do.
    #[default]
    Host,
    /// The least processor of this machine's architecture: samples are the same bytes on every
    /// machine of the architecture.
    Baseline,
}

/// How to compile one graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CompileOptions {
    /// Whether rounding may change: [`Level::Strict`] gives the bits of the evaluator.
    pub level: Level,
    /// The processor to compile for.
    pub target: Target,
    /// Whether to compile the moving variant too: every control that is smoothed is then read
    /// from a buffer while it moves, instead of frame by frame through the resting variant.
    pub moving: bool,
    /// Voices per state, side by side in the lanes of vectors: 1, 4, 8 or 16. Voice in a lane has
    /// the bits of the voice alone. Samples and moving values of such a program are interleaved,
    /// `[frame][lane]`.
    pub lanes: usize,
    /// Whether recurrences that hold the same in every frame become one, which is right as long as
    /// nothing else enters their state: see [`CarryList::is_exact`](crate::CarryList::is_exact).
    pub equals: Equals,
    /// Whether to keep Cranelift's text and the disassembly for [`Program::text`](crate::Program::text).
    /// Costs several times the compile time; for people who look.
    pub keep_text: bool,
}

/// Numbers of lanes that programs are compiled for.
pub(crate) const LANES: [usize; 4] = [1, 4, 8, 16];

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            level: Level::Optimized,
            target: Target::Host,
            moving: false,
            lanes: 1,
            equals: Equals::Merged,
            keep_text: false,
        }
    }
}

/// Where the time of one compilation went. Two threads that work at a time count both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompileTimes {
    /// Verification of the graph, and the search for finished code where there is a cache.
    pub lookup: Duration,
    /// Passes, and verification of their result.
    pub passes: Duration,
    /// Schedule, layout and building Cranelift IR.
    pub build: Duration,
    /// Cranelift: lowering, register allocation, emission.
    pub codegen: Duration,
    /// Copying code to executable memory and protecting it.
    pub publish: Duration,
}

impl CompileTimes {
    /// The sum of all parts.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.lookup + self.passes + self.build + self.codegen + self.publish
    }
}
