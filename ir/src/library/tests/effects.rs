//! Reverb, chorus, flanger and dynamics: lengths, decay, bounds, static curves.

use super::*;
use crate::graph::Op;
use crate::library::*;
use crate::types::Const;

/// Offsets of the reads of a graph, by line.
fn lengths(rate: f64, precision: Precision) -> Vec<i32> {
    let graph = graph(&[reverb(Signal::input(0), 0.5, 0.5)], precision, rate);
    let mut reads: Vec<(usize, i32)> = graph
        .nodes()
        .filter_map(|(_, node)| {
            let Op::DelayRead(line, offset) = node.op else {
                return None;
            };
            let length = match graph.op(offset) {
                Op::Const(Const::I32(x)) => x,
                Op::Cast(_, x) => match graph.op(x) {
                    Op::Const(Const::Float(x)) => x as i32,
                    _ => -1,
                },
                _ => -1,
            };
            Some((line.index(), length))
        })
        .collect();
    reads.sort_unstable();
    reads.into_iter().map(|(_, length)| length).collect()
}

#[test]
fn reverb_has_the_lengths_of_the_specification_in_both_widths() {
    for width in WIDTHS {
        assert_eq!(
            lengths(44_100.0, width),
            [
                1116, 1188, 1277, 1356, 1422, 1491, 1557, 1616, 556, 441, 341, 225
            ]
        );
        assert_eq!(
            lengths(48_000.0, width),
            [
                1214, 1293, 1389, 1475, 1547, 1622, 1694, 1759, 605, 480, 371, 244
            ]
        );
        assert_eq!(
            lengths(96_000.0, width),
            [
                2429, 2586, 2779, 2951, 3095, 3245, 3389, 3519, 1025, 960, 742, 489
            ]
        );
        assert_eq!(
            lengths(192_000.0, width),
            [
                4858, 5172, 5559, 5903, 6191, 6491, 6778, 7039, 1025, 1025, 1025, 979
            ]
        );
        assert!(lengths(1.0, width).iter().all(|&length| length == 1));
    }
}

#[test]
fn reverb_decays_at_the_rate_of_its_room() {
    for (room, width) in [(0.7, Precision::F64), (0.9, Precision::F32)] {
        let y = render(&reverb(Signal::input(0), room, 0.0), width, 40_000, impulse);
        // Undamped combs of 1214 to 1759 frames lose a factor g per round.
        let level = |from: usize| decibels(rms(&y[from..from + 4000]));
        let lost = (level(14_000) - level(34_000)) / 20_000.0;
        let per_frame = |length: f64| -decibels(room) / length;
        assert!(
            lost > per_frame(1759.0) * 0.9 && lost < per_frame(1214.0),
            "{lost}"
        );
    }
}

#[test]
fn reverb_stays_bounded_whatever_its_room() {
    for (room, damping) in [(1.0, 0.5), (5.0, -3.0), (-2.0, 0.0), (0.999, 7.0)] {
        let y = render(
            &reverb(Signal::input(0), room, damping),
            Precision::F32,
            20_000,
            impulse,
        );
        assert!(peak(&y) < 20.0, "room {room}: {}", peak(&y));
    }
}

#[test]
fn damping_dulls_the_tail() {
    let tail = |damping: f64| {
        let y = render(
            &reverb(Signal::input(0), 0.8, damping),
            Precision::F64,
            16_384,
            impulse,
        );
        let difference: Vec<f64> = y.windows(2).map(|w| w[1] - w[0]).collect();
        rms(&difference[8192..]) / rms(&y[8192..])
    };
    assert!(tail(0.0) > 1.2, "white");
    assert!(tail(0.5) < 0.9, "dull");
}

#[test]
fn chorus_sweeps_between_depth_and_twice_depth() {
    let x = Signal::input(0);
    // A ramp shows the delay: 2·output = 2n − d.
    let y = render(&chorus(x, 5.0, 0.001), Precision::F64, 20_000, |n| n as f64);
    let times: Vec<f64> = (200..20_000).map(|n| 2.0 * (n as f64 - y[n])).collect();
    let (lo, hi) = times.iter().fold((f64::MAX, 0.0), |(lo, hi), &d| {
        (f64::min(lo, d), f64::max(hi, d))
    });
    assert_close(lo, 48.0, 0.01);
    assert_close(hi, 96.0, 0.01);
}

#[test]
fn flanger_with_feedback_is_stable_and_never_shorter_than_a_frame() {
    let x = || Signal::input(0);
    for width in WIDTHS {
        let y = render(&flanger(x(), 50.0, 0.002, -0.9), width, 10_000, dice);
        assert!(peak(&y) <= 10.0);
        assert_eq!(
            render(&flanger(x(), 1.0, -1.0, 0.5), width, 3, impulse),
            [1.0, 0.5, 0.25]
        );
    }
}

#[test]
fn limiter_never_exceeds_its_ceiling() {
    for width in WIDTHS {
        for release in [-1.0, 0.0, 0.01] {
            let y = limiter(8.0 * Signal::input(0), 0.5, release);
            assert!(peak(&render(&y, width, 5000, dice)) <= 0.5 + 1e-6);
        }
        let quiet = limiter(Signal::input(0), 2.0, 0.1);
        let y = render(&quiet, width, 100, dice);
        for (n, y) in y.iter().enumerate() {
            assert_close(*y, width.round(dice(n)), 0.0);
        }
    }
}

#[test]
fn dynamics_forget_what_is_not_finite() {
    let burst = |n: usize| match n {
        10 => f64::INFINITY,
        20 => f64::NAN,
        _ => 0.1,
    };
    for width in WIDTHS {
        for effect in [
            limiter(Signal::input(0), 0.5, 1e-4),
            compressor(Signal::input(0), -10.0, 4.0, 1e-4, 1e-4),
        ] {
            let y = render(&effect, width, 2000, burst);
            assert_close(y[1999], 0.1, 1e-6);
        }
    }
}

#[test]
fn compressor_follows_its_static_curve() {
    for (level, expected) in [(-40.0, -40.0), (-20.0, -20.0), (-8.0, -17.0), (0.0, -15.0)] {
        let x = db_to_linear(level);
        let y = render(
            &compressor(x, -20.0, 4.0, 0.005, 0.05),
            Precision::F64,
            9600,
            |_| 0.0,
        );
        assert_close(decibels(y[9599]), expected, 1e-3);
    }
}

#[test]
fn soft_clip_is_linear_when_quiet_and_bounded_when_loud() {
    for width in WIDTHS {
        let y = soft_clip(Signal::input(0), 2.0);
        assert_close(render(&y, width, 1, |_| 1e-4)[0], 1e-4, 1e-9);
        assert_close(render(&y, width, 1, |_| -1e6)[0], -0.5, 1e-6);
    }
}
