//! `synthc play` on the server, and what it says.

use std::io::{BufRead, BufReader};
use std::process::{ChildStderr, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use super::capture::Capture;
use super::process::{PATIENCE, Process};
use super::server::Server;
use super::support::Folder;

/// A player; a test that fails prints what it said, and the server's log.
pub(crate) struct Player {
    server: Arc<Server>,
    process: Process,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Player {
    /// Starts `synthc play patch.py` in the folder and waits until it plays.
    pub(crate) fn start(folder: &Folder, options: &str) -> Self {
        let server = Server::get();
        let mut play = folder.command(&format!("play patch.py --host jack {options}"));
        let mut process = Process::start(server.with(&mut play).stderr(Stdio::piped()));
        let stderr = process.0.stderr.take().expect("a pipe");
        let mut player = Self {
            server,
            process,
            lines: listen(stderr),
            said: Vec::new(),
        };
        player.expect("playing patch.py on ");
        player
    }

    /// The server it plays on.
    #[allow(dead_code, reason = "one of the test programs that share this module")]
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Captures what it plays from now on.
    pub(crate) fn capture(&self) -> Capture {
        Capture::start(&self.server, &self.client("out"), None)
    }

    /// Captures what it plays from now on, and lets it hear its own left side.
    #[allow(dead_code, reason = "one of the test programs that share this module")]
    pub(crate) fn capture_looped(&self) -> Capture {
        let input = self.client("in");
        Capture::start(&self.server, &self.client("out"), Some(&input))
    }

    /// The name that cpal gives its client.
    fn client(&self, direction: &str) -> String {
        format!("cpal_client_{}_{direction}", self.process.0.id())
    }

    /// Waits for a line that contains `text`.
    pub(crate) fn expect(&mut self, text: &str) {
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
                Err(RecvTimeoutError::Timeout) => panic!("no `{text}` within {PATIENCE:?}"),
                Err(RecvTimeoutError::Disconnected) => panic!("ended without `{text}`"),
            }
        }
    }

    /// Waits for a line that contains `text`, unless it came among those that were waited for.
    #[allow(dead_code, reason = "one of the test programs that share this module")]
    pub(crate) fn expect_anywhere(&mut self, text: &str) {
        if !self.said.iter().any(|line| line.contains(text)) {
            self.expect(text);
        }
    }

    /// Everything it has said in lines that were waited for.
    #[allow(dead_code, reason = "one of the test programs that share this module")]
    pub(crate) fn said(&self) -> &[String] {
        &self.said
    }

    /// Interrupts it, as Ctrl-C does; it ends in order.
    pub(crate) fn end(mut self) {
        assert!(self.process.ask_to_end("-INT"), "it ends when asked");
        self.expect(" xruns, ");
        let status = self.process.0.wait().expect("a child");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.said.extend(self.lines.try_iter());
            eprintln!("--- the player\n{}", self.said.join("\n"));
            eprintln!("{}", self.server.log());
        }
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
