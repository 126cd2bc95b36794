//! Plans as data: everything of a specification except code, which is named by number.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use synthc_jit::Sample;

use super::number;
use crate::engine::Known;
use crate::event::NodeKey;
use crate::plan::{ControlSlot, LimiterSpec, NodeKind, NodeSpec, NoteMode, PlanSpec, SendSpec};

/// A plan's specification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRecord {
    /// Number of the publication.
    pub generation: u64,
    /// Number of the update whose session it plays, from 1.
    pub update: u64,
    /// Seed of all noise.
    pub seed: u64,
    /// Master fader.
    #[serde(with = "number")]
    pub master: f64,
    /// The limiter.
    pub limiter: Option<LimiterSpec>,
    /// Whether controls step.
    pub raw_controls: bool,
    /// The nodes, in the order of the specification.
    pub nodes: Vec<NodeRecord>,
    /// The sends, in the order of the specification.
    pub sends: Vec<SendSpec>,
}

/// A node of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeRecord {
    /// Its lasting number.
    pub key: NodeKey,
    /// Its name.
    pub name: Arc<str>,
    /// Its code: nodes with one number share one compilation.
    pub program: u64,
    /// Source or effect.
    pub kind: NodeKind,
    /// Number of voices.
    pub voices: u16,
    /// What a note does to an open gate.
    pub mode: NoteMode,
    /// Controls by slot, with their values at the start.
    pub controls: Vec<Option<ControlSlot>>,
    /// Fader.
    #[serde(with = "number")]
    pub gain: f64,
    /// Mute switch.
    pub muted: bool,
    /// Whether it is heard in the master mix itself.
    pub direct: bool,
}

impl PlanRecord {
    /// What `spec` says; `number` gives the number of a node's code.
    pub(crate) fn of<T>(spec: &PlanSpec<T>, update: u64, number: impl Fn(&str) -> u64) -> Self {
        let node = |node: &NodeSpec<T>| NodeRecord {
            key: node.key,
            name: node.name.clone(),
            program: number(&node.name),
            kind: node.kind,
            voices: node.voices,
            mode: node.mode,
            controls: node.controls.clone(),
            gain: node.gain,
            muted: node.muted,
            direct: node.direct,
        };
        Self {
            generation: spec.generation,
            update,
            seed: spec.seed,
            master: spec.master,
            limiter: spec.limiter,
            raw_controls: spec.raw_controls,
            nodes: spec.nodes.iter().map(node).collect(),
            sends: spec.sends.clone(),
        }
    }

    /// The specification again, with the code that `code` finds for each node.
    pub(crate) fn spec<T: Sample, E>(
        &self,
        sample_rate: f64,
        mut code: impl FnMut(&NodeRecord) -> Result<Known<T>, E>,
    ) -> Result<PlanSpec<T>, E> {
        let mut node = |node: &NodeRecord| {
            let (program, graph) = code(node)?;
            Ok(NodeSpec {
                key: node.key,
                name: node.name.clone(),
                program,
                graph,
                kind: node.kind,
                voices: node.voices,
                mode: node.mode,
                controls: node.controls.clone(),
                gain: node.gain,
                muted: node.muted,
                direct: node.direct,
            })
        };
        Ok(PlanSpec {
            generation: self.generation,
            sample_rate,
            seed: self.seed,
            nodes: self.nodes.iter().map(&mut node).collect::<Result<_, E>>()?,
            sends: self.sends.clone(),
            master: self.master,
            limiter: self.limiter,
            raw_controls: self.raw_controls,
        })
    }
}
