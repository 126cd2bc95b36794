//! Built-in functions on numbers, and methods of `int` and `float`.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::Table;
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::signature;
use crate::value::{Arguments, BinaryOp, ExceptionKind, UnaryOp, Value, number};

pub(super) fn add(t: &mut Table) {
    t.add("abs", signature!(x, /), |c, a| {
        c.unary(UnaryOp::Abs, a.at(0))
    });
    t.add("round", signature!(number, ndigits = ()), round);
    t.add("divmod", signature!(x, y, /), |c, a| {
        let (x, y) = (a.at(0), a.at(1));
        if let (Value::Float(_), _) | (_, Value::Float(_)) = (x, y)
            && x.is_number()
            && y.is_number()
        {
            let (x, y) = (number::to_float(x)?, number::to_float(y)?);
            if y == 0.0 {
                return Err(Error::new(
                    ExceptionKind::ZeroDivisionError,
                    "float divmod()",
                ));
            }
            let (quotient, remainder) = number::float_divmod(x, y);
            return Ok(Value::tuple(vec![
                Value::Float(quotient),
                Value::Float(remainder),
            ]));
        }
        let quotient = c.binary(BinaryOp::FloorDiv, x, y)?;
        let remainder = c.binary(BinaryOp::Mod, x, y)?;
        Ok(Value::tuple(vec![quotient, remainder]))
    });
    t.add("pow", signature!(base, exp, modulus = ()), |c, a| {
        if !a.has("modulus") {
            return c.binary(BinaryOp::Pow, a.at(0), a.at(1));
        }
        let integer = |i: usize| {
            number::big(a.at(i)).ok_or_else(|| {
                Error::type_error(
                    "pow() 3rd argument not allowed unless all arguments are integers",
                )
            })
        };
        let (base, exponent, modulus) = (integer(0)?, integer(1)?, integer(2)?);
        if modulus.is_zero() {
            return Err(Error::value_error("pow() 3rd argument cannot be 0"));
        }
        if exponent.is_negative() {
            return match base.modinv(&modulus) {
                Some(inverse) => Ok(Value::integer(inverse.modpow(&-exponent, &modulus))),
                None => Err(Error::value_error(
                    "base is not invertible for the given modulus",
                )),
            };
        }
        c.charge_steps(exponent.bits() * (modulus.bits() / 64 + 1).pow(2) / 16)?;
        Ok(Value::integer(base.modpow(&exponent, &modulus)))
    });
    t.add("bin", signature!(number, /), |_, a| in_base(a, 2, "0b"));
    t.add("oct", signature!(number, /), |_, a| in_base(a, 8, "0o"));
    t.add("hex", signature!(number, /), |_, a| in_base(a, 16, "0x"));
}

fn in_base(a: &Arguments, radix: u32, prefix: &str) -> Result<Value> {
    let value = number::big(a.at(0)).ok_or_else(|| {
        Error::type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            a.at(0).type_name()
        ))
    })?;
    let sign = if value.is_negative() { "-" } else { "" };
    Ok(Value::from(format!(
        "{sign}{prefix}{}",
        value.magnitude().to_str_radix(radix)
    )))
}

fn round(c: &mut Context<'_>, a: &Arguments) -> Result<Value> {
    let digits = a.optional_i64("ndigits")?;
    match (a.at(0), digits) {
        (Value::Native(_), _) => c.unary(UnaryOp::Round, a.at(0)),
        (Value::Float(f), None) => number::float_to_integer(*f).ok_or_else(|| {
            if f.is_nan() {
                Error::value_error("cannot convert float NaN to integer")
            } else {
                Error::new(
                    ExceptionKind::OverflowError,
                    "cannot convert float infinity to integer",
                )
            }
        }),
        (Value::Float(f), Some(digits)) => {
            let rounded = number::round_float(*f, digits);
            if rounded.is_infinite() && f.is_finite() {
                return Err(Error::new(
                    ExceptionKind::OverflowError,
                    "rounded value too large to represent",
                ));
            }
            Ok(Value::Float(rounded))
        }
        (value, digits) => match number::big(value) {
            Some(whole) => Ok(Value::integer(number::round_integer(
                &whole,
                digits.unwrap_or(0),
            ))),
            None => Err(Error::type_error(format!(
                "type {} doesn't define __round__ method",
                value.type_name()
            ))
            .about_argument("number")),
        },
    }
}

pub(super) fn add_int_methods(t: &mut Table) {
    t.add("bit_length", signature!(), |_, a| {
        Ok(Value::Int(
            number::big(a.receiver()).unwrap_or_default().bits() as i64,
        ))
    });
    t.add("bit_count", signature!(), |_, a| {
        let value: BigInt = number::big(a.receiver()).unwrap_or_default();
        Ok(Value::Int(value.magnitude().count_ones() as i64))
    });
    t.add("is_integer", signature!(), |_, _| Ok(Value::Bool(true)));
    t.add("conjugate", signature!(), |_, a| Ok(a.receiver().clone()));
}

pub(super) fn add_float_methods(t: &mut Table) {
    t.add("is_integer", signature!(), |_, a| {
        Ok(Value::Bool(
            a.receiver()
                .as_f64()
                .is_some_and(|f| f.is_finite() && f.fract() == 0.0),
        ))
    });
    t.add("conjugate", signature!(), |_, a| Ok(a.receiver().clone()));
    t.add("as_integer_ratio", signature!(), |_, a| {
        let value = a.receiver().as_f64().unwrap_or(0.0);
        if !value.is_finite() {
            return Err(Error::value_error(
                "cannot convert NaN or infinity to integer ratio",
            ));
        }
        let (mut numerator, mut power) = (value, 0_u32);
        while numerator.fract() != 0.0 {
            numerator *= 2.0;
            power += 1;
        }
        let denominator = Value::integer(BigInt::from(1) << power);
        Ok(Value::tuple(vec![number::truncate(numerator), denominator]))
    });
}
