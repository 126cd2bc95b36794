//! The session under construction, and how its remarks and refusals reach the patch.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use synthc_engine::session::{Outcome, Session, SessionError, Warning};
use synthc_ir::BuildError;

use super::NodeHandle;
use crate::definition::{Definition, diagnose_build};
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::krp::{raise, split_advice};
use crate::krs::Places;
use crate::value::{Arguments, ExceptionKind, Value};

/// What `kr` and all handles share.
#[derive(Debug)]
pub(crate) struct Studio {
    session: RefCell<Session>,
    definitions: RefCell<BTreeMap<Rc<str>, Definition>>,
    scenes: RefCell<BTreeMap<Rc<str>, Snapshot>>,
    /// Bars over which levels and values move inside `with kr.transition(…)`.
    transition: Cell<Option<f64>>,
    places: Rc<Places>,
}

/// The session with the definitions of its nodes, to return to.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    session: Session,
    definitions: BTreeMap<Rc<str>, Definition>,
}

impl Studio {
    pub(super) fn new(places: Rc<Places>) -> Self {
        Self {
            session: RefCell::default(),
            definitions: RefCell::default(),
            scenes: RefCell::default(),
            transition: Cell::new(None),
            places,
        }
    }

    /// A copy of the session as it stands; costs a few reference counts.
    pub(crate) fn session(&self) -> Session {
        self.session.borrow().clone()
    }

    pub(crate) fn places(&self) -> &Rc<Places> {
        &self.places
    }

    /// The definition of a node.
    pub(crate) fn definition(&self, node: &str) -> Option<Definition> {
        self.definitions.borrow().get(node).cloned()
    }

    pub(super) fn define(&self, node: &str, definition: Definition) {
        self.definitions
            .borrow_mut()
            .insert(node.into(), definition);
    }

    pub(super) fn capture(&self) -> Snapshot {
        Snapshot {
            session: self.session(),
            definitions: self.definitions.borrow().clone(),
        }
    }

    pub(super) fn restore(&self, snapshot: Snapshot) {
        self.session.replace(snapshot.session);
        self.definitions.replace(snapshot.definitions);
    }

    pub(super) fn save_scene(&self, name: &str) {
        let snapshot = self.capture();
        self.scenes.borrow_mut().insert(name.into(), snapshot);
    }

    pub(super) fn scene(&self, name: &str) -> Option<Snapshot> {
        self.scenes.borrow().get(name).cloned()
    }

    pub(super) fn scene_names(&self) -> Vec<Rc<str>> {
        self.scenes.borrow().keys().cloned().collect()
    }

    pub(super) fn transition(&self) -> Option<f64> {
        self.transition.get()
    }

    pub(super) fn set_transition(&self, bars: Option<f64>) {
        self.transition.set(bars);
    }

    /// Reads the session.
    pub(super) fn read<R>(&self, read: impl FnOnce(&Session) -> R) -> R {
        read(&self.session.borrow())
    }

    /// Edits the session: remarks become warnings at the call, a refusal an exception with the caret
    /// under the argument it is about.
    pub(super) fn edit(
        &self,
        context: &mut Context<'_>,
        arguments: Option<&Arguments>,
        edit: impl FnOnce(&mut Session) -> Outcome,
    ) -> Result<()> {
        let outcome = edit(&mut self.session.borrow_mut());
        match outcome {
            Ok(warnings) => {
                for warning in &warnings {
                    warn(context, warning);
                }
                Ok(())
            }
            Err(error) => {
                let raised = self.raise(context, &error);
                Err(match arguments.and_then(|a| to_blame(&error, a)) {
                    Some(parameter) => raised.about_argument(parameter),
                    None => raised,
                })
            }
        }
    }

    /// Sets a level or control; inside a transition it moves there.
    pub(super) fn put(
        &self,
        context: &mut Context<'_>,
        arguments: Option<&Arguments>,
        path: &str,
        value: f64,
    ) -> Result<()> {
        let transition = self.transition();
        self.edit(context, arguments, |session| match transition {
            Some(bars) => session.fade(path, value, bars),
            None => session.set(path, value),
        })
    }

    /// The exception for a refusal.
    pub(super) fn raise(&self, context: &Context<'_>, error: &SessionError) -> Error {
        match error {
            SessionError::Definition(error) => self.raise_build(context, error),
            SessionError::Pattern(error) => raise(error),
            error => {
                let text = error.to_string();
                let (message, help) = split_advice(&text);
                let raised = Error::value_error(message);
                match help {
                    Some(help) => raised.with_help(help),
                    None => raised,
                }
            }
        }
    }

    /// The exception for signals that make no graph: the caret goes under the signal.
    fn raise_build(&self, context: &Context<'_>, error: &BuildError) -> Error {
        let diagnostic = diagnose_build(error, &self.places, context.sources());
        let mut raised = Error::value_error(diagnostic.message());
        if let Some(place) = diagnostic.primary() {
            raised = raised
                .at(place.span)
                .with_secondary(context.site(), "in this node");
            if !place.text.is_empty() {
                raised = raised.with_label(&place.text);
            }
        }
        for place in diagnostic.secondary() {
            raised = raised.with_secondary(place.span, &place.text);
        }
        diagnostic
            .help()
            .iter()
            .fold(raised, |raised, help| raised.with_help(help))
    }
}

/// The same error as a KeyError, for subscripts.
pub(super) fn as_key_error(error: &Error) -> Error {
    let raised = Error::new(ExceptionKind::KeyError, error.message());
    let help = error
        .exception()
        .map(|e| e.help.clone())
        .unwrap_or_default();
    help.into_iter().fold(raised, Error::with_help)
}

/// Reports a remark at the call.
fn warn(context: &mut Context<'_>, warning: &Warning) {
    let text = warning.to_string();
    let (message, help) = match text.rsplit_once("; ") {
        Some((message, help)) if help.starts_with("did you mean") => (message, Some(help)),
        _ => (text.as_str(), None),
    };
    let mut diagnostic =
        Diagnostic::warning(message, context.sources().clone()).at(context.site(), "");
    if let Some(help) = help {
        diagnostic = diagnostic.with_help(help);
    }
    context.report(diagnostic);
}

/// The parameter whose argument the error is about.
fn to_blame<'a>(error: &SessionError, arguments: &'a Arguments) -> Option<&'a str> {
    let parameters = arguments.function.signature().parameters();
    let named = |names: &[&str]| parameters.iter().find(|p| names.contains(&&*p.name));
    let with_text = |text: &str| {
        parameters.iter().find(|p| {
            let value = arguments.get(&p.name);
            value.as_str() == Some(text)
                || value
                    .downcast::<NodeHandle>()
                    .is_some_and(|h| h.name() == text)
        })
    };
    let parameter = match error {
        SessionError::UnknownNode { name, .. }
        | SessionError::Name { name, .. }
        | SessionError::NameClash { name, .. } => with_text(name),
        SessionError::UnknownPath { path, .. } | SessionError::WrongTarget { path, .. } => {
            with_text(path)
        }
        SessionError::UnknownControl { node, control, .. } => {
            with_text(&format!("{node}/{control}")).or_else(|| named(&["control"]))
        }
        SessionError::RouteIntoSource { to, .. } => with_text(to),
        SessionError::UnknownInput { input, .. } => {
            with_text(input).or_else(|| named(&["port", "target"]))
        }
        SessionError::UnknownOutput { output, .. } => {
            with_text(output).or_else(|| named(&["source"]))
        }
        SessionError::Count { .. } => named(&["count"]),
        SessionError::Pan { .. } => named(&["pan"]),
        SessionError::Bars { .. } => named(&["bars"]),
        SessionError::UnknownShape { .. } => named(&["shape"]),
        SessionError::NotFinite { .. } => named(&["gain", "value", "level", "target"]),
        SessionError::Pattern(_) => named(&["pattern"]),
        _ => None,
    };
    parameter.map(|p| &*p.name)
}

/// The name in an argument that names a node: text or a handle.
pub(super) fn node_name(arguments: &Arguments, parameter: &str) -> Result<Rc<str>> {
    match name_in(arguments.get(parameter)) {
        Some(name) => Ok(name),
        None => Err(arguments.wrong_type(parameter, "the name of a node or its handle")),
    }
}

/// The name of a node, group or path in a value.
pub(super) fn name_in(value: &Value) -> Option<Rc<str>> {
    match value {
        Value::Str(name) => Some(Rc::clone(name)),
        value => value
            .downcast::<NodeHandle>()
            .map(|h| Rc::clone(h.name_rc())),
    }
}
