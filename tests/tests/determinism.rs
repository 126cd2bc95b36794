//! The same session, seed and target level give the same bytes, however the host asks for them.

use synthc_engine::device::null::NullDevice;
use synthc_engine::render::{RenderOptions, TimedValue};
use synthc_engine::{Engine, EngineConfig, Session};
use synthc_jit::Sample;
use synthc_tests::sound::{frames, session, stereo};

/// Every kind of node at once: sources and effects, noise, chords on voices, smoothed and stepping controls.
fn everything() -> Session {
    let mut text = include_str!("../patches/beat.py").to_owned();
    text += "
def keys():
    freq = krs.control('freq', 220.0, 20.0, 2000.0)
    gate = krs.control('gate', 0.0, 0.0, 1.0)
    env = krs.adsr(0.01, 0.2, 0.5, 0.2, gate)
    return krs.triangle(freq) * env, krs.square(freq) * env

chords = kr.node('keys', keys, gain=0.2, count=4)
chords >> (space, 0.3)
chords @ krp.seq(krp.note('C4', 'E4', 'G4'), krp.note('D4', 'F4'), None)
kr.mod('room/size', 'sine', lo=0.2, hi=0.8, bars=1)
";
    session(&text)
}

fn render<T: Sample>(session: &Session, options: &RenderOptions) -> [Vec<u64>; 2] {
    let (sides, _) = stereo::<T>(session, options);
    sides.map(|side| side.iter().map(|x| x.to_f64().to_bits()).collect())
}

/// A cycle and a bit.
fn options() -> RenderOptions {
    RenderOptions {
        limiter: Some(Default::default()),
        ..frames(95_000)
    }
}

fn has_the_same_bytes_at_every_host_block<T: Sample>() {
    let session = everything();
    for strict in [false, true] {
        let options = RenderOptions {
            strict,
            ..options()
        };
        let reference = render::<T>(&session, &options);
        assert!(reference[0] != reference[1], "nothing stereo is heard");
        for block in [512, 1, 17, 64, 480, 4096] {
            let blocks = RenderOptions {
                block,
                ..options.clone()
            };
            assert!(
                render::<T>(&session, &blocks) == reference,
                "blocks of {block}, strict: {strict}"
            );
        }
    }
}

#[test]
fn a_session_has_the_same_bytes_at_every_host_block_in_single_precision() {
    has_the_same_bytes_at_every_host_block::<f32>();
}

#[test]
fn a_session_has_the_same_bytes_at_every_host_block_in_double_precision() {
    has_the_same_bytes_at_every_host_block::<f64>();
}

#[test]
fn a_patch_evaluated_twice_has_the_same_bytes() {
    let once = || render::<f32>(&everything(), &options());
    assert!(once() == once());
}

#[test]
fn a_seed_changes_the_noise_and_nothing_else() {
    let render_seed = |seed, mute: &str| {
        let mut session = everything();
        session.mute(mute).unwrap();
        session.set_seed(seed);
        render::<f64>(&session, &options())
    };
    assert!(render_seed(1, "hat") == render_seed(2, "hat"));
    assert!(render_seed(1, "kick") != render_seed(2, "kick"));
    assert!(render_seed(7, "kick") == render_seed(7, "kick"));
}

#[test]
fn events_of_a_node_that_is_not_heard_change_no_bit_of_a_strict_render() {
    fn check<T: Sample>() {
        let mut session = everything();
        session
            .node(
                "probe",
                synthc_engine::session::NodeDefinition::source([synthc_ir::Signal::control(
                    synthc_ir::Control::new("level", 0.0, 0.0, 1.0),
                )])
                .unwrap(),
                Default::default(),
            )
            .unwrap();
        session.mute("probe").unwrap();
        let quiet = RenderOptions {
            strict: true,
            ..options()
        };
        // Every few frames, so that blocks are split in every way.
        let event = |n: u64| TimedValue {
            frame: n * n * 7 % 95_000,
            path: "probe/level".to_owned(),
            value: (n % 5) as f64 / 4.0,
        };
        let busy = RenderOptions {
            events: (0..2_000).map(event).collect(),
            ..quiet.clone()
        };
        assert!(render::<T>(&session, &quiet) == render::<T>(&session, &busy));
    }
    check::<f32>();
    check::<f64>();
}

/// One note of a node of `count` voices.
fn one_note(count: usize) -> Session {
    session(&format!(
        "
def keys():
    freq = krs.control('freq', 220.0, 20.0, 2000.0)
    gate = krs.control('gate', 0.0, 0.0, 1.0)
    cutoff = krs.control('cutoff', 900.0, 100.0, 5000.0)
    env = krs.adsr(0.01, 0.1, 0.5, 0.2, gate)
    noise = krs.white_noise() * 0.1
    return krs.resonant(krs.saw(freq) + noise, cutoff * (1.0 + env), 3.0) * env

k = kr.node('keys', keys, count={count})
k @ krp.cat(krp.seq(None, None, 'E4', None), krp.rest())
k @ ('cutoff', krp.sine(300, 2000))
"
    ))
}

#[test]
fn a_voice_among_many_is_the_voice_alone() {
    fn check<T: Sample>(strict: bool) {
        let options = RenderOptions {
            strict,
            ..options()
        };
        let alone = render::<T>(&one_note(1), &options);
        assert!(alone[0].iter().any(|bits| *bits != 0), "silence");
        for count in [2, 3, 8] {
            assert!(
                render::<T>(&one_note(count), &options) == alone,
                "{count} voices, strict: {strict}"
            );
        }
    }
    for strict in [true, false] {
        check::<f32>(strict);
        check::<f64>(strict);
    }
}

#[test]
fn what_a_device_plays_is_what_is_rendered() {
    let session = everything();
    let rendered = render::<f32>(&session, &options());
    // The device asks by its clock, with events committed 20 ms ahead; it hears everything 64 frames later.
    for block in [1, 100, 480] {
        let (mut engine, processor) = Engine::<f32>::new(EngineConfig::new(48_000.0)).unwrap();
        let mut device = NullDevice::new(processor, 2, block);
        engine.update(&session).unwrap();
        let mut played = [Vec::new(), Vec::new()];
        while played[0].len() < rendered[0].len() {
            engine.tick().unwrap();
            for frame in device.pull().chunks_exact(2) {
                for (side, x) in played.iter_mut().zip(frame) {
                    side.push(f64::from(*x).to_bits());
                }
            }
        }
        for (played, rendered) in played.iter().zip(&rendered) {
            assert!(played[..64].iter().all(|bits| *bits == 0));
            let frames = rendered.len() - 64;
            assert!(
                played[64..][..frames] == rendered[..frames],
                "blocks of {block}"
            );
        }
    }
}
