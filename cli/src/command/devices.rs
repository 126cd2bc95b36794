//! `synthc devices`: the audio hosts and devices of this machine.

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

#[allow(clippy::print_stdout, reason = "the list is the command's output")]
pub(crate) fn run(args: &DevicesArgs) -> Result<(), Failure> {
    let hosts: Vec<Host> = hosts().into_iter().map(Host::from).collect();
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&hosts).map_err(Failure::io)?
        );
        return Ok(());
    }
    for host in &hosts {
        println!("{}", host.host);
        list("output", &host.outputs, args.formats);
        list("input", &host.inputs, args.formats);
    }
    println!("null\n  output  null — plays to nobody, at the pace of a device");
    Ok(())
}

#[allow(clippy::print_stdout, reason = "the list is the command's output")]
fn list(direction: &str, devices: &[Device], formats: bool) {
    if devices.is_empty() {
        println!("  {direction}  none");
    }
    for device in devices {
        let default = if device.default { " (default)" } else { "" };
        println!("  {direction}  {} — {}{default}", device.id, device.name);
        for format in device.formats.iter().filter(|_| formats) {
            println!("          {format}");
        }
    }
}
