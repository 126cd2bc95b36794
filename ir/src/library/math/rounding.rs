//! Rounding that is no primitive.

use super::emitter::Emitter;
use crate::graph::NodeId;
use crate::op::BinaryOp;

/// The nearest whole number, ties away from zero, as C's `round`.
///
/// Truncates x + h, where h has the sign of x and the largest magnitude below ½: with ½ itself the
/// sum of ½ and the float before it would round up to 1. From 2^mantissa on every float is whole
/// and absorbs h. −0 stays −0.
pub(super) fn round(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let below_half = e.pick(
        i64::from(0.5_f32.next_down().to_bits()),
        0.5_f64.next_down().to_bits().cast_signed(),
    );
    let sign = e.sign_bit(x);
    let bits = e.bits_op(BinaryOp::Or, sign, below_half);
    let offset = e.float_of(bits);
    let sum = e.add(x, offset);
    e.trunc(sum)
}
