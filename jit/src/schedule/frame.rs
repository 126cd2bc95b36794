//! The order of one frame: computations, and writes as early as they may happen.
//!
//! A value that is written to state lives in a machine register only until its write, so writes
//! follow directly what they wait for instead of gathering at the end of the frame.

use synthc_ir::graph::{ExternId, LineId, RegisterId, TableId, TableKind};
use synthc_ir::{Graph, NodeId, Op};

use super::placement::{Place, Placement, holds_still};

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
            Self::Node(id) => {
                let op = graph.op(id);
                op.operands().into_iter().for_each(&mut f);
                // A delay of no frames is the line's input itself.
                if let Op::DelayRead(line, _) = op {
                    let line = &graph.lines()[line.index()];
                    if line.min == 0 {
                        line.input.into_iter().for_each(f);
                    }
                }
            }
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

/// The steps of one frame in order.
#[derive(Debug)]
pub(crate) struct FrameSteps {
    steps: Vec<Step>,
    /// Registers that are carried across the loop are used at its end.
    carried_next: Vec<NodeId>,
}

impl FrameSteps {
    /// Orders a frame; `order` is the graph's schedule, which puts what a read waits for first.
    pub(crate) fn order(
        graph: &Graph,
        order: &[NodeId],
        placement: &Placement,
        carried: &[RegisterId],
    ) -> Self {
        let mut rank = vec![0_usize; graph.len()];
        let mut register_read = vec![0_usize; graph.registers().len()];
        let mut called = vec![false; graph.externs().len()];
        // (rank, step): writes of rank 0 wait for nothing in the frame.
        let mut steps: Vec<(usize, Step)> = Vec::with_capacity(order.len() * 2);
        for (&id, place) in order.iter().zip(1..) {
            if placement.of(id) != Place::Frame {
                continue;
            }
            rank[id.index()] = place;
            match graph.op(id) {
                Op::RegisterRead(register) => register_read[register.index()] = place,
                Op::ExternOutput(instance, _) if !called[instance.index()] => {
                    called[instance.index()] = true;
                    steps.push((place, Step::Call(instance)));
                }
                _ => {}
            }
            steps.push((place, Step::Node(id)));
        }
        let mut write = |ready: usize, step: Step| steps.push((ready, step));
        for i in 0..graph.lines().len() {
            let step = Step::WriteLine(LineId::new(i));
            write(ready(graph, &rank, step), step);
        }
        for i in 0..graph.tables().len() {
            let step = Step::WriteTable(TableId::new(i));
            if table_write(graph, TableId::new(i)).is_some() {
                write(ready(graph, &rank, step), step);
            }
        }
        for (i, done) in called.iter().enumerate() {
            let step = Step::Call(ExternId::new(i));
            if !done {
                write(ready(graph, &rank, step), step);
            }
        }
        for (i, &read) in register_read.iter().enumerate() {
            let id = RegisterId::new(i);
            let step = Step::WriteRegister(id);
            if !holds_still(graph, id) && !carried.contains(&id) {
                write(ready(graph, &rank, step).max(read), step);
            }
        }
        for channel in 0..graph.outputs().len() {
            let step = Step::Output(channel);
            write(ready(graph, &rank, step), step);
        }
        // Stable: a node stays before the writes that wait for it.
        steps.sort_by_key(|&(rank, _)| rank);
        let next = |id: &RegisterId| graph.registers()[id.index()].next;
        Self {
            steps: steps.into_iter().map(|(_, step)| step).collect(),
            carried_next: carried.iter().filter_map(next).collect(),
        }
    }

    pub(crate) fn into_inner(self) -> Vec<Step> {
        self.steps
    }

    /// The nodes that the frame uses and `which` holds of, ascending.
    pub(crate) fn uses(&self, graph: &Graph, which: impl Fn(NodeId) -> bool) -> Vec<NodeId> {
        let mut used = vec![false; graph.len()];
        for step in &self.steps {
            step.for_each_use(graph, |id| used[id.index()] = true);
        }
        for id in &self.carried_next {
            used[id.index()] = true;
        }
        let ids = (0..graph.len()).map(NodeId::new);
        ids.filter(|&id| used[id.index()] && which(id)).collect()
    }
}

/// The rank after which a step may happen: the highest of what it needs.
fn ready(graph: &Graph, rank: &[usize], step: Step) -> usize {
    let mut ready = 0;
    step.for_each_use(graph, |id| ready = ready.max(rank[id.index()]));
    ready
}
