//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::audio_file::Encoding;
use crate::value_spec::{Assignment, InputSpec, PatchRef, TimedAssignment};

const EXAMPLES: &str = "Examples:
  synthc render beat.py -o beat.wav
  synthc render beat.py:kick -o kick.wav --seconds 1 --set gate=1
  synthc render echo.py:echo -o wet.wav --input inp=guitar.wav
  synthc check beat.py";

/// A synthesizer that compiles: Python-syntax patches become native code.
///
/// Exit status: 0 done, 1 the patch is wrong, 2 the command line is wrong, 3 input or output
/// failed.
#[derive(Debug, Parser)]
#[command(name = "synthc", version, propagate_version = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Log what happens inside to standard error: `info`, `debug`, `trace`, or a filter such as
    /// `synthc_jit=debug`.
    #[arg(long, global = true, value_name = "FILTER")]
    pub(crate) trace: Option<String>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Render a patch, or one of its functions, to a file.
    Render(RenderArgs),
    /// Report what is wrong with a patch, and nothing else.
    Check(CheckArgs),
    /// Show what a patch, or one of its functions, compiles to.
    Inspect(InspectArgs),
    /// Measure what a patch, or one of its functions, costs: to compile, to run, to interpret.
    Bench(BenchArgs),
    /// Play a patch on an audio device and follow its edits.
    #[cfg(feature = "device")]
    Play(PlayArgs),
    /// Play a patch on an audio device (not in this build).
    #[cfg(not(feature = "device"))]
    Play(UnavailableArgs),
    /// List the audio hosts and devices of this machine.
    #[cfg(feature = "device")]
    Devices(DevicesArgs),
    /// List the audio hosts and devices of this machine (not in this build).
    #[cfg(not(feature = "device"))]
    Devices(UnavailableArgs),
}

/// What `play` was given in a build that cannot play.
#[cfg(not(feature = "device"))]
#[derive(Debug, Args)]
pub(crate) struct UnavailableArgs {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<String>,
}

/// Options of `render`.
#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// Patch file; with `:FUNCTION`, that function alone: its parameters are the inputs, its
    /// results the channels.
    #[arg(required_unless_present = "replay")]
    pub(crate) patch: Option<PatchRef>,
    /// Render what was heard live, bit for bit, from the log that `synthc play --log` wrote, instead of a patch.
    #[arg(
        long,
        value_name = "LOG",
        conflicts_with_all = ["patch", "LengthArgs", "rate", "precision", "strict", "target", "block", "seed", "set", "at", "events", "raw_controls", "inputs"]
    )]
    pub(crate) replay: Option<PathBuf>,
    /// Output: `.wav`, `.f64` or `.f32` (raw little-endian, interleaved), or `-` for a WAV file on
    /// standard output. An existing file is replaced only when the render succeeds.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) length: LengthArgs,
    /// Sample rate in Hz.
    #[arg(long, default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(1000..=768_000))]
    pub(crate) rate: u32,
    /// Width of all arithmetic.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) precision: PrecisionArg,
    /// Bit-identical to the reference evaluator: no contraction, no reassociation.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Machine features the code may use.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) target: TargetArg,
    /// Frames the host asks for at a time; changes no bit of the result.
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    pub(crate) block: u32,
    /// Seed of noise and random patterns.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Sample encoding of a WAV file, or of standard output [default: pcm24].
    #[arg(long, value_enum)]
    pub(crate) encoding: Option<Encoding>,
    /// Initial value of a control: `node/control=VALUE`, or `control=VALUE` with a function.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<Assignment>,
    /// Exact step of a control: `FRAME:NAME=VALUE`.
    #[arg(long, value_name = "FRAME:NAME=VALUE")]
    pub(crate) at: Vec<TimedAssignment>,
    /// Steps from a file: `[[frame, "name", value], …]` in JSON.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) events: Option<PathBuf>,
    /// No smoothing: controls step at exactly their frame.
    #[arg(long)]
    pub(crate) raw_controls: bool,
    /// What a function's parameter hears: `NAME=FILE.wav` (`FILE.wav#2` for its second channel),
    /// `FILE.f64`, `impulse:FRAME`, `sine:HZ:AMP`, `noise:SEED` or `dc:V`.
    #[arg(long = "input", value_name = "NAME=SOURCE")]
    pub(crate) inputs: Vec<InputSpec>,
    /// Say nothing unless it fails: no progress bar, no warnings, no summary.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// The summary, warnings and what the patch prints as one JSON object on standard error.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How long to render.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct LengthArgs {
    /// Length in seconds.
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = positive_seconds)]
    pub(crate) seconds: Option<f64>,
    /// Length in frames.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) frames: Option<u64>,
    /// Length in bars; fractions are welcome.
    #[arg(long, value_name = "B", allow_negative_numbers = true, value_parser = positive_bars)]
    pub(crate) bars: Option<f64>,
}

/// Options of `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Patch files.
    #[arg(required = true)]
    pub(crate) patches: Vec<PathBuf>,
    /// One JSON object per diagnostic on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Patch file; with `:FUNCTION`, that function alone.
    pub(crate) patch: PatchRef,
    /// What to show.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) emit: Emit,
    /// Sample rate in Hz.
    #[arg(long, default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(1000..=768_000))]
    pub(crate) rate: u32,
    /// Width of all arithmetic.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) precision: PrecisionArg,
    /// Bit-identical to the reference evaluator.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Machine features the code may use.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) target: TargetArg,
}

/// Options of `bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Patch file: every node with its voices; with `:FUNCTION`, that function alone.
    pub(crate) patch: PatchRef,
    /// Width of all arithmetic [default: both].
    #[arg(long, value_enum)]
    pub(crate) precision: Option<PrecisionArg>,
    /// Frames a call; may be given several times.
    #[arg(long = "block", value_name = "N", default_values_t = [64, 512], value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(crate) blocks: Vec<u32>,
    /// How often everything is measured; minima and medians are shown.
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) rounds: u32,
    /// One JSON object on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `play`.
#[cfg(feature = "device")]
#[derive(Debug, Args)]
pub(crate) struct PlayArgs {
    /// Patch file; it is followed, and every save that compiles is heard.
    pub(crate) patch: PathBuf,
    /// Audio host, such as `alsa` or `jack`; `null` plays to nobody [default: the system's].
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// Output device by name or id, as `synthc devices` lists them [default: the host's].
    #[arg(long)]
    pub(crate) device: Option<String>,
    /// Sample rate in Hz [default: the device's].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1000..=768_000))]
    pub(crate) rate: Option<u32>,
    /// Buffer size in frames [default: the device's].
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    pub(crate) buffer: Option<u32>,
    /// Number of output channels [default: the device's].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) channels: Option<u16>,
    /// Channels of the device that get left and right, from 1 [default: 1,2].
    #[arg(long, value_name = "LEFT,RIGHT")]
    pub(crate) outputs: Option<SidesArg>,
    /// Listen to an input device of the same host: what it hears goes to every effect that nothing else feeds.
    #[arg(long, value_name = "DEVICE", num_args = 0..=1)]
    pub(crate) input: Option<Option<String>>,
    /// Write what is heard to a file: `.wav` (32-bit floats), `.f32` or `.f64`.
    #[arg(long, value_name = "OUT")]
    pub(crate) record: Option<PathBuf>,
    /// Write a log of everything that happens: `synthc render --replay LOG` gives what was heard, bit for bit.
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Print levels and load once a second where standard error is no terminal.
    #[arg(long)]
    pub(crate) meters: bool,
    /// Stop after so many seconds [default: play until interrupted].
    #[arg(long, value_name = "S", value_parser = positive_seconds)]
    pub(crate) seconds: Option<f64>,
    /// Seed of noise and random patterns.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

/// Options of `devices`.
#[cfg(feature = "device")]
#[derive(Debug, Args)]
pub(crate) struct DevicesArgs {
    /// Their formats too.
    #[arg(long)]
    pub(crate) formats: bool,
    /// All of it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `LEFT,RIGHT`: two channels, from 1.
#[cfg(feature = "device")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SidesArg(pub(crate) [u16; 2]);

#[cfg(feature = "device")]
impl std::str::FromStr for SidesArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write two channels from 1, such as 3,4".to_owned();
        let (left, right) = text.split_once(',').ok_or_else(wrong)?;
        let channel = |text: &str| match text.trim().parse() {
            Ok(channel) if channel > 0 => Ok(channel),
            _ => Err(wrong()),
        };
        let (left, right) = (channel(left)?, channel(right)?);
        if left == right {
            return Err("left and right need a channel each".to_owned());
        }
        Ok(Self([left, right]))
    }
}

/// Width of all arithmetic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionArg {
    /// 32 bits.
    #[default]
    F32,
    /// 64 bits.
    F64,
}

/// Machine features the code may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TargetArg {
    /// What this processor offers.
    #[default]
    Host,
    /// The oldest processor of the architecture: the same bytes everywhere.
    Baseline,
}

/// What `inspect` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Emit {
    /// The graph after the passes, in text form.
    #[default]
    Ir,
    /// Cranelift's intermediate form.
    Clif,
    /// Machine code.
    Asm,
    /// Controls with their ranges.
    Controls,
    /// The loops of the machine code: what each computes, how many lanes wide, and why.
    Loops,
    /// Nanoseconds a sample by line and by node: the whole measured, the parts estimated.
    Cost,
}

fn positive_bars(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(bars) if bars > 0.0 && bars <= 1e6 => Ok(bars),
        Ok(bars) => Err(format!("{bars} is outside 0 to 1000000 bars")),
        Err(_) => Err("not a number of bars".to_owned()),
    }
}

fn positive_seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 864_000.0 => Ok(seconds),
        Ok(seconds) => Err(format!(
            "{seconds} is outside 0 to 864000 seconds (ten days)"
        )),
        Err(_) => Err("not a number of seconds".to_owned()),
    }
}
