//! Notes from Rust: where they begin and end, on which voice, and what is told when they cannot.

use std::collections::BTreeMap;

use synthc_engine::engine::{ScheduledNote, When};
use synthc_engine::log::{Settings, replay};
use synthc_engine::session::{NodeDefinition, NodeOptions};
use synthc_engine::{Engine, EngineConfig, EngineError, Session};
use synthc_ir::{Control, Signal};

use crate::support::{Rig, add, changes, config, level, session, stepping};

fn gate(name: &str) -> Signal {
    Signal::control(Control::new(name, 0.0, 0.0, 1.0))
}

/// A source that puts out its control `x` while the gate of its voice is open.
fn keys() -> NodeDefinition {
    NodeDefinition::source([gate("gate") * Signal::control(stepping("x", 0.5))]).unwrap()
}

fn playing(voices: i64) -> (Session, Rig) {
    let mut session = session();
    let options = NodeOptions::default().gain(1.0).count(voices);
    session.node("keys", keys(), options).unwrap();
    let rig = Rig::playing(&session);
    (session, rig)
}

fn on(rig: &mut Rig, when: impl Into<When>, x: f64) -> ScheduledNote {
    rig.engine.note_on(when, "keys", &[("x", x)]).unwrap()
}

fn off(rig: &mut Rig, when: impl Into<When>, note: ScheduledNote) -> u64 {
    rig.engine.note_off(when, note.handle).unwrap().frame
}

/// What is heard of the left side, as changes.
fn heard(rig: &mut Rig, blocks: usize) -> Vec<(usize, f64)> {
    changes(&rig.play(blocks)[0])
}

#[test]
fn notes_begin_and_end_at_their_very_frames() {
    let (_, mut rig) = playing(4);
    for (frame, x) in [(0, 1.0), (1_001, 10.0), (1_003, 100.0)] {
        let note = on(&mut rig, frame, x);
        assert_eq!((note.frame, note.late), (frame, 0));
        assert_eq!(off(&mut rig, frame + 777, note), frame + 777);
    }
    let expected = [
        (0, 1.0),
        (777, 0.0),
        (1_001, 10.0),
        (1_003, 110.0),
        (1_778, 100.0),
        (1_780, 0.0),
    ];
    assert_eq!(heard(&mut rig, 50), expected);
    assert_eq!(rig.engine.monitor().late_events(), 0);
    assert!(rig.notices().is_empty());
}

#[test]
fn a_note_opens_the_gate_its_path_names_to_the_value_it_gives() {
    let mut session = session();
    let kit = gate("kick_gate") + 10.0 * gate("snare_gate");
    add(&mut session, "kit", NodeDefinition::source([kit]).unwrap());
    let mut rig = Rig::playing(&session);
    let engine = &mut rig.engine;
    let kick = engine.note_on(10, "kit/kick_gate", &[]).unwrap();
    let soft = [("snare_gate", 0.25)];
    let snare = engine.note_on(20, "kit/snare_gate", &soft).unwrap();
    engine.note_off(30, kick.handle).unwrap();
    engine.note_off(40, snare.handle).unwrap();
    let expected = [(10, 1.0), (20, 3.5), (30, 2.5), (40, 0.0)];
    assert_eq!(heard(&mut rig, 2), expected);
}

#[test]
fn late_notes_begin_now_in_the_order_of_the_calls_and_last_a_frame() {
    let (_, mut rig) = playing(1);
    rig.play(100);
    let now = rig.engine.earliest_frame();
    let first = on(&mut rig, 1_000, 1.0);
    assert_eq!((first.frame, first.late), (now, now - 1_000));
    assert_eq!(off(&mut rig, 1_500, first), now);
    let second = on(&mut rig, now + 50, 2.0);
    assert_eq!(second.late, 0);
    off(&mut rig, now + 60, second);
    let expected = [(128, 1.0), (129, 0.0), (178, 2.0), (188, 0.0)];
    assert_eq!(heard(&mut rig, 8), expected);
    assert_eq!(rig.engine.monitor().late_events(), 0);
}

#[test]
fn at_one_frame_notes_end_then_values_are_set_then_notes_begin() {
    let (_, mut rig) = playing(1);
    let first = on(&mut rig, 10, 1.0);
    // Asked for in the opposite order. The value for all voices does not reach into the note.
    on(&mut rig, 100, 3.0);
    rig.engine.schedule(100, "keys/x", 7.0).unwrap();
    off(&mut rig, 100, first);
    let expected = [(10, 1.0), (99, 0.0), (100, 3.0)];
    assert_eq!(heard(&mut rig, 4), expected);
}

#[test]
fn a_note_that_is_ended_before_it_begins_is_not_heard() {
    let (_, mut rig) = playing(2);
    let taken_back = on(&mut rig, When::Beats(1.0), 1.0);
    let stays = on(&mut rig, When::Beats(1.0), 2.0);
    assert_eq!(taken_back.frame, 24_000);
    off(&mut rig, When::Now, taken_back);
    off(&mut rig, 24_100, stays);
    // Twice is no more than once, whenever.
    off(&mut rig, 24_050, taken_back);
    off(&mut rig, 30_000, stays);
    assert_eq!(heard(&mut rig, 500), [(24_000, 2.0), (24_100, 0.0)]);
    // What is committed already cannot be taken back: it lasts one frame.
    let now = rig.engine.earliest_frame();
    let committed = on(&mut rig, now + 300, 1.0);
    assert_eq!(off(&mut rig, When::Now, committed), now);
    assert_eq!(heard(&mut rig, 10), [(428, 1.0), (429, 0.0)]);
    assert!(rig.notices().is_empty());
}

#[test]
fn many_notes_that_are_ended_between_their_commitment_and_their_frame_all_end() {
    // More than the audio side remembers of ends that come before their notes.
    let (_, mut rig) = playing(64);
    rig.play(20);
    let frame = rig.engine.earliest_frame() + 300;
    let notes: Vec<_> = (0..40).map(|_| on(&mut rig, frame, 1.0)).collect();
    for note in notes {
        off(&mut rig, When::Now, note);
    }
    assert_eq!(heard(&mut rig, 10), [(428, 40.0), (429, 0.0)]);
}

#[test]
fn with_all_voices_in_use_the_oldest_note_is_taken_and_its_end_finds_nothing() {
    let (_, mut rig) = playing(2);
    let notes: Vec<_> = [(10, 1.0), (20, 10.0), (30, 100.0)]
        .map(|(frame, x)| on(&mut rig, frame, x))
        .into();
    // The first has no voice any more.
    off(&mut rig, 40, notes[0]);
    off(&mut rig, 50, notes[1]);
    off(&mut rig, 60, notes[2]);
    let expected = [
        (10, 1.0),
        (20, 11.0),
        (29, 10.0),
        (30, 110.0),
        (50, 100.0),
        (60, 0.0),
    ];
    assert_eq!(heard(&mut rig, 2), expected);
    assert!(rig.notices().is_empty());
}

#[test]
fn notes_share_voices_with_patterns_and_have_numbers_of_their_own() {
    use synthc_engine::event::EventKind;
    use synthc_engine::pattern::hit;
    let (mut session, mut rig) = playing(3);
    session.play("keys", &(hit() * 16)).unwrap();
    rig.update(&session);
    for step in 0..40 {
        let note = on(&mut rig, step * 700, 3.0);
        off(&mut rig, step * 700 + 500, note);
    }
    rig.play(500);
    let events = &rig.engine.log().unwrap().events;
    let mut numbers: Vec<u64> = events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::NoteOn { note, .. } => Some(note),
            _ => None,
        })
        .collect();
    assert!(numbers.len() > 44, "{numbers:?}");
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count);
}

#[test]
fn beats_follow_a_change_of_tempo() {
    let (mut session, mut rig) = playing(1);
    let note = on(&mut rig, When::Beats(2.0), 1.0);
    off(&mut rig, When::Beats(3.0), note);
    session.set_tempo(240.0).unwrap();
    rig.update(&session);
    rig.play(1);
    let frames: Vec<usize> = heard(&mut rig, 1_000).iter().map(|(at, _)| *at).collect();
    // Nothing was committed when the tempo changed: a beat is 12 000 frames.
    assert_eq!(frames, [24_000 - 64, 36_000 - 64]);
}

#[test]
fn a_window_that_is_full_refuses_and_what_was_taken_is_played() {
    let mut rig = Rig::with(EngineConfig {
        events: 64,
        ..config()
    });
    let mut session = session();
    let options = NodeOptions::default().gain(1.0).count(64);
    session.node("keys", keys(), options).unwrap();
    rig.update(&session);
    let mut last = None;
    for frame in 2_000..2_032 {
        last = Some(on(&mut rig, frame, 1.0));
    }
    let refused = rig.engine.note_on(2_032, "keys", &[]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "32 scheduled events fall into one window of 20 ms, which is the bound of 32; spread them, or raise `EngineConfig::events`"
    );
    let refused = rig.engine.note_off(2_040, last.unwrap().handle);
    assert!(matches!(
        refused,
        Err(EngineError::Overload { given: 32, .. })
    ));
    // The next window has room: the same end there, and more notes.
    off(&mut rig, 3_000, last.unwrap());
    on(&mut rig, 3_001, 1.0);
    let heard = heard(&mut rig, 50);
    assert_eq!(heard.len(), 34);
    assert_eq!(heard[31], (2_031, 32.0));
    assert_eq!(heard[32..], [(3_000, 31.0), (3_001, 32.0)]);
}

#[test]
fn what_cannot_be_played_is_refused_and_says_why() {
    let (mut idle, _processor) = Engine::<f64>::new(config()).unwrap();
    let refused = idle.note_on(When::Now, "keys", &[]).unwrap_err();
    assert!(matches!(refused, EngineError::NotPlaying));

    let (mut session, mut rig) = playing(1);
    let handle = on(&mut rig, 0, 1.0).handle;
    let refused = idle.note_off(When::Now, handle).unwrap_err();
    assert!(matches!(refused, EngineError::NotPlaying));
    let effect = NodeDefinition::effect(1, [Signal::input(0) * gate("gate")]).unwrap();
    add(&mut session, "fx/room", effect);
    add(&mut session, "drone", level(0.1));
    let kit = gate("hit_gate") * Signal::control(stepping("a", 1.0));
    add(&mut session, "kit", NodeDefinition::source([kit]).unwrap());
    add(
        &mut session,
        "hum",
        NodeDefinition::source([Signal::from(0.1)]).unwrap(),
    );
    rig.update(&session);
    let mut refused = |path: &str, values: &[(&str, f64)]| {
        let refused = rig.engine.note_on(When::Now, path, values);
        refused.unwrap_err().to_string()
    };
    let wants = "but a note works on a source or a gate of one";
    for (path, values, says) in [
        ("kezs", &[][..], "nothing is called `kezs`; did you mean `keys`?".to_owned()),
        ("fx", &[], format!("`fx` is a group, {wants}")),
        ("fx/room", &[], format!("`fx/room` is an effect or a control of one, {wants}")),
        ("fx/room/gate", &[], format!("`fx/room/gate` is an effect or a control of one, {wants}")),
        ("keys/gain", &[], format!("`keys/gain` is a level, {wants}")),
        ("master", &[], format!("`master` is a level, {wants}")),
        ("keys/get", &[], "node `keys` has no control `get`; its controls are gate, x".to_owned()),
        ("keys", &[("y", 1.0)], "node `keys` has no control `y`; its controls are gate, x".to_owned()),
        ("keys", &[("x", f64::NAN)], "`keys/x` is NaN; give a finite number".to_owned()),
        (
            "kit",
            &[],
            "node `kit` has no control `gate` for a note to open; name the control that opens it, as `kit/hit_gate`; its controls are hit_gate, a".to_owned(),
        ),
        (
            "hum",
            &[],
            "node `hum` has no control `gate` for a note to open; it has no controls, so that nothing can start it".to_owned(),
        ),
        (
            "keys",
            &[("x", 1.0); 17],
            "a note for `keys` sets 17 values, more than 16; set the others with `schedule`".to_owned(),
        ),
    ] {
        assert_eq!(refused(path, values), says);
    }
    let moment = rig.engine.note_on(When::Seconds(f64::NAN), "keys", &[]);
    assert!(matches!(moment, Err(EngineError::Moment { .. })));
    let moment = rig.engine.note_off(When::Beats(f64::INFINITY), handle);
    assert!(matches!(moment, Err(EngineError::Moment { .. })));
    assert!(rig.notices().is_empty());
}

#[test]
fn a_note_fades_out_with_its_node_and_one_that_would_begin_later_is_reported() {
    let (mut session, mut rig) = playing(1);
    let held = on(&mut rig, 0, 0.5);
    let later = on(&mut rig, 24_000, 0.5);
    assert_eq!(rig.play(20)[0][1_279], 0.5);
    session.remove("keys").unwrap();
    rig.update(&session);
    let [left, _] = rig.play(40);
    let step = left
        .windows(2)
        .map(|w| (w[1] - w[0]).abs())
        .fold(0.0, f64::max);
    assert!(step < 0.01, "a step of {step}");
    assert!(left[2_000..].iter().all(|x| *x == 0.0));
    off(&mut rig, When::Now, held);
    off(&mut rig, 25_000, later);
    assert!(rig.play(400)[0].iter().all(|x| *x == 0.0));
    assert_eq!(
        rig.notices(),
        ["a note scheduled for `keys` was due when it had no `gate` any more; it was not played"]
    );
}

#[test]
fn a_handle_of_another_engine_ends_nothing_here() {
    let (_, mut rig) = playing(2);
    let (_, mut other) = playing(2);
    let foreign = on(&mut other, 0, 1.0);
    on(&mut rig, 0, 1.0);
    let refused = rig.engine.note_off(64, foreign.handle).unwrap_err();
    assert!(matches!(refused, EngineError::ForeignNote));
    assert!(
        refused.to_string().contains("call `note_off` of that one"),
        "{refused}"
    );
    assert_eq!(heard(&mut rig, 10), [(0, 1.0)]);
}

#[test]
fn a_note_goes_on_under_another_name_of_its_node_and_its_handle_ends_it() {
    let (mut session, mut rig) = playing(1);
    let held = on(&mut rig, 0, 0.5);
    rig.play(20);
    for (from, to) in [("keys", "lead"), ("lead", "pad")] {
        session.remove(from).unwrap();
        add(&mut session, to, keys());
        rig.update(&session);
        let changes = heard(&mut rig, 40);
        assert_eq!(changes, [(0, 0.5)], "as {to}");
    }
    let end = off(&mut rig, When::Now, held);
    let from = rig.processor.frame();
    let [left, _] = rig.play(10);
    let expected = (end - from) as usize;
    assert!(left[..expected].iter().all(|x| *x == 0.5));
    assert!(left[expected..].iter().all(|x| *x == 0.0));
    assert!(rig.notices().is_empty());
}

#[test]
fn a_note_for_a_node_on_its_way_waits_for_it_and_so_does_its_end() {
    let (mut session, mut rig) = playing(1);
    rig.play(4);
    add(&mut session, "new", keys());
    rig.update(&session);
    // The update is not adopted before the audio side runs again.
    let note = rig.engine.note_on(When::Now, "new", &[("x", 2.0)]).unwrap();
    rig.engine.note_off(When::Now, note.handle).unwrap();
    let heard = heard(&mut rig, 60);
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert_eq!((heard[0].1, heard[1].1), (2.0, 0.0));
    assert_eq!(heard[1].0, heard[0].0 + 1);
    let notices = rig.notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].starts_with("1 scheduled events for `new` waited"));
}

#[test]
fn a_note_that_waited_is_heard_though_the_control_side_was_late() {
    let (mut session, mut rig) = playing(1);
    rig.play(4);
    add(&mut session, "new", keys());
    rig.update(&session);
    let note = rig.engine.note_on(When::Now, "new", &[("x", 2.0)]).unwrap();
    // The control side comes 64 ms later, long after what it had committed.
    for _ in 0..48 {
        rig.processor.next_block();
    }
    assert_eq!(rig.play(60)[0].last(), Some(&2.0));
    rig.engine.note_off(When::Now, note.handle).unwrap();
    assert_eq!(rig.play(60)[0].last(), Some(&0.0));
}

#[test]
fn hush_and_stop_end_notes_and_leave_patterns_that_play_on_alone() {
    use synthc_engine::pattern::hit;
    for stop in [false, true] {
        let (mut session, mut rig) = playing(2);
        for _ in 0..2 {
            let note = on(&mut rig, When::Now, 1.0);
            assert_eq!(rig.play(20)[0].last(), Some(&1.0));
            if stop {
                session.stop();
            } else {
                session.hush("keys").unwrap();
            }
            rig.update(&session);
            assert_eq!(rig.play(20)[0].last(), Some(&0.0), "stop: {stop}");
            off(&mut rig, When::Now, note);
        }
        assert!(rig.notices().is_empty());
    }
    let long = hit().slow(8).unwrap();
    let (mut session, _) = playing(1);
    session.play("keys", &long).unwrap();
    let mut rig = Rig::playing(&session);
    assert_eq!(rig.play(20)[0].last(), Some(&0.5));
    session.hush("keys").unwrap();
    session.play("keys", &long).unwrap();
    rig.update(&session);
    assert_eq!(heard(&mut rig, 20), [(0, 0.5)]);
    // So it is with an edit that needs a plan.
    session.hush("keys").unwrap();
    session.play("keys", &long).unwrap();
    add(&mut session, "other", level(0.0));
    rig.update(&session);
    assert_eq!(heard(&mut rig, 40), [(0, 0.5)]);
}

#[test]
fn a_control_that_is_gone_when_the_note_is_due_is_reported_and_the_note_is_played() {
    let (mut session, mut rig) = playing(1);
    on(&mut rig, 9_600, 0.25);
    add(
        &mut session,
        "keys",
        NodeDefinition::source([gate("gate")]).unwrap(),
    );
    rig.update(&session);
    assert_eq!(heard(&mut rig, 200).last(), Some(&(9_600, 1.0)));
    assert_eq!(
        rig.notices(),
        ["a value scheduled for `keys/x` was due when nothing of that name was left"]
    );
}

#[test]
fn a_replay_repeats_notes_bit_for_bit() {
    use synthc_ir::library::{adsr, saw};
    let config = EngineConfig {
        record: true,
        ..config()
    };
    let settings = Settings::of(&config);
    let freq = Signal::control(Control::new("freq", 220.0, 20.0, 2_000.0));
    let voice = |cutoff: f64| {
        let tone = synthc_ir::library::lowpass(saw(freq.clone()), cutoff, 2).unwrap();
        NodeDefinition::source([tone * adsr(0.01, 0.1, 0.5, 0.3, gate("gate"))]).unwrap()
    };
    let mut rig = Rig::with(config);
    let mut session = session();
    let (mut live, mut entries) = ([Vec::new(), Vec::new()], Vec::new());
    let mut sessions = BTreeMap::new();
    let mut held = Vec::new();
    for (edit, cutoff) in [900.0, 2_000.0, 500.0].into_iter().enumerate() {
        let options = NodeOptions::default().count(3);
        session.node("keys", voice(cutoff), options).unwrap();
        let report = rig.engine.update(&session).unwrap();
        sessions.insert(report.number, session.clone());
        for step in 0..30_u64 {
            let frame = rig.engine.earliest_frame() + step * 37 % 500;
            let pitch = 110.0 * (1 + step % 7) as f64;
            let note = rig.engine.note_on(frame, "keys", &[("freq", pitch)]);
            held.push(note.unwrap().handle);
            if held.len() > 2 + edit {
                rig.engine.note_off(frame + 11, held.remove(0)).unwrap();
            }
            let played = rig.play(1 + step as usize % 9);
            for (side, played) in live.iter_mut().zip(played) {
                side.extend(played);
            }
            entries.extend(rig.engine.take_entries());
        }
    }
    rig.engine.tick().unwrap();
    entries.extend(rig.engine.take_entries());
    assert!(live[0].iter().any(|x| x.abs() > 0.1), "silence");
    let mut again = [Vec::new(), Vec::new()];
    let frames = live[0].len() as u64;
    replay::<f64>(&settings, &sessions, &entries, frames, |block| {
        for (side, block) in again.iter_mut().zip(block) {
            side.extend_from_slice(block);
        }
        Ok(())
    })
    .unwrap();
    assert!(again == live, "another sound");
}
