//! Delay times, interpolation and loop lengths, heard as ramps, impulses and tuning.

use super::spectrum::magnitudes;
use super::*;
use crate::graph::Op;
use crate::library::*;
use crate::pass::{Level, optimize};
use crate::signal::{DelayMax, feedback};
use crate::types::Const;

fn ramp(n: usize) -> f64 {
    n as f64
}

#[test]
fn linear_and_cubic_delays_of_a_ramp_are_exact() {
    let x = || Signal::input(0);
    for d in [0.0, 0.25, 1.0, 1.75, 17.5, 40.0] {
        // As a control, so that the time is not a constant.
        let time = || crate::Signal::control(crate::Control::new("d gate", d, 0.0, 40.0));
        for y in [delay(x(), time()), delay_cubic(x(), time()), delay(x(), d)] {
            let y = render(&y, Precision::F64, 100, ramp);
            for (n, y) in y.iter().enumerate().skip(45) {
                assert_close(*y, n as f64 - d, 1e-9);
            }
        }
    }
}

#[test]
fn cubic_delay_draws_cubics_exactly() {
    let y = render(
        &delay_cubic(Signal::input(0), 3.3),
        Precision::F64,
        20,
        |n| (n as f64 - 9.0).powi(3),
    );
    for (n, y) in y.iter().enumerate().skip(8) {
        assert_close(*y, (n as f64 - 12.3).powi(3), 1e-9);
    }
}

#[test]
fn delay_times_are_clamped_and_never_fail() {
    let x = || Signal::input(0);
    let wild = 1e9 * white_noise();
    let broken = (white_noise() - 0.5).sqrt() * 30.0;
    for width in WIDTHS {
        for time in [&wild, &broken] {
            let max = || DelayMax::Frames(20.0);
            for interpolation in [
                Interpolation::None,
                Interpolation::Linear,
                Interpolation::Cubic,
                Interpolation::Allpass,
            ] {
                let y = delay_with(x(), time, interpolation, max());
                let y = render(&y, width, 2000, dice);
                assert!(y.iter().all(|x| x.abs() < 50.0), "{interpolation:?}");
            }
        }
        let longest = delay_max(x(), 500.0 + 0.0 * x(), DelayMax::Frames(20.5));
        let y = render(&longest, width, 40, ramp);
        assert_close(y[39], 18.5, 1e-5);
    }
}

#[test]
fn every_interpolation_reaches_its_longest_time() {
    let slow = 0.0 * Signal::input(0);
    for interpolation in [
        Interpolation::Linear,
        Interpolation::Cubic,
        Interpolation::Allpass,
    ] {
        for max in [DelayMax::Frames(7.5), DelayMax::Seconds(7.5 / RATE)] {
            let y = delay_with(Signal::input(0), 99.0 + &slow, interpolation, max);
            let y = render(&y, Precision::F64, 200, ramp);
            assert_close(y[199], 199.0 - 7.5, 1e-9);
        }
    }
}

#[test]
fn allpass_delay_keeps_every_level_and_linear_does_not() {
    let n = 4096;
    let spectrum = |y| magnitudes(&render(&y, Precision::F64, n, impulse));
    let all = spectrum(delay_allpass(Signal::input(0), 10.6));
    assert!(all.iter().all(|m| (m - 1.0).abs() < 1e-9));
    let linear = spectrum(delay(Signal::input(0), 10.5));
    assert_close(decibels(linear[n / 4]), -3.01, 0.01);
    let cubic = spectrum(delay_cubic(Signal::input(0), 10.5));
    assert!(decibels(cubic[n / 8]) > -0.2);
}

#[test]
fn constant_whole_delays_are_single_reads_at_constant_offsets() {
    for signal in [
        delay(Signal::input(0), 100.0),
        reverb(Signal::input(0), 0.5, 0.5),
    ] {
        let graph = graph(&[signal], Precision::F64, RATE);
        let offsets: Vec<_> = graph
            .nodes()
            .filter_map(|(_, node)| match node.op {
                Op::DelayRead(_, offset) => Some(graph.op(offset)),
                _ => None,
            })
            .collect();
        assert_eq!(offsets.len(), graph.lines().len());
        for offset in offsets {
            let constant = match offset {
                Op::Const(_) => true,
                Op::Cast(_, x) => matches!(graph.op(x), Op::Const(_)),
                _ => false,
            };
            assert!(constant, "{offset:?}");
        }
    }
}

#[test]
fn a_whole_number_of_frames_made_from_the_sample_rate_folds_to_one_read() {
    for (signal, frames) in [
        (echo(Signal::input(0), 10.0, 0.5), 480),
        (
            delay(Signal::input(0), 0.25 * Signal::sample_rate()),
            12_000,
        ),
    ] {
        for width in WIDTHS {
            let built = graph(std::slice::from_ref(&signal), width, RATE);
            let folded = optimize(&built, Level::Strict);
            let reads: Vec<Op> = folded
                .nodes()
                .map(|(_, node)| node.op)
                .filter(|op| matches!(op, Op::DelayRead(..)))
                .collect();
            let [Op::DelayRead(_, offset)] = reads[..] else {
                panic!("{reads:?}");
            };
            assert_eq!(folded.constant(offset), Some(Const::I32(frames)));
        }
    }
}

#[test]
fn echoes_are_exactly_their_time_apart() {
    for width in WIDTHS {
        let y = render(&echo(Signal::input(0), 10.0, 0.5), width, 2000, impulse);
        for (n, y) in y.iter().enumerate() {
            let expected = if n % 480 == 0 {
                0.5_f64.powi((n / 480) as i32)
            } else {
                0.0
            };
            assert_close(*y, expected, 1e-4);
        }
    }
}

#[test]
fn optimised_echoes_of_whole_times_stay_whole() {
    let time = Signal::control(crate::Control::new("ms", 10.0, 0.0, 50.0));
    let built = graph(&[echo(Signal::input(0), time, 0.5)], Precision::F32, RATE);
    let optimised = optimize(&built, Level::Optimized);
    let mut evaluator = Evaluator::new(&optimised, 0);
    for n in 0..1000 {
        let y = evaluator.frame(&[impulse(n)])[0];
        assert_eq!(y != 0.0, n % 480 == 0, "frame {n}: {y}");
    }
}

#[test]
fn a_users_feedback_keeps_its_extra_frame() {
    let y = feedback(|y| Signal::input(0) + 0.5 * delay(y, 9.0));
    let y = render(&y, Precision::F64, 31, impulse);
    let heard: Vec<usize> = (0..31).filter(|&n| y[n] != 0.0).collect();
    assert_eq!(heard, [0, 10, 20, 30]);
}

#[test]
fn a_plucked_string_is_in_tune() {
    // Loop time: the delay and one frame of feedback.
    let hz = 440.0;
    let string = feedback(|y| Signal::input(0) + 0.999 * delay_allpass(y, RATE / hz - 1.0));
    let y = render(&string, Precision::F64, 1 << 15, impulse);
    let at = |f: f64| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, x) in y.iter().enumerate() {
            let (sin, cos) = (std::f64::consts::TAU * f * n as f64 / RATE).sin_cos();
            (re, im) = (re + x * cos, im + x * sin);
        }
        f64::hypot(re, im)
    };
    // One cent is 0.25 Hz.
    assert!(at(hz) > at(hz - 0.25) && at(hz) > at(hz + 0.25));
}
