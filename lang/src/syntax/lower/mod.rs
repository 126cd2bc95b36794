//! From ruff's tree to the resolved tree.
//!
//! One [`Lowerer`] serves a whole module: it owns the table of global names; per function it keeps
//! the mapping from names to slots. Constructs that patches do not have are refused here with a
//! message that says what to use instead.

mod expression;
mod function;
mod statement;

use std::collections::HashMap;
use std::rc::Rc;

use ruff_text_size::{Ranged, TextRange};

use super::parse::{self, parse};
use super::scope::{Meaning, ScopeId, Scopes};
use super::tree::{Block, FrameLayout, Slot};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Sources, Span};

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// A module ready to run.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) body: Block,
    pub(crate) doc: Option<Rc<str>>,
    /// Names of the global slots.
    pub(crate) globals: Vec<Rc<str>>,
}

/// Parses and lowers one file.
pub(crate) fn lower_module(file: FileId, sources: &Sources) -> Result<Lowered> {
    let module = parse(file, sources)?;
    let scopes = match Scopes::analyse(&module.body) {
        Ok(scopes) => scopes,
        Err((message, range)) => {
            return Err(Box::new(
                Diagnostic::error(format!("syntax error: {message}"), sources.clone())
                    .at(parse::span(file, range), ""),
            ));
        }
    };
    let mut lowerer = Lowerer {
        file,
        sources,
        scopes,
        globals: Vec::new(),
        global_slots: HashMap::new(),
        names: HashMap::new(),
        functions: vec![FunctionState::default()],
    };
    let body = lowerer.block(&module.body)?;
    Ok(Lowered {
        body,
        doc: function::docstring(&module.body),
        globals: lowerer.globals,
    })
}

struct Lowerer<'a> {
    file: FileId,
    sources: &'a Sources,
    scopes: Scopes,
    globals: Vec<Rc<str>>,
    global_slots: HashMap<Rc<str>, u32>,
    /// Shared names, so that each is stored once.
    names: HashMap<String, Rc<str>>,
    functions: Vec<FunctionState>,
}

/// What is known about the function being lowered.
#[derive(Default)]
struct FunctionState {
    scope: ScopeId,
    locals: HashMap<Rc<str>, u32>,
    cells: HashMap<Rc<str>, u32>,
    layout: FrameLayout,
    loops: u32,
    returns_value: bool,
}

impl Lowerer<'_> {
    fn span(&self, ranged: impl Ranged) -> Span {
        self.range(ranged.range())
    }

    fn range(&self, range: TextRange) -> Span {
        parse::span(self.file, range)
    }

    fn name(&mut self, text: &str) -> Rc<str> {
        if let Some(name) = self.names.get(text) {
            return Rc::clone(name);
        }
        let name: Rc<str> = text.into();
        self.names.insert(text.to_owned(), Rc::clone(&name));
        name
    }

    fn function(&mut self) -> &mut FunctionState {
        let last = self.functions.len() - 1;
        &mut self.functions[last]
    }

    fn error<T>(&self, span: Span, message: &str, help: &str) -> Result<T> {
        let diagnostic = Diagnostic::error(message, self.sources.clone()).at(span, "");
        Err(Box::new(if help.is_empty() {
            diagnostic
        } else {
            diagnostic.with_help(help)
        }))
    }

    /// Refuses a construct of Python that patches do not have.
    fn unsupported<T>(&self, span: Span, what: &str, help: &str) -> Result<T> {
        self.error(span, &format!("{what} not supported in patches"), help)
    }

    /// The slot of a name in the current function.
    fn slot(&mut self, text: &str) -> Slot {
        let name = self.name(text);
        let scope = self.function().scope;
        match self.scopes.meaning(scope, text) {
            Meaning::Global => Slot::Global(self.global(&name)),
            Meaning::Local => Slot::Local(self.local(&name)),
            Meaning::Cell | Meaning::Free => {
                Slot::Cell(self.function().cells.get(&name).copied().unwrap_or(0))
            }
        }
    }

    fn local(&mut self, name: &Rc<str>) -> u32 {
        let function = self.function();
        if let Some(slot) = function.locals.get(name) {
            return *slot;
        }
        let slot = function.layout.locals.len() as u32;
        function.layout.locals.push(Rc::clone(name));
        function.locals.insert(Rc::clone(name), slot);
        slot
    }

    fn global(&mut self, name: &Rc<str>) -> u32 {
        if let Some(slot) = self.global_slots.get(name) {
            return *slot;
        }
        let slot = self.globals.len() as u32;
        self.globals.push(Rc::clone(name));
        self.global_slots.insert(Rc::clone(name), slot);
        slot
    }

    /// Enters a function or comprehension: lays out its cells.
    fn enter(&mut self, range: TextRange) {
        let scope = self.scopes.at(range);
        let (own, free) = {
            let s = &self.scopes.scopes[scope];
            (s.cells.clone(), s.free.clone())
        };
        let mut state = FunctionState {
            scope,
            ..FunctionState::default()
        };
        state.layout.own_cells = own.len();
        for text in own.iter().chain(&free) {
            let name = self.name(text);
            state
                .cells
                .insert(Rc::clone(&name), state.layout.cells.len() as u32);
            state.layout.cells.push(name);
        }
        self.functions.push(state);
    }

    /// Leaves it; returns its state and the cells of the surrounding function it captures.
    fn leave(&mut self) -> (FunctionState, Vec<u32>) {
        let state = self.functions.pop().unwrap_or_default();
        let outer = self.function();
        let captures = state.layout.cells[state.layout.own_cells..]
            .iter()
            .map(|name| outer.cells.get(name).copied().unwrap_or(0))
            .collect();
        (state, captures)
    }
}
