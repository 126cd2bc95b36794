//! Dropping nested values without recursion.
//!
//! A patch can nest a list in itself a million deep (`a = [a]` in a loop). Containers hand their
//! items here when they die; beyond a fixed nesting the items wait in a queue, which the outermost
//! drop empties.

use std::cell::{Cell, RefCell};

use super::Value;

/// Nested drops before items are queued.
const NESTING: u32 = 50;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static QUEUE: RefCell<Vec<Vec<Value>>> = const { RefCell::new(Vec::new()) };
}

/// Drops `values`, however deep they are nested.
pub(crate) fn release(values: Vec<Value>) {
    if values.is_empty() {
        return;
    }
    // During thread shutdown the queue may be gone already: plain dropping is all that is left.
    let Ok(depth) = DEPTH.try_with(Cell::get) else {
        return;
    };
    if depth >= NESTING {
        let _ = QUEUE.try_with(|queue| queue.borrow_mut().push(values));
        return;
    }
    let _ = DEPTH.try_with(|d| d.set(depth + 1));
    drop(values);
    if depth == 0 {
        while let Ok(Some(next)) = QUEUE.try_with(|queue| queue.borrow_mut().pop()) {
            drop(next);
        }
    }
    let _ = DEPTH.try_with(|d| d.set(depth));
}
