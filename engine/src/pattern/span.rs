//! Half-open stretches of time and the affine maps between a pattern's time and its parent's.
//!
//! Used by the query: a span is cut at whole cycles, each piece is mapped into the local time of a child, and the
//! child's events are mapped back. Invariant: `map` and `inverse` undo each other exactly.

use super::time::{Time, TimeError};

/// The times `from ≤ t < to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// First moment inside.
    pub(super) from: Time,
    /// First moment after.
    pub(super) to: Time,
}

impl Span {
    /// Whether no time lies inside.
    pub(super) fn is_empty(self) -> bool {
        self.from >= self.to
    }

    /// Whether `time` lies inside.
    pub(super) fn contains(self, time: Time) -> bool {
        self.from <= time && time < self.to
    }

    /// The part inside one cycle.
    pub(super) fn within_cycle(self, cycle: i64) -> Result<Self, TimeError> {
        let start = Time::integer(cycle);
        let end = start.add(Time::ONE)?;
        Ok(Self {
            from: self.from.max(start),
            to: self.to.min(end),
        })
    }

    /// The cycles the span touches.
    pub(super) fn cycles(self) -> std::ops::Range<i64> {
        if self.is_empty() {
            0..0
        } else {
            self.from.floor()..self.to.ceil()
        }
    }
}

/// The map `t ↦ (t + offset) / divisor` from a child's time to its parent's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Affine {
    /// Added first, in the child's cycles.
    pub(super) offset: Time,
    /// Child cycles per parent cycle; positive.
    pub(super) divisor: Time,
}

impl Affine {
    /// A pure displacement.
    pub(super) const fn shift(offset: Time) -> Self {
        Self {
            offset,
            divisor: Time::ONE,
        }
    }

    /// Squeezes the child's cycle `cycle` into the `index`-th of `count` equal slots of the parent's same cycle.
    pub(super) fn slot(cycle: i64, index: i64, count: i64) -> Result<Self, TimeError> {
        // (t - cycle + index) / count + cycle = (t + index + cycle·(count - 1)) / count
        let offset = cycle
            .checked_mul(count - 1)
            .and_then(|base| base.checked_add(index))
            .ok_or(TimeError::Overflow)?;
        Ok(Self {
            offset: Time::integer(offset),
            divisor: Time::integer(count),
        })
    }

    /// A child's time in its parent's time.
    pub(super) fn map(self, time: Time) -> Result<Time, TimeError> {
        time.add(self.offset)?.div(self.divisor)
    }

    /// A parent's span in the child's time.
    pub(super) fn inverse(self, span: Span) -> Result<Span, TimeError> {
        Ok(Span {
            from: span.from.mul(self.divisor)?.sub(self.offset)?,
            to: span.to.mul(self.divisor)?.sub(self.offset)?,
        })
    }
}
