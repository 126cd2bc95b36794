//! What the host does around calls of compiled code (denormals and vector state), and how many processors it has.
//!
//! Decaying filters and reverbs reach denormal numbers, which cost up to twice the time; compiled
//! code is SSE, which stalls when the upper halves of the vector registers are in use.

use std::sync::OnceLock;
use std::thread;

/// Processors that threads of this process may run on, as found when first asked: the system looks through files to tell.
#[must_use]
pub fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// Runs `f` with denormals flushed to zero; the former mode returns afterwards, even on a panic.
///
/// On x86-64 sets FTZ and DAZ in MXCSR, on aarch64 FZ in FPCR; elsewhere does nothing. Costs about
/// 30 ns: wrap a callback, not a block. Compiled code and evaluator differ in denormal numbers
/// inside.
///
/// ```
/// let tiny = std::hint::black_box(f32::MIN_POSITIVE);
/// let flushed = synthc_jit::host::flush_denormals(|| std::hint::black_box(tiny) * 0.5);
/// # #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
/// assert_eq!(flushed, 0.0);
/// assert!(std::hint::black_box(tiny) * 0.5 > 0.0);
/// ```
pub fn flush_denormals<R>(f: impl FnOnce() -> R) -> R {
    clear_upper_halves();
    let _guard = FloatMode::flushing();
    f()
}

/// Clears the upper halves of the vector registers where there are any.
#[inline]
pub(crate) fn clear_upper_halves() {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: AVX is present; no caller keeps values in upper halves across this call, because
        // the calling convention makes them volatile.
        unsafe { std::arch::x86_64::_mm256_zeroupper() };
    }
}

/// Work of the host whose loops gain from wider vectors than the build's.
///
/// Put `#[inline(always)]` on `run` and on what it calls: only code that is inlined becomes wide.
pub trait Kernel {
    /// What it gives.
    type Output;

    /// Does the work.
    fn run(self) -> Self::Output;
}

/// Runs a kernel compiled for the widest vectors that this processor has and that a measurement has
/// shown to pay: AVX2 on x86-64, those of the build elsewhere.
///
/// Width changes no bit: Rust neither reorders floating-point operations nor contracts them to
/// fused ones. Costs about a nanosecond beside the work.
///
/// ```
/// use synthc_jit::host::{Kernel, widest};
///
/// struct Scale<'a>(&'a mut [f64], f64);
/// impl Kernel for Scale<'_> {
///     type Output = ();
///     #[inline(always)]
///     fn run(self) {
///         for x in self.0 {
///             *x *= self.1;
///         }
///     }
/// }
/// let mut block = [0.25; 64];
/// widest(Scale(&mut block, 2.0));
/// assert_eq!(block, [0.5; 64]);
/// ```
#[inline]
pub fn widest<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is present.
        return unsafe { with_avx2(kernel) };
    }
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// The floating-point mode to return to.
struct FloatMode(#[allow(dead_code, reason = "other architectures keep no mode")] u64);

#[cfg(target_arch = "x86_64")]
impl FloatMode {
    /// Flush to zero (bit 15) and denormals are zero (bit 6).
    const FLUSH: u32 = 0x8040;

    fn flushing() -> Self {
        let mut mode = 0_u32;
        // SAFETY: stores MXCSR to a local. Only the denormal bits change afterwards: rounding and
        // exception masks stay. Rust promises the values of denormal results for the default mode
        // alone, so whoever calls `flush_denormals` accepts either value of a denormal inside; code
        // generation does not depend on it (no fast-math, no constant made of a run-time mode).
        unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut mode, options(nostack)) };
        Self::set(mode | Self::FLUSH);
        Self(u64::from(mode))
    }

    fn set(mode: u32) {
        // SAFETY: `mode` is a value MXCSR had, up to the denormal bits.
        unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const mode, options(nostack)) };
    }
}

#[cfg(target_arch = "aarch64")]
impl FloatMode {
    /// Flush to zero (bit 24).
    const FLUSH: u64 = 1 << 24;

    fn flushing() -> Self {
        let mode: u64;
        // SAFETY: reads FPCR. Only the denormal bit changes afterwards.
        unsafe { std::arch::asm!("mrs {}, fpcr", out(reg) mode, options(nomem, nostack)) };
        Self::set(mode | Self::FLUSH);
        Self(mode)
    }

    fn set(mode: u64) {
        // SAFETY: `mode` is a value FPCR had, up to the denormal bit.
        unsafe { std::arch::asm!("msr fpcr, {}", in(reg) mode, options(nomem, nostack)) };
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
impl FloatMode {
    fn flushing() -> Self {
        Self(0)
    }
}

impl Drop for FloatMode {
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        Self::set(self.0 as u32);
        #[cfg(target_arch = "aarch64")]
        Self::set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::flush_denormals;

    fn halved() -> f64 {
        black_box(f64::MIN_POSITIVE) * black_box(0.5)
    }

    #[test]
    fn denormals_are_flushed_inside_and_kept_after() {
        assert_eq!(flush_denormals(halved), 0.0);
        assert!(halved() > 0.0);
    }

    #[test]
    fn the_former_mode_returns_when_a_panic_passes() {
        let caught = std::panic::catch_unwind(|| flush_denormals(|| std::panic::panic_any(0)));
        assert!(caught.is_err());
        assert!(halved() > 0.0);
    }

    #[test]
    fn nested_guards_restore_what_they_found() {
        flush_denormals(|| {
            flush_denormals(|| ());
            assert_eq!(halved(), 0.0);
        });
        assert!(halved() > 0.0);
    }
}
