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

    /// Magnitudes as whole numbers in the same order, with infinity above all finite ones and NaNs above infinity.
    type Magnitude: Copy + Default + Ord;

    /// That of infinity.
    const INFINITE: Self::Magnitude;

    /// Its magnitude: the bits without the sign.
    fn magnitude(self) -> Self::Magnitude;

    /// The sample of a magnitude, which is not negative.
    fn of_magnitude(magnitude: Self::Magnitude) -> Self;
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

    type Magnitude = i32;

    const INFINITE: i32 = Self::INFINITY.to_bits() as i32;

    #[inline(always)]
    fn magnitude(self) -> i32 {
        self.abs().to_bits() as i32
    }

    #[inline(always)]
    fn of_magnitude(magnitude: i32) -> Self {
        Self::from_bits(magnitude as u32)
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

    type Magnitude = i64;

    const INFINITE: i64 = Self::INFINITY.to_bits() as i64;

    #[inline(always)]
    fn magnitude(self) -> i64 {
        self.abs().to_bits() as i64
    }

    #[inline(always)]
    fn of_magnitude(magnitude: i64) -> Self {
        Self::from_bits(magnitude as u64)
    }
}
