//! Where a node is computed: nowhere (constants), when a control changes, at the start of a chunk, or in every frame.
//!
//! The same inference as [`synthc_ir::analysis::Rates`], except that the moving variant counts
//! smoothed controls as changing in every frame.

use synthc_ir::graph::{RegisterId, TableKind};
use synthc_ir::{Graph, NodeId, Op};

/// Where a node is computed. Ordered from rarest to most frequent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// An immediate of the instructions that use it.
    Immediate,
    /// In the update function.
    Update,
    /// Before the loops of a chunk: registers that only an [`Entry`](super::Entry) sets, and what is made of them and of
    /// controls.
    Chunk,
    /// In the sample loop.
    Frame,
}

/// The place of every node of one graph.
#[derive(Debug)]
pub(crate) struct Placement(Vec<Place>);

impl Placement {
    /// Infers the places of a graph; `set` are the registers that entries set, ascending.
    pub(crate) fn infer(graph: &Graph, moving: bool, set: &[RegisterId]) -> Self {
        let mut places = Self(Vec::with_capacity(graph.len()));
        for (_, node) in graph.nodes() {
            let place = places.of_op(graph, node.op, moving, set);
            places.0.push(place);
        }
        places
    }

    pub(crate) fn of(&self, node: NodeId) -> Place {
        self.0[node.index()]
    }

    fn of_op(&self, graph: &Graph, op: Op, moving: bool, set: &[RegisterId]) -> Place {
        let own = match op {
            Op::Const(_) | Op::SampleRate => return Place::Immediate,
            Op::Control(control) => {
                let smoothed = || graph.controls()[control.index()].smoothing_seconds();
                if moving && smoothed().is_some() {
                    Place::Frame
                } else {
                    Place::Update
                }
            }
            Op::RegisterRead(register) if holds_still(graph, register) => {
                return match set.binary_search(&register) {
                    Ok(_) => Place::Chunk,
                    Err(_) => Place::Update,
                };
            }
            Op::Input(_) | Op::RegisterRead(_) | Op::DelayRead(..) | Op::ExternOutput(..) => {
                Place::Frame
            }
            Op::TableRead(table, _) => match graph.tables()[table.index()].kind {
                TableKind::ReadOnly(_) => Place::Update,
                TableKind::Written { .. } => Place::Frame,
            },
            Op::Unary(..)
            | Op::Binary(..)
            | Op::Compare(..)
            | Op::Select(..)
            | Op::Cast(..)
            | Op::Fma(..) => Place::Update,
        };
        let operands = op.operands().into_iter().map(|operand| self.of(operand));
        operands.fold(own, Place::max)
    }
}

/// Whether a register is written with what it holds already: it keeps its first value for ever.
pub(crate) fn holds_still(graph: &Graph, register: RegisterId) -> bool {
    let next = graph.registers()[register.index()].next;
    next.is_none_or(|next| graph.op(next) == Op::RegisterRead(register))
}
