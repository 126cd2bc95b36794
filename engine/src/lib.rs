//! Sessions, voices, patterns, transport and the real-time processor of synthc.
//!
//! Two sides with plain data between them. The control side holds what people edit
//! ([`session`], [`pattern`]), compiles it and turns time into events; the audio side runs plans and
//! obeys events. ARCHITECTURE.md draws the border.

// The border, and the audio side.
pub mod allocation;
pub mod carry;
pub mod device;
pub mod event;
mod exchange;
mod handover;
mod limiter;
mod mixer;
pub mod monitor;
pub mod node;
pub mod plan;
pub mod processor;
pub mod queue;
mod realtime;
pub mod smoother;
pub mod swap;
pub mod voice;

// The control side.
pub mod automation;
pub mod engine;
pub mod log;
pub mod path;
pub mod pattern;
pub mod render;
mod scheduler;
pub mod session;
pub mod transport;

pub use carry::SwapReport;
pub use engine::{Engine, EngineConfig, EngineError, Notice, UpdateReport};
pub use session::Session;

/// The Rust program of the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The programs of the page on embedding compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/embedding.md")]
struct Embedding;
