//! Reading the right-hand side of a node: an operation and its operands.

use std::sync::Arc;

use super::parse::{Parsed, Parser};
use crate::external::ExternUnit;
use crate::graph::{ControlId, ExternId, LineId, Op, RegisterId, TableId};
use crate::op::{BinaryOp, CastOp, CompareOp, UnaryOp};
use crate::types::Type;

impl<U: FnMut(&str) -> Option<Arc<dyn ExternUnit>>> Parser<'_, U> {
    pub(super) fn operation(&mut self) -> Parsed<Op> {
        let place = self.place;
        let name = self.word("an operation", "as in `%2 = add %0 %1`")?;
        Ok(match name {
            "float" => Op::Const(self.constant(Type::Float)?),
            "i32" => Op::Const(self.constant(Type::I32)?),
            "i64" => Op::Const(self.constant(Type::I64)?),
            "bool" => Op::Const(self.constant(Type::Bool)?),
            "sample_rate" => Op::SampleRate,
            "input" => Op::Input(self.number("the number of an input")?),
            "control" => {
                let c = self.reference('c', self.graph.controls().len())?;
                Op::Control(ControlId::new(c))
            }
            "register" => {
                let r = self.reference('r', self.graph.registers().len())?;
                Op::RegisterRead(RegisterId::new(r))
            }
            "delay" => {
                let d = self.reference('d', self.graph.lines().len())?;
                Op::DelayRead(LineId::new(d), self.operand()?)
            }
            "table" => {
                let t = self.reference('t', self.graph.tables().len())?;
                Op::TableRead(TableId::new(t), self.operand()?)
            }
            "extern" => {
                let x = self.reference('x', self.graph.externs().len())?;
                Op::ExternOutput(ExternId::new(x), self.number("the number of an output")?)
            }
            "select" => Op::Select(self.operand()?, self.operand()?, self.operand()?),
            "fma" => Op::Fma(self.operand()?, self.operand()?, self.operand()?),
            _ => {
                if let Some(op) = UnaryOp::from_name(name) {
                    Op::Unary(op, self.operand()?)
                } else if let Some(op) = BinaryOp::from_name(name) {
                    Op::Binary(op, self.operand()?, self.operand()?)
                } else if let Some(op) = CompareOp::from_name(name) {
                    Op::Compare(op, self.operand()?, self.operand()?)
                } else if let Some(op) = CastOp::from_name(name) {
                    Op::Cast(op, self.operand()?)
                } else {
                    let message = format!("`{name}` is no operation");
                    return Err(place.error(message, nearest(name)));
                }
            }
        })
    }
}

/// A hint with the known operation of the most similar name.
fn nearest(name: &str) -> String {
    let others = [
        "float",
        "i32",
        "i64",
        "bool",
        "sample_rate",
        "input",
        "control",
        "register",
        "delay",
        "table",
        "extern",
        "select",
        "fma",
    ];
    let names = others
        .into_iter()
        .chain(UnaryOp::ALL.iter().map(|op| op.name()))
        .chain(BinaryOp::ALL.iter().map(|op| op.name()))
        .chain(CompareOp::ALL.iter().map(|op| op.name()))
        .chain(CastOp::ALL.iter().map(|op| op.name()));
    let near = names.min_by_key(|known| strsim::osa_distance(name, known));
    format!("did you mean `{}`?", near.unwrap_or("add"))
}
