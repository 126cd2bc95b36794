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

use super::strip::Collect;
use crate::plan::{
    BLOCK, Block, Fault, GroupScratch, Instance, MAX_CONTROLS, MAX_INPUTS, NodeState, PlanNode, Ran,
};

/// Most voices of a group.
const MAX_LANES: usize = 16;

/// Where the sound of a group goes.
pub(super) struct Target<'a> {
    pub(super) sum: &'a mut [Block<f64>; 2],
    /// Sides of `sum` that hold something; the others hold anything.
    pub(super) sounding: &'a mut [bool; 2],
    pub(super) range: &'a Range<usize>,
    /// Gains of voices that come in, frame by frame; empty while nothing fades.
    pub(super) rising: &'a [f64],
}

/// How a group went: what is new about its faults.
pub(super) type Outcome = Result<Ran, Fault>;

/// Runs a group for a segment and adds what it puts out to the target. Its inputs are in `scratch.inputs`;
/// `silent` says that they are zeros, and that it may stand still. Instances that put out what is not finite, or panic, are
/// faulty from then on.
pub(super) fn run<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    group: usize,
    scratch: &mut GroupScratch<T>,
    silent: bool,
    target: Target,
) -> Outcome {
    let members = node.members(group);
    let instances = &mut state.instances[members.clone()];
    let dead = |i: &Instance| i.faulty || i.absent;
    if instances.iter().all(dead) {
        return Ok(Ran::Clean);
    }
    let rests = instances.iter().all(|instance| instance.moving == 0);
    let code = &mut state.states[group];
    if silent && rests && code.is_still() {
        code.stand_still(target.range.len());
        for instance in instances {
            instance.started = true;
        }
        return Ok(Ran::Still);
    }
    if !(silent && rests) {
        state.quiet[group] = false;
    }
    let outcome = if node.lanes == 1 {
        run_one(node, state, group, scratch, target)
    } else {
        run_lanes(node, state, group, scratch, target)
    };
    let instances = &state.instances[members];
    state.quiet[group] &= instances.iter().all(|instance| instance.peak == 0.0);
    outcome
}

fn run_one<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    index: usize,
    scratch: &mut GroupScratch<T>,
    target: Target,
) -> Outcome {
    let (instance, code) = (&mut state.instances[index], &mut state.states[index]);
    let Target {
        sum,
        sounding,
        range,
        rising,
    } = target;
    let frames = range.len();
    let mut sources: [&[T]; MAX_INPUTS] = [&[]; MAX_INPUTS];
    for (source, input) in sources.iter_mut().zip(&scratch.inputs) {
        *source = &input[..frames];
    }
    let (inputs, outputs) = (node.program.input_count(), node.program.output_count());
    let [first, second] = &mut scratch.outputs;
    let mut targets = [&mut first[..frames], &mut second[..frames]];
    let (sources, targets) = (&sources[..inputs], &mut targets[..outputs]);
    instance.started = true;
    let ran = if instance.moving == 0 {
        node.program.process(code, sources, targets, &[])
    } else {
        let mut values: [Option<&[T]>; MAX_CONTROLS] = [None; MAX_CONTROLS];
        let slots = node.controls.iter().zip(&mut instance.controls);
        for ((slot, smoother), block) in slots.zip(scratch.moving.chunks_mut(BLOCK)) {
            let (Some(slot), Some(smoother)) = (slot, smoother) else {
                continue;
            };
            if smoother.is_moving() {
                let block = &mut block[..frames];
                let curve = &mut scratch.curve[..frames];
                smoother.advance_into(curve);
                for (to, from) in block.iter_mut().zip(curve) {
                    *to = T::from_f64(*from);
                }
                values[usize::from(slot.control)] = Some(block);
            }
        }
        let values = &values[..node.program.controls().len()];
        node.program.process(code, sources, targets, values)
    };
    if instance.entering {
        instance.entering = come_in(&mut scratch.outputs[..outputs], (1, 0), rising);
    }
    let collect = Collect {
        outputs: &scratch.outputs,
        // Sides of effects that run twice, or of the program.
        first: if node.runs_twice() { index } else { 0 },
        count: outputs,
        sum,
        sounding,
        range,
    };
    let heard = ran.and_then(|ran| {
        let peak = host::widest(collect).ok_or(Fault::NonFinite)?;
        instance.peak = instance.peak.max(peak);
        Ok(ran)
    });
    instance.faulty = heard.is_err();
    heard
}

/// A group of a source with voices in lanes.
fn run_lanes<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    group: usize,
    scratch: &mut GroupScratch<T>,
    target: Target,
) -> Outcome {
    let (lanes, frames) = (node.lanes, target.range.len());
    let code = &mut state.states[group];
    let instances = &mut state.instances[node.members(group)];
    let outputs = node.program.output_count();
    let [first, second] = &mut scratch.wide;
    let mut targets = [&mut first[..frames * lanes], &mut second[..frames * lanes]];
    let targets = &mut targets[..outputs];
    let ran = if instances.iter().all(|instance| instance.moving == 0) {
        node.program.process(code, &[], targets, &[])
    } else {
        let mut values: [Option<&[T]>; MAX_CONTROLS] = [None; MAX_CONTROLS];
        let blocks = scratch.moving.chunks_mut(BLOCK * lanes);
        for ((index, slot), block) in node.controls.iter().enumerate().zip(blocks) {
            let Some(slot) = slot else { continue };
            let control = usize::from(slot.control);
            let smoothers = || instances.iter().map(|i| i.controls[index].as_ref());
            if !smoothers().flatten().any(|smoother| smoother.is_moving()) {
                continue;
            }
            let block = &mut block[..frames * lanes];
            for lane in 0..lanes {
                let curve = &mut scratch.curve[..frames];
                let smoother = instances.get_mut(lane).map(|i| i.controls[index].as_mut());
                match smoother.flatten() {
                    Some(smoother) => smoother.advance_into(curve),
                    None => curve.fill(code.control(lane, control)),
                }
                for (row, value) in block.chunks_mut(lanes).zip(curve) {
                    row[lane] = T::from_f64(*value);
                }
            }
            values[control] = Some(block);
        }
        let values = &values[..node.program.controls().len()];
        node.program.process(code, &[], targets, values)
    };
    for (lane, instance) in instances.iter_mut().enumerate() {
        if instance.entering {
            let rising = target.rising;
            instance.entering = come_in(&mut scratch.wide[..outputs], (lanes, lane), rising);
        }
    }
    let heard = ran.and_then(|ran| {
        let mut peaks = [0.0; MAX_LANES];
        host::widest(PeaksOfLanes {
            wide: &scratch.wide[..outputs],
            frames,
            lanes,
            peaks: &mut peaks,
        });
        let mut result = Ok(ran);
        for (lane, instance) in instances.iter_mut().enumerate() {
            instance.started = true;
            if !peaks[lane].is_finite() && !instance.faulty {
                instance.faulty = true;
                result = Err(Fault::NonFinite);
            }
            if instance.faulty || instance.absent {
                for wide in &mut scratch.wide[..outputs] {
                    let rows = wide.chunks_mut(lanes).take(frames);
                    rows.for_each(|row| row[lane] = T::default());
                }
            } else {
                instance.peak = instance.peak.max(peaks[lane]);
            }
        }
        if instances.iter().any(|instance| instance.peak > 0.0) {
            host::widest(SumLanes {
                wide: &scratch.wide[..outputs],
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

/// Fades one voice, (lanes, lane), of outputs in. Whether that goes on: what is silent when the fade begins comes in by
/// itself later.
fn come_in<T: Sample>(
    outputs: &mut [impl AsMut<[T]>],
    (lanes, lane): (usize, usize),
    rising: &[f64],
) -> bool {
    let mut sounds = false;
    for output in outputs {
        let samples = output.as_mut().iter_mut().skip(lane).step_by(lanes);
        for (sample, gain) in samples.zip(rising) {
            let x = sample.to_f64();
            sounds |= x != 0.0;
            *sample = T::from_f64(x * gain);
        }
    }
    sounds
}

/// The largest magnitude of every voice of a group; not finite where one of its samples is not.
struct PeaksOfLanes<'a, T> {
    wide: &'a [Vec<T>],
    frames: usize,
    lanes: usize,
    peaks: &'a mut [f64; MAX_LANES],
}

impl<T: Sample> Kernel for PeaksOfLanes<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for wide in self.wide {
            let samples = &wide[..self.frames * self.lanes];
            match self.lanes {
                4 => peaks::<T, 4>(samples, self.peaks),
                8 => peaks::<T, 8>(samples, self.peaks),
                _ => peaks::<T, MAX_LANES>(samples, self.peaks),
            }
        }
    }
}

#[inline(always)]
fn peaks<T: Sample, const LANES: usize>(samples: &[T], all: &mut [f64; MAX_LANES]) {
    let mut peaks = [0.0; LANES];
    // x · 0 is 0, or NaN where x is not finite.
    let mut zeros = [0.0; LANES];
    for row in samples.as_chunks::<LANES>().0 {
        for ((peak, zero), sample) in peaks.iter_mut().zip(&mut zeros).zip(row) {
            let x = sample.to_f64();
            *peak = if x.abs() > *peak { x.abs() } else { *peak };
            *zero += x * 0.0;
        }
    }
    for ((all, peak), zero) in all.iter_mut().zip(peaks).zip(zeros) {
        *all = all.max(peak) + zero;
    }
}

/// The voices of a group into the node's sum, in their order.
struct SumLanes<'a, T> {
    wide: &'a [Vec<T>],
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
        for ((wide, sum), sounding) in self.wide.iter().zip(sum).zip(sounding) {
            let sum = &mut sum[range.clone()];
            if !std::mem::replace(sounding, true) {
                sum.fill(0.0);
            }
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
