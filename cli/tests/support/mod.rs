//! What the tests of the command share: a folder of one's own, the command run in it, and other
//! programs' readers of WAV files.
#![allow(
    dead_code,
    reason = "every test binary includes this module and uses a part of it"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder that is deleted after the test.
pub(crate) struct Folder(TempDir);

/// What a run of the command left: exit status and both streams.
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A folder with `patch.py`.
    pub(crate) fn with_patch(text: &str) -> Self {
        let folder = Self::new();
        folder.write("patch.py", text);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("a file can be written");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Names of all files, sorted; hidden ones too.
    pub(crate) fn entries(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.0.path())
            .expect("the folder can be read")
            .map(|entry| {
                let name = entry.expect("an entry").file_name();
                name.to_string_lossy().into_owned()
            })
            .collect();
        names.sort();
        names
    }

    /// `synthc` with these arguments, separated by spaces, in this folder.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        synthc(self.0.path(), arguments)
    }

    /// Runs it.
    pub(crate) fn run(&self, arguments: &str) -> Run {
        Run::of(self.command(arguments))
    }

    /// Runs it; it must succeed.
    pub(crate) fn done(&self, arguments: &str) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.status, Some(0), "synthc {arguments}\n{}", run.stderr);
        run
    }

    /// Renders `patch.py:f` to raw 64-bit floats in 64-bit arithmetic and gives the interleaved samples.
    pub(crate) fn samples(&self, arguments: &str) -> Vec<f64> {
        self.done(&format!(
            "render patch.py:f -o samples.f64 --precision f64 {arguments}"
        ));
        floats64(&self.read("samples.f64"))
    }
}

/// `synthc` in a folder.
pub(crate) fn synthc(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_synthc"));
    command
        .current_dir(folder)
        .args(arguments.split_whitespace())
        .stdin(Stdio::null());
    command
}

impl Run {
    pub(crate) fn of(mut command: Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("the command starts");
        Self {
            status: status.code(),
            stdout,
            stderr: String::from_utf8(stderr).expect("messages are UTF-8"),
        }
    }
}

pub(crate) fn floats64(bytes: &[u8]) -> Vec<f64> {
    let (words, rest) = bytes.as_chunks::<8>();
    assert!(rest.is_empty(), "whole 64-bit floats");
    words.iter().map(|word| f64::from_le_bytes(*word)).collect()
}

pub(crate) fn floats32(bytes: &[u8]) -> Vec<f32> {
    let (words, rest) = bytes.as_chunks::<4>();
    assert!(rest.is_empty(), "whole 32-bit floats");
    words.iter().map(|word| f32::from_le_bytes(*word)).collect()
}

/// Standard output of another program.
pub(crate) fn program(name: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(name)
        .args(arguments)
        .output()
        .unwrap_or_else(|e| panic!("this test needs `{name}` (tests/run installs it): {e}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {errors}");
    output.stdout
}

/// A WAV file of integers as Python's `wave` module reads it.
#[derive(Debug, PartialEq)]
pub(crate) struct Pcm {
    pub(crate) channels: u64,
    pub(crate) bytes: u64,
    pub(crate) rate: u64,
    /// Interleaved.
    pub(crate) samples: Vec<i64>,
}

const READ_WAVE: &str = r#"
import json, sys, wave
with wave.open(sys.argv[1]) as w:
    width = w.getsampwidth()
    data = w.readframes(w.getnframes())
    samples = [int.from_bytes(data[i:i + width], "little", signed=True) for i in range(0, len(data), width)]
    assert len(samples) == w.getnframes() * w.getnchannels()
    print(json.dumps([w.getnchannels(), width, w.getframerate(), samples]))
"#;

impl Pcm {
    pub(crate) fn read(path: &Path) -> Self {
        let text = program(
            "python3",
            &["-c", READ_WAVE, path.to_str().expect("a UTF-8 path")],
        );
        let (channels, bytes, rate, samples) =
            serde_json::from_slice(&text).expect("the script prints JSON");
        Self {
            channels,
            bytes,
            rate,
            samples,
        }
    }
}
