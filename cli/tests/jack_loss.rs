//! A device that is lost and comes back: the JACK server is killed under the player, and started again, at another rate in
//! the end.
#![cfg(all(feature = "jack", unix))]

#[path = "jack/capture.rs"]
mod capture;
#[path = "jack/player.rs"]
mod player;
#[path = "jack/process.rs"]
mod process;
#[path = "jack/server.rs"]
mod server;
mod support;

use player::Player;
use support::{Folder, floats32};

/// The capture process, which the other tests start; nothing where nobody asks for it: see [`capture`].
#[test]
fn capture_process() {
    capture::run();
}

/// Counts its frames, so that one that is lost or played twice is seen.
const COUNTER: &str = "
def count():
    return krs.feedback(lambda n: n + 1.0) / 16777216.0

kr.node('count', count, gain=1.0)
kr.master = 1.0
";

#[test]
fn a_session_goes_on_where_it_was_when_its_device_comes_back() {
    let folder = Folder::with_patch(COUNTER);
    let options = "--seconds 600 --input --record recorded.f32 --log session.log";
    let mut player = Player::start(&folder, options);
    let capture = player.capture();
    let half = |frames: &[[f32; 2]]| frames.iter().filter(|frame| frame[0] != 0.0).count() > 24_000;
    capture.wait_for("half a second", half);
    drop(capture);

    player.server().kill();
    player.expect(" is gone; the music waits until it is back");
    player.server().start_again(48_000);
    player.expect("playing again on ");
    // The input is another client, and is seen to be gone and back when it is.
    player.expect_anywhere("listening again to ");
    let capture = player.capture();
    let frames = capture.wait_for("half a second more", half);
    let begin = frames.iter().position(|frame| frame[0] != 0.0);
    assert!(frames[begin.expect("sound")][0] > 0.001, "it went on");
    drop(capture);

    player.server().kill();
    player.expect(" is gone; the music waits until it is back");
    player.server().start_again(44_100);
    player.expect("it came back at another rate: the music goes on at 48000 Hz");
    player.expect_anywhere(" at 44100 Hz, converted to the 48000 Hz it had");
    let capture = player.capture();
    let frames = capture.wait_for("half a second converted", half);
    let last = frames
        .iter()
        .rposition(|frame| frame[0] != 0.0)
        .expect("sound");
    // The counter goes on, and rises faster than the server's frames.
    let rise = f64::from(frames[last][0] - frames[last - 10_000][0]) * 16_777_216.0;
    assert!(
        (rise - 10_000.0 * 48.0 / 44.1).abs() < 8.0,
        "{rise} in 10000 frames"
    );
    assert!(frames[last][0] > 0.004, "it went on");
    player.end();

    let recorded = floats32(&folder.read("recorded.f32"));
    assert!(recorded.len() > 96_000, "{} samples", recorded.len());
    for (index, pair) in recorded.chunks(2).enumerate() {
        let count = (index + 1) as f32 / 16_777_216.0;
        assert_eq!(pair, [count; 2], "frame {index}");
    }
    folder.done("render --replay session.log -o replayed.f32 --quiet");
    assert!(folder.read("replayed.f32") == folder.read("recorded.f32"));
}
