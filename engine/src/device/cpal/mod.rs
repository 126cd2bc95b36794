//! Real devices through cpal: hosts, devices, formats, output and input streams.
//!
//! Two steps, because programs are compiled for a rate: [`OutputDevice::open`] finds a device and settles
//! rate, channels, format and buffer size; [`OutputDevice::start`] moves the processor into its
//! callback, from which [`OutputStream::stop`] gets it back, to go on with on another device. The callback allocates
//! nothing after its first run; the error callback touches atomics only. Feature `device`; feature `jack` adds JACK
//! as a host.

mod error;
mod format;
mod host;
mod input;
mod stream;

use std::fmt;

use ::cpal::traits::DeviceTrait;
use ::cpal::{BufferSize, Device, SampleFormat, StreamConfig};

pub use error::DeviceError;
pub use host::hosts;
pub use input::{InputDevice, InputRefusal, InputStream};
pub use stream::{OutputStream, Refusal, StreamStatus};

use super::feed::ChannelMap;
use format::Wanted;

/// What to open; everything left out is the device's own choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceRequest {
    /// Name of the host, such as `alsa` or `jack`.
    pub host: Option<String>,
    /// Name or id of the device.
    pub device: Option<String>,
    /// Frames per second.
    pub sample_rate: Option<u32>,
    /// Number of channels.
    pub channels: Option<u16>,
    /// Frames per callback.
    pub buffer_frames: Option<u32>,
    /// Channels that left and right go to, from 1 and each another; the first two unless told otherwise. For outputs only.
    pub outputs: Option<[u16; 2]>,
}

/// Whether a device plays or listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// It plays.
    Output,
    /// It listens.
    Input,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Output => "output",
            Self::Input => "input",
        })
    }
}

/// A host and what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostInfo {
    /// Its name, as [`DeviceRequest::host`] takes it.
    pub name: String,
    /// Its output devices; the default one first.
    pub outputs: Vec<DeviceInfo>,
    /// Its input devices; the default one first.
    pub inputs: Vec<DeviceInfo>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Lasting name, as [`DeviceRequest::device`] takes it.
    pub id: String,
    /// Name for people; accepted as well.
    pub name: String,
    /// Whether the host uses it unless told otherwise.
    pub default: bool,
    /// Formats it offers, in words.
    pub formats: Vec<String>,
}

/// A device with the format that was settled.
struct Opened {
    device: Device,
    name: String,
    host: String,
    config: StreamConfig,
    format: SampleFormat,
}

impl Opened {
    /// Finds a device and settles its format: `f32` where it has it, else the best it has.
    fn open(request: &DeviceRequest, direction: Direction) -> Result<Self, DeviceError> {
        let host = host::find_host(request.host.as_deref())?;
        let device = host::find_device(&host, request.device.as_deref(), direction)?;
        let (host, name) = (host.id().to_string(), host::describe(&device));
        let own = match direction {
            Direction::Output => device.default_output_config(),
            Direction::Input => device.default_input_config(),
        };
        let own = own.map_err(|error| DeviceError::NoDevice {
            host: host.clone(),
            direction,
            reason: error.to_string(),
        })?;
        let wanted = Wanted {
            rate: request.sample_rate.unwrap_or(own.sample_rate()),
            channels: request.channels.unwrap_or(own.channels()),
            buffer: request.buffer_frames,
        };
        let format = format::choose(&name, &format::offers(&device, direction), wanted)?;
        let buffer = wanted.buffer;
        Ok(Self {
            config: StreamConfig {
                channels: wanted.channels,
                sample_rate: wanted.rate,
                buffer_size: buffer.map_or(BufferSize::Default, BufferSize::Fixed),
            },
            format,
            device,
            name,
            host,
        })
    }

    fn refused(&self, error: &::cpal::Error) -> DeviceError {
        DeviceError::Refused {
            device: self.name.clone(),
            reason: error.to_string(),
        }
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("name", &self.name)
            .field("config", &self.config)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// A device that has been chosen, with the format it will play.
#[derive(Debug)]
pub struct OutputDevice {
    opened: Opened,
    map: ChannelMap,
}

impl OutputDevice {
    /// Finds a device and settles its format: `f32` where it has it, else the best it has.
    ///
    /// # Errors
    /// When host or device do not exist or do not answer, or have no such format or channel, and when left and right are
    /// to go to one channel.
    pub fn open(request: &DeviceRequest) -> Result<Self, DeviceError> {
        if let Some([left, right]) = request.outputs
            && left == right
        {
            return Err(DeviceError::OneChannelForBoth { given: left });
        }
        let opened = Opened::open(request, Direction::Output)?;
        let channels = opened.config.channels;
        let map = match request.outputs {
            None => ChannelMap::first(usize::from(channels)),
            Some(sides) => {
                let place = |given: u16| match given.checked_sub(1) {
                    Some(index) if given <= channels => Ok(usize::from(index)),
                    _ => Err(DeviceError::Channel {
                        device: opened.name.clone(),
                        given,
                        channels,
                    }),
                };
                ChannelMap::Stereo(place(sides[0])?, place(sides[1])?)
            }
        };
        Ok(Self { opened, map })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.opened.name
    }

    /// Frames per second that it will play.
    #[must_use]
    pub fn sample_rate(&self) -> f64 {
        f64::from(self.opened.config.sample_rate)
    }

    /// Channels that it will play.
    #[must_use]
    pub fn channels(&self) -> usize {
        usize::from(self.opened.config.channels)
    }

    /// Its sample format, such as `f32` or `i16`.
    #[must_use]
    pub fn format(&self) -> String {
        self.opened.format.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(host: Option<&str>, device: Option<&str>) -> DeviceRequest {
        DeviceRequest {
            host: host.map(Into::into),
            device: device.map(Into::into),
            ..DeviceRequest::default()
        }
    }

    #[test]
    fn a_wrong_host_name_lists_the_ones_there_are() {
        let error = OutputDevice::open(&request(Some("gramophone"), None)).unwrap_err();
        let DeviceError::UnknownHost { given, known, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(given, "gramophone");
        assert!(!known.is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_nearly_right_is_suggested() {
        let error = OutputDevice::open(&request(Some("asla"), None)).unwrap_err();
        assert!(
            error.to_string().contains("did you mean 'alsa'?"),
            "{error}"
        );
    }

    #[test]
    fn one_channel_for_both_sides_is_refused_before_a_device_is_looked_for() {
        let request = DeviceRequest {
            outputs: Some([2, 2]),
            ..request(Some("gramophone"), None)
        };
        let error = OutputDevice::open(&request).unwrap_err();
        assert_eq!(error, DeviceError::OneChannelForBoth { given: 2 });
        let text = "left and right would both go to channel 2; give each its own, or ask for one channel to hear their mean";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_wrong_device_name_lists_the_ones_there_are() {
        let error = OutputDevice::open(&request(None, Some("no such device"))).unwrap_err();
        assert!(error.to_string().contains("no such device"), "{error}");
    }
}
