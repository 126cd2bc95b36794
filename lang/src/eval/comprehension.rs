//! Comprehensions and generator expressions.
//!
//! A comprehension is a small frame and a stack of iterators, one per `for` clause entered. Lists,
//! sets and dicts run it to the end; a generator expression keeps it as a value and takes one step
//! at a time.

use std::rc::Rc;

use super::{Context, Frame, Machine};
use crate::error::Result;
use crate::syntax::{Collect, ComprehensionCode};
use crate::value::{Dict, Generator, Iter, IteratorObject, Set, Type, Value};

impl Machine {
    pub(super) fn comprehension(
        &mut self,
        frame: &mut Frame,
        collect: Collect,
        code: &Rc<ComprehensionCode>,
    ) -> Result<Value> {
        let first = self.eval(frame, &code.first)?;
        let span = code.first.span;
        let first = self.context(span).iterate(&first).map_err(|e| e.at(span))?;
        let captured: Vec<_> = code
            .captures
            .iter()
            .map(|i| Rc::clone(&frame.cells[*i as usize]))
            .collect();
        let inner = self.frame(&code.frame, Vec::new(), &captured);
        let mut generator = Generator {
            code: Rc::clone(code),
            frame: inner,
            iterators: vec![first],
        };
        match collect {
            Collect::Generator => {
                self.meter.memory(256)?;
                let iter = Iter::Generator(Box::new(generator));
                Ok(Value::Iterator(Rc::new(IteratorObject::new(
                    Type::Generator,
                    iter,
                ))))
            }
            Collect::List => {
                let mut items = Vec::new();
                while self.step_generator(&mut generator)? {
                    items.push(self.eval(&mut generator.frame, &code.element)?);
                    self.context(code.span).charge_items(1)?;
                }
                Ok(Value::list(items))
            }
            Collect::Set => {
                let set = Set::default();
                while self.step_generator(&mut generator)? {
                    let item = self.eval(&mut generator.frame, &code.element)?;
                    let mut context = self.context(code.element.span);
                    let key = context.key(&item).map_err(|e| e.at(code.element.span))?;
                    context.charge_items(2)?;
                    set.keys_mut().insert(key);
                }
                Ok(Value::Set(Rc::new(set)))
            }
            Collect::Dict => {
                let dict = Dict::default();
                while self.step_generator(&mut generator)? {
                    let key = self.eval(&mut generator.frame, &code.element)?;
                    let value = match &code.value {
                        Some(value) => self.eval(&mut generator.frame, value)?,
                        None => Value::None,
                    };
                    let mut context = self.context(code.element.span);
                    let key = context.key(&key).map_err(|e| e.at(code.element.span))?;
                    context.charge_items(3)?;
                    dict.map_mut().insert(key, value);
                }
                Ok(Value::Dict(Rc::new(dict)))
            }
        }
    }

    /// Moves to the next combination that passes all conditions; `false` at the end.
    fn step_generator(&mut self, generator: &mut Generator) -> Result<bool> {
        let code = Rc::clone(&generator.code);
        loop {
            let Some(depth) = generator.iterators.len().checked_sub(1) else {
                return Ok(false);
            };
            let clause = &code.clauses[depth];
            let next = self
                .context(clause.span)
                .advance(&mut generator.iterators[depth]);
            let Some(item) = next.map_err(|e| e.at(clause.span))? else {
                generator.iterators.pop();
                continue;
            };
            self.assign(
                &mut generator.frame,
                &clause.target,
                item,
                clause.target.span,
            )?;
            let mut passes = true;
            for condition in &clause.conditions {
                let value = self.eval(&mut generator.frame, condition)?;
                if !self.test(&value, condition)? {
                    passes = false;
                    break;
                }
            }
            if !passes {
                continue;
            }
            match code
                .clauses
                .get(depth + 1)
                .and_then(|c| c.iterable.as_ref())
            {
                None => return Ok(true),
                Some(iterable) => {
                    let value = self.eval(&mut generator.frame, iterable)?;
                    let span = iterable.span;
                    let iter = self.context(span).iterate(&value).map_err(|e| e.at(span))?;
                    generator.iterators.push(iter);
                }
            }
        }
    }
}

impl Context<'_> {
    /// The next item of a generator expression.
    pub(super) fn advance_generator(&mut self, generator: &mut Generator) -> Result<Option<Value>> {
        if !self.machine.step_generator(generator)? {
            return Ok(None);
        }
        let code = Rc::clone(&generator.code);
        self.machine
            .eval(&mut generator.frame, &code.element)
            .map(Some)
    }
}
