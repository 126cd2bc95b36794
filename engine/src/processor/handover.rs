//! What the stage that comes takes over from the stage that goes.
//!
//! Follows the lists that the control side made ([`crate::carry`]): which voices stay is decided when the publication
//! arrives, delay lines that change their size are copied in pieces while the old stage plays on, and
//! at the adoption instances change hands. Neither allocates nor frees; what is not needed any more stays in the old stage,
//! which is retired.

mod budget;
#[cfg(test)]
mod tests;

use synthc_jit::Sample;

use budget::{Budget, COPIED, VOICES_COPIED};

use super::stage::{Stage, set_control};
use crate::carry::How;
use crate::plan::{Blend, CodeState, Heritage, Instance, NodeState, PlanNode, PlanSend, Way};

impl<T: Sample> Stage<T> {
    /// Decides which voices and sides of the old stage go on as which of this one.
    pub(super) fn choose_heirs(&mut self, old: &Self) {
        for (node, state) in self.plan.nodes().iter().zip(&mut self.state.nodes) {
            let Some(heritage) = &mut state.heritage else {
                continue;
            };
            let before = heritage.succession.before as usize;
            let (former, past) = (&old.plan.nodes()[before], &old.state.nodes[before]);
            let [now, then] = [node, former].map(|node| usize::from(node.voices));
            heritage.moved.fill(None);
            // Whatever may be copied over several blocks must not depend on the block at which that begins, nor on
            // whether voices have lanes, of which only those with lanes are copied.
            if now >= then || node.program.delay_frames() * now > VOICES_COPIED {
                let stay = heritage.moved.iter_mut().take(now);
                for (voice, moved) in stay.enumerate() {
                    *moved = Some(voice as u32);
                }
            } else {
                // The dearest stay, where their places exist at their places.
                heritage.ranks.clear();
                let all = (0..then).map(|voice| (past.voices.rank(voice), voice as u32));
                heritage.ranks.extend(all);
                heritage.ranks.sort_unstable();
                let stay = &heritage.ranks[..now];
                for &(_, voice) in stay.iter().filter(|(_, voice)| (*voice as usize) < now) {
                    heritage.moved[voice as usize] = Some(voice);
                }
                let mut free = 0;
                for &(_, voice) in stay.iter().filter(|(_, voice)| (*voice as usize) >= now) {
                    while heritage.moved[free] == Some(free as u32) {
                        free += 1;
                    }
                    heritage.moved[voice as usize] = Some(free as u32);
                    free += 1;
                }
            }
            heritage.origin.fill(None);
            if node.voices == 1 && former.voices == 1 {
                // Sides: a further one goes on from the first.
                for (side, origin) in heritage.origin.iter_mut().enumerate() {
                    *origin = Some(if side < former.instances {
                        side as u32
                    } else {
                        0
                    });
                }
            } else {
                for (voice, moved) in heritage.moved.iter().enumerate() {
                    if let Some(moved) = moved {
                        heritage.origin[*moved as usize] = Some(voice as u32);
                    }
                }
            }
            for origin in &mut heritage.origin {
                *origin = origin.filter(|&index| !past.instances[index as usize].faulty);
            }
        }
    }

    /// Copies a piece of what has to be copied; true when nothing is left.
    pub(super) fn copy_lines(&mut self, old: &Self) -> bool {
        let mut done = true;
        let mut budget = Budget::of(COPIED);
        let mut budget_of_voices = Budget::of(VOICES_COPIED);
        for (node, state) in self.plan.nodes().iter().zip(&mut self.state.nodes) {
            for group in 0..state.states.len() {
                let Some(heritage) = &state.heritage else {
                    continue;
                };
                let before = heritage.succession.before as usize;
                let (former, past) = (&old.plan.nodes()[before], &old.state.nodes[before]);
                done &= match origin_of_group(node, heritage, former, group) {
                    Some(origin) => copy_group(node, state, past, (group, origin), &mut budget),
                    None => {
                        let budget = &mut budget_of_voices;
                        copy_voices(node, state, (former, past), group, budget)
                    }
                };
            }
        }
        #[cfg(test)]
        {
            self.copied = budget.copied + budget_of_voices.copied;
        }
        done
    }

    /// Takes over. Afterwards the old stage holds what fades out, and what is of no use.
    pub(super) fn take_over(&mut self, old: &mut Self) {
        for (node, state) in self.plan.nodes().iter().zip(&mut self.state.nodes) {
            let Some(before) = state
                .heritage
                .as_ref()
                .map(|h| h.succession.before as usize)
            else {
                state.blend = Blend::Enter;
                continue;
            };
            let former = &old.plan.nodes()[before];
            let past = &mut old.state.nodes[before];
            take_over_levels(node, state, past);
            take_over_instances(node, state, former, past);
            take_over_voices(node, state, former, past);
        }
        self.faults |= old.faults;
        self.take_over_loops(old);
    }

    /// What is on its way in feedback sends arrives.
    fn take_over_loops(&mut self, old: &Self) {
        let buses = &mut self.state.buses;
        let mut copy = |sends: &[PlanSend], former: &PlanNode<T>| {
            for send in sends.iter().filter(|send| send.delayed) {
                let source = send.source.and_then(|s| former.sends.get(s as usize));
                let Some(source) = source.filter(|source| source.delayed) else {
                    continue;
                };
                buses[send.left] = old.state.buses[source.left];
                if let Some(right) = send.right {
                    buses[right] = old.state.buses[source.right.unwrap_or(source.left)];
                }
            }
        };
        for (node, state) in self.plan.nodes().iter().zip(&self.state.nodes) {
            if let Some(heritage) = &state.heritage {
                let before = heritage.succession.before as usize;
                copy(&node.sends, &old.plan.nodes()[before]);
            }
        }
        for departing in self.plan.departing() {
            copy(&departing.sends, &old.plan.nodes()[departing.old as usize]);
        }
    }

    /// Whether anything has to fade after [`Stage::take_over`].
    pub(super) fn differs(&self) -> bool {
        let mut nodes = self.state.nodes.iter();
        !self.plan.departing().is_empty() || nodes.any(|state| state.blend != Blend::Rest)
    }
}

fn take_over_levels<T>(node: &PlanNode<T>, state: &mut NodeState<T>, past: &NodeState<T>) {
    for (send, level) in node.sends.iter().zip(&mut state.sends) {
        match send
            .source
            .and_then(|source| past.sends.get(source as usize))
        {
            Some(sounding) => *level = *sounding,
            None => level.jump(0.0),
        }
        level.set(send.level);
    }
    (state.gain, state.mute, state.direct) = (past.gain, past.mute, past.direct);
    state.direct.set(if node.direct { 1.0 } else { 0.0 });
    state.gain.set(node.gain);
    state.mute.set(if node.muted { 0.0 } else { 1.0 });
    state.unreported = past.unreported;
}

fn take_over_instances<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    former: &PlanNode<T>,
    past: &mut NodeState<T>,
) {
    let Some(heritage) = state.heritage.take() else {
        return;
    };
    let how = &heritage.succession.how;
    let same_controls = mapped_alike(node, former);
    // Copies first, as long as what they are copied from is there.
    for first in [false, true] {
        for group in 0..state.states.len() {
            let whole = origin_of_group(node, &heritage, former, group);
            // Of the sides of an effect one alone can have the state of one; voices have each its own.
            let sides = node.voices == 1 && former.voices == 1;
            let is_first = !sides || whole == Some(group);
            if is_first != first {
                continue;
            }
            if let Some(origin) = whole {
                take_over_state(
                    how,
                    is_first,
                    &mut state.states[group],
                    &mut past.states[origin],
                );
            }
            for index in node.members(group) {
                let Some(origin) = heritage.origin[index].map(|origin| origin as usize) else {
                    state.instances[index].entering = matches!(how, How::Keep(_));
                    continue;
                };
                if past.instances[origin].absent {
                    continue;
                }
                if whole.is_none()
                    && let Some(list) = heritage.succession.list(true)
                    && let Some(clock) = clock_of_group(node, &heritage, former, past, group)
                    && let CodeState::Program(to) = &mut state.states[group]
                    && let CodeState::Program(from) = &past.states[origin / former.lanes]
                {
                    let (lane, from_lane) = (index % node.lanes, origin % former.lanes);
                    to.move_voice((lane, clock), (from, from_lane), list);
                }
                let keeps = matches!(how, How::Keep(_)) && is_first;
                if keeps && same_controls {
                    let (instance, source) =
                        (&mut state.instances[index], &mut past.instances[origin]);
                    std::mem::swap(&mut instance.controls, &mut source.controls);
                    std::mem::swap(&mut instance.moving, &mut source.moving);
                } else {
                    let source = &past.instances[origin];
                    take_over_controls(node, state, index, source, &heritage.succession.slots);
                }
                past.instances[origin].absent |= keeps;
                let (instance, source) = (&mut state.instances[index], &past.instances[origin]);
                instance.started = source.started;
                instance.peak = source.peak;
            }
        }
    }
    let stays = past.instances.iter().all(|i| i.absent || i.faulty);
    let enters = state.instances.iter().any(|i| i.entering);
    state.blend = match how {
        How::Keep(_) if stays && !enters => Blend::Rest,
        How::Keep(_) => Blend::Over,
        How::Convert { alike, .. } => Blend::Cross { alike: *alike },
        How::Restart => Blend::Cross { alike: false },
    };
    state.heritage = Some(heritage);
}

/// The group of the node before whose state a group takes over as a whole; `None` where every voice goes its own
/// way. Without lanes a group is an instance.
pub(super) fn origin_of_group<T>(
    node: &PlanNode<T>,
    heritage: &Heritage<T>,
    former: &PlanNode<T>,
    group: usize,
) -> Option<usize> {
    if node.lanes != former.lanes {
        return None;
    }
    if node.lanes == 1 {
        return heritage.origin[group].map(|origin| origin as usize);
    }
    // Every voice at its place, nobody of the old group left behind, and nobody new.
    let (mut now, old) = (node.members(group), former.members(group));
    let stays = |index: usize| heritage.origin[index] == Some(index as u32);
    (now == old && now.all(stays)).then_some(group)
}

/// A group's state from that of a group of the node before.
fn take_over_state<T: Sample>(
    how: &How<T>,
    is_first: bool,
    state: &mut CodeState<T>,
    past: &mut CodeState<T>,
) {
    match how {
        How::Keep(_) if is_first => std::mem::swap(state, past),
        How::Keep(Some(list)) => {
            if let Some((to, from)) = programs(state, past) {
                to.duplicate_from(from, list);
            }
        }
        How::Convert { first, further, .. } => {
            if let Some((to, from)) = programs(state, past) {
                match further.as_ref().filter(|_| !is_first) {
                    Some(list) => to.duplicate_from(from, list),
                    None => to.carry_from(from, first),
                };
            }
        }
        How::Keep(None) | How::Restart => {}
    }
}

/// The clock that the state of a group goes on with whose voices go each their own way.
fn clock_of_group<T: Sample>(
    node: &PlanNode<T>,
    heritage: &Heritage<T>,
    former: &PlanNode<T>,
    past: &NodeState<T>,
    group: usize,
) -> Option<u64> {
    let mut origins = node.members(group).filter_map(|i| heritage.origin[i]);
    match &past.states[origins.next()? as usize / former.lanes] {
        CodeState::Program(state) => Some(state.position()),
        CodeState::Own(_) => None,
    }
}

/// Copies a piece of the lines of a group that goes on as a whole; true when nothing is left.
fn copy_group<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    past: &NodeState<T>,
    (group, origin): (usize, usize),
    budget: &mut Budget,
) -> bool {
    let Some(heritage) = &mut state.heritage else {
        return true;
    };
    let list = match &heritage.succession.how {
        How::Keep(Some(list)) if group != origin => list,
        How::Convert {
            further: Some(list),
            ..
        } if group != origin => list,
        How::Convert { first, .. } => first,
        How::Keep(_) | How::Restart => return true,
    };
    let (CodeState::Program(to), CodeState::Program(from)) =
        (&mut state.states[group], &past.states[origin])
    else {
        return true;
    };
    let progress = &mut heritage.progress[group * node.lanes];
    budget.spend(list.copied_lines(), |budget| {
        to.copy_lines(from, list, progress, budget)
    })
}

/// Copies a piece of the lines of voices that go each their own way; true when nothing is left.
fn copy_voices<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    (former, past): (&PlanNode<T>, &NodeState<T>),
    group: usize,
    budget: &mut Budget,
) -> bool {
    let Some(heritage) = &mut state.heritage else {
        return true;
    };
    let clock = clock_of_group(node, heritage, former, past, group);
    let (Some(list), Some(clock)) = (heritage.succession.list(true), clock) else {
        return true;
    };
    let mut done = true;
    for index in node.members(group) {
        let Some(origin) = heritage.origin[index].map(|origin| origin as usize) else {
            continue;
        };
        let (CodeState::Program(to), CodeState::Program(from)) = (
            &mut state.states[group],
            &past.states[origin / former.lanes],
        ) else {
            continue;
        };
        let (lane, from_lane) = (index % node.lanes, origin % former.lanes);
        let progress = &mut heritage.progress[index];
        done &= budget.spend(list.lines_of_voice(), |budget| {
            to.copy_voice_lines((lane, clock), (from, from_lane), list, progress, budget)
        });
    }
    done
}

/// The states of two programs.
fn programs<'a, T>(
    state: &'a mut CodeState<T>,
    past: &'a mut CodeState<T>,
) -> Option<(&'a mut synthc_jit::State<T>, &'a mut synthc_jit::State<T>)> {
    match (state, past) {
        (CodeState::Program(to), CodeState::Program(from)) => Some((to, from)),
        _ => None,
    }
}

/// Whether every slot leads to the same control in the same way.
fn mapped_alike<T>(a: &PlanNode<T>, b: &PlanNode<T>) -> bool {
    let slot = |node: &PlanNode<T>, i: usize| node.controls[i].map(|s| (s.control, s.smoothing));
    a.controls.len() == b.controls.len() && (0..a.controls.len()).all(|i| slot(a, i) == slot(b, i))
}

/// Controls of the same names go on from where they are, to where they were going.
fn take_over_controls<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    index: usize,
    source: &Instance,
    slots: &[Option<u16>],
) {
    for (slot, past) in slots.iter().zip(&source.controls) {
        let (Some(slot), Some(past)) = (*slot, past) else {
            continue;
        };
        set_control(node, state, index, slot, past.value(), Way::Jump);
        set_control(node, state, index, slot, past.target(), Way::Glide);
    }
}

fn take_over_voices<T>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    former: &PlanNode<T>,
    past: &NodeState<T>,
) {
    let Some(heritage) = &state.heritage else {
        return;
    };
    let slots = &heritage.succession.slots;
    let slot = |old: u16| slots.get(usize::from(old)).copied().flatten();
    for (old, moved) in heritage.moved.iter().enumerate() {
        let Some(voice) = moved.map(|voice| voice as usize) else {
            continue;
        };
        state.voices.take_over(voice, &past.voices, old, slot);
        for (old_slot, slot) in slots.iter().enumerate() {
            if let Some(slot) = slot {
                state.opened[voice * node.controls.len() + usize::from(*slot)] =
                    past.opened[old * former.controls.len() + old_slot];
            }
        }
    }
}
