//! The commonest edit of all: one number is another.
//!
//! Asked before [`super::align`] compares two graphs piece by piece, which takes many walks over both: here one
//! comparison of the nodes tells that nothing can have changed its place.

use synthc_ir::graph::{ExternInstance, Register, Table, TableKind};
use synthc_ir::{Graph, Op};

/// Whether two graphs are the same but for the value of at most one constant: then every piece of state is the one at its
/// own place. Two constants may have been exchanged, which is a question of what belongs to what. Linear.
pub(super) fn is_one_number(old: &Graph, new: &Graph) -> bool {
    if old.len() != new.len() || old.outputs() != new.outputs() {
        return false;
    }
    let mut numbers = 0;
    let same_nodes = old.nodes().zip(new.nodes()).all(|((_, a), (_, b))| {
        if let (Op::Const(a), Op::Const(b)) = (a.op, b.op) {
            numbers += usize::from(a != b);
            return a.ty() == b.ty() && numbers <= 1;
        }
        a.op == b.op
    });
    same_nodes
        && alike(old.controls(), new.controls(), |a, b| a.name == b.name)
        && alike(old.registers(), new.registers(), same_register)
        && alike(old.lines(), new.lines(), |a, b| {
            a.input == b.input && a.name == b.name
        })
        && alike(old.tables(), new.tables(), same_table)
        && alike(old.externs(), new.externs(), same_extern)
}

fn alike<X>(old: &[X], new: &[X], same: impl Fn(&X, &X) -> bool) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(a, b)| same(a, b))
}

fn same_register(a: &Register, b: &Register) -> bool {
    (a.ty, a.init, a.next) == (b.ty, b.init, b.next) && a.name == b.name
}

fn same_table(a: &Table, b: &Table) -> bool {
    let same = match (&a.kind, &b.kind) {
        (TableKind::ReadOnly(a), TableKind::ReadOnly(b)) => a == b,
        (TableKind::Written { write: a, .. }, TableKind::Written { write: b, .. }) => a == b,
        _ => false,
    };
    same && a.name == b.name
}

fn same_extern(a: &ExternInstance, b: &ExternInstance) -> bool {
    a.inputs == b.inputs && a.unit.name() == b.unit.name()
}
