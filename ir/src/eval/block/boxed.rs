//! From an item of the plan to its boxed node.

use std::marker::PhantomData;

use super::arena::{Arena, Lane};
use super::kernel::{ControlValue, Convert, Kernel, Same1, Same2, Same3, Select};
use super::plan::{Item, Plan};
use super::stateful::{
    ExternCall, ExternPort, LineRead, LineTap, LineWrite, RegisterRead, TableRead, TableWrite,
};
use super::width::Width;
use crate::eval::arithmetic::i32_or_least;
use crate::graph::{Graph, NodeId, Op, RegisterInit, TableKind};
use crate::noise_key::noise_key;
use crate::op::{BinaryOp, CastOp, CompareOp, UnaryOp};
use crate::types::{Const, Type};

type Boxed<X> = Box<dyn Kernel<X>>;

/// Makes boxed nodes for one graph.
pub(super) struct Maker<'a> {
    pub(super) graph: &'a Graph,
    pub(super) plan: &'a Plan,
    pub(super) seed: u64,
}

fn one<X: 'static, T: Lane<X> + Send>(
    a: usize,
    out: usize,
    f: impl Fn(T) -> T + Send + 'static,
) -> Option<Boxed<X>> {
    let ty = PhantomData;
    Some(Box::new(Same1 { a, out, f, ty }))
}

fn two<X: 'static, T: Lane<X> + Send>(
    [a, b]: [usize; 2],
    out: usize,
    f: impl Fn(T, T) -> T + Send + 'static,
) -> Option<Boxed<X>> {
    let ty = PhantomData;
    Some(Box::new(Same2 { a, b, out, f, ty }))
}

fn convert<X: 'static, T: Lane<X> + Send, R: Lane<X> + Send>(
    [a, b]: [usize; 2],
    out: usize,
    f: impl Fn(T, T) -> R + Send + 'static,
) -> Option<Boxed<X>> {
    let ty = PhantomData;
    Some(Box::new(Convert { a, b, out, f, ty }))
}

macro_rules! integer_binary {
    ($op:expr, $ab:expr, $out:expr, $ty:ty, $unsigned:ty) => {{
        type T = $ty;
        let (ab, out) = ($ab, $out);
        match $op {
            BinaryOp::Add => two(ab, out, T::wrapping_add),
            BinaryOp::Sub => two(ab, out, T::wrapping_sub),
            BinaryOp::Mul => two(ab, out, T::wrapping_mul),
            BinaryOp::Min => two(ab, out, |a: T, b: T| a.min(b)),
            BinaryOp::Max => two(ab, out, |a: T, b: T| a.max(b)),
            BinaryOp::And => two(ab, out, |a: T, b: T| a & b),
            BinaryOp::Or => two(ab, out, |a: T, b: T| a | b),
            BinaryOp::Xor => two(ab, out, |a: T, b: T| a ^ b),
            BinaryOp::Shl => two(ab, out, |a: T, b: T| a.wrapping_shl(b as u32)),
            BinaryOp::ShrU => two(ab, out, |a: T, b: T| {
                (a as $unsigned).wrapping_shr(b as u32).cast_signed()
            }),
            BinaryOp::ShrS => two(ab, out, |a: T, b: T| a.wrapping_shr(b as u32)),
            BinaryOp::Div => None,
        }
    }};
}

fn compare<X: 'static, T: Lane<X> + PartialOrd + Send>(
    op: CompareOp,
    ab: [usize; 2],
    out: usize,
) -> Option<Boxed<X>> {
    match op {
        CompareOp::Eq => convert(ab, out, |a: T, b: T| a == b),
        CompareOp::Ne => convert(ab, out, |a: T, b: T| a != b),
        CompareOp::Lt => convert(ab, out, |a: T, b: T| a < b),
        CompareOp::Le => convert(ab, out, |a: T, b: T| a <= b),
        CompareOp::Gt => convert(ab, out, |a: T, b: T| a > b),
        CompareOp::Ge => convert(ab, out, |a: T, b: T| a >= b),
    }
}

fn float_unary<X: Width + Send>(op: UnaryOp, a: usize, out: usize) -> Option<Boxed<X>> {
    match op {
        UnaryOp::Neg => one(a, out, |x: X| -x),
        UnaryOp::Abs => one(a, out, X::abs),
        UnaryOp::Sqrt => one(a, out, X::sqrt),
        UnaryOp::Floor => one(a, out, X::floor),
        UnaryOp::Ceil => one(a, out, X::ceil),
        UnaryOp::Trunc => one(a, out, X::trunc),
        UnaryOp::Nearest => one(a, out, X::nearest),
        UnaryOp::Not => None,
    }
}

fn float_binary<X: Width + Send>(op: BinaryOp, ab: [usize; 2], out: usize) -> Option<Boxed<X>> {
    match op {
        BinaryOp::Add => two(ab, out, |a: X, b: X| a + b),
        BinaryOp::Sub => two(ab, out, |a: X, b: X| a - b),
        BinaryOp::Mul => two(ab, out, |a: X, b: X| a * b),
        BinaryOp::Div => two(ab, out, |a: X, b: X| a / b),
        BinaryOp::Min => two(ab, out, |a: X, b: X| if a < b { a } else { b }),
        BinaryOp::Max => two(ab, out, |a: X, b: X| if a > b { a } else { b }),
        _ => None,
    }
}

fn bool_binary<X: 'static>(op: BinaryOp, ab: [usize; 2], out: usize) -> Option<Boxed<X>> {
    match op {
        BinaryOp::And => two(ab, out, |a: bool, b: bool| a & b),
        BinaryOp::Or => two(ab, out, |a: bool, b: bool| a | b),
        BinaryOp::Xor => two(ab, out, |a: bool, b: bool| a ^ b),
        _ => None,
    }
}

fn cast<X: Width + Send>(op: CastOp, a: usize, out: usize) -> Option<Boxed<X>>
where
    X::Bits: Send,
{
    let aa = [a, a];
    match op {
        CastOp::FloatToI32 => convert(aa, out, |x: X, _| x.to_i32()),
        CastOp::FloatToI32OrLeast => convert(aa, out, |x: X, _| i32_or_least(x.to_f64())),
        CastOp::FloatToI64 => convert(aa, out, |x: X, _| x.to_i64()),
        CastOp::I32ToFloat => convert(aa, out, |x: i32, _| X::from_i32(x)),
        CastOp::I64ToFloat => convert(aa, out, |x: i64, _| X::from_i64(x)),
        CastOp::BoolToFloat => convert(aa, out, |x: bool, _| X::from_i32(i32::from(x))),
        CastOp::BoolToI32 => convert(aa, out, |x: bool, _| i32::from(x)),
        CastOp::I32ToI64 => convert(aa, out, |x: i32, _| i64::from(x)),
        CastOp::I64ToI32 => convert(aa, out, |x: i64, _| x as i32),
        CastOp::FloatToBits => convert(aa, out, |x: X, _| x.to_bits()),
        CastOp::BitsToFloat => convert(aa, out, |x: X::Bits, _| X::from_bits(x)),
    }
}

/// The cell of a constant in each type; 0 where the constant is of another.
trait FromConst {
    fn from_const(value: Const) -> Self;
}

macro_rules! from_const {
    ($ty:ty, $variant:ident, $x:ident => $value:expr, $zero:expr) => {
        impl FromConst for $ty {
            fn from_const(value: Const) -> Self {
                match value {
                    Const::$variant($x) => $value,
                    _ => $zero,
                }
            }
        }
    };
}

from_const!(i32, I32, x => x, 0);
from_const!(i64, I64, x => x, 0);
from_const!(bool, Bool, x => x, false);

impl Maker<'_> {
    /// The boxed node of an item; `None` for what a verified graph does not hold.
    pub(super) fn kernel<X>(&self, item: Item) -> Option<Boxed<X>>
    where
        X: Width + Send,
        X::Bits: Send,
    {
        match item {
            Item::Node(id) => self.node(id),
            Item::Line(line) => {
                let input = self.at(self.graph.lines()[line].input?);
                Some(Box::new(LineWrite { line, input }))
            }
            Item::Table(table) => match self.graph.tables()[table].kind {
                TableKind::Written {
                    write: Some((index, value)),
                    ..
                } => {
                    let (index, value) = (self.at(index), self.at(value));
                    Some(Box::new(TableWrite {
                        table,
                        index,
                        value,
                    }))
                }
                _ => None,
            },
            Item::Extern(external) => {
                let instance = &self.graph.externs()[external];
                let inputs = instance.inputs.iter();
                Some(Box::new(ExternCall {
                    external,
                    state: Some(instance.unit.instantiate(self.graph.sample_rate())),
                    operands: inputs.map(|&id| self.at(id)).collect(),
                    inputs: vec![0.0; instance.inputs.len()],
                    outputs: vec![0.0; instance.unit.outputs()],
                }))
            }
        }
    }

    /// The buffer of a node.
    pub(super) fn at(&self, id: NodeId) -> usize {
        self.plan.buffers[id.index()]
    }

    fn node<X>(&self, id: NodeId) -> Option<Boxed<X>>
    where
        X: Width + Send,
        X::Bits: Send,
    {
        let graph = self.graph;
        let out = self.at(id);
        let at = |id| self.at(id);
        let ty = PhantomData;
        match graph.op(id) {
            // Inputs are copied, constants filled in when the interpreter is made.
            Op::Const(_) | Op::SampleRate | Op::Input(_) => None,
            Op::Control(c) => Some(Box::new(ControlValue {
                control: c.index(),
                out,
            })),
            Op::Unary(op, a) => match (graph.ty(a), op) {
                (Type::Float, _) => float_unary(op, at(a), out),
                (Type::I32, UnaryOp::Neg) => one(at(a), out, i32::wrapping_neg),
                (Type::I64, UnaryOp::Neg) => one(at(a), out, i64::wrapping_neg),
                (Type::I32, _) => one(at(a), out, |x: i32| !x),
                (Type::I64, _) => one(at(a), out, |x: i64| !x),
                (Type::Bool, _) => one(at(a), out, |x: bool| !x),
            },
            Op::Binary(op, a, b) => {
                let ab = [at(a), at(b)];
                match graph.ty(a) {
                    Type::Float => float_binary(op, ab, out),
                    Type::I32 => integer_binary!(op, ab, out, i32, u32),
                    Type::I64 => integer_binary!(op, ab, out, i64, u64),
                    Type::Bool => bool_binary(op, ab, out),
                }
            }
            Op::Compare(op, a, b) => {
                let ab = [at(a), at(b)];
                match graph.ty(a) {
                    Type::Float => compare::<X, X>(op, ab, out),
                    Type::I32 => compare::<X, i32>(op, ab, out),
                    Type::I64 => compare::<X, i64>(op, ab, out),
                    Type::Bool => compare::<X, bool>(op, ab, out),
                }
            }
            Op::Select(condition, a, b) => {
                let [condition, a, b] = [condition, a, b].map(at);
                macro_rules! select {
                    ($ty:ty) => {
                        Some(Box::new(Select::<$ty> {
                            condition,
                            a,
                            b,
                            out,
                            ty: PhantomData,
                        }))
                    };
                }
                match graph.ty(id) {
                    Type::Float => select!(X),
                    Type::I32 => select!(i32),
                    Type::I64 => select!(i64),
                    Type::Bool => select!(bool),
                }
            }
            Op::Cast(op, a) => cast(op, at(a), out),
            Op::Fma(a, b, c) => {
                let operands = [a, b, c].map(at);
                let f = |a: X, b: X, c: X| a.fma(b, c);
                Some(Box::new(Same3 {
                    operands,
                    out,
                    f,
                    ty,
                }))
            }
            Op::RegisterRead(register) => {
                let register = &graph.registers()[register.index()];
                // One that is written with itself keeps its value.
                let next = register.next.filter(|&next| next != id).map(at);
                let init = match register.init {
                    RegisterInit::Const(value) => value,
                    RegisterInit::NoiseKey { ordinal, word } => {
                        let key = noise_key(self.seed, ordinal);
                        Const::I32((key >> (32 * u32::from(word & 1))) as i32)
                    }
                };
                macro_rules! read {
                    ($state:expr) => {
                        Some(Box::new(RegisterRead {
                            state: $state,
                            next,
                            out,
                        }))
                    };
                }
                match graph.ty(id) {
                    Type::Float => read!(float::<X>(init)),
                    Type::I32 => read!(i32::from_const(init)),
                    Type::I64 => read!(i64::from_const(init)),
                    Type::Bool => read!(bool::from_const(init)),
                }
            }
            Op::DelayRead(d, offset) => {
                let (line, cells) = (d.index(), &graph.lines()[d.index()]);
                let (min, max) = (cells.min.cast_signed(), cells.max.cast_signed());
                match graph.constant(offset) {
                    Some(Const::I32(frames)) => {
                        let offset = usize::try_from(frames.max(min).min(max)).unwrap_or(0);
                        Some(Box::new(LineTap { line, offset, out }))
                    }
                    _ => Some(Box::new(LineRead {
                        line,
                        offset: at(offset),
                        out,
                        min,
                        max,
                    })),
                }
            }
            Op::TableRead(table, index) => Some(Box::new(TableRead {
                table: table.index(),
                index: at(index),
                out,
            })),
            Op::ExternOutput(instance, port) => Some(Box::new(ExternPort {
                external: instance.index(),
                port: port as usize,
                out,
            })),
        }
    }

    /// Fills the buffers of constants.
    pub(super) fn constants<X>(&self, arena: &mut Arena<X>)
    where
        X: Width,
    {
        for &id in &self.plan.fixed {
            let value = match self.graph.op(id) {
                Op::Const(value) => value,
                Op::SampleRate => Const::Float(self.graph.sample_rate()),
                _ => continue,
            };
            let at = self.at(id);
            match value {
                Const::Float(_) => arena.floats[at].fill(float(value)),
                Const::I32(x) => arena.ints[at].fill(x),
                Const::I64(x) => arena.longs[at].fill(x),
                Const::Bool(x) => arena.bools[at].fill(x),
            }
        }
    }
}

fn float<X: Width>(value: Const) -> X {
    match value {
        Const::Float(x) => X::from_f64(x),
        _ => X::ZERO,
    }
}
