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
    // Six callbacks had come, and 1440 frames should wait.
    for (n, x) in (6 * 256 - 1440..).zip(&heard[begin..]) {
        assert_eq!(*x, expected(n), "frame {n}");
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

/// Sends 4000 frames of a sound in callbacks of usual size.
fn send_a_while(sender: &mut InputSender) {
    for _ in 0..16 {
        sender.send((0..250).map(|_| [0.5, 0.25]));
    }
}

/// That what should wait of the sound, 1440 frames, has been heard in a hundred blocks, and then silence.
fn assert_heard_once(heard: &[[f64; 2]]) {
    assert!(heard[..22].iter().all(|sides| *sides == [0.5, 0.25]));
    assert!(heard[23..].iter().all(|sides| *sides == [0.0, 0.0]));
}

#[test]
fn an_input_that_stops_is_silent_and_counted_once() {
    let (mut sender, node) = input(2, 48_000.0);
    send_a_while(&mut sender);
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
        send_a_while(callback.held().expect("until it is dropped"));
        // A device that is lost drops its callback.
        drop(callback);
        sender = back.pop().ok();
        assert_heard_once(&heard(&mut *reader, 100));
        let status = node.status();
        assert_eq!((status.underruns(), status.lost_frames()), (device, 0));
    }
}

/// Numbers, as they are sent: `count` of them in callbacks of 250.
fn send_numbers(sender: &mut InputSender, numbers: &mut std::ops::RangeFrom<u32>, count: usize) {
    for _ in 0..count / 250 {
        sender.send(numbers.take(250).map(|n| [n as f32, 0.0]));
    }
}

#[test]
fn what_is_old_is_left_out_and_nobody_hears_himself_late() {
    let (mut sender, node) = input(1, 48_000.0);
    let mut reader = reader(&node);
    let mut numbers = 1..;
    // What came before the node began.
    send_numbers(&mut sender, &mut numbers, 10_000);
    let first = frames(&mut *reader);
    let late = |n: u32| f64::from(n - 1440 - 16);
    assert_eq!((first[16], first[63]), (late(10_017), late(10_064)));
    assert_eq!(node.status().lost_frames(), 0);
    // What came while the output paused, short of a ring: it goes on with what is new, from silence to silence.
    send_numbers(&mut sender, &mut numbers, 8_000);
    let [out, into, on] = [(); 3].map(|()| frames(&mut *reader));
    assert!(out[0] > 8_000.0 && out[63] == 0.0, "{out:?}");
    assert!(into[0] < 400.0 && into[63] == late(18_064), "{into:?}");
    assert_eq!((on[0], on[63]), (late(18_065), late(18_128)));
    let waiting = 1440 - 64 + 8_000 - 64;
    assert_eq!(node.status().lost_frames(), waiting - 1440);
    assert_eq!(node.status().underruns(), 0);
}

#[test]
fn an_input_of_long_callbacks_does_not_run_dry() {
    let (mut sender, node) = input(1, 48_000.0);
    let mut reader = reader(&node);
    let mut numbers = 1..;
    let mut sound = Vec::new();
    for _ in 0..20 {
        sender.send((&mut numbers).take(2048).map(|n: u32| [n as f32, 0.0]));
        (0..32).for_each(|_| sound.extend(frames(&mut *reader)));
    }
    let begin = sound.iter().position(|x| *x != 0.0).expect("sound");
    let steps = sound[begin..].windows(2).map(|pair| pair[1] - pair[0]);
    assert!(steps.into_iter().all(|step| step == 1.0));
    assert_eq!(node.status().underruns(), 0);
}

#[test]
fn an_input_that_comes_back_at_another_rate_keeps_its_pitch() {
    // Up, down and far down, in callbacks that fit nothing.
    for rate in [44_100.0, 96_000.0, 22_050.0, 192_000.0] {
        let (mut sender, node) = input(2, 48_000.0);
        let mut reader = reader(&node);
        send_a_while(&mut sender);
        assert_heard_once(&heard(&mut *reader, 100));
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
    send_numbers(&mut sender, &mut (1..), 1500);
    assert_eq!(frames(&mut *reader)[15..18], [0.0, 61.0, 62.0]);
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
