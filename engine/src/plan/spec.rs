//! What the control side fills in to get a [`Plan`](super::Plan): plain lists in any order.

use std::sync::Arc;

use synthc_ir::Graph;
use synthc_jit::Sample;

use super::Code;
use crate::event::NodeKey;

/// Whether a node makes sound from notes or from what is sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// No inputs; may have several voices.
    Source,
    /// Takes the sum of its sends; one voice.
    Effect,
}

/// What a note-on does to a gate that is open.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum NoteMode {
    /// One frame of gate 0 goes before the note: envelopes start again from where they are.
    #[default]
    Retrigger,
    /// The gate stays open and only the values move. For nodes of one voice; with more, stolen
    /// voices still retrigger.
    Legato,
}

/// How one event-addressable control of a node reaches its program.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ControlSlot {
    /// Index in [`Code::controls`].
    pub control: u16,
    /// The value a fresh voice starts at, without a ramp; clamped to the control's range.
    pub value: f64,
    /// Time constant of its smoother in seconds; `None` steps at the frame of the event.
    pub smoothing: Option<f64>,
}

/// A node to be.
#[derive(Clone, Debug)]
pub struct NodeSpec<T> {
    /// Its lasting number, unique in the plan.
    pub key: NodeKey,
    /// Its name, unique in the plan; noise depends on it.
    pub name: Arc<str>,
    /// What it runs.
    pub program: Code<T>,
    /// The graph that its program was compiled from: by it, state goes on in the program of another plan.
    /// Without one another program begins afresh.
    pub graph: Option<Arc<Graph>>,
    /// Source or effect.
    pub kind: NodeKind,
    /// Number of voices, 1 or more; effects have 1.
    pub voices: u16,
    /// What a note does to an open gate.
    pub mode: NoteMode,
    /// Controls by slot: what `control` and `gate` in events index. A redefinition that keeps names at
    /// their slots keeps queued events right; a slot whose control is gone is `None`.
    pub controls: Vec<Option<ControlSlot>>,
    /// Fader, linear.
    pub gain: f64,
    /// Mute switch.
    pub muted: bool,
    /// Whether it is heard in the master mix itself, not only through its sends.
    pub direct: bool,
}

impl<T: Sample> NodeSpec<T> {
    /// A node with one voice, gain 1 and a slot for every control of the program in its order: initial
    /// value and smoothing as declared. It is a source when the program has no inputs.
    pub fn new(key: NodeKey, name: impl Into<Arc<str>>, program: impl Into<Code<T>>) -> Self {
        let program = program.into();
        let controls = program
            .controls()
            .iter()
            .zip(0u16..)
            .map(|(control, index)| {
                Some(ControlSlot {
                    control: index,
                    value: control.init,
                    smoothing: control.smoothing_seconds(),
                })
            })
            .collect();
        let kind = if program.input_count() == 0 {
            NodeKind::Source
        } else {
            NodeKind::Effect
        };
        Self {
            key,
            name: name.into(),
            program,
            graph: None,
            kind,
            voices: 1,
            mode: NoteMode::Retrigger,
            controls,
            gain: 1.0,
            muted: false,
            direct: true,
        }
    }
}

/// Where a send takes its signal from.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Tap {
    /// After the node's fader.
    #[default]
    Post,
    /// Before the fader; the mute switch silences it all the same.
    Pre,
}

/// Which of a node's outputs a send takes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Outlet {
    /// The node as a whole: output 0 as left and 1 as right, or its only output.
    #[default]
    Whole,
    /// The mean of left and right, as one signal: the only output of a node that pan or a stereo input has given two sides.
    Mono,
    /// One output by itself, as one signal; counted from 0.
    Output(u16),
}

impl Outlet {
    /// What an output is, by its number, of a node that declares `outputs` of them: the only one is there on both sides.
    pub(crate) fn of(output: u16, outputs: usize) -> Self {
        if outputs == 1 {
            Self::Mono
        } else {
            Self::Output(output)
        }
    }
}

/// A send to be: at most one for each pair of nodes, outlet and input.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SendSpec {
    /// Where it comes from.
    pub from: NodeKey,
    /// Which of the outputs there it takes.
    #[serde(default)]
    pub outlet: Outlet,
    /// The effect it feeds.
    pub to: NodeKey,
    /// Level, linear.
    pub level: f64,
    /// Before or after the fader.
    pub tap: Tap,
    /// `None` feeds left and right, both with the same of a single output; a number feeds that input alone, with the mean of
    /// both sides.
    pub port: Option<u16>,
    /// Whether it arrives one inner block later, and may close a circle.
    pub feedback: bool,
}

/// The limiter on the master.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LimiterSpec {
    /// Largest magnitude that leaves the engine, > 0.
    pub ceiling: f64,
    /// Time constant of the recovery in seconds, > 0.
    pub release: f64,
}

impl Default for LimiterSpec {
    fn default() -> Self {
        Self {
            ceiling: 1.0,
            release: 0.1,
        }
    }
}

/// A plan to be.
#[derive(Clone, Debug)]
pub struct PlanSpec<T> {
    /// Number of the publication; higher than that of every plan published before.
    pub generation: u64,
    /// Frames per second of the processor; the rate the programs were built for.
    pub sample_rate: f64,
    /// Session seed of all noise.
    pub seed: u64,
    /// The nodes, in any order; among independent nodes the order is that of the mix.
    pub nodes: Vec<NodeSpec<T>>,
    /// The sends, in any order.
    pub sends: Vec<SendSpec>,
    /// Master fader, linear.
    pub master: f64,
    /// The limiter; `None` lets everything through.
    pub limiter: Option<LimiterSpec>,
    /// Every control steps exactly at the frame of its event, smoothed or not.
    pub raw_controls: bool,
}

impl<T> PlanSpec<T> {
    /// A plan without nodes: master at 1, limiter on.
    #[must_use]
    pub fn new(generation: u64, sample_rate: f64) -> Self {
        Self {
            generation,
            sample_rate,
            seed: 0,
            nodes: Vec::new(),
            sends: Vec::new(),
            master: 1.0,
            limiter: Some(LimiterSpec::default()),
            raw_controls: false,
        }
    }
}
