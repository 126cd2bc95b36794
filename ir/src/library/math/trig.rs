//! Sine, cosine and tangent, of turns and of radians.
//!
//! The sines of turns, and that of radians in `f64`, use a form that cannot leave [−1, 1] by rounding:
//! sin r = c·r + r(k − z)T(z) with z = r² and k close to the square of the quarter period. At the
//! peak the second summand nearly vanishes and its rounding errors with it; what is left, c·r, lies
//! below 1, where floats are so dense that its rounding error is a quarter of the distance from 1 to
//! the next float. For turns, c = 4 makes the peak exactly 1. The same form keeps full relative
//! accuracy near 0.

use super::coefficients as k;
use super::emitter::Emitter;
use super::polynomial::{horner, polynomial};
use crate::graph::NodeId;
use crate::op::CompareOp;
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
    match e.precision() {
        Precision::F32 => held_sine(e, r),
        Precision::F64 => pinned_sine(e, r, k::SIN_PIN_F64, k::SIN_F64),
    }
}

/// r + rzP(z), held in [−1, 1]. Without a multiple of r to round, and evaluated from the smallest
/// term up, it loses half a unit less than the pinned form.
fn held_sine(e: &mut Emitter<'_>, r: NodeId) -> NodeId {
    let z = e.mul(r, r);
    let series = horner(e, z, k::SIN_F32);
    let cube = e.mul(r, z);
    let bend = e.mul(cube, series);
    let sine = e.add(r, bend);
    e.clamp(sine, -1.0, 1.0)
}

/// x − n·(p₀ + p₁ + p₂) (Cody & Waite 1980). n·p₀ and n·p₁ are exact, so one rounding is left
/// however the products are contracted.
fn reduce(e: &mut Emitter<'_>, x: NodeId, n: NodeId, parts: [f64; 3]) -> NodeId {
    parts
        .into_iter()
        .fold(x, |rest, part| sub_scaled(e, rest, part, n))
}

/// a − x·b
fn sub_scaled(e: &mut Emitter<'_>, a: NodeId, x: f64, b: NodeId) -> NodeId {
    let product = e.scale(x, b);
    e.sub(a, product)
}

/// tan x: reduced to the nearest multiple of π/2; a quotient that is turned over for odd ones.
pub(super) fn tan(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let turns = e.scale(std::f64::consts::FRAC_2_PI, x);
    let magic = e.layout().magic;
    let rounded = e.add_const(turns, magic);
    let n = e.sub_const(rounded, magic);
    let (numerator, denominator) = match e.precision() {
        Precision::F32 => tan_polynomial(e, x, n),
        Precision::F64 => {
            let r = reduce(e, x, n, k::HALF_PI_F64);
            tan_quotient(e, r)
        }
    };
    let odd_bit = e.low_bit_as_sign(rounded);
    let odd = e.is_negative_bits(odd_bit);
    let top = e.select(odd, denominator, numerator);
    let bottom = e.select(odd, numerator, denominator);
    let quotient = e.div(top, bottom);
    e.flip_sign(quotient, odd_bit)
}

/// tan(r + δ) = (r + (rzR(z) + δ(1 + z)))/1, where r + δ = x − n·π/2, |r| ≤ π/4.
///
/// n·p₀, n·p₁, n·p₂ and the first two differences are exact for |n| < 2¹⁰, so that δ, what the third
/// difference rounded away and p₃, is too but for its last rounding: the sum r + … is the first one
/// that counts, and the division the second. z stands for tan² r in the derivative 1 + tan² r.
fn tan_polynomial(e: &mut Emitter<'_>, x: NodeId, n: NodeId) -> (NodeId, NodeId) {
    let [p0, p1, p2, p3] = k::HALF_PI_F32;
    let rest = sub_scaled(e, x, p0, n);
    let rest = sub_scaled(e, rest, p1, n);
    let third = e.scale(p2, n);
    let r = e.sub(rest, third);
    let taken = e.sub(rest, r);
    let delta = e.sub(taken, third);
    let delta = sub_scaled(e, delta, p3, n);
    let z = e.mul(r, r);
    let series = polynomial(e, z, k::TAN_F32);
    let cube = e.mul(r, z);
    let bend = e.mul(cube, series);
    let steeper = e.mul(delta, z);
    let delta = e.add(delta, steeper);
    let small = e.add(bend, delta);
    (e.add(r, small), e.float(1.0))
}

/// tan r = rN(z)/((π/2)² − z), |r| ≤ π/4: dividing the first pole out halves the terms `f64` needs.
fn tan_quotient(e: &mut Emitter<'_>, r: NodeId) -> (NodeId, NodeId) {
    let z = e.mul(r, r);
    let series = polynomial(e, z, k::TAN_F64);
    (e.mul(r, series), e.const_sub(k::TAN_POLE_F64, z))
}

/// tan πx, |x| < ½.
pub(super) fn tan_pi(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    match e.precision() {
        Precision::F32 => tan_pi_folded(e, x),
        Precision::F64 => tan_pi_poles(e, x),
    }
}

/// tan πx of u, the distance to the nearest of 0 and ±½: tan πu = 4u − uA(u²), turned over near ½.
///
/// u and 4u are exact, and uA(u²) is at most a quarter of the result up to where it vanishes at ¼, so
/// that the difference and the division are the roundings that count. Beyond ½ the distance and with
/// it the result are negative, as they should be, up to |x| = ¾.
fn tan_pi_folded(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let a = e.abs(x);
    let from_pole = e.const_sub(0.5, a);
    let near_pole = e.compare(CompareOp::Lt, from_pole, a);
    let u = e.select(near_pole, from_pole, a);
    let z = e.mul(u, u);
    let series = horner(e, z, k::TAN_PI_F32);
    let bend = e.mul(u, series);
    let linear = e.scale(4.0, u);
    let tangent = e.sub(linear, bend);
    let one = e.float(1.0);
    let top = e.select(near_pole, one, tangent);
    let bottom = e.select(near_pole, tangent, one);
    let quotient = e.div(top, bottom);
    let sign = e.sign_bit(x);
    e.flip_sign(quotient, sign)
}

/// x times the pair of poles at ±½ plus a polynomial: x·((2/π)/(¼ − x²) + M(x²)).
///
/// The division runs beside the polynomial. With d = ½ − |x|, exact beyond ¼, the distance ¼ − x² is
/// d − d², which keeps its accuracy up to the pole.
fn tan_pi_poles(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let a = e.abs(x);
    let near = e.const_sub(0.5, a);
    let square = e.mul(near, near);
    let distance = e.sub(near, square);
    let residue = e.float(std::f64::consts::FRAC_2_PI);
    let poles = e.div(residue, distance);
    let z = e.mul(x, x);
    let series = polynomial(e, z, k::TAN_PI_F64);
    let factor = e.add(poles, series);
    e.mul(x, factor)
}
