//! One function alone: no session, no mixer, no limiter; what it computes is what comes out.
//!
//! Used by the command line and by the conformance tests. Blocks of the program begin at multiples of 64 frames
//! and are split at events only, as in a session, so that the host's block size has no influence.

use std::collections::VecDeque;
use std::io;
use std::time::Instant;

use synthc_ir::{BuildOptions, Graph, Signal};
use synthc_jit::{CompileOptions, Compiler, Level, Program, Sample, State, Target, host};

use super::length::{self, LengthRule, WITHOUT_PERIOD};
use super::measure::Meter;
use super::tail::Silence;
use super::{Input, Length, Progress, RenderError, RenderSummary, TimedValue, check_block};
use crate::engine::EngineError;
use crate::plan::BLOCK;
use crate::session::{Session, is_gate, nearest};
use crate::smoother::Smoother;
use crate::transport::Transport;

/// How to render a function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionOptions {
    /// Frames a second.
    pub sample_rate: f64,
    /// Frames the sink receives at a time, 1 or more; has no influence on the samples.
    pub block: usize,
    /// How long; a bar is 2 s. [`Length::Natural`] is the longest recording among the inputs, or 10 s where
    /// there is none; then inputs fall silent, gates close, and the tail is heard.
    pub length: Length,
    /// Whether samples must be those of the reference evaluator, bit for bit.
    pub strict: bool,
    /// Whether controls step at the frame of their events; else they are smoothed as in a session.
    pub raw_controls: bool,
    /// The processor to compile for.
    pub target: Target,
    /// Seed of the function's noise.
    pub seed: u64,
    /// Values that controls start at, by name.
    pub values: Vec<(String, f64)>,
    /// Values that controls take at exact frames; paths are control names.
    pub events: Vec<TimedValue>,
}

impl Default for FunctionOptions {
    /// 48 kHz in blocks of 512 frames, 10 s, smoothed controls, seed 0.
    fn default() -> Self {
        Self {
            sample_rate: 48_000.0,
            block: 512,
            length: Length::Natural,
            strict: false,
            raw_controls: false,
            target: Target::Host,
            seed: 0,
            values: Vec::new(),
            events: Vec::new(),
        }
    }
}

/// Renders `outputs`, one channel each, over `inputs`: `sink` receives the channels block by block.
///
/// NaN and infinities come out as they are computed.
///
/// ```
/// use synthc_engine::render::{FunctionOptions, Input, Length, render_function};
/// use synthc_ir::Signal;
///
/// let options = FunctionOptions { length: Length::Frames(4), ..FunctionOptions::default() };
/// let mut samples: Vec<f64> = Vec::new();
/// let sink = |block: &[&[f64]]| { samples.extend_from_slice(block[0]); Ok(()) };
/// render_function(&[Signal::input(0) * 0.5], &[Input::Impulse { frame: 1 }], &options, sink, |_| {})?;
/// assert_eq!(samples, [0.0, 0.5, 0.0, 0.0]);
/// # Ok::<(), synthc_engine::render::RenderError>(())
/// ```
///
/// # Errors
/// See [`RenderError`].
pub fn render_function<T: Sample>(
    outputs: &[Signal],
    inputs: &[Input],
    options: &FunctionOptions,
    mut sink: impl FnMut(&[&[T]]) -> io::Result<()>,
    mut progress: impl FnMut(Progress),
) -> Result<RenderSummary, RenderError> {
    let start = Instant::now();
    check_block(options.block)?;
    let program = compile::<T>(outputs, inputs.len(), options)?;
    let compile_time = start.elapsed();
    let session = Session::new();
    let transport = Transport::new(options.sample_rate, session.tempo(), session.meter())?;
    let (body, rule, mut silence) = match options.length {
        Length::Natural => {
            let (frames, rule) = natural(inputs, options.sample_rate);
            (frames, rule, Some(Silence::tail(options.sample_rate)))
        }
        length => {
            let (frames, rule, _) = length::plan(length, &session, &transport)?;
            (frames, rule, None)
        }
    };
    let mut voice = Voice::new(&program, inputs, options)?;
    if silence.is_some() {
        voice.release_at(body);
    }
    let channels = program.output_count();
    let mut meter = Meter::new(channels);
    let mut ready: Vec<Vec<T>> = vec![Vec::new(); channels];
    let mut done = 0;
    loop {
        let left = match &silence {
            _ if done < body => body - done,
            Some((silence, rest)) if !silence.is_over() => *rest,
            _ => 0,
        };
        let wanted = (options.block as u64).min(left) as usize;
        if wanted == 0 {
            break;
        }
        while ready[0].len() < wanted {
            voice.block()?;
            for (ready, block) in ready.iter_mut().zip(&voice.outputs) {
                ready.extend_from_slice(block);
            }
        }
        let mut block: Vec<&[T]> = ready.iter().map(|channel| &channel[..wanted]).collect();
        let mut kept = wanted;
        if let (true, Some((silence, rest))) = (done >= body, &mut silence) {
            *rest -= wanted as u64;
            kept = silence.listen(&block);
            block
                .iter_mut()
                .for_each(|channel| *channel = &channel[..kept]);
        }
        for (channel, samples) in block.iter().enumerate() {
            meter.measure(channel, samples);
        }
        sink(&block)?;
        ready
            .iter_mut()
            .for_each(|channel| drop(channel.drain(..wanted)));
        done += kept as u64;
        progress(Progress {
            frames: done,
            total: body.max(done),
        });
    }
    Ok(RenderSummary {
        frames: done,
        sample_rate: options.sample_rate,
        rule,
        channels: meter.levels(),
        compile_time,
        elapsed: start.elapsed(),
        notices: Vec::new(),
    })
}

/// Frames before the tail of a function that is rendered for as long as it has something to play.
fn natural(inputs: &[Input], sample_rate: f64) -> (u64, LengthRule) {
    let recordings = inputs.iter().filter_map(|input| match input {
        Input::Samples(samples) => Some(samples.len() as u64),
        _ => None,
    });
    match recordings.max() {
        Some(frames) => {
            let seconds = Some(frames as f64 / sample_rate);
            (frames, LengthRule::Recording { seconds })
        }
        None => (
            (WITHOUT_PERIOD * sample_rate + 0.5).floor() as u64,
            LengthRule::Recording { seconds: None },
        ),
    }
}

fn compile<T: Sample>(
    outputs: &[Signal],
    inputs: usize,
    options: &FunctionOptions,
) -> Result<Program<T>, RenderError> {
    let build = |inputs| BuildOptions {
        precision: T::PRECISION,
        sample_rate: options.sample_rate,
        inputs,
    };
    let node = || "function".into();
    let lower = |options: &BuildOptions| {
        Graph::build(outputs, options).map_err(|source| EngineError::Build {
            node: node(),
            source,
        })
    };
    let graph = lower(&build(None))?;
    let expected = graph.input_count() as usize;
    if expected > inputs {
        return Err(RenderError::Inputs {
            given: inputs,
            expected,
        });
    }
    // An input that is not read is an input all the same.
    let graph = if expected < inputs {
        lower(&build(u32::try_from(inputs).ok()))?
    } else {
        graph
    };
    let compile = CompileOptions {
        level: if options.strict {
            Level::Strict
        } else {
            Level::Optimized
        },
        target: options.target,
        moving: !options.raw_controls && !graph.controls().is_empty(),
        ..CompileOptions::default()
    };
    let mut compiler = Compiler::new(options.target).map_err(EngineError::Compiler)?;
    let program = compiler
        .compile(&graph, &compile)
        .map_err(|source| EngineError::Compile {
            node: node(),
            site: None,
            source,
        })?;
    Ok(program)
}

/// The running function, 64 frames at a time.
struct Voice<'a, T: Sample> {
    program: &'a Program<T>,
    state: State<T>,
    inputs: &'a [Input],
    sample_rate: f64,
    smoothers: Vec<Smoother>,
    /// (frame, control, value) in order of frame.
    events: VecDeque<(u64, usize, f64)>,
    frame: u64,
    /// From this frame on inputs are silent.
    end: u64,
    input_blocks: Vec<[T; BLOCK]>,
    moving_blocks: Vec<[T; BLOCK]>,
    outputs: Vec<[T; BLOCK]>,
}

impl<'a, T: Sample> Voice<'a, T> {
    fn new(
        program: &'a Program<T>,
        inputs: &'a [Input],
        options: &FunctionOptions,
    ) -> Result<Self, RenderError> {
        let controls = program.controls();
        let find = |name: &str| {
            controls
                .iter()
                .position(|control| &*control.name == name)
                .ok_or_else(|| RenderError::UnknownControl {
                    given: name.to_owned(),
                    nearest: nearest(name, controls.iter().map(|control| &control.name)),
                })
        };
        let mut state = program.instantiate(options.seed);
        for (name, value) in &options.values {
            state.set_control(find(name)?, *value);
        }
        let smoother = |(index, control): (usize, &std::sync::Arc<synthc_ir::Control>)| {
            let seconds = control
                .smoothing_seconds()
                .filter(|_| !options.raw_controls);
            Smoother::control(
                state.control(index),
                control.lo,
                control.hi,
                seconds,
                options.sample_rate,
            )
        };
        let smoothers = controls.iter().enumerate().map(smoother).collect();
        let event = |event: &TimedValue| {
            let index = find(&event.path)?;
            Ok((event.frame, index, controls[index].clamp(event.value)))
        };
        let mut events = options
            .events
            .iter()
            .map(event)
            .collect::<Result<Vec<_>, RenderError>>()?;
        events.sort_by_key(|(frame, ..)| *frame);
        Ok(Self {
            program,
            state,
            inputs,
            sample_rate: options.sample_rate,
            smoothers,
            events: events.into(),
            frame: 0,
            end: u64::MAX,
            input_blocks: vec![[T::default(); BLOCK]; inputs.len()],
            moving_blocks: vec![[T::default(); BLOCK]; controls.len()],
            outputs: vec![[T::default(); BLOCK]; program.output_count()],
        })
    }

    /// Silences the inputs and closes the gates at `frame`: what follows is the tail.
    fn release_at(&mut self, frame: u64) {
        self.end = frame;
        self.events.retain(|(due, ..)| *due < frame);
        for (index, control) in self.program.controls().iter().enumerate() {
            if is_gate(control) {
                self.events.push_back((frame, index, control.clamp(0.0)));
            }
        }
    }

    /// Computes the next 64 frames into `outputs`.
    fn block(&mut self) -> Result<(), RenderError> {
        for (input, block) in self.inputs.iter().zip(&mut self.input_blocks) {
            for (frame, sample) in (self.frame..).zip(block) {
                *sample = if frame < self.end {
                    T::from_f64(input.at(frame, self.sample_rate))
                } else {
                    T::default()
                };
            }
        }
        for (control, smoother) in self.smoothers.iter_mut().enumerate() {
            if smoother.snap() {
                self.state.set_control(control, smoother.value());
            }
        }
        let mut from = 0;
        while from < BLOCK {
            self.take_events(self.frame + from as u64);
            let next = self.events.front().map_or(u64::MAX, |(frame, ..)| *frame);
            let to = next.saturating_sub(self.frame).min(BLOCK as u64) as usize;
            host::flush_denormals(|| self.segment(from, to))?;
            from = to;
        }
        self.frame += BLOCK as u64;
        Ok(())
    }

    /// Sets what is due at `frame`.
    fn take_events(&mut self, frame: u64) {
        while let Some((_, control, value)) = self.events.pop_front_if(|(due, ..)| *due <= frame) {
            let smoother = &mut self.smoothers[control];
            smoother.set(value);
            if !smoother.is_moving() {
                self.state.set_control(control, value);
            }
        }
    }

    fn segment(&mut self, from: usize, to: usize) -> Result<(), synthc_jit::ProcessError> {
        for (smoother, block) in self.smoothers.iter_mut().zip(&mut self.moving_blocks) {
            if smoother.is_moving() {
                let values = &mut [0.0; BLOCK][from..to];
                smoother.advance_into(values);
                for (to, from) in block[from..to].iter_mut().zip(values) {
                    *to = T::from_f64(*from);
                }
            }
        }
        let moving: Vec<Option<&[T]>> = self
            .smoothers
            .iter()
            .zip(&self.moving_blocks)
            .map(|(smoother, block)| smoother.is_moving().then(|| &block[from..to]))
            .collect();
        let inputs: Vec<&[T]> = self
            .input_blocks
            .iter()
            .map(|block| &block[from..to])
            .collect();
        let mut outputs: Vec<&mut [T]> = self
            .outputs
            .iter_mut()
            .map(|block| &mut block[from..to])
            .collect();
        let moving = if self.smoothers.iter().any(Smoother::is_moving) {
            &moving[..]
        } else {
            &[]
        };
        self.program
            .process(&mut self.state, &inputs, &mut outputs, moving)
    }
}
