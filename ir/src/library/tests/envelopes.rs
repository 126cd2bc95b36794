//! Envelopes, to the frame: segment lengths, retriggers, gates, curves.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::Type;
use crate::library::*;

const FRAME: f64 = 1.0 / RATE;

fn gate(on: std::ops::Range<usize>) -> impl Fn(usize) -> f64 {
    move |n| f64::from(u8::from(on.contains(&n)))
}

#[test]
fn adsr_segments_last_exactly_their_frames() {
    for width in WIDTHS {
        let note = adsr(0.01, 0.02, 0.5, 0.05, Signal::input(0));
        let y = render(&note, width, 6000, gate(100..3000));
        assert!(y[..100].iter().all(|&x| x == 0.0));
        assert_close(y[100], 1.0 / 480.0, 1e-7);
        assert_close(y[579], 1.0, 1e-6);
        assert!(y[578] < 1.0 - 1e-3 && y[580] < 1.0 - 1e-4);
        assert_close(y[579 + 480], 0.75, 1e-6);
        assert_close(y[579 + 960], 0.5, 1e-6);
        assert_close(y[2999], 0.5, 1e-6);
        assert_close(y[3000], 0.5 * (1.0 - 1.0 / 2400.0), 1e-6);
        assert_close(y[3000 + 1199], 0.25, 1e-6);
        assert!(y[5398] > 1e-5);
        assert!(
            y[5399..].iter().all(|&x| x == 0.0),
            "ends after 2400 frames"
        );
    }
}

#[test]
fn release_starts_from_any_level_and_retrigger_does_not_click() {
    let note = adsr(0.02, 0.02, 0.8, 0.1, Signal::input(0));
    let y = render(&note, Precision::F64, 9000, |n| {
        f64::from(u8::from(
            (10..400).contains(&n) || (1500..2000).contains(&n),
        ))
    });
    // Released in the attack: linear to 0 in 4800 frames from there.
    let level = y[399];
    assert_close(level, 390.0 / 960.0, 1e-12);
    assert_close(y[1499], level * (1.0 - 1100.0 / 4800.0), 1e-9);
    assert_close(y[1500], y[1499] + 1.0 / 960.0, 1e-9);
    let steepest = y
        .windows(2)
        .map(|w| (w[1] - w[0]).abs())
        .fold(0.0, f64::max);
    assert!(steepest <= 1.0 / 960.0 + 1e-12);
}

#[test]
fn gate_is_a_condition() {
    let note = |gate: fn(usize) -> f64| {
        render(
            &adsr(0.01, 0.01, 0.5, 0.01, Signal::input(0)),
            Precision::F64,
            2000,
            gate,
        )
    };
    let plain = note(|n| f64::from(u8::from(n < 1000)));
    let moving = note(|n| if n < 1000 { 0.1 + (n % 3) as f64 } else { -1.0 });
    assert_eq!(plain, moving);
}

#[test]
fn zero_times_are_one_frame() {
    let note = adsr(0.0, -1.0, 0.5, 0.0, Signal::input(0));
    let y = render(&note, Precision::F32, 5, gate(1..3));
    assert_eq!(y, [0.0, 1.0, 0.5, 0.0, 0.0]);
}

#[test]
fn an_ended_release_stays_ended_when_the_time_grows() {
    let note = adsr(0.0, 0.0, 1.0, Signal::input(0), trigger(1.0));
    let y = render(&note, Precision::F64, 50, |n| {
        if n < 10 { 2.0 * FRAME } else { 1.0 }
    });
    assert!(y[..3].iter().any(|&x| x > 0.0));
    assert!(y[3..].iter().all(|&x| x == 0.0));
}

#[test]
fn an_idle_envelope_rests_but_for_its_clock() {
    let graph = graph(
        &[adsr(0.001, 0.001, 0.5, 0.002, Signal::input(0))],
        Precision::F32,
        RATE,
    );
    let mut evaluator = Evaluator::new(&graph, 0);
    let mut registers = |frames, x| {
        for _ in 0..frames {
            evaluator.frame(&[x]);
        }
        let rests = graph.registers().iter().filter(|r| r.ty != Type::I32);
        rests
            .filter_map(|r| r.next)
            .map(|next| format!("{:?}", evaluator.value(next)))
            .collect::<Vec<_>>()
    };
    registers(200, 1.0);
    let rested = registers(200, 0.0);
    assert_eq!(rested, registers(1, 0.0));
}

#[test]
fn flat_curves_are_straight_lines() {
    let x = || Signal::input(0);
    let straight = adsr(0.01, 0.02, 0.4, 0.03, x());
    let curved = adsr_curved(0.01, 0.02, 0.4, 0.03, x(), &AdsrCurves::all(0.0));
    let a = render(&straight, Precision::F64, 4000, gate(5..2000));
    let b = render(&curved, Precision::F64, 4000, gate(5..2000));
    for (a, b) in a.iter().zip(&b) {
        assert_close(*a, *b, 1e-12);
    }
}

#[test]
fn curves_bend_and_keep_their_ends() {
    for bend in [-2.0_f64, -0.6, 0.6, 2.0] {
        let note = adsr_curved(
            0.01,
            0.02,
            0.4,
            0.03,
            Signal::input(0),
            &AdsrCurves::all(bend),
        );
        let y = render(&note, Precision::F64, 4000, |n| {
            f64::from(u8::from((0..2000).contains(&n) || n >= 2500))
        });
        assert_close(y[479], 1.0, 1e-9);
        assert_close(y[479 + 960], 0.4, 1e-9);
        assert_eq!(y[239] > 0.5, bend > 0.0);
        assert_eq!(y[479 + 480] < 0.7, bend > 0.0);
        // The retrigger in the release goes on from the level it finds.
        assert!(y[2500] > y[2499], "{bend}");
        let steepest = 200.0 / 480.0;
        assert!(y[2500] - y[2499] < if bend.abs() < 1.0 { 0.02 } else { steepest });
        assert!(y.iter().all(|x| (0.0..=1.0 + 1e-12).contains(x)));
    }
}

#[test]
fn ar_ignores_the_length_of_the_gate() {
    let hit = ar(10.0 * FRAME, 40.0 * FRAME, Signal::input(0));
    for width in WIDTHS {
        let short = render(&hit, width, 100, gate(5..6));
        let long = render(&hit, width, 100, gate(5..90));
        assert_eq!(short, long);
        assert_close(short[14], 1.0, 1e-6);
        assert_close(short[34], 0.5, 1e-6);
        assert_close(short[54], 0.0, 1e-6);
        assert!(short[55..].iter().all(|&x| x == 0.0));
    }
}

#[test]
fn ar_restarts_from_the_present_level() {
    let hit = ar(10.0 * FRAME, 40.0 * FRAME, Signal::input(0));
    let y = render(&hit, Precision::F64, 100, |n| {
        if n < 35 {
            f64::from(u8::from(n >= 5)) * 0.5
        } else {
            1.0
        }
    });
    assert_close(y[35], y[34] + 0.1, 1e-12);
}

/// A frame of a note: whether the gate is on, times in frames, the sustained level.
type NoteFrame = (bool, [f64; 3], f64);

/// The `adsr` of the reference definitions, frame by frame; what a level below 0 is released from is 0.
fn reference_adsr(frames: &[NoteFrame]) -> Vec<f64> {
    let (mut t, mut level, mut released, mut last, mut on) = (0.0, 0.0, 0.0, 0.0_f64, false);
    let frame = |&(gate, times, sustain): &NoteFrame| {
        let [attack, decay, release] = times.map(|time| time.max(1.0));
        if gate {
            let start = if on { t } else { last.min(1.0) * attack };
            t = start + 1.0;
            released = 0.0;
            level = if t < attack {
                t / attack
            } else {
                1.0 + (sustain - 1.0) * f64::min(1.0, (t - attack) / decay)
            };
            last = level.max(0.0);
        } else {
            released += 1.0;
            last = (level.max(0.0) * (1.0 - released / release)).max(0.0);
            if released >= release {
                level = 0.0;
            }
        }
        on = gate;
        last
    };
    frames.iter().map(frame).collect()
}

/// The `ar` of the reference definitions; what has ended stays ended.
fn reference_ar(frames: &[NoteFrame]) -> Vec<f64> {
    let (mut t, mut running, mut last, mut on) = (0.0, false, 0.0, false);
    let frame = |&(gate, times, _): &NoteFrame| {
        let [attack, release, _] = times.map(|time| time.max(1.0));
        let risen = gate && !on;
        t = if risen { last * attack } else { t } + 1.0;
        let down = 1.0 + (attack - t) / release;
        running = (running || risen) && down > 0.0;
        last = if running {
            f64::min(t / attack, down).max(0.0)
        } else {
            0.0
        };
        on = gate;
        last
    };
    frames.iter().map(frame).collect()
}

proptest! {
    #[test]
    fn envelopes_are_the_reference_definitions(
        pieces in vec((any::<bool>(), [0.0..30.0_f64, 0.0..30.0, 0.0..30.0], -0.5..1.5_f64, 1..40_usize), 1..12)
    ) {
        let piece = |&(gate, times, sustain, length): &(bool, [f64; 3], f64, usize)| {
            std::iter::repeat_n((gate, times, sustain), length)
        };
        let frames: Vec<NoteFrame> = pieces.iter().flat_map(piece).collect();
        let input = |channel| Signal::input(channel);
        let signals = [
            adsr(input(1), input(2), input(4), input(3), input(0)),
            adsr_curved(input(1), input(2), input(4), input(3), input(0), &AdsrCurves::all(0.0)),
            ar(input(1), input(2), input(0)),
        ];
        let graph = graph(&signals, Precision::F64, RATE);
        let mut evaluator = Evaluator::new(&graph, 0);
        let expected = [reference_adsr(&frames), reference_adsr(&frames), reference_ar(&frames)];
        for (n, &(gate, times, sustain)) in frames.iter().enumerate() {
            let [a, b, c] = times.map(|time| time * FRAME);
            let given = evaluator.frame(&[f64::from(u8::from(gate)), a, b, c, sustain]);
            for (given, expected) in given.iter().zip(&expected) {
                prop_assert!((given - expected[n]).abs() < 1e-9, "{n}: {given}, not {}", expected[n]);
            }
        }
    }
}
