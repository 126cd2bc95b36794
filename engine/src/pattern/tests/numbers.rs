//! Time arithmetic, Euclidean tables and pitch names.

use super::super::*;
use super::t;

#[test]
fn floats_become_the_fraction_a_player_means() {
    for (value, expected) in [
        (0.67, t(67, 100)),
        (1.0 / 3.0, t(1, 3)),
        (0.333, t(1, 3)),
        (0.25, t(1, 4)),
        (-1.5, t(-3, 2)),
        (0.001, t(1, 1000)),
        (0.0, t(0, 1)),
        (1e15, t(1_000_000_000_000_000, 1)),
        (0.0035, t(7, 2000)),
    ] {
        assert_eq!(Time::from_f64(value), Ok(expected), "{value}");
    }
}

#[test]
fn floats_that_are_no_times_are_refused() {
    assert!(matches!(
        Time::from_f64(f64::NAN),
        Err(TimeError::NotFinite(_))
    ));
    assert!(matches!(
        Time::from_f64(f64::INFINITY),
        Err(TimeError::NotFinite(_))
    ));
    assert!(matches!(
        Time::from_f64(1e19),
        Err(TimeError::OutOfRange(_))
    ));
    assert!(matches!(
        Time::from_f64(1e-300),
        Err(TimeError::OutOfRange(_))
    ));
}

#[test]
fn overflow_is_an_error_not_a_panic() {
    let huge = Time::integer(i64::MAX);
    assert_eq!(huge.add(Time::ONE), Err(TimeError::Overflow));
    assert_eq!(huge.mul(huge), Err(TimeError::Overflow));
    assert_eq!(
        t(1, i64::MAX).add(t(1, i64::MAX - 1)),
        Err(TimeError::Overflow)
    );
    assert_eq!(Time::integer(i64::MIN).neg(), Err(TimeError::Overflow));
    assert_eq!(Time::new(i64::MIN, i64::MIN), Ok(Time::ONE));
    assert_eq!(Time::ONE.div(Time::ZERO), Err(TimeError::DivisionByZero));
}

#[test]
fn floor_and_ceil_round_towards_their_side_below_zero_too() {
    assert_eq!((t(-7, 2).floor(), t(-7, 2).ceil()), (-4, -3));
    assert_eq!((t(7, 2).floor(), t(7, 2).ceil()), (3, 4));
    assert_eq!((t(4, 2).floor(), t(4, 2).ceil()), (2, 2));
}

#[test]
fn euclidean_rhythms_match_bjorklunds_tables() {
    for (pulses, steps, rotation, expected) in [
        (3, 8, 0, "x..x..x."),
        (5, 8, 0, "x.xx.xx."),
        (5, 16, 0, "x..x..x..x..x..."),
        (7, 16, 0, "x..x.x.x..x.x.x."),
        (2, 5, 0, "x.x.."),
        (4, 9, 0, "x.x.x.x.."),
        (5, 12, 0, "x..x.x..x.x."),
        (7, 12, 0, "x.xx.x.xx.x."),
        (3, 7, 0, "x.x.x.."),
        (5, 13, 0, "x..x.x..x.x.."),
        (4, 6, 0, "x.xx.x"),
        (5, 9, 0, "x.x.x.x.x"),
        (9, 16, 0, "x.xx.x.x.xx.x.x."),
        (3, 8, 1, "..x..x.x"),
        (3, 8, 9, "..x..x.x"),
        (3, 8, -7, "..x..x.x"),
        (0, 4, 0, "...."),
        (4, 4, 0, "xxxx"),
    ] {
        let found: String = euclid(pulses, steps, rotation)
            .unwrap()
            .iter()
            .map(|&on| if on { 'x' } else { '.' })
            .collect();
        assert_eq!(found, expected, "({pulses},{steps},{rotation})");
    }
}

#[test]
fn note_names_follow_scientific_pitch() {
    for (name, midi) in [
        ("C4", 60),
        ("A4", 69),
        ("Cb4", 59),
        ("B#8", 120),
        ("Cs4", 61),
        ("C#4", 61),
        ("Bb3", 58),
    ] {
        assert_eq!(parse_note(name), Ok(midi), "{name}");
    }
    assert_eq!(midi_to_name(61), "Cs4");
    assert_eq!(ftom(440.0), Ok(69));
    assert_eq!(ftom(1e9), Ok(127));
    assert!((mtof(57.0) - 220.0).abs() < 1e-12);
}

#[test]
fn bad_pitches_say_what_to_write() {
    let message = |pitch: Pitch| pitch.hertz().unwrap_err().to_string();
    assert!(
        message(Pitch::Name("c4")).contains("write `C4`"),
        "{}",
        message(Pitch::Name("c4"))
    );
    assert!(message(Pitch::Name("C10")).contains("write `C8`"));
    assert!(message(Pitch::Name("C")).contains("write `C4`"));
    assert!(message(Pitch::Name("♯")).contains("such as `A2`"));
    assert!(message(Pitch::Midi(128)).contains("between 0 and 127"));
    assert!(message(Pitch::Hertz(0.0)).contains("above 0"));
    assert!(message(Pitch::Hertz(f64::NAN)).contains("finite"));
}
