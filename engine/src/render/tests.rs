//! Functions and sessions as samples.

use synthc_ir::{Control, Signal};

use super::*;
use crate::pattern::{self, hit};
use crate::session::{NodeDefinition, NodeOptions, Shape};

fn control(name: &str, init: f64, lo: f64, hi: f64) -> Signal {
    Signal::control(Control::new(name, init, lo, hi))
}

/// All channels of a function.
fn function(outputs: &[Signal], inputs: &[Input], options: &FunctionOptions) -> Vec<Vec<f64>> {
    let mut channels = vec![Vec::new(); outputs.len()];
    let sink = |block: &[&[f64]]| {
        for (channel, samples) in channels.iter_mut().zip(block) {
            channel.extend_from_slice(samples);
        }
        Ok(())
    };
    let summary = render_function(outputs, inputs, options, sink, |_| {}).unwrap();
    assert!(
        channels
            .iter()
            .all(|channel| channel.len() as u64 == summary.frames)
    );
    channels
}

fn frames(frames: u64) -> FunctionOptions {
    FunctionOptions {
        length: Length::Frames(frames),
        ..FunctionOptions::default()
    }
}

fn at(frame: u64, path: &str, value: f64) -> TimedValue {
    TimedValue {
        frame,
        path: path.to_owned(),
        value,
    }
}

#[test]
fn a_function_shows_what_it_computes() {
    let outputs = [Signal::input(0) * 2.0, Signal::input(1) / 0.0];
    let inputs = [Input::Impulse { frame: 2 }, Input::Constant(-1.0)];
    let channels = function(&outputs, &inputs, &frames(4));
    assert_eq!(channels[0], [0.0, 0.0, 2.0, 0.0]);
    assert_eq!(channels[1], [f64::NEG_INFINITY; 4]);
}

#[test]
fn a_raw_control_steps_at_exactly_its_frame() {
    let options = FunctionOptions {
        raw_controls: true,
        values: vec![("level".to_owned(), 0.25)],
        events: vec![
            at(100, "level", 1.0),
            at(67, "level", 0.5),
            at(100, "level", 2.0),
        ],
        ..frames(200)
    };
    let samples = function(&[control("level", 0.0, 0.0, 1.0)], &[], &options).remove(0);
    let expected = |n: usize| {
        if n < 67 {
            0.25
        } else if n < 100 {
            0.5
        } else {
            1.0
        }
    };
    for (n, sample) in samples.iter().enumerate() {
        assert_eq!(*sample, expected(n), "frame {n}");
    }
}

#[test]
fn a_smoothed_control_follows_the_recurrence_and_comes_to_rest() {
    let options = FunctionOptions {
        events: vec![at(10, "level", 1.0)],
        ..frames(20_000)
    };
    let samples = function(&[control("level", 0.0, 0.0, 1.0)], &[], &options).remove(0);
    let coefficient = 44.1 / 48_000.0;
    let mut value = 0.0;
    for (n, sample) in samples.iter().enumerate().take(10_000) {
        if n >= 10 {
            value += coefficient * (1.0 - value);
        }
        assert!((sample - value).abs() < 1e-12, "frame {n}");
    }
    assert_eq!(*samples.last().unwrap(), 1.0);
    let gate = control("gate", 0.0, 0.0, 1.0);
    let options = FunctionOptions {
        events: vec![at(10, "gate", 1.0)],
        ..frames(20)
    };
    let samples = function(&[gate], &[], &options).remove(0);
    assert_eq!(samples[9..11], [0.0, 1.0]);
}

#[test]
fn the_block_size_of_a_function_changes_no_bit() {
    let sweep = control("cutoff", 800.0, 100.0, 4000.0);
    let y = synthc_ir::feedback(|y| y + (Signal::input(0) - y) * (&sweep * 1e-4));
    let inputs = [Input::Noise { seed: 7 }];
    let with_block = |block| {
        let options = FunctionOptions {
            block,
            events: vec![at(1_001, "cutoff", 3000.0)],
            ..frames(9_000)
        };
        function(std::slice::from_ref(&y), &inputs, &options)
    };
    let reference = with_block(512);
    for block in [1, 17, 64, 480, 4096] {
        assert_eq!(with_block(block), reference, "blocks of {block}");
    }
}

#[test]
fn what_a_function_does_not_have_is_refused() {
    let outputs = [control("cutoff", 800.0, 100.0, 4000.0) * Signal::input(0)];
    let fails = |inputs: &[Input], options: &FunctionOptions| {
        let sink = |_: &[&[f32]]| Ok(());
        render_function(&outputs, inputs, options, sink, |_| {})
            .unwrap_err()
            .to_string()
    };
    let one = [Input::Constant(0.0)];
    let typo = FunctionOptions {
        events: vec![at(0, "cutof", 1.0)],
        ..frames(1)
    };
    assert_eq!(
        fails(&one, &typo),
        "the function has no control `cutof`; did you mean `cutoff`?"
    );
    assert!(fails(&[], &frames(1)).contains("has 1 inputs and was given 0"));
    assert!(
        fails(
            &one,
            &FunctionOptions {
                block: 0,
                ..frames(1)
            }
        )
        .contains("a block has 0 frames")
    );
    assert!(
        fails(
            &one,
            &FunctionOptions {
                length: Length::Seconds(-1.0),
                ..frames(1)
            }
        )
        .contains("-1 seconds")
    );
    assert!(
        fails(
            &one,
            &FunctionOptions {
                sample_rate: 0.0,
                ..frames(1)
            }
        )
        .contains("sample rate")
    );
}

#[test]
fn a_failing_sink_ends_the_render() {
    let sink = |_: &[&[f32]]| Err(io::Error::other("disk full"));
    let error =
        render_function(&[Signal::constant(0.0)], &[], &frames(10), sink, |_| {}).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the samples could not be written: disk full"
    );
}

/// A pluck with an exponential decay and noise, a stereo effect, poly chords, sends, modulation.
fn beat() -> Session {
    let mut session = Session::new();
    session.set_tempo(127.3).unwrap();
    session.set_seed(11);
    let gate = control("gate", 0.0, 0.0, 1.0);
    let decay = synthc_ir::feedback(|y| gate.clone().max(y * 0.9995));
    let saw = |freq: &Signal| {
        let step = freq / Signal::sample_rate();
        synthc_ir::feedback(|phase| phase + &step - (phase + &step).floor()) * 2.0 - 1.0
    };
    let freq = control("freq", 110.0, 20.0, 2000.0);
    let cutoff = control("cutoff", 800.0, 100.0, 4000.0) / Signal::sample_rate() * 6.0;
    let tone = synthc_ir::feedback(|y| y + (saw(&freq) - y) * &cutoff);
    let pluck = NodeDefinition::source([tone * &decay]).unwrap();
    let kick = NodeDefinition::source([decay.clone() * saw(&(decay * 200.0 + 50.0))]).unwrap();
    let left = synthc_ir::feedback(|y| Signal::input(0) * 0.3 + y * 0.7);
    let wide = NodeDefinition::effect(1, [left, Signal::input(0) * 0.5]).unwrap();
    session
        .node("kick", kick, NodeOptions::default().gain(0.8))
        .unwrap();
    session
        .node("pluck", pluck, NodeOptions::default().count(3).pan(-0.3))
        .unwrap();
    session.node("wide", wide, NodeOptions::default()).unwrap();
    session.send("pluck", "wide", 0.4).unwrap();
    session.play("kick", &(hit() * 4)).unwrap();
    let chords = pattern::chord(["A3", "C4", "E4"]).unwrap() + pattern::note("A2").unwrap();
    session
        .play("pluck", &chords.swing(0.67, 8).unwrap())
        .unwrap();
    session
        .modulate("pluck/cutoff", Shape::Sine, 200.0, 2000.0, 1.0)
        .unwrap();
    session
}

/// Left and right of a session.
fn samples<T: Sample>(
    session: &Session,
    options: &RenderOptions,
) -> ([Vec<f64>; 2], RenderSummary) {
    let mut channels = [Vec::new(), Vec::new()];
    let sink = |block: &[&[T]]| {
        for (channel, samples) in channels.iter_mut().zip(block) {
            channel.extend(samples.iter().map(|x| x.to_f64()));
        }
        Ok(())
    };
    let summary = render(session, options, sink, |_| {}).unwrap();
    assert_eq!(channels[0].len() as u64, summary.frames);
    (channels, summary)
}

#[test]
fn the_host_block_size_changes_no_bit_of_a_session() {
    let session = beat();
    let with_block = |block| {
        let events = vec![
            at(12_345, "wide/gain", 0.9),
            at(20_001, "pluck/cutoff", 3000.0),
        ];
        samples::<f32>(
            &session,
            &RenderOptions {
                block,
                events,
                ..RenderOptions::default()
            },
        )
    };
    let (reference, summary) = with_block(512);
    assert!(
        summary.channels.iter().all(|levels| levels.peak > 0.1),
        "{summary:?}"
    );
    assert!(summary.notices.is_empty(), "{:?}", summary.notices);
    for block in [1, 17, 64, 480, 4096] {
        let (other, _) = with_block(block);
        assert_eq!(other[0].len(), reference[0].len(), "blocks of {block}");
        let first = other[0].iter().zip(&reference[0]).position(|(a, b)| a != b);
        assert_eq!(first, None, "blocks of {block}");
        assert!(other == reference, "blocks of {block}");
    }
}

#[test]
fn the_same_session_gives_the_same_samples() {
    let session = beat();
    let options = RenderOptions {
        length: Length::Seconds(0.5),
        ..RenderOptions::default()
    };
    assert!(samples::<f64>(&session, &options).0 == samples::<f64>(&session.clone(), &options).0);
}

/// A gate as it is, on both sides.
fn click(pattern: &pattern::Pattern) -> Session {
    let mut session = Session::new();
    session.set_master(1.0).unwrap();
    let gate = NodeDefinition::source([control("gate", 0.0, 0.0, 1.0)]).unwrap();
    session
        .node("click", gate, NodeOptions::default().gain(1.0))
        .unwrap();
    session.play("click", pattern).unwrap();
    session
}

#[test]
fn beat_zero_is_frame_zero_and_every_beat_exact() {
    let options = RenderOptions {
        length: Length::Bars(2.0),
        ..RenderOptions::default()
    };
    let mut session = click(&(hit() * 4));
    session.set_tempo(128.0).unwrap();
    let ([left, right], summary) = samples::<f32>(&session, &options);
    assert_eq!(summary.rule, LengthRule::Given);
    assert_eq!(left, right);
    for (frame, sample) in left.iter().enumerate() {
        let open = frame % 22_500 < 11_250;
        assert_eq!(*sample, f64::from(u8::from(open)), "frame {frame}");
    }
}

#[test]
fn the_natural_length_is_the_period_and_the_tail() {
    // The gate is open over the end of the cycle; it is released there.
    let (_, summary) = samples::<f64>(&click(&hit().gate(2).unwrap()), &RenderOptions::default());
    assert_eq!(
        summary.rule,
        LengthRule::Period {
            cycles: pattern::Time::ONE
        }
    );
    assert_eq!(summary.frames, 96_000 + 24_000);
    // A tail that does not end.
    let mut session = click(&hit());
    let drone = NodeDefinition::source([Signal::constant(0.1)]).unwrap();
    session
        .node("drone", drone, NodeOptions::default())
        .unwrap();
    let (_, summary) = samples::<f64>(&session, &RenderOptions::default());
    assert_eq!(summary.frames, 96_000 + 480_000);
    let (_, summary) = samples::<f64>(&Session::new(), &RenderOptions::default());
    assert_eq!(
        (summary.rule, summary.frames),
        (LengthRule::NoPatterns, 504_000)
    );
}

#[test]
fn a_fade_that_ends_with_the_body_reaches_its_target() {
    // 127 beats a minute: a cycle is 90 708.66 frames, none of the grid.
    let mut session = click(&hit());
    session.set_tempo(127.0).unwrap();
    session.gain("click", 0.0).unwrap();
    let dc = NodeDefinition::source([Signal::constant(0.5)]).unwrap();
    let options = NodeOptions::default().gain(1.0);
    session.node("dc", dc, options).unwrap();
    session.fade("dc", 0.0, 3.0).unwrap();
    let ([left, _], summary) = samples::<f64>(&session, &RenderOptions::default());
    assert_eq!(
        summary.rule,
        LengthRule::Fades {
            cycles: pattern::Time::integer(3)
        }
    );
    // Some milliseconds of smoothing, and half a second of silence that ends the tail.
    let tail = summary.frames - 272_126;
    assert!((24_000..25_000).contains(&tail), "{tail}");
    assert_eq!(left.last(), Some(&0.0));
}

#[test]
fn every_open_gate_is_released_whoever_opened_it() {
    let gate = || Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
    let born_open = Signal::control(Control::new("gate", 1.0, 0.0, 1.0));
    let node = |session: &mut Session, name: &str, signal: Signal| {
        let definition = NodeDefinition::source([signal]).unwrap();
        session
            .node(name, definition, NodeOptions::default())
            .unwrap();
    };
    let mut session = click(&hit());
    node(&mut session, "open", born_open);
    node(&mut session, "late", gate());
    node(&mut session, "moved", gate());
    session
        .modulate("moved/gate", Shape::Ramp, 0.0, 1.0, 1.0)
        .unwrap();
    let options = RenderOptions {
        events: vec![at(1000, "late/gate", 1.0), at(96_500, "late/gate", 1.0)],
        ..RenderOptions::default()
    };
    let ([left, _], summary) = samples::<f64>(&session, &options);
    assert!(left[95_999] > 0.9);
    assert!(left[96_000..].iter().all(|&x| x == 0.0));
    assert_eq!(summary.frames, 96_000 + 24_000);
}

#[test]
fn gates_are_released_at_the_very_end_of_the_period() {
    let mut session = click(&hit().gate(3).unwrap());
    session.set_tempo(128.0).unwrap();
    let ([left, _], _) = samples::<f64>(
        &session,
        &RenderOptions {
            block: 77,
            ..RenderOptions::default()
        },
    );
    assert!(left[..90_000].iter().all(|x| *x == 1.0));
    assert!(left[90_000..].iter().all(|x| *x == 0.0));
}

#[test]
fn a_session_that_was_stopped_is_silent() {
    let mut session = beat();
    session.stop();
    let ([left, right], summary) = samples::<f32>(
        &session,
        &RenderOptions {
            length: Length::Bars(1.0),
            ..RenderOptions::default()
        },
    );
    assert_eq!(summary.channels[0].peak, 0.0);
    assert!(left.iter().chain(&right).all(|x| *x == 0.0));
}

#[test]
fn an_exact_event_changes_the_sample_of_its_frame() {
    let mut session = click(&hit());
    session.stop();
    let events = vec![at(1_001, "click/gate", 1.0), at(1_500, "click/gate", 0.0)];
    let options = RenderOptions {
        length: Length::Frames(2_000),
        events,
        ..RenderOptions::default()
    };
    let ([left, _], _) = samples::<f32>(&session, &options);
    for (frame, sample) in left.iter().enumerate() {
        assert_eq!(
            *sample,
            f64::from(u8::from((1_001..1_500).contains(&frame))),
            "frame {frame}"
        );
    }
}

#[test]
fn a_fade_moves_the_level_in_a_straight_line() {
    let mut session = Session::new();
    session.set_master(1.0).unwrap();
    let dc = NodeDefinition::source([Signal::constant(0.5)]).unwrap();
    session
        .node("dc", dc, NodeOptions::default().gain(1.0))
        .unwrap();
    session.fade("dc", 0.0, 1.0).unwrap();
    let ([left, _], _) = samples::<f64>(
        &session,
        &RenderOptions {
            length: Length::Bars(1.5),
            ..RenderOptions::default()
        },
    );
    for frame in (0..96_000).step_by(9_601) {
        let exact = 0.5 * (1.0 - frame as f64 / 96_000.0);
        // Steps of 64 frames behind a smoother of two and a half milliseconds.
        assert!(
            (left[frame] - exact).abs() < 0.5 * 200.0 / 96_000.0,
            "frame {frame}: {}",
            left[frame]
        );
    }
    assert!(left[97_000..].iter().all(|x| *x == 0.0));
}

#[test]
fn a_muted_node_is_silent_with_its_sends() {
    let mut session = beat();
    session.mute("kick").unwrap();
    session.mute("pluck").unwrap();
    let (_, summary) = samples::<f32>(
        &session,
        &RenderOptions {
            length: Length::Bars(1.0),
            ..RenderOptions::default()
        },
    );
    assert_eq!(summary.channels[0].peak, 0.0);
}

#[test]
fn a_node_that_is_not_finite_is_named_and_the_rest_plays() {
    let mut session = click(&(hit() * 4));
    let broken = NodeDefinition::source([control("gate", 0.0, 0.0, 1.0) / 0.0]).unwrap();
    session
        .node("broken", broken, NodeOptions::default())
        .unwrap();
    session.play("broken", &hit()).unwrap();
    let options = RenderOptions {
        length: Length::Bars(1.0),
        ..RenderOptions::default()
    };
    let ([left, _], summary) = samples::<f32>(&session, &options);
    assert_eq!(left[24_100], 1.0);
    let text: Vec<String> = summary.notices.iter().map(ToString::to_string).collect();
    assert!(
        text.iter().any(|notice| notice.contains("node `broken`")),
        "{text:?}"
    );
}

#[test]
fn thousands_of_events_in_a_moment_arrive_in_time() {
    // 65 536 notes a cycle at 6000 beats a minute: 34 a frame.
    let mut session = click(&(hit() * 65_536));
    session.set_tempo(6000.0).unwrap();
    let options = RenderOptions {
        length: Length::Bars(1.0),
        ..RenderOptions::default()
    };
    let (_, summary) = samples::<f32>(&session, &options);
    assert_eq!(summary.frames, 1_920);
    assert!(summary.notices.is_empty());
}

/// The samples and summary of a function of natural length.
fn natural_function(outputs: &[Signal], inputs: &[Input]) -> (Vec<f64>, RenderSummary) {
    let mut samples = Vec::new();
    let sink = |block: &[&[f64]]| {
        samples.extend_from_slice(block[0]);
        Ok(())
    };
    let options = FunctionOptions::default();
    let summary = render_function(outputs, inputs, &options, sink, |_| {}).unwrap();
    (samples, summary)
}

#[test]
fn a_recording_through_a_function_keeps_its_tail() {
    // An echo every 0.1 s, 20 dB down each: below −90 dBFS after five repeats.
    let echo = synthc_ir::library::echo(Signal::input(0), 100.0, 0.1);
    let input = Input::Samples(vec![1.0; 480].into());
    let (samples, summary) = natural_function(&[echo], &[input]);
    let last_loud = samples.iter().rposition(|x| x.abs() >= 3.2e-5).unwrap();
    assert_eq!(last_loud, 4 * 4800 + 479);
    assert_eq!(samples.len(), last_loud + 1 + 24_000);
    assert_eq!(summary.frames, samples.len() as u64);
    assert_eq!(
        summary.rule.to_string(),
        "0.010 s, the longest input, and the tail"
    );
}

#[test]
fn a_function_without_recordings_plays_ten_seconds_and_releases_its_gate() {
    let gate = Signal::control(Control::new("gate", 1.0, 0.0, 1.0));
    let env = synthc_ir::library::adsr(0.01, 0.1, 0.5, 0.25, gate);
    let (samples, _) = natural_function(&[env], &[]);
    assert_eq!(samples[479_999], 0.5);
    assert!(samples[480_000] < 0.5);
    assert!(samples.len() > 480_000 + 24_000 && samples.len() <= 480_000 + 12_000 + 24_000);
    let endless = natural_function(&[synthc_ir::library::sine_osc(440.0)], &[]);
    assert_eq!(endless.0.len(), 20 * 48_000);
}
