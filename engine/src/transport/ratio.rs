//! Frames in a cycle as an exact fraction.
//!
//! rate · 60 · meter / tempo, each float taken at its exact binary value: mantissa · 2ᵉ. The exponents are
//! gathered on the side where they are positive, common powers of two removed, so that usual numbers (48 kHz,
//! 120 beats a minute) give small integers.

use super::wide::Wide;

/// A positive fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ratio {
    pub(super) numerator: Wide,
    pub(super) denominator: Wide,
}

impl Ratio {
    /// rate · 60 · meter / tempo in frames a cycle, for positive finite numbers between 2⁻⁶⁰ and 2⁶⁰.
    pub(super) fn frames_per_cycle(rate: f64, tempo: f64, meter: f64) -> Option<Self> {
        let [(r, re), (t, te), (m, me)] = [rate, tempo, meter].map(decompose);
        let exponent = re + me - te;
        let numerator = Wide::new(u128::from(r) * u128::from(m)).mul(60)?;
        let denominator = Wide::new(u128::from(t));
        let shift = exponent.unsigned_abs();
        Some(if exponent >= 0 {
            Self {
                numerator: numerator.shift_left(shift)?,
                denominator,
            }
        } else {
            Self {
                numerator,
                denominator: denominator.shift_left(shift)?,
            }
        })
    }
}

/// A positive float as odd mantissa and exponent.
fn decompose(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let (field, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    let (mantissa, exponent) = if field == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, field - 1075)
    };
    let zeros = mantissa.trailing_zeros().min(63);
    (mantissa >> zeros, exponent + zeros as i32)
}
