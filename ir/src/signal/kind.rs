//! The node kinds behind a signal, and the cells that give state its identity.
//!
//! A cell is shared between the reads of a piece of state and the one *bind* that says what is
//! written to it. Reads point to the cell, never to what is written, so expressions have no
//! reference cycles even where the program has feedback.

use std::sync::Arc;

use smallvec::SmallVec;

use super::feedback::DelayMax;
use super::{Math, Signal, SignalType};
use crate::control::Control;
use crate::external::ExternUnit;
use crate::op::{BinaryOp, CastOp, CompareOp, UnaryOp};

#[derive(Debug)]
pub(crate) enum Kind {
    Float(f64),
    I32(i32),
    I64(i64),
    Bool(bool),
    SampleRate,
    /// `function(parameter, sample rate)`, evaluated when the graph is built.
    AtRate(fn(f64, f64) -> f64, f64),
    Input(u32),
    Control(Arc<Control>),
    Unary(UnaryOp, Signal),
    Binary(BinaryOp, Signal, Signal),
    Compare(CompareOp, Signal, Signal),
    Select(Signal, Signal, Signal),
    Cast(CastOp, Signal),
    TurnsToPhase(Signal),
    PhaseToTurns(Signal),
    Math(Math, Vec<Signal>),
    Register(Arc<RegisterCell>),
    BindRegister {
        cell: Arc<RegisterCell>,
        next: Signal,
        value: Signal,
    },
    LineRead(Arc<LineCell>, Signal),
    /// The longest fractional delay the line serves, in frames.
    LineMax(Arc<LineCell>),
    BindLine {
        cell: Arc<LineCell>,
        input: Signal,
        value: Signal,
    },
    TableRead(Arc<TableCell>, Signal),
    BindTable {
        cell: Arc<TableCell>,
        index: Signal,
        written: Signal,
        value: Signal,
    },
    ExternCall {
        unit: Arc<dyn ExternUnit>,
        inputs: Vec<Signal>,
    },
    ExternOutput(Signal, u32),
    Located(Signal),
}

#[derive(Debug)]
pub(crate) struct RegisterCell {
    pub(crate) ty: SignalType,
    pub(crate) start: RegisterStart,
    pub(crate) name: Option<Arc<str>>,
}

#[derive(Debug)]
pub(crate) enum RegisterStart {
    Float(f64),
    I32(i32),
    I64(i64),
    Bool(bool),
    /// In turns.
    Phase(f64),
    NoiseKey(Arc<NoiseKeyCell>, u8),
}

/// Identity of one noise source; its ordinal is given when the graph is built.
#[derive(Debug)]
pub(crate) struct NoiseKeyCell;

#[derive(Debug)]
pub(crate) struct LineCell {
    pub(crate) min: u32,
    pub(crate) max: DelayMax,
    pub(crate) name: Option<Arc<str>>,
}

#[derive(Debug)]
pub(crate) struct TableCell {
    pub(crate) data: TableData,
    pub(crate) name: Option<Arc<str>>,
}

#[derive(Debug)]
pub(crate) enum TableData {
    ReadOnly(Arc<[f64]>),
    Written { len: u32, init: f64 },
}

impl Kind {
    /// The signals this one is made of, in the order in which they are lowered.
    pub(crate) fn children(&self) -> SmallVec<[&Signal; 4]> {
        let mut all = SmallVec::new();
        self.each_child(|child| all.push(child));
        all
    }

    /// Visits them in that order.
    #[inline]
    pub(crate) fn each_child<'a>(&'a self, mut visit: impl FnMut(&'a Signal)) {
        match self {
            Self::Float(_)
            | Self::I32(_)
            | Self::I64(_)
            | Self::Bool(_)
            | Self::SampleRate
            | Self::AtRate(..)
            | Self::Input(_)
            | Self::Control(_)
            | Self::Register(_)
            | Self::LineMax(_) => {}
            Self::Unary(_, a)
            | Self::Cast(_, a)
            | Self::TurnsToPhase(a)
            | Self::PhaseToTurns(a)
            | Self::LineRead(_, a)
            | Self::TableRead(_, a)
            | Self::ExternOutput(a, _)
            | Self::Located(a) => visit(a),
            Self::Binary(_, a, b)
            | Self::Compare(_, a, b)
            | Self::BindRegister {
                next: a, value: b, ..
            }
            | Self::BindLine {
                input: a, value: b, ..
            } => {
                visit(a);
                visit(b);
            }
            Self::Select(a, b, c)
            | Self::BindTable {
                index: a,
                written: b,
                value: c,
                ..
            } => {
                visit(a);
                visit(b);
                visit(c);
            }
            Self::Math(_, all) | Self::ExternCall { inputs: all, .. } => all.iter().for_each(visit),
        }
    }

    /// Leaves an empty kind behind and returns what it held.
    pub(super) fn take_children(&mut self) -> Vec<Signal> {
        match std::mem::replace(self, Self::SampleRate) {
            Self::Float(_)
            | Self::I32(_)
            | Self::I64(_)
            | Self::Bool(_)
            | Self::SampleRate
            | Self::AtRate(..)
            | Self::Input(_)
            | Self::Control(_)
            | Self::Register(_) => Vec::new(),
            Self::LineMax(cell) => take_line(cell),
            Self::Unary(_, a)
            | Self::Cast(_, a)
            | Self::TurnsToPhase(a)
            | Self::PhaseToTurns(a)
            | Self::TableRead(_, a)
            | Self::ExternOutput(a, _)
            | Self::Located(a) => vec![a],
            Self::LineRead(cell, a) => {
                let mut all = take_line(cell);
                all.push(a);
                all
            }
            Self::Binary(_, a, b) | Self::Compare(_, a, b) => vec![a, b],
            Self::Select(a, b, c) => vec![a, b, c],
            Self::Math(_, all) | Self::ExternCall { inputs: all, .. } => all,
            Self::BindRegister { next, value, .. } => vec![next, value],
            Self::BindLine { cell, input, value } => {
                let mut all = take_line(cell);
                all.extend([input, value]);
                all
            }
            Self::BindTable {
                index,
                written,
                value,
                ..
            } => vec![index, written, value],
        }
    }
}

/// The signal a line's length is derived from, when this was the cell's last user.
fn take_line(cell: Arc<LineCell>) -> Vec<Signal> {
    match Arc::into_inner(cell) {
        Some(LineCell {
            max: DelayMax::Of(signal),
            ..
        }) => vec![signal],
        _ => Vec::new(),
    }
}
