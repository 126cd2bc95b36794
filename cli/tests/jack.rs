//! `synthc play` through a JACK server of the test's own, with a dummy driver: what arrives is what `render`
//! writes, and edits are heard while it plays.
//!
//! Nothing here waits for a time: every wait is for a condition, polled with a bound.
#![cfg(feature = "jack")]

mod support;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use support::{Folder, floats32};

/// How long a condition may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(command: &mut Command) -> Process {
    let name = command.get_program().to_string_lossy().into_owned();
    Process(
        command
            .spawn()
            .unwrap_or_else(|e| panic!("this test needs `{name}` (tests/run installs it): {e}")),
    )
}

/// A JACK server under a name of its own. It is asked to end, not killed: a killed server stays in the machine's
/// register, which holds eight.
struct Server {
    name: String,
    process: Process,
}

impl Server {
    /// The server keeps its log in the test's folder.
    fn start(test: &str, folder: &Folder) -> Self {
        let name = format!("synthc-{test}-{}", std::process::id());
        let log = File::create(folder.path("jackd.log")).expect("a log");
        let also = log.try_clone().expect("a log");
        let mut command = Command::new("jackd");
        // -r: no real-time rights needed. -S: a cycle ends when every client has played its part, so that nothing
        // is lost however busy the machine is; -t: and a client that is late is not thrown out.
        command
            .args(["-n", &name, "-r", "-S", "-t", "20000"])
            .args(["-d", "dummy", "-r", "48000", "-p", "1024"])
            .env("JACK_NO_AUDIO_RESERVATION", "1")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(also);
        let mut server = Self {
            name,
            process: start(&mut command),
        };
        until("the JACK server", || {
            let ended = server.process.0.try_wait().expect("a child");
            let said = || std::fs::read_to_string(folder.path("jackd.log")).unwrap_or_default();
            assert!(ended.is_none(), "jackd ended: {ended:?}\n{}", said());
            let asked = server.client("jack_lsp").stderr(Stdio::null()).output();
            asked.expect("jack_lsp runs").status.success().then_some(())
        });
        server
    }

    /// A program that talks to this server and starts no other.
    fn client(&self, program: &str) -> Command {
        self.with(Command::new(program))
    }

    fn with(&self, mut command: Command) -> Command {
        command
            .env("JACK_DEFAULT_SERVER", &self.name)
            .env("JACK_NO_START_SERVER", "1");
        command
    }

    /// The output ports of the player, once there are two.
    fn player_ports(&self) -> [String; 2] {
        let ask = || {
            let output = self.client("jack_lsp").output().expect("jack_lsp runs");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let mut ports = text.lines().filter(|port| port.contains(":out_"));
            Some([ports.next()?.to_owned(), ports.next()?.to_owned()])
        };
        until("the player's ports", ask)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = self.process.0.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        let end = Instant::now() + PATIENCE;
        while asked.is_ok() && matches!(self.process.0.try_wait(), Ok(None)) && Instant::now() < end
        {
            std::thread::yield_now();
        }
    }
}

/// Asks until there is an answer.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "{what}: nothing within {PATIENCE:?}");
        std::thread::yield_now();
    }
}

/// `synthc play` and what it says.
struct Player {
    process: Process,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Player {
    fn start(server: &Server, folder: &Folder) -> Self {
        let play = folder.command("play patch.py --host jack --seconds 600");
        let mut process = start(server.with(play).stderr(Stdio::piped()));
        let stderr = process.0.stderr.take().expect("a pipe");
        let mut player = Self {
            process,
            lines: listen(stderr),
            said: Vec::new(),
        };
        player.expect("playing patch.py on ");
        player
    }

    /// Waits for a line that contains `text`.
    fn expect(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    let found = line.contains(text);
                    self.said.push(line);
                    if found {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no `{text}` in {:#?}", self.said),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended without `{text}`: {:#?}", self.said)
                }
            }
        }
    }

    /// Interrupts it, as Ctrl-C does; it ends in order.
    fn end(mut self) {
        support::program("kill", &["-INT", &self.process.0.id().to_string()]);
        self.expect(" xruns, ");
        let status = self.process.0.wait().expect("a child");
        assert!(status.success(), "{status}: {:#?}", self.said);
    }
}

fn listen(stderr: ChildStderr) -> Receiver<String> {
    let (say, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if say.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// A recording of both ports, and its samples: left, right, left, …
fn capture(server: &Server, folder: &Folder, name: &str, seconds: &str) -> Vec<f32> {
    let ports = server.player_ports();
    let path: PathBuf = folder.path(name);
    let mut command = server.client("jack_capture");
    command
        .args([
            "--silent", "-dc", "-f", "wav", "-b", "FLOAT", "-c", "2", "-d", seconds,
        ])
        .args(["-p", &ports[0], "-p", &ports[1]])
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = start(&mut command).0.wait().expect("a child");
    assert!(status.success(), "jack_capture: {status}");
    let path = path.to_str().expect("UTF-8");
    // Raw samples through another reader; -D: sox changes nothing by dither.
    floats32(&support::program("sox", &["-D", path, "-t", "f32", "-"]))
}

fn left(samples: &[f32]) -> Vec<f32> {
    samples.iter().step_by(2).copied().collect()
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

/// What is tolerated between a capture and a render: sox reads through integers of 32 bits.
const TOLERANCE: f32 = 1e-7;

/// Where `part` lies in `whole`: the noise of its first frames tells one place from every other.
fn find(part: &[f32], whole: &[f32]) -> Option<usize> {
    let close = |(a, b): (&f32, &f32)| (a - b).abs() <= TOLERANCE;
    let probe = &part[..64.min(part.len())];
    whole
        .windows(probe.len())
        .position(|window| probe.iter().zip(window).all(close))
}

#[test]
fn what_plays_through_jack_is_what_renders() {
    let folder = Folder::with_patch(SWEEP);
    let server = Server::start("render", &folder);
    let player = Player::start(&server, &folder);
    let played = capture(&server, &folder, "played.wav", "1.5");
    player.end();
    assert!(played.len() > 2 * 48_000, "{} frames", played.len() / 2);
    // The capture begins somewhere in the first minute, after as many frames as the machine was slow.
    folder.done("render patch.py -o rendered.f32 --seconds 60 --quiet");
    let rendered = floats32(&folder.read("rendered.f32"));
    // jack_capture writes silence while its ports are being connected.
    let begin = 2
        * (played
            .iter()
            .position(|&x| x != 0.0)
            .expect("sound arrives")
            / 2);
    let heard = &played[begin..];
    assert!(heard.len() > 48_000, "{} frames of sound", heard.len() / 2);
    let at = find(heard, &rendered).expect("the capture lies in the render");
    assert_eq!(at % 2, 0, "left is left");
    let differing = heard
        .iter()
        .zip(&rendered[at..])
        .position(|(a, b)| (a - b).abs() > TOLERANCE);
    assert_eq!(
        differing,
        None,
        "of {} samples from frame {}",
        heard.len(),
        at / 2
    );
}

#[test]
fn edits_are_heard_and_mistakes_are_not() {
    let patch = |level: &str| {
        format!(
            "def f():\n    return krs.sr() * 0.0 + {level}\nkr.node('n', f, gain=1.0)\nkr.master = 1.0\n"
        )
    };
    let folder = Folder::with_patch(&patch("0.125"));
    let server = Server::start("edit", &folder);
    let mut player = Player::start(&server, &folder);
    // The last sample: the player may have been fading when the capture began.
    let level = |name: &str| {
        *left(&capture(&server, &folder, name, "0.3"))
            .last()
            .expect("sound arrives")
    };
    assert_eq!(level("first.wav"), 0.125);

    folder.write("patch.py", patch("0.25"));
    player.expect("1 compiled");
    until("the edit is heard", || {
        (level("second.wav") == 0.25).then_some(())
    });

    folder.write("patch.py", patch("krs.sine_ocs(1)"));
    player.expect("error: AttributeError: module 'krs' has no attribute 'sine_ocs'");
    player.expect("--> patch.py:2:");
    player.expect("^^^^^^^^");
    player.expect("did you mean `sine_osc`?");
    player.expect("the last good version plays on");
    assert_eq!(level("third.wav"), 0.25);

    // What an editor leaves for a moment while it saves.
    folder.write("patch.py", "");
    folder.write("patch.py", patch("0.0625"));
    player.expect("1 compiled");
    until("the repair is heard", || {
        (level("fourth.wav") == 0.0625).then_some(())
    });
    assert!(
        !player
            .said
            .iter()
            .any(|line| line.contains("0 compiled, 0 unchanged")),
        "no moment of silence"
    );
    player.end();
}
