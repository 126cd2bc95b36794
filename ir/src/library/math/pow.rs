//! aᵇ with the special cases of C's `pow` (ISO/IEC 9899, F.10.4.4).
//!
//! 2 to the power of b·log₂|a|: the logarithm is computed as an unevaluated sum of two floats, because
//! an error of it is multiplied by up to b·log₂|a| ≈ 1000. Factors are truncated so that their products
//! are exact (Dekker 1971), which makes the error terms independent of whether products and sums
//! are contracted.

use super::coefficients as k;
use super::emitter::Emitter;
use super::exp_log::{Scientific, scientific, split_whole};
use super::polynomial::polynomial;
use crate::graph::NodeId;
use crate::op::CompareOp;

/// An unevaluated sum. The head has so few bits that its product with another head is exact.
struct Split {
    head: NodeId,
    tail: NodeId,
}

/// a to the power of b.
pub(super) fn pow(e: &mut Emitter<'_>, a: NodeId, b: NodeId) -> NodeId {
    if e.constant(a) == Some(2.0) {
        return super::exp_log::exp2(e, b);
    }
    if let Some(power) = e.constant(b).and_then(|b| constant_exponent(e, a, b)) {
        return power;
    }
    let magnitude = e.abs(a);
    let log = log2(e, magnitude);
    let power = magnitude_power(e, magnitude, b, &log);
    // 1ᵇ and a⁰ are 1 even if the other operand is NaN or infinite.
    let base_one = e.compare_const(CompareOp::Eq, magnitude, 1.0);
    let exponent_zero = e.compare_const(CompareOp::Eq, b, 0.0);
    let one = e.or(base_one, exponent_zero);
    let power = e.select_const(one, 1.0, power);
    with_sign(e, a, b, power)
}

/// Exponents of up to four factors and roots, in at most three rounded operations.
fn constant_exponent(e: &mut Emitter<'_>, a: NodeId, b: f64) -> Option<NodeId> {
    let reciprocal = b < 0.0;
    let power = if b == 0.0 {
        return Some(e.float(1.0));
    } else if b.abs() == 1.0 {
        a
    } else if b.abs() == 2.0 {
        e.mul(a, a)
    } else if b.abs() == 3.0 {
        let square = e.mul(a, a);
        e.mul(square, a)
    } else if b.abs() == 4.0 {
        let square = e.mul(a, a);
        e.mul(square, square)
    } else if b.abs() == 0.5 {
        // √−0 is −0, but the power is +0.
        let root = e.sqrt(a);
        e.abs(root)
    } else {
        return None;
    };
    Some(if reciprocal {
        let one = e.float(1.0);
        e.div(one, power)
    } else {
        power
    })
}

/// log₂ a of a positive normal number, with about 11 (f32: 9) bits more than a float has.
///
/// log₂ m = 2/(3 ln 2)·s·W, s = (m − 1)/(m + 1), W = 3·artanh(s)/s = 3 + s² + s⁴R(s²).
fn log2(e: &mut Emitter<'_>, a: NodeId) -> Split {
    let Scientific { mantissa, exponent } = scientific(e, a);
    // s = (m − 1)/(m + 1); its tail is the remainder of the division.
    let below = e.sub_const(mantissa, 1.0);
    let above = e.add_const(mantissa, 1.0);
    let one = e.float(1.0);
    let inverse = e.div(one, above);
    let s = e.mul(below, inverse);
    let s_head = e.head(s);
    let above_head = e.head(above);
    let rounded_away = e.sub_const(above_head, 1.0);
    let above_tail = e.sub(mantissa, rounded_away);
    let product = e.mul(s_head, above_head);
    let rest = e.sub(below, product);
    let correction = e.mul(s_head, above_tail);
    let rest = e.sub(rest, correction);
    let s_tail = e.mul(rest, inverse);

    // W: the square of the head is exact.
    let square = e.mul(s_head, s_head);
    let both = e.add(s_head, s);
    let square_tail = e.mul(s_tail, both);
    let z = e.add(square, square_tail);
    let series = polynomial(e, z, e.pick(k::POW_LOG_F32, k::POW_LOG_F64));
    let fourth = e.mul(z, z);
    let bend = e.mul(fourth, series);
    let small = e.add(bend, square_tail);
    let three = e.add_const(square, 3.0);
    let w = e.add(three, small);
    let w_head = e.head(w);
    let above_three = e.sub_const(w_head, 3.0);
    let in_head = e.sub(above_three, square);
    let w_tail = e.sub(small, in_head);

    // s·W
    let high = e.mul(s_head, w_head);
    let cross = e.mul(s_tail, w_head);
    let outer = e.mul(w_tail, s);
    let low = e.add(cross, outer);
    let sum = e.add(high, low);
    let p_head = e.head(sum);
    let in_head = e.sub(p_head, high);
    let p_tail = e.sub(low, in_head);

    // ·2/(3 ln 2), + exponent
    let [scale_head, scale_tail] = e.pick(k::TWO_OVER_3_LN2_F32, k::TWO_OVER_3_LN2_F64);
    let high = e.scale(scale_head, p_head);
    let cross = e.scale(scale_tail, p_head);
    let outer = e.scale(scale_head + scale_tail, p_tail);
    let low = e.add(cross, outer);
    let upper = e.add(exponent, high);
    let sum = e.add(upper, low);
    let head = e.head(sum);
    let in_head = e.sub(head, exponent);
    let in_head = e.sub(in_head, high);
    let tail = e.sub(low, in_head);
    Split { head, tail }
}

/// |a|ᵇ; the caller deals with b = 0 and |a| = 1.
fn magnitude_power(e: &mut Emitter<'_>, magnitude: NodeId, b: NodeId, log: &Split) -> NodeId {
    // The logarithms of zero, infinity and NaN.
    let min_normal = e.layout().min_normal;
    let tiny = e.compare_const(CompareOp::Lt, magnitude, min_normal);
    let finite = e.compare_const(CompareOp::Lt, magnitude, f64::INFINITY);
    let head = e.select(finite, log.head, magnitude);
    let head = e.select_const(tiny, f64::NEG_INFINITY, head);

    // b·log₂|a|, the first product exact.
    let b_head = e.head(b);
    let b_tail = e.sub(b, b_head);
    let high = e.mul(b_head, head);
    let cross = e.mul(b_tail, head);
    let outer = e.mul(b, log.tail);
    let low = e.add(cross, outer);

    // Out of range, which includes ∞ and 0·∞ in the sum, a plain product tells which side it is. It is
    // doubled so as not to fall short of the end of the range where the sum reaches it.
    let (lo, hi) = e.pick((-126.0, 128.0), (-1022.0, 1024.0));
    let sum = e.add(high, low);
    let size = e.abs(sum);
    let in_range = e.compare_const(CompareOp::Lt, size, hi);
    let product = e.mul(b, head);
    let double = e.add(product, product);
    let high = e.select(in_range, high, double);
    let zero = e.float(0.0);
    let low = e.select(in_range, low, zero);

    let high = e.clamp(high, lo, hi);
    let (n, half_power) = split_whole(e, high);
    let rest = e.sub(high, n);
    let f = e.add(rest, low);
    let doubled = polynomial(e, f, e.pick(k::EXP2_F32, k::EXP2_F64));
    e.mul(doubled, half_power)
}

/// The sign for negative bases: odd exponents keep it, fractional ones give NaN.
fn with_sign(e: &mut Emitter<'_>, a: NodeId, b: NodeId, power: NodeId) -> NodeId {
    let whole = e.nearest(b);
    let integral = e.compare(CompareOp::Eq, whole, b);
    let half = e.scale(0.5, b);
    let half_whole = e.nearest(half);
    let half_fraction = e.compare(CompareOp::Ne, half_whole, half);
    let odd = e.and(integral, half_fraction);
    let sign = e.sign_bit(a);
    let flipped = e.flip_sign(power, sign);
    let power = e.select(odd, flipped, power);
    let positive = e.compare_const(CompareOp::Ge, a, 0.0);
    let defined = e.or(positive, integral);
    let undefined = e.float(f64::NAN);
    e.select(defined, power, undefined)
}
