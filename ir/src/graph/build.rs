//! From signals to a graph: widths are chosen, phases become integers, math functions expand,
//! controls merge by name, delay lengths are found, binds are joined to what they bind.
//!
//! Works through an explicit stack: expressions may be arbitrarily deep. Every signal is lowered
//! once, so a graph is linear in the number of distinct signals.

use std::collections::HashMap;
use std::sync::Arc;

use super::{
    BuildOpHasher, DelayLine, ExternId, ExternInstance, Graph, LineId, NodeId, Op, Register,
    RegisterId, RegisterInit, Table, TableId, TableKind, ZeroDelayCycle,
};
use crate::control::Control;
use crate::library::{math, phase};
use crate::signal::{
    DelayMax, IntervalAnalysis, Kind, LineCell, NoiseKeyCell, RegisterCell, RegisterStart, Signal,
    SignalNode, SignalType, TableCell, TableData,
};
use crate::site::Site;
use crate::types::{Const, Precision, Type};

/// What must be known to turn signals into a graph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuildOptions {
    /// Width of floats and phases.
    pub precision: Precision,
    /// Sample rate in Hz, 1 to 1 000 000.
    pub sample_rate: f64,
    /// Number of audio inputs, or `None` for as many as the signals use.
    pub inputs: Option<u32>,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self {
            precision: Precision::F32,
            sample_rate: 48_000.0,
            inputs: None,
        }
    }
}

/// Longest delay line in frames: 2²⁶, about 23 minutes at 48 kHz.
pub const MAX_LINE_FRAMES: f64 = 67_108_864.0;
/// Largest table in cells: 2²⁴ (krs specification A.5).
pub(crate) const MAX_TABLE_CELLS: usize = 1 << 24;

/// Why signals do not make a graph.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The sample rate is unusable.
    #[error("sample rate {given} Hz is outside 1 to 1000000 Hz; choose one a device could run at")]
    SampleRate {
        /// The rate given.
        given: f64,
    },
    /// A constant is NaN or infinite.
    #[error(
        "a constant is {value}; signals are made of finite numbers, so check the arithmetic that made it"
    )]
    NotFinite {
        /// The constant.
        value: f64,
        /// Where it was used.
        site: Option<Arc<Site>>,
    },
    /// Two controls have one name and different numbers.
    #[error(
        "control `{name}` is declared twice and differently: first {first}, then {second}; declare it once and use the result twice, or give the two different names"
    )]
    ControlConflict {
        /// The name.
        name: Arc<str>,
        /// The first declaration, as text.
        first: String,
        /// The second declaration, as text.
        second: String,
        /// Where the second stands.
        site: Option<Arc<Site>>,
        /// Where the first stands.
        first_site: Option<Arc<Site>>,
    },
    /// A control's numbers make no range.
    #[error("control `{name}` has {problem}; give finite numbers with lo ≤ init ≤ hi")]
    ControlRange {
        /// The name.
        name: Arc<str>,
        /// What is wrong, with the numbers.
        problem: String,
        /// Where it was declared.
        site: Option<Arc<Site>>,
    },
    /// An input beyond the given number is read.
    #[error("input {index} is read but there are {count} inputs; inputs count from 0")]
    Input {
        /// The input read.
        index: u32,
        /// Number of inputs.
        count: u32,
        /// Where.
        site: Option<Arc<Site>>,
    },
    /// State is read and never written.
    #[error("a {what} is read but never written; use the signal that its `bind` gives back")]
    Unbound {
        /// Register, line or table.
        what: &'static str,
        /// Where it is read.
        site: Option<Arc<Site>>,
    },
    /// State is written twice.
    #[error("a {what} is written twice; every register, line and table is bound once")]
    BoundTwice {
        /// Register, line or table.
        what: &'static str,
        /// Where the second bind stands.
        site: Option<Arc<Site>>,
    },
    /// A delay line of no length.
    #[error(
        "a delay has a maximum of {frames} frames; it must be more than 0 (a delay of less than one frame needs a maximum of 1)"
    )]
    DelayEmpty {
        /// The maximum in frames.
        frames: f64,
        /// Where.
        site: Option<Arc<Site>>,
    },
    /// A delay line that is too long.
    #[error(
        "a delay may become {frames} frames long, the limit is 67108864 (23 minutes at 48 kHz); give a smaller maximum, or `clip` the time"
    )]
    DelayTooLong {
        /// The maximum in frames.
        frames: f64,
        /// Where.
        site: Option<Arc<Site>>,
    },
    /// A table of no cells, or too many.
    #[error("a table has {cells} cells; it must have 1 to 16777216")]
    TableSize {
        /// Number of cells.
        cells: usize,
        /// Where.
        site: Option<Arc<Site>>,
    },
    /// A loop without delay.
    #[error(transparent)]
    Cycle(#[from] ZeroDelayCycle),
    /// There is no output.
    #[error("there is no output signal; give at least one")]
    NoOutput,
}

impl BuildError {
    /// Where the mistake stands, when known.
    #[must_use]
    pub fn site(&self) -> Option<&Arc<Site>> {
        match self {
            Self::SampleRate { .. } | Self::NoOutput => None,
            Self::NotFinite { site, .. }
            | Self::ControlConflict { site, .. }
            | Self::ControlRange { site, .. }
            | Self::Input { site, .. }
            | Self::Unbound { site, .. }
            | Self::BoundTwice { site, .. }
            | Self::DelayEmpty { site, .. }
            | Self::DelayTooLong { site, .. }
            | Self::TableSize { site, .. } => site.as_ref(),
            Self::Cycle(cycle) => cycle.site.as_ref(),
        }
    }
}

impl Graph {
    /// Lowers `outputs` to a graph.
    ///
    /// Time and memory are linear in the number of distinct signals.
    ///
    /// ```
    /// use synthc_ir::{BuildOptions, Graph, Signal};
    /// let graph = Graph::build(&[Signal::input(0) * 0.5], &BuildOptions::default())?;
    /// assert_eq!(graph.input_count(), 1);
    /// # Ok::<(), synthc_ir::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// See [`BuildError`]: every variant names the value, the bound and the fix.
    pub fn build(outputs: &[Signal], options: &BuildOptions) -> Result<Self, BuildError> {
        if outputs.is_empty() {
            return Err(BuildError::NoOutput);
        }
        let rate = options.sample_rate;
        if !(1.0..=1e6).contains(&rate) {
            return Err(BuildError::SampleRate { given: rate });
        }
        let mut graph = Graph::new(options.precision, rate, options.inputs.unwrap_or(0));
        graph.reserve(USUAL_NODES);
        let mut lowering = Lowering {
            graph,
            counted_inputs: options.inputs.is_none(),
            lowered: HashMap::with_capacity_and_hasher(USUAL_NODES, BuildOpHasher::default()),
            registers: HashMap::default(),
            lines: HashMap::default(),
            tables: HashMap::default(),
            externs: HashMap::default(),
            noise: HashMap::default(),
            control_sites: Vec::new(),
            intervals: IntervalAnalysis::new(rate),
        };
        let floats: Vec<Signal> = outputs.iter().map(Signal::to_float).collect();
        let mut nodes = Vec::with_capacity(floats.len());
        for output in &floats {
            nodes.push(lowering.lower(output)?);
        }
        let mut graph = lowering.graph;
        graph.set_outputs(nodes);
        graph.check_bound()?;
        // Operands come before what they are operands of: elsewhere nothing leads back.
        if graph.reads_present_state() {
            graph.schedule()?;
        }
        Ok(graph)
    }

    fn check_bound(&self) -> Result<(), BuildError> {
        let unbound = |what, site: &Option<Arc<Site>>| BuildError::Unbound {
            what,
            site: site.clone(),
        };
        if let Some(register) = self.registers().iter().find(|r| r.next.is_none()) {
            return Err(unbound("register", &register.site));
        }
        if let Some(line) = self.lines().iter().find(|l| l.input.is_none()) {
            return Err(unbound("delay line", &line.site));
        }
        for table in self.tables() {
            if matches!(table.kind, TableKind::Written { write: None, .. }) {
                return Err(unbound("table", &table.site));
            }
        }
        Ok(())
    }
}

/// Room that is made at first, for signals and nodes alike: an instrument has some two hundred.
const USUAL_NODES: usize = 256;

type ByAddress<T, V> = HashMap<*const T, V, BuildOpHasher>;

/// Signals and cells are keyed by address: `outputs` keeps them alive while this lives.
struct Lowering {
    graph: Graph,
    counted_inputs: bool,
    lowered: ByAddress<SignalNode, NodeId>,
    registers: ByAddress<RegisterCell, RegisterId>,
    lines: ByAddress<LineCell, (LineId, f64)>,
    tables: ByAddress<TableCell, TableId>,
    externs: ByAddress<SignalNode, ExternId>,
    noise: ByAddress<NoiseKeyCell, u32>,
    control_sites: Vec<Option<Arc<Site>>>,
    intervals: IntervalAnalysis,
}

/// The nearest place a person wrote.
type Place<'a> = Option<&'a Arc<Site>>;

impl Lowering {
    fn lower(&mut self, root: &Signal) -> Result<NodeId, BuildError> {
        let mut stack: Vec<(&Signal, Place<'_>, bool)> = vec![(root, None, false)];
        while let Some((signal, inherited, ready)) = stack.pop() {
            let key = Arc::as_ptr(&signal.0);
            if !ready && self.lowered.contains_key(&key) {
                continue;
            }
            let place = signal.0.site.as_ref().or(inherited);
            let waiting = stack.len();
            if !ready {
                let kind = &signal.0.kind;
                kind.each_child(|child| stack.push((child, place, false)));
            }
            if stack.len() == waiting {
                let id = self.node(signal, place)?;
                self.lowered.insert(key, id);
                continue;
            }
            // Itself after its children, the first of which comes first.
            stack.push((signal, place, true));
            stack[waiting..].reverse();
        }
        Ok(self.get(root))
    }

    /// The node of a signal whose children, and which itself, have been lowered.
    fn get(&self, signal: &Signal) -> NodeId {
        self.lowered[&Arc::as_ptr(&signal.0)]
    }

    fn node(&mut self, signal: &Signal, place: Place<'_>) -> Result<NodeId, BuildError> {
        let op = match &signal.0.kind {
            Kind::Float(x) => Self::constant(*x, place)?,
            Kind::AtRate(function, parameter) => {
                Self::constant(function(*parameter, self.graph.sample_rate()), place)?
            }
            Kind::I32(x) => Op::Const(Const::I32(*x)),
            Kind::I64(x) => Op::Const(Const::I64(*x)),
            Kind::Bool(x) => Op::Const(Const::Bool(*x)),
            Kind::SampleRate => Op::SampleRate,
            Kind::Input(index) => self.input(*index, place)?,
            Kind::Control(control) => self.control(control, place)?,
            Kind::Unary(op, a) => Op::Unary(*op, self.get(a)),
            Kind::Binary(op, a, b) => Op::Binary(*op, self.get(a), self.get(b)),
            Kind::Compare(op, a, b) => Op::Compare(*op, self.get(a), self.get(b)),
            Kind::Select(c, a, b) => Op::Select(self.get(c), self.get(a), self.get(b)),
            Kind::Cast(op, a) => Op::Cast(*op, self.get(a)),
            Kind::TurnsToPhase(a) => {
                let turns = self.get(a);
                return Ok(self.expand(place, |graph| phase::from_turns(graph, turns)));
            }
            Kind::PhaseToTurns(a) => {
                let phase = self.get(a);
                return Ok(self.expand(place, |graph| phase::to_turns(graph, phase)));
            }
            Kind::Math(function, operands) => {
                let operands: Vec<NodeId> = operands.iter().map(|a| self.get(a)).collect();
                let function = *function;
                return Ok(self.expand(place, |graph| math::expand(graph, function, &operands)));
            }
            Kind::Register(cell) => Op::RegisterRead(self.register(cell, place)?),
            Kind::BindRegister { cell, next, value } => {
                let (id, next) = (self.register(cell, place)?, self.get(next));
                if self.graph.register_mut(id).next.replace(next).is_some() {
                    return Err(bound_twice("register", place));
                }
                return Ok(self.get(value));
            }
            Kind::LineRead(cell, offset) => {
                let (line, _) = self.line(cell, place)?;
                Op::DelayRead(line, self.get(offset))
            }
            Kind::LineMax(cell) => Op::Const(Const::Float(self.line(cell, place)?.1)),
            Kind::BindLine { cell, input, value } => {
                let ((line, _), input) = (self.line(cell, place)?, self.get(input));
                if self.graph.line_mut(line).input.replace(input).is_some() {
                    return Err(bound_twice("delay line", place));
                }
                return Ok(self.get(value));
            }
            Kind::TableRead(cell, index) => {
                let table = self.table(cell, place)?;
                Op::TableRead(table, self.get(index))
            }
            Kind::BindTable {
                cell,
                index,
                written,
                value,
            } => {
                let table = self.table(cell, place)?;
                let bond = (self.get(index), self.get(written));
                match &mut self.graph.table_mut(table).kind {
                    TableKind::Written { write, .. } if write.is_none() => *write = Some(bond),
                    _ => return Err(bound_twice("table", place)),
                }
                return Ok(self.get(value));
            }
            Kind::ExternCall { unit, inputs } => {
                let instance = ExternInstance {
                    unit: Arc::clone(unit),
                    inputs: inputs.iter().map(|a| self.get(a)).collect(),
                    site: place.cloned(),
                };
                let id = self.graph.add_extern(instance);
                self.externs.insert(Arc::as_ptr(&signal.0), id);
                Op::ExternOutput(id, 0)
            }
            Kind::ExternOutput(call, port) => {
                Op::ExternOutput(self.externs[&Arc::as_ptr(&call.0)], *port)
            }
            Kind::Located(inner) => return Ok(self.get(inner)),
        };
        Ok(self.graph.insert_at(op, place))
    }

    /// Runs an expansion and gives the nodes it made the place of the signal that expanded.
    fn expand(&mut self, place: Place<'_>, f: impl FnOnce(&mut Graph) -> NodeId) -> NodeId {
        let first = self.graph.len();
        let id = f(&mut self.graph);
        for node in &mut self.graph.nodes[first..] {
            node.site = place.cloned();
        }
        id
    }

    fn constant(value: f64, place: Place<'_>) -> Result<Op, BuildError> {
        if value.is_finite() {
            return Ok(Op::Const(Const::Float(value)));
        }
        let site = place.cloned();
        Err(BuildError::NotFinite { value, site })
    }

    fn input(&mut self, index: u32, place: Place<'_>) -> Result<Op, BuildError> {
        if self.counted_inputs {
            self.graph.inputs = self.graph.inputs.max(index.saturating_add(1));
        } else if index >= self.graph.inputs {
            return Err(BuildError::Input {
                index,
                count: self.graph.inputs,
                site: place.cloned(),
            });
        }
        Ok(Op::Input(index))
    }

    fn control(&mut self, control: &Arc<Control>, place: Place<'_>) -> Result<Op, BuildError> {
        let known = self.graph.control_named(&control.name);
        if let Some(id) = known {
            let first = &self.graph.controls()[id.index()];
            if first != control {
                return Err(BuildError::ControlConflict {
                    name: Arc::clone(&control.name),
                    first: describe(first),
                    second: describe(control),
                    site: place.cloned(),
                    first_site: self.control_sites[id.index()].clone(),
                });
            }
            return Ok(Op::Control(id));
        }
        if let Err(problem) = control.check() {
            return Err(BuildError::ControlRange {
                name: Arc::clone(&control.name),
                problem: problem.to_string(),
                site: place.cloned(),
            });
        }
        self.control_sites.push(place.cloned());
        Ok(Op::Control(self.graph.add_control(Arc::clone(control))))
    }

    fn register(
        &mut self,
        cell: &Arc<RegisterCell>,
        place: Place<'_>,
    ) -> Result<RegisterId, BuildError> {
        if let Some(&id) = self.registers.get(&Arc::as_ptr(cell)) {
            return Ok(id);
        }
        if let RegisterStart::Float(value) | RegisterStart::Phase(value) = cell.start
            && !value.is_finite()
        {
            let site = place.cloned();
            return Err(BuildError::NotFinite { value, site });
        }
        let precision = self.graph.precision();
        let init = match &cell.start {
            RegisterStart::Float(x) => RegisterInit::Const(Const::Float(precision.round(*x))),
            RegisterStart::I32(x) => RegisterInit::Const(Const::I32(*x)),
            RegisterStart::I64(x) => RegisterInit::Const(Const::I64(*x)),
            RegisterStart::Bool(x) => RegisterInit::Const(Const::Bool(*x)),
            RegisterStart::Phase(turns) => RegisterInit::Const(phase::constant(precision, *turns)),
            RegisterStart::NoiseKey(source, word) => {
                let fresh = u32::try_from(self.noise.len()).unwrap_or(u32::MAX);
                let ordinal = *self.noise.entry(Arc::as_ptr(source)).or_insert(fresh);
                let word = *word;
                RegisterInit::NoiseKey { ordinal, word }
            }
        };
        let ty = match cell.ty {
            SignalType::Float => Type::Float,
            SignalType::I32 => Type::I32,
            SignalType::I64 => Type::I64,
            SignalType::Bool => Type::Bool,
            SignalType::Phase => precision.phase_type(),
        };
        let id = self.graph.add_register(Register {
            ty,
            init,
            next: None,
            name: cell.name.clone(),
            site: place.cloned(),
        });
        self.registers.insert(Arc::as_ptr(cell), id);
        Ok(id)
    }

    /// The line and its longest fractional delay.
    fn line(
        &mut self,
        cell: &Arc<LineCell>,
        place: Place<'_>,
    ) -> Result<(LineId, f64), BuildError> {
        if let Some(&known) = self.lines.get(&Arc::as_ptr(cell)) {
            return Ok(known);
        }
        let rate = self.graph.sample_rate();
        let frames = match &cell.max {
            DelayMax::Frames(frames) => *frames,
            DelayMax::Seconds(seconds) => seconds * rate,
            DelayMax::Of(signal) => {
                let hi = self.intervals.of(signal).hi;
                // A request that is never positive still reads the present frame.
                if hi == f64::INFINITY {
                    rate
                } else {
                    hi.max(1.0)
                }
            }
        };
        let site = place.cloned();
        if frames.is_nan() || frames <= 0.0 {
            return Err(BuildError::DelayEmpty { frames, site });
        }
        let frames = frames.max(f64::from(cell.min));
        if frames > MAX_LINE_FRAMES {
            return Err(BuildError::DelayTooLong { frames, site });
        }
        // One frame more than ⌊max⌋: the far neighbour of linear interpolation.
        let max = frames.floor() as u32 + 1;
        let line = self.graph.add_line(DelayLine {
            input: None,
            min: cell.min,
            max,
            name: cell.name.clone(),
            site,
        });
        let known = (line, frames);
        self.lines.insert(Arc::as_ptr(cell), known);
        Ok(known)
    }

    fn table(&mut self, cell: &Arc<TableCell>, place: Place<'_>) -> Result<TableId, BuildError> {
        if let Some(&id) = self.tables.get(&Arc::as_ptr(cell)) {
            return Ok(id);
        }
        let site = place.cloned();
        let kind = match &cell.data {
            TableData::ReadOnly(data) => {
                if let Some(&value) = data.iter().find(|x| !x.is_finite()) {
                    return Err(BuildError::NotFinite { value, site });
                }
                TableKind::ReadOnly(Arc::clone(data))
            }
            TableData::Written { len, init } => {
                if !init.is_finite() {
                    return Err(BuildError::NotFinite { value: *init, site });
                }
                TableKind::Written {
                    len: *len,
                    init: *init,
                    write: None,
                }
            }
        };
        let table = Table {
            kind,
            name: cell.name.clone(),
            site,
        };
        let cells = table.len();
        if cells == 0 || cells > MAX_TABLE_CELLS {
            let site = place.cloned();
            return Err(BuildError::TableSize { cells, site });
        }
        let id = self.graph.add_table(table);
        self.tables.insert(Arc::as_ptr(cell), id);
        Ok(id)
    }
}

fn bound_twice(what: &'static str, place: Place<'_>) -> BuildError {
    BuildError::BoundTwice {
        what,
        site: place.cloned(),
    }
}

fn describe(control: &Control) -> String {
    let Control {
        init, lo, hi, step, ..
    } = control;
    let smoothing = match control.smoothing_seconds() {
        Some(seconds) => format!("smoothed {:.1} ms", seconds * 1e3),
        None => "not smoothed".to_owned(),
    };
    format!("init {init} in [{lo}, {hi}], step {step}, {smoothing}")
}
