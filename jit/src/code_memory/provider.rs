//! The memory of one module, as cranelift-jit asks for it.
//!
//! Functions are packed into the module's pages while these are writable; `finalize` makes them
//! executable for good. Pages are given back exactly once.

use std::io;

use cranelift_jit::{BranchProtection, JITMemoryKind, JITMemoryProvider};
use cranelift_module::{ModuleError, ModuleResult};

use super::pool::{Pool, Run};

/// Gives one module pages of a pool; the functions of a module share them.
pub(crate) struct Pages {
    pool: Pool,
    runs: Vec<Run>,
    /// Bytes given out of the last run.
    position: usize,
    /// Runs before this one are published.
    published: usize,
}

impl Pages {
    pub(crate) fn new(pool: Pool) -> Self {
        Self {
            pool,
            runs: Vec::new(),
            position: 0,
            published: 0,
        }
    }

    fn release(&mut self) {
        for run in self.runs.drain(..) {
            self.pool.give_back(&run);
        }
        self.position = 0;
        self.published = 0;
    }
}

impl JITMemoryProvider for Pages {
    fn allocate(&mut self, size: usize, align: u64, kind: JITMemoryKind) -> io::Result<*mut u8> {
        if !matches!(kind, JITMemoryKind::Executable) {
            // Programs keep all data in their states.
            return Err(io::ErrorKind::Unsupported.into());
        }
        let align = usize::try_from(align).map_err(io::Error::other)?;
        let writable = self.runs.len() > self.published;
        if let Some(run) = self.runs.last().filter(|_| writable) {
            let start = self.position.next_multiple_of(align);
            if start.saturating_add(size) <= run.bytes() {
                self.position = start + size;
                return Ok(run.start().wrapping_add(start));
            }
        }
        // Page boundaries satisfy every alignment of code.
        let run = self.pool.take(size)?;
        let start = run.start();
        self.runs.push(run);
        self.position = size;
        Ok(start)
    }

    // SAFETY: whoever calls it promises that nobody runs this code any more: `CodeBlock`, which owns the module.
    unsafe fn free_memory(&mut self) {
        self.release();
    }

    fn finalize(&mut self, _branch_protection: BranchProtection) -> ModuleResult<()> {
        for run in &self.runs[self.published..] {
            let failed = |err| ModuleError::Allocation { err };
            run.publish().map_err(failed)?;
        }
        self.published = self.runs.len();
        Ok(())
    }
}

impl Drop for Pages {
    /// A module that failed before it was published has no user; a published one is freed by its
    /// [`CodeBlock`](crate::code_block::CodeBlock) before it is dropped.
    fn drop(&mut self) {
        self.release();
    }
}
