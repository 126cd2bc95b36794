//! Measures one patch: how long it takes to compile, what a sample costs compiled (controls at rest
//! and moving) and interpreted, how much memory it needs.
//!
//! `synthc bench` measures a user's patch with it, the harness in `benches/` the whole corpus. A
//! [`Bench`] is measured in rounds, each a few short bursts, so that callers can interleave many
//! benches: machines are noisy, and only what was measured side by side can be compared. Minima and
//! medians over the rounds are kept.

mod bench;
mod error;
mod interpreted;
mod machine;
mod memory;
mod native;
mod profile;
mod row;
mod spread;
mod subject;
mod table;

pub use bench::{Bench, Effort};
pub use error::MeasureError;
pub use machine::Machine;
pub use memory::peak_resident_bytes;
pub use profile::{NodeCost, Profile};
pub use row::{CompileMs, NsPerSample, Row};
pub use spread::{Spread, geometric_mean};
pub use subject::Subject;
pub use table::markdown;
