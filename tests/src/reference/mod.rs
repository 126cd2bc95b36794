//! The numeric references of `tests/reference/`: cases, inputs and comparison rules.

mod case;
mod input;
mod rule;

pub use case::{Case, Compare, ControlRange, Manifest, Step};
pub use input::Input;
pub use rule::{Rule, Verdict};
