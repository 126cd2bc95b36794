//! The evaluator: walks the resolved tree.
//!
//! [`Machine`] holds the state of one evaluation (globals, active calls, meter, output); the files
//! beside this one add its parts: statements, expressions, calls, operators, iteration, text.
//! [`Context`] is the machine as natives see it, together with the place of the current call.
//!
//! Invariants: every recursion in Rust passes a stack check; no `RefCell` of a value is borrowed
//! while user code runs; the meter is charged before work is done.

mod assign;
mod attribute;
mod call;
mod comprehension;
mod context;
mod expression;
mod format;
mod hash;
mod import;
mod iterate;
mod operator;
mod statement;
mod subscript;
mod text;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};

pub use context::{CallFrame, CallPath, Context};
pub(crate) use format::percent_format;
pub(crate) use iterate::exact_size;

use crate::builtin;
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Result};
use crate::limits::Meter;
use crate::source::{Sources, Span};
use crate::stack;
use crate::syntax::{FrameLayout, FunctionCode};
use crate::value::{Cell, CellRef, Module, Value};

/// The variables of one active function.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) locals: Vec<Option<Value>>,
    pub(crate) cells: Vec<CellRef>,
}

/// One active call of a user function.
pub(crate) struct ActiveCall {
    code: Rc<FunctionCode>,
    site: Span,
    path: OnceCell<CallPath>,
}

/// What a statement did to the flow of control.
pub(crate) enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
}

/// The state of one evaluation.
pub(crate) struct Machine {
    pub(crate) sources: Sources,
    pub(crate) meter: Meter,
    pub(crate) output: String,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) modules: Rc<HashMap<Rc<str>, Rc<Module>>>,
    globals: Vec<Option<Value>>,
    /// The built-in or host global behind each global slot.
    fallbacks: Vec<Option<Value>>,
    global_names: Vec<Rc<str>>,
    global_slots: HashMap<Rc<str>, u32>,
    host_globals: HashMap<Rc<str>, Value>,
    calls: Vec<ActiveCall>,
    /// Errors being handled by `except` blocks, for a bare `raise`.
    handled: Vec<Error>,
    stack_floor: usize,
    /// All captured variables, so that reference cycles through them can be cut in the end.
    cells: Vec<Weak<Cell>>,
    prune_at: usize,
}

impl Machine {
    pub(crate) fn new(
        sources: Sources,
        meter: Meter,
        modules: Rc<HashMap<Rc<str>, Rc<Module>>>,
        host_globals: HashMap<Rc<str>, Value>,
        names: Vec<Rc<str>>,
    ) -> Self {
        let mut machine = Self {
            sources,
            meter,
            output: String::new(),
            warnings: Vec::new(),
            modules,
            globals: Vec::new(),
            fallbacks: Vec::new(),
            global_names: Vec::new(),
            global_slots: HashMap::new(),
            host_globals,
            calls: Vec::new(),
            handled: Vec::new(),
            stack_floor: 0,
            cells: Vec::new(),
            prune_at: 1024,
        };
        for name in names {
            machine.global_slot(&name);
        }
        machine
    }

    /// The slot of a module variable, made on first use.
    fn global_slot(&mut self, name: &Rc<str>) -> u32 {
        if let Some(slot) = self.global_slots.get(name) {
            return *slot;
        }
        let slot = self.globals.len() as u32;
        self.globals.push(None);
        self.fallbacks.push(
            self.host_globals
                .get(name)
                .cloned()
                .or_else(|| builtin::lookup(name)),
        );
        self.global_names.push(Rc::clone(name));
        self.global_slots.insert(Rc::clone(name), slot);
        slot
    }

    /// The module's variables that are bound, in order of first appearance in the source.
    pub(crate) fn bound_globals(&self) -> Vec<(Rc<str>, Value)> {
        let names = self.global_names.iter().cloned();
        names
            .zip(&self.globals)
            .filter_map(|(n, v)| Some((n, v.clone()?)))
            .collect()
    }

    /// Prepares for a run or a call from the host.
    pub(crate) fn begin(&mut self) {
        self.meter.reset();
        self.calls.clear();
        self.handled.clear();
        self.stack_floor = stack::floor(stack::address());
    }

    pub(crate) fn context(&mut self, site: Span) -> Context<'_> {
        Context {
            machine: self,
            site,
        }
    }

    /// Refuses to go deeper when the thread's stack budget is used up.
    #[inline]
    pub(crate) fn check_stack(&self) -> Result<()> {
        if stack::address() < self.stack_floor {
            Err(self.stack_error())
        } else {
            Ok(())
        }
    }

    #[cold]
    fn stack_error(&self) -> Error {
        let what = match self.calls.last() {
            Some(call) => format!("; the innermost function is `{}`", call.code.name),
            None => String::new(),
        };
        Error::limit(
            format!(
                "nested too deeply: the evaluation stack is used up after {} calls{what}",
                self.calls.len()
            ),
            "going deeper here",
            "end the recursion sooner, or use a loop",
        )
    }

    pub(crate) fn frame(
        &mut self,
        layout: &FrameLayout,
        mut locals: Vec<Option<Value>>,
        captured: &[CellRef],
    ) -> Frame {
        locals.resize(layout.locals.len(), None);
        let mut cells = Vec::with_capacity(layout.cells.len());
        for _ in 0..layout.own_cells {
            let cell = CellRef::default();
            self.register(&cell);
            cells.push(cell);
        }
        cells.extend(captured.iter().cloned());
        for (slot, cell) in &layout.captured_parameters {
            cells[*cell as usize].set(locals[*slot as usize].take());
        }
        Frame { locals, cells }
    }

    fn register(&mut self, cell: &CellRef) {
        if self.cells.len() >= self.prune_at {
            self.cells.retain(|c| c.strong_count() > 0);
            self.prune_at = (self.cells.len() * 2).max(1024);
        }
        self.cells.push(Rc::downgrade(cell));
    }
}

impl Drop for Machine {
    /// Cuts the cycles “function → captured variable → function”, so that an editing session does
    /// not leak.
    fn drop(&mut self) {
        for cell in self.cells.drain(..).filter_map(|c| c.upgrade()) {
            cell.set(None);
        }
    }
}
