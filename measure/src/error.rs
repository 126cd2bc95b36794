//! What can go wrong while measuring.

use synthc_ir::BuildError;
use synthc_jit::{CompileError, ProcessError};

/// Why a patch cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// The expression is no valid graph.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The graph does not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The program refuses the buffers it is given.
    #[error(transparent)]
    Process(#[from] ProcessError),
}
