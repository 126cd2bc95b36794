//! Dynamics: soft clipping, compression, peak limiting. None of them adds latency.

use super::convert::{db_to_linear, linear_to_db};
use super::float;
use crate::signal::{Signal, feedback};

/// Per-frame factor of an exponential with a time constant in seconds; 0 for times ≤ 0.
fn forgetting(seconds: &Signal) -> Signal {
    let frames = seconds * Signal::sample_rate();
    seconds
        .gt(0.0)
        .select(&(-1.0 / frames).exp(), &Signal::constant(0.0))
}

/// Saturation tanh(drive·x)/drive: unity gain for small signals, at most ±1/drive.
///
/// * `drive`: at least 0.001 (NaN too); 1 saturates at ±1. Odd harmonics only; naive: loud high notes
///   alias.
///
/// Cost: 2 and a tanh; a reciprocal per control. State: none.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert!((preview(&soft_clip(100.0, 1.0), 1)?[0] - 1.0).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn soft_clip(x: impl Into<Signal>, drive: impl Into<Signal>) -> Signal {
    let drive = float(drive).max(0.001);
    (float(x) * &drive).tanh() * (1.0 / drive)
}

/// Feed-forward compressor with a smooth branching detector in the log domain.
///
/// * `threshold_db`: level above which it acts. `ratio`: dB in per dB out above it, at least 1.
///   `attack`, `release`: time constants of the gain in seconds.
///
/// * An input of infinity is infinite in its own frame only: no more than 400 dB are remembered.
///
/// A steady tone of peak level L above the threshold settles near threshold + (L − threshold)/ratio.
///
/// Cost: 10, a logarithm and a power of two; two exponentials per control. State: 1 float. Source:
/// Giannoulis, Massberg, Reiss 2012, "Digital dynamic range compressor design", eq. 4 (hard knee)
/// and 16 (branching smoother).
///
/// ```
/// use synthc_ir::prelude::*;
/// // 0 dB in, threshold −20 dB, ratio 4: −15 dB out.
/// let y = preview(&compressor(1.0, -20.0, 4.0, 0.0, 0.1), 3)?;
/// assert!((20.0 * y[2].log10() + 15.0).abs() < 1e-9);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn compressor(
    x: impl Into<Signal>,
    threshold_db: impl Into<Signal>,
    ratio: impl Into<Signal>,
    attack: impl Into<Signal>,
    release: impl Into<Signal>,
) -> Signal {
    let x = float(x);
    let slope = 1.0 - 1.0 / float(ratio).max(1.0);
    let over = (linear_to_db(x.abs()) - float(threshold_db)).clip(0.0, 400.0) * slope;
    let (attack, release) = (forgetting(&float(attack)), forgetting(&float(release)));
    let reduction = feedback(|before| {
        let forget = over.gt(before).select(&attack, &release);
        &over + forget * (before - &over)
    });
    x * db_to_linear(-reduction)
}

/// Peak limiter: never above `ceiling`, gain recovers by `release`.
///
/// * `ceiling`: largest |output|, at least 10⁻⁶. `release`: time constant of the envelope in seconds;
///   ≤ 0 clips.
/// * Attack is immediate: no overshoot, no latency, and some distortion of bass when `release` is below
///   20 ms.
///
/// Cost: 7 with one division; an exponential per control. State: 1 float. Source: peak envelope of
/// Zölzer 2011 ("DAFX", ch. 4) with zero attack time.
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = preview(&limiter(4.0 * sine_osc(1000.0), 0.9, 0.05), 480)?;
/// assert!(y.iter().all(|x| x.abs() <= 0.9 + 1e-12));
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn limiter(
    x: impl Into<Signal>,
    ceiling: impl Into<Signal>,
    release: impl Into<Signal>,
) -> Signal {
    let (x, ceiling) = (float(x), float(ceiling).max(1e-6));
    let forget = forgetting(&float(release));
    // An infinite input must not be remembered for ever.
    let magnitude = x.abs().min(1e15);
    let peak = feedback(|before| magnitude.max(forget * before));
    &x * (&ceiling / peak.max(&ceiling))
}
