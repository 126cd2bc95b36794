//! Edits while notes are held.

use synthc_engine::Session;
use synthc_engine::carry::Fate;
use synthc_engine::pattern::Pattern;
use synthc_engine::session::NodeOptions;
use synthc_ir::library::{adsr, resonant, sine_osc};

use crate::rig::*;

fn voice(cutoff: f64) -> synthc_ir::Signal {
    let gate = control("gate", 0.0, 0.0, 1.0);
    let freq = control("freq", 220.0, 20.0, 4000.0);
    resonant(sine_osc(freq), cutoff, 0.7) * adsr(0.05, 0.1, 0.8, 0.5, gate) * 0.2
}

/// Long notes on several voices.
fn chord(count: i64, cutoff: f64) -> Session {
    let mut session = Session::new();
    let options = NodeOptions::default().count(count);
    session.node("pad", source(voice(cutoff)), options).unwrap();
    let notes = [57.0, 61.0, 64.0].map(|n| synthc_engine::pattern::note(n).unwrap());
    let chord: Pattern = synthc_engine::pattern::stack(notes).unwrap();
    session.play("pad", &chord.slow(8).unwrap()).unwrap();
    session
}

#[test]
fn held_notes_sound_on_in_a_changed_function() {
    let heard = goes_on(&chord(4, 900.0), &chord(4, 1800.0));
    assert!(matches!(
        heard.fate("pad"),
        Fate::Carried { state: 4.., .. }
    ));
}

#[test]
fn voices_added_and_taken_away() {
    for (from, to) in [(4, 8), (8, 4), (8, 3), (4, 2), (3, 1), (1, 3)] {
        let heard = goes_on(&chord(from, 900.0), &chord(to, 900.0));
        assert_eq!(
            heard.fate("pad"),
            Fate::Resized {
                from: from as usize,
                to: to as usize
            }
        );
    }
}

/// Voices that sound without a note.
fn drones(count: i64, echo: bool) -> Session {
    let dry = sine_osc(220.0) * 0.1;
    let wet = synthc_ir::library::delay(&dry, 3_000.0) * 0.5;
    let mut session = Session::new();
    let options = NodeOptions::default().count(count);
    let output = if echo { dry + wet } else { dry };
    session.node("pad", source(output), options).unwrap();
    session
}

#[test]
fn voices_that_need_no_note_come_in_and_go_out() {
    for echo in [false, true] {
        for (from, to) in [(1, 2), (2, 4), (4, 2), (3, 8), (8, 3)] {
            goes_on(&drones(from, echo), &drones(to, echo));
        }
    }
}

#[test]
fn voices_are_added_to_a_function_that_changes() {
    for (from, to) in [(1, 2), (2, 4), (4, 2), (3, 8)] {
        goes_on(&drones(from, false), &drones(to, true));
        goes_on(&drones(from, true), &drones(to, false));
    }
}

#[test]
fn more_voices_change_no_bit_of_those_that_sound() {
    let before = chord(4, 900.0);
    let edited = play(&[(&before, 150), (&chord(8, 900.0), 150)]);
    let alone = play(&[(&before, 300)]);
    assert!(edited.left == alone.left);
}
