//! From a schedule to Cranelift IR.
//!
//! Two functions per variant: `update(state)` and `process(state, frames, inputs, outputs, moving)`.
//! Lowering decides nothing about order or place: it walks the steps of a
//! [`Schedule`](crate::schedule::Schedule) and asks the [`StateLayout`](crate::layout::StateLayout).
//! Code holds no address of data, so the bytes do not depend on where a state lies.

mod bank;
mod channel;
mod emitter;
mod entry;
mod frames;
mod helper;
mod lanes;
mod memory;
mod process;
mod scalar;
mod time;
mod update;
mod voices;

pub(crate) use emitter::Source;
pub(crate) use process::{MovingSource, ProcessFn, lower_process, process_signature};
pub(crate) use update::{UpdateFn, lower_update, update_signature};
pub(crate) use voices::{lower_voices_process, lower_voices_update};
