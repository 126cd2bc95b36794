//! Offline rendering: sessions and single functions to samples, faster than real time.
//!
//! [`render`] drives an [`Engine`] and its processor exactly as a device would, with any host block size and without
//! the latency of live playing: frame 0 is beat 0. [`render_function`] runs one function alone, without mixer and
//! limiter. Both are deterministic: the same session or function, seed and options give the same bytes.

mod function;
mod input;
mod length;
mod measure;
mod tail;
#[cfg(test)]
mod tests;

use std::io;
use std::time::{Duration, Instant};

use synthc_jit::{Sample, Target};

pub use function::{FunctionOptions, render_function};
pub use input::Input;
pub use length::{Length, LengthError, LengthRule, common_period};
pub use measure::ChannelLevels;

use crate::engine::{Engine, EngineConfig, EngineError, Notice};
use crate::plan::{BLOCK, LimiterSpec};
use crate::processor::{LATENCY, Processor};
use crate::session::Session;
use crate::transport::{Transport, TransportError};
use measure::Meter;
use tail::Silence;

/// Most frames between two looks at the scheduler: less than its horizon of 20 ms at 48 kHz.
const STEP: usize = 512;
/// A value set at an exact frame.
#[derive(Clone, Debug, PartialEq)]
pub struct TimedValue {
    /// The frame, from 0 at beat 0.
    pub frame: u64,
    /// `node/control`, `node/gain`, `node/target_send`, `master`; for a function the control's name.
    pub path: String,
    /// The value.
    pub value: f64,
}

/// How to render a session.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderOptions {
    /// Frames a second.
    pub sample_rate: f64,
    /// Frames the host asks for at a time, 1 or more; has no influence on the samples.
    pub block: usize,
    /// How long.
    pub length: Length,
    /// Whether samples must be those of the reference evaluator, bit for bit.
    pub strict: bool,
    /// Whether controls step at the frame of their events, smoothed or not.
    pub raw_controls: bool,
    /// The processor to compile for.
    pub target: Target,
    /// The limiter on the master.
    pub limiter: Option<LimiterSpec>,
    /// Values to be set at exact frames.
    pub events: Vec<TimedValue>,
}

impl Default for RenderOptions {
    /// 48 kHz in blocks of 512 frames, of natural length, with the limiter.
    fn default() -> Self {
        Self {
            sample_rate: 48_000.0,
            block: 512,
            length: Length::Natural,
            strict: false,
            raw_controls: false,
            target: Target::Host,
            limiter: Some(LimiterSpec::default()),
            events: Vec::new(),
        }
    }
}

/// How far a render is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Frames rendered.
    pub frames: u64,
    /// Frames to render in all, as far as known; a tail adds to it.
    pub total: u64,
}

/// What was rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderSummary {
    /// Frames rendered.
    pub frames: u64,
    /// Frames a second.
    pub sample_rate: f64,
    /// Why so many.
    pub rule: LengthRule,
    /// Levels by channel.
    pub channels: Vec<ChannelLevels>,
    /// Time to lower and compile all functions.
    pub compile_time: Duration,
    /// Time to render, compiling and writing included.
    pub elapsed: Duration,
    /// What was noticed on the way.
    pub notices: Vec<Notice>,
}

impl RenderSummary {
    /// Length in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.frames as f64 / self.sample_rate
    }

    /// How many times faster than real time it was rendered.
    #[must_use]
    pub fn real_time_factor(&self) -> f64 {
        self.seconds() / self.elapsed.as_secs_f64().max(1e-9)
    }
}

/// Why nothing, or not everything, was rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The session does not sound.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The length is none.
    #[error(transparent)]
    Length(#[from] LengthError),
    /// Tempo, meter and rate make no time.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A host block of no frames.
    #[error("a block has {given} frames; give 1 to {limit}")]
    Block {
        /// The number given.
        given: usize,
        /// The greatest number.
        limit: usize,
    },
    /// A function has no control of that name.
    #[error("the function has no control `{given}`{}", nearest.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    UnknownControl {
        /// The name given.
        given: String,
        /// The nearest control.
        nearest: Option<String>,
    },
    /// A function is given a wrong number of inputs.
    #[error("the function has {expected} inputs and was given {given}; give each exactly one")]
    Inputs {
        /// Number given.
        given: usize,
        /// Number of inputs.
        expected: usize,
    },
    /// A function refused a block; a defect of the renderer.
    #[error(transparent)]
    Process(#[from] synthc_jit::ProcessError),
    /// The samples could not be written.
    #[error("the samples could not be written: {0}")]
    Sink(#[from] io::Error),
}

/// Largest host block in frames.
const MAX_BLOCK: usize = 1 << 20;

fn check_block(block: usize) -> Result<(), RenderError> {
    if (1..=MAX_BLOCK).contains(&block) {
        return Ok(());
    }
    Err(RenderError::Block {
        given: block,
        limit: MAX_BLOCK,
    })
}

/// Renders a session from beat 0: `sink` receives left and right, block by block; `progress` hears how far it is.
///
/// ```
/// use synthc_engine::pattern;
/// use synthc_engine::render::{Length, RenderOptions, render};
/// use synthc_engine::session::{NodeDefinition, NodeOptions, Session};
/// use synthc_ir::{Control, Signal};
///
/// let gate = Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
/// let mut session = Session::new();
/// session.node("click", NodeDefinition::source([gate])?, NodeOptions::default())?;
/// session.play("click", &(pattern::hit() * 4))?;
/// let options = RenderOptions { length: Length::Bars(1.0), ..RenderOptions::default() };
/// let mut left: Vec<f32> = Vec::new();
/// let sink = |block: &[&[f32]]| { left.extend_from_slice(block[0]); Ok(()) };
/// let summary = render(&session, &options, sink, |_| {})?;
/// assert_eq!(summary.frames, 96_000);
/// assert_eq!(left.len(), 96_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// See [`RenderError`].
pub fn render<T: Sample>(
    session: &Session,
    options: &RenderOptions,
    mut sink: impl FnMut(&[&[T]]) -> io::Result<()>,
    mut progress: impl FnMut(Progress),
) -> Result<RenderSummary, RenderError> {
    let start = Instant::now();
    check_block(options.block)?;
    let config = EngineConfig {
        strict: options.strict,
        raw_controls: options.raw_controls,
        target: options.target,
        limiter: options.limiter,
        pending: options.events.len().max(1),
        ..EngineConfig::new(options.sample_rate)
    };
    let (mut engine, mut processor) = Engine::<T>::new(config)?;
    let transport = Transport::new(options.sample_rate, session.tempo(), session.meter())?;
    let (body, rule, tail) = length::plan(options.length, session, &transport)?;
    let report = engine.update(session)?;
    for event in &options.events {
        engine.schedule(event.frame, &event.path, event.value)?;
    }
    let mut host = Host::new(options.block, tail.then_some(body));
    let mut meter = Meter::new(2);
    let mut frames = 0;
    while frames < body {
        let wanted = (options.block as u64).min(body - frames);
        let block = host.pull(&mut engine, &mut processor, wanted as usize)?;
        for (channel, samples) in block.iter().enumerate() {
            meter.measure(channel, samples);
        }
        sink(&block)?;
        frames += wanted;
        progress(Progress {
            frames,
            total: body,
        });
    }
    if tail {
        let (mut silence, mut rest) = Silence::tail(options.sample_rate);
        while rest > 0 && !silence.is_over() {
            let wanted = (options.block as u64).min(rest);
            let mut block = host.pull(&mut engine, &mut processor, wanted as usize)?;
            let kept = silence.listen(&block);
            block = block.map(|samples| &samples[..kept]);
            for (channel, samples) in block.iter().enumerate() {
                meter.measure(channel, samples);
            }
            sink(&block)?;
            frames += kept as u64;
            rest -= wanted;
            progress(Progress {
                frames,
                total: body.max(frames),
            });
        }
    }
    Ok(RenderSummary {
        frames,
        sample_rate: options.sample_rate,
        rule,
        channels: meter.levels(),
        compile_time: report.lowering + report.compiling,
        elapsed: start.elapsed(),
        notices: engine.take_notices(),
    })
}

/// What stands in for a device: buffers of the host's size, and the processor's latency to be left out.
struct Host<T> {
    buffers: [Vec<T>; 2],
    latency: usize,
    /// The frame at which gates are released and patterns end.
    release: Option<u64>,
}

impl<T: Sample> Host<T> {
    fn new(block: usize, release: Option<u64>) -> Self {
        let buffer = || vec![T::default(); block.max(LATENCY)];
        Self {
            buffers: [buffer(), buffer()],
            latency: LATENCY,
            release,
        }
    }

    /// The next frames.
    fn pull(
        &mut self,
        engine: &mut Engine<T>,
        processor: &mut Processor<T>,
        frames: usize,
    ) -> Result<[&[T]; 2], RenderError> {
        let latency = std::mem::take(&mut self.latency);
        self.fill(engine, processor, latency)?;
        self.fill(engine, processor, frames)?;
        let [left, right] = &self.buffers;
        Ok([&left[..frames], &right[..frames]])
    }

    /// Fills the buffers in steps that are shorter than the scheduler's horizon.
    fn fill(
        &mut self,
        engine: &mut Engine<T>,
        processor: &mut Processor<T>,
        frames: usize,
    ) -> Result<(), RenderError> {
        let mut filled = 0;
        while filled < frames {
            let step = (frames - filled).min(STEP);
            // The blocks that this step makes the processor compute end before this frame.
            let horizon = processor.frame() + (step + LATENCY) as u64;
            if let Some(release) = self.release.take_if(|release| *release < horizon) {
                engine.commit_until(release)?;
                engine.release_at(release)?;
            }
            engine.commit_until(horizon)?;
            // More events than fit: those of the next block have been sent first.
            let step = if engine.backlog() > 0 {
                step.min(BLOCK)
            } else {
                step
            };
            let part = filled..filled + step;
            let [left, right] = &mut self.buffers;
            processor.process_planar(&mut [&mut left[part.clone()], &mut right[part]]);
            filled += step;
        }
        Ok(())
    }
}
