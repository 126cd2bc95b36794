//! A swap that fades: for ten milliseconds the old stage sounds on under the new one, where they differ.
//!
//! Every node by itself: what was not touched is left alone, what is new comes in, what is gone goes out, and of what
//! changed the old instances, *ghosts*, sound on under the new ones. With s(x) = 3x² − 2x³ the gains of
//! two sounds that are alike are s and 1 − s, whose sum is 1; those of others sin(πs/2) and cos(πs/2), whose squares add up to 1.
//! All begin and end with a slope of 0. Events do not reach ghosts any more.

use std::f64::consts::FRAC_PI_2;
use std::ops::Range;

use synthc_jit::{Sample, host};

use super::group::{self, Target};
use super::sounding::Sounding;
use super::stage::Stage;
use super::strip::Strip;
use crate::carry::How;
use crate::mixer::{self, Gain};
use crate::plan::{
    BLOCK, Blend, Block, CodeState, Departing, NodeState, PastScratch, PlanNode, Scratch,
};
use crate::swap::Publication;

/// Length of the fade.
const SECONDS: f64 = 0.010;

/// The gains of a fade, frame by frame.
#[derive(Debug)]
pub(super) struct Curves {
    alike: Vec<f64>,
    rising: Vec<f64>,
    falling: Vec<f64>,
}

impl Curves {
    /// Allocates.
    pub(super) fn new(sample_rate: f64) -> Self {
        let length = (SECONDS * sample_rate).round().max(1.0) as usize;
        let shape = |frame: usize| {
            let x = (frame + 1) as f64 / length as f64;
            x * x * (3.0 - 2.0 * x)
        };
        let all = |f: fn(f64) -> f64| (0..length).map(|frame| f(shape(frame))).collect();
        Self {
            alike: all(|s| s),
            rising: all(|s| (FRAC_PI_2 * s).sin()),
            falling: all(|s| (FRAC_PI_2 * s).cos()),
        }
    }

    fn len(&self) -> usize {
        self.alike.len()
    }
}

/// The gains of one block.
#[derive(Debug)]
struct Gains {
    /// In and out, of what is alike.
    alike: [Block<f64>; 2],
    /// In and out, of what is not.
    power: [Block<f64>; 2],
}

/// The stage that fades out.
#[derive(Debug)]
pub(super) struct Fade<T> {
    pub(super) stage: Stage<T>,
    done: usize,
    length: usize,
    gains: Gains,
}

impl<T: Sample> Fade<T> {
    /// The fade of what `stage` was; over at once when nothing of it differs.
    pub(super) fn new(stage: Stage<T>, length: &Curves, differs: bool) -> Self {
        let length = length.len();
        Self {
            stage,
            done: if differs { 0 } else { length },
            length,
            gains: Gains {
                alike: [[0.0; BLOCK]; 2],
                power: [[0.0; BLOCK]; 2],
            },
        }
    }

    /// One that has nothing left to play.
    pub(super) fn over(publication: Publication<T>) -> Self {
        let nothing = Curves {
            alike: Vec::new(),
            rising: Vec::new(),
            falling: Vec::new(),
        };
        Self::new(Stage::new(publication), &nothing, false)
    }

    /// Whether nothing of it is heard any more.
    pub(super) fn is_over(&self) -> bool {
        self.done >= self.length
    }

    /// Plan and state, to be sent back.
    pub(super) fn into_publication(self) -> Publication<T> {
        Publication {
            plan: self.stage.plan,
            state: self.stage.state,
        }
    }

    /// Before anything of a block.
    pub(super) fn begin_block(&mut self, curves: &Curves) {
        self.stage.begin_block();
        let at = |curve: &[f64], frame: usize, end: f64| curve.get(frame).copied().unwrap_or(end);
        for i in 0..BLOCK {
            let frame = self.done + i;
            let s = at(&curves.alike, frame, 1.0);
            (self.gains.alike[0][i], self.gains.alike[1][i]) = (s, 1.0 - s);
            self.gains.power[0][i] = at(&curves.rising, frame, 1.0);
            self.gains.power[1][i] = at(&curves.falling, frame, 0.0);
        }
    }

    /// After the last segment of a block.
    pub(super) fn end_block(&mut self) {
        self.done = (self.done + BLOCK).min(self.length);
    }

    /// The gains with which voices come in that are new to a node that sounds on.
    pub(super) fn rising(&self, range: &Range<usize>) -> &[f64] {
        &self.gains.alike[0][range.clone()]
    }

    /// Fades the sum of a node's instances in and adds its ghosts; the channels that there are now. `fed` says that
    /// something went in, `first` is the frame of the first event for the node, or the end of the range.
    pub(super) fn blend(
        &mut self,
        node: &PlanNode<T>,
        state: &mut NodeState<T>,
        fed: bool,
        (scratch, sounding): (&mut Scratch<T>, &mut Sounding),
        range: &Range<usize>,
        first: usize,
    ) -> usize {
        let channels = node.width.channels();
        let Scratch {
            sum, past: memory, ..
        } = scratch;
        let (into, out) = match state.blend {
            Blend::Rest => return channels,
            Blend::Enter => {
                let heard = |channel: usize| {
                    sounding.contains(channel)
                        && mixer::peak(&sum[channel][range.start..first]) > 0.0
                };
                if !fed && !(0..channels).any(heard) {
                    // What comes later begins by itself.
                    state.blend = Blend::Rest;
                    return channels;
                }
                (Some(&self.gains.power[0]), None)
            }
            Blend::Cross { alike: true } => {
                (Some(&self.gains.alike[0]), Some(&self.gains.alike[1]))
            }
            Blend::Cross { alike: false } => {
                (Some(&self.gains.power[0]), Some(&self.gains.power[1]))
            }
            Blend::Over => (None, Some(&self.gains.alike[1])),
        };
        if let Some(gain) = into {
            let gain = Gain::Curve(&gain[range.clone()]);
            let outputs = sum[..channels].iter_mut().enumerate();
            for (_, output) in outputs.filter(|(channel, _)| sounding.contains(*channel)) {
                mixer::scale_in_place(&mut output[range.clone()], gain);
            }
        }
        let (Some(gain), Some(heritage)) = (out, &state.heritage) else {
            let rising = &self.gains.power[0][range.clone()];
            (0..state.instances.len()).for_each(|index| raise_lines(node, state, index, rising));
            return channels;
        };
        let before = heritage.succession.before as usize;
        let Stage {
            plan, state: past, ..
        } = &mut self.stage;
        let ghost = &plan.nodes()[before];
        let fed = &memory.inputs[..memory.fed];
        let ghosts = &mut memory.sum[..];
        let heard = sum_ghosts(
            ghost,
            &mut past.nodes[before],
            &mut past.scratch,
            fed,
            range,
            ghosts,
        );
        if let Some(gain) = into {
            let rising = &gain[range.clone()];
            blend_lines((node, state), (ghost, &past.nodes[before]), rising);
        } else {
            let rising = &self.gains.alike[0][range.clone()];
            for index in 0..state.instances.len() {
                if state.instances[index].entering {
                    raise_lines(node, state, index, rising);
                }
            }
        }
        let before = ghost.width.channels();
        if channels == 1 && before > 1 && sounding.contains(0) {
            // Mono comes after stereo: it is on both sides.
            let [left, right, ..] = &mut sum[..] else {
                return channels;
            };
            right[range.clone()].copy_from_slice(&left[range.clone()]);
            sounding.insert(1);
        }
        let channels = channels.max(before);
        for (channel, to) in sum[..channels].iter_mut().enumerate() {
            let from = match (channel, before) {
                (1, 1) => 0,
                _ => channel,
            };
            // Outputs that the node did not have before come in from silence.
            if from >= before || !heard.contains(from) {
                continue;
            }
            let to = &mut to[range.clone()];
            if !sounding.insert(channel) {
                to.fill(0.0);
            }
            let from = &ghosts[from][range.clone()];
            mixer::add_scaled(to, from, Gain::Curve(&gain[range.clone()]));
        }
        channels
    }

    /// Computes a node that is gone, into the mix and the buses of its sends.
    pub(super) fn depart(
        &mut self,
        departing: &Departing,
        (buses, memory): (&mut [Block<f64>], &mut PastScratch),
        range: &Range<usize>,
        mix: &mut [Block<f64>; 2],
    ) {
        let PastScratch { inputs, fed, sum } = memory;
        *fed = departing.inputs.len();
        for (input, &bus) in inputs.iter_mut().zip(&departing.inputs) {
            input[range.clone()].copy_from_slice(&buses[bus][range.clone()]);
            buses[bus][range.clone()].fill(0.0);
        }
        let Stage {
            plan, state: past, ..
        } = &mut self.stage;
        let old = departing.old as usize;
        let (ghost, state, scratch) = (&plan.nodes()[old], &mut past.nodes[old], &mut past.scratch);
        let fed = &inputs[..*fed];
        let sounding = sum_ghosts(ghost, state, scratch, fed, range, sum);
        let channels = departing.width.channels();
        let gain = Gain::Curve(&self.gains.alike[1][range.clone()]);
        for (to, from) in scratch.sum[..channels].iter_mut().zip(&*sum) {
            mixer::scale(&mut to[range.clone()], &from[range.clone()], gain);
        }
        let strip = Strip {
            channels,
            sends: &departing.sends,
            levels: &mut state.sends,
            turns: &[],
            by_source: true,
            mute: &mut state.mute,
            gain: &mut state.gain,
            direct: &mut state.direct,
            meter: None,
            leaving: true,
            scratch,
            sounding,
            buses,
            range,
            mix,
        };
        host::widest(strip);
    }
}

/// Remembers what a node is sent, before the node takes it: its ghosts get the same.
pub(super) fn keep_inputs<T>(
    node: &PlanNode<T>,
    blend: Blend,
    (buses, memory): (&[Block<f64>], &mut PastScratch),
    range: &Range<usize>,
) {
    if matches!(blend, Blend::Rest | Blend::Enter) {
        return;
    }
    memory.fed = node.inputs.len();
    for (input, &bus) in memory.inputs.iter_mut().zip(&node.inputs) {
        input[range.clone()].copy_from_slice(&buses[bus][range.clone()]);
    }
}

/// What the instances of a node and their ghosts have written to delay lines.
fn blend_lines<T: Sample>(
    (node, state): (&PlanNode<T>, &mut NodeState<T>),
    (former, past): (&PlanNode<T>, &NodeState<T>),
    rising: &[f64],
) {
    for index in 0..state.instances.len() {
        let heritage = state.heritage.as_ref();
        let origin = heritage.and_then(|heritage| heritage.origin[index]);
        let succession = heritage.map(|heritage| &heritage.succession.how);
        let (Some(origin), Some(How::Convert { first, .. })) = (origin, succession) else {
            raise_lines(node, state, index, rising);
            continue;
        };
        let origin = origin as usize;
        let ghost = &past.states[origin / former.lanes];
        if let (CodeState::Program(now), CodeState::Program(ghost)) =
            (&mut state.states[index / node.lanes], ghost)
        {
            let (lane, past) = (index % node.lanes, origin % former.lanes);
            now.blend_lines(lane, ghost, past, first, rising);
        }
    }
}

/// What an instance that begins has written to delay lines.
fn raise_lines<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    index: usize,
    rising: &[f64],
) {
    if let CodeState::Program(code) = &mut state.states[index / node.lanes] {
        code.raise_lines(index % node.lanes, rising);
    }
}

/// The sum of what the instances of a node of the old stage still play; which channels of it hold something.
fn sum_ghosts<T: Sample>(
    node: &PlanNode<T>,
    state: &mut NodeState<T>,
    scratch: &mut Scratch<T>,
    fed: &[Block<f64>],
    range: &Range<usize>,
    sum: &mut [Block<f64>],
) -> Sounding {
    let mut sounding = Sounding::default();
    let count = node.program.input_count();
    for group in 0..state.states.len() {
        for (port, input) in scratch.group.inputs[..count].iter_mut().enumerate() {
            feed(
                &mut input[range.clone()],
                node,
                fed,
                if node.runs_twice() { group } else { port },
                range,
            );
        }
        let target = Target {
            sum: &mut *sum,
            sounding: &mut sounding,
            range,
            rising: &[],
        };
        // Nobody hears of the faults of ghosts; they are silent from then on.
        let _ = group::run(node, state, group, &mut scratch.group, false, &[], target);
    }
    sounding
}

/// One input of a ghost, from what its successor is fed: the same number, the last there is, or the mean of both
/// sides where there was one.
fn feed<T: Sample>(
    to: &mut [T],
    node: &PlanNode<T>,
    fed: &[Block<f64>],
    port: usize,
    range: &Range<usize>,
) {
    let one = node.inputs.len() == 1;
    match fed {
        [] => to.fill(T::default()),
        [left, right] if one => {
            let sides = left[range.clone()].iter().zip(&right[range.clone()]);
            for (to, (l, r)) in to.iter_mut().zip(sides) {
                *to = T::from_f64(0.5 * (l + r));
            }
        }
        _ => {
            let from = &fed[port.min(fed.len() - 1)][range.clone()];
            for (to, from) in to.iter_mut().zip(from) {
                *to = T::from_f64(*from);
            }
        }
    }
}
