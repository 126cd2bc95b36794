//! Counting what a thread allocates and frees.
//!
//! [`CountingAllocator`] is an allocator that an application or a test installs; it hands everything to another
//! allocator and counts by thread. Where it is installed, debug builds of the engine count around every call of a
//! node written in Rust and report the node that allocates or frees ([`Notice::Allocated`](crate::Notice)).
//! Where it is not, the counts stay at zero and nothing is checked.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Constant, and without a destructor: reaching it never allocates.
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { allocations: 0, frees: 0 }) };
}

/// What a thread has done since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Blocks allocated, or moved to another size.
    pub allocations: u64,
    /// Blocks freed, or moved to another size.
    pub frees: u64,
}

/// What the calling thread has allocated and freed so far; zeros where no [`CountingAllocator`] is installed.
#[must_use]
pub fn counts() -> Counts {
    COUNTS.try_with(Cell::get).unwrap_or_default()
}

fn add(allocations: u64, frees: u64) {
    // A thread that is ending has no counts any more.
    let _ = COUNTS.try_with(|counts| {
        let before = counts.get();
        counts.set(Counts {
            allocations: before.allocations + allocations,
            frees: before.frees + frees,
        });
    });
}

/// An allocator that counts and hands everything on to `A`.
///
/// ```
/// use synthc_engine::allocation::{CountingAllocator, counts};
///
/// #[global_allocator]
/// static ALLOCATOR: CountingAllocator = CountingAllocator::system();
///
/// let before = counts();
/// drop(Box::new(1));
/// let after = counts();
/// assert_eq!(after.allocations - before.allocations, 1);
/// assert_eq!(after.frees - before.frees, 1);
/// ```
#[derive(Debug, Default)]
pub struct CountingAllocator<A = System>(A);

impl CountingAllocator {
    /// Over the system's allocator.
    #[must_use]
    pub const fn system() -> Self {
        Self(System)
    }
}

impl<A> CountingAllocator<A> {
    /// Over an allocator of the application's choice.
    #[must_use]
    pub const fn over(allocator: A) -> Self {
        Self(allocator)
    }
}

// SAFETY: every call goes unchanged to `A`, which keeps the contract; counting touches a constant-initialised
// thread-local without destructor, which neither allocates nor unwinds.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(1, 0);
        // SAFETY: the caller's promise about `layout` is the one `A` asks for.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(1, 0);
        // SAFETY: as in `alloc`.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(1, 1);
        // SAFETY: `block` came from this allocator with `layout`, so from `A`; the caller's promise covers `size`.
        unsafe { self.0.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        add(0, 1);
        // SAFETY: as in `realloc`.
        unsafe { self.0.dealloc(block, layout) }
    }
}
