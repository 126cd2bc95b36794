//! One subject in one precision, measured round by round.

use std::time::Duration;

use synthc_ir::pass::{self, Level};
use synthc_ir::{BuildOptions, Graph, Precision};

use crate::error::MeasureError;
use crate::interpreted;
use crate::native::{Compiled, Native};
use crate::row::{CompileMs, NsPerSample, Row};
use crate::spread::Spread;
use crate::subject::Subject;

/// How much time to spend in one round.
///
/// Bursts are short, so that some of them run undisturbed on a machine with other work: of the bursts
/// of a round the best counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Length of one timed burst.
    pub burst: Duration,
    /// Bursts of compiled code a round.
    pub bursts: u32,
    /// Bursts of each interpreter a round; 0 leaves interpreters out.
    pub interpreter_bursts: u32,
}

impl Effort {
    /// Eight bursts of half a millisecond.
    pub const FULL: Self = Self {
        burst: Duration::from_micros(500),
        bursts: 8,
        interpreter_bursts: 4,
    };
    /// Four bursts, one of interpreters.
    pub const QUICK: Self = Self {
        burst: Duration::from_micros(500),
        bursts: 4,
        interpreter_bursts: 1,
    };
}

/// The cost of running in blocks of one length.
#[derive(Debug)]
struct Run {
    block: usize,
    resting: Timed,
    moving: Timed,
}

/// The cost of a sample, and how many frames make a burst.
#[derive(Debug, Default)]
struct Timed {
    ns: Spread,
    /// 0 while it is being found out.
    frames: usize,
    trial: usize,
}

impl Timed {
    /// Measures bursts of about the given length and keeps the best. The first call finds out how
    /// many frames a burst is, beginning with few.
    fn measure(
        &mut self,
        burst: Duration,
        bursts: u32,
        mut run: impl FnMut(usize) -> Result<(Duration, usize), MeasureError>,
    ) -> Result<(), MeasureError> {
        while self.frames == 0 {
            let frames = self.trial.max(64);
            let (time, done) = run(frames)?;
            if time >= burst / 2 {
                self.frames = frames;
            } else {
                let missing = burst.as_secs_f64() / time.as_secs_f64().max(1e-9);
                self.trial = (done as f64 * missing.clamp(1.5, 16.0)) as usize;
            }
        }
        let mut best = f64::NAN;
        for _ in 0..bursts {
            let (time, done) = run(self.frames)?;
            best = best.min(time.as_secs_f64() * 1e9 / done as f64);
        }
        self.ns.push(best);
        Ok(())
    }
}

/// Times of compiling.
#[derive(Debug, Default)]
struct Compiling {
    total: Spread,
    build: Spread,
    passes: Spread,
    lower: Spread,
    codegen: Spread,
    publish: Spread,
    /// Both variants at once.
    both: Spread,
    /// By a compiler that compiles for the first time.
    cold: Spread,
}

/// A subject in one precision with everything measured so far.
pub struct Bench {
    name: String,
    voices: usize,
    effort: Effort,
    graph: Graph,
    native: Box<dyn Native>,
    runs: Vec<Run>,
    compiling: Compiling,
    evaluator: Timed,
    block_interpreter: Timed,
    /// What interpreters run.
    interpreted: Graph,
}

impl Bench {
    /// Builds and compiles the subject for blocks of the given lengths at 48 kHz.
    ///
    /// # Errors
    /// When the subject does not build or compile.
    pub fn new(
        subject: &Subject,
        precision: Precision,
        blocks: &[usize],
        effort: Effort,
    ) -> Result<Self, MeasureError> {
        let options = BuildOptions {
            precision,
            sample_rate: 48_000.0,
            inputs: Some(subject.inputs),
        };
        let graph = Graph::build(&subject.outputs, &options)?;
        let interpreted = pass::optimize(&graph, Level::Strict);
        let native: Box<dyn Native> = match precision {
            Precision::F32 => Box::new(Compiled::<f32>::new(subject, options, &graph)?),
            Precision::F64 => Box::new(Compiled::<f64>::new(subject, options, &graph)?),
        };
        let run = |&block: &usize| Run {
            block: block.max(1),
            resting: Timed::default(),
            moving: Timed::default(),
        };
        Ok(Self {
            name: subject.name.clone(),
            voices: subject.voices.max(1),
            effort,
            graph,
            native,
            runs: blocks.iter().map(run).collect(),
            compiling: Compiling::default(),
            evaluator: Timed::default(),
            block_interpreter: Timed::default(),
            interpreted,
        })
    }

    /// Measures everything once more.
    ///
    /// # Errors
    /// When compiling fails, which it did not in [`Bench::new`].
    pub fn round(&mut self) -> Result<(), MeasureError> {
        self.compile()?;
        let Effort { burst, bursts, .. } = self.effort;
        let native = &mut self.native;
        for run in &mut self.runs {
            let block = run.block;
            run.resting
                .measure(burst, bursts, |frames| native.run(block, frames, false))?;
            run.moving
                .measure(burst, bursts, |frames| native.run(block, frames, true))?;
        }
        let (bursts, graph) = (self.effort.interpreter_bursts, &self.interpreted);
        if bursts > 0 {
            self.evaluator.measure(burst, bursts, |frames| {
                Ok((interpreted::evaluator(graph, frames), frames))
            })?;
            self.block_interpreter.measure(burst, bursts, |frames| {
                let frames = frames.next_multiple_of(64);
                Ok((interpreted::block(graph, frames), frames))
            })?;
        }
        Ok(())
    }

    fn compile(&mut self) -> Result<(), MeasureError> {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let cold = self.native.compile(false, true)?;
        let once = self.native.compile(false, false)?;
        let all = &mut self.compiling;
        all.total.push(ms(once.total));
        all.build.push(ms(once.build));
        all.passes.push(ms(once.times.passes));
        all.lower.push(ms(once.times.build));
        all.codegen.push(ms(once.times.codegen));
        all.publish.push(ms(once.times.publish));
        all.both.push(ms(self.native.compile(true, false)?.total));
        all.cold.push(ms(cold.total));
        Ok(())
    }

    /// What was measured, one row per block length.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        // Interpreters run one voice; the voices of a node are independent, their cost adds up.
        let interpreted = |timed: &Timed| timed.ns.min() * self.voices as f64;
        let row = |run: &Run| Row {
            name: self.name.clone(),
            nodes: self.graph.len(),
            voices: self.voices,
            lanes: self.native.lanes(),
            precision: self.graph.precision().to_string(),
            block: run.block,
            compile_ms: CompileMs {
                min: self.compiling.total.min(),
                median: self.compiling.total.median(),
                build: self.compiling.build.min(),
                passes: self.compiling.passes.min(),
                lower: self.compiling.lower.min(),
                codegen: self.compiling.codegen.min(),
                publish: self.compiling.publish.min(),
                with_moving: self.compiling.both.min(),
                cold: self.compiling.cold.min(),
            },
            ns_per_sample: NsPerSample {
                compiled: run.resting.ns.min(),
                compiled_median: run.resting.ns.median(),
                moving: run.moving.ns.min(),
                moving_median: run.moving.ns.median(),
                evaluator: interpreted(&self.evaluator),
                block_interpreter: interpreted(&self.block_interpreter),
            },
            state_bytes: self.native.state_bytes(),
            code_bytes: self.native.code_bytes(),
            peak_resident_bytes: None,
        };
        self.runs.iter().map(row).collect()
    }
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bench")
            .field("name", &self.name)
            .field("precision", &self.graph.precision())
            .finish_non_exhaustive()
    }
}
