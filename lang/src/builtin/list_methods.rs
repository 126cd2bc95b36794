//! Methods of lists, and those tuples and ranges share with them.

use std::rc::Rc;

use super::{Table, iterables};
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::signature;
use crate::value::{Arguments, List, Value};

fn list(a: &Arguments) -> Result<&Rc<List>> {
    match a.receiver() {
        Value::List(list) => Ok(list),
        other => Err(Error::type_error(format!(
            "'{}' is not a list",
            other.type_name()
        ))),
    }
}

pub(super) fn add(t: &mut Table) {
    add_tuple(t);
    t.add("append", signature!(object, /), |c, a| {
        c.charge_items(1)?;
        list(a)?.items_mut().push(a.at(0).clone());
        Ok(Value::None)
    });
    t.add("extend", signature!(iterable, /), |c, a| {
        let items = c.collect(a.at(0))?;
        list(a)?.items_mut().extend(items);
        Ok(Value::None)
    });
    t.add("insert", signature!(index, object, /), |c, a| {
        let target = list(a)?;
        c.charge_items(1)?;
        c.charge_steps(target.len() as u64 / 16)?;
        let (index, length) = (a.i64("index")?, target.len() as i64);
        let place = if index < 0 {
            (index + length).max(0)
        } else {
            index.min(length)
        };
        target.items_mut().insert(place as usize, a.at(1).clone());
        Ok(Value::None)
    });
    t.add("pop", signature!(index = -1i64, /), |c, a| {
        let target = list(a)?;
        let (index, length) = (a.i64("index")?, target.len() as i64);
        if length == 0 {
            return Err(Error::index_error("pop from empty list"));
        }
        let place = if index < 0 { index + length } else { index };
        if !(0..length).contains(&place) {
            return Err(Error::index_error("pop index out of range"));
        }
        c.charge_steps((length - place) as u64 / 16)?;
        let item = target.items_mut().remove(place as usize);
        Ok(item)
    });
    t.add("remove", signature!(value, /), |c, a| {
        let target = list(a)?;
        match find(c, a.receiver(), a.at(0), 0, usize::MAX)? {
            Some(at) => {
                let old = target.items_mut().remove(at);
                drop(old);
                Ok(Value::None)
            }
            None => Err(Error::value_error("list.remove(x): x not in list")),
        }
    });
    t.add("clear", signature!(), |_, a| {
        let old = std::mem::take(&mut *list(a)?.items_mut());
        drop(old);
        Ok(Value::None)
    });
    t.add("copy", signature!(), |c, a| {
        c.collect(a.receiver()).map(Value::list)
    });
    t.add("reverse", signature!(), |_, a| {
        list(a)?.items_mut().reverse();
        Ok(Value::None)
    });
    t.add("sort", signature!(*, key = (), reverse = false), |c, a| {
        let target = list(a)?;
        let reverse = c.truth(a.get("reverse"))?;
        let items = target.items().clone();
        c.charge_items(items.len())?;
        let sorted = iterables::sort(c, items, a.get("key"), reverse)?;
        let old = std::mem::replace(&mut *target.items_mut(), sorted);
        drop(old);
        Ok(Value::None)
    });
}

/// `count` and `index`.
pub(super) fn add_tuple(t: &mut Table) {
    t.add("count", signature!(value, /), |c, a| {
        let mut iter = c.iterate(a.receiver())?;
        let mut count = 0;
        while let Some(item) = c.advance(&mut iter)? {
            count += i64::from(c.same_or_equal(&item, a.at(0))?);
        }
        Ok(Value::Int(count))
    });
    t.add(
        "index",
        signature!(value, start = 0i64, stop = i64::MAX, /),
        |c, a| {
            let length = crate::eval::exact_size(a.receiver()).unwrap_or(0) as i64;
            let bound = |i: i64| if i < 0 { (i + length).max(0) } else { i } as usize;
            let (start, stop) = (bound(a.i64("start")?), bound(a.i64("stop")?));
            match find(c, a.receiver(), a.at(0), start, stop)? {
                Some(at) => Ok(Value::Int(at as i64)),
                None => {
                    let shown = c.repr(a.at(0))?;
                    Err(Error::value_error(match a.receiver() {
                        Value::Tuple(_) => "tuple.index(x): x not in tuple".to_owned(),
                        Value::Range(_) => format!("{shown} is not in range"),
                        _ => format!("{shown} is not in list"),
                    }))
                }
            }
        },
    );
}

fn find(
    c: &mut Context<'_>,
    sequence: &Value,
    value: &Value,
    start: usize,
    stop: usize,
) -> Result<Option<usize>> {
    let mut iter = c.iterate(sequence)?;
    let mut at = 0;
    while let Some(item) = c.advance(&mut iter)? {
        if at >= stop {
            break;
        }
        if at >= start && c.same_or_equal(&item, value)? {
            return Ok(Some(at));
        }
        at += 1;
    }
    Ok(None)
}
