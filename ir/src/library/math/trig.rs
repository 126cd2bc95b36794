//! Sine, cosine and tangent, of turns and of radians.
//!
//! The sines use a form that cannot leave [−1, 1] by rounding: sin r = c·r + r(k − z)T(z) with
//! z = r² and k close to the square of the quarter period. At the peak the second summand nearly
//! vanishes and its rounding errors with it; what is left, c·r, lies below 1, where floats are so
//! dense that its rounding error is a quarter of the distance from 1 to the next float. For turns,
//! c = 4 makes the peak exactly 1. The same form keeps full relative accuracy near 0.

use super::coefficients as k;
use super::emitter::Emitter;
use super::polynomial::polynomial;
use crate::graph::NodeId;
use crate::types::Precision;

/// sin 2πt: to the nearest whole turn, folded to a quarter, peak-pinned polynomial.
pub(super) fn sin_turns(e: &mut Emitter<'_>, t: NodeId) -> NodeId {
    let whole = e.nearest(t);
    let r = e.sub(t, whole);
    // Beyond a quarter, u = ±½ − r; both differences are exact, and r = ±½ gives 0.
    let clamped = e.clamp(r, -0.25, 0.25);
    let beyond = e.sub(clamped, r);
    let u = e.add(clamped, beyond);
    sine_of_quarter(e, u)
}

/// cos 2πt = sin 2π(¼ − |r|), r the distance to the nearest whole turn.
pub(super) fn cos_turns(e: &mut Emitter<'_>, t: NodeId) -> NodeId {
    let whole = e.nearest(t);
    let r = e.sub(t, whole);
    let a = e.abs(r);
    let u = e.const_sub(0.25, a);
    sine_of_quarter(e, u)
}

/// sin 2πu, |u| ≤ ¼.
fn sine_of_quarter(e: &mut Emitter<'_>, u: NodeId) -> NodeId {
    pinned_sine(
        e,
        u,
        (4.0, 0.0625),
        e.pick(k::SIN_TURNS_F32, k::SIN_TURNS_F64),
    )
}

/// c·r + r(k − z)T(z)
fn pinned_sine(e: &mut Emitter<'_>, r: NodeId, (c, k): (f64, f64), t: &[f64]) -> NodeId {
    let z = e.mul(r, r);
    let to_peak = e.const_sub(k, z);
    let factor = e.mul(r, to_peak);
    let linear = e.scale(c, r);
    let t = polynomial(e, z, t);
    let bend = e.mul(factor, t);
    e.add(linear, bend)
}

/// sin x: reduced to the nearest multiple of π.
pub(super) fn sin(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let turns = e.scale(std::f64::consts::FRAC_1_PI, x);
    let magic = e.layout().magic;
    let rounded = e.add_const(turns, magic);
    let n = e.sub_const(rounded, magic);
    let r = reduce(e, x, n, e.pick(k::PI_F32, k::PI_F64));
    let sign = e.low_bit_as_sign(rounded);
    let sine = sine_of_half_turn(e, r);
    e.flip_sign(sine, sign)
}

/// cos x = ∓sin(x − (n + ½)π) for even and odd n.
pub(super) fn cos(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let turns = e.scale(std::f64::consts::FRAC_1_PI, x);
    let shifted = e.sub_const(turns, 0.5);
    // One more than n stands in the low bits: the sign is that of −sin.
    let magic = e.layout().magic;
    let rounded = e.add_const(shifted, magic + 1.0);
    let below = e.sub_const(rounded, magic + 1.0);
    let n = e.add_const(below, 0.5);
    let r = reduce(e, x, n, e.pick(k::PI_F32, k::PI_F64));
    let sign = e.low_bit_as_sign(rounded);
    let sine = sine_of_half_turn(e, r);
    e.flip_sign(sine, sign)
}

/// sin r for |r| ≤ 1.6, a little more than π/2 because the multiple of π was chosen by a rounded
/// quotient; what exceeds that, as after the reduction of huge arguments, is held there.
fn sine_of_half_turn(e: &mut Emitter<'_>, r: NodeId) -> NodeId {
    let r = e.clamp(r, -1.6, 1.6);
    let pin = e.pick(k::SIN_PIN_F32, k::SIN_PIN_F64);
    pinned_sine(e, r, pin, e.pick(k::SIN_F32, k::SIN_F64))
}

/// x − n·(p₀ + p₁ + p₂) (Cody & Waite 1980). n·p₀ and n·p₁ are exact, so one rounding is left
/// however the products are contracted.
fn reduce(e: &mut Emitter<'_>, x: NodeId, n: NodeId, parts: [f64; 3]) -> NodeId {
    parts.into_iter().fold(x, |rest, part| {
        let multiple = e.scale(part, n);
        e.sub(rest, multiple)
    })
}

/// tan x: reduced to the nearest multiple of π/2; a quotient that is turned over for odd ones.
pub(super) fn tan(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let turns = e.scale(std::f64::consts::FRAC_2_PI, x);
    let magic = e.layout().magic;
    let rounded = e.add_const(turns, magic);
    let n = e.sub_const(rounded, magic);
    let r = reduce(e, x, n, e.pick(k::HALF_PI_F32, k::HALF_PI_F64));
    let (numerator, denominator) = match e.precision() {
        Precision::F32 => tan_polynomial(e, r),
        Precision::F64 => tan_quotient(e, r),
    };
    let odd_bit = e.low_bit_as_sign(rounded);
    let odd = e.is_negative_bits(odd_bit);
    let top = e.select(odd, denominator, numerator);
    let bottom = e.select(odd, numerator, denominator);
    let quotient = e.div(top, bottom);
    e.flip_sign(quotient, odd_bit)
}

/// tan r = (r + rzR(z))/1, |r| ≤ π/4: fewest roundings, which is what `f32` needs.
fn tan_polynomial(e: &mut Emitter<'_>, r: NodeId) -> (NodeId, NodeId) {
    let z = e.mul(r, r);
    let series = polynomial(e, z, k::TAN_F32);
    let cube = e.mul(r, z);
    let bend = e.mul(cube, series);
    (e.add(r, bend), e.float(1.0))
}

/// tan r = rN(z)/((π/2)² − z), |r| ≤ π/4: dividing the first pole out halves the terms `f64` needs.
fn tan_quotient(e: &mut Emitter<'_>, r: NodeId) -> (NodeId, NodeId) {
    let z = e.mul(r, r);
    let series = polynomial(e, z, k::TAN_F64);
    (e.mul(r, series), e.const_sub(k::TAN_POLE_F64, z))
}

/// tan πx, |x| < ½: x times the pair of poles at ±½ plus a polynomial, x·((2/π)/(¼ − x²) + M(x²)).
///
/// The division runs beside the polynomial. With d = ½ − |x|, exact beyond ¼, the distance ¼ − x² is
/// d − d², which keeps its accuracy up to the pole.
pub(super) fn tan_pi(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let a = e.abs(x);
    let near = e.const_sub(0.5, a);
    let square = e.mul(near, near);
    let distance = e.sub(near, square);
    let residue = e.float(std::f64::consts::FRAC_2_PI);
    let poles = e.div(residue, distance);
    let z = e.mul(x, x);
    let series = polynomial(e, z, e.pick(k::TAN_PI_F32, k::TAN_PI_F64));
    let factor = e.add(poles, series);
    e.mul(x, factor)
}
