//! Format specifications: `f"{x:>10.3f}"`, `format()`, `str.format` fields and `%` formatting.
//!
//! The grammar is Python's `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.

use num_bigint::BigInt;
use num_traits::Signed;

use super::Context;
use crate::error::{Error, Result};
use crate::value::{Value, number, text};

/// A parsed specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormatSpec {
    fill: char,
    align: Option<char>,
    sign: char,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

impl FormatSpec {
    /// Parses a specification; `type_name` is used in the error.
    pub(crate) fn parse(spec: &str, type_name: &str) -> Result<Self> {
        let invalid = || {
            Error::value_error(format!(
                "Invalid format specifier '{spec}' for object of type '{type_name}'"
            ))
            .with_help("the form is `[[fill]align][sign][#][0][width][,][.precision][type]`, such as `>8.3f`")
        };
        let chars: Vec<char> = spec.chars().collect();
        let mut at = 0;
        let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '^' | '='));
        let mut parsed = Self {
            fill: ' ',
            align: None,
            sign: '-',
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        };
        let fill_given = is_align(chars.get(1));
        if fill_given {
            (parsed.fill, parsed.align) = (chars[0], Some(chars[1]));
            at = 2;
        } else if is_align(chars.first()) {
            parsed.align = Some(chars[0]);
            at = 1;
        }
        if let Some(sign @ ('+' | '-' | ' ')) = chars.get(at) {
            parsed.sign = *sign;
            at += 1;
        }
        if chars.get(at) == Some(&'z') {
            at += 1;
        }
        if chars.get(at) == Some(&'#') {
            parsed.alternate = true;
            at += 1;
        }
        if chars.get(at) == Some(&'0') {
            if !fill_given {
                parsed.fill = '0';
                if parsed.align.is_none() && type_name != "str" {
                    parsed.align = Some('=');
                }
            }
            at += 1;
        }
        let number = |at: &mut usize| -> Result<Option<usize>> {
            let start = *at;
            while chars.get(*at).is_some_and(char::is_ascii_digit) {
                *at += 1;
            }
            if start == *at {
                return Ok(None);
            }
            let digits: String = chars[start..*at].iter().collect();
            digits
                .parse::<usize>()
                .ok()
                .filter(|n| *n <= 1_000_000)
                .map(Some)
                .ok_or_else(|| Error::value_error("Too many decimal digits in format string"))
        };
        parsed.width = number(&mut at)?.unwrap_or(0);
        if let Some(grouping @ (',' | '_')) = chars.get(at) {
            parsed.grouping = Some(*grouping);
            at += 1;
        }
        if chars.get(at) == Some(&'.') {
            at += 1;
            parsed.precision = Some(
                number(&mut at)?
                    .ok_or_else(|| Error::value_error("Format specifier missing precision"))?,
            );
        }
        if let Some(kind) = chars.get(at) {
            parsed.kind = Some(*kind);
            at += 1;
        }
        if at != chars.len() {
            return Err(invalid());
        }
        Ok(parsed)
    }

    /// Pads `body` to the width; `sign` is kept in front of zero padding.
    fn pad(&self, sign: &str, body: &str, default: char) -> String {
        let length = text::length(sign) + text::length(body);
        let missing = self.width.saturating_sub(length);
        let fill = |n: usize| self.fill.to_string().repeat(n);
        match self.align.unwrap_or(default) {
            '<' => format!("{sign}{body}{}", fill(missing)),
            '^' => format!(
                "{}{sign}{body}{}",
                fill(missing / 2),
                fill(missing - missing / 2)
            ),
            '=' => format!("{sign}{}{body}", fill(missing)),
            _ => format!("{}{sign}{body}", fill(missing)),
        }
    }

    fn sign_of(&self, negative: bool) -> &'static str {
        match (negative, self.sign) {
            (true, _) => "-",
            (false, '+') => "+",
            (false, ' ') => " ",
            _ => "",
        }
    }

    fn unknown(&self, type_name: &str) -> Error {
        Error::value_error(format!(
            "Unknown format code '{}' for object of type '{type_name}'",
            self.kind.unwrap_or(' ')
        ))
    }

    /// Zero padding with separators: the separators continue into the padding.
    fn finish_number(&self, sign: &str, digits: &str, rest: &str, group: usize) -> String {
        let Some(separator) = self.grouping else {
            return self.pad(sign, &format!("{digits}{rest}"), '>');
        };
        let mut digits = digits.to_owned();
        let mut body = group_digits(&digits, separator, group);
        if self.fill == '0' && self.align == Some('=') {
            while sign.len() + body.len() + rest.len() < self.width {
                digits.insert(0, '0');
                body = group_digits(&digits, separator, group);
            }
        }
        self.pad(sign, &format!("{body}{rest}"), '>')
    }
}

fn group_digits(digits: &str, separator: char, group: usize) -> String {
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(group) {
            out.push(separator);
        }
        out.push(c);
    }
    out
}

/// Formats a bool, integer or float.
pub(crate) fn format_number(value: &Value, spec: &FormatSpec) -> Result<String> {
    match value {
        Value::Float(f) => format_float(*f, spec, "float"),
        _ => match spec.kind {
            Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
                format_float(number::to_float(value)?, spec, "int")
            }
            _ => {
                let name = value.type_name();
                format_integer(&number::big(value).unwrap_or_default(), spec, name)
            }
        },
    }
}

fn format_integer(value: &BigInt, spec: &FormatSpec, type_name: &str) -> Result<String> {
    if spec.precision.is_some() {
        return Err(Error::value_error(
            "Precision not allowed in integer format specifier",
        ));
    }
    if let (Some(','), Some(kind @ ('b' | 'o' | 'x' | 'X' | 'c' | 'n'))) =
        (spec.grouping, spec.kind)
    {
        return Err(Error::value_error(format!(
            "Cannot specify ',' with '{kind}'."
        )));
    }
    let magnitude = value.magnitude();
    let (digits, prefix, group) = match spec.kind {
        None | Some('d' | 'n') => (magnitude.to_string(), "", 3),
        Some('b') => (magnitude.to_str_radix(2), "0b", 4),
        Some('o') => (magnitude.to_str_radix(8), "0o", 4),
        Some('x') => (magnitude.to_str_radix(16), "0x", 4),
        Some('X') => (magnitude.to_str_radix(16).to_uppercase(), "0X", 4),
        Some('c') => {
            let c = u32::try_from(value)
                .ok()
                .and_then(char::from_u32)
                .ok_or_else(|| {
                    Error::new(
                        crate::value::ExceptionKind::OverflowError,
                        "%c arg not in range(0x110000)",
                    )
                })?;
            return Ok(spec.pad("", &c.to_string(), '<'));
        }
        _ => return Err(spec.unknown(type_name)),
    };
    let mut sign = spec.sign_of(value.is_negative()).to_owned();
    if spec.alternate {
        sign.push_str(prefix);
    }
    Ok(spec.finish_number(&sign, &digits, "", group))
}

fn format_float(value: f64, spec: &FormatSpec, type_name: &str) -> Result<String> {
    let sign = spec.sign_of(value.is_sign_negative() && !value.is_nan());
    let magnitude = value.abs();
    let kind = spec
        .kind
        .unwrap_or(if spec.precision.is_some() { 'G' } else { 'r' });
    let plain_general = spec.kind.is_none() && spec.precision.is_some();
    if !value.is_finite() {
        if !matches!(kind, 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' | 'r' | 'n') {
            return Err(spec.unknown(type_name));
        }
        let mut body = if value.is_nan() { "nan" } else { "inf" }.to_owned();
        if spec.kind.is_some_and(char::is_uppercase) {
            body = body.to_uppercase();
        }
        if kind == '%' {
            body.push('%');
        }
        return Ok(spec.pad(sign, &body, '>'));
    }
    let precision = spec.precision.unwrap_or(6).min(100_000);
    let body = match kind {
        'f' | 'F' => {
            format!("{magnitude:.precision$}")
                + if spec.alternate && precision == 0 {
                    "."
                } else {
                    ""
                }
        }
        '%' => format!("{:.precision$}%", magnitude * 100.0),
        'e' => exponent(magnitude, precision),
        'E' => exponent(magnitude, precision).to_uppercase(),
        'r' => number::float_repr(magnitude),
        'g' | 'n' => general(magnitude, precision, spec.alternate, false),
        'G' if plain_general => general(magnitude, precision, spec.alternate, true),
        'G' => general(magnitude, precision, spec.alternate, false).to_uppercase(),
        _ => return Err(spec.unknown(type_name)),
    };
    let digits = body
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(body.len());
    Ok(spec.finish_number(sign, &body[..digits], &body[digits..], 3))
}

/// `1.500000e+01`: at least two exponent digits.
fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// `%g`: the shorter of fixed and exponent form, trailing zeros dropped. `keep_point` is the form of
/// a bare precision (`:.3`), which always shows a fraction in fixed form.
fn general(value: f64, precision: usize, alternate: bool, keep_point: bool) -> String {
    let precision = precision.max(1);
    let scientific = exponent(value, precision - 1);
    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
    let power_value: i64 = power.parse().unwrap_or(0);
    let trim = |text: &str| {
        if alternate || !text.contains('.') {
            return text.to_owned();
        }
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    // With a bare precision, numbers of as many digits as the precision switch to exponents.
    let limit = precision as i64 - i64::from(keep_point);
    if power_value < -4
        || power_value >= limit.max(i64::from(!keep_point)) && !(keep_point && value == 0.0)
    {
        return format!("{}e{power}", trim(mantissa));
    }
    let decimals = (precision as i64 - 1 - power_value).max(0) as usize;
    let fixed = trim(&format!("{value:.decimals$}"));
    if keep_point && !fixed.contains('.') {
        fixed + ".0"
    } else {
        fixed
    }
}

impl Context<'_> {
    /// `format(value, spec)`.
    ///
    /// # Errors
    /// ValueError for a specification the type does not know.
    pub fn format(&mut self, value: &Value, spec: &str) -> Result<String> {
        if spec.is_empty() {
            return self.str(value);
        }
        let name = value.type_name();
        if value.is_number() {
            let parsed = FormatSpec::parse(spec, name)?;
            if matches!(value, Value::Bool(_))
                && parsed.kind.is_none()
                && parsed.precision.is_none()
            {
                // A bool without a number type is formatted as its integer.
                return format_number(&Value::Int(value.as_i64().unwrap_or(0)), &parsed);
            }
            if parsed.kind == Some('s') {
                return Err(parsed.unknown(name));
            }
            self.charge_memory((parsed.width + parsed.precision.unwrap_or(0)) as u64)?;
            return format_number(value, &parsed);
        }
        let Value::Str(text) = value else {
            return Err(Error::type_error(format!(
                "unsupported format string passed to {name}.__format__"
            ))
            .with_help("convert first: `{str(x):…}` or `{x!s:…}`"));
        };
        let parsed = FormatSpec::parse(spec, name)?;
        if !matches!(parsed.kind, None | Some('s')) {
            return Err(parsed.unknown(name));
        }
        if parsed.align == Some('=') {
            return Err(Error::value_error(
                "'=' alignment not allowed in string format specifier",
            ));
        }
        let end = parsed
            .precision
            .map_or(text.len(), |p| text::offset(text, p));
        self.charge_memory(parsed.width as u64)?;
        Ok(parsed.pad("", &text[..end], '<'))
    }
}

/// `template % values`.
pub(crate) fn percent_format(
    context: &mut Context<'_>,
    template: &str,
    values: &Value,
) -> Result<String> {
    let arguments = match values {
        Value::Tuple(tuple) => tuple.items().to_vec(),
        other => vec![other.clone()],
    };
    let mut next = arguments.iter();
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    let mut take = || {
        next.next()
            .cloned()
            .ok_or_else(|| Error::type_error("not enough arguments for format string"))
    };
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if chars.next_if_eq(&'%').is_some() {
            out.push('%');
            continue;
        }
        let mut key = None;
        if chars.next_if_eq(&'(').is_some() {
            key = Some(chars.by_ref().take_while(|c| *c != ')').collect::<String>());
        }
        let (mut spec, mut left, mut precision) = (String::new(), false, String::new());
        let mut sign = String::new();
        let mut zero = false;
        let mut alternate = false;
        while let Some(flag) = chars.next_if(|c| "-+ #0".contains(*c)) {
            match flag {
                '-' => left = true,
                '0' => zero = true,
                '#' => alternate = true,
                _ => sign.push(flag),
            }
        }
        let mut width = String::new();
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            width.push(digit);
        }
        if chars.next_if_eq(&'.').is_some() {
            precision.push('.');
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                precision.push(digit);
            }
            if precision == "." {
                precision.push('0');
            }
        }
        let Some(kind) = chars.next() else {
            return Err(Error::value_error("incomplete format"));
        };
        let value = match key {
            Some(key) => context.item(values, &Value::from(key))?,
            None => take()?,
        };
        spec.push_str(if left {
            "<"
        } else if zero && !"sr".contains(kind) {
            ""
        } else {
            ">"
        });
        if !"sr".contains(kind) {
            spec.push_str(if sign.contains('+') { "+" } else { &sign });
            if alternate {
                spec.push('#');
            }
            if zero && !left {
                spec.push('0');
            }
        }
        spec.push_str(&width);
        let text = match kind {
            's' | 'r' => {
                let text = if kind == 's' {
                    context.str(&value)?
                } else {
                    context.repr(&value)?
                };
                context.format(&Value::from(text), &(spec + &precision))?
            }
            'd' | 'i' | 'u' => {
                let whole = match &value {
                    Value::Float(f) if f.is_finite() => number::truncate(*f),
                    Value::Float(_) => {
                        return Err(Error::value_error("cannot convert float to integer"));
                    }
                    v if v.is_number() => v.clone(),
                    v => {
                        return Err(Error::type_error(format!(
                            "%{kind} format: a real number is required, not {}",
                            v.type_name()
                        )));
                    }
                };
                context.format(&whole, &format!("{spec}d"))?
            }
            'x' | 'X' | 'o' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'c' if value.is_number() => {
                let number = if "eEfFgG".contains(kind) {
                    Value::Float(number::to_float(&value)?)
                } else {
                    value
                };
                context.format(&number, &format!("{spec}{precision}{kind}"))?
            }
            'c' => context.str(&value)?,
            'x' | 'X' | 'o' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                return Err(Error::type_error(format!(
                    "must be real number, not {}",
                    value.type_name()
                )));
            }
            other => {
                return Err(Error::value_error(format!(
                    "unsupported format character '{other}'"
                )));
            }
        };
        context.charge_memory(text.len() as u64)?;
        out.push_str(&text);
    }
    if next.next().is_some() && matches!(values, Value::Tuple(_)) {
        return Err(Error::type_error(
            "not all arguments converted during string formatting",
        ));
    }
    if arguments.len() == 1 && next.len() == 1 && !matches!(values, Value::Dict(_)) {
        return Err(Error::type_error(
            "not all arguments converted during string formatting",
        ));
    }
    Ok(out)
}
