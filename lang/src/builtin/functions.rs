//! General built-in functions: output, inspection, text.

use super::Table;
use crate::error::{Error, Result};
use crate::eval::exact_size;
use crate::signature;
use crate::value::{ExceptionKind, Type, Value, text};

pub(super) fn add(t: &mut Table) {
    t.add(
        "print",
        signature!(*values, sep = " ", end = "\n", file = (), flush = false),
        |c, a| {
            let separator = a.optional_str("sep")?.unwrap_or(" ").to_owned();
            let end = a.optional_str("end")?.unwrap_or("\n").to_owned();
            let mut line = String::new();
            for (i, value) in a.rest("values").iter().enumerate() {
                if i > 0 {
                    line.push_str(&separator);
                }
                line.push_str(&c.str(value)?);
            }
            line.push_str(&end);
            c.print(&line)?;
            Ok(Value::None)
        },
    );
    t.add("len", signature!(obj, /), |c, a| {
        let value = a.at(0);
        let length = match value {
            Value::Native(object) => object.length(c)?,
            other => exact_size(other),
        };
        match length {
            Some(length) => Ok(Value::Int(length as i64)),
            None => Err(Error::type_error(format!(
                "object of type '{}' has no len()",
                value.type_name()
            ))
            .about_argument("obj")),
        }
    });
    t.add("repr", signature!(obj, /), |c, a| {
        c.repr(a.at(0)).map(Value::from)
    });
    t.add("ascii", signature!(obj, /), |c, a| {
        c.repr(a.at(0)).map(|r| Value::from(text::ascii_of(&r)))
    });
    t.add("format", signature!(value, format_spec = "", /), |c, a| {
        let spec = a.str("format_spec")?.to_owned();
        c.format(a.at(0), &spec).map(Value::from)
    });
    t.add("chr", signature!(i, /), |_, a| {
        let code = a.i64("i")?;
        u32::try_from(code)
            .ok()
            .and_then(char::from_u32)
            .map(|ch| Value::from(ch.to_string()))
            .ok_or_else(|| Error::value_error("chr() arg not in range(0x110000)"))
    });
    t.add("ord", signature!(c, /), |_, a| {
        let text = a.str("c")?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => Ok(Value::Int(i64::from(c as u32))),
            _ => Err(Error::type_error(format!(
                "ord() expected a character, but string of length {} found",
                text::length(text)
            ))),
        }
    });
    t.add("callable", signature!(obj, /), |_, a| {
        Ok(Value::Bool(a.at(0).is_callable()))
    });
    t.add("isinstance", signature!(obj, class_or_tuple, /), |_, a| {
        is_instance(a.at(0), a.at(1)).map(Value::Bool)
    });
    t.add(
        "issubclass",
        signature!(cls, class_or_tuple, /),
        |_, a| match a.at(0) {
            Value::Type(kind) => is_subclass(*kind, a.at(1)).map(Value::Bool),
            _ => Err(Error::type_error("issubclass() arg 1 must be a class")),
        },
    );
    t.add("hasattr", signature!(obj, name, /), |c, a| {
        match c.attribute(a.at(0), a.str("name")?) {
            Ok(_) => Ok(Value::Bool(true)),
            Err(e) if e.kind() == Some(ExceptionKind::AttributeError) => Ok(Value::Bool(false)),
            Err(e) => Err(e),
        }
    });
    t.add("getattr", signature!(obj, name, *default), |c, a| {
        match (c.attribute(a.at(0), a.str("name")?), a.rest("default")) {
            (Err(e), [default]) if e.kind() == Some(ExceptionKind::AttributeError) => {
                Ok(default.clone())
            }
            (_, [_, _, ..]) => Err(Error::type_error("getattr expected at most 3 arguments")),
            (result, _) => result,
        }
    });
    t.add("setattr", signature!(obj, name, value, /), |c, a| {
        c.set_attribute(a.at(0), a.str("name")?, a.at(2))?;
        Ok(Value::None)
    });
}

fn is_instance(value: &Value, class: &Value) -> Result<bool> {
    match (value.kind(), class) {
        (_, Value::Tuple(classes)) => {
            for class in classes.items() {
                if is_instance(value, class)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        (Some(kind), Value::Type(class)) => Ok(kind.is_a(*class)),
        (None, Value::Type(class)) => Ok(*class == Type::Object),
        // A host offers its classes as constructor functions named like the class.
        (None, Value::NativeFunction(f)) => Ok(**f.name() == *value.type_name()),
        (Some(_), Value::NativeFunction(_)) => Ok(false),
        _ => Err(Error::type_error(
            "isinstance() arg 2 must be a type, a tuple of types, or a union",
        )
        .about_argument("class_or_tuple")),
    }
}

fn is_subclass(kind: Type, class: &Value) -> Result<bool> {
    match class {
        Value::Type(class) => Ok(kind.is_a(*class)),
        Value::Tuple(classes) => {
            for class in classes.items() {
                if is_subclass(kind, class)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Err(Error::type_error(
            "issubclass() arg 2 must be a class, a tuple of classes, or a union",
        )),
    }
}
