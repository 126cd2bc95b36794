//! What a node runs: a compiled program, or a node written in Rust.
//!
//! Both have one face: the layout counts their ports, the processor sets controls and runs segments without knowing
//! which it is. Calls of nodes written in Rust end here: panics, allocations and silence are dealt with.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use synthc_ir::Control;
use synthc_jit::{Program, Sample, State, StillnessMemory};

use super::{BLOCK, Block};
use crate::allocation;
use crate::node::{
    Controls, Inputs, Interface, Node, NodeBlock, NodeInstance, Outputs, Setup, Tail, Triggers,
};

/// What a node runs.
#[derive(Clone, Debug)]
pub enum Code<T> {
    /// Native code of an expression.
    Program(Program<T>),
    /// A node written in Rust.
    Own(Arc<OwnCode>),
}

impl<T> From<Program<T>> for Code<T> {
    fn from(program: Program<T>) -> Self {
        Self::Program(program)
    }
}

impl<T> From<OwnCode> for Code<T> {
    fn from(own: OwnCode) -> Self {
        Self::Own(Arc::new(own))
    }
}

/// A node written in Rust, for one sample rate.
#[derive(Clone, Debug)]
pub struct OwnCode {
    node: Arc<dyn Node>,
    interface: Interface,
    sample_rate: f64,
    /// Gains of left and right; `None` leaves outputs as they are.
    pan: Option<[f64; 2]>,
}

impl OwnCode {
    /// The code of `node`, whose interface is `interface`.
    #[must_use]
    pub fn new(node: Arc<dyn Node>, interface: Interface, sample_rate: f64) -> Self {
        Self {
            node,
            interface,
            sample_rate,
            pan: None,
        }
    }

    /// The same with gains for left and right; one output becomes two, more than two stay as they are.
    #[must_use]
    pub fn panned(mut self, gains: [f64; 2]) -> Self {
        self.pan = (self.interface.outputs() <= 2).then_some(gains);
        self
    }

    fn outputs(&self) -> usize {
        match self.pan {
            Some(_) => 2,
            None => self.interface.outputs(),
        }
    }
}

impl<T: Sample> Code<T> {
    /// Number of inputs.
    #[must_use]
    pub fn input_count(&self) -> usize {
        match self {
            Self::Program(program) => program.input_count(),
            Self::Own(own) => own.interface.inputs(),
        }
    }

    /// Number of outputs.
    #[must_use]
    pub fn output_count(&self) -> usize {
        match self {
            Self::Program(program) => program.output_count(),
            Self::Own(own) => own.outputs(),
        }
    }

    /// The controls; those of a node written in Rust are followed by its triggers.
    #[must_use]
    pub fn controls(&self) -> &[Arc<Control>] {
        match self {
            Self::Program(program) => program.controls(),
            Self::Own(own) => own.interface.controls(),
        }
    }

    /// The program, where it is one.
    #[must_use]
    pub fn program(&self) -> Option<&Program<T>> {
        match self {
            Self::Program(program) => Some(program),
            Self::Own(_) => None,
        }
    }

    /// Whether a state of one can be used by the other as it is.
    pub(crate) fn shares_state(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Program(a), Self::Program(b)) => a.is_same(b),
            (Self::Own(a), Self::Own(b)) => {
                Arc::ptr_eq(&a.node, &b.node)
                    && a.interface.is_like(&b.interface)
                    && a.sample_rate == b.sample_rate
                    && a.pan == b.pan
            }
            _ => false,
        }
    }

    /// Voices that share a state.
    pub(crate) fn lanes(&self) -> usize {
        self.program().map_or(1, Program::lanes)
    }

    /// Frames that the delay lines of a voice reach back, all together.
    pub(crate) fn delay_frames(&self) -> usize {
        self.program().map_or(0, Program::delay_frames)
    }

    /// A fresh state of as many voices as it has lanes, each with its seed. Allocates.
    pub(crate) fn instantiate(&self, seeds: &[u64]) -> CodeState<T> {
        match self {
            Self::Program(program) => CodeState::Program(program.instantiate_lanes(seeds)),
            Self::Own(own) => {
                let seed = seeds.first().copied().unwrap_or(0);
                CodeState::Own(Box::new(OwnState::new(own, seed)))
            }
        }
    }

    /// Computes a segment of at most 64 frames; as [`Program::process`].
    pub(crate) fn process(
        &self,
        state: &mut CodeState<T>,
        inputs: &[&[T]],
        outputs: &mut [&mut [T]],
        moving: &[Option<&[T]>],
    ) -> Result<Ran, Fault> {
        match (self, state) {
            (Self::Program(program), CodeState::Program(state)) => program
                .process(state, inputs, outputs, moving)
                .map(|()| {
                    if state.take_extern_failure() {
                        Ran::ExternPanicked
                    } else {
                        Ran::Clean
                    }
                })
                .map_err(|_| Fault::NonFinite),
            (Self::Own(own), CodeState::Own(state)) => state.process(own, inputs, outputs, moving),
            _ => Err(Fault::NonFinite),
        }
    }
}

/// How a segment went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ran {
    Clean,
    /// Not computed: it stands still.
    Still,
    /// A node written in Rust allocated or freed, for the first time.
    Allocated,
    /// An extern of a compiled program panicked and puts out 0 from now on; the rest sounds on.
    ExternPanicked,
}

/// Why an instance cannot be used any more, or what is to be said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    NonFinite,
    Panicked,
    Allocated,
    ExternPanicked,
}

/// State of one instance.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all instances are of the large variant, which is used in every block"
)]
pub(crate) enum CodeState<T> {
    Program(State<T>),
    Own(Box<OwnState>),
}

impl<T: Sample> CodeState<T> {
    /// What a control of one voice rests at from now on.
    pub(crate) fn set_control(&mut self, lane: usize, control: usize, value: f64) {
        match self {
            Self::Program(state) => state.set_control_lane(lane, control, value),
            Self::Own(state) => state.set_control(control, value),
        }
    }

    /// What a control of one voice rests at.
    pub(crate) fn control(&self, lane: usize, control: usize) -> f64 {
        match self {
            Self::Program(state) => state.control_lane(lane, control),
            Self::Own(state) => state.resting.get(control).copied().unwrap_or(0.0),
        }
    }

    /// Whether it need not be computed, see [`State::is_still`]. Nodes written in Rust know their silence themselves.
    pub(crate) fn is_still(&self) -> bool {
        matches!(self, Self::Program(state) if state.is_still())
    }

    /// See [`State::observe_silence`].
    pub(crate) fn observe_silence(&mut self, frames: usize, memory: &mut StillnessMemory) {
        if let Self::Program(state) = self {
            state.observe_silence(frames, memory);
        }
    }

    /// See [`State::stand_still`].
    pub(crate) fn stand_still(&mut self, frames: usize) {
        if let Self::Program(state) = self {
            state.stand_still(frames);
        }
    }
}

/// One instance of a node written in Rust, with the memory of its calls.
pub(crate) struct OwnState {
    /// Gone when it could not be started, or has panicked in its destructor.
    instance: Option<Box<dyn NodeInstance>>,
    resting: Vec<f64>,
    moving: Vec<bool>,
    curves: Vec<Block<f64>>,
    /// Values of the triggers in the call before.
    triggers: Vec<f64>,
    inputs: Vec<Block<f64>>,
    outputs: Vec<Block<f64>>,
    position: u64,
    /// Frames since anything went in.
    quiet: u64,
    /// The tail in frames; `u64::MAX` for an endless one.
    tail: u64,
    /// Whether it has been said that it allocates.
    told: bool,
}

impl fmt::Debug for OwnState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnState")
            .field("resting", &self.resting)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl OwnState {
    fn new(own: &OwnCode, seed: u64) -> Self {
        let setup = Setup {
            sample_rate: own.sample_rate,
            seed,
        };
        let interface = &own.interface;
        let controls = interface.controls();
        Self {
            instance: catch_unwind(AssertUnwindSafe(|| own.node.start(&setup))).ok(),
            resting: controls.iter().map(|control| control.init).collect(),
            moving: vec![false; controls.len()],
            curves: vec![[0.0; BLOCK]; controls.len() - interface.triggers()],
            triggers: vec![0.0; interface.triggers()],
            inputs: vec![[0.0; BLOCK]; interface.inputs()],
            outputs: vec![[0.0; BLOCK]; interface.outputs()],
            position: 0,
            quiet: 0,
            tail: match interface.tail_length() {
                Tail::Seconds(seconds) => (seconds * own.sample_rate).ceil() as u64,
                Tail::Endless => u64::MAX,
            },
            told: false,
        }
    }

    fn set_control(&mut self, control: usize, value: f64) {
        if let Some(resting) = self.resting.get_mut(control) {
            *resting = value;
            self.quiet = 0;
        }
    }

    fn process<T: Sample>(
        &mut self,
        own: &OwnCode,
        inputs: &[&[T]],
        outputs: &mut [&mut [T]],
        moving: &[Option<&[T]>],
    ) -> Result<Ran, Fault> {
        let frames = outputs.first().map_or(0, |output| output.len()).min(BLOCK);
        let silent = self.take_in(inputs, moving, frames);
        let first = self.curves.len();
        let open = self.resting[first..].iter().any(|&value| value > 0.0);
        if !silent || open {
            self.quiet = 0;
        }
        for output in &mut self.outputs {
            output[..frames].fill(0.0);
        }
        let ran = if self.quiet >= self.tail {
            Ran::Clean
        } else {
            self.call(first, frames)?
        };
        self.quiet = self.quiet.saturating_add(frames as u64);
        self.position += frames as u64;
        self.triggers.copy_from_slice(&self.resting[first..]);
        self.give_out(own, outputs, frames);
        Ok(ran)
    }

    /// Widens what goes in; whether it is silent and nothing moves.
    fn take_in<T: Sample>(
        &mut self,
        inputs: &[&[T]],
        moving: &[Option<&[T]>],
        frames: usize,
    ) -> bool {
        let mut silent = true;
        for (to, from) in self.inputs.iter_mut().zip(inputs) {
            for (to, from) in to[..frames].iter_mut().zip(*from) {
                *to = from.to_f64();
                silent &= *to == 0.0;
            }
        }
        self.moving.fill(false);
        let curves = self.curves.iter_mut().zip(&mut self.moving);
        for ((to, moves), from) in curves.zip(moving) {
            let Some(from) = from else { continue };
            (*moves, silent) = (true, false);
            for (to, from) in to[..frames].iter_mut().zip(*from) {
                *to = from.to_f64();
            }
        }
        silent
    }

    /// The call itself.
    fn call(&mut self, first: usize, frames: usize) -> Result<Ran, Fault> {
        let Some(instance) = &mut self.instance else {
            return Err(Fault::Panicked);
        };
        let mut block = NodeBlock {
            frames,
            start: self.position,
            inputs: Inputs {
                blocks: &self.inputs,
                frames,
            },
            outputs: Outputs {
                blocks: &mut self.outputs,
                frames,
            },
            controls: Controls {
                resting: &self.resting[..first],
                curves: &self.curves,
                moving: &self.moving,
            },
            triggers: Triggers {
                now: &self.resting[first..],
                before: &self.triggers,
            },
        };
        let before = allocation::counts();
        let call = AssertUnwindSafe(|| instance.process(&mut block));
        if let Err(payload) = catch_unwind(call) {
            // Dropping a payload frees, and may panic in turn.
            std::mem::forget(payload);
            return Err(Fault::Panicked);
        }
        if cfg!(debug_assertions) && !self.told && allocation::counts() != before {
            self.told = true;
            return Ok(Ran::Allocated);
        }
        Ok(Ran::Clean)
    }

    fn give_out<T: Sample>(&self, own: &OwnCode, outputs: &mut [&mut [T]], frames: usize) {
        let last = self.outputs.len().saturating_sub(1);
        for (channel, to) in outputs.iter_mut().enumerate() {
            let from = &self.outputs[channel.min(last)][..frames];
            let gain = own.pan.map_or(1.0, |gains| gains[channel.min(1)]);
            for (to, from) in to.iter_mut().zip(from) {
                *to = T::from_f64(from * gain);
            }
        }
    }
}

impl Drop for OwnState {
    /// Runs on the control side, which must survive a destructor that panics.
    fn drop(&mut self) {
        let instance = self.instance.take();
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(instance))) {
            std::mem::forget(payload);
        }
    }
}
