//! Executable memory: pages pooled by a compiler, written once, never writable and executable at
//! the same time.
//!
//! A [`Pool`] reserves chunks and hands out runs of whole pages; a [`Pages`] provider gives one
//! module its memory and returns it when the module is freed. The only file pair of the crate that
//! changes page protection.

mod pool;
mod provider;

pub use pool::CodeMemoryUsage;
pub(crate) use pool::Pool;
pub(crate) use provider::Pages;
