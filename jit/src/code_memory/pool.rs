//! A pool of pages: chunks from the system, runs of pages to programs.
//!
//! Reserving and returning memory of the system per program would cost more than compiling a small
//! one, and fragment the address space; chunks are shared by many programs and returned when empty.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use region::Protection;

/// Pages of a chunk; a run that needs more gets a chunk of its own.
const CHUNK_PAGES: usize = 64;

/// How much executable memory a compiler holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeMemoryUsage {
    /// Bytes reserved from the system.
    pub reserved: usize,
    /// Bytes in pages of programs that are alive.
    pub used: usize,
}

/// Pages shared by all programs of a compiler. Clones share the pool.
#[derive(Clone, Default)]
pub(crate) struct Pool(Arc<Mutex<Vec<Chunk>>>);

/// A run of pages. Owned by one provider; given back once.
#[derive(Debug)]
pub(crate) struct Run {
    /// First byte.
    start: *mut u8,
    /// Bytes, a multiple of the page size.
    bytes: usize,
}

// SAFETY: a run is an exclusive range of memory; which thread uses it does not matter.
unsafe impl Send for Run {}

impl Run {
    pub(crate) fn start(&self) -> *mut u8 {
        self.start
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Makes the pages executable, and no longer writable.
    pub(crate) fn publish(&self) -> io::Result<()> {
        // SAFETY: the run is code of this provider only, of whose pages nothing else is a part.
        unsafe {
            wasmtime_internal_jit_icache_coherence::clear_cache(self.start.cast(), self.bytes)?;
        }
        self.protect(Protection::READ_EXECUTE)?;
        // Other threads may hold stale instructions of pages that were code before.
        wasmtime_internal_jit_icache_coherence::pipeline_flush_mt()
    }

    fn protect(&self, protection: Protection) -> io::Result<()> {
        // SAFETY: the pages belong to this run alone; when they lose a permission, nobody runs or
        // writes them any more: code is published after writing and freed after its last user.
        unsafe { region::protect(self.start, self.bytes, protection) }.map_err(io::Error::other)
    }
}

struct Chunk {
    memory: region::Allocation,
    /// Whether each page is taken.
    taken: Vec<bool>,
}

// SAFETY: an allocation is a range of memory that is unmapped when dropped, from any thread.
unsafe impl Send for Chunk {}

impl Chunk {
    fn reserve(pages: usize) -> io::Result<Self> {
        let bytes = pages * region::page::size();
        let memory = region::alloc(bytes, Protection::READ_WRITE).map_err(io::Error::other)?;
        Ok(Self {
            memory,
            taken: vec![false; pages],
        })
    }

    /// Takes the first run of free pages that is long enough.
    fn take(&mut self, pages: usize) -> Option<*mut u8> {
        let first = self
            .taken
            .windows(pages)
            .position(|run| run.iter().all(|taken| !taken))?;
        self.taken[first..first + pages].fill(true);
        let start = self.memory.as_mut_ptr::<u8>();
        Some(start.wrapping_add(first * region::page::size()))
    }

    fn is_empty(&self) -> bool {
        self.taken.iter().all(|taken| !taken)
    }
}

impl Pool {
    fn chunks(&self) -> MutexGuard<'_, Vec<Chunk>> {
        // A panic cannot leave the list half changed: every change is one assignment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes writable pages for at least `bytes` bytes.
    pub(crate) fn take(&self, bytes: usize) -> io::Result<Run> {
        let page = region::page::size();
        let pages = bytes.max(1).div_ceil(page);
        let mut chunks = self.chunks();
        let bytes = pages * page;
        if let Some(start) = chunks.iter_mut().find_map(|chunk| chunk.take(pages)) {
            return Ok(Run { start, bytes });
        }
        let mut chunk = Chunk::reserve(pages.max(CHUNK_PAGES))?;
        let start = chunk.take(pages).ok_or(io::ErrorKind::OutOfMemory)?;
        chunks.push(chunk);
        Ok(Run { start, bytes })
    }

    /// Takes a run back. Returns empty chunks to the system, except one for the next program.
    pub(crate) fn give_back(&self, run: &Run) {
        let mut chunks = self.chunks();
        let start = run.start.cast_const();
        let home = |chunk: &Chunk| chunk.memory.as_ptr_range::<u8>().contains(&start);
        let Some(index) = chunks.iter().position(home) else {
            return;
        };
        if run.protect(Protection::READ_WRITE).is_err() {
            // Pages that cannot be written again stay taken: a leak is harmless, reuse is not.
            return;
        }
        let page = region::page::size();
        let chunk = &mut chunks[index];
        let first = start
            .addr()
            .wrapping_sub(chunk.memory.as_ptr::<u8>().addr())
            / page;
        chunk.taken[first..first + run.bytes / page].fill(false);
        let spare = |(i, chunk): (usize, &Chunk)| i != index && chunk.is_empty();
        if chunks[index].is_empty() && chunks.iter().enumerate().any(spare) {
            chunks.swap_remove(index);
        }
    }

    /// What is reserved and what is taken.
    pub(crate) fn usage(&self) -> CodeMemoryUsage {
        let page = region::page::size();
        let chunks = self.chunks();
        let taken = chunks.iter().flat_map(|chunk| &chunk.taken);
        CodeMemoryUsage {
            reserved: chunks.iter().map(|chunk| chunk.taken.len() * page).sum(),
            used: taken.filter(|taken| **taken).count() * page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_chunk_do_not_overlap_and_come_back() {
        let pool = Pool::default();
        let page = region::page::size();
        let runs: Vec<Run> = (1..=8).map(|n| pool.take(n * page).unwrap()).collect();
        for (i, a) in runs.iter().enumerate() {
            for b in &runs[i + 1..] {
                let (a_end, b_end) = (a.start.addr() + a.bytes, b.start.addr() + b.bytes);
                assert!(a_end <= b.start.addr() || b_end <= a.start.addr());
            }
        }
        assert_eq!(pool.usage().used, 36 * page);
        assert_eq!(pool.usage().reserved, CHUNK_PAGES * page);
        for run in &runs {
            pool.give_back(run);
        }
        assert_eq!(pool.usage().used, 0);
    }

    #[test]
    fn a_large_run_gets_its_own_chunk_which_is_returned() {
        let pool = Pool::default();
        let page = region::page::size();
        let small = pool.take(1).unwrap();
        let large = pool.take(100 * page).unwrap();
        assert_eq!(pool.usage().reserved, (CHUNK_PAGES + 100) * page);
        pool.give_back(&small);
        pool.give_back(&large);
        assert_eq!(pool.usage().reserved, CHUNK_PAGES * page);
    }

    #[test]
    fn published_pages_are_executable_and_not_writable() {
        let pool = Pool::default();
        let run = pool.take(1).unwrap();
        let protection = || region::query(run.start()).unwrap().protection();
        assert_eq!(protection(), Protection::READ_WRITE);
        run.publish().unwrap();
        assert_eq!(protection(), Protection::READ_EXECUTE);
        pool.give_back(&run);
        assert_eq!(protection(), Protection::READ_WRITE);
    }
}
