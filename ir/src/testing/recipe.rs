//! Random graphs of every operation.
//!
//! A recipe is a list of numbers; a step picks an operation and, modulo what there is, operands of
//! the right type. Removing steps therefore leaves a well-formed recipe, which is what
//! shrinking does.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use super::{Blend, CONTROLS, INPUTS, RandomGraph, control};
use crate::graph::{
    DelayLine, ExternId, ExternInstance, LineId, Register, RegisterId, RegisterInit, Table,
    TableId, TableKind,
};
use crate::{BinaryOp, CastOp, CompareOp, Const, Graph, NodeId, Op, Precision, Type, UnaryOp};

/// One operation: which, of which operands, with which number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) kind: u8,
    pub(super) a: u16,
    pub(super) b: u16,
    pub(super) c: u16,
    pub(super) number: f64,
}

/// Numbers that tell identities apart: neutral ones, both zeros, powers of two, and others.
pub(super) fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(1.0),
        Just(-1.0),
        Just(-0.0),
        Just(0.5),
        Just(8.0),
        Just(3.0),
        Just(-7.25),
        -4.0..4.0_f64,
    ]
}

pub(super) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (
        any::<u8>(),
        any::<u16>(),
        any::<u16>(),
        any::<u16>(),
        numbers(),
    );
    let step = step.prop_map(|(kind, a, b, c, number)| Step {
        kind,
        a,
        b,
        c,
        number,
    });
    vec(step, 1..=most)
}

/// Well-formed graphs of at most `steps` random operations, with [`INPUTS`] inputs, [`CONTROLS`]
/// controls, state of every kind, feedback, and three outputs.
pub fn graphs(precision: Precision, steps: usize) -> impl Strategy<Value = RandomGraph> {
    (self::steps(steps), vec(any::<u16>(), 24)).prop_map(move |(steps, bonds)| {
        let mut growing = Growing::new(precision);
        for step in steps {
            growing.step(step);
        }
        RandomGraph(growing.finish(&bonds))
    })
}

/// Every second choice is one of the newest entries: identities are about operations upon
/// operations.
pub(super) fn recent_or_any<T: Clone>(pool: &[T], choice: u16) -> T {
    let choice = choice as usize;
    let newest = pool.len().min(3);
    let index = if choice & 0x80 == 0 {
        choice % pool.len()
    } else {
        pool.len() - 1 - choice % newest
    };
    pool[index].clone()
}

struct Growing {
    graph: Graph,
    /// Nodes by type: floats, i32, i64, bools.
    pools: [Vec<NodeId>; 4],
    instances: Vec<ExternId>,
}

const TYPES: [Type; 4] = [Type::Float, Type::I32, Type::I64, Type::Bool];

fn pool(ty: Type) -> usize {
    match ty {
        Type::Float => 0,
        Type::I32 => 1,
        Type::I64 => 2,
        Type::Bool => 3,
    }
}

impl Growing {
    fn new(precision: Precision) -> Self {
        let mut growing = Self {
            graph: Graph::new(precision, 48_000.0, INPUTS),
            pools: Default::default(),
            instances: Vec::new(),
        };
        for i in 0..INPUTS {
            growing.keep(Op::Input(i));
        }
        for i in 0..CONTROLS {
            let id = growing.graph.add_control(control(i));
            growing.keep(Op::Control(id));
        }
        for (ty, value) in [
            (Type::Float, Const::Float(0.5)),
            (Type::I32, Const::I32(3)),
            (Type::I64, Const::I64(-5)),
            (Type::Bool, Const::Bool(true)),
        ] {
            growing.keep(Op::Const(value));
            let init = RegisterInit::Const(value);
            growing.add_register(ty, init);
        }
        for word in 0..2 {
            let ordinal = 1;
            let id = growing.add_register(Type::I32, RegisterInit::NoiseKey { ordinal, word });
            let read = growing.graph.insert(Op::RegisterRead(id));
            growing.graph.register_mut(id).next = Some(read);
        }
        for (min, max) in [(1, 7), (0, 4)] {
            let (input, name, site) = (None, None, None);
            growing.graph.add_line(DelayLine {
                input,
                min,
                max,
                name,
                site,
            });
        }
        for kind in [
            TableKind::ReadOnly(Arc::from([0.25, -1.0, 0.1, 3.0])),
            TableKind::Written {
                len: 5,
                init: 0.5,
                write: None,
            },
        ] {
            let (name, site) = (None, None);
            growing.graph.add_table(Table { kind, name, site });
        }
        growing
    }

    fn add_register(&mut self, ty: Type, init: RegisterInit) -> RegisterId {
        let (next, name, site) = (None, None, None);
        let id = self.graph.add_register(Register {
            ty,
            init,
            next,
            name,
            site,
        });
        self.keep(Op::RegisterRead(id));
        id
    }

    fn keep(&mut self, op: Op) {
        let id = self.graph.insert(op);
        let ty = self.graph.ty(id);
        self.pools[pool(ty)].push(id);
    }

    fn pick(&self, ty: Type, choice: u16) -> NodeId {
        recent_or_any(&self.pools[pool(ty)], choice)
    }

    /// A float that is never NaN: the bits of a NaN are not defined, and must not be seen.
    fn pick_number(&mut self, choice: u16) -> NodeId {
        let x = self.pick(Type::Float, choice);
        let floor = self.graph.float(-1000.0);
        self.graph.max(x, floor)
    }

    fn step(&mut self, step: Step) {
        let Step {
            kind,
            a,
            b,
            c,
            number,
        } = step;
        let ty = TYPES[c as usize % 4];
        let whole = if c & 4 == 0 { Type::I32 } else { Type::I64 };
        let number_type = [Type::Float, Type::I32, Type::I64][c as usize % 3];
        let op = match kind % 16 {
            0 => Op::Const(match ty {
                Type::Float => Const::Float(number),
                Type::I32 => Const::I32(number as i32),
                Type::I64 => Const::I64(number as i64 * i64::from(a)),
                Type::Bool => Const::Bool(number > 0.0),
            }),
            1 | 2 => {
                let op =
                    [BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul, BinaryOp::Div][c as usize % 4];
                Op::Binary(op, self.pick(Type::Float, a), self.pick(Type::Float, b))
            }
            3 => {
                let constant = self.graph.float(number);
                let op =
                    [BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul, BinaryOp::Div][c as usize % 4];
                let x = self.pick(Type::Float, a);
                if b & 1 == 0 {
                    Op::Binary(op, x, constant)
                } else {
                    Op::Binary(op, constant, x)
                }
            }
            4 => {
                let op = if b & 1 == 0 {
                    BinaryOp::Min
                } else {
                    BinaryOp::Max
                };
                Op::Binary(
                    op,
                    self.pick(number_type, a),
                    self.pick(number_type, b >> 1),
                )
            }
            5 => {
                let ops = &UnaryOp::ALL[..7];
                Op::Unary(ops[b as usize % ops.len()], self.pick(Type::Float, a))
            }
            6 => match ty {
                Type::Bool => Op::Unary(UnaryOp::Not, self.pick(Type::Bool, a)),
                _ => {
                    let op = if b & 1 == 0 {
                        UnaryOp::Neg
                    } else {
                        UnaryOp::Not
                    };
                    Op::Unary(op, self.pick(whole, a))
                }
            },
            7 => {
                let ops: Vec<BinaryOp> = BinaryOp::ALL
                    .iter()
                    .copied()
                    .filter(|op| *op != BinaryOp::Div)
                    .collect();
                let op = ops[(c >> 4) as usize % ops.len()];
                let x = self.pick(whole, a);
                let y = match (c & 8, whole) {
                    (0, _) => self.pick(whole, b),
                    (_, Type::I32) => self.graph.i32(i32::from(b % 40) - 2),
                    _ => self.graph.i64(i64::from(b % 72) - 2),
                };
                Op::Binary(op, x, y)
            }
            8 => {
                let op = [BinaryOp::And, BinaryOp::Or, BinaryOp::Xor][c as usize % 3];
                Op::Binary(op, self.pick(Type::Bool, a), self.pick(Type::Bool, b))
            }
            9 => {
                let op = CompareOp::ALL[(c >> 2) as usize % 6];
                Op::Compare(op, self.pick(number_type, a), self.pick(number_type, b))
            }
            10 => Op::Select(
                self.pick(Type::Bool, c >> 2),
                self.pick(ty, a),
                self.pick(ty, b),
            ),
            11 => {
                let cast = CastOp::ALL[c as usize % CastOp::ALL.len()];
                Op::Cast(cast, self.cast_operand(cast, a))
            }
            12 => Op::Fma(
                self.pick(Type::Float, a),
                self.pick(Type::Float, b),
                self.pick(Type::Float, c),
            ),
            13 => {
                let line = LineId::new((b & 1) as usize);
                self.bind_line(line, c);
                Op::DelayRead(line, self.pick(Type::I32, a))
            }
            14 => {
                let table = TableId::new((b & 1) as usize);
                self.bind_table(table, b >> 1, c);
                Op::TableRead(table, self.pick(Type::I32, a))
            }
            _ => {
                let (instance, port) = (self.instance(a, b), u32::from(c & 1));
                Op::ExternOutput(instance, port)
            }
        };
        self.keep(op);
    }

    fn cast_operand(&mut self, cast: CastOp, choice: u16) -> NodeId {
        match cast {
            CastOp::FloatToBits => self.pick_number(choice),
            CastOp::FloatToI32 | CastOp::FloatToI32OrLeast | CastOp::FloatToI64 => {
                self.pick(Type::Float, choice)
            }
            CastOp::I32ToFloat | CastOp::I32ToI64 => self.pick(Type::I32, choice),
            CastOp::I64ToFloat | CastOp::I64ToI32 => self.pick(Type::I64, choice),
            CastOp::BoolToFloat | CastOp::BoolToI32 => self.pick(Type::Bool, choice),
            CastOp::BitsToFloat => self.pick(self.graph.precision().phase_type(), choice),
        }
    }

    /// Binds a line before its first read when a read may see this frame's input: what it is
    /// bound to is then older than every read, and no loop without delay can arise.
    fn bind_line(&mut self, line: LineId, choice: u16) {
        let input = self.pick(Type::Float, choice);
        let line = self.graph.line_mut(line);
        if line.min == 0 && line.input.is_none() {
            line.input = Some(input);
        }
    }

    /// Binds a written table before its first read, as [`Growing::bind_line`] does.
    fn bind_table(&mut self, table: TableId, index: u16, value: u16) {
        let bond = (self.pick(Type::I32, index), self.pick(Type::Float, value));
        if let TableKind::Written { write, .. } = &mut self.graph.table_mut(table).kind {
            write.get_or_insert(bond);
        }
    }

    /// One of at most two externs; the inputs of a new one are what there is already.
    fn instance(&mut self, a: u16, b: u16) -> ExternId {
        if self.instances.len() < 2 {
            let inputs = vec![self.pick(Type::Float, a), self.pick(Type::Float, b)];
            let (unit, site) = (Arc::new(Blend), None);
            let id = self.graph.add_extern(ExternInstance { unit, inputs, site });
            self.instances.push(id);
        }
        self.instances[a as usize % self.instances.len()]
    }

    fn finish(mut self, bonds: &[u16]) -> Graph {
        let mut bonds = bonds.iter().copied().cycle();
        let mut next = || bonds.next().unwrap_or(0);
        for i in 0..self.graph.registers().len() {
            let id = RegisterId::new(i);
            let bond = self.pick(self.graph.registers()[i].ty, next());
            self.graph.register_mut(id).next.get_or_insert(bond);
        }
        for i in 0..self.graph.lines().len() {
            let bond = self.pick(Type::Float, next());
            self.graph
                .line_mut(LineId::new(i))
                .input
                .get_or_insert(bond);
        }
        for i in 0..self.graph.tables().len() {
            self.bind_table(TableId::new(i), next(), next());
        }
        // The newest nodes are the most interesting ones.
        let floats = &self.pools[0];
        let newest = floats.iter().rev().copied();
        let outputs = newest
            .clone()
            .take(2)
            .chain(newest.skip(2).step_by(5).take(1));
        let outputs = outputs.collect();
        self.graph.set_outputs(outputs);
        self.graph
    }
}
