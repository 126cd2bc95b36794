//! Random programs for the tests of this and of other crates (feature `testing`).
//!
//! [`graphs`] makes graphs of every operation, type and kind of state; [`signals`] the same
//! from signals; [`contractive_graphs`] makes graphs in which rounding errors do not grow, so
//! that two ways of rounding stay close. A [`Script`] is a run: inputs and control changes.
//! Everything is made from a list of small numbers, so that a failing case shrinks to few
//! operations; its `Debug` form is the text of the graph.

mod contractive;
mod recipe;
mod script;
mod signal;
#[cfg(test)]
mod tests;
mod unit;

pub use contractive::contractive_graphs;
pub use recipe::graphs;
pub use script::{Script, differing_frame, largest_difference, scripts};
pub use signal::signals;
pub use unit::{Blend, unit};

use std::fmt;
use std::sync::Arc;

use crate::{BuildOptions, Control, Graph, Signal};

/// Number of inputs of random programs.
pub const INPUTS: u32 = 2;
/// Number of controls of random programs; the range of each is \[0, 1\].
pub const CONTROLS: usize = 3;

/// A random graph that prints as its text.
#[derive(Clone)]
pub struct RandomGraph(pub Graph);

impl fmt::Debug for RandomGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Random output signals that print as the text of their graph.
#[derive(Clone)]
pub struct RandomSignals(pub Vec<Signal>);

impl fmt::Debug for RandomSignals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Graph::build(&self.0, &BuildOptions::default()) {
            Ok(graph) => write!(f, "{graph}"),
            Err(error) => write!(f, "signals that do not build: {error}"),
        }
    }
}

/// The control of an index, stepping at once.
fn control(index: usize) -> Arc<Control> {
    let name = format!("control{index}");
    let mut control = Control::new(name, 0.25 * index as f64, 0.0, 1.0);
    control.smoothing = crate::control::Smoothing::None;
    Arc::new(control)
}
