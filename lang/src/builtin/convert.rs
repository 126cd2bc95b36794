//! Calling the built-in classes: `int(…)`, `float(…)`, `list(…)`, …

use std::rc::Rc;

use num_bigint::BigInt;

use super::Table;
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::signature;
use crate::value::{Dict, ExceptionKind, Range, Set, Value, number, text};

pub(super) fn add(t: &mut Table) {
    t.add("object", signature!(), |_, _| {
        Err(Error::type_error(
            "bare objects are not offered: use a dict",
        ))
    });
    t.add("bool", signature!(x = false, /), |c, a| {
        c.truth(a.at(0)).map(Value::Bool)
    });
    t.add("int", signature!(x = 0i64, base = (), /), |c, a| {
        if a.has("base") {
            let base = a.i64("base")?;
            return match a.at(0) {
                Value::Str(text) => parse_int(c, text, base),
                _ => Err(Error::type_error(
                    "int() can't convert non-string with explicit base",
                )),
            };
        }
        to_int(c, a.at(0))
    });
    t.add("float", signature!(x = 0.0, /), |_, a| to_float(a.at(0)));
    t.add("str", signature!(object = "", /), |c, a| match a.at(0) {
        Value::Str(text) => Ok(Value::Str(Rc::clone(text))),
        other => c.str(other).map(Value::from),
    });
    t.add(
        "list",
        signature!(iterable = Value::tuple(vec![]), /),
        |c, a| c.collect(a.at(0)).map(Value::list),
    );
    t.add(
        "tuple",
        signature!(iterable = Value::tuple(vec![]), /),
        |c, a| match a.at(0) {
            Value::Tuple(tuple) => Ok(Value::Tuple(Rc::clone(tuple))),
            other => c.collect(other).map(Value::tuple),
        },
    );
    t.add(
        "set",
        signature!(iterable = Value::tuple(vec![]), /),
        |c, a| {
            let items = c.collect(a.at(0))?;
            let keys = c.keys(items)?;
            Ok(Value::Set(Rc::new(Set::new(keys))))
        },
    );
    t.add("dict", signature!(mapping = (), /, **entries), |c, a| {
        let dict = Rc::new(Dict::default());
        if a.has("mapping") {
            update_dict(c, &dict, a.at(0))?;
        }
        for (name, value) in a.keywords("entries") {
            dict.map_mut().insert(crate::value::Key::text(name), value);
        }
        Ok(Value::Dict(dict))
    });
    t.add(
        "range",
        signature!(start, stop = (), step = 1i64, /),
        |_, a| {
            let part = |name: &str| match a.get(name) {
                Value::BigInt(_) => Err(Error::new(
                    ExceptionKind::OverflowError,
                    "range() is limited to 64-bit integers in patches",
                )),
                value => value.as_i64().ok_or_else(|| {
                    Error::type_error(format!(
                        "'{}' object cannot be interpreted as an integer",
                        value.type_name()
                    ))
                    .about_argument(name)
                    .with_help("range counts whole numbers; use `int(…)` or `//`")
                }),
            };
            let first = part("start")?;
            let (start, stop) = if a.has("stop") {
                (first, part("stop")?)
            } else {
                (0, first)
            };
            let step = part("step")?;
            if step == 0 {
                return Err(
                    Error::value_error("range() arg 3 must not be zero").about_argument("step")
                );
            }
            Ok(Value::Range(Rc::new(Range { start, stop, step })))
        },
    );
    t.add(
        "slice",
        signature!(start, stop = (), step = (), /),
        |_, a| {
            let (start, stop) = if a.has("stop") {
                (a.at(0).clone(), a.at(1).clone())
            } else {
                (Value::None, a.at(0).clone())
            };
            Ok(Value::Slice(Rc::new(crate::value::Slice {
                start,
                stop,
                step: a.at(2).clone(),
            })))
        },
    );
    t.add("type", signature!(object, /), |_, a| match a.at(0).kind() {
        Some(kind) => Ok(Value::Type(kind)),
        None => Ok(Value::from(a.at(0).type_name())),
    });
}

/// Adds the entries of a dict, or of an iterable of pairs.
pub(super) fn update_dict(c: &mut Context<'_>, dict: &Rc<Dict>, source: &Value) -> Result<()> {
    if let Value::Dict(other) = source {
        c.charge_items(other.len() * 3)?;
        let entries: Vec<_> = other
            .map()
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        dict.map_mut().extend(entries);
        return Ok(());
    }
    for (i, pair) in c.collect(source)?.iter().enumerate() {
        let parts = c.collect(pair).map_err(|_| {
            Error::type_error(format!(
                "cannot convert dictionary update sequence element #{i} to a sequence"
            ))
        })?;
        let [key, value] = parts.as_slice() else {
            return Err(Error::value_error(format!(
                "dictionary update sequence element #{i} has length {}; 2 is required",
                parts.len()
            )));
        };
        let key = c.key(key)?;
        c.charge_items(3)?;
        dict.map_mut().insert(key, value.clone());
    }
    Ok(())
}

fn to_int(c: &mut Context<'_>, value: &Value) -> Result<Value> {
    match value {
        Value::Bool(b) => Ok(Value::Int(i64::from(*b))),
        Value::Int(_) | Value::BigInt(_) => Ok(value.clone()),
        Value::Float(f) if f.is_nan() => {
            Err(Error::value_error("cannot convert float NaN to integer"))
        }
        Value::Float(f) if f.is_infinite() => Err(Error::new(
            ExceptionKind::OverflowError,
            "cannot convert float infinity to integer",
        )),
        Value::Float(f) => Ok(number::truncate(*f)),
        Value::Str(text) => parse_int(c, text, 10),
        other => Err(Error::type_error(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            other.type_name()
        ))
        .about_argument("x")),
    }
}

fn parse_int(c: &mut Context<'_>, source: &str, base: i64) -> Result<Value> {
    let invalid = || {
        Error::value_error(format!(
            "invalid literal for int() with base {base}: {}",
            text::repr(source)
        ))
    };
    if base != 0 && !(2..=36).contains(&base) {
        return Err(Error::value_error(
            "int() base must be >= 2 and <= 36, or 0",
        ));
    }
    let trimmed = source.trim();
    let (negative, body) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let lower = body.to_ascii_lowercase();
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find(|(p, r)| lower.starts_with(p) && (base == *r || base == 0));
    let (digits, radix) = match prefixed {
        Some((_, radix)) => (lower[2..].strip_prefix('_').unwrap_or(&lower[2..]), radix),
        None => (lower.as_str(), if base == 0 { 10 } else { base }),
    };
    let well_formed = !digits.is_empty()
        && !digits.starts_with('_')
        && !digits.ends_with('_')
        && !digits.contains("__")
        && digits
            .bytes()
            .all(|b| b == b'_' || b.is_ascii_alphanumeric());
    if !well_formed
        || base == 0 && prefixed.is_none() && digits.len() > 1 && digits.starts_with('0')
    {
        return Err(invalid());
    }
    let digits = digits.replace('_', "");
    c.charge_steps((digits.len() as u64 / 16).pow(2))?;
    c.machine.meter.integer(digits.len() as u64 * 4)?;
    let value = BigInt::parse_bytes(digits.as_bytes(), radix as u32).ok_or_else(invalid)?;
    Ok(Value::integer(if negative { -value } else { value }))
}

fn to_float(value: &Value) -> Result<Value> {
    match value {
        Value::Str(text) => {
            let trimmed = text.trim().replace('_', "");
            let lower = trimmed.to_ascii_lowercase();
            let plain = lower.trim_start_matches(['+', '-']);
            let word = matches!(plain, "inf" | "infinity" | "nan");
            let digits = plain
                .bytes()
                .all(|b| b.is_ascii_digit() || b".e+-".contains(&b));
            let parsed = if (word || digits) && !plain.is_empty() {
                lower.parse().ok()
            } else {
                None
            };
            parsed.map(Value::Float).ok_or_else(|| {
                Error::value_error(format!(
                    "could not convert string to float: {}",
                    text::repr(text)
                ))
            })
        }
        other if other.is_number() => number::to_float(other).map(Value::Float),
        other => Err(Error::type_error(format!(
            "float() argument must be a string or a real number, not '{}'",
            other.type_name()
        ))
        .about_argument("x")),
    }
}

#[cfg(test)]
mod tests {
    use crate::value::Type;

    #[test]
    fn every_named_class_has_a_constructor_or_is_an_iterator() {
        for kind in Type::NAMED {
            assert!(
                super::super::constructor(*kind).is_some(),
                "{}",
                kind.name()
            );
        }
    }
}
