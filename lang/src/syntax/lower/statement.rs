//! Lowering of statements and assignment targets.

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr as PyExpr, Stmt as PyStmt};
use ruff_text_size::Ranged;

use super::super::tree::{Block, Handler, Slot, Stmt, StmtKind, Target, TargetKind};
use super::expression::binary_op;
use super::{Lowerer, Result};

impl Lowerer<'_> {
    pub(super) fn block(&mut self, body: &[PyStmt]) -> Result<Block> {
        let mut block = Vec::with_capacity(body.len());
        for statement in body {
            let span = self.span(statement);
            if let Some(kind) = self.statement(statement)? {
                block.push(Stmt { span, kind });
            }
        }
        Ok(block)
    }

    fn loop_body(&mut self, body: &[PyStmt]) -> Result<Block> {
        self.function().loops += 1;
        let block = self.block(body);
        self.function().loops -= 1;
        block
    }

    fn statement(&mut self, py: &PyStmt) -> Result<Option<StmtKind>> {
        let span = self.span(py);
        Ok(Some(match py {
            PyStmt::Expr(e) => match &*e.value {
                // Docstrings and `...` have no effect.
                PyExpr::StringLiteral(_) | PyExpr::EllipsisLiteral(_) => return Ok(None),
                value => StmtKind::Expr(self.expr(value)?),
            },
            PyStmt::Assign(a) => {
                let value = self.expr(&a.value)?;
                StmtKind::Assign(self.targets(&a.targets)?, value)
            }
            PyStmt::AnnAssign(a) => match &a.value {
                Some(value) => {
                    let value = self.expr(value)?;
                    StmtKind::Assign(vec![self.target(&a.target)?], value)
                }
                None => return Ok(None),
            },
            PyStmt::AugAssign(a) => {
                let target = self.target(&a.target)?;
                StmtKind::Augment(Box::new((target, binary_op(a.op), self.expr(&a.value)?)))
            }
            PyStmt::For(f) if f.is_async => {
                return self.unsupported(span, "`async for` is", "write `for` without `async`");
            }
            PyStmt::For(f) => StmtKind::For {
                iterable: self.expr(&f.iter)?,
                target: self.target(&f.target)?,
                body: self.loop_body(&f.body)?,
                orelse: self.block(&f.orelse)?,
            },
            PyStmt::While(w) => StmtKind::While {
                test: self.expr(&w.test)?,
                body: self.loop_body(&w.body)?,
                orelse: self.block(&w.orelse)?,
            },
            PyStmt::If(i) => self.conditional(i)?,
            PyStmt::FunctionDef(def) => {
                let definition = self.definition(def)?;
                StmtKind::Define(self.slot(def.name.as_str()), Box::new(definition))
            }
            PyStmt::Return(r) => {
                if self.functions.len() == 1 {
                    return self.error(span, "syntax error: `return` outside function", "");
                }
                let value = r.value.as_deref().map(|v| self.expr(v)).transpose()?;
                self.function().returns_value |= value.is_some();
                StmtKind::Return(value)
            }
            PyStmt::Break(_) | PyStmt::Continue(_) if self.function().loops == 0 => {
                let what = if matches!(py, PyStmt::Break(_)) {
                    "`break`"
                } else {
                    "`continue`"
                };
                return self.error(span, &format!("syntax error: {what} outside loop"), "");
            }
            PyStmt::Break(_) => StmtKind::Break,
            PyStmt::Continue(_) => StmtKind::Continue,
            PyStmt::Pass(_) => StmtKind::Pass,
            PyStmt::Global(_) | PyStmt::Nonlocal(_) => return Ok(None),
            PyStmt::Delete(d) => StmtKind::Delete(self.targets(&d.targets)?),
            PyStmt::Raise(r) => {
                StmtKind::Raise(r.exc.as_deref().map(|e| self.expr(e)).transpose()?)
            }
            PyStmt::Try(t) => self.try_statement(t)?,
            PyStmt::With(w) if w.is_async => {
                return self.unsupported(span, "`async with` is", "write `with` without `async`");
            }
            PyStmt::With(w) => {
                let mut items = Vec::with_capacity(w.items.len());
                for item in &w.items {
                    let context = self.expr(&item.context_expr)?;
                    let target = item
                        .optional_vars
                        .as_deref()
                        .map(|t| self.target(t))
                        .transpose()?;
                    items.push((context, target));
                }
                StmtKind::With {
                    items,
                    body: self.block(&w.body)?,
                }
            }
            PyStmt::Assert(a) => {
                let test = self.expr(&a.test)?;
                StmtKind::Assert(test, a.msg.as_deref().map(|m| self.expr(m)).transpose()?)
            }
            PyStmt::Import(i) => return self.import(i).map(Some),
            PyStmt::ImportFrom(i) => self.import_from(i)?,
            PyStmt::ClassDef(c) => {
                let span = self.span(&c.name);
                return self.unsupported(
                    span,
                    "classes are",
                    "use functions; a dict or a tuple holds values that belong together",
                );
            }
            PyStmt::Match(_) => {
                return self.unsupported(span, "`match` is", "use if/elif, or a dict lookup");
            }
            PyStmt::TypeAlias(_) => {
                return self.unsupported(
                    span,
                    "type aliases are",
                    "leave it out: types are not checked",
                );
            }
            PyStmt::IpyEscapeCommand(_) => return self.unsupported(span, "this is", ""),
        }))
    }

    fn conditional(&mut self, py: &ast::StmtIf) -> Result<StmtKind> {
        let mut branches = vec![(self.expr(&py.test)?, self.block(&py.body)?)];
        let mut orelse = Vec::new();
        for clause in &py.elif_else_clauses {
            match &clause.test {
                Some(test) => branches.push((self.expr(test)?, self.block(&clause.body)?)),
                None => orelse = self.block(&clause.body)?,
            }
        }
        Ok(StmtKind::If(branches, orelse))
    }

    fn try_statement(&mut self, py: &ast::StmtTry) -> Result<StmtKind> {
        if py.is_star {
            let span = self.span(py);
            return self.unsupported(span, "`except*` is", "write `except`");
        }
        let body = self.block(&py.body)?;
        let mut handlers = Vec::with_capacity(py.handlers.len());
        for handler in &py.handlers {
            let ast::ExceptHandler::ExceptHandler(h) = handler;
            handlers.push(Handler {
                kind: h.type_.as_deref().map(|t| self.expr(t)).transpose()?,
                name: h.name.as_ref().map(|n| self.slot(n.as_str())),
                body: self.block(&h.body)?,
            });
        }
        let orelse = self.block(&py.orelse)?;
        Ok(StmtKind::Try {
            body,
            handlers,
            orelse,
            finally: self.block(&py.finalbody)?,
        })
    }

    /// `import a, b as c`: one statement per module; several become a block run as one `if True`.
    fn import(&mut self, py: &ast::StmtImport) -> Result<StmtKind> {
        let mut statements = Vec::with_capacity(py.names.len());
        for alias in &py.names {
            let module = self.name(alias.name.as_str());
            let module_span = self.span(&alias.name);
            let alias_name = alias.asname.as_ref().map(|n| self.name(n.as_str()));
            let binding = match &alias_name {
                Some(name) => self.slot(name),
                None => self.slot(module.split('.').next().unwrap_or(&module)),
            };
            let kind = StmtKind::Import {
                module,
                module_span,
                binding,
                alias: alias_name,
            };
            statements.push(Stmt {
                span: module_span,
                kind,
            });
        }
        match statements.pop() {
            Some(only) if statements.is_empty() => Ok(only.kind),
            Some(last) => {
                statements.push(last);
                Ok(StmtKind::If(Vec::new(), statements))
            }
            None => Ok(StmtKind::Pass),
        }
    }

    fn import_from(&mut self, py: &ast::StmtImportFrom) -> Result<StmtKind> {
        let span = self.span(py);
        let Some(module) = py.module.as_ref().filter(|_| py.level == 0) else {
            return self.unsupported(
                span,
                "relative imports are",
                "a patch is one file; import `krs`, `krp`, `kr` or `math`",
            );
        };
        let module_span = self.span(module);
        let module = self.name(module.as_str());
        if py.names.first().is_some_and(|n| n.name.as_str() == "*") {
            if self.functions.len() > 1 {
                return self.error(
                    span,
                    "syntax error: import * only allowed at module level",
                    "",
                );
            }
            return Ok(StmtKind::ImportAll {
                module,
                module_span,
            });
        }
        let mut names: Vec<(Rc<str>, Slot, _)> = Vec::with_capacity(py.names.len());
        for alias in &py.names {
            let name = self.name(alias.name.as_str());
            let slot = self.slot(alias.asname.as_ref().unwrap_or(&alias.name).as_str());
            names.push((name, slot, self.span(&alias.name)));
        }
        Ok(StmtKind::ImportFrom {
            module,
            module_span,
            names,
        })
    }

    fn targets(&mut self, py: &[PyExpr]) -> Result<Vec<Target>> {
        py.iter().map(|t| self.target(t)).collect()
    }

    pub(super) fn target(&mut self, py: &PyExpr) -> Result<Target> {
        let span = self.range(py.range());
        let kind = match py {
            PyExpr::Name(n) => TargetKind::Name(self.slot(n.id.as_str())),
            PyExpr::Attribute(a) => {
                TargetKind::Attribute(Box::new(self.expr(&a.value)?), self.name(a.attr.as_str()))
            }
            PyExpr::Subscript(s) => {
                TargetKind::Subscript(Box::new((self.expr(&s.value)?, self.expr(&s.slice)?)))
            }
            PyExpr::Tuple(t) => self.unpack(&t.elts, span)?,
            PyExpr::List(l) => self.unpack(&l.elts, span)?,
            PyExpr::Starred(_) => {
                return self.error(
                    span,
                    "syntax error: starred assignment target must be in a list or tuple",
                    "write `*rest,` or `first, *rest`",
                );
            }
            _ => return self.error(span, "syntax error: cannot assign to this expression", ""),
        };
        Ok(Target { span, kind })
    }

    fn unpack(&mut self, py: &[PyExpr], span: crate::source::Span) -> Result<TargetKind> {
        let (mut before, mut star, mut after) = (Vec::new(), None, Vec::new());
        for element in py {
            match element {
                PyExpr::Starred(s) if star.is_none() => {
                    star = Some(Box::new(self.target(&s.value)?));
                }
                PyExpr::Starred(_) => {
                    let text = "syntax error: multiple starred expressions in assignment";
                    return self.error(span, text, "");
                }
                e if star.is_none() => before.push(self.target(e)?),
                e => after.push(self.target(e)?),
            }
        }
        Ok(TargetKind::Unpack(before, star, after))
    }
}
