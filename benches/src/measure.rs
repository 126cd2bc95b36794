//! One measured program: compile time, and time per sample compiled and interpreted.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use synthc_ir::{BuildOptions, Evaluator, Graph, Precision};
use synthc_jit::{CompileOptions, Compiler, Program, Sample, State, Target, host};

use crate::corpus::Patch;

/// Frames of one timed compiled run, and of one timed evaluator run.
const COMPILED_FRAMES: usize = 48_000;
const EVALUATOR_FRAMES: usize = 2_400;

/// A patch in one precision and block size, with the times found so far.
pub(crate) struct Bench {
    pub(crate) name: String,
    pub(crate) precision: Precision,
    pub(crate) block: usize,
    pub(crate) nodes: usize,
    pub(crate) state_bytes: usize,
    pub(crate) code_bytes: usize,
    /// Milliseconds from signals to callable code.
    pub(crate) compile: Vec<f64>,
    /// Nanoseconds per sample.
    pub(crate) compiled: Vec<f64>,
    /// Nanoseconds per sample.
    pub(crate) evaluator: Vec<f64>,
    graph: Graph,
    runner: Box<dyn Runner>,
}

/// A program of either width.
trait Runner {
    fn run(&mut self, block: usize) -> Result<Duration, Box<dyn Error>>;
    fn compile(&mut self) -> Result<Duration, Box<dyn Error>>;
}

struct Compiled<T> {
    patch_outputs: Vec<synthc_ir::Signal>,
    options: BuildOptions,
    compiler: Compiler,
    program: Program<T>,
    state: State<T>,
}

fn options() -> CompileOptions {
    CompileOptions {
        moving: false,
        ..CompileOptions::default()
    }
}

/// The benches of a patch: both widths, blocks of 64 and 512 frames.
pub(crate) fn prepare(patch: &Patch) -> Result<Vec<Bench>, Box<dyn Error>> {
    let mut all = Vec::new();
    for block in [64, 512] {
        all.push(bench::<f32>(patch, block)?);
        all.push(bench::<f64>(patch, block)?);
    }
    Ok(all)
}

fn bench<T: Sample>(patch: &Patch, block: usize) -> Result<Bench, Box<dyn Error>> {
    let build = BuildOptions {
        precision: T::PRECISION,
        sample_rate: 48_000.0,
        inputs: Some(patch.inputs),
    };
    let graph = Graph::build(&patch.outputs, &build)?;
    let mut compiler = Compiler::new(Target::Host)?;
    let program = compiler.compile::<T>(&graph, &options())?;
    let state = program.instantiate(0);
    Ok(Bench {
        name: patch.name.clone(),
        precision: T::PRECISION,
        block,
        nodes: graph.len(),
        state_bytes: program.state_bytes(),
        code_bytes: program.code_bytes(),
        compile: Vec::new(),
        compiled: Vec::new(),
        evaluator: Vec::new(),
        graph,
        runner: Box::new(Compiled {
            patch_outputs: patch.outputs.clone(),
            options: build,
            compiler,
            program,
            state,
        }),
    })
}

impl<T: Sample> Runner for Compiled<T> {
    fn run(&mut self, block: usize) -> Result<Duration, Box<dyn Error>> {
        let silence = vec![T::default(); block];
        let inputs = vec![silence.as_slice(); self.program.input_count()];
        let mut buffers = vec![vec![T::default(); block]; self.program.output_count()];
        let mut outputs: Vec<&mut [T]> = buffers.iter_mut().map(Vec::as_mut_slice).collect();
        let (program, state) = (&self.program, &mut self.state);
        host::flush_denormals(|| {
            let start = Instant::now();
            for _ in 0..COMPILED_FRAMES / block {
                program.process(state, &inputs, &mut outputs, &[])?;
                black_box(&mut outputs);
            }
            Ok(start.elapsed())
        })
    }

    fn compile(&mut self) -> Result<Duration, Box<dyn Error>> {
        let start = Instant::now();
        let graph = Graph::build(&self.patch_outputs, &self.options)?;
        let program = self.compiler.compile::<T>(&graph, &options())?;
        let time = start.elapsed();
        black_box(program);
        Ok(time)
    }
}

impl Bench {
    /// Measures everything once more.
    pub(crate) fn round(&mut self) -> Result<(), Box<dyn Error>> {
        let frames = COMPILED_FRAMES / self.block * self.block;
        let time = self.runner.run(self.block)?;
        self.compiled.push(nanoseconds(time, frames));
        self.compile
            .push(self.runner.compile()?.as_secs_f64() * 1e3);
        let mut evaluator = Evaluator::new(&self.graph, 0);
        let inputs = vec![0.0; self.graph.input_count() as usize];
        let start = Instant::now();
        for _ in 0..EVALUATOR_FRAMES {
            black_box(evaluator.frame(&inputs));
        }
        self.evaluator
            .push(nanoseconds(start.elapsed(), EVALUATOR_FRAMES));
        Ok(())
    }
}

fn nanoseconds(time: Duration, frames: usize) -> f64 {
    time.as_secs_f64() * 1e9 / frames as f64
}
