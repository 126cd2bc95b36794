//! Values at exact moments: where they take effect, and what is told when they cannot.

use proptest::prelude::*;
use synthc_engine::allocation::counts;
use synthc_engine::device::null::NullDevice;
use synthc_engine::engine::{Scheduled, When};
use synthc_engine::pattern::{Time, hit};
use synthc_engine::session::NodeDefinition;
use synthc_engine::{Engine, EngineConfig, EngineError, Session};

use synthc_ir::{Control, Signal};

use crate::support::{Rig, add, changes, config, level, session};

fn playing() -> (Session, Rig) {
    let mut session = session();
    add(&mut session, "a", level(0.0));
    let rig = Rig::playing(&session);
    (session, rig)
}

/// A number that jumps about: the next of a linear congruential generator.
fn next(seed: &mut u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

#[test]
fn five_thousand_events_a_second_each_take_effect_at_their_frame() {
    let (_, mut rig) = playing();
    let mut expected = vec![0.0; 96_000];
    let (mut seed, mut from) = (1, 0);
    let mut heard = Vec::new();
    // Two seconds, scheduled while they play: at times nearly at once, at times 100 ms ahead.
    for block in 0..1_500_u64 {
        let ahead = rig.engine.earliest_frame() + next(&mut seed) % 4_800;
        for value in 0..7 {
            let frame = ahead + next(&mut seed) % 64;
            if frame >= 96_000 {
                continue;
            }
            let number = ((block * 7 + value) % 9_999 + 1) as f64;
            let at = rig.engine.schedule(frame, "a/x", number).unwrap();
            assert_eq!(at, Scheduled { frame, late: 0 });
            // The last one asked for at a frame counts, until the next frame that has one.
            expected[frame as usize] = number;
        }
        heard.extend(rig.play(1)[0].iter().copied());
        from += 64;
    }
    assert_eq!(from, 96_000);
    let mut value = 0.0;
    for (frame, heard) in heard.iter().enumerate() {
        if expected[frame] != 0.0 {
            value = expected[frame];
        }
        assert_eq!(*heard, value, "at frame {frame}");
    }
    assert!(rig.notices().is_empty());
    assert_eq!(rig.engine.monitor().late_events(), 0);
}

#[test]
fn seconds_beats_and_cycles_are_the_frames_of_the_clock() {
    let (_, mut rig) = playing();
    let mut at = |when: When| rig.engine.schedule(when, "a/x", 1.0).unwrap().frame;
    assert_eq!(at(When::Seconds(0.1)), 4_800);
    assert_eq!(at(When::Seconds(1.0 / 3.0)), 16_000);
    // 120 beats a minute: a beat is 24 000 frames, a cycle 96 000.
    assert_eq!(at(When::Beats(1.0 / 3.0)), 8_000);
    assert_eq!(at(When::Cycles(Time::new(1, 7).unwrap())), 13_714);
    assert_eq!(at(When::Now), 0);
    let [left, _] = rig.play(4);
    assert_eq!(changes(&left), [(0, 1.0)]);
}

#[test]
fn beats_follow_a_change_of_tempo_and_seconds_do_not() {
    let (mut session, mut rig) = playing();
    rig.engine.schedule(When::Beats(2.0), "a/x", 1.0).unwrap();
    rig.engine.schedule(When::Seconds(1.0), "a/x", 2.0).unwrap();
    rig.play(10);
    session.set_tempo(240.0).unwrap();
    rig.update(&session);
    let frame = rig.processor.frame() as usize;
    let [left, _] = rig.play(1_000);
    let changes: Vec<_> = changes(&left)
        .iter()
        .map(|&(at, value)| (at + frame, value))
        .collect();
    // The new tempo holds from the end of what was committed, 20 ms after the frame of the last tick.
    let anchor = frame as f64 + 960.0;
    let beat = (anchor + (48_000.0 - anchor) / 2.0).floor() as usize;
    assert_eq!(changes, [(beat, 1.0), (48_000, 2.0)]);
}

#[test]
fn a_value_that_is_set_again_is_heard_again_and_one_that_is_left_alone_is_not() {
    let (mut session, mut rig) = playing();
    session.set("a/x", 3.0).unwrap();
    rig.update(&session);
    rig.play(10);
    rig.engine.schedule(When::Now, "a/x", 7.0).unwrap();
    assert_eq!(rig.play(10)[0][639], 7.0);
    // An edit of something else leaves it where it is.
    session.set_tempo(99.0).unwrap();
    rig.update(&session);
    assert_eq!(rig.play(10)[0][639], 7.0);
    session.set("a/x", 3.0).unwrap();
    rig.update(&session);
    assert_eq!(rig.play(10)[0][639], 3.0);
}

#[test]
fn a_value_that_is_set_again_with_an_edit_that_needs_a_plan_is_heard_again() {
    let (mut session, mut rig) = playing();
    session.set("a/x", 3.0).unwrap();
    rig.update(&session);
    rig.play(10);
    rig.engine.schedule(When::Now, "a/x", 7.0).unwrap();
    rig.play(10);
    add(&mut session, "b", level(0.0));
    rig.update(&session);
    assert_eq!(rig.play(40)[0][2559], 7.0);
    add(&mut session, "c", level(0.0));
    session.set("a/x", 3.0).unwrap();
    rig.update(&session);
    assert_eq!(rig.play(40)[0][2559], 3.0);
}

#[test]
fn a_send_that_is_set_again_is_heard_again_and_one_that_is_left_alone_is_not() {
    let mut session = session();
    add(&mut session, "a", level(1.0));
    let through = NodeDefinition::effect(1, [Signal::input(0)]).unwrap();
    add(&mut session, "fx", through);
    session.set_direct("a", false).unwrap();
    session.send("a", "fx", 0.25).unwrap();
    let mut rig = Rig::playing(&session);
    let heard = |session: &Session, rig: &mut Rig| {
        rig.update(session);
        rig.play(40)[0][2_559]
    };
    assert_eq!(heard(&session, &mut rig), 0.25);
    for (again, expected) in [(0.25, 0.25), (0.5, 0.5)] {
        rig.engine.schedule(When::Now, "a/fx_send", 0.75).unwrap();
        assert_eq!(heard(&session, &mut rig), 0.75);
        session.set_tempo(90.0 + 40.0 * again).unwrap();
        assert_eq!(heard(&session, &mut rig), 0.75);
        session.send("a", "fx", again).unwrap();
        assert_eq!(heard(&session, &mut rig), expected);
    }
    // With a fade under way it is as with `set`: the fade ends.
    session.fade("a/fx_send", 1.0, 8.0).unwrap();
    session.send("a", "fx", 0.5).unwrap();
    assert_eq!(session.automations().count(), 0);
}

#[test]
fn past_moments_mean_now_and_say_how_late_that_is() {
    let (_, mut rig) = playing();
    rig.play(100);
    let now = rig.engine.earliest_frame();
    assert_eq!(now, 6_400 + 128);
    let at = rig.engine.schedule(1_000, "a/x", 1.0).unwrap();
    assert_eq!(
        at,
        Scheduled {
            frame: now,
            late: now - 1_000
        }
    );
    let at = rig.engine.schedule(When::Beats(-3.0), "a/x", 2.0).unwrap();
    assert_eq!(
        at,
        Scheduled {
            frame: now,
            late: now
        }
    );
    let at = rig.engine.schedule(When::Now, "a/x", 3.0).unwrap();
    assert_eq!(
        at,
        Scheduled {
            frame: now,
            late: 0
        }
    );
    // What is committed already is 20 ms ahead; a value in between is exact all the same.
    rig.engine.schedule(now + 100, "a/x", 4.0).unwrap();
    let [left, _] = rig.play(8);
    assert_eq!(changes(&left), [(128, 3.0), (228, 4.0)]);
    assert_eq!(rig.engine.monitor().late_events(), 0);
}

#[test]
fn a_window_that_is_full_refuses_and_what_was_taken_arrives() {
    let session = playing().0;
    let mut rig = Rig::with(EngineConfig {
        events: 64,
        ..config()
    });
    rig.update(&session);
    let mut taken = 0;
    let refusal = loop {
        match rig
            .engine
            .schedule(2_000 + taken, "a/x", taken as f64 + 1.0)
        {
            Ok(at) => taken = at.frame - 2_000 + 1,
            Err(error) => break error,
        }
    };
    assert_eq!(taken, 32);
    assert_eq!(
        refusal.to_string(),
        "32 scheduled events fall into one window of 20 ms, which is the bound of 32; spread them, or raise `EngineConfig::events`"
    );
    assert!(matches!(
        refusal,
        EngineError::Overload {
            given: 32,
            bound: 32,
            ..
        }
    ));
    // The next window has room of its own.
    rig.engine.schedule(3_000, "a/x", -1.0).unwrap();
    let [left, _] = rig.play(50);
    let heard = changes(&left);
    assert_eq!(heard.len(), 33);
    assert!(
        heard[..32]
            .iter()
            .zip(2_000..)
            .all(|(heard, frame)| heard.0 == frame)
    );
}

#[test]
fn no_more_may_wait_than_the_configuration_says() {
    let session = playing().0;
    let mut rig = Rig::with(EngineConfig {
        pending: 10,
        ..config()
    });
    rig.update(&session);
    for second in 1..=10 {
        let when = When::Seconds(f64::from(second));
        rig.engine.schedule(when, "a/x", 1.0).unwrap();
    }
    let refusal = rig
        .engine
        .schedule(When::Beats(50.0), "a/x", 1.0)
        .unwrap_err();
    assert!(matches!(
        refusal,
        EngineError::Overload {
            given: 10,
            bound: 10,
            ..
        }
    ));
    assert!(
        refusal
            .to_string()
            .contains("schedule nearer to their time")
    );
    // Room comes back as values become due.
    rig.play(800);
    rig.engine.schedule(When::Beats(50.0), "a/x", 1.0).unwrap();
}

#[test]
fn a_value_for_a_node_on_its_way_waits_for_it() {
    let (mut session, mut rig) = playing();
    rig.play(4);
    add(&mut session, "b", level(0.0));
    rig.update(&session);
    let at = rig.engine.schedule(When::Now, "b/x", 0.5).unwrap();
    assert_eq!(at.late, 0);
    let [left, _] = rig.play(60);
    assert_eq!(left.last(), Some(&0.5));
    let late: Vec<String> = rig.notices();
    assert!(
        late.is_empty() || late[0].starts_with("1 scheduled events for `b/x` waited"),
        "{late:?}"
    );
}

#[test]
fn a_value_whose_place_is_gone_is_reported() {
    let (mut session, mut rig) = playing();
    add(&mut session, "b", level(0.0));
    rig.update(&session);
    rig.play(20);
    rig.engine.schedule(When::Seconds(0.2), "b/x", 0.5).unwrap();
    session.remove("b").unwrap();
    rig.update(&session);
    rig.play(200);
    assert_eq!(
        rig.notices(),
        ["a value scheduled for `b/x` was due when nothing of that name was left"]
    );
}

#[test]
fn what_cannot_be_scheduled_is_refused() {
    let (mut session, mut rig) = playing();
    add(&mut session, "drums/kick", level(0.0));
    let (mut idle, _processor) = Engine::<f64>::new(config()).unwrap();
    let refused = idle.schedule(When::Now, "master", 1.0).unwrap_err();
    assert!(matches!(refused, EngineError::NotPlaying));
    rig.update(&session);
    let mut refused = |when: When, path: &str, value: f64| {
        rig.engine
            .schedule(when, path, value)
            .unwrap_err()
            .to_string()
    };
    for seconds in [f64::NAN, f64::INFINITY, -1e300] {
        let text = refused(When::Seconds(seconds), "a/x", 1.0);
        assert!(
            text.ends_with("seconds is no moment; give a finite number up to 9e9"),
            "{text}"
        );
    }
    assert!(refused(When::Now, "a/y", 1.0).contains("no control `y`"));
    assert!(refused(When::Now, "drums", 1.0).contains("is a group"));
    assert!(refused(When::Now, "a/x", f64::INFINITY).contains("finite"));
    assert!(rig.notices().is_empty());
}

#[test]
fn nothing_is_late_in_a_host_with_buffers_longer_than_the_horizon() {
    let mut session = session();
    let gate = Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
    add(
        &mut session,
        "click",
        NodeDefinition::source([gate]).unwrap(),
    );
    session.play("click", &(hit() * 64)).unwrap();
    let (mut engine, processor) = Engine::<f64>::new(config()).unwrap();
    // 4096 frames at a time: four times the 20 ms for which events are committed ahead.
    let mut device = NullDevice::new(processor, 1, 4_096);
    engine.update(&session).unwrap();
    let mut heard = Vec::new();
    for _ in 0..12 {
        engine.tick().unwrap();
        heard.extend_from_slice(device.pull());
    }
    let opened = |frame: &usize| heard[*frame] == 1.0 && heard[*frame - 1] == 0.0;
    let opened: Vec<usize> = (1..heard.len()).filter(opened).collect();
    let expected: Vec<usize> = (0..opened.len()).map(|n| 64 + 1_500 * n).collect();
    assert_eq!(opened, expected);
    assert_eq!(engine.monitor().late_events(), 0);
}

#[test]
fn a_device_of_another_rate_plays_without_allocating_and_nothing_is_late() {
    let (_, rig) = playing();
    let Rig {
        mut engine,
        processor,
    } = rig;
    // 4410 frames at a time are 4800 of the engine's, five times what is committed ahead.
    let mut device = NullDevice::new(processor, 2, 4_410).at_rate(44_100.0);
    let mut heard = Vec::new();
    for pull in 0..20_u64 {
        engine
            .schedule(pull * 4_800 + 12_000, "a/x", (pull + 1) as f64)
            .unwrap();
        engine.tick().unwrap();
        let before = counts();
        let block = device.pull();
        assert!(pull == 0 || counts() == before, "pull {pull} allocated");
        heard.extend(block.iter().step_by(2).copied());
    }
    // In the middle between two steps.
    for step in 1..15 {
        let frame = ((12_000.0 + 4_800.0 * (f64::from(step) - 0.5)) * 44.1 / 48.0) as usize;
        assert!(
            (heard[frame] - f64::from(step)).abs() < 1e-3,
            "{}",
            heard[frame]
        );
    }
    assert_eq!(engine.monitor().late_events(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whenever they are asked for, in whatever order, values take effect as if all had been known from the start.
    #[test]
    fn the_moment_of_asking_has_no_influence(
        events in proptest::collection::vec((0_u64..6_400, 1_u32..1_000), 1..120),
        lead in 192_u64..3_000,
    ) {
        let (_, mut early) = playing();
        for (frame, value) in &events {
            early.engine.schedule(*frame, "a/x", f64::from(*value)).unwrap();
        }
        let (_, mut live) = playing();
        let mut heard = Vec::new();
        let mut asked = vec![false; events.len()];
        for _ in 0..100 {
            let now = live.processor.frame();
            // Never later than it must be, in the order of the list where frames agree.
            for (asked, (frame, value)) in asked.iter_mut().zip(&events) {
                if !*asked && *frame <= now + lead {
                    *asked = true;
                    let at = live.engine.schedule(*frame, "a/x", f64::from(*value)).unwrap();
                    prop_assert_eq!(at.late, 0);
                }
            }
            heard.extend(live.play(1)[0].iter().copied());
        }
        prop_assert_eq!(&heard, &early.play(100)[0]);
    }
}
