//! What a native function can do: look at the place of its call, call functions, raise, warn,
//! charge limits, and use Python's operations on values.

use std::rc::Rc;
use std::sync::Arc;

use super::Machine;
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::source::{Location, Sources, Span};
use crate::value::{CallArguments, Value};

/// The machine during one native call or operator.
pub struct Context<'a> {
    pub(crate) machine: &'a mut Machine,
    pub(crate) site: Span,
}

/// The chain of active user functions, innermost first; shared between everything created in one
/// call, so keeping it costs one pointer. `None` at module level.
pub type CallPath = Option<Arc<CallFrame>>;

/// One active call of a user function.
#[derive(Debug, PartialEq, Eq)]
pub struct CallFrame {
    /// The function that is running.
    pub function: Arc<str>,
    /// Where it was called.
    pub call: Span,
    /// The line of that call.
    pub line: u32,
    /// The functions around it.
    pub caller: CallPath,
}

impl Context<'_> {
    /// The span of the call or operator that is being evaluated.
    #[must_use]
    pub fn site(&self) -> Span {
        self.site
    }

    /// Line and column of [`site`](Self::site).
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        self.machine.sources.location(self.site)
    }

    /// The source files, for texts and lines of spans.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.machine.sources
    }

    /// The active user functions with the lines they were called on. Computed once per call of a
    /// user function, then shared.
    #[must_use]
    pub fn call_path(&self) -> CallPath {
        let mut path: CallPath = None;
        for call in &self.machine.calls {
            path = call
                .path
                .get_or_init(|| {
                    Some(Arc::new(CallFrame {
                        function: Arc::from(&*call.code.name),
                        call: call.site,
                        line: self
                            .machine
                            .sources
                            .location(call.site)
                            .map_or(0, |l| l.line),
                        caller: path,
                    }))
                })
                .clone();
        }
        path
    }

    /// Calls any callable with positional arguments.
    ///
    /// # Errors
    /// What the callee raises, or a TypeError when it cannot be called this way.
    pub fn call(&mut self, function: &Value, arguments: &[Value]) -> Result<Value> {
        self.call_with(function, arguments.to_vec(), Vec::new())
    }

    /// Calls any callable with positional and named arguments.
    ///
    /// # Errors
    /// What the callee raises, or a TypeError when it cannot be called this way.
    pub fn call_with(
        &mut self,
        function: &Value,
        positional: Vec<Value>,
        keywords: Vec<(Rc<str>, Value)>,
    ) -> Result<Value> {
        self.machine.call(
            function,
            CallArguments {
                positional,
                keywords,
            },
            self.site,
        )
    }

    /// Adds a warning at the place of this call.
    pub fn warn(&mut self, message: impl Into<String>, help: impl Into<String>) {
        let warning = Diagnostic::warning(message, self.machine.sources.clone())
            .at(self.site, "")
            .with_help(help);
        self.machine.warnings.push(warning);
    }

    /// Adds a diagnostic of any shape to the collected warnings.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.machine.warnings.push(diagnostic);
    }

    /// Appends text to the collected output.
    ///
    /// # Errors
    /// When the patch has printed too much.
    pub fn print(&mut self, text: &str) -> Result<()> {
        self.machine.meter.output(text.len() as u64)?;
        self.machine.output.push_str(text);
        Ok(())
    }

    /// Charges work against the step limit; call it before loops whose length the patch decides.
    ///
    /// # Errors
    /// When the limit is exceeded.
    pub fn charge_steps(&mut self, steps: u64) -> Result<()> {
        self.machine.meter.steps(steps)
    }

    /// Charges memory against the limit; call it before allocations whose size the patch decides.
    ///
    /// # Errors
    /// When the limit is exceeded.
    pub fn charge_memory(&mut self, bytes: u64) -> Result<()> {
        self.machine.meter.memory(bytes)
    }

    /// Charges a list or tuple of `items` values.
    pub(crate) fn charge_items(&mut self, items: usize) -> Result<()> {
        self.machine
            .meter
            .memory(items as u64 * size_of::<Value>() as u64)
    }
}
