//! Lowering of functions, lambdas, parameters and comprehensions.

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr as PyExpr, Parameters, Stmt as PyStmt};
use ruff_text_size::{Ranged, TextRange};

use super::super::tree::{
    Clause, Collect, ComprehensionCode, Definition, Expr, ExprKind, FunctionCode, ParameterDetail,
    Stmt, StmtKind,
};
use super::{Lowerer, Result};
use crate::value::{Parameter, ParameterKind};

/// The docstring of a body.
pub(super) fn docstring(body: &[PyStmt]) -> Option<Rc<str>> {
    let PyStmt::Expr(statement) = body.first()? else {
        return None;
    };
    let PyExpr::StringLiteral(text) = &*statement.value else {
        return None;
    };
    Some(text.value.to_str().into())
}

impl Lowerer<'_> {
    pub(super) fn definition(&mut self, def: &ast::StmtFunctionDef) -> Result<Definition> {
        if def.is_async {
            let span = self.span(&def.name);
            return self.unsupported(span, "async functions are", "write `def` without `async`");
        }
        let decorators = def
            .decorator_list
            .iter()
            .map(|d| self.expr(&d.expression))
            .collect::<Result<_>>()?;
        let defaults = self.defaults(&def.parameters)?;
        self.enter(def.range);
        let (parameters, details) = self.parameters(&def.parameters);
        let body = self.block(&def.body)?;
        let last = def.body.last().map_or(def.range, Ranged::range);
        let (state, captures) = self.leave();
        let code = FunctionCode {
            name: self.name(def.name.as_str()),
            span: self.span(&def.name),
            parameters,
            parameter_details: details,
            frame: state.layout,
            body,
            returns_value: state.returns_value,
            last_statement: self.range(last),
            doc: docstring(&def.body),
        };
        Ok(Definition {
            code: Rc::new(code),
            defaults,
            captures,
            decorators,
        })
    }

    pub(super) fn lambda(&mut self, lambda: &ast::ExprLambda) -> Result<Definition> {
        let empty = Parameters::default();
        let py_parameters = lambda.parameters.as_deref().unwrap_or(&empty);
        let defaults = self.defaults(py_parameters)?;
        self.enter(lambda.range);
        let (parameters, details) = self.parameters(py_parameters);
        let body = self.expr(&lambda.body)?;
        let (state, captures) = self.leave();
        let span = body.span;
        let code = FunctionCode {
            name: self.name("<lambda>"),
            span: self.range(lambda.range),
            parameters,
            parameter_details: details,
            frame: state.layout,
            body: vec![Stmt {
                span,
                kind: StmtKind::Return(Some(body)),
            }],
            returns_value: true,
            last_statement: span,
            doc: None,
        };
        Ok(Definition {
            code: Rc::new(code),
            defaults,
            captures,
            decorators: Vec::new(),
        })
    }

    /// Default expressions, evaluated outside the function; one entry per parameter.
    fn defaults(&mut self, parameters: &Parameters) -> Result<Vec<Option<Expr>>> {
        let mut defaults = Vec::with_capacity(parameters.len());
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            defaults.push(
                parameter
                    .default
                    .as_deref()
                    .map(|d| self.expr(d))
                    .transpose()?,
            );
        }
        if parameters.vararg.is_some() {
            defaults.push(None);
        }
        for parameter in &parameters.kwonlyargs {
            defaults.push(
                parameter
                    .default
                    .as_deref()
                    .map(|d| self.expr(d))
                    .transpose()?,
            );
        }
        if parameters.kwarg.is_some() {
            defaults.push(None);
        }
        Ok(defaults)
    }

    /// Gives the parameters the first local slots, in binding order.
    fn parameters(&mut self, py: &Parameters) -> (Vec<Parameter>, Vec<ParameterDetail>) {
        let mut parameters = Vec::with_capacity(py.len());
        let mut details = Vec::with_capacity(py.len());
        let mut add = |lowerer: &mut Self, p: &ast::Parameter, kind, optional| {
            let name = lowerer.name(p.name.as_str());
            let slot = lowerer.local(&name);
            let function = lowerer.function();
            if let Some(cell) = function.cells.get(&name).copied() {
                function.layout.captured_parameters.push((slot, cell));
            }
            details.push(ParameterDetail {
                annotation: p.annotation.as_ref().map(|a| {
                    let span = lowerer.span(&**a);
                    lowerer.sources.text(span).into()
                }),
                span: lowerer.span(p),
            });
            parameters.push(Parameter {
                name,
                kind,
                optional,
                default: None,
            });
        };
        for p in &py.posonlyargs {
            add(
                self,
                &p.parameter,
                ParameterKind::PositionalOnly,
                p.default.is_some(),
            );
        }
        for p in &py.args {
            add(
                self,
                &p.parameter,
                ParameterKind::Standard,
                p.default.is_some(),
            );
        }
        if let Some(p) = &py.vararg {
            add(self, p, ParameterKind::Rest, true);
        }
        for p in &py.kwonlyargs {
            add(
                self,
                &p.parameter,
                ParameterKind::KeywordOnly,
                p.default.is_some(),
            );
        }
        if let Some(p) = &py.kwarg {
            add(self, p, ParameterKind::Keywords, true);
        }
        (parameters, details)
    }

    pub(super) fn comprehension(
        &mut self,
        collect: Collect,
        range: TextRange,
        generators: &[ast::Comprehension],
        element: &PyExpr,
        value: Option<&PyExpr>,
    ) -> Result<ExprKind> {
        let span = self.range(range);
        let Some(head) = generators.first() else {
            return self.error(span, "syntax error: comprehension without `for`", "");
        };
        if let Some(clause) = generators.iter().find(|g| g.is_async) {
            let span = self.span(clause);
            return self.unsupported(span, "`async for` is", "write `for` without `async`");
        }
        let first = self.expr(&head.iter)?;
        self.enter(range);
        let mut clauses = Vec::with_capacity(generators.len());
        for (i, clause) in generators.iter().enumerate() {
            let iterable = if i == 0 {
                None
            } else {
                Some(self.expr(&clause.iter)?)
            };
            let target = self.target(&clause.target)?;
            let conditions = clause
                .ifs
                .iter()
                .map(|c| self.expr(c))
                .collect::<Result<_>>()?;
            clauses.push(Clause {
                target,
                iterable,
                conditions,
                span: self.span(clause),
            });
        }
        let element = self.expr(element)?;
        let value = value.map(|v| self.expr(v)).transpose()?;
        let (state, captures) = self.leave();
        let code = ComprehensionCode {
            frame: state.layout,
            captures,
            first,
            clauses,
            element,
            value,
            span,
        };
        Ok(ExprKind::Comprehension(collect, Rc::new(code)))
    }
}
