//! `synthc play` through a JACK server with a dummy driver: what arrives is what `render` writes, edits are heard while
//! it plays, and the log of a session with edits and events replays what arrived, bit for bit.
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
use server::Server;
use support::{Folder, Run, floats32};

/// The capture process, which the other tests start; nothing where nobody asks for it: see [`capture`].
#[test]
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

/// A patch of notes, an automation and an effect; its sound never repeats.
fn song(filter: &str, notes: &str, count: u32) -> String {
    format!(
        "
def keys():
    freq = krs.control('freq', 220.0, 20.0, 2000.0)
    gate = krs.control('gate', 0.0, 0.0, 1.0)
    cutoff = krs.control('cutoff', 1200.0, 100.0, 8000.0)
    tone = krs.saw(freq) + krs.white_noise() * 0.1
    return {filter} * krs.adsr(0.01, 0.1, 0.6, 0.3, gate) * 0.2

def hiss():
    return krs.white_noise() * 0.01, krs.white_noise() * 0.01

def echo(inp):
    return krs.echo(inp, 180.0, 0.6)

keys = kr.node('keys', keys, gain=0.5, count={count})
e = kr.node('echo', echo, gain=0.5)
keys >> (e, 0.4)
kr.node('hiss', hiss)
kr.tempo = 140
keys @ {notes}
keys @ ('cutoff', krp.sine(300, 4000).over(2))
"
    )
}

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
fn a_rate_or_buffer_that_the_server_does_not_have_is_refused() {
    let folder = Folder::with_patch(SWEEP);
    let server = Server::get();
    for (options, asked) in [
        ("--rate 44100", "2 channels at 44100 Hz"),
        ("--buffer 333", "2 channels at 48000 Hz in buffers of 333"),
        ("--channels 65", "65 channels at 48000 Hz"),
    ] {
        let mut command = folder.command(&format!("play patch.py --host jack {options}"));
        server.with(&mut command);
        let run = Run::of(command);
        assert_eq!(run.status, Some(3), "{options}: {}", run.stderr);
        let reason = format!("does not do {asked}; it offers: 1 to 64 channels, 48000 Hz, f32");
        assert!(run.stderr.contains(&reason), "{options}: {}", run.stderr);
    }
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
    player.expect("heard at ");
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

#[test]
fn what_arrives_while_it_is_edited_is_what_the_log_replays() {
    let low = "krs.lowpass(tone, cutoff)";
    let high = "krs.highpass(tone, cutoff)";
    let chords = "(krp.note('A3', 'C4', 'E4') * 16)";
    let folder = Folder::with_patch(&song(low, chords, 3));
    let options = "--seconds 600 --seed 7 --log session.log --record recorded.wav";
    let mut player = Player::start(&folder, options);
    let capture = player.capture();
    let mut heard = 0;
    for (filter, notes, count) in [
        (high, chords, 3),
        (high, "krp.seq('A3', None, 'C4', 'E4').over(1)", 3),
        (
            low,
            "krp.cat(krp.note('A3', 'E4', gate=3.0), krp.hit() * 8)",
            2,
        ),
        (low, chords, 1),
    ] {
        let frames = capture.wait_for("half a second", |all| all.len() > heard + 24_000);
        heard = frames.len();
        folder.write("patch.py", song(filter, notes, count));
        player.expect(" unchanged");
    }
    let captured = capture.wait_for("half a second", |all| all.len() > heard + 24_000);
    player.end();
    folder.done("render --replay session.log -o replayed.f32 --quiet");
    let replayed = frames(&floats32(&folder.read("replayed.f32")));
    let arrived = sound(&captured);
    let at = find(arrived, &replayed).expect("the capture lies in the replay");
    let bits = |frame: &[f32; 2]| frame.map(f32::to_bits);
    let differing = arrived
        .iter()
        .zip(&replayed[at..])
        .position(|(a, b)| bits(a) != bits(b));
    assert_eq!(differing, None, "of {} frames from {at}", arrived.len());
    assert!(arrived.len() > 100_000, "{} frames", arrived.len());
    folder.done("render --replay session.log -o replayed.wav --quiet");
    assert!(
        folder.read("recorded.wav") == folder.read("replayed.wav"),
        "the recording is the replay"
    );
}

/// Counts its frames on the left, and puts out on the right what it hears.
const LISTENER: &str = "
def count():
    return krs.feedback(lambda n: n + 1.0) / 16777216.0, 0.0

def hear(inp):
    return 0.0, inp

kr.node('count', count, gain=1.0)
kr.node('hear', hear, gain=1.0)
kr.master = 1.0
";

#[test]
fn what_it_hears_of_itself_comes_back_late_and_unchanged_and_is_replayed() {
    let folder = Folder::with_patch(LISTENER);
    let options = "--seconds 600 --input --log session.log --record recorded.wav";
    let player = Player::start(&folder, options);
    let capture = player.capture_looped();
    let heard = |frames: &[[f32; 2]]| frames.iter().filter(|frame| frame[1] != 0.0).count();
    let captured = capture.wait_for("half a second", |frames| heard(frames) > 24_000);
    player.end();
    // Two ports of one server have one clock: frames come in as they went out. A machine that is busy may make it pause or
    // hurry for a while.
    let count = |x: f32| (x * 16_777_216.0) as i64;
    let frames = captured.iter().filter(|frame| frame[1] != 0.0);
    let delays: Vec<i64> = frames
        .map(|&[now, heard]| count(now) - count(heard))
        .collect();
    let runs = delays.chunk_by(|a, b| a == b);
    let steady = runs.max_by_key(|run| run.len()).expect("sound");
    assert!(
        steady.len() > 8_000 && (1..12_000).contains(&steady[0]),
        "{} frames, {} of them {} late",
        delays.len(),
        steady.len(),
        steady[0]
    );

    folder.done("render --replay session.log -o replayed.wav --quiet");
    assert!(
        folder.read("recorded.wav") == folder.read("replayed.wav"),
        "the recording is the replay"
    );
}
