//! Math functions as expansions over primitives.

mod coefficients;
mod emitter;
mod exp_log;
mod hyperbolic;
mod inverse_trig;
mod polynomial;
mod pow;
mod remainder;
mod rounding;
mod trig;

#[cfg(test)]
mod tests;

use crate::graph::{Graph, NodeId};
use crate::signal::Math;
use emitter::Emitter;

/// Inserts the expansion of a math function; `operands` are as many floats as it has operands.
pub(crate) fn expand(graph: &mut Graph, function: Math, operands: &[NodeId]) -> NodeId {
    let e = &mut Emitter::new(graph);
    let x = operands[0];
    match function {
        Math::Sin => trig::sin(e, x),
        Math::Cos => trig::cos(e, x),
        Math::Tan => trig::tan(e, x),
        Math::SinTurns => trig::sin_turns(e, x),
        Math::CosTurns => trig::cos_turns(e, x),
        Math::TanPi => trig::tan_pi(e, x),
        Math::Asin => inverse_trig::asin(e, x),
        Math::Acos => inverse_trig::acos(e, x),
        Math::Atan => inverse_trig::atan(e, x),
        Math::Atan2 => inverse_trig::atan2(e, x, operands[1]),
        Math::Exp => exp_log::exp(e, x),
        Math::Exp2 => exp_log::exp2(e, x),
        Math::Log => exp_log::log(e, x),
        Math::Log2 => exp_log::log2(e, x),
        Math::Log10 => exp_log::log10(e, x),
        Math::Pow => pow::pow(e, x, operands[1]),
        Math::Tanh => hyperbolic::tanh(e, x),
        Math::Fmod => remainder::fmod(e, x, operands[1]),
        Math::Remainder => remainder::remainder(e, x, operands[1]),
        Math::Round => rounding::round(e, x),
    }
}
