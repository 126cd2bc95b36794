//! Signals as Python objects: arithmetic and comparisons build expressions.

use std::any::Any;
use std::rc::Rc;

use synthc_ir::Signal;

use super::argument::signal_from;
use super::place::Places;
use crate::value::{BinaryOp, CompareOp, NativeIterator, NativeObject, UnaryOp, Value};
use crate::{Context, Error};

/// A signal of a patch.
#[derive(Debug)]
pub struct SignalObject {
    signal: Signal,
    places: Rc<Places>,
}

impl SignalObject {
    pub(crate) fn new(signal: Signal, places: Rc<Places>) -> Self {
        Self { signal, places }
    }

    /// The expression.
    #[must_use]
    pub fn signal(&self) -> &Signal {
        &self.signal
    }
}

impl NativeObject for SignalObject {
    fn type_name(&self) -> &str {
        "Signal"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn repr(&self) -> String {
        match self.signal.site() {
            Some(site) => format!("<Signal made in line {}>", site.line),
            None => "<Signal>".to_owned(),
        }
    }

    fn truth(&self, _: &mut Context<'_>) -> Result<bool, Error> {
        Err(Error::type_error(
            "a signal is neither true nor false: it has a value in every frame, and this code runs once",
        )
        .with_help(
            "to choose between two signals frame by frame, write krs.select2(condition, if_false, if_true)",
        ))
    }

    fn binary(
        &self,
        context: &mut Context<'_>,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
    ) -> Result<Option<Value>, Error> {
        if !other.is_number() && other.downcast::<SignalObject>().is_none() {
            return Ok(None);
        }
        let other = signal_from(other, "an operand")?;
        let (a, b) = if reflected {
            (&other, &self.signal)
        } else {
            (&self.signal, &other)
        };
        let result = match op {
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::Mul => a * b,
            BinaryOp::Div => {
                if b.as_constant() == Some(0.0) {
                    return Err(Error::new(
                        crate::value::ExceptionKind::ZeroDivisionError,
                        "a signal is divided by the constant 0",
                    ));
                }
                a / b
            }
            BinaryOp::FloorDiv => (a / b).floor(),
            BinaryOp::Mod => a.fmod(b),
            BinaryOp::Pow => a.pow(b),
            BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor => {
                return Err(Error::type_error(format!(
                    "signals have no `{}`",
                    op.symbol()
                ))
                .with_help(
                    "conditions are 0 or 1: multiply two for “and”, use krs.max_(a, b) for “or”",
                ));
            }
            BinaryOp::MatMul | BinaryOp::LShift | BinaryOp::RShift => {
                return Err(
                    Error::type_error(format!("signals have no `{}`", op.symbol())).with_help(
                        "`>>` and `@` belong to nodes: give the function to kr.node() first",
                    ),
                );
            }
        };
        Ok(Some(self.places.signal(context, result)))
    }

    fn unary(&self, context: &mut Context<'_>, op: UnaryOp) -> Result<Option<Value>, Error> {
        let result = match op {
            UnaryOp::Neg => -self.signal.to_float(),
            UnaryOp::Pos => self.signal.clone(),
            UnaryOp::Abs => self.signal.abs(),
            UnaryOp::Round => self.signal.nearest(),
            UnaryOp::Invert => return Ok(None),
        };
        Ok(Some(self.places.signal(context, result)))
    }

    fn compare(
        &self,
        context: &mut Context<'_>,
        op: CompareOp,
        other: &Value,
    ) -> Result<Option<Value>, Error> {
        if !other.is_number() && other.downcast::<SignalObject>().is_none() {
            return Ok(None);
        }
        let (a, b) = (&self.signal, signal_from(other, "an operand")?);
        let result = match op {
            CompareOp::Eq => a.equals(b),
            CompareOp::Ne => a.differs(b),
            CompareOp::Lt => a.lt(b),
            CompareOp::Le => a.le(b),
            CompareOp::Gt => a.gt(b),
            CompareOp::Ge => a.ge(b),
        };
        Ok(Some(self.places.signal(context, result)))
    }

    fn iterate(&self, _: &mut Context<'_>) -> Result<Option<Box<dyn NativeIterator>>, Error> {
        Err(
            Error::type_error("a signal is one channel, it has no items")
                .with_help("return several signals as a tuple: `return left, right`"),
        )
    }
}
