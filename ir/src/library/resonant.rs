//! Second-order filters with a quality factor: the state-variable filter, its outputs under their
//! own names, and the equaliser curves made of it.

use super::float;
use super::tpt::{prewarped, second_order};
use crate::signal::Signal;

/// The three outputs of one state-variable filter; mixes of them give every other second-order
/// response.
#[derive(Clone, Debug)]
pub struct StateVariable {
    /// Low-pass: 1 at DC, q at the cutoff.
    pub low: Signal,
    /// Band-pass: q at the cutoff.
    pub band: Signal,
    /// High-pass: q at the cutoff, 1 at ½ SR.
    pub high: Signal,
}

/// 1/q of a quality factor clamped to at least 0.01 (NaN too).
fn damping(q: &Signal) -> Signal {
    1.0 / q.max(0.01)
}

/// All outputs of one second-order state-variable filter.
///
/// * `x`: input. `cutoff`: Hz, clamped to [0.001, 0.49 SR]. `q`: quality factor, at least 0.01;
///   1/√2 is a Butterworth response, the peak at the cutoff is q. Both may move at audio rate.
///
/// Cost: 12 operations for the low-pass or the band-pass, 17 for the high-pass; one tangent and two divisions per control.
/// State: 2 floats. Source: Simper 2013 (`tpt`).
///
/// ```
/// use synthc_ir::prelude::*;
/// let filter = state_variable(Signal::input(0), 1000.0, 0.7);
/// // low + band/q + high gives the input back.
/// let sum = &filter.low + &filter.band / 0.7 + &filter.high;
/// assert!((preview(&sum, 1)?[0] - 1.0).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn state_variable(
    x: impl Into<Signal>,
    cutoff: impl Into<Signal>,
    q: impl Into<Signal>,
) -> StateVariable {
    let section = second_order(&float(x), &prewarped(&float(cutoff)), &damping(&float(q)));
    StateVariable {
        low: section.low,
        band: section.band,
        high: section.high,
    }
}

/// Resonant low-pass, 12 dB per octave: gain 1 at DC and q at the cutoff.
///
/// Arguments, cost, state and source as [`state_variable`].
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = preview(&resonant(Signal::input(0), 12_000.0, 1.0), 1)?;
/// assert!((y[0] - 1.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn resonant(x: impl Into<Signal>, cutoff: impl Into<Signal>, q: impl Into<Signal>) -> Signal {
    state_variable(x, cutoff, q).low
}

/// Resonant high-pass, 12 dB per octave: gain q at the cutoff and 1 at ½ SR.
///
/// Arguments, cost, state and source as [`state_variable`].
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = preview(&resonant_highpass(Signal::input(0), 12_000.0, 1.0), 1)?;
/// assert!((y[0] - 1.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn resonant_highpass(
    x: impl Into<Signal>,
    cutoff: impl Into<Signal>,
    q: impl Into<Signal>,
) -> Signal {
    state_variable(x, cutoff, q).high
}

/// Band-pass, 6 dB per octave on both sides: gain q at the cutoff (krs specification A.8; divide by
/// q for a peak of 1).
///
/// Arguments, cost, state and source as [`state_variable`].
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = preview(&bandpass(Signal::input(0), 12_000.0, 1.0), 1)?;
/// assert!((y[0] - 1.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn bandpass(x: impl Into<Signal>, cutoff: impl Into<Signal>, q: impl Into<Signal>) -> Signal {
    state_variable(x, cutoff, q).band
}

/// Band-reject: gain 0 at the cutoff, 1 far from it; the notch is cutoff/q wide at −3 dB.
///
/// x − band/q. Arguments, state and source as [`state_variable`]; 14 operations.
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = preview(&notch(Signal::input(0), 12_000.0, 1.0), 1)?;
/// assert!((y[0] - 2.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn notch(x: impl Into<Signal>, cutoff: impl Into<Signal>, q: impl Into<Signal>) -> Signal {
    let (x, damping) = (float(x), damping(&float(q)));
    let band = second_order(&x, &prewarped(&float(cutoff)), &damping).band;
    x - damping * band
}

/// 10^(dB/40): the square root of a gain in decibels.
fn root_gain(decibels: &Signal) -> Signal {
    (decibels * (std::f64::consts::LOG2_10 / 40.0)).exp2()
}

/// Bell of an equaliser: `gain_db` at the centre, 0 dB far from it.
///
/// * `gain_db`: decibels, any sign; boost and cut of equal size are mirror images. `q`: at least
///   0.01, the bell's centre over its width.
///
/// Cost: 14 operations, one exponential per control more than [`state_variable`]. State: 2 floats.
/// Source: Simper 2013 (bell with k = 1/(qA), m1 = k(A² − 1), A = 10^(dB/40)).
///
/// ```
/// use synthc_ir::prelude::*;
/// let flat = preview(&bell(Signal::input(0), 1000.0, 1.0, 0.0), 2)?;
/// assert!((flat[0] - 1.0).abs() < 1e-12 && flat[1].abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn bell(
    x: impl Into<Signal>,
    centre: impl Into<Signal>,
    q: impl Into<Signal>,
    gain_db: impl Into<Signal>,
) -> Signal {
    let x = float(x);
    let a = root_gain(&float(gain_db));
    let damping = damping(&float(q)) / &a;
    let band = second_order(&x, &prewarped(&float(centre)), &damping).band;
    x + damping * (&a * &a - 1.0) * band
}

/// Low shelf of an equaliser: `gain_db` at DC, 0 dB at ½ SR, half of it (in dB) at the corner.
///
/// * `q`: steepness of the transition, 1/√2 is the steepest without overshoot. `gain_db`: decibels.
///
/// Cost: 18 operations; per control as [`bell`]. State: 2 floats. Source: Simper 2013 (low shelf).
///
/// ```
/// use synthc_ir::prelude::*;
/// let flat = preview(&low_shelf(Signal::input(0), 200.0, 0.7, 0.0), 2)?;
/// assert!((flat[0] - 1.0).abs() < 1e-12 && flat[1].abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn low_shelf(
    x: impl Into<Signal>,
    corner: impl Into<Signal>,
    q: impl Into<Signal>,
    gain_db: impl Into<Signal>,
) -> Signal {
    let (x, damping) = (float(x), damping(&float(q)));
    let a = root_gain(&float(gain_db));
    let g = prewarped(&float(corner)) / a.sqrt();
    let section = second_order(&x, &g, &damping);
    x + damping * (&a - 1.0) * section.band + (&a * &a - 1.0) * section.low
}

/// High shelf of an equaliser: 0 dB at DC, `gain_db` at ½ SR, half of it (in dB) at the corner.
///
/// Arguments and state as [`low_shelf`]; 19 operations. Source: Simper 2013 (high shelf).
///
/// ```
/// use synthc_ir::prelude::*;
/// let flat = preview(&high_shelf(Signal::input(0), 4000.0, 0.7, 0.0), 2)?;
/// assert!((flat[0] - 1.0).abs() < 1e-12 && flat[1].abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn high_shelf(
    x: impl Into<Signal>,
    corner: impl Into<Signal>,
    q: impl Into<Signal>,
    gain_db: impl Into<Signal>,
) -> Signal {
    let (x, damping) = (float(x), damping(&float(q)));
    let a = root_gain(&float(gain_db));
    let g = prewarped(&float(corner)) * a.sqrt();
    let section = second_order(&x, &g, &damping);
    let power = &a * &a;
    let band = damping * (1.0 - &a) * &a * section.band;
    &power * x + band + (1.0 - &power) * section.low
}
