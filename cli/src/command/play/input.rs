//! What an input device hears, sent to every effect of the patch that nothing else feeds.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use synthc_engine::device::cpal::{DeviceError, DeviceRequest, InputDevice, InputStream};
use synthc_engine::device::input::{InputSender, InputStatus};
use synthc_engine::session::{NodeDefinition, Session};

use super::RETRY;
use super::output::NULL;
use super::recorder::{ROOM, Recorder};
use crate::args::PlayArgs;
use crate::failure::Failure;
use crate::input_node;
use crate::session_log::InputFile;

/// An input that listens, or whose device is gone.
#[derive(Debug)]
pub(super) struct Input {
    request: DeviceRequest,
    device: Device,
    name: String,
    /// One for all updates, so that edits carry it over.
    definition: NodeDefinition,
    status: Arc<InputStatus>,
}

/// The device of an input.
#[derive(Debug)]
enum Device {
    Listening(InputStream),
    /// It is gone; looked for again at that time.
    Lost(Box<InputSender>, Instant),
    /// It is gone, and its host keeps what goes on.
    Kept,
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
        if args.host.as_deref() == Some(NULL) {
            return Err(Failure::Usage(
                "--input: the host `null` has no inputs; leave --input out, or choose a host of `synthc devices`".to_owned(),
            ));
        }
        let request = DeviceRequest {
            host: args.host.clone(),
            device: device.map(ToOwned::to_owned),
            ..DeviceRequest::default()
        };
        let open = || -> Result<_, DeviceError> {
            let device = InputDevice::open(&request)?;
            let (stream, node) = device.start()?;
            Ok((device, stream, node))
        };
        let (device, stream, node) = open().map_err(|e| Failure::Io(format!("--input: {e}")))?;
        let log = match &args.log {
            Some(log) => Some(InputLog::create(log, node.record((ROOM * rate) as usize))?),
            None => None,
        };
        let input = Self {
            name: device.name().to_owned(),
            // The node goes on at the rate it has: what comes back at that need not be converted.
            request: DeviceRequest {
                sample_rate: Some(device.sample_rate() as u32),
                ..request
            },
            device: Device::Listening(stream),
            status: Arc::clone(node.status()),
            definition: NodeDefinition::own(node).map_err(Failure::io)?,
        };
        Ok((input, log))
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What goes wrong between the device and the node.
    pub(super) fn status(&self) -> &InputStatus {
        &self.status
    }

    /// Sees that the device is gone, or looks for it; gives what there is to say.
    pub(super) fn follow(&mut self) -> Option<String> {
        match std::mem::replace(&mut self.device, Device::Kept) {
            Device::Listening(stream) if stream.status().is_lost() => Some(self.lose(stream)),
            Device::Lost(sender, due) if due <= Instant::now() => self.find_device(sender),
            same => {
                self.device = same;
                None
            }
        }
    }

    fn lose(&mut self, stream: InputStream) -> String {
        let outlook = match stream.stop() {
            Some(sender) => {
                self.device = Device::Lost(sender, Instant::now() + RETRY);
                "what it fed is silent until it is back"
            }
            None => "its host does not let it go; what it fed stays silent",
        };
        format!("the input {} is gone; {outlook}", self.name)
    }

    /// Tries to go on with a device like the one that was lost, at its rate if it still has that.
    fn find_device(&mut self, sender: Box<InputSender>) -> Option<String> {
        let again = Instant::now() + RETRY;
        let device = InputDevice::open(&self.request).or_else(|error| match error {
            DeviceError::Format { .. } => InputDevice::open(&DeviceRequest {
                sample_rate: None,
                ..self.request.clone()
            }),
            error => Err(error),
        });
        let Ok(device) = device else {
            self.device = Device::Lost(sender, again);
            return None;
        };
        match device.listen(sender) {
            Ok(stream) => {
                self.device = Device::Listening(stream);
                device.name().clone_into(&mut self.name);
                let rate = device.sample_rate() as u32;
                let converted = match self.request.sample_rate {
                    Some(before) if before != rate => {
                        format!(" at {rate} Hz, converted to the {before} Hz it had")
                    }
                    _ => String::new(),
                };
                Some(format!("listening again to {}{converted}", self.name))
            }
            Err(refusal) => match refusal.sender {
                Some(sender) => {
                    self.device = Device::Lost(sender, again);
                    None
                }
                None => Some(format!(
                    "the input {} is given up: {}",
                    self.name, refusal.error
                )),
            },
        }
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    #[test]
    fn a_device_that_was_lost_is_opened_again() {
        let line = "synthc play patch.py --host alsa --device null --input null";
        let arguments = Cli::parse_from(line.split(' '));
        let Command::Play(args) = arguments.command else {
            panic!("not `play`");
        };
        let (mut input, _) = Input::open(&args, Some("null"), 48_000.0).expect("ALSA has it");
        assert_eq!(input.follow(), None);
        let Device::Listening(stream) = std::mem::replace(&mut input.device, Device::Kept) else {
            panic!("it listens");
        };
        let said = input.lose(stream);
        assert!(
            said.ends_with("is gone; what it fed is silent until it is back"),
            "{said}"
        );
        let Device::Lost(sender, due) = std::mem::replace(&mut input.device, Device::Kept) else {
            panic!("it is looked for");
        };
        input.device = Device::Lost(sender, due + 1000 * RETRY);
        assert_eq!(input.follow(), None, "not yet");
        let Device::Lost(sender, _) = std::mem::replace(&mut input.device, Device::Kept) else {
            panic!("it is looked for");
        };
        input.device = Device::Lost(sender, Instant::now());
        let said = input.follow().expect("it is back");
        assert_eq!(said, format!("listening again to {}", input.name()));
        assert_eq!(input.follow(), None);

        // A rate that the device does not have any more: at one that it has, converted.
        let Device::Listening(stream) = std::mem::replace(&mut input.device, Device::Kept) else {
            panic!("it listens");
        };
        let sender = stream.stop().expect("ALSA gives it back");
        input.request.sample_rate = Some(0);
        input.device = Device::Lost(sender, Instant::now());
        let said = input.follow().expect("it is back");
        assert!(
            said.ends_with(" Hz, converted to the 0 Hz it had"),
            "{said}"
        );
    }
}
