//! Memoryless shaping of ranges: clip, interpolate, wrap.

use super::float;
use crate::signal::Signal;

/// min(max(x, lo), hi): `hi` wins where lo > hi; NaN becomes `lo`.
///
/// Cost: 2. Source: krs specification A.2. Shows a range to the delay functions, whose longest time
/// is found from it.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&clip(3.0, -1.0, 1.0), 1)?, [1.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn clip(x: impl Into<Signal>, lo: impl Into<Signal>, hi: impl Into<Signal>) -> Signal {
    float(x).clip(float(lo), float(hi))
}

/// Linear interpolation a(1 − t) + b·t; t is not clamped.
///
/// Exact at both ends (t = 0 gives a, t = 1 gives b). Cost: 4. Source: krs specification A.2.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&lerp(1.0, 3.0, 0.25), 1)?, [1.5]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn lerp(a: impl Into<Signal>, b: impl Into<Signal>, t: impl Into<Signal>) -> Signal {
    let t = float(t);
    float(a) * (1.0 - &t) + float(b) * t
}

/// Folds x into [lo, hi) by whole multiples of the range r = max(hi − lo, 10⁻³⁰):
/// (x − lo) − floor((x − lo)/r)·r + lo.
///
/// * An empty or inverted range gives `lo` up to rounding.
///
/// Cost: 6, the range per control. Source: krs specification A.2.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&wrap(2.5, -1.0, 1.0), 1)?, [0.5]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn wrap(x: impl Into<Signal>, lo: impl Into<Signal>, hi: impl Into<Signal>) -> Signal {
    let (lo, hi) = (float(lo), float(hi));
    let range = (hi - &lo).max(1e-30);
    let offset = float(x) - &lo;
    &offset - (&offset / &range).floor() * range + lo
}
