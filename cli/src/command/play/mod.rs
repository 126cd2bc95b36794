//! `synthc play`: a patch on an audio device. Every save that evaluates is heard; one that does not
//! prints its diagnostics while the last good version plays on.
//!
//! One thread does everything but the sound: it follows the file, commits events ahead, prints, writes the log, and
//! opens the device again when it was lost. What may take long, evaluating a patch and compiling what is new in it, is
//! done beside it ([`ahead`]), so that no note comes late because something was saved.

mod ahead;
mod input;
mod log;
mod output;
mod recorder;
mod source;
mod status;

use std::sync::Arc;
use std::time::{Duration, Instant};

use synthc_engine::carry::{Fate, SwapReport};
use synthc_engine::device::cpal::{DeviceError, Refusal};
use synthc_engine::device::feed::Feed;
use synthc_engine::engine::UpdateReport;
use synthc_engine::log::Settings;
use synthc_engine::{Engine, EngineConfig, EngineError, Session};
use synthc_lang::Patch;

use crate::args::PlayArgs;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::patch_file::{build_failure, print_remarks};
use crate::session_log::{InputFile, Source};
use ahead::{Ahead, Prepared};
use input::{Input, InputLog};
use log::LogWriter;
use output::{Output, Stream};
use recorder::Recorder;
use source::{Change, Watched};
use status::{Status, describe_input};

/// How often the scheduler is asked for what comes next; it commits 20 ms ahead.
const TICK: Duration = Duration::from_millis(4);
/// How often a device that was lost is looked for.
const RETRY: Duration = Duration::from_millis(500);
/// How often the log says how far a replay can go.
const MARK: Duration = Duration::from_secs(1);

pub(crate) fn run(args: &PlayArgs) -> Result<(), Failure> {
    let watched = Watched::open(&args.patch)?;
    // What is wrong with the patch is said before a device is touched.
    let patch = source::evaluate(watched.source())?;
    print_remarks(patch.output(), patch.warnings());
    let output = Output::open(args).map_err(Failure::io)?;
    let rate = output.sample_rate();
    let (input, input_log) = match &args.input {
        Some(device) => {
            let (input, log) = Input::open(args, device.as_deref(), rate)?;
            (Some(input), log)
        }
        None => (None, None),
    };
    let mut player = Player::new(args, watched, (input, input_log), rate)?;
    let text = player.watched.text().to_owned();
    drop(player.update(&patch, text)?);
    let interrupt = Interrupt::watch().map_err(Failure::io)?;
    player.begin(output)?;
    let end = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs_f64(seconds));
    let mut outcome = Ok(());
    while outcome.is_ok() && !interrupt.is_asked() && end.is_none_or(|end| Instant::now() < end) {
        outcome = player.step();
    }
    // Whatever happened, what was recorded is kept.
    outcome.and(player.end())
}

/// Where the sound goes.
enum Sound {
    Playing(Output, Box<Stream>),
    /// The device is gone; looked for again at that time.
    Lost(Box<Feed<f32>>, Instant),
    /// Nothing has been started, or it is being changed.
    None,
}

/// Everything that plays, and whoever listens.
struct Player<'a> {
    args: &'a PlayArgs,
    watched: Watched,
    input: Option<Input>,
    engine: Engine<f32>,
    /// On its way to the first device.
    feed: Option<Box<Feed<f32>>>,
    sound: Sound,
    /// Frames a second.
    rate: f64,
    /// The last good one.
    session: Session,
    /// The text that is being evaluated and compiled.
    ahead: Option<Ahead>,
    /// Whether there is a newer one.
    newer: bool,
    log: Option<LogWriter>,
    input_log: Option<InputLog>,
    recorder: Option<Recorder>,
    status: Status,
    marked: Instant,
    errors: u64,
}

impl<'a> Player<'a> {
    fn new(
        args: &'a PlayArgs,
        watched: Watched,
        (input, input_log): (Option<Input>, Option<InputLog>),
        rate: f64,
    ) -> Result<Self, Failure> {
        let config = EngineConfig {
            record: args.log.is_some(),
            ..EngineConfig::new(rate)
        };
        let mut log = match &args.log {
            Some(path) => Some(LogWriter::create(path, Settings::of(&config))?),
            None => None,
        };
        if let (Some(log), Some(path), Some(input_log)) = (&mut log, &args.log, &input_log) {
            log.input(InputFile::beside(path, input_log.channels()))?;
        }
        let (engine, processor) = Engine::new(config).map_err(Failure::io)?;
        let mut feed = Feed::new(processor);
        let mut recorder = None;
        if let Some(path) = &args.record {
            let (recording, tap) = Recorder::create(path, rate)?;
            feed = feed.with_tap(tap);
            recorder = Some(recording);
        }
        Ok(Self {
            args,
            watched,
            input,
            engine,
            feed: Some(Box::new(feed)),
            sound: Sound::None,
            rate,
            session: Session::new(),
            ahead: None,
            newer: false,
            log,
            input_log,
            recorder,
            status: Status::new(args.meters),
            marked: Instant::now(),
            errors: 0,
        })
    }

    /// Plays a patch that was evaluated from a text.
    fn update(&mut self, patch: &Patch, text: String) -> Result<UpdateReport, Failure> {
        let mut session = patch.session().clone();
        session.set_seed(self.args.seed);
        if let Some(input) = &self.input {
            input.connect(&mut session)?;
        }
        let report = self.engine.update(&session).map_err(|error| match &error {
            EngineError::Build { source, .. } => build_failure(patch, source),
            _ => Failure::Patch(format!("error: {error}")),
        })?;
        self.session = session;
        if let Some(log) = &mut self.log {
            log.source(Source {
                update: report.number,
                seed: self.args.seed,
                path: self.watched.name(),
                text,
            })?;
        }
        Ok(report)
    }

    /// Starts the device.
    fn begin(&mut self, output: Output) -> Result<(), Failure> {
        self.engine.tick().map_err(Failure::io)?;
        let Some(feed) = self.feed.take() else {
            return Ok(());
        };
        let stream = output
            .start(feed)
            .map_err(|refusal| Failure::io(refusal.error))?;
        let heard = match &self.input {
            Some(input) => format!(", listening to {}", input.name()),
            None => String::new(),
        };
        eprintln!(
            "playing {} on {}{heard}; save the file to hear a change, Ctrl-C ends",
            self.watched.name(),
            output.describe(&stream)
        );
        self.sound = Sound::Playing(output, Box::new(stream));
        Ok(())
    }

    /// One tick.
    fn step(&mut self) -> Result<(), Failure> {
        let change = self.watched.wait(TICK);
        self.keep_up()?;
        match change {
            Some(Change::Text) => self.newer = true,
            Some(Change::Missing(failure)) => {
                self.status.clear();
                failure.report();
                eprintln!("the last good version plays on");
            }
            None => {}
        }
        self.reload()?;
        self.follow_device()?;
        if self.recorder.as_ref().is_some_and(Recorder::has_failed)
            && let Some(recorder) = self.recorder.take()
        {
            recorder.finish()?;
        }
        if self.input_log.as_ref().is_some_and(InputLog::has_failed)
            && let Some(input_log) = self.input_log.take()
        {
            input_log.finish()?;
        }
        self.tell_missed()?;
        let input = self.input.as_ref().map(Input::status);
        self.status.show(&self.engine, input);
        Ok(())
    }

    /// Says, and writes into the log, that the disk was too slow for what the input delivers.
    fn tell_missed(&mut self) -> Result<(), Failure> {
        let missed = self.input_log.as_mut().and_then(InputLog::has_missed);
        if let (Some(frames), Some(log)) = (missed, &mut self.log) {
            self.status.clear();
            eprintln!(
                "warning: the disk was too slow to record the input: a replay of the log will end here"
            );
            log.input_missed(frames)?;
        }
        Ok(())
    }

    /// Commits events, says what was noticed, writes the log.
    fn keep_up(&mut self) -> Result<(), Failure> {
        // Read first: everything that made these frames has been told when the tick has taken it in.
        let heard = self.engine.monitor().heard();
        self.engine.tick().map_err(Failure::io)?;
        for notice in self.engine.take_notices() {
            self.status.clear();
            eprintln!("warning: {notice}");
        }
        for swap in self.engine.take_swaps() {
            // The first plan swaps nothing.
            if swap.generation > 1 {
                self.status.clear();
                eprintln!("{}", describe(&swap, self.rate));
            }
        }
        if let Some(log) = &mut self.log {
            log.entries(self.engine.take_entries())?;
            if self.marked.elapsed() >= MARK {
                self.marked = Instant::now();
                log.mark(heard)?;
            }
        }
        Ok(())
    }

    /// Plays what has been made ready, or says why not; and has what is newer made ready, one after the other.
    fn reload(&mut self) -> Result<(), Failure> {
        let prepared = self.ahead.as_ref().and_then(Ahead::prepared);
        if let Some(prepared) = prepared
            && let Some(ahead) = self.ahead.take()
        {
            self.play(ahead, prepared)?;
        }
        if self.newer && self.ahead.is_none() {
            self.newer = false;
            self.ahead = Some(Ahead::of(&self.watched, self.engine.preparer())?);
        }
        Ok(())
    }

    fn play(&mut self, ahead: Ahead, prepared: Prepared) -> Result<(), Failure> {
        let noticed = ahead.noticed();
        let text = ahead.into_text();
        self.status.clear();
        let updated = prepared.and_then(|(patch, compiled)| {
            print_remarks(patch.output(), patch.warnings());
            let report = self.update(&patch, text)?;
            Ok((report, compiled))
        });
        match updated {
            Ok((report, ahead)) => {
                let all = report.compiled.len() + report.reused;
                let here = |name: &&Arc<str>| !ahead.contains(name);
                let here: Vec<_> = report.compiled.iter().filter(here).collect();
                let compiled: Vec<&str> = ahead.iter().chain(here).map(|name| &**name).collect();
                let names = if compiled.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", compiled.join(", "))
                };
                eprintln!(
                    "{:.1} ms: {} compiled, {} unchanged{names}",
                    noticed.elapsed().as_secs_f64() * 1e3,
                    compiled.len(),
                    all - compiled.len()
                );
            }
            // The log could not be written: that ends the player, unlike a mistake in the patch.
            Err(failure @ Failure::Io(_)) => return Err(failure),
            Err(failure) => {
                failure.report();
                eprintln!("the last good version plays on");
            }
        }
        Ok(())
    }

    /// Sees that a device is gone, or back.
    fn follow_device(&mut self) -> Result<(), Failure> {
        if let Some(said) = self.input.as_mut().and_then(Input::follow) {
            self.status.clear();
            eprintln!("{said}");
        }
        match std::mem::replace(&mut self.sound, Sound::None) {
            Sound::Playing(output, stream) if stream.is_lost() => {
                self.status.clear();
                eprintln!(
                    "the device {} is gone; the music waits until it is back, Ctrl-C ends",
                    output.name()
                );
                self.errors += stream.errors();
                let feed = stream.stop().ok_or_else(|| {
                    Failure::Io(format!("the host of {} does not let it go", output.name()))
                })?;
                self.sound = Sound::Lost(feed, Instant::now() + RETRY);
            }
            Sound::Lost(feed, due) if due <= Instant::now() => self.find_device(feed)?,
            same => self.sound = same,
        }
        Ok(())
    }

    /// Tries to go on with a device like the one that was lost: at the rate it had, else at any.
    fn find_device(&mut self, feed: Box<Feed<f32>>) -> Result<(), Failure> {
        let again = Instant::now() + RETRY;
        let rate = feed.sample_rate() as u32;
        let found = Output::open_at(self.args, Some(rate)).or_else(|error| match error {
            DeviceError::Format { .. } => Output::open_at(self.args, None),
            error => Err(error),
        });
        let Ok(output) = found else {
            self.sound = Sound::Lost(feed, again);
            return Ok(());
        };
        match output.start(Box::new(feed.converting())) {
            Ok(stream) => {
                self.status.clear();
                eprintln!("playing again on {}", output.describe(&stream));
                if output.sample_rate() != self.rate {
                    eprintln!(
                        "it came back at another rate: the music goes on at {} Hz, converted; start synthc again to compile for {} Hz",
                        self.rate,
                        output.sample_rate()
                    );
                }
                self.sound = Sound::Playing(output, Box::new(stream));
            }
            Err(Refusal {
                feed: Some(feed), ..
            }) => self.sound = Sound::Lost(feed, again),
            Err(refusal) => return Err(Failure::io(refusal.error)),
        }
        Ok(())
    }

    /// Completes log and recording; the sound has stopped.
    fn close_files(&mut self) -> Result<(), Failure> {
        self.tell_missed()?;
        if let Some(input_log) = self.input_log.take() {
            input_log.finish()?;
        }
        if let Some(mut log) = self.log.take() {
            self.engine.tick().map_err(Failure::io)?;
            log.entries(self.engine.take_entries())?;
            log.mark(self.engine.monitor().heard())?;
        }
        if let Some(recorder) = self.recorder.take() {
            let lost = recorder.finish()?;
            if lost > 0 {
                eprintln!("warning: the recording misses {lost} frames: the disk was too slow");
            }
        }
        Ok(())
    }

    /// Stops and says how it went.
    fn end(mut self) -> Result<(), Failure> {
        self.status.clear();
        if let Sound::Playing(_, stream) = std::mem::replace(&mut self.sound, Sound::None) {
            self.errors += stream.errors();
            drop(stream.stop());
        }
        self.close_files()?;
        let monitor = self.engine.monitor();
        let times = monitor.times();
        let micros = |part: f64| times.quantile(part).as_secs_f64() * 1e6;
        let (_, _, worst) = monitor.callback_times();
        eprintln!(
            "{} callbacks: half within {:.0} µs, 99 % within {:.0} µs, the longest {:.0} µs, {} longer than their sound",
            times.count(),
            micros(0.5),
            micros(0.99),
            worst as f64 / 1e3,
            monitor.overloads()
        );
        eprintln!(
            "{} xruns, {} late events, {} device errors",
            monitor.xruns(),
            monitor.late_events(),
            self.errors
        );
        if let Some(input) = self.input.as_ref().map(Input::status) {
            eprintln!("{}", describe_input(input));
        }
        Ok(())
    }
}

/// What a swap did to the nodes: those that sound on untouched are counted, the others named.
fn describe(swap: &SwapReport, rate: f64) -> String {
    let (untouched, changed): (Vec<_>, Vec<_>) = swap
        .nodes
        .iter()
        .partition(|change| matches!(change.fate, Fate::Untouched));
    let mut parts: Vec<String> = changed.iter().map(ToString::to_string).collect();
    if !untouched.is_empty() {
        parts.push(format!("{} untouched", untouched.len()));
    }
    format!(
        "heard at {:.2} s: {}",
        swap.frame as f64 / rate,
        parts.join("; ")
    )
}
