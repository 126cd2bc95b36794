//! Which variable does a name mean? Python's scoping rules, applied before evaluation.
//!
//! One walk over the tree records, per function, lambda and comprehension, the names it binds and
//! uses; a second pass over the scopes decides for each name whether it is local, shared with an
//! inner function (a cell), captured from an outer one, or global. Scopes are found again by source
//! range when the tree is lowered.
//!
//! Invariant: a captured name has a cell in every scope between its owner and its user.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, ExprContext, Parameters, Stmt};
use ruff_text_size::{Ranged, TextRange};

/// Index of a scope; 0 is the module.
pub(super) type ScopeId = usize;

#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) parent: Option<ScopeId>,
    is_comprehension: bool,
    /// Bound names in order of first binding.
    pub(super) bound: Vec<String>,
    bound_set: HashSet<String>,
    used: Vec<String>,
    global: HashSet<String>,
    nonlocal: Vec<(String, TextRange)>,
    /// Own names that inner scopes capture.
    pub(super) cells: Vec<String>,
    /// Names captured from outer scopes.
    pub(super) free: Vec<String>,
}

/// What a name means in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Local,
    Cell,
    Free,
    Global,
}

#[derive(Debug)]
pub(super) struct Scopes {
    pub(super) scopes: Vec<Scope>,
    by_range: HashMap<TextRange, ScopeId>,
}

/// A scoping mistake: message and place.
pub(super) type ScopeError = (String, TextRange);

impl Scopes {
    /// Analyses a module.
    pub(super) fn analyse(body: &[Stmt]) -> Result<Self, ScopeError> {
        let mut collector = Collector {
            scopes: vec![Scope::default()],
            by_range: HashMap::new(),
            current: 0,
            error: None,
        };
        collector.visit_body(body);
        if let Some(error) = collector.error {
            return Err(error);
        }
        let mut scopes = Self {
            scopes: collector.scopes,
            by_range: collector.by_range,
        };
        scopes.resolve()?;
        Ok(scopes)
    }

    pub(super) fn at(&self, range: TextRange) -> ScopeId {
        self.by_range.get(&range).copied().unwrap_or(0)
    }

    pub(super) fn meaning(&self, scope: ScopeId, name: &str) -> Meaning {
        let s = &self.scopes[scope];
        if scope == 0 || s.global.contains(name) {
            Meaning::Global
        } else if s.free.iter().any(|n| n == name) {
            Meaning::Free
        } else if s.cells.iter().any(|n| n == name) {
            Meaning::Cell
        } else if s.bound_set.contains(name) {
            Meaning::Local
        } else {
            Meaning::Global
        }
    }

    fn resolve(&mut self) -> Result<(), ScopeError> {
        for id in 1..self.scopes.len() {
            for (name, range) in std::mem::take(&mut self.scopes[id].nonlocal) {
                if !self.capture(id, &name) {
                    return Err((format!("no binding for nonlocal '{name}' found"), range));
                }
            }
            for name in std::mem::take(&mut self.scopes[id].used) {
                let scope = &self.scopes[id];
                if !scope.bound_set.contains(&name) && !scope.global.contains(&name) {
                    self.capture(id, &name);
                }
            }
        }
        Ok(())
    }

    /// Captures `name` into `scope` from the nearest enclosing function that binds it.
    fn capture(&mut self, scope: ScopeId, name: &str) -> bool {
        let mut path = vec![scope];
        let mut at = self.scopes[scope].parent;
        while let Some(id) = at.filter(|id| *id != 0) {
            let outer = &mut self.scopes[id];
            if outer.global.contains(name) {
                return false;
            }
            let is_free = outer.free.iter().any(|n| n == name);
            if outer.bound_set.contains(name) || is_free {
                if !is_free && !outer.cells.iter().any(|n| n == name) {
                    outer.cells.push(name.to_owned());
                }
                for id in path {
                    let inner = &mut self.scopes[id];
                    if !inner.free.iter().any(|n| n == name) {
                        inner.free.push(name.to_owned());
                    }
                }
                return true;
            }
            path.push(id);
            at = outer.parent;
        }
        false
    }
}

struct Collector {
    scopes: Vec<Scope>,
    by_range: HashMap<TextRange, ScopeId>,
    current: ScopeId,
    error: Option<ScopeError>,
}

impl Collector {
    fn scope(&mut self) -> &mut Scope {
        &mut self.scopes[self.current]
    }

    fn bind_in(&mut self, id: ScopeId, name: &str) {
        let scope = &mut self.scopes[id];
        if scope.global.contains(name) || scope.nonlocal.iter().any(|(n, _)| n == name) {
            return;
        }
        if scope.bound_set.insert(name.to_owned()) {
            scope.bound.push(name.to_owned());
        }
    }

    fn bind(&mut self, name: &str) {
        self.bind_in(self.current, name);
    }

    fn enter(&mut self, range: TextRange, is_comprehension: bool) -> ScopeId {
        let outer = self.current;
        self.scopes.push(Scope {
            parent: Some(outer),
            is_comprehension,
            ..Scope::default()
        });
        self.current = self.scopes.len() - 1;
        self.by_range.insert(range, self.current);
        outer
    }

    fn defaults(&mut self, parameters: &Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = &parameter.default {
                self.visit_expr(default);
            }
        }
    }

    fn parameters(&mut self, parameters: &Parameters) {
        for parameter in parameters {
            let name = parameter.name().as_str();
            if self.scope().bound_set.contains(name) && self.error.is_none() {
                self.error = Some((
                    format!("duplicate argument '{name}' in function definition"),
                    parameter.as_parameter().name.range(),
                ));
            }
            self.bind(name);
        }
    }

    fn comprehension<'a>(
        &mut self,
        range: TextRange,
        generators: &'a [ast::Comprehension],
        elements: &[&'a Expr],
    ) {
        let Some(first) = generators.first() else {
            return;
        };
        self.visit_expr(&first.iter);
        let outer = self.enter(range, true);
        for (i, clause) in generators.iter().enumerate() {
            if i > 0 {
                self.visit_expr(&clause.iter);
            }
            self.visit_expr(&clause.target);
            for condition in &clause.ifs {
                self.visit_expr(condition);
            }
        }
        for element in elements {
            self.visit_expr(element);
        }
        self.current = outer;
    }

    fn declare_global(&mut self, name: &ast::Identifier) {
        if self.scope().bound_set.contains(name.as_str()) && self.current != 0 {
            let text = format!("name '{name}' is assigned to before global declaration");
            self.error.get_or_insert((text, name.range()));
        }
        self.scope().global.insert(name.to_string());
        self.bind_in(0, name.as_str());
    }

    fn declare_nonlocal(&mut self, name: &ast::Identifier) {
        if self.current == 0 {
            let text = "nonlocal declaration not allowed at module level".to_owned();
            self.error.get_or_insert((text, name.range()));
        } else if self.scope().bound_set.contains(name.as_str()) {
            let text = format!("name '{name}' is assigned to before nonlocal declaration");
            self.error.get_or_insert((text, name.range()));
        }
        let range = name.range();
        self.scope().nonlocal.push((name.to_string(), range));
    }
}

impl<'a> Visitor<'a> for Collector {
    fn visit_annotation(&mut self, _expr: &'a Expr) {}

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                for decorator in &def.decorator_list {
                    self.visit_decorator(decorator);
                }
                self.defaults(&def.parameters);
                self.bind(def.name.as_str());
                let outer = self.enter(def.range, false);
                self.parameters(&def.parameters);
                self.visit_body(&def.body);
                self.current = outer;
            }
            Stmt::AnnAssign(assign) => {
                self.visit_expr(&assign.target);
                if let Some(value) = &assign.value {
                    self.visit_expr(value);
                }
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    match &alias.asname {
                        Some(name) => self.bind(name.as_str()),
                        None => {
                            let name = alias.name.as_str();
                            self.bind(name.split('.').next().unwrap_or(name));
                        }
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name).as_str());
                }
            }
            Stmt::Global(global) => global.names.iter().for_each(|n| self.declare_global(n)),
            Stmt::Nonlocal(names) => names.names.iter().for_each(|n| self.declare_nonlocal(n)),
            // Refused when lowering; their insides must not disturb the scopes.
            Stmt::ClassDef(_) | Stmt::Match(_) | Stmt::TypeAlias(_) => {}
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name.as_str());
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => match name.ctx {
                ExprContext::Store | ExprContext::Del => self.bind(name.id.as_str()),
                _ => {
                    let text = name.id.to_string();
                    self.scope().used.push(text);
                }
            },
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.defaults(parameters);
                }
                let outer = self.enter(lambda.range, false);
                if let Some(parameters) = &lambda.parameters {
                    self.parameters(parameters);
                }
                self.visit_expr(&lambda.body);
                self.current = outer;
            }
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                if let Expr::Name(name) = &*named.target {
                    // The walrus binds in the function around all comprehensions.
                    let mut id = self.current;
                    while self.scopes[id].is_comprehension {
                        id = self.scopes[id].parent.unwrap_or(0);
                    }
                    self.bind_in(id, name.id.as_str());
                    if id != self.current {
                        let text = name.id.to_string();
                        self.scope().used.push(text);
                    }
                }
            }
            Expr::ListComp(c) => self.comprehension(c.range, &c.generators, &[&c.elt]),
            Expr::SetComp(c) => self.comprehension(c.range, &c.generators, &[&c.elt]),
            Expr::Generator(c) => self.comprehension(c.range, &c.generators, &[&c.elt]),
            Expr::DictComp(c) => match &c.key {
                Some(key) => self.comprehension(c.range, &c.generators, &[key, &c.value]),
                None => self.comprehension(c.range, &c.generators, &[&c.value]),
            },
            _ => visitor::walk_expr(self, expr),
        }
    }
}
