//! From source text to the resolved tree the evaluator runs.
//!
//! `parse` guards and calls ruff's parser, `scope` finds out which variable every name means, and
//! `lower` builds the tree of `tree`, in which variables are slots. Only this folder sees ruff.
//! Everything Python has and patches have not is refused here, with a hint.
//!
//! Invariant: a lowered tree is of bounded depth (see `parse`), and every slot index in it
//! is valid for its function.

mod lower;
mod parse;
mod scope;
mod tree;

pub(crate) use lower::{Lowered, lower_module};
pub(crate) use tree::*;
