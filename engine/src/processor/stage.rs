//! A plan with its state: what runs. Sets controls and levels, and renders segments.
//!
//! Used by the processor for the plan that plays and for one that fades out. Indices come from the plan
//! and are in range by its construction; see [`crate::plan`].

use std::ops::Range;
use std::sync::Arc;

use synthc_jit::Sample;
use synthc_jit::host;

use super::fade::Fade;
use super::group::{self, Target};
use super::strip::{Strip, TakeInputs};
use crate::event::{LevelTarget, NodeKey};
use crate::mixer;
use crate::plan::{Block, Fault, NodeKind, NodeState, Plan, PlanNode, PlanState, Ran, Step};
use crate::swap::Publication;

/// How a control gets to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By its smoother, if it has one.
    Glide,
    /// At once.
    Jump,
}

/// A plan and the state that belongs to it.
#[derive(Debug)]
pub(super) struct Stage<T> {
    pub(super) plan: Arc<Plan<T>>,
    pub(super) state: Box<PlanState<T>>,
    /// Some node has a fault to report.
    pub(super) faults: bool,
    /// Whether what stands still is not computed.
    pub(super) skips: bool,
    /// Segments of groups that were not computed.
    pub(super) skipped: u64,
}

impl<T: Sample> Stage<T> {
    pub(super) fn new(publication: Publication<T>) -> Self {
        let Publication { plan, state } = publication;
        Self {
            plan,
            state,
            faults: false,
            skips: true,
            skipped: 0,
        }
    }

    /// Plan node and state of a key.
    pub(super) fn node(&mut self, key: NodeKey) -> Option<(&PlanNode<T>, &mut NodeState<T>)> {
        let position = self.plan.position(key)?;
        let node = self.plan.nodes().get(position)?;
        Some((node, self.state.nodes.get_mut(position)?))
    }

    /// [`Stage::node`], also for the key that a node had before it was renamed.
    pub(super) fn node_of_former(
        &mut self,
        key: NodeKey,
    ) -> Option<(&PlanNode<T>, &mut NodeState<T>)> {
        let position = self.plan.position(key);
        let position = position.or_else(|| self.plan.position_of_former(key))?;
        let node = self.plan.nodes().get(position)?;
        Some((node, self.state.nodes.get_mut(position)?))
    }

    /// Sets a control of all voices. False when there is none.
    pub(super) fn set_value(&mut self, key: NodeKey, slot: u16, value: f64) -> bool {
        let Some((node, state)) = self.node(key) else {
            return false;
        };
        let mut known = false;
        for index in 0..state.instances.len() {
            let way = if state.instances[index].started {
                Way::Glide
            } else {
                Way::Jump
            };
            known = set_control(node, state, index, slot, value, way);
        }
        known
    }

    /// Moves a gain of this plan; [`LevelTarget::Master`] is not one. False when there is none.
    pub(super) fn set_level(&mut self, target: LevelTarget, value: f64) -> bool {
        if !value.is_finite() {
            return false;
        }
        match target {
            LevelTarget::Gain(key) => self.node(key).is_some_and(|(_, state)| {
                state.gain.set(value);
                true
            }),
            LevelTarget::Mute(key) => self.node(key).is_some_and(|(_, state)| {
                state.mute.set(if value >= 0.5 { 0.0 } else { 1.0 });
                true
            }),
            LevelTarget::Send { from, to, input } => {
                self.node(from).is_some_and(|(node, state)| {
                    let mut sends = node.sends.iter().zip(&mut state.sends);
                    let found = sends.find(|(send, _)| {
                        send.to == to && send.port == input && send.departing == 0
                    });
                    found.is_some_and(|(_, level)| {
                        level.set(value);
                        true
                    })
                })
            }
            LevelTarget::Master => false,
        }
    }

    /// At a multiple of 64 frames, before anything of the block: lets smoothers rest, and brings what feedback sends were
    /// given in the block before.
    pub(super) fn begin_block(&mut self) {
        for channel in self.plan.loops() {
            self.state.buses.swap(channel.write, channel.read);
            self.state.buses[channel.write].fill(0.0);
        }
        for (node, state) in self.plan.nodes().iter().zip(&mut self.state.nodes) {
            state.quiet.fill(true);
            for index in 0..state.instances.len() {
                state.instances[index].peak = 0.0;
                if state.instances[index].moving > 0 {
                    rest(node, state, index);
                }
            }
            state.gain.snap();
            state.mute.snap();
            state.direct.snap();
            for level in &mut state.sends {
                level.snap();
            }
        }
    }

    /// After the last segment of a block of `frames`: tells the voices how loud they were, and what was silent
    /// throughout that it was.
    pub(super) fn end_block(&mut self, frames: u64) {
        let PlanState { nodes, scratch, .. } = &mut *self.state;
        for (node, state) in self.plan.nodes().iter().zip(nodes) {
            let quiet = state.states.iter_mut().zip(&state.quiet);
            for (code, _) in quiet.filter(|(_, quiet)| **quiet && self.skips) {
                code.observe_silence(frames as usize, &mut scratch.stillness);
            }
            for voice in 0..usize::from(node.voices) {
                let instances = &state.instances[node.instances_of(voice)];
                let peak = instances.iter().map(|i| i.peak).fold(0.0, f64::max);
                state.voices.observe(voice, peak, frames);
            }
        }
    }

    /// Adds `range` of the present block to `mix`: all nodes in order, each into the buses of its
    /// sends and into the mix, and what fades out at its place among them.
    pub(super) fn render(
        &mut self,
        range: &Range<usize>,
        mix: &mut [Block<f64>; 2],
        mut fade: Option<&mut Fade<T>>,
    ) {
        let state = &mut *self.state;
        let (buses, scratch) = (&mut state.buses, &mut state.scratch);
        for step in self.plan.steps() {
            let position = match *step {
                Step::Node(position) => position as usize,
                Step::Departing(index) => {
                    if let Some(fade) = &mut fade {
                        let departing = &self.plan.departing()[index as usize];
                        fade.depart(departing, buses, range, mix);
                    }
                    continue;
                }
            };
            let (node, state) = (&self.plan.nodes()[position], &mut state.nodes[position]);
            for &(read, bus) in &node.returns {
                if let Ok([from, to]) = buses.get_disjoint_mut([read, bus]) {
                    mixer::add(&mut to[range.clone()], &from[range.clone()]);
                }
            }
            if let Some(fade) = &mut fade {
                fade.keep_inputs(node, state.blend, buses, range);
            }
            let (mut sounding, mut fed) = ([false; 2], false);
            for group in 0..state.states.len() {
                let inputs = if node.runs_twice() {
                    &node.inputs[group..=group]
                } else {
                    &node.inputs[..]
                };
                let silent = inputs.is_empty()
                    || host::widest(TakeInputs {
                        inputs: &mut scratch.group.inputs,
                        buses,
                        taken: inputs,
                        range,
                    });
                fed |= !silent;
                let target = Target {
                    sum: &mut scratch.sum,
                    sounding: &mut sounding,
                    range,
                    rising: fade.as_ref().map_or(&[], |fade| fade.rising(range)),
                };
                match group::run(node, state, group, &mut scratch.group, silent, target) {
                    Ok(Ran::Clean) => {}
                    Ok(Ran::Still) => self.skipped += 1,
                    Ok(Ran::Allocated) => {
                        state.unreported = Some(Fault::Allocated);
                        self.faults = true;
                    }
                    Ok(Ran::ExternPanicked) => {
                        state.unreported = Some(Fault::ExternPanicked);
                        self.faults = true;
                    }
                    Err(fault) => {
                        for index in node.members(group) {
                            if node.kind == NodeKind::Source && state.instances[index].faulty {
                                state.voices.disable(index);
                            }
                        }
                        state.unreported = Some(fault);
                        self.faults = true;
                    }
                }
            }
            let sides = match &mut fade {
                Some(fade) => fade.blend(node, state, fed, &mut scratch.sum, &mut sounding, range),
                None => node.width.sides(),
            };
            host::widest(Strip {
                sides,
                sends: &node.sends,
                levels: &mut state.sends,
                by_source: false,
                mute: &mut state.mute,
                gain: &mut state.gain,
                direct: &mut state.direct,
                meter: Some(&node.meter),
                leaving: fade.is_some(),
                scratch,
                sounding,
                buses,
                range,
                mix,
            });
        }
    }
}

/// Lets the smoothers of an instance that have arrived rest.
fn rest<T: Sample>(node: &PlanNode<T>, state: &mut NodeState<T>, index: usize) {
    let instance = &mut state.instances[index];
    for (slot, smoother) in node.controls.iter().zip(&mut instance.controls) {
        if let (Some(slot), Some(smoother)) = (slot, smoother)
            && smoother.snap()
        {
            instance.moving -= 1;
            let (group, lane) = (index / node.lanes, index % node.lanes);
            let control = usize::from(slot.control);
            state.states[group].set_control(lane, control, smoother.value());
        }
    }
}

/// Sets one control of one instance; false when there is none.
pub(super) fn set_control<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    index: usize,
    slot: u16,
    value: f64,
    way: Way,
) -> bool {
    let slot = usize::from(slot);
    let instance = &mut state.instances[index];
    let (Some(Some(control)), Some(Some(smoother))) =
        (node.controls.get(slot), instance.controls.get_mut(slot))
    else {
        return false;
    };
    let control = usize::from(control.control);
    let Some(declared) = node.program.controls().get(control) else {
        return false;
    };
    let value = declared.clamp(value);
    let moved = smoother.is_moving();
    match way {
        Way::Glide => smoother.set(value),
        Way::Jump => smoother.jump(value),
    }
    let moves = smoother.is_moving();
    instance.moving = instance.moving + usize::from(moves) - usize::from(moved);
    if !moves {
        let (group, lane) = (index / node.lanes, index % node.lanes);
        state.states[group].set_control(lane, control, value);
    }
    true
}

/// Brings every control of an instance to where it heads for.
pub(super) fn settle<T: Sample>(node: &PlanNode<T>, state: &mut NodeState<T>, index: usize) {
    if state.instances[index].moving == 0 {
        return;
    }
    for slot in 0..node.controls.len() {
        if let Some(Some(smoother)) = state.instances[index].controls.get(slot) {
            let target = smoother.target();
            set_control(node, state, index, slot as u16, target, Way::Jump);
        }
    }
}
