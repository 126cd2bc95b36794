//! The safe face of compiled code.
//!
//! Everything compiled code relies on is checked here, once per block, before [`crate::call`] makes
//! pointers of it: whose state it is, how many slices there are, how long they are.

use std::sync::Arc;

use synthc_ir::analysis::Stillness;
use synthc_ir::graph::{ControlId, LineId, RegisterId, RegisterInit, TableKind};
use synthc_ir::pass::Origin;
use synthc_ir::{Control, ExternUnit, Graph, Op};

use crate::call::{self, Buffers};
use crate::code_block::CodeBlock;
use crate::error::ProcessError;
use crate::layout::{Layout, StateLayout};
use crate::options::CompileTimes;
use crate::sample::Sample;
use crate::schedule::{EntryInfo, LoopInfo, Pace, delay};
use crate::state::State;

/// The cells a table begins with.
#[derive(Clone, Debug)]
pub(crate) enum TableData<T> {
    /// Read-only cells, shared by all states and programs of one content.
    Fixed(Arc<[T]>),
    /// Cells that every state has for itself.
    Written { cells: usize, init: T },
}

/// What all programs of one content share: everything that is made by compiling.
#[derive(Debug)]
pub(crate) struct Finished<T> {
    pub(crate) code: Arc<CodeBlock>,
    pub(crate) state_layout: Arc<StateLayout>,
    pub(crate) layout: Arc<Layout>,
    /// Which state of the graph the state of the lowered graph is.
    pub(crate) origin: Origin,
    /// Controls that the moving variant reads frame by frame, in the order of its sources.
    pub(crate) moving: Arc<[ControlId]>,
    /// Shortest delay that is read from every line in frames, as far as is known.
    pub(crate) shortest: Arc<[u32]>,
    pub(crate) tables: Vec<TableData<T>>,
    /// What proofs that a state stands still are made from; `None` where there are none.
    pub(crate) stillness: Option<Arc<Stillness>>,
    /// How the resting and the moving variant want their frames.
    pub(crate) paces: [Pace; 2],
}

impl<T: Sample> Finished<T> {
    /// The shortest delays that are read from the lines of a lowered graph.
    pub(crate) fn shortest(graph: &Graph) -> Arc<[u32]> {
        let mut shortest = vec![u32::MAX; graph.lines().len()];
        for (_, node) in graph.nodes() {
            if let Op::DelayRead(line, offset) = node.op {
                let least = &mut shortest[line.index()];
                *least = delay(graph, line, offset).min().min(*least);
            }
        }
        shortest.into()
    }

    /// The cells that the tables of a lowered graph begin with.
    pub(crate) fn tables(graph: &Graph) -> Vec<TableData<T>> {
        let tables = graph.tables().iter().map(|table| match &table.kind {
            TableKind::ReadOnly(cells) => {
                TableData::Fixed(cells.iter().map(|&x| T::from_f64(x)).collect())
            }
            TableKind::Written { len, init, .. } => TableData::Written {
                cells: *len as usize,
                init: T::from_f64(*init),
            },
        });
        tables.collect()
    }

    /// Bytes it keeps alive.
    pub(crate) fn bytes(&self) -> usize {
        let cells = self.tables.iter().map(|table| match table {
            TableData::Fixed(cells) => size_of_val(&**cells),
            TableData::Written { .. } => 0,
        });
        let stillness = self.stillness.as_ref().map_or(0, |s| s.bytes());
        stillness + self.code.pages() + self.state_layout.own_bytes() + cells.sum::<usize>()
    }
}

/// What a program and its states share: finished code, and what people and states take from the
/// graph itself.
#[derive(Debug)]
pub(crate) struct Inner<T> {
    pub(crate) code: Arc<CodeBlock>,
    pub(crate) state_layout: Arc<StateLayout>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) sample_rate: f64,
    pub(crate) controls: Vec<Arc<Control>>,
    /// Controls that the moving variant reads frame by frame, in the order of its sources.
    pub(crate) moving: Arc<[ControlId]>,
    /// Position in `moving`, by control.
    pub(crate) moving_entry: Vec<Option<usize>>,
    pub(crate) registers: Vec<RegisterInit>,
    /// Number of delay lines.
    pub(crate) lines: usize,
    /// Longest delay of every line in frames.
    pub(crate) longest: Vec<u32>,
    /// Shortest delay that is read from every line in frames, as far as is known.
    pub(crate) shortest: Arc<[u32]>,
    pub(crate) tables: Vec<TableData<T>>,
    pub(crate) externs: Vec<Arc<dyn ExternUnit>>,
    pub(crate) times: CompileTimes,
    /// Whether its code was found, not made.
    pub(crate) cached: bool,
    /// Whether its code was made for other literals.
    pub(crate) filled: bool,
    pub(crate) text: Option<ProgramText>,
    pub(crate) loops: Vec<LoopInfo>,
    pub(crate) entries: Vec<EntryInfo>,
    /// What proofs that a state stands still are made from; `None` where there are none.
    pub(crate) stillness: Option<Arc<Stillness>>,
    /// How the resting and the moving variant want their frames.
    pub(crate) paces: [Pace; 2],
}

impl<T> Inner<T> {
    /// Voices of a state.
    pub(crate) fn lanes(&self) -> usize {
        self.state_layout.lanes()
    }

    /// Counters of a voice that go on while a state stands still.
    pub(crate) fn counters(&self) -> usize {
        let stillness = self.stillness.as_ref();
        stillness.map_or(0, |stillness| stillness.counters().len())
    }
}

impl<T: Sample> Inner<T> {
    /// A program of a graph and the finished code of its content.
    pub(crate) fn new(graph: &Graph, finished: &Finished<T>) -> Self {
        let controls = graph.controls();
        let mut moving_entry = vec![None; controls.len()];
        for (entry, control) in finished.moving.iter().enumerate() {
            moving_entry[control.index()] = Some(entry);
        }
        let origin = &finished.origin;
        let register = |id: &RegisterId| graph.registers()[id.index()].init;
        let longest = |id: &LineId| graph.lines()[id.index()].max;
        let units = graph.externs().iter();
        Self {
            code: Arc::clone(&finished.code),
            state_layout: Arc::clone(&finished.state_layout),
            layout: Arc::clone(&finished.layout),
            inputs: graph.input_count() as usize,
            outputs: graph.outputs().len(),
            sample_rate: graph.sample_rate(),
            moving_entry,
            controls: controls.to_vec(),
            registers: origin.registers.iter().map(register).collect(),
            lines: origin.lines.len(),
            longest: origin.lines.iter().map(longest).collect(),
            shortest: Arc::clone(&finished.shortest),
            tables: finished.tables.clone(),
            externs: units.map(|instance| Arc::clone(&instance.unit)).collect(),
            times: CompileTimes::default(),
            cached: false,
            filled: false,
            text: None,
            loops: Vec::new(),
            entries: Vec::new(),
            stillness: finished.stillness.clone(),
            paces: finished.paces,
            moving: Arc::clone(&finished.moving),
        }
    }
}

/// Compiled code for one graph.
///
/// Clones share the code; it is freed with the last clone and the last state made from it.
#[derive(Debug)]
pub struct Program<T> {
    pub(crate) inner: Arc<Inner<T>>,
}

impl<T> Clone for Program<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

/// What a program looks like inside, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramText {
    /// Cranelift IR of all functions.
    pub clif: String,
    /// Their machine code, as Cranelift prints it.
    pub assembly: String,
}

impl<T: Sample> Program<T> {
    pub(crate) fn new(inner: Inner<T>) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Whether both are one program, so that a state of one is a state of the other. Programs of one content may share
    /// their code and still be two.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Number of input slices [`Program::process`] takes.
    #[must_use]
    pub fn input_count(&self) -> usize {
        self.inner.inputs
    }

    /// Number of output slices [`Program::process`] takes.
    #[must_use]
    pub fn output_count(&self) -> usize {
        self.inner.outputs
    }

    /// Voices per state, see [`CompileOptions::lanes`](crate::CompileOptions::lanes).
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.inner.state_layout.lanes()
    }

    /// Frames that the delay lines of one voice reach back at most, all together.
    #[must_use]
    pub fn delay_frames(&self) -> usize {
        self.inner
            .longest
            .iter()
            .map(|&frames| frames as usize)
            .sum()
    }

    /// The controls, with the order and indices of the source graph.
    #[must_use]
    pub fn controls(&self) -> &[Arc<Control>] {
        &self.inner.controls
    }

    /// Where the state of an instance lies.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.inner.layout
    }

    /// Whether controls that are smoothed can move without being stepped frame by frame.
    #[must_use]
    pub fn has_moving_variant(&self) -> bool {
        self.inner.code.moving.is_some()
    }

    /// Bytes of machine code, all variants together.
    #[must_use]
    pub fn code_bytes(&self) -> usize {
        self.inner.code.bytes()
    }

    /// Bytes of one instance: state memory, delay buffers and written tables; what externs hold
    /// is not counted.
    #[must_use]
    pub fn state_bytes(&self) -> usize {
        let cells = |table: &TableData<T>| match table {
            TableData::Fixed(_) => 0,
            TableData::Written { cells, .. } => cells * self.lanes() * size_of::<T>(),
        };
        let lines = self.inner.layout.lines().iter().flatten();
        let lines = lines.map(|line| line.capacity as usize * line.stride as usize);
        let tables = self.inner.tables.iter().map(cells);
        self.inner.state_layout.bytes() + lines.sum::<usize>() + tables.sum::<usize>()
    }

    /// Where the time of compiling it went.
    #[must_use]
    pub fn compile_times(&self) -> CompileTimes {
        self.inner.times
    }

    /// Whether its code was found in a [`CodeCache`](crate::CodeCache).
    #[must_use]
    pub fn is_cached(&self) -> bool {
        self.inner.cached
    }

    /// Whether its code was made for a graph that differs in numbers only, and given its own: with a
    /// [`CodeCache`](crate::CodeCache), on x86-64. Nothing was generated then.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        self.inner.filled
    }

    /// Cranelift IR and machine code as text, when compiled with `keep_text`.
    #[must_use]
    pub fn text(&self) -> Option<&ProgramText> {
        self.inner.text.as_ref()
    }

    /// What is decided before the loops of a block, when compiled with `keep_text`; empty otherwise.
    #[must_use]
    pub fn entries(&self) -> &[EntryInfo] {
        &self.inner.entries
    }

    /// The loops of the code for controls at rest, in order, when compiled with `keep_text`; empty
    /// otherwise. Nodes are those of the graph after the passes.
    #[must_use]
    pub fn loops(&self) -> &[LoopInfo] {
        &self.inner.loops
    }

    /// Nodes that [`State::observe_silence`] walks over: what its memory must be made for. 0 where a state is never known
    /// to stand still.
    #[must_use]
    pub fn stillness_nodes(&self) -> usize {
        self.inner.stillness.as_ref().map_or(0, |s| s.nodes())
    }

    /// A fresh instance; `seed` distinguishes the noise of instances, and is that of every voice when
    /// there are several. Allocates.
    #[must_use]
    pub fn instantiate(&self, seed: u64) -> State<T> {
        State::new(&self.inner, |_| seed)
    }

    /// A fresh instance with a seed for the voice of each lane; lanes without one take 0. Allocates.
    #[must_use]
    pub fn instantiate_lanes(&self, seeds: &[u64]) -> State<T> {
        State::new(&self.inner, |lane| seeds.get(lane).copied().unwrap_or(0))
    }

    /// Computes a block of any number of frames, 0 included.
    ///
    /// All slices have one length. `moving` is empty, or has an entry for every control: its
    /// values per frame in this block, or `None` (or an empty slice) for a control that rests at the
    /// state's value. Moving values are not clamped, and the state's values stay as they are; they belong within the ranges of
    /// their controls, because optimised code may compute something else beyond them. With
    /// voices in lanes every slice is interleaved, `[frame][lane]`.
    ///
    /// Block length never changes a bit of the result. Allocates nothing and never panics. Run it
    /// inside [`host::flush_denormals`](crate::host::flush_denormals) where decaying tails matter.
    ///
    /// # Errors
    /// When state, counts or lengths do not fit; nothing is computed then.
    pub fn process(
        &self,
        state: &mut State<T>,
        inputs: &[&[T]],
        outputs: &mut [&mut [T]],
        moving: &[Option<&[T]>],
    ) -> Result<(), ProcessError> {
        let frames = self.check(state, inputs, outputs, moving)?;
        if frames == 0 {
            return Ok(());
        }
        let Some(turn) = state.kinship.enter() else {
            return Err(ProcessError::Busy);
        };
        state.rest.disturb();
        let buffers = Buffers {
            inputs,
            outputs,
            frames,
            lanes: self.lanes(),
        };
        let moves = |values: &Option<&[T]>| values.is_some_and(|values| !values.is_empty());
        if moving.iter().any(moves) {
            let mut entries = moving.iter().zip(&self.inner.moving_entry);
            let covered = entries.all(|(values, entry)| entry.is_some() || !moves(values));
            match self.inner.code.moving.filter(|_| covered) {
                Some(entry) => call::moving(state, entry, buffers, moving),
                None => call::stepwise(state, buffers, moving),
            }
        } else {
            call::resting(state, buffers);
        }
        state.kinship.leave(turn);
        Ok(())
    }

    /// Checks everything compiled code relies on; gives the number of frames.
    fn check(
        &self,
        state: &State<T>,
        inputs: &[&[T]],
        outputs: &[&mut [T]],
        moving: &[Option<&[T]>],
    ) -> Result<usize, ProcessError> {
        if !Arc::ptr_eq(&self.inner, &state.program) {
            return Err(ProcessError::ForeignState);
        }
        let (given, expected) = (inputs.len(), self.inner.inputs);
        if given != expected {
            return Err(ProcessError::InputCount { given, expected });
        }
        let (given, expected) = (outputs.len(), self.inner.outputs);
        if given != expected {
            return Err(ProcessError::OutputCount { given, expected });
        }
        let (given, expected) = (moving.len(), self.inner.controls.len());
        if given != expected && given != 0 {
            return Err(ProcessError::MovingCount { given, expected });
        }
        // The verifier demands at least one output.
        let expected = outputs.first().map_or(0, |output| output.len());
        let moving = moving.iter().flatten().map(|values| values.len());
        let lengths = inputs.iter().map(|input| input.len());
        let lengths = lengths.chain(outputs.iter().map(|output| output.len()));
        let mut lengths = lengths.chain(moving.filter(|&len| len != 0));
        match lengths.find(|&given| given != expected) {
            Some(given) => Err(ProcessError::Length { given, expected }),
            None if expected.is_multiple_of(self.lanes()) => Ok(expected / self.lanes()),
            None => Err(ProcessError::Lanes {
                given: expected,
                lanes: self.lanes(),
            }),
        }
    }
}
