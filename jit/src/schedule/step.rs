//! One thing to do in a frame, and what it needs.

use synthc_ir::graph::{ExternId, LineId, RegisterId, TableId, TableKind};
use synthc_ir::{Const, Graph, NodeId, Op};

/// One thing to do in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Compute a node.
    Node(NodeId),
    /// Call an extern; its outputs follow.
    Call(ExternId),
    /// Write a delay line's input.
    WriteLine(LineId),
    /// Write a table's cell.
    WriteTable(TableId),
    /// Write a register that lives in memory; its read has happened.
    WriteRegister(RegisterId),
    /// Write an output channel.
    Output(usize),
}

impl Step {
    /// Calls `f` with every node whose value the step needs.
    pub(crate) fn for_each_use(&self, graph: &Graph, mut f: impl FnMut(NodeId)) {
        match *self {
            Self::Node(id) => match graph.op(id) {
                Op::DelayRead(line, offset) => match delay(graph, line, offset) {
                    // A delay of no frames is the line's input itself.
                    Delay::Frames(0) => graph.lines()[line.index()].input.into_iter().for_each(f),
                    Delay::Frames(_) => {}
                    Delay::AtLeast(_) => f(offset),
                },
                op => op.operands().into_iter().for_each(f),
            },
            Self::Call(id) => graph.externs()[id.index()]
                .inputs
                .iter()
                .copied()
                .for_each(f),
            Self::WriteLine(id) => graph.lines()[id.index()].input.into_iter().for_each(f),
            Self::WriteTable(id) => {
                if let Some((index, value)) = table_write(graph, id) {
                    f(index);
                    f(value);
                }
            }
            Self::WriteRegister(id) => graph.registers()[id.index()].next.into_iter().for_each(f),
            Self::Output(channel) => f(graph.outputs()[channel]),
        }
    }
}

/// What a table is written with in every frame: index and value.
pub(crate) fn table_write(graph: &Graph, id: TableId) -> Option<(NodeId, NodeId)> {
    match graph.tables()[id.index()].kind {
        TableKind::Written { write, .. } => write,
        TableKind::ReadOnly(_) => None,
    }
}

/// How far back a delay line is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delay {
    /// Always by this number of frames.
    Frames(u32),
    /// By a number that is computed, never less than this.
    AtLeast(u32),
}

impl Delay {
    /// The shortest delay in frames.
    pub(crate) const fn min(self) -> u32 {
        match self {
            Self::Frames(n) | Self::AtLeast(n) => n,
        }
    }
}

/// How far back a read of a line with this offset goes: the offset is clamped to the line's range.
pub(crate) fn delay(graph: &Graph, line: LineId, offset: NodeId) -> Delay {
    let info = &graph.lines()[line.index()];
    // The verifier keeps lines far shorter than 2³¹ frames.
    let (min, max) = (info.min.cast_signed(), info.max.cast_signed());
    if let Some(Const::I32(offset)) = graph.constant(offset) {
        return Delay::Frames(offset.clamp(min, max).cast_unsigned());
    }
    let least = super::IntRange::of(graph, offset).lo;
    Delay::AtLeast(least.clamp(min, max).cast_unsigned())
}
