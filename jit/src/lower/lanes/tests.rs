//! Every operation on lanes against the evaluator, bit for bit, over edge values.
//!
//! A test compiles one function that loads operands from memory, applies the operation and stores
//! the result; every combination of edge values passes through every lane.

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{Function, InstBuilder, UserFuncName};
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use synthc_ir::eval::{Value as Evaluated, binary, cast, compare, fma, unary};
use synthc_ir::{BinaryOp, CastOp, CompareOp, Const, Graph, Precision, Type, UnaryOp};

use super::{Emitter, Lanes};
use crate::code_block::{CodeBlock, FunctionCode, Variant};
use crate::code_memory::Pool;
use crate::layout::StateLayout;
use crate::lower::Source;
use crate::lower::emitter::trusted;
use crate::lower::update_signature;
use crate::options::Target;
use crate::schedule::Schedule;
use crate::state::Block;
use crate::target::{Features, finish, host_isa};

const TYPES: [Type; 4] = [Type::Float, Type::I32, Type::I64, Type::Bool];

/// An operation under test, with the types of its operands.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Unary(UnaryOp, Type),
    Binary(BinaryOp, Type),
    /// The second operand is the same constant in every lane.
    BinaryConstant(BinaryOp, Type, Const),
    Compare(CompareOp, Type),
    /// The condition comes from a comparison of this type.
    Select(Type, Type),
    Cast(CastOp),
    Fma,
    /// Two masks of different widths.
    MixedMasks(BinaryOp),
}

impl Operation {
    fn operands(self, phase: Type) -> Vec<Type> {
        match self {
            Self::Unary(_, ty) | Self::BinaryConstant(_, ty, _) => vec![ty],
            Self::Binary(_, ty) | Self::Compare(_, ty) => vec![ty; 2],
            Self::Select(from, ty) => vec![from, ty, ty],
            Self::Cast(op) => vec![match op {
                CastOp::FloatToI32
                | CastOp::FloatToI32OrLeast
                | CastOp::FloatToI64
                | CastOp::FloatToBits => Type::Float,
                CastOp::I32ToFloat | CastOp::I32ToI64 => Type::I32,
                CastOp::I64ToFloat | CastOp::I64ToI32 => Type::I64,
                CastOp::BoolToFloat | CastOp::BoolToI32 => Type::Bool,
                CastOp::BitsToFloat => phase,
            }],
            Self::Fma => vec![Type::Float; 3],
            Self::MixedMasks(_) => vec![Type::I32, Type::I64],
        }
    }

    fn emit(self, e: &mut Emitter, x: &[Lanes]) -> Lanes {
        let lanes = x[0].lanes();
        match self {
            Self::Unary(op, _) => e.lanes_unary(op, &x[0]),
            Self::Binary(op, _) => e.lanes_binary(op, &x[0], &x[1]),
            Self::BinaryConstant(op, _, constant) => {
                let constant = e.lanes_constant(lanes, constant);
                e.lanes_binary(op, &x[0], &constant)
            }
            Self::Compare(op, _) => e.lanes_compare(op, &x[0], &x[1]),
            Self::Select(from, _) => {
                let condition = positive(e, from, &x[0]);
                e.lanes_select(&condition, &x[1], &x[2])
            }
            Self::Cast(op) => e.lanes_cast(op, &x[0]),
            Self::Fma => e.lanes_fma(&x[0], &x[1], &x[2]),
            Self::MixedMasks(op) => {
                let a = positive(e, Type::I32, &x[0]);
                let b = positive(e, Type::I64, &x[1]);
                e.lanes_binary(op, &a, &b)
            }
        }
    }

    fn evaluate(self, precision: Precision, x: &[Evaluated]) -> Evaluated {
        let positive = |x: Evaluated| {
            let zero = Evaluated::from_const(precision, Const::zero(x.ty()));
            match x {
                Evaluated::Bool(_) => x,
                _ => compare(CompareOp::Gt, x, zero),
            }
        };
        match self {
            Self::Unary(op, _) => unary(op, x[0]),
            Self::Binary(op, _) => binary(op, x[0], x[1]),
            Self::BinaryConstant(op, _, constant) => {
                binary(op, x[0], Evaluated::from_const(precision, constant))
            }
            Self::Compare(op, _) => compare(op, x[0], x[1]),
            Self::Select(..) => x[if positive(x[0]).as_bool() { 1 } else { 2 }],
            Self::Cast(op) => cast(precision, op, x[0]),
            Self::Fma => fma(x[0], x[1], x[2]),
            Self::MixedMasks(op) => binary(op, positive(x[0]), positive(x[1])),
        }
    }
}

/// x > 0 as a mask of the width of x; a bool is its own condition.
fn positive(e: &mut Emitter, ty: Type, x: &Lanes) -> Lanes {
    if ty == Type::Bool {
        return *x;
    }
    let zero = e.lanes_constant(x.lanes(), Const::zero(ty));
    e.lanes_compare(CompareOp::Gt, x, &zero)
}

fn edges(ty: Type, precision: Precision) -> Vec<Evaluated> {
    let constants: Vec<Const> = match ty {
        Type::Float => [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.499_999_97,
            2.5,
            1e-40,
            -3.7,
            2_147_483_648.0,
            -9.3e18,
            1e300,
            8_388_609.0,
            4_503_599_627_370_497.5,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ]
        .map(|x| Const::Float(precision.round(x)))
        .to_vec(),
        Type::I32 => [0, 1, -1, 31, 33, 0x1234_5678, i32::MAX, i32::MIN, -77]
            .map(Const::I32)
            .to_vec(),
        Type::I64 => [
            0,
            1,
            -1,
            63,
            65,
            i64::MAX,
            i64::MIN,
            (1 << 53) + 1,
            (1 << 62) + 12_345,
            0x8000_0000,
        ]
        .map(Const::I64)
        .to_vec(),
        Type::Bool => vec![Const::Bool(false), Const::Bool(true)],
    };
    let value = |constant| Evaluated::from_const(precision, constant);
    constants.into_iter().map(value).collect()
}

fn lane_bytes(ty: Type, precision: Precision) -> usize {
    match ty {
        Type::Float => precision.bytes(),
        Type::I32 | Type::Bool => 4,
        Type::I64 => 8,
    }
}

/// Bytes given to each operand and to the result.
const ROOM: usize = 128;

/// A machine whose features differ in one way.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Machine {
    Host,
    Baseline,
    /// The baseline where contraction was only an optimisation.
    Split,
}

/// Machine code of `operation` on `lanes` lanes.
fn generate(
    operation: Operation,
    precision: Precision,
    lanes: usize,
    isa: &OwnedTargetIsa,
    features: &Features,
) -> FunctionCode {
    let graph = Graph::new(precision, 48_000.0, 0);
    let schedule = Schedule::new(&graph, &[], false, 1);
    let layout = StateLayout::assign(&graph, &[&schedule], 1).expect("a small state");
    let source = Source {
        graph: &graph,
        schedule: &schedule,
        layout: &layout,
        variant: 0,
        features,
        literals: None,
    };
    let mut context = Context::new();
    let signature = update_signature(&source);
    context.func = Function::with_name_signature(UserFuncName::default(), signature.clone());
    let mut buffers = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(&mut context.func, &mut buffers);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    let memory = builder.block_params(entry)[0];
    let mut emitter = Emitter::new(source, builder, memory);
    let mut offset = 0;
    let mut operands = Vec::new();
    for ty in operation.operands(precision.phase_type()) {
        operands.push(emitter.load_lanes(ty, lanes, trusted(), memory, offset));
        offset += ROOM as u32;
    }
    let result = operation.emit(&mut emitter, &operands);
    emitter.store_lanes(&result, trusted(), memory, offset);
    emitter.builder.ins().return_(&[]);
    emitter.builder.finalize(features.frontend);
    let code = context.compile(&**isa, &mut ControlPlane::default());
    let code = code.unwrap_or_else(|error| panic!("{operation:?}: {}", error.inner));
    FunctionCode {
        holes: None,
        signature,
        bytes: code.code_buffer().to_vec(),
        align: 64,
    }
}

/// `operation` on `lanes` lanes, ready to run.
fn compiled(
    operation: Operation,
    precision: Precision,
    lanes: usize,
    machine: Machine,
) -> CodeBlock {
    let target = match machine {
        Machine::Host => Target::Host,
        Machine::Baseline | Machine::Split => Target::Baseline,
    };
    let isa = host_isa(target).expect("a code generator for this machine");
    let features = Features::of(&isa, machine == Machine::Split);
    let function = || generate(operation, precision, lanes, &isa, &features);
    let variant = Variant {
        update: function(),
        process: function(),
    };
    CodeBlock::publish(&isa, &Pool::default(), &variant, None).expect("executable memory")
}

fn write(memory: &mut Block, at: usize, value: Evaluated) {
    match value {
        Evaluated::F32(x) => memory.write(at, x),
        Evaluated::F64(x) => memory.write(at, x),
        Evaluated::I32(x) => memory.write(at, x),
        Evaluated::I64(x) => memory.write(at, x),
        Evaluated::Bool(x) => memory.write(at, i32::from(x)),
    }
}

fn read(memory: &Block, at: usize, like: Evaluated) -> Evaluated {
    match like {
        Evaluated::F32(_) => Evaluated::F32(memory.read(at)),
        Evaluated::F64(_) => Evaluated::F64(memory.read(at)),
        Evaluated::I32(_) => Evaluated::I32(memory.read(at)),
        Evaluated::I64(_) => Evaluated::I64(memory.read(at)),
        Evaluated::Bool(_) => match memory.read::<i32>(at) {
            0 => Evaluated::Bool(false),
            1 => Evaluated::Bool(true),
            other => panic!("{other} is no truth value"),
        },
    }
}

/// Every combination of the operands' edge values, at most about a thousand of them.
fn combinations(operands: &[Vec<Evaluated>]) -> Vec<Vec<Evaluated>> {
    let mut all = vec![Vec::new()];
    for values in operands {
        let longer = |begun: &Vec<Evaluated>| {
            let begun = begun.clone();
            let add = move |&value| [begun.as_slice(), &[value]].concat();
            values.iter().map(add).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    let step = all.len().div_ceil(1024);
    all.into_iter().step_by(step).collect()
}

fn check(operation: Operation, precision: Precision, lanes: usize, machine: Machine) {
    let types = operation.operands(precision.phase_type());
    let edges: Vec<Vec<Evaluated>> = types.iter().map(|&ty| edges(ty, precision)).collect();
    let cases = combinations(&edges);
    let code = compiled(operation, precision, lanes, machine);
    let mut memory = Block::zeroed(ROOM * 4);
    // Shifted by a case a block, so that every case passes through every lane.
    for first in 0..cases.len() {
        let case = |lane: usize| &cases[(first + lane) % cases.len()];
        for lane in 0..lanes {
            for (operand, &value) in case(lane).iter().enumerate() {
                let at = operand * ROOM + lane * lane_bytes(types[operand], precision);
                write(&mut memory, at, value);
            }
        }
        // SAFETY: the function was built above for memory of this size, used by nobody else.
        unsafe { (code.resting.update)(memory.as_ptr()) };
        for lane in 0..lanes {
            let mut expected = operation.evaluate(precision, case(lane));
            if machine == Machine::Split && matches!(operation, Operation::Fma) {
                let x = case(lane);
                expected = binary(BinaryOp::Add, binary(BinaryOp::Mul, x[0], x[1]), x[2]);
            }
            let bytes = lane_bytes(expected.ty(), precision);
            let given = read(&memory, types.len() * ROOM + lane * bytes, expected);
            // The payload of a NaN is free, and its bits may be seen by a cast.
            let free = matches!(operation, Operation::Cast(CastOp::FloatToBits))
                && case(lane)[0].as_f64().is_nan();
            assert!(
                given.same(expected) || free,
                "{operation:?} of {:?} in lane {lane} of {lanes}, {precision}, {machine:?}: \
                 {given:?} instead of {expected:?}",
                case(lane),
            );
        }
    }
}

fn everywhere(operation: Operation) {
    for precision in [Precision::F32, Precision::F64] {
        for machine in [Machine::Host, Machine::Baseline] {
            for lanes in [4, 16] {
                check(operation, precision, lanes, machine);
            }
        }
    }
}

fn unary_operations() -> Vec<Operation> {
    let takes = |op, ty| match op {
        UnaryOp::Neg => ty != Type::Bool,
        UnaryOp::Not => ty != Type::Float,
        _ => ty == Type::Float,
    };
    each(UnaryOp::ALL, Operation::Unary, takes)
}

fn binary_operations() -> Vec<Operation> {
    each(BinaryOp::ALL, Operation::Binary, |op, ty| match op {
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Min | BinaryOp::Max => {
            ty != Type::Bool
        }
        BinaryOp::Div => ty == Type::Float,
        BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => ty != Type::Float,
        BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS => matches!(ty, Type::I32 | Type::I64),
    })
}

/// Shifts by one amount for all lanes.
fn shifts() -> Vec<Operation> {
    let amounts = [0, 1, 23, 31, 32, 33, 40, 63, 64, -1];
    let of = |op| {
        amounts.into_iter().flat_map(move |by| {
            let wide = Const::I64(i64::from(by));
            [
                Operation::BinaryConstant(op, Type::I32, Const::I32(by)),
                Operation::BinaryConstant(op, Type::I64, wide),
            ]
        })
    };
    [BinaryOp::Shl, BinaryOp::ShrU, BinaryOp::ShrS]
        .into_iter()
        .flat_map(of)
        .collect()
}

fn comparisons_and_selections() -> Vec<Operation> {
    let numbers = |_, ty| ty != Type::Bool;
    let mut all = each(CompareOp::ALL, Operation::Compare, numbers);
    all.extend(each(&TYPES, Operation::Select, |_, _| true));
    let masks = [BinaryOp::And, BinaryOp::Or, BinaryOp::Xor];
    all.extend(masks.map(Operation::MixedMasks));
    all
}

fn conversions() -> Vec<Operation> {
    CastOp::ALL.iter().copied().map(Operation::Cast).collect()
}

/// Every operation with every type that it takes.
fn each<T: Copy>(
    ops: &[T],
    make: impl Fn(T, Type) -> Operation,
    takes: impl Fn(T, Type) -> bool,
) -> Vec<Operation> {
    let pairs = ops.iter().flat_map(|&op| TYPES.map(|ty| (op, ty)));
    let pairs = pairs.filter(|&(op, ty)| takes(op, ty));
    pairs.map(|(op, ty)| make(op, ty)).collect()
}

#[test]
fn operations_of_one_operand_give_the_evaluators_bits_in_every_lane() {
    unary_operations().into_iter().for_each(everywhere);
}

#[test]
fn operations_of_two_operands_give_the_evaluators_bits_in_every_lane() {
    binary_operations().into_iter().for_each(everywhere);
}

#[test]
fn shifts_by_one_amount_for_all_lanes_count_modulo_the_width() {
    shifts().into_iter().for_each(everywhere);
}

#[test]
fn comparisons_and_selections_give_the_evaluators_bits_in_every_lane() {
    comparisons_and_selections()
        .into_iter()
        .for_each(everywhere);
}

#[test]
fn conversions_give_the_evaluators_bits_in_every_lane() {
    conversions().into_iter().for_each(everywhere);
}

#[test]
fn fused_products_round_as_the_machine_was_told_to() {
    everywhere(Operation::Fma);
    for precision in [Precision::F32, Precision::F64] {
        check(Operation::Fma, precision, 8, Machine::Split);
    }
}

#[test]
fn every_operation_has_code_for_aarch64() {
    let isa = isa::lookup_by_name("aarch64-unknown-linux-gnu");
    let isa = finish(&isa.expect("a code generator of this crate")).expect("settings that fit");
    let features = Features::of(&isa, false);
    let mut all = unary_operations();
    all.extend(binary_operations());
    all.extend(shifts());
    all.extend(comparisons_and_selections());
    all.extend(conversions());
    all.push(Operation::Fma);
    for operation in all {
        for precision in [Precision::F32, Precision::F64] {
            let code = generate(operation, precision, 8, &isa, &features);
            assert!(!code.bytes.is_empty());
        }
    }
}
