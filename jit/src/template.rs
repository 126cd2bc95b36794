//! Code of one structure, before it has an address and, where its literals are marked, before it has its numbers.

use std::borrow::Cow;
use std::sync::Arc;

use cranelift_codegen::isa::OwnedTargetIsa;
use synthc_ir::graph::ControlId;

use crate::code_block::{CodeBlock, VariantCode};
use crate::code_memory::Pool;
use crate::error::CompileError;
use crate::layout::StateLayout;
use crate::literal::{Filling, Literals};
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
    /// What it has marks of.
    pub(crate) literals: Option<Literals>,
}

impl Template {
    /// Makes the code callable; with numbers where it has marks.
    pub(crate) fn publish(
        &self,
        isa: &OwnedTargetIsa,
        pool: &Pool,
        filling: Option<&Filling>,
    ) -> Result<CodeBlock, CompileError> {
        let filled = |code| match filling {
            Some(filling) => Cow::Owned(VariantCode::filled(code, filling)),
            None => Cow::Borrowed(code),
        };
        let resting = filled(&self.resting);
        let moving = self.moving.as_ref().map(filled);
        CodeBlock::publish(isa, pool, &resting, moving.as_deref())
    }

    /// Whether numbers can be put in the place of its marks.
    pub(crate) fn is_fillable(&self) -> bool {
        std::iter::once(&self.resting)
            .chain(&self.moving)
            .all(VariantCode::is_fillable)
    }

    /// Bytes it keeps alive.
    pub(crate) fn bytes(&self) -> usize {
        let moving = self.moving.as_ref().map_or(0, VariantCode::bytes);
        let literals = self.literals.as_ref().map_or(0, Literals::bytes);
        self.layout.own_bytes() + self.resting.bytes() + moving + literals
    }
}
