//! Smoothing: when it moves, when it rests, and what takes a value at once.

use crate::support::*;

const KAPPA: f64 = 44.1 / RATE;

#[test]
fn a_control_starts_at_its_initial_value_without_a_ramp() {
    let level = smoothed("level", 0.25, 0.0, 1.0);
    let mut rig = Rig::playing(spec(1, vec![node(0, "drone", &[level])]));
    let [left, _] = rig.blocks(1);
    assert_eq!(left, [0.25; 64]);
}

#[test]
fn a_value_is_approached_by_the_recurrence_and_reached_on_the_grid() {
    let level = smoothed("level", 0.0, 0.0, 1.0);
    let mut rig = Rig::playing(spec(1, vec![node(0, "drone", &[level])]));
    rig.send(&[value(100, 0, 0, 1.0)]);
    let [left, _] = rig.blocks(400);
    assert!(left[..100].iter().all(|&x| x == 0.0));
    let mut y = 0.0;
    let mut rest = None;
    for (frame, &x) in left.iter().enumerate().skip(100) {
        if frame % 64 == 0 && rest.is_none() && 1.0 - y <= 1e-5 {
            rest = Some(frame);
        }
        if rest.is_none() {
            y += KAPPA * (1.0 - y);
        } else {
            y = 1.0;
        }
        assert!((x - y).abs() < 1e-12, "frame {frame}: {x} against {y}");
    }
    assert!(rest.is_some());
}

#[test]
fn raw_controls_step_at_their_frame() {
    let level = smoothed("level", 0.0, 0.0, 1.0);
    let mut raw = spec(1, vec![node(0, "drone", &[level])]);
    raw.raw_controls = true;
    let mut rig = Rig::playing(raw);
    rig.send(&[value(7, 0, 0, 0.5), value(70, 0, 0, 2.0)]);
    let [left, _] = rig.blocks(2);
    assert_eq!(changes(&left), [(7, 0.5), (70, 1.0)]);
}

#[test]
fn values_at_one_frame_take_effect_in_their_order() {
    let x = stepping("x", 0.0);
    let mut rig = Rig::playing(spec(1, vec![node(0, "drone", &[x])]));
    rig.send(&[
        value(7, 0, 0, 1.0),
        value(7, 0, 0, 2.0),
        value(7, 0, 0, 3.0),
    ]);
    let [left, _] = rig.blocks(1);
    assert_eq!(changes(&left), [(7, 3.0)]);
}

#[test]
fn a_free_voice_takes_the_values_of_its_note_at_once_and_a_sounding_one_glides() {
    let pitch = smoothed("pitch", 10.0, 0.0, 100.0);
    let mut rig = Rig::playing(spec(1, vec![node(0, "lead", &[gate() * pitch])]));
    rig.send(&[on(10, 1, 0, &[(1, 50.0)]), on(40, 2, 0, &[(1, 60.0)])]);
    let [left, _] = rig.blocks(1);
    assert_eq!(left[10..39], [50.0; 29]);
    assert!((left[40] - (50.0 + KAPPA * 10.0)).abs() < 1e-12);
}

#[test]
fn a_voice_that_has_fallen_silent_does_not_swoop() {
    let pitch = smoothed("pitch", 10.0, 0.0, 100.0);
    let mut rig = Rig::playing(spec(1, vec![node(0, "lead", &[gate() * pitch])]));
    rig.send(&[on(10, 1, 0, &[(1, 50.0)]), off(20, 1)]);
    rig.blocks(40);
    rig.send(&[value(2580, 0, 1, 70.0), on(2600, 2, 0, &[(1, 80.0)])]);
    let [left, _] = rig.blocks(2);
    assert_eq!(changes(&left), [(2600 - 2560, 80.0)]);
}

#[test]
fn notes_at_once_on_a_free_voice_do_not_glide_from_one_to_the_next() {
    let pitch = smoothed("pitch", 10.0, 0.0, 100.0);
    let mut rig = Rig::playing(spec(1, vec![node(0, "lead", &[gate() * pitch])]));
    rig.send(&[on(10, 1, 0, &[(1, 50.0)]), on(10, 2, 0, &[(1, 60.0)])]);
    let [left, _] = rig.blocks(1);
    assert_eq!(changes(&left), [(10, 60.0)]);
}

#[test]
fn a_note_on_a_silent_voice_finds_other_controls_arrived_too() {
    let level = smoothed("level", 0.1, 0.0, 1.0);
    let mut rig = Rig::playing(spec(1, vec![node(0, "lead", &[gate() * level])]));
    rig.blocks(40);
    rig.send(&[value(2565, 0, 1, 0.9), on(2565, 1, 0, &[])]);
    let [left, _] = rig.blocks(1);
    assert_eq!(changes(&left), [(5, 0.9)]);
}
