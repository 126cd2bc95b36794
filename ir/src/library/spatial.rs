//! Placing sound between two channels.

use super::float;
use crate::signal::Signal;

/// Equal-power pan: (x·cos(pos·π/2), x·sin(pos·π/2)).
///
/// * `position`: 0 left, ½ centre (−3 dB each), 1 right; not clamped. left² + right² = x².
///
/// Cost: 2; sine and cosine per control. Source: krs specification A.9 (constant-power law).
///
/// ```
/// use synthc_ir::prelude::*;
/// let (left, _) = pan(1.0, 0.5);
/// assert!((preview(&left, 1)?[0] - 0.5_f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn pan(x: impl Into<Signal>, position: impl Into<Signal>) -> (Signal, Signal) {
    let (x, turns) = (float(x), float(position) * 0.25);
    (&x * turns.cos_turns(), &x * turns.sin_turns())
}

/// Widens or narrows a stereo pair: m = (l + r)/2, s = (l − r)/2 → (m + s·w, m − s·w).
///
/// * `width`: 0 mono, 1 unchanged, above 1 wider, negative exchanges the sides.
///
/// Cost: 6. Source: krs specification A.9 (mid/side, Blumlein 1931).
///
/// ```
/// use synthc_ir::prelude::*;
/// let (left, _) = stereo_width(1.0, 0.0, 0.0);
/// assert_eq!(preview(&left, 1)?, [0.5]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn stereo_width(
    left: impl Into<Signal>,
    right: impl Into<Signal>,
    width: impl Into<Signal>,
) -> (Signal, Signal) {
    let (left, right) = (float(left), float(right));
    let middle = 0.5 * (&left + &right);
    let side = 0.5 * (left - right) * float(width);
    (&middle + &side, middle - side)
}
