//! What an input device hears, sent to every effect of the patch that nothing else feeds.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use synthc_engine::device::cpal::{DeviceError, DeviceRequest, InputDevice, InputStream};
use synthc_engine::device::input::InputStatus;
use synthc_engine::session::{NodeDefinition, Session};

use super::recorder::{ROOM, Recorder};
use crate::args::PlayArgs;
use crate::failure::Failure;
use crate::input_node;
use crate::session_log::InputFile;

/// An input that listens.
#[derive(Debug)]
pub(super) struct Input {
    stream: InputStream,
    name: String,
    /// One for all updates, so that edits carry it over.
    definition: NodeDefinition,
    status: Arc<InputStatus>,
}

/// What it delivers, on its way into a file beside the log.
#[derive(Debug)]
pub(super) struct InputLog {
    recorder: Recorder,
    channels: usize,
    missed: Arc<AtomicU64>,
    /// The log has told that something is missing.
    told: bool,
}

impl Input {
    /// Opens the device that `--input` names, of the same host as the output; `rate` is the engine's. With a log what it
    /// delivers is recorded.
    pub(super) fn open(
        args: &PlayArgs,
        device: Option<&str>,
        rate: f64,
    ) -> Result<(Self, Option<InputLog>), Failure> {
        let request = DeviceRequest {
            host: args.host.clone(),
            device: device.map(ToOwned::to_owned),
            ..DeviceRequest::default()
        };
        let open = || -> Result<_, DeviceError> {
            let device = InputDevice::open(&request)?;
            let (stream, node) = device.start()?;
            Ok((device.name().to_owned(), stream, node))
        };
        let (name, stream, node) = open().map_err(|e| Failure::Io(format!("--input: {e}")))?;
        let log = match &args.log {
            Some(log) => Some(InputLog::create(log, node.record((ROOM * rate) as usize))?),
            None => None,
        };
        let input = Self {
            stream,
            name,
            status: Arc::clone(node.status()),
            definition: NodeDefinition::own(node).map_err(Failure::io)?,
        };
        Ok((input, log))
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What goes wrong between the device and the node; also when the device is gone.
    pub(super) fn status(&self) -> &Arc<InputStatus> {
        &self.status
    }

    pub(super) fn is_lost(&self) -> bool {
        self.stream.status().is_lost()
    }

    /// Adds the node.
    pub(super) fn connect(&self, session: &mut Session) -> Result<(), Failure> {
        if !input_node::connect(session, &self.definition)? {
            eprintln!(
                "warning: nothing takes the input: make a node of a function with a parameter and send nothing to it"
            );
        }
        Ok(())
    }
}

impl InputLog {
    fn create(
        log: &Path,
        recording: synthc_engine::device::input::InputRecording,
    ) -> Result<Self, Failure> {
        let (channels, missed) = (recording.channels(), recording.lost_count());
        Ok(Self {
            channels,
            recorder: Recorder::of_input(&InputFile::path_beside(log), recording)?,
            missed,
            told: false,
        })
    }

    /// Channels in the file.
    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Frames that found the disk too slow, once: the recording ends before them.
    pub(super) fn has_missed(&mut self) -> Option<u64> {
        let missed = self.missed.load(Ordering::Relaxed);
        (missed > 0 && !std::mem::replace(&mut self.told, true)).then_some(missed)
    }

    /// Whether it cannot write any more.
    pub(super) fn has_failed(&self) -> bool {
        self.recorder.has_failed()
    }

    /// Completes the file; the sound has stopped.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.recorder.finish().map(drop)
    }
}
