//! Nodes written in Rust: what cannot be said as an expression, or exists already in another library.
//!
//! A [`Node`] is a description: what goes in and out, and how to begin. Each voice of it, and each side of a one-input
//! effect that is fed several channels, is a [`NodeInstance`], which computes on the audio thread. In a session such a
//! node is like any other: it has a fader, voices, routes, patterns on its triggers and controls, and its controls
//! are smoothed before it sees them.
//!
//! On the audio thread an instance must not allocate, free, lock or wait. In debug builds a node that allocates or
//! frees is reported by name where the application has installed a
//! [`CountingAllocator`](crate::allocation::CountingAllocator). A panic is caught: the instance is silent from then on
//! and the node reported by name; that one callback may allocate.

use std::fmt;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

use synthc_ir::{Control, Smoothing};

use crate::plan::{BLOCK, Block};

/// How long a node goes on sounding when nothing goes in any more.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Tail {
    /// It may sound at any time: it is always computed.
    #[default]
    Endless,
    /// Once its inputs have been silent, its controls at rest and its triggers closed for this many seconds, its output is
    /// 0 until something changes: it is not computed meanwhile.
    Seconds(f64),
}

/// What a node takes and gives.
///
/// ```
/// use synthc_engine::node::{Interface, Tail};
/// use synthc_ir::Control;
/// let interface = Interface::effect(2, 2)
///     .control(Control::new("room", 0.5, 0.0, 1.0))
///     .trigger("freeze_gate")
///     .tail(Tail::Seconds(4.0));
/// assert_eq!(interface.inputs(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Interface {
    inputs: Vec<Arc<str>>,
    outputs: Vec<Arc<str>>,
    /// Controls first, then triggers.
    controls: Vec<Arc<Control>>,
    triggers: usize,
    tail: Tail,
}

impl Interface {
    /// A source of 1 to 64 outputs, which are called `out0`, `out1` and so on.
    ///
    /// Two outputs are left and right. Of three or more, the first two are: they are heard on the master and sent when the
    /// node is sent as a whole. Every output by itself can be sent, as a mono sound: `send("mixer/out5", "verb", 0.3)`.
    #[must_use]
    pub fn source(outputs: usize) -> Self {
        Self::effect(0, outputs)
    }

    /// An effect of 1 to 64 inputs, which are called `in0`, `in1` and so on, and of outputs as [`Interface::source`] has them.
    #[must_use]
    pub fn effect(inputs: usize, outputs: usize) -> Self {
        Self {
            inputs: numbered("in", inputs),
            outputs: numbered("out", outputs),
            ..Self::default()
        }
    }

    /// Calls the inputs by names of the node's own; their number becomes that of the names.
    #[must_use]
    pub fn named_inputs<N: Into<Arc<str>>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.inputs = names.into_iter().map(Into::into).collect();
        self
    }

    /// Calls the outputs by names of the node's own; their number becomes that of the names.
    #[must_use]
    pub fn named_outputs<N: Into<Arc<str>>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.outputs = names.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a control; the first is number 0 of [`NodeBlock::controls`].
    #[must_use]
    pub fn control(mut self, control: Control) -> Self {
        let at = self.controls.len() - self.triggers;
        self.controls.insert(at, Arc::new(control));
        self
    }

    /// Adds a trigger: a gate from 0 (closed) to 1 that notes open and close at exact frames. The first is number 0 of
    /// [`NodeBlock::triggers`]. Patterns play notes on a trigger called `gate`, or on the one they name.
    #[must_use]
    pub fn trigger(mut self, name: impl Into<Arc<str>>) -> Self {
        let mut control = Control::new(name, 0.0, 0.0, 1.0);
        control.smoothing = Smoothing::None;
        self.controls.push(Arc::new(control));
        self.triggers += 1;
        self
    }

    /// States how long the node goes on sounding.
    #[must_use]
    pub fn tail(mut self, tail: Tail) -> Self {
        self.tail = tail;
        self
    }

    /// Number of inputs; 0 for a source.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// Names of the inputs.
    #[must_use]
    pub fn input_names(&self) -> &[Arc<str>] {
        &self.inputs
    }

    /// Number of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs.len()
    }

    /// Names of the outputs.
    #[must_use]
    pub fn output_names(&self) -> &[Arc<str>] {
        &self.outputs
    }

    /// Whether instances of one can go on as those of the other: what ports are called does not matter to them.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let ports = |of: &Self| (of.inputs.len(), of.outputs.len(), of.triggers, of.tail);
        ports(self) == ports(other) && self.controls == other.controls
    }

    /// Controls in the order given, then triggers in theirs.
    #[must_use]
    pub fn controls(&self) -> &[Arc<Control>] {
        &self.controls
    }

    /// Number of triggers: the last of [`Interface::controls`].
    #[must_use]
    pub fn triggers(&self) -> usize {
        self.triggers
    }

    /// How long the node goes on sounding.
    #[must_use]
    pub fn tail_length(&self) -> Tail {
        self.tail
    }
}

/// Names of ports that have none of their own.
pub(crate) fn numbered(what: &str, count: usize) -> Vec<Arc<str>> {
    let names = (0..count).map(|number| format!("{what}{number}").into());
    names.collect()
}

/// What an instance is made for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Frames a second.
    pub sample_rate: f64,
    /// For noise: differs between instances, and is the same whenever the same session is played again.
    pub seed: u64,
}

/// A node written in Rust.
///
/// ```
/// use synthc_engine::node::{Interface, Node, NodeBlock, NodeInstance, Setup};
/// use synthc_engine::session::{NodeDefinition, NodeOptions, Session};
///
/// /// Clicks when it is struck.
/// #[derive(Debug)]
/// struct Click;
///
/// impl Node for Click {
///     fn interface(&self) -> Interface {
///         Interface::source(1).trigger("gate")
///     }
///     fn start(&self, _: &Setup) -> Box<dyn NodeInstance> {
///         Box::new(|block: &mut NodeBlock<'_>| {
///             if let Some(velocity) = block.triggers.struck(0) {
///                 block.outputs[0][0] = velocity;
///             }
///         })
///     }
/// }
///
/// let mut session = Session::new();
/// session.node("click", NodeDefinition::own(Click)?, NodeOptions::default())?;
/// session.play("click", &(synthc_engine::pattern::hit() * 4))?;
/// # Ok::<(), synthc_engine::session::SessionError>(())
/// ```
pub trait Node: fmt::Debug + Send + Sync {
    /// What goes in and out. Asked once, when the node is defined.
    fn interface(&self) -> Interface;

    /// A fresh instance. Runs on the control side and may allocate; one that panics is silent and reported.
    fn start(&self, setup: &Setup) -> Box<dyn NodeInstance>;
}

/// A running instance of a node: one voice, or one side.
pub trait NodeInstance: Send {
    /// Computes up to 64 frames. Outputs are 0 before the call.
    ///
    /// Called for every inner block of 64 frames, in pieces where events fall inside it: triggers open and controls without
    /// smoothing step only at the first frame of a call, so that all of them are sample-accurate.
    fn process(&mut self, block: &mut NodeBlock<'_>);
}

impl<F: FnMut(&mut NodeBlock<'_>) + Send> NodeInstance for F {
    fn process(&mut self, block: &mut NodeBlock<'_>) {
        self(block);
    }
}

/// The frames that an instance computes now.
#[derive(Debug)]
pub struct NodeBlock<'a> {
    /// Number of frames, 1 to 64: the length of every input and output.
    pub frames: usize,
    /// Frames that this instance has computed or been spared before.
    pub start: u64,
    /// What goes in.
    pub inputs: Inputs<'a>,
    /// What comes out.
    pub outputs: Outputs<'a>,
    /// Values of controls.
    pub controls: Controls<'a>,
    /// Triggers and gates.
    pub triggers: Triggers<'a>,
}

/// Input channels: `inputs[0]` is a slice of samples.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub(crate) blocks: &'a [Block<f64>],
    pub(crate) frames: usize,
}

impl Inputs<'_> {
    /// Number of inputs.
    #[must_use]
    pub fn count(&self) -> usize {
        self.blocks.len()
    }
}

impl Index<usize> for Inputs<'_> {
    type Output = [f64];

    fn index(&self, input: usize) -> &[f64] {
        &self.blocks[input][..self.frames]
    }
}

/// Output channels: `outputs[0]` is a slice of samples.
#[derive(Debug)]
pub struct Outputs<'a> {
    pub(crate) blocks: &'a mut [Block<f64>],
    pub(crate) frames: usize,
}

impl Outputs<'_> {
    /// Number of outputs.
    #[must_use]
    pub fn count(&self) -> usize {
        self.blocks.len()
    }
}

impl Index<usize> for Outputs<'_> {
    type Output = [f64];

    fn index(&self, output: usize) -> &[f64] {
        &self.blocks[output][..self.frames]
    }
}

impl IndexMut<usize> for Outputs<'_> {
    fn index_mut(&mut self, output: usize) -> &mut [f64] {
        &mut self.blocks[output][..self.frames]
    }
}

/// Values of controls in this block, after smoothing.
#[derive(Clone, Copy, Debug)]
pub struct Controls<'a> {
    pub(crate) resting: &'a [f64],
    pub(crate) curves: &'a [Block<f64>],
    pub(crate) moving: &'a [bool],
}

impl Controls<'_> {
    /// Value of a control at a frame of this block.
    #[must_use]
    pub fn at(&self, control: usize, frame: usize) -> f64 {
        if self.moving[control] {
            self.curves[control][frame.min(BLOCK - 1)]
        } else {
            self.resting[control]
        }
    }

    /// Value of a control at the first frame.
    #[must_use]
    pub fn first(&self, control: usize) -> f64 {
        self.at(control, 0)
    }

    /// Whether a control has different values in this block; else [`Controls::first`] holds throughout.
    #[must_use]
    pub fn is_moving(&self, control: usize) -> bool {
        self.moving[control]
    }
}

/// Triggers in this block; they change at its first frame only.
#[derive(Clone, Copy, Debug)]
pub struct Triggers<'a> {
    pub(crate) now: &'a [f64],
    pub(crate) before: &'a [f64],
}

impl Triggers<'_> {
    /// The value with which a trigger opens at the first frame of this block; `None` when it does not.
    #[must_use]
    pub fn struck(&self, trigger: usize) -> Option<f64> {
        let (now, before) = (self.now[trigger], self.before[trigger]);
        (now > 0.0 && before <= 0.0).then_some(now)
    }

    /// The value of a trigger during this block: 0 while it is closed.
    #[must_use]
    pub fn held(&self, trigger: usize) -> f64 {
        self.now[trigger]
    }
}
