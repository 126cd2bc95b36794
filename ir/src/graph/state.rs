//! What lasts from one frame to the next: registers, delay lines, tables, externs.
//!
//! State keeps its identity through every pass: a pass may drop state nobody reads, but never
//! changes what a piece of state means, because state carry reads it by this meaning.

use std::sync::Arc;

use super::entity::NodeId;
use crate::external::ExternUnit;
use crate::site::Site;
use crate::types::{Const, Type};

/// What a register holds in the first frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegisterInit {
    /// A constant of the register's type.
    Const(Const),
    /// 32 bits of the noise key of this ordinal (see [`crate::noise_key`]), for `i32` registers:
    /// word 0 is the low half, word 1 the high half. Fixed when the state is created.
    NoiseKey {
        /// Which noise source of the graph.
        ordinal: u32,
        /// Which half of the key.
        word: u8,
    },
}

/// One value kept for one frame.
#[derive(Clone, Debug)]
pub struct Register {
    /// Type of the value.
    pub ty: Type,
    /// The value in the first frame.
    pub init: RegisterInit,
    /// The value in the next frame. `None` only while the graph is being built.
    pub next: Option<NodeId>,
    /// A name given by a person: identity for state carry comes from it first.
    pub name: Option<Arc<str>>,
    /// Where it was written.
    pub site: Option<Arc<Site>>,
}

/// The past of one float signal.
///
/// A read `d` frames back, `min ≤ d ≤ max`, gives the input of `d` frames ago (0 before the
/// start). With `min ≥ 1` a read does not depend on this frame's input, so the line may be part
/// of a feedback loop.
#[derive(Clone, Debug)]
pub struct DelayLine {
    /// What is written every frame. `None` only while the graph is being built.
    pub input: Option<NodeId>,
    /// Shortest delay in frames.
    pub min: u32,
    /// Longest delay in frames, ≥ 1 and ≥ `min`.
    pub max: u32,
    /// A name given by a person.
    pub name: Option<Arc<str>>,
    /// Where it was written.
    pub site: Option<Arc<Site>>,
}

/// An array of floats.
#[derive(Clone, Debug)]
pub struct Table {
    /// Fixed data, or cells that are written.
    pub kind: TableKind,
    /// A name given by a person.
    pub name: Option<Arc<str>>,
    /// Where it was written.
    pub site: Option<Arc<Site>>,
}

/// The two kinds of table.
#[derive(Clone, Debug)]
pub enum TableKind {
    /// Data that never changes; shared between all instances. Not empty.
    ReadOnly(Arc<[f64]>),
    /// Cells of each instance's own.
    Written {
        /// Number of cells, ≥ 1.
        len: u32,
        /// What every cell holds at first.
        init: f64,
        /// Index (`i32`, clamped to the table) and value written in every frame, before the
        /// frame's reads. `None` only while the graph is being built.
        write: Option<(NodeId, NodeId)>,
    },
}

impl Table {
    /// Number of cells, ≥ 1.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.kind {
            TableKind::ReadOnly(data) => data.len(),
            TableKind::Written { len, .. } => *len as usize,
        }
    }

    /// Whether the table has no cells; the verifier refuses such tables.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One use of a Rust function or stateful object inside a graph.
#[derive(Clone, Debug)]
pub struct ExternInstance {
    /// The unit that is instantiated for every state.
    pub unit: Arc<dyn ExternUnit>,
    /// Float inputs, as many as the unit declares.
    pub inputs: Vec<NodeId>,
    /// Where it was written.
    pub site: Option<Arc<Site>>,
}
