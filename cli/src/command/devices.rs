//! `synthc devices`: the audio hosts and devices of this machine.

use std::io::Write;

use serde::Serialize;
use synthc_engine::device::cpal::{DeviceInfo, HostInfo, hosts};

use crate::args::DevicesArgs;
use crate::failure::Failure;

/// A host in JSON.
#[derive(Serialize)]
struct Host {
    host: String,
    outputs: Vec<Device>,
    inputs: Vec<Device>,
}

/// A device in JSON.
#[derive(Serialize)]
struct Device {
    id: String,
    name: String,
    default: bool,
    formats: Vec<String>,
}

impl From<HostInfo> for Host {
    fn from(host: HostInfo) -> Self {
        let list = |devices: Vec<DeviceInfo>| devices.into_iter().map(Device::from).collect();
        Self {
            host: host.name,
            outputs: list(host.outputs),
            inputs: list(host.inputs),
        }
    }
}

impl From<DeviceInfo> for Device {
    fn from(device: DeviceInfo) -> Self {
        Self {
            id: device.id,
            name: device.name,
            default: device.default,
            formats: device.formats,
        }
    }
}

pub(crate) fn run(args: &DevicesArgs) -> Result<(), Failure> {
    let hosts: Vec<Host> = hosts().into_iter().map(Host::from).collect();
    let text = if args.json {
        serde_json::to_string_pretty(&hosts).map_err(Failure::io)?
    } else {
        let mut text = String::new();
        for host in &hosts {
            text.push_str(&host.host);
            list(&mut text, "output", &host.outputs, args.formats);
            list(&mut text, "input", &host.inputs, args.formats);
            text.push('\n');
        }
        text + "null\n  output  null — plays to nobody, at the pace of a device"
    };
    match writeln!(std::io::stdout(), "{text}") {
        // Whoever read it has read enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Failure::io),
    }
}

fn list(text: &mut String, direction: &str, devices: &[Device], formats: bool) {
    if devices.is_empty() {
        text.push_str(&format!("\n  {direction}  none"));
    }
    for device in devices {
        let default = if device.default { " (default)" } else { "" };
        text.push_str(&format!(
            "\n  {direction}  {} — {}{default}",
            device.id, device.name
        ));
        for format in device.formats.iter().filter(|_| formats) {
            text.push_str(&format!("\n          {format}"));
        }
    }
}
