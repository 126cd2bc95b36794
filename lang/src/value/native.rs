//! Functions implemented in Rust.
//!
//! A [`NativeFunction`] has a [`Signature`], so binding, arity errors and help texts are uniform,
//! and a closure that receives a [`Context`] and the bound [`Arguments`]. The typed accessors of
//! `Arguments` give errors that name the function and the parameter and put the caret under the
//! argument itself.

use std::fmt;
use std::rc::Rc;

use super::{Dict, Signature, Value};
use crate::error::{Error, Result};
use crate::eval::Context;

type Implementation = dyn Fn(&mut Context<'_>, &Arguments) -> Result<Value>;

/// A function of the host.
pub struct NativeFunction {
    name: Rc<str>,
    signature: Signature,
    doc: &'static str,
    implementation: Box<Implementation>,
}

impl NativeFunction {
    /// A function; `name` is used in messages.
    pub fn new(
        name: impl Into<Rc<str>>,
        signature: Signature,
        implementation: impl Fn(&mut Context<'_>, &Arguments) -> Result<Value> + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            signature,
            doc: "",
            implementation: Box::new(implementation),
        }
    }

    /// Adds a one-line description, for listings and help.
    #[must_use]
    pub fn with_doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Rc<str> {
        &self.name
    }

    /// Its parameters.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Its description; may be empty.
    #[must_use]
    pub fn doc(&self) -> &'static str {
        self.doc
    }

    pub(crate) fn invoke(&self, context: &mut Context<'_>, arguments: &Arguments) -> Result<Value> {
        (self.implementation)(context, arguments)
    }
}

impl fmt::Debug for NativeFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.signature.display(&self.name))
    }
}

/// A native method together with the object it was taken from.
#[derive(Debug)]
pub struct BoundMethod {
    /// The object.
    pub receiver: Value,
    /// The method.
    pub function: Rc<NativeFunction>,
}

/// Arguments of one native call, bound to the parameters of its signature.
pub struct Arguments {
    pub(crate) function: Rc<NativeFunction>,
    pub(crate) receiver: Option<Value>,
    pub(crate) values: Vec<Option<Value>>,
}

impl Arguments {
    /// The name of the called function.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function.name
    }

    /// The object a method was called on; `None` for plain functions.
    #[must_use]
    pub fn receiver(&self) -> &Value {
        self.receiver.as_ref().unwrap_or(&Value::None)
    }

    /// The object a method was called on, as a `T`.
    ///
    /// # Errors
    /// TypeError when it is something else (the method table of another type was used).
    pub fn receiver_as<T: 'static>(&self) -> Result<&T> {
        self.receiver().downcast().ok_or_else(|| {
            Error::type_error(format!(
                "{}() does not apply to '{}'",
                self.function.name,
                self.receiver().type_name()
            ))
        })
    }

    /// The argument at a parameter's position; `None` when it is optional without default.
    #[must_use]
    pub fn at(&self, position: usize) -> &Value {
        self.values
            .get(position)
            .and_then(Option::as_ref)
            .unwrap_or(&Value::None)
    }

    /// The argument of a parameter, `None` for a parameter the signature does not have.
    #[must_use]
    pub fn get(&self, name: &str) -> &Value {
        self.function
            .signature
            .position(name)
            .map_or(&Value::None, |i| self.at(i))
    }

    /// Whether the argument is something else than `None`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        !matches!(self.get(name), Value::None)
    }

    /// The error for an argument of the wrong type: `square() argument 'duty' must be …, not 'str'`.
    #[must_use]
    pub fn wrong_type(&self, name: &str, expected: &str) -> Error {
        Error::type_error(format!(
            "{}() argument '{name}' must be {expected}, not '{}'",
            self.function.name,
            self.get(name).type_name()
        ))
        .about_argument(name)
        .with_help(format!(
            "signature: {}",
            self.function.signature.display(&self.function.name)
        ))
    }

    /// The error for an argument of the right type and an impossible value.
    #[must_use]
    pub fn wrong_value(&self, name: &str, message: impl fmt::Display) -> Error {
        Error::value_error(format!(
            "{}() argument '{name}' {message}",
            self.function.name
        ))
        .about_argument(name)
    }

    /// A number as a float.
    ///
    /// # Errors
    /// TypeError when it is not a number.
    pub fn f64(&self, name: &str) -> Result<f64> {
        self.get(name)
            .as_f64()
            .ok_or_else(|| self.wrong_type(name, "a number"))
    }

    /// A number as a float, or nothing for `None`.
    ///
    /// # Errors
    /// TypeError when it is neither.
    pub fn optional_f64(&self, name: &str) -> Result<Option<f64>> {
        if self.has(name) {
            self.f64(name).map(Some)
        } else {
            Ok(None)
        }
    }

    /// An integer (bools count as 0 and 1; floats do not).
    ///
    /// # Errors
    /// TypeError when it is not an integer, or needs more than 64 bits.
    pub fn i64(&self, name: &str) -> Result<i64> {
        self.get(name)
            .as_i64()
            .ok_or_else(|| self.wrong_type(name, "an integer"))
    }

    /// An integer, or nothing for `None`.
    ///
    /// # Errors
    /// TypeError when it is neither.
    pub fn optional_i64(&self, name: &str) -> Result<Option<i64>> {
        if self.has(name) {
            self.i64(name).map(Some)
        } else {
            Ok(None)
        }
    }

    /// An integer of at least 0.
    ///
    /// # Errors
    /// TypeError when it is not an integer, ValueError when it is negative.
    pub fn usize(&self, name: &str) -> Result<usize> {
        let value = self.i64(name)?;
        usize::try_from(value).map_err(|_| {
            self.wrong_value(name, format_args!("must not be negative, but is {value}"))
        })
    }

    /// A bool.
    ///
    /// # Errors
    /// TypeError when it is not a bool or an integer.
    pub fn bool(&self, name: &str) -> Result<bool> {
        match self.get(name) {
            Value::Bool(b) => Ok(*b),
            Value::Int(i) => Ok(*i != 0),
            _ => Err(self.wrong_type(name, "True or False")),
        }
    }

    /// Text.
    ///
    /// # Errors
    /// TypeError when it is not a string.
    pub fn str(&self, name: &str) -> Result<&str> {
        self.get(name)
            .as_str()
            .ok_or_else(|| self.wrong_type(name, "a string"))
    }

    /// Text, or nothing for `None`.
    ///
    /// # Errors
    /// TypeError when it is neither.
    pub fn optional_str(&self, name: &str) -> Result<Option<&str>> {
        if self.has(name) {
            self.str(name).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Something that can be called.
    ///
    /// # Errors
    /// TypeError when it cannot be called.
    pub fn callable(&self, name: &str) -> Result<&Value> {
        let value = self.get(name);
        if value.is_callable() {
            Ok(value)
        } else {
            Err(self.wrong_type(name, "a function"))
        }
    }

    /// The items of a list or tuple.
    ///
    /// # Errors
    /// TypeError when it is neither.
    pub fn items(&self, name: &str) -> Result<Vec<Value>> {
        self.get(name)
            .as_items()
            .ok_or_else(|| self.wrong_type(name, "a list or tuple"))
    }

    /// A host object of type `T`; `expected` names it in the message (“a Signal”).
    ///
    /// # Errors
    /// TypeError when it is something else.
    pub fn native<T: 'static>(&self, name: &str, expected: &str) -> Result<&T> {
        self.get(name)
            .downcast()
            .ok_or_else(|| self.wrong_type(name, expected))
    }

    /// The items of `*name`.
    #[must_use]
    pub fn rest(&self, name: &str) -> &[Value] {
        match self.get(name) {
            Value::Tuple(tuple) => tuple.items(),
            _ => &[],
        }
    }

    /// The entries of `**name`, in the order given.
    #[must_use]
    pub fn keywords(&self, name: &str) -> Vec<(Rc<str>, Value)> {
        let entries = match self.get(name) {
            Value::Dict(dict) => Dict::entries(dict),
            _ => Vec::new(),
        };
        entries
            .into_iter()
            .filter_map(|(key, value)| match key {
                Value::Str(key) => Some((key, value)),
                _ => None,
            })
            .collect()
    }
}
