//! The DSP library: ordinary code over signals, and the expansions of math functions and phases.
//!
//! Who calls it: Rust users through [`crate::prelude`], the patch language by name. Conventions of
//! every function:
//!
//! * Arguments are anything that becomes a [`Signal`] (`&Signal`, `Signal`, numbers); they are read
//!   in every frame and never fail. Frequencies are in Hz, times in seconds unless the name says
//!   milliseconds (`ms`) or frames.
//! * Numbers that decide the structure (filter order, table size) are plain Rust numbers; those
//!   that may be out of range make the function return a typed error.
//! * State starts at 0 unless stated.
//! * "Per control" work depends only on slow arguments and leaves the sample loop when they are
//!   constants or controls; cost is what remains per sample.

pub mod math;
pub(crate) mod phase;

mod band_limited;
mod butterworth;
mod control_flow;
mod convert;
mod delay;
mod dynamics;
mod echo;
mod envelope;
mod hard_sync;
mod noise;
mod one_pole;
mod osc;
mod preview;
mod resonant;
mod reverb;
mod shape;
mod spatial;
mod table;
mod tpt;

pub use band_limited::{
    pulse, pulse_with, saw, saw_with, square, square_with, triangle, triangle_with,
};
pub use butterworth::{FilterOrderError, MAX_FILTER_ORDER, highpass, lowpass};
pub use control_flow::{
    decay, edge_trigger, latch, mem, passthrough, sample_rate, select2, sr, trigger, unit_delay,
};
pub use convert::{db_to_linear, freq_to_midi, linear_to_db, midi_to_freq};
pub use delay::{
    Interpolation, delay, delay_allpass, delay_cubic, delay_max, delay_whole, delay_with,
};
pub use dynamics::{compressor, limiter, soft_clip};
pub use echo::{chorus, echo, flanger};
pub use envelope::{AdsrCurves, adsr, adsr_curved, ar};
pub use hard_sync::saw_sync;
pub use noise::{lcg_noise, pink_filter, pink_noise, white_noise};
pub use one_pole::{dcblock, onepole, smooth};
pub use osc::{
    OscInputs, lf_pulse, lf_saw, lf_square, lf_triangle, lfo, phasor, phasor_with, sine_osc,
    sine_osc_with,
};
pub use preview::preview;
pub use resonant::{
    StateVariable, bandpass, bell, high_shelf, low_shelf, notch, resonant, resonant_highpass,
    state_variable,
};
pub use reverb::reverb;
pub use shape::{clip, lerp, wrap};
pub use spatial::{pan, stereo_width};
pub use table::{
    rdtable, rdtable_cubic, rdtable_linear, rwtable, rwtable_linear, wavetable, wavetable_linear,
    wavetable_osc,
};

#[cfg(test)]
mod tests;

use crate::signal::Signal;

/// An argument as a float signal.
fn float(x: impl Into<Signal>) -> Signal {
    x.into().to_float()
}

/// Bounds of a cutoff that every filter shares: at least 0.001 Hz, at most 0.49 of the
/// sample rate; NaN becomes the lowest.
fn clamped_cutoff(cutoff: &Signal) -> Signal {
    cutoff.clip(0.001, 0.49 * Signal::sample_rate())
}
