//! What travels up when evaluation fails: a Python exception, or an exceeded limit.
//!
//! Natives create errors with the typed constructors ([`Error::type_error`], [`Error::value_error`],
//! …) and add help; the evaluator adds the place (the innermost call or operator that failed, or the
//! very argument when the error names one) and, while unwinding, the chain of calls. Uncaught, an
//! error becomes one [`Diagnostic`].
//!
//! Invariant: a limit is never caught by `except`; the first place set is kept.

use std::ops::Range;
use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};
use crate::value::{Exception, ExceptionKind, Value};

/// Result of everything a patch can make fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A raised exception or an exceeded limit, with its place and calls so far.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    cause: Cause,
    span: Option<Span>,
    label: Option<String>,
    argument: Option<(String, usize)>,
    /// Characters of the argument's text that are to blame.
    part: Option<Range<usize>>,
    secondary: Vec<(Span, String)>,
    trace: Vec<TraceEntry>,
}

#[derive(Clone, Debug)]
enum Cause {
    Exception(Rc<Exception>),
    Limit { message: String, help: String },
}

/// One call that was active when the error was raised.
#[derive(Clone, Debug)]
pub(crate) struct TraceEntry {
    pub(crate) function: Rc<str>,
    pub(crate) call: Option<Span>,
}

/// What [`Error::about_right_operand`] blames; no parameter can have this name.
const RIGHT_OPERAND: &str = "right operand";

/// Calls shown in a diagnostic before the rest is summed up.
const SHOWN_CALLS: usize = 6;

impl Error {
    /// Any exception by kind.
    #[must_use]
    pub fn new(kind: ExceptionKind, message: impl Into<String>) -> Self {
        Self::from_exception(Rc::new(Exception::with_message(kind, message.into())))
    }

    /// Wrong type of an operand or argument.
    #[must_use]
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new(ExceptionKind::TypeError, message)
    }

    /// Right type, impossible value.
    #[must_use]
    pub fn value_error(message: impl Into<String>) -> Self {
        Self::new(ExceptionKind::ValueError, message)
    }

    /// A sequence has no such position.
    #[must_use]
    pub fn index_error(message: impl Into<String>) -> Self {
        Self::new(ExceptionKind::IndexError, message)
    }

    /// Anything that is wrong with the state rather than with one value.
    #[must_use]
    pub fn runtime_error(message: impl Into<String>) -> Self {
        Self::new(ExceptionKind::RuntimeError, message)
    }

    /// No such attribute; suggests the nearest of `names`.
    #[must_use]
    pub fn attribute_error<'a>(
        owner: &str,
        name: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let error = Self::new(
            ExceptionKind::AttributeError,
            format!("{owner} has no attribute '{name}'"),
        );
        match crate::suggest::did_you_mean(name, names) {
            Some(help) => error.with_help(help),
            None => error,
        }
    }

    pub(crate) fn from_exception(exception: Rc<Exception>) -> Self {
        Self::from_cause(Cause::Exception(exception))
    }

    pub(crate) fn limit(
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::from_cause(Cause::Limit {
            message: message.into(),
            help: help.into(),
        })
        .with_label(label)
    }

    fn from_cause(cause: Cause) -> Self {
        Self(Box::new(Inner {
            cause,
            span: None,
            label: None,
            argument: None,
            part: None,
            secondary: Vec::new(),
            trace: Vec::new(),
        }))
    }

    /// Adds advice: what to write instead.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        if let Cause::Exception(exception) = &mut self.0.cause {
            let mut copy = (**exception).clone();
            copy.help.push(help.into());
            *exception = Rc::new(copy);
        }
        self
    }

    /// Sets the text under the caret, unless there is one.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.0.label.get_or_insert_with(|| label.into());
        self
    }

    /// Adds a further place, such as an earlier declaration.
    #[must_use]
    pub fn with_secondary(mut self, span: Span, label: impl Into<String>) -> Self {
        self.0.secondary.push((span, label.into()));
        self
    }

    /// Names the parameter that is to blame: the caret then points at that argument of the call.
    #[must_use]
    pub fn about_argument(self, parameter: impl Into<String>) -> Self {
        self.about_item(parameter, 0)
    }

    /// Names one of the arguments that `*parameter` collects, counted from 0.
    #[must_use]
    pub fn about_item(mut self, parameter: impl Into<String>, index: usize) -> Self {
        if self.0.span.is_none() {
            self.0
                .argument
                .get_or_insert_with(|| (parameter.into(), index));
        }
        self
    }

    /// Names the right operand of an operator, as [`Error::about_argument`] names an argument.
    #[must_use]
    pub fn about_right_operand(self) -> Self {
        self.about_argument(RIGHT_OPERAND)
    }

    /// Points at some characters of the argument's text, where the text is written out at the call.
    #[must_use]
    pub fn about_part(mut self, characters: Range<usize>) -> Self {
        self.0.part.get_or_insert(characters);
        self
    }

    /// Sets the place to that of the argument or operand to blame, narrowed to the part to blame.
    pub(crate) fn at_blamed(self, span: Span, sources: &Sources) -> Self {
        let part = self.0.part.clone();
        let narrowed = part.and_then(|part| part_of_literal(sources, span, part));
        self.at(narrowed.unwrap_or(span))
    }

    /// Whether the right operand is to blame.
    pub(crate) fn blames_right_operand(&self) -> bool {
        self.argument()
            .is_some_and(|(name, _)| name == RIGHT_OPERAND)
    }

    /// Sets the place, unless a more precise one is known already.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.0.span.get_or_insert(span);
        self
    }

    /// The exception, when it is one; `None` for an exceeded limit.
    #[must_use]
    pub fn exception(&self) -> Option<&Rc<Exception>> {
        match &self.0.cause {
            Cause::Exception(exception) => Some(exception),
            Cause::Limit { .. } => None,
        }
    }

    /// The kind of exception, when it is one.
    #[must_use]
    pub fn kind(&self) -> Option<ExceptionKind> {
        self.exception().map(|e| e.kind)
    }

    /// The message without the kind.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.0.cause {
            Cause::Exception(exception) => exception.message(),
            Cause::Limit { message, .. } => message.clone(),
        }
    }

    /// The place, once the evaluator has set it.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.0.span
    }

    pub(crate) fn argument(&self) -> Option<(&str, usize)> {
        let (parameter, index) = self.0.argument.as_ref()?;
        Some((parameter, *index))
    }

    /// Records that the error left `function`, called at `call`.
    pub(crate) fn unwind(&mut self, function: &Rc<str>, call: Option<Span>) {
        self.0.trace.push(TraceEntry {
            function: Rc::clone(function),
            call,
        });
    }

    /// The message for the user.
    pub(crate) fn into_diagnostic(self, sources: &Sources) -> Diagnostic {
        let inner = *self.0;
        let (message, help) = match &inner.cause {
            Cause::Exception(exception) => {
                let text = exception.message();
                let name = exception.kind.name();
                let message = if text.is_empty() {
                    name.to_owned()
                } else {
                    format!("{name}: {text}")
                };
                (message, exception.help.clone())
            }
            Cause::Limit { message, help } => (message.clone(), vec![help.clone()]),
        };
        let mut diagnostic = Diagnostic::error(message, sources.clone());
        if let Some(span) = inner.span {
            diagnostic = diagnostic.at(span, inner.label.unwrap_or_default());
        }
        for (span, label) in inner.secondary {
            diagnostic = diagnostic.with_secondary(span, label);
        }
        diagnostic = add_calls(diagnostic, &inner.trace);
        for advice in help {
            diagnostic = diagnostic.with_help(advice);
        }
        diagnostic
    }
}

/// The span of some characters of a plain string literal; `None` for anything else under `span`.
fn part_of_literal(sources: &Sources, span: Span, characters: Range<usize>) -> Option<Span> {
    let literal = sources.text(span);
    let quote = literal.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let text = literal.strip_prefix(quote)?.strip_suffix(quote)?;
    if text.contains([quote, '\\', '\n']) {
        return None;
    }
    let offset = |character: usize| {
        let indices = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        u32::try_from(indices.into_iter().nth(character)? + 1).ok()
    };
    let (start, end) = (offset(characters.start)?, offset(characters.end)?);
    Some(Span::new(span.file, span.start + start, span.start + end))
}

/// Adds the chain of calls, each place once, the innermost first.
fn add_calls(mut diagnostic: Diagnostic, trace: &[TraceEntry]) -> Diagnostic {
    let mut seen: Vec<Span> = Vec::new();
    for entry in trace {
        let Some(span) = entry.call else { continue };
        if seen.contains(&span) || diagnostic.primary().is_some_and(|p| p.span == span) {
            continue;
        }
        if seen.len() == SHOWN_CALLS {
            break;
        }
        seen.push(span);
        let times = trace.iter().filter(|e| e.call == Some(span)).count();
        let label = if times > 1 {
            format!("`{}` called from here ({times} times)", entry.function)
        } else {
            format!("`{}` called from here", entry.function)
        };
        diagnostic = diagnostic.with_secondary(span, label);
    }
    diagnostic
}

/// Turns a value into the error `raise value` stands for.
pub(crate) fn raise(value: &Value) -> Error {
    match value {
        Value::Exception(exception) => Error::from_exception(Rc::clone(exception)),
        Value::Type(crate::value::Type::Exception(kind)) => Error::new(*kind, ""),
        _ => Error::type_error("exceptions must derive from BaseException")
            .with_help("raise an exception such as `ValueError(\"message\")`"),
    }
}
