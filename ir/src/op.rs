//! The primitive operations of the graph. Nothing else is primitive: oscillators, filters,
//! envelopes and even `sin` are library code over these.
//!
//! Every operation is defined here once, by its Rust meaning in [`crate::eval`]; machine code must
//! match it bit for bit in strict mode.

use std::fmt;

/// Operations of one operand. The result has the operand's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnaryOp {
    /// −a; integers wrap.
    Neg,
    /// |a|, floats only: clears the sign bit.
    Abs,
    /// √a, floats only, correctly rounded; NaN below zero.
    Sqrt,
    /// Largest whole number ≤ a, floats only.
    Floor,
    /// Smallest whole number ≥ a, floats only.
    Ceil,
    /// a without its fraction, floats only.
    Trunc,
    /// Nearest whole number, ties to even, floats only.
    Nearest,
    /// Bitwise complement of integers, negation of bools.
    Not,
}

/// Operations of two operands of one type. The result has that type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BinaryOp {
    /// a + b; integers wrap.
    Add,
    /// a − b; integers wrap.
    Sub,
    /// a · b; integers wrap.
    Mul,
    /// a / b, floats only.
    Div,
    /// `a < b ? a : b`, floats and signed integers.
    Min,
    /// `a > b ? a : b`, floats and signed integers.
    Max,
    /// Bitwise and; logical and of bools.
    And,
    /// Bitwise or; logical or of bools.
    Or,
    /// Bitwise exclusive or; inequality of bools.
    Xor,
    /// a shifted left by b modulo the width, integers only.
    Shl,
    /// a shifted right by b modulo the width, zeros enter, integers only.
    ShrU,
    /// a shifted right by b modulo the width, the sign enters, integers only.
    ShrS,
}

/// Comparisons of two operands of one type (integers signed). The result is a bool; every
/// comparison with NaN is false but [`CompareOp::Ne`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CompareOp {
    /// a = b
    Eq,
    /// a ≠ b
    Ne,
    /// a < b
    Lt,
    /// a ≤ b
    Le,
    /// a > b
    Gt,
    /// a ≥ b
    Ge,
}

/// Conversions between types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CastOp {
    /// Float to `i32`: truncates toward zero, saturates, NaN gives 0.
    FloatToI32,
    /// Float to `i32`: truncates toward zero; what has no `i32`, NaN too, gives the least one. One instruction of x86-64,
    /// where [`CastOp::FloatToI32`] is five: passes choose it where the operand fits.
    FloatToI32OrLeast,
    /// Float to `i64`: truncates toward zero, saturates, NaN gives 0.
    FloatToI64,
    /// `i32` to the nearest float.
    I32ToFloat,
    /// `i64` to the nearest float.
    I64ToFloat,
    /// `false` to 0, `true` to 1.
    BoolToFloat,
    /// `false` to 0, `true` to 1.
    BoolToI32,
    /// Sign extension.
    I32ToI64,
    /// The low 32 bits.
    I64ToI32,
    /// The bits of a float as the integer of the graph's [phase type](crate::Precision::phase_type).
    FloatToBits,
    /// The float with the given bits; the operand is of the graph's phase type.
    BitsToFloat,
}

macro_rules! names {
    ($($ty:ident { $($variant:ident => $name:literal),* $(,)? })*) => {$(
        impl $ty {
            /// All operations of this kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in the text form.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The operation of this name in the text form.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    )*};
}

names! {
    UnaryOp {
        Neg => "neg", Abs => "abs", Sqrt => "sqrt", Floor => "floor", Ceil => "ceil",
        Trunc => "trunc", Nearest => "nearest", Not => "not",
    }
    BinaryOp {
        Add => "add", Sub => "sub", Mul => "mul", Div => "div", Min => "min", Max => "max",
        And => "and", Or => "or", Xor => "xor", Shl => "shl", ShrU => "shr_u", ShrS => "shr_s",
    }
    CompareOp {
        Eq => "eq", Ne => "ne", Lt => "lt", Le => "le", Gt => "gt", Ge => "ge",
    }
    CastOp {
        FloatToI32 => "float_to_i32", FloatToI32OrLeast => "float_to_i32_or_least", FloatToI64 => "float_to_i64",
        I32ToFloat => "i32_to_float", I64ToFloat => "i64_to_float",
        BoolToFloat => "bool_to_float", BoolToI32 => "bool_to_i32",
        I32ToI64 => "i32_to_i64", I64ToI32 => "i64_to_i32",
        FloatToBits => "float_to_bits", BitsToFloat => "bits_to_float",
    }
}

impl BinaryOp {
    /// Whether a ∘ b = b ∘ a bit for bit (NaN payloads aside). Min and max are not: they prefer `b`.
    #[must_use]
    pub const fn is_commutative(self) -> bool {
        matches!(
            self,
            Self::Add | Self::Mul | Self::And | Self::Or | Self::Xor
        )
    }
}

impl CompareOp {
    /// The comparison with its operands exchanged.
    #[must_use]
    pub const fn swapped(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            Self::Eq | Self::Ne => self,
        }
    }
}
