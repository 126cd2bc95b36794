//! Between which bounds values stay, whatever state they meet.
//!
//! Controls stay within their ranges, as [`Evaluator::set`](crate::Evaluator::set) sees to; of inputs and state nothing is known.

use super::span::{self, Span};
use crate::control::Control;
use crate::graph::{Graph, NodeId, Op};
use crate::op::{BinaryOp, CompareOp, UnaryOp};
use crate::types::Type;

/// What a smoothed control may be outside of its range, by rounding: a part of its greatest number.
const OVERSHOOT: f64 = 1e-4;

/// Bounds of the nodes of a graph that grows.
#[derive(Debug, Default)]
pub(crate) struct Bounds {
    spans: Vec<Span>,
}

impl Bounds {
    /// Takes in the nodes that were added to the graph.
    pub(crate) fn follow(&mut self, graph: &Graph) {
        for index in self.spans.len()..graph.len() {
            let span = self.span(graph, NodeId::new(index));
            self.spans.push(span);
        }
    }

    /// The least and the greatest a float can be; `None` where it may be infinite or no number.
    pub(crate) fn float(&self, id: NodeId) -> Option<(f64, f64)> {
        self.spans[id.index()].float()
    }

    /// What a comparison of floats always gives.
    pub(crate) fn compared(
        &self,
        graph: &Graph,
        op: CompareOp,
        a: NodeId,
        b: NodeId,
    ) -> Option<bool> {
        let spans = [a, b].map(|id| self.spans[id.index()]);
        let float = graph.ty(a) == Type::Float;
        let compared = float.then(|| span::compare(op, Type::Float, spans[0], spans[1]));
        compared?.truth()
    }

    /// What can be said of an operation on nodes of the graph.
    fn span(&self, graph: &Graph, id: NodeId) -> Span {
        let op = graph.op(id);
        match op {
            Op::Control(control) => range(&graph.controls()[control.index()]),
            Op::Binary(..) if graph.ty(id) == Type::Float => {
                let clamped = self.clamped(graph, op).or_else(|| self.rest(graph, op));
                clamped.unwrap_or_else(|| self.pure(graph, op))
            }
            _ => self.pure(graph, op),
        }
    }

    fn pure(&self, graph: &Graph, op: Op) -> Span {
        span::pure(graph, op, |id| self.spans[id.index()]).unwrap_or(Span::Any)
    }

    /// A value held between two others is between them even if it is no number: both operations prefer their second
    /// operand then.
    fn clamped(&self, graph: &Graph, op: Op) -> Option<Span> {
        let (inner, outer, order) = match op {
            Op::Binary(BinaryOp::Min, inner, outer) => (inner, outer, BinaryOp::Max),
            Op::Binary(BinaryOp::Max, inner, outer) => (inner, outer, BinaryOp::Min),
            _ => return None,
        };
        let Op::Binary(other, x, first) = graph.op(inner) else {
            return None;
        };
        if other != order || self.float(x).is_some() {
            return None;
        }
        let ((a, b), (c, d)) = (self.float(first)?, self.float(outer)?);
        Some(Span::Float(a.min(c), b.max(d)))
    }

    /// The distance of a finite number to the nearest whole one.
    fn rest(&self, graph: &Graph, op: Op) -> Option<Span> {
        let Op::Binary(BinaryOp::Sub, x, whole) = op else {
            return None;
        };
        let nearest = graph.op(whole) == Op::Unary(UnaryOp::Nearest, x);
        (nearest && self.float(x).is_some()).then_some(Span::Float(-0.5, 0.5))
    }
}

/// The range of a control.
fn range(control: &Control) -> Span {
    let slack = OVERSHOOT * control.lo.abs().max(control.hi.abs());
    Span::bounded(control.lo - slack, control.hi + slack)
}
