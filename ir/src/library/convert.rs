//! Conversions between levels and decibels, note numbers and frequencies.

use super::float;
use crate::signal::Signal;

/// Below this, logarithms take this instead: −600 dB.
const SMALLEST: f64 = 1e-30;

/// Amplitude of a level in decibels: 10^(d/20).
///
/// * −∞ … +600 dB; 0 dB is 1, −6.02 dB is ½.
///
/// Cost: 1 and a power of two. Source: krs specification A.2.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert!((preview(&db_to_linear(-20.0), 1)?[0] - 0.1).abs() < 1e-15);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn db_to_linear(decibels: impl Into<Signal>) -> Signal {
    (float(decibels) * (std::f64::consts::LOG2_10 / 20.0)).exp2()
}

/// Level in decibels of an amplitude: 20·log₁₀(max(a, 10⁻³⁰)).
///
/// * Output: at least −600 dB (0 and negative amplitudes, NaN).
///
/// Cost: 2 and a logarithm. Source: krs specification A.2.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert!((preview(&linear_to_db(0.0), 1)?[0] + 600.0).abs() < 1e-9);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn linear_to_db(amplitude: impl Into<Signal>) -> Signal {
    20.0 * float(amplitude).max(SMALLEST).log10()
}

/// Frequency in Hz of a MIDI note number: 440·2^((m − 69)/12); fractions are allowed.
///
/// Cost: 3 and a power of two. Source: MIDI tuning standard; krs specification A.2.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&midi_to_freq(57.0), 1)?, [220.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn midi_to_freq(note: impl Into<Signal>) -> Signal {
    440.0 * ((float(note) - 69.0) / 12.0).exp2()
}

/// MIDI note number of a frequency in Hz: 69 + 12·log₂(max(f, 10⁻³⁰)/440).
///
/// * Output: −1232.27 at f ≤ 0 and NaN.
///
/// Cost: 4 and a logarithm. Source: krs specification A.2.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert!((preview(&freq_to_midi(880.0), 1)?[0] - 81.0).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn freq_to_midi(frequency: impl Into<Signal>) -> Signal {
    69.0 + 12.0 * (float(frequency).max(SMALLEST) / 440.0).log2()
}
