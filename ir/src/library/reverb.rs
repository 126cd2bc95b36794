//! The specified reverberator: eight parallel combs and four all-passes in the structure of Freeverb
//! (Schroeder 1962; Jezar 2000), with the line lengths that krach has at run time.

use super::delay::Loop;
use super::float;
use crate::signal::{Register, Signal};

/// Lengths at 44.1 kHz (krs specification A.9).
const COMBS: [f64; 8] = [
    1116.0, 1188.0, 1277.0, 1356.0, 1422.0, 1491.0, 1557.0, 1617.0,
];
const ALLPASSES: [f64; 4] = [556.0, 441.0, 341.0, 225.0];
/// The peer's all-passes have a fixed largest length.
const LONGEST_ALLPASS: f64 = 1025.0;

/// A length scaled to the sample rate with the roundings of single precision that define it: they
/// make the longest comb one frame shorter than exact arithmetic would.
fn scaled(length: f64, rate: f64) -> f64 {
    let product = (length / 44_100.0) as f32 * rate as f32;
    f64::from(product.trunc()).max(1.0)
}

fn scaled_allpass(length: f64, rate: f64) -> f64 {
    scaled(length, rate).min(LONGEST_ALLPASS)
}

/// Reverb, mono, wet only.
///
/// * `room_size`: feedback of combs and all-passes, clamped to [−1, 1]; 0.5 is short, 0.98 rings for
///   seconds, at 1 DC never decays (krs uses 0.5). `damping`: low-pass in the loops, clamped to
///   [0, 1]; 0 is bright (krs uses 0.5).
/// * Output: about 9 dB (room 0) to 13 dB (room 0.98) louder than white noise put in.
///
/// Eight combs L = ⌊T·SR/44100⌋ (`f32` rounding) in parallel, v\[n\] = x + g·q, q = (1 − d)·v\[n−L\] +
/// d·q\[n−1\], then four all-passes v\[n\] = in + g·v\[n−M\], out = v\[n−M\] − g·v\[n\]. Comb i decays by
/// g (at DC) per L frames: 60 dB in 3·L/(SR·−log₁₀ g) seconds.
///
/// Cost: 75. State: 12 lines, together about 13 000 floats at 44.1 kHz, and 8 floats. Source: krs
/// specification A.9.
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = preview(&reverb(Signal::input(0), 0.5, 0.5), 4000)?;
/// // The shortest way: comb 1214, all-passes through at −g each: 1214 frames, 0.5⁴.
/// assert_eq!(y.iter().position(|x| *x != 0.0), Some(1214));
/// assert_eq!(y[1214], 0.0625);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn reverb(
    x: impl Into<Signal>,
    room_size: impl Into<Signal>,
    damping: impl Into<Signal>,
) -> Signal {
    let (x, gain) = (float(x), float(room_size).clip(-1.0, 1.0));
    let damping = float(damping).clip(0.0, 1.0);
    let fresh = 1.0 - &damping;
    let comb = |length: f64| {
        let line = Loop::whole(&Signal::at_rate(length, scaled));
        let register = Register::float(0.0);
        let damped = &fresh * &line.returned + &damping * register.read();
        let output = line.close(&(&x + &gain * &damped), &line.returned);
        register.bind(&damped, &output)
    };
    let mixed: Signal = COMBS.into_iter().map(comb).sum();
    ALLPASSES.into_iter().fold(mixed, |x, length| {
        let line = Loop::whole(&Signal::at_rate(length, scaled_allpass));
        let stored = x + &gain * &line.returned;
        let output = &line.returned - &gain * &stored;
        line.close(&stored, &output)
    })
}
