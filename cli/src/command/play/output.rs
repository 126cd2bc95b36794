//! What plays: a device, or nobody at the pace of one.

use synthc_engine::device::cpal::{
    DeviceError, DeviceRequest, Direction, OutputDevice, OutputStream, Refusal,
};
use synthc_engine::device::feed::Feed;
use synthc_engine::device::null::{NullDevice, NullStream, Pace};

use crate::args::PlayArgs;

/// The name of the host that plays to nobody.
pub(super) const NULL: &str = "null";
/// Its rate and buffer size unless told otherwise.
const RATE: u32 = 48_000;
const BUFFER: u32 = 512;

/// An output that has been chosen.
#[derive(Debug)]
pub(super) enum Output {
    Device(OutputDevice),
    Null {
        rate: u32,
        channels: u16,
        buffer: u32,
    },
}

/// An output that plays.
#[derive(Debug)]
pub(super) enum Stream {
    Device(OutputStream<f32>),
    Null(NullStream<f32>),
}

impl Output {
    /// Chooses what the arguments ask for.
    pub(super) fn open(args: &PlayArgs) -> Result<Self, DeviceError> {
        Self::open_at(args, args.rate)
    }

    /// The same at another rate than they say; `None` for the device's own.
    pub(super) fn open_at(args: &PlayArgs, rate: Option<u32>) -> Result<Self, DeviceError> {
        if args.host.as_deref() == Some(NULL) {
            if let Some(given) = args.device.as_ref().filter(|given| *given != NULL) {
                return Err(DeviceError::UnknownDevice {
                    host: NULL.to_owned(),
                    direction: Direction::Output,
                    nearest: None,
                    given: given.clone(),
                    known: vec![NULL.to_owned()],
                });
            }
            let channels = args.channels.unwrap_or(2);
            let sides = args.outputs.as_ref().map_or(&[][..], |sides| &sides.0);
            if let Some(&given) = sides.iter().find(|side| **side > channels) {
                return Err(DeviceError::Channel {
                    device: NULL.to_owned(),
                    given,
                    channels,
                });
            }
            return Ok(Self::Null {
                rate: rate.unwrap_or(RATE),
                channels,
                buffer: args.buffer.unwrap_or(BUFFER),
            });
        }
        let request = DeviceRequest {
            host: args.host.clone(),
            device: args.device.clone(),
            sample_rate: rate,
            channels: args.channels,
            buffer_frames: args.buffer,
            outputs: args.outputs.as_ref().map(|sides| sides.0),
        };
        OutputDevice::open(&request).map(Self::Device)
    }

    pub(super) fn sample_rate(&self) -> f64 {
        match self {
            Self::Device(device) => device.sample_rate(),
            Self::Null { rate, .. } => f64::from(*rate),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Device(device) => device.name(),
            Self::Null { .. } => NULL,
        }
    }

    /// Plays; when it refuses, the feed comes back if the host lets it go.
    pub(super) fn start(&self, feed: Box<Feed<f32>>) -> Result<Stream, Refusal<f32>> {
        match self {
            Self::Device(device) => device.start(*feed).map(Stream::Device),
            Self::Null {
                channels, buffer, ..
            } => {
                let device = NullDevice::new(*feed, usize::from(*channels), *buffer as usize);
                device.start(Pace::RealTime).map(Stream::Null).map_err(|e| {
                    let error = DeviceError::Refused {
                        device: NULL.to_owned(),
                        reason: e.to_string(),
                    };
                    Refusal { error, feed: None }
                })
            }
        }
    }

    /// Rate, channels and format in words, with the buffer size that `stream` was granted.
    pub(super) fn describe(&self, stream: &Stream) -> String {
        let (channels, format, granted) = match (self, stream) {
            (Self::Device(device), Stream::Device(stream)) => {
                (device.channels(), device.format(), stream.buffer_frames())
            }
            (
                Self::Null {
                    channels, buffer, ..
                },
                _,
            ) => (usize::from(*channels), "f32".to_owned(), Some(*buffer)),
            (Self::Device(device), Stream::Null(_)) => (device.channels(), device.format(), None),
        };
        let buffer = granted.map_or_else(
            || "buffers of unknown size".to_owned(),
            |frames| format!("buffers of {frames} frames"),
        );
        format!(
            "{}: {} Hz, {channels} channels, {format}, {buffer}",
            self.name(),
            self.sample_rate()
        )
    }
}

impl Stream {
    /// Whether the device is gone.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::Device(stream) => stream.status().is_lost(),
            Self::Null(_) => false,
        }
    }

    /// Errors of the device that are no xruns.
    pub(super) fn errors(&self) -> u64 {
        match self {
            Self::Device(stream) => stream.status().errors(),
            Self::Null(_) => 0,
        }
    }

    /// Stops and gives back what played.
    pub(super) fn stop(self) -> Option<Box<Feed<f32>>> {
        match self {
            Self::Device(stream) => stream.stop(),
            Self::Null(stream) => stream.stop().map(|device| Box::new(device.into_feed())),
        }
    }
}
