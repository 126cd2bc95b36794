//! One instance of a program.

use std::sync::Arc;

use crate::program::{Inner, Program};
use crate::sample::Sample;

/// Registers, delay lines, tables, externs and control values of one instance.
#[derive(Debug)]
pub struct State<T> {
    program: Arc<Inner>,
    controls: Vec<f64>,
    cells: Vec<T>,
}

impl<T: Sample> State<T> {
    pub(crate) fn new(program: &Program<T>, seed: u64) -> Self {
        let _ = seed;
        let program = Arc::clone(&program.inner);
        let controls = program.controls.iter().map(|c| c.init).collect();
        Self {
            program,
            controls,
            cells: Vec::new(),
        }
    }

    /// Sets a control from the next block on; clamps to its range, NaN gives its initial value.
    /// A control that does not exist is ignored.
    pub fn set_control(&mut self, control: usize, value: f64) {
        if let (Some(info), Some(slot)) = (
            self.program.controls.get(control),
            self.controls.get_mut(control),
        ) {
            *slot = info.clamp(value);
        }
    }

    /// The value a control rests at; 0 for one that does not exist.
    #[must_use]
    pub fn control(&self, control: usize) -> f64 {
        self.controls.get(control).copied().unwrap_or(0.0)
    }

    /// Back to the first frame, control values kept. Does not allocate.
    pub fn reset(&mut self, seed: u64) {
        let _ = seed;
        self.cells.fill(T::default());
    }

    /// Indices of externs that panicked; their outputs are 0 until [`State::reset`].
    pub fn failed_externs(&self) -> impl Iterator<Item = usize> + '_ {
        std::iter::empty()
    }
}
