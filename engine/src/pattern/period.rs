//! How long a pattern takes until it repeats.
//!
//! Computed once per node from its children, so that a shared tree costs nothing extra; the offline renderer chooses
//! its default length by it. Invariant: if the period is `Some(p)`, the events at t + p are those at t, moved by p.

use super::curve::Shape;
use super::time::Time;
use super::tree::{Items, Kind, Pattern};

/// Longest period reported, in cycles.
pub const MAX_PERIOD: i64 = 64;

impl Pattern {
    /// The shortest period in cycles that follows from the pattern's structure: an exact least common multiple.
    ///
    /// Never less than one cycle: a shorter one is reported as its smallest multiple that is a whole number of cycles.
    /// `None` if the pattern is random, or the period exceeds [`MAX_PERIOD`] cycles, or an operator failed.
    #[must_use]
    pub fn period(&self) -> Option<Time> {
        let period = self.0.period?;
        let period = if period < Time::ONE {
            whole(period)?
        } else {
            period
        };
        (period <= Time::integer(MAX_PERIOD)).then_some(period)
    }
}

/// The period of a node; see the module's invariant. Silence is handled by the caller.
pub(super) fn of(kind: &Kind) -> Option<Time> {
    match kind {
        Kind::Rest | Kind::Atom(_) | Kind::Midi(_) | Kind::Osc(_) => Some(Time::ONE),
        Kind::Curve(curve) => {
            let fixed = !matches!(curve.shape, Shape::Random { .. }) || curve.low == curve.high;
            fixed.then_some(Time::ONE)
        }
        // Slots play same-numbered cycles, so only whole cycles of the items can return.
        Kind::Sequence { items, .. } => common_whole(items),
        Kind::Repeat { child, .. }
        | Kind::Spread { child, .. }
        | Kind::Mask { child, .. }
        | Kind::Reverse(child) => whole(child.0.period?),
        Kind::Stack(items) => items
            .patterns
            .iter()
            .try_fold(items.patterns[0].0.period?, |all, item| {
                all.lcm(item.0.period?)
            }),
        // Item i plays its cycle c in cycle c·count + i.
        Kind::Cat(items) => common_whole(items)?.mul(Time::integer(items.count())).ok(),
        Kind::Stretch { child, speed } => child.0.period?.div(*speed).ok(),
        Kind::Shift { child, .. } | Kind::Gate { child, .. } => child.0.period,
        Kind::Every { cycles, on, off } => whole(on.0.period?)?
            .lcm(whole(off.0.period?)?)?
            .lcm(Time::integer(*cycles)),
        Kind::Thin {
            child, probability, ..
        } => {
            if *probability <= 0.0 {
                child.0.period
            } else {
                None
            }
        }
        Kind::Sometimes {
            on,
            off,
            probability,
            ..
        } => {
            if *probability <= 0.0 {
                off.0.period
            } else if *probability >= 1.0 {
                on.0.period
            } else {
                None
            }
        }
        // The swing map commutes with displacement by one pair.
        Kind::Swing { child, grid, .. } => child.0.period?.lcm(Time::new(2, *grid).ok()?),
        Kind::Struct { rhythm, .. } => rhythm.0.period,
        Kind::Invalid(_) => None,
    }
}

/// The smallest multiple of a period that is a whole number of cycles.
fn whole(period: Time) -> Option<Time> {
    period.lcm(Time::ONE)
}

/// The smallest whole number of cycles after which all items return.
fn common_whole(items: &Items) -> Option<Time> {
    items
        .patterns
        .iter()
        .try_fold(Time::ONE, |all, item| all.lcm(item.0.period?))
}
