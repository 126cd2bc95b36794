//! Calling externs from compiled code.
//!
//! Every state owns an [`ExternSlots`]: the boxed instances and the buffers through which compiled
//! code hands their inputs and outputs over. A panic ends at the [`trampoline`]; the instance is then
//! flagged and silent.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use synthc_ir::ExternState;

/// One extern of one state. Compiled code holds a pointer to it, and pointers to `inputs` and
/// `outputs`, through the descriptor in state memory.
pub(crate) struct ExternSlot {
    state: Box<dyn ExternState>,
    failed: bool,
    /// `input_count` values followed by `output_count` values; owned by the [`ExternSlots`].
    values: NonNull<f64>,
    input_count: usize,
    output_count: usize,
}

/// The externs of one state.
pub(crate) struct ExternSlots {
    slots: Vec<NonNull<ExternSlot>>,
    /// Panics that somebody was told of.
    told: usize,
}

// SAFETY: the pointers are boxes that this value owns alone; `ExternState` is `Send`.
unsafe impl Send for ExternSlots {}

impl ExternSlots {
    /// Takes instances with their number of inputs and outputs.
    pub(crate) fn new(externs: impl Iterator<Item = (Box<dyn ExternState>, usize, usize)>) -> Self {
        let slots = externs.map(|(state, input_count, output_count)| {
            let values = vec![0.0_f64; input_count + output_count].into_boxed_slice();
            let values = NonNull::from(Box::leak(values)).cast();
            NonNull::from(Box::leak(Box::new(ExternSlot {
                state,
                failed: false,
                values,
                input_count,
                output_count,
            })))
        });
        Self {
            slots: slots.collect(),
            told: 0,
        }
    }

    /// The three pointers of the descriptor of an extern: slot, inputs, outputs.
    pub(crate) fn descriptor(&self, index: usize) -> [usize; 3] {
        let slot = self.slots[index];
        // SAFETY: the slot lives as long as `self`; nobody else accesses it while `self` is
        // borrowed, because compiled code runs only with the state borrowed mutably.
        let (values, inputs) = unsafe {
            let slot = slot.as_ref();
            (slot.values, slot.input_count)
        };
        let first = values.as_ptr();
        let outputs = first.wrapping_add(inputs);
        [
            slot.as_ptr().expose_provenance(),
            first.expose_provenance(),
            outputs.expose_provenance(),
        ]
    }

    /// Resets an instance in place and zeroes its values; false when it cannot, or has panicked.
    pub(crate) fn reset(&mut self, index: usize) -> bool {
        let mut slot = self.slots[index];
        // SAFETY: `&mut self` is exclusive, and compiled code is not running (see `descriptor`).
        unsafe {
            let slot = slot.as_mut();
            let state = &mut slot.state;
            let done = !slot.failed
                && catch_unwind(AssertUnwindSafe(|| state.reset())).unwrap_or_else(|payload| {
                    // Dropping a payload may panic in turn.
                    std::mem::forget(payload);
                    false
                });
            if done {
                for i in 0..slot.input_count + slot.output_count {
                    slot.values.add(i).write(0.0);
                }
            }
            done
        }
    }

    /// Exchanges an instance for a fresh one and zeroes its values.
    pub(crate) fn renew(&mut self, index: usize, state: Box<dyn ExternState>) {
        let mut slot = self.slots[index];
        // SAFETY: `&mut self` is exclusive, and compiled code is not running (see `descriptor`).
        unsafe {
            let slot = slot.as_mut();
            slot.state = state;
            slot.failed = false;
            for i in 0..slot.input_count + slot.output_count {
                slot.values.add(i).write(0.0);
            }
        }
    }

    /// Whether an instance has panicked since the last call.
    pub(crate) fn take_failure(&mut self) -> bool {
        let failed = self.failed().count();
        std::mem::replace(&mut self.told, failed) < failed
    }

    /// Indices of the instances that panicked.
    pub(crate) fn failed(&self) -> impl Iterator<Item = usize> + '_ {
        let slots = self.slots.iter().enumerate();
        slots.filter_map(|(index, slot)| {
            // SAFETY: the slot lives as long as `self`, shared access as in `descriptor`.
            unsafe { slot.as_ref() }.failed.then_some(index)
        })
    }
}

impl Drop for ExternSlots {
    fn drop(&mut self) {
        for slot in self.slots.drain(..) {
            // SAFETY: both were leaked boxes in `new` with just these lengths, owned by this value
            // alone and freed once, here.
            unsafe {
                let slot = Box::from_raw(slot.as_ptr());
                let count = slot.input_count + slot.output_count;
                let values = std::ptr::slice_from_raw_parts_mut(slot.values.as_ptr(), count);
                drop(Box::from_raw(values));
            }
        }
    }
}

/// Computes one frame of an extern: the function that compiled code calls.
///
/// # Safety
/// `slot` comes from the descriptor of a state that is being processed: it is alive and nobody
/// else uses it or its values during the call.
pub(crate) unsafe extern "C" fn trampoline(slot: *mut ExternSlot) {
    // SAFETY: the caller's promise; inputs and outputs are disjoint halves of one buffer.
    let (slot, inputs, outputs) = unsafe {
        let slot = &mut *slot;
        let first = slot.values.as_ptr();
        let inputs = std::slice::from_raw_parts(first, slot.input_count);
        let after = first.add(slot.input_count);
        let outputs = std::slice::from_raw_parts_mut(after, slot.output_count);
        (slot, inputs, outputs)
    };
    if slot.failed {
        return;
    }
    let frame = AssertUnwindSafe(|| slot.state.frame(inputs, outputs));
    if let Err(payload) = catch_unwind(frame) {
        // Dropping a payload may panic in turn, and nothing may unwind through compiled code.
        std::mem::forget(payload);
        slot.failed = true;
        outputs.fill(0.0);
    }
}
