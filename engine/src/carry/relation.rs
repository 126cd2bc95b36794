//! Which node of a plan goes on as which of the next: by key, else, where a name is gone and another is
//! new, by what it computes.

use synthc_jit::Sample;

use crate::plan::{NodeSpec, Plan, PlanNode};

/// How the nodes of a specification relate to those of the plan that sounds.
#[derive(Debug)]
pub(crate) struct Relation {
    /// By index in the specification, the position in the plan before.
    pub(crate) before: Vec<Option<u32>>,
    /// Positions in the plan before of nodes that are gone.
    pub(crate) departing: Vec<u32>,
}

impl Relation {
    /// Nothing sounds.
    pub(crate) fn fresh(nodes: usize) -> Self {
        Self {
            before: vec![None; nodes],
            departing: Vec::new(),
        }
    }

    /// Where an old node is among `nodes` new ones followed by the departing ones.
    pub(crate) fn unit_of(&self, old: usize, nodes: usize) -> usize {
        let is = |other: &u32| *other as usize == old;
        let now = self
            .before
            .iter()
            .position(|before| before.as_ref().is_some_and(is));
        now.unwrap_or_else(|| nodes + self.departing.iter().position(is).unwrap_or(0))
    }
}

/// Relates every node of `specs` to one of `before`.
pub(crate) fn relate<T: Sample>(before: &Plan<T>, specs: &[NodeSpec<T>]) -> Relation {
    let old = before.nodes();
    let mut taken = vec![false; old.len()];
    let mut related: Vec<Option<u32>> = specs
        .iter()
        .map(|spec| {
            let position = before.position(spec.key)?;
            let goes_on = old[position].kind == spec.kind;
            taken[position] = goes_on;
            goes_on.then_some(position as u32)
        })
        .collect();
    for (spec, related) in specs.iter().zip(&mut related) {
        if related.is_none() {
            let renamed = (0..old.len()).find(|&i| !taken[i] && computes(&old[i], spec));
            if let Some(position) = renamed {
                taken[position] = true;
                *related = Some(position as u32);
            }
        }
    }
    Relation {
        before: related,
        departing: (0..old.len() as u32)
            .filter(|&i| !taken[i as usize])
            .collect(),
    }
}

/// Whether a node computes what a specification asks for.
fn computes<T: Sample>(old: &PlanNode<T>, new: &NodeSpec<T>) -> bool {
    old.kind == new.kind && old.program.shares_state(&new.program)
}
