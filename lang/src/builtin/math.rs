//! The `math` module.
//!
//! Elementary functions are those of Rust's standard library, which calls the platform's C library
//! where CPython does; the last bit may differ between platforms, as it does there.

use std::rc::Rc;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Signed;

use crate::error::{Error, Result};
use crate::eval::Context;
use crate::signature;
use crate::value::{
    Arguments, BinaryOp, ExceptionKind, Module, ModuleBuilder, Signature, Value, number,
};

fn domain() -> Error {
    Error::value_error("math domain error")
}

fn range_error() -> Error {
    Error::new(ExceptionKind::OverflowError, "math range error")
}

/// CPython's rule for results: NaN from a number is a domain error, infinity from a finite argument
/// an overflow (or a domain error where the function has a pole).
fn checked(argument: f64, result: f64, pole: bool) -> Result<Value> {
    if result.is_nan() && !argument.is_nan() {
        return Err(domain());
    }
    if result.is_infinite() && argument.is_finite() {
        return Err(if pole { domain() } else { range_error() });
    }
    Ok(Value::Float(result))
}

struct Functions(ModuleBuilder);

impl Functions {
    fn add(
        mut self,
        name: &'static str,
        signature: Signature,
        implementation: impl Fn(&mut Context<'_>, &Arguments) -> Result<Value> + 'static,
    ) -> Self {
        self.0 = self.0.function(name, signature, implementation);
        self
    }

    fn unary(self, name: &'static str, pole: bool, f: fn(f64) -> f64) -> Self {
        self.add(name, signature!(x, /), move |_, a| {
            let x = real(a, "x")?;
            checked(x, f(x), pole)
        })
    }

    fn test(self, name: &'static str, f: fn(f64) -> bool) -> Self {
        self.add(name, signature!(x, /), move |_, a| {
            Ok(Value::Bool(f(real(a, "x")?)))
        })
    }

    /// `floor`, `ceil`, `trunc`.
    fn whole(self, name: &'static str, f: fn(f64) -> f64) -> Self {
        self.add(name, signature!(x, /), move |_, a| match a.at(0) {
            Value::Float(x) if x.is_nan() => {
                Err(Error::value_error("cannot convert float NaN to integer"))
            }
            Value::Float(x) if x.is_infinite() => Err(Error::new(
                ExceptionKind::OverflowError,
                "cannot convert float infinity to integer",
            )),
            Value::Float(x) => Ok(number::truncate(f(*x))),
            other => match number::big(other) {
                Some(whole) => Ok(Value::integer(whole)),
                None => Err(a.wrong_type("x", "a real number")),
            },
        })
    }
}

fn real(a: &Arguments, name: &str) -> Result<f64> {
    match a.get(name) {
        value if value.is_number() => number::to_float(value),
        value => Err(
            Error::type_error(format!("must be real number, not {}", value.type_name()))
                .about_argument(name),
        ),
    }
}

fn integer(a: &Arguments, value: &Value) -> Result<BigInt> {
    number::big(value).ok_or_else(|| {
        Error::type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            value.type_name()
        ))
        .with_help(format!("{}() takes whole numbers", a.function_name()))
    })
}

/// The module.
pub(super) fn module() -> Rc<Module> {
    Module::builder("math").described(|module| {
        let constants = module
            .value("pi", std::f64::consts::PI)
            .value("e", std::f64::consts::E)
            .value("tau", std::f64::consts::TAU)
            .value("inf", f64::INFINITY)
            .value("nan", f64::NAN);
        let module = elementary(Functions(constants));
        let module = binary(module);
        combinatorics(module).0
    })
}

fn elementary(m: Functions) -> Functions {
    m.unary("sin", false, f64::sin)
        .unary("cos", false, f64::cos)
        .unary("tan", false, f64::tan)
        .unary("asin", false, f64::asin)
        .unary("acos", false, f64::acos)
        .unary("atan", false, f64::atan)
        .unary("sinh", false, f64::sinh)
        .unary("cosh", false, f64::cosh)
        .unary("tanh", false, f64::tanh)
        .unary("asinh", false, f64::asinh)
        .unary("acosh", false, f64::acosh)
        .unary("atanh", true, f64::atanh)
        .unary("exp", false, f64::exp)
        .unary("exp2", false, f64::exp2)
        .unary("expm1", false, f64::exp_m1)
        .unary("log1p", true, f64::ln_1p)
        .unary("sqrt", false, f64::sqrt)
        .unary("cbrt", false, f64::cbrt)
        .unary("degrees", false, |x| x * (180.0 / std::f64::consts::PI))
        .unary("radians", false, |x| x * (std::f64::consts::PI / 180.0))
        .unary("fabs", false, f64::abs)
        .unary("erf", false, erf)
        .unary("erfc", false, erfc)
        .unary("gamma", true, gamma)
        .unary("lgamma", true, |x| {
            if x.is_infinite() {
                f64::INFINITY
            } else {
                lgamma(x)
            }
        })
        .unary("ulp", false, |x| {
            let x = x.abs();
            if x.is_finite() { x.next_up() - x } else { x }
        })
        .test("isnan", f64::is_nan)
        .test("isinf", f64::is_infinite)
        .test("isfinite", f64::is_finite)
        .whole("floor", f64::floor)
        .whole("ceil", f64::ceil)
        .whole("trunc", f64::trunc)
        .add("log", signature!(x, *base), |_, a| {
            let top = logarithm(a.at(0), f64::ln)?;
            match a.rest("base") {
                [] => Ok(Value::Float(top)),
                [base] => {
                    let bottom = logarithm(base, f64::ln)?;
                    if bottom == 0.0 {
                        return Err(Error::new(
                            ExceptionKind::ZeroDivisionError,
                            "float division by zero",
                        ));
                    }
                    Ok(Value::Float(top / bottom))
                }
                _ => Err(Error::type_error("log expected at most 2 arguments")),
            }
        })
        .add("log2", signature!(x, /), |_, a| {
            logarithm(a.at(0), f64::log2).map(Value::Float)
        })
        .add("log10", signature!(x, /), |_, a| {
            logarithm(a.at(0), f64::log10).map(Value::Float)
        })
}

/// A logarithm of any number; integers beyond the range of floats are scaled first.
fn logarithm(value: &Value, log: fn(f64) -> f64) -> Result<f64> {
    if let Value::BigInt(big) = value
        && big.is_positive()
        && number::big_to_f64(big).is_none()
    {
        let shift = big.bits() - 64;
        let top = number::big_to_f64(&(&**big >> shift)).unwrap_or(1.0);
        return Ok(log(top) + log(2.0) * shift as f64);
    }
    if !value.is_number() {
        return Err(Error::type_error(format!(
            "must be real number, not {}",
            value.type_name()
        )));
    }
    let x = number::to_float(value)?;
    if x <= 0.0 { Err(domain()) } else { Ok(log(x)) }
}

fn binary(m: Functions) -> Functions {
    m.add("atan2", signature!(y, x, /), |_, a| {
        Ok(Value::Float(real(a, "y")?.atan2(real(a, "x")?)))
    })
    .add("pow", signature!(x, y, /), |_, a| {
        let (x, y) = (real(a, "x")?, real(a, "y")?);
        let result = x.powf(y);
        if result.is_nan() && !x.is_nan() && !y.is_nan() || x == 0.0 && y < 0.0 && y.is_finite() {
            return Err(domain());
        }
        if result.is_infinite() && x.is_finite() && y.is_finite() {
            return Err(range_error());
        }
        Ok(Value::Float(result))
    })
    .add("fmod", signature!(x, y, /), |_, a| {
        let (x, y) = (real(a, "x")?, real(a, "y")?);
        let result = x % y;
        if result.is_nan() && !x.is_nan() && !y.is_nan() {
            Err(domain())
        } else {
            Ok(Value::Float(result))
        }
    })
    .add("remainder", signature!(x, y, /), |_, a| {
        let (x, y) = (real(a, "x")?, real(a, "y")?);
        ieee_remainder(x, y).map(Value::Float)
    })
    .add("copysign", signature!(x, y, /), |_, a| {
        Ok(Value::Float(real(a, "x")?.copysign(real(a, "y")?)))
    })
    .add("ldexp", signature!(x, i, /), |_, a| {
        let x = real(a, "x")?;
        let result = number::scale(x, a.i64("i")?);
        checked(x, result, false)
    })
    .add("frexp", signature!(x, /), |_, a| {
        let x = real(a, "x")?;
        if x == 0.0 || !x.is_finite() {
            return Ok(Value::tuple(vec![Value::Float(x), Value::Int(0)]));
        }
        let scaled = if x.abs() < f64::MIN_POSITIVE {
            x * 2.0_f64.powi(64)
        } else {
            x
        };
        let offset = if x.abs() < f64::MIN_POSITIVE { 64 } else { 0 };
        let exponent = ((scaled.to_bits() >> 52) & 0x7ff) as i64 - 1022;
        let mantissa = f64::from_bits(scaled.to_bits() & !(0x7ff << 52) | 1022 << 52);
        Ok(Value::tuple(vec![
            Value::Float(mantissa),
            Value::Int(exponent - offset),
        ]))
    })
    .add("modf", signature!(x, /), |_, a| {
        let x = real(a, "x")?;
        let fraction = if x.is_infinite() { 0.0 } else { x.fract() };
        Ok(Value::tuple(vec![
            Value::Float(fraction.copysign(x)),
            Value::Float(x.trunc()),
        ]))
    })
    .add("nextafter", signature!(x, y, /), |_, a| {
        let (x, y) = (real(a, "x")?, real(a, "y")?);
        Ok(Value::Float(if x.is_nan() || y.is_nan() {
            f64::NAN
        } else if x == y {
            y
        } else if y > x {
            x.next_up()
        } else {
            x.next_down()
        }))
    })
    .add("hypot", signature!(*coordinates), |_, a| {
        let values = a.rest("coordinates");
        let mut reals = Vec::with_capacity(values.len());
        for value in values {
            reals.push(number::to_float(value)?);
        }
        Ok(Value::Float(norm(&reals)))
    })
    .add("dist", signature!(p, q, /), |c, a| {
        let (p, q) = (c.collect(a.at(0))?, c.collect(a.at(1))?);
        if p.len() != q.len() {
            return Err(Error::value_error(
                "both points must have the same number of dimensions",
            ));
        }
        let mut differences = Vec::with_capacity(p.len());
        for (p, q) in p.iter().zip(&q) {
            differences.push(number::to_float(p)? - number::to_float(q)?);
        }
        Ok(Value::Float(norm(&differences)))
    })
    .add("fsum", signature!(seq, /), |c, a| {
        let mut partials: Vec<f64> = Vec::new();
        for item in c.collect(a.at(0))? {
            exact_add(&mut partials, number::to_float(&item)?);
        }
        Ok(Value::Float(partials.iter().rev().sum()))
    })
    .add("prod", signature!(iterable, /, *, start = 1i64), |c, a| {
        let mut product = a.at(1).clone();
        let mut iter = c.iterate(a.at(0))?;
        while let Some(item) = c.advance(&mut iter)? {
            product = c.binary(BinaryOp::Mul, &product, &item)?;
        }
        Ok(product)
    })
    .add(
        "isclose",
        signature!(a, b, *, rel_tol = 1e-9, abs_tol = 0.0),
        |_, args| {
            let (a, b) = (real(args, "a")?, real(args, "b")?);
            let (relative, absolute) = (real(args, "rel_tol")?, real(args, "abs_tol")?);
            if relative < 0.0 || absolute < 0.0 {
                return Err(Error::value_error("tolerances must be non-negative"));
            }
            let close = a == b
                || a.is_finite()
                    && b.is_finite()
                    && ((b - a).abs() <= (relative * b).abs().max((relative * a).abs())
                        || (b - a).abs() <= absolute);
            Ok(Value::Bool(close))
        },
    )
}

/// Shewchuk's exact accumulation (1997): keeps non-overlapping partial sums.
fn exact_add(partials: &mut Vec<f64>, mut x: f64) {
    let mut kept = 0;
    for i in 0..partials.len() {
        let mut y = partials[i];
        if x.abs() < y.abs() {
            std::mem::swap(&mut x, &mut y);
        }
        let high = x + y;
        let low = y - (high - x);
        if low != 0.0 {
            partials[kept] = low;
            kept += 1;
        }
        x = high;
    }
    partials.truncate(kept);
    partials.push(x);
}

/// The Euclidean norm without overflow.
fn norm(values: &[f64]) -> f64 {
    if values.iter().any(|v| v.is_infinite()) {
        return f64::INFINITY;
    }
    match values {
        [] => 0.0,
        [x] => x.abs(),
        [x, y] => x.hypot(*y),
        many => many.iter().fold(0.0_f64, |sum, v| sum.hypot(*v)),
    }
}

/// The IEEE 754 remainder: `x - y·n`, `n` the integer nearest to `x/y`, ties to even.
fn ieee_remainder(x: f64, y: f64) -> Result<f64> {
    if x.is_nan() || y.is_nan() {
        return Ok(f64::NAN);
    }
    if x.is_infinite() || y == 0.0 {
        return Err(domain());
    }
    if y.is_infinite() {
        return Ok(x);
    }
    let (magnitude, divisor) = (x.abs(), y.abs());
    let rest = magnitude % divisor;
    let other = divisor - rest;
    let result = if rest < other {
        rest
    } else if rest > other {
        -other
    } else {
        // Exactly between two multiples: the even one.
        rest - 2.0 * ((0.5 * (magnitude - rest)) % divisor)
    };
    Ok(if x.is_sign_negative() {
        -result
    } else {
        result
    })
}

fn combinatorics(m: Functions) -> Functions {
    m.add("gcd", signature!(*integers), |_, a| {
        fold(a, 0, |x, y| x.gcd(y))
    })
    .add("lcm", signature!(*integers), |_, a| {
        fold(a, 1, |x, y| x.lcm(y))
    })
    .add("isqrt", signature!(n, /), |_, a| {
        let n = integer(a, a.at(0))?;
        if n.is_negative() {
            return Err(Error::value_error("isqrt() argument must be nonnegative"));
        }
        Ok(Value::integer(n.sqrt()))
    })
    .add("factorial", signature!(n, /), |c, a| {
        let n = integer(a, a.at(0))?;
        if n.is_negative() {
            return Err(Error::value_error(
                "factorial() not defined for negative values",
            ));
        }
        let n = u64::try_from(&n).unwrap_or(u64::MAX);
        product(c, 1, n)
    })
    .add("comb", signature!(n, k, /), |c, a| {
        let (n, k) = (size(a, "n")?, size(a, "k")?);
        if k > n {
            return Ok(Value::Int(0));
        }
        let k = k.min(n - k);
        let top = product(c, n - k + 1, n)?;
        let bottom = product(c, 1, k)?;
        c.binary(BinaryOp::FloorDiv, &top, &bottom)
    })
    .add("perm", signature!(n, k = (), /), |c, a| {
        let n = size(a, "n")?;
        let k = if a.has("k") { size(a, "k")? } else { n };
        if k > n {
            Ok(Value::Int(0))
        } else {
            product(c, n - k + 1, n)
        }
    })
}

fn size(a: &Arguments, name: &str) -> Result<u64> {
    let value = integer(a, a.get(name))?;
    if value.is_negative() {
        return Err(Error::value_error(format!(
            "{name} must be a non-negative integer"
        )));
    }
    Ok(u64::try_from(&value).unwrap_or(u64::MAX))
}

/// `first · … · last`.
fn product(c: &mut Context<'_>, first: u64, last: u64) -> Result<Value> {
    let mut result = Value::Int(1);
    for factor in first..=last {
        c.charge_steps(1)?;
        let factor = Value::integer(BigInt::from(factor));
        result = c.binary(BinaryOp::Mul, &result, &factor)?;
    }
    Ok(result)
}

fn fold(a: &Arguments, start: i64, f: fn(&BigInt, &BigInt) -> BigInt) -> Result<Value> {
    let mut result = BigInt::from(start);
    for value in a.rest("integers") {
        result = f(&result, &integer(a, value)?);
    }
    Ok(Value::integer(result.abs()))
}

/// Γ(x) by the Lanczos approximation (C. Lanczos 1964; g = 607/128, 15 terms as in P. Godfrey 2001),
/// about 15 digits; exact for small whole numbers.
fn gamma(x: f64) -> f64 {
    if x.fract() == 0.0 && (1.0..=171.0).contains(&x) {
        return (1..x as u32).fold(1.0, |p, i| p * f64::from(i));
    }
    if x == f64::INFINITY {
        return x;
    }
    if x <= 0.0 && x.fract() == 0.0 {
        return if x == 0.0 {
            f64::INFINITY.copysign(x)
        } else {
            f64::NAN
        };
    }
    if x < 0.5 {
        return std::f64::consts::PI / ((std::f64::consts::PI * x).sin() * gamma(1.0 - x));
    }
    let (sum, t) = lanczos(x);
    // Two halves, so that the power does not overflow before the product is small again.
    let half = t.powf((x - 0.5) / 2.0);
    half * (-t).exp() * half * sum
}

/// ln|Γ(x)| from the same approximation.
fn lgamma(x: f64) -> f64 {
    if x <= 0.0 && x.fract() == 0.0 {
        return f64::INFINITY;
    }
    if x == 1.0 || x == 2.0 {
        return 0.0;
    }
    if x < 0.5 {
        let sine = (std::f64::consts::PI * x).sin().abs();
        return (std::f64::consts::PI / sine).ln() - lgamma(1.0 - x);
    }
    let (sum, t) = lanczos(x);
    (x - 0.5) * t.ln() - t + sum.ln()
}

fn lanczos(x: f64) -> (f64, f64) {
    const G: f64 = 607.0 / 128.0;
    const C: [f64; 15] = [
        0.999_999_999_999_997_1,
        57.156_235_665_862_92,
        -59.597_960_355_475_49,
        14.136_097_974_741_746,
        -0.491_913_816_097_620_2,
        3.399_464_998_481_189e-5,
        4.652_362_892_704_858e-5,
        -9.837_447_530_487_956e-5,
        1.580_887_032_249_125e-4,
        -2.102_644_417_241_049e-4,
        2.174_396_181_152_126e-4,
        -1.643_181_065_367_639e-4,
        8.441_822_398_385_275e-5,
        -2.619_083_840_158_141e-5,
        3.689_918_265_953_163e-6,
    ];
    let mut sum = C[0];
    for (i, c) in C.iter().enumerate().skip(1) {
        sum += c / (x - 1.0 + i as f64);
    }
    (sum * std::f64::consts::TAU.sqrt(), x + G - 0.5)
}

/// The error function: its Taylor series below 2.5, the continued fraction of erfc above
/// (Abramowitz & Stegun 7.1.6 and 7.1.14).
fn erf(x: f64) -> f64 {
    if x.is_nan() || x.abs() >= 2.5 {
        return if x < 0.0 {
            erfc(-x) - 1.0
        } else {
            1.0 - erfc(x)
        };
    }
    let (mut term, mut sum) = (x, x);
    let mut n = 0.0;
    while term.abs() > 1e-17 * sum.abs() {
        n += 1.0;
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

/// The complementary error function.
fn erfc(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x < 2.5 {
        return if x <= -2.5 {
            2.0 - erfc(-x)
        } else {
            1.0 - erf(x)
        };
    }
    if x > 27.3 {
        return 0.0;
    }
    let mut fraction = 0.0;
    for k in (1..=60).rev() {
        fraction = f64::from(k) / 2.0 / (x + fraction);
    }
    (-x * x).exp() / ((x + fraction) * std::f64::consts::PI.sqrt())
}
