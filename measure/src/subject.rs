//! What is measured.

use synthc_ir::Signal;

/// A function of a patch: its outputs, and how many voices of it run.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Name in tables.
    pub name: String,
    /// Number of audio inputs; they hear white noise.
    pub inputs: u32,
    /// The output channels, at least one.
    pub outputs: Vec<Signal>,
    /// Instances that run side by side and are summed; 0 counts as 1. Each has its own value of the
    /// control `freq`, if there is one.
    pub voices: usize,
}
