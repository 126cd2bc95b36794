//! What the whole-system tests share: the numeric references and how they are compared, patches as
//! samples, and what can be measured of samples.
//!
//! The tests themselves are in `tests/tests/`, one file per question.

pub mod counted;
pub mod measure;
pub mod reference;
pub mod sound;
