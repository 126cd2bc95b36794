//! Hyperbolic functions.

use super::coefficients as k;
use super::emitter::Emitter;
use super::exp_log;
use super::polynomial::polynomial;
use crate::graph::NodeId;

/// tanh x = E/(E + 2) with E = e^2|x| − 1 and the sign of x.
///
/// E = 2ⁿ(eʳ − 1) + (2ⁿ − 1) keeps its relative accuracy near 0, where n = 0, so one form serves
/// everywhere; n ≥ 0 because |x| is taken first.
pub(super) fn tanh(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let size = e.abs(x);
    // From here on the result rounds to 1.
    let size = e.at_most(size, e.pick(10.0, 20.0));
    let double = e.add(size, size);
    let (r, half_power) = exp_log::reduce(e, double);
    let power = e.add(half_power, half_power);
    let series = polynomial(e, r, e.pick(k::EXPM1_F32, k::EXPM1_F64));
    let square = e.mul(r, r);
    let bend = e.mul(square, series);
    let fraction = e.add(r, bend);
    let scaled = e.mul(power, fraction);
    let whole = e.sub_const(power, 1.0);
    let numerator = e.add(whole, scaled);
    let denominator = e.add_const(numerator, 2.0);
    let ratio = e.div(numerator, denominator);
    let sign = e.sign_bit(x);
    e.flip_sign(ratio, sign)
}
