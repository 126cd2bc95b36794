//! Voices in lanes: the update function and the sample loop of a program whose every value is
//! [`Lanes`] of one voice each.
//!
//! The schedule is that of one voice; state, samples and controls are interleaved, `[frame][lane]`.
//! Each lane computes the bits of the voice alone, because [`Lanes`] do. A frame is computed for one group of
//! voices after the other, so that few values are live at a time; that groups do not wait for each
//! other hides the latency of recurrences.

mod entry;
mod memory;
mod process;

pub(crate) use process::lower_voices_process;

use cranelift_codegen::ir::{Function, InstBuilder};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use smallvec::SmallVec;
use synthc_ir::{NodeId, Op, Precision, Type};

use super::emitter::{Emitter, Source, trusted};
use super::lanes::Lanes;
use crate::schedule::{Place, Step};

/// Voices that are computed together: as few as fill a vector. Sixty-four voices of a saw through a
/// Butterworth filter with an envelope, in lanes of sixteen, take 5.1 µs for 64 frames so, 6.7 µs all sixteen
/// together.
const GROUP: usize = 4;
/// Voices that the moving variant computes together in `f32`: its long chains of divisions and
/// polynomials wait for themselves, and the machine does not look far enough ahead for the next group. A thousand voices of
/// three saws with moving cutoffs take 4.0 µs a frame so, 5.1 eight at a time, 5.4 four; sixty-four of one saw 0.22, 0.22 and 0.30.
const MOVING_GROUP: usize = 16;

/// Lowers the steps of one function of a program with voices in lanes.
struct Voices<'a, 'f> {
    emitter: Emitter<'a, 'f>,
    /// Voices that are computed together.
    group: usize,
    /// The first of those that are computed now.
    first: usize,
    /// Values of this segment, by node.
    values: Vec<Option<Lanes>>,
    /// Which entries of `values` are set.
    defined: Vec<NodeId>,
    /// Values that the whole function may use, by node.
    lasting: Vec<Option<Lanes>>,
}

impl<'a, 'f> Voices<'a, 'f> {
    fn new(emitter: Emitter<'a, 'f>) -> Self {
        let Source {
            graph,
            schedule,
            layout,
            ..
        } = emitter.source;
        let nodes = graph.len();
        let moving = !schedule.moving.is_empty() && graph.precision() == Precision::F32;
        let group = if moving { MOVING_GROUP } else { GROUP };
        Self {
            group: group.min(layout.lanes()),
            first: 0,
            emitter,
            values: vec![None; nodes],
            defined: Vec::new(),
            lasting: vec![None; nodes],
        }
    }

    fn source(&self) -> Source<'a> {
        self.emitter.source
    }

    /// The first voice of each group.
    fn groups(&self) -> impl Iterator<Item = usize> + use<'a, 'f> {
        (0..self.source().layout.lanes()).step_by(self.group)
    }

    /// Bytes from the first lane of all to the first of this group.
    fn group_offset(&self, ty: Type) -> u32 {
        // At most 16 lanes.
        self.first as u32 * self.emitter.lane_bytes(ty)
    }

    /// The value of a node: from this segment, else from its home. Constants are loaded at every use
    /// from beside the code.
    fn get(&mut self, id: NodeId) -> Lanes {
        if let Some(value) = self.values[id.index()].or(self.lasting[id.index()]) {
            return value;
        }
        let value = match self.emitter.known(id) {
            Some(constant) => return self.emitter.lanes_constant(self.group, constant),
            None => self.load_home(id),
        };
        self.define(id, value);
        value
    }

    /// Loads what does not change during a chunk: a kept value, or a register that only an entry sets.
    fn load_home(&mut self, id: NodeId) -> Lanes {
        let source = self.source();
        if self.emitter.place(id) == Place::Chunk
            && let Op::RegisterRead(register) = source.graph.op(id)
        {
            return self.read_register(register);
        }
        // The schedule keeps every value that is used outside its segment.
        let home = source.layout.home(source.variant, id).unwrap_or_default();
        self.load(source.graph.ty(id), home)
    }

    /// Loads this group's lanes of a value in state memory, where vectors are aligned.
    fn load(&mut self, ty: Type, offset: u32) -> Lanes {
        let (state, offset) = (self.emitter.state, offset + self.group_offset(ty));
        self.emitter
            .load_lanes(ty, self.group, trusted(), state, offset)
    }

    /// Stores this group's lanes to state memory.
    fn store(&mut self, value: &Lanes, offset: u32) {
        let (state, offset) = (self.emitter.state, offset + self.group_offset(value.ty()));
        self.emitter.store_lanes(value, trusted(), state, offset);
    }

    /// Says that a node is a value, for this segment, and stores it to its home when it has one.
    fn define_and_keep(&mut self, id: NodeId, value: Lanes) {
        self.define(id, value);
        let source = self.source();
        if let Some(home) = source.layout.home(source.variant, id) {
            self.store(&value, home);
        }
    }

    fn define(&mut self, id: NodeId, value: Lanes) {
        self.values[id.index()] = Some(value);
        self.defined.push(id);
    }

    /// Whether a node has a value here.
    fn is_defined(&self, id: NodeId) -> bool {
        self.values[id.index()]
            .or(self.lasting[id.index()])
            .is_some()
    }

    /// Forgets the values of a segment.
    fn end_segment(&mut self) {
        for id in self.defined.drain(..) {
            self.values[id.index()] = None;
        }
    }

    /// A pure operation; `None` for everything else.
    fn pure(&mut self, op: Op) -> Option<Lanes> {
        let operands: SmallVec<[(NodeId, Lanes); 3]> = op
            .operands()
            .into_iter()
            .map(|id| (id, self.get(id)))
            .collect();
        let get = |id| {
            let known = operands.iter().find(|(operand, _)| *operand == id);
            // Every operand is among the operands.
            known.map_or(operands[0].1, |&(_, value)| value)
        };
        self.emitter.lanes_pure(op, |_, id| get(id))
    }

    fn update_node(&mut self, id: NodeId) {
        let value = match self.source().graph.op(id) {
            Op::Control(control) => {
                let offset = self.source().layout.control(control);
                self.load(Type::Float, offset)
            }
            Op::RegisterRead(register) => self.read_register(register),
            Op::TableRead(table, index) => self.read_table(table, index),
            op => match self.pure(op) {
                Some(value) => value,
                None => return,
            },
        };
        self.define_and_keep(id, value);
    }
}

/// Builds the update function of a variant with voices in lanes.
pub(crate) fn lower_voices_update(
    source: Source,
    function: &mut Function,
    context: &mut FunctionBuilderContext,
) {
    let mut builder = FunctionBuilder::new(function, context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    let state = builder.block_params(entry)[0];
    let mut voices = Voices::new(Emitter::new(source, builder, state));
    for first in voices.groups() {
        voices.first = first;
        for segment in &source.schedule.update {
            for step in segment {
                if let Step::Node(id) = *step {
                    voices.update_node(id);
                }
            }
            voices.end_segment();
        }
    }
    voices.emitter.builder.ins().return_(&[]);
    let config = source.features.frontend;
    voices.emitter.builder.finalize(config);
}
