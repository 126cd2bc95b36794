//! Interval analysis: between which bounds a signal must stay. Finds the longest delay a line
//! needs where nobody gave one.
//!
//! The bounds hold for finite inputs of every operation; a signal that becomes NaN or infinite at
//! run time is clamped by the delay line itself. Registers are unbounded: a recurrence hides its
//! range, `clip` shows it again.

use std::collections::HashMap;

use super::kind::{Kind, RegisterStart, TableData};
use super::{Math, Signal, SignalNode};
use crate::graph::BuildOpHasher;
use crate::op::{BinaryOp, CastOp, UnaryOp};

/// A closed interval; an end may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub lo: f64,
    /// Upper bound.
    pub hi: f64,
}

impl Interval {
    /// No bound at all.
    pub const ALL: Self = Self {
        lo: f64::NEG_INFINITY,
        hi: f64::INFINITY,
    };
    const UNIT: Self = Self { lo: 0.0, hi: 1.0 };
    const SIGNED_UNIT: Self = Self { lo: -1.0, hi: 1.0 };

    fn new(lo: f64, hi: f64) -> Self {
        if lo.is_nan() || hi.is_nan() {
            Self::ALL
        } else {
            Self { lo, hi }
        }
    }

    fn point(x: f64) -> Self {
        Self::new(x, x)
    }

    fn hull(ends: &[f64]) -> Self {
        if ends.iter().any(|x| x.is_nan()) {
            return Self::ALL;
        }
        let lo = ends.iter().copied().fold(f64::INFINITY, f64::min);
        let hi = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { lo, hi }
    }

    fn monotone(self, f: impl Fn(f64) -> f64) -> Self {
        Self::new(f(self.lo), f(self.hi))
    }

    fn abs(self) -> Self {
        if self.lo >= 0.0 {
            self
        } else if self.hi <= 0.0 {
            Self::new(-self.hi, -self.lo)
        } else {
            Self::new(0.0, self.hi.max(-self.lo))
        }
    }

    fn add(self, o: Self) -> Self {
        Self::new(self.lo + o.lo, self.hi + o.hi)
    }

    fn sub(self, o: Self) -> Self {
        Self::new(self.lo - o.hi, self.hi - o.lo)
    }

    fn mul(self, o: Self) -> Self {
        // 0·∞ is 0 here: an end at infinity stands for arbitrarily large finite values.
        let product = |a: f64, b: f64| if a == 0.0 || b == 0.0 { 0.0 } else { a * b };
        Self::hull(&[
            product(self.lo, o.lo),
            product(self.lo, o.hi),
            product(self.hi, o.lo),
            product(self.hi, o.hi),
        ])
    }

    fn div(self, o: Self) -> Self {
        if o.lo <= 0.0 && o.hi >= 0.0 {
            return Self::ALL;
        }
        self.mul(Self::new(1.0 / o.hi, 1.0 / o.lo))
    }

    fn pow(self, o: Self) -> Self {
        if self.lo <= 0.0 {
            return Self::ALL;
        }
        Self::hull(&[
            self.lo.powf(o.lo),
            self.lo.powf(o.hi),
            self.hi.powf(o.lo),
            self.hi.powf(o.hi),
        ])
    }

    fn union(self, o: Self) -> Self {
        Self::new(self.lo.min(o.lo), self.hi.max(o.hi))
    }
}

/// Intervals of signals, remembered by identity.
pub(crate) struct IntervalAnalysis {
    sample_rate: f64,
    known: HashMap<*const SignalNode, Interval, BuildOpHasher>,
}

impl IntervalAnalysis {
    pub(crate) fn new(sample_rate: f64) -> Self {
        Self {
            sample_rate,
            known: HashMap::default(),
        }
    }

    /// The interval of `root`, which must outlive the analysis (its address is the key).
    pub(crate) fn of(&mut self, root: &Signal) -> Interval {
        let mut stack = vec![(root, false)];
        while let Some((signal, ready)) = stack.pop() {
            let key = std::sync::Arc::as_ptr(&signal.0);
            if self.known.contains_key(&key) {
                continue;
            }
            if ready {
                let interval = self.evaluate(signal);
                self.known.insert(key, interval);
                continue;
            }
            stack.push((signal, true));
            let children = signal.0.kind.children().into_iter();
            stack.extend(children.map(|child| (child, false)));
        }
        self.get(root)
    }

    fn get(&self, signal: &Signal) -> Interval {
        let key = std::sync::Arc::as_ptr(&signal.0);
        self.known.get(&key).copied().unwrap_or(Interval::ALL)
    }

    fn evaluate(&self, signal: &Signal) -> Interval {
        match &signal.0.kind {
            Kind::Float(x) => Interval::point(*x),
            Kind::I32(x) => Interval::point(f64::from(*x)),
            Kind::I64(x) => Interval::point(*x as f64),
            Kind::Bool(x) => Interval::point(f64::from(u8::from(*x))),
            Kind::SampleRate => Interval::point(self.sample_rate),
            Kind::AtRate(function, x) => Interval::point(function(*x, self.sample_rate)),
            Kind::Control(control) => Interval::new(control.lo, control.hi),
            Kind::Input(_)
            | Kind::LineRead(..)
            | Kind::LineMax(_)
            | Kind::ExternCall { .. }
            | Kind::ExternOutput(..)
            | Kind::TurnsToPhase(_) => Interval::ALL,
            Kind::Register(cell) => match cell.start {
                RegisterStart::Bool(_) => Interval::UNIT,
                _ => Interval::ALL,
            },
            Kind::PhaseToTurns(_) | Kind::Compare(..) => Interval::UNIT,
            Kind::TableRead(cell, _) => match &cell.data {
                TableData::ReadOnly(data) => Interval::hull(data),
                TableData::Written { .. } => Interval::ALL,
            },
            Kind::Unary(op, a) => unary(*op, self.get(a)),
            Kind::Binary(op, a, b) => binary(*op, self.get(a), self.get(b)),
            Kind::Select(_, a, b) => self.get(a).union(self.get(b)),
            Kind::Cast(op, a) => match op {
                CastOp::FloatToI32 | CastOp::FloatToI32OrLeast | CastOp::FloatToI64 => {
                    self.get(a).monotone(f64::trunc)
                }
                CastOp::FloatToBits | CastOp::BitsToFloat | CastOp::I64ToI32 => Interval::ALL,
                _ => self.get(a),
            },
            Kind::Math(f, operands) => {
                let a = operands.first().map_or(Interval::ALL, |a| self.get(a));
                let b = operands.get(1).map_or(Interval::ALL, |b| self.get(b));
                math(*f, a, b)
            }
            Kind::BindRegister { value, .. }
            | Kind::BindLine { value, .. }
            | Kind::BindTable { value, .. }
            | Kind::Located(value) => self.get(value),
        }
    }
}

fn unary(op: UnaryOp, a: Interval) -> Interval {
    match op {
        UnaryOp::Neg => Interval::new(-a.hi, -a.lo),
        UnaryOp::Abs => a.abs(),
        UnaryOp::Sqrt => a.monotone(|x| x.max(0.0).sqrt()),
        UnaryOp::Floor => a.monotone(f64::floor),
        UnaryOp::Ceil => a.monotone(f64::ceil),
        UnaryOp::Trunc => a.monotone(f64::trunc),
        UnaryOp::Nearest => a.monotone(f64::round_ties_even),
        UnaryOp::Not => Interval::ALL,
    }
}

fn binary(op: BinaryOp, a: Interval, b: Interval) -> Interval {
    match op {
        BinaryOp::Add => a.add(b),
        BinaryOp::Sub => a.sub(b),
        BinaryOp::Mul => a.mul(b),
        BinaryOp::Div => a.div(b),
        BinaryOp::Min => Interval::new(a.lo.min(b.lo), a.hi.min(b.hi)),
        BinaryOp::Max => Interval::new(a.lo.max(b.lo), a.hi.max(b.hi)),
        _ => Interval::ALL,
    }
}

fn math(f: Math, a: Interval, b: Interval) -> Interval {
    match f {
        Math::Sin | Math::Cos | Math::SinTurns | Math::CosTurns | Math::Tanh => {
            Interval::SIGNED_UNIT
        }
        Math::Atan => a.monotone(f64::atan),
        Math::Asin => Interval::new(-std::f64::consts::FRAC_PI_2, std::f64::consts::FRAC_PI_2),
        Math::Acos => Interval::new(0.0, std::f64::consts::PI),
        Math::Atan2 => Interval::new(-std::f64::consts::PI, std::f64::consts::PI),
        Math::Exp => a.monotone(f64::exp),
        Math::Exp2 => a.monotone(f64::exp2),
        Math::Log if a.lo > 0.0 => a.monotone(f64::ln),
        Math::Log2 if a.lo > 0.0 => a.monotone(f64::log2),
        Math::Log10 if a.lo > 0.0 => a.monotone(f64::log10),
        Math::Pow => a.pow(b),
        Math::Round => a.monotone(f64::round),
        Math::Fmod => {
            let limit = b.abs().hi.min(a.abs().hi);
            let lo = if a.lo >= 0.0 { 0.0 } else { -limit };
            let hi = if a.hi <= 0.0 { 0.0 } else { limit };
            Interval::new(lo, hi)
        }
        Math::Remainder => {
            let limit = b.abs().hi * 0.5;
            Interval::new(-limit, limit)
        }
        Math::Tan | Math::TanPi | Math::Log | Math::Log2 | Math::Log10 => Interval::ALL,
    }
}
