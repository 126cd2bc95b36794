//! Errors against correctly rounded results: `f32` against the `f64` functions of the standard library, `f64`
//! against a table of higher precision and, densely, against the standard library.

use super::{ALL, BOTH, Subject, VARIANTS, spread, ulp};
use crate::Precision;
use crate::signal::Math;

/// Bounds of an error: units in the last place, or an absolute error, whichever is larger.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub(super) ulps: f64,
    pub(super) absolute: f64,
}

pub(super) fn bound(precision: Precision, function: Math) -> Bound {
    let ulps = match precision {
        Precision::F32 => 2.0,
        Precision::F64 => 4.0,
    };
    let absolute = match (precision, function) {
        // Near zero only: see where it is used.
        (Precision::F32, Math::Tan | Math::TanPi) => 0.0,
        (Precision::F32, _) => 1e-7,
        (Precision::F64, _) => 0.0,
    };
    Bound { ulps, absolute }
}

pub(super) fn standard(function: Math, [x, y]: [f64; 2]) -> f64 {
    use std::f64::consts::{PI, TAU};
    match function {
        Math::Sin => x.sin(),
        Math::Cos => x.cos(),
        Math::Tan => x.tan(),
        // Exact reductions, so that only the rounding of 2πr is added, away from the zeros of the cosine.
        Math::SinTurns => (TAU * (x - x.round_ties_even())).sin(),
        Math::CosTurns => (TAU * (x - x.round_ties_even())).cos(),
        Math::TanPi => (PI * x).tan(),
        Math::Asin => x.asin(),
        Math::Acos => x.acos(),
        Math::Atan => x.atan(),
        Math::Atan2 => x.atan2(y),
        Math::Exp => x.exp(),
        Math::Exp2 => x.exp2(),
        Math::Log => x.ln(),
        Math::Log2 => x.log2(),
        Math::Log10 => x.log10(),
        Math::Pow => x.powf(y),
        Math::Tanh => x.tanh(),
        Math::Fmod => x % y,
        Math::Remainder => ieee_remainder(x, y),
        Math::Round => x.round(),
    }
}

/// The IEEE remainder from the exact `%`.
pub(super) fn ieee_remainder(x: f64, y: f64) -> f64 {
    let (size, divisor) = (x.abs(), y.abs());
    let rest = size % divisor;
    let odd = (size % (2.0 * divisor)) >= divisor && divisor.is_finite();
    let rest = match (rest * 2.0).partial_cmp(&divisor) {
        Some(std::cmp::Ordering::Greater) => rest - divisor,
        Some(std::cmp::Ordering::Equal) if odd => rest - divisor,
        _ => rest,
    };
    if x.is_sign_negative() { -rest } else { rest }
}

/// Points of the domain in which accuracy is promised.
pub(super) fn points(precision: Precision, function: Math) -> Vec<[f64; 2]> {
    let narrow = precision == Precision::F32;
    let pick = |f32: f64, f64: f64| if narrow { f32 } else { f64 };
    let count = 6_000;
    let line = |lo: f64, hi: f64| spread(count, 0.3).map(move |u| lo + (hi - lo) * u);
    let decades = |lo: f64, hi: f64| line(lo, hi).map(f64::exp2);
    let plane = |xs: Vec<f64>, ys: Vec<f64>| {
        // A second, unrelated order for y.
        let n = ys.len();
        (0..n).map(|i| [xs[i], ys[i * 2_503 % n]]).collect()
    };
    let one: Vec<f64> = match function {
        Math::Sin | Math::Cos => line(-8.0, 8.0)
            .chain(line(-pick(1e4, 1e6), pick(1e4, 1e6)))
            .collect(),
        Math::Tan => line(-8.0, 8.0)
            .chain(line(-1e3, 1e3))
            .chain(decades(-20.0, 0.0))
            .collect(),
        Math::SinTurns => line(-0.5, 0.5).chain(line(-1.0, 1.0)).collect(),
        Math::CosTurns => line(-0.24, 0.24).chain(line(0.26, 0.74)).collect(),
        Math::TanPi => line(-0.49, 0.49).chain(decades(-20.0, -1.1)).collect(),
        Math::Asin | Math::Acos => line(-1.0, 1.0).chain(decades(-20.0, 0.0)).collect(),
        Math::Atan => line(-8.0, 8.0).chain(decades(-20.0, 20.0)).collect(),
        Math::Exp => line(-2.0, 2.0)
            .chain(line(-pick(86.0, 707.0), pick(88.0, 709.0)))
            .collect(),
        Math::Exp2 => line(-2.0, 2.0)
            .chain(line(-pick(125.0, 1021.0), pick(127.9, 1023.9)))
            .collect(),
        Math::Log | Math::Log2 | Math::Log10 => decades(-1.0, 1.0)
            .chain(decades(-pick(125.0, 1020.0), pick(127.0, 1023.0)))
            .collect(),
        Math::Tanh => line(-2.0, 2.0).chain(line(-25.0, 25.0)).collect(),
        Math::Round => line(-8.0, 8.0).chain(decades(0.0, 60.0)).collect(),
        Math::Atan2 => {
            return plane(line(-4.0, 4.0).collect(), line(-4.0, 4.0).collect());
        }
        Math::Pow => {
            let reach = pick(12.0, 100.0);
            return plane(
                decades(-10.0, 10.0).collect(),
                line(-reach, reach).collect(),
            );
        }
        Math::Fmod | Math::Remainder => {
            let dividends = decades(-8.0, pick(20.0, 48.0)).collect();
            let mut pairs = plane(dividends, line(-2.0, 2.0).collect());
            // Exact as long as the quotient has no more bits than a float.
            pairs.retain(|[x, y]| (x / y).abs() < pick(8_388_608.0, 4_503_599_627_370_496.0));
            return pairs;
        }
    };
    one.into_iter().map(|x| [x, 0.0]).collect()
}

pub(super) fn assert_within(
    bound: Bound,
    precision: Precision,
    got: f64,
    high: f64,
    low: f64,
    case: &str,
) {
    let rounded = precision.round(high);
    if !rounded.is_finite() || rounded.abs() < smallest(precision) {
        return;
    }
    let error = ((got - high) - low).abs();
    let unit = ulp(precision, rounded);
    assert!(
        error <= (bound.ulps * unit).max(bound.absolute),
        "{precision} {case} = {high:e}, got {got:e}, {} ulp",
        error / unit
    );
}

/// Below this exponentials are 0.
fn smallest(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 2.0_f64.powi(-125),
        Precision::F64 => 2.0_f64.powi(-1021),
    }
}

#[test]
fn narrow_results_are_within_two_units() {
    for function in ALL {
        let subject = Subject::new(Precision::F32, function);
        let bound = bound(Precision::F32, function);
        subject.each(points(Precision::F32, function), |point, got| {
            let want = standard(function, point);
            let case = format!("{function:?} {point:?}");
            // 1e-7 counts near zero; where results are large, units do.
            let absolute = if want.abs() < 1.0 {
                bound.absolute
            } else {
                0.0
            };
            let bound = Bound { absolute, ..bound };
            assert_within(bound, Precision::F32, got, want, 0.0, &case);
        });
    }
}

#[test]
fn wide_results_agree_with_the_standard_library() {
    for function in ALL {
        let subject = Subject::new(Precision::F64, function);
        subject.each(points(Precision::F64, function), |point, got| {
            let want = standard(function, point);
            let case = format!("{function:?} {point:?}");
            // One unit more for the library, and what 2πr and πx lose before it.
            let bound = match function {
                Math::SinTurns | Math::CosTurns | Math::TanPi => Bound {
                    ulps: 6.0,
                    absolute: 1e-15,
                },
                Math::Fmod | Math::Remainder | Math::Round => Bound {
                    ulps: 0.0,
                    absolute: 0.0,
                },
                _ => Bound {
                    ulps: 4.6,
                    absolute: 0.0,
                },
            };
            if function != Math::TanPi || want.abs() < 1.0 {
                assert_within(bound, Precision::F64, got, want, 0.0, &case);
            }
        });
    }
}

#[test]
fn wide_results_are_within_four_units_of_the_reference_table() {
    let mut rows = 0;
    for function in ALL {
        let subject = Subject::new(Precision::F64, function);
        let name = reference_name(function);
        for line in include_str!("reference.txt").lines() {
            let mut fields = line.split(' ');
            if fields.next() != Some(name) {
                continue;
            }
            let numbers: Vec<f64> = fields.map(|x| x.parse().unwrap()).collect();
            let [x, y, high, low] = numbers[..] else {
                panic!("{line}");
            };
            let bound = bound(Precision::F64, function);
            subject.each([[x, y]], |_, got| {
                assert_within(bound, Precision::F64, got, high, low, line);
            });
            rows += 1;
        }
    }
    assert!(rows > 700, "only {rows} rows were used");
}

fn reference_name(function: Math) -> &'static str {
    match function {
        Math::Sin => "sin",
        Math::Cos => "cos",
        Math::Tan => "tan",
        Math::SinTurns => "sin_turns",
        Math::CosTurns => "cos_turns",
        Math::TanPi => "tan_pi",
        Math::Asin => "asin",
        Math::Acos => "acos",
        Math::Atan => "atan",
        Math::Atan2 => "atan2",
        Math::Exp => "exp",
        Math::Exp2 => "exp2",
        Math::Log => "log",
        Math::Log2 => "log2",
        Math::Log10 => "log10",
        Math::Pow => "pow",
        Math::Tanh => "tanh",
        // Exact: compared with the standard library.
        Math::Fmod | Math::Remainder | Math::Round => "-",
    }
}

#[test]
fn sines_never_leave_the_unit_interval() {
    for precision in BOTH {
        // The peak is flat over about √ulp: that is where rounding could leave.
        let flat = ulp(precision, 1.0).sqrt();
        for (function, peak, unit) in [
            (Math::SinTurns, 0.25, 1.0),
            (Math::CosTurns, 0.0, 1.0),
            (Math::Sin, std::f64::consts::FRAC_PI_2, 4.0),
            (Math::Cos, std::f64::consts::PI, 4.0),
        ] {
            let subject = Subject::new(precision, function);
            let near = spread(30_000, 0.1).map(|u| [peak + (u - 0.5) * flat * unit, 0.0]);
            let far = spread(2_000, 0.7).map(|u| [(u * 120.0).exp2(), 0.0]);
            subject.each(near.chain(far), |[x, _], got| {
                assert!(got.abs() <= 1.0, "{precision} {function:?} {x:e} = {got:e}");
            });
        }
    }
}

#[test]
fn growing_functions_grow() {
    for precision in BOTH {
        for (function, lo, hi) in [
            (Math::Exp, -20.0, 20.0),
            (Math::Exp2, -20.0, 20.0),
            (Math::Atan, -4.0, 4.0),
            (Math::Asin, -1.0, 1.0),
            (Math::Tanh, -4.0, 4.0),
            (Math::TanPi, -0.499, 0.499),
            (Math::Log, 0.01, 40.0),
        ] {
            // Steps far above an ulp: seams between pieces must not show.
            let steps = (0..=4_000).map(|i| [lo + (hi - lo) * f64::from(i) / 4_000.0, 0.0]);
            let subject = Subject::new(precision, function);
            let mut last = [f64::NEG_INFINITY; VARIANTS];
            let mut turn = 0;
            subject.each(steps, |[x, _], got| {
                assert!(got > last[turn], "{precision} {function:?} {x}");
                last[turn] = got;
                turn = (turn + 1) % VARIANTS;
            });
        }
    }
}
