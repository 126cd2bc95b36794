//! Operators between signals and numbers, and how types meet.

use std::ops;

use super::kind::Kind;
use super::{Signal, SignalType};
use crate::op::{BinaryOp, CompareOp, UnaryOp};

/// Brings two operands to one type. Equal types stay, `i32` meets `i64` as `i64`, everything else
/// meets as float. Bools and phases do no arithmetic among themselves unless `keep` says so.
pub(super) fn unify(a: &Signal, b: &Signal, keep: bool) -> (Signal, Signal) {
    use SignalType::{Bool, I32, I64, Phase};
    match (a.ty(), b.ty()) {
        (I32, I32) | (I64, I64) => (a.clone(), b.clone()),
        (Bool, Bool) | (Phase, Phase) if keep => (a.clone(), b.clone()),
        (I32, I64) | (I64, I32) => (a.to_i64(), b.to_i64()),
        _ => (a.to_float(), b.to_float()),
    }
}

impl Signal {
    fn arithmetic(op: BinaryOp, a: &Signal, b: &Signal) -> Signal {
        let phases = a.ty() == SignalType::Phase && b.ty() == SignalType::Phase;
        let wraps = matches!(op, BinaryOp::Add | BinaryOp::Sub);
        let (a, b) = if op == BinaryOp::Div {
            (a.to_float(), b.to_float())
        } else if phases {
            unify(a, b, wraps)
        } else {
            unify(a, b, false)
        };
        Self::binary_same(op, &a, &b)
    }

    /// Integer operation on two signals converted to a common integer type.
    fn bitwise(op: BinaryOp, a: &Signal, b: &Signal) -> Signal {
        use SignalType::{Bool, I64};
        let (a, b) = match (a.ty(), b.ty()) {
            (Bool, Bool) => (a.clone(), b.clone()),
            (I64, _) | (_, I64) => (a.to_i64(), b.to_i64()),
            _ => (a.to_i32(), b.to_i32()),
        };
        Self::binary_same(op, &a, &b)
    }

    /// Bits of `self` moved left by `bits`, both as integers.
    #[must_use]
    pub fn shl(&self, bits: i32) -> Signal {
        Self::bitwise(BinaryOp::Shl, self, &self.integer_like(bits))
    }

    /// Bits moved right, zeros enter.
    #[must_use]
    pub fn shr_unsigned(&self, bits: i32) -> Signal {
        Self::bitwise(BinaryOp::ShrU, self, &self.integer_like(bits))
    }

    /// Bits moved right, the sign enters.
    #[must_use]
    pub fn shr_signed(&self, bits: i32) -> Signal {
        Self::bitwise(BinaryOp::ShrS, self, &self.integer_like(bits))
    }

    fn integer_like(&self, x: i32) -> Signal {
        match self.ty() {
            SignalType::I64 => Signal::long(i64::from(x)),
            _ => Signal::int(x),
        }
    }

    fn comparison(op: CompareOp, a: &Signal, b: &Signal) -> Signal {
        let (a, b) = unify(a, b, false);
        Self::compare_same(op, &a, &b)
    }
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident => $op:ident;)*) => {
        /// Comparisons: bool signals, 0 or 1 in arithmetic.
        impl Signal {
            $($(#[$doc])* #[must_use] pub fn $name(&self, other: impl Into<Signal>) -> Signal {
                Self::comparison(CompareOp::$op, self, &other.into())
            })*
        }
    };
}

comparisons! {
    /// self < other
    lt => Lt;
    /// self ≤ other
    le => Le;
    /// self > other
    gt => Gt;
    /// self ≥ other
    ge => Ge;
    /// self = other
    equals => Eq;
    /// self ≠ other
    differs => Ne;
}

impl From<f64> for Signal {
    fn from(x: f64) -> Self {
        Self::constant(x)
    }
}

impl From<f32> for Signal {
    fn from(x: f32) -> Self {
        Self::constant(f64::from(x))
    }
}

impl From<i32> for Signal {
    /// A *float* constant: whole numbers in expressions are numbers like any other. Integers for
    /// indices and bit tricks come from [`Signal::int`].
    fn from(x: i32) -> Self {
        Self::constant(f64::from(x))
    }
}

impl From<&Signal> for Signal {
    fn from(x: &Signal) -> Self {
        x.clone()
    }
}

// The right operand is anything that becomes a signal. The left one is a signal or an `f64`: a
// second float type on the left would make every literal (`2.0 * x`) ambiguous to the compiler.
macro_rules! operator {
    ($($trait:ident $method:ident |$a:ident, $b:ident| $make:expr;)*) => {$(
        impl<T: Into<Signal>> ops::$trait<T> for Signal {
            type Output = Signal;
            fn $method(self, other: T) -> Signal {
                let ($a, $b): (&Signal, &Signal) = (&self, &other.into());
                $make
            }
        }

        impl<T: Into<Signal>> ops::$trait<T> for &Signal {
            type Output = Signal;
            fn $method(self, other: T) -> Signal {
                let ($a, $b): (&Signal, &Signal) = (self, &other.into());
                $make
            }
        }

        operator!(@left $trait $method |$a, $b| $make, f64, Signal);
        operator!(@left $trait $method |$a, $b| $make, f64, &Signal);
    )*};
    (@left $trait:ident $method:ident |$a:ident, $b:ident| $make:expr, $left:ty, $right:ty) => {
        impl ops::$trait<$right> for $left {
            type Output = Signal;
            fn $method(self, other: $right) -> Signal {
                let ($a, $b): (&Signal, &Signal) = (&self.into(), &other.into());
                $make
            }
        }
    };
}

operator! {
    Add add |a, b| Signal::arithmetic(BinaryOp::Add, a, b);
    Sub sub |a, b| Signal::arithmetic(BinaryOp::Sub, a, b);
    Mul mul |a, b| Signal::arithmetic(BinaryOp::Mul, a, b);
    Div div |a, b| Signal::arithmetic(BinaryOp::Div, a, b);
    Rem rem |a, b| a.fmod(b);
    BitAnd bitand |a, b| Signal::bitwise(BinaryOp::And, a, b);
    BitOr bitor |a, b| Signal::bitwise(BinaryOp::Or, a, b);
    BitXor bitxor |a, b| Signal::bitwise(BinaryOp::Xor, a, b);
}

impl ops::Neg for &Signal {
    type Output = Signal;
    fn neg(self) -> Signal {
        match self.ty() {
            SignalType::Float | SignalType::I32 | SignalType::I64 | SignalType::Phase => {
                self.unary(UnaryOp::Neg, self.ty())
            }
            SignalType::Bool => -self.to_float(),
        }
    }
}

impl ops::Neg for Signal {
    type Output = Signal;
    fn neg(self) -> Signal {
        -&self
    }
}

impl ops::Not for &Signal {
    type Output = Signal;
    /// Negation of a bool, complement of an integer; a float is first [made a
    /// bool](Signal::to_bool).
    fn not(self) -> Signal {
        match self.ty() {
            SignalType::Bool | SignalType::I32 | SignalType::I64 => {
                Signal::new(Kind::Unary(UnaryOp::Not, self.clone()), self.ty())
            }
            SignalType::Float | SignalType::Phase => !&self.to_bool(),
        }
    }
}

impl ops::Not for Signal {
    type Output = Signal;
    fn not(self) -> Signal {
        !&self
    }
}

impl std::iter::Sum for Signal {
    /// The sum, in order; 0 when there is nothing to add.
    fn sum<I: Iterator<Item = Signal>>(iter: I) -> Signal {
        iter.reduce(|a, b| a + b)
            .unwrap_or_else(|| Signal::constant(0.0))
    }
}
