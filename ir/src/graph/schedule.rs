//! Execution order within one frame, dependencies through state included.

use smallvec::SmallVec;

use super::{Graph, NodeId, Op, Table, TableKind};
use crate::site::Site;
use std::sync::Arc;

/// A value depends on itself within one frame.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "a signal depends on itself without delay (through {node}); put a `feedback`, a `mem` or a delay of at least one frame into the loop"
)]
pub struct ZeroDelayCycle {
    /// A node on the cycle.
    pub node: NodeId,
    /// Where it was written.
    pub site: Option<Arc<Site>>,
}

impl Graph {
    /// The nodes a node waits for within a frame: its operands, and what this frame writes to
    /// the state it reads.
    #[must_use]
    pub fn dependencies(&self, id: NodeId) -> SmallVec<[NodeId; 4]> {
        let op = self.op(id);
        let mut all: SmallVec<[NodeId; 4]> = SmallVec::from_slice(&op.operands());
        match op {
            Op::DelayRead(line, _) => {
                let line = &self.lines()[line.index()];
                if line.min == 0 {
                    all.extend(line.input);
                }
            }
            Op::TableRead(table, _) => {
                if let TableKind::Written {
                    write: Some((index, value)),
                    ..
                } = self.tables()[table.index()].kind
                {
                    all.extend([index, value]);
                }
            }
            Op::ExternOutput(instance, _) => {
                all.extend(self.externs()[instance.index()].inputs.iter().copied());
            }
            _ => {}
        }
        all
    }

    /// The nodes whose values are kept: outputs and everything written to state. Dead code is
    /// what none of them needs; order is that of the tables.
    #[must_use]
    pub fn roots(&self) -> Vec<NodeId> {
        let mut roots = self.outputs().to_vec();
        roots.extend(self.registers().iter().filter_map(|r| r.next));
        roots.extend(self.lines().iter().filter_map(|l| l.input));
        for table in self.tables() {
            if let TableKind::Written {
                write: Some((index, value)),
                ..
            } = table.kind
            {
                roots.extend([index, value]);
            }
        }
        for instance in self.externs() {
            roots.extend(instance.inputs.iter().copied());
        }
        roots
    }

    /// Whether a node can wait for what comes after it: for state that is read in the frame it is written in.
    pub(super) fn reads_present_state(&self) -> bool {
        let written = |table: &Table| matches!(table.kind, TableKind::Written { .. });
        self.lines().iter().any(|line| line.min == 0)
            || self.tables().iter().any(written)
            || !self.externs().is_empty()
    }

    /// All nodes that the [roots](Graph::roots) need, each after what it depends on.
    ///
    /// Linear in nodes and edges; uses an explicit stack, so depth does not matter.
    ///
    /// # Errors
    /// When a value depends on itself within a frame.
    pub fn schedule(&self) -> Result<Vec<NodeId>, ZeroDelayCycle> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut marks = vec![Mark::New; self.len()];
        let mut order = Vec::with_capacity(self.len());
        let mut stack = Vec::new();
        for root in self.roots() {
            stack.push((root, false));
            while let Some((id, finished)) = stack.pop() {
                if finished {
                    marks[id.index()] = Mark::Done;
                    order.push(id);
                    continue;
                }
                if marks[id.index()] != Mark::New {
                    continue;
                }
                marks[id.index()] = Mark::Open;
                stack.push((id, true));
                for dependency in self.dependencies(id).into_iter().rev() {
                    match marks[dependency.index()] {
                        Mark::New => stack.push((dependency, false)),
                        Mark::Done => {}
                        Mark::Open => {
                            return Err(ZeroDelayCycle {
                                node: dependency,
                                site: self.node(dependency).site.clone(),
                            });
                        }
                    }
                }
            }
        }
        Ok(order)
    }
}
