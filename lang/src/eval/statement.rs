//! Execution of statements.

use super::{Flow, Frame, Machine};
use crate::error::{self, Error, Result};
use crate::source::Span;
use crate::syntax::{Block, Expr, Handler, Stmt, StmtKind, Target, TargetKind};
use crate::value::{BinaryOp, ExceptionKind, Type, Value};

impl Machine {
    /// Runs statements one after the other.
    pub(crate) fn block(&mut self, frame: &mut Frame, block: &Block) -> Result<Flow> {
        for statement in block {
            match self.statement(frame, statement)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, frame: &mut Frame, stmt: &Stmt) -> Result<Flow> {
        self.meter.step().map_err(|e| e.at(stmt.span))?;
        match &stmt.kind {
            StmtKind::Expr(expr) => {
                self.eval(frame, expr)?;
            }
            StmtKind::Assign(targets, expr) => {
                let value = self.eval(frame, expr)?;
                for target in targets {
                    self.assign(frame, target, value.clone(), expr.span)?;
                }
            }
            StmtKind::Return(expr) => {
                return Ok(Flow::Return(match expr {
                    Some(expr) => self.eval(frame, expr)?,
                    None => Value::None,
                }));
            }
            StmtKind::If(branches, orelse) => {
                for (test, body) in branches {
                    let value = self.eval(frame, test)?;
                    if self.test(&value, test)? {
                        return self.block(frame, body);
                    }
                }
                return self.block(frame, orelse);
            }
            StmtKind::For {
                target,
                iterable,
                body,
                orelse,
            } => {
                return self.for_loop(frame, target, iterable, body, orelse);
            }
            StmtKind::While { test, body, orelse } => loop {
                self.meter.step().map_err(|e| e.at(test.span))?;
                let value = self.eval(frame, test)?;
                if !self.test(&value, test)? {
                    return self.block(frame, orelse);
                }
                match self.block(frame, body)? {
                    Flow::Next | Flow::Continue => {}
                    Flow::Break => return Ok(Flow::Next),
                    flow @ Flow::Return(_) => return Ok(flow),
                }
            },
            StmtKind::Augment(parts) => {
                self.augment(frame, &parts.0, parts.1, &parts.2, stmt.span)?;
            }
            StmtKind::Define(slot, definition) => {
                let mut value = self.function(frame, definition)?;
                for decorator in definition.decorators.iter().rev() {
                    let function = self.eval(frame, decorator)?;
                    let site = decorator.span;
                    value = self
                        .context(site)
                        .call(&function, &[value])
                        .map_err(|e| e.at(site))?;
                }
                self.store(frame, *slot, Some(value));
            }
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
            StmtKind::Pass => {}
            StmtKind::Delete(targets) => {
                for target in targets {
                    self.delete(frame, target)?;
                }
            }
            StmtKind::Raise(None) => {
                return Err(self.handled.last().cloned().unwrap_or_else(|| {
                    Error::runtime_error("No active exception to reraise").at(stmt.span)
                }));
            }
            StmtKind::Raise(Some(expr)) => {
                let value = self.eval(frame, expr)?;
                return Err(error::raise(&value).at(stmt.span));
            }
            StmtKind::Try {
                body,
                handlers,
                orelse,
                finally,
            } => {
                return self.try_statement(frame, body, handlers, orelse, finally);
            }
            StmtKind::With { items, body } => return self.with(frame, items, body),
            StmtKind::Assert(test, message) => {
                let value = self.eval(frame, test)?;
                if !self.test(&value, test)? {
                    let text = match message {
                        Some(message) => {
                            let value = self.eval(frame, message)?;
                            self.context(message.span).str(&value)?
                        }
                        None => String::new(),
                    };
                    return Err(Error::new(ExceptionKind::AssertionError, text)
                        .with_label("this is not true")
                        .at(test.span));
                }
            }
            StmtKind::Import {
                module,
                module_span,
                binding,
                alias,
            } => {
                let value = self
                    .import(module, alias.is_some())
                    .map_err(|e| e.at(*module_span))?;
                self.store(frame, *binding, Some(value));
            }
            StmtKind::ImportFrom {
                module,
                module_span,
                names,
            } => {
                for (name, slot, span) in names {
                    let value = self
                        .import_name(module, *module_span, name)
                        .map_err(|e| e.at(*span))?;
                    self.store(frame, *slot, Some(value));
                }
            }
            StmtKind::ImportAll {
                module,
                module_span,
            } => {
                self.import_all(module).map_err(|e| e.at(*module_span))?;
            }
        }
        Ok(Flow::Next)
    }

    fn for_loop(
        &mut self,
        frame: &mut Frame,
        target: &Target,
        iterable: &Expr,
        body: &Block,
        orelse: &Block,
    ) -> Result<Flow> {
        let span = iterable.span;
        let value = self.eval(frame, iterable)?;
        let mut iter = self.context(span).iterate(&value).map_err(|e| e.at(span))?;
        drop(value);
        while let Some(item) = self
            .context(span)
            .advance(&mut iter)
            .map_err(|e| e.at(span))?
        {
            self.assign(frame, target, item, target.span)?;
            match self.block(frame, body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                flow @ Flow::Return(_) => return Ok(flow),
            }
        }
        self.block(frame, orelse)
    }

    fn augment(
        &mut self,
        frame: &mut Frame,
        target: &Target,
        op: BinaryOp,
        value: &Expr,
        span: Span,
    ) -> Result<()> {
        let place = |e: Error| e.at(span);
        match &target.kind {
            TargetKind::Name(slot) => {
                let name = Expr {
                    span: target.span,
                    kind: crate::syntax::ExprKind::Name(*slot),
                };
                let old = self.eval(frame, &name)?;
                let value = self.eval(frame, value)?;
                let new = self
                    .context(span)
                    .augmented(op, &old, &value)
                    .map_err(place)?;
                self.store(frame, *slot, Some(new));
            }
            TargetKind::Attribute(owner, name) => {
                let owner = self.eval(frame, owner)?;
                let old = self
                    .context(target.span)
                    .attribute(&owner, name)
                    .map_err(place)?;
                let value = self.eval(frame, value)?;
                let new = self
                    .context(span)
                    .augmented(op, &old, &value)
                    .map_err(place)?;
                self.context(span)
                    .set_attribute(&owner, name, &new)
                    .map_err(place)?;
            }
            TargetKind::Subscript(parts) => {
                let owner = self.eval(frame, &parts.0)?;
                let key = self.eval(frame, &parts.1)?;
                let old = self
                    .context(target.span)
                    .item(&owner, &key)
                    .map_err(place)?;
                let value = self.eval(frame, value)?;
                let new = self
                    .context(span)
                    .augmented(op, &old, &value)
                    .map_err(place)?;
                self.context(span)
                    .set_item(&owner, &key, &new)
                    .map_err(place)?;
            }
            TargetKind::Unpack(..) => {
                return Err(
                    Error::type_error("augmented assignment needs a single target").at(span),
                );
            }
        }
        Ok(())
    }

    fn try_statement(
        &mut self,
        frame: &mut Frame,
        body: &Block,
        handlers: &[Handler],
        orelse: &Block,
        finally: &Block,
    ) -> Result<Flow> {
        let result = match self.block(frame, body) {
            Ok(Flow::Next) => self.block(frame, orelse),
            Ok(flow) => Ok(flow),
            Err(error) => self.handle(frame, handlers, error),
        };
        // A limit is final: not even `finally` runs after it.
        if finally.is_empty() || matches!(&result, Err(e) if e.exception().is_none()) {
            return result;
        }
        match self.block(frame, finally)? {
            Flow::Next => result,
            flow => Ok(flow),
        }
    }

    fn handle(&mut self, frame: &mut Frame, handlers: &[Handler], error: Error) -> Result<Flow> {
        let Some(exception) = error.exception().cloned() else {
            return Err(error);
        };
        for handler in handlers {
            let matches = match &handler.kind {
                None => true,
                Some(expr) => {
                    let kind = self.eval(frame, expr)?;
                    exception_matches(exception.kind, &kind).map_err(|e| e.at(expr.span))?
                }
            };
            if !matches {
                continue;
            }
            if let Some(slot) = handler.name {
                self.store(frame, slot, Some(Value::Exception(exception)));
            }
            self.handled.push(error);
            let result = self.block(frame, &handler.body);
            self.handled.pop();
            if let Some(slot) = handler.name {
                self.store(frame, slot, None);
            }
            return result;
        }
        Err(error)
    }

    fn with(
        &mut self,
        frame: &mut Frame,
        items: &[(Expr, Option<Target>)],
        body: &Block,
    ) -> Result<Flow> {
        let Some(((expr, target), rest)) = items.split_first() else {
            return self.block(frame, body);
        };
        let span = expr.span;
        let manager = self.eval(frame, expr)?;
        let not_offered = || {
            Error::type_error(format!(
                "'{}' object does not support the context manager protocol",
                manager.type_name()
            ))
            .at(span)
        };
        let Value::Native(object) = &manager else {
            return Err(not_offered());
        };
        let entered = object
            .enter(&mut self.context(span), &manager)
            .map_err(|e| e.at(span))?
            .ok_or_else(not_offered)?;
        let result = match target {
            Some(target) => self.assign(frame, target, entered, span),
            None => Ok(()),
        };
        let result = result.and_then(|()| self.with(frame, rest, body));
        let error = result.as_ref().err();
        let swallow = object
            .exit(&mut self.context(span), error)
            .map_err(|e| e.at(span))?;
        match result {
            Err(error) if swallow && error.exception().is_some() => Ok(Flow::Next),
            result => result,
        }
    }
}

/// Whether `except kind` catches an exception.
fn exception_matches(raised: ExceptionKind, kind: &Value) -> Result<bool> {
    match kind {
        Value::Type(Type::Exception(kind)) => Ok(raised.is_a(*kind)),
        Value::Tuple(kinds) => {
            for kind in kinds.items() {
                if exception_matches(raised, kind)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Err(Error::type_error(
            "catching classes that do not inherit from BaseException is not allowed",
        )),
    }
}
