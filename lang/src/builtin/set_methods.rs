//! Methods of sets.

use std::rc::Rc;

use super::Table;
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::signature;
use crate::value::{Arguments, Exception, ExceptionKind, Keys, Set, Value};

fn set(a: &Arguments) -> Result<&Rc<Set>> {
    match a.receiver() {
        Value::Set(set) => Ok(set),
        other => Err(Error::type_error(format!(
            "'{}' is not a set",
            other.type_name()
        ))),
    }
}

fn keys(c: &mut Context<'_>, value: &Value) -> Result<Keys> {
    if let Value::Set(set) = value {
        c.charge_items(set.len() * 2)?;
        return Ok(set.keys().clone());
    }
    let items = c.collect(value)?;
    c.keys(items)
}

fn new(keys: Keys) -> Value {
    Value::Set(Rc::new(Set::new(keys)))
}

fn combine(t: &mut Table, name: &'static str, f: fn(&Keys, &Keys) -> Keys) {
    t.add(name, signature!(*others), move |c, a| {
        let mut result = keys(c, a.receiver())?;
        for other in a.rest("others") {
            result = f(&result, &keys(c, other)?);
        }
        Ok(new(result))
    });
}

fn relate(t: &mut Table, name: &'static str, f: fn(&Keys, &Keys) -> bool) {
    t.add(name, signature!(other, /), move |c, a| {
        let other = keys(c, a.at(0))?;
        let answer = f(&set(a)?.keys(), &other);
        Ok(Value::Bool(answer))
    });
}

fn missing(value: &Value) -> Error {
    Error::from_exception(Rc::new(Exception {
        kind: ExceptionKind::KeyError,
        args: vec![value.clone()],
        help: Vec::new(),
    }))
}

pub(super) fn add(t: &mut Table) {
    combine(t, "union", |a, b| a.union(b).cloned().collect());
    combine(t, "intersection", |a, b| {
        a.intersection(b).cloned().collect()
    });
    combine(t, "difference", |a, b| a.difference(b).cloned().collect());
    combine(t, "symmetric_difference", |a, b| {
        a.symmetric_difference(b).cloned().collect()
    });
    relate(t, "issubset", |a, b| a.is_subset(b));
    relate(t, "issuperset", |a, b| a.is_superset(b));
    relate(t, "isdisjoint", |a, b| a.is_disjoint(b));
    t.add("add", signature!(item, /), |c, a| {
        let key = c.key(a.at(0))?;
        c.charge_items(2)?;
        set(a)?.keys_mut().insert(key);
        Ok(Value::None)
    });
    t.add("discard", signature!(item, /), |c, a| {
        let key = c.key(a.at(0))?;
        c.charge_steps(set(a)?.len() as u64 / 16)?;
        let removed = set(a)?.keys_mut().shift_take(&key);
        drop(removed);
        Ok(Value::None)
    });
    t.add("remove", signature!(item, /), |c, a| {
        let key = c.key(a.at(0))?;
        c.charge_steps(set(a)?.len() as u64 / 16)?;
        let removed = set(a)?.keys_mut().shift_take(&key);
        removed.map(|_| Value::None).ok_or_else(|| missing(a.at(0)))
    });
    t.add("pop", signature!(), |_, a| {
        let first = set(a)?.keys_mut().shift_remove_index(0);
        first
            .map(|k| k.value)
            .ok_or_else(|| missing(&Value::from("pop from an empty set")))
    });
    t.add("update", signature!(*others), |c, a| {
        for other in a.rest("others") {
            let more = keys(c, other)?;
            set(a)?.keys_mut().extend(more);
        }
        Ok(Value::None)
    });
    t.add("clear", signature!(), |_, a| {
        let old = std::mem::take(&mut *set(a)?.keys_mut());
        drop(old);
        Ok(Value::None)
    });
    t.add("copy", signature!(), |c, a| keys(c, a.receiver()).map(new));
}
