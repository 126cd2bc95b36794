//! Effects of a few delays: echo, chorus, flanger.

use super::delay::{Loop, delay};
use super::float;
use super::osc::sine_osc;
use crate::signal::Signal;

/// Echoes exactly D frames apart: y\[n\] = x\[n\] + a·y\[n−D\], D = max(1, ms·SR/1000).
///
/// * `delay_ms`: milliseconds, any modulation (linear interpolation); longest time as in
///   [`delay`](super::delay). `feedback`: gain of each repeat; |a| ≥ 1 never dies away (krs uses 0.5).
/// * Output: dry included; up to 1/(1 − |a|) times the input.
///
/// Cost: 7 while the time rests, 13 while it moves. State: the line. Source: a feedback comb; krs specification A.9 (whose repeats are one
/// frame later).
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = echo(Signal::input(0), 1000.0 * 2.0 / 48_000.0, 0.5);
/// assert_eq!(preview(&y, 5)?, [1.0, 0.0, 0.5, 0.0, 0.25]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn echo(
    x: impl Into<Signal>,
    delay_ms: impl Into<Signal>,
    feedback: impl Into<Signal>,
) -> Signal {
    // Frames per millisecond first: 48 exactly, whatever becomes of the division.
    let frames = float(delay_ms) * (Signal::sample_rate() / 1000.0);
    comb(&float(x), &frames, &float(feedback))
}

/// y\[n\] = x\[n\] + a·y\[n−D\], D = max(1, frames).
fn comb(x: &Signal, frames: &Signal, gain: &Signal) -> Signal {
    let repeats = Loop::new(&frames.max(1.0));
    let y = x + gain * &repeats.returned;
    repeats.close(&y, &y)
}

/// Chorus: ½(x\[n\] + x\[n−d\]), d = SR·depth·(1 + (1 + sin 2πp)/2), p = phasor(rate).
///
/// * `rate`: Hz of the sweep (krs uses 1). `depth`: seconds; the delay sweeps from `depth` to
///   2·`depth` (krs uses 0.002).
/// * Output: within the range of the input.
///
/// Cost: a sine oscillator + 15. State: a phase and the line. Source: krs specification A.9, with
/// linear interpolation.
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = preview(&chorus(Signal::input(0), 1.0, 0.002), 200)?;
/// assert_eq!(y[0], 0.5);
/// assert!((y[144..147].iter().sum::<f64>() - 0.5).abs() < 1e-2);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn chorus(x: impl Into<Signal>, rate: impl Into<Signal>, depth: impl Into<Signal>) -> Signal {
    let x = float(x);
    let depth = Signal::sample_rate() * float(depth);
    let frames = depth * (1.5 + 0.5 * sine_osc(rate));
    0.5 * (&x + delay(&x, frames))
}

/// Flanger: y\[n\] = x\[n\] + a·y\[n−d\], d = max(1, SR·depth·(1 + sin 2πp)/2), p = phasor(rate).
///
/// * `rate`: Hz of the sweep (krs uses 0.2). `depth`: seconds, the longest delay (krs uses 0.005).
///   `feedback`: depth of the comb (krs uses 0.7), negative for the other set of notches; stable for
///   |a| < 1.
///
/// Cost: a sine oscillator + 14. State: a phase and the line. Source: krs specification A.9, with
/// linear interpolation and a loop of exactly d.
///
/// ```
/// use synthc_ir::prelude::*;
/// // A depth of 0 leaves the shortest loop: one frame.
/// assert_eq!(preview(&flanger(Signal::input(0), 1.0, 0.0, -0.5), 3)?, [1.0, -0.5, 0.25]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn flanger(
    x: impl Into<Signal>,
    rate: impl Into<Signal>,
    depth: impl Into<Signal>,
    feedback: impl Into<Signal>,
) -> Signal {
    let half_depth = Signal::sample_rate() * float(depth) * 0.5;
    let frames = half_depth * (1.0 + sine_osc(rate));
    comb(&float(x), &frames, &float(feedback))
}
