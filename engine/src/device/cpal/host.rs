//! Hosts and their devices: listing them, and finding one by name or id.

use ::cpal::traits::{DeviceTrait, HostTrait};
use ::cpal::{Device, Host};

use super::format::{in_words, offers};
use super::{DeviceError, DeviceInfo, Direction, HostInfo};
use crate::session::nearest;

/// All hosts that answer, with their devices.
#[must_use]
pub fn hosts() -> Vec<HostInfo> {
    silence_alsa();
    ::cpal::available_hosts()
        .into_iter()
        .filter_map(|id| {
            let host = ::cpal::host_from_id(id).ok()?;
            Some(HostInfo {
                name: id.to_string(),
                outputs: list(&host, Direction::Output),
                inputs: list(&host, Direction::Input),
            })
        })
        .collect()
}

/// The host of a name, or the system's own.
pub(super) fn find_host(name: Option<&str>) -> Result<Host, DeviceError> {
    silence_alsa();
    let Some(name) = name else {
        return Ok(::cpal::default_host());
    };
    let known = ::cpal::ALL_HOSTS;
    let id = known
        .iter()
        .find(|id| id.to_string().eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            let known: Vec<String> = known.iter().map(ToString::to_string).collect();
            DeviceError::UnknownHost {
                given: name.to_owned(),
                nearest: nearest(name, known.iter().map(String::as_str)),
                known,
            }
        })?;
    ::cpal::host_from_id(*id).map_err(|error| DeviceError::HostUnavailable {
        host: id.to_string(),
        reason: error.to_string(),
    })
}

/// The device of a name or id, or the host's default.
pub(super) fn find_device(
    host: &Host,
    name: Option<&str>,
    direction: Direction,
) -> Result<Device, DeviceError> {
    let host_name = host.id().to_string();
    let Some(name) = name else {
        return default(host, direction).ok_or_else(|| DeviceError::NoDevice {
            host: host_name,
            direction,
            reason: "it names no default".to_string(),
        });
    };
    let mut known = Vec::new();
    for device in devices(host, direction)? {
        let (id, described) = (identify(&device), describe(&device));
        let short = id.split_once(':').map(|(_, id)| id.to_owned());
        if id == name || described == name || short.as_deref() == Some(name) {
            return Ok(device);
        }
        known.push((id, short, described));
    }
    let names = known.iter().flat_map(|(id, short, described)| {
        [
            Some(id.as_str()),
            short.as_deref(),
            Some(described.as_str()),
        ]
    });
    Err(DeviceError::UnknownDevice {
        host: host_name,
        direction,
        given: name.to_owned(),
        nearest: nearest(name, names.flatten()),
        known: known.iter().map(|(id, ..)| id.clone()).collect(),
    })
}

fn default(host: &Host, direction: Direction) -> Option<Device> {
    match direction {
        Direction::Output => host.default_output_device(),
        Direction::Input => host.default_input_device(),
    }
}

fn devices(host: &Host, direction: Direction) -> Result<Vec<Device>, DeviceError> {
    let unavailable = |error: ::cpal::Error| DeviceError::HostUnavailable {
        host: host.id().to_string(),
        reason: error.to_string(),
    };
    match direction {
        Direction::Output => Ok(host.output_devices().map_err(unavailable)?.collect()),
        Direction::Input => Ok(host.input_devices().map_err(unavailable)?.collect()),
    }
}

fn list(host: &Host, direction: Direction) -> Vec<DeviceInfo> {
    let default = default(host, direction).map(|device| identify(&device));
    let mut devices: Vec<DeviceInfo> = devices(host, direction)
        .into_iter()
        .flatten()
        .map(|device| {
            let id = identify(&device);
            DeviceInfo {
                name: describe(&device),
                default: default.as_ref() == Some(&id),
                formats: in_words(&offers(&device, direction)),
                id,
            }
        })
        .collect();
    devices.sort_by_key(|device| !device.default);
    devices
}

fn identify(device: &Device) -> String {
    device
        .id()
        .map_or_else(|_| describe(device), |id| id.to_string())
}

/// The name of a device for people.
pub(super) fn describe(device: &Device) -> String {
    let description = device.description();
    description.map_or_else(|_| "unnamed".to_string(), |d| d.name().to_string())
}

/// ALSA's library prints to the terminal whatever it does not find; this thread's messages go to a
/// buffer instead.
fn silence_alsa() {
    #[cfg(target_os = "linux")]
    drop(alsa::Output::local_error_handler());
}
