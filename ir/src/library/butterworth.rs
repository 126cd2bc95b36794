//! Butterworth low-pass and high-pass of orders 1 to 8: trapezoidal sections in series.

use std::f64::consts::PI;

use super::float;
use super::tpt::{first_order, prewarped, second_order};
use crate::signal::Signal;

/// Highest order of [`lowpass`] and [`highpass`].
pub const MAX_FILTER_ORDER: u32 = 8;

/// A filter order that is out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "filter order {given} is not offered; orders are 0 (the input unchanged) to 8, for a steeper slope put two filters in series"
)]
pub struct FilterOrderError {
    /// The order asked for.
    pub given: u32,
}

/// Dampings of the second-order sections of an order, in the order in which they are applied
/// (krs specification A.8): 2cos((2S − 1)π/2N) for even N, 2cos(Sπ/N) for odd N.
fn dampings(order: u32) -> impl Iterator<Item = f64> {
    let n = f64::from(order);
    (1..=order / 2).map(move |section| {
        let s = f64::from(section);
        let angle = if order.is_multiple_of(2) {
            (2.0 * s - 1.0) / (2.0 * n)
        } else {
            s / n
        };
        2.0 * (angle * PI).cos()
    })
}

/// Butterworth low-pass: flat below the cutoff, −3 dB there, −6 dB per octave and order above.
///
/// * `x`: input. `cutoff`: Hz, clamped to [0.001, 0.49 SR], any modulation; NaN counts as the
///   lowest. `order`: 0 (the input unchanged) to 8.
/// * Output: gain 1 at DC, zero at ½ SR.
///
/// Stable for every finite input whatever the cutoff does. Cost: 5 operations (odd orders) + 12 per
/// two orders; one tangent and one division per section per control. State: `order` floats. Source:
/// the transfer function of krs specification A.8 in the form of Zavalishin 2018 and Simper 2013
/// (`tpt`).
///
/// ```
/// use synthc_ir::prelude::*;
/// let filtered = preview(&lowpass(Signal::input(0), 12_000.0, 1)?, 2)?;
/// assert!((filtered[0] - 0.5).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`FilterOrderError`] when `order` is above 8.
pub fn lowpass(
    x: impl Into<Signal>,
    cutoff: impl Into<Signal>,
    order: u32,
) -> Result<Signal, FilterOrderError> {
    cascade(
        &float(x),
        &float(cutoff),
        order,
        |x, g| first_order(x, g).low,
        |x, g, damping| second_order(x, g, damping).low,
    )
}

/// Butterworth high-pass: flat above the cutoff, −3 dB there, −6 dB per octave and order below.
///
/// Arguments, stability, state and source as [`lowpass`]; gain 0 at DC, 1 at ½ SR. Cost: 6
/// operations (odd orders) + 17 per two orders.
///
/// ```
/// use synthc_ir::prelude::*;
/// let filtered = preview(&highpass(Signal::input(0), 12_000.0, 1)?, 2)?;
/// assert!((filtered[0] - 0.5).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`FilterOrderError`] when `order` is above 8.
pub fn highpass(
    x: impl Into<Signal>,
    cutoff: impl Into<Signal>,
    order: u32,
) -> Result<Signal, FilterOrderError> {
    cascade(
        &float(x),
        &float(cutoff),
        order,
        |x, g| first_order(x, g).high,
        |x, g, damping| second_order(x, g, damping).high,
    )
}

fn cascade(
    x: &Signal,
    cutoff: &Signal,
    order: u32,
    first: impl Fn(&Signal, &Signal) -> Signal,
    second: impl Fn(&Signal, &Signal, &Signal) -> Signal,
) -> Result<Signal, FilterOrderError> {
    if order > MAX_FILTER_ORDER {
        return Err(FilterOrderError { given: order });
    }
    let g = prewarped(cutoff);
    let odd = !order.is_multiple_of(2);
    let start = if odd { first(x, &g) } else { x.clone() };
    Ok(dampings(order).fold(start, |x, damping| second(&x, &g, &damping.into())))
}
