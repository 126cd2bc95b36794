//! Special values: signed zeros, infinities, NaN, ties, the ends of ranges.

use proptest::prelude::*;

use super::accuracy::ieee_remainder;
use super::{ALL, BOTH, Operand, Subject};
use crate::Precision;
use crate::signal::Math;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Equal, zeros by sign too, or equal within a few units.
fn close(precision: Precision, got: f64, want: f64) -> bool {
    let want = precision.round(want);
    if want.is_nan() || want.is_infinite() || want == 0.0 {
        return got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan();
    }
    let tolerance = match precision {
        Precision::F32 => 5e-7,
        Precision::F64 => 1e-15,
    };
    (got - want).abs() <= tolerance * want.abs()
}

fn check(function: Math, cases: &[([f64; 2], f64)]) {
    for precision in BOTH {
        let subject = Subject::new(precision, function);
        for &(point, want) in cases {
            subject.each([point], |point, got| {
                let ok = close(precision, got, want);
                assert!(
                    ok,
                    "{precision} {function:?} {point:?}: {got:?}, not {want:?}"
                );
            });
        }
    }
}

fn check_unary(function: Math, cases: &[(f64, f64)]) {
    let cases: Vec<_> = cases.iter().map(|&(x, want)| ([x, 0.0], want)).collect();
    check(function, &cases);
}

#[test]
fn quarter_turns_are_exact() {
    check_unary(
        Math::SinTurns,
        &[
            (0.0, 0.0),
            (0.25, 1.0),
            (-0.25, -1.0),
            (0.75, -1.0),
            (1.25, 1.0),
            (1e30, 0.0),
        ],
    );
    check_unary(
        Math::CosTurns,
        &[
            (0.0, 1.0),
            (0.25, 0.0),
            (0.5, -1.0),
            (0.75, 0.0),
            (-7.0, 1.0),
        ],
    );
    for precision in BOTH {
        let subject = Subject::new(precision, Math::SinTurns);
        let halves = [0.5, -0.5, 1.5, 2.0, -3.0].map(|t| [t, 0.0]);
        subject.each(halves, |point, got| assert_eq!(got, 0.0, "{point:?}"));
    }
}

#[test]
fn nan_goes_through_every_function() {
    for function in ALL {
        check(function, &[([NAN, NAN], NAN)]);
        if function.arity() == 2 {
            check(function, &[([NAN, 1.5], NAN), ([1.5, NAN], NAN)]);
        }
    }
}

#[test]
fn periodic_functions_of_infinity_are_undefined() {
    for function in [
        Math::Sin,
        Math::Cos,
        Math::Tan,
        Math::SinTurns,
        Math::CosTurns,
    ] {
        check_unary(function, &[(INF, NAN), (-INF, NAN)]);
    }
    check_unary(Math::Cos, &[(0.0, 1.0)]);
    for function in [Math::Sin, Math::Tan] {
        check_unary(function, &[(0.0, 0.0)]);
        let subject = Subject::new(Precision::F64, function);
        subject.each([[-0.0, 0.0]], |_, got| {
            assert_eq!(got.to_bits(), (-0.0_f64).to_bits(), "{function:?}");
        });
        let subject = Subject::new(Precision::F32, function);
        subject.each([[-0.0, 0.0]], |_, got| {
            assert!(got == 0.0, "{function:?}: {got}");
        });
    }
    check_unary(Math::TanPi, &[(0.0, 0.0), (-0.0, -0.0), (0.25, 1.0)]);
}

#[test]
fn prewarping_is_finite_up_to_the_float_before_one_half() {
    for (precision, last) in [
        (Precision::F32, f64::from(0.5_f32.next_down())),
        (Precision::F64, 0.5_f64.next_down()),
    ] {
        let subject = Subject::new(precision, Math::TanPi);
        subject.each([[last, 0.0], [-last, 0.0]], |[x, _], got| {
            let want = 1.0 / (std::f64::consts::PI * (0.5 - x.abs())) * x.signum();
            assert!((got / want - 1.0).abs() < 1e-6, "{precision} {got}");
        });
    }
}

#[test]
fn exponentials_overflow_to_infinity_and_underflow_to_zero() {
    for function in [Math::Exp, Math::Exp2] {
        let ends = [(INF, INF), (1e9, INF), (-INF, 0.0), (-1e9, 0.0), (0.0, 1.0)];
        check_unary(function, &ends);
    }
    check_unary(
        Math::Exp2,
        &[(-3.0, 0.125), (10.0, 1024.0), (127.0, 2.0_f64.powi(127))],
    );
    check_unary(
        Math::Tanh,
        &[(INF, 1.0), (-INF, -1.0), (-0.0, -0.0), (1e-12, 1e-12)],
    );
}

#[test]
fn logarithms_end_at_zero() {
    for function in [Math::Log, Math::Log2, Math::Log10] {
        let cases = [
            (0.0, -INF),
            (-0.0, -INF),
            (-1.0, NAN),
            (-INF, NAN),
            (INF, INF),
            (1.0, 0.0),
        ];
        check_unary(function, &cases);
    }
    check_unary(Math::Log2, &[(1024.0, 10.0), (0.125, -3.0)]);
    check_unary(Math::Log10, &[(1e6, 6.0), (0.01, -2.0)]);
}

#[test]
fn inverse_sine_and_cosine_end_at_one() {
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_3, PI};
    let sines = [
        (1.0, FRAC_PI_2),
        (-1.0, -FRAC_PI_2),
        (1.001, NAN),
        (-INF, NAN),
        (-0.0, -0.0),
    ];
    check_unary(Math::Asin, &sines);
    let cosines = [
        (1.0, 0.0),
        (-1.0, PI),
        (0.5, FRAC_PI_3),
        (-1.001, NAN),
        (INF, NAN),
    ];
    check_unary(Math::Acos, &cosines);
    check_unary(
        Math::Atan,
        &[(INF, FRAC_PI_2), (-INF, -FRAC_PI_2), (-0.0, -0.0)],
    );
}

#[test]
fn rounding_sends_ties_away_from_zero() {
    let mut cases = vec![
        (2.5, 3.0),
        (-2.5, -3.0),
        (0.5, 1.0),
        (-0.5, -1.0),
        (-0.0, -0.0),
        (-0.2, -0.0),
        (INF, INF),
        (8_388_607.0, 8_388_607.0),
        (8_388_609.0, 8_388_609.0),
        (-4_194_303.5, -4_194_304.0),
    ];
    cases.push((f64::from(0.5_f32.next_down()), 0.0));
    check_unary(Math::Round, &cases);
    let subject = Subject::new(Precision::F64, Math::Round);
    let points = [
        0.5_f64.next_down(),
        4_503_599_627_370_495.5,
        9_007_199_254_740_991.0,
    ];
    subject.each(points.map(|x| [x, 0.0]), |[x, _], got| {
        assert_eq!(got, x.round());
    });
}

/// Special values and their neighbours.
const GRID: [f64; 25] = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 2.5, -2.5, 0.75, -0.75, 1e-3, 7.0, -7.0,
    1e10, -1e10, 1e-10, INF, -INF, NAN, 4.0, 1.25,
];

fn check_grid(function: Math, want: impl Fn(f64, f64) -> Option<f64>) {
    for precision in BOTH {
        let subject = Subject::new(precision, function);
        let pairs = GRID.iter().flat_map(|&x| GRID.iter().map(move |&y| [x, y]));
        subject.each(pairs, |[x, y], got| {
            let Some(want) = want(x, y) else { return };
            let ok = close(precision, got, want);
            assert!(
                ok,
                "{precision} {function:?} {x:?} {y:?}: {got:?}, not {want:?}"
            );
        });
    }
}

/// Whether a result is finite but outside the range of `f32`.
fn beyond(want: f64) -> bool {
    want.is_finite() && want != 0.0 && !(1e-36..1e36).contains(&want.abs())
}

#[test]
fn powers_have_the_special_cases_of_c() {
    check_grid(Math::Pow, |x, y| {
        let want = x.powf(y);
        // The documented deviation: −∞ counts as any other negative base. And the narrow range.
        let deviates = x == -INF && y.fract() != 0.0 && y.is_finite();
        (!deviates && !beyond(want)).then_some(want)
    });
    let subject = Subject::new(Precision::F32, Math::Pow);
    subject.each([[8_388_607.5, 7.0]], |_, got| assert_eq!(got, INF));
}

#[test]
fn constant_exponents_mean_what_variable_ones_do() {
    for precision in BOTH {
        for b in [
            0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0, -4.0, 0.5, -0.5, 0.7,
        ] {
            let operands = [Operand::Input, Operand::Constant(b)];
            let subject = Subject::of(precision, Math::Pow, &operands);
            subject.each(GRID.map(|x| [x, 0.0]), |[x, _], got| {
                if x != -INF || b.fract() == 0.0 {
                    let want = x.powf(precision.round(b));
                    let ok = close(precision, got, want) || beyond(want);
                    assert!(ok, "{precision} {x:?} to {b}: {got:?}, not {want:?}");
                }
            });
        }
    }
}

#[test]
fn angles_have_the_quadrants_and_zeros_of_c() {
    check_grid(Math::Atan2, |y, x| {
        Some(y.atan2(x)).filter(|a| *a == 0.0 || a.abs() > 1e-15)
    });
}

#[test]
fn remainders_are_those_of_c() {
    let in_range = |x: f64, y: f64| y == 0.0 || !x.is_finite() || (x / y).abs() < 8e6;
    check_grid(Math::Fmod, |x, y| in_range(x, y).then_some(x % y));
    check_grid(Math::Remainder, |x, y| {
        in_range(x, y).then(|| ieee_remainder(x, y))
    });
}

#[test]
fn remainders_by_constant_powers_of_two_are_exact() {
    for precision in BOTH {
        for b in [1.0, -2.0, 0.125, 1024.0] {
            let operands = [Operand::Input, Operand::Constant(b)];
            for function in [Math::Fmod, Math::Remainder] {
                let subject = Subject::of(precision, function, &operands);
                subject.each(GRID.map(|x| [x, 0.0]), |[x, _], got| {
                    let want = match function {
                        Math::Fmod => x % b,
                        _ => ieee_remainder(x, b),
                    };
                    let same = got == want || got.is_nan() && want.is_nan();
                    assert!(same, "{precision} {function:?} {x:?} {b}: {got:?}");
                });
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn bounded_functions_stay_bounded_for_any_bits(bits: u64, other: u64) {
        use std::f64::consts::{FRAC_PI_2, PI};
        let point = [f64::from_bits(bits), f64::from_bits(other)];
        for precision in BOTH {
            for (function, lo, hi) in [
                (Math::Sin, -1.0, 1.0),
                (Math::Cos, -1.0, 1.0),
                (Math::SinTurns, -1.0, 1.0),
                (Math::CosTurns, -1.0, 1.0),
                (Math::Tanh, -1.0, 1.0),
                (Math::Atan, -FRAC_PI_2, FRAC_PI_2),
                (Math::Asin, -FRAC_PI_2, FRAC_PI_2),
                (Math::Acos, 0.0, PI),
                (Math::Atan2, -PI, PI),
                (Math::Exp, 0.0, INF),
                (Math::Exp2, 0.0, INF),
            ] {
                let subject = Subject::new(precision, function);
                let slack = super::ulp(precision, hi.min(4.0)) * if hi == 1.0 { 0.0 } else { 1.0 };
                let mut fault = None;
                subject.each([point], |point, got| {
                    let inside = got >= lo - slack && got <= hi + slack;
                    // NaN needs a reason: NaN or infinity coming in, or the domain of arcsin and arccos.
                    let excused = got.is_nan()
                        && (point.iter().any(|x| !x.is_finite()) || matches!(function, Math::Asin | Math::Acos));
                    if !inside && !excused {
                        fault = Some((point, got));
                    }
                });
                prop_assert!(fault.is_none(), "{precision} {function:?} {fault:?}");
            }
        }
    }

    #[test]
    fn remainders_of_any_quotient_below_the_limit_are_exact(
        a in -1e6_f64..1e6, b in 0.2_f64..8.0, negative: bool,
    ) {
        let b = if negative { -b } else { b };
        for precision in BOTH {
            for function in [Math::Fmod, Math::Remainder] {
                let mut fault = None;
                Subject::new(precision, function).each([[a, b]], |[a, b], got| {
                    let want = if function == Math::Fmod { a % b } else { ieee_remainder(a, b) };
                    if got != want {
                        fault = Some((a, b, got, want));
                    }
                });
                prop_assert!(fault.is_none(), "{precision} {function:?} {fault:?}");
            }
        }
    }
}
