//! Why a session does not sound, and what the engine has to say while it does.

use std::fmt;
use std::sync::Arc;

use synthc_ir::{BuildError, Site};
use synthc_jit::CompileError;

use crate::plan::PlanError;
use crate::session::{SessionError, Warning};
use crate::transport::TransportError;

/// Why an update was refused; what sounded before sounds on.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// There is no code generator for this machine.
    #[error(transparent)]
    Compiler(CompileError),
    /// The sample rate is unusable.
    #[error("sample rate {given} Hz is outside 1 to 1000000 Hz; choose one a device could run at")]
    SampleRate {
        /// The rate given in Hz.
        given: f64,
    },
    /// The signals of a node make no graph at this sample rate.
    #[error("node `{node}`: {source}")]
    Build {
        /// The node.
        node: Arc<str>,
        /// What is wrong.
        source: BuildError,
    },
    /// A node was not compiled.
    #[error("node `{node}`: {source}")]
    Compile {
        /// The node.
        node: Arc<str>,
        /// Where it was defined.
        site: Option<Arc<Site>>,
        /// What is wrong.
        source: CompileError,
    },
    /// The nodes make no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Tempo and meter make no time.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A path of a scheduled value or note leads nowhere, or to what cannot take it.
    #[error(transparent)]
    Path(#[from] SessionError),
    /// Something was scheduled before anything plays.
    #[error("nothing plays yet; call `update` with a session before scheduling values or notes")]
    NotPlaying,
    /// A note for a node without a control `gate`.
    #[error(
        "node `{node}` has no control `gate` for a note to open; {}",
        gate_hint(node, known)
    )]
    NoGate {
        /// The node.
        node: Arc<str>,
        /// The controls it has.
        known: Vec<Arc<str>>,
    },
    /// A note with more values than an event carries.
    #[error(
        "a note for `{node}` sets {given} values, more than {bound}; set the others with `schedule`"
    )]
    NoteValues {
        /// The node.
        node: Arc<str>,
        /// Values given.
        given: usize,
        /// Values an event carries.
        bound: usize,
    },
    /// The handle of a note of another engine.
    #[error("the note was begun by another engine; call `note_off` of that one")]
    ForeignNote,
    /// A moment that is none.
    #[error("{given} {unit} is no moment; give a finite number up to {limit:e}")]
    Moment {
        /// The number given.
        given: f64,
        /// Seconds or beats.
        unit: &'static str,
        /// The greatest number.
        limit: f64,
    },
    /// More is scheduled than there is room for; the value or note was not taken.
    #[error("{given} {what}, which is the bound of {bound}; {fix}")]
    Overload {
        /// What there is too much of.
        what: String,
        /// How much there is.
        given: usize,
        /// How much there may be.
        bound: usize,
        /// What to do.
        fix: &'static str,
    },
    /// A plan could not be handed over; a defect of the engine.
    #[error("the plan was not handed over: {reason}")]
    Publication {
        /// What the hand-over said.
        reason: String,
    },
}

fn gate_hint(node: &str, known: &[Arc<str>]) -> String {
    match known {
        [] => "it has no controls, so that nothing can start it".to_owned(),
        [first, ..] => {
            let likely = known.iter().find(|name| name.contains("gate"));
            format!(
                "name the control that opens it, as `{node}/{}`; its controls are {}",
                likely.unwrap_or(first),
                known.join(", ")
            )
        }
    }
}

impl EngineError {
    /// Where the mistake stands, when known.
    #[must_use]
    pub fn site(&self) -> Option<&Arc<Site>> {
        match self {
            Self::Build { source, .. } => source.site(),
            Self::Compile { site, .. } => site.as_ref(),
            _ => None,
        }
    }
}

/// Something that was noticed while playing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// A remark of the scheduler.
    Warning(Warning),
    /// A node put out a value that is not a finite number and was silenced.
    NonFinite {
        /// The node.
        node: Arc<str>,
        /// When, in seconds since the engine's start.
        seconds: f64,
    },
    /// A node written in Rust panicked and was silenced.
    Panicked {
        /// The node.
        node: Arc<str>,
        /// When, in seconds since the engine's start.
        seconds: f64,
    },
    /// A function written in Rust that an expression calls panicked. It puts out 0; the rest of its node sounds on.
    ExternPanicked {
        /// The node.
        node: Arc<str>,
        /// When, in seconds since the engine's start.
        seconds: f64,
    },
    /// A node written in Rust allocates or frees memory in its process call, which may stop the sound of everything.
    /// Noticed in debug builds of applications that install a
    /// [`CountingAllocator`](crate::allocation::CountingAllocator).
    Allocated {
        /// The node.
        node: Arc<str>,
        /// When first, in seconds since the engine's start.
        seconds: f64,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warning(warning) => warning.fmt(f),
            Self::NonFinite { node, seconds } => write!(
                f,
                "node `{node}` put out a value that is not a finite number at {seconds:.3} s and is silent until the patch changes"
            ),
            Self::Panicked { node, seconds } => write!(
                f,
                "node `{node}` panicked at {seconds:.3} s and is silent until the session changes"
            ),
            Self::ExternPanicked { node, seconds } => write!(
                f,
                "an extern of node `{node}` panicked at {seconds:.3} s and puts out 0 until the node is defined anew"
            ),
            Self::Allocated { node, seconds } => write!(
                f,
                "node `{node}` allocated or freed memory on the audio thread at {seconds:.3} s; reserve what it needs in `start`"
            ),
        }
    }
}
