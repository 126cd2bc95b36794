//! `synthc render --replay`: what was heard live, from the log that `play --log` wrote.

use std::path::Path;

use serde::Serialize;
use synthc_engine::log::{ReplayError, replay};

use crate::args::RenderArgs;
use crate::audio_file::{AudioWriter, Encoding, FileFormat, WriteError};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::session_log::{Recorded, machine, read};

/// What is said afterwards.
#[derive(Serialize)]
struct Summary {
    output: String,
    seconds: f64,
    frames: u64,
    sample_rate: f64,
    /// Plans that played.
    adoptions: usize,
    /// Events that arrived.
    events: usize,
}

pub(crate) fn run(args: &RenderArgs, log: &Path) -> Result<(), Failure> {
    let encoding = args.encoding.unwrap_or(Encoding::F32);
    let format =
        FileFormat::of(&args.output, encoding).map_err(|e| Failure::Usage(e.to_string()))?;
    let recorded = read(log)?;
    let Recorded {
        header,
        sessions,
        entries,
        frames,
    } = &recorded;
    if header.settings.host && header.machine != machine() {
        eprintln!(
            "warning: recorded on {}, replayed on {}: the last bits of samples may differ",
            header.machine,
            machine()
        );
    }
    let rate = header.settings.sample_rate;
    let interrupt = Interrupt::watch().map_err(Failure::io)?;
    let mut writer =
        AudioWriter::create(&args.output, format, 2, rate as u32).map_err(Failure::io)?;
    let mut refused: Option<WriteError> = None;
    let sink = |block: &[&[f32]]| {
        if interrupt.is_asked() {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        writer.write(block).map_err(|error| {
            let stopped = std::io::Error::other(error.to_string());
            refused = Some(error);
            stopped
        })
    };
    let replayed = replay::<f32>(&header.settings, sessions, entries, *frames, sink);
    if interrupt.is_asked() {
        return Err(Failure::Interrupted);
    }
    if let Some(error) = refused {
        return Err(Failure::io(error));
    }
    replayed.map_err(|error| match error {
        ReplayError::Sink(error) => Failure::io(error),
        error => Failure::Io(format!("cannot replay {}: {error}", log.display())),
    })?;
    writer.finish().map_err(Failure::io)?;
    if !args.quiet || args.json {
        report(args, &recorded)?;
    }
    Ok(())
}

fn report(args: &RenderArgs, recorded: &Recorded) -> Result<(), Failure> {
    use synthc_engine::log::Entry;
    let count = |wanted: fn(&Entry) -> bool| {
        let entries = recorded.entries.iter();
        entries.filter(|entry| wanted(entry)).count()
    };
    let rate = recorded.header.settings.sample_rate;
    let summary = Summary {
        output: args.output.display().to_string(),
        seconds: recorded.frames as f64 / rate,
        frames: recorded.frames,
        sample_rate: rate,
        adoptions: count(|entry| matches!(entry, Entry::Adopted(_))),
        events: count(|entry| matches!(entry, Entry::Event { .. })),
    };
    if args.json {
        let text = serde_json::to_string(&summary).map_err(Failure::io)?;
        eprintln!("{text}");
    } else {
        eprintln!(
            "{}: {:.3} s ({} frames) at {} Hz, {} plans, {} events",
            summary.output,
            summary.seconds,
            summary.frames,
            summary.sample_rate,
            summary.adoptions,
            summary.events
        );
    }
    Ok(())
}
