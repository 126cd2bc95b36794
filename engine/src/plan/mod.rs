//! Plans: what the processor runs, laid out on the control side and never changed afterwards.
//!
//! The control side fills in a [`PlanSpec`], [`Plan::new`] checks it and computes execution order,
//! channel widths and bus buffers, [`Plan::instantiate`] makes the mutable state, and
//! [`Publisher::publish`](crate::swap::Publisher::publish) hands both to the audio side. The audio
//! side trusts every index in a plan without checking again: this module is the one owner of that
//! argument.
//!
//! Channels. The path of a session is stereo. What a program's counts mean:
//!
//! | program | fed mono, or not at all | fed stereo |
//! |---|---|---|
//! | source, 1 output | mono: the same signal on both sides, at unity | |
//! | source, 2 outputs | left, right | |
//! | 1 input, 1 output | runs once, mono | runs twice, for left and right, each with its state |
//! | 1 input, 2 outputs | runs once, stereo | takes (L + R)/2 |
//! | 2 or more inputs | inputs 0 and 1 both get the signal | input 0 is left, 1 is right |
//!
//! Further inputs are reached by sends with a port. Of a node of three or more outputs, 0 and 1 are left and right: they
//! are heard on the master and sent as a whole; every output by itself is reached by sends with an [`Outlet`]. Fader and mute
//! act on all outputs, meters show 0 and 1. Voices add up output by output, without division by their number.
//!
//! All buffers are as many as the nodes of the plan need, and are made with its state on the control side: a plan of stereo
//! nodes carries nothing for wider ones.

mod change;
mod check;
mod code;
mod error;
mod layout;
mod spec;
mod state;
mod wiring;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use synthc_ir::Graph;
use synthc_jit::Sample;

use crate::event::NodeKey;

pub(crate) use change::{Change, ENOUGH, Lever, Turn, Turns, Way, What};
pub(crate) use code::CodeState;
pub use code::{Code, OwnCode};
pub(crate) use code::{Fault, Ran};
pub use error::PlanError;
pub use spec::{
    ControlSlot, LimiterSpec, NodeKind, NodeSpec, NoteMode, Outlet, PlanSpec, SendSpec, Tap,
};
pub use state::PlanState;
pub(crate) use state::{Blend, GroupScratch, Heritage, Instance, NodeState, PastScratch, Scratch};

/// Frames of an inner block. Blocks begin at multiples of it, counted from the engine's start.
pub const BLOCK: usize = 64;
/// Keys are below this.
pub const MAX_KEY: u32 = 65_536;
/// Most inputs of an effect.
pub const MAX_INPUTS: usize = 64;
/// Most outputs of a node.
pub const MAX_OUTPUTS: usize = 64;
/// Most voices of a source.
pub const MAX_VOICES: u16 = 1024;
/// Most control slots of a node.
pub const MAX_CONTROLS: usize = 256;

/// One channel of one inner block.
pub(crate) type Block<T> = [T; BLOCK];

/// How many channels a node's output has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// One signal for both sides.
    Mono,
    /// Left and right.
    Stereo,
    /// Three or more outputs, of which the first two are left and right.
    Wide(u8),
}

impl Width {
    /// Of a program with this many outputs, 1 to [`MAX_OUTPUTS`].
    pub(crate) fn of(outputs: usize) -> Self {
        match outputs {
            0 | 1 => Self::Mono,
            2 => Self::Stereo,
            more => Self::Wide(more.min(MAX_OUTPUTS) as u8),
        }
    }

    /// Number of signals.
    pub(crate) fn channels(self) -> usize {
        match self {
            Self::Mono => 1,
            Self::Stereo => 2,
            Self::Wide(outputs) => usize::from(outputs),
        }
    }
}

/// A send with everything resolved.
#[derive(Clone, Debug)]
pub(crate) struct PlanSend {
    pub(crate) to: NodeKey,
    pub(crate) level: f64,
    pub(crate) tap: Tap,
    pub(crate) outlet: Outlet,
    pub(crate) port: Option<u16>,
    /// Bus buffer of the left side, or of the only channel.
    pub(crate) left: usize,
    /// Bus buffer of the right side; without one `left` gets the mean of both sides.
    pub(crate) right: Option<usize>,
    /// The send of the plan before, by its place in the list of the node before, whose level goes on.
    pub(crate) source: Option<u32>,
    /// 0 for a send of the session; else how many plans ago it left.
    pub(crate) departing: u8,
    /// Leads to a node that fades out: nothing may be sent there afterwards.
    pub(crate) into_departing: bool,
    /// Whether it is a feedback send, which has buffers of its own: `left` and `right` are those of its [`Loop`]s.
    pub(crate) delayed: bool,
}

/// A channel of a feedback send: what is written in one block is read in the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop {
    pub(crate) write: usize,
    pub(crate) read: usize,
}

/// A node of the plan before that fades out. Its state is that of the plan before.
#[derive(Debug)]
pub(crate) struct Departing {
    /// Position in the plan before.
    pub(crate) old: u32,
    pub(crate) width: Width,
    pub(crate) inputs: Vec<usize>,
    pub(crate) sends: Vec<PlanSend>,
}

/// What is computed next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// A node, by position.
    Node(u32),
    /// A departing node, by its place in the list.
    Departing(u32),
}

/// A node with everything resolved.
#[derive(Debug)]
pub struct PlanNode<T> {
    pub(crate) key: NodeKey,
    pub(crate) name: Arc<str>,
    pub(crate) program: Code<T>,
    /// What the program was compiled from.
    pub(crate) graph: Option<Arc<Graph>>,
    pub(crate) kind: NodeKind,
    pub(crate) voices: u16,
    pub(crate) mode: NoteMode,
    pub(crate) controls: Vec<Option<ControlSlot>>,
    pub(crate) gain: f64,
    pub(crate) muted: bool,
    pub(crate) direct: bool,
    /// Parallel instances: voices of a source, sides of an effect.
    pub(crate) instances: usize,
    /// Instances that share a state: the lanes of the program.
    pub(crate) lanes: usize,
    pub(crate) width: Width,
    /// Bus buffers: one per input, or one per side when a one-input effect runs twice.
    pub(crate) inputs: Vec<usize>,
    pub(crate) sends: Vec<PlanSend>,
    /// What feedback sends bring: the buffer it is in, and the bus it belongs to.
    pub(crate) returns: Vec<(usize, usize)>,
    pub(crate) meter: Meter,
}

impl<T> PlanNode<T> {
    /// The instances that play a voice: its own, or all when there is one voice.
    pub(crate) fn instances_of(&self, voice: usize) -> std::ops::Range<usize> {
        if self.voices == 1 {
            0..self.instances
        } else {
            voice..voice + 1
        }
    }

    /// The instances that share the state of a group.
    pub(crate) fn members(&self, group: usize) -> std::ops::Range<usize> {
        let first = group * self.lanes;
        first..(first + self.lanes).min(self.instances)
    }

    /// Number of groups of instances.
    pub(crate) fn groups(&self) -> usize {
        self.instances.div_ceil(self.lanes)
    }

    /// Whether each side runs an instance of its own.
    pub(crate) fn runs_twice(&self) -> bool {
        self.kind == NodeKind::Effect && self.instances == 2
    }

    /// Its lasting number.
    #[must_use]
    pub fn key(&self) -> NodeKey {
        self.key
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Channels of its output.
    #[must_use]
    pub fn width(&self) -> Width {
        self.width
    }

    /// How many states of the program run: voices, or 2 for a one-input effect fed stereo.
    #[must_use]
    pub fn instances(&self) -> usize {
        self.instances
    }

    /// What it runs.
    #[must_use]
    pub fn code(&self) -> &Code<T> {
        &self.program
    }

    /// What it last put out.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }
}

/// Peak meter of a node, after its fader. The processor raises it, whoever looks resets it.
#[derive(Debug, Default)]
pub struct Meter {
    /// Magnitudes as bits of f32: non-negative floats order like their bits.
    peak: [AtomicU32; 2],
}

impl Meter {
    pub(crate) fn raise(&self, side: usize, peak: f64) {
        let (meter, peak) = (&self.peak[side], (peak as f32).to_bits());
        // A look is a tenth of the price of an exchange, and most blocks are below the peak.
        if peak > meter.load(Ordering::Relaxed) {
            meter.fetch_max(peak, Ordering::Relaxed);
        }
    }

    /// Largest magnitudes of left and right since the last call: of outputs 0 and 1, where there are more.
    #[must_use]
    pub fn take(&self) -> [f32; 2] {
        [0, 1].map(|side| f32::from_bits(self.peak[side].swap(0, Ordering::Relaxed)))
    }
}

/// Everything the processor needs to know of a session, immutable and shared.
#[derive(Debug)]
pub struct Plan<T> {
    /// Unlike that of every other plan of this process.
    identity: u64,
    /// The plan that it was laid out to follow.
    follows: Option<u64>,
    generation: u64,
    sample_rate: f64,
    seed: u64,
    /// In execution order: whatever feeds a node stands before it.
    nodes: Vec<PlanNode<T>>,
    departing: Vec<Departing>,
    /// All of them in execution order.
    steps: Vec<Step>,
    /// By position, the position in the plan before of the node that goes on.
    related: Vec<Option<u32>>,
    /// Position in `nodes` by key.
    positions: Vec<Option<u32>>,
    /// Positions of former keys.
    aliases: Vec<(NodeKey, u32)>,
    buses: usize,
    loops: Vec<Loop>,
    master: f64,
    limiter: Option<LimiterSpec>,
    raw_controls: bool,
}

impl<T: Sample> Plan<T> {
    /// Checks a specification and lays it out.
    ///
    /// # Errors
    /// The first thing found wrong, see [`PlanError`].
    pub fn new(spec: PlanSpec<T>) -> Result<Self, PlanError> {
        layout::lay_out(spec, None)
    }

    /// [`Plan::new`] for a plan that follows `before`: what left the session fades out of it.
    pub(crate) fn after(spec: PlanSpec<T>, before: &Self) -> Result<Self, PlanError> {
        layout::lay_out(spec, Some(before))
    }

    /// Fresh mutable state: instances, smoothers at their start values, buffers. Allocates.
    #[must_use]
    pub fn instantiate(&self) -> Box<PlanState<T>> {
        Box::new(PlanState::new(self, None))
    }

    /// Fresh mutable state that knows what to take over from the state of `before`, which this plan was laid
    /// out to follow. Allocates.
    pub(crate) fn instantiate_after(&self, before: &Self) -> Box<PlanState<T>> {
        Box::new(PlanState::new(self, Some(before)))
    }

    /// Number of the publication.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Frames per second.
    #[must_use]
    pub fn sample_rate(&self) -> f64 {
        self.sample_rate
    }

    /// The nodes in execution order.
    #[must_use]
    pub fn nodes(&self) -> &[PlanNode<T>] {
        &self.nodes
    }

    /// The node with a key.
    #[must_use]
    pub fn node(&self, key: NodeKey) -> Option<&PlanNode<T>> {
        self.position(key).map(|position| &self.nodes[position])
    }

    /// Number of bus buffers.
    #[must_use]
    pub fn bus_count(&self) -> usize {
        self.buses
    }

    /// Whether a state was made by this very plan.
    pub(crate) fn made(&self, state: &PlanState<T>) -> bool {
        self.identity == state.plan
    }

    /// Whether it was laid out to follow `before`.
    pub(crate) fn succeeds(&self, before: Option<&Self>) -> bool {
        self.follows == before.map(|before| before.identity)
    }

    /// All nodes and departing ones in execution order.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What fades out.
    pub(crate) fn departing(&self) -> &[Departing] {
        &self.departing
    }

    /// By position, the position in the plan before.
    pub(crate) fn related(&self) -> &[Option<u32>] {
        &self.related
    }

    /// Where the node is that once had a key.
    pub(crate) fn position_of_former(&self, key: NodeKey) -> Option<usize> {
        let mut aliases = self.aliases.iter();
        let (_, position) = aliases.find(|(former, _)| *former == key)?;
        Some(*position as usize)
    }

    pub(crate) fn position(&self, key: NodeKey) -> Option<usize> {
        let position = (*self.positions.get(key.0 as usize)?)?;
        Some(position as usize)
    }

    /// Channels of feedback sends.
    pub(crate) fn loops(&self) -> &[Loop] {
        &self.loops
    }

    pub(crate) fn master(&self) -> f64 {
        self.master
    }

    pub(crate) fn limiter(&self) -> Option<LimiterSpec> {
        self.limiter
    }

    pub(crate) fn raw_controls(&self) -> bool {
        self.raw_controls
    }

    /// Seed of one instance: its noise depends on the session, the node's name, the voice and the
    /// side, and on nothing else.
    pub(crate) fn instance_seed(&self, name: &str, voice: usize, side: usize) -> u64 {
        let named = name.bytes().fold(self.seed, |seed, byte| {
            synthc_ir::noise_key(seed, u32::from(byte))
        });
        synthc_ir::noise_key(named, (voice as u32) << 1 | side as u32)
    }
}
