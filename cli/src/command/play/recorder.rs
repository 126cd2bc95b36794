//! Writes what is heard into a file, on a thread of its own: the audio thread only copies into a ring.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use synthc_engine::device::tap::{TapReceiver, TapSender, tap};

use crate::audio_file::{AudioWriter, Encoding, FileFormat, WriteError};
use crate::failure::Failure;

/// Seconds of sound that wait for a slow disk.
const ROOM: f64 = 10.0;
/// How long the writer rests when it has written everything.
const REST: Duration = Duration::from_millis(50);

/// A recording under way.
#[derive(Debug)]
pub(super) struct Recorder {
    thread: Option<JoinHandle<Result<u64, WriteError>>>,
    finish: Arc<AtomicBool>,
}

impl Recorder {
    /// Begins; what is sent to the tap is written. 32-bit floats, unless the name says otherwise.
    pub(super) fn create(path: &Path, rate: f64) -> Result<(Self, TapSender<f32>), Failure> {
        let format =
            FileFormat::of(path, Encoding::F32).map_err(|e| Failure::Usage(e.to_string()))?;
        let writer = AudioWriter::create(path, format, 2, rate as u32).map_err(Failure::io)?;
        let (sender, receiver) = tap((ROOM * rate) as usize);
        let finish = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&finish);
        let thread = std::thread::Builder::new()
            .name("synthc recorder".into())
            .spawn(move || write(writer, receiver, &asked))
            .map_err(Failure::io)?;
        let recorder = Self {
            thread: Some(thread),
            finish,
        };
        Ok((recorder, sender))
    }

    /// Whether it cannot write any more.
    pub(super) fn has_failed(&self) -> bool {
        !self.finish.load(Ordering::Relaxed)
            && self.thread.as_ref().is_some_and(JoinHandle::is_finished)
    }

    /// Completes the file. How many frames found no room because the disk was too slow.
    pub(super) fn finish(mut self) -> Result<u64, Failure> {
        self.finish.store(true, Ordering::Release);
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(written)) => written.map_err(Failure::io),
            _ => Err(Failure::Io("the recorder panicked".to_owned())),
        }
    }
}

fn write(
    mut writer: AudioWriter,
    mut receiver: TapReceiver<f32>,
    finish: &AtomicBool,
) -> Result<u64, WriteError> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        // Asked first: what was sent before is in the ring.
        let last = finish.load(Ordering::Acquire);
        let more = receiver.read(&mut left, &mut right);
        let arrived = !left.is_empty();
        writer.write(&[left.as_slice(), right.as_slice()])?;
        left.clear();
        right.clear();
        if !arrived && (last || !more) {
            writer.finish()?;
            return Ok(receiver.lost());
        }
        if !arrived {
            std::thread::park_timeout(REST);
        }
    }
}
