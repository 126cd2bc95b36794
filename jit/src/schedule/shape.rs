//! Shapes: what two units have in common when they do the same with other constants and other inputs.

use std::collections::HashMap;

use smallvec::SmallVec;
use synthc_ir::{BinaryOp, CompareOp, Const, Graph, NodeId, Op};

use super::bank::Instance;
use super::step::Step;
use super::unit::{UnitKind, Units};

/// Most steps of a unit: the shape of a larger one is not looked for.
const MAX_STEPS: usize = 96;

/// The shape of a unit: two of equal shape differ in constants and in what they are given.
pub(super) type Shape = Vec<u64>;

/// Marks in a shape that no operation has.
mod mark {
    pub(super) const OUTSIDE: u64 = 1 << 32;
    pub(super) const AMOUNT: u64 = 2 << 32;
    pub(super) const INSIDE: u64 = 3 << 32;
    pub(super) const REGISTER: u64 = 4 << 32;
    pub(super) const UNARY: u64 = 5 << 32;
    pub(super) const BINARY: u64 = 6 << 32;
    pub(super) const COMPARE: u64 = 7 << 32;
    pub(super) const SELECT: u64 = 8 << 32;
    pub(super) const CAST: u64 = 9 << 32;
    pub(super) const FMA: u64 = 10 << 32;
}

/// Walks a unit from what its registers take, the way that is the same in every copy.
struct Walk<'a> {
    graph: &'a Graph,
    units: &'a Units,
    unit: u32,
    /// The number of the shape of a unit that comes earlier.
    number: &'a dyn Fn(usize) -> Option<u32>,
    shape: Shape,
    /// Index in `nodes` of those already walked.
    known: HashMap<NodeId, u64>,
    instance: Instance,
}

/// The shape of a unit, when it is one that lanes can hold: values and registers only.
/// `known` gives the number of the shape of a unit that comes earlier.
pub(super) fn shape(
    graph: &Graph,
    units: &Units,
    unit: usize,
    known: &dyn Fn(usize) -> Option<u32>,
) -> Option<(Shape, Instance)> {
    let members = units.members(unit);
    let serial = matches!(units.kinds[unit], UnitKind::Serial | UnitKind::Comb);
    if serial || members.len() > MAX_STEPS {
        return None;
    }
    let mut registers = Vec::new();
    for &step in members {
        let Step::Node(id) = units.steps[step as usize] else {
            return None;
        };
        match graph.op(id) {
            Op::RegisterRead(register) => registers.push(register),
            Op::DelayRead(..) | Op::TableRead(..) | Op::ExternOutput(..) => return None,
            _ => {}
        }
    }
    // Copies come from the same code, which makes registers in the same order.
    registers.sort_unstable();
    let mut walk = Walk {
        graph,
        units,
        unit: unit as u32,
        number: known,
        shape: Vec::with_capacity(members.len() * 3),
        known: HashMap::with_capacity(members.len()),
        instance: Instance {
            nodes: Vec::with_capacity(members.len()),
            operands: Vec::with_capacity(members.len()),
            registers,
        },
    };
    for i in 0..walk.instance.registers.len() {
        let next = graph.registers()[walk.instance.registers[i].index()].next?;
        walk.visit(next);
    }
    // Reads that only others use.
    for &step in members {
        if let Step::Node(id) = units.steps[step as usize] {
            walk.visit(id);
        }
    }
    (walk.instance.nodes.len() == members.len()).then_some((walk.shape, walk.instance))
}

impl Walk<'_> {
    /// Walks a node after its operands. As deep as the unit, which is small.
    fn visit(&mut self, id: NodeId) {
        let graph = self.graph;
        if let Some(&index) = self.known.get(&id) {
            self.shape.push(mark::INSIDE | index);
            return;
        }
        let step = self.units.step_of(id);
        if step.is_none_or(|step| self.units.unit_of[step] != self.unit) {
            self.shape.push(mark::OUTSIDE | graph.ty(id) as u64);
            return;
        }
        let op = graph.op(id);
        let ty = op.operands().first().map_or(0, |&a| graph.ty(a) as u64) << 8;
        self.shape.push(match op {
            Op::RegisterRead(register) => {
                let registers = &self.instance.registers;
                let entry = registers.iter().position(|&other| other == register);
                let ty = graph.ty(id) as u64;
                mark::REGISTER | entry.unwrap_or(registers.len()) as u64 | ty << 16
            }
            Op::Unary(op, _) => mark::UNARY | op as u64 | ty,
            Op::Binary(op, ..) => mark::BINARY | op as u64 | ty,
            Op::Compare(op, ..) => mark::COMPARE | op as u64 | ty,
            Op::Select(..) => mark::SELECT | graph.ty(id) as u64,
            Op::Cast(op, _) => mark::CAST | op as u64,
            // `shape` lets nothing else through.
            _ => mark::FMA,
        });
        let operands = self.ordered(op);
        for (i, &operand) in operands.iter().enumerate() {
            // One amount for all lanes is an instruction, one for each is not.
            let amount = matches!(
                (op, i),
                (
                    Op::Binary(BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS, ..),
                    1
                )
            );
            match graph.constant(operand).filter(|_| amount) {
                Some(constant) => {
                    self.shape.push(mark::AMOUNT);
                    self.shape.push(amount_bits(constant));
                }
                None => self.visit(operand),
            }
        }
        self.known.insert(id, self.instance.nodes.len() as u64);
        self.instance.nodes.push(id);
        self.instance.operands.push(operands);
    }
}

impl Walk<'_> {
    /// The operands of an operation in an order that does not depend on which way round it is written, as
    /// far as they can be told apart: what is inside, what other units compute by their shapes, the rest.
    fn ordered(&self, op: Op) -> SmallVec<[NodeId; 3]> {
        let mut operands = op.operands();
        let either = match op {
            Op::Binary(op, ..) if op.is_commutative() => 2,
            Op::Compare(CompareOp::Eq | CompareOp::Ne, ..) | Op::Fma(..) => 2,
            _ => 0,
        };
        operands[..either].sort_by_key(|&id| match self.units.step_of(id) {
            None if self.graph.constant(id).is_some() => (4, 0),
            None => (3, 0),
            Some(step) if self.units.unit_of[step] == self.unit => (0, 0),
            Some(step) => match (self.number)(self.units.unit_of[step] as usize) {
                Some(number) => (1, number),
                None => (2, 0),
            },
        });
        operands
    }
}

/// The amount of a shift.
fn amount_bits(amount: Const) -> u64 {
    match amount {
        Const::I32(x) => u64::from(x.cast_unsigned()),
        Const::I64(x) => x.cast_unsigned(),
        Const::Float(_) | Const::Bool(_) => 0,
    }
}
