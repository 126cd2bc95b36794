//! Noise: counter-based white noise, its pink filtering, and the linear congruential generator
//! that references use.
//!
//! `white_noise` hashes a counter with the key of its instance. It has no recurrence but the count,
//! so a block of it is computed in vector lanes, and every source of every voice is a stream of its
//! own that repeats exactly when rendered again.

use super::float;
use crate::signal::{Register, Signal};

/// White noise, uniform in [−1, 1), a stream of its own for every call and instance.
///
/// * Output: multiples of 2⁻²³ in [−1, 1): mean 0, standard deviation 0.577 (−4.8 dB); the very same
///   numbers in `f32` and `f64` graphs.
///
/// The streams of two calls, two voices or two seeds are uncorrelated; the same seed gives the same
/// stream (see [`noise_key`](crate::noise_key)). Period 2³² frames (24 hours at 48 kHz).
///
/// Cost: 14 operations, 2 of them integer multiplications. State: a 32-bit counter and a
/// 64-bit key. Source: the 32-bit mixer "lowbias32" of Wellons 2018 ("Prospecting for hash functions",
/// constants improved by T. Iron Born 2022: 16 21f0aaad 15 d35a2d97 15, bias 0.107), keyed before
/// both multiplications so that two keys differ by more than an offset of the counter.
///
/// ```
/// use synthc_ir::prelude::*;
/// let difference = white_noise() - white_noise();
/// assert!(preview(&difference, 100)?.iter().any(|x| x.abs() > 0.5));
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn white_noise() -> Signal {
    let [low, high] = Register::noise_key();
    let counter = Register::int(0);
    let count = counter.read();
    let next = &count + Signal::int(1);
    let xored = |x: Signal, bits| &x ^ x.shr_unsigned(bits);

    let x = xored(&count + low, 16) * Signal::int(0x21f0_aaad);
    let x = xored(x + high, 15) * Signal::int(0xd35a_2d97_u32.cast_signed());
    let x = xored(x, 15);
    // 24 bits fit both float widths: the streams agree to the bit and never round up to 1.
    let x = x.shr_signed(8).to_float() * (1.0 / 8_388_608.0);
    counter.bind(&next, &x)
}

/// White noise of a linear congruential generator: the reference stream of the krs specification.
///
/// r ← (1103515245·r + 12345) mod 2³² as a signed number from r = 0, output r / 2147483647.
/// Every instance is the same stream; use [`white_noise`] for music.
///
/// * Output: [−1, 1]; the first values are 5.7487e−6, −0.344846, −0.695186.
///
/// Cost: 2 integer operations, 2 of floats, serial. State: 32 bits. Source: krs specification A.7.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert!((preview(&lcg_noise(), 2)?[1] + 0.344846).abs() < 1e-6);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn lcg_noise() -> Signal {
    let register = Register::int(0);
    let next = register.read() * Signal::int(1_103_515_245) + Signal::int(12_345);
    register.bind(&next, &(next.to_float() / 2_147_483_647.0))
}

/// Turns white noise pink: falls by 3 dB per octave within ±0.5 dB from about 10 Hz to 18 kHz at
/// 44.1 and 48 kHz.
///
/// * `x`: anything. Output: about 22 dB below the level of white input.
///
/// Cost: 7 multiplications, 6 additions. State: 3 floats. Source: third-order design of J. O. Smith
/// ("Spectral Audio Signal Processing", section on 1/f noise), coefficients of krs specification A.7.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&pink_filter(Signal::input(0)), 1)?, [0.049_922_035]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn pink_filter(x: impl Into<Signal>) -> Signal {
    let registers = [(); 3].map(|()| Register::float(0.0));
    let [w1, w2, w3] = [0, 1, 2].map(|i: usize| registers[i].read());
    // The newest value last: the recurrence waits for one multiply-add instead of three.
    let past = float(x) + 0.522_189_400 * &w3 - 2.017_265_875 * &w2;
    let w = 2.494_956_002 * &w1 + past;
    let y = 0.049_922_035 * &w - 0.095_993_537 * &w1 + 0.050_612_699 * &w2 - 0.004_408_786 * w3;
    let y = registers[2].bind(&w2, &y);
    let y = registers[1].bind(&w1, &y);
    registers[0].bind(&w, &y)
}

/// Pink noise: [`pink_filter`] of a [`white_noise`] of its own.
///
/// * Output: standard deviation about 0.047.
///
/// Cost and state: the sum of both.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert!(preview(&pink_noise(), 1000)?.iter().all(|x| x.abs() < 0.5));
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn pink_noise() -> Signal {
    pink_filter(white_noise())
}
