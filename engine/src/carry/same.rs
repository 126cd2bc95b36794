//! Whether two graphs mean the same although they were written in another order.
//!
//! Exact, not by hashes of expressions: state is paired by [`align`], every node is given the number of the expression it
//! computes, one numbering for both graphs, and all that is written and put out must agree in it. Operands of
//! commutative operations may stand either way: their results are equal to the bit. Then the code that
//! plays already does, and an edit that reorders lines or renames variables touches nothing.

use std::collections::HashMap;
use std::sync::Arc;

use synthc_ir::graph::{
    BuildOpHasher, ControlId, ExternId, LineId, NodeId, RegisterId, RegisterInit, TableId,
    TableKind,
};
use synthc_ir::{Graph, Op};

use super::align;

/// Expressions that were seen, by the operation at their root.
type Numbers = HashMap<Op, usize, BuildOpHasher>;

/// Numbers of what one graph has, in terms of the other.
struct Names {
    registers: Vec<usize>,
    lines: Vec<usize>,
    tables: Vec<usize>,
    controls: Vec<usize>,
}

/// Whether code for `a` can be used for `b`: the same controls, inputs and outputs, and every output and every piece of
/// state the same expression. Nearly linear.
pub(crate) fn same_meaning(a: &Graph, b: &Graph) -> bool {
    let counts = |g: &Graph| {
        let state = [g.registers().len(), g.lines().len(), g.tables().len()];
        (
            state,
            g.externs().len(),
            g.controls().len(),
            g.outputs().len(),
        )
    };
    if counts(a) != counts(b)
        || (a.precision(), a.input_count()) != (b.precision(), b.input_count())
        || a.sample_rate() != b.sample_rate()
    {
        return false;
    }
    let Some(names) = names(a, b) else {
        return false;
    };
    let own = Names {
        registers: (0..a.registers().len()).collect(),
        lines: (0..a.lines().len()).collect(),
        tables: (0..a.tables().len()).collect(),
        controls: (0..a.controls().len()).collect(),
    };
    let mut known = HashMap::with_capacity_and_hasher(a.len(), BuildOpHasher::default());
    let (of_a, of_b) = (number(a, &own, &mut known), number(b, &names, &mut known));
    agree(a, b, &names, &of_a, &of_b)
}

/// Which of `a` everything of `b` is.
fn names(a: &Graph, b: &Graph) -> Option<Names> {
    let pairs = align(a, b).pairs;
    let invert = |pairs: &[(u32, u32)], count: usize| {
        let mut inverse = vec![usize::MAX; count];
        for &(old, new) in pairs {
            inverse[new as usize] = old as usize;
        }
        inverse
    };
    let mut names = Names {
        registers: invert(&pairs.registers, b.registers().len()),
        lines: invert(&pairs.lines, b.lines().len()),
        tables: invert(&pairs.tables, b.tables().len()),
        controls: Vec::new(),
    };
    for (index, table) in b.tables().iter().enumerate() {
        if let TableKind::ReadOnly(data) = &table.kind {
            let equal = |x: &[f64], y: &[f64]| {
                x.len() == y.len() && x.iter().zip(y).all(|(x, y)| x.to_bits() == y.to_bits())
            };
            names.tables[index] = a.tables().iter().position(|other| match &other.kind {
                TableKind::ReadOnly(other) => Arc::ptr_eq(other, data) || equal(other, data),
                TableKind::Written { .. } => false,
            })?;
        }
    }
    for control in b.controls() {
        names
            .controls
            .push(a.controls().iter().position(|other| other == control)?);
    }
    let paired = [&names.registers, &names.lines, &names.tables];
    paired
        .iter()
        .all(|list| !list.contains(&usize::MAX))
        .then_some(names)
}

/// The number of every node's expression.
fn number(graph: &Graph, names: &Names, known: &mut Numbers) -> Vec<NodeId> {
    let mut numbers: Vec<NodeId> = Vec::with_capacity(graph.len());
    for (_, node) in graph.nodes() {
        let op = node.op.map_operands(|operand| numbers[operand.index()]);
        let op = match op {
            Op::Control(id) => Op::Control(ControlId::new(names.controls[id.index()])),
            Op::RegisterRead(id) => Op::RegisterRead(RegisterId::new(names.registers[id.index()])),
            Op::DelayRead(id, at) => Op::DelayRead(LineId::new(names.lines[id.index()]), at),
            Op::TableRead(id, at) => Op::TableRead(TableId::new(names.tables[id.index()]), at),
            // Externs are not told apart by what they are fed: they keep their order.
            Op::ExternOutput(id, port) => Op::ExternOutput(ExternId::new(id.index()), port),
            Op::Binary(op, x, y) if op.is_commutative() && y.index() < x.index() => {
                Op::Binary(op, y, x)
            }
            other => other,
        };
        let fresh = known.len();
        numbers.push(NodeId::new(*known.entry(op).or_insert(fresh)));
    }
    numbers
}

fn agree(a: &Graph, b: &Graph, names: &Names, of_a: &[NodeId], of_b: &[NodeId]) -> bool {
    let same = |x: NodeId, y: NodeId| of_a[x.index()] == of_b[y.index()];
    let both = |x: Option<NodeId>, y: Option<NodeId>| match (x, y) {
        (Some(x), Some(y)) => same(x, y),
        _ => false,
    };
    let registers = b.registers().iter().zip(&names.registers);
    let lines = b.lines().iter().zip(&names.lines);
    let tables = b.tables().iter().zip(&names.tables);
    let mut externs = a.externs().iter().zip(b.externs());
    a.outputs()
        .iter()
        .zip(b.outputs())
        .all(|(&x, &y)| same(x, y))
        && registers.clone().all(|(new, &old)| {
            let old = &a.registers()[old];
            // Noise of a voice has its key from its birth; which one does not matter.
            let init = match (old.init, new.init) {
                (
                    RegisterInit::NoiseKey { word: x, .. },
                    RegisterInit::NoiseKey { word: y, .. },
                ) => x == y,
                (x, y) => x == y,
            };
            old.ty == new.ty && init && both(old.next, new.next)
        })
        && lines.clone().all(|(new, &old)| {
            let old = &a.lines()[old];
            (old.min, old.max) == (new.min, new.max) && both(old.input, new.input)
        })
        && tables
            .clone()
            .all(|(new, &old)| match (&a.tables()[old].kind, &new.kind) {
                (
                    TableKind::Written { len, init, write },
                    TableKind::Written {
                        len: other_len,
                        init: other_init,
                        write: other,
                    },
                ) => {
                    let writes = match (write, other) {
                        (Some((at, value)), Some((other_at, other))) => {
                            same(*at, *other_at) && same(*value, *other)
                        }
                        _ => false,
                    };
                    len == other_len && init.to_bits() == other_init.to_bits() && writes
                }
                (TableKind::ReadOnly(_), TableKind::ReadOnly(_)) => true,
                _ => false,
            })
        && externs.all(|(x, y)| {
            let mut inputs = x.inputs.iter().zip(&y.inputs);
            Arc::ptr_eq(&x.unit, &y.unit)
                && x.inputs.len() == y.inputs.len()
                && inputs.all(|(&x, &y)| same(x, y))
        })
}

#[cfg(test)]
mod tests {
    use synthc_ir::library::{delay, resonant, saw, white_noise};
    use synthc_ir::{BuildOptions, Control, Signal};

    use super::*;

    fn graph(output: Signal) -> Graph {
        Graph::build(&[output], &BuildOptions::default()).unwrap()
    }

    fn same(a: Signal, b: Signal) -> bool {
        same_meaning(&graph(a), &graph(b))
    }

    fn voice(pitch: f64) -> Signal {
        let cutoff = Signal::control(Control::new("cutoff", 800.0, 20.0, 5000.0));
        delay(resonant(saw(pitch) + white_noise(), cutoff, 0.7), 500.0)
    }

    #[test]
    fn the_order_of_terms_and_of_definitions_means_nothing() {
        let level = || Signal::control(Control::new("level", 0.5, 0.0, 1.0));
        assert!(same(
            voice(110.0) * level() + voice(220.0),
            voice(220.0) + level() * voice(110.0)
        ));
        assert!(same(
            voice(110.0) + voice(110.0),
            voice(110.0) + voice(110.0)
        ));
    }

    #[test]
    fn whatever_is_heard_means_something() {
        assert!(!same(voice(110.0), voice(110.5)));
        assert!(!same(
            voice(110.0) - voice(220.0),
            voice(220.0) - voice(110.0)
        ));
        assert!(!same(
            voice(110.0) * 0.5 + voice(220.0),
            voice(110.0) + voice(220.0) * 0.5
        ));
        assert!(!same(
            delay(voice(110.0), 500.0),
            delay(voice(110.0), 501.0)
        ));
        let shared = voice(110.0);
        assert!(
            !same(&shared + &shared, voice(110.0) + voice(110.0)),
            "two noises are not one"
        );
    }
}
