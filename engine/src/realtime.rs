//! Where real time begins and ends, for LLVM's RealtimeSanitizer.
//!
//! A build with `RUSTFLAGS="-Zsanitizer=realtime --cfg synthc_rtsan"` (nightly; `tests/rtsan` does it) stops with a stack
//! trace where the processor allocates, frees, locks, sleeps or calls into the system: through our code, through
//! a node written in Rust, through compiled code. In every other build this module is nothing.

/// Runs what must keep real time.
#[inline(always)]
pub(crate) fn section<R>(f: impl FnOnce() -> R) -> R {
    #[cfg(synthc_rtsan)]
    let _section = sanitizer::Section::enter();
    f()
}

#[cfg(synthc_rtsan)]
mod sanitizer {
    // SAFETY: the interface of the sanitizer's runtime (compiler-rt, `rtsan_interface.h`): no arguments, a counter of the
    // thread; [`Section`] calls the second once for every call of the first.
    unsafe extern "C" {
        safe fn __rtsan_realtime_enter();
        safe fn __rtsan_realtime_exit();
    }

    /// The time between the two calls, which nest, on one thread.
    pub(super) struct Section;

    impl Section {
        pub(super) fn enter() -> Self {
            __rtsan_realtime_enter();
            Self
        }
    }

    impl Drop for Section {
        fn drop(&mut self) {
            __rtsan_realtime_exit();
        }
    }
}
