//! The value types of the graph and the one width decision of a compilation.
//!
//! A [`Signal`](crate::Signal) never says how wide its floats are. The width is chosen when a
//! [`Graph`](crate::Graph) is built, for the whole graph at once: [`Precision::F32`] or
//! [`Precision::F64`]. Phases follow it (32-bit turns beside `f32`, 64-bit turns beside `f64`).

use std::fmt;

/// The width of every float in one graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Precision {
    /// 32-bit floats, phases in units of 2⁻³² turn. The default: what devices play.
    #[default]
    F32,
    /// 64-bit floats, phases in units of 2⁻⁶⁴ turn.
    F64,
}

impl Precision {
    /// Bytes of one float: 4 or 8.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The integer type as wide as the float; phases are of this type in a graph.
    #[must_use]
    pub const fn phase_type(self) -> Type {
        match self {
            Self::F32 => Type::I32,
            Self::F64 => Type::I64,
        }
    }

    /// Rounds `x` to this width and widens it again.
    #[must_use]
    pub const fn round(self, x: f64) -> f64 {
        match self {
            Self::F32 => x as f32 as f64,
            Self::F64 => x,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}

/// The type of a value in a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// A float of the graph's [`Precision`].
    Float,
    /// A 32-bit integer; arithmetic wraps.
    I32,
    /// A 64-bit integer; arithmetic wraps.
    I64,
    /// A truth value.
    Bool,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Float => "float",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::Bool => "bool",
        })
    }
}

/// A constant of a graph.
///
/// Floats are held as `f64`; in an `f32` graph the value is already rounded to `f32`, so that
/// folding in the graph's width is exact. Equality and hashing go by bits: `0.0` and `-0.0` are
/// two constants, and every NaN equals itself.
#[derive(Clone, Copy, Debug)]
pub enum Const {
    /// A float.
    Float(f64),
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// A truth value.
    Bool(bool),
}

impl Const {
    /// The type of the constant.
    #[must_use]
    pub const fn ty(self) -> Type {
        match self {
            Self::Float(_) => Type::Float,
            Self::I32(_) => Type::I32,
            Self::I64(_) => Type::I64,
            Self::Bool(_) => Type::Bool,
        }
    }

    /// The zero (or `false`) of a type.
    #[must_use]
    pub const fn zero(ty: Type) -> Self {
        match ty {
            Type::Float => Self::Float(0.0),
            Type::I32 => Self::I32(0),
            Type::I64 => Self::I64(0),
            Type::Bool => Self::Bool(false),
        }
    }

    const fn key(self) -> (Type, u64) {
        let bits = match self {
            Self::Float(x) => x.to_bits(),
            Self::I32(x) => x as u32 as u64,
            Self::I64(x) => x as u64,
            Self::Bool(x) => x as u64,
        };
        (self.ty(), bits)
    }
}

impl PartialEq for Const {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Const {}

impl std::hash::Hash for Const {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
