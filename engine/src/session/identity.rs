//! Whether two graphs are the same, table by table.

use std::sync::Arc;

use synthc_ir::Graph;
use synthc_ir::graph::{Register, Table, TableKind};

/// Whether two graphs compute the same by construction: equal tables, sites and state names aside.
pub(crate) fn same_graph(a: &Graph, b: &Graph) -> bool {
    let same_register =
        |(x, y): (&Register, &Register)| x.ty == y.ty && x.init == y.init && x.next == y.next;
    let same_table = |(x, y): (&Table, &Table)| match (&x.kind, &y.kind) {
        (TableKind::ReadOnly(x), TableKind::ReadOnly(y)) => Arc::ptr_eq(x, y) || same_bits(x, y),
        (
            TableKind::Written { len, init, write },
            TableKind::Written {
                len: other_len,
                init: other_init,
                write: other_write,
            },
        ) => len == other_len && init.to_bits() == other_init.to_bits() && write == other_write,
        _ => false,
    };
    a.precision() == b.precision()
        && a.sample_rate() == b.sample_rate()
        && a.input_count() == b.input_count()
        && a.outputs() == b.outputs()
        && a.controls() == b.controls()
        && a.len() == b.len()
        && a.nodes()
            .zip(b.nodes())
            .all(|((_, x), (_, y))| x.op == y.op)
        && a.registers().len() == b.registers().len()
        && a.registers().iter().zip(b.registers()).all(same_register)
        && a.lines().len() == b.lines().len()
        && a.lines()
            .iter()
            .zip(b.lines())
            .all(|(x, y)| (x.min, x.max, x.input) == (y.min, y.max, y.input))
        && a.tables().len() == b.tables().len()
        && a.tables().iter().zip(b.tables()).all(same_table)
        && a.externs().len() == b.externs().len()
        && a.externs()
            .iter()
            .zip(b.externs())
            .all(|(x, y)| Arc::ptr_eq(&x.unit, &y.unit) && x.inputs == y.inputs)
}

fn same_bits(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
