//! Writes what is heard into a file, on a thread of its own: the audio thread only copies into a ring.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use synthc_engine::device::input::InputRecording;
use synthc_engine::device::tap::{TapReceiver, TapSender, tap};

use crate::audio_file::{AudioWriter, Encoding, FileFormat, WriteError};
use crate::failure::Failure;

/// Seconds of sound that wait for a slow disk.
pub(super) const ROOM: f64 = 10.0;
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
        let recorder = Self::spawn(move |finish| write(writer, receiver, finish))?;
        Ok((recorder, sender))
    }

    /// Begins to write what an input delivers: raw 32-bit floats, in the file from the first moment on, so that the log of a
    /// player that was killed has them too.
    pub(super) fn of_input(path: &Path, recording: InputRecording) -> Result<Self, Failure> {
        let unwritable = |path: &Path, error: std::io::Error| WriteError::Unwritable {
            path: path.to_owned(),
            reason: error.kind().to_string(),
        };
        let file = File::create(path).map_err(|e| Failure::io(unwritable(path, e)))?;
        let path = path.to_owned();
        Self::spawn(move |finish| {
            write_input(BufWriter::new(file), recording, finish).map_err(|e| unwritable(&path, e))
        })
    }

    fn spawn(
        work: impl FnOnce(&AtomicBool) -> Result<u64, WriteError> + Send + 'static,
    ) -> Result<Self, Failure> {
        let finish = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&finish);
        let thread = std::thread::Builder::new()
            .name("synthc recorder".into())
            .spawn(move || work(&asked))
            .map_err(Failure::io)?;
        Ok(Self {
            thread: Some(thread),
            finish,
        })
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
    pump(finish, &mut receiver, |left, right| {
        writer.write(&[left, right])
    })?;
    writer.finish()?;
    Ok(receiver.lost())
}

fn write_input(
    mut out: BufWriter<File>,
    recording: InputRecording,
    finish: &AtomicBool,
) -> std::io::Result<u64> {
    let channels = recording.channels();
    let mut receiver = recording.into_tap();
    pump(finish, &mut receiver, |left, right| {
        for (left, right) in left.iter().zip(right) {
            for sample in [left, right].into_iter().take(channels) {
                out.write_all(&sample.to_le_bytes())?;
            }
        }
        out.flush()
    })?;
    Ok(receiver.lost())
}

/// Writes what arrives until it is told to finish, or nothing can come any more.
fn pump<E>(
    finish: &AtomicBool,
    receiver: &mut TapReceiver<f32>,
    mut write: impl FnMut(&[f32], &[f32]) -> Result<(), E>,
) -> Result<(), E> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        // Asked first: what was sent before is in the ring.
        let last = finish.load(Ordering::Acquire);
        let more = receiver.read(&mut left, &mut right);
        let arrived = !left.is_empty();
        write(&left, &right)?;
        left.clear();
        right.clear();
        if !arrived && (last || !more) {
            return Ok(());
        }
        if !arrived {
            std::thread::park_timeout(REST);
        }
    }
}
