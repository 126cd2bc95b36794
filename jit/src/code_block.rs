//! Published code of one program.
//!
//! A block owns its module; the pages return to the pool when the block is dropped. Programs and
//! states hold it in an `Arc`, so that nobody can call code that is gone.

use std::sync::{Mutex, PoisonError};

use cranelift_codegen::ir::Signature;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module, ModuleError, default_libcall_names};

use crate::code_memory::{Pages, Pool};
use crate::error::CompileError;
use crate::literal::{Filling, Hole};
use crate::lower::{ProcessFn, UpdateFn};

/// Machine code of one function, before it has an address.
#[derive(Clone, Debug)]
pub(crate) struct FunctionCode {
    pub(crate) signature: Signature,
    pub(crate) bytes: Vec<u8>,
    pub(crate) align: u64,
    /// Where it holds marks of literals; `None` when it was made without, or with some that cannot be told apart.
    pub(crate) holes: Option<Vec<Hole>>,
}

impl FunctionCode {
    /// This code with numbers in its holes.
    fn filled(&self, filling: &Filling) -> Self {
        let mut bytes = self.bytes.clone();
        filling.fill(&mut bytes, self.holes.as_deref().unwrap_or_default());
        Self {
            signature: self.signature.clone(),
            bytes,
            align: self.align,
            holes: None,
        }
    }
}

/// The two functions of a variant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant<U, P> {
    pub(crate) update: U,
    pub(crate) process: P,
}

/// Code of a variant, not yet published.
pub(crate) type VariantCode = Variant<FunctionCode, FunctionCode>;

impl VariantCode {
    /// This code with numbers in its holes.
    pub(crate) fn filled(&self, filling: &Filling) -> Self {
        Self {
            update: self.update.filled(filling),
            process: self.process.filled(filling),
        }
    }

    /// Whether numbers can be put in the place of its marks.
    pub(crate) fn is_fillable(&self) -> bool {
        self.update.holes.is_some() && self.process.holes.is_some()
    }

    /// Bytes of machine code.
    pub(crate) fn bytes(&self) -> usize {
        self.update.bytes.len() + self.process.bytes.len()
    }
}

/// Entry points of a variant.
pub(crate) type VariantEntry = Variant<UpdateFn, ProcessFn>;

/// Code in executable memory with its entry points.
pub(crate) struct CodeBlock {
    /// `None` only while dropping. The mutex makes the block shareable: nothing locks it.
    module: Mutex<Option<JITModule>>,
    pub(crate) resting: VariantEntry,
    pub(crate) moving: Option<VariantEntry>,
    bytes: usize,
}

fn failed(error: ModuleError) -> CompileError {
    match error {
        ModuleError::Allocation { err } => CompileError::Memory {
            reason: err.to_string(),
        },
        other => CompileError::Codegen {
            reason: other.to_string(),
        },
    }
}

impl CodeBlock {
    /// Copies code to pages of the pool and makes it executable.
    pub(crate) fn publish(
        isa: &OwnedTargetIsa,
        pool: &Pool,
        resting: &VariantCode,
        moving: Option<&VariantCode>,
    ) -> Result<Self, CompileError> {
        let mut builder = JITBuilder::with_isa(isa.clone(), default_libcall_names());
        builder.memory_provider(Box::new(Pages::new(pool.clone())));
        let mut module = JITModule::new(builder);
        let mut bytes = 0;
        let mut define = |code: &FunctionCode| -> Result<FuncId, CompileError> {
            let id = module.declare_anonymous_function(&code.signature);
            let id = id.map_err(failed)?;
            let defined = module.define_function_bytes(id, code.align, &code.bytes, &[]);
            defined.map_err(failed)?;
            bytes += code.bytes.len();
            Ok(id)
        };
        let mut variant = |code: &VariantCode| -> Result<(FuncId, FuncId), CompileError> {
            Ok((define(&code.update)?, define(&code.process)?))
        };
        let resting = variant(resting)?;
        let moving = moving.map(variant).transpose()?;
        module.finalize_definitions().map_err(failed)?;
        let entry = |(update, process)| {
            let update = module.get_finalized_function(update);
            let process = module.get_finalized_function(process);
            // SAFETY: lowering built both with the signatures of these types, for the calling
            // convention of `extern "C"`; this block keeps the code alive.
            unsafe {
                Variant {
                    update: std::mem::transmute::<*const u8, UpdateFn>(update),
                    process: std::mem::transmute::<*const u8, ProcessFn>(process),
                }
            }
        };
        Ok(Self {
            resting: entry(resting),
            moving: moving.map(entry),
            module: Mutex::new(Some(module)),
            bytes,
        })
    }

    /// Bytes of the pages that it keeps.
    pub(crate) fn pages(&self) -> usize {
        self.bytes.next_multiple_of(region::page::size())
    }

    /// Bytes of machine code.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for CodeBlock {
    fn drop(&mut self) {
        let module = self
            .module
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = module.take() {
            // SAFETY: whoever may call the code holds an `Arc` of this block; the last is gone.
            unsafe { module.free_memory() };
        }
    }
}

impl std::fmt::Debug for CodeBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeBlock")
            .field("bytes", &self.bytes)
            .field("moving", &self.moving.is_some())
            .finish_non_exhaustive()
    }
}
