//! Folding: operations whose operands are constants become constants, computed by the evaluator's
//! own arithmetic in the graph's width. The sample rate is known in a graph, so what is computed
//! from it folds too.

use super::live::Live;
use super::rewrite::{Step, apply};
use crate::eval::{self, Value};
use crate::graph::{Graph, NodeId, Op, TableKind};
use crate::types::Const;

/// Folds constants. Nothing becomes a NaN constant: an operation that gives NaN stays, because the
/// bits of its NaN are not defined, as those of the constant NaN are.
#[must_use]
pub fn fold(graph: &Graph) -> Graph {
    apply(graph, &Live::all(graph), &[rule]).graph
}

pub(super) fn rule(graph: &mut Graph, op: Op) -> Step {
    match folded(graph, op) {
        Some(Const::Float(x)) if x.is_nan() => Step::Keep,
        Some(value) => Step::To(Op::Const(value)),
        None => Step::Keep,
    }
}

fn folded(graph: &Graph, op: Op) -> Option<Const> {
    let precision = graph.precision();
    let value = |id: NodeId| Some(Value::from_const(precision, graph.constant(id)?));
    Some(match op {
        Op::SampleRate => Const::Float(precision.round(graph.sample_rate())),
        Op::Unary(op, a) => eval::unary(op, value(a)?).to_const(),
        Op::Binary(op, a, b) => eval::binary(op, value(a)?, value(b)?).to_const(),
        Op::Compare(op, a, b) => eval::compare(op, value(a)?, value(b)?).to_const(),
        Op::Cast(op, a) => eval::cast(precision, op, value(a)?).to_const(),
        Op::Fma(a, b, c) => eval::fma(value(a)?, value(b)?, value(c)?).to_const(),
        Op::TableRead(table, index) => {
            let Const::I32(index) = graph.constant(index)? else {
                return None;
            };
            let TableKind::ReadOnly(data) = &graph.tables()[table.index()].kind else {
                return None;
            };
            let index = usize::try_from(index).unwrap_or(0).min(data.len() - 1);
            Const::Float(precision.round(data[index]))
        }
        Op::Const(_)
        | Op::Input(_)
        | Op::Control(_)
        | Op::Select(..)
        | Op::RegisterRead(_)
        | Op::DelayRead(..)
        | Op::ExternOutput(..) => return None,
    })
}
