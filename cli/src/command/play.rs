//! `synthc play`: a patch on an audio device. Every save that evaluates is heard; one that does not
//! prints its diagnostics while the last good version plays on.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use synthc_engine::device::cpal::{DeviceRequest, OutputDevice};
use synthc_engine::engine::UpdateReport;
use synthc_engine::{Engine, EngineConfig, EngineError};
use synthc_lang::{Limits, Patch, SourceFile};

use crate::args::PlayArgs;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::patch_file::{build_failure, patch_failure, print_remarks, read};

/// How often the scheduler is asked for what comes next; it commits 20 ms ahead.
const TICK: Duration = Duration::from_millis(4);

/// How long a file must rest before it is read: many editors empty it first and then write it in pieces.
const SETTLE: Duration = Duration::from_millis(20);

pub(crate) fn run(args: &PlayArgs) -> Result<(), Failure> {
    let mut text = read(&args.patch)?;
    let patch = evaluate(&args.patch, &text)?;
    let device = OutputDevice::open(&DeviceRequest {
        host: args.host.clone(),
        device: args.device.clone(),
        sample_rate: args.rate,
        channels: args.channels,
        buffer_frames: args.buffer,
    })
    .map_err(Failure::io)?;
    let config = EngineConfig::new(device.sample_rate());
    let (mut engine, processor) = Engine::<f32>::new(config).map_err(Failure::io)?;
    update(&mut engine, &patch, args.seed)?;
    engine.tick().map_err(Failure::io)?;
    let (_watcher, changes) = watch(&args.patch)?;
    let interrupt = Interrupt::watch().map_err(Failure::io)?;
    let stream = device.start(processor).map_err(Failure::io)?;
    eprintln!(
        "playing {} on {}, {}; save the file to hear a change, Ctrl-C ends",
        args.patch.display(),
        device.name(),
        device.format()
    );
    let end = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs_f64(seconds));
    let mut due: Option<Instant> = None;
    while !interrupt.is_asked() && end.is_none_or(|end| Instant::now() < end) {
        if wait(&changes) {
            due = Some(Instant::now() + SETTLE);
        }
        engine.tick().map_err(Failure::io)?;
        for notice in engine.take_notices() {
            eprintln!("warning: {notice}");
        }
        if stream.status().is_lost() {
            return Err(Failure::Io(format!(
                "the device {} is gone; start again when it is back",
                device.name()
            )));
        }
        if due.take_if(|due| *due <= Instant::now()).is_some() {
            reload(args, &mut text, &mut engine);
        }
    }
    let status = stream.status().errors();
    let (late, xruns) = (engine.monitor().late_events(), engine.monitor().xruns());
    eprintln!("{xruns} xruns, {late} late events, {status} device errors");
    Ok(())
}

/// Waits one tick; whether the patch file was touched meanwhile.
fn wait(changes: &Receiver<()>) -> bool {
    match changes.recv_timeout(TICK) {
        Ok(()) => {
            // An editor's save arrives as several changes.
            while changes.try_recv().is_ok() {}
            true
        }
        Err(RecvTimeoutError::Timeout) => false,
        // The watcher lives as long as the loop; without it the patch plays on unwatched.
        Err(RecvTimeoutError::Disconnected) => {
            std::thread::sleep(TICK);
            false
        }
    }
}

/// Plays what the file says now, or says why not.
fn reload(args: &PlayArgs, text: &mut String, engine: &mut Engine<f32>) {
    let start = Instant::now();
    // A file that is being replaced may be missing or empty for a moment: the next change tells. Silence is
    // what `kr.stop()` is for.
    let Ok(new) = read(&args.patch) else { return };
    if new == *text || new.trim().is_empty() {
        return;
    }
    text.clone_from(&new);
    let updated = evaluate(&args.patch, &new).and_then(|patch| update(engine, &patch, args.seed));
    match updated {
        Ok(report) => eprintln!(
            "{:.1} ms: {} compiled, {} unchanged",
            start.elapsed().as_secs_f64() * 1e3,
            report.compiled.len(),
            report.reused
        ),
        Err(failure) => {
            failure.report();
            eprintln!("the last good version plays on");
        }
    }
}

fn evaluate(path: &Path, text: &str) -> Result<Patch, Failure> {
    let source = SourceFile::new(path.display().to_string(), text);
    let patch = Patch::load(source, Limits::default()).map_err(|e| patch_failure(&e))?;
    print_remarks(patch.output(), patch.warnings());
    Ok(patch)
}

fn update(engine: &mut Engine<f32>, patch: &Patch, seed: u64) -> Result<UpdateReport, Failure> {
    let mut session = patch.session().clone();
    session.set_seed(seed);
    engine.update(&session).map_err(|error| match &error {
        EngineError::Build { source, .. } => build_failure(patch, source),
        _ => Failure::Patch(format!("error: {error}")),
    })
}

/// Watches the folder of the patch: editors replace files, and a watch on a file dies with it.
fn watch(patch: &Path) -> Result<(RecommendedWatcher, Receiver<()>), Failure> {
    let (changed, changes) = channel();
    let name = patch.file_name().map(ToOwned::to_owned);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let ours = event.is_ok_and(|event| {
            event
                .paths
                .iter()
                .any(|path| path.file_name() == name.as_deref())
        });
        if ours {
            // The player has ended when nobody listens.
            let _ = changed.send(());
        }
    })
    .map_err(Failure::io)?;
    let folder = match patch.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    watcher
        .watch(&folder, RecursiveMode::NonRecursive)
        .map_err(Failure::io)?;
    Ok((watcher, changes))
}
