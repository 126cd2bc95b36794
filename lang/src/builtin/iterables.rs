//! Built-in functions over iterables: reductions, sorting, and the lazy iterators.

use std::rc::Rc;

use super::Table;
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::signature;
use crate::value::{
    Arguments, BinaryOp, ExceptionKind, Iter, IteratorObject, Range, Tuple, Type, Value,
};

fn iterator(kind: Type, iter: Iter) -> Value {
    Value::Iterator(Rc::new(IteratorObject::new(kind, iter)))
}

pub(super) fn add(t: &mut Table) {
    t.add("sum", signature!(iterable, /, start = 0i64), |c, a| {
        let mut total = a.at(1).clone();
        if matches!(total, Value::Str(_)) {
            return Err(Error::type_error(
                "sum() can't sum strings [use ''.join(seq) instead]",
            ));
        }
        let mut iter = c.iterate(a.at(0))?;
        while let Some(item) = c.advance(&mut iter)? {
            total = c.binary(BinaryOp::Add, &total, &item)?;
        }
        Ok(total)
    });
    t.add("any", signature!(iterable, /), |c, a| {
        search(c, a.at(0), true)
    });
    t.add("all", signature!(iterable, /), |c, a| {
        search(c, a.at(0), false)
    });
    t.add(
        "min",
        signature!(*values, key = (), default = Value::Ellipsis),
        |c, a| extreme(c, a, false),
    );
    t.add(
        "max",
        signature!(*values, key = (), default = Value::Ellipsis),
        |c, a| extreme(c, a, true),
    );
    t.add(
        "sorted",
        signature!(iterable, /, *, key = (), reverse = false),
        |c, a| {
            let items = c.collect(a.at(0))?;
            sort(c, items, a.get("key"), c_truth(a, "reverse")).map(Value::list)
        },
    );
    t.add("iter", signature!(iterable, /), |c, a| match a.at(0) {
        Value::Iterator(i) => Ok(Value::Iterator(Rc::clone(i))),
        other => Ok(iterator(Type::Iterator, c.iterate(other)?)),
    });
    t.add("next", signature!(iterator, *default), |c, a| {
        let Value::Iterator(object) = a.at(0) else {
            return Err(Error::type_error(format!(
                "'{}' object is not an iterator",
                a.at(0).type_name()
            ))
            .about_argument("iterator")
            .with_help("make one with `iter(…)`"));
        };
        let item = c.advance(&mut Iter::Shared(Rc::clone(object)))?;
        match (item, a.rest("default")) {
            (Some(item), _) => Ok(item),
            (None, [default, ..]) => Ok(default.clone()),
            (None, []) => Err(Error::new(ExceptionKind::StopIteration, "")),
        }
    });
}

fn c_truth(a: &Arguments, name: &str) -> bool {
    !matches!(
        a.get(name),
        Value::None | Value::Bool(false) | Value::Int(0)
    )
}

pub(super) fn add_constructors(t: &mut Table) {
    t.add("enumerate", signature!(iterable, start = 0i64), |c, a| {
        let inner = c.iterate(a.at(0))?;
        Ok(iterator(
            Type::Enumerate,
            Iter::Enumerate(Box::new(inner), a.i64("start")?),
        ))
    });
    t.add("zip", signature!(*iterables, strict = false), |c, a| {
        let parts = a
            .rest("iterables")
            .iter()
            .map(|v| c.iterate(v))
            .collect::<Result<_>>()?;
        Ok(iterator(
            Type::Zip,
            Iter::Zip {
                parts,
                strict: a.bool("strict")?,
            },
        ))
    });
    t.add("map", signature!(function, *iterables), |c, a| {
        if a.rest("iterables").is_empty() {
            return Err(Error::type_error("map() must have at least two arguments."));
        }
        let parts = a
            .rest("iterables")
            .iter()
            .map(|v| c.iterate(v))
            .collect::<Result<_>>()?;
        Ok(iterator(Type::Map, Iter::Map(a.at(0).clone(), parts)))
    });
    t.add("filter", signature!(function, iterable, /), |c, a| {
        let inner = c.iterate(a.at(1))?;
        Ok(iterator(
            Type::Filter,
            Iter::Filter(a.at(0).clone(), Box::new(inner)),
        ))
    });
    t.add("reversed", signature!(sequence, /), |c, a| {
        let iter = match a.at(0) {
            Value::List(list) => Iter::Reversed(Rc::clone(list), list.len()),
            Value::Range(r) => {
                let count = r.count();
                let last = Range {
                    start: if count == 0 { 0 } else { r.get(count - 1) },
                    ..**r
                };
                Iter::Range {
                    next: last.start,
                    step: r.step.wrapping_neg(),
                    left: count,
                }
            }
            value @ (Value::Tuple(_) | Value::Str(_) | Value::Dict(_) | Value::View(_)) => {
                let mut items = c.collect(value)?;
                items.reverse();
                Iter::Values(items.into_iter())
            }
            other => {
                return Err(Error::type_error(format!(
                    "'{}' object is not reversible",
                    other.type_name()
                ))
                .about_argument("sequence"));
            }
        };
        Ok(iterator(Type::Reversed, iter))
    });
}

fn search(c: &mut Context<'_>, iterable: &Value, stop: bool) -> Result<Value> {
    let mut iter = c.iterate(iterable)?;
    while let Some(item) = c.advance(&mut iter)? {
        if c.truth(&item)? == stop {
            return Ok(Value::Bool(stop));
        }
    }
    Ok(Value::Bool(!stop))
}

fn extreme(c: &mut Context<'_>, a: &Arguments, largest: bool) -> Result<Value> {
    let name = a.function_name();
    let values = a.rest("values");
    let mut iter = match values {
        [] => {
            return Err(Error::type_error(format!(
                "{name} expected at least 1 argument, got 0"
            )));
        }
        [one] => c.iterate(one)?,
        many => Iter::Tuple(Rc::new(Tuple::new(many.to_vec())), 0),
    };
    let key = a.get("key").clone();
    let mut best: Option<(Value, Value)> = None;
    while let Some(item) = c.advance(&mut iter)? {
        let rank = match &key {
            Value::None => item.clone(),
            key => c.call(key, std::slice::from_ref(&item))?,
        };
        let better = match &best {
            None => true,
            Some((_, top)) if largest => c.less(top, &rank)?,
            Some((_, top)) => c.less(&rank, top)?,
        };
        if better {
            best = Some((item, rank));
        }
    }
    match (best, a.get("default")) {
        (Some((item, _)), _) => Ok(item),
        (None, Value::Ellipsis) => Err(Error::value_error(format!(
            "{name}() iterable argument is empty"
        ))
        .with_help(format!("give a default: `{name}(…, default=0)`"))),
        (None, default) => Ok(default.clone()),
    }
}

/// A stable merge sort that may fail in the comparison; equal items keep their order also when
/// reversed, as in CPython.
pub(super) fn sort(
    c: &mut Context<'_>,
    items: Vec<Value>,
    key: &Value,
    reverse: bool,
) -> Result<Vec<Value>> {
    let mut decorated = Vec::with_capacity(items.len());
    for item in items {
        let rank = match key {
            Value::None => item.clone(),
            key => c.call(key, std::slice::from_ref(&item))?,
        };
        decorated.push((rank, item));
    }
    if reverse {
        decorated.reverse();
    }
    let mut width = 1;
    while width < decorated.len() {
        c.charge_steps(decorated.len() as u64)?;
        let mut merged = Vec::with_capacity(decorated.len());
        let mut rest = decorated.into_iter();
        loop {
            let left: Vec<_> = rest.by_ref().take(width).collect();
            if left.is_empty() {
                break;
            }
            let right: Vec<_> = rest.by_ref().take(width).collect();
            merge(c, left, right, &mut merged)?;
        }
        decorated = merged;
        width *= 2;
    }
    if reverse {
        decorated.reverse();
    }
    Ok(decorated.into_iter().map(|(_, item)| item).collect())
}

type Ranked = (Value, Value);

fn merge(
    c: &mut Context<'_>,
    left: Vec<Ranked>,
    right: Vec<Ranked>,
    out: &mut Vec<Ranked>,
) -> Result<()> {
    let mut left = left.into_iter().peekable();
    let mut right = right.into_iter().peekable();
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let take_right = c.less(&b.0, &a.0)?;
        out.extend(if take_right {
            right.next()
        } else {
            left.next()
        });
    }
    out.extend(left);
    out.extend(right);
    Ok(())
}
