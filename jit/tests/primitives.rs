//! Every primitive operation over edge values: compiled code gives the evaluator's bits, in the
//! sample loop and in the update function, in both widths.

mod oracle;

use synthc_ir::graph::{Register, RegisterInit};
use synthc_ir::{BinaryOp, CastOp, CompareOp, Const, Graph, NodeId, Op, Precision, Type, UnaryOp};

use oracle::assert_strict;

fn edges(ty: Type, precision: Precision) -> Vec<Const> {
    let floats = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        1.5,
        2.5,
        -2.5,
        0.499_999_97,
        1e-40,
        5e-324,
        3.7,
        -3.7,
        1e10,
        -1e10,
        2_147_483_647.0,
        2_147_483_648.0,
        -2_147_483_648.0,
        9.3e18,
        -9.3e18,
        1e300,
        8_388_609.0,
        4_503_599_627_370_497.5,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    match ty {
        Type::Float => floats
            .iter()
            .map(|&x| Const::Float(precision.round(x)))
            .collect(),
        Type::I32 => [
            0,
            1,
            -1,
            2,
            31,
            32,
            33,
            0x1234_5678,
            i32::MAX,
            i32::MIN,
            -77,
        ]
        .map(Const::I32)
        .to_vec(),
        Type::I64 => [
            0,
            1,
            -1,
            31,
            63,
            64,
            65,
            i64::MAX,
            i64::MIN,
            1 << 53,
            (1 << 62) + 12_345,
        ]
        .map(Const::I64)
        .to_vec(),
        Type::Bool => vec![Const::Bool(false), Const::Bool(true)],
    }
}

/// Where operands come from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// Registers that are overwritten: operations run in the sample loop.
    Moving,
    /// Registers that keep their value: operations run in the update function.
    Still,
}

struct Bench {
    graph: Graph,
    outputs: Vec<NodeId>,
    source: Source,
}

impl Bench {
    fn new(precision: Precision, source: Source) -> Self {
        Self {
            graph: Graph::new(precision, 48_000.0, 0),
            outputs: Vec::new(),
            source,
        }
    }

    /// A node that holds a value the passes cannot see. NaN comes from inf − inf.
    fn value(&mut self, value: Const) -> NodeId {
        let id = self.graph.add_register(Register {
            ty: value.ty(),
            init: RegisterInit::Const(value),
            next: None,
            name: None,
            site: None,
        });
        let read = self.graph.insert(Op::RegisterRead(id));
        self.graph.register_mut(id).next = Some(match self.source {
            Source::Still => read,
            Source::Moving => self.graph.insert(Op::Const(Const::zero(value.ty()))),
        });
        read
    }

    fn values(&mut self, ty: Type) -> Vec<NodeId> {
        let precision = self.graph.precision();
        let mut values: Vec<NodeId> = edges(ty, precision)
            .into_iter()
            .map(|value| self.value(value))
            .collect();
        if ty == Type::Float {
            let infinity = self.value(Const::Float(f64::INFINITY));
            values.push(self.graph.sub(infinity, infinity));
        }
        values
    }

    /// Adds a value of any type to the outputs, exactly.
    fn output(&mut self, id: NodeId) {
        match self.graph.ty(id) {
            Type::Float => self.outputs.push(id),
            Type::Bool => {
                let float = self.graph.cast(CastOp::BoolToFloat, id);
                self.outputs.push(float);
            }
            Type::I32 => {
                let low = self.graph.i32(0xffff);
                let low = self.graph.binary(BinaryOp::And, id, low);
                let by = self.graph.i32(16);
                let high = self.graph.binary(BinaryOp::ShrU, id, by);
                for part in [low, high] {
                    let float = self.graph.cast(CastOp::I32ToFloat, part);
                    self.outputs.push(float);
                }
            }
            Type::I64 => {
                let low = self.graph.cast(CastOp::I64ToI32, id);
                let by = self.graph.i64(32);
                let high = self.graph.binary(BinaryOp::ShrU, id, by);
                let high = self.graph.cast(CastOp::I64ToI32, high);
                self.output(low);
                self.output(high);
            }
        }
    }

    fn check(mut self) {
        self.graph.set_outputs(self.outputs);
        match self.graph.precision() {
            Precision::F32 => assert_strict::<f32>(&self.graph, 2, &vec![]),
            Precision::F64 => assert_strict::<f64>(&self.graph, 2, &vec![]),
        }
    }
}

fn everywhere(test: impl Fn(&mut Bench)) {
    for precision in [Precision::F32, Precision::F64] {
        for source in [Source::Moving, Source::Still] {
            let mut bench = Bench::new(precision, source);
            test(&mut bench);
            bench.check();
        }
    }
}

fn takes(op: UnaryOp, ty: Type) -> bool {
    match op {
        UnaryOp::Neg => ty != Type::Bool,
        UnaryOp::Not => ty != Type::Float,
        _ => ty == Type::Float,
    }
}

const TYPES: [Type; 4] = [Type::Float, Type::I32, Type::I64, Type::Bool];

#[test]
fn operations_of_one_operand_give_the_evaluators_bits() {
    for &op in UnaryOp::ALL {
        everywhere(|bench| {
            for ty in TYPES.into_iter().filter(|&ty| takes(op, ty)) {
                for a in bench.values(ty) {
                    let result = bench.graph.unary(op, a);
                    bench.output(result);
                }
            }
        });
    }
}

#[test]
fn operations_of_two_operands_give_the_evaluators_bits() {
    let takes = |op: BinaryOp, ty: Type| match op {
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Min | BinaryOp::Max => {
            ty != Type::Bool
        }
        BinaryOp::Div => ty == Type::Float,
        BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => ty != Type::Float,
        BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS => matches!(ty, Type::I32 | Type::I64),
    };
    for &op in BinaryOp::ALL {
        everywhere(|bench| {
            for ty in TYPES.into_iter().filter(|&ty| takes(op, ty)) {
                let values = bench.values(ty);
                for (i, &a) in values.iter().enumerate() {
                    // Every pair of neighbours and of equals, and a third of the rest.
                    let near = |j: usize| i.abs_diff(j) < 2 || (i + j).is_multiple_of(3);
                    for (_, &b) in values.iter().enumerate().filter(|(j, _)| near(*j)) {
                        let result = bench.graph.binary(op, a, b);
                        bench.output(result);
                    }
                }
            }
        });
    }
}

#[test]
fn comparisons_and_selections_give_the_evaluators_bits() {
    for &op in CompareOp::ALL {
        everywhere(|bench| {
            for ty in [Type::Float, Type::I32, Type::I64] {
                let values = bench.values(ty);
                for (i, &a) in values.iter().enumerate() {
                    let near = |j: usize| i.abs_diff(j) < 2 || (i + j).is_multiple_of(3);
                    for (_, &b) in values.iter().enumerate().filter(|(j, _)| near(*j)) {
                        let result = bench.graph.compare(op, a, b);
                        bench.output(result);
                        let chosen = bench.graph.select(result, a, b);
                        bench.output(chosen);
                    }
                }
            }
        });
    }
}

#[test]
fn conversions_give_the_evaluators_bits() {
    for &op in CastOp::ALL {
        everywhere(|bench| {
            let from = match op {
                CastOp::FloatToI32
                | CastOp::FloatToI32OrLeast
                | CastOp::FloatToI64
                | CastOp::FloatToBits => Type::Float,
                CastOp::I32ToFloat | CastOp::I32ToI64 => Type::I32,
                CastOp::I64ToFloat | CastOp::I64ToI32 => Type::I64,
                CastOp::BoolToFloat | CastOp::BoolToI32 => Type::Bool,
                CastOp::BitsToFloat => bench.graph.precision().phase_type(),
            };
            let mut values = bench.values(from);
            if op == CastOp::FloatToBits {
                // The payload of a NaN is free.
                values.pop();
            }
            for a in values {
                let result = bench.graph.cast(op, a);
                bench.output(result);
            }
        });
    }
}

#[test]
fn fused_products_round_once() {
    everywhere(|bench| {
        let values = bench.values(Type::Float);
        for &a in &values {
            for &b in &values[..8] {
                for &c in &values[16..] {
                    let result = bench.graph.insert(Op::Fma(a, b, c));
                    bench.output(result);
                }
            }
        }
    });
}
