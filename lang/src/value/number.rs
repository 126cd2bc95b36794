//! Arithmetic on bools, integers of any size and floats, as Python defines it.
//!
//! Integers start as `i64` and move to big integers on overflow. Comparison between integers and
//! floats is exact; `/` of integers is correctly rounded; `//` and `%` round towards minus infinity.
//! Float functions come from the platform's C library, as CPython's do.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{FromPrimitive, Pow, Signed, ToPrimitive, Zero};

use super::{BinaryOp, ExceptionKind, Value};
use crate::error::{Error, Result};
use crate::limits::Meter;

/// A number taken out of its value: bools are integers.
pub(crate) enum Number<'a> {
    Int(i64),
    Big(&'a BigInt),
    Float(f64),
}

/// The number in a value, if it is one.
pub(crate) fn number(value: &Value) -> Option<Number<'_>> {
    Some(match value {
        Value::Bool(b) => Number::Int(i64::from(*b)),
        Value::Int(i) => Number::Int(*i),
        Value::BigInt(b) => Number::Big(b),
        Value::Float(f) => Number::Float(*f),
        _ => return None,
    })
}

/// The integer in a value, widened.
pub(crate) fn big(value: &Value) -> Option<BigInt> {
    match value {
        Value::Bool(b) => Some(BigInt::from(u8::from(*b))),
        Value::Int(i) => Some(BigInt::from(*i)),
        Value::BigInt(b) => Some((**b).clone()),
        _ => None,
    }
}

/// The nearest float; `None` when the integer is beyond the range of floats.
pub(crate) fn big_to_f64(value: &BigInt) -> Option<f64> {
    value.to_f64().filter(|f| f.is_finite())
}

/// The value as a float, or Python's OverflowError.
pub(crate) fn to_float(value: &Value) -> Result<f64> {
    value.as_f64().ok_or_else(|| {
        Error::new(
            ExceptionKind::OverflowError,
            "int too large to convert to float",
        )
    })
}

/// Python's `repr` of a float: the shortest digits that read back the same.
pub(crate) fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    // The standard library finds how many digits it takes, but rounds a value halfway between two such numbers up,
    // where Python rounds it to the even digit, as the library's own formatting to a given number of digits does.
    let nearest = |rounded: String, shortest: String| match rounded.parse() {
        Ok(back) if value == back => rounded,
        _ => shortest,
    };
    let shortest = format!("{value:e}");
    let digits = shortest.split('e').next().map_or(0, |mantissa| {
        mantissa.bytes().filter(u8::is_ascii_digit).count()
    });
    let scientific = nearest(format!("{value:.*e}", digits.saturating_sub(1)), shortest);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        let plain = nearest(format!("{value:.decimals$}"), value.to_string());
        return if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Exact comparison of two numbers; `None` when one is NaN or not a number.
pub(crate) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (number(a)?, number(b)?) {
        (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
        (Number::Int(a), Number::Big(b)) => Some(BigInt::from(a).cmp(b)),
        (Number::Big(a), Number::Int(b)) => Some(a.cmp(&BigInt::from(b))),
        (Number::Big(a), Number::Big(b)) => Some(a.cmp(b)),
        (Number::Int(a), Number::Float(b)) => compare_int_float(&BigInt::from(a), b),
        (Number::Big(a), Number::Float(b)) => compare_int_float(a, b),
        (Number::Float(a), Number::Int(b)) => {
            compare_int_float(&BigInt::from(b), a).map(Ordering::reverse)
        }
        (Number::Float(a), Number::Big(b)) => compare_int_float(b, a).map(Ordering::reverse),
    }
}

fn compare_int_float(a: &BigInt, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    match BigInt::from_f64(b.trunc()) {
        None => Some(if b > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        }),
        Some(whole) => Some(
            a.cmp(&whole)
                .then_with(|| 0.0_f64.partial_cmp(&b.fract()).unwrap_or(Ordering::Equal)),
        ),
    }
}

/// `a op b` for two numbers; `None` when an operand is not a number or the operator is not defined
/// for the pair.
pub(crate) fn binary(
    op: BinaryOp,
    a: &Value,
    b: &Value,
    meter: &mut Meter,
) -> Option<Result<Value>> {
    use BinaryOp as O;
    if let (Value::Bool(x), Value::Bool(y)) = (a, b) {
        match op {
            O::BitAnd => return Some(Ok(Value::Bool(x & y))),
            O::BitOr => return Some(Ok(Value::Bool(x | y))),
            O::BitXor => return Some(Ok(Value::Bool(x ^ y))),
            _ => {}
        }
    }
    if op == O::MatMul {
        return None;
    }
    match (number(a)?, number(b)?) {
        (Number::Int(x), Number::Int(y)) => Some(int_binary(op, x, y, meter)),
        (Number::Float(x), Number::Float(y)) => float_binary(op, x, y),
        (Number::Float(_), _) | (_, Number::Float(_)) => match (to_float(a), to_float(b)) {
            (Ok(x), Ok(y)) => float_binary(op, x, y),
            (Err(e), _) | (_, Err(e)) => Some(Err(e)),
        },
        _ => Some(big_binary(op, &big(a)?, &big(b)?, meter)),
    }
}

fn zero_division(message: &str) -> Error {
    Error::new(ExceptionKind::ZeroDivisionError, message)
}

fn int_binary(op: BinaryOp, a: i64, b: i64, meter: &mut Meter) -> Result<Value> {
    use BinaryOp as O;
    let quick = match op {
        O::Add => a.checked_add(b),
        O::Sub => a.checked_sub(b),
        O::Mul => a.checked_mul(b),
        O::Div if b != 0 && a.unsigned_abs() <= 1 << 53 && b.unsigned_abs() <= 1 << 53 => {
            return Ok(Value::Float(a as f64 / b as f64));
        }
        O::FloorDiv if b != 0 && b != -1 => Some(Integer::div_floor(&a, &b)),
        O::Mod if b != 0 && b != -1 => Some(Integer::mod_floor(&a, &b)),
        O::BitAnd => Some(a & b),
        O::BitOr => Some(a | b),
        O::BitXor => Some(a ^ b),
        O::RShift if b >= 0 => Some(if b > 63 { a >> 63 } else { a >> b }),
        O::Pow if (0..64).contains(&b) => a.checked_pow(b as u32),
        _ => None,
    };
    match quick {
        Some(result) => Ok(Value::Int(result)),
        None => big_binary(op, &BigInt::from(a), &BigInt::from(b), meter),
    }
}

fn float_binary(op: BinaryOp, a: f64, b: f64) -> Option<Result<Value>> {
    use BinaryOp as O;
    Some(Ok(Value::Float(match op {
        O::Add => a + b,
        O::Sub => a - b,
        O::Mul => a * b,
        O::Div if b == 0.0 => return Some(Err(zero_division("float division by zero"))),
        O::Div => a / b,
        O::FloorDiv if b == 0.0 => {
            return Some(Err(zero_division("float floor division by zero")));
        }
        O::FloorDiv => float_divmod(a, b).0,
        O::Mod if b == 0.0 => return Some(Err(zero_division("float modulo"))),
        O::Mod => float_divmod(a, b).1,
        O::Pow => return Some(float_pow(a, b).map(Value::Float)),
        _ => return None,
    })))
}

/// Floor quotient and remainder of floats, CPython's way; `b` is not 0.
pub(crate) fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder == 0.0 {
        remainder = 0.0_f64.copysign(b);
    } else if (b < 0.0) != (remainder < 0.0) {
        remainder += b;
        quotient -= 1.0;
    }
    let floored = if quotient == 0.0 {
        0.0_f64.copysign(a / b)
    } else {
        let floor = quotient.floor();
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        }
    };
    (floored, remainder)
}

/// `a ** b` for floats.
pub(crate) fn float_pow(a: f64, b: f64) -> Result<f64> {
    if a == 0.0 && b < 0.0 {
        return Err(zero_division("0.0 cannot be raised to a negative power"));
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b.fract() != 0.0 {
        return Err(Error::value_error(
            "a negative number to a fractional power is complex, and patches have no complex numbers",
        )
        .with_help("use abs(x) ** y, or a whole exponent"));
    }
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(Error::new(
            ExceptionKind::OverflowError,
            "(34, 'Numerical result out of range')",
        ));
    }
    Ok(result)
}

fn big_binary(op: BinaryOp, a: &BigInt, b: &BigInt, meter: &mut Meter) -> Result<Value> {
    use BinaryOp as O;
    Ok(Value::integer(match op {
        O::Add | O::Sub => {
            meter.integer(a.bits().max(b.bits()) + 1)?;
            if op == O::Add { a + b } else { a - b }
        }
        O::Mul => {
            meter.integer(a.bits() + b.bits())?;
            a * b
        }
        O::Div => return true_division(a, b).map(Value::Float),
        O::FloorDiv if b.is_zero() => {
            return Err(zero_division("integer division or modulo by zero"));
        }
        O::Mod if b.is_zero() => return Err(zero_division("integer modulo by zero")),
        O::FloorDiv => a.div_floor(b),
        O::Mod => a.mod_floor(b),
        O::Pow => return big_pow(a, b, meter),
        O::BitAnd => a & b,
        O::BitOr => a | b,
        O::BitXor => a ^ b,
        O::LShift | O::RShift if b.is_negative() => {
            return Err(Error::value_error("negative shift count"));
        }
        O::LShift => {
            let shift = b.to_u64().unwrap_or(u64::MAX);
            if a.is_zero() {
                return Ok(Value::Int(0));
            }
            meter.integer(a.bits().saturating_add(shift))?;
            a << shift
        }
        O::RShift => match b.to_u64().filter(|s| *s <= a.bits()) {
            Some(shift) => a >> shift,
            None => BigInt::from(if a.is_negative() { -1 } else { 0 }),
        },
        O::MatMul => {
            return Err(Error::type_error(
                "unsupported operand type(s) for @: 'int' and 'int'",
            ));
        }
    }))
}

fn big_pow(a: &BigInt, b: &BigInt, meter: &mut Meter) -> Result<Value> {
    if b.is_negative() {
        let overflow = || {
            Error::new(
                ExceptionKind::OverflowError,
                "int too large to convert to float",
            )
        };
        let base = big_to_f64(a).ok_or_else(overflow)?;
        return float_pow(base, big_to_f64(b).ok_or_else(overflow)?).map(Value::Float);
    }
    if a.bits() > 1 {
        let exponent = b.to_u64().unwrap_or(u64::MAX);
        // A lower bound of the result's size: refuse before computing.
        meter.integer((a.bits() - 1).saturating_mul(exponent))?;
    }
    match (a.to_i64(), b.to_u32()) {
        (Some(0), _) => Ok(Value::Int(i64::from(b.is_zero()))),
        (Some(1), _) => Ok(Value::Int(1)),
        (Some(-1), _) => Ok(Value::Int(if b.is_even() { 1 } else { -1 })),
        (_, Some(exponent)) => Ok(Value::integer(a.pow(exponent))),
        _ => {
            meter.integer(u64::MAX)?;
            Ok(Value::None)
        }
    }
}

/// `a / b` of integers, correctly rounded: the quotient is computed to more than 64 bits with a
/// sticky last bit, so the one rounding is that of the conversion.
fn true_division(a: &BigInt, b: &BigInt) -> Result<f64> {
    if b.is_zero() {
        return Err(zero_division("division by zero"));
    }
    let negative = (a.sign() == Sign::Minus) != (b.sign() == Sign::Minus);
    let (a, b) = (a.magnitude(), b.magnitude());
    if a.is_zero() {
        return Ok(if negative { -0.0 } else { 0.0 });
    }
    let shift = 66 + b.bits() as i64 - a.bits() as i64;
    let (numerator, denominator) = if shift >= 0 {
        (a << shift as u64, b.clone())
    } else {
        (a.clone(), b << (-shift) as u64)
    };
    let (mut quotient, remainder) = numerator.div_rem(&denominator);
    if !remainder.is_zero() {
        quotient.set_bit(0, true);
    }
    let result = scale(quotient.to_f64().unwrap_or(f64::INFINITY), -shift);
    if result.is_infinite() {
        return Err(Error::new(
            ExceptionKind::OverflowError,
            "integer division result too large for a float",
        ));
    }
    Ok(if negative { -result } else { result })
}

/// `value · 2^exponent`, in steps that do not overflow on the way.
pub(crate) fn scale(mut value: f64, exponent: i64) -> f64 {
    let mut exponent = exponent.clamp(-5000, 5000) as i32;
    while exponent > 1000 {
        value *= 2.0_f64.powi(1000);
        exponent -= 1000;
    }
    while exponent < -1000 {
        value *= 2.0_f64.powi(-1000);
        exponent += 1000;
    }
    value * 2.0_f64.powi(exponent)
}

/// Rounds half to even on the exact value; `None` for NaN and infinities.
pub(crate) fn float_to_integer(value: f64) -> Option<Value> {
    if !value.is_finite() {
        return None;
    }
    let rounded = value.round_ties_even();
    Some(truncate(rounded))
}

/// The integer part of a finite float.
pub(crate) fn truncate(value: f64) -> Value {
    if value.abs() < 9.0e18 {
        Value::Int(value as i64)
    } else {
        BigInt::from_f64(value.trunc()).map_or(Value::Int(0), Value::integer)
    }
}

/// `round(value, digits)` for floats: correctly rounded on the exact decimal expansion.
pub(crate) fn round_float(value: f64, digits: i64) -> f64 {
    if !value.is_finite() || digits > 330 {
        return value;
    }
    if digits >= 0 {
        return format!("{value:.*}", digits as usize)
            .parse()
            .unwrap_or(value);
    }
    if digits < -310 {
        return 0.0_f64.copysign(value);
    }
    let unit: BigInt = BigInt::from(10).pow((-digits) as u32);
    let whole = BigInt::from_f64(value.abs().trunc()).unwrap_or_default();
    let (quotient, remainder) = whole.div_rem(&unit);
    let twice: BigInt = remainder * 2;
    let up = match twice.cmp(&unit) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => value.fract() != 0.0 || quotient.is_odd(),
    };
    let rounded = (quotient + i32::from(up)) * unit;
    big_to_f64(&rounded).unwrap_or(value).copysign(value)
}

/// `round(value, digits)` for integers with negative `digits`: half to even.
pub(crate) fn round_integer(value: &BigInt, digits: i64) -> BigInt {
    if digits >= 0 {
        return value.clone();
    }
    // Beyond the number of digits everything rounds to 0.
    if digits.unsigned_abs() > value.bits() {
        return BigInt::zero();
    }
    let unit: BigInt = BigInt::from(10).pow(digits.unsigned_abs() as u32);
    let (quotient, remainder) = value.div_mod_floor(&unit);
    let twice: BigInt = remainder * 2;
    let up = match twice.cmp(&unit) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => quotient.is_odd(),
    };
    (quotient + i32::from(up)) * unit
}
