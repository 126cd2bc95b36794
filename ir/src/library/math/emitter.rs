//! A thin layer over [`Graph`] in which the expansions are written: constants chosen by width,
//! bit fields of floats, split products.
//!
//! Every method inserts the operations its name says and nothing else; hash-consing makes
//! repeated constants and powers free. A `NodeId` here is a float unless its name says bits or
//! it is a condition.

use crate::graph::{Graph, NodeId};
use crate::op::{BinaryOp, CastOp, CompareOp, UnaryOp};
use crate::types::{Const, Precision};

/// The layout of the graph's floats.
#[derive(Clone, Copy)]
pub(super) struct FloatLayout {
    /// Stored bits of the mantissa: 23 or 52.
    pub(super) mantissa: i64,
    /// What is added to an exponent: 127 or 1023.
    pub(super) bias: i64,
    /// The smallest normal number.
    pub(super) min_normal: f64,
    /// 1.5·2^mantissa: adding it rounds to a whole number (ties to even) that then stands in the
    /// low bits, in two's complement. Exact for whole numbers below 2^(mantissa − 1).
    pub(super) magic: f64,
    /// Clears the low half of the mantissa: products of two floats so truncated are exact.
    pub(super) head_mask: i64,
}

/// Writes operations into a graph.
pub(super) struct Emitter<'g> {
    graph: &'g mut Graph,
}

impl<'g> Emitter<'g> {
    pub(super) fn new(graph: &'g mut Graph) -> Self {
        Self { graph }
    }

    pub(super) fn precision(&self) -> Precision {
        self.graph.precision()
    }

    /// One of two things, by the width of the graph.
    pub(super) fn pick<T>(&self, narrow: T, wide: T) -> T {
        match self.precision() {
            Precision::F32 => narrow,
            Precision::F64 => wide,
        }
    }

    pub(super) fn layout(&self) -> FloatLayout {
        self.pick(
            FloatLayout {
                mantissa: 23,
                bias: 127,
                min_normal: f64::from(f32::MIN_POSITIVE),
                magic: 12_582_912.0,
                head_mask: !0xfff,
            },
            FloatLayout {
                mantissa: 52,
                bias: 1023,
                min_normal: f64::MIN_POSITIVE,
                magic: 6_755_399_441_055_744.0,
                head_mask: !0x7ff_ffff,
            },
        )
    }

    /// The value of a float node that is a constant.
    pub(super) fn constant(&self, a: NodeId) -> Option<f64> {
        match self.graph.constant(a) {
            Some(Const::Float(x)) => Some(x),
            _ => None,
        }
    }

    pub(super) fn float(&mut self, x: f64) -> NodeId {
        self.graph.float(x)
    }

    pub(super) fn add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.add(a, b)
    }

    pub(super) fn sub(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.sub(a, b)
    }

    pub(super) fn mul(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.mul(a, b)
    }

    pub(super) fn div(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.div(a, b)
    }

    /// a + x
    pub(super) fn add_const(&mut self, a: NodeId, x: f64) -> NodeId {
        let x = self.float(x);
        self.add(a, x)
    }

    /// a − x
    pub(super) fn sub_const(&mut self, a: NodeId, x: f64) -> NodeId {
        let x = self.float(x);
        self.sub(a, x)
    }

    /// x − a
    pub(super) fn const_sub(&mut self, x: f64, a: NodeId) -> NodeId {
        let x = self.float(x);
        self.sub(x, a)
    }

    /// x·a
    pub(super) fn scale(&mut self, x: f64, a: NodeId) -> NodeId {
        let x = self.float(x);
        self.mul(a, x)
    }

    /// a into [lo, hi]; NaN stays NaN, because min and max give their second operand then.
    pub(super) fn clamp(&mut self, a: NodeId, lo: f64, hi: f64) -> NodeId {
        let a = self.at_most(a, hi);
        self.at_least(a, lo)
    }

    /// The smaller of a and hi; NaN stays NaN.
    pub(super) fn at_most(&mut self, a: NodeId, hi: f64) -> NodeId {
        let hi = self.float(hi);
        self.graph.min(hi, a)
    }

    /// The larger of a and lo; NaN stays NaN.
    pub(super) fn at_least(&mut self, a: NodeId, lo: f64) -> NodeId {
        let lo = self.float(lo);
        self.graph.max(lo, a)
    }

    pub(super) fn abs(&mut self, a: NodeId) -> NodeId {
        self.graph.unary(UnaryOp::Abs, a)
    }

    pub(super) fn neg(&mut self, a: NodeId) -> NodeId {
        self.graph.unary(UnaryOp::Neg, a)
    }

    pub(super) fn sqrt(&mut self, a: NodeId) -> NodeId {
        self.graph.unary(UnaryOp::Sqrt, a)
    }

    pub(super) fn trunc(&mut self, a: NodeId) -> NodeId {
        self.graph.unary(UnaryOp::Trunc, a)
    }

    pub(super) fn nearest(&mut self, a: NodeId) -> NodeId {
        self.graph.unary(UnaryOp::Nearest, a)
    }

    pub(super) fn compare(&mut self, op: CompareOp, a: NodeId, b: NodeId) -> NodeId {
        self.graph.compare(op, a, b)
    }

    pub(super) fn compare_const(&mut self, op: CompareOp, a: NodeId, x: f64) -> NodeId {
        let x = self.float(x);
        self.compare(op, a, x)
    }

    pub(super) fn and(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.binary(BinaryOp::And, a, b)
    }

    pub(super) fn or(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.binary(BinaryOp::Or, a, b)
    }

    pub(super) fn select(&mut self, condition: NodeId, a: NodeId, b: NodeId) -> NodeId {
        self.graph.select(condition, a, b)
    }

    /// `condition ? x : b`
    pub(super) fn select_const(&mut self, condition: NodeId, x: f64, b: NodeId) -> NodeId {
        let x = self.float(x);
        self.select(condition, x, b)
    }
}

/// Bits of floats.
impl Emitter<'_> {
    pub(super) fn bits_of(&mut self, a: NodeId) -> NodeId {
        self.graph.cast(CastOp::FloatToBits, a)
    }

    pub(super) fn float_of(&mut self, bits: NodeId) -> NodeId {
        self.graph.cast(CastOp::BitsToFloat, bits)
    }

    /// An operation of bits and a constant.
    pub(super) fn bits_op(&mut self, op: BinaryOp, bits: NodeId, x: i64) -> NodeId {
        let x = self.graph.phase_int(x);
        self.graph.binary(op, bits, x)
    }

    /// The mask of the sign bit.
    pub(super) fn sign_mask(&self) -> i64 {
        self.pick(i64::from(i32::MIN), i64::MIN)
    }

    /// The sign bit of a, all other bits zero.
    pub(super) fn sign_bit(&mut self, a: NodeId) -> NodeId {
        let bits = self.bits_of(a);
        let mask = self.sign_mask();
        self.bits_op(BinaryOp::And, bits, mask)
    }

    /// a with its sign flipped where the bits have the sign bit.
    pub(super) fn flip_sign(&mut self, a: NodeId, sign: NodeId) -> NodeId {
        let bits = self.bits_of(a);
        let flipped = self.graph.binary(BinaryOp::Xor, bits, sign);
        self.float_of(flipped)
    }

    /// a without the low half of its mantissa (toward zero): 12 significant bits of `f32`, 26 of
    /// `f64`. The product of two heads is exact.
    pub(super) fn head(&mut self, a: NodeId) -> NodeId {
        let mask = self.layout().head_mask;
        let bits = self.bits_of(a);
        let head = self.bits_op(BinaryOp::And, bits, mask);
        self.float_of(head)
    }

    /// The bits of a shifted so that its lowest bit becomes the sign bit.
    pub(super) fn low_bit_as_sign(&mut self, a: NodeId) -> NodeId {
        let shift = self.pick(31, 63);
        let bits = self.bits_of(a);
        self.bits_op(BinaryOp::Shl, bits, shift)
    }
}

impl Emitter<'_> {
    /// Whether the sign bit of the bits is set.
    pub(super) fn is_negative_bits(&mut self, bits: NodeId) -> NodeId {
        let zero = self.graph.phase_int(0);
        self.graph.compare(CompareOp::Lt, bits, zero)
    }
}
