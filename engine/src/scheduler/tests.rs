//! What is handed out, and that windows have no influence on it.

use proptest::prelude::*;
use synthc_ir::{Control, Signal};

use super::*;
use crate::event::NodeKey;
use crate::event::{LevelTarget, NoteParams};
use crate::pattern::{self, Pattern, hit, rest, seq};
use crate::session::{NodeDefinition, NodeOptions, PlayOptions, Shape};

const RATE: f64 = 48_000.0;

fn node(controls: &[&str]) -> NodeDefinition {
    let declare = |name: &&str| Signal::control(Control::new(*name, 0.0, 0.0, 20_000.0));
    let sum = controls.iter().map(declare).reduce(|a, b| a + b);
    NodeDefinition::source(sum).unwrap()
}

/// A kick, a hat, a bass and a reverb at 128 beats a minute: a cycle is 90 000 frames.
fn beat() -> Session {
    let mut session = Session::new();
    session.set_tempo(128.0).unwrap();
    let plain = NodeOptions::default;
    session.node("kick", node(&["gate"]), plain()).unwrap();
    session
        .node("hat", node(&["gate", "vel"]), plain())
        .unwrap();
    session
        .node("bass", node(&["freq", "gate", "cutoff"]), plain())
        .unwrap();
    let verb = NodeDefinition::effect(1, [Signal::input(0)]).unwrap();
    session.node("verb", verb, plain()).unwrap();
    session.send("hat", "verb", 0.4).unwrap();
    session.play("kick", &(hit() * 4)).unwrap();
    session.play("hat", &((rest() + hit()) * 4)).unwrap();
    let line = seq([Some("A2"), Some("D3"), None, Some("E2")])
        .unwrap()
        .over(2)
        .unwrap();
    session.play("bass", &line).unwrap();
    let sweep = pattern::curve(pattern::Shape::Sine, 200.0, 2000.0, 64).unwrap();
    session
        .play("bass/cutoff", &sweep.over(4).unwrap())
        .unwrap();
    session
}

const BOUNDS: Bounds = Bounds {
    waiting: 64,
    window: 16,
    frames: 960,
};

fn scheduler(session: &Session) -> Scheduler {
    let mut scheduler = Scheduler::new(RATE, 0, 256, BOUNDS).unwrap();
    scheduler.update(session, 0).unwrap();
    scheduler
}

fn events(output: Vec<Output>) -> Vec<Event> {
    let event = |output| match output {
        Output::Event(event) => Some(event),
        Output::Epoch { .. } => None,
    };
    output.into_iter().filter_map(event).collect()
}

/// All events before a frame.
fn run(session: &Session, to: u64) -> Vec<Event> {
    let mut scheduler = scheduler(session);
    scheduler.advance(to);
    events(scheduler.take_output())
}

fn key(session: &Session, name: &str) -> NodeKey {
    scheduler(session).book().node(name).unwrap().key
}

/// Frames of note-ons and of note-offs of a node.
fn notes(events: &[Event], node: NodeKey) -> (Vec<u64>, Vec<u64>) {
    let mut frames = (Vec::new(), Vec::new());
    for event in events
        .iter()
        .filter(|event| event.kind.node() == Some(node))
    {
        match event.kind {
            EventKind::NoteOn { .. } => frames.0.push(event.frame),
            EventKind::NoteOff { .. } => frames.1.push(event.frame),
            _ => {}
        }
    }
    frames
}

fn params(events: &[Event], node: NodeKey) -> Vec<NoteParams> {
    let params = events
        .iter()
        .filter(|event| event.kind.node() == Some(node));
    params
        .filter_map(|event| {
            if let EventKind::NoteOn { params, .. } = event.kind {
                Some(params)
            } else {
                None
            }
        })
        .collect()
}

#[test]
fn the_notes_of_a_beat_fall_on_their_frames() {
    let session = beat();
    let events = run(&session, 90_000);
    let (on, off) = notes(&events, key(&session, "kick"));
    assert_eq!(on, [0, 22_500, 45_000, 67_500]);
    assert_eq!(off, [11_250, 33_750, 56_250, 78_750]);
    let (on, off) = notes(&events, key(&session, "hat"));
    assert_eq!(on, [11_250, 33_750, 56_250, 78_750]);
    assert_eq!(off, [16_875, 39_375, 61_875, 84_375]);
}

#[test]
fn a_line_over_two_cycles_keeps_its_pitches_and_gates() {
    let session = beat();
    let events = run(&session, 180_000);
    let bass = key(&session, "bass");
    let (on, off) = notes(&events, bass);
    assert_eq!(on, [0, 45_000, 135_000]);
    assert_eq!(off, [22_500, 67_500, 157_500]);
    let pitches: Vec<f64> = params(&events, bass)
        .iter()
        .map(|p| p.as_slice()[0].1)
        .collect();
    for (pitch, exact) in pitches
        .iter()
        .zip([110.0, 146.832_383_958_703_8, 82.406_889_228_217_48])
    {
        assert!((pitch - exact).abs() < 1e-9, "{pitch}");
    }
}

#[test]
fn a_slow_sine_on_a_control_is_held_in_steps_across_cycles() {
    let session = beat();
    let events = run(&session, 360_000);
    let bass = key(&session, "bass");
    let steps: Vec<(u64, f64)> = events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::Value {
                node,
                control: 2,
                value,
            } if node == bass => Some((event.frame, value)),
            _ => None,
        })
        .collect();
    assert_eq!(steps.len(), 64);
    for (index, (frame, value)) in steps.iter().enumerate() {
        assert_eq!(*frame, 5_625 * index as u64);
        let exact = 1100.0 + 900.0 * (std::f64::consts::TAU * index as f64 / 64.0).sin();
        assert!((value - exact).abs() < 1e-9, "step {index}: {value}");
    }
}

#[test]
fn events_of_one_frame_are_note_offs_then_values_then_note_ons() {
    let mut session = beat();
    // Each note ends where the next begins.
    session.play("kick", &(hit().gate(1).unwrap() * 4)).unwrap();
    let events = run(&session, 200_000);
    let order: Vec<_> = events
        .iter()
        .map(|event| (event.frame, event.kind.class()))
        .collect();
    assert!(order.is_sorted(), "{order:?}");
    assert!(
        events
            .windows(2)
            .all(|pair| pair[0].sequence < pair[1].sequence)
    );
    let classes: Vec<u8> = order
        .iter()
        .filter(|(frame, _)| *frame == 45_000)
        .map(|(_, class)| *class)
        .collect();
    assert!(classes.starts_with(&[0, 1, 2]), "{classes:?}");
}

#[test]
fn a_note_lasts_one_frame_at_least() {
    let mut session = beat();
    session
        .play("kick", &(hit() * 65_536).fast(2).unwrap())
        .unwrap();
    let kick = key(&session, "kick");
    let (on, off) = notes(&run(&session, 90_001), kick);
    assert_eq!(on.len(), 131_073);
    assert!(on.iter().zip(&off).all(|(on, off)| off > on));
}

#[test]
fn a_chord_begins_and_ends_together() {
    let mut session = beat();
    session
        .play("bass", &pattern::chord([220.0, 330.0, 440.0]).unwrap())
        .unwrap();
    let bass = key(&session, "bass");
    let (on, off) = notes(&run(&session, 90_000), bass);
    assert_eq!((on, off), (vec![0; 3], vec![45_000; 3]));
}

#[test]
fn where_some_note_states_a_velocity_the_others_are_one_from_the_first_cycle_on() {
    let mut session = beat();
    let soft = pattern::NoteOptions::new().velocity(0.5).hit().unwrap();
    session.play("hat", &(hit() + soft + hit())).unwrap();
    let hat = key(&session, "hat");
    let velocities: Vec<_> = params(&run(&session, 90_000), hat)
        .iter()
        .map(|p| p.as_slice().to_vec())
        .collect();
    assert_eq!(velocities, [vec![(1, 1.0)], vec![(1, 0.5)], vec![(1, 1.0)]]);
}

#[test]
fn what_a_node_does_not_have_is_ignored_and_told_once() {
    let mut session = beat();
    let strange = pattern::NoteOptions::new()
        .param("wobble", 1.0)
        .note("A4")
        .unwrap();
    session.play("kick", &(strange * 4)).unwrap();
    let mut scheduler = scheduler(&session);
    scheduler.advance(400_000);
    let told = scheduler.take_warnings();
    let no_pitch = Warning::NoPitch {
        node: "kick".into(),
    };
    let unknown = Warning::UnknownControl {
        node: "kick".into(),
        control: "wobble".into(),
        nearest: None,
    };
    assert_eq!(told, [no_pitch, unknown]);
    assert!(
        params(&events(scheduler.take_output()), key(&session, "kick"))
            .iter()
            .all(|p| p.as_slice().is_empty())
    );
}

#[test]
fn the_path_of_another_node_in_a_note_reaches_it() {
    let mut session = beat();
    let duck = pattern::NoteOptions::new()
        .param("bass/cutoff", 300.0)
        .hit()
        .unwrap();
    session.hush("bass/cutoff").unwrap();
    session.play("kick", &duck).unwrap();
    let bass = key(&session, "bass");
    let ducked = run(&session, 1).into_iter().any(|event| {
        event.kind
            == EventKind::Value {
                node: bass,
                control: 2,
                value: 300.0,
            }
    });
    assert!(ducked);
}

#[test]
fn a_replaced_pattern_goes_over_without_loss_or_doubling() {
    let mut session = beat();
    let mut scheduler = scheduler(&session);
    scheduler.advance(30_000);
    // Twice as fast from here.
    session.play("kick", &(hit() * 8)).unwrap();
    scheduler.update(&session, 29_000).unwrap();
    scheduler.advance(90_000);
    let (on, off) = notes(&events(scheduler.take_output()), key(&session, "kick"));
    assert_eq!(on, [0, 22_500, 33_750, 45_000, 56_250, 67_500, 78_750]);
    // The note that was sounding keeps its end.
    assert_eq!(off[..3], [11_250, 33_750, 39_375]);
}

#[test]
fn the_same_pattern_again_plays_on() {
    let session = beat();
    let mut scheduler = scheduler(&session);
    scheduler.advance(30_000);
    scheduler.update(&beat(), 29_000).unwrap();
    scheduler.advance(360_000);
    assert_eq!(events(scheduler.take_output()), run(&session, 360_000));
}

#[test]
fn hush_ends_sounding_notes_at_once_and_discards_what_is_committed() {
    let mut session = beat();
    let mut scheduler = scheduler(&session);
    scheduler.advance(23_000);
    let before = events(scheduler.take_output());
    let slot = before
        .iter()
        .find(|event| event.kind.node() == Some(key(&session, "kick")))
        .unwrap()
        .slot;
    session.hush("kick").unwrap();
    scheduler.update(&session, 22_600).unwrap();
    scheduler.advance(360_000);
    let after = scheduler.take_output();
    assert!(after.contains(&Output::Epoch { slot, epoch: 1 }));
    let (on, off) = notes(&events(after), key(&session, "kick"));
    assert_eq!((on, off), (vec![], vec![22_600]));
    // Played again, the slot is used in its new epoch.
    session.play("kick", &(hit() * 4)).unwrap();
    scheduler.update(&session, 360_000).unwrap();
    scheduler.advance(361_000);
    let again = events(scheduler.take_output());
    let note = again
        .iter()
        .find(|event| event.kind.node() == Some(key(&session, "kick")))
        .unwrap();
    assert_eq!((note.frame, note.slot, note.epoch), (360_000, slot, 1));
}

#[test]
fn a_change_of_tempo_moves_what_is_to_come_and_keeps_the_beat() {
    let mut session = beat();
    let mut scheduler = scheduler(&session);
    scheduler.advance(30_000);
    // Half the tempo at a third of the cycle.
    session.set_tempo(64.0).unwrap();
    scheduler.update(&session, 29_000).unwrap();
    scheduler.advance(150_000);
    let (on, off) = notes(&events(scheduler.take_output()), key(&session, "kick"));
    assert_eq!(on, [0, 22_500, 60_000, 105_000]);
    assert_eq!(off, [11_250, 37_500, 82_500, 127_500]);
}

#[test]
fn from_zero_counts_from_where_it_starts() {
    let mut session = beat();
    let mut scheduler = scheduler(&session);
    scheduler.advance(30_000);
    let line = seq([100.0, 200.0]).unwrap();
    session
        .play_with(
            "bass",
            &line,
            PlayOptions {
                from_zero: true,
                swing: None,
            },
        )
        .unwrap();
    scheduler.update(&session, 30_000).unwrap();
    scheduler.advance(210_000);
    let (on, _) = notes(&events(scheduler.take_output()), key(&session, "bass"));
    assert_eq!(on[1..], [30_000, 75_000, 120_000, 165_000]);
}

#[test]
fn a_pattern_that_fails_is_told_and_the_others_play_on() {
    let mut session = beat();
    // The first cycles are fine; those after the fourth ask for too many events.
    let many = (0..16)
        .try_fold(hit(), |p, _| {
            Ok::<_, pattern::PatternError>((p.clone() + p) * 2)
        })
        .unwrap();
    let late = pattern::cat(vec![hit(), hit(), hit(), hit(), many]).unwrap();
    session.play("hat", &late).unwrap();
    let mut scheduler = scheduler(&session);
    scheduler.advance(540_000);
    assert!(
        matches!(&scheduler.take_warnings()[..], [Warning::PatternFailed { path, .. }] if path == "hat")
    );
    let (on, _) = notes(&events(scheduler.take_output()), key(&session, "kick"));
    assert_eq!(on.len(), 24);
}

fn levels(events: &[Event]) -> Vec<(u64, LevelTarget, f64)> {
    let level = |event: &Event| match event.kind {
        EventKind::Level { target, value } => Some((event.frame, target, value)),
        _ => None,
    };
    events.iter().filter_map(level).collect()
}

#[test]
fn a_fade_ends_exactly_and_then_rests() {
    let mut session = beat();
    session.gain("kick", 0.8).unwrap();
    session.fade("kick", 0.1, 2.0).unwrap();
    let levels = levels(&run(&session, 400_000));
    assert_eq!(
        levels[0],
        (0, LevelTarget::Gain(key(&session, "kick")), 0.8)
    );
    let (frame, _, value) = *levels.last().unwrap();
    // At its own frame, which is none of the grid.
    assert_eq!((frame, value), (180_000, 0.1));
    let steps = &levels[..levels.len() - 1];
    assert!(steps.iter().all(|(frame, _, _)| frame % 64 == 0));
    let middle = levels
        .iter()
        .find(|(frame, _, _)| *frame == 90_048)
        .unwrap()
        .2;
    assert!((middle - (0.8 - 0.7 * 90_048.0 / 180_000.0)).abs() < 1e-12);
}

#[test]
fn a_modulation_runs_until_it_is_stopped() {
    let mut session = beat();
    session
        .modulate("hat/verb_send", Shape::Square, 0.0, 0.5, 2.0)
        .unwrap();
    session
        .modulate("master", Shape::Ramp, 0.0, 1.0, 1.0)
        .unwrap();
    let mut scheduler = scheduler(&session);
    scheduler.advance(270_000);
    let output = levels(&events(scheduler.take_output()));
    let sends: Vec<_> = output
        .iter()
        .filter(|(_, target, _)| matches!(target, LevelTarget::Send { .. }))
        .map(|(frame, _, value)| (*frame, *value))
        .collect();
    assert_eq!(sends, [(0, 0.5), (90_048, 0.0), (180_032, 0.5)]);
    session.unmod("hat/verb_send").unwrap();
    session.unmod("master").unwrap();
    scheduler.update(&session, 270_000).unwrap();
    scheduler.advance(540_000);
    assert!(levels(&events(scheduler.take_output())).is_empty());
}

#[test]
fn a_fade_of_what_a_modulation_moves_starts_where_it_is() {
    let mut session = beat();
    session
        .modulate("master", Shape::Ramp, 0.0, 1.0, 1.0)
        .unwrap();
    let mut scheduler = scheduler(&session);
    scheduler.advance(45_056);
    scheduler.take_output();
    session.fade("master", 0.0, 1.0).unwrap();
    scheduler.update(&session, 45_056).unwrap();
    scheduler.advance(45_057);
    let output = levels(&events(scheduler.take_output()));
    let (frame, _, value) = output[0];
    assert_eq!(frame, 45_056);
    assert!((value - 0.5).abs() < 0.002, "{value}");
}

#[test]
fn a_fade_of_what_a_modulation_left_starts_there() {
    let mut session = beat();
    session
        .modulate("master", Shape::Ramp, 0.0, 1.0, 1.0)
        .unwrap();
    let mut scheduler = scheduler(&session);
    scheduler.advance(45_056);
    session.unmod("master").unwrap();
    scheduler.update(&session, 45_056).unwrap();
    scheduler.advance(50_000);
    scheduler.take_output();
    session.fade("master", 0.0, 1.0).unwrap();
    scheduler.update(&session, 50_000).unwrap();
    scheduler.advance(50_100);
    let (_, _, value) = levels(&events(scheduler.take_output()))[0];
    assert!((value - 0.5).abs() < 0.002, "{value}");
}

#[test]
fn a_fade_under_a_change_of_tempo_ends_at_the_new_frame_once() {
    let mut session = beat();
    session.fade("master", 0.1, 1.0).unwrap();
    let mut scheduler = scheduler(&session);
    scheduler.advance(45_000);
    session.set_tempo(64.0).unwrap();
    scheduler.update(&session, 45_000).unwrap();
    scheduler.advance(400_000);
    let levels = levels(&events(scheduler.take_output()));
    let ends: Vec<_> = levels.iter().filter(|level| level.2 == 0.1).collect();
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].0, 135_000);
}

/// Patterns of all kinds at an odd tempo.
fn motley() -> Session {
    let mut session = beat();
    session.set_tempo(127.3).unwrap();
    let random = hit()
        .spread(5, 8, 0)
        .unwrap()
        .thin(0.4, 3)
        .unwrap()
        .swing(0.67, 8)
        .unwrap();
    session.play("hat", &random).unwrap();
    let long = pattern::note("A2")
        .unwrap()
        .gate(3)
        .unwrap()
        .over(3)
        .unwrap();
    session
        .play(
            "bass",
            &(long | (hit() * 3)).every(2, Pattern::reverse).unwrap(),
        )
        .unwrap();
    session
        .modulate("bass/gain", Shape::Sine, 0.0, 1.0, 0.3)
        .unwrap();
    session.fade("master", 0.2, 1.5).unwrap();
    session
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn windows_of_any_length_give_the_same_events(lengths in prop::collection::vec(1u64..40_000, 1..60)) {
        let session = motley();
        let end: u64 = lengths.iter().sum();
        let mut scheduler = scheduler(&session);
        for length in lengths {
            let to = scheduler.committed() + length;
            scheduler.advance(to);
        }
        prop_assert_eq!(events(scheduler.take_output()), run(&session, end));
    }
}
