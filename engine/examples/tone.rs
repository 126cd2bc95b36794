//! Plays a tone through a device: `tone [HOST [DEVICE]]`, for example `tone jack`.

use synthc_engine::device::cpal::{DeviceRequest, OutputDevice};
use synthc_engine::event::NodeKey;
use synthc_engine::plan::{NodeSpec, PlanSpec};
use synthc_engine::processor::{ProcessorConfig, connect};
use synthc_ir::library::sine_osc;
use synthc_ir::{BuildOptions, Graph};
use synthc_jit::{CompileOptions, Compiler, Target};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let device = OutputDevice::open(&DeviceRequest {
        host: arguments.next(),
        device: arguments.next(),
        ..DeviceRequest::default()
    })?;

    let tone = 0.25 * sine_osc(440.0);
    let sample_rate = device.sample_rate();
    let options = BuildOptions {
        sample_rate,
        ..BuildOptions::default()
    };
    let graph = Graph::build(&[tone], &options)?;
    let mut compiler = Compiler::new(Target::Host)?;
    let program = compiler.compile::<f32>(&graph, &CompileOptions::default())?;

    let mut spec = PlanSpec::new(1, sample_rate);
    spec.nodes = vec![NodeSpec::new(NodeKey(0), "tone", program)];

    let (mut port, processor) = connect(&ProcessorConfig::new(sample_rate));
    let stream = device.start(processor)?;
    let publication = port.publisher.prepare(spec)?;
    port.publisher.publish(publication)?;
    eprintln!("{device:?}");

    let two_seconds = (2.0 * sample_rate) as u64;
    while port.monitor.frame() < two_seconds && !stream.status().is_lost() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let errors = stream.status().errors();
    drop(stream);
    let (callbacks, busy, worst) = port.monitor.callback_times();
    let adopted = port.publisher.poll();
    let xruns = port.monitor.xruns();
    eprintln!("{adopted:?}; {callbacks} callbacks in {busy} ns, the longest {worst} ns");
    eprintln!("{xruns} xruns, {errors} errors");
    Ok(())
}
