//! Why a device does not play.

use super::Direction;

/// Why a device could not be listed, opened or started.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// No host has this name, or it was not compiled in.
    #[error("there is no audio host '{given}'{}; this build knows: {}", suggestion(.nearest.as_ref()), .known.join(", "))]
    UnknownHost {
        /// The name asked for.
        given: String,
        /// The nearest name, when one is near.
        nearest: Option<String>,
        /// The names there are.
        known: Vec<String>,
    },
    /// The host does not answer: its server is not running or its system is absent.
    #[error("the audio host '{host}' is not available ({reason}); start it, or choose another")]
    HostUnavailable {
        /// The host.
        host: String,
        /// What it said.
        reason: String,
    },
    /// The host has no device that can be used.
    #[error(
        "the audio host '{host}' has no {direction} device ({reason}); connect one, choose another host (`synthc devices` lists them), or render to a file"
    )]
    NoDevice {
        /// The host.
        host: String,
        /// `output` or `input`.
        direction: Direction,
        /// What it said.
        reason: String,
    },
    /// No device has this name or id.
    #[error("'{host}' has no {direction} device '{given}'{}; it has: {}", suggestion(.nearest.as_ref()), if .known.is_empty() { "none".to_string() } else { .known.join(", ") })]
    UnknownDevice {
        /// The host.
        host: String,
        /// `output` or `input`.
        direction: Direction,
        /// The nearest name or id, when one is near.
        nearest: Option<String>,
        /// The name asked for.
        given: String,
        /// Names or ids of the devices there are.
        known: Vec<String>,
    },
    /// The device exists, but not in this format.
    #[error("'{device}' does not do {asked}; it offers: {}", if .offered.is_empty() { "nothing".to_string() } else { .offered.join("; ") })]
    Format {
        /// The device.
        device: String,
        /// What was asked for.
        asked: String,
        /// Formats it has.
        offered: Vec<String>,
    },
    /// The processor computes at another rate than the device plays.
    #[error(
        "the device plays {device} frames per second, the processor computes {processor}; open the device first and compile for its rate, or give it a `Feed::converting`"
    )]
    Rate {
        /// Of the device.
        device: f64,
        /// Of the processor.
        processor: f64,
    },
    /// Left or right would go to a channel that the device does not have.
    #[error(
        "channel {given} is not one of the {channels} channels of '{device}'; they count from 1"
    )]
    Channel {
        /// The device.
        device: String,
        /// The channel asked for, from 1.
        given: u16,
        /// How many there are.
        channels: u16,
    },
    /// Left and right would go to the same channel, and one of them would not be heard.
    #[error(
        "left and right would both go to channel {given}; give each its own, or ask for one channel to hear their mean"
    )]
    OneChannelForBoth {
        /// The channel asked for, from 1.
        given: u16,
    },
    /// The device refused to open or to start.
    #[error("'{device}' refused: {reason}")]
    Refused {
        /// The device.
        device: String,
        /// What it said.
        reason: String,
    },
}

fn suggestion(name: Option<&String>) -> String {
    name.map_or_else(String::new, |name| format!(" (did you mean '{name}'?)"))
}
