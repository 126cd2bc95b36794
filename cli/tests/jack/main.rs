//! `synthc play` through a JACK server with a dummy driver: what arrives is what `render` writes, and edits are
//! heard while it plays.
//!
//! Nothing here waits for a time: every wait is for a condition, with a bound.
#![cfg(all(feature = "jack", unix))]

mod capture;
mod player;
mod process;
mod server;
#[path = "../support/mod.rs"]
mod support;

use player::Player;
use support::{Folder, floats32};

/// Not a test of its own: see [`capture`].
#[test]
#[ignore = "the capture process, which the other tests start"]
fn capture_process() {
    capture::run();
}

/// Every frame tells its number: a sweep that never repeats, quiet enough for the limiter, different left and right.
const SWEEP: &str = r#"
def sweep():
    seconds = krs.feedback(lambda t: t + 1.0) / krs.sr()
    tone = krs.sine_osc(200.0 + 20.0 * seconds) * 0.3
    noise = krs.white_noise() * 0.1
    return tone + noise, tone - noise

kr.node("sweep", sweep)
"#;

/// Where `part` lies in `whole`: the noise of its first frames tells one place from every other.
fn find(part: &[[f32; 2]], whole: &[[f32; 2]]) -> Option<usize> {
    let probe = &part[..64.min(part.len())];
    whole
        .windows(probe.len())
        .position(|window| window == probe)
}

fn frames(samples: &[f32]) -> Vec<[f32; 2]> {
    let (frames, rest) = samples.as_chunks::<2>();
    assert!(rest.is_empty(), "two channels");
    frames.to_vec()
}

/// What is heard from where both ports were connected.
fn sound(captured: &[[f32; 2]]) -> &[[f32; 2]] {
    let both = |frame: &[f32; 2]| frame.iter().all(|&x| x != 0.0);
    let begin = captured.iter().position(both).unwrap_or(captured.len());
    &captured[begin..]
}

#[test]
fn what_plays_through_jack_is_what_renders() {
    let folder = Folder::with_patch(SWEEP);
    let player = Player::start(&folder, "--seconds 600");
    let capture = player.capture();
    let captured = capture.wait_for("a second of sound", |frames| sound(frames).len() > 48_000);
    player.end();
    // The capture begins somewhere in the first minute, after as many frames as the machine was slow.
    folder.done("render patch.py -o rendered.f32 --seconds 60 --quiet");
    let rendered = frames(&floats32(&folder.read("rendered.f32")));
    let heard = sound(&captured);
    let at = find(heard, &rendered).expect("the capture lies in the render");
    let bits = |frame: &[f32; 2]| frame.map(f32::to_bits);
    let differing = heard
        .iter()
        .zip(&rendered[at..])
        .position(|(a, b)| bits(a) != bits(b));
    assert_eq!(differing, None, "of {} frames from {at}", heard.len());
}

#[test]
fn edits_are_heard_and_mistakes_are_not() {
    let patch = |level: &str| {
        format!(
            "def f():\n    return krs.sr() * 0.0 + {level}\nkr.node('n', f, gain=1.0)\nkr.master = 1.0\n"
        )
    };
    let folder = Folder::with_patch(&patch("0.125"));
    let mut player = Player::start(&folder, "--seconds 600");
    let capture = player.capture();
    let level = |level: f32| {
        capture.wait_for(&format!("a level of {level}"), |frames| {
            frames.last() == Some(&[level; 2])
        })
    };
    level(0.125);

    folder.write("patch.py", patch("0.25"));
    player.expect("1 compiled");
    level(0.25);

    folder.write("patch.py", patch("krs.sine_ocs(1)"));
    player.expect("error: AttributeError: module 'krs' has no attribute 'sine_ocs'");
    player.expect("--> patch.py:2:");
    player.expect("^^^^^^^^");
    player.expect("did you mean `sine_osc`?");
    player.expect("the last good version plays on");
    // Seconds later it plays on too.
    let before = level(0.25).len();
    let later = capture.wait_for("another second", |frames| frames.len() > before + 48_000);
    assert!(
        later[before..].iter().all(|frame| *frame == [0.25; 2]),
        "a mistake is not heard"
    );

    // What an editor leaves for a moment while it saves.
    folder.write("patch.py", "");
    folder.write("patch.py", patch("0.0625"));
    player.expect("1 compiled");
    let heard = level(0.0625);
    assert!(
        sound(&heard).iter().all(|frame| *frame != [0.0; 2]),
        "no moment of silence"
    );
    let silent = |line: &String| line.contains("0 compiled, 0 unchanged");
    assert!(
        !player.said().iter().any(silent),
        "the empty file is not played"
    );
    player.end();
}
