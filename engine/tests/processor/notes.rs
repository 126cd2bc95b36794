//! Gates and values at exact frames; voices.

use proptest::prelude::*;
use synthc_engine::event::{Event, EventKind, NodeKey, NoteParams};
use synthc_engine::plan::NoteMode;
use synthc_ir::{Control, Signal};

use crate::support::*;

/// Plays events on a mono node that puts out its gate.
fn gate_of(events: &[Event], mode: NoteMode) -> Vec<(usize, f64)> {
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

#[test]
fn a_thousand_events_at_once_are_obeyed_without_allocation() {
    let pitch = stepping("pitch", 0.0);
    let mut keys = node(0, "keys", &[gate() * pitch]);
    keys.voices = 8;
    let mut rig = Rig::playing(spec(1, vec![keys]));
    let storm: Vec<Event> = (0..1000)
        .flat_map(|n| {
            [
                on(100, n, 0, &[(1, n as f64)]),
                off(150, n),
                value(120, 0, 1, 1.0),
            ]
        })
        .collect();
    rig.send(&storm);
    let [left, _] = rig.blocks(4);
    let last_eight: f64 = (992..1000).map(f64::from).sum();
    assert_eq!(changes(&left), [(100, last_eight), (120, 8.0), (150, 0.0)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is played, however it is stolen: once every note has its off, all gates are closed,
    /// and on one voice every onset is a rise from 0 at most one frame after its note.
    #[test]
    fn no_gate_is_left_open_and_every_note_is_an_onset(
        notes in proptest::collection::vec((0u64..400, 1u64..60), 1..40),
        voices in 1u16..4,
        size in 1usize..200,
    ) {
        let mut keys = node(0, "keys", &[gate()]);
        keys.voices = voices;
        let mut rig = Rig::playing(spec(1, vec![keys]));
        for (note, &(start, length)) in notes.iter().enumerate() {
            rig.send(&[on(start, note as u64, 0, &[]), off(start + length, note as u64)]);
        }
        let heard = rig.interleaved(576, size, 1);
        let gate = &heard[64..];
        prop_assert_eq!(gate[500], 0.0);
        prop_assert!(gate.iter().all(|&x| x >= 0.0 && x <= f64::from(voices)));
        if voices == 1 {
            let mut starts: Vec<u64> = notes.iter().map(|note| note.0).collect();
            starts.sort_unstable();
            starts.dedup();
            let far = starts.iter().enumerate().filter(|(n, start)| {
                let gap = |a: u64, b: u64| b - a > 2;
                (*n == 0 || gap(starts[n - 1], **start))
                    && starts.get(n + 1).is_none_or(|next| gap(**start, *next))
            });
            for (_, &start) in far {
                let start = start as usize;
                prop_assert_eq!(gate[start], 1.0, "onset at {}", start);
                prop_assert!(start == 0 || gate[start - 1] == 0.0, "gap before {}", start);
            }
        }
    }
}

#[test]
fn a_note_without_gate_that_steals_a_voice_closes_the_gate_it_finds() {
    let mut keys = node(0, "keys", &[gate()]);
    keys.voices = 2;
    let mut rig = Rig::playing(spec(1, vec![keys]));
    let values_only = Event {
        kind: EventKind::NoteOn {
            node: NodeKey(0),
            note: 3,
            gate: None,
            params: NoteParams::new(),
        },
        ..on(40, 3, 0, &[])
    };
    let notes = [on(10, 1, 0, &[]), on(20, 2, 0, &[])];
    rig.send(&notes);
    rig.send(&[values_only, off(50, 1), off(60, 2)]);
    let [left, _] = rig.blocks(2);
    let expected = [(10, 1.0), (20, 2.0), (40, 1.0), (60, 0.0)];
    assert_eq!(changes(&left), expected, "a gate stays open for ever");
}
