//! What is refused, and that nothing huge is built, walked or printed.

use super::super::*;
use super::t;

#[test]
fn a_thousand_million_repetitions_cost_one_node_and_answer_short_queries() {
    let pattern = hit() * 1_000_000_000;
    let events = pattern
        .query(Time::HALF, t(500_000_003, 1_000_000_000), 0)
        .unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(
        pattern.query(Time::ZERO, Time::ONE, 0),
        Err(PatternError::TooManyEvents)
    );
}

#[test]
fn dense_silence_ends_with_an_error() {
    let silent = hit().thin(1.0, 0).unwrap() * 1_000_000_000;
    assert_eq!(silent.query(Time::ZERO, Time::ONE, 0), Ok(vec![]));
    let nearly_silent = hit().thin(0.999_999_9, 0).unwrap() * 1_000_000_000;
    assert_eq!(
        nearly_silent.query(Time::ZERO, Time::ONE, 0),
        Err(PatternError::TooMuchWork)
    );
}

#[test]
fn nesting_stops_at_the_limit() {
    let mut pattern = hit();
    for _ in 1..MAX_DEPTH {
        pattern = pattern.reverse().unwrap();
    }
    assert!(pattern.query(Time::ZERO, Time::ONE, 0).is_ok());
    assert_eq!(
        pattern.reverse().unwrap_err(),
        PatternError::TooDeep {
            depth: MAX_DEPTH + 1
        }
    );
    let deferred = pattern * 2;
    assert_eq!(
        deferred.check(),
        Err(PatternError::TooDeep {
            depth: MAX_DEPTH + 1
        })
    );
    assert_eq!(
        deferred.query(Time::ZERO, Time::ONE, 0),
        Err(PatternError::TooDeep {
            depth: MAX_DEPTH + 1
        })
    );
    assert_eq!(
        (deferred + hit()).fast(2).unwrap_err(),
        PatternError::TooDeep {
            depth: MAX_DEPTH + 1
        }
    );
}

#[test]
fn melodies_of_melodies_count_as_nesting() {
    let mut pattern = hit();
    for _ in 1..MAX_DEPTH {
        pattern = structure(&hit(), &pattern).unwrap();
    }
    assert_eq!(
        structure(&hit(), &pattern).unwrap_err(),
        PatternError::TooDeep {
            depth: MAX_DEPTH + 1
        }
    );
}

#[test]
fn brackets_without_end_are_an_error() {
    let options = NoteOptions::new();
    for open in ["(", "[", "<"] {
        assert_eq!(
            parse(&open.repeat(100_000), &options).unwrap_err(),
            PatternError::TooDeep {
                depth: MAX_DEPTH + 1
            }
        );
    }
}

#[test]
fn transforms_nested_without_end_drop_and_refuse_to_apply() {
    let mut change = Transform::Reverse;
    for _ in 0..100_000 {
        change = Transform::Every(2, change.into());
    }
    assert!(matches!(
        change.apply(&hit()),
        Err(PatternError::TooDeep { .. })
    ));
    drop(change);
}

#[test]
fn doubling_a_shared_pattern_stays_small_in_memory_and_text() {
    let mut pattern = hit();
    for _ in 0..100 {
        pattern = sequence([pattern.clone(), pattern]).unwrap();
    }
    assert!(pattern.to_string().len() < 3000);
    assert!(pattern.period().is_some());
    assert!(pattern.query(Time::ZERO, Time::ONE, 0).is_err());
    assert!(matches!(
        structure(&hit(), &pattern),
        Err(PatternError::TooManyItems { .. })
    ));
}

#[test]
fn long_chains_of_plus_end_with_an_error() {
    let mut pattern = hit();
    for _ in 0..16 {
        pattern = pattern.clone() + pattern;
    }
    assert!(pattern.check().is_ok());
    assert!(matches!(
        (pattern + hit()).check(),
        Err(PatternError::TooManyItems { given: 65_537, .. })
    ));
}

#[test]
fn times_that_do_not_fit_are_errors() {
    let mut pattern = hit();
    for _ in 0..40 {
        pattern = pattern.over(t(7, 3)).unwrap();
    }
    assert_eq!(
        pattern.query(Time::ZERO, Time::ONE, 0),
        Err(PatternError::Time(TimeError::Overflow))
    );
    assert!(
        hit()
            .query(Time::integer(i64::MAX - 1), Time::integer(i64::MAX), 0)
            .is_err()
    );
}

#[test]
fn arguments_out_of_range_are_refused_with_their_bounds() {
    let messages = [
        (hit().repeat(0).unwrap_err(), "cannot be repeated 0 times"),
        (
            hit().over(0).unwrap_err(),
            "`over` is 0; it must be above 0",
        ),
        (
            hit().fast(-1.5).unwrap_err(),
            "`fast` is -3/2; it must be above 0",
        ),
        (hit().over(f64::NAN).unwrap_err(), "NaN is not a time"),
        (hit().gate(0).unwrap_err(), "`gate` is 0"),
        (
            hit().spread(9, 8, 0).unwrap_err(),
            "`spread(9, 8)` does not fit",
        ),
        (
            hit().spread(0, 0, 0).unwrap_err(),
            "`spread(0, 0)` does not fit",
        ),
        (
            hit().every(0, |p| p.reverse()).unwrap_err(),
            "`every(0, …)` never happens",
        ),
        (
            hit().thin(1.5, 0).unwrap_err(),
            "`thin probability` is 1.5; it must be between 0 and 1",
        ),
        (
            hit().thin(f64::NAN, 0).unwrap_err(),
            "`thin probability` is NaN",
        ),
        (
            hit().swing(1, 8).unwrap_err(),
            "`swing amount (exclusive range)` is 1",
        ),
        (
            hit().swing(0.6, 7).unwrap_err(),
            "swing grid 7 has no pairs",
        ),
        (
            hit().mask("x y").unwrap_err(),
            "column 3: `y`: not a mask mark",
        ),
        (hit().mask(" ").unwrap_err(), "`mask` has no items"),
        (seq::<&str>([]).unwrap_err(), "`seq` has no items"),
        (chord::<&str>([]).unwrap_err(), "`note` has no items"),
        (cat([]).unwrap_err(), "`cat` has no items"),
        (
            midi_note(60, 200, 0, 1).unwrap_err(),
            "`velocity` is 200; it must be between 0 and 127",
        ),
        (
            cc(1, 1, 16).unwrap_err(),
            "`channel` is 16; it must be between 0 and 15",
        ),
        (
            osc("cutoff", &[]).unwrap_err(),
            "`cutoff` is no OSC address",
        ),
        (
            curve(Shape::Sine, 0.0, f64::INFINITY, 64).unwrap_err(),
            "`sine(hi)` is inf",
        ),
        (
            curve(Shape::Sine, 0.0, 1.0, 0).unwrap_err(),
            "`sine(steps)` is 0",
        ),
        (
            NoteOptions::new().velocity(f64::NAN).hit().unwrap_err(),
            "`vel` is NaN",
        ),
        (
            NoteOptions::new()
                .param("cutoff", f64::NAN)
                .hit()
                .unwrap_err(),
            "`cutoff` is NaN",
        ),
        (
            NoteOptions::new().gate_param("").hit().unwrap_err(),
            "control name",
        ),
    ];
    for (error, expected) in messages {
        assert!(
            error.to_string().contains(expected),
            "{error} should contain {expected}"
        );
    }
}
