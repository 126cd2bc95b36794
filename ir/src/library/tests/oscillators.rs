//! Oscillators by phase, spectrum and alias level; wild frequencies.

use super::spectrum::Periodic;
use super::*;
use crate::library::*;
use crate::signal::Register;

const N: usize = 8192;

/// The frequency that puts the fundamental on a bin of `N` samples.
fn on_bin(bin: usize) -> f64 {
    bin as f64 * RATE / N as f64
}

fn steady(signal: &Signal, precision: Precision) -> Vec<f64> {
    let mut all = render(signal, precision, N + 64, |_| 0.0);
    all.drain(..64);
    all
}

fn periodic(signal: &Signal, bin: usize) -> Periodic {
    Periodic::new(&steady(signal, Precision::F64), bin)
}

#[test]
fn phasor_is_exact_after_a_long_time() {
    let frames = 400_000;
    let long = render(&phasor(441.0), Precision::F64, frames, |_| 0.0);
    for n in (0..frames).step_by(997) {
        // 441/48000 = 147/16000.
        let exact = ((n + 1) * 147 % 16_000) as f64 / 16_000.0;
        let distance = (long[n] - exact).abs();
        assert!(distance.min(1.0 - distance) < 1e-11, "frame {n}");
    }
    let short = render(&phasor(441.0), Precision::F32, frames, |_| 0.0);
    let step = u64::from((441.0_f32 / 48_000.0 * 4_294_967_296.0) as u32);
    for n in (0..frames).step_by(997) {
        let phase = ((n as u64 + 1) * step) as u32;
        assert_close(short[n], f64::from(phase >> 9) / 8_388_608.0, 0.0);
    }
}

#[test]
fn phasor_runs_both_ways_and_holds() {
    for width in WIDTHS {
        let down = render(&phasor(-12_000.0), width, 5, |_| 0.0);
        assert_eq!(down, [0.75, 0.5, 0.25, 0.0, 0.75]);
        assert_eq!(render(&phasor(0.0), width, 2, |_| 0.0), [0.0, 0.0]);
        // Whole turns per frame fall away.
        let fast = render(&phasor(48_000.0 + 12_000.0), width, 2, |_| 0.0);
        assert_eq!(fast, [0.25, 0.5]);
        let stopped = render(&phasor(Signal::input(0)), width, 4, |n| {
            if n % 2 == 0 { 12_000.0 } else { f64::NAN }
        });
        assert_eq!(stopped, [0.25, 0.25, 0.5, 0.5]);
    }
}

#[test]
fn sync_restarts_the_phase_in_the_frame_of_the_rise() {
    let synced = phasor_with(12_000.0, &OscInputs::sync(Signal::input(0)));
    let y = render(&synced, Precision::F64, 6, |n| f64::from(u8::from(n >= 2)));
    assert_eq!(y, [0.25, 0.5, 0.0, 0.25, 0.5, 0.75]);
}

#[test]
fn phase_input_shifts_every_waveform_by_its_turns() {
    let shifted = OscInputs::phase(0.25);
    for (name, plain, moved) in [
        ("sine", sine_osc(375.0), sine_osc_with(375.0, &shifted)),
        ("saw", saw(375.0), saw_with(375.0, &shifted)),
        (
            "square",
            square(375.0, 0.3),
            square_with(375.0, 0.3, &shifted),
        ),
        ("triangle", triangle(375.0), triangle_with(375.0, &shifted)),
    ] {
        // One turn is 128 frames.
        let plain = render(&plain, Precision::F64, 256, |_| 0.0);
        let moved = render(&moved, Precision::F64, 224, |_| 0.0);
        for n in 0..224 {
            assert!((moved[n] - plain[n + 32]).abs() < 1e-9, "{name} at {n}");
        }
    }
}

#[test]
fn phase_modulation_is_band_limited_like_frequency_modulation() {
    // All of the movement comes through the phase input; its wraps are no jumps.
    let bin = 341;
    let moved = saw_with(0.0, &OscInputs::phase(phasor(on_bin(bin))));
    let plain = steady(&saw(on_bin(bin)), Precision::F64);
    for (a, b) in steady(&moved, Precision::F64).iter().zip(&plain) {
        assert_close(*a, *b, 1e-9);
    }
}

#[test]
fn sine_is_pure() {
    let spectrum = periodic(&sine_osc(on_bin(1001)), 1001);
    assert_close(spectrum.harmonic(1), 1.0, 1e-9);
    assert!(spectrum.alias_level(0.5) < -200.0);
}

#[test]
fn aliases_of_the_saw_are_as_low_as_documented() {
    for (bin, hz, total, low) in [(171, 1000.0, -35.0, -54.0), (853, 5000.0, -25.5, -46.0)] {
        let (f, limit) = (on_bin(bin), 15_000.0 / RATE);
        assert_close(f, hz, 4.0);
        let spectrum = periodic(&saw(f), bin);
        let naive = periodic(&lf_saw(f), bin);
        assert!(
            spectrum.alias_level(0.5) < total,
            "{}",
            spectrum.alias_level(0.5)
        );
        assert!(
            spectrum.alias_level(limit) < low,
            "{}",
            spectrum.alias_level(limit)
        );
        assert!(naive.alias_level(0.5) > total + 16.0);
        assert!(naive.alias_level(limit) > low + 34.0);
        // What reaches the lowest kHz is inaudible.
        assert!(spectrum.alias_level(4000.0 / RATE) < -90.0);
    }
}

#[test]
fn aliases_of_square_and_triangle_are_low() {
    let limit = 15_000.0 / RATE;
    let f = on_bin(341);
    assert!(periodic(&square(f, 0.5), 341).alias_level(limit) < -48.0);
    assert!(periodic(&lf_square(f, 0.5), 341).alias_level(limit) > -18.0);
    assert!(periodic(&pulse(f, 0.2), 341).alias_level(limit) < -45.0);
    assert!(periodic(&triangle(f), 341).alias_level(limit) < -70.0);
    assert!(periodic(&lf_triangle(f), 341).alias_level(limit) > -55.0);
}

#[test]
fn harmonics_have_the_levels_of_the_waveform() {
    use std::f64::consts::PI;
    let bin = 85;
    let f = on_bin(bin);
    let droop = |k: usize| {
        let x = k as f64 * f / RATE;
        let sinc = (PI * x).sin() / (PI * x);
        sinc.powi(4) * (1.0 + (2.0 * PI * x).powi(2) / 12.0)
    };
    let saw = periodic(&saw(f), bin);
    let square = periodic(&square(f, 0.5), bin);
    let triangle = periodic(&triangle(f), bin);
    for k in 1..40 {
        let amplitude = 2.0 / (PI * k as f64) * droop(k);
        assert_close(decibels(saw.harmonic(k) / amplitude), 0.0, 0.02);
        if k % 2 == 1 {
            assert_close(decibels(square.harmonic(k) / (2.0 * amplitude)), 0.0, 0.02);
            let bend = 4.0 / (PI * k as f64) * amplitude;
            assert_close(decibels(triangle.harmonic(k) / bend), 0.0, 0.05);
        } else {
            assert!(square.harmonic(k) < 1e-9 && triangle.harmonic(k) < 1e-9);
        }
    }
}

#[test]
fn band_limited_forms_share_range_and_phase_with_the_naive_ones() {
    // Far from steps and corners they are the same numbers.
    let pairs = [
        (saw(100.0), lf_saw(100.0), 1.03),
        (square(100.0, 0.25), lf_square(100.0, 0.25), 1.06),
        (pulse(100.0, 0.7), lf_pulse(100.0, 0.7), 1.06),
        (triangle(100.0), lf_triangle(100.0), 1.0),
    ];
    for (i, (smooth, naive, limit)) in pairs.iter().enumerate() {
        for width in WIDTHS {
            let smooth = render(smooth, width, 4800, |_| 0.0);
            let naive = render(naive, width, 4800, |_| 0.0);
            assert!(peak(&smooth) <= *limit, "{i}: {}", peak(&smooth));
            let alike = smooth
                .iter()
                .zip(&naive)
                .filter(|(a, b)| (*a - *b).abs() < 1e-5);
            assert!(alike.count() > 4800 - 10 * 10, "{i}");
        }
    }
}

#[test]
fn a_saw_run_backwards_is_its_mirror() {
    let up = render(&saw(375.0), Precision::F64, 256, |_| 0.0);
    let down = render(&saw(-375.0), Precision::F64, 256, |_| 0.0);
    for n in 0..256 {
        assert_close(down[n], -up[n], 1e-9);
    }
}

#[test]
fn pulse_width_sets_the_mean_and_the_ends_are_constant() {
    for width in [0.0, 0.1, 0.5, 0.9, 1.0] {
        let y = steady(&pulse(on_bin(1), width), Precision::F64);
        assert_close(y.iter().sum::<f64>() / N as f64, 2.0 * width - 1.0, 1e-6);
    }
    for (width, level) in [(-3.0, -1.0), (0.0, -1.0), (1.0, 1.0), (7.0, 1.0)] {
        let y = render(&pulse(3000.0, width), Precision::F32, 200, |_| 0.0);
        assert!(y.iter().all(|x| (x - level).abs() < 1e-6), "width {width}");
    }
}

#[test]
fn wild_frequencies_never_explode() {
    let f = |n: usize| match n % 7 {
        0 => 0.0,
        1 => 1e9 * dice(n),
        2 => f64::NAN,
        3 => 30_000.0,
        4 => -47_999.0,
        _ => 24_000.0 * dice(n),
    };
    let input = || Signal::input(0);
    let modulated = OscInputs::phase(&input() * 0.001).with_sync(input());
    for width in WIDTHS {
        for (limit, oscillator) in [
            (1.05, saw(input())),
            (1.1, square(input(), lfo(300.0, -0.2, 1.2))),
            (1.05, triangle(input())),
            (1.0, sine_osc(input())),
        ] {
            let y = render(&oscillator, width, 4000, f);
            assert!(
                y.iter().all(|x| x.abs() <= limit + 1e-6),
                "peak {}",
                peak(&y)
            );
        }
        let finite = |n| if n % 7 == 2 { 0.0 } else { f(n) };
        let y = render(&saw_with(440.0, &modulated), width, 4000, finite);
        assert!(y.iter().all(|x| x.abs() <= 1.1));
    }
    // Constant tones up to twice the sample rate stay smooth.
    for hz in (1000..96_000).step_by(3700) {
        let y = render(&saw(f64::from(hz)), Precision::F32, 500, |_| 0.0);
        assert!(peak(&y) <= 1.05, "{hz} Hz: {}", peak(&y));
    }
}

#[test]
fn lfo_stays_between_its_bounds() {
    for width in WIDTHS {
        let y = render(&lfo(7.0, 200.0, 2000.0), width, 10_000, |_| 0.0);
        let (lo, hi) = y
            .iter()
            .fold((f64::MAX, f64::MIN), |(lo, hi), &x| (lo.min(x), hi.max(x)));
        assert_close(lo, 200.0, 1e-3);
        assert_close(hi, 2000.0, 1e-3);
    }
}

#[test]
fn frequency_modulation_through_zero_returns_to_where_it_was() {
    // The frequency of one whole modulation cycle sums to 0.
    let wobble = Register::float(1.0);
    let sign = wobble.bind(&-wobble.read(), &wobble.read());
    let y = render(&phasor(1234.5 * sign), Precision::F64, 1000, |_| 0.0);
    assert!(y.iter().skip(1).step_by(2).all(|&x| x == 0.0));
}

#[test]
fn hard_sync_at_whole_ratios_is_a_plain_saw() {
    for width in WIDTHS {
        for ratio in [1.0, 2.0, 5.0] {
            for f in [-300.0, 311.0, 1000.0] {
                let synced = render(&saw_sync(f, ratio), width, 500, |_| 0.0);
                let plain = render(&saw(f * ratio), width, 500, |_| 0.0);
                for (n, (a, b)) in synced.iter().zip(&plain).enumerate() {
                    assert!((a - b).abs() < 2e-3, "{f} Hz × {ratio} at {n}: {a} {b}");
                }
            }
        }
    }
}

#[test]
fn hard_sync_has_few_aliases() {
    let limit = 15_000.0 / RATE;
    for (bin, ratio) in [(57, 2.7), (171, 3.3), (171, 3.01), (341, 1.5)] {
        let f = on_bin(bin);
        let level = periodic(&saw_sync(f, ratio), bin).alias_level(limit);
        let trigger = OscInputs::sync(0.5 - phasor(f));
        let naive = periodic(&saw_with(f * ratio, &trigger), bin).alias_level(limit);
        assert!(level < -45.0 && level < naive - 30.0, "{level} {naive}");
    }
}

#[test]
fn hard_sync_changes_smoothly_through_whole_ratios() {
    let below = render(&saw_sync(700.0, 2.999), Precision::F64, 2000, |_| 0.0);
    let above = render(&saw_sync(700.0, 3.001), Precision::F64, 2000, |_| 0.0);
    let difference: Vec<f64> = below.iter().zip(&above).map(|(a, b)| a - b).collect();
    assert!(peak(&difference) < 0.1, "{}", peak(&difference));
    let wild = saw_sync(20_000.0 * Signal::input(0), 100.0 * Signal::input(0));
    for width in WIDTHS {
        let y = render(&wild, width, 4000, dice);
        assert!(peak(&y) < 1.2, "{}", peak(&y));
    }
}
