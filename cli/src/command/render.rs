//! `synthc render`: a patch, or one of its functions, to a file.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use indicatif::ProgressBar;
use synthc_engine::render::{
    FunctionOptions, Input, Length, Progress, RenderError, RenderOptions, RenderSummary,
    TimedValue, render, render_function,
};
use synthc_engine::session::Session;
use synthc_jit::{Sample, Target};
use synthc_lang::{Patch, PatchFunction};

use crate::args::{LengthArgs, PrecisionArg, RenderArgs, TargetArg};
use crate::audio_file::{AudioWriter, Encoding, FileFormat, WriteError, read_raw, read_wav};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::patch_file::{build_failure, function, load, print_remarks};
use crate::progress;
use crate::summary::Summary;
use crate::value_spec::{InputSource, PatchRef};

pub(crate) fn run(args: &RenderArgs) -> Result<(), Failure> {
    let given = match (&args.replay, &args.patch) {
        (Some(log), _) => return super::replay::run(args, log),
        (None, Some(given)) => given,
        // The parser asks for one of them.
        (None, None) => {
            return Err(Failure::Usage(
                "name a patch file, or --replay LOG".to_owned(),
            ));
        }
    };
    match args.precision {
        PrecisionArg::F32 => run_in::<f32>(args, given),
        PrecisionArg::F64 => run_in::<f64>(args, given),
    }
}

fn run_in<T: Sample>(args: &RenderArgs, given: &PatchRef) -> Result<(), Failure> {
    let encoding = args.encoding.unwrap_or(Encoding::Pcm24);
    let format =
        FileFormat::of(&args.output, encoding).map_err(|e| Failure::Usage(e.to_string()))?;
    if args.encoding.is_some() && !matches!(format, FileFormat::Wav(_)) {
        return Err(Failure::Usage(format!(
            "--encoding is for WAV files; {} holds the floats its name says",
            args.output.display()
        )));
    }
    if args.output == Path::new("-") && io::stdout().is_terminal() {
        return Err(Failure::Usage(
            "-o - would write samples to the terminal; send them on: synthc render … -o - | …"
                .to_owned(),
        ));
    }
    let events = events(args)?;
    let patch = load(&given.path)?;
    let mut warnings = patch.warnings().to_vec();
    let mut printed = patch.output().to_owned();
    let speaks = !args.quiet && !args.json;
    if speaks {
        print_remarks(&printed, &warnings);
    }
    let rendered = match &given.function {
        Some(name) => {
            let function = function(&patch, &given.path, name)?;
            if speaks {
                print_remarks(&function.output, &function.warnings);
            }
            warnings.extend_from_slice(&function.warnings);
            printed.push_str(&function.output);
            render_one::<T>(args, &patch, &function, events, format)?
        }
        None => render_session::<T>(args, given, &patch, events, format)?,
    };
    if !args.quiet || args.json {
        Summary::new(
            &args.output.display().to_string(),
            &rendered.summary,
            &warnings,
            printed,
        )
        .with_undefined(rendered.undefined)
        .print(args.json);
    }
    Ok(())
}

fn render_session<T: Sample>(
    args: &RenderArgs,
    given: &PatchRef,
    patch: &Patch,
    events: Vec<TimedValue>,
    format: FileFormat,
) -> Result<Rendered, Failure> {
    if let Some(input) = args.inputs.first() {
        return Err(Failure::Usage(format!(
            "--input {}: a session has no parameters; render one function: {}:FUNCTION",
            input.name,
            given.path.display()
        )));
    }
    let session = prepared(args, patch)?;
    if session.nodes().next().is_none() {
        return Err(Failure::Patch(no_nodes(given, patch)));
    }
    let options = RenderOptions {
        sample_rate: f64::from(args.rate),
        block: args.block as usize,
        length: length(&args.length),
        strict: args.strict,
        raw_controls: args.raw_controls,
        target: target(args.target),
        events,
        ..RenderOptions::default()
    };
    let out = Output::create(args, format, 2)?;
    out.fill(patch, |write: &mut Write<'_, T>, bar| {
        render::<T>(
            &session,
            &options,
            |block| write(block),
            |p| show(bar, p, args.rate),
        )
    })
}

fn render_one<T: Sample>(
    args: &RenderArgs,
    patch: &Patch,
    function: &PatchFunction,
    events: Vec<TimedValue>,
    format: FileFormat,
) -> Result<Rendered, Failure> {
    let inputs = inputs(args, function)?;
    let options = FunctionOptions {
        sample_rate: f64::from(args.rate),
        block: args.block as usize,
        length: length(&args.length),
        strict: args.strict,
        raw_controls: args.raw_controls,
        target: target(args.target),
        seed: args.seed,
        values: args.set.iter().map(|s| (s.name.clone(), s.value)).collect(),
        events,
    };
    let channels = u16::try_from(function.outputs.len()).map_err(|_| {
        Failure::Patch(format!(
            "error: {} returns {} signals; a file has at most 65535 channels",
            function.name,
            function.outputs.len()
        ))
    })?;
    let out = Output::create(args, format, channels)?;
    out.fill(patch, |write: &mut Write<'_, T>, bar| {
        render_function::<T>(
            &function.outputs,
            &inputs,
            &options,
            |block| write(block),
            |p| show(bar, p, args.rate),
        )
    })
}

/// The session of the patch with `--seed` and `--set` applied.
fn prepared(args: &RenderArgs, patch: &Patch) -> Result<Session, Failure> {
    let mut session = patch.session().clone();
    session.set_seed(args.seed);
    for set in &args.set {
        session
            .set(&set.name, set.value)
            .map_err(|e| Failure::Usage(format!("--set {}: {e}", set.name)))?;
    }
    Ok(session)
}

fn no_nodes(given: &PatchRef, patch: &Patch) -> String {
    let path = given.path.display();
    let functions = patch.functions();
    let advice = match functions.as_slice() {
        [] => "make one: kr.node(\"tone\", function)".to_owned(),
        [first, ..] => format!(
            "make one: kr.node(\"{first}\", {first}), or render a function alone: {path}:{first}"
        ),
    };
    format!("error: {path} makes no node, so there is nothing to hear\n  help: {advice}")
}

/// Steps from `--at` and `--events`.
fn events(args: &RenderArgs) -> Result<Vec<TimedValue>, Failure> {
    let mut events: Vec<TimedValue> = args
        .at
        .iter()
        .map(|at| TimedValue {
            frame: at.frame,
            path: at.assignment.name.clone(),
            value: at.assignment.value,
        })
        .collect();
    if let Some(path) = &args.events {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Failure::Io(format!("cannot read {}: {e}", path.display())))?;
        let rows: Vec<(u64, String, f64)> = serde_json::from_str(&text).map_err(|e| {
            Failure::Usage(format!(
                "{}: {e}; write [[frame, \"name\", value], …]",
                path.display()
            ))
        })?;
        events.extend(rows.into_iter().map(|(frame, path, value)| TimedValue {
            frame,
            path,
            value,
        }));
    }
    // Stable: steps at one frame keep the order in which they were given.
    events.sort_by_key(|event| event.frame);
    Ok(events)
}

/// What each parameter hears, in order.
fn inputs(args: &RenderArgs, function: &PatchFunction) -> Result<Vec<Input>, Failure> {
    if let Some(unknown) = args
        .inputs
        .iter()
        .find(|given| !function.inputs.contains(&given.name))
    {
        let all = function.inputs.join(", ");
        return Err(Failure::Usage(if all.is_empty() {
            format!(
                "--input {}: {}() has no parameters",
                unknown.name, function.name
            )
        } else {
            format!(
                "--input {}: {}() has no such parameter; it has {all}",
                unknown.name, function.name
            )
        }));
    }
    let mut all = Vec::new();
    for name in &function.inputs {
        let mut given = args.inputs.iter().filter(|given| given.name == *name);
        let Some(spec) = given.next() else {
            return Err(Failure::Usage(format!(
                "the parameter `{name}` of {}() hears nothing; add --input {name}=FILE.wav, or {name}=sine:440:0.5, {name}=impulse:0, {name}=dc:0",
                function.name
            )));
        };
        if given.next().is_some() {
            return Err(Failure::Usage(format!("--input {name} is given twice")));
        }
        let samples = match &spec.source {
            InputSource::Wav(path, channel) => {
                read_wav(path, *channel, args.rate).map_err(Failure::io)?
            }
            InputSource::Raw(path) => read_raw(path).map_err(Failure::io)?,
            InputSource::Impulse(frame) => {
                all.push(Input::Impulse { frame: *frame });
                continue;
            }
            &InputSource::Sine(hz, amplitude) => {
                all.push(Input::Sine { hz, amplitude });
                continue;
            }
            &InputSource::Noise(seed) => {
                all.push(Input::Noise { seed });
                continue;
            }
            InputSource::Dc(value) => {
                all.push(Input::Constant(*value));
                continue;
            }
        };
        all.push(Input::Samples(Arc::from(samples)));
    }
    Ok(all)
}

fn length(args: &LengthArgs) -> Length {
    match (args.seconds, args.frames, args.bars) {
        (Some(seconds), ..) => Length::Seconds(seconds),
        (_, Some(frames), _) => Length::Frames(frames),
        (.., Some(bars)) => Length::Bars(bars),
        _ => Length::Natural,
    }
}

pub(crate) fn target(target: TargetArg) -> Target {
    match target {
        TargetArg::Host => Target::Host,
        TargetArg::Baseline => Target::Baseline,
    }
}

type Write<'a, T> = dyn FnMut(&[&[T]]) -> io::Result<()> + 'a;

/// What became of a render.
struct Rendered {
    summary: RenderSummary,
    /// Samples that are NaN or infinite.
    undefined: u64,
}

/// The output file and the bar beside it.
struct Output {
    writer: AudioWriter,
    bar: ProgressBar,
    interrupt: Interrupt,
}

impl Output {
    fn create(args: &RenderArgs, format: FileFormat, channels: u16) -> Result<Self, Failure> {
        let interrupt = Interrupt::watch().map_err(Failure::io)?;
        let writer =
            AudioWriter::create(&args.output, format, channels, args.rate).map_err(Failure::io)?;
        let bar = progress::bar(args.quiet || args.json);
        Ok(Self {
            writer,
            bar,
            interrupt,
        })
    }

    /// Renders into the file and puts it in place.
    fn fill<T: Sample>(
        mut self,
        patch: &Patch,
        render: impl FnOnce(&mut Write<'_, T>, &ProgressBar) -> Result<RenderSummary, RenderError>,
    ) -> Result<Rendered, Failure> {
        let mut refused: Option<WriteError> = None;
        let mut interrupted = false;
        let mut undefined = 0;
        let writer = &mut self.writer;
        let mut write = |block: &[&[T]]| {
            if self.interrupt.is_asked() {
                interrupted = true;
                return Err(io::ErrorKind::Interrupted.into());
            }
            for channel in block {
                // Looking for the largest is the faster way to find that there is none.
                let magnitudes = channel.iter().map(|x| x.magnitude());
                let largest = magnitudes.clone().fold(T::Magnitude::default(), Ord::max);
                if largest >= T::INFINITE {
                    undefined += magnitudes.filter(|x| *x >= T::INFINITE).count() as u64;
                }
            }
            writer.write(block).map_err(|e| {
                let stopped = io::Error::other(e.to_string());
                refused = Some(e);
                stopped
            })
        };
        let rendered = render(&mut write, &self.bar);
        self.bar.finish_and_clear();
        if interrupted {
            return Err(Failure::Interrupted);
        }
        if let Some(error) = refused {
            return Err(Failure::io(error));
        }
        let summary = rendered.map_err(|error| explain(patch, &error))?;
        self.writer.finish().map_err(Failure::io)?;
        Ok(Rendered { summary, undefined })
    }
}

fn explain(patch: &Patch, error: &RenderError) -> Failure {
    use synthc_engine::EngineError;
    match error {
        RenderError::Engine(EngineError::Build { source, .. }) => build_failure(patch, source),
        RenderError::Engine(EngineError::Path(_))
        | RenderError::UnknownControl { .. }
        | RenderError::Inputs { .. }
        | RenderError::Length(_)
        | RenderError::Block { .. } => Failure::Usage(error.to_string()),
        RenderError::Sink(e) => Failure::io(e),
        _ => Failure::Patch(format!("error: {error}")),
    }
}

fn show(bar: &ProgressBar, progress: Progress, rate: u32) {
    let seconds = |frames: u64| frames / u64::from(rate.max(1));
    bar.set_length(seconds(progress.total));
    bar.set_position(seconds(progress.frames));
}
