//! Math functions as expansions over primitives.
//!
//! [`Graph::build`] calls `expand` for every [`Math`] node. An expansion consists of operations that scalar
//! and vector code execute alike — no branches, no table look-ups, no calls, no fused multiply-add — so
//! evaluator and machine code agree bit for bit; contracting products and sums, as optimised
//! builds may, keeps every bound below.
//!
//! | Function | Method | Operations f32 / f64 | Error f32 | Error f64 | where it holds |
//! |---|---|---|---|---|---|
//! | `sin_turns` | fold to a quarter turn, peak-pinned polynomial | 19 / 28 | 1.6 | 1.7 | any finite t |
//! | `cos_turns` | the same from ¼ − \|r\| | 17 / 26 | 1.7 | 1.8 | any finite t |
//! | `sin` | three-part π, polynomial / peak-pinned one | 27 / 35 | 1.9 | 2.9 | \|x\| ≤ 10⁴ / 2²⁰ |
//! | `cos` | the same, shifted | 29 / 37 | 2.0 | 2.8 | as `sin` |
//! | `tan` | π/2 in parts, polynomial / quotient | 40 / 34 | 1.7 | 4.0 | \|x\| ≤ 10³ / 10⁵ |
//! | `tan_pi` | folded, polynomial, turned over / poles and polynomial | 27 / 29 | 2.0 | 3.0 | \|x\| < ½ |
//! | `asin` | polynomial, half-angle beyond ½ | 27 / 41 | 1.9 | 2.3 | \|x\| ≤ 1 |
//! | `acos` | the same | 29 / 44 | 1.3 | 1.2 | \|x\| ≤ 1 |
//! | `atan` | one division, polynomial | 32 / 44 | 2.0 | 2.2 | everywhere |
//! | `atan2` | the same with quadrants | 40 / 52 | 2.0 | 1.7 | sums of two operands finite |
//! | `exp` | two-part ln 2, polynomial | 25 / 36 | 1.7 | 2.0 | results from 2⁻¹²⁵ / 2⁻¹⁰²¹ |
//! | `exp2` | whole part to the exponent, polynomial | 21 / 32 | 1.7 | 2.2 | as `exp` |
//! | `log` | exponent and artanh series | 28 / 38 | 1.9 | 2.0 | normal x |
//! | `log2` | the same | 25 / 35 | 2.6 | 2.6 | normal x |
//! | `log10` | the same | 28 / 38 | 2.7 | 2.8 | normal x |
//! | `pow` | logarithm as two floats, `exp2` | 110 / 130 | 1.8 | 2.1 | results as `exp` |
//! | `tanh` | e²ˣ − 1 in a quotient | 33 / 44 | 2.1 | 4.0 | everywhere |
//! | `fmod` | exact products of half-width factors | 23 | 0 | 0 | \|a/b\| < 2²³ / 2⁵² |
//! | `remainder` | the same | 28 | 0 | 0 | \|a/b\| < 2²³ / 2⁵² |
//! | `round` | add just under ½, truncate | 4 | 0 | 0 | everywhere |
//!
//! Errors are the largest found, in units of the last place of the result (½ is perfect), over some ten thousand
//! random operands per row, both as built and contracted, against results of 160 bits. Operations do not
//! count constants and reinterpretations of bits. `f32` errors above 2 units occur only where results are
//! below ½: those of logarithms and `tanh` stay under 10⁻⁷ there in absolute terms; for `sin` and `cos`
//! the table counts results from ½ on, below it errors are under 5·10⁻⁸. Tests hold all of this as
//! built, contracted, and after the optimising passes, inside and outside of feedback loops.
//!
//! Outside the stated ranges, and at the edges:
//!
//! * NaN gives NaN, except that a⁰ and 1ᵇ are 1. Infinite arguments of periodic functions give NaN.
//! * Sines and cosines lie in [−1, 1] whatever the argument; far beyond the range their phase is wrong.
//!   `f32` tangents lose relative accuracy near zeros and poles as |x| grows beyond 10³. `tan_pi` is finite for
//!   |x| < ½ and infinite at ½.
//! * Exponentials become 0 somewhere in the binade above the smallest normal number, never subnormal.
//!   Logarithms and powers take subnormal operands as 0, with −∞ as logarithm.
//! * `pow` has C's special cases but one: −∞ counts as any negative base, so a fractional exponent gives NaN.
//!   Exponents 0, ±½, ±1, ±2, ±3, ±4 and the base 2 that are constants expand to at most three operations
//!   and to `exp2`; overflow and underflow of a power in a denominator then come where the denominator's do.
//! * Remainders of a larger quotient may differ from the true one by multiples of the divisor. Where the
//!   divisor is a constant power of two they are always exact, but a zero result is +0. A divisor below
//!   2⁻¹⁰⁰ (f64: 2⁻⁹⁰⁰) loses exactness to underflow.
//! * Signs of zeros are C's but for `sin_turns` and, in `f32`, `sin` and `tan`, which give +0 at −0.
//!
//! The polynomials are minimax approximations computed by `remez.py` in this folder. Methods follow Cody &
//! Waite, *Software Manual for the Elementary Functions* (1980), Dekker, *A floating-point technique for extending the
//! available precision* (Numer. Math. 18, 1971) and Muller, *Elementary Functions* (3rd ed., 2016).

mod coefficients;
mod emitter;
mod exp_log;
mod hyperbolic;
mod inverse_trig;
mod polynomial;
mod pow;
mod remainder;
mod rounding;
mod trig;

#[cfg(test)]
mod tests;

use crate::graph::{Graph, NodeId};
use crate::signal::Math;
use emitter::Emitter;

/// Inserts the expansion of a math function; `operands` are as many floats as it has operands.
pub(crate) fn expand(graph: &mut Graph, function: Math, operands: &[NodeId]) -> NodeId {
    let e = &mut Emitter::new(graph);
    let x = operands[0];
    match function {
        Math::Sin => trig::sin(e, x),
        Math::Cos => trig::cos(e, x),
        Math::Tan => trig::tan(e, x),
        Math::SinTurns => trig::sin_turns(e, x),
        Math::CosTurns => trig::cos_turns(e, x),
        Math::TanPi => trig::tan_pi(e, x),
        Math::Asin => inverse_trig::asin(e, x),
        Math::Acos => inverse_trig::acos(e, x),
        Math::Atan => inverse_trig::atan(e, x),
        Math::Atan2 => inverse_trig::atan2(e, x, operands[1]),
        Math::Exp => exp_log::exp(e, x),
        Math::Exp2 => exp_log::exp2(e, x),
        Math::Log => exp_log::log(e, x),
        Math::Log2 => exp_log::log2(e, x),
        Math::Log10 => exp_log::log10(e, x),
        Math::Pow => pow::pow(e, x, operands[1]),
        Math::Tanh => hyperbolic::tanh(e, x),
        Math::Fmod => remainder::fmod(e, x, operands[1]),
        Math::Remainder => remainder::remainder(e, x, operands[1]),
        Math::Round => rounding::round(e, x),
    }
}
