//! Inputs at other rates and clocks, and what was delivered played again.

use super::*;
use crate::device::lease::Lease;
use crate::session::{NodeDefinition, NodeOptions, Session};
use crate::{Engine, EngineConfig};

/// What an engine at `out` plays of an input at `rate` whose clock is off by `drift`, in blocks of 64.
fn played(rate: f64, drift: f64, out: f64, blocks: usize) -> (Vec<f64>, Arc<InputStatus>) {
    let (mut sender, node) = input(1, rate);
    let status = Arc::clone(node.status());
    let (mut engine, mut processor) = Engine::<f64>::new(EngineConfig {
        limiter: None,
        ..EngineConfig::new(out)
    })
    .unwrap();
    let mut session = Session::new();
    session.set_master(1.0).unwrap();
    let definition = NodeDefinition::own(node).unwrap();
    let options = NodeOptions::default().gain(1.0);
    session.node("input", definition, options).unwrap();
    engine.update(&session).unwrap();
    let (mut owed, mut sent, mut heard) = (0.0, 0_u64, Vec::new());
    let mut sound = std::iter::from_fn(|| {
        let x = (std::f64::consts::TAU * 1000.0 * sent as f64 / rate).sin();
        sent += 1;
        Some([x as f32, 0.0])
    });
    for _ in 0..blocks {
        owed += 64.0 * rate / out * (1.0 + drift);
        // Callbacks of 256 frames.
        while owed >= 256.0 {
            sender.send((&mut sound).take(256));
            owed -= 256.0;
        }
        engine.tick().unwrap();
        heard.extend_from_slice(processor.next_block()[0]);
    }
    (heard, status)
}

/// The part of a signal that is not the sine of 1 kHz, relative to it, in dB; over whole periods.
fn rest(signal: &[f64], rate: f64) -> f64 {
    let turn = |n: usize| (std::f64::consts::TAU * 1000.0 * n as f64 / rate).sin_cos();
    let n = signal.len() as f64;
    let (mut a, mut b) = (0.0, 0.0);
    for (i, x) in signal.iter().enumerate() {
        let (sin, cos) = turn(i);
        a += x * sin * 2.0 / n;
        b += x * cos * 2.0 / n;
    }
    let error = signal.iter().enumerate().map(|(i, x)| {
        let (sin, cos) = turn(i);
        (x - a * sin - b * cos).powi(2)
    });
    let power = 0.5 * (a * a + b * b) * n;
    10.0 * (error.sum::<f64>() / power).log10()
}

#[test]
fn at_one_rate_and_one_clock_samples_come_in_as_they_are() {
    let (heard, status) = played(48_000.0, 0.0, 48_000.0, 400);
    let begin = heard.iter().position(|x| *x != 0.0).unwrap();
    let expected = |n: usize| {
        let x = (std::f64::consts::TAU * 1000.0 * n as f64 / 48_000.0).sin();
        f64::from(x as f32)
    };
    // The very first sample is 0.
    for (n, x) in heard[begin..].iter().enumerate() {
        assert_eq!(*x, expected(n + 1), "frame {n}");
    }
    assert_eq!((status.underruns(), status.lost_frames()), (0, 0));
}

#[test]
fn other_rates_are_converted_without_audible_remains() {
    for (rate, out) in [
        (44_100.0, 48_000.0),
        (48_000.0, 44_100.0),
        (96_000.0, 48_000.0),
    ] {
        let (heard, status) = played(rate, 0.0, out, 1500);
        let steady = &heard[heard.len() - out as usize / 5..];
        let rest = rest(steady, out);
        assert!(rest < -80.0, "{rate} to {out}: {rest} dB");
        assert_eq!((status.underruns(), status.lost_frames()), (0, 0));
    }
}

#[test]
fn clocks_that_differ_neither_run_dry_nor_over() {
    for drift in [-0.001, 0.001] {
        let (heard, status) = played(48_000.0, drift, 48_000.0, 45_000);
        assert!(heard.iter().any(|x| x.abs() > 0.9));
        let wrong = (status.underruns(), status.lost_frames());
        assert_eq!(wrong, (0, 0), "a clock off by {drift}");
    }
}

/// An instance that reads at 48 kHz.
fn reader(node: &InputNode) -> Box<dyn NodeInstance> {
    node.start(&Setup {
        sample_rate: 48_000.0,
        seed: 0,
    })
}

/// The last frame of each of so many blocks.
fn heard(reader: &mut dyn NodeInstance, blocks: usize) -> Vec<[f64; 2]> {
    let last = |[left, right]: [[f64; 64]; 2]| [left[63], right[63]];
    (0..blocks).map(|_| last(block(reader))).collect()
}

/// The left side of a block.
fn frames(reader: &mut dyn NodeInstance) -> [f64; 64] {
    let [left, _] = block(reader);
    left
}

fn block(reader: &mut dyn NodeInstance) -> [[f64; 64]; 2] {
    let mut blocks = [[9.0; 64]; 2];
    let mut block = crate::node::NodeBlock {
        frames: 64,
        start: 0,
        inputs: crate::node::Inputs {
            blocks: &[],
            frames: 64,
        },
        outputs: crate::node::Outputs {
            blocks: &mut blocks,
            frames: 64,
        },
        controls: crate::node::Controls {
            resting: &[],
            curves: &[],
            moving: &[],
        },
        triggers: crate::node::Triggers {
            now: &[],
            before: &[],
        },
    };
    reader.process(&mut block);
    blocks
}

/// That a sound of 4000 frames has been heard in a hundred blocks, and then silence.
fn assert_heard_once(heard: &[[f64; 2]]) {
    // It reads a little faster than at 1, because more waits than should.
    assert!((heard[30][0] - 0.5).abs() < 1e-4 && (heard[30][1] - 0.25).abs() < 1e-4);
    assert_eq!(heard[99], [0.0, 0.0]);
}

#[test]
fn an_input_that_stops_is_silent_and_counted_once() {
    let (mut sender, node) = input(2, 48_000.0);
    sender.send((0..4000).map(|_| [0.5, 0.25]));
    assert_heard_once(&heard(&mut *reader(&node), 100));
    assert_eq!(node.status().underruns(), 1);
}

#[test]
fn an_input_whose_device_was_lost_goes_on_with_the_next() {
    let (sender, node) = input(2, 48_000.0);
    let mut reader = reader(&node);
    let mut sender = Some(sender);
    for device in 1..=3 {
        let (mut callback, mut back) = Lease::new(sender.take().expect("it came back"));
        let held = callback.held().expect("until it is dropped");
        held.send((0..4000).map(|_| [0.5, 0.25]));
        // A device that is lost drops its callback.
        drop(callback);
        sender = back.pop().ok();
        assert_heard_once(&heard(&mut *reader, 100));
        let status = node.status();
        assert_eq!((status.underruns(), status.lost_frames()), (device, 0));
    }
}

#[test]
fn an_input_that_comes_back_at_another_rate_keeps_its_pitch() {
    // Up, down and far down, in callbacks that fit nothing.
    for rate in [44_100.0, 96_000.0, 22_050.0, 192_000.0] {
        let (mut sender, node) = input(1, 48_000.0);
        let mut reader = reader(&node);
        sender.send((0..4000).map(|_| [0.5, 0.0]));
        assert_eq!(heard(&mut *reader, 100)[99], [0.0, 0.0]);
        sender.set_rate(rate);
        let mut sine = (0..).map(|n| {
            let x = (std::f64::consts::TAU * 1000.0 * f64::from(n) / rate).sin();
            [x as f32, 0.0]
        });
        let mut sound = Vec::new();
        let mut owed = 0.0;
        for _ in 0..1500 {
            owed += 64.0 * rate / 48_000.0;
            while owed >= 111.0 {
                sender.send((&mut sine).take(111));
                owed -= 111.0;
            }
            sound.extend(frames(&mut *reader));
        }
        let steady = &sound[sound.len() - 9600..];
        let rest = rest(steady, 48_000.0);
        assert!(rest < -80.0, "{rate}: {rest} dB");
        let status = node.status();
        assert_eq!((status.underruns(), status.lost_frames()), (1, 0), "{rate}");
    }
    // Back at the rate it had, frames come in as they are.
    let (mut sender, node) = input(1, 48_000.0);
    let mut reader = reader(&node);
    sender.set_rate(44_100.0);
    sender.set_rate(48_000.0);
    sender.send((1..=1500).map(|n| [n as f32, 0.0]));
    assert_eq!(frames(&mut *reader)[61..], [46.0, 47.0, 48.0]);
}

/// A session that plays an input node through an effect that holds it back.
fn echoing(definition: NodeDefinition, level: f64) -> Session {
    let mut session = Session::new();
    let options = NodeOptions::default().gain(0.0);
    session.node("input", definition, options).unwrap();
    let echo = synthc_ir::library::delay(synthc_ir::Signal::input(0), 0.013) * level;
    let echo = NodeDefinition::effect(1, [echo + synthc_ir::Signal::input(0)]).unwrap();
    session.node("echo", echo, NodeOptions::default()).unwrap();
    session
        .send_at("input", "echo", 1.0, crate::session::Tap::PreFader)
        .unwrap();
    session
}

#[test]
fn a_replay_with_the_recorded_input_is_what_was_heard_bit_for_bit() {
    use crate::log::{Settings, replay};
    use std::collections::BTreeMap;
    let config = EngineConfig {
        record: true,
        ..EngineConfig::new(48_000.0)
    };
    let settings = Settings::of(&config);
    let (mut engine, mut processor) = Engine::<f32>::new(config).unwrap();
    let (mut sender, node) = input(2, 44_100.0);
    let mut recording = node.record(48_000).into_tap();
    let definition = NodeDefinition::own(node).unwrap();
    let mut noise = (0_u32..).map(|n| {
        let x = (n.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 24) as f32 - 0.5;
        [x, 0.25 * x]
    });
    let (mut heard, mut entries, mut levels) = (Vec::new(), Vec::new(), BTreeMap::new());
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for block in 0..600_u32 {
        if block % 200 == 0 {
            let level = 0.1 + f64::from(block) / 1_000.0;
            let report = engine.update(&echoing(definition.clone(), level)).unwrap();
            levels.insert(report.number, level);
        }
        // It runs dry on the way, and runs over.
        let count = match block {
            200..240 => 0,
            300..320 => 1_000,
            _ => 59,
        };
        sender.send((&mut noise).take(count));
        engine.tick().unwrap();
        let sides = processor.next_block();
        heard.extend(
            sides[0]
                .iter()
                .zip(sides[1])
                .map(|(l, r)| [l.to_bits(), r.to_bits()]),
        );
        entries.extend(engine.take_entries());
        recording.read(&mut left, &mut right);
    }
    engine.tick().unwrap();
    entries.extend(engine.take_entries());
    assert!(
        heard
            .iter()
            .any(|frame| f32::from_bits(frame[0]).abs() > 0.1)
    );
    assert_eq!((left.len(), recording.lost()), (600 * 64, 0));

    let again = |frames: Vec<[f32; 2]>| {
        let node = RecordedInput::new(2, frames);
        let short = node.short();
        let definition = NodeDefinition::own(node).unwrap();
        let sessions = levels
            .iter()
            .map(|(number, level)| (*number, echoing(definition.clone(), *level)))
            .collect();
        let mut again = Vec::new();
        replay::<f32>(&settings, &sessions, &entries, 600 * 64, |block| {
            let sides = block[0].iter().zip(block[1]);
            again.extend(sides.map(|(l, r)| [l.to_bits(), r.to_bits()]));
            Ok(())
        })
        .unwrap();
        (again == heard, short.load(Ordering::Relaxed))
    };
    let mut frames: Vec<_> = left.into_iter().zip(right).map(|(l, r)| [l, r]).collect();
    assert_eq!(again(frames.clone()), (true, 0));
    frames.truncate(600 * 64 - 100);
    assert_eq!(again(frames.clone()), (false, 100), "the end is missing");
    frames.remove(5_000);
    assert_eq!(again(frames), (false, 101), "a frame is missing");
}

#[test]
fn a_recording_that_nobody_reads_ends_and_counts_what_it_misses() {
    let (mut sender, recording) = recording::recording(1, 100);
    let mut recording = recording.into_tap();
    sender.send(&[[1.0, 0.0]; 64]);
    sender.send(&[[2.0, 0.0]; 64]);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    assert!(recording.read(&mut left, &mut right));
    // There is room again, and yet nothing more goes in: it would be in the wrong place.
    sender.send(&[[3.0, 0.0]; 64]);
    recording.read(&mut left, &mut right);
    assert_eq!(left, [1.0; 64]);
    assert_eq!((right.len(), recording.lost()), (64, 128));
    drop(sender);
    assert!(!recording.read(&mut left, &mut right));
}
