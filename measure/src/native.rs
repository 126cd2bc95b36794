//! A compiled subject of either width: compiling it, and running all its voices.

use std::hint::black_box;
use std::ops::AddAssign;
use std::time::{Duration, Instant};

use synthc_ir::{BuildOptions, Control, Graph, Signal};
use synthc_jit::{CompileOptions, CompileTimes, Compiler, Program, Sample, State, Target, host};

use crate::error::MeasureError;
use crate::subject::Subject;

/// Blocks for which moving values are prepared: long enough that nothing repeats audibly often.
const MOVING_BLOCKS: usize = 8;

/// Where the time of one compilation from signals to callable code went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compilation {
    /// From signals to graph.
    pub(crate) build: Duration,
    /// From graph to code.
    pub(crate) times: CompileTimes,
    /// Everything, as a clock outside sees it.
    pub(crate) total: Duration,
}

/// A subject compiled for one width, without its type.
pub(crate) trait Native {
    /// Compiles once more; `moving` compiles both variants. `cold` is by a compiler that has compiled
    /// nothing before: it has no buffers and no pages yet.
    fn compile(&mut self, moving: bool, cold: bool) -> Result<Compilation, MeasureError>;

    /// Runs at least `frames` frames in blocks; gives the time and the number of frames. While
    /// `moving`, every control that is smoothed moves in every frame.
    fn run(
        &mut self,
        block: usize,
        frames: usize,
        moving: bool,
    ) -> Result<(Duration, usize), MeasureError>;

    fn lanes(&self) -> usize;
    fn state_bytes(&self) -> usize;
    fn code_bytes(&self) -> usize;
}

/// A subject compiled for `T`.
pub(crate) struct Compiled<T> {
    outputs: Vec<Signal>,
    options: BuildOptions,
    lanes: usize,
    compiler: Compiler,
    resting: Program<T>,
    both: Program<T>,
    resting_states: Vec<State<T>>,
    moving_states: Vec<State<T>>,
}

/// Lanes that voices are tried in.
const LANES: [usize; 3] = [4, 8, 16];

fn options(moving: bool, lanes: usize) -> CompileOptions {
    CompileOptions {
        moving,
        lanes,
        ..CompileOptions::default()
    }
}

/// Instances of a program, as many lanes each as it has, every voice with its own pitch.
fn instances<T: Sample>(program: &Program<T>, voices: usize) -> Vec<State<T>> {
    let freq = program.controls().iter().position(|c| &*c.name == "freq");
    let lanes = program.lanes();
    let group = |first: usize| {
        let seeds: Vec<u64> = (first..first + lanes).map(|voice| voice as u64).collect();
        let mut state = program.instantiate_lanes(&seeds);
        for voice in first..first + lanes {
            if let (Some(freq), true) = (freq, voices > 1) {
                let semitones = (voice % 48) as f64 + 0.01 * (voice / 48) as f64;
                let init = program.controls()[freq].init;
                let hertz = init * (semitones / 12.0).exp2();
                state.set_control_lane(voice - first, freq, hertz);
            }
        }
        state
    };
    (0..voices.max(1)).step_by(lanes).map(group).collect()
}

impl<T: Sample + AddAssign> Compiled<T> {
    /// Compiles a graph that was built from the subject; voices in as many lanes as run fastest here.
    pub(crate) fn new(
        subject: &Subject,
        options: BuildOptions,
        graph: &Graph,
    ) -> Result<Self, MeasureError> {
        if subject.voices <= 1 {
            return Self::in_lanes(subject, options, graph, 1);
        }
        let mut best: Option<(Duration, Self)> = None;
        for lanes in LANES.into_iter().filter(|&lanes| lanes <= subject.voices) {
            let mut tried = Self::in_lanes(subject, options, graph, lanes)?;
            let mut time = Duration::MAX;
            for _ in 0..3 {
                time = time.min(tried.run(64, 2048, false)?.0);
            }
            if best.as_ref().is_none_or(|(before, _)| time < *before) {
                best = Some((time, tried));
            }
        }
        match best {
            Some((_, fastest)) => Ok(fastest),
            None => Self::in_lanes(subject, options, graph, 1),
        }
    }

    fn in_lanes(
        subject: &Subject,
        options: BuildOptions,
        graph: &Graph,
        lanes: usize,
    ) -> Result<Self, MeasureError> {
        let mut compiler = Compiler::new(Target::Host)?;
        let resting = compiler.compile::<T>(graph, &self::options(false, lanes))?;
        let both = compiler.compile::<T>(graph, &self::options(true, lanes))?;
        Ok(Self {
            outputs: subject.outputs.clone(),
            options,
            lanes,
            resting_states: instances(&resting, subject.voices),
            moving_states: instances(&both, subject.voices),
            compiler,
            resting,
            both,
        })
    }
}

/// White noise for inputs, by xorshift (Marsaglia 2003): cost may depend on data, and silence is
/// the least likely of all.
pub(crate) fn noise<T: Sample>(len: usize) -> Vec<T> {
    let mut x = 0x9E37_79B9_u32;
    (0..len)
        .map(|_| {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            T::from_f64(f64::from(x.cast_signed()) / f64::from(i32::MAX) * 0.5)
        })
        .collect()
}

/// A triangle of ±10 % of the range around the initial value of a control that is smoothed.
fn movement<T: Sample>(control: &Control, len: usize) -> Option<Vec<T>> {
    control.smoothing_seconds()?;
    let depth = 0.1 * (control.hi - control.lo);
    let value = |i: usize| {
        let turn = i as f64 / len as f64;
        let triangle = 1.0 - 4.0 * (turn - 0.5).abs();
        T::from_f64(control.clamp(control.init + depth * triangle))
    };
    Some((0..len).map(value).collect())
}

impl<T: Sample + AddAssign> Native for Compiled<T> {
    fn compile(&mut self, moving: bool, cold: bool) -> Result<Compilation, MeasureError> {
        let mut fresh;
        let compiler = if cold {
            fresh = Compiler::new(Target::Host)?;
            &mut fresh
        } else {
            &mut self.compiler
        };
        let start = Instant::now();
        let graph = Graph::build(&self.outputs, &self.options)?;
        let build = start.elapsed();
        let program = compiler.compile::<T>(&graph, &options(moving, self.lanes))?;
        let total = start.elapsed();
        let times = black_box(program).compile_times();
        Ok(Compilation {
            build,
            times,
            total,
        })
    }

    fn run(
        &mut self,
        block: usize,
        frames: usize,
        moving: bool,
    ) -> Result<(Duration, usize), MeasureError> {
        let (program, states) = if moving {
            (&self.both, &mut self.moving_states)
        } else {
            (&self.resting, &mut self.resting_states)
        };
        // Every slice is interleaved, [frame][lane].
        let lanes = program.lanes();
        let len = block * lanes;
        let input = noise::<T>(len);
        let inputs = vec![input.as_slice(); program.input_count()];
        let mut buffers = vec![vec![T::default(); len]; program.output_count()];
        let mut outputs: Vec<&mut [T]> = buffers.iter_mut().map(Vec::as_mut_slice).collect();
        let mut mix = vec![T::default(); block];
        let movements: Vec<Option<Vec<T>>> = program
            .controls()
            .iter()
            .map(|c| movement(c, len * MOVING_BLOCKS).filter(|_| moving))
            .collect();
        let blocks: Vec<Vec<Option<&[T]>>> = (0..MOVING_BLOCKS)
            .map(|i| {
                let part = i * len..(i + 1) * len;
                let all = movements.iter();
                let slices = all.map(|m| m.as_ref().map(|m| &m[part.clone()]));
                if moving { slices.collect() } else { Vec::new() }
            })
            .collect();
        let count = frames.div_ceil(block).max(1);
        let summed = states.len() * lanes > 1;
        host::flush_denormals(|| {
            let start = Instant::now();
            for i in 0..count {
                let moves = &blocks[i % MOVING_BLOCKS];
                if summed {
                    mix.fill(T::default());
                }
                for state in &mut *states {
                    program.process(state, &inputs, &mut outputs, moves)?;
                    if let (true, Some(voices)) = (summed, outputs.first()) {
                        sum(&mut mix, voices, lanes);
                    }
                }
                black_box((&mut outputs, &mut mix));
            }
            Ok((start.elapsed(), count * block))
        })
    }

    fn lanes(&self) -> usize {
        self.lanes
    }

    fn state_bytes(&self) -> usize {
        self.resting.state_bytes() * self.resting_states.len()
    }

    fn code_bytes(&self) -> usize {
        self.resting.code_bytes()
    }
}

/// Adds the voices of a group to the mix.
fn sum<T: Sample + AddAssign>(mix: &mut [T], voices: &[T], lanes: usize) {
    for (m, frame) in mix.iter_mut().zip(voices.chunks_exact(lanes)) {
        for &x in frame {
            *m += x;
        }
    }
}
