//! Functions without time: conversions, tables, triggers, panning.

use super::*;
use crate::library::*;

#[track_caller]
fn value(signal: &Signal) -> f64 {
    let narrow = render(signal, Precision::F32, 1, |_| 0.0)[0];
    let wide = render(signal, Precision::F64, 1, |_| 0.0)[0];
    assert_close(narrow, wide, 2e-6 * wide.abs().max(1.0));
    wide
}

#[test]
fn pan_keeps_the_power_at_every_position() {
    for step in 0..=20 {
        let (left, right) = pan(0.8, f64::from(step) / 20.0);
        assert_close(value(&left).hypot(value(&right)), 0.8, 1e-12);
    }
    let (left, right) = pan(1.0, 0.0);
    assert_eq!((value(&left), value(&right)), (1.0, 0.0));
}

#[test]
fn width_zero_is_mono_and_one_changes_nothing() {
    let (left, right) = stereo_width(0.7, -0.2, 0.0);
    assert_eq!(value(&left), value(&right));
    let (left, right) = stereo_width(0.75, -0.25, 1.0);
    assert_eq!((value(&left), value(&right)), (0.75, -0.25));
}

#[test]
fn conversions_are_inverse_to_each_other() {
    for note in [0.0, 21.0, 60.5, 69.0, 127.0] {
        assert_close(value(&freq_to_midi(midi_to_freq(note))), note, 1e-11);
    }
    for level in [-120.0, -6.0, 0.0, 12.0] {
        assert_close(value(&linear_to_db(db_to_linear(level))), level, 1e-11);
    }
    assert_close(value(&midi_to_freq(60.0)), 261.625_565_300_598_6, 1e-10);
    assert_close(value(&freq_to_midi(-1.0)), -1232.27, 0.01);
    assert_close(value(&linear_to_db(-1.0)), -600.0, 1e-9);
}

#[test]
fn tables_clamp_at_both_ends() {
    let data = [1.0, 2.0, 4.0];
    for (index, step, line) in [
        (-5.0, 1.0, 1.0),
        (0.5, 1.0, 1.5),
        (1.5, 2.0, 3.0),
        (2.0, 4.0, 4.0),
        (1e12, 4.0, 4.0),
    ] {
        assert_eq!(value(&rdtable(data, index)), step);
        assert_eq!(value(&wavetable(data, index)), step);
        assert_eq!(value(&rdtable_linear(data, index)), line);
    }
    let cubes = [0.0, 1.0, 8.0, 27.0, 64.0, 125.0];
    for index in [0.0, 0.5, 2.25, 4.75, 5.0, 9.0] {
        assert_close(
            value(&rdtable_cubic(cubes, index)),
            f64::min(index, 5.0).powi(3),
            1e-12,
        );
    }
    assert_close(value(&rdtable_cubic([3.0], 2.0)), 3.0, 1e-12);
}

#[test]
fn tables_without_cells_are_refused_when_built() {
    let empty = || Vec::<f64>::new();
    for signal in [
        rdtable(empty(), 0.0),
        rdtable_linear(empty(), 0.0),
        rdtable_cubic(empty(), 0.0),
        wavetable_osc(empty(), 1.0),
        rwtable(0, 0.0, 0.0, 0.0, 0.0),
        rwtable(u32::MAX, 0.0, 0.0, 0.0, 0.0),
    ] {
        let built = Graph::build(&[signal], &BuildOptions::default());
        assert!(matches!(built, Err(crate::BuildError::TableSize { .. })));
    }
}

#[test]
fn a_wavetable_repeats_its_cycle() {
    let sine: Vec<f64> = (0..2048)
        .map(|n| (std::f64::consts::TAU * f64::from(n) / 2048.0).sin())
        .collect();
    let y = render(&wavetable_osc(sine, 997.0), Precision::F64, 2000, |_| 0.0);
    let exact = render(&sine_osc(997.0), Precision::F64, 2000, |_| 0.0);
    for (a, b) in y.iter().zip(&exact) {
        assert_close(*a, *b, 2e-6);
    }
}

#[test]
fn written_tables_show_this_frames_write() {
    let count = phasor(12_000.0) * 4.0;
    let y = render(
        &rwtable(4, -1.0, &count, &count * 10.0, &count),
        Precision::F64,
        3,
        |_| 0.0,
    );
    assert_eq!(y, [10.0, 20.0, 30.0]);
}

#[test]
fn trigger_latch_and_decay_follow_their_definitions() {
    let x = || Signal::input(0);
    let wave = |n: usize| [1.0, 2.0, 0.0, -1.0, 0.5, f64::NAN, 3.0, 3.0][n];
    let fired = render(&trigger(x()), Precision::F64, 8, wave);
    assert_eq!(fired, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    let held = render(&latch(phasor(6000.0), x()), Precision::F64, 5, wave);
    assert_eq!(
        held,
        [0.125, 0.25, 0.25, 0.5, 0.5],
        "−1 latches, 0 and 0.5 do not"
    );
    let rates = render(&decay(x()), Precision::F64, 3, |n| [9.0, 0.5, 0.25][n]);
    assert_eq!(rates, [1.0, 0.5, 0.125]);
}

#[test]
fn select2_truncates_its_selector() {
    for (s, chosen) in [
        (0.5, 1.0),
        (-0.5, 1.0),
        (-1.5, 2.0),
        (-1.0, 2.0),
        (1.0, 2.0),
        (2.0, 2.0),
    ] {
        assert_eq!(value(&select2(s, 1.0, 2.0)), chosen);
    }
}

#[test]
fn wrap_stays_in_its_range_and_survives_an_empty_one() {
    for x in [-7.3, -1.0, 0.0, 0.99, 1.0, 12.6] {
        let y = value(&wrap(x, -1.0, 1.0));
        assert!((-1.0..1.0).contains(&y));
        assert_close(
            (x - y).rem_euclid(2.0).min(2.0 - (x - y).rem_euclid(2.0)),
            0.0,
            1e-12,
        );
    }
    assert!(value(&wrap(0.3, 0.3, 0.3)).is_finite());
}
