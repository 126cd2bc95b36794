//! The mutable side of a plan: made on the control side, owned by the processor, freed on the
//! control side again.

use synthc_jit::{CopyProgress, Sample, StillnessMemory};

use super::change::{Change, ENOUGH, OF_ONE_EVENT, Turn};
use super::code::CodeState;
use super::{BLOCK, Block, Fault, Plan, PlanNode};
use crate::carry::{NodeChange, Succession, successions};
use crate::smoother::Smoother;
use crate::voice::VoiceBank;

/// A voice of a node, or a side of an effect, beside what its program knows of it.
#[derive(Debug)]
pub(crate) struct Instance {
    /// By control slot; a slot without a control has none.
    pub(crate) controls: Vec<Option<Smoother>>,
    /// How many of `controls` move.
    pub(crate) moving: usize,
    /// Put out a sample that is not finite or panicked, and is silent until a plan brings a fresh one. (A reset
    /// would make its externs anew, which the audio side cannot.)
    pub(crate) faulty: bool,
    /// Has computed a frame.
    pub(crate) started: bool,
    /// Largest magnitude in the present block.
    pub(crate) peak: f64,
    /// Its state went on in the plan after this one.
    pub(crate) absent: bool,
    /// New to a node that sounds on, and fading in.
    pub(crate) entering: bool,
}

/// How a node's sound comes in, and what sounds under it, while a swap fades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Blend {
    /// At full level.
    #[default]
    Rest,
    /// Fades in from nothing.
    Enter,
    /// Crossfades with the node before: amplitudes of sounds that are alike, else powers.
    Cross {
        /// Whether the sounds are alike.
        alike: bool,
    },
    /// At full level, over voices of the node before that fade out; voices that are new fade in.
    Over,
}

/// What a node takes over at the next adoption, and the memory that takes.
#[derive(Debug)]
pub(crate) struct Heritage<T> {
    pub(crate) succession: Succession<T>,
    /// By instance, the instance of the node before that it goes on from.
    pub(crate) origin: Vec<Option<u32>>,
    /// By voice of the node before, the voice it is now.
    pub(crate) moved: Vec<Option<u32>>,
    /// By instance, how far its delay lines have been copied; of a group that is copied as one, by its first instance.
    pub(crate) progress: Vec<CopyProgress>,
    /// For choosing voices: order of preference and voice.
    pub(crate) ranks: Vec<(u64, u32)>,
}

impl<T: Sample> Heritage<T> {
    fn new(succession: Succession<T>, node: &PlanNode<T>, before: &PlanNode<T>) -> Self {
        let copied = |index: usize| match succession.list(index == 0 || node.voices > 1) {
            Some(list) => CopyProgress::new(list),
            None => CopyProgress::default(),
        };
        Self {
            origin: vec![None; node.instances],
            moved: vec![None; usize::from(before.voices)],
            progress: (0..node.instances).map(copied).collect(),
            ranks: Vec::with_capacity(usize::from(before.voices)),
            succession,
        }
    }
}

/// Everything of one node that changes.
#[derive(Debug)]
pub(crate) struct NodeState<T> {
    pub(crate) instances: Vec<Instance>,
    /// What the program knows, by group of instances; see [`PlanNode::members`].
    pub(crate) states: Vec<CodeState<T>>,
    /// By group, whether nothing went in and nothing came out in the present block, with all controls at rest.
    pub(crate) quiet: Vec<bool>,
    pub(crate) voices: VoiceBank,
    /// Frame at which a gate last opened, by voice and control slot; `u64::MAX` for never.
    pub(crate) opened: Vec<u64>,
    pub(crate) gain: Smoother,
    /// 1 open, 0 muted.
    pub(crate) mute: Smoother,
    /// 1 heard in the master mix, 0 not.
    pub(crate) direct: Smoother,
    /// Levels of the plan node's sends, in their order.
    pub(crate) sends: Vec<Smoother>,
    /// What events do to it in the part of the block that is not computed yet, in the order of frames.
    pub(crate) changes: Vec<Change>,
    /// What events do to its levels, likewise.
    pub(crate) turns: Vec<Turn>,
    /// A fault that has not been reported yet.
    pub(crate) unreported: Option<Fault>,
    /// What it takes over.
    pub(crate) heritage: Option<Heritage<T>>,
    pub(crate) blend: Blend,
}

/// Working memory of one instance, or one group of voices in lanes; holds nothing between segments.
#[derive(Debug)]
pub(crate) struct GroupScratch<T> {
    /// Inputs of the instance that runs.
    pub(crate) inputs: Vec<Block<T>>,
    /// Its outputs.
    pub(crate) outputs: Vec<Block<T>>,
    /// Outputs of voices in lanes.
    pub(crate) wide: Vec<Vec<T>>,
    /// Values of its moving controls, by slot; those of voices in lanes side by side.
    pub(crate) moving: Vec<T>,
    /// Values of the control that moves.
    pub(crate) curve: Block<f64>,
}

/// Working memory for what sounds on of the plan before; holds nothing between segments.
#[derive(Debug)]
pub(crate) struct PastScratch {
    /// What the node that is computed was sent.
    pub(crate) inputs: Vec<Block<f64>>,
    /// How many inputs that node has.
    pub(crate) fed: usize,
    /// Outputs of the node before: sum of its voices.
    pub(crate) sum: Vec<Block<f64>>,
}

/// Working memory of one block; holds nothing between segments.
#[derive(Debug)]
pub(crate) struct Scratch<T> {
    pub(crate) group: GroupScratch<T>,
    /// Outputs of the node: sum of its voices; or of the node before, where that has more.
    pub(crate) sum: Vec<Block<f64>>,
    /// The same after its fader.
    pub(crate) faded: Vec<Block<f64>>,
    pub(crate) past: PastScratch,
    /// Values of the gain that moves.
    pub(crate) gain: Block<f64>,
    /// For proofs that a state stands still.
    pub(crate) stillness: StillnessMemory,
}

/// All mutable state that one plan needs, as one box of its generation.
#[derive(Debug)]
pub struct PlanState<T> {
    /// Identity of the plan that made it: the audio side indexes one by the other unchecked.
    pub(super) plan: u64,
    generation: u64,
    pub(crate) nodes: Vec<NodeState<T>>,
    /// Sums of what is sent, silent between blocks; see [`super::wiring`].
    pub(crate) buses: Vec<Block<f64>>,
    pub(crate) scratch: Scratch<T>,
    /// By position in the plan before, the position of the node that goes on.
    pub(crate) after: Vec<Option<u32>>,
    /// What adopting it does, until somebody asks.
    pub(crate) changes: Vec<NodeChange>,
}

impl<T> PlanState<T> {
    /// What adopting it will do to every node; empty for the first plan, and when asked again.
    pub(crate) fn take_changes(&mut self) -> Vec<NodeChange> {
        std::mem::take(&mut self.changes)
    }
}

impl<T: Sample> PlanState<T> {
    pub(super) fn new(plan: &Plan<T>, before: Option<&Plan<T>>) -> Self {
        let (mut successions, changes) = before.map_or_else(Default::default, |before| {
            let (successions, changes) = successions(before, plan);
            (successions.into_iter(), changes)
        });
        let mut after = vec![None; before.map_or(0, |before| before.nodes().len())];
        for (position, old) in plan.related().iter().enumerate() {
            if let Some(old) = old {
                after[*old as usize] = Some(position as u32);
            }
        }
        let node = |node| {
            let mut state = NodeState::new(plan, node);
            let succession = successions.next().flatten();
            if let (Some(succession), Some(before)) = (succession, before) {
                let old = &before.nodes()[succession.before as usize];
                state.heritage = Some(Heritage::new(succession, node, old));
            }
            state
        };
        let most = |plan: &Plan<T>, of: fn(&PlanNode<T>) -> usize| {
            plan.nodes().iter().map(of).max().unwrap_or(0)
        };
        let largest = |of: fn(&PlanNode<T>) -> usize| most(plan, of);
        let past = |of: fn(&PlanNode<T>) -> usize| before.map_or(0, |before| most(before, of));
        let moving = largest(|node| node.controls.len() * node.lanes);
        let wide = largest(|node| if node.lanes > 1 { node.lanes } else { 0 });
        let wide_outputs = largest(|node| match node.lanes {
            1 => 0,
            _ => node.program.output_count(),
        });
        let stillness = largest(|node| {
            let program = node.program.program();
            program.map_or(0, synthc_jit::Program::stillness_nodes)
        });
        let channels: fn(&PlanNode<T>) -> usize = |node| node.width.channels();
        let buses: fn(&PlanNode<T>) -> usize = |node| node.inputs.len();
        let sums = largest(channels).max(past(channels));
        let fed = before.map_or(0, |_| largest(buses).max(past(buses)));
        Self {
            plan: plan.identity,
            generation: plan.generation(),
            nodes: plan.nodes().iter().map(node).collect(),
            buses: vec![[0.0; BLOCK]; plan.bus_count()],
            scratch: Scratch {
                group: GroupScratch {
                    inputs: vec![[T::default(); BLOCK]; largest(|node| node.program.input_count())],
                    outputs: vec![
                        [T::default(); BLOCK];
                        largest(|node| node.program.output_count())
                    ],
                    wide: vec![vec![T::default(); BLOCK * wide]; wide_outputs],
                    moving: vec![T::default(); BLOCK * moving],
                    curve: [0.0; BLOCK],
                },
                sum: vec![[0.0; BLOCK]; sums],
                faded: vec![[0.0; BLOCK]; sums],
                past: PastScratch {
                    inputs: vec![[0.0; BLOCK]; fed],
                    fed: 0,
                    sum: vec![[0.0; BLOCK]; past(channels)],
                },
                gain: [0.0; BLOCK],
                stillness: StillnessMemory::new(stillness),
            },
            after,
            changes,
        }
    }

    /// Generation of the plan it belongs to.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

impl<T: Sample> NodeState<T> {
    fn new(plan: &Plan<T>, node: &PlanNode<T>) -> Self {
        let rate = plan.sample_rate();
        let voices = usize::from(node.voices);
        let seed = |index| {
            let (voice, side) = if voices == 1 { (0, index) } else { (index, 0) };
            plan.instance_seed(&node.name, voice, side)
        };
        let state = |group| {
            let seeds: Vec<u64> = node.members(group).map(seed).collect();
            let mut state = node.program.instantiate(&seeds);
            for slot in node.controls.iter().flatten() {
                let index = usize::from(slot.control);
                if let Some(control) = node.program.controls().get(index) {
                    let value = control.clamp(slot.value);
                    (0..node.lanes).for_each(|lane| state.set_control(lane, index, value));
                }
            }
            state
        };
        let groups = node.groups();
        Self {
            instances: (0..node.instances)
                .map(|_| Instance::new(plan, node))
                .collect(),
            states: (0..groups).map(state).collect(),
            quiet: vec![false; groups],
            voices: VoiceBank::new(voices, node.controls.len(), rate),
            opened: vec![u64::MAX; voices * node.controls.len()],
            gain: Smoother::level(node.gain, rate),
            mute: Smoother::level(if node.muted { 0.0 } else { 1.0 }, rate),
            direct: Smoother::level(if node.direct { 1.0 } else { 0.0 }, rate),
            sends: node
                .sends
                .iter()
                .map(|send| Smoother::level(send.level, rate))
                .collect(),
            changes: Vec::with_capacity(ENOUGH + OF_ONE_EVENT + node.controls.len()),
            turns: Vec::with_capacity(ENOUGH),
            unreported: None,
            heritage: None,
            blend: Blend::Rest,
        }
    }
}

impl Instance {
    fn new<T: Sample>(plan: &Plan<T>, node: &PlanNode<T>) -> Self {
        let controls = node
            .controls
            .iter()
            .map(|slot| {
                let slot = (*slot)?;
                let index = usize::from(slot.control);
                let control = node.program.controls().get(index)?;
                let value = control.clamp(slot.value);
                let seconds = slot.smoothing.filter(|_| !plan.raw_controls());
                let rate = plan.sample_rate();
                Some(Smoother::control(
                    value, control.lo, control.hi, seconds, rate,
                ))
            })
            .collect();
        Self {
            controls,
            moving: 0,
            faulty: false,
            started: false,
            peak: 0.0,
            absent: false,
            entering: false,
        }
    }
}
