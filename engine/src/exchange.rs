//! The lock-free parts that the hand-over between the sides is made of.
//!
//! [`crate::handover`] takes them from here and from nowhere else, so that a test can put models of them in their place
//! and run the hand-over through all interleavings (`tests/handover.rs`).

pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) use arc_swap::{ArcSwapOption, Cache};
pub(crate) use rtrb::{Consumer, Producer, PushError, RingBuffer};
