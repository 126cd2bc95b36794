//! Sessions, voices, patterns, transport and the real-time processor of synthc.
//!
//! Two sides with plain data between them. The control side holds what people edit
//! ([`session`], [`pattern`]), compiles it and turns time into events; the audio side runs plans and
//! obeys events. ARCHITECTURE.md draws the border.

pub mod path;
pub mod pattern;
pub mod session;
pub mod transport;
