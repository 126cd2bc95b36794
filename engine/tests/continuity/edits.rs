//! Edits of functions.

use synthc_engine::Session;
use synthc_engine::carry::Fate;
use synthc_engine::session::NodeOptions;
use synthc_ir::Signal;
use synthc_ir::library::{adsr, delay, resonant, sine_osc, white_noise};

use crate::rig::*;

/// A tone with a past: two oscillators, a filter, an echo.
fn tone(pitch: f64, cutoff: Signal) -> Signal {
    let dry = resonant(sine_osc(pitch) + sine_osc(pitch * 1.5) * 0.5, cutoff, 0.7) * 0.3;
    &dry + delay(&dry, 5_000.0) * 0.5
}

fn cutoff() -> Signal {
    Signal::constant(800.0)
}

/// Everything that the old one had goes on.
fn carried(fate: Fate, at_least: usize) {
    let Fate::Carried { state, of } = fate else {
        panic!("{fate:?}");
    };
    assert!(state >= at_least, "{state} of {of}");
}

#[test]
fn a_constant_changed() {
    let before = solo(tone(220.0, cutoff()));
    carried(
        goes_on(&before, &solo(tone(330.0, cutoff()))).fate("lead"),
        5,
    );
    carried(
        goes_on(&before, &solo(tone(220.0, Signal::constant(1500.0)))).fate("lead"),
        5,
    );
    goes_on(&before, &solo(tone(220.0, cutoff()) * 0.2));
}

#[test]
fn a_control_added_and_removed() {
    let fixed = solo(tone(220.0, cutoff()));
    let moved = solo(tone(220.0, control("cutoff", 1200.0, 100.0, 5000.0)));
    carried(goes_on(&fixed, &moved).fate("lead"), 5);
    carried(goes_on(&moved, &fixed).fate("lead"), 5);
    let mut set = moved.clone();
    set.set("lead/cutoff", 400.0).unwrap();
    goes_on(&moved, &set);
}

#[test]
fn a_control_of_another_start() {
    let start = |init| solo(tone(220.0, control("cutoff", init, 100.0, 5000.0)));
    goes_on(&start(500.0), &start(2000.0));
}

#[test]
fn an_expression_wrapped_in_another() {
    let plain = solo(tone(220.0, cutoff()));
    let wrapped = solo((tone(220.0, cutoff()) * 4.0).tanh() * 0.4);
    carried(goes_on(&plain, &wrapped).fate("lead"), 5);
    carried(goes_on(&wrapped, &plain).fate("lead"), 5);
}

#[test]
fn a_filter_inserted_before_between_and_after_others() {
    let chain = |cutoffs: &[f64]| {
        let start = sine_osc(220.0) + sine_osc(441.0) * 0.5;
        let filter = |x: Signal, cutoff: &f64| resonant(x, *cutoff, 0.8);
        solo(cutoffs.iter().fold(start, filter) * 0.3)
    };
    let two = chain(&[900.0, 1500.0]);
    for three in [
        [600.0, 900.0, 1500.0],
        [900.0, 600.0, 1500.0],
        [900.0, 1500.0, 600.0],
    ] {
        carried(goes_on(&two, &chain(&three)).fate("lead"), 6);
        carried(goes_on(&chain(&three), &two).fate("lead"), 6);
    }
}

#[test]
fn an_oscillator_inserted() {
    let two = || sine_osc(220.0) + sine_osc(331.0);
    let three = solo((two() + sine_osc(447.0)) * 0.2);
    let plain = solo(two() * 0.2);
    carried(goes_on(&plain, &three).fate("lead"), 2);
    carried(goes_on(&three, &plain).fate("lead"), 2);
    let modulated = solo((sine_osc(sine_osc(5.0) * 4.0 + 220.0) + sine_osc(331.0)) * 0.2);
    carried(goes_on(&plain, &modulated).fate("lead"), 2);
}

#[test]
fn something_else_entirely() {
    let heard = goes_on(&solo(tone(220.0, cutoff())), &solo(white_noise() * 0.1));
    assert!(matches!(
        heard.fate("lead"),
        Fate::Restarted | Fate::Carried { state: 0..=1, .. }
    ));
}

#[test]
fn a_delay_made_longer_and_shorter() {
    let echo = |frames: f64| {
        let dry = sine_osc(220.0) * 0.3;
        solo(&dry + delay(&dry, frames) * 0.6)
    };
    for (before, after) in [
        (9_000.0, 30_000.0),
        (30_000.0, 9_000.0),
        (3_000.0, 100.0),
        (100.0, 3_000.0),
    ] {
        carried(goes_on(&echo(before), &echo(after)).fate("lead"), 2);
    }
}

#[test]
fn a_delay_added() {
    let echo = |frames: Option<f64>| {
        let dry = sine_osc(220.0) * 0.3;
        let wet = frames.map(|frames| delay(&dry, frames) * 0.6);
        solo(wet.map_or_else(|| dry.clone(), |wet| &dry + wet))
    };
    // Longer than the fade: what is written first is heard at full level.
    for frames in [700.0, 5_000.0] {
        goes_on(&echo(None), &echo(Some(frames)));
        goes_on(&echo(Some(frames)), &echo(None));
    }
}

#[test]
fn a_delay_made_longer_that_has_forgotten_its_beginning() {
    let echo = |frames: f64| {
        let dry = sine_osc(220.0) * 0.3;
        solo(&dry + delay(&dry, frames) * 0.6)
    };
    // Copied in two blocks: the frames that the second one forgets are not heard either.
    goes_on(&echo(3_000.0), &echo(9_000.0));
}

#[test]
fn a_node_with_a_delay_added() {
    let one = solo(tone(220.0, cutoff()));
    let echo = |x: Signal| &x + delay(&x, 5_000.0) * 0.6;
    let mut two = one.clone();
    two.node(
        "bass",
        source(echo(sine_osc(110.0) * 0.3)),
        NodeOptions::default(),
    )
    .unwrap();
    goes_on(&one, &two);
}

#[test]
fn another_function_with_a_delay_in_its_place() {
    let echo = |x: Signal| &x + delay(&x, 5_000.0) * 0.6;
    goes_on(
        &solo(white_noise() * 0.1),
        &solo(echo(sine_osc(220.0) * 0.3)),
    );
}

#[test]
fn a_line_that_grows_is_not_heard_to_be_copied() {
    // The same delay from a longer line: what is heard does not change at all.
    let echo = |max: f64| {
        let dry = sine_osc(220.0) * 0.3;
        let line = synthc_ir::signal::DelayMax::Frames(max);
        solo(&dry + synthc_ir::library::delay_max(&dry, 7_000.0, line) * 0.6)
    };
    let alone = play(&[(&echo(8_000.0), 300)]).left;
    let edited = play(&[(&echo(8_000.0), 150), (&echo(60_000.0), 150)]);
    let at = edited.at;
    assert!(at > 150 * 64 + 64, "copied in more than a block");
    for (frame, (a, b)) in alone.iter().zip(&edited.left).enumerate() {
        assert!((a - b).abs() < 1e-12, "frame {frame}, adopted at {at}");
    }
}

#[test]
fn lines_reordered_and_variables_renamed() {
    let a = || tone(220.0, cutoff()) + white_noise() * 0.01;
    let b = || resonant(sine_osc(331.0), control("bright", 900.0, 50.0, 4000.0), 0.9) * 0.1;
    means_nothing(&solo(a() + b()), &solo(b() + a()));
}

#[test]
fn tempo_meter_and_patterns_changed() {
    let before = solo(tone(220.0, cutoff()));
    let mut after = before.clone();
    after.set_tempo(173.0).unwrap();
    after.set_meter(7.0).unwrap();
    means_nothing(&before, &after);
    let mut played = before.clone();
    let gate = source(tone(331.0, cutoff()) * control("gate", 0.0, 0.0, 1.0) * 0.0);
    played.node("other", gate, NodeOptions::default()).unwrap();
    let mut otherwise = played.clone();
    otherwise
        .play("other", &(synthc_engine::pattern::hit() * 16))
        .unwrap();
    means_nothing(&played, &otherwise);
}

/// Held notes on three voices, at a tempo and a meter.
fn held(pitches: &str, tempo: f64, meter: f64) -> Session {
    let gate = control("gate", 0.0, 0.0, 1.0);
    let tone = sine_osc(control("freq", 220.0, 20.0, 2000.0));
    let keys = source(tone * adsr(0.02, 0.1, 0.7, 0.2, &gate) * 0.2);
    let mut session = Session::new();
    session
        .node("keys", keys, NodeOptions::default().count(3))
        .unwrap();
    let pattern = synthc_engine::pattern::parse(pitches, &Default::default()).unwrap();
    session.play("keys", &pattern).unwrap();
    session.set_tempo(tempo).unwrap();
    session.set_meter(meter).unwrap();
    session
}

#[test]
fn tempo_meter_and_pattern_of_what_sounds() {
    let before = held("A3 C4 E4 A4 C5 A3 E4 C4", 120.0, 4.0);
    let mut hushed = before.clone();
    hushed.hush("keys").unwrap();
    for after in [
        held("E4 A3 C5 A3 C4 E4 A4 A3", 120.0, 4.0),
        held("C4 ~ E4 ~ A4", 120.0, 4.0),
        held("A3 C4 E4 A4 C5 A3 E4 C4", 151.0, 4.0),
        held("A3 C4 E4 A4 C5 A3 E4 C4", 120.0, 7.0),
    ] {
        goes_on(&before, &after);
        goes_on(&after, &before);
    }
    goes_on(&before, &hushed);
}

#[test]
fn nodes_added_removed_and_renamed() {
    let one = solo(tone(220.0, cutoff()));
    let mut two = one.clone();
    two.node(
        "bass",
        source(tone(110.0, cutoff())),
        NodeOptions::default(),
    )
    .unwrap();
    let heard = goes_on(&one, &two);
    assert_eq!(
        (heard.fate("lead"), heard.fate("bass")),
        (Fate::Untouched, Fate::New)
    );
    let heard = goes_on(&two, &one);
    assert_eq!(
        (heard.fate("lead"), heard.fate("bass")),
        (Fate::Untouched, Fate::Removed)
    );
    let mut renamed = one.clone();
    renamed.remove("lead").unwrap();
    renamed
        .node("top", source(tone(220.0, cutoff())), NodeOptions::default())
        .unwrap();
    means_nothing(&one, &renamed);
}

#[test]
fn what_is_removed_and_comes_back() {
    let one = solo(tone(220.0, cutoff()));
    let mut two = one.clone();
    two.node(
        "bass",
        source(tone(110.0, cutoff())),
        NodeOptions::default(),
    )
    .unwrap();
    goes_on(&one, &two);
    let heard = play(&[(&two, 150), (&one, 100), (&two, 150)]);
    let alone = play(&[(&two, 300)]).left;
    let bound = 2.0 * bend(&alone, 9_600..alone.len());
    assert!(bend(&heard.left, 9_000..heard.left.len()) <= bound);
}

#[test]
fn what_becomes_equal_goes_on_apart() {
    // Phases that have come apart stay so, though nothing tells the oscillators from each other any more; and a
    // beat that has gone by then does not come back.
    let two = |pitch: f64| solo((sine_osc(220.0) - sine_osc(pitch)) * 0.3);
    let (apart, equal) = (two(221.7), two(220.0));
    let heard = goes_on(&apart, &equal);
    carried(heard.fate("lead"), 2);
    let after = &heard.left[heard.at + 2400..];
    let loud = |x: &&f64| x.abs() > 0.1;
    assert!(after.iter().any(|x| loud(&x)), "the two have become one");
    // From the start they are one, and cancel.
    let fresh = play(&[(&equal, 20)]).left;
    assert!(fresh.iter().all(|x| *x == 0.0));
    // Code that keeps them apart is followed by code that does.
    let quiet = solo((sine_osc(220.0) - sine_osc(220.0)) * 0.2);
    let back = play(&[(&apart, 150), (&equal, 20), (&quiet, 20), (&equal, 60)]);
    assert!(back.left[back.at + 2400..].iter().any(|x| loud(&x)));
}

#[test]
fn what_became_equal_goes_on_apart_under_another_name() {
    // The twin has the same definition, and code in which its two are one: not for the node that was renamed.
    let two = |pitch: f64| source((sine_osc(220.0) - sine_osc(pitch)) * 0.3);
    let beside_twin = |name: &str, pitch: f64| {
        let mut session = Session::new();
        for (name, pitch) in [("a twin", 220.0), (name, pitch)] {
            session
                .node(name, two(pitch), NodeOptions::default())
                .unwrap();
        }
        session
    };
    let apart = beside_twin("lead", 221.7);
    let equal = beside_twin("lead", 220.0);
    let renamed = beside_twin("other", 220.0);
    let heard = play(&[(&apart, 150), (&equal, 20), (&renamed, 60)]);
    let after = &heard.left[heard.at + 2400..];
    assert!(
        after.iter().any(|x| x.abs() > 0.1),
        "the two have become one"
    );
}
