//! `synthc render --replay`: what was heard live, from the log that `play --log` wrote.

use std::path::Path;

use serde::Serialize;
use synthc_engine::log::{ReplayError, replay};

use crate::args::RenderArgs;
use crate::audio_file::{AudioWriter, Encoding, FileFormat, WriteError};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::session_log::{Recorded, ReplayedInput, machine, read};

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
        input,
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
    let mut written = 0;
    let is_over = || input.as_ref().is_some_and(ReplayedInput::is_over);
    let sink = |block: &[&[f32]]| {
        if interrupt.is_asked() {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        if is_over() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        written += block[0].len() as u64;
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
    match (replayed, input) {
        (Err(ReplayError::Sink(_)), Some(input)) if input.is_over() => {
            let missed = match input.missed {
                0 => String::new(),
                _ => ": the disk was too slow for what followed".to_owned(),
            };
            // Said even when nothing else is: the file is shorter than what was heard.
            eprintln!(
                "warning: {} ends at {:.3} s{missed}; the replay ends there, {:.3} s were heard",
                input.path.display(),
                written as f64 / rate,
                *frames as f64 / rate
            );
        }
        (Err(ReplayError::Sink(error)), _) => return Err(Failure::io(error)),
        (Err(error), _) => {
            let reason = format!("cannot replay {}: {error}", log.display());
            return Err(Failure::Io(reason));
        }
        (Ok(()), _) => {}
    }
    writer.finish().map_err(Failure::io)?;
    if !args.quiet || args.json {
        report(args, &recorded, written)?;
    }
    Ok(())
}

fn report(args: &RenderArgs, recorded: &Recorded, frames: u64) -> Result<(), Failure> {
    use synthc_engine::log::Entry;
    let count = |wanted: fn(&Entry) -> bool| {
        let entries = recorded.entries.iter();
        entries.filter(|entry| wanted(entry)).count()
    };
    let rate = recorded.header.settings.sample_rate;
    let summary = Summary {
        output: args.output.display().to_string(),
        seconds: frames as f64 / rate,
        frames,
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
