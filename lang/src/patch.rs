//! A patch file, evaluated: the session it builds and the DSP functions it defines.
//!
//! What the command line, the player and the whole-system tests use. Values of the evaluator belong
//! to one thread, and deep recursion needs a large stack, so every [`Patch`] keeps its evaluator on a
//! thread of its own and talks to it; the patch itself can be sent anywhere. Invariant: a patch that
//! loads has a session whose nodes all make valid graphs.

use std::fmt;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use synthc_engine::session::Session;
use synthc_ir::{BuildError, Signal};

use crate::definition::{Definition, diagnose_build};
use crate::diagnostic::{Diagnostic, Style};
use crate::interpreter::{Host, Interpreter, Outcome};
use crate::kr::{self, NodeHandle, Studio};
use crate::krs::{self, Places};
use crate::limits::Limits;
use crate::source::{SourceFile, Span};
use crate::stack::spawn_large;
use crate::value::{Module, Value};

/// An evaluated patch.
///
/// ```
/// use synthc_lang::{Limits, Patch, SourceFile};
///
/// let source = SourceFile::new("beat.py", "
/// def kick():
///     gate = krs.control('gate', 0.0, 0.0, 1.0)
///     return krs.sine_osc(55.0) * krs.adsr(0.001, 0.2, 0.0, 0.05, gate)
///
/// k = kr.node('kick', kick, gain=0.8)
/// k @ (krp.hit() * 4)
/// kr.tempo = 128
/// ");
/// let patch = Patch::load(source, Limits::default())?;
/// assert_eq!(patch.session().tempo(), 128.0);
/// assert_eq!(patch.session().slots().count(), 1);
/// assert_eq!(patch.definition("kick")?.outputs.len(), 1);
/// # Ok::<(), synthc_lang::PatchError>(())
/// ```
#[derive(Debug)]
pub struct Patch {
    loaded: Loaded,
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

/// What evaluation leaves behind and any thread may read.
#[derive(Debug)]
struct Loaded {
    session: Session,
    warnings: Vec<Diagnostic>,
    output: String,
    functions: Vec<String>,
}

/// Why a patch cannot be used: one error, and the warnings given before it.
#[derive(Debug)]
pub struct PatchError {
    /// The messages, the error first.
    pub diagnostics: Vec<Diagnostic>,
    /// Everything the patch printed before the error.
    pub output: String,
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n\n" };
            write!(f, "{gap}{}", diagnostic.render(Style::Plain))?;
        }
        Ok(())
    }
}

impl std::error::Error for PatchError {}

impl From<Diagnostic> for PatchError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostics: vec![diagnostic],
            output: String::new(),
        }
    }
}

/// A DSP function of a patch: signals over its inputs.
#[derive(Clone, Debug)]
pub struct PatchFunction {
    /// Name of the function.
    pub name: String,
    /// Names of the audio inputs, in order: input i is `Signal::input(i)`.
    pub inputs: Vec<String>,
    /// The output channels, at least one.
    pub outputs: Vec<Signal>,
    /// Where the function is defined.
    pub span: Span,
    /// Remarks of calling it, in order.
    pub warnings: Vec<Diagnostic>,
    /// Everything it printed.
    pub output: String,
}

impl From<&Definition> for PatchFunction {
    fn from(definition: &Definition) -> Self {
        Self {
            name: definition.name.to_string(),
            inputs: definition
                .parameters
                .iter()
                .map(ToString::to_string)
                .collect(),
            outputs: definition.outputs.clone(),
            span: definition.span,
            warnings: Vec::new(),
            output: String::new(),
        }
    }
}

/// What the thread of a patch is asked for.
enum Request {
    Definition(String, Sender<Result<PatchFunction, PatchError>>),
    Diagnosis(BuildError, Sender<Diagnostic>),
}

impl Patch {
    /// Evaluates a patch from top to bottom.
    ///
    /// Costs one thread with a large stack (reserved, not committed), kept until the patch is dropped.
    ///
    /// # Errors
    /// Syntax errors, uncaught exceptions, exceeded limits, nodes whose signals make no graph.
    pub fn load(source: SourceFile, limits: Limits) -> Result<Self, PatchError> {
        let name = source.name().to_string();
        let (loaded_to, loaded) = channel();
        let (requests, requested) = channel();
        let started = spawn_large(move || match Evaluation::run(source, limits) {
            Ok((evaluation, loaded)) => {
                if loaded_to.send(Ok(loaded)).is_ok() {
                    evaluation.serve(&requested);
                }
            }
            // The receiver waits for exactly one message, so that it cannot be gone.
            Err(error) => drop(loaded_to.send(Err(error))),
        });
        let thread = started.map_err(|error| {
            PatchError::from(
                Diagnostic::error(
                    format!("{name}: the system cannot start a thread: {error}"),
                    crate::source::Sources::default(),
                )
                .with_help("close other programs, or raise the limit of threads"),
            )
        })?;
        let loaded = loaded.recv().unwrap_or_else(|_| Err(ended(&name)))?;
        Ok(Self {
            loaded,
            requests: Some(requests),
            thread: Some(thread),
        })
    }

    /// The session as it stands at the end of the patch.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.loaded.session
    }

    /// Remarks of the evaluation, in order.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.loaded.warnings
    }

    /// Everything the patch printed.
    #[must_use]
    pub fn output(&self) -> &str {
        &self.loaded.output
    }

    /// Names of the module-level functions in order of appearance, those hidden by the node made of them
    /// included (`bass = kr.node("bass", bass)`). [`Patch::definition`] takes them, and any variable that holds
    /// a node.
    #[must_use]
    pub fn functions(&self) -> Vec<&str> {
        self.loaded.functions.iter().map(String::as_str).collect()
    }

    /// Calls the DSP function `name` with its inputs as signals. A name that holds a node
    /// (`bass = kr.node("bass", bass)`) gives the node's function.
    ///
    /// # Errors
    /// A name that the patch does not define (with the nearest one) or that is no function; what the
    /// function raises.
    pub fn definition(&self, name: &str) -> Result<PatchFunction, PatchError> {
        self.ask(|reply| Request::Definition(name.to_owned(), reply))
            .unwrap_or_else(|| Err(ended(name)))
    }

    /// The message for a mistake found while building a graph of this patch's signals, with the caret under
    /// the signal.
    #[must_use]
    pub fn diagnose(&self, error: &BuildError) -> Diagnostic {
        self.ask(|reply| Request::Diagnosis(error.clone(), reply))
            .unwrap_or_else(|| {
                Diagnostic::error(error.to_string(), crate::source::Sources::default())
            })
    }

    /// `None` when the thread of the patch has ended, which only a panic in it can cause.
    fn ask<T>(&self, request: impl FnOnce(Sender<T>) -> Request) -> Option<T> {
        let (reply_to, reply) = channel();
        self.requests.as_ref()?.send(request(reply_to)).ok()?;
        reply.recv().ok()
    }
}

impl Drop for Patch {
    /// Ends the thread and waits for it.
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported already, by the missing answer.
            let _ = thread.join();
        }
    }
}

fn ended(what: &str) -> PatchError {
    Diagnostic::error(
        format!("the evaluation of `{what}` ended without an answer"),
        crate::source::Sources::default(),
    )
    .with_help("this is a mistake in synthc, not in the patch: please report it with the patch")
    .into()
}

/// The evaluator with what stays alive for later calls.
struct Evaluation {
    interpreter: Interpreter,
    outcome: Outcome,
    studio: Rc<Studio>,
}

impl Evaluation {
    fn run(source: SourceFile, limits: Limits) -> Result<(Self, Loaded), PatchError> {
        let places = Rc::new(Places::default());
        let (host, studio) = host(&places);
        let mut interpreter =
            Interpreter::new(source, &host, limits).map_err(|diagnostic| *diagnostic)?;
        let mut outcome = match interpreter.run() {
            Ok(outcome) => outcome,
            Err(error) => {
                let mut diagnostics = vec![*error];
                diagnostics.extend(interpreter.take_warnings());
                let output = interpreter.take_output();
                return Err(PatchError {
                    diagnostics,
                    output,
                });
            }
        };
        let names = outcome.globals().iter();
        let functions = names.filter(|(name, value)| match value.downcast::<NodeHandle>() {
            None => is_definable(value),
            // `bass = kr.node("bass", bass)` hides the function; its name still stands for it.
            Some(handle) => {
                let definition = studio.definition(handle.name());
                definition.is_some_and(|d| d.name == *name)
            }
        });
        let loaded = Loaded {
            session: studio.session(),
            functions: functions.map(|(name, _)| name.to_string()).collect(),
            warnings: std::mem::take(&mut outcome.warnings),
            output: std::mem::take(&mut outcome.output),
        };
        let evaluation = Self {
            interpreter,
            outcome,
            studio,
        };
        Ok((evaluation, loaded))
    }

    /// Answers requests until the patch is dropped. An answer nobody waits for is dropped.
    fn serve(mut self, requests: &Receiver<Request>) {
        for request in requests {
            match request {
                Request::Definition(name, reply) => drop(reply.send(self.definition(&name))),
                Request::Diagnosis(error, reply) => {
                    let sources = self.interpreter.sources();
                    let diagnostic = diagnose_build(&error, self.studio.places(), sources);
                    drop(reply.send(diagnostic));
                }
            }
        }
    }

    fn definition(&mut self, name: &str) -> Result<PatchFunction, PatchError> {
        let value = match self.outcome.global(name) {
            Some(value) => value.clone(),
            None => return Err(self.unknown(name).into()),
        };
        let site = match &value {
            Value::Function(function) => function.span(),
            _ => Span::default(),
        };
        if let Some(handle) = value.downcast::<NodeHandle>() {
            let definition = self.studio.definition(handle.name());
            return definition.as_ref().map(PatchFunction::from).ok_or_else(|| {
                let message = format!(
                    "`{name}` is the node `{}`, which has been removed",
                    handle.name()
                );
                Diagnostic::error(message, self.interpreter.sources().clone()).into()
            });
        }
        let Value::Function(_) = &value else {
            return Err(self.no_function(name, &value).into());
        };
        let places = self.studio.places();
        let made = self
            .interpreter
            .with_context(site, |context| Definition::of(context, &value, places));
        match made {
            Ok(definition) => Ok(PatchFunction {
                warnings: self.interpreter.take_warnings(),
                output: self.interpreter.take_output(),
                ..PatchFunction::from(&definition)
            }),
            Err(diagnostic) => {
                let mut diagnostics = vec![*diagnostic];
                diagnostics.extend(self.interpreter.take_warnings());
                Err(PatchError {
                    diagnostics,
                    output: self.interpreter.take_output(),
                })
            }
        }
    }

    fn unknown(&self, name: &str) -> Diagnostic {
        let sources = self.interpreter.sources().clone();
        let error = Diagnostic::error(format!("the patch defines no `{name}`"), sources);
        let names: Vec<&str> = self
            .outcome
            .globals()
            .iter()
            .filter(|(_, value)| is_definable(value))
            .map(|(name, _)| &**name)
            .collect();
        match crate::suggest::did_you_mean(name, names.iter().copied()) {
            Some(help) => error.with_help(help),
            None if names.is_empty() => error.with_help("it defines no functions"),
            None => error.with_help(format!("its functions are {}", names.join(", "))),
        }
    }

    fn no_function(&self, name: &str, value: &Value) -> Diagnostic {
        let sources = self.interpreter.sources().clone();
        Diagnostic::error(
            format!("`{name}` is no function but '{}'", value.type_name()),
            sources,
        )
        .with_help("name a function that returns a signal, or a node")
    }
}

/// Whether `definition` takes it: a function of the patch or a node.
fn is_definable(value: &Value) -> bool {
    matches!(value, Value::Function(_)) || value.downcast::<NodeHandle>().is_some()
}

/// Everything a patch can import, and what is there without an import.
pub(crate) fn host(places: &Rc<Places>) -> (Host, Rc<Studio>) {
    let krs = krs::module(places);
    let kr::Bindings { studio, kr, krp } = kr::bind(places);
    let faces = [&kr, &krs, &krp].map(Rc::clone);
    let patterns = Rc::clone(&krp);
    let krach = Module::builder("krach").described(move |module| {
        let module = module.items_of(&patterns, |_| true, std::convert::identity);
        let [kr, krs, krp] = &faces;
        module
            .item("kr", |_| kr.face())
            .item("krs", |_| krs.face())
            .item("krp", |_| krp.face())
    });
    let host = [&krs, &kr, &krp]
        .into_iter()
        .fold(Host::new(), |host, module| {
            host.module(module)
                .module_as(format!("krach.{}", module.name()), module)
                .global(Rc::clone(module.name()), module.face())
        });
    let mut host = host.module(&krach);
    if let Some(math) = host.find("math") {
        host = host.global("math", Value::Module(math));
    }
    (host, studio)
}
