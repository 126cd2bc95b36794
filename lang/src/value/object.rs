//! Objects of the host: what a Rust type implements to be a Python object.
//!
//! Every method has a default that behaves as Python does for an object without that ability; the
//! evaluator words the TypeError. Methods that return `Result<Option<…>>` say `None` for “not
//! offered”.

use std::any::Any;
use std::fmt::Debug;
use std::rc::Rc;

use super::{NativeFunction, Value};
use crate::error::{Error, Result};
use crate::eval::Context;

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    missing_docs,
    reason = "each variant is the Python operator of that name"
)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    MatMul,
    LShift,
    RShift,
    BitAnd,
    BitOr,
    BitXor,
}

impl BinaryOp {
    /// The operator as written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::FloorDiv => "//",
            Self::Mod => "%",
            Self::Pow => "**",
            Self::MatMul => "@",
            Self::LShift => "<<",
            Self::RShift => ">>",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "^",
        }
    }
}

/// A unary operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-x`
    Neg,
    /// `+x`
    Pos,
    /// `~x`
    Invert,
    /// `abs(x)`
    Abs,
    /// `round(x)`
    Round,
}

impl UnaryOp {
    /// The operation as messages show it.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Neg => "unary -",
            Self::Pos => "unary +",
            Self::Invert => "unary ~",
            Self::Abs => "abs()",
            Self::Round => "round()",
        }
    }
}

/// A comparison that objects can define.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    missing_docs,
    reason = "each variant is the Python comparison of that name"
)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl CompareOp {
    /// The comparison as written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    /// The comparison with its operands exchanged.
    #[must_use]
    pub const fn swapped(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            same => same,
        }
    }
}

/// Items of a host object, one after the other. Every `Iterator<Item = Value>` is one.
pub trait NativeIterator {
    /// The next item, or `None` at the end.
    ///
    /// # Errors
    /// Whatever producing the item may raise.
    fn next_item(&mut self, context: &mut Context<'_>) -> Result<Option<Value>>;
}

impl<I: Iterator<Item = Value>> NativeIterator for I {
    fn next_item(&mut self, _context: &mut Context<'_>) -> Result<Option<Value>> {
        Ok(self.next())
    }
}

/// A Rust object that patches can hold and use. See the [crate documentation](crate) for a worked
/// example.
#[allow(unused_variables, reason = "defaults ignore their arguments")]
pub trait NativeObject: Debug {
    /// The class name shown by `type(x)` and in messages.
    fn type_name(&self) -> &str;

    /// For [`Value::downcast`]; implement as `self`.
    fn as_any(&self) -> &dyn Any;

    /// `repr(x)` and `str(x)`.
    fn repr(&self) -> String {
        format!("<{}>", self.type_name())
    }

    /// What `if x`, `while x`, `not x`, `and` and `or` see. A signal raises a TypeError here that
    /// says what to use instead.
    ///
    /// # Errors
    /// When the object has no truth value.
    fn truth(&self, context: &mut Context<'_>) -> Result<bool> {
        Ok(match self.length(context)? {
            Some(length) => length != 0,
            None => true,
        })
    }

    /// `x.name`; `None` when there is no such attribute ([`method`](Self::method) is asked next).
    ///
    /// # Errors
    /// Whatever computing the attribute may raise.
    fn attribute(&self, context: &mut Context<'_>, name: &str) -> Result<Option<Value>> {
        Ok(None)
    }

    /// The method called `name`; the evaluator binds the receiver
    /// ([`Arguments::receiver_as`](super::Arguments::receiver_as)).
    fn method(&self, name: &str) -> Option<Rc<NativeFunction>> {
        None
    }

    /// Names of attributes and methods, for suggestions.
    fn attribute_names(&self) -> Vec<&str> {
        Vec::new()
    }

    /// `x.name = value`; `false` when the attribute cannot be set.
    ///
    /// # Errors
    /// Whatever setting the attribute may raise.
    fn set_attribute(&self, context: &mut Context<'_>, name: &str, value: &Value) -> Result<bool> {
        Ok(false)
    }

    /// `x[key]`; slices arrive as [`Value::Slice`], several indices as a tuple.
    ///
    /// # Errors
    /// KeyError, IndexError, …
    fn item(&self, context: &mut Context<'_>, key: &Value) -> Result<Option<Value>> {
        Ok(None)
    }

    /// `x[key] = value`; `false` when items cannot be assigned.
    ///
    /// # Errors
    /// KeyError, IndexError, …
    fn set_item(&self, context: &mut Context<'_>, key: &Value, value: &Value) -> Result<bool> {
        Ok(false)
    }

    /// `x op other`, or `other op x` when `reflected`; `None` lets Python try the other operand and
    /// then raise a TypeError. Also serves augmented assignment.
    ///
    /// # Errors
    /// Whatever the operation may raise.
    fn binary(
        &self,
        context: &mut Context<'_>,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
    ) -> Result<Option<Value>> {
        Ok(None)
    }

    /// `-x`, `+x`, `~x`, `abs(x)`.
    ///
    /// # Errors
    /// Whatever the operation may raise.
    fn unary(&self, context: &mut Context<'_>, op: UnaryOp) -> Result<Option<Value>> {
        Ok(None)
    }

    /// `x op other`; the result may be any value. With `None`, `==` and `!=` compare identity and
    /// the others raise a TypeError. `other < x` arrives as `x > other`.
    ///
    /// # Errors
    /// Whatever the comparison may raise.
    fn compare(
        &self,
        context: &mut Context<'_>,
        op: CompareOp,
        other: &Value,
    ) -> Result<Option<Value>> {
        Ok(None)
    }

    /// The signature and code behind `x(…)`; `None` when it cannot be called.
    fn callable(&self) -> Option<Rc<NativeFunction>> {
        None
    }

    /// Whether [`callable`](Self::callable) gives something.
    fn is_callable(&self) -> bool {
        self.callable().is_some()
    }

    /// `len(x)`.
    ///
    /// # Errors
    /// Whatever counting may raise.
    fn length(&self, context: &mut Context<'_>) -> Result<Option<usize>> {
        Ok(None)
    }

    /// `for item in x`, unpacking, `list(x)`.
    ///
    /// # Errors
    /// When the object refuses to be iterated for a reason of its own.
    fn iterate(&self, context: &mut Context<'_>) -> Result<Option<Box<dyn NativeIterator>>> {
        Ok(None)
    }

    /// `item in x`; with `None` the items are compared one by one.
    ///
    /// # Errors
    /// Whatever the search may raise.
    fn contains(&self, context: &mut Context<'_>, item: &Value) -> Result<Option<bool>> {
        Ok(None)
    }

    /// Entering `with x as y`: the value bound to `y`. `None` when `with` does not apply. `this` is
    /// the object itself, for managers that return themselves.
    ///
    /// # Errors
    /// Whatever entering may raise.
    fn enter(&self, context: &mut Context<'_>, this: &Value) -> Result<Option<Value>> {
        Ok(None)
    }

    /// Leaving `with`; `error` is what ended the block, if anything. `true` swallows the error
    /// (never an exceeded limit).
    ///
    /// # Errors
    /// Whatever leaving may raise.
    fn exit(&self, context: &mut Context<'_>, error: Option<&Error>) -> Result<bool> {
        Ok(false)
    }
}
