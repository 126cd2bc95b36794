//! Everything a program that writes sounds needs, in one import.
//!
//! ```
//! use synthc_ir::prelude::*;
//!
//! let gate = Signal::control(Control::new("gate", 1.0, 0.0, 1.0));
//! let env = adsr(0.001, 0.25, 0.0, 0.05, gate);
//! let kick = sine_osc(55.0 + 200.0 * &env) * &env;
//! let hat = highpass(white_noise(), 8000.0, 2)? * &env;
//! let samples = preview(&(kick + 0.3 * hat), 480)?;
//! assert!(samples.iter().any(|x| x.abs() > 0.1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::control::{Control, Smoothing};
pub use crate::library::*;
pub use crate::signal::{
    DelayMax, Line, Register, Signal, SignalType, Table, feedback, feedback_pair,
};
