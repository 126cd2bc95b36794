//! Sessions, voices, patterns, transport and the real-time processor of synthc.

/// Patterns: what is played when, as exact events over cycles.
pub mod pattern;
