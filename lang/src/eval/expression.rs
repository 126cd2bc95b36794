//! Evaluation of expressions.

use std::rc::Rc;

use super::{Frame, Machine};
use crate::error::{Error, Result};
use crate::suggest;
use crate::syntax::{
    Comparison, Conversion, Definition, Element, Expr, ExprKind, FormatPart, Slot, UnaryKind,
};
use crate::value::{
    BinaryOp, CompareOp, Dict, ExceptionKind, Function, Set, Slice, UnaryOp, Value,
};

impl Machine {
    /// The value of an expression; errors get its span unless they have a more precise one.
    pub(super) fn eval(&mut self, frame: &mut Frame, expr: &Expr) -> Result<Value> {
        match &expr.kind {
            ExprKind::Constant(value) => Ok(value.clone()),
            ExprKind::Name(Slot::Local(slot)) => match &frame.locals[*slot as usize] {
                Some(value) => Ok(value.clone()),
                None => Err(self.unbound(expr)),
            },
            ExprKind::Name(slot) => self.load(frame, *slot).ok_or_else(|| match slot {
                Slot::Global(_) => self.undefined(expr),
                _ => self.unbound(expr),
            }),
            ExprKind::Binary(op, operands) => {
                let left = self.eval(frame, &operands.0)?;
                let right = self.eval(frame, &operands.1)?;
                self.arithmetic(*op, &left, &right, expr).map_err(|e| {
                    if e.blames_right_operand() {
                        e.at_blamed(operands.1.span, &self.sources)
                    } else {
                        e.at(expr.span)
                    }
                })
            }
            _ => self.eval_other(frame, expr).map_err(|e| e.at(expr.span)),
        }
    }

    /// Arithmetic, the frequent cases of it in place.
    fn arithmetic(
        &mut self,
        op: BinaryOp,
        left: &Value,
        right: &Value,
        expr: &Expr,
    ) -> Result<Value> {
        if let (Value::Float(a), Value::Float(b)) = (left, right) {
            match op {
                BinaryOp::Add => return Ok(Value::Float(a + b)),
                BinaryOp::Sub => return Ok(Value::Float(a - b)),
                BinaryOp::Mul => return Ok(Value::Float(a * b)),
                _ => {}
            }
        }
        self.context(expr.span).binary(op, left, right)
    }

    fn load(&self, frame: &Frame, slot: Slot) -> Option<Value> {
        match slot {
            Slot::Local(i) => frame.locals[i as usize].clone(),
            Slot::Cell(i) => frame.cells[i as usize].get(),
            Slot::Global(i) => {
                let i = i as usize;
                self.globals[i]
                    .clone()
                    .or_else(|| self.fallbacks[i].clone())
            }
        }
    }

    fn eval_other(&mut self, frame: &mut Frame, expr: &Expr) -> Result<Value> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Constant(_) | ExprKind::Name(_) | ExprKind::Binary(..) => {
                self.eval(frame, expr)
            }
            ExprKind::Call(call) => self.eval_call(frame, call, span),
            ExprKind::Attribute(owner, name, name_span) => {
                let owner = self.eval(frame, owner)?;
                self.context(span)
                    .attribute(&owner, name)
                    .map_err(|e| e.at(*name_span))
            }
            ExprKind::Subscript(parts) => {
                let owner = self.eval(frame, &parts.0)?;
                let key = self.eval(frame, &parts.1)?;
                self.context(span).item(&owner, &key)
            }
            ExprKind::Unary(UnaryKind::Not, operand) => {
                let value = self.eval(frame, operand)?;
                let truth = self
                    .context(operand.span)
                    .truth(&value)
                    .map_err(|e| e.at(operand.span))?;
                Ok(Value::Bool(!truth))
            }
            ExprKind::Unary(kind, operand) => {
                let value = self.eval(frame, operand)?;
                let op = match kind {
                    UnaryKind::Neg => UnaryOp::Neg,
                    UnaryKind::Invert => UnaryOp::Invert,
                    UnaryKind::Pos | UnaryKind::Not => UnaryOp::Pos,
                };
                self.context(span).unary(op, &value)
            }
            ExprKind::And(values) | ExprKind::Or(values) => {
                let stop = matches!(expr.kind, ExprKind::Or(_));
                let mut result = Value::None;
                for (i, part) in values.iter().enumerate() {
                    result = self.eval(frame, part)?;
                    if i + 1 < values.len() && self.test(&result, part)? == stop {
                        break;
                    }
                }
                Ok(result)
            }
            ExprKind::Compare(first, rest) => self.eval_compare(frame, first, rest, expr),
            ExprKind::Conditional(parts) => {
                let value = self.eval(frame, &parts.0)?;
                let branch = if self.test(&value, &parts.0)? {
                    &parts.1
                } else {
                    &parts.2
                };
                self.eval(frame, branch)
            }
            ExprKind::List(elements) => Ok(Value::list(self.elements(frame, elements)?)),
            ExprKind::Tuple(elements) => Ok(Value::tuple(self.elements(frame, elements)?)),
            ExprKind::Set(elements) => {
                let items = self.elements(frame, elements)?;
                let keys = self.context(span).keys(items)?;
                Ok(Value::Set(Rc::new(Set::new(keys))))
            }
            ExprKind::Dict(entries) => self.eval_dict(frame, entries),
            ExprKind::Format(parts) => Ok(Value::Str(self.format(frame, parts)?.into())),
            ExprKind::Lambda(definition) => self.function(frame, definition),
            ExprKind::Comprehension(collect, code) => self.comprehension(frame, *collect, code),
            ExprKind::Slice(parts) => {
                let mut part = |e: &Option<Expr>| match e {
                    Some(e) => self.eval(frame, e),
                    None => Ok(Value::None),
                };
                let (start, stop, step) = (part(&parts[0])?, part(&parts[1])?, part(&parts[2])?);
                Ok(Value::Slice(Rc::new(Slice { start, stop, step })))
            }
            ExprKind::Walrus(slot, value) => {
                let value = self.eval(frame, value)?;
                self.store(frame, *slot, Some(value.clone()));
                Ok(value)
            }
        }
    }

    /// The truth of a value computed by `expr`.
    pub(super) fn test(&mut self, value: &Value, expr: &Expr) -> Result<bool> {
        match value {
            Value::Bool(b) => Ok(*b),
            _ => self
                .context(expr.span)
                .truth(value)
                .map_err(|e| e.at(expr.span)),
        }
    }

    fn eval_compare(
        &mut self,
        frame: &mut Frame,
        first: &Expr,
        rest: &[(Comparison, Expr)],
        expr: &Expr,
    ) -> Result<Value> {
        let mut left = self.eval(frame, first)?;
        let mut result = Value::Bool(true);
        for (i, (comparison, right)) in rest.iter().enumerate() {
            let right = self.eval(frame, right)?;
            if i > 0 && !self.test(&result, expr)? {
                return Ok(result);
            }
            let mut context = self.context(expr.span);
            result = match comparison {
                Comparison::Value(op) => match (&left, &right) {
                    (Value::Int(a), Value::Int(b)) => Value::Bool(match op {
                        CompareOp::Eq => a == b,
                        CompareOp::Ne => a != b,
                        CompareOp::Lt => a < b,
                        CompareOp::Le => a <= b,
                        CompareOp::Gt => a > b,
                        CompareOp::Ge => a >= b,
                    }),
                    _ => context.compare(*op, &left, &right)?,
                },
                Comparison::Is => Value::Bool(left.is_same(&right)),
                Comparison::IsNot => Value::Bool(!left.is_same(&right)),
                Comparison::In => Value::Bool(context.contains(&right, &left)?),
                Comparison::NotIn => Value::Bool(!context.contains(&right, &left)?),
            };
            left = right;
        }
        Ok(result)
    }

    fn elements(&mut self, frame: &mut Frame, elements: &[Element]) -> Result<Vec<Value>> {
        self.meter
            .memory((elements.len() * size_of::<Value>()) as u64)?;
        let mut items = Vec::with_capacity(elements.len());
        for element in elements {
            let value = self.eval(frame, &element.value)?;
            if element.starred {
                let span = element.value.span;
                items.extend(self.context(span).collect(&value).map_err(|e| e.at(span))?);
            } else {
                items.push(value);
            }
        }
        Ok(items)
    }

    fn eval_dict(&mut self, frame: &mut Frame, entries: &[(Option<Expr>, Expr)]) -> Result<Value> {
        let dict = Dict::default();
        for (key, value) in entries {
            match key {
                Some(key_expr) => {
                    let key = self.eval(frame, key_expr)?;
                    let value = self.eval(frame, value)?;
                    let mut context = self.context(key_expr.span);
                    let key = context.key(&key).map_err(|e| e.at(key_expr.span))?;
                    context.charge_items(3)?;
                    dict.map_mut().insert(key, value);
                }
                None => {
                    let span = value.span;
                    let Value::Dict(other) = self.eval(frame, value)? else {
                        return Err(Error::type_error("`**` needs a dict").at(span));
                    };
                    self.context(span).charge_items(other.len() * 3)?;
                    let entries: Vec<_> = other
                        .map()
                        .iter()
                        .map(|(k, v)| (k.clone(), v.clone()))
                        .collect();
                    dict.map_mut().extend(entries);
                }
            }
        }
        Ok(Value::Dict(Rc::new(dict)))
    }

    fn format(&mut self, frame: &mut Frame, parts: &[FormatPart]) -> Result<String> {
        let mut out = String::new();
        for part in parts {
            match part {
                FormatPart::Text(text) => out.push_str(text),
                FormatPart::Value {
                    value,
                    conversion,
                    spec,
                } => {
                    let span = value.span;
                    let mut shown = self.eval(frame, value)?;
                    let spec = self.format(frame, spec)?;
                    let mut context = self.context(span);
                    shown = match conversion {
                        Conversion::None => shown,
                        Conversion::Str => Value::from(context.str(&shown)?),
                        Conversion::Repr => Value::from(context.repr(&shown)?),
                        Conversion::Ascii => {
                            Value::from(crate::value::text::ascii_of(&context.repr(&shown)?))
                        }
                    };
                    out.push_str(&context.format(&shown, &spec).map_err(|e| e.at(span))?);
                }
            }
        }
        self.meter.memory(out.len() as u64)?;
        Ok(out)
    }

    /// Makes a function value: defaults and captured variables as they are now.
    pub(super) fn function(&mut self, frame: &mut Frame, definition: &Definition) -> Result<Value> {
        let mut defaults = Vec::with_capacity(definition.defaults.len());
        for default in &definition.defaults {
            defaults.push(match default {
                Some(expr) => Some(self.eval(frame, expr)?),
                None => None,
            });
        }
        self.meter.memory(128)?;
        let closure = definition
            .captures
            .iter()
            .map(|i| Rc::clone(&frame.cells[*i as usize]))
            .collect();
        let code = Rc::clone(&definition.code);
        Ok(Value::Function(Rc::new(Function {
            code,
            defaults,
            closure,
        })))
    }

    #[cold]
    fn unbound(&self, expr: &Expr) -> Error {
        let name = self.sources.text(expr.span);
        Error::new(
            ExceptionKind::UnboundLocalError,
            format!("cannot access local variable '{name}' where it is not associated with a value"),
        )
        .with_help(format!(
            "`{name}` is assigned in this function, so it is local; assign it before this line, or declare `global {name}` or `nonlocal {name}`"
        ))
        .at(expr.span)
    }

    #[cold]
    fn undefined(&self, expr: &Expr) -> Error {
        let name = self.sources.text(expr.span);
        let mut error = Error::new(
            ExceptionKind::NameError,
            format!("name '{name}' is not defined"),
        )
        .at(expr.span);
        if let Some(reason) = crate::builtin::refused(name) {
            return error.with_help(reason);
        }
        let bound = self
            .global_names
            .iter()
            .zip(&self.globals)
            .filter(|(_, v)| v.is_some());
        let builtins = crate::builtin::names();
        let names = bound
            .map(|(n, _)| &**n)
            .chain(self.calls.last().into_iter().flat_map(|c| {
                c.code
                    .frame
                    .locals
                    .iter()
                    .chain(&c.code.frame.cells)
                    .map(|n| &**n)
            }))
            .chain(self.host_globals.keys().map(|n| &**n))
            .chain(builtins.iter().map(String::as_str));
        if let Some(help) = suggest::did_you_mean(name, names) {
            error = error.with_help(help);
        } else if let Some(module) = self
            .modules
            .values()
            .filter(|m| m.get(name).is_some())
            .min_by_key(|m| m.name().clone())
        {
            error = error.with_help(format!(
                "`{name}` is in module `{0}`: write `from {0} import {name}`",
                module.name()
            ));
        } else if self.modules.contains_key(name) {
            error = error.with_help(format!("write `import {name}` first"));
        }
        error
    }
}
