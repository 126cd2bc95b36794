//! Filters against the magnitudes of their analogue prototypes, and under abuse.

use std::f64::consts::PI;

use super::spectrum::magnitudes;
use super::*;
use crate::library::*;

const N: usize = 1 << 14;

/// Frequency of the analogue prototype over its cutoff, at a bin, for a cutoff in Hz.
fn prototype(bin: usize, cutoff: f64) -> f64 {
    (PI * bin as f64 / N as f64).tan() / (PI * cutoff / RATE).tan()
}

fn response(filter: &Signal, precision: Precision) -> Vec<f64> {
    magnitudes(&render(filter, precision, N, impulse))
}

/// Compares a response with the expected magnitude at the bins of a logarithmic scale.
#[track_caller]
fn check(filter: &Signal, expected: impl Fn(f64) -> f64, cutoff: f64) {
    for (precision, tolerance) in [(Precision::F64, 1e-9), (Precision::F32, 3e-5)] {
        let response = response(filter, precision);
        let mut bin = 4;
        while bin < N / 2 {
            let expected = expected(prototype(bin, cutoff));
            let error = (response[bin] - expected).abs() / expected.abs().max(1.0);
            assert!(
                error < tolerance,
                "{precision} bin {bin}: {} instead of {expected}",
                response[bin]
            );
            bin += 1 + bin / 16;
        }
    }
}

#[test]
fn lowpass_of_every_order_is_butterworth() {
    for order in 1..=MAX_FILTER_ORDER {
        let n = 2 * order as i32;
        for cutoff in [400.0, 9000.0] {
            let filter = lowpass(Signal::input(0), cutoff, order).expect("offered");
            check(&filter, |w| 1.0 / (1.0 + w.powi(n)).sqrt(), cutoff);
        }
    }
}

#[test]
fn highpass_of_every_order_is_butterworth() {
    for order in 1..=MAX_FILTER_ORDER {
        let n = 2 * order as i32;
        for cutoff in [400.0, 9000.0] {
            let filter = highpass(Signal::input(0), cutoff, order).expect("offered");
            check(
                &filter,
                |w| w.powi(n / 2) / (1.0 + w.powi(n)).sqrt(),
                cutoff,
            );
        }
    }
}

#[test]
fn order_zero_is_the_input_and_order_nine_an_error() {
    let y = lowpass(Signal::input(0), 100.0, 0).expect("identity");
    assert_eq!(render(&y, Precision::F64, 3, impulse), [1.0, 0.0, 0.0]);
    let error = highpass(1.0, 100.0, 9).expect_err("too high");
    assert_eq!(error, FilterOrderError { given: 9 });
    assert!(error.to_string().contains("9") && error.to_string().contains("0 ("));
}

#[test]
fn outputs_of_the_state_variable_filter_have_their_transfer_functions() {
    let x = || Signal::input(0);
    for (cutoff, q) in [(1000.0, 0.5), (3000.0, 5.0)] {
        let pole = move |w: f64| (1.0 - w * w).hypot(w / q);
        check(&resonant(x(), cutoff, q), |w| 1.0 / pole(w), cutoff);
        check(&bandpass(x(), cutoff, q), |w| w / pole(w), cutoff);
        check(
            &resonant_highpass(x(), cutoff, q),
            |w| w * w / pole(w),
            cutoff,
        );
        check(
            &notch(x(), cutoff, q),
            |w| (1.0 - w * w).abs() / pole(w),
            cutoff,
        );
    }
}

#[test]
fn equaliser_curves_have_their_transfer_functions() {
    let x = || Signal::input(0);
    for db in [-12.0, 6.0] {
        let (q, f) = (0.8, 1500.0);
        let a = 10.0_f64.powf(db / 40.0);
        // Audio EQ cookbook prototypes (Bristow-Johnson).
        let bell_gain = |w: f64| {
            let real = 1.0 - w * w;
            real.hypot(w * a / q) / real.hypot(w / (a * q))
        };
        check(&bell(x(), f, q, db), bell_gain, f);
        let low = |w: f64| {
            let middle = w * a.sqrt() / q;
            a * (a - w * w).hypot(middle) / (1.0 - a * w * w).hypot(middle)
        };
        check(&low_shelf(x(), f, q, db), low, f);
        let high = |w: f64| {
            let middle = w * a.sqrt() / q;
            a * (1.0 - a * w * w).hypot(middle) / (a - w * w).hypot(middle)
        };
        check(&high_shelf(x(), f, q, db), high, f);
    }
}

#[test]
fn filters_survive_wild_modulation() {
    let x = || Signal::input(0);
    let noise = 1e6 * white_noise();
    let sweep = 2000.0 + 24_000.0 * sine_osc(3000.0);
    let q = 2.0 + 4.0 * sine_osc(1777.0);
    // A cutoff that is NaN in every fifth frame.
    let broken = (phasor(9600.0) - 0.5).sqrt() * 1000.0;
    for width in WIDTHS {
        for cutoff in [&noise, &sweep, &broken] {
            for order in 1..=MAX_FILTER_ORDER {
                let low = lowpass(x(), cutoff, order).expect("offered");
                let high = highpass(x(), cutoff, order).expect("offered");
                for filter in [low, high] {
                    let y = render(&filter, width, 3000, dice);
                    assert!(peak(&y) < 50.0, "order {order}: {}", peak(&y));
                }
            }
            let y = render(&resonant(x(), cutoff, &q), width, 5000, dice);
            assert!(peak(&y) < 1000.0, "{}", peak(&y));
        }
    }
}

#[test]
fn extreme_cutoffs_are_clamped() {
    let x = || Signal::input(0);
    for width in WIDTHS {
        for cutoff in [0.0, -5.0, 1e12] {
            let low = lowpass(x(), cutoff, 2).expect("offered");
            let y = render(&low, width, 2000, dice);
            assert!(peak(&y) < 2.0);
            if cutoff <= 0.0 {
                assert!(peak(&y) < 1e-6, "closed");
            }
        }
        let ring = render(&resonant(x(), 1000.0, -3.0), width, 2000, dice);
        assert!(peak(&ring) < 1.0, "q is at least 0.01");
    }
}

#[test]
fn a_swept_filter_holds_its_charge_without_clicks() {
    // Constant input: a low-pass gives it back whatever its cutoff does (direct forms do not).
    let sweep = lfo(500.0, 100.0, 15_000.0);
    let filter = lowpass(1.0, sweep, 4).expect("offered");
    let y = render(&filter, Precision::F64, 4800, |_| 0.0);
    assert!(y[2400..].iter().all(|x| (x - 1.0).abs() < 1e-6));
}

#[test]
fn one_poles_reach_their_time_constants() {
    for width in WIDTHS {
        let y = render(&smooth(1.0, 10.0), width, 481, |_| 0.0);
        assert_close(y[479], 1.0 - (-1.0_f64).exp(), 1e-5);
        for time in [0.0, -1.0, f64::NAN] {
            let y = render(
                &smooth(Signal::input(0), Signal::input(0) * 0.0 + 1.0),
                width,
                1,
                |_| time,
            );
            assert!(y[0].is_nan() || y[0].abs() < 1.0);
        }
        let through = smooth(5.0, Signal::input(0));
        assert_eq!(render(&through, width, 2, |n| -(n as f64)), [5.0, 5.0]);
    }
    let low = response(&onepole(Signal::input(0), 500.0), Precision::F64);
    let bin = (500.0 / RATE * N as f64).round() as usize;
    assert_close(decibels(low[bin]), -3.01, 0.05);
    assert_close(low[0], 1.0, 1e-9);
    let held = render(&onepole(1.0, -100.0), Precision::F64, 10, |_| 0.0);
    assert!(held.iter().all(|&x| x == 0.0));
}

#[test]
fn dcblock_removes_dc_and_little_else() {
    let y = render(
        &dcblock(1.0 + sine_osc(1000.0), 0.995),
        Precision::F64,
        9600,
        |_| 0.0,
    );
    let tail = &y[4800..];
    assert_close(tail.iter().sum::<f64>() / 4800.0, 0.0, 1e-6);
    assert_close(rms(tail), 0.5_f64.sqrt(), 2e-3);
}
