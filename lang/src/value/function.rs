//! Functions written in the patch.
//!
//! A function couples its code with evaluated defaults and captured variables. The host reads its
//! parameters to learn how many inputs a DSP function has.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Value, reclaim};
use crate::source::Span;
use crate::syntax::FunctionCode;

/// A variable shared between a function and the functions inside it.
#[derive(Debug, Default)]
pub(crate) struct Cell(RefCell<Option<Value>>);

/// Shared ownership of a captured variable.
pub(crate) type CellRef = Rc<Cell>;

impl Cell {
    pub(crate) fn get(&self) -> Option<Value> {
        self.0.borrow().clone()
    }

    pub(crate) fn set(&self, value: Option<Value>) {
        let old = self.0.replace(value);
        drop(old);
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        if let Some(value) = self.0.take() {
            reclaim::release(vec![value]);
        }
    }
}

/// How a parameter takes its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// By position only (before `/`).
    PositionalOnly,
    /// By position or by name.
    Standard,
    /// `*args`: all further positional arguments.
    Rest,
    /// By name only (after `*`).
    KeywordOnly,
    /// `**kwargs`: all further named arguments.
    Keywords,
}

/// What the host can know about one parameter.
#[derive(Clone, Debug)]
pub struct ParameterInfo {
    /// Its name.
    pub name: Rc<str>,
    /// How it takes its argument.
    pub kind: ParameterKind,
    /// Default value, evaluated when the function was defined.
    pub default: Option<Value>,
    /// The annotation as written; never evaluated.
    pub annotation: Option<Rc<str>>,
    /// Where the parameter is declared.
    pub span: Span,
}

/// A function, lambda or nested function of the patch.
#[derive(Debug)]
pub struct Function {
    pub(crate) code: Rc<FunctionCode>,
    pub(crate) defaults: Vec<Option<Value>>,
    pub(crate) closure: Vec<CellRef>,
}

impl Function {
    /// Its name; `<lambda>` for lambdas.
    #[must_use]
    pub fn name(&self) -> &Rc<str> {
        &self.code.name
    }

    /// The parameters in the order of declaration (`*args` and `**kwargs` included).
    #[must_use]
    pub fn parameters(&self) -> Vec<ParameterInfo> {
        let details = self
            .code
            .parameters
            .iter()
            .zip(&self.code.parameter_details);
        details
            .zip(&self.defaults)
            .map(|((p, d), default)| ParameterInfo {
                name: Rc::clone(&p.name),
                kind: p.kind,
                default: default.clone(),
                annotation: d.annotation.clone(),
                span: d.span,
            })
            .collect()
    }

    /// Where it is defined: the name in `def name`, the whole of a lambda.
    #[must_use]
    pub fn span(&self) -> Span {
        self.code.span
    }

    /// Whether its code contains a `return` with a value, so that a `None` result of a function
    /// without one can be explained: “add `return`”. Lambdas always return a value.
    #[must_use]
    pub fn returns_value(&self) -> bool {
        self.code.returns_value
    }

    /// The last statement of its body, where a missing `return` belongs.
    #[must_use]
    pub fn last_statement(&self) -> Span {
        self.code.last_statement
    }

    /// The docstring.
    #[must_use]
    pub fn doc(&self) -> Option<&str> {
        self.code.doc.as_deref()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let defaults = std::mem::take(&mut self.defaults);
        reclaim::release(defaults.into_iter().flatten().collect());
    }
}
