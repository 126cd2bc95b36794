//! What steps cost, frame by frame and four frames at a time.
//!
//! The unit is one simple scalar instruction in a loop that is not waiting for anything. Only
//! differences count: they decide whether a group of steps is worth loops of its own.

use synthc_ir::graph::TableKind;
use synthc_ir::{BinaryOp, CastOp, Graph, Op, Precision, Type, UnaryOp};

use super::step::{Delay, Step, delay};

/// The cost of a step in a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// One frame at a time.
    pub(super) scalar: f32,
    /// Several frames at a time, per frame.
    pub(super) vector: f32,
}

/// Nodes of an instance beyond which the loop of a bank keeps nothing in registers that it need not carry.
pub(super) const LONG: usize = 48;
/// What a step that can be computed over time costs more in a long bank, as part of its cost over time: there its loop is short,
/// keeps its constants in registers and is two vectors wide. Sixteen voices of 97 nodes took 112 ns a frame over time but
/// for their recurrences, 126 in one bank.
pub(super) const OVER_TIME: f32 = 0.4;
/// What a group of steps must save to be taken out of the loop of a recurrence: beginning and ending a
/// loop per chunk. A saw of nine steps before a filter gains a tenth (bass).
/// Not counted is what hides behind the latency of a recurrence: noise before a filter of three poles loses 8 %.
pub(super) const LOOP: f32 = 3.0;
/// A value that crosses from a vector to a scalar loop or back: a vector access and a scalar one.
pub(super) const CROSSING: f32 = 1.25;
/// A value that is brought from a buffer into a lane: an insertion, where a scalar instruction takes the cell as
/// its operand. Coefficients that move frame by frame are not worth it: a vocoder of sixteen bands took 53 ns
/// a frame with them in lanes, 43 without.
pub(super) const GATHER: f32 = 2.0;
/// A value that crosses between a bank and a loop over time in a row of four: two shuffles and two accesses for all four.
pub(super) const ROW: f32 = 0.75;

/// The cost of a step.
pub(super) fn cost(graph: &Graph, step: Step) -> Cost {
    let narrow = graph.precision() == Precision::F32;
    // Instructions per frame of one vector instruction.
    let (quarter, half) = (0.25, 0.5);
    let of_type = |ty: Type| match ty {
        Type::Float if narrow => quarter,
        Type::Float | Type::I64 => half,
        Type::I32 | Type::Bool => quarter,
    };
    let (scalar, vector) = match step {
        Step::Node(id) => {
            let lane = of_type(graph.ty(id));
            match graph.op(id) {
                Op::Unary(UnaryOp::Sqrt, _) | Op::Binary(BinaryOp::Div, ..) => (4.0, 6.0 * lane),
                Op::Binary(BinaryOp::Mul, ..) if graph.ty(id) == Type::I64 => (1.0, 2.0),
                Op::Binary(BinaryOp::Min | BinaryOp::Max, ..) => (1.0, 1.5 * lane),
                Op::Binary(BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS, _, by)
                    if graph.constant(by).is_none() =>
                {
                    (1.0, 2.0)
                }
                Op::Select(..) => (1.5, 2.0 * lane),
                Op::Cast(CastOp::FloatToI32, _) => (3.0, if narrow { 1.75 } else { 3.0 }),
                Op::Cast(CastOp::FloatToI32OrLeast, _) if !narrow => (3.0, 4.0),
                Op::Cast(CastOp::FloatToI64, _) => (3.0, 4.0),
                Op::Cast(CastOp::I64ToFloat, _) => (1.0, 2.0),
                Op::DelayRead(line, offset) => match delay(graph, line, offset) {
                    Delay::Frames(0) => (0.0, 0.0),
                    Delay::Frames(_) => (3.0, 1.25 + lane),
                    Delay::AtLeast(_) => (3.0, 4.0),
                },
                Op::TableRead(table, _) => match graph.tables()[table.index()].kind {
                    TableKind::ReadOnly(_) => (2.0, 3.0),
                    TableKind::Written { .. } => (2.0, 2.0),
                },
                _ => (1.0, lane),
            }
        }
        Step::WriteLine(_) => (3.0, 1.25 + of_type(Type::Float)),
        Step::Output(_) => (1.0, of_type(Type::Float)),
        Step::Call(_) | Step::WriteTable(_) | Step::WriteRegister(_) => (1.0, 1.0),
    };
    Cost { scalar, vector }
}
