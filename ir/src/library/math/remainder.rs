//! Remainders, exact without a fused multiply-add.
//!
//! a − q·b is computed from products of half-width factors, every one and every partial difference of
//! which is exact as long as the quotient has no more bits than a float (the argument of Dekker 1971
//! applied to the terms in this order), so contraction changes nothing.

use super::emitter::Emitter;
use crate::graph::NodeId;
use crate::op::CompareOp;

/// a − b·trunc(a/b), with the sign of a.
pub(super) fn fmod(e: &mut Emitter<'_>, a: NodeId, b: NodeId) -> NodeId {
    if let Some(reciprocal) = reciprocal_of_power_of_two(e, b) {
        let quotient = scaled(e, a, reciprocal);
        let whole = e.trunc(quotient);
        let multiple = scaled(e, whole, 1.0 / reciprocal);
        return e.sub(a, multiple);
    }
    let (size, divisor) = (e.abs(a), e.abs(b));
    let quotient = e.div(size, divisor);
    let whole = e.trunc(quotient);
    let rest = exact_rest(e, size, whole, divisor);
    // The rounded quotient may have reached the next whole number.
    let negative = e.compare_const(CompareOp::Lt, rest, 0.0);
    let next = e.add(rest, divisor);
    let rest = e.select(negative, next, rest);
    // Also where the product would be 0·∞.
    let smaller = e.compare(CompareOp::Lt, size, divisor);
    let rest = e.select(smaller, size, rest);
    let sign = e.sign_bit(a);
    e.flip_sign(rest, sign)
}

/// a − b·rint(a/b), ties to even (IEEE 754 remainder).
pub(super) fn remainder(e: &mut Emitter<'_>, a: NodeId, b: NodeId) -> NodeId {
    if let Some(reciprocal) = reciprocal_of_power_of_two(e, b) {
        let quotient = scaled(e, a, reciprocal);
        let whole = e.nearest(quotient);
        let multiple = scaled(e, whole, 1.0 / reciprocal);
        return e.sub(a, multiple);
    }
    let (size, divisor) = (e.abs(a), e.abs(b));
    let quotient = e.div(size, divisor);
    let whole = e.nearest(quotient);
    let rest = exact_rest(e, size, whole, divisor);
    // A quotient that was rounded to a tie may have gone to the wrong side; a true tie is exact.
    let half = e.scale(0.5, divisor);
    let above = e.compare(CompareOp::Gt, rest, half);
    let less = e.sub(rest, divisor);
    let rest = e.select(above, less, rest);
    let minus_half = e.neg(half);
    let under = e.compare(CompareOp::Lt, rest, minus_half);
    let more = e.add(rest, divisor);
    let rest = e.select(under, more, rest);
    let smaller = e.compare(CompareOp::Lt, size, half);
    let rest = e.select(smaller, size, rest);
    let sign = e.sign_bit(a);
    e.flip_sign(rest, sign)
}

/// 1/b if b is a constant and a power of two with a normal reciprocal: then a/b, its whole part
/// and the difference are all exact.
fn reciprocal_of_power_of_two(e: &Emitter<'_>, b: NodeId) -> Option<f64> {
    let b = e.constant(b)?.abs();
    let layout = e.layout();
    let mantissa = b.to_bits() & ((1 << 52) - 1);
    let usable = b >= layout.min_normal && 1.0 / b >= layout.min_normal && mantissa == 0;
    usable.then(|| 1.0 / b)
}

fn scaled(e: &mut Emitter<'_>, a: NodeId, factor: f64) -> NodeId {
    if factor == 1.0 { a } else { e.scale(factor, a) }
}

/// a − q·b for non-negative a, b and whole q within 1 of a/b.
fn exact_rest(e: &mut Emitter<'_>, a: NodeId, q: NodeId, b: NodeId) -> NodeId {
    let (q_head, b_head) = (e.head(q), e.head(b));
    let (q_tail, b_tail) = (e.sub(q, q_head), e.sub(b, b_head));
    // Largest first: every difference has its bits between those of b and those of the next term.
    let pairs = [
        (q_head, b_head),
        (q_head, b_tail),
        (q_tail, b_head),
        (q_tail, b_tail),
    ];
    pairs.into_iter().fold(a, |rest, (x, y)| {
        let product = e.mul(x, y);
        e.sub(rest, product)
    })
}
