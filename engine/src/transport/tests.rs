//! Exactness over hours, at odd tempi, through changes.

use proptest::prelude::*;

use super::*;

fn time(numerator: i64, denominator: i64) -> Time {
    Time::new(numerator, denominator).unwrap()
}

#[test]
fn the_beats_of_usual_tempi_fall_where_arithmetic_says() {
    let transport = Transport::new(48_000.0, 120.0, 4.0).unwrap();
    assert_eq!(transport.frame_of(time(1, 4)), 24_000);
    let transport = Transport::new(44_100.0, 128.0, 4.0).unwrap();
    // 1/16 cycle is 5167.96875 frames.
    assert_eq!(transport.frame_of(time(1, 16)), 5168);
    assert_eq!(transport.frame_of(time(3, 16)), 15_504);
    // Three beats a cycle.
    let waltz = Transport::new(48_000.0, 90.0, 3.0).unwrap();
    assert_eq!(waltz.frame_of(time(2, 3)), 64_000);
}

#[test]
fn halves_round_up_on_both_sides_of_the_anchor() {
    // A cycle of one frame.
    let transport = Transport::new(1.0, 60.0, 1.0).unwrap();
    for (numerator, frame) in [
        (0, 0),
        (1, 1),
        (2, 1),
        (3, 2),
        (-1, 0),
        (-2, -1),
        (-3, -1),
        (-4, -2),
    ] {
        assert_eq!(
            transport.frame_of(time(numerator, 2)),
            frame,
            "{numerator}/2"
        );
    }
    assert_eq!(transport.frame_of(time(-2, 3)), -1);
    assert_eq!(transport.frame_of(time(-1, 3)), 0);
}

#[test]
fn a_hundred_hours_at_an_odd_tempo_stay_within_half_a_frame() {
    // 127.3 is not what it seems: its exact value is 8957941133816627 / 2⁴⁶.
    let transport = Transport::new(44_100.0, 127.3, 4.0).unwrap();
    let mantissa = 8_957_941_133_816_627_i128;
    assert_eq!(mantissa as f64 / (1i64 << 46) as f64, 127.3);
    let sixteenth = 44_100 * 60 * 4 * (1i128 << 46);
    for step in (0..3_000_000).step_by(9_973) {
        let (n, d) = (sixteenth * step, 16 * mantissa);
        let exact = (2 * n + d).div_euclid(2 * d);
        assert_eq!(
            i128::from(transport.frame_of(time(step as i64, 16))),
            exact,
            "step {step}"
        );
    }
}

#[test]
fn a_change_of_tempo_keeps_the_position() {
    let mut transport = Transport::new(48_000.0, 120.0, 4.0).unwrap();
    // In the middle of cycle 1.
    transport.change(144_000, 60.0, 4.0).unwrap();
    assert_eq!(transport.position(144_000), time(3, 2));
    assert_eq!(transport.frame_of(time(2, 1)), 144_000 + 96_000);
    transport.change(240_000, 120.0, 3.0).unwrap();
    assert_eq!(transport.frame_of(time(3, 1)), 240_000 + 72_000);
    let before = transport.clone();
    assert!(transport.change(300_000, 0.0, 4.0).is_err());
    assert_eq!(transport, before);
}

#[test]
fn ten_thousand_changes_of_tempo_drift_by_less_than_a_frame() {
    let mut transport = Transport::new(48_000.0, 120.0, 4.0).unwrap();
    for change in 1..=10_000u64 {
        let tempo = if change % 2 == 0 { 120.0 } else { 60.0 };
        transport.change(change * 1001, tempo, 4.0).unwrap();
    }
    // Frames alternate between 120 and 60 beats a minute: three quarters of the cycles of 120 throughout.
    let exact = 10_000.0 * 1001.0 * 0.75 / 96_000.0;
    let frames = (transport.position(10_010_000).to_f64() - exact).abs() * 96_000.0;
    assert!(frames < 1.0, "{frames} frames");
}

#[test]
fn times_with_the_longest_denominators_are_exact() {
    let transport = Transport::new(48_000.0, 127.3, 4.0).unwrap();
    let (a, b) = (time(i64::MAX - 24, i64::MAX - 1), time(1, i64::MAX - 2));
    // Both terms together are 1 − 10⁻¹⁸·22: the same frame as 1.
    assert_eq!(transport.frame_of_sum(a, b), transport.frame_of(Time::ONE));
    assert_eq!(transport.frame_of(Time::integer(i64::MAX)), i64::MAX);
    assert_eq!(transport.frame_of(Time::integer(i64::MIN)), i64::MIN);
}

#[test]
fn numbers_that_make_no_time_are_refused() {
    for (rate, tempo, meter) in [
        (0.0, 120.0, 4.0),
        (48_000.0, f64::NAN, 4.0),
        (48_000.0, 120.0, -4.0),
        (f64::INFINITY, 120.0, 4.0),
    ] {
        let error = Transport::new(rate, tempo, meter).unwrap_err();
        assert!(error.to_string().contains("make no time"), "{error}");
    }
}

proptest! {
    #[test]
    fn positions_and_frames_agree(
        tempo in 20.0..400.0f64,
        meter in 1u32..16,
        rate in prop::sample::select(vec![22_050.0, 44_100.0, 48_000.0, 96_000.0, 47_999.9]),
        changed_at in 0u64..10_000_000,
        later in 0u64..1_000_000_000,
    ) {
        let mut transport = Transport::new(rate, 120.0, 4.0).unwrap();
        transport.change(changed_at, tempo, f64::from(meter)).unwrap();
        let frame = changed_at + later;
        let position = transport.position(frame);
        prop_assert_eq!(transport.frame_of(position), frame as i64);
        let float = transport.cycles_at(frame);
        prop_assert!((float - position.to_f64()).abs() <= 1e-9 + 1e-12 * float);
    }
}

proptest! {
    #[test]
    fn what_fits_into_127_bits_is_the_same_there(
        tempo in prop_oneof![Just(120.0), Just(127.3), 20.0..400.0f64],
        rate in prop::sample::select(vec![1.0, 22_050.0, 44_100.0, 48_000.0, 96_000.0, 47_999.9]),
        changed_at in prop_oneof![Just(0), 0u64..10_000_000],
        (n0, d0) in (-1_000_000i64..1_000_000, 1i64..400),
        (n1, d1) in (-1_000_000i64..1_000_000, 1i64..400),
    ) {
        let mut transport = Transport::new(rate, 120.0, 4.0).unwrap();
        if changed_at > 0 {
            transport.change(changed_at, tempo, 4.0).unwrap();
        }
        let (origin, local) = (time(n0, d0), time(n1, d1));
        let long = transport.long_frames_since_anchor(origin, local);
        let short = transport.short_frames_since_anchor(origin, local);
        prop_assert!(short.is_none() || short == long, "{short:?} for {long:?}");
        prop_assert!(short.is_some() || changed_at > 0 || tempo != 120.0);
    }
}
