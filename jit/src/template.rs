//! Code of one structure, before it has an address and, where its literals are marked, before it has its numbers.

use std::borrow::Cow;
use std::sync::Arc;

use cranelift_codegen::isa::OwnedTargetIsa;
use synthc_ir::Graph;
use synthc_ir::graph::ControlId;

use crate::code_block::{CodeBlock, VariantCode};
use crate::code_memory::Pool;
use crate::error::CompileError;
use crate::layout::StateLayout;
use crate::literal::Literals;
use crate::schedule::Pace;

/// What code generation makes of a graph.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) layout: Arc<StateLayout>,
    pub(crate) resting: VariantCode,
    pub(crate) moving: Option<VariantCode>,
    /// Controls that the moving variant reads frame by frame, in the order of its sources.
    pub(crate) moving_controls: Arc<[ControlId]>,
    /// How the resting and the moving variant want their frames.
    pub(crate) paces: [Pace; 2],
}

impl Template {
    /// Makes the code callable; with the literals of a graph where it has marks.
    pub(crate) fn publish(
        &self,
        isa: &OwnedTargetIsa,
        pool: &Pool,
        literals: Option<(&Literals, &Graph)>,
    ) -> Result<CodeBlock, CompileError> {
        let filled = |code| match literals {
            Some((literals, graph)) => Cow::Owned(VariantCode::filled(code, literals, graph)),
            None => Cow::Borrowed(code),
        };
        let resting = filled(&self.resting);
        let moving = self.moving.as_ref().map(filled);
        CodeBlock::publish(isa, pool, &resting, moving.as_deref())
    }

    /// Bytes it keeps alive.
    pub(crate) fn bytes(&self) -> usize {
        let moving = self.moving.as_ref().map_or(0, VariantCode::bytes);
        self.layout.own_bytes() + self.resting.bytes() + moving
    }
}
