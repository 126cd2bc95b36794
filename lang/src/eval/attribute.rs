//! Attributes: module items, methods, attributes of host objects and exceptions.

use std::rc::Rc;

use super::Context;
use crate::builtin;
use crate::error::{Error, Result};
use crate::value::{BoundMethod, NativeFunction, Value};

fn bind(receiver: &Value, function: Rc<NativeFunction>) -> Value {
    Value::Method(Rc::new(BoundMethod {
        receiver: receiver.clone(),
        function,
    }))
}

impl Context<'_> {
    /// `owner.name`.
    ///
    /// # Errors
    /// AttributeError with the nearest right name.
    pub fn attribute(&mut self, owner: &Value, name: &str) -> Result<Value> {
        match owner {
            Value::Module(module) => {
                if let Some(value) = module.get(name) {
                    return Ok(value);
                }
                if name == "__name__" {
                    return Ok(Value::Str(Rc::clone(module.name())));
                }
                if let Some(inner) = self
                    .machine
                    .modules
                    .get(format!("{}.{name}", module.name()).as_str())
                {
                    return Ok(inner.face());
                }
                Err(Error::attribute_error(
                    &format!("module '{}'", module.name()),
                    name,
                    module.names(),
                ))
            }
            Value::Native(object) => {
                if let Some(value) = object.attribute(self, name)? {
                    return Ok(value);
                }
                match object.method(name) {
                    Some(method) => Ok(bind(owner, method)),
                    None => Err(Error::attribute_error(
                        &format!("'{}' object", object.type_name()),
                        name,
                        object.attribute_names(),
                    )),
                }
            }
            Value::Exception(exception) if name == "args" => {
                Ok(Value::tuple(exception.args.clone()))
            }
            Value::Function(f) if name == "__name__" => Ok(Value::Str(Rc::clone(f.name()))),
            Value::Function(f) if name == "__doc__" => Ok(f.doc().map_or(Value::None, Value::from)),
            Value::NativeFunction(f) if name == "__name__" => Ok(Value::Str(Rc::clone(f.name()))),
            Value::Type(t) if name == "__name__" => Ok(Value::from(t.name())),
            Value::Range(r) if matches!(name, "start" | "stop" | "step") => {
                Ok(Value::Int(match name {
                    "start" => r.start,
                    "stop" => r.stop,
                    _ => r.step,
                }))
            }
            _ => match builtin::method(owner, name) {
                Some(method) => Ok(bind(owner, method)),
                None => Err(Error::attribute_error(
                    &match owner {
                        Value::Type(t) => format!("type object '{}'", t.name()),
                        owner => format!("'{}' object", owner.type_name()),
                    },
                    name,
                    builtin::method_names(owner).iter().map(String::as_str),
                )),
            },
        }
    }

    /// `owner.name = value`.
    ///
    /// # Errors
    /// AttributeError when the attribute cannot be set.
    pub fn set_attribute(&mut self, owner: &Value, name: &str, value: &Value) -> Result<()> {
        if let Value::Native(object) = owner {
            if object.set_attribute(self, name, value)? {
                return Ok(());
            }
            if object.attribute(self, name)?.is_some() {
                return Err(Error::new(
                    crate::value::ExceptionKind::AttributeError,
                    format!(
                        "attribute '{name}' of '{}' object is read-only",
                        object.type_name()
                    ),
                ));
            }
            return Err(Error::attribute_error(
                &format!("'{}' object", object.type_name()),
                name,
                object.attribute_names(),
            ));
        }
        Err(
            Error::attribute_error(&format!("'{}' object", owner.type_name()), name, []).with_help(
                "attributes of this object cannot be set; keep such values in variables or a dict",
            ),
        )
    }
}
