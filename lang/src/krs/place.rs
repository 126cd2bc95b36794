//! Where signals are written: every signal knows its line, and errors found when a graph is built
//! find their way back to a span.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use synthc_ir::graph::BuildOpHasher;
use synthc_ir::{Signal, Site};

use super::signal::SignalObject;
use crate::source::{FileId, Span};
use crate::value::Value;
use crate::{Context, Location};

/// File, line and column at which a signal's source begins.
type Start = (Arc<str>, u32, u32);

/// The spans of all signals of one evaluation, by the place where they begin.
#[derive(Debug, Default)]
pub struct Places {
    names: RefCell<HashMap<FileId, Arc<str>, BuildOpHasher>>,
    /// Lines and columns of one text do not collide by anybody's will.
    spans: RefCell<HashMap<Start, Span, BuildOpHasher>>,
}

impl Places {
    /// Wraps a signal as a value that was made by the call or operator being evaluated.
    pub(crate) fn signal(self: &Rc<Self>, context: &Context<'_>, signal: Signal) -> Value {
        let signal = match self.site(context) {
            Some(site) => signal.at(site),
            None => signal,
        };
        Value::native(SignalObject::new(signal, Rc::clone(self)))
    }

    /// The site of the call or operator being evaluated.
    pub(crate) fn site(&self, context: &Context<'_>) -> Option<Arc<Site>> {
        let Location { line, column } = context.location()?;
        let span = context.site();
        let file = self.file_name(context, span.file)?;
        let mut calls = Vec::new();
        let path = context.call_path();
        let mut frame = &path;
        while let Some(call) = frame {
            calls.push(Arc::clone(&call.function));
            frame = &call.caller;
        }
        calls.reverse();
        self.spans
            .borrow_mut()
            .insert((Arc::clone(&file), line, column), span);
        Some(Arc::new(Site {
            file,
            line,
            column,
            calls: calls.into(),
        }))
    }

    /// The span of a site of this evaluation.
    #[must_use]
    pub fn span(&self, site: &Site) -> Option<Span> {
        let key = (Arc::clone(&site.file), site.line, site.column);
        self.spans.borrow().get(&key).copied()
    }

    fn file_name(&self, context: &Context<'_>, file: FileId) -> Option<Arc<str>> {
        if let Some(name) = self.names.borrow().get(&file) {
            return Some(Arc::clone(name));
        }
        let name = Arc::clone(context.sources().get(file)?.name());
        self.names.borrow_mut().insert(file, Arc::clone(&name));
        Some(name)
    }
}
