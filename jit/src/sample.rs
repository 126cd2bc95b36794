//! The two sample types a program can be compiled for.
//!
//! [`Sample`] ties a Rust float type to the [`Precision`] of a graph. It is sealed: compiled code
//! knows these two widths and no other.

use synthc_ir::Precision;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A sample: `f32` or `f64`.
pub trait Sample: sealed::Sealed + Copy + Default + Send + Sync + 'static {
    /// The graph precision this type belongs to.
    const PRECISION: Precision;

    /// The largest finite value, widened.
    const LARGEST: f64;

    /// Rounds to this width.
    fn from_f64(x: f64) -> Self;

    /// Widens; exact.
    fn to_f64(self) -> f64;
}

impl Sample for f32 {
    const PRECISION: Precision = Precision::F32;
    const LARGEST: f64 = Self::MAX as f64;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as Self
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Sample for f64 {
    const PRECISION: Precision = Precision::F64;
    const LARGEST: f64 = Self::MAX;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}
