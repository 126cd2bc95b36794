//! What the two float widths have in common.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::arena::Lane;

/// A float as the graph's nodes see it; every function has the meaning of `eval::arithmetic`.
pub(super) trait Width:
    Lane<Self>
    + PartialOrd
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// The integer as wide as the float.
    type Bits: Lane<Self>;

    fn from_f64(x: f64) -> Self;
    fn to_f64(self) -> f64;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
    fn floor(self) -> Self;
    fn ceil(self) -> Self;
    fn trunc(self) -> Self;
    fn nearest(self) -> Self;
    fn fma(self, b: Self, c: Self) -> Self;
    fn to_i32(self) -> i32;
    fn to_i64(self) -> i64;
    fn from_i32(x: i32) -> Self;
    fn from_i64(x: i64) -> Self;
    fn to_bits(self) -> Self::Bits;
    fn from_bits(bits: Self::Bits) -> Self;
}

macro_rules! width {
    ($float:ident, $bits:ident) => {
        impl Width for $float {
            type Bits = $bits;

            fn from_f64(x: f64) -> Self {
                x as Self
            }
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            fn abs(self) -> Self {
                $float::abs(self)
            }
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }
            fn floor(self) -> Self {
                $float::floor(self)
            }
            fn ceil(self) -> Self {
                $float::ceil(self)
            }
            fn trunc(self) -> Self {
                $float::trunc(self)
            }
            fn nearest(self) -> Self {
                self.round_ties_even()
            }
            fn fma(self, b: Self, c: Self) -> Self {
                self.mul_add(b, c)
            }
            fn to_i32(self) -> i32 {
                self as i32
            }
            fn to_i64(self) -> i64 {
                self as i64
            }
            fn from_i32(x: i32) -> Self {
                x as Self
            }
            fn from_i64(x: i64) -> Self {
                x as Self
            }
            fn to_bits(self) -> $bits {
                $float::to_bits(self).cast_signed()
            }
            fn from_bits(bits: $bits) -> Self {
                $float::from_bits(bits.cast_unsigned())
            }
        }
    };
}

width!(f32, i32);
width!(f64, i64);
