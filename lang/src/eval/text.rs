//! `repr` and `str` of any value.

use std::rc::Rc;

use super::Context;
use crate::error::{Error, Result};
use crate::value::{ExceptionKind, Value, ViewKind, brief, text};

/// Lists inside each other that are still shown; the search for cycles is quadratic in it.
const MAX_REPR_DEPTH: usize = 1000;

impl Context<'_> {
    /// `str(value)`.
    ///
    /// # Errors
    /// When the text exceeds the memory limit or is nested too deeply.
    pub fn str(&mut self, value: &Value) -> Result<String> {
        match value {
            Value::Str(text) => Ok(text.to_string()),
            Value::Exception(e) => match e.args.as_slice() {
                [] => Ok(String::new()),
                [Value::Str(_)] => Ok(e.message()),
                [one] if e.kind == ExceptionKind::KeyError => self.repr(one),
                [one] => self.str(one),
                many => self.repr(&Value::tuple(many.to_vec())),
            },
            _ => self.repr(value),
        }
    }

    /// `repr(value)`.
    ///
    /// # Errors
    /// When the text exceeds the memory limit or is nested too deeply.
    pub fn repr(&mut self, value: &Value) -> Result<String> {
        let mut out = String::new();
        let mut open = Vec::new();
        self.write_repr(value, &mut out, &mut open)?;
        Ok(out)
    }

    /// `open` holds the addresses of the containers being written, so that cycles end in `[...]`.
    fn write_repr(&mut self, value: &Value, out: &mut String, open: &mut Vec<usize>) -> Result<()> {
        let before = out.len();
        if open.len() > MAX_REPR_DEPTH {
            return Err(Error::new(
                ExceptionKind::RecursionError,
                "maximum recursion depth exceeded while getting the repr of an object",
            ));
        }
        match value {
            Value::List(list) => {
                let address = Rc::as_ptr(list) as usize;
                if open.contains(&address) {
                    out.push_str("[...]");
                    return Ok(());
                }
                let items = list.items().clone();
                open.push(address);
                out.push('[');
                self.write_items(&items, out, open)?;
                out.push(']');
                open.pop();
            }
            Value::Tuple(tuple) => {
                out.push('(');
                self.write_items(tuple.items(), out, open)?;
                out.push_str(if tuple.items().len() == 1 { ",)" } else { ")" });
            }
            Value::Set(set) => {
                let members = set.members();
                if members.is_empty() {
                    out.push_str("set()");
                } else {
                    out.push('{');
                    self.write_items(&members, out, open)?;
                    out.push('}');
                }
            }
            Value::Dict(dict) => {
                let address = Rc::as_ptr(dict) as usize;
                if open.contains(&address) {
                    out.push_str("{...}");
                    return Ok(());
                }
                open.push(address);
                out.push('{');
                for (i, (key, value)) in dict.entries().into_iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    self.write_repr(&key, out, open)?;
                    out.push_str(": ");
                    self.write_repr(&value, out, open)?;
                }
                out.push('}');
                open.pop();
            }
            Value::View(view) => {
                out.push_str(view.kind().name());
                out.push_str("([");
                let mut items = Vec::with_capacity(view.dict.len());
                while let Some(item) = view.get(items.len()) {
                    items.push(item);
                }
                self.write_items(&items, out, open)?;
                out.push_str("])");
                debug_assert!(matches!(
                    view.part,
                    ViewKind::Keys | ViewKind::Values | ViewKind::Items
                ));
            }
            Value::Str(text) => out.push_str(&text::repr(text)),
            Value::Range(r) => {
                out.push_str(&if r.step == 1 {
                    format!("range({}, {})", r.start, r.stop)
                } else {
                    format!("range({}, {}, {})", r.start, r.stop, r.step)
                });
            }
            Value::Slice(s) => {
                out.push_str("slice(");
                self.write_items(
                    &[s.start.clone(), s.stop.clone(), s.step.clone()],
                    out,
                    open,
                )?;
                out.push(')');
            }
            Value::Exception(e) => {
                out.push_str(e.kind.name());
                out.push('(');
                self.write_items(&e.args, out, open)?;
                out.push(')');
            }
            Value::Function(f) => out.push_str(&format!("<function {}>", f.name())),
            Value::NativeFunction(f) => out.push_str(&format!("<built-in function {}>", f.name())),
            Value::Method(m) => out.push_str(&format!(
                "<built-in method {} of {} object>",
                m.function.name(),
                m.receiver.type_name()
            )),
            Value::Module(m) => out.push_str(&format!("<module '{}'>", m.name())),
            Value::Type(t) => out.push_str(&format!("<class '{}'>", t.name())),
            Value::Ellipsis => out.push_str("Ellipsis"),
            Value::Iterator(i) => out.push_str(&format!("<{} object>", i.kind().name())),
            Value::Native(object) => out.push_str(&object.repr()),
            Value::BigInt(b) => {
                // Conversion to decimal is quadratic.
                self.charge_steps(b.bits() / 64 * (b.bits() / 4096 + 1))?;
                out.push_str(&b.to_string());
            }
            scalar => out.push_str(&brief(scalar)),
        }
        self.charge_memory((out.len() - before) as u64)
    }

    fn write_items(
        &mut self,
        items: &[Value],
        out: &mut String,
        open: &mut Vec<usize>,
    ) -> Result<()> {
        self.machine.check_stack()?;
        self.charge_steps(items.len() as u64)?;
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            self.write_repr(item, out, open)?;
        }
        Ok(())
    }
}
