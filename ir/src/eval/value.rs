//! Run-time values of the evaluator and of constant folding.

use crate::types::{Const, Precision, Type};

/// A value with its width.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// A 32-bit float.
    F32(f32),
    /// A 64-bit float.
    F64(f64),
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// A truth value.
    Bool(bool),
}

impl Value {
    /// A float rounded to the width.
    #[must_use]
    pub const fn float(precision: Precision, x: f64) -> Self {
        match precision {
            Precision::F32 => Self::F32(x as f32),
            Precision::F64 => Self::F64(x),
        }
    }

    /// A constant in the width.
    #[must_use]
    pub const fn from_const(precision: Precision, value: Const) -> Self {
        match value {
            Const::Float(x) => Self::float(precision, x),
            Const::I32(x) => Self::I32(x),
            Const::I64(x) => Self::I64(x),
            Const::Bool(x) => Self::Bool(x),
        }
    }

    /// The value as a constant; floats widen to `f64`.
    #[must_use]
    pub const fn to_const(self) -> Const {
        match self {
            Self::F32(x) => Const::Float(x as f64),
            Self::F64(x) => Const::Float(x),
            Self::I32(x) => Const::I32(x),
            Self::I64(x) => Const::I64(x),
            Self::Bool(x) => Const::Bool(x),
        }
    }

    /// The type.
    #[must_use]
    pub const fn ty(self) -> Type {
        self.to_const().ty()
    }

    /// A float, widened; 0 for other types, which the verifier keeps away.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::F32(x) => x as f64,
            Self::F64(x) => x,
            _ => 0.0,
        }
    }

    /// A 32-bit integer; 0 for other types.
    #[must_use]
    pub const fn as_i32(self) -> i32 {
        match self {
            Self::I32(x) => x,
            _ => 0,
        }
    }

    /// A truth value; `false` for other types.
    #[must_use]
    pub const fn as_bool(self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// Equality by bits, except that every NaN equals every other.
    #[must_use]
    pub fn same(self, other: Self) -> bool {
        match (self, other) {
            (Self::F32(a), Self::F32(b)) => {
                a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
            }
            (Self::F64(a), Self::F64(b)) => {
                a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
            }
            (Self::I32(a), Self::I32(b)) => a == b,
            (Self::I64(a), Self::I64(b)) => a == b,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            _ => false,
        }
    }
}
