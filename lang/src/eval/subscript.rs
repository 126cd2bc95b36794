//! Subscripts: reading, writing and deleting items and slices.

use std::rc::Rc;

use super::Context;
use crate::error::{Error, Result};
use crate::value::{ExceptionKind, List, Positions, Range, Slice, Value, text};

impl Context<'_> {
    /// `owner[key]`.
    ///
    /// # Errors
    /// IndexError, KeyError, or TypeError when the owner has no items.
    pub fn item(&mut self, owner: &Value, key: &Value) -> Result<Value> {
        if let Value::Slice(slice) = key
            && !matches!(owner, Value::Native(_) | Value::Dict(_))
        {
            return self.slice(owner, slice);
        }
        match owner {
            Value::List(list) => {
                let at = self.position(owner, key, list.len(), "list")?;
                list.get(at)
                    .ok_or_else(|| Error::index_error("list index out of range"))
            }
            Value::Tuple(tuple) => {
                let at = self.position(owner, key, tuple.items().len(), "tuple")?;
                Ok(tuple.items()[at].clone())
            }
            Value::Str(text) => {
                let at = self.position(owner, key, text::length(text), "string")?;
                Ok(text::char_at(text, at).map_or(Value::None, Value::from))
            }
            Value::Range(range) => {
                let count = usize::try_from(range.count()).unwrap_or(usize::MAX);
                let at = self.position(owner, key, count, "range object")?;
                Ok(Value::Int(range.get(at as u64)))
            }
            Value::Dict(dict) => {
                let found = self.key(key)?;
                let value = dict.map().get(&found).cloned();
                value.ok_or_else(|| missing_key(key, dict))
            }
            Value::Native(object) => object
                .item(self, key)?
                .ok_or_else(|| not_subscriptable(owner)),
            _ => Err(not_subscriptable(owner)),
        }
    }

    /// A position counted from 0, negative indices resolved.
    fn position(&self, owner: &Value, key: &Value, length: usize, what: &str) -> Result<usize> {
        let index = match key {
            Value::BigInt(_) => {
                return Err(Error::index_error(
                    "cannot fit 'int' into an index-sized integer",
                ));
            }
            key => key.as_i64().ok_or_else(|| {
                let kind = key.type_name();
                let noun = match owner {
                    Value::Str(_) => {
                        return Error::type_error(format!(
                            "string indices must be integers, not '{kind}'"
                        ));
                    }
                    Value::Range(_) => "range",
                    owner => owner.type_name(),
                };
                let error = Error::type_error(format!(
                    "{noun} indices must be integers or slices, not {kind}"
                ));
                if matches!(key, Value::Float(_)) {
                    error.with_help("use `//` for whole results, or `int(…)`")
                } else {
                    error
                }
            })?,
        };
        let place = if index < 0 {
            index.saturating_add(length as i64)
        } else {
            index
        };
        match usize::try_from(place) {
            Ok(place) if place < length => Ok(place),
            _ => Err(Error::index_error(format!("{what} index out of range"))
                .with_label(format!("index {index}, but the length is {length}"))),
        }
    }

    fn positions(&self, slice: &Slice, length: usize) -> Result<Positions> {
        let part = |v: &Value| match v {
            Value::None => Ok(None),
            Value::BigInt(b) => Ok(Some(if b.sign() == num_bigint::Sign::Minus {
                i64::MIN
            } else {
                i64::MAX
            })),
            v => v.as_i64().map(Some).ok_or_else(|| {
                Error::type_error(
                    "slice indices must be integers or None or have an __index__ method",
                )
            }),
        };
        Positions::clip(
            part(&slice.start)?,
            part(&slice.stop)?,
            part(&slice.step)?,
            length,
        )
        .ok_or_else(|| Error::value_error("slice step cannot be zero"))
    }

    fn slice(&mut self, owner: &Value, slice: &Slice) -> Result<Value> {
        Ok(match owner {
            Value::List(list) => {
                let at = self.positions(slice, list.len())?;
                self.charge_items(at.count)?;
                let items = list.items();
                Value::list(at.iter().map(|i| items[i].clone()).collect())
            }
            Value::Tuple(tuple) => {
                let at = self.positions(slice, tuple.items().len())?;
                self.charge_items(at.count)?;
                Value::tuple(at.iter().map(|i| tuple.items()[i].clone()).collect())
            }
            Value::Str(text) => {
                let at = self.positions(slice, text::length(text))?;
                self.charge_memory(at.count as u64)?;
                if at.step == 1 {
                    let start = text::offset(text, at.start as usize);
                    let end = start + text::offset(&text[start..], at.count);
                    return Ok(Value::from(&text[start..end]));
                }
                let chars: Vec<char> = text.chars().collect();
                Value::from(at.iter().map(|i| chars[i]).collect::<String>())
            }
            Value::Range(range) => {
                let count = usize::try_from(range.count()).unwrap_or(usize::MAX);
                let at = self.positions(slice, count)?;
                let step = range.step.saturating_mul(at.step);
                let start = range
                    .start
                    .saturating_add(range.step.saturating_mul(at.start));
                let stop = range
                    .start
                    .saturating_add(range.step.saturating_mul(at.stop));
                Value::Range(Rc::new(Range { start, stop, step }))
            }
            _ => return Err(not_subscriptable(owner)),
        })
    }

    /// `owner[key] = value`.
    ///
    /// # Errors
    /// IndexError, or TypeError when items cannot be assigned.
    pub fn set_item(&mut self, owner: &Value, key: &Value, value: &Value) -> Result<()> {
        match (owner, key) {
            (Value::List(list), Value::Slice(slice)) => self.set_slice(list, slice, value),
            (Value::List(list), _) => {
                let at = self.position(owner, key, list.len(), "list assignment")?;
                let old = std::mem::replace(&mut list.items_mut()[at], value.clone());
                drop(old);
                Ok(())
            }
            (Value::Dict(dict), _) => {
                let key = self.key(key)?;
                self.charge_items(3)?;
                let old = dict.map_mut().insert(key, value.clone());
                drop(old);
                Ok(())
            }
            (Value::Native(object), _) if object.set_item(self, key, value)? => Ok(()),
            _ => Err(Error::type_error(format!(
                "'{}' object does not support item assignment",
                owner.type_name()
            ))),
        }
    }

    fn set_slice(&mut self, list: &Rc<List>, slice: &Slice, value: &Value) -> Result<()> {
        let items = self.collect(value).map_err(|e| {
            if e.message().ends_with("object is not iterable") {
                Error::type_error("can only assign an iterable")
            } else {
                e
            }
        })?;
        let at = self.positions(slice, list.len())?;
        let mut target = list.items_mut();
        if at.step == 1 {
            let start = at.start as usize;
            let old: Vec<Value> = target.splice(start..start + at.count, items).collect();
            drop(target);
            drop(old);
            return Ok(());
        }
        if items.len() != at.count {
            return Err(Error::value_error(format!(
                "attempt to assign sequence of size {} to extended slice of size {}",
                items.len(),
                at.count
            )));
        }
        for (i, item) in at.iter().zip(items) {
            target[i] = item;
        }
        Ok(())
    }

    /// `del owner[key]`.
    pub(crate) fn delete_item(&mut self, owner: &Value, key: &Value) -> Result<()> {
        match (owner, key) {
            (Value::List(list), Value::Slice(slice)) => {
                let at = self.positions(slice, list.len())?;
                let mut gone: Vec<usize> = at.iter().collect();
                gone.sort_unstable();
                self.charge_steps(list.len() as u64)?;
                let mut index = 0;
                let mut removed = Vec::new();
                list.items_mut().retain_mut(|item| {
                    let remove = gone.binary_search(&index).is_ok();
                    index += 1;
                    if remove {
                        removed.push(std::mem::replace(item, Value::None));
                    }
                    !remove
                });
                Ok(())
            }
            (Value::List(list), _) => {
                let at = self.position(owner, key, list.len(), "list assignment")?;
                let old = list.items_mut().remove(at);
                drop(old);
                Ok(())
            }
            (Value::Dict(dict), _) => {
                let found = self.key(key)?;
                self.charge_steps(dict.len() as u64 / 16)?;
                let old = dict.map_mut().shift_remove(&found);
                old.map(drop).ok_or_else(|| missing_key(key, dict))
            }
            _ => Err(Error::type_error(format!(
                "'{}' object doesn't support item deletion",
                owner.type_name()
            ))),
        }
    }
}

/// KeyError with the key, and the nearest key as help.
fn missing_key(key: &Value, dict: &crate::value::Dict) -> Error {
    let mut exception = crate::value::Exception {
        kind: ExceptionKind::KeyError,
        args: vec![key.clone()],
        help: Vec::new(),
    };
    if let Value::Str(name) = key {
        let entries = dict.entries();
        let names = entries.iter().filter_map(|(k, _)| k.as_str());
        exception
            .help
            .extend(crate::suggest::did_you_mean(name, names));
    }
    Error::from_exception(Rc::new(exception))
}

fn not_subscriptable(owner: &Value) -> Error {
    let error = Error::type_error(format!(
        "'{}' object is not subscriptable",
        owner.type_name()
    ));
    match owner {
        Value::Function(_) | Value::NativeFunction(_) | Value::Method(_) => {
            error.with_help("call it with `( )` instead of `[ ]`")
        }
        _ => error,
    }
}
