//! `range` objects: three integers, no items stored.
//!
//! Bounds are 64-bit; larger ones are refused by the constructor. Lengths are computed in 128 bits,
//! so that no range overflows.

/// `range(start, stop, step)`; `step` is not 0.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// First number.
    pub start: i64,
    /// Bound, not included.
    pub stop: i64,
    /// Difference between neighbours, not 0.
    pub step: i64,
}

impl Range {
    /// Number of items.
    #[must_use]
    pub fn count(&self) -> u64 {
        let (start, stop, step) = (
            i128::from(self.start),
            i128::from(self.stop),
            i128::from(self.step),
        );
        let distance = if step > 0 { stop - start } else { start - stop };
        if distance <= 0 {
            0
        } else {
            ((distance - 1) / step.abs() + 1) as u64
        }
    }

    /// The item at a position below [`count`](Self::count).
    #[must_use]
    pub fn get(&self, index: u64) -> i64 {
        (i128::from(self.start) + i128::from(index) * i128::from(self.step)) as i64
    }

    /// The position of a number, when it is an item.
    #[must_use]
    pub fn position(&self, value: i64) -> Option<u64> {
        let offset = i128::from(value) - i128::from(self.start);
        let step = i128::from(self.step);
        if offset % step != 0 || offset / step < 0 {
            return None;
        }
        let index = (offset / step) as u64;
        (index < self.count()).then_some(index)
    }
}

impl PartialEq for Range {
    /// Equal when the items are.
    fn eq(&self, other: &Self) -> bool {
        let count = self.count();
        count == other.count()
            && (count == 0 || self.start == other.start && (count == 1 || self.step == other.step))
    }
}
