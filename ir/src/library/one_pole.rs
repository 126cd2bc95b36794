//! One-pole filters: smoothing by cutoff or by time, and the DC blocker.

use std::f64::consts::PI;

use super::float;
use crate::signal::{Signal, feedback};

/// y ← (1 − a)x + a·y. 3 operations, one multiply-add serial; 1 − a per control.
fn leak(x: &Signal, a: &Signal) -> Signal {
    let fresh = (1.0 - a) * x;
    feedback(|y| fresh + a * y)
}

/// One-pole low-pass by its cutoff: a = exp(−2π fc/SR), y\[n\] = (1 − a)x\[n\] + a·y\[n−1\].
///
/// * `cutoff`: Hz; below 0 counts as 0 (holds the output), NaN too. −6 dB per octave; the −3 dB point
///   lies at the cutoff while that is well below SR.
/// * Output: gain 1 at DC, within the range of the input.
///
/// Cost: 3; an exponential per control. State: 1 float. Source: krs specification A.8 (impulse
/// invariance of an RC low-pass).
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = preview(&onepole(Signal::input(0), 1000.0), 2)?;
/// assert!((y[1] / y[0] - (-std::f64::consts::TAU / 48.0).exp()).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn onepole(x: impl Into<Signal>, cutoff: impl Into<Signal>) -> Signal {
    let decay = (float(cutoff).max(0.0) * (-2.0 * PI)) / Signal::sample_rate();
    leak(&float(x), &decay.exp())
}

/// Removes DC: y\[n\] = x\[n\] − x\[n−1\] + coeff·y\[n−1\].
///
/// * `coeff`: pole, 0 to below 1 (krs uses 0.995: −3 dB at 38 Hz for 48 kHz; not scaled with SR).
///   Clamped to [−1, 1].
///
/// Cost: 3 and the clamp per control. State: 2 floats. Source: krs specification A.8; J. O. Smith,
/// "Introduction to digital filters", section on DC blockers.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&dcblock(Signal::input(0), 0.5), 3)?, [1.0, -0.5, -0.25]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn dcblock(x: impl Into<Signal>, coeff: impl Into<Signal>) -> Signal {
    let x = float(x);
    let difference = &x - super::mem(&x);
    let coeff = float(coeff).clip(-1.0, 1.0);
    feedback(|y| difference + coeff * y)
}

/// Smooths steps by a time constant: a = exp(−1000/(time_ms·SR)), y\[n\] = (1 − a)x\[n\] + a·y\[n−1\].
///
/// * `time_ms`: milliseconds in which 63 % of a step is done; ≤ 0 (and NaN) passes the input through.
/// * Starts from 0.
///
/// Cost: 3; an exponential per control. State: 1 float. Source: krs specification A.8.
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = preview(&smooth(1.0, 1.0), 48)?;
/// assert!((y[47] - (1.0 - (-1.0_f64).exp())).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn smooth(x: impl Into<Signal>, time_ms: impl Into<Signal>) -> Signal {
    let time_ms = float(time_ms);
    let frames = &time_ms * (Signal::sample_rate() / 1000.0);
    let off = Signal::constant(0.0);
    let a = time_ms.gt(0.0).select(&(-1.0 / frames).exp(), &off);
    leak(&float(x), &a)
}
