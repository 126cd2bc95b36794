//! Groups: what runs together. One instance of a node; or, where the program is made for voices in lanes, as many voices
//! as it has lanes, with one state.
//!
//! Called by [`super::stage`] for nodes that play and by [`super::fade`] for ghosts. A group that
//! [stands still](synthc_jit::State::is_still), gets nothing and whose controls rest is not computed: its clock and
//! counters go on in closed form, and the result is the same to the bit. Outputs are added voice by voice in the order of
//! voices, so that a voice in a lane is heard as one alone.

use std::ops::Range;

use synthc_jit::Sample;
use synthc_jit::host::{self, Kernel};

use super::ports::Ports;
use super::sounding::Sounding;
use super::stage::{set_control, settle};
use super::strip::Collect;
use crate::plan::{
    BLOCK, Block, Change, Fault, GroupScratch, Instance, MAX_CONTROLS, NodeState, PlanNode, Ran,
    Way, What,
};

/// Most voices of a group.
const MAX_LANES: usize = 16;

/// Where the sound of a group goes.
pub(super) struct Target<'a> {
    pub(super) sum: &'a mut [Block<f64>],
    pub(super) sounding: &'a mut Sounding,
    pub(super) range: &'a Range<usize>,
    /// Gains of voices that come in, frame by frame; empty while nothing fades.
    pub(super) rising: &'a [f64],
}

/// How a group went: what is new about its faults.
pub(super) type Outcome = Result<Ran, Fault>;

/// Runs a group for a segment and adds what it puts out to the target. Its inputs are in `scratch.inputs`;
/// `silent` says that they are zeros, and that it may stand still. Of `changes`, which lie within the segment, it does
/// those that are for it: controls that glide turn on the way, one that steps cuts the segment. Instances that put
/// out what is not finite, or panic, are faulty from then on.
pub(super) fn run<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    group: usize,
    scratch: &mut GroupScratch<T>,
    silent: bool,
    changes: &[Change],
    target: Target,
) -> Outcome {
    let members = node.members(group);
    let instances = &mut state.instances[members.clone()];
    let dead = |i: &Instance| i.faulty || i.absent;
    if instances.iter().all(dead) {
        return Ok(Ran::Clean);
    }
    let range = target.range.clone();
    let (mut from, mut left) = (range.start, changes);
    let mut ran = Ok(Ran::Still);
    while from < range.end && ran.is_ok() {
        left = obey(node, state, &members, left, from);
        let (turns, later) = left.split_at(next_step(state, &members, left));
        let step = later.first().map_or(range.end, |step| usize::from(step.at));
        let piece = from..step.min(range.end);
        let before = std::mem::replace(&mut ran, Ok(Ran::Still));
        ran = match run_piece(node, state, group, scratch, silent, turns, &piece) {
            Ok(Ran::Still) => {
                if before != Ok(Ran::Still) {
                    clear(node, scratch, &piece);
                }
                before
            }
            now => {
                if before == Ok(Ran::Still) {
                    clear(node, scratch, &(range.start..from));
                }
                if now.is_err() {
                    // What it put out before is heard.
                    clear(node, scratch, &(from..range.end));
                }
                match (before, now) {
                    (Ok(Ran::Allocated), Ok(_)) => before,
                    (_, now) => now,
                }
            }
        };
        (from, left) = (piece.end, later);
    }
    obey(node, state, &members, left, range.end);
    if ran == Ok(Ran::Still) {
        return ran;
    }
    let concerning = changes.iter().find(|change| change.concerns(&members));
    let first = concerning.map_or(range.end, |change| usize::from(change.at));
    let outcome = if node.lanes == 1 {
        collect_one(node, state, group, scratch, (ran, first), target)
    } else {
        collect_lanes(node, state, group, scratch, (ran, first), target)
    };
    let instances = &state.instances[members];
    state.quiet[group] &= instances.iter().all(|instance| instance.peak == 0.0);
    outcome
}

/// Does the first of the changes, those that are due at a frame or before, to the controls of a group; what is left.
fn obey<'a, T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    members: &Range<usize>,
    changes: &'a [Change],
    frame: usize,
) -> &'a [Change] {
    let due = changes.iter().take_while(|c| usize::from(c.at) <= frame);
    let (due, left) = changes.split_at(due.count());
    for change in due {
        let changed = change.instances();
        for index in changed.start.max(members.start)..changed.end.min(members.end) {
            match change.what {
                What::Settle { .. } => settle(node, state, index),
                What::Control {
                    slot, value, way, ..
                } => {
                    set_control(node, state, index, slot, value, way);
                }
            }
        }
    }
    left
}

/// How many of the changes come before the first that cuts a segment of the group.
fn next_step<T>(state: &NodeState<T>, members: &Range<usize>, changes: &[Change]) -> usize {
    let cuts = |change: &Change| {
        let What::Control {
            slot, value, way, ..
        } = change.what
        else {
            return true;
        };
        let changed = change.instances();
        let changed = changed.start.max(members.start)..changed.end.min(members.end);
        let mut controls = state.instances[changed].iter();
        controls.any(|instance| {
            let smoother = instance.controls.get(usize::from(slot));
            smoother.and_then(Option::as_ref).is_some_and(|smoother| {
                if smoother.glides() {
                    way == Way::Jump
                } else {
                    // Nothing on the way changes a control that steps.
                    smoother.value().to_bits() != value.to_bits()
                }
            })
        })
    };
    let mut changes = changes.iter();
    let total = changes.len();
    let step = changes.position(|change| change.concerns(members) && cuts(change));
    step.unwrap_or(total)
}

/// Silence where a group that put out something in another piece of the segment stood still.
fn clear<T: Sample>(node: &PlanNode<T>, scratch: &mut GroupScratch<T>, piece: &Range<usize>) {
    let outputs = node.program.output_count();
    if node.lanes == 1 {
        for output in &mut scratch.outputs[..outputs] {
            output[piece.clone()].fill(T::default());
        }
    } else {
        for wide in &mut scratch.wide[..outputs] {
            wide[piece.start * node.lanes..piece.end * node.lanes].fill(T::default());
        }
    }
}

/// Computes a piece in which no control steps, into `scratch.outputs` or `scratch.wide`; or stands still.
fn run_piece<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    group: usize,
    scratch: &mut GroupScratch<T>,
    silent: bool,
    turns: &[Change],
    piece: &Range<usize>,
) -> Outcome {
    let members = node.members(group);
    let instances = &mut state.instances[members.clone()];
    let rests = instances.iter().all(|instance| instance.moving == 0)
        && !turns.iter().any(|turn| turn.concerns(&members));
    let code = &mut state.states[group];
    for instance in instances {
        instance.started = true;
    }
    if silent && rests && code.is_still() {
        code.stand_still(piece.len());
        return Ok(Ran::Still);
    }
    if !(silent && rests) {
        state.quiet[group] = false;
    }
    let lanes = node.lanes;
    let GroupScratch {
        inputs,
        outputs,
        wide,
        moving,
        curve,
    } = scratch;
    let ports = Ports {
        inputs,
        outputs,
        wide,
        lanes,
        piece,
    };
    if rests {
        return ports.process(&node.program, code, &[]);
    }
    let mut values: [Option<&[T]>; MAX_CONTROLS] = [None; MAX_CONTROLS];
    let blocks = moving.chunks_mut(BLOCK * lanes);
    for ((index, slot), block) in node.controls.iter().enumerate().zip(blocks) {
        let Some(slot) = slot else { continue };
        let block = &mut block[..piece.len() * lanes];
        let moving = Moving {
            members: &members,
            slot: index,
            control: usize::from(slot.control),
            turns,
            from: piece.start,
        };
        if moving.advance(state, group, lanes, block, curve) {
            values[moving.control] = Some(block);
        }
    }
    let values = &values[..node.program.controls().len()];
    let code = &mut state.states[group];
    let ran = ports.process(&node.program, code, values);
    // What has come to rest within the piece rests from its end on.
    for turn in turns {
        let What::Control { slot, .. } = turn.what else {
            continue;
        };
        let changed = turn.instances();
        for index in changed.start.max(members.start)..changed.end.min(members.end) {
            let place = usize::from(slot);
            if let (Some(control), Some(smoother)) = (
                &node.controls[place],
                &state.instances[index].controls[place],
            ) && !smoother.is_moving()
            {
                let (lane, control) = (index - members.start, usize::from(control.control));
                state.states[group].set_control(lane, control, smoother.value());
            }
        }
    }
    ran
}

/// A control of a group in a piece.
struct Moving<'a> {
    members: &'a Range<usize>,
    slot: usize,
    control: usize,
    turns: &'a [Change],
    from: usize,
}

impl Moving<'_> {
    /// Writes its values frame by frame, of all lanes side by side, and lets its smoothers advance. False when it rests in
    /// all of them: then nothing of `block` means anything.
    fn advance<T: Sample>(
        &self,
        state: &mut NodeState<T>,
        group: usize,
        lanes: usize,
        block: &mut [T],
        curve: &mut Block<f64>,
    ) -> bool {
        let turns_of = |index: usize| {
            self.turns.iter().filter_map(move |turn| match turn.what {
                What::Control { slot, value, .. } if usize::from(slot) == self.slot => turn
                    .instances()
                    .contains(&index)
                    .then_some((usize::from(turn.at) - self.from, value)),
                _ => None,
            })
        };
        let smoother = |i: &Instance| {
            i.controls[self.slot]
                .as_ref()
                .is_some_and(|s| s.is_moving())
        };
        let mut moves = self
            .members
            .clone()
            .any(|index| smoother(&state.instances[index]) || turns_of(index).next().is_some());
        if !moves {
            return false;
        }
        moves = false;
        let curve = &mut curve[..block.len() / lanes];
        for lane in 0..lanes {
            let index = self.members.start + lane;
            let resting = state.states[group].control(lane, self.control);
            let instance = state.instances[..self.members.end].get_mut(index);
            let moved = instance.and_then(|instance| {
                let smoother = instance.controls[self.slot].as_mut()?;
                let before = smoother.is_moving();
                let moved = smoother.advance_by_turns(curve, turns_of(index));
                let after = smoother.is_moving();
                instance.moving = instance.moving + usize::from(after) - usize::from(before);
                Some(moved)
            });
            if moved != Some(true) {
                curve.fill(resting);
            }
            moves |= moved == Some(true);
            if lanes == 1 {
                for (to, value) in block.iter_mut().zip(&*curve) {
                    *to = T::from_f64(*value);
                }
            } else {
                for (row, value) in block.chunks_mut(lanes).zip(&*curve) {
                    row[lane] = T::from_f64(*value);
                }
            }
        }
        moves
    }
}

/// What an instance put out, into the target; `first` is the frame of the first event for it.
fn collect_one<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    index: usize,
    scratch: &mut GroupScratch<T>,
    (ran, first): (Outcome, usize),
    target: Target,
) -> Outcome {
    let Target {
        sum,
        sounding,
        range,
        rising,
    } = target;
    let instance = &mut state.instances[index];
    if instance.entering {
        let outputs = &mut scratch.outputs[..node.program.output_count()];
        let entry = Entry {
            range,
            first,
            rising,
        };
        instance.entering = entry.come_in(outputs, (1, 0));
    }
    let collect = Collect {
        outputs: &scratch.outputs[..node.program.output_count()],
        // Sides of effects that run twice, or of the program.
        first: if node.runs_twice() { index } else { 0 },
        sum,
        sounding,
        range,
    };
    let peak = host::widest(collect).ok_or(Fault::NonFinite);
    let heard = peak.and_then(|peak| {
        instance.peak = instance.peak.max(peak);
        ran
    });
    instance.faulty = heard.is_err();
    heard
}

/// What the voices of a group put out, into the target; `first` is the frame of the first event for one of them.
fn collect_lanes<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    group: usize,
    scratch: &mut GroupScratch<T>,
    (ran, first): (Outcome, usize),
    target: Target,
) -> Outcome {
    let lanes = node.lanes;
    let instances = &mut state.instances[node.members(group)];
    let outputs = node.program.output_count();
    let samples = target.range.start * lanes..target.range.end * lanes;
    for (lane, instance) in instances.iter_mut().enumerate() {
        if instance.entering {
            let entry = Entry {
                range: target.range,
                first,
                rising: target.rising,
            };
            instance.entering = entry.come_in(&mut scratch.wide[..outputs], (lanes, lane));
        }
    }
    let heard = ran.and_then(|ran| {
        let mut peaks = [T::Magnitude::default(); MAX_LANES];
        host::widest(PeaksOfLanes {
            wide: &scratch.wide[..outputs],
            samples: samples.clone(),
            lanes,
            peaks: &mut peaks,
        });
        let mut result = Ok(ran);
        for (lane, instance) in instances.iter_mut().enumerate() {
            if peaks[lane] >= T::INFINITE && !instance.faulty {
                instance.faulty = true;
                result = Err(Fault::NonFinite);
            }
            if instance.faulty || instance.absent {
                for wide in &mut scratch.wide[..outputs] {
                    let rows = wide[samples.clone()].chunks_mut(lanes);
                    rows.for_each(|row| row[lane] = T::default());
                }
            } else {
                instance.peak = instance.peak.max(T::of_magnitude(peaks[lane]).to_f64());
            }
        }
        if instances.iter().any(|instance| instance.peak > 0.0) {
            host::widest(SumLanes {
                wide: &scratch.wide[..outputs],
                samples,
                lanes,
                used: instances.len(),
                target,
            });
        }
        result
    });
    if ran.is_err() {
        for instance in instances {
            instance.faulty = true;
        }
    }
    heard
}

/// How a voice comes in that is new to a node that sounds on.
struct Entry<'a> {
    range: &'a Range<usize>,
    /// The frame of the first event for the voice's group, or the end of the range.
    first: usize,
    /// Gains of the frames of the range.
    rising: &'a [f64],
}

impl Entry<'_> {
    /// Fades one voice, (lanes, lane), of outputs in. Whether that goes on: what is silent before it is given something
    /// to play begins by itself.
    fn come_in<T: Sample>(
        &self,
        outputs: &mut [impl AsMut<[T]>],
        (lanes, lane): (usize, usize),
    ) -> bool {
        let before = self.range.start * lanes..self.first * lanes;
        let mut sounds = false;
        for output in &mut *outputs {
            let rows = output.as_mut()[before.clone()].chunks(lanes);
            sounds |= rows.into_iter().any(|row| row[lane].to_f64() != 0.0);
        }
        if sounds {
            for output in outputs {
                let rows = output.as_mut()[self.range.start * lanes..].chunks_mut(lanes);
                for (row, gain) in rows.zip(self.rising) {
                    row[lane] = T::from_f64(row[lane].to_f64() * gain);
                }
            }
        }
        sounds
    }
}

/// The largest magnitude of every voice of a group.
struct PeaksOfLanes<'a, T: Sample> {
    wide: &'a [Vec<T>],
    /// The part of them.
    samples: Range<usize>,
    lanes: usize,
    peaks: &'a mut [T::Magnitude; MAX_LANES],
}

impl<T: Sample> Kernel for PeaksOfLanes<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for wide in self.wide {
            let samples = &wide[self.samples.clone()];
            match self.lanes {
                4 => peaks::<T, 4>(samples, self.peaks),
                8 => peaks::<T, 8>(samples, self.peaks),
                _ => peaks::<T, MAX_LANES>(samples, self.peaks),
            }
        }
    }
}

#[inline(always)]
fn peaks<T: Sample, const LANES: usize>(samples: &[T], all: &mut [T::Magnitude; MAX_LANES]) {
    let mut peaks = [T::Magnitude::default(); LANES];
    for row in samples.as_chunks::<LANES>().0 {
        for (peak, sample) in peaks.iter_mut().zip(row) {
            *peak = sample.magnitude().max(*peak);
        }
    }
    for (all, peak) in all.iter_mut().zip(peaks) {
        *all = peak.max(*all);
    }
}

/// The voices of a group into the node's sum, in their order.
struct SumLanes<'a, T> {
    wide: &'a [Vec<T>],
    /// The part of them.
    samples: Range<usize>,
    lanes: usize,
    used: usize,
    target: Target<'a>,
}

impl<T: Sample> Kernel for SumLanes<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Target {
            sum,
            sounding,
            range,
            ..
        } = self.target;
        for (output, (wide, sum)) in self.wide.iter().zip(sum).enumerate() {
            let sum = &mut sum[range.clone()];
            if !sounding.insert(output) {
                sum.fill(0.0);
            }
            let wide = &wide[self.samples.clone()];
            match self.lanes {
                4 => add_lanes::<T, 4>(wide, self.used, sum),
                8 => add_lanes::<T, 8>(wide, self.used, sum),
                _ => add_lanes::<T, MAX_LANES>(wide, self.used, sum),
            }
        }
    }
}

#[inline(always)]
fn add_lanes<T: Sample, const LANES: usize>(wide: &[T], used: usize, sum: &mut [f64]) {
    for (sum, row) in sum.iter_mut().zip(wide.as_chunks::<LANES>().0) {
        for sample in row.iter().take(used) {
            *sum += sample.to_f64();
        }
    }
}
