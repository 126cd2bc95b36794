//! Externs: Rust functions and stateful objects inside a graph.
//!
//! A [`ExternUnit`] is the shared description; every instance of a program's state holds one
//! [`ExternState`] made by it. Process calls run on the audio thread: they must not allocate,
//! lock, block or print.

use std::fmt;

/// Most inputs, and most outputs, that one extern may have.
pub const MAX_EXTERN_PORTS: usize = 4096;

/// Description of an extern and maker of its instances.
pub trait ExternUnit: Send + Sync + fmt::Debug {
    /// Name in the text form and in messages.
    fn name(&self) -> &str;

    /// Number of float inputs, at most [`MAX_EXTERN_PORTS`].
    fn inputs(&self) -> usize;

    /// Number of float outputs, 1 to [`MAX_EXTERN_PORTS`].
    fn outputs(&self) -> usize;

    /// A fresh instance for a sample rate in Hz. Runs on the control side and may allocate.
    fn instantiate(&self, sample_rate: f64) -> Box<dyn ExternState>;
}

/// One instance of an extern.
///
/// Values are `f64` in graphs of either width; an `f32` graph widens inputs and rounds outputs.
pub trait ExternState: Send {
    /// Computes one frame: reads `inputs`, writes every one of `outputs`; lengths are as declared.
    ///
    /// A panic is caught; the outputs of that and all later frames are 0.
    fn frame(&mut self, inputs: &[f64], outputs: &mut [f64]);

    /// Makes the instance as [`ExternUnit::instantiate`] makes it, without allocating or freeing; false when it cannot,
    /// which is the default: then it is exchanged for a new one.
    fn reset(&mut self) -> bool {
        false
    }
}
