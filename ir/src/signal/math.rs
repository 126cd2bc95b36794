//! Math functions as whole nodes: how they expand depends on the width, so they stay whole until
//! the graph is built ([`crate::library::math`] holds the expansions).

use super::kind::Kind;
use super::{Signal, SignalType};
use crate::op::{BinaryOp, UnaryOp};

/// A math function that expands to primitives when the graph is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Math {
    /// sin x, x in radians.
    Sin,
    /// cos x, x in radians.
    Cos,
    /// tan x, x in radians.
    Tan,
    /// sin 2πt of a time t in turns, |t| ≤ 1 without loss of accuracy, any t otherwise.
    SinTurns,
    /// cos 2πt of a time t in turns.
    CosTurns,
    /// tan πx for |x| < ½: the prewarping of bilinear filters, x = cutoff / sample rate.
    TanPi,
    /// arcsin x; NaN beyond ±1.
    Asin,
    /// arccos x; NaN beyond ±1.
    Acos,
    /// arctan x.
    Atan,
    /// The angle of the point (x, y); operands (y, x).
    Atan2,
    /// eˣ.
    Exp,
    /// 2ˣ.
    Exp2,
    /// ln x; −∞ at 0, NaN below.
    Log,
    /// log₂ x.
    Log2,
    /// log₁₀ x.
    Log10,
    /// a to the power of b, as C's `pow`.
    Pow,
    /// tanh x.
    Tanh,
    /// a − b·trunc(a/b): the remainder with the sign of a.
    Fmod,
    /// a − b·rint(a/b), ties to even.
    Remainder,
    /// Nearest whole number, ties away from zero.
    Round,
}

impl Math {
    /// Number of operands: 1 or 2.
    #[must_use]
    pub const fn arity(self) -> usize {
        match self {
            Self::Atan2 | Self::Pow | Self::Fmod | Self::Remainder => 2,
            _ => 1,
        }
    }
}

macro_rules! unary_math {
    ($($(#[$doc:meta])* $name:ident => $math:ident;)*) => {
        /// Math functions. Accuracy is stated in [`crate::library::math`].
        impl Signal {
            $($(#[$doc])* #[must_use] pub fn $name(&self) -> Signal {
                Self::new(Kind::Math(Math::$math, vec![self.to_float()]), SignalType::Float)
            })*
        }
    };
}

unary_math! {
    /// sin x, x in radians.
    sin => Sin;
    /// cos x, x in radians.
    cos => Cos;
    /// tan x, x in radians.
    tan => Tan;
    /// sin 2πt, t in turns.
    sin_turns => SinTurns;
    /// cos 2πt, t in turns.
    cos_turns => CosTurns;
    /// tan πx for |x| < ½.
    tan_pi => TanPi;
    /// arcsin x; NaN beyond ±1.
    asin => Asin;
    /// arccos x; NaN beyond ±1.
    acos => Acos;
    /// arctan x.
    atan => Atan;
    /// eˣ.
    exp => Exp;
    /// 2ˣ.
    exp2 => Exp2;
    /// ln x; −∞ at 0, NaN below.
    log => Log;
    /// log₂ x.
    log2 => Log2;
    /// log₁₀ x.
    log10 => Log10;
    /// tanh x.
    tanh => Tanh;
    /// Nearest whole number, ties away from zero.
    round => Round;
}

macro_rules! binary_math {
    ($($(#[$doc:meta])* $name:ident => $math:ident;)*) => {
        impl Signal {
            $($(#[$doc])* #[must_use] pub fn $name(&self, other: impl Into<Signal>) -> Signal {
                let operands = vec![self.to_float(), other.into().to_float()];
                Self::new(Kind::Math(Math::$math, operands), SignalType::Float)
            })*
        }
    };
}

binary_math! {
    /// The angle of the point (`other`, `self`).
    atan2 => Atan2;
    /// `self` to the power of `other`.
    pow => Pow;
    /// `self` − `other`·trunc(`self`/`other`): the remainder with the sign of `self`.
    fmod => Fmod;
    /// `self` − `other`·rint(`self`/`other`), ties to even.
    remainder => Remainder;
}

macro_rules! unary_ops {
    ($($(#[$doc:meta])* $name:ident => $op:ident;)*) => {
        impl Signal {
            $($(#[$doc])* #[must_use] pub fn $name(&self) -> Signal {
                self.to_float().unary(UnaryOp::$op, SignalType::Float)
            })*
        }
    };
}

unary_ops! {
    /// |x|
    abs => Abs;
    /// √x; NaN below zero.
    sqrt => Sqrt;
    /// Largest whole number ≤ x.
    floor => Floor;
    /// Smallest whole number ≥ x.
    ceil => Ceil;
    /// x without its fraction.
    trunc => Trunc;
    /// Nearest whole number, ties to even.
    nearest => Nearest;
}

impl Signal {
    /// `self < other ? self : other`
    #[must_use]
    pub fn min(&self, other: impl Into<Signal>) -> Signal {
        let (a, b) = super::operators::unify(self, &other.into(), false);
        Self::binary_same(BinaryOp::Min, &a, &b)
    }

    /// `self > other ? self : other`
    #[must_use]
    pub fn max(&self, other: impl Into<Signal>) -> Signal {
        let (a, b) = super::operators::unify(self, &other.into(), false);
        Self::binary_same(BinaryOp::Max, &a, &b)
    }

    /// min(max(x, lo), hi): `hi` wins when `lo > hi`.
    #[must_use]
    pub fn clip(&self, lo: impl Into<Signal>, hi: impl Into<Signal>) -> Signal {
        self.max(lo).min(hi)
    }
}
