//! Methods of dicts.

use std::rc::Rc;

use super::Table;
use super::convert::update_dict;
use crate::error::{Error, Result};
use crate::signature;
use crate::value::{Arguments, Dict, DictView, Exception, ExceptionKind, Key, Value, ViewKind};

fn dict(a: &Arguments) -> Result<&Rc<Dict>> {
    match a.receiver() {
        Value::Dict(dict) => Ok(dict),
        other => Err(Error::type_error(format!(
            "'{}' is not a dict",
            other.type_name()
        ))),
    }
}

fn view(a: &Arguments, part: ViewKind) -> Result<Value> {
    Ok(Value::View(Rc::new(DictView {
        dict: Rc::clone(dict(a)?),
        part,
    })))
}

pub(super) fn add(t: &mut Table) {
    t.add("keys", signature!(), |_, a| view(a, ViewKind::Keys));
    t.add("values", signature!(), |_, a| view(a, ViewKind::Values));
    t.add("items", signature!(), |_, a| view(a, ViewKind::Items));
    t.add("get", signature!(key, default = (), /), |c, a| {
        let key = c.key(a.at(0))?;
        let found = dict(a)?.map().get(&key).cloned();
        Ok(found.unwrap_or_else(|| a.at(1).clone()))
    });
    t.add("setdefault", signature!(key, default = (), /), |c, a| {
        let key = c.key(a.at(0))?;
        c.charge_items(3)?;
        let value = dict(a)?
            .map_mut()
            .entry(key)
            .or_insert_with(|| a.at(1).clone())
            .clone();
        Ok(value)
    });
    t.add("pop", signature!(key, *default), |c, a| {
        let key = c.key(a.at(0))?;
        c.charge_steps(dict(a)?.len() as u64 / 16)?;
        let removed = dict(a)?.map_mut().shift_remove(&key);
        match (removed, a.rest("default")) {
            (Some(value), _) => Ok(value),
            (None, [default, ..]) => Ok(default.clone()),
            (None, []) => Err(Error::from_exception(Rc::new(Exception {
                kind: ExceptionKind::KeyError,
                args: vec![a.at(0).clone()],
                help: Vec::new(),
            }))),
        }
    });
    t.add("popitem", signature!(), |_, a| {
        let last = dict(a)?.map_mut().pop();
        match last {
            Some((key, value)) => Ok(Value::tuple(vec![key.value, value])),
            None => Err(Error::from_exception(Rc::new(Exception::with_message(
                ExceptionKind::KeyError,
                "popitem(): dictionary is empty".to_owned(),
            )))),
        }
    });
    t.add("update", signature!(other = (), /, **entries), |c, a| {
        if a.has("other") {
            update_dict(c, dict(a)?, a.at(0))?;
        }
        for (name, value) in a.keywords("entries") {
            dict(a)?.map_mut().insert(Key::text(name), value);
        }
        Ok(Value::None)
    });
    t.add("clear", signature!(), |_, a| {
        let old = std::mem::take(&mut *dict(a)?.map_mut());
        drop(old);
        Ok(Value::None)
    });
    t.add("copy", signature!(), |c, a| {
        c.charge_items(dict(a)?.len() * 3)?;
        let map = dict(a)?.map().clone();
        Ok(Value::Dict(Rc::new(Dict::new(map))))
    });
    t.add("fromkeys", signature!(iterable, value = (), /), |c, a| {
        let result = Dict::default();
        for item in c.collect(a.at(0))? {
            let key = c.key(&item)?;
            result.map_mut().insert(key, a.at(1).clone());
        }
        Ok(Value::Dict(Rc::new(result)))
    });
}
