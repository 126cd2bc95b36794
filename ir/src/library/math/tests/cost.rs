//! The number of operations of every expansion, so that none grows unnoticed.

use super::{ALL, Operand, expansion};
use crate::graph::{Graph, Op};
use crate::signal::Math;
use crate::{CastOp, Precision};

/// Operations a processor would execute: no constants, no inputs, no reinterpretation of bits.
fn operations(graph: &Graph) -> usize {
    let free = |op: &Op| {
        let reinterpretation = CastOp::FloatToBits;
        matches!(
            op,
            Op::Const(_) | Op::Input(_) | Op::Cast(CastOp::BitsToFloat, _)
        ) || matches!(op, Op::Cast(cast, _) if *cast == reinterpretation)
    };
    graph.nodes().filter(|(_, node)| !free(&node.op)).count()
}

/// Operations for `f32` and `f64`: the numbers of the table in the module's documentation.
fn documented(function: Math) -> [usize; 2] {
    match function {
        Math::Sin => [27, 35],
        Math::Cos => [29, 37],
        Math::Tan => [40, 34],
        Math::SinTurns => [19, 28],
        Math::CosTurns => [17, 26],
        Math::TanPi => [27, 29],
        Math::Asin => [27, 41],
        Math::Acos => [29, 44],
        Math::Atan => [32, 44],
        Math::Atan2 => [40, 52],
        Math::Exp => [25, 36],
        Math::Exp2 => [21, 32],
        Math::Log => [28, 38],
        Math::Log2 => [25, 35],
        Math::Log10 => [28, 38],
        Math::Pow => [110, 130],
        Math::Tanh => [33, 44],
        Math::Fmod => [23, 23],
        Math::Remainder => [28, 28],
        Math::Round => [4, 4],
    }
}

#[test]
fn expansions_have_exactly_the_documented_number_of_operations() {
    let measured = ALL.map(|function| {
        let operands = &[Operand::Input; 2][..function.arity()];
        let count = |precision| operations(&expansion(precision, function, operands));
        (function, [count(Precision::F32), count(Precision::F64)])
    });
    assert_eq!(
        measured,
        ALL.map(|function| (function, documented(function)))
    );
}

#[test]
fn constant_operands_take_short_ways() {
    use Operand::{Constant, Input};
    for (function, operands, most) in [
        (Math::Pow, [Input, Constant(2.0)], 1),
        (Math::Pow, [Input, Constant(3.0)], 2),
        (Math::Pow, [Input, Constant(-1.0)], 1),
        (Math::Pow, [Input, Constant(0.5)], 2),
        (Math::Pow, [Constant(2.0), Input], 21),
        (Math::Fmod, [Input, Constant(1.0)], 2),
        (Math::Fmod, [Input, Constant(0.25)], 4),
        (Math::Remainder, [Input, Constant(-2.0)], 4),
    ] {
        let count = operations(&expansion(Precision::F32, function, &operands));
        assert!(count <= most, "{function:?}: {count}");
    }
}

#[test]
fn expansions_call_nothing_and_keep_no_state() {
    for function in ALL {
        let operands = &[Operand::Input; 2][..function.arity()];
        let graph = expansion(Precision::F64, function, operands);
        let pure = |op: &Op| {
            !matches!(
                op,
                Op::Fma(..)
                    | Op::RegisterRead(_)
                    | Op::DelayRead(..)
                    | Op::TableRead(..)
                    | Op::ExternOutput(..)
            )
        };
        assert!(
            graph.nodes().all(|(_, node)| pure(&node.op)),
            "{function:?}"
        );
    }
}
