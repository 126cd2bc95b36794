//! Signal expressions: what a user holds.
//!
//! A [`Signal`] is an immutable, shared description of a value that exists in every frame. It is
//! cheap to clone; using one many times shares it. Building signals touches no global state, and
//! dropping a chain of any depth does not recurse.
//!
//! Floats have no width yet, phases are turns of yet unknown resolution, and math functions are
//! still whole: [`Graph::build`](crate::Graph::build) decides all three.

mod feedback;
mod interval;
mod kind;
mod math;
mod operators;

pub use feedback::{DelayMax, Line, Register, Table, feedback, feedback_pair};
pub use interval::Interval;
pub(crate) use interval::IntervalAnalysis;
pub(crate) use kind::{
    Kind, LineCell, NoiseKeyCell, RegisterCell, RegisterStart, TableCell, TableData,
};
pub use math::Math;

use std::fmt;
use std::sync::Arc;

use crate::control::Control;
use crate::external::{ExternUnit, MAX_EXTERN_PORTS};
use crate::op::{BinaryOp, CastOp, CompareOp, UnaryOp};
use crate::site::Site;

/// The type of a signal.
///
/// Operators convert where types differ: a bool becomes 0 or 1, an integer the nearest float, a
/// phase its fraction of a turn in [0, 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignalType {
    /// A number; audio, control values, times.
    Float,
    /// A 32-bit integer that wraps.
    I32,
    /// A 64-bit integer that wraps.
    I64,
    /// A fraction of a turn as an integer as wide as the float: wraps for free, never drifts.
    Phase,
    /// A truth value: what comparisons give.
    Bool,
}

/// An immutable, shared expression with one value in every frame.
///
/// ```
/// use synthc_ir::{Control, Signal};
/// let level = Signal::control(Control::new("level", 0.5, 0.0, 1.0));
/// let doubled = 2.0 * &level + 0.1;
/// assert_eq!(doubled.ty(), synthc_ir::SignalType::Float);
/// ```
#[derive(Clone)]
pub struct Signal(pub(crate) Arc<SignalNode>);

impl fmt::Debug for Signal {
    /// Shows type and place only: an expression may be deep, and vast when written out as a tree.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.site() {
            Some(site) => write!(f, "Signal({:?} at {site})", self.ty()),
            None => write!(f, "Signal({:?})", self.ty()),
        }
    }
}

#[derive(Debug)]
pub(crate) struct SignalNode {
    pub(crate) kind: Kind,
    pub(crate) ty: SignalType,
    pub(crate) site: Option<Arc<Site>>,
}

impl Drop for SignalNode {
    /// Takes the tree apart with a list of its own: a chain of any depth would otherwise overflow
    /// the stack.
    fn drop(&mut self) {
        let mut orphans = self.kind.take_children();
        while let Some(Signal(node)) = orphans.pop() {
            if let Some(mut last) = Arc::into_inner(node) {
                orphans.append(&mut last.kind.take_children());
            }
        }
    }
}

impl Signal {
    pub(crate) fn new(kind: Kind, ty: SignalType) -> Self {
        Self(Arc::new(SignalNode {
            kind,
            ty,
            site: None,
        }))
    }

    /// The type of the signal.
    #[must_use]
    pub fn ty(&self) -> SignalType {
        self.0.ty
    }

    /// Where it was written, when known.
    #[must_use]
    pub fn site(&self) -> Option<&Arc<Site>> {
        self.0.site.as_ref()
    }

    /// The value of a float constant.
    #[must_use]
    pub fn as_constant(&self) -> Option<f64> {
        match self.0.kind {
            Kind::Float(x) => Some(x),
            _ => None,
        }
    }

    /// The same signal, written at `site`. What it is made of keeps its own sites; what has none
    /// inherits this one.
    #[must_use]
    pub fn at(mut self, site: Arc<Site>) -> Self {
        if let Some(node) = Arc::get_mut(&mut self.0) {
            node.site = Some(site);
            return self;
        }
        let ty = self.ty();
        Self(Arc::new(SignalNode {
            kind: Kind::Located(self),
            ty,
            site: Some(site),
        }))
    }

    /// The same signal, written at the caller's line of Rust.
    #[must_use]
    #[track_caller]
    pub fn here(self) -> Self {
        let at = std::panic::Location::caller();
        self.at(Arc::new(Site::new(at.file(), at.line(), at.column())))
    }

    /// A constant float.
    #[must_use]
    pub fn constant(x: f64) -> Self {
        Self::new(Kind::Float(x), SignalType::Float)
    }

    /// A constant 32-bit integer.
    #[must_use]
    pub fn int(x: i32) -> Self {
        Self::new(Kind::I32(x), SignalType::I32)
    }

    /// A constant 64-bit integer.
    #[must_use]
    pub fn long(x: i64) -> Self {
        Self::new(Kind::I64(x), SignalType::I64)
    }

    /// A constant truth value.
    #[must_use]
    pub fn boolean(x: bool) -> Self {
        Self::new(Kind::Bool(x), SignalType::Bool)
    }

    /// The sample rate in Hz.
    #[must_use]
    pub fn sample_rate() -> Self {
        Self::new(Kind::SampleRate, SignalType::Float)
    }

    /// The constant `function(parameter, sample rate in Hz)`, computed in 64 bit when the graph is
    /// built: for numbers whose rounding is part of their definition, such as the line lengths of
    /// [`reverb`](crate::library::reverb). Everything else is clearer as an expression of
    /// [`Signal::sample_rate`].
    #[must_use]
    pub fn at_rate(parameter: f64, function: fn(parameter: f64, rate: f64) -> f64) -> Self {
        Self::new(Kind::AtRate(function, parameter), SignalType::Float)
    }

    /// An audio input, counted from 0.
    #[must_use]
    pub fn input(index: u32) -> Self {
        Self::new(Kind::Input(index), SignalType::Float)
    }

    /// A control. Declaring one name twice alike gives one control; unlike is an error when the
    /// graph is built.
    #[must_use]
    pub fn control(control: Control) -> Self {
        Self::new(Kind::Control(Arc::new(control)), SignalType::Float)
    }

    /// The outputs of an extern fed with `inputs` (converted to floats).
    ///
    /// # Errors
    /// When the number of inputs is not the declared one, or the unit declares no output or more
    /// than [`MAX_EXTERN_PORTS`] of either.
    pub fn external(
        unit: Arc<dyn ExternUnit>,
        inputs: &[Signal],
    ) -> Result<Vec<Signal>, ExternArityError> {
        let (given, declared, outputs) = (inputs.len(), unit.inputs(), unit.outputs());
        let possible = given <= MAX_EXTERN_PORTS && (1..=MAX_EXTERN_PORTS).contains(&outputs);
        if given != declared || !possible {
            return Err(ExternArityError {
                name: unit.name().to_owned(),
                given,
                declared,
                outputs,
            });
        }
        let inputs = inputs.iter().map(Signal::to_float).collect();
        let call = Self::new(Kind::ExternCall { unit, inputs }, SignalType::Float);
        Ok((0..outputs)
            .map(|port| {
                let port = u32::try_from(port).unwrap_or(u32::MAX);
                Self::new(Kind::ExternOutput(call.clone(), port), SignalType::Float)
            })
            .collect())
    }

    /// As a float: bools become 0 or 1, integers the nearest float, phases their fraction of a
    /// turn in [0, 1).
    #[must_use]
    pub fn to_float(&self) -> Self {
        match self.ty() {
            SignalType::Float => self.clone(),
            SignalType::I32 => self.cast(CastOp::I32ToFloat, SignalType::Float),
            SignalType::I64 => self.cast(CastOp::I64ToFloat, SignalType::Float),
            SignalType::Bool => self.cast(CastOp::BoolToFloat, SignalType::Float),
            SignalType::Phase => Self::new(Kind::PhaseToTurns(self.clone()), SignalType::Float),
        }
    }

    /// As a 32-bit integer: floats truncate toward zero and saturate, NaN gives 0.
    #[must_use]
    pub fn to_i32(&self) -> Self {
        match self.ty() {
            SignalType::I32 => self.clone(),
            SignalType::I64 => self.cast(CastOp::I64ToI32, SignalType::I32),
            SignalType::Bool => self.cast(CastOp::BoolToI32, SignalType::I32),
            SignalType::Float | SignalType::Phase => {
                self.to_float().cast(CastOp::FloatToI32, SignalType::I32)
            }
        }
    }

    /// As a 64-bit integer: floats truncate toward zero and saturate, NaN gives 0.
    #[must_use]
    pub fn to_i64(&self) -> Self {
        match self.ty() {
            SignalType::I64 => self.clone(),
            SignalType::I32 => self.cast(CastOp::I32ToI64, SignalType::I64),
            SignalType::Bool => self.to_i32().to_i64(),
            SignalType::Float | SignalType::Phase => {
                self.to_float().cast(CastOp::FloatToI64, SignalType::I64)
            }
        }
    }

    /// As a phase: a float counts turns; whole turns fall away, NaN gives phase 0.
    #[must_use]
    pub fn to_phase(&self) -> Self {
        match self.ty() {
            SignalType::Phase => self.clone(),
            _ => Self::new(Kind::TurnsToPhase(self.to_float()), SignalType::Phase),
        }
    }

    /// As a truth value: whether trunc(x) ≠ 0, that is |x| ≥ 1; NaN is false.
    #[must_use]
    pub fn to_bool(&self) -> Self {
        match self.ty() {
            SignalType::Bool => self.clone(),
            SignalType::I32 => Self::compare_same(CompareOp::Ne, self, &Self::int(0)),
            SignalType::I64 => Self::compare_same(CompareOp::Ne, self, &Self::long(0)),
            SignalType::Float | SignalType::Phase => {
                Self::compare_same(CompareOp::Ge, &self.to_float().abs(), &Self::constant(1.0))
            }
        }
    }

    /// `self ? a : b`, with the truth of [`Signal::to_bool`]. Both branches are computed.
    #[must_use]
    pub fn select(&self, a: &Signal, b: &Signal) -> Self {
        let (a, b) = operators::unify(a, b, true);
        let ty = a.ty();
        Self::new(Kind::Select(self.to_bool(), a, b), ty)
    }

    fn cast(&self, op: CastOp, ty: SignalType) -> Self {
        Self::new(Kind::Cast(op, self.clone()), ty)
    }

    fn unary(&self, op: UnaryOp, ty: SignalType) -> Self {
        Self::new(Kind::Unary(op, self.clone()), ty)
    }

    fn binary_same(op: BinaryOp, a: &Signal, b: &Signal) -> Self {
        debug_assert_eq!(a.ty(), b.ty());
        let ty = a.ty();
        Self::new(Kind::Binary(op, a.clone(), b.clone()), ty)
    }

    fn compare_same(op: CompareOp, a: &Signal, b: &Signal) -> Self {
        debug_assert_eq!(a.ty(), b.ty());
        Self::new(Kind::Compare(op, a.clone(), b.clone()), SignalType::Bool)
    }
}

/// An extern was given a wrong number of inputs, or declares no output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "extern `{name}` declares {declared} inputs and {outputs} outputs but was given {given} inputs; give it exactly the declared number, at most {MAX_EXTERN_PORTS}, and declare 1 to {MAX_EXTERN_PORTS} outputs"
)]
pub struct ExternArityError {
    /// Name of the extern.
    pub name: String,
    /// Number of inputs given.
    pub given: usize,
    /// Number of inputs declared.
    pub declared: usize,
    /// Number of outputs declared.
    pub outputs: usize,
}
