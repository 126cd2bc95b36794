//! From graph to program.

use synthc_ir::Graph;

use crate::error::CompileError;
use crate::options::{CompileOptions, Target};
use crate::program::Program;
use crate::sample::Sample;

/// Compiles graphs. Holds buffers that are used again: keep one per thread.
#[derive(Debug)]
pub struct Compiler {
    target: Target,
}

impl Compiler {
    /// A compiler for a target.
    ///
    /// # Errors
    /// When there is no code generator for this machine.
    pub fn new(target: Target) -> Result<Self, CompileError> {
        Ok(Self { target })
    }

    /// Compiles a graph: passes, code generation, publication.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub fn compile<T: Sample>(
        &mut self,
        graph: &Graph,
        options: &CompileOptions,
    ) -> Result<Program<T>, CompileError> {
        let (given, sample) = (graph.precision(), T::PRECISION);
        if given != sample {
            return Err(CompileError::Precision {
                graph: given,
                sample,
            });
        }
        Err(CompileError::Codegen {
            reason: format!("{:?} code of {options:?} is not generated yet", self.target),
        })
    }
}
