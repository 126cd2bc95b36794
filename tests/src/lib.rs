//! What the whole-system tests share: the numeric references and how they are compared.
//!
//! The tests themselves are in `tests/tests/`, one file per question.

pub mod reference;
