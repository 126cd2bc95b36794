//! What can be said of a value without knowing the state it comes from: exactly one value, or bounds.
//!
//! The domain of [`Stillness`](super::Stillness) and [`Bounds`](super::Bounds), which walk a graph with it. Every operation gives bounds that hold for
//! all values within the bounds of its operands, whatever is rounded or flushed to zero on the way
//! (Moore 1966, "Interval Analysis"; bounds are computed in `f64` and widened by a unit of `f32`). Zeros of either
//! sign count as one.

use crate::eval::{self, Value};
use crate::graph::{Graph, NodeId, Op};
use crate::op::{BinaryOp, CastOp, CompareOp, UnaryOp};
use crate::types::{Precision, Type};

/// Bounds of a value. Its type is the node's.
#[derive(Clone, Copy, Debug)]
pub(super) enum Span {
    /// This value and no other; never a zero of a float.
    Exact(Value),
    /// A finite float from the first to the second.
    Float(f64, f64),
    /// An integer from the first to the second.
    Int(i64, i64),
    /// Anything of its type.
    Any,
}

/// A float 0 of either sign.
pub(super) const ZERO: Span = Span::Float(0.0, 0.0);
/// One rounding of the narrower width, with room.
const UNIT: f64 = 2.4e-7;
/// Largest bound; beyond it lies what an `f32` may round to infinity.
const LARGEST: f64 = 3.0e38;
/// What is smaller may be flushed to 0 in `f32`.
const SMALLEST: f64 = 1.2e-38;

impl Span {
    pub(super) fn exactly(value: Value) -> Self {
        match value {
            Value::F32(0.0) | Value::F64(0.0) => ZERO,
            _ => Self::Exact(value),
        }
    }

    /// Bounds of a result that has been rounded once.
    fn rounded(lo: f64, hi: f64) -> Self {
        let down = if lo.abs() < SMALLEST {
            lo.min(0.0)
        } else {
            lo - lo.abs() * UNIT
        };
        let up = if hi.abs() < SMALLEST {
            hi.max(0.0)
        } else {
            hi + hi.abs() * UNIT
        };
        Self::bounded(down, up)
    }

    /// Bounds of a float that is finite in every width.
    pub(super) fn bounded(lo: f64, hi: f64) -> Self {
        if lo >= -LARGEST && hi <= LARGEST {
            Self::Float(lo, hi)
        } else {
            Self::Any
        }
    }

    pub(super) fn is_zero(self) -> bool {
        matches!(self, Self::Float(lo, hi) if lo == 0.0 && hi == 0.0)
    }

    /// Whether all it can be lies in `other`, which is exact or zero.
    pub(super) fn is_within(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => a.to_const() == b.to_const(),
            _ => self.is_zero() && other.is_zero(),
        }
    }

    pub(super) fn value(self) -> Option<Value> {
        match self {
            Self::Exact(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn truth(self) -> Option<bool> {
        match self {
            Self::Exact(Value::Bool(x)) => Some(x),
            _ => None,
        }
    }

    /// Bounds of a finite float.
    pub(super) fn float(self) -> Option<(f64, f64)> {
        match self {
            Self::Float(lo, hi) => Some((lo, hi)),
            Self::Exact(value @ (Value::F32(_) | Value::F64(_))) => {
                let x = value.as_f64();
                x.is_finite().then_some((x, x))
            }
            _ => None,
        }
    }

    /// Bounds of an integer of a type.
    fn int(self, ty: Type) -> (i64, i64) {
        match self {
            Self::Int(lo, hi) => (lo, hi),
            Self::Exact(Value::I32(x)) => (i64::from(x), i64::from(x)),
            Self::Exact(Value::I64(x)) => (x, x),
            _ if ty == Type::I32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        }
    }
}

/// What can be said of a pure operation from what is known of its operands.
pub(super) fn pure(graph: &Graph, op: Op, of: impl Fn(NodeId) -> Span) -> Option<Span> {
    let ty = |id| graph.ty(id);
    Some(match op {
        Op::Const(value) => Span::exactly(Value::from_const(graph.precision(), value)),
        Op::SampleRate => Span::exactly(Value::float(graph.precision(), graph.sample_rate())),
        Op::Unary(op, a) => unary(op, of(a)),
        Op::Binary(op, a, b) => binary(op, ty(a), of(a), of(b)),
        Op::Compare(op, a, b) => compare(op, ty(a), of(a), of(b)),
        Op::Select(condition, a, b) => select(ty(a), of(condition), of(a), of(b)),
        Op::Cast(op, a) => cast(graph.precision(), op, ty(a), of(a)),
        Op::Fma(a, b, c) => fma(of(a), of(b), of(c)),
        _ => return None,
    })
}

/// Integer bounds that hold when nothing has wrapped.
fn unwrapped(ty: Type, lo: Option<i64>, hi: Option<i64>) -> Span {
    let (least, most) = Span::Any.int(ty);
    match (lo, hi) {
        (Some(lo), Some(hi)) if lo >= least && hi <= most => Span::Int(lo, hi),
        _ => Span::Any,
    }
}

pub(super) fn unary(op: UnaryOp, a: Span) -> Span {
    if let Span::Exact(a) = a {
        return Span::exactly(eval::unary(op, a));
    }
    let Some((lo, hi)) = a.float() else {
        return Span::Any;
    };
    match op {
        UnaryOp::Neg => Span::Float(-hi, -lo),
        UnaryOp::Abs if lo >= 0.0 => Span::Float(lo, hi),
        UnaryOp::Abs if hi <= 0.0 => Span::Float(-hi, -lo),
        UnaryOp::Abs => Span::Float(0.0, hi.max(-lo)),
        UnaryOp::Sqrt if lo >= 0.0 => Span::rounded(lo.sqrt(), hi.sqrt()),
        UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Trunc | UnaryOp::Nearest => {
            Span::Float(lo.floor(), hi.ceil())
        }
        UnaryOp::Sqrt | UnaryOp::Not => Span::Any,
    }
}

/// `ty` is that of the operands.
pub(super) fn binary(op: BinaryOp, ty: Type, a: Span, b: Span) -> Span {
    if let (Span::Exact(a), Span::Exact(b)) = (a, b) {
        return Span::exactly(eval::binary(op, a, b));
    }
    match ty {
        Type::Float => float_binary(op, a, b),
        Type::I32 | Type::I64 => int_binary(op, ty, a, b),
        Type::Bool => match (op, a.truth(), b.truth()) {
            (BinaryOp::And, Some(false), _) | (BinaryOp::And, _, Some(false)) => {
                Span::Exact(Value::Bool(false))
            }
            (BinaryOp::Or, Some(true), _) | (BinaryOp::Or, _, Some(true)) => {
                Span::Exact(Value::Bool(true))
            }
            _ => Span::Any,
        },
    }
}

fn float_binary(op: BinaryOp, left: Span, right: Span) -> Span {
    match op {
        // A sum with 0 is exact.
        BinaryOp::Add if left.is_zero() => return right,
        BinaryOp::Add | BinaryOp::Sub if right.is_zero() => return left,
        BinaryOp::Sub if left.is_zero() => return unary(UnaryOp::Neg, right),
        _ => {}
    }
    let (a, b) = (left, right);
    let (Some((a, b)), Some((c, d))) = (a.float(), b.float()) else {
        return Span::Any;
    };
    match op {
        BinaryOp::Add => Span::rounded(a + c, b + d),
        BinaryOp::Sub => Span::rounded(a - d, b - c),
        BinaryOp::Mul => {
            let (lo, hi) = product(a, b, c, d);
            Span::rounded(lo, hi)
        }
        BinaryOp::Div if c > 0.0 || d < 0.0 => {
            let (lo, hi) = product(a, b, 1.0 / d, 1.0 / c);
            Span::rounded(lo - lo.abs() * UNIT, hi + hi.abs() * UNIT)
        }
        BinaryOp::Min if b <= c => left,
        BinaryOp::Min if d <= a => right,
        BinaryOp::Max if a >= d => left,
        BinaryOp::Max if c >= b => right,
        BinaryOp::Min => Span::Float(a.min(c), b.min(d)),
        BinaryOp::Max => Span::Float(a.max(c), b.max(d)),
        _ => Span::Any,
    }
}

fn product(a: f64, b: f64, c: f64, d: f64) -> (f64, f64) {
    let corners = [a * c, a * d, b * c, b * d];
    let lo = corners.into_iter().fold(f64::INFINITY, f64::min);
    let hi = corners.into_iter().fold(f64::NEG_INFINITY, f64::max);
    (lo, hi)
}

fn int_binary(op: BinaryOp, ty: Type, left: Span, right: Span) -> Span {
    let ((a, b), (c, d)) = (left.int(ty), right.int(ty));
    let bits = if ty == Type::I32 { 32 } else { 64 };
    match op {
        BinaryOp::Add => unwrapped(ty, a.checked_add(c), b.checked_add(d)),
        BinaryOp::Sub => unwrapped(ty, a.checked_sub(d), b.checked_sub(c)),
        BinaryOp::Min => Span::Int(a.min(c), b.min(d)),
        BinaryOp::Max => Span::Int(a.max(c), b.max(d)),
        BinaryOp::And if c >= 0 => Span::Int(0, if a >= 0 { b.min(d) } else { d }),
        BinaryOp::And if a >= 0 => Span::Int(0, b),
        // Bits of one below the lowest bit of the other: the top bits of a phase under an exponent.
        BinaryOp::Or if a >= 0 && c == d && c > 0 && b < (c & c.wrapping_neg()) => {
            unwrapped(ty, a.checked_add(c), b.checked_add(d))
        }
        BinaryOp::ShrU if c == d && 0 < c && c < bits => {
            if a >= 0 {
                Span::Int(a >> c, b >> c)
            } else {
                Span::Int(0, (u64::MAX >> (64 - bits + c)).cast_signed())
            }
        }
        BinaryOp::ShrS if c == d && 0 <= c && c < bits => Span::Int(a >> c, b >> c),
        _ => Span::Any,
    }
}

/// `ty` is that of the operands.
pub(super) fn compare(op: CompareOp, ty: Type, left: Span, right: Span) -> Span {
    if let (Span::Exact(a), Span::Exact(b)) = (left, right) {
        return Span::Exact(eval::compare(op, a, b));
    }
    let decided = match ty {
        Type::Float => match (left.float(), right.float()) {
            (Some((a, b)), Some((c, d))) => decide(op, b < c, b <= c, a > d, a >= d),
            _ => None,
        },
        Type::I32 | Type::I64 => {
            let ((a, b), (c, d)) = (left.int(ty), right.int(ty));
            decide(op, b < c, b <= c, a > d, a >= d)
        }
        Type::Bool => None,
    };
    decided.map_or(Span::Any, |truth| Span::Exact(Value::Bool(truth)))
}

/// From whether all of a is below, not above, above, not below all of b.
fn decide(
    op: CompareOp,
    below: bool,
    not_above: bool,
    above: bool,
    not_below: bool,
) -> Option<bool> {
    let (yes, no) = match op {
        CompareOp::Lt => (below, not_below),
        CompareOp::Le => (not_above, above),
        CompareOp::Gt => (above, not_above),
        CompareOp::Ge => (not_below, below),
        CompareOp::Eq => (not_above && not_below, below || above),
        CompareOp::Ne => (below || above, not_above && not_below),
    };
    (yes || no).then_some(yes)
}

/// `ty` is that of the alternatives.
pub(super) fn select(ty: Type, condition: Span, a: Span, b: Span) -> Span {
    if let Some(truth) = condition.truth() {
        return if truth { a } else { b };
    }
    match ty {
        Type::Float => match (a.float(), b.float()) {
            (Some((a, b)), Some((c, d))) => Span::Float(a.min(c), b.max(d)),
            _ => Span::Any,
        },
        Type::I32 | Type::I64 => {
            let ((a, b), (c, d)) = (a.int(ty), b.int(ty));
            Span::Int(a.min(c), b.max(d))
        }
        Type::Bool => match (a.truth(), b.truth()) {
            (Some(a), Some(b)) if a == b => Span::Exact(Value::Bool(a)),
            _ => Span::Any,
        },
    }
}

pub(super) fn fma(a: Span, b: Span, c: Span) -> Span {
    if let (Span::Exact(a), Span::Exact(b), Span::Exact(c)) = (a, b, c) {
        return Span::exactly(eval::fma(a, b, c));
    }
    if c.is_zero() {
        return binary(BinaryOp::Mul, Type::Float, a, b);
    }
    if a.float().is_some() && b.float().is_some() && (a.is_zero() || b.is_zero()) {
        return c;
    }
    let (Some((a, b)), Some((c, d)), Some((e, f))) = (a.float(), b.float(), c.float()) else {
        return Span::Any;
    };
    let (lo, hi) = product(a, b, c, d);
    Span::rounded(lo + e, hi + f)
}

/// `ty` is that of the operand.
pub(super) fn cast(precision: Precision, op: CastOp, ty: Type, a: Span) -> Span {
    match a {
        Span::Exact(a) => return Span::exactly(eval::cast(precision, op, a)),
        _ if a.is_zero() && matches!(op, CastOp::FloatToI32 | CastOp::FloatToI64) => {
            let zero = Value::float(precision, 0.0);
            return Span::Exact(eval::cast(precision, op, zero));
        }
        _ => {}
    }
    match op {
        CastOp::I32ToFloat | CastOp::I64ToFloat => {
            let (lo, hi) = a.int(ty);
            Span::rounded(lo as f64, hi as f64)
        }
        CastOp::BoolToFloat => Span::Float(0.0, 1.0),
        CastOp::BoolToI32 => Span::Int(0, 1),
        CastOp::I32ToI64 => {
            let (lo, hi) = a.int(ty);
            Span::Int(lo, hi)
        }
        CastOp::I64ToI32 => {
            let (lo, hi) = a.int(ty);
            unwrapped(Type::I32, Some(lo), Some(hi))
        }
        CastOp::BitsToFloat => bits_to_float(precision, a.int(ty)),
        CastOp::FloatToI32 | CastOp::FloatToI32OrLeast | CastOp::FloatToI64 => {
            a.float().map_or(Span::Any, |(lo, hi)| {
                let whole = Span::Int(lo.floor() as i64, hi.ceil() as i64);
                let result = if op == CastOp::FloatToI64 {
                    Type::I64
                } else {
                    Type::I32
                };
                match whole {
                    // Beyond the range it is an end of it.
                    Span::Int(lo, hi) => unwrapped(result, Some(lo), Some(hi)),
                    _ => Span::Any,
                }
            })
        }
        CastOp::FloatToBits => Span::Any,
    }
}

/// Floats of one sign order like their bits.
fn bits_to_float(precision: Precision, (lo, hi): (i64, i64)) -> Span {
    let infinity = match precision {
        Precision::F32 => i64::from(f32::INFINITY.to_bits()),
        Precision::F64 => f64::INFINITY.to_bits().cast_signed(),
    };
    if lo < 0 || hi >= infinity {
        return Span::Any;
    }
    let float = |bits: i64| match precision {
        // Below the bits of infinity.
        Precision::F32 => f64::from(f32::from_bits(bits as u32)),
        Precision::F64 => f64::from_bits(bits.cast_unsigned()),
    };
    Span::bounded(float(lo), float(hi))
}
