//! What every node of a plan takes over from the node before it, and how its sound passes into the new one.

use std::sync::Arc;

use synthc_jit::{CarryList, Program, Sample};

use super::align;
use super::report::{Fate, NodeChange};
use crate::plan::{Plan, PlanNode};

/// What a node takes over.
#[derive(Debug)]
pub(crate) struct Succession<T> {
    /// Position in the plan before.
    pub(crate) before: u32,
    pub(crate) how: How<T>,
    /// By control slot of the node before, the slot of the control of that name.
    pub(crate) slots: Vec<Option<u16>>,
}

impl<T> Succession<T> {
    /// What is carried to an instance; `first` unless it is a further side of an effect.
    pub(crate) fn list(&self, first: bool) -> Option<&CarryList<T>> {
        match &self.how {
            How::Keep(list) => list.as_ref(),
            How::Convert {
                further: Some(list),
                ..
            } if !first => Some(list),
            How::Convert { first: list, .. } => Some(list),
            How::Restart => None,
        }
    }
}

/// What happens to the state of the instances.
#[derive(Debug)]
pub(crate) enum How<T> {
    /// Instances go on untouched. With a list, further sides of an effect begin as copies of the first.
    Keep(Option<CarryList<T>>),
    /// Another program goes on with what means the same; with a list made for copies, further sides do.
    Convert {
        first: CarryList<T>,
        further: Option<CarryList<T>>,
        /// Old and new sound are alike, so that their amplitudes are crossfaded, not their powers.
        alike: bool,
    },
    /// Nothing of the past is known to the new code.
    Restart,
}

/// What the node at a position takes over; `None` for a new one.
fn succession<T: Sample>(
    before: &Plan<T>,
    node: &PlanNode<T>,
    related: Option<u32>,
) -> (Option<Succession<T>>, Fate) {
    let Some(position) = related else {
        return (None, Fate::New);
    };
    let old = &before.nodes()[position as usize];
    let more = node.instances > old.instances && node.voices == 1;
    let (how, fate) = match (old.program.program(), node.program.program()) {
        _ if old.program.shares_state(&node.program) => {
            // Sides that become two, and voices in lanes that change their places.
            let copies = node.program.program();
            let copies = copies.filter(|program| more || program.lanes() > 1);
            let fate = if old.instances == node.instances {
                Fate::Untouched
            } else {
                Fate::Resized {
                    from: old.instances,
                    to: node.instances,
                }
            };
            (How::Keep(copies.map(CarryList::duplicate)), fate)
        }
        (Some(program), Some(next)) => convert(old, program, node, next, more),
        _ => (How::Restart, Fate::Restarted),
    };
    let succession = Succession {
        before: position,
        how,
        slots: slots(old, node),
    };
    (Some(succession), fate)
}

fn convert<T: Sample>(
    old: &PlanNode<T>,
    program: &Program<T>,
    node: &PlanNode<T>,
    next: &Program<T>,
    more: bool,
) -> (How<T>, Fate) {
    let (Some(from), Some(to)) = (&old.graph, &node.graph) else {
        return (How::Restart, Fate::Restarted);
    };
    let found = align(from, to);
    let first = CarryList::new(program, next, &found.pairs);
    if first.is_empty() && !found.stateless {
        return (How::Restart, Fate::Restarted);
    }
    let further = more.then(|| CarryList::new(program, next, &found.pairs).copying());
    let fate = Fate::Carried {
        state: found.carried,
        of: found.of,
    };
    let how = How::Convert {
        first,
        further,
        alike: true,
    };
    (how, fate)
}

/// Controls by their names.
fn slots<T: Sample>(old: &PlanNode<T>, new: &PlanNode<T>) -> Vec<Option<u16>> {
    let name = |node: &PlanNode<T>, slot: usize| {
        let control = usize::from(node.controls.get(slot)?.as_ref()?.control);
        Some(Arc::clone(&node.program.controls().get(control)?.name))
    };
    let names: Vec<Option<Arc<str>>> = (0..new.controls.len()).map(|i| name(new, i)).collect();
    let find = |slot| {
        let name = name(old, slot)?;
        let found = names
            .iter()
            .position(|other| other.as_ref() == Some(&name))?;
        u16::try_from(found).ok()
    };
    (0..old.controls.len()).map(find).collect()
}

/// Every node's succession, by position, and what to say about it.
pub(crate) fn successions<T: Sample>(
    before: &Plan<T>,
    plan: &Plan<T>,
) -> (Vec<Option<Succession<T>>>, Vec<NodeChange>) {
    let mut changes = Vec::new();
    let nodes = plan.nodes().iter().zip(plan.related());
    let all = nodes.map(|(node, &related)| {
        let (succession, fate) = succession(before, node, related);
        let old = related.map(|old| &before.nodes()[old as usize].name);
        changes.push(NodeChange {
            node: Arc::clone(&node.name),
            renamed_from: old.filter(|old| **old != node.name).cloned(),
            fate,
        });
        succession
    });
    let all = all.collect();
    changes.extend(plan.departing().iter().map(|gone| NodeChange {
        node: Arc::clone(&before.nodes()[gone.old as usize].name),
        renamed_from: None,
        fate: Fate::Removed,
    }));
    (all, changes)
}
