//! Gates and values at exact frames; voices.

use synthc_engine::event::{EventKind, NodeKey, NoteParams};
use synthc_engine::plan::NoteMode;

use crate::support::*;

/// Plays events on a mono node that puts out its gate.
fn gate_of(events: &[synthc_engine::event::Event], mode: NoteMode) -> Vec<(usize, f64)> {
    let mut lead = node(0, "lead", &[gate()]);
    lead.mode = mode;
    let mut rig = Rig::playing(spec(1, vec![lead]));
    rig.send(events);
    let [left, right] = rig.blocks(8);
    assert_eq!(left, right);
    changes(&left)
}

#[test]
fn a_note_opens_its_gate_at_its_frame_and_closes_it_at_its_off() {
    for frame in [0, 1, 63, 64, 65, 127, 200] {
        let events = [on(frame, 1, 0, &[]), off(frame + 10, 1)];
        let frame = frame as usize;
        let expected = [(frame, 1.0), (frame + 10, 0.0)];
        assert_eq!(gate_of(&events, NoteMode::Retrigger), expected);
    }
}

#[test]
fn a_note_on_an_open_gate_has_one_frame_of_gate_0_before_it() {
    for frame in [11, 63, 64, 65, 128, 200] {
        let events = [on(1, 1, 0, &[]), on(frame, 2, 0, &[])];
        let frame = frame as usize;
        let expected = [(1, 1.0), (frame - 1, 0.0), (frame, 1.0)];
        assert_eq!(gate_of(&events, NoteMode::Retrigger), expected);
    }
}

#[test]
fn a_note_that_begins_where_the_last_one_ends_is_set_off_the_same_way() {
    for order in [[0, 1], [1, 0]] {
        let both = [on(64, 2, 0, &[]), off(64, 1)];
        let events = [on(1, 1, 0, &[]), both[order[0]], both[order[1]]];
        let expected = [(1, 1.0), (63, 0.0), (64, 1.0)];
        assert_eq!(gate_of(&events, NoteMode::Retrigger), expected);
    }
}

#[test]
fn a_note_of_one_frame_sounds_for_it_before_the_gap_of_the_next() {
    let events = [on(10, 1, 0, &[]), on(11, 2, 0, &[]), off(20, 2)];
    let expected = [(10, 1.0), (11, 0.0), (12, 1.0), (20, 0.0)];
    assert_eq!(gate_of(&events, NoteMode::Retrigger), expected);
}

#[test]
fn an_off_at_the_frame_of_its_note_still_leaves_one_frame() {
    for order in [[0, 1], [1, 0]] {
        let both = [on(10, 1, 0, &[]), off(10, 1)];
        let events = [both[order[0]], both[order[1]]];
        assert_eq!(
            gate_of(&events, NoteMode::Retrigger),
            [(10, 1.0), (11, 0.0)]
        );
    }
}

#[test]
fn legato_keeps_the_gate_open() {
    let events = [on(10, 1, 0, &[]), on(20, 2, 0, &[]), off(25, 1), off(30, 2)];
    assert_eq!(gate_of(&events, NoteMode::Legato), [(10, 1.0), (30, 0.0)]);
}

#[test]
fn a_late_note_on_an_open_gate_takes_the_gap_first() {
    let mut rig = Rig::playing(spec(1, vec![node(0, "lead", &[gate()])]));
    rig.send(&[on(0, 1, 0, &[])]);
    rig.blocks(1);
    rig.send(&[on(10, 2, 0, &[]), off(11, 2)]);
    let [left, _] = rig.blocks(1);
    assert_eq!(left[..4], [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(rig.port.monitor.late_events(), 2);
}

#[test]
fn of_several_notes_at_once_the_last_wins_on_one_voice() {
    let pitch = stepping("pitch", 0.0);
    let mut rig = Rig::playing(spec(1, vec![node(0, "lead", &[gate() * pitch])]));
    rig.send(&[
        on(5, 1, 0, &[(1, 100.0)]),
        on(5, 2, 0, &[(1, 200.0)]),
        on(5, 3, 0, &[(1, 300.0)]),
        off(8, 1),
        off(9, 3),
    ]);
    let [left, _] = rig.blocks(1);
    assert_eq!(changes(&left), [(5, 300.0), (9, 0.0)]);
}

#[test]
fn two_gates_of_one_voice_are_independent() {
    let other = Signal::control(Control::new("gate2", 0.0, 0.0, 1.0));
    let mut rig = Rig::playing(spec(1, vec![node(0, "kit", &[gate() + 2.0 * other])]));
    rig.send(&[on(5, 1, 0, &[]), on(6, 2, 1, &[]), off(10, 1), off(12, 2)]);
    let [left, _] = rig.blocks(1);
    assert_eq!(changes(&left), [(5, 1.0), (6, 3.0), (10, 2.0), (12, 0.0)]);
}

#[test]
fn a_note_gives_its_gate_the_value_it_names() {
    let events = [on(3, 1, 0, &[(0, 0.25)]), off(6, 1)];
    assert_eq!(gate_of(&events, NoteMode::Retrigger), [(3, 0.25), (6, 0.0)]);
}

#[test]
fn notes_spread_over_voices_and_the_oldest_is_stolen_with_a_gap() {
    let pitch = stepping("pitch", 0.0);
    let mut keys = node(0, "keys", &[gate() * pitch]);
    keys.voices = 2;
    let mut rig = Rig::playing(spec(1, vec![keys]));
    rig.send(&[
        on(10, 1, 0, &[(1, 1.0)]),
        on(20, 2, 0, &[(1, 10.0)]),
        on(30, 3, 0, &[(1, 100.0)]),
        off(40, 1),
        off(50, 2),
        off(60, 3),
    ]);
    let [left, _] = rig.blocks(1);
    assert_eq!(
        changes(&left),
        [
            (10, 1.0),
            (20, 11.0),
            (29, 10.0),
            (30, 110.0),
            (50, 100.0),
            (60, 0.0)
        ]
    );
}

#[test]
fn a_chord_with_more_notes_than_voices_keeps_the_last_ones() {
    let pitch = stepping("pitch", 0.0);
    let mut keys = node(0, "keys", &[gate() * pitch]);
    keys.voices = 2;
    let mut rig = Rig::playing(spec(1, vec![keys]));
    rig.send(&[
        on(10, 1, 0, &[(1, 1.0)]),
        on(10, 2, 0, &[(1, 10.0)]),
        on(10, 3, 0, &[(1, 100.0)]),
    ]);
    let [left, _] = rig.blocks(1);
    assert_eq!(changes(&left), [(10, 110.0)]);
}

#[test]
fn a_note_without_a_gate_only_sets_values() {
    let pitch = stepping("pitch", 0.0);
    let mut rig = Rig::playing(spec(1, vec![node(0, "drone", &[pitch])]));
    let mut params = NoteParams::new();
    params.push(0, 7.0).unwrap();
    rig.send(&[event(
        5,
        EventKind::NoteOn {
            node: NodeKey(0),
            note: 1,
            gate: None,
            params,
        },
    )]);
    let [left, _] = rig.blocks(1);
    assert_eq!(changes(&left), [(5, 7.0)]);
}

#[test]
fn events_of_unknown_nodes_and_controls_are_counted_and_harmless() {
    let mut rig = Rig::playing(spec(1, vec![node(0, "lead", &[gate()])]));
    rig.send(&[value(3, 9, 0, 1.0), value(3, 0, 9, 1.0), off(4, 77)]);
    let [left, _] = rig.blocks(1);
    assert!(changes(&left).is_empty());
    assert_eq!(rig.port.monitor.unroutable_events(), 2);
}

#[test]
fn a_stale_epoch_takes_the_notes_but_not_the_offs_of_those_that_sound() {
    let mut rig = Rig::playing(spec(1, vec![node(0, "lead", &[gate()])]));
    rig.send(&[
        on(10, 1, 0, &[]),
        off(100, 1),
        on(120, 2, 0, &[]),
        off(130, 2),
    ]);
    let [first, _] = rig.blocks(1);
    rig.port.events.set_epoch(0, 1).unwrap();
    let [second, _] = rig.blocks(2);
    let all = [first, second].concat();
    assert_eq!(changes(&all), [(10, 1.0), (100, 0.0)]);
    assert_eq!(rig.port.monitor.stale_events(), 1);
}

use synthc_ir::{Control, Signal};
