//! A plan with its state: what runs. Sets controls and levels, and renders segments.
//!
//! Used by the processor for the plan that plays and for one that fades out. Indices come from the plan
//! and are in range by its construction; see [`crate::plan`].

use std::ops::Range;
use std::sync::Arc;

use synthc_jit::Sample;
use synthc_jit::host;

use super::fade::{self, Fade};
use super::group::{self, Target};
use super::sounding::Sounding;
use super::strip::{Strip, TakeInputs};
use crate::event::{LevelTarget, NodeKey};
use crate::mixer;
use crate::plan::{
    Block, Change, ENOUGH, Fault, Lever, NodeKind, NodeState, Plan, PlanNode, PlanState, Ran, Step,
    Turn, Way, What,
};
use crate::smoother::Smoother;
use crate::swap::Publication;

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
    /// Frames of the present block that are computed.
    pub(super) done: usize,
    /// The frame of the block whose events are obeyed.
    pub(super) now: usize,
    /// A node has many changes noted: they are to be done before more events are obeyed.
    pub(super) crowded: bool,
    /// Frames of delay lines that were copied at the last attempt to take over.
    #[cfg(test)]
    pub(super) copied: usize,
}

/// A node that an event is for.
pub(super) struct Addressed<'a, T> {
    pub(super) node: &'a PlanNode<T>,
    pub(super) state: &'a mut NodeState<T>,
    /// The frame of the block at which changes take effect; `None` for at once, where all frames before are computed.
    at: Option<u8>,
    crowded: &'a mut bool,
}

impl<T: Sample> Addressed<'_, T> {
    /// Sets a control of some instances; those that have not sounded are there at once. False when there is none.
    pub(super) fn set_control(
        &mut self,
        instances: Range<usize>,
        slot: u16,
        value: f64,
        way: Way,
    ) -> bool {
        let (node, state) = (self.node, &mut *self.state);
        let Some(at) = self.at else {
            let mut known = false;
            for index in instances {
                let way = if state.instances[index].started {
                    way
                } else {
                    Way::Jump
                };
                known = set_control(node, state, index, slot, value, way);
            }
            return known;
        };
        let place = usize::from(slot);
        let Some(Some(control)) = node.controls.get(place) else {
            return false;
        };
        let declared = node.program.controls().get(usize::from(control.control));
        let Some(declared) = declared else {
            return false;
        };
        let value = declared.clamp(value);
        for instance in &mut state.instances[instances.clone()] {
            if let Some(Some(smoother)) = instance.controls.get_mut(place) {
                smoother.announce(value);
            }
        }
        let what = What::Control {
            first: instances.start as u16,
            count: instances.len() as u16,
            slot,
            value,
            way,
        };
        self.note(at, what);
        true
    }

    /// Brings all controls of an instance to where they head for.
    pub(super) fn settle(&mut self, index: usize) {
        match self.at {
            None => settle(self.node, self.state, index),
            Some(at) => {
                let first = index as u16;
                self.note(at, What::Settle { first, count: 1 });
            }
        }
    }

    /// Whether an instance has sounded before the change.
    pub(super) fn has_started(&self, index: usize) -> bool {
        self.at.is_some() || self.state.instances[index].started
    }

    fn set_level(&mut self, lever: Lever, value: f64) {
        match self.at {
            None => {
                if let Some(level) = self.state.level(lever) {
                    level.set(value);
                }
            }
            Some(at) => {
                let turns = &mut self.state.turns;
                debug_assert!(turns.len() < turns.capacity(), "there is room for it");
                if turns.len() < turns.capacity() {
                    turns.push(Turn { at, lever, value });
                }
                *self.crowded |= turns.len() == turns.capacity();
            }
        }
    }

    fn note(&mut self, at: u8, what: What) {
        let changes = &mut self.state.changes;
        debug_assert!(changes.len() < changes.capacity(), "there is room for it");
        if changes.len() < changes.capacity() {
            changes.push(Change { at, what });
        }
        *self.crowded |= changes.len() >= ENOUGH;
    }
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
            done: 0,
            now: 0,
            crowded: false,
            #[cfg(test)]
            copied: 0,
        }
    }

    /// The node of a key.
    pub(super) fn node(&mut self, key: NodeKey) -> Option<Addressed<'_, T>> {
        self.addressed(self.plan.position(key)?)
    }

    /// [`Stage::node`], also for the key that a node had before it was renamed.
    pub(super) fn node_of_former(&mut self, key: NodeKey) -> Option<Addressed<'_, T>> {
        let position = self.plan.position(key);
        self.addressed(position.or_else(|| self.plan.position_of_former(key))?)
    }

    fn addressed(&mut self, position: usize) -> Option<Addressed<'_, T>> {
        Some(Addressed {
            node: self.plan.nodes().get(position)?,
            state: self.state.nodes.get_mut(position)?,
            // A block has fewer frames than a byte has values.
            at: (self.now > self.done).then_some(self.now as u8),
            crowded: &mut self.crowded,
        })
    }

    /// Sets a control of all voices. False when there is none.
    pub(super) fn set_value(&mut self, key: NodeKey, slot: u16, value: f64) -> bool {
        self.node(key).is_some_and(|mut node| {
            let all = 0..node.state.instances.len();
            node.set_control(all, slot, value, Way::Glide)
        })
    }

    /// Moves a gain of this plan; [`LevelTarget::Master`] is not one. False when there is none.
    pub(super) fn set_level(&mut self, target: &LevelTarget, value: f64) -> bool {
        let (key, lever, value) = match target {
            _ if !value.is_finite() => return false,
            LevelTarget::Gain(key) => (*key, Lever::Gain, value),
            LevelTarget::Mute(key) => (*key, Lever::Mute, if value >= 0.5 { 0.0 } else { 1.0 }),
            LevelTarget::Send {
                from,
                outlet,
                to,
                input,
            } => {
                let position = self.plan.position(*from);
                let node = position.and_then(|position| self.plan.nodes().get(position));
                let place = node.and_then(|node| {
                    let mut sends = node.sends.iter();
                    sends.position(|s| {
                        let ends = (s.outlet, s.to, s.port);
                        ends == (*outlet, *to, *input) && s.departing == 0
                    })
                });
                match place {
                    Some(place) => (*from, Lever::Send(place as u16), value),
                    None => return false,
                }
            }
            LevelTarget::Master => return false,
        };
        let Some(mut node) = self.node(key) else {
            return false;
        };
        node.set_level(lever, value);
        true
    }

    /// At a multiple of 64 frames, before anything of the block: lets smoothers rest, and brings what feedback sends were
    /// given in the block before.
    pub(super) fn begin_block(&mut self) {
        (self.done, self.now) = (0, 0);
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

    /// Computes the present block up to the frame whose events were obeyed last, and adds it to `mix`: all nodes in
    /// order, each with the changes noted for it, into the buses of its sends and into the mix, and what fades out at
    /// its place among them.
    pub(super) fn render(&mut self, mix: &mut [Block<f64>; 2], mut fade: Option<&mut Fade<T>>) {
        let range = &(self.done..self.now);
        (self.done, self.crowded) = (self.now, false);
        let state = &mut *self.state;
        let (buses, scratch) = (&mut state.buses, &mut state.scratch);
        for step in self.plan.steps() {
            let position = match *step {
                Step::Node(position) => position as usize,
                Step::Departing(index) => {
                    if let Some(fade) = &mut fade {
                        let departing = &self.plan.departing()[index as usize];
                        fade.depart(departing, (buses, &mut scratch.past), range, mix);
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
            if fade.is_some() {
                fade::keep_inputs(node, state.blend, (buses, &mut scratch.past), range);
            }
            let mut changes = std::mem::take(&mut state.changes);
            let (mut sounding, mut fed) = (Sounding::default(), false);
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
                match group::run(
                    node,
                    state,
                    group,
                    &mut scratch.group,
                    silent,
                    &changes,
                    target,
                ) {
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
            let channels = match &mut fade {
                Some(fade) => {
                    let events = [
                        changes.first().map(|c| c.at),
                        state.turns.first().map(|t| t.at),
                    ];
                    let first = events.into_iter().flatten().min();
                    let first = first.map_or(range.end, usize::from);
                    let memory = (&mut *scratch, &mut sounding);
                    fade.blend(node, state, fed, memory, range, first)
                }
                None => node.width.channels(),
            };
            host::widest(Strip {
                channels,
                sends: &node.sends,
                levels: &mut state.sends,
                turns: &state.turns,
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
            changes.clear();
            state.changes = changes;
            state.turns.clear();
        }
    }
}

impl<T> NodeState<T> {
    fn level(&mut self, lever: Lever) -> Option<&mut Smoother> {
        match lever {
            Lever::Gain => Some(&mut self.gain),
            Lever::Mute => Some(&mut self.mute),
            Lever::Send(place) => self.sends.get_mut(usize::from(place)),
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
