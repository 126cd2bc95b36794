//! What the stage that comes takes over from the stage that goes.
//!
//! Follows the lists that the control side made ([`crate::carry`]): which voices stay is decided when the publication
//! arrives, delay lines that change their size are copied in pieces while the old stage plays on, and
//! at the adoption instances change hands. Neither allocates nor frees; what is not needed any more stays in the old stage,
//! which is retired.

use synthc_jit::Sample;

use super::stage::{Stage, Way, set_control};
use crate::carry::How;
use crate::plan::{Blend, CodeState, Instance, NodeState, PlanNode};

/// Frames of delay lines copied in an inner block, all together.
const COPIED: usize = 2048;
/// Further frames for every line: more than a block writes.
const PER_LINE: usize = 128;

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
            let copies = heritage
                .progress
                .iter()
                .any(|progress| !progress.is_empty());
            if now >= then || copies {
                // Whatever is copied over several blocks must not depend on the block at which that begins.
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
        let mut budget = COPIED;
        for state in &mut self.state.nodes {
            let Some(heritage) = &mut state.heritage else {
                continue;
            };
            let past = &old.state.nodes[heritage.succession.before as usize];
            for (index, instance) in state.instances.iter_mut().enumerate() {
                let Some(origin) = heritage.origin[index].map(|origin| origin as usize) else {
                    continue;
                };
                let list = match &heritage.succession.how {
                    How::Keep(Some(list)) if index != origin => list,
                    How::Convert {
                        further: Some(list),
                        ..
                    } if index != origin => list,
                    How::Convert { first, .. } => first,
                    How::Keep(_) | How::Restart => continue,
                };
                let (CodeState::Program(to), CodeState::Program(from)) =
                    (&mut instance.state, &past.instances[origin].state)
                else {
                    continue;
                };
                budget += PER_LINE * list.copied_lines();
                done &= to.copy_lines(from, list, &mut heritage.progress[index], &mut budget);
            }
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
    (state.gain, state.mute) = (past.gain, past.mute);
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
    let Some(heritage) = &state.heritage else {
        return;
    };
    let (slots, how) = (&heritage.succession.slots, &heritage.succession.how);
    let same_controls = mapped_alike(node, former);
    // Copies first, as long as what they are copied from is there.
    for first in [false, true] {
        for (index, instance) in state.instances.iter_mut().enumerate() {
            let Some(origin) = heritage.origin[index].map(|origin| origin as usize) else {
                continue;
            };
            let is_first = node.voices > 1 || index == origin;
            let source = &mut past.instances[origin];
            if is_first != first || source.absent {
                continue;
            }
            match how {
                How::Keep(_) if is_first => {
                    std::mem::swap(&mut instance.state, &mut source.state);
                    if same_controls {
                        std::mem::swap(&mut instance.controls, &mut source.controls);
                        std::mem::swap(&mut instance.moving, &mut source.moving);
                    } else {
                        take_over_controls(node, instance, source, slots);
                    }
                    source.absent = true;
                }
                How::Keep(Some(list)) => {
                    if let Some((to, from)) = programs(instance, source) {
                        to.duplicate_from(from, list);
                    }
                    take_over_controls(node, instance, source, slots);
                }
                How::Convert {
                    first: list,
                    further,
                    ..
                } => {
                    if let Some((to, from)) = programs(instance, source) {
                        match further.as_ref().filter(|_| !is_first) {
                            Some(list) => to.duplicate_from(from, list),
                            None => to.carry_from(from, list),
                        };
                    }
                    take_over_controls(node, instance, source, slots);
                }
                How::Keep(None) | How::Restart => {
                    take_over_controls(node, instance, source, slots);
                }
            }
            instance.started = source.started;
            instance.peak = source.peak;
        }
    }
    state.blend = match how {
        How::Keep(_) if past.instances.iter().all(|i| i.absent || i.faulty) => Blend::Rest,
        How::Keep(_) => Blend::Over,
        How::Convert { alike, .. } => Blend::Cross { alike: *alike },
        How::Restart => Blend::Cross { alike: false },
    };
}

/// The states of two programs.
fn programs<'a, T>(
    instance: &'a mut Instance<T>,
    source: &'a mut Instance<T>,
) -> Option<(&'a mut synthc_jit::State<T>, &'a mut synthc_jit::State<T>)> {
    match (&mut instance.state, &mut source.state) {
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
    instance: &mut Instance<T>,
    source: &Instance<T>,
    slots: &[Option<u16>],
) {
    for (slot, past) in slots.iter().zip(&source.controls) {
        let (Some(slot), Some(past)) = (*slot, past) else {
            continue;
        };
        set_control(node, instance, slot, past.value(), Way::Jump);
        set_control(node, instance, slot, past.target(), Way::Glide);
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
