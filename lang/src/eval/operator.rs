//! Operators on values: arithmetic, comparison, truth, membership.
//!
//! Numbers come first, then host objects (left operand, then right), then sequences, as Python's
//! protocol has it.

use std::cmp::Ordering;
use std::rc::Rc;

use num_traits::Signed;

use super::{Context, exact_size};
use crate::error::{Error, Result};
use crate::value::{BinaryOp, CompareOp, Dict, Key, Range, Set, UnaryOp, Value, ViewKind, number};

impl Context<'_> {
    /// `left op right`.
    ///
    /// # Errors
    /// TypeError when the operands do not support it, ZeroDivisionError and the like.
    pub fn binary(&mut self, op: BinaryOp, left: &Value, right: &Value) -> Result<Value> {
        if let Some(result) = number::binary(op, left, right, &mut self.machine.meter) {
            return result;
        }
        if let Value::Native(object) = left
            && let Some(result) = object.binary(self, op, right, false)?
        {
            self.machine.charge_object(&result)?;
            return Ok(result);
        }
        if let Value::Native(object) = right
            && let Some(result) = object.binary(self, op, left, true)?
        {
            self.machine.charge_object(&result)?;
            return Ok(result);
        }
        match self.container_binary(op, left, right)? {
            Some(result) => Ok(result),
            None => Err(unsupported(op, left, right)),
        }
    }

    /// `left op= right`: lists, sets and dicts change in place, everything else as `left op right`.
    pub(crate) fn augmented(&mut self, op: BinaryOp, left: &Value, right: &Value) -> Result<Value> {
        match (op, left, right) {
            (BinaryOp::Add, Value::List(list), right) => {
                let items = self.collect(right)?;
                list.items_mut().extend(items);
                Ok(left.clone())
            }
            (BinaryOp::Mul, Value::List(list), right) if right.as_i64().is_some() => {
                let Value::List(repeated) = self.binary(op, left, right)? else {
                    return Ok(left.clone());
                };
                let items = std::mem::take(&mut *repeated.items_mut());
                *list.items_mut() = items;
                Ok(left.clone())
            }
            (BinaryOp::BitOr, Value::Set(a), Value::Set(b)) => {
                let members: Vec<Key> = b.keys().iter().cloned().collect();
                self.charge_items(members.len() * 2)?;
                a.keys_mut().extend(members);
                Ok(left.clone())
            }
            (BinaryOp::BitOr, Value::Dict(a), Value::Dict(b)) => {
                let entries: Vec<_> = b
                    .map()
                    .iter()
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                self.charge_items(entries.len() * 3)?;
                a.map_mut().extend(entries);
                Ok(left.clone())
            }
            _ => self.binary(op, left, right),
        }
    }

    fn container_binary(
        &mut self,
        op: BinaryOp,
        left: &Value,
        right: &Value,
    ) -> Result<Option<Value>> {
        use BinaryOp as O;
        Ok(Some(match (op, left, right) {
            (O::Add, Value::Str(a), Value::Str(b)) => {
                self.charge_memory((a.len() + b.len()) as u64)?;
                Value::from([&**a, &**b].concat())
            }
            (O::Add, Value::List(a), Value::List(b)) => {
                self.charge_items(a.len() + b.len())?;
                let mut items = a.items().clone();
                items.extend_from_slice(&b.items());
                Value::list(items)
            }
            (O::Add, Value::Tuple(a), Value::Tuple(b)) => {
                self.charge_items(a.items().len() + b.items().len())?;
                Value::tuple([a.items(), b.items()].concat())
            }
            (O::Mul, sequence, count) | (O::Mul, count, sequence)
                if matches!(sequence, Value::Str(_) | Value::List(_) | Value::Tuple(_))
                    && matches!(count, Value::Int(_) | Value::Bool(_) | Value::BigInt(_)) =>
            {
                self.repeat(sequence, count)?
            }
            (O::Mod, Value::Str(template), value) => {
                Value::from(super::percent_format(self, template, value)?)
            }
            (O::BitOr, Value::Dict(a), Value::Dict(b)) => {
                self.charge_items((a.len() + b.len()) * 3)?;
                let mut map = a.map().clone();
                map.extend(b.map().iter().map(|(k, v)| (k.clone(), v.clone())));
                Value::Dict(Rc::new(Dict::new(map)))
            }
            (O::BitOr | O::BitAnd | O::Sub | O::BitXor, a, b) => {
                return self.set_binary(op, a, b);
            }
            _ => return Ok(None),
        }))
    }

    fn repeat(&mut self, sequence: &Value, count: &Value) -> Result<Value> {
        let count = match count {
            Value::BigInt(b) if b.is_negative() => 0,
            Value::BigInt(_) => u64::MAX,
            count => u64::try_from(count.as_i64().unwrap_or(0)).unwrap_or(0),
        };
        let length = exact_size(sequence).unwrap_or(0);
        let unit = match sequence {
            Value::Str(text) => text.len() as u64,
            _ => (length * size_of::<Value>()) as u64,
        };
        if unit == 0 {
            return Ok(match sequence {
                Value::List(_) => Value::list(Vec::new()),
                other => other.clone(),
            });
        }
        self.charge_memory(unit.saturating_mul(count))?;
        self.charge_steps((unit / 64).saturating_mul(count))?;
        let count = count as usize;
        Ok(match sequence {
            Value::Str(text) => Value::from(text.repeat(count)),
            Value::List(list) => Value::list(cycle(&list.items(), count)),
            Value::Tuple(tuple) => Value::tuple(cycle(tuple.items(), count)),
            other => other.clone(),
        })
    }

    fn set_binary(&mut self, op: BinaryOp, left: &Value, right: &Value) -> Result<Option<Value>> {
        let members = |v: &Value| match v {
            Value::Set(s) => Some(s.keys().clone()),
            Value::View(v) if v.part == ViewKind::Keys => {
                Some(v.dict.map().keys().cloned().collect())
            }
            _ => None,
        };
        let (Some(a), Some(b)) = (members(left), members(right)) else {
            return Ok(None);
        };
        self.charge_items((a.len() + b.len()) * 2)?;
        let result = match op {
            BinaryOp::BitOr => a.union(&b).cloned().collect(),
            BinaryOp::BitAnd => a.intersection(&b).cloned().collect(),
            BinaryOp::Sub => a.difference(&b).cloned().collect(),
            _ => a.symmetric_difference(&b).cloned().collect(),
        };
        Ok(Some(Value::Set(Rc::new(Set::new(result)))))
    }

    /// `-x`, `+x`, `~x`, `abs(x)`.
    ///
    /// # Errors
    /// TypeError when the operand does not support it.
    pub fn unary(&mut self, op: UnaryOp, value: &Value) -> Result<Value> {
        if let Value::Native(object) = value
            && let Some(result) = object.unary(self, op)?
        {
            return Ok(result);
        }
        match (op, value) {
            (UnaryOp::Neg, Value::Float(f)) => return Ok(Value::Float(-f)),
            (UnaryOp::Pos, Value::Float(_)) => return Ok(value.clone()),
            (UnaryOp::Abs, Value::Float(f)) => return Ok(Value::Float(f.abs())),
            _ => {}
        }
        if let Some(big) = number::big(value) {
            match op {
                UnaryOp::Neg => return Ok(Value::integer(-big)),
                UnaryOp::Pos => return Ok(Value::integer(big)),
                UnaryOp::Invert => return Ok(Value::integer(-big - 1)),
                UnaryOp::Abs => return Ok(Value::integer(big.abs())),
                UnaryOp::Round => {}
            }
        }
        Err(Error::type_error(format!(
            "bad operand type for {}: '{}'",
            op.symbol(),
            value.type_name()
        )))
    }

    /// Whether a value counts as true.
    ///
    /// # Errors
    /// When a host object refuses, as signals do.
    pub fn truth(&mut self, value: &Value) -> Result<bool> {
        Ok(match value {
            Value::None => false,
            Value::Bool(b) => *b,
            Value::Int(i) => *i != 0,
            Value::Float(f) => *f != 0.0,
            Value::Str(s) => !s.is_empty(),
            Value::Native(object) => object.truth(self)?,
            other => exact_size(other) != Some(0),
        })
    }

    /// `left op right` for a comparison; usually a bool, for host objects any value.
    ///
    /// # Errors
    /// TypeError when the operands have no order.
    pub fn compare(&mut self, op: CompareOp, left: &Value, right: &Value) -> Result<Value> {
        if let Value::Native(object) = left
            && let Some(result) = object.compare(self, op, right)?
        {
            return Ok(result);
        }
        if let Value::Native(object) = right
            && let Some(result) = object.compare(self, op.swapped(), left)?
        {
            return Ok(result);
        }
        Ok(Value::Bool(match op {
            CompareOp::Eq => self.equal(left, right)?,
            CompareOp::Ne => !self.equal(left, right)?,
            _ => {
                if let (Value::Set(a), Value::Set(b)) = (left, right) {
                    let (a, b) = (a.keys(), b.keys());
                    return Ok(Value::Bool(match op {
                        CompareOp::Le => a.is_subset(&b),
                        CompareOp::Lt => a.len() < b.len() && a.is_subset(&b),
                        CompareOp::Ge => a.is_superset(&b),
                        _ => a.len() > b.len() && a.is_superset(&b),
                    }));
                }
                match self.order(left, right, op)? {
                    None => false,
                    Some(order) => match op {
                        CompareOp::Lt => order == Ordering::Less,
                        CompareOp::Le => order != Ordering::Greater,
                        CompareOp::Gt => order == Ordering::Greater,
                        _ => order != Ordering::Less,
                    },
                }
            }
        }))
    }

    /// Python's `==` as a bool.
    ///
    /// # Errors
    /// When comparing host objects raises, or nesting is too deep.
    pub fn equal(&mut self, left: &Value, right: &Value) -> Result<bool> {
        if left.is_number() && right.is_number() {
            return Ok(number::compare(left, right) == Some(Ordering::Equal));
        }
        match (left, right) {
            (Value::Str(a), Value::Str(b)) => Ok(a == b),
            (Value::List(a), Value::List(b)) => {
                if Rc::ptr_eq(a, b) {
                    return Ok(true);
                }
                let (a, b) = (a.items().clone(), b.items().clone());
                self.items_equal(&a, &b)
            }
            (Value::Tuple(a), Value::Tuple(b)) => self.items_equal(a.items(), b.items()),
            (Value::Range(a), Value::Range(b)) => Ok(a == b),
            (Value::Set(a), Value::Set(b)) => {
                self.charge_steps(a.len() as u64)?;
                Ok(a.len() == b.len() && a.keys().is_subset(&b.keys()))
            }
            (Value::Dict(a), Value::Dict(b)) => self.dicts_equal(a, b),
            (Value::Native(object), other) | (other, Value::Native(object)) => {
                match object.compare(self, CompareOp::Eq, other)? {
                    Some(result) => self.truth(&result),
                    None => Ok(left.is_same(right)),
                }
            }
            _ => Ok(left.is_same(right)),
        }
    }

    fn items_equal(&mut self, a: &[Value], b: &[Value]) -> Result<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        self.machine.check_stack()?;
        self.charge_steps(a.len() as u64)?;
        for (a, b) in a.iter().zip(b) {
            if !self.same_or_equal(a, b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn dicts_equal(&mut self, a: &Rc<Dict>, b: &Rc<Dict>) -> Result<bool> {
        if Rc::ptr_eq(a, b) {
            return Ok(true);
        }
        if a.len() != b.len() {
            return Ok(false);
        }
        self.machine.check_stack()?;
        self.charge_steps(a.len() as u64)?;
        let entries: Vec<(Key, Value)> = a
            .map()
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        for (key, value) in entries {
            let Some(other) = b.map().get(&key).cloned() else {
                return Ok(false);
            };
            if !self.same_or_equal(&value, &other)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Identity or equality: how containers compare their items (a NaN equals itself there).
    pub(crate) fn same_or_equal(&mut self, a: &Value, b: &Value) -> Result<bool> {
        Ok(a.is_same(b) || self.equal(a, b)?)
    }

    /// The order of two values; `None` for NaN.
    fn order(&mut self, left: &Value, right: &Value, op: CompareOp) -> Result<Option<Ordering>> {
        if left.is_number() && right.is_number() {
            return Ok(number::compare(left, right));
        }
        match (left, right) {
            (Value::Str(a), Value::Str(b)) => Ok(Some(a.cmp(b))),
            (Value::List(a), Value::List(b)) => {
                let (a, b) = (a.items().clone(), b.items().clone());
                self.order_items(&a, &b, op)
            }
            (Value::Tuple(a), Value::Tuple(b)) => self.order_items(a.items(), b.items(), op),
            _ => Err(Error::type_error(format!(
                "'{}' not supported between instances of '{}' and '{}'",
                op.symbol(),
                left.type_name(),
                right.type_name()
            ))),
        }
    }

    fn order_items(&mut self, a: &[Value], b: &[Value], op: CompareOp) -> Result<Option<Ordering>> {
        self.machine.check_stack()?;
        self.charge_steps(a.len().min(b.len()) as u64)?;
        for (x, y) in a.iter().zip(b) {
            if !self.same_or_equal(x, y)? {
                return self.order(x, y, op);
            }
        }
        Ok(Some(a.len().cmp(&b.len())))
    }

    /// `a < b` as a bool, for sorting.
    pub(crate) fn less(&mut self, a: &Value, b: &Value) -> Result<bool> {
        match (a, b) {
            (Value::Int(a), Value::Int(b)) => Ok(a < b),
            (Value::Float(a), Value::Float(b)) => Ok(a < b),
            _ => {
                let result = self.compare(CompareOp::Lt, a, b)?;
                self.truth(&result)
            }
        }
    }

    /// `item in container`.
    ///
    /// # Errors
    /// TypeError when the container has no members, and whatever comparing raises.
    pub fn contains(&mut self, container: &Value, item: &Value) -> Result<bool> {
        match container {
            Value::Str(text) => match item {
                Value::Str(part) => {
                    self.charge_steps(text.len() as u64 / 64)?;
                    Ok(text.contains(&**part))
                }
                _ => Err(Error::type_error(format!(
                    "'in <string>' requires string as left operand, not {}",
                    item.type_name()
                ))),
            },
            Value::Dict(dict) => {
                let key = self.key(item)?;
                Ok(dict.map().contains_key(&key))
            }
            Value::Set(set) => {
                let key = self.key(item)?;
                Ok(set.keys().contains(&key))
            }
            Value::View(view) if view.part == ViewKind::Keys => {
                let key = self.key(item)?;
                Ok(view.dict.map().contains_key(&key))
            }
            Value::Range(range) if item.is_number() => Ok(in_range(range, item)),
            Value::Native(object) => match object.contains(self, item)? {
                Some(answer) => Ok(answer),
                None => self.search(container, item),
            },
            _ => self.search(container, item),
        }
    }

    fn search(&mut self, container: &Value, item: &Value) -> Result<bool> {
        let mut iter = match self.iterate(container) {
            Ok(iter) => iter,
            Err(error) if error.message().ends_with("object is not iterable") => {
                return Err(Error::type_error(format!(
                    "argument of type '{}' is not iterable",
                    container.type_name()
                )));
            }
            Err(error) => return Err(error),
        };
        while let Some(candidate) = self.advance(&mut iter)? {
            if self.same_or_equal(&candidate, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// `items` repeated; the size was charged before.
fn cycle(items: &[Value], count: usize) -> Vec<Value> {
    std::iter::repeat_n(items, count)
        .flatten()
        .cloned()
        .collect()
}

fn in_range(range: &Range, item: &Value) -> bool {
    let whole = match item {
        Value::Float(f) if f.fract() == 0.0 => number::truncate(*f).as_i64(),
        other => other.as_i64(),
    };
    whole.is_some_and(|i| range.position(i).is_some())
}

fn unsupported(op: BinaryOp, left: &Value, right: &Value) -> Error {
    let (a, b) = (left.type_name(), right.type_name());
    match (op, left, right) {
        (BinaryOp::Add, Value::Str(_), _) => {
            Error::type_error(format!("can only concatenate str (not \"{b}\") to str"))
                .with_help("convert with `str(…)`, or use an f-string")
        }
        (BinaryOp::Add, Value::List(_) | Value::Tuple(_), _) => {
            Error::type_error(format!("can only concatenate {a} (not \"{b}\") to {a}"))
        }
        (BinaryOp::Mul, Value::Str(_) | Value::List(_) | Value::Tuple(_), _) => {
            Error::type_error(format!("can't multiply sequence by non-int of type '{b}'"))
        }
        (BinaryOp::Mul, _, Value::Str(_) | Value::List(_) | Value::Tuple(_)) => {
            Error::type_error(format!("can't multiply sequence by non-int of type '{a}'"))
        }
        _ => {
            let symbol = if op == BinaryOp::Pow {
                "** or pow()"
            } else {
                op.symbol()
            };
            let error = Error::type_error(format!(
                "unsupported operand type(s) for {symbol}: '{a}' and '{b}'"
            ));
            let none = matches!(left, Value::None) || matches!(right, Value::None);
            if none {
                error.with_help("one side is None: does a function end without `return`?")
            } else {
                error
            }
        }
    }
}
