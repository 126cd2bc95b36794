//! `synthc play` without a sound card: recording and replaying, and every bad input.
#![cfg(feature = "device")]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Stdio};

use support::{Folder, Run, floats32};

const TONE: &str = "
def tone():
    gate = krs.control('gate', 0.0, 0.0, 1.0)
    return (krs.sine_osc(220.0) + krs.white_noise()) * krs.adsr(0.01, 0.1, 0.5, 0.1, gate) * 0.3

t = kr.node('tone', tone, gain=0.5)
t @ (krp.hit() * 8)
";

/// A player whose standard error is read line by line.
struct Player(Child, BufReader<ChildStderr>);

impl Player {
    fn start(folder: &Folder, arguments: &str) -> Self {
        let mut command = folder.command(arguments);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let stderr = child.stderr.take().expect("a pipe");
        Self(child, BufReader::new(stderr))
    }

    /// Reads up to a line that contains `text`; all lines read. It ends by `--seconds` if nothing comes.
    fn expect(&mut self, text: &str) -> String {
        let mut said = String::new();
        loop {
            let begin = said.len();
            let read = self.1.read_line(&mut said).expect("text");
            assert!(read > 0, "ended without `{text}`: {said}");
            if said[begin..].contains(text) {
                return said;
            }
        }
    }

    /// Ends it as Ctrl-C does.
    fn end(mut self) -> String {
        support::program("kill", &["-INT", &self.0.id().to_string()]);
        let said = self.expect(" xruns, ");
        assert!(self.0.wait().expect("a child").success(), "{said}");
        said
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_recording_is_what_the_log_replays_and_what_render_writes() {
    let folder = Folder::with_patch(TONE);
    let mut player = Player::start(
        &folder,
        "play patch.py --host null --seconds 60 --seed 3 --buffer 100 --record recorded.wav --log session.log --meters",
    );
    let said = player.expect("load ");
    assert!(
        said.contains("playing patch.py on null: 48000 Hz, 2 channels, f32, buffers of 100 frames"),
        "{said}"
    );
    let said = player.end();
    assert!(said.contains("callbacks: half within"), "{said}");
    let run = folder.done("render --replay session.log -o replayed.wav");
    assert!(run.stderr.contains("1 plans"), "{}", run.stderr);
    let recorded = folder.read("recorded.wav");
    assert!(recorded.len() > 8 * 20_000, "{} bytes", recorded.len());
    assert!(
        recorded == folder.read("replayed.wav"),
        "the replay is the recording"
    );

    folder.done("render --replay session.log -o replayed.f32 --quiet");
    let replayed = floats32(&folder.read("replayed.f32"));
    folder.done("render patch.py -o rendered.f32 --seconds 30 --seed 3 --quiet");
    let rendered = floats32(&folder.read("rendered.f32"));
    // On a machine too busy for real time an event may arrive after its frame, and is heard late: up to there.
    let length = replayed.len().min(rendered.len());
    let length = length.min(2 * first_late(&folder.read("session.log")));
    assert!(length > 2 * 48_000 / 4, "{length} samples are no proof");
    assert!(replayed[..length] == rendered[..length], "live is offline");
}

/// The first frame of a log whose event arrived after it.
fn first_late(log: &[u8]) -> usize {
    let lines = log.split(|byte| *byte == b'\n');
    let events = lines.filter_map(|line| {
        let entry: serde_json::Value = serde_json::from_slice(line).ok()?;
        let event = entry.get("event")?;
        Some((event["at"].as_u64()?, event["frame"].as_u64()?))
    });
    let late = events.filter(|(at, frame)| frame < at);
    late.map(|(_, frame)| frame as usize)
        .min()
        .unwrap_or(usize::MAX / 2)
}

#[test]
fn a_log_that_was_cut_off_replays_as_far_as_it_goes() {
    let folder = Folder::with_patch(TONE);
    folder.done("play patch.py --host null --seconds 2.5 --log session.log");
    let whole = folder.read("session.log");
    folder.write("session.log", &whole[..whole.len() - 30]);
    folder.done("render --replay session.log -o cut.f32 --quiet");
    let cut = floats32(&folder.read("cut.f32"));
    assert!(cut.len() > 2 * 24_000, "{} samples", cut.len());
}

#[test]
fn what_is_no_log_is_refused_with_a_reason() {
    let folder = Folder::new();
    folder.write("empty.log", "");
    folder.write("text.log", "once upon a time\n");
    folder.write("new.log", "{\"header\":{\"synthc_log\":99}}\n");
    for (log, reason) in [
        ("missing.log", "No such file"),
        ("empty.log", "it is empty"),
        ("text.log", "it is no log of synthc"),
        ("new.log", "it has format 99, this build reads 1"),
    ] {
        let run = folder.run(&format!("render --replay {log} -o out.wav"));
        assert_eq!(run.status, Some(3), "{log}: {}", run.stderr);
        assert!(run.stderr.contains(reason), "{log}: {}", run.stderr);
    }
    let run = folder.run("render --replay empty.log -o out.wav --seconds 3");
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    assert_eq!(folder.entries(), ["empty.log", "new.log", "text.log"]);
}

#[test]
fn a_patch_that_fails_at_the_start_is_shown_and_nothing_plays() {
    let folder = Folder::with_patch("kr.node('n', krs.sine_ocs)\n");
    let run = folder.run("play patch.py --host null --log session.log");
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    assert!(
        run.stderr.contains("did you mean `sine_osc`?"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("^^^"), "{}", run.stderr);
    assert!(!run.stderr.contains("playing"), "{}", run.stderr);
    assert_eq!(folder.entries(), ["patch.py"]);
    let run = folder.run("play nowhere/patch.py --host null");
    assert_eq!(run.status, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("there is no folder nowhere"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_file_that_is_deleted_plays_on_and_is_followed_when_it_returns() {
    let folder = Folder::with_patch(TONE);
    let mut player = Player::start(&folder, "play patch.py --host null --seconds 120");
    player.expect("playing patch.py");
    std::fs::remove_file(folder.path("patch.py")).expect("a file");
    let said = player.expect("the last good version plays on");
    assert!(said.contains("cannot read the patch patch.py"), "{said}");
    folder.write("patch.py", TONE.replace("220.0", "330.0"));
    player.expect("1 compiled, 0 unchanged (tone)");
    player.end();
}

#[test]
fn hosts_and_devices_that_are_not_there_are_named_with_those_that_are() {
    let folder = Folder::with_patch(TONE);
    let run = folder.run("play patch.py --host gramophone");
    assert_eq!(run.status, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("there is no audio host 'gramophone'"),
        "{}",
        run.stderr
    );
    let run = folder.run("play patch.py --device loudspeaker-of-nobody");
    assert_eq!(run.status, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("'loudspeaker-of-nobody'"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    let run = folder.run("play patch.py --host null --device loudspeaker");
    assert_eq!(run.status, Some(3), "{}", run.stderr);
    let reason = "'null' has no output device 'loudspeaker'; it has: null";
    assert!(run.stderr.contains(reason), "{}", run.stderr);
    let run = folder.run("play patch.py --host null --input");
    let reason = "--input: the host `null` has no inputs";
    assert!(run.stderr.contains(reason), "{}", run.stderr);
}

/// ALSA has a device that plays to nobody, and none at all where its configuration is empty.
#[cfg(target_os = "linux")]
#[test]
fn formats_and_channels_that_a_device_does_not_have_are_refused() {
    let folder = Folder::with_patch(TONE);
    for (options, reason) in [
        ("--device nul", "did you mean 'null'?"),
        (
            "--device null --outputs 2,3 --channels 2",
            "channel 3 is not one of the 2 channels",
        ),
    ] {
        let run = folder.run(&format!(
            "play patch.py --host alsa --seconds 0.1 {options}"
        ));
        assert_eq!(run.status, Some(3), "{options}: {}", run.stderr);
        assert!(run.stderr.contains(reason), "{options}: {}", run.stderr);
    }
    let run = folder.done(
        "play patch.py --host alsa --device null --channels 5 --outputs 5,2 --rate 44100 --buffer 256 --seconds 0.2",
    );
    let granted = "44100 Hz, 5 channels, f32, buffers of 256 frames";
    assert!(run.stderr.contains(granted), "{}", run.stderr);

    folder.write("empty.conf", "");
    let mut command = folder.command("play patch.py --host alsa --seconds 0.1");
    command.env("ALSA_CONFIG_PATH", folder.path("empty.conf"));
    let run = Run::of(command);
    assert_eq!(run.status, Some(3), "{}", run.stderr);
    let reason = "the audio host 'alsa' has no output device";
    assert!(run.stderr.contains(reason), "{}", run.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn an_input_feeds_what_nothing_else_feeds() {
    let folder = Folder::with_patch(THROUGH);
    let options = "--host alsa --device null --input null --seconds 0.3 --record out.f32";
    let run = folder.done(&format!("play patch.py {options}"));
    assert!(run.stderr.contains("listening to "), "{}", run.stderr);
    let heard = floats32(&folder.read("out.f32"));
    // The device hears zeros.
    assert_eq!(heard.last(), Some(&0.25));
    folder.write("patch.py", TONE);
    let run = folder.done(&format!("play patch.py {options}"));
    assert!(
        run.stderr.contains("nothing takes the input"),
        "{}",
        run.stderr
    );
}

/// An effect that lets through what it hears, beside a level of its own.
const THROUGH: &str = "
def fx(inp):
    return inp + 0.25

kr.node('fx', fx, gain=1.0)
kr.master = 1.0
";

#[cfg(target_os = "linux")]
#[test]
fn a_log_with_an_input_replays_what_the_input_delivered() {
    let folder = Folder::with_patch(THROUGH);
    folder.done("play patch.py --host alsa --device null --input null --rate 48000 --seconds 0.5 --log a.log --record out.f32");
    let recorded = folder.read("out.f32");
    let input = folder.read("a.log.input.f32");
    // The replay is what was heard; all of the input is there, and it is used.
    let run = folder.done("render --replay a.log -o again.f32");
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    assert!(folder.read("again.f32") == recorded);
    let frames = recorded.len() / 8;
    let log = String::from_utf8(folder.read("a.log")).expect("text");
    let channels = if log.contains("\"channels\":2") { 2 } else { 1 };
    assert!(
        input.len() / 4 / channels >= frames,
        "{} of {frames}",
        input.len() / 4
    );
    let ramp = |length: usize| -> Vec<u8> {
        let samples = (0..length * channels).map(|n| (n / channels % 65_536) as f32 / 1_048_576.0);
        samples.flat_map(f32::to_le_bytes).collect()
    };
    folder.write("a.log.input.f32", ramp(frames + 64));
    folder.done("render --replay a.log -o ramp.f32 --quiet");
    let heard = floats32(&folder.read("ramp.f32"));
    assert_eq!(heard.len(), 2 * frames);
    for (frame, pair) in heard.chunks(2).enumerate() {
        assert_eq!(
            pair,
            [0.25 + (frame % 65_536) as f32 / 1_048_576.0; 2],
            "frame {frame}"
        );
    }

    // What is missing is not made up.
    folder.write("a.log.input.f32", ramp(6_400));
    let run = folder.done("render --replay a.log -o short.f32 --quiet");
    let reason = "a.log.input.f32 ends at 0.133 s; the replay ends there";
    assert!(run.stderr.contains(reason), "{}", run.stderr);
    assert_eq!(
        folder.read("short.f32"),
        folder.read("ramp.f32")[..8 * 6_400]
    );
    let missed = log.replacen("{\"source\"", "{\"input_missed\":640}\n{\"source\"", 1);
    folder.write("a.log", missed);
    let run = folder.done("render --replay a.log -o short.f32 --quiet");
    assert!(
        run.stderr.contains("the disk was too slow"),
        "{}",
        run.stderr
    );
    std::fs::remove_file(folder.path("a.log.input.f32")).expect("it is there");
    let run = folder.run("render --replay a.log -o none.f32");
    assert_eq!(run.status, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("cannot be replayed without it"),
        "{}",
        run.stderr
    );
}

#[test]
fn left_and_right_go_to_channels_that_there_are() {
    let folder = Folder::with_patch(TONE);
    let run = folder.run("play patch.py --host null --seconds 0.1 --outputs 3,4");
    assert_eq!(run.status, Some(3), "{}", run.stderr);
    let reason = "channel 3 is not one of the 2 channels of 'null'; they count from 1";
    assert!(run.stderr.contains(reason), "{}", run.stderr);
    folder.done("play patch.py --host null --seconds 0.1 --channels 4 --outputs 4,3");
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let folder = Folder::with_patch(TONE);
    for (options, reason) in [
        ("--outputs 3,3", "a channel each"),
        ("--outputs 0,1", "from 1"),
        ("--buffer 0", "--buffer"),
        ("--channels 0", "--channels"),
        ("--rate 10", "--rate"),
        ("--record out.mp3", "out.mp3"),
    ] {
        let run = folder.run(&format!("play patch.py --host null --seconds 1 {options}"));
        assert_eq!(run.status, Some(2), "{options}: {}", run.stderr);
        assert!(run.stderr.contains(reason), "{options}: {}", run.stderr);
    }
    assert_eq!(folder.entries(), ["patch.py"]);
}

#[test]
fn devices_are_listed_for_people_and_for_programs() {
    let folder = Folder::new();
    let run = folder.done("devices --json");
    let hosts: serde_json::Value = serde_json::from_slice(&run.stdout).expect("JSON");
    for host in hosts.as_array().expect("a list") {
        assert!(
            host["host"].is_string() && host["outputs"].is_array(),
            "{host}"
        );
    }
    let run = folder.done("devices");
    assert!(String::from_utf8_lossy(&run.stdout).contains("null"));
}

/// A pattern of notes, and whatever else a save brings.
fn ticking(more: &str) -> String {
    format!(
        "
def tick():
    gate = krs.control('gate', 0.0, 0.0, 1.0)
    return krs.sine_osc(440.0) * krs.adsr(0.001, 0.02, 0.0, 0.01, gate) * 0.2

t = kr.node('tick', tick)
kr.tempo = 240
t @ (krp.hit() * 16)
{more}
"
    )
}

#[test]
fn no_note_comes_late_because_something_was_saved_that_takes_long() {
    let folder = Folder::with_patch(&ticking(""));
    let mut player = Player::start(&folder, "play patch.py --host null --seconds 120");
    player.expect("playing patch.py");
    // It is stopped after millions of steps: a second, or several.
    folder.write("patch.py", ticking("while True:\n    pass"));
    player.expect("the last good version plays on");
    // Long to compile: a thousand different sines.
    folder.write(
        "patch.py",
        ticking(
            "
def many():
    total = krs.sine_osc(100.0)
    for i in range(1000):
        total = total + krs.sine_osc(100.0 + 0.37 * i * i) * (0.001 + 0.0000001 * i)
    return total * 0.001

kr.node('many', many)",
        ),
    );
    player.expect("1 compiled, 1 unchanged (many)");
    player.expect("heard at ");
    let said = player.end();
    let late = said
        .split(" late events")
        .next()
        .and_then(|said| said.rsplit(' ').next());
    let late: u32 = late.and_then(|late| late.parse().ok()).expect("a number");
    // A player that waits for either has dozens. On a machine too busy for real time one or two may be late by themselves.
    assert!(late <= 4, "{said}");
}
