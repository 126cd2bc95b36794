//! Emits the evaluation of a polynomial.
//!
//! Estrin's scheme (1960; Muller 2016, §5.3.2) for speed: pairs, pairs of pairs, and so on, so that
//! the dependency chain is logarithmic in the degree. Products and sums stand next to each other
//! for the contraction pass; nothing relies on either rounding.

use super::emitter::Emitter;
use crate::graph::NodeId;

/// The value at `x` of the polynomial with these coefficients, lowest power first.
///
/// n coefficients take n − 1 additions, and n − 1 multiplications besides the ⌈log₂ n⌉ − 1 squarings of x.
/// Up to three are evaluated by Horner's rule, where Estrin's scheme saves nothing.
pub(super) fn polynomial(e: &mut Emitter<'_>, x: NodeId, coefficients: &[f64]) -> NodeId {
    if coefficients.len() <= 3 {
        return horner(e, x, coefficients);
    }
    let mut terms: Vec<NodeId> = coefficients.iter().map(|&c| e.float(c)).collect();
    let mut power = x;
    while terms.len() > 1 {
        let mut next = Vec::with_capacity(terms.len().div_ceil(2));
        for pair in terms.chunks(2) {
            next.push(match *pair {
                [low, high] => {
                    let product = e.mul(high, power);
                    e.add(product, low)
                }
                _ => pair[0],
            });
        }
        terms = next;
        if terms.len() > 1 {
            power = e.mul(power, power);
        }
    }
    terms[0]
}

/// [`polynomial`] by Horner's rule: a longer chain, but where |x| < 1 each rounding error is scaled
/// down by all powers of x that follow, so that hardly more than the last sum's is left.
pub(super) fn horner(e: &mut Emitter<'_>, x: NodeId, coefficients: &[f64]) -> NodeId {
    let mut terms = coefficients.iter().rev();
    let mut value = e.float(terms.next().copied().unwrap_or(0.0));
    for &term in terms {
        let product = e.mul(value, x);
        value = e.add_const(product, term);
    }
    value
}
