//! The order of what a loop does: computations, and writes as early as they may happen.
//!
//! A value that is written to state lives in a machine register only until its write, so writes
//! follow directly what they wait for instead of gathering at the end.

use std::collections::{HashMap, HashSet};

use synthc_ir::graph::RegisterId;
use synthc_ir::{Graph, NodeId, Op};

use super::step::Step;
use super::unit::Units;

/// The steps of a loop of single frames in order. Steps of nodes come in the order of the graph's schedule,
/// which puts what a read waits for first; `registers` are written in memory.
pub(super) fn of_frames(
    graph: &Graph,
    units: &Units,
    inside: impl Fn(usize) -> bool,
    steps: &[u32],
    registers: &[RegisterId],
) -> Vec<Step> {
    // (rank, step): writes of rank 0 wait for nothing in the loop.
    let mut ranked: Vec<(usize, Step)> = Vec::with_capacity(steps.len() + registers.len());
    let rank = |id: NodeId| {
        let step = units.step_of(id).filter(|&step| inside(step));
        step.map_or(0, |step| step + 1)
    };
    let ready = |step: Step| {
        let mut ready = 0;
        step.for_each_use(graph, |id| ready = ready.max(rank(id)));
        ready
    };
    let mut called = HashSet::new();
    let mut sorted = steps.to_vec();
    sorted.sort_unstable();
    for &i in &sorted {
        if let step @ Step::Node(id) = units.steps[i as usize] {
            if let Op::ExternOutput(instance, _) = graph.op(id)
                && called.insert(instance)
            {
                ranked.push((i as usize + 1, Step::Call(instance)));
            }
            ranked.push((i as usize + 1, step));
        }
    }
    for &i in &sorted {
        match units.steps[i as usize] {
            Step::Node(_) => {}
            Step::Call(instance) if called.contains(&instance) => {}
            step => ranked.push((ready(step), step)),
        }
    }
    let read = ranked.iter().filter_map(|&(rank, step)| match step {
        Step::Node(id) => match graph.op(id) {
            Op::RegisterRead(register) => Some((register, rank)),
            _ => None,
        },
        _ => None,
    });
    let read: HashMap<RegisterId, usize> = read.collect();
    for register in registers {
        let step = Step::WriteRegister(*register);
        let read = read.get(register).copied().unwrap_or(0);
        ranked.push((ready(step).max(read), step));
    }
    // Stable: a node stays before the writes that wait for it.
    ranked.sort_by_key(|&(rank, _)| rank);
    ranked.into_iter().map(|(_, step)| step).collect()
}

/// The steps of a loop over time: units in their order, each write as soon as its value is there.
pub(super) fn of_time(graph: &Graph, units: &Units, steps: &[u32]) -> Vec<Step> {
    let mut order: Vec<(usize, Step)> = Vec::with_capacity(steps.len());
    let mut place = HashMap::with_capacity(steps.len());
    for (at, &i) in steps.iter().enumerate() {
        let step = units.steps[i as usize];
        let mut at = at;
        match step {
            Step::Node(id) => {
                place.insert(id, at);
            }
            _ => {
                at = 0;
                step.for_each_use(graph, |id| {
                    at = at.max(place.get(&id).copied().unwrap_or(0));
                });
            }
        }
        order.push((at, step));
    }
    order.sort_by_key(|&(at, _)| at);
    order.into_iter().map(|(_, step)| step).collect()
}
