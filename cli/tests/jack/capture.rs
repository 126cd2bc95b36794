//! What a player's ports put out, sample by sample.
//!
//! A JACK client finds its server by the environment of its process, so the test program runs itself again:
//! [`run`] is that process. It gets the client to listen to by its environment and a socket as standard input, into
//! which it writes frames until the other end closes. Nothing is lost: a full ring ends it with a message.

use std::fs::File;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::Thread;
use std::time::{Duration, Instant};

use jack::{
    AudioIn, Client, ClientOptions, Control, NotificationHandler, Port, PortFlags, ProcessHandler,
    ProcessScope,
};

use super::process::{PATIENCE, Process, within};
use super::server::Server;
use super::support::Folder;

/// Names the client whose ports are captured; empty: only look for the server.
const TARGET: &str = "SYNTHC_TEST_CAPTURE";

/// Names a client into whose inputs the first output of the target is to go, too; empty: none.
const LOOP: &str = "SYNTHC_TEST_LOOP";

/// The test of this program that is the capture process.
const PROCESS: &str = "capture_process";

/// Frames on the way from JACK's thread: half a minute.
const RING: usize = 1 << 21;

/// How long a server may take to start.
const ENTRY: Duration = Duration::from_secs(40);

/// How long a client may take to leave.
const LEAVE: Duration = Duration::from_secs(10);

/// Bytes of a frame: two channels of `f32`.
const FRAME: usize = 8;

fn itself(target: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a program"));
    command
        .args(["--exact", PROCESS, "--nocapture"])
        .env(TARGET, target)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// A process that succeeds as soon as the server takes clients.
pub(crate) fn probe() -> Command {
    itself("")
}

/// What has been captured.
#[derive(Default)]
struct Heard {
    frames: Vec<[f32; 2]>,
    ended: bool,
}

/// A running capture of both channels of a player.
pub(crate) struct Capture {
    process: Process,
    heard: Arc<(Mutex<Heard>, Condvar)>,
    socket: UnixStream,
    folder: Folder,
    /// Lives until the client has left.
    _server: Arc<Server>,
}

impl Capture {
    /// Connects to the two output ports of `client`; and the first of these to all inputs of `looped`, if any.
    pub(crate) fn start(server: &Arc<Server>, client: &str, looped: Option<&str>) -> Self {
        let folder = Folder::new();
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        let log = File::create(folder.path("capture.log")).expect("a log");
        let mut command = itself(client);
        server
            .with(&mut command)
            .env(LOOP, looped.unwrap_or_default())
            .stdin(OwnedFd::from(theirs))
            .stderr(log);
        let process = Process::start(&mut command);
        // The command keeps the other end open.
        drop(command);
        let heard = Arc::new((Mutex::new(Heard::default()), Condvar::new()));
        let hearing = Arc::clone(&heard);
        let socket = ours.try_clone().expect("a socket");
        std::thread::spawn(move || listen(ours, &hearing));
        Self {
            process,
            heard,
            socket,
            folder,
            _server: Arc::clone(server),
        }
    }

    /// Waits until what has been captured satisfies a condition, and gives it.
    pub(crate) fn wait_for(
        &self,
        what: &str,
        mut condition: impl FnMut(&[[f32; 2]]) -> bool,
    ) -> Vec<[f32; 2]> {
        let end = Instant::now() + PATIENCE;
        let (heard, changed) = &*self.heard;
        let mut heard = heard.lock().expect("the listener does not panic");
        loop {
            if condition(&heard.frames) {
                return heard.frames.clone();
            }
            let count = heard.frames.len();
            assert!(!heard.ended, "{what}: capture ended after {count} frames");
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{what}: not within {PATIENCE:?}, in {count} frames"
            );
            heard = changed
                .wait_timeout(heard, left)
                .expect("the listener does not panic")
                .0;
        }
    }
}

impl Drop for Capture {
    /// Lets the process leave the server in order, which would wait for a client that was killed.
    fn drop(&mut self) {
        // It may be closed already.
        let _ = self.socket.shutdown(Shutdown::Both);
        within(LEAVE, || self.process.0.try_wait().ok().flatten());
        if std::thread::panicking() {
            let ended = self.process.0.try_wait();
            let said = self.folder.read("capture.log");
            let said = String::from_utf8_lossy(&said);
            eprintln!("--- the capture, ended: {ended:?}\n{said}");
        }
    }
}

/// Collects what arrives.
fn listen(mut socket: UnixStream, heard: &(Mutex<Heard>, Condvar)) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 1 << 16];
    loop {
        let count = socket.read(&mut chunk).unwrap_or(0);
        bytes.extend_from_slice(&chunk[..count]);
        let (heard, changed) = heard;
        let Ok(mut heard) = heard.lock() else { return };
        let whole = bytes.len() / FRAME * FRAME;
        let float = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().unwrap_or_default());
        let frames = bytes.drain(..whole).collect::<Vec<u8>>();
        heard.frames.extend(
            frames
                .chunks_exact(FRAME)
                .map(|frame| [float(&frame[..4]), float(&frame[4..])]),
        );
        heard.ended = count == 0;
        changed.notify_all();
        if count == 0 {
            return;
        }
    }
}

/// The capture process, where this program was started as one.
pub(crate) fn run() {
    let Ok(target) = std::env::var(TARGET) else {
        return;
    };
    let mut refused = None;
    let client = within(ENTRY, || {
        Client::new("capture", ClientOptions::NO_START_SERVER)
            .map_err(|error| refused = Some(error))
            .ok()
    });
    let Some((client, _)) = client else {
        panic!("the server takes no client within {ENTRY:?}: {refused:?}");
    };
    if target.is_empty() {
        return;
    }
    let socket = std::io::stdin().as_fd().try_clone_to_owned();
    let mut socket = UnixStream::from(socket.expect("a socket as standard input"));
    let ports = ["left", "right"].map(|name| {
        client
            .register_port(name, AudioIn::default())
            .expect("a port")
    });
    let names = [0, 1].map(|side: usize| ports[side].name().expect("a name"));
    let (frames, mut ring) = rtrb::RingBuffer::new(RING);
    let reader = std::thread::current();
    let lost = Arc::new(AtomicBool::new(false));
    let copier = Copier {
        ports,
        frames,
        reader: reader.clone(),
        lost: Arc::clone(&lost),
    };
    let active = client
        .activate_async(Watcher(reader), copier)
        .expect("activation");
    let client = active.as_client();
    let pattern = format!("^{target}[^:]*:out_");
    let sources = within(PATIENCE, || {
        let ports = client.ports(Some(&pattern), None, PortFlags::IS_OUTPUT);
        <[String; 2]>::try_from(ports).ok()
    });
    let sources = sources.expect("the player's two ports");
    for (from, to) in sources.iter().zip(&names) {
        client.connect_ports_by_name(from, to).expect("connects");
    }
    if let Some(looped) = std::env::var(LOOP).ok().filter(|name| !name.is_empty()) {
        let pattern = format!("^{looped}[^:]*:in_");
        let inputs = within(PATIENCE, || {
            let ports = client.ports(Some(&pattern), None, PortFlags::IS_INPUT);
            (!ports.is_empty()).then_some(ports)
        });
        for input in inputs.expect("inputs of the player") {
            // The player connects them to what the server captures, which is silence.
            client
                .connect_ports_by_name(&sources[0], &input)
                .expect("connects");
        }
    }
    let closed = Arc::new(AtomicBool::new(false));
    watch(&socket, std::thread::current(), Arc::clone(&closed));
    while let Ok(chunk) = ring.read_chunk(ring.slots()) {
        let bytes: Vec<u8> = chunk
            .into_iter()
            .flat_map(|frame: [f32; 2]| frame.map(f32::to_le_bytes))
            .flatten()
            .collect();
        if closed.load(Ordering::Relaxed) || socket.write_all(&bytes).is_err() {
            // Nobody listens any more.
            return;
        }
        assert!(!lost.load(Ordering::Relaxed), "the ring overflowed");
        std::thread::park_timeout(Duration::from_secs(1));
    }
}

/// Sees when the other end closes, though nothing may be left to write.
fn watch(socket: &UnixStream, reader: Thread, closed: Arc<AtomicBool>) {
    let mut socket = socket.try_clone().expect("a socket");
    std::thread::spawn(move || {
        // Nothing is ever sent this way: a read ends when the other end closes.
        let _ = socket.read(&mut [0]);
        closed.store(true, Ordering::Relaxed);
        reader.unpark();
    });
}

/// JACK's thread: copies and allocates nothing.
struct Copier {
    ports: [Port<AudioIn>; 2],
    frames: rtrb::Producer<[f32; 2]>,
    reader: Thread,
    lost: Arc<AtomicBool>,
}

impl ProcessHandler for Copier {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let [left, right] = &self.ports;
        for (&left, &right) in left.as_slice(scope).iter().zip(right.as_slice(scope)) {
            if self.frames.push([left, right]).is_err() {
                self.lost.store(true, Ordering::Relaxed);
            }
        }
        self.reader.unpark();
        Control::Continue
    }
}

/// Wakes the reader when ports come.
struct Watcher(Thread);

impl NotificationHandler for Watcher {
    fn port_registration(&mut self, _: &Client, _: jack::PortId, _: bool) {
        self.0.unpark();
    }
}
