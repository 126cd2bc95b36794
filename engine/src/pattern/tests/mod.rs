//! Tests of the pattern engine: the tables of the specification, properties, limits, error texts.

mod limits;
mod notation;
mod numbers;
mod properties;
mod semantics;

use super::{EventKind, Pattern, Time};

/// `numerator / denominator`.
fn t(numerator: i64, denominator: i64) -> Time {
    Time::new(numerator, denominator).expect("test fractions are valid")
}

/// Onset and gate end of every note from cycle `from` to `to`.
fn gates(pattern: &Pattern, from: i64, to: i64) -> Vec<(Time, Time)> {
    let events = pattern
        .query(Time::integer(from), Time::integer(to), 1)
        .expect("the pattern is valid");
    events
        .into_iter()
        .map(|event| match event.kind {
            EventKind::Note(note) => (event.onset, note.gate_end),
            other => panic!("expected notes only, found {other:?}"),
        })
        .collect()
}

/// Onsets of every event from cycle `from` to `to`, as text.
fn onsets(pattern: &Pattern, from: i64, to: i64) -> String {
    let events = pattern
        .query(Time::integer(from), Time::integer(to), 1)
        .expect("the pattern is valid");
    events
        .iter()
        .map(|event| event.onset.to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Onset and pitch, rounded to whole hertz, of every note from cycle `from` to `to`.
fn pitches(pattern: &Pattern, from: i64, to: i64) -> String {
    let events = pattern
        .query(Time::integer(from), Time::integer(to), 1)
        .expect("the pattern is valid");
    let text = events.iter().map(|event| match &event.kind {
        EventKind::Note(note) => format!("{}:{:.0}", event.onset, note.pitch_hz.unwrap_or(0.0)),
        other => panic!("expected notes only, found {other:?}"),
    });
    text.collect::<Vec<_>>().join(" ")
}
