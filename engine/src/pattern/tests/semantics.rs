//! Exact onsets, gates and pitches of every builder and transform.

use super::super::*;
use super::{gates, onsets, pitches, t};

#[test]
fn four_hits_open_on_the_quarters_and_close_half_a_slot_later() {
    let quarters = [(0, 1), (1, 4), (1, 2), (3, 4)].map(|(n, d)| t(n, d));
    let expected: Vec<_> = quarters
        .iter()
        .map(|&on| (on, on.add(t(1, 8)).unwrap()))
        .collect();
    assert_eq!(gates(&(hit() * 4), 0, 1), expected);
}

#[test]
fn rest_and_hit_four_times_is_the_off_beat() {
    let expected: Vec<_> = [1, 3, 5, 7]
        .iter()
        .map(|&eighth| (t(eighth, 8), t(2 * eighth + 1, 16)))
        .collect();
    assert_eq!(gates(&((rest() + hit()) * 4), 0, 1), expected);
}

#[test]
fn a_bass_line_over_two_cycles_keeps_its_pitches_and_gates() {
    let bass = seq([Some("A2"), Some("D3"), None, Some("E2")])
        .unwrap()
        .over(2)
        .unwrap();
    assert_eq!(
        pitches(&bass, 0, 4),
        "0:110 1/2:147 3/2:82 2:110 5/2:147 7/2:82"
    );
    assert_eq!(gates(&bass, 0, 1), [(t(0, 1), t(1, 4)), (t(1, 2), t(3, 4))]);
}

#[test]
fn only_chains_of_plus_flatten() {
    assert_eq!(onsets(&(hit() + hit() + hit()), 0, 1), "0 1/3 2/3");
    assert_eq!(onsets(&(hit() + (hit() + hit())), 0, 1), "0 1/3 2/3");
    assert_eq!(onsets(&(hit() * 4 + rest()), 0, 1), "0 1/8 1/4 3/8");
    assert_eq!(
        onsets(&(seq(["A2", "A3"]).unwrap() + hit()), 0, 1),
        "0 1/4 1/2"
    );
    assert_eq!(onsets(&((hit() + hit()) * 1 + hit()), 0, 1), "0 1/4 1/2");
}

#[test]
fn parallel_patterns_keep_tree_order_at_one_onset() {
    let both = (note(110.0).unwrap() * 2) | note(220.0).unwrap() | note(330.0).unwrap();
    assert_eq!(pitches(&both, 0, 1), "0:110 0:220 0:330 1/2:110");
}

#[test]
fn a_slow_item_plays_its_same_numbered_cycle() {
    let pattern = seq([100.0, 200.0]).unwrap().over(2).unwrap() + rest();
    assert_eq!(pitches(&pattern, 0, 4), "0:100 1:200 2:100 3:200");
    assert_eq!(pattern.period(), Some(Time::integer(2)));
}

#[test]
fn cat_plays_one_cycle_each_and_counts_each_items_own_cycles() {
    let slow = seq([100.0, 200.0, 300.0]).unwrap().over(3).unwrap();
    let pattern = cat([slow, hit() * 2]).unwrap();
    assert_eq!(
        pitches(&pattern, 0, 7),
        "0:100 1:0 3/2:0 2:200 3:0 7/2:0 4:300 5:0 11/2:0 6:100"
    );
    assert_eq!(pattern.period(), Some(Time::integer(6)));
    assert_eq!(pitches(&pattern, -2, 0), "-2:300 -1:0 -1/2:0");
}

#[test]
fn events_that_cross_a_cycle_border_fire_once() {
    let pattern = seq([100.0, 200.0, 300.0]).unwrap().over(4).unwrap();
    assert_eq!(
        pitches(&pattern, 0, 8),
        "0:100 4/3:200 8/3:300 4:100 16/3:200 20/3:300"
    );
    assert_eq!(gates(&pattern, 2, 3), [(t(8, 3), t(10, 3))]);
}

#[test]
fn shift_moves_later_and_earlier_through_cycle_borders() {
    assert_eq!(onsets(&hit().shift(0.25).unwrap(), 0, 2), "1/4 5/4");
    assert_eq!(onsets(&hit().shift(t(-1, 3)).unwrap(), 0, 2), "2/3 5/3");
    assert_eq!(
        gates(&hit().shift(t(3, 4)).unwrap(), 0, 1),
        [(t(3, 4), t(5, 4))]
    );
}

#[test]
fn reverse_mirrors_slots_and_keeps_notes_whole() {
    let pattern = seq([Some(100.0), Some(200.0), None, Some(300.0)]).unwrap();
    let reversed = pattern.gate(t(1, 4)).unwrap().reverse().unwrap();
    assert_eq!(pitches(&reversed, 0, 1), "0:300 1/2:200 3/4:100");
    assert_eq!(gates(&reversed, 0, 1)[1], (t(1, 2), t(9, 16)));
    let slow = note(100.0).unwrap().over(2).unwrap().reverse().unwrap();
    assert_eq!(gates(&slow, 0, 2), [(t(0, 1), t(1, 1))]);
}

#[test]
fn every_changes_cycle_zero_and_each_nth_after() {
    let pattern = hit().every(3, |p| p.fast(2)).unwrap();
    assert_eq!(onsets(&pattern, 0, 4), "0 1/2 1 2 3 7/2");
    assert_eq!(pattern.period(), Some(Time::integer(3)));
}

#[test]
fn spread_squeezes_the_pattern_into_each_pulse() {
    let pattern = hit().spread(3, 8, 0).unwrap();
    assert_eq!(
        gates(&pattern, 0, 1),
        [
            (t(0, 1), t(1, 16)),
            (t(3, 8), t(7, 16)),
            (t(6, 8), t(13, 16))
        ]
    );
    assert_eq!(onsets(&hit().spread(3, 8, 1).unwrap(), 0, 1), "1/4 5/8 7/8");
    assert_eq!(onsets(&hit().spread(0, 8, 0).unwrap(), 0, 1), "");
}

#[test]
fn struct_puts_the_melodys_notes_on_the_rhythm() {
    let melody = seq([Some(100.0), None, Some(200.0), Some(300.0)]).unwrap();
    let pattern = structure(&((rest() + hit()) * 4), &melody).unwrap();
    assert_eq!(pitches(&pattern, 0, 1), "1/8:100 3/8:200 5/8:300 7/8:100");
    let pulses = structure(&hit().spread(3, 8, 0).unwrap(), &melody).unwrap();
    assert_eq!(pitches(&pulses, 0, 1), "0:100 3/8:200 3/4:300");
    assert_eq!(pitches(&structure(&hit(), &rest()).unwrap(), 0, 1), "0:0");
}

#[test]
fn struct_takes_chords_whole_and_stated_gates() {
    let melody = chord([100.0, 200.0]).unwrap().gate(t(3, 4)).unwrap();
    let pattern = structure(&(hit() * 2), &melody).unwrap();
    assert_eq!(pitches(&pattern, 0, 1), "0:100 0:200 1/2:100 1/2:200");
    assert_eq!(gates(&pattern, 0, 1)[0].1, t(3, 8));
    assert_eq!(gates(&pattern.gate(2).unwrap(), 0, 1)[0].1, t(1, 1));
}

#[test]
fn swing_is_exact_and_moves_gate_ends_too() {
    let pattern = (hit() * 8).swing(0.67, 8).unwrap();
    let found = gates(&pattern, 0, 1);
    assert_eq!(found[1].0, t(67, 400));
    assert_eq!(found[3].0, t(167, 400));
    // The first gate ends in the middle of the stretched half, the second in the middle of the squeezed one.
    assert_eq!(found[0].1, t(67, 800));
    assert_eq!(found[1].1, t(167, 800));
    assert_eq!(
        onsets(&(hit() * 4).swing(0.67, 8).unwrap(), 0, 1),
        "0 1/4 1/2 3/4"
    );
}

#[test]
fn mask_silences_equal_parts_of_any_pattern() {
    assert_eq!(onsets(&(hit() * 4).mask("x . 1 0").unwrap(), 0, 1), "0 1/2");
    assert_eq!(
        onsets(&hit().fast(4).unwrap().mask("x.").unwrap(), 0, 2),
        "0 1/4 1 5/4"
    );
}

#[test]
fn sometimes_plays_each_cycle_one_way_or_the_other() {
    let pattern = (hit() * 2).sometimes(0.3, |p| p.fast(2), 0).unwrap();
    let mut changed = 0;
    for cycle in 0..2000 {
        match gates(&pattern, cycle, cycle + 1).len() {
            2 => {}
            4 => changed += 1,
            other => panic!("cycle {cycle} has {other} hits"),
        }
    }
    assert!(
        (500..700).contains(&changed),
        "{changed} of 2000 cycles changed at probability 0.3"
    );
}

#[test]
fn thin_drops_the_stated_share_without_a_pattern_and_chords_whole() {
    let pattern = (chord([100.0, 200.0]).unwrap() * 8).thin(0.5, 0).unwrap();
    let found = gates(&pattern, 0, 500);
    assert!(
        found.chunks(2).all(|pair| pair[0].0 == pair[1].0),
        "a chord was torn apart"
    );
    let kept = found.len() / 2;
    assert!(
        (1850..2150).contains(&kept),
        "{kept} of 4000 chords kept at probability 0.5"
    );
    let mut runs = 0;
    let on: std::collections::HashSet<_> = found.iter().map(|pair| pair.0).collect();
    for step in 0..3999 {
        runs += usize::from(on.contains(&t(step, 8)) != on.contains(&t(step + 1, 8)));
    }
    assert!(
        (1850..2150).contains(&runs),
        "{runs} changes between neighbours; independent draws give about 2000"
    );
}

#[test]
fn copies_of_a_thinned_pattern_decide_for_themselves() {
    let pattern = hit().thin(0.5, 0).unwrap() * 64;
    let kept = gates(&pattern, 0, 1).len();
    assert!((16..48).contains(&kept), "{kept} of 64 copies kept");
}

#[test]
fn random_curves_change_every_cycle_and_repeat_with_the_seed() {
    let pattern = curve(Shape::Random { seed: 0 }, 10.0, 20.0, 4).unwrap();
    let at = |cycle: i64, seed: u64| pattern.query(t(cycle, 1), t(cycle + 1, 1), seed).unwrap();
    let values = |events: Vec<Event>| -> Vec<f64> {
        let value = |event: Event| match event.kind {
            EventKind::Value { value, .. } => value,
            other => panic!("expected a value, found {other:?}"),
        };
        events.into_iter().map(value).collect()
    };
    assert_eq!(values(at(0, 1)), values(at(0, 1)));
    assert_ne!(values(at(0, 1)), values(at(1, 1)));
    assert_ne!(values(at(0, 1)), values(at(0, 2)));
    assert!(
        values(at(5, 9))
            .iter()
            .all(|value| (10.0..20.0).contains(value))
    );
    assert_eq!(pattern.period(), None);
}

#[test]
fn curves_follow_their_formulas_at_exact_times() {
    let values = |name: &str, steps: i64| -> Vec<f64> {
        let pattern = curve(Shape::from_name(name).unwrap(), 0.0, 1.0, steps).unwrap();
        let events = pattern.query(Time::ZERO, Time::ONE, 0).unwrap();
        assert_eq!(events[1].onset, t(1, steps));
        let value = |event: &Event| match event.kind {
            EventKind::Value { ref label, value } if *label == Label::Target => value,
            _ => panic!("expected a value for the target, found {event:?}"),
        };
        events.iter().map(value).collect()
    };
    let sine = values("sine", 4);
    for (found, expected) in sine.iter().zip([0.5, 1.0, 0.5, 0.0]) {
        assert!((found - expected).abs() < 1e-15, "{sine:?}");
    }
    assert_eq!(values("tri", 4), [0.0, 0.5, 1.0, 0.5]);
    assert_eq!(values("mod_ramp", 4), [0.0, 0.25, 0.5, 0.75]);
    assert_eq!(values("saw", 4), [0.0, 0.25, 0.5, 0.75]);
    assert_eq!(values("ramp_down", 4), [1.0, 0.75, 0.5, 0.25]);
    assert_eq!(values("square", 4), [1.0, 1.0, 0.0, 0.0]);
    assert_eq!(values("exp", 4), [0.0, 0.0625, 0.25, 0.5625]);
}

#[test]
fn a_curve_over_three_cycles_spreads_the_same_steps() {
    let pattern = curve(Shape::Sine, 200.0, 2000.0, 64)
        .unwrap()
        .over(3)
        .unwrap();
    let events = pattern.query(Time::ZERO, Time::integer(3), 0).unwrap();
    assert_eq!(events.len(), 64);
    assert_eq!(events[1].onset, t(3, 64));
    let EventKind::Value { value, .. } = events[0].kind else {
        panic!("expected a value")
    };
    assert_eq!(value, 1100.0);
}

#[test]
fn note_options_reach_the_event() {
    let options = NoteOptions::new()
        .velocity(0.5)
        .gate(3, 2)
        .unwrap()
        .gate_param("trig")
        .param("cutoff", 900.0);
    let pattern = options.note("A4").unwrap() * 2;
    let events = pattern.query(Time::HALF, Time::ONE, 0).unwrap();
    let EventKind::Note(note) = &events[0].kind else {
        panic!("expected a note")
    };
    assert_eq!(note.pitch_hz, Some(440.0));
    assert_eq!(note.velocity, Some(0.5));
    assert_eq!(&*note.gate_param, "trig");
    assert_eq!(&*note.params, [("cutoff".into(), 900.0)]);
    assert_eq!(note.gate_end, t(5, 4));
    assert_eq!(note.step, 1);
}

#[test]
fn midi_durations_are_cycles_and_do_not_shrink_with_the_slot() {
    let pattern = midi_note(60, 100, 0, t(1, 2)).unwrap() + cc(74, 64, 0).unwrap();
    let events = pattern.query(Time::ZERO, Time::ONE, 0).unwrap();
    let note = MidiMessage::Note {
        key: 60,
        velocity: 100,
        channel: 0,
        duration: t(1, 2),
    };
    assert_eq!(events[0].kind, EventKind::Midi(note));
    let controller = MidiMessage::Controller {
        controller: 74,
        value: 64,
        channel: 0,
    };
    assert_eq!(
        (events[1].onset, &events[1].kind),
        (t(1, 2), &EventKind::Midi(controller))
    );
}

#[test]
fn periods_are_least_common_multiples() {
    let period = |pattern: &Pattern| pattern.period().map(|period| period.to_string());
    assert_eq!(period(&(hit() * 4)).as_deref(), Some("1"));
    assert_eq!(period(&hit().fast(4).unwrap()).as_deref(), Some("1"));
    assert_eq!(period(&hit().over(1.5).unwrap()).as_deref(), Some("3/2"));
    let stacked = hit().over(3).unwrap() | hit().over(t(5, 2)).unwrap();
    assert_eq!(period(&stacked).as_deref(), Some("15"));
    assert_eq!(period(&hit().over(64).unwrap()).as_deref(), Some("64"));
    assert_eq!(period(&hit().over(65).unwrap()), None);
    assert_eq!(period(&hit().thin(0.5, 0).unwrap()), None);
    assert_eq!(period(&hit().thin(0.0, 0).unwrap()).as_deref(), Some("1"));
}

#[test]
fn transforms_compose_left_to_right() {
    let change = Transform::Shift(t(1, 4)) >> Transform::Fast(t(2, 1)) >> Transform::Reverse;
    let direct = hit()
        .shift(t(1, 4))
        .unwrap()
        .fast(2)
        .unwrap()
        .reverse()
        .unwrap();
    assert_eq!(
        gates(&change.apply(&hit()).unwrap(), 0, 3),
        gates(&direct, 0, 3)
    );
    let nested = Transform::Every(2, Transform::Fast(t(2, 1)).into())
        .apply(&hit())
        .unwrap();
    assert_eq!(onsets(&nested, 0, 2), "0 1/2 1");
}

#[test]
fn patterns_print_as_the_expression_that_builds_them() {
    let pattern = ((rest() + hit()) * 4) | seq([Some("A2"), None]).unwrap().over(2).unwrap();
    assert_eq!(
        pattern.to_string(),
        "(rest() + hit()) * 4 | seq(\"A2\", None).over(2)"
    );
    let thinned = NoteOptions::new()
        .velocity(0.5)
        .note(432.0)
        .unwrap()
        .thin(0.25, 3)
        .unwrap();
    assert_eq!(
        thinned.to_string(),
        "note(432.0, vel=0.5).thin(0.25, seed=3)"
    );
}
