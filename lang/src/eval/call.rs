//! Calls: arguments evaluated, bound and handed to user functions, natives and classes.

use std::cell::OnceCell;
use std::rc::Rc;

use super::{ActiveCall, Flow, Frame, Machine};
use crate::builtin;
use crate::error::{Error, Result};
use crate::source::Span;
use crate::syntax::{Call, ExprKind};
use crate::value::{Arguments, CallArguments, Function, NativeFunction, Value, bind_arguments};

/// Typical size of an object of the host with what it refers to, such as a signal or a pattern;
/// measured.
const OBJECT_BYTES: u64 = 256;

impl Machine {
    /// Evaluates a call expression.
    pub(super) fn eval_call(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        span: Span,
    ) -> Result<Value> {
        // A method call needs no bound-method object.
        if let ExprKind::Attribute(owner, name, name_span) = &call.function.kind {
            let receiver = self.eval(frame, owner)?;
            if let Some(method) = builtin::method(&receiver, name) {
                let arguments = self.arguments(frame, call)?;
                return self
                    .call_native(&method, Some(receiver), arguments, span)
                    .map_err(|e| self.blame_argument(e, &method, call));
            }
            let function = self
                .context(*name_span)
                .attribute(&receiver, name)
                .map_err(|e| e.at(*name_span))?;
            return self.finish_call(frame, &function, call, span);
        }
        let function = self.eval(frame, &call.function)?;
        self.finish_call(frame, &function, call, span)
    }

    fn finish_call(
        &mut self,
        frame: &mut Frame,
        function: &Value,
        call: &Call,
        span: Span,
    ) -> Result<Value> {
        let arguments = self.arguments(frame, call)?;
        match function {
            Value::Function(f) => self.call_function(f, arguments, span).map_err(|e| {
                self.blame(e, call, |name| {
                    f.code.parameters.iter().position(|p| &*p.name == name)
                })
            }),
            Value::NativeFunction(f) => self
                .call_native(f, None, arguments, span)
                .map_err(|e| self.blame_argument(e, f, call)),
            Value::Method(m) => self
                .call_native(&m.function, Some(m.receiver.clone()), arguments, span)
                .map_err(|e| self.blame_argument(e, &m.function, call)),
            Value::Type(t) => match builtin::constructor(*t) {
                Some(f) => self
                    .call_native(&f, None, arguments, span)
                    .map_err(|e| self.blame_argument(e, &f, call)),
                None => self.call(function, arguments, span),
            },
            Value::Native(object) => match object.callable() {
                Some(f) => self
                    .call_native(&f, Some(function.clone()), arguments, span)
                    .map_err(|e| self.blame_argument(e, &f, call)),
                None => self.call(function, arguments, span),
            },
            _ => self
                .call(function, arguments, span)
                .map_err(|e| e.at(call.function.span)),
        }
    }

    fn arguments(&mut self, frame: &mut Frame, call: &Call) -> Result<CallArguments> {
        let mut positional = Vec::with_capacity(call.positional.len());
        for element in &call.positional {
            let value = self.eval(frame, &element.value)?;
            if element.starred {
                let items = self
                    .context(element.value.span)
                    .collect(&value)
                    .map_err(|e| e.at(element.value.span))?;
                positional.extend(items);
            } else {
                positional.push(value);
            }
        }
        let mut keywords = Vec::with_capacity(call.keywords.len());
        for (name, expr, span) in &call.keywords {
            let value = self.eval(frame, expr)?;
            match name {
                Some(name) => keywords.push((Rc::clone(name), value)),
                None => spread_keywords(&value, &mut keywords).map_err(|e| e.at(*span))?,
            }
        }
        Ok(CallArguments {
            positional,
            keywords,
        })
    }

    /// Calls any value.
    pub(crate) fn call(
        &mut self,
        function: &Value,
        arguments: CallArguments,
        site: Span,
    ) -> Result<Value> {
        match function {
            Value::Function(f) => self.call_function(f, arguments, site),
            Value::NativeFunction(f) => self.call_native(f, None, arguments, site),
            Value::Method(m) => {
                self.call_native(&m.function, Some(m.receiver.clone()), arguments, site)
            }
            Value::Type(t) => match builtin::constructor(*t) {
                Some(f) => self.call_native(&f, None, arguments, site),
                None => builtin::construct_exception(*t, arguments),
            },
            Value::Native(object) => match object.callable() {
                Some(f) => self.call_native(&f, Some(function.clone()), arguments, site),
                None => Err(not_callable(function)),
            },
            _ => Err(not_callable(function)),
        }
    }

    pub(super) fn call_native(
        &mut self,
        function: &Rc<NativeFunction>,
        receiver: Option<Value>,
        arguments: CallArguments,
        site: Span,
    ) -> Result<Value> {
        self.meter.step()?;
        self.check_stack()?;
        let parameters = function.signature().parameters();
        let values = bind_arguments(function.name(), parameters, arguments, |i| {
            parameters[i].default.clone()
        })?;
        let arguments = Arguments {
            function: Rc::clone(function),
            receiver,
            values,
        };
        let result = function.invoke(&mut self.context(site), &arguments)?;
        self.charge_object(&result)?;
        Ok(result)
    }

    /// Charges what a host function or operator may have made.
    pub(crate) fn charge_object(&mut self, made: &Value) -> Result<()> {
        match made {
            Value::Native(_) => self.meter.memory(OBJECT_BYTES),
            _ => Ok(()),
        }
    }

    pub(crate) fn call_function(
        &mut self,
        function: &Rc<Function>,
        arguments: CallArguments,
        site: Span,
    ) -> Result<Value> {
        self.meter.step()?;
        if self.calls.len() >= self.meter.limits.depth as usize {
            return Err(self.too_deep(function));
        }
        self.check_stack()?;
        let code = &function.code;
        let locals = bind_arguments(&code.name, &code.parameters, arguments, |i| {
            function.defaults[i].clone()
        })
        .map_err(|e| e.with_secondary(code.span, "defined here"))?;
        let mut frame = self.frame(&code.frame, locals, &function.closure);
        self.calls.push(ActiveCall {
            code: Rc::clone(code),
            site,
            path: OnceCell::new(),
        });
        let result = self.block(&mut frame, &code.body);
        self.calls.pop();
        match result {
            Ok(Flow::Return(value)) => Ok(value),
            Ok(_) => Ok(Value::None),
            Err(mut error) => {
                error.unwind(&code.name, Some(site));
                Err(error)
            }
        }
    }

    #[cold]
    fn too_deep(&self, function: &Function) -> Error {
        let name = function.name();
        let same = self.calls.iter().filter(|c| c.code.name == *name).count();
        Error::limit(
            format!(
                "`{name}` is {same} calls deep in itself; functions may nest {} deep",
                self.meter.limits.depth
            ),
            format!("`{name}` called again here"),
            "a recursive function needs a condition under which it returns without calling itself",
        )
    }

    /// Puts the caret under the argument the error is about.
    fn blame_argument(&self, error: Error, function: &NativeFunction, call: &Call) -> Error {
        self.blame(error, call, |name| function.signature().position(name))
    }

    fn blame(&self, error: Error, call: &Call, position: impl Fn(&str) -> Option<usize>) -> Error {
        match blamed(&error, call, position) {
            Some(span) => error.at_blamed(span, &self.sources),
            None => error,
        }
    }
}

fn not_callable(value: &Value) -> Error {
    let error = Error::type_error(format!("'{}' object is not callable", value.type_name()));
    match value {
        Value::Module(m) => error.with_help(format!(
            "`{}` is a module: call one of its functions",
            m.name()
        )),
        _ => error,
    }
}

/// The span of the argument that an error is about.
fn blamed(error: &Error, call: &Call, position: impl Fn(&str) -> Option<usize>) -> Option<Span> {
    let (parameter, item) = error.argument()?;
    let named = call
        .keywords
        .iter()
        .find(|(n, _, _)| n.as_deref() == Some(parameter));
    if let Some((_, _, span)) = named {
        return Some(*span);
    }
    let index = position(parameter)? + item;
    let plain = call.positional.iter().take(index + 1).all(|e| !e.starred);
    let argument = call.positional.get(index).filter(|_| plain)?;
    Some(argument.value.span)
}

fn spread_keywords(value: &Value, keywords: &mut Vec<(Rc<str>, Value)>) -> Result<()> {
    let Value::Dict(dict) = value else {
        return Err(Error::type_error(format!(
            "argument after ** must be a mapping, not {}",
            value.type_name()
        )));
    };
    for (key, value) in dict.entries() {
        let Value::Str(name) = key else {
            return Err(Error::type_error("keywords must be strings"));
        };
        if keywords.iter().any(|(n, _)| *n == name) {
            return Err(Error::type_error(format!(
                "got multiple values for keyword argument '{name}'"
            )));
        }
        keywords.push((name, value));
    }
    Ok(())
}
