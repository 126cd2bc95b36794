//! The mutable side of a plan: made on the control side, owned by the processor, freed on the
//! control side again.

use synthc_jit::{CopyProgress, Sample};

use super::code::CodeState;
use super::{BLOCK, Block, Fault, MAX_INPUTS, Plan, PlanNode};
use crate::carry::{How, NodeChange, Succession, successions};
use crate::smoother::Smoother;
use crate::voice::VoiceBank;

/// One running state of a node's program: a voice, or a side of an effect.
#[derive(Debug)]
pub(crate) struct Instance<T> {
    pub(crate) state: CodeState<T>,
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
    /// At full level, over voices of the node before that fade out.
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
    /// By instance, how far its delay lines have been copied.
    pub(crate) progress: Vec<CopyProgress>,
    /// For choosing voices: order of preference and voice.
    pub(crate) ranks: Vec<(u64, u32)>,
}

impl<T: Sample> Heritage<T> {
    fn new(succession: Succession<T>, node: &PlanNode<T>, before: &PlanNode<T>) -> Self {
        let copied = |first: bool| match &succession.how {
            How::Keep(Some(list)) if !first => CopyProgress::new(list),
            How::Convert { first: list, .. } if first => CopyProgress::new(list),
            How::Convert {
                further: Some(list),
                ..
            } => CopyProgress::new(list),
            How::Convert { first: list, .. } => CopyProgress::new(list),
            How::Keep(_) | How::Restart => CopyProgress::default(),
        };
        let further = node.voices == 1;
        Self {
            origin: vec![None; node.instances],
            moved: vec![None; usize::from(before.voices)],
            progress: (0..node.instances)
                .map(|i| copied(i == 0 || !further))
                .collect(),
            ranks: Vec::with_capacity(usize::from(before.voices)),
            succession,
        }
    }
}

/// Everything of one node that changes.
#[derive(Debug)]
pub(crate) struct NodeState<T> {
    pub(crate) instances: Vec<Instance<T>>,
    pub(crate) voices: VoiceBank,
    /// Frame at which a gate last opened, by voice and control slot; `u64::MAX` for never.
    pub(crate) opened: Vec<u64>,
    pub(crate) gain: Smoother,
    /// 1 open, 0 muted.
    pub(crate) mute: Smoother,
    /// Levels of the plan node's sends, in their order.
    pub(crate) sends: Vec<Smoother>,
    /// A fault that has not been reported yet.
    pub(crate) unreported: Option<Fault>,
    /// What it takes over.
    pub(crate) heritage: Option<Heritage<T>>,
    pub(crate) blend: Blend,
}

/// Working memory of one block; holds nothing between segments.
#[derive(Debug)]
pub(crate) struct Scratch<T> {
    /// Inputs of the instance that runs.
    pub(crate) inputs: [Block<T>; MAX_INPUTS],
    /// Its outputs.
    pub(crate) outputs: [Block<T>; 2],
    /// Values of its moving controls, by slot.
    pub(crate) moving: Vec<Block<T>>,
    /// The node's output: sum of its voices, left and right.
    pub(crate) sum: [Block<f64>; 2],
    /// The node's output after its fader.
    pub(crate) faded: [Block<f64>; 2],
    /// Values of the gain that moves.
    pub(crate) gain: Block<f64>,
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
        let slots = plan.nodes().iter().map(|node| node.controls.len()).max();
        Self {
            plan: plan.identity,
            generation: plan.generation(),
            nodes: plan.nodes().iter().map(node).collect(),
            buses: vec![[0.0; BLOCK]; plan.bus_count()],
            scratch: Scratch {
                inputs: [[T::default(); BLOCK]; MAX_INPUTS],
                outputs: [[T::default(); BLOCK]; 2],
                moving: vec![[T::default(); BLOCK]; slots.unwrap_or(0)],
                sum: [[0.0; BLOCK]; 2],
                faded: [[0.0; BLOCK]; 2],
                gain: [0.0; BLOCK],
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
        let instances = (0..node.instances)
            .map(|index| {
                let (voice, side) = if voices == 1 { (0, index) } else { (index, 0) };
                Instance::new(plan, node, plan.instance_seed(&node.name, voice, side))
            })
            .collect();
        Self {
            instances,
            voices: VoiceBank::new(voices, node.controls.len(), rate),
            opened: vec![u64::MAX; voices * node.controls.len()],
            gain: Smoother::level(node.gain, rate),
            mute: Smoother::level(if node.muted { 0.0 } else { 1.0 }, rate),
            sends: node
                .sends
                .iter()
                .map(|send| Smoother::level(send.level, rate))
                .collect(),
            unreported: None,
            heritage: None,
            blend: Blend::Rest,
        }
    }
}

impl<T: Sample> Instance<T> {
    fn new(plan: &Plan<T>, node: &PlanNode<T>, seed: u64) -> Self {
        let mut state = node.program.instantiate(seed);
        let controls = node
            .controls
            .iter()
            .map(|slot| {
                let slot = (*slot)?;
                let index = usize::from(slot.control);
                let control = node.program.controls().get(index)?;
                let value = control.clamp(slot.value);
                let seconds = slot.smoothing.filter(|_| !plan.raw_controls());
                state.set_control(index, value);
                let rate = plan.sample_rate();
                Some(Smoother::control(
                    value, control.lo, control.hi, seconds, rate,
                ))
            })
            .collect();
        Self {
            state,
            controls,
            moving: 0,
            faulty: false,
            started: false,
            peak: 0.0,
            absent: false,
        }
    }
}
