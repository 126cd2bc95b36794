//! The host's entry: make an interpreter for a source, run it, call its functions.
//!
//! The interpreter keeps the module's variables alive, so the host can take a function out of the
//! globals and call it later, any number of times. It lives on one thread; for deep recursion make
//! it on a thread of [`with_large_stack`](crate::with_large_stack).

use std::collections::HashMap;
use std::rc::Rc;

use crate::builtin;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::eval::{Context, Frame, Machine};
use crate::limits::{Limits, Meter};
use crate::source::{SourceFile, Sources, Span};
use crate::syntax::{Lowered, lower_module};
use crate::value::{CallArguments, Module, Value};

/// What the host offers a patch: modules to import and global names. Built once, then cloned cheaply
/// for every evaluation.
#[derive(Clone, Debug)]
pub struct Host {
    modules: Rc<HashMap<Rc<str>, Rc<Module>>>,
    globals: HashMap<Rc<str>, Value>,
}

impl Default for Host {
    /// The standard modules (`math`, `typing`, `__future__`) and nothing else.
    fn default() -> Self {
        let modules = builtin::standard_modules()
            .into_iter()
            .map(|m| (Rc::clone(m.name()), m))
            .collect();
        Self {
            modules: Rc::new(modules),
            globals: HashMap::new(),
        }
    }
}

impl Host {
    /// The standard modules.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a module under its own name.
    #[must_use]
    pub fn module(self, module: &Rc<Module>) -> Self {
        let name = Rc::clone(module.name());
        self.module_as(name, module)
    }

    /// Adds a module under another name (`krach.krs` for `krs`).
    #[must_use]
    pub fn module_as(mut self, name: impl Into<Rc<str>>, module: &Rc<Module>) -> Self {
        Rc::make_mut(&mut self.modules).insert(name.into(), Rc::clone(module));
        self
    }

    /// The module of that name.
    pub(crate) fn find(&self, name: &str) -> Option<Rc<Module>> {
        self.modules.get(name).cloned()
    }

    /// Adds a name that needs no import; the patch may assign over it.
    #[must_use]
    pub fn global(mut self, name: impl Into<Rc<str>>, value: impl Into<Value>) -> Self {
        self.globals.insert(name.into(), value.into());
        self
    }
}

/// What a run leaves behind.
#[derive(Debug)]
pub struct Outcome {
    globals: Vec<(Rc<str>, Value)>,
    /// Everything printed.
    pub output: String,
    /// Warnings of natives, in order.
    pub warnings: Vec<Diagnostic>,
    /// Evaluation steps used.
    pub steps: u64,
}

impl Outcome {
    /// The module variable called `name`.
    #[must_use]
    pub fn global(&self, name: &str) -> Option<&Value> {
        self.globals
            .iter()
            .find(|(n, _)| **n == *name)
            .map(|(_, v)| v)
    }

    /// All module variables in order of first appearance in the source.
    #[must_use]
    pub fn globals(&self) -> &[(Rc<str>, Value)] {
        &self.globals
    }
}

/// One patch and its evaluation.
pub struct Interpreter {
    machine: Machine,
    code: Lowered,
    main: Span,
}

impl Interpreter {
    /// Parses and checks a source. Nothing runs yet, so this alone serves a syntax check.
    ///
    /// # Errors
    /// Syntax errors, and constructs that patches do not have.
    pub fn new(source: SourceFile, host: &Host, limits: Limits) -> Result<Self, Box<Diagnostic>> {
        let size = source.text().len();
        let limit = limits.source.min(u64::from(u32::MAX - 1));
        let mut sources = Sources::default();
        let file = sources.add(source);
        if size as u64 > limit {
            return Err(Box::new(
                Diagnostic::error(
                    format!("the patch has {size} bytes; {limit} are allowed"),
                    sources,
                )
                .with_help("is this a patch? long tables belong into audio files"),
            ));
        }
        let code = lower_module(file, &sources)?;
        let machine = Machine::new(
            sources,
            Meter::new(limits),
            Rc::clone(&host.modules),
            host.globals.clone(),
            code.globals.clone(),
        );
        Ok(Self {
            machine,
            code,
            main: Span::new(file, 0, 0),
        })
    }

    /// Runs the module from top to bottom.
    ///
    /// # Errors
    /// The uncaught exception or exceeded limit, with its place and the calls that led there.
    pub fn run(&mut self) -> Result<Outcome, Box<Diagnostic>> {
        self.machine.begin();
        let mut frame = Frame {
            locals: Vec::new(),
            cells: Vec::new(),
        };
        match self.machine.block(&mut frame, &self.code.body) {
            Ok(_) => Ok(Outcome {
                globals: self.machine.bound_globals(),
                output: std::mem::take(&mut self.machine.output),
                warnings: std::mem::take(&mut self.machine.warnings),
                steps: self.machine.meter.steps_used(),
            }),
            Err(error) => Err(self.diagnose(error)),
        }
    }

    /// Calls a function of the patch (or any callable) with positional arguments. Limits start anew.
    ///
    /// # Errors
    /// What the function raises.
    pub fn call(
        &mut self,
        function: &Value,
        arguments: &[Value],
    ) -> Result<Value, Box<Diagnostic>> {
        let site = match function {
            Value::Function(f) => f.span(),
            _ => self.main,
        };
        self.machine.begin();
        let arguments = CallArguments {
            positional: arguments.to_vec(),
            keywords: Vec::new(),
        };
        self.machine
            .call(function, arguments, site)
            .map_err(|e| self.diagnose(e.at(site)))
    }

    /// Runs `f` with a context, for hosts that use Python's operations on values outside of a patch.
    ///
    /// # Errors
    /// The error of `f` as a diagnostic.
    pub fn with_context<T>(
        &mut self,
        site: Span,
        f: impl FnOnce(&mut Context<'_>) -> Result<T, Error>,
    ) -> Result<T, Box<Diagnostic>> {
        self.machine.begin();
        f(&mut self.machine.context(site)).map_err(|e| self.diagnose(e))
    }

    /// What was printed since the run (by functions called afterwards).
    pub fn take_output(&mut self) -> String {
        std::mem::take(&mut self.machine.output)
    }

    /// Warnings since the run (by functions called afterwards).
    pub fn take_warnings(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.machine.warnings)
    }

    /// The source files, for diagnostics of the host's own.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.machine.sources
    }

    /// The docstring of the module.
    #[must_use]
    pub fn doc(&self) -> Option<&str> {
        self.code.doc.as_deref()
    }

    fn diagnose(&mut self, error: Error) -> Box<Diagnostic> {
        Box::new(error.into_diagnostic(&self.machine.sources))
    }
}
