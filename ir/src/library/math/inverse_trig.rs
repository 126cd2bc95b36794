//! Inverse trigonometric functions.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use super::coefficients as k;
use super::emitter::Emitter;
use super::polynomial::polynomial;
use crate::graph::NodeId;
use crate::op::CompareOp;
use crate::types::Precision;

/// tan π/8: beyond it arctan is taken relative to π/4.
const TAN_EIGHTH: f64 = 0.414_213_562_373_095_03;

/// arctan x = arctan(x/1)
pub(super) fn atan(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let size = e.abs(x);
    let one = e.float(1.0);
    let steep = e.compare(CompareOp::Gt, size, one);
    let small = e.select(steep, one, size);
    let big = e.select(steep, size, one);
    let angle = first_octant(e, small, big);
    let complement = e.const_sub(FRAC_PI_2, angle);
    let angle = e.select(steep, complement, angle);
    let sign = e.sign_bit(x);
    e.flip_sign(angle, sign)
}

/// The angle of (x, y), as C's `atan2`: zeros count with their signs.
pub(super) fn atan2(e: &mut Emitter<'_>, y: NodeId, x: NodeId) -> NodeId {
    let (height, width) = (e.abs(y), e.abs(x));
    // Selects rather than min and max, which would lose a NaN.
    let steep = e.compare(CompareOp::Gt, height, width);
    let small = e.select(steep, width, height);
    let big = e.select(steep, height, width);
    // 0/0 becomes 0/tiny.
    let min_normal = e.layout().min_normal;
    let big = e.at_least(big, min_normal);
    let angle = first_octant(e, small, big);
    // ∞/∞ counts as 1.
    let diagonal = e.compare_const(CompareOp::Eq, small, f64::INFINITY);
    let angle = e.select_const(diagonal, FRAC_PI_4, angle);
    let complement = e.const_sub(FRAC_PI_2, angle);
    let angle = e.select(steep, complement, angle);
    let x_sign = e.sign_bit(x);
    let left = e.is_negative_bits(x_sign);
    let supplement = e.const_sub(PI, angle);
    let angle = e.select(left, supplement, angle);
    let sign = e.sign_bit(y);
    e.flip_sign(angle, sign)
}

/// arctan(small/big) for 0 ≤ small ≤ big, 0 < big: one division, by arctan q = π/4 + arctan((q − 1)/(q + 1)).
fn first_octant(e: &mut Emitter<'_>, small: NodeId, big: NodeId) -> NodeId {
    let limit = e.scale(TAN_EIGHTH, big);
    let upper = e.compare(CompareOp::Gt, small, limit);
    let difference = e.sub(small, big);
    let sum = e.add(small, big);
    let numerator = e.select(upper, difference, small);
    let denominator = e.select(upper, sum, big);
    let t = e.div(numerator, denominator);
    let z = e.mul(t, t);
    let series = polynomial(e, z, e.pick(k::ATAN_F32, k::ATAN_F64));
    let cube = e.mul(t, z);
    let bend = e.mul(cube, series);
    let angle = e.add(t, bend);
    // Below ½ the rounding error of π/4 would show in `f32`.
    let corrected = match e.precision() {
        Precision::F32 => e.add_const(angle, FRAC_PI_4 - f64::from(FRAC_PI_4 as f32)),
        Precision::F64 => angle,
    };
    let eighth = e.add_const(corrected, FRAC_PI_4);
    e.select(upper, eighth, angle)
}

/// What arcsin and arccos share: arcsin of x, or of √((1 − |x|)/2) beyond ½.
struct HalfAngle {
    /// |x| > ½
    outer: NodeId,
    /// arcsin |x| if inner, else arcsin √((1 − |x|)/2), which is half of arccos |x|.
    angle: NodeId,
}

fn half_angle(e: &mut Emitter<'_>, x: NodeId) -> HalfAngle {
    let size = e.abs(x);
    let outer = e.compare_const(CompareOp::Gt, size, 0.5);
    let gap = e.const_sub(1.0, size);
    // Exact; negative, and so NaN under the root, beyond 1.
    let half_gap = e.scale(0.5, gap);
    let root = e.sqrt(half_gap);
    let square = e.mul(size, size);
    let z = e.select(outer, half_gap, square);
    let s = e.select(outer, root, size);
    let series = polynomial(e, z, e.pick(k::ASIN_F32, k::ASIN_F64));
    let cube = e.mul(s, z);
    let bend = e.mul(cube, series);
    let angle = e.add(s, bend);
    HalfAngle { outer, angle }
}

/// arcsin x; beyond ½ it is π/2 − 2·arcsin √((1 − x)/2).
pub(super) fn asin(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let HalfAngle { outer, angle } = half_angle(e, x);
    let double = e.add(angle, angle);
    let complement = e.const_sub(FRAC_PI_2, double);
    // Near ½ the rounding error of π/2 would show in `f32`.
    let complement = match e.precision() {
        Precision::F32 => e.add_const(complement, FRAC_PI_2 - f64::from(FRAC_PI_2 as f32)),
        Precision::F64 => complement,
    };
    let angle = e.select(outer, complement, angle);
    let sign = e.sign_bit(x);
    e.flip_sign(angle, sign)
}

/// arccos x; beyond ½ it is 2·arcsin √((1 − |x|)/2), or that from π.
pub(super) fn acos(e: &mut Emitter<'_>, x: NodeId) -> NodeId {
    let HalfAngle { outer, angle } = half_angle(e, x);
    let sign = e.sign_bit(x);
    let signed = e.flip_sign(angle, sign);
    let inner = e.const_sub(FRAC_PI_2, signed);
    let double = e.add(signed, signed);
    let negative = e.is_negative_bits(sign);
    let pi = e.float(PI);
    let zero = e.float(0.0);
    let base = e.select(negative, pi, zero);
    let beyond = e.add(base, double);
    e.select(outer, beyond, inner)
}
