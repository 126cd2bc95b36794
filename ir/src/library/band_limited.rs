//! Band-limited saw, square, pulse and triangle: naive waveforms whose steps and corners are
//! replaced by polynomial band-limited ones.
//!
//! A step at a known place between samples is drawn with the integral of a smooth four-sample kernel
//! (the integrated polynomial method of Välimäki, Pekonen, Nam 2012, "Perceptually informed
//! synthesis of bandlimited classical waveforms using integrated polynomial interpolation"; corners
//! by integrating once more: Esqueda, Välimäki, Bilbao 2016, "Rounding corners with BLAMP").
//! Because the phase says how far away the nearest step is on *both* sides, nothing is delayed and
//! no state is needed beyond the phase.
//!
//! The kernel is the cubic B-spline B minus B″/12, a step towards the O-MOMS kernels of Blu, Thévenaz,
//! Unser 2001 ("MOMS: maximal-order interpolation of minimal support"). Its spectrum is
//! sinc⁴(f)·(1 + (2πf)²/12), f in cycles per sample: the loss in the top octave is that of the usual
//! two-sample PolyBLEP (−2.0 dB at ¼ SR, that one −1.8 dB), but aliases fall off with the fourth
//! power. Share of a saw's power in aliases
//! at 48 kHz, all of them / those below 15 kHz (below 4 kHz it is under −100 dB):
//!
//! | saw | naive | two-sample PolyBLEP | this one |
//! |---|---|---|---|
//! | 1 kHz | −16 / −18 dB | −31 / −44 dB | −35 / −54 dB |
//! | 5 kHz | −9 / −12 dB | −22 / −37 dB | −26 / −47 dB |
//!
//! Above ¼ SR, where kernels of neighbouring steps overlap, only the nearest is drawn (the rest is
//! below 0.09); above ½ SR the kernel stays as wide as at ½ SR, so the output remains bounded and
//! smooth and sounds at the mirrored frequency.

use super::float;
use super::osc::{OscInputs, Phase};
use crate::signal::Signal;

/// Turns per frame below which edges are no longer widened: 0.5 mHz at 48 kHz. Keeps the
/// reciprocal finite at 0 Hz.
pub(super) const SLOWEST: f64 = 1e-8;

/// A phase with what band-limiting needs: the kernel's width in turns and its reciprocal.
pub(super) struct Edges {
    pub(super) turns: Signal,
    /// |turns per frame|, in [`SLOWEST`, ½]: per control unless modulated.
    pub(super) width: Signal,
    pub(super) per_width: Signal,
}

impl Edges {
    pub(super) fn new(frequency: &Signal, inputs: &OscInputs) -> Self {
        let phase = Phase::new(frequency, inputs);
        let width = phase.step.abs().clip(SLOWEST, 0.5);
        Self {
            turns: phase.folded,
            per_width: 1.0 / &width,
            width,
        }
    }

    /// Signed distance to the nearest whole turn of `turns`, and the sawtooth 2·frac − 1 of it with
    /// its step drawn smoothly. 20 operations.
    fn saw(&self, turns: &Signal) -> Signal {
        let distance = turns - turns.nearest();
        let step = unfinished_step(&(distance.abs() * &self.per_width));
        // Naive: 2d − sign d. What is missing at the distance d is taken off the sign.
        let half = 1.0 - step;
        2.0 * &distance - distance.lt(0.0).select(&-&half, &half)
    }
}

/// Twice the height that a unit step has yet to climb `a` samples after its place (1 at a = 0, 0
/// from a = 2 on): ((U² − U) − 4(V² − V))/12 with U = max(2 − a, 0)², V = max(1 − a, 0)².
pub(super) fn unfinished_step(a: &Signal) -> Signal {
    let (u, v) = truncated_powers(a);
    let (u, v) = (&u * &u, &v * &v);
    ((&u * (&u - 1.0)) - 4.0 * (&v * (&v - 1.0))) * (1.0 / 12.0)
}

/// Eight times the integral of half of [`unfinished_step`] from `a` on: the rounding of a corner of
/// unit bend, times 8.
fn rounded_corner(a: &Signal) -> Signal {
    let (u, v) = truncated_powers(a);
    let (uu, vv) = (&u * &u, &v * &v);
    let (u3, v3) = (&u * &uu, &v * &vv);
    (u3 * (uu - 5.0 / 3.0) - 4.0 * (v3 * (vv - 5.0 / 3.0))) * (8.0 / 120.0)
}

/// max(2 − a, 0) and max(1 − a, 0).
fn truncated_powers(a: &Signal) -> (Signal, Signal) {
    ((2.0 - a).max(0.0), (1.0 - a).max(0.0))
}

/// Band-limited rising sawtooth.
///
/// * `frequency`: Hz, any sign, audio rate welcome; 0 holds, beyond ±SR/2 see the module's notes.
/// * Output: within ±1.03 (band-limited steps overshoot a little), mean 0; phase as [`lf_saw`](super::lf_saw).
///
/// Cost: 28 with the phasor; |f|/SR and its reciprocal per control. State: one phase. Source: module's
/// notes.
///
/// ```
/// use synthc_ir::prelude::*;
/// let samples = preview(&saw(440.0), 480)?;
/// assert!(samples.iter().all(|x| x.abs() < 1.03));
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn saw(frequency: impl Into<Signal>) -> Signal {
    saw_with(frequency, &OscInputs::default())
}

/// [`saw`] with phase and sync inputs.
///
/// Phase modulation is band-limited like the rest; a sync jump itself is not
/// ([`saw_sync`](super::saw_sync) is).
///
/// ```
/// use synthc_ir::prelude::*;
/// let half_turn_later = saw_with(100.0, &OscInputs::phase(0.5));
/// assert!(preview(&half_turn_later, 1)?[0].abs() < 0.01);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn saw_with(frequency: impl Into<Signal>, inputs: &OscInputs) -> Signal {
    let edges = Edges::new(&float(frequency), inputs);
    edges.saw(&edges.turns)
}

/// Band-limited square or pulse wave: +1 while the phase is below `duty`, else −1.
///
/// * `frequency`: Hz, as [`saw`]. `duty`: share of a turn at +1, clamped to [0, 1] (0 and 1 give a
///   constant), modulation welcome.
/// * Output: within ±1.06; mean 2·duty − 1; phase as [`lf_square`](super::lf_square).
///
/// Cost: 54 with the phasor. State: one phase. Source: module's notes; a pulse is the difference of two saws
/// plus its mean.
///
/// ```
/// use synthc_ir::prelude::*;
/// let samples = preview(&square(480.0, 0.5), 1000)?;
/// assert!(samples[900..].iter().sum::<f64>().abs() < 1e-9);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn square(frequency: impl Into<Signal>, duty: impl Into<Signal>) -> Signal {
    square_with(frequency, duty, &OscInputs::default())
}

/// [`square`] with phase and sync inputs, as in [`saw_with`].
///
/// ```
/// use synthc_ir::prelude::*;
/// let late = square_with(100.0, 0.5, &OscInputs::phase(0.5));
/// assert!((preview(&late, 10)?[9] + 1.0).abs() < 1e-9);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn square_with(
    frequency: impl Into<Signal>,
    duty: impl Into<Signal>,
    inputs: &OscInputs,
) -> Signal {
    let edges = Edges::new(&float(frequency), inputs);
    let duty = float(duty).clip(0.0, 1.0);
    let falling = edges.saw(&(&edges.turns - &duty));
    let rising = edges.saw(&edges.turns);
    falling - rising + (2.0 * duty - 1.0)
}

/// Band-limited pulse wave: the same as [`square`], its width always given.
///
/// ```
/// use synthc_ir::prelude::*;
/// let samples = preview(&pulse(480.0, 0.25), 1000)?;
/// let mean = samples[900..].iter().sum::<f64>() / 100.0;
/// assert!((mean + 0.5).abs() < 1e-9);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn pulse(frequency: impl Into<Signal>, width: impl Into<Signal>) -> Signal {
    square(frequency, width)
}

/// [`pulse`] with phase and sync inputs, as in [`saw_with`].
///
/// ```
/// use synthc_ir::prelude::*;
/// let synced = pulse_with(300.0, 0.25, &OscInputs::sync(sine_osc(100.0)));
/// assert_eq!(preview(&synced, 4)?.len(), 4);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn pulse_with(
    frequency: impl Into<Signal>,
    width: impl Into<Signal>,
    inputs: &OscInputs,
) -> Signal {
    square_with(frequency, width, inputs)
}

/// Band-limited triangle wave: rises in the first half turn, falls in the second.
///
/// * `frequency`: Hz, as [`saw`]. Output: [−1, 1], mean 0; phase as [`lf_triangle`](super::lf_triangle).
///
/// Cost: 32 with the phasor. State: one phase (no leaky integrator, so no drift and no start-up transient).
/// Source: module's notes.
///
/// ```
/// use synthc_ir::prelude::*;
/// let samples = preview(&triangle(440.0), 480)?;
/// assert!(samples.iter().all(|x| x.abs() <= 1.0));
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn triangle(frequency: impl Into<Signal>) -> Signal {
    triangle_with(frequency, &OscInputs::default())
}

/// [`triangle`] with phase and sync inputs, as in [`saw_with`].
///
/// ```
/// use synthc_ir::prelude::*;
/// let at_the_top = triangle_with(1.0, &OscInputs::phase(0.5));
/// assert!((preview(&at_the_top, 1)?[0] - 1.0).abs() < 1e-3);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn triangle_with(frequency: impl Into<Signal>, inputs: &OscInputs) -> Signal {
    let edges = Edges::new(&float(frequency), inputs);
    // Both corners are alike up to sign: z is −¼ at the peak, ¼ at the trough, odd about 0.
    let z = (&edges.turns - 0.5).abs() - 0.25;
    let y = z.abs();
    let corner = rounded_corner(&((0.25 - &y) * &edges.per_width));
    let size = 4.0 * y - corner * &edges.width;
    z.lt(0.0).select(&size, &-&size)
}
