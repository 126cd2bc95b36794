//! A JACK server with a dummy driver, shared by the tests that run at the same time.
//!
//! One server and not one per test: each takes 40 MB of `/dev/shm`, which has 64 MB in many containers. It is
//! asked to end, not killed, when the last test has let it go: a killed server leaves its memory behind.

use std::fs::File;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::capture;
use super::process::{PATIENCE, Process, within};
use super::support::Folder;

/// Number of names for servers.
const NAMES: u32 = 4;
/// Frames a second of a new server.
const RATE: u32 = 48_000;

/// The server and the folder of its log.
pub(crate) struct Server {
    name: String,
    process: Mutex<Process>,
    folder: Folder,
}

impl Server {
    /// The server of this test process; started when no test holds it.
    pub(crate) fn get() -> Arc<Self> {
        static RUNNING: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = running.upgrade() {
            return server;
        }
        let server = Arc::new(Self::start());
        *running = Arc::downgrade(&server);
        server
    }

    /// Tries the few names of these tests: a name that a killed server left behind is taken over, one that a
    /// server of another run has is refused, and unique names would fill the machine's register, which holds eight.
    fn start() -> Self {
        let own = std::process::id() % NAMES;
        let mut refusals = Vec::new();
        for turn in 0..NAMES {
            match Self::start_as(format!("synthc-test-{}", (own + turn) % NAMES)) {
                Ok(server) => return server,
                Err(refusal) => refusals.push(refusal),
            }
        }
        panic!("no JACK server starts:\n{}", refusals.join("\n"));
    }

    fn start_as(name: String) -> Result<Self, String> {
        let folder = Folder::new();
        let process = Mutex::new(launch(&name, &folder, RATE));
        let server = Self {
            name,
            process,
            folder,
        };
        server.probe()?;
        Ok(server)
    }

    /// Waits until the server takes clients.
    fn probe(&self) -> Result<(), String> {
        let log = File::create(self.folder.path("probe.log")).expect("a log");
        let mut probe = Process::start(self.with(&mut capture::probe()).stderr(log));
        let answer = within(PATIENCE, || {
            let ended = |process: &mut Process| process.0.try_wait().expect("a child");
            let probed = ended(&mut probe);
            // Looked at last: a server that ends may have shown the probe one of the same name.
            let jackd = ended(&mut self.process.lock().expect("nothing panics with it"));
            match (jackd, probed) {
                (Some(status), _) => Some(Err(format!("jackd ended: {status}"))),
                (None, Some(status)) if status.success() => Some(Ok(())),
                (None, Some(status)) => Some(Err(format!("no client gets in: {status}"))),
                (None, None) => None,
            }
        });
        answer
            .unwrap_or_else(|| Err(format!("no answer within {PATIENCE:?}")))
            .map_err(|reason| format!("{reason}\n{}", self.log()))
    }

    /// Kills the server under its clients.
    #[allow(dead_code, reason = "one of the test programs that share this module")]
    pub(crate) fn kill(&self) {
        let mut process = self.process.lock().expect("nothing panics with it");
        process.0.kill().expect("it was alive");
        process.0.wait().expect("a child");
    }

    /// Starts it again under its name, at so many frames a second.
    #[allow(dead_code, reason = "one of the test programs that share this module")]
    pub(crate) fn start_again(&self, rate: u32) {
        *self.process.lock().expect("nothing panics with it") =
            launch(&self.name, &self.folder, rate);
        if let Err(reason) = self.probe() {
            panic!("the JACK server does not start again: {reason}");
        }
    }

    /// Makes a command talk to this server and start no other.
    pub(crate) fn with<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("JACK_DEFAULT_SERVER", &self.name)
            .env("JACK_NO_START_SERVER", "1")
    }

    /// What server and probe said, for a test that fails.
    pub(crate) fn log(&self) -> String {
        let said = ["jackd.log", "probe.log"].map(|name| {
            let text = std::fs::read(self.folder.path(name)).unwrap_or_default();
            format!("--- {name}\n{}", String::from_utf8_lossy(&text))
        });
        let memory = Command::new("df").args(["-k", "/dev/shm"]).output();
        let memory = memory.map(|output| output.stdout).unwrap_or_default();
        format!(
            "{}--- memory\n{}",
            said.concat(),
            String::from_utf8_lossy(&memory)
        )
    }
}

fn launch(name: &str, folder: &Folder, rate: u32) -> Process {
    let log = File::create(folder.path("jackd.log")).expect("a log");
    let also = log.try_clone().expect("a log");
    Process::start(
        Command::new("jackd")
            // No real-time rights needed; few ports, for the memory.
            .args(["-n", name, "-r", "-p", "64"])
            // A cycle ends when every client has played its part, so that nothing is lost however busy the
            // machine is, and a client that is late is not thrown out.
            .args(["-S", "-t", "60000"])
            .args(["-d", "dummy", "-r", &rate.to_string(), "-p", "1024"])
            .env("JACK_NO_AUDIO_RESERVATION", "1")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(also),
    )
}

impl Drop for Server {
    fn drop(&mut self) {
        let process = self
            .process
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        // The drop of the process kills it when it does not listen.
        process.ask_to_end("-TERM");
    }
}
