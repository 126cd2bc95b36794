//! Algebraic simplification: identities that make an operation simpler or remove it.
//!
//! What may be done at [`Level::Strict`] is exact bit for bit (all NaNs count as one): `x·1`,
//! `x − 0`, `x + (−0)` — but not `x + 0`, which turns −0 into 0, nor `x·0`, which is NaN for
//! infinities. [`Level::Optimized`] adds identities of real numbers and of phases.

mod compare;
mod convert;
mod float;
mod integer;
mod memory;
mod phase;
mod relaxed;

use super::Level;
use super::live::Live;
use super::rewrite::{Rule, apply};
use crate::graph::{Graph, NodeId};
use crate::types::Const;

/// Applies the identities of a level once to every node.
#[must_use]
pub fn simplify(graph: &Graph, level: Level) -> Graph {
    apply(graph, &Live::all(graph), rules(level)).graph
}

pub(super) fn rules(level: Level) -> &'static [Rule] {
    match level {
        Level::Strict => &[
            float::rule,
            integer::rule,
            compare::rule,
            convert::rule,
            memory::rule,
        ],
        Level::Optimized => &[
            float::rule,
            integer::rule,
            compare::rule,
            convert::rule,
            memory::rule,
            relaxed::rule,
            phase::rule,
        ],
    }
}

/// The value of a float constant.
fn float_of(graph: &Graph, id: NodeId) -> Option<f64> {
    match graph.constant(id) {
        Some(Const::Float(x)) => Some(x),
        _ => None,
    }
}

/// The value of an integer constant of either width.
fn int_of(graph: &Graph, id: NodeId) -> Option<i64> {
    match graph.constant(id) {
        Some(Const::I32(x)) => Some(i64::from(x)),
        Some(Const::I64(x)) => Some(x),
        _ => None,
    }
}

/// The value of a bool constant.
fn bool_of(graph: &Graph, id: NodeId) -> Option<bool> {
    match graph.constant(id) {
        Some(Const::Bool(x)) => Some(x),
        _ => None,
    }
}

/// Whether a float constant has these bits: 0 and −0 differ.
fn is(graph: &Graph, id: NodeId, value: f64) -> bool {
    float_of(graph, id).is_some_and(|x| x.to_bits() == value.to_bits())
}
