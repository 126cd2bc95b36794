//! Lists, tuples and slices.
//!
//! A list is shared and mutable; it is borrowed only for the moment of one access, never while
//! user code can run. Tuples are immutable.

use std::cell::{Ref, RefCell, RefMut};

use super::{Value, reclaim};

/// A Python list.
#[derive(Debug, Default)]
pub struct List(RefCell<Vec<Value>>);

impl List {
    /// A list of these items.
    #[must_use]
    pub fn new(items: Vec<Value>) -> Self {
        Self(RefCell::new(items))
    }

    /// The items. Do not hold the borrow while calling back into the interpreter.
    pub fn items(&self) -> Ref<'_, Vec<Value>> {
        self.0.borrow()
    }

    /// The items, to be changed. Do not hold the borrow while calling back into the interpreter.
    pub fn items_mut(&self) -> RefMut<'_, Vec<Value>> {
        self.0.borrow_mut()
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at a position counted from 0.
    pub fn get(&self, index: usize) -> Option<Value> {
        self.0.borrow().get(index).cloned()
    }
}

impl Drop for List {
    fn drop(&mut self) {
        reclaim::release(std::mem::take(self.0.get_mut()));
    }
}

/// A Python tuple.
#[derive(Debug, Default)]
pub struct Tuple(Vec<Value>);

impl Tuple {
    /// A tuple of these items.
    #[must_use]
    pub fn new(items: Vec<Value>) -> Self {
        Self(items)
    }

    /// The items.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        &self.0
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        reclaim::release(std::mem::take(&mut self.0));
    }
}

/// The `start:stop:step` of a subscript, each part as written.
#[derive(Debug)]
pub struct Slice {
    /// First position or `None`.
    pub start: Value,
    /// Position to stop before, or `None`.
    pub stop: Value,
    /// Step or `None`.
    pub step: Value,
}

/// Positions selected by a slice of a sequence of known length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Positions {
    pub(crate) start: i64,
    /// The clipped bound; -1 when a negative step runs past the first item.
    pub(crate) stop: i64,
    pub(crate) step: i64,
    pub(crate) count: usize,
}

impl Positions {
    /// Clips as Python does; `None` when the step is 0.
    pub(crate) fn clip(
        start: Option<i64>,
        stop: Option<i64>,
        step: Option<i64>,
        len: usize,
    ) -> Option<Self> {
        let step = step.unwrap_or(1).max(-i64::MAX);
        if step == 0 {
            return None;
        }
        let len = len as i64;
        let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
        let place = |given: Option<i64>, default: i64| match given {
            None => default,
            Some(i) if i < 0 => i.saturating_add(len).max(low),
            Some(i) => i.min(high),
        };
        let (first, last) = if step > 0 {
            (place(start, low), place(stop, high))
        } else {
            (place(start, high), place(stop, low))
        };
        let distance = if step > 0 { last - first } else { first - last };
        let count = if distance <= 0 {
            0
        } else {
            (distance - 1) / step.abs() + 1
        };
        Some(Self {
            start: first,
            stop: last,
            step,
            count: count as usize,
        })
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        (0..self.count as i64).map(move |i| (self.start + i * self.step) as usize)
    }
}
