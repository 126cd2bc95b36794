//! Real devices through cpal: hosts, devices, formats, output streams.
//!
//! Two steps, because programs are compiled for a rate: [`OutputDevice::open`] finds a device and settles
//! rate, channels, format and buffer size; [`OutputDevice::start`] moves the processor into its
//! callback. The callback allocates nothing after its first run; the error callback touches atomics
//! only. Feature `device`; feature `jack` adds JACK as a host.

mod error;
mod stream;

use ::cpal::traits::{DeviceTrait, HostTrait};
use ::cpal::{
    BufferSize, Device, Host, SampleFormat, StreamConfig, SupportedBufferSize,
    SupportedStreamConfigRange,
};

pub use error::DeviceError;
pub use stream::{OutputStream, StreamStatus};

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
}

/// A host and what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostInfo {
    /// Its name, as [`DeviceRequest::host`] takes it.
    pub name: String,
    /// Its output devices; the default one first.
    pub devices: Vec<DeviceInfo>,
}

/// An output device.
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

/// A device that has been chosen, with the format it will play.
pub struct OutputDevice {
    device: Device,
    name: String,
    config: StreamConfig,
    format: SampleFormat,
}

impl std::fmt::Debug for OutputDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutputDevice")
            .field("name", &self.name)
            .field("config", &self.config)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// All hosts that answer, with their output devices.
#[must_use]
pub fn hosts() -> Vec<HostInfo> {
    silence_alsa();
    let hosts = ::cpal::available_hosts();
    hosts
        .into_iter()
        .filter_map(|id| {
            let host = ::cpal::host_from_id(id).ok()?;
            Some(HostInfo {
                name: id.to_string(),
                devices: list(&host),
            })
        })
        .collect()
}

impl OutputDevice {
    /// Finds a device and settles its format: `f32` where it has it, else the best it has.
    ///
    /// # Errors
    /// When host or device do not exist or do not answer, or have no such format.
    pub fn open(request: &DeviceRequest) -> Result<Self, DeviceError> {
        silence_alsa();
        let host = find_host(request.host.as_deref())?;
        let host_name = host.id().to_string();
        let device = find_device(&host, request.device.as_deref())?;
        let name = describe(&device);
        let own = device.default_output_config();
        let own = own.map_err(|error| DeviceError::NoDevice {
            host: host_name,
            reason: error.to_string(),
        })?;
        let offered = offers(&device);
        let rate = request.sample_rate.unwrap_or(own.sample_rate());
        let channels = request.channels.unwrap_or(own.channels());
        let fits = offered
            .iter()
            .filter(|range| range.channels() == channels && playable(range.sample_format()))
            .filter(|range| (range.min_sample_rate()..=range.max_sample_rate()).contains(&rate))
            .filter(|range| holds(range.buffer_size(), request.buffer_frames));
        let best = fits.min_by_key(|range| preference(range.sample_format()));
        let Some(best) = best else {
            return Err(DeviceError::Format {
                device: name,
                asked: asked(rate, channels, request.buffer_frames),
                offered: offered.iter().map(words).collect(),
            });
        };
        Ok(Self {
            format: best.sample_format(),
            config: StreamConfig {
                channels,
                sample_rate: rate,
                buffer_size: request
                    .buffer_frames
                    .map_or(BufferSize::Default, BufferSize::Fixed),
            },
            device,
            name,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Frames per second that it will play.
    #[must_use]
    pub fn sample_rate(&self) -> f64 {
        f64::from(self.config.sample_rate)
    }

    /// Channels that it will play.
    #[must_use]
    pub fn channels(&self) -> usize {
        usize::from(self.config.channels)
    }

    /// Its sample format, such as `f32` or `i16`.
    #[must_use]
    pub fn format(&self) -> String {
        self.format.to_string()
    }
}

fn find_host(name: Option<&str>) -> Result<Host, DeviceError> {
    let Some(name) = name else {
        return Ok(::cpal::default_host());
    };
    let id = ::cpal::ALL_HOSTS
        .iter()
        .find(|id| id.to_string().eq_ignore_ascii_case(name))
        .ok_or_else(|| DeviceError::UnknownHost {
            given: name.to_string(),
            known: ::cpal::ALL_HOSTS.iter().map(ToString::to_string).collect(),
        })?;
    ::cpal::host_from_id(*id).map_err(|error| DeviceError::HostUnavailable {
        host: id.to_string(),
        reason: error.to_string(),
    })
}

fn find_device(host: &Host, name: Option<&str>) -> Result<Device, DeviceError> {
    let host_name = host.id().to_string();
    let Some(name) = name else {
        return host
            .default_output_device()
            .ok_or_else(|| DeviceError::NoDevice {
                host: host_name,
                reason: "it names no default".to_string(),
            });
    };
    let devices = host.output_devices();
    let devices = devices.map_err(|error| DeviceError::HostUnavailable {
        host: host_name.clone(),
        reason: error.to_string(),
    })?;
    let mut known = Vec::new();
    for device in devices {
        let (id, described) = (identify(&device), describe(&device));
        if id == name || described == name || id.split_once(':').is_some_and(|(_, id)| id == name) {
            return Ok(device);
        }
        known.push(id);
    }
    Err(DeviceError::UnknownDevice {
        host: host_name,
        given: name.to_string(),
        known,
    })
}

fn list(host: &Host) -> Vec<DeviceInfo> {
    let default = host.default_output_device().map(|device| identify(&device));
    let devices = host.output_devices().into_iter().flatten();
    let mut devices: Vec<DeviceInfo> = devices
        .map(|device| {
            let id = identify(&device);
            DeviceInfo {
                name: describe(&device),
                default: default.as_ref() == Some(&id),
                formats: offers(&device).iter().map(words).collect(),
                id,
            }
        })
        .collect();
    devices.sort_by_key(|device| !device.default);
    devices
}

fn offers(device: &Device) -> Vec<SupportedStreamConfigRange> {
    device
        .supported_output_configs()
        .into_iter()
        .flatten()
        .collect()
}

fn identify(device: &Device) -> String {
    device
        .id()
        .map_or_else(|_| describe(device), |id| id.to_string())
}

fn describe(device: &Device) -> String {
    let description = device.description();
    description.map_or_else(|_| "unnamed".to_string(), |d| d.name().to_string())
}

fn playable(format: SampleFormat) -> bool {
    preference(format) < u8::MAX
}

/// Order of formats: what loses least first; `u8::MAX` for those that hold no linear samples.
fn preference(format: SampleFormat) -> u8 {
    let order = [
        SampleFormat::F32,
        SampleFormat::F64,
        SampleFormat::I32,
        SampleFormat::I24,
        SampleFormat::I64,
        SampleFormat::I16,
        SampleFormat::U32,
        SampleFormat::U24,
        SampleFormat::U64,
        SampleFormat::U16,
        SampleFormat::I8,
        SampleFormat::U8,
    ];
    let place = order.iter().position(|&known| known == format);
    place.map_or(u8::MAX, |place| place as u8)
}

fn holds(offered: &SupportedBufferSize, asked: Option<u32>) -> bool {
    match (offered, asked) {
        (SupportedBufferSize::Range { min, max }, Some(frames)) => (min..=max).contains(&&frames),
        _ => true,
    }
}

fn asked(rate: u32, channels: u16, frames: Option<u32>) -> String {
    let buffer = frames.map_or(String::new(), |frames| format!(" in buffers of {frames}"));
    format!("{channels} channels at {rate} Hz{buffer}")
}

fn words(range: &SupportedStreamConfigRange) -> String {
    let (lowest, highest) = (range.min_sample_rate(), range.max_sample_rate());
    let rates = if lowest == highest {
        format!("{lowest} Hz")
    } else {
        format!("{lowest} to {highest} Hz")
    };
    format!(
        "{} channels, {rates}, {}",
        range.channels(),
        range.sample_format()
    )
}

/// ALSA's library prints to the terminal whatever it does not find; this thread's messages go to a
/// buffer instead.
fn silence_alsa() {
    #[cfg(target_os = "linux")]
    drop(alsa::Output::local_error_handler());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_host_name_lists_the_ones_there_are() {
        let request = DeviceRequest {
            host: Some("gramophone".into()),
            ..DeviceRequest::default()
        };
        let error = OutputDevice::open(&request).unwrap_err();
        let DeviceError::UnknownHost { given, known } = &error else {
            panic!("{error}");
        };
        assert_eq!(given, "gramophone");
        assert!(!known.is_empty());
    }

    #[test]
    fn a_wrong_device_name_lists_the_ones_there_are() {
        let request = DeviceRequest {
            device: Some("no such device".into()),
            ..DeviceRequest::default()
        };
        let error = OutputDevice::open(&request).unwrap_err();
        assert!(error.to_string().contains("no such device"), "{error}");
    }

    #[test]
    fn every_linear_format_can_be_chosen_and_dsd_cannot() {
        assert!(playable(SampleFormat::F32) && playable(SampleFormat::U8));
        assert!(!playable(SampleFormat::DsdU8));
        assert!(preference(SampleFormat::F32) < preference(SampleFormat::I16));
    }
}
