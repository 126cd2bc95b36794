//! Exponentials and logarithms.
//!
//! Both directions move the exponent by integer arithmetic on the bits of the float. Results below
//! about √2·(smallest normal number) become 0 and arguments below the smallest normal number count
//! as 0, so evaluator and machine code agree whether or not the processor flushes subnormals.

use super::coefficients as k;
use super::emitter::Emitter;
use super::polynomial::polynomial;
use crate::graph::NodeId;
use crate::op::{BinaryOp, CompareOp};

/// 2ˣ: the nearest whole number becomes an exponent, the rest a polynomial.
pub(super) fn exp2(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    // From `hi` on 2ˣ is infinite, up to `lo` the exponent field becomes 0.
    let (lo, hi) = e.pick((-126.0, 128.0), (-1022.0, 1024.0));
    let x = e.clamp(x, lo, hi);
    let (n, half_power) = split_whole(e, x);
    let f = e.sub(x, n);
    let doubled = polynomial(e, f, e.pick(k::EXP2_F32, k::EXP2_F64));
    e.mul(doubled, half_power)
}

/// The nearest whole number n of x, and 2ⁿ⁻¹ for n from −(bias − 2) to bias + 1, 0 for n = 1 − bias.
///
/// Halving lets 2^(bias + 1) stand in the exponent field; the polynomials are doubled in turn.
pub(super) fn split_whole(e: &mut Emitter<'_>, x: NodeId) -> (NodeId, NodeId) {
    let layout = e.layout();
    // The bias rides on the rounding constant: the low bits of the sum are n − 1 + bias.
    let magic = layout.magic + (layout.bias - 1) as f64;
    let rounded = e.add_const(x, magic);
    let n = e.sub_const(rounded, magic);
    let bits = e.bits_of(rounded);
    let exponent = e.bits_op(BinaryOp::Shl, bits, layout.mantissa);
    (n, e.float_of(exponent))
}

/// eˣ = 2ⁿ·eʳ with n = ⌊x/ln 2⌉ and r = x − n·ln 2 by Cody & Waite's two-part constant (1980).
pub(super) fn exp(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    // n reaches bias + 1 (infinity) and 1 − bias (zero) at these.
    let (lo, hi) = e.pick((-87.4, 89.0), (-708.4, 710.0));
    let x = e.clamp(x, lo, hi);
    let (r, half_power) = reduce(e, x);
    let doubled = polynomial(e, r, e.pick(k::EXP_F32, k::EXP_F64));
    e.mul(doubled, half_power)
}

/// (r, 2ⁿ⁻¹) with x = n·ln 2 + r, |r| ≤ ½ ln 2.
pub(super) fn reduce(e: &mut Emitter<'_>, x: NodeId) -> (NodeId, NodeId) {
    let powers = e.scale(std::f64::consts::LOG2_E, x);
    let (n, half_power) = split_whole(e, powers);
    let [head, tail] = e.pick(k::LN2_F32, k::LN2_F64);
    // n·head is exact.
    let whole = e.scale(head, n);
    let rest = e.sub(x, whole);
    let correction = e.scale(tail, n);
    (e.sub(rest, correction), half_power)
}

/// A positive normal number as m·2ⁿ.
pub(super) struct Scientific {
    /// In [√½, √2).
    pub(super) mantissa: NodeId,
    /// A whole number, as a float.
    pub(super) exponent: NodeId,
}

/// Splits a positive normal number. Anything else gives some pair that the caller overrides.
pub(super) fn scientific(e: &mut Emitter<'_>, x: NodeId) -> Scientific {
    let layout = e.layout();
    let sqrt_half = e.pick(
        i64::from(std::f32::consts::FRAC_1_SQRT_2.to_bits()),
        std::f64::consts::FRAC_1_SQRT_2.to_bits().cast_signed(),
    );
    let one = layout.bias << layout.mantissa;
    // Counted from √½ on, the exponent field changes where the mantissa should wrap.
    let bits = e.bits_of(x);
    let shifted = e.bits_op(BinaryOp::Add, bits, one - sqrt_half);
    let fraction = e.bits_op(BinaryOp::And, shifted, (1 << layout.mantissa) - 1);
    let mantissa_bits = e.bits_op(BinaryOp::Add, fraction, sqrt_half);
    let mantissa = e.float_of(mantissa_bits);
    // The biased exponent below the mantissa of 2^mantissa is that number of units.
    let unit = (layout.bias + layout.mantissa) << layout.mantissa;
    let biased = e.bits_op(BinaryOp::ShrU, shifted, layout.mantissa);
    let placed = e.bits_op(BinaryOp::Or, biased, unit);
    let float = e.float_of(placed);
    let offset = (1_i64 << layout.mantissa) as f64 + layout.bias as f64;
    let exponent = e.sub_const(float, offset);
    Scientific { mantissa, exponent }
}

/// ln x
pub(super) fn log(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let parts = e.pick(k::LN2_F32, k::LN2_F64);
    logarithm(e, x, Some(parts), e.pick(k::LOG_F32, k::LOG_F64))
}

/// log₂ x
pub(super) fn log2(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    logarithm(e, x, None, e.pick(k::LOG2_F32, k::LOG2_F64))
}

/// log₁₀ x
pub(super) fn log10(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let parts = e.pick(k::LOG10_2_F32, k::LOG10_2_F64);
    logarithm(e, x, Some(parts), e.pick(k::LOG10_F32, k::LOG10_F64))
}

/// n·log 2 + log m, where log m = s·R(s²), s = (m − 1)/(m + 1) (Muller 2016, §11.4), and log 2, in the
/// base of R, is given in two parts unless it is 1. The first term of R is applied apart, so that only
/// its rounding counts near m = 1.
fn logarithm(
    e: &mut Emitter<'_>,
    x: NodeId,
    log_of_two: Option<[f64; 2]>,
    series: &[f64],
) -> NodeId {
    let Scientific { mantissa, exponent } = scientific(e, x);
    let below = e.sub_const(mantissa, 1.0);
    let above = e.add_const(mantissa, 1.0);
    let s = e.div(below, above);
    let z = e.mul(s, s);
    let linear = e.scale(series[0], s);
    let cube = e.mul(s, z);
    let rest = polynomial(e, z, &series[1..]);
    let bend = e.mul(cube, rest);
    let fraction = e.add(linear, bend);
    let result = match log_of_two {
        None => e.add(exponent, fraction),
        Some([head, tail]) => {
            let low = e.scale(tail, exponent);
            let rest = e.add(fraction, low);
            let high = e.scale(head, exponent);
            e.add(high, rest)
        }
    };
    // +∞ and NaN are their own logarithms; below the normal numbers lie −∞ and, for x < 0, NaN.
    let finite = e.compare_const(CompareOp::Lt, x, f64::INFINITY);
    let result = e.select(finite, result, x);
    let min_normal = e.layout().min_normal;
    let negative = e.compare_const(CompareOp::Le, x, -min_normal);
    let infinite = e.float(f64::NEG_INFINITY);
    let outside = e.select_const(negative, f64::NAN, infinite);
    let tiny = e.compare_const(CompareOp::Lt, x, min_normal);
    e.select(tiny, outside, result)
}
