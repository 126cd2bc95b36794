//! The machine stack: how much of it evaluation may use.
//!
//! The evaluator recurses in Rust where the patch recurses in Python, and a thread's stack cannot
//! be asked for its size portably. So every thread has a budget: small by default (it fits the
//! 2 MiB of an ordinary Rust thread), large on threads made by [`with_large_stack`]. Depth is
//! measured by the distance between stack addresses, which needs no unsafe code.
//!
//! Invariant: evaluation never goes deeper than the budget; it ends with a diagnostic instead.

use std::cell::Cell;

/// Bytes of stack evaluation may use on a thread it knows nothing about.
const SMALL: usize = 1 << 20;
/// Size of the thread made by [`with_large_stack`]; only what is touched becomes real memory.
const LARGE: usize = 512 << 20;
/// Room left for the frames between two checks and for native code.
const RESERVE: usize = 16 << 20;

thread_local! {
    static BUDGET: Cell<usize> = const { Cell::new(SMALL) };
}

/// Runs `f` on a thread with a 512 MiB stack (reserved, not committed) and returns its result.
///
/// Deep recursion in a patch (1000 frames by default) needs this: without it, evaluation may use
/// 1 MiB of the calling thread's stack, and a patch that needs more ends with a diagnostic.
/// Values of the interpreter cannot leave the thread; compute what you need inside `f`.
///
/// # Errors
/// When the system cannot start a thread.
///
/// # Panics
/// When `f` panics, the panic is passed on.
///
/// ```
/// let answer = synthc_lang::with_large_stack(|| 6 * 7).unwrap();
/// assert_eq!(answer, 42);
/// ```
pub fn with_large_stack<T: Send>(f: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("patch evaluation".to_owned())
            .stack_size(LARGE)
            .spawn_scoped(scope, || {
                BUDGET.set(LARGE - RESERVE);
                f()
            })?;
        match thread.join() {
            Ok(value) => Ok(value),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Starts a thread like that of [`with_large_stack`] and leaves it running.
pub(crate) fn spawn_large(
    f: impl FnOnce() + Send + 'static,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new()
        .name("patch evaluation".to_owned())
        .stack_size(LARGE)
        .spawn(move || {
            BUDGET.set(LARGE - RESERVE);
            f();
        })
}

/// An address near the top of the stack.
#[inline]
pub(crate) fn address() -> usize {
    let marker = 0u8;
    std::hint::black_box(&raw const marker) as usize
}

/// The lowest address evaluation may reach when it starts at `base`.
pub(crate) fn floor(base: usize) -> usize {
    base.saturating_sub(BUDGET.get())
}
