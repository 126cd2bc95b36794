//! `str.format`: replacement fields with positions, names, attributes, items, conversions, specs.

use std::rc::Rc;

use crate::error::{Error, Result};
use crate::eval::Context;
use crate::value::{Exception, ExceptionKind, Value, text};

/// Formats `template` with the given arguments.
pub(super) fn format(
    c: &mut Context<'_>,
    template: &str,
    positional: &[Value],
    named: &[(Rc<str>, Value)],
) -> Result<String> {
    Formatter {
        positional,
        named,
        next: 0,
    }
    .run(c, template, 2)
}

struct Formatter<'a> {
    positional: &'a [Value],
    named: &'a [(Rc<str>, Value)],
    next: usize,
}

impl Formatter<'_> {
    fn run(&mut self, c: &mut Context<'_>, template: &str, depth: u32) -> Result<String> {
        if depth == 0 {
            return Err(Error::value_error("Max string recursion exceeded"));
        }
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let (bracket, after) = rest[at..].split_at(1);
            if let Some(doubled) = after.strip_prefix(bracket) {
                out.push_str(bracket);
                rest = doubled;
                continue;
            }
            if bracket == "}" {
                return Err(Error::value_error(
                    "Single '}' encountered in format string",
                ));
            }
            let end = closing(after).ok_or_else(|| {
                Error::value_error(if after.is_empty() {
                    "Single '{' encountered in format string"
                } else {
                    "expected '}' before end of string"
                })
            })?;
            let text = self.field(c, &after[..end], depth)?;
            c.charge_memory(text.len() as u64)?;
            out.push_str(&text);
            rest = &after[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }

    fn field(&mut self, c: &mut Context<'_>, field: &str, depth: u32) -> Result<String> {
        let name_end = field.find([':', '!']).unwrap_or(field.len());
        let (name, mut rest) = field.split_at(name_end);
        let mut conversion = None;
        if let Some(after) = rest.strip_prefix('!') {
            conversion = after.chars().next();
            rest = after
                .get(conversion.map_or(0, char::len_utf8)..)
                .unwrap_or("");
        }
        let spec = rest.strip_prefix(':').unwrap_or("");
        let value = self.value(c, name)?;
        // Only a specification with fields of its own goes a level deeper.
        let spec = if spec.contains('{') {
            self.run(c, spec, depth - 1)?
        } else {
            spec.to_owned()
        };
        let value = match conversion {
            None => value,
            Some('s') => Value::from(c.str(&value)?),
            Some('r') => Value::from(c.repr(&value)?),
            Some('a') => Value::from(text::ascii_of(&c.repr(&value)?)),
            Some(other) => {
                return Err(Error::value_error(format!(
                    "Unknown conversion specifier {other}"
                )));
            }
        };
        c.format(&value, &spec)
    }

    fn value(&mut self, c: &mut Context<'_>, name: &str) -> Result<Value> {
        let root_end = name.find(['.', '[']).unwrap_or(name.len());
        let (root, mut path) = name.split_at(root_end);
        let mut value = if root.is_empty() || root.bytes().all(|b| b.is_ascii_digit()) {
            let index = if root.is_empty() {
                self.next += 1;
                self.next - 1
            } else {
                root.parse().unwrap_or(usize::MAX)
            };
            self.positional.get(index).cloned().ok_or_else(|| {
                Error::index_error(format!(
                    "Replacement index {index} out of range for positional args tuple"
                ))
            })?
        } else {
            let found = self.named.iter().find(|(n, _)| **n == *root);
            found.map(|(_, v)| v.clone()).ok_or_else(|| {
                Error::from_exception(Rc::new(Exception {
                    kind: ExceptionKind::KeyError,
                    args: vec![Value::from(root)],
                    help: Vec::new(),
                }))
            })?
        };
        while !path.is_empty() {
            if let Some(after) = path.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                value = c.attribute(&value, &after[..end])?;
                path = &after[end..];
            } else {
                let Some(end) = path.find(']') else {
                    return Err(Error::value_error("Missing ']' in format string"));
                };
                let key = &path[1..end];
                let key = key
                    .parse::<i64>()
                    .map_or_else(|_| Value::from(key), Value::Int);
                value = c.item(&value, &key)?;
                path = &path[end + 1..];
            }
        }
        Ok(value)
    }
}

/// The end of a field, nested fields in its specification skipped.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}
