//! Iteration: from a value to an [`Iter`], and its steps.

use std::rc::Rc;

use super::Context;
use crate::error::{Error, Result};
use crate::value::{Iter, Value};

/// The number of items, when it is known without iterating.
pub(crate) fn exact_size(value: &Value) -> Option<usize> {
    Some(match value {
        Value::List(l) => l.len(),
        Value::Tuple(t) => t.items().len(),
        Value::Dict(d) => d.len(),
        Value::Set(s) => s.len(),
        Value::View(v) => v.dict.len(),
        Value::Range(r) => usize::try_from(r.count()).unwrap_or(usize::MAX),
        Value::Str(s) => crate::value::text::length(s),
        _ => return None,
    })
}

impl Context<'_> {
    /// Starts iterating over a value.
    pub(crate) fn iterate(&mut self, value: &Value) -> Result<Iter> {
        Ok(match value {
            Value::List(l) => Iter::List(Rc::clone(l), 0),
            Value::Tuple(t) => Iter::Tuple(Rc::clone(t), 0),
            Value::Range(r) => Iter::Range {
                next: r.start,
                step: r.step,
                left: r.count(),
            },
            Value::Str(s) => Iter::Str(Rc::clone(s), 0),
            Value::Dict(d) => Iter::Dict(Rc::clone(d), 0, d.len()),
            Value::View(v) => Iter::View(Rc::clone(v), 0, v.dict.len()),
            Value::Set(s) => Iter::Set(Rc::clone(s), 0, s.len()),
            Value::Iterator(i) => Iter::Shared(Rc::clone(i)),
            Value::Native(object) => match object.iterate(self)? {
                Some(iter) => Iter::Native(iter),
                None => return Err(not_iterable(value)),
            },
            _ => return Err(not_iterable(value)),
        })
    }

    /// The next item, or `None` at the end. Costs one step.
    pub(crate) fn advance(&mut self, iter: &mut Iter) -> Result<Option<Value>> {
        self.machine.meter.step()?;
        Ok(match iter {
            Iter::List(list, at) => {
                let item = list.get(*at);
                *at += 1;
                item
            }
            Iter::Reversed(list, left) => {
                if *left == 0 {
                    return Ok(None);
                }
                *left -= 1;
                list.get(*left)
            }
            Iter::Tuple(tuple, at) => {
                let item = tuple.items().get(*at).cloned();
                *at += 1;
                item
            }
            Iter::Range { next, step, left } => {
                if *left == 0 {
                    return Ok(None);
                }
                let item = *next;
                *left -= 1;
                *next = next.wrapping_add(*step);
                Some(Value::Int(item))
            }
            Iter::Str(text, at) => {
                let Some(c) = text[*at..].chars().next() else {
                    return Ok(None);
                };
                *at += c.len_utf8();
                let mut buffer = [0; 4];
                Some(Value::from(&*c.encode_utf8(&mut buffer)))
            }
            Iter::Dict(dict, at, size) => {
                check_size(dict.len(), *size, "dictionary")?;
                let key = dict.map().get_index(*at).map(|(k, _)| k.value.clone());
                *at += 1;
                key
            }
            Iter::View(view, at, size) => {
                check_size(view.dict.len(), *size, "dictionary")?;
                let item = view.get(*at);
                *at += 1;
                item
            }
            Iter::Set(set, at, size) => {
                check_size(set.len(), *size, "Set")?;
                let item = set.keys().get_index(*at).map(|k| k.value.clone());
                *at += 1;
                item
            }
            Iter::Values(values) => values.next(),
            Iter::Native(native) => native.next_item(self)?,
            nested => {
                self.machine.check_stack()?;
                return self.advance_nested(nested);
            }
        })
    }

    /// Iterators made of other iterators or of user code.
    fn advance_nested(&mut self, iter: &mut Iter) -> Result<Option<Value>> {
        match iter {
            Iter::Shared(object) => {
                let object = Rc::clone(object);
                let Ok(mut state) = object.state().try_borrow_mut() else {
                    return Err(Error::value_error("generator already executing"));
                };
                self.advance(&mut state)
            }
            Iter::Enumerate(inner, count) => {
                let Some(item) = self.advance(inner)? else {
                    return Ok(None);
                };
                let index = Value::Int(*count);
                *count += 1;
                Ok(Some(Value::tuple(vec![index, item])))
            }
            Iter::Zip { parts, strict } => self.advance_zip(parts, *strict),
            Iter::Map(function, parts) => {
                let mut arguments = Vec::with_capacity(parts.len());
                for part in parts {
                    match self.advance(part)? {
                        Some(item) => arguments.push(item),
                        None => return Ok(None),
                    }
                }
                self.call_with(function, arguments, Vec::new()).map(Some)
            }
            Iter::Filter(function, inner) => loop {
                let function = &*function;
                let Some(item) = self.advance(inner)? else {
                    return Ok(None);
                };
                let kept = match function {
                    Value::None => self.truth(&item)?,
                    function => {
                        let answer = self.call(function, std::slice::from_ref(&item))?;
                        self.truth(&answer)?
                    }
                };
                if kept {
                    return Ok(Some(item));
                }
            },
            Iter::Generator(generator) => self.advance_generator(generator),
            simple => self.advance(simple),
        }
    }

    fn advance_zip(&mut self, parts: &mut [Iter], strict: bool) -> Result<Option<Value>> {
        if parts.is_empty() {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(parts.len());
        for i in 0..parts.len() {
            match self.advance(&mut parts[i])? {
                Some(item) => items.push(item),
                None if strict && i > 0 => {
                    return Err(Error::value_error(format!(
                        "zip() argument {} is shorter than argument{}",
                        i + 1,
                        if i == 1 {
                            " 1".to_owned()
                        } else {
                            format!("s 1-{i}")
                        }
                    )));
                }
                None if strict => {
                    for (j, part) in parts.iter_mut().enumerate().skip(1) {
                        if self.advance(part)?.is_some() {
                            return Err(Error::value_error(format!(
                                "zip() argument {} is longer than argument{}",
                                j + 1,
                                if j == 1 {
                                    " 1".to_owned()
                                } else {
                                    format!("s 1-{j}")
                                }
                            )));
                        }
                    }
                    return Ok(None);
                }
                None => return Ok(None),
            }
        }
        Ok(Some(Value::tuple(items)))
    }

    /// All items of an iterable; steps and memory are charged, known sizes before allocating.
    ///
    /// # Errors
    /// TypeError when the value is not iterable, and whatever iterating raises.
    pub fn collect(&mut self, value: &Value) -> Result<Vec<Value>> {
        if let Some(size) = exact_size(value) {
            self.charge_items(size)?;
            match value {
                Value::List(l) => return Ok(l.items().clone()),
                Value::Tuple(t) => return Ok(t.items().to_vec()),
                _ => {}
            }
        }
        let mut iter = self.iterate(value)?;
        self.drain(&mut iter)
    }

    /// The remaining items of an iterator.
    pub(crate) fn drain(&mut self, iter: &mut Iter) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        while let Some(item) = self.advance(iter)? {
            self.charge_items(1)?;
            items.push(item);
        }
        Ok(items)
    }
}

fn check_size(now: usize, then: usize, what: &str) -> Result<()> {
    if now == then {
        return Ok(());
    }
    Err(
        Error::runtime_error(format!("{what} changed size during iteration"))
            .with_help("iterate over a copy: `for x in list(…)`"),
    )
}

fn not_iterable(value: &Value) -> Error {
    let error = Error::type_error(format!("'{}' object is not iterable", value.type_name()));
    match value {
        Value::Int(_) => error.with_help("to count, iterate over `range(n)`"),
        Value::Function(_) | Value::NativeFunction(_) => {
            error.with_help("call the function: add `()`")
        }
        _ => error,
    }
}
