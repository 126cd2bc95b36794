//! The meaning of every primitive operation.
//!
//! Operands have the types the verifier demands; a mismatch gives the first operand back (or
//! `false`) and cannot happen in a verified graph.

use super::Value;
use crate::op::{BinaryOp, CastOp, CompareOp, UnaryOp};
use crate::types::Precision;

macro_rules! float_unary {
    ($op:expr, $x:expr, $wrap:path) => {
        match $op {
            UnaryOp::Neg => $wrap(-$x),
            UnaryOp::Abs => $wrap($x.abs()),
            UnaryOp::Sqrt => $wrap($x.sqrt()),
            UnaryOp::Floor => $wrap($x.floor()),
            UnaryOp::Ceil => $wrap($x.ceil()),
            UnaryOp::Trunc => $wrap($x.trunc()),
            UnaryOp::Nearest => $wrap($x.round_ties_even()),
            UnaryOp::Not => $wrap($x),
        }
    };
}

/// An operation of one operand.
#[must_use]
pub fn unary(op: UnaryOp, a: Value) -> Value {
    match (op, a) {
        (_, Value::F32(x)) => float_unary!(op, x, Value::F32),
        (_, Value::F64(x)) => float_unary!(op, x, Value::F64),
        (UnaryOp::Neg, Value::I32(x)) => Value::I32(x.wrapping_neg()),
        (UnaryOp::Neg, Value::I64(x)) => Value::I64(x.wrapping_neg()),
        (UnaryOp::Not, Value::I32(x)) => Value::I32(!x),
        (UnaryOp::Not, Value::I64(x)) => Value::I64(!x),
        (UnaryOp::Not, Value::Bool(x)) => Value::Bool(!x),
        _ => a,
    }
}

macro_rules! float_binary {
    ($op:expr, $x:expr, $y:expr, $wrap:path) => {
        match $op {
            BinaryOp::Add => $wrap($x + $y),
            BinaryOp::Sub => $wrap($x - $y),
            BinaryOp::Mul => $wrap($x * $y),
            BinaryOp::Div => $wrap($x / $y),
            BinaryOp::Min => $wrap(if $x < $y { $x } else { $y }),
            BinaryOp::Max => $wrap(if $x > $y { $x } else { $y }),
            _ => $wrap($x),
        }
    };
}

macro_rules! int_binary {
    ($op:expr, $x:expr, $y:expr, $wrap:path, $unsigned:ty) => {
        match $op {
            BinaryOp::Add => $wrap($x.wrapping_add($y)),
            BinaryOp::Sub => $wrap($x.wrapping_sub($y)),
            BinaryOp::Mul => $wrap($x.wrapping_mul($y)),
            BinaryOp::Min => $wrap(if $x < $y { $x } else { $y }),
            BinaryOp::Max => $wrap(if $x > $y { $x } else { $y }),
            BinaryOp::And => $wrap($x & $y),
            BinaryOp::Or => $wrap($x | $y),
            BinaryOp::Xor => $wrap($x ^ $y),
            BinaryOp::Shl => $wrap($x.wrapping_shl($y as u32)),
            BinaryOp::ShrU => $wrap(($x as $unsigned).wrapping_shr($y as u32).cast_signed()),
            BinaryOp::ShrS => $wrap($x.wrapping_shr($y as u32)),
            BinaryOp::Div => $wrap($x),
        }
    };
}

/// An operation of two operands of one type.
#[must_use]
pub fn binary(op: BinaryOp, a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::F32(x), Value::F32(y)) => float_binary!(op, x, y, Value::F32),
        (Value::F64(x), Value::F64(y)) => float_binary!(op, x, y, Value::F64),
        (Value::I32(x), Value::I32(y)) => int_binary!(op, x, y, Value::I32, u32),
        (Value::I64(x), Value::I64(y)) => int_binary!(op, x, y, Value::I64, u64),
        (Value::Bool(x), Value::Bool(y)) => Value::Bool(match op {
            BinaryOp::And => x & y,
            BinaryOp::Or => x | y,
            BinaryOp::Xor => x ^ y,
            _ => x,
        }),
        _ => a,
    }
}

fn ordered<T: PartialOrd>(op: CompareOp, a: &T, b: &T) -> bool {
    match op {
        CompareOp::Eq => a == b,
        CompareOp::Ne => a != b,
        CompareOp::Lt => a < b,
        CompareOp::Le => a <= b,
        CompareOp::Gt => a > b,
        CompareOp::Ge => a >= b,
    }
}

/// A comparison of two operands of one type.
#[must_use]
pub fn compare(op: CompareOp, a: Value, b: Value) -> Value {
    Value::Bool(match (a, b) {
        (Value::F32(x), Value::F32(y)) => ordered(op, &x, &y),
        (Value::F64(x), Value::F64(y)) => ordered(op, &x, &y),
        (Value::I32(x), Value::I32(y)) => ordered(op, &x, &y),
        (Value::I64(x), Value::I64(y)) => ordered(op, &x, &y),
        (Value::Bool(x), Value::Bool(y)) => ordered(op, &x, &y),
        _ => false,
    })
}

/// a·b + c with one rounding.
#[must_use]
pub fn fma(a: Value, b: Value, c: Value) -> Value {
    match (a, b, c) {
        (Value::F32(x), Value::F32(y), Value::F32(z)) => Value::F32(x.mul_add(y, z)),
        (Value::F64(x), Value::F64(y), Value::F64(z)) => Value::F64(x.mul_add(y, z)),
        _ => a,
    }
}

/// [`CastOp::FloatToI32OrLeast`] of a float of either width, which an `f64` holds.
pub(super) fn i32_or_least(x: f64) -> i32 {
    let whole = x.trunc();
    if (-2_147_483_648.0..2_147_483_648.0).contains(&whole) {
        whole as i32
    } else {
        i32::MIN
    }
}

/// A conversion in a graph of the given width.
#[must_use]
pub fn cast(precision: Precision, op: CastOp, a: Value) -> Value {
    let float = |narrow: f32, wide: f64| match precision {
        Precision::F32 => Value::F32(narrow),
        Precision::F64 => Value::F64(wide),
    };
    match (op, a) {
        (CastOp::FloatToI32, Value::F32(x)) => Value::I32(x as i32),
        (CastOp::FloatToI32, Value::F64(x)) => Value::I32(x as i32),
        (CastOp::FloatToI32OrLeast, Value::F32(x)) => Value::I32(i32_or_least(f64::from(x))),
        (CastOp::FloatToI32OrLeast, Value::F64(x)) => Value::I32(i32_or_least(x)),
        (CastOp::FloatToI64, Value::F32(x)) => Value::I64(x as i64),
        (CastOp::FloatToI64, Value::F64(x)) => Value::I64(x as i64),
        (CastOp::I32ToFloat, Value::I32(x)) => float(x as f32, f64::from(x)),
        (CastOp::I64ToFloat, Value::I64(x)) => float(x as f32, x as f64),
        (CastOp::BoolToFloat, Value::Bool(x)) => {
            float(f32::from(u8::from(x)), f64::from(u8::from(x)))
        }
        (CastOp::BoolToI32, Value::Bool(x)) => Value::I32(i32::from(x)),
        (CastOp::I32ToI64, Value::I32(x)) => Value::I64(i64::from(x)),
        (CastOp::I64ToI32, Value::I64(x)) => Value::I32(x as i32),
        (CastOp::FloatToBits, Value::F32(x)) => Value::I32(x.to_bits().cast_signed()),
        (CastOp::FloatToBits, Value::F64(x)) => Value::I64(x.to_bits().cast_signed()),
        (CastOp::BitsToFloat, Value::I32(x)) => Value::F32(f32::from_bits(x.cast_unsigned())),
        (CastOp::BitsToFloat, Value::I64(x)) => Value::F64(f64::from_bits(x.cast_unsigned())),
        _ => a,
    }
}
