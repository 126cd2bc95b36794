//! Patch files: Python syntax, evaluated by synthc itself.
//!
//! A patch is read by ruff's parser and run by an evaluator of our own: no files, no network, no
//! clock, bounded steps, depth, memory and output, the same result every time. What a patch can
//! *do* is what the host gives it: [`Module`]s of [`NativeFunction`]s and [`NativeObject`]s.
//!
//! [`Patch`] is a patch with everything it may use: signals (`krs`), patterns (`krp`), the session
//! (`kr`). What follows is the layer below, for other hosts.
//!
//! # Running Python
//!
//! ```
//! use synthc_lang::{Host, Interpreter, Limits, SourceFile, Value};
//!
//! let source = SourceFile::new("beat.py", "
//! import math
//! def kick(freq=50, *, drive=2.0):
//!     return math.sqrt(freq) * drive
//! print(f'{kick(16):.1f}')
//! ");
//! let mut interpreter = Interpreter::new(source, &Host::new(), Limits::default())?;
//! let outcome = interpreter.run()?;
//! assert_eq!(outcome.output, "8.0\n");
//!
//! // The host takes a function out, looks at its parameters, and calls it.
//! let kick = outcome.global("kick").unwrap().clone();
//! let Value::Function(function) = &kick else { panic!() };
//! let parameters = function.parameters();
//! assert_eq!(&*parameters[0].name, "freq");
//! assert_eq!(parameters[0].default.as_ref().and_then(Value::as_f64), Some(50.0));
//! assert!(function.returns_value());
//! assert_eq!(interpreter.call(&kick, &[Value::from(25)])?.as_f64(), Some(10.0));
//! # Ok::<(), Box<synthc_lang::Diagnostic>>(())
//! ```
//!
//! # Giving it objects and functions
//!
//! A host object implements [`NativeObject`]; every ability it leaves out behaves as in Python. A
//! host function has a [`signature!`] and a closure that receives the [`Context`] of the call and
//! the bound [`Arguments`].
//!
//! ```
//! use std::any::Any;
//! use synthc_lang::{
//!     BinaryOp, Context, Error, Host, Interpreter, Limits, Module, NativeObject, Result, SourceFile,
//!     Value, signature,
//! };
//!
//! /// A symbolic signal: its text and the line it was made on.
//! #[derive(Clone, Debug)]
//! struct Signal(String, u32);
//!
//! impl Signal {
//!     fn of(value: &Value) -> Option<String> {
//!         match value.downcast::<Signal>() {
//!             Some(signal) => Some(signal.0.clone()),
//!             None => value.as_f64().map(|f| f.to_string()),
//!         }
//!     }
//! }
//!
//! impl NativeObject for Signal {
//!     fn type_name(&self) -> &str { "Signal" }
//!     fn as_any(&self) -> &dyn Any { self }
//!     fn truth(&self, _: &mut Context<'_>) -> Result<bool> {
//!         Err(Error::type_error("a signal has no truth value: it changes with every sample")
//!             .with_help("use krs.select2(condition, a, b)"))
//!     }
//!     // `sig * 2` and `2 * sig`, numbers on both sides.
//!     fn binary(&self, cx: &mut Context<'_>, op: BinaryOp, other: &Value, reflected: bool)
//!         -> Result<Option<Value>>
//!     {
//!         let Some(other) = Signal::of(other) else { return Ok(None) };
//!         let (a, b) = if reflected { (&other, &self.0) } else { (&self.0, &other) };
//!         let line = cx.location().map_or(0, |l| l.line);
//!         Ok(Some(Value::native(Signal(format!("({a} {} {b})", op.symbol()), line))))
//!     }
//! }
//!
//! let krs = Module::builder("krs")
//!     .function("saw", signature!(freq, phase = 0.0), |cx, args| {
//!         let freq = Signal::of(args.get("freq"))
//!             .ok_or_else(|| args.wrong_type("freq", "a number or a signal"))?;
//!         if args.f64("phase")? > 1.0 {
//!             return Err(args.wrong_value("phase", "must be at most 1"));
//!         }
//!         let line = cx.location().map_or(0, |l| l.line);
//!         Ok(Value::native(Signal(format!("saw({freq})"), line)))
//!     })
//!     .build();
//! let host = Host::new().module(&krs).module_as("krach.krs", &krs);
//! let run = |text: &str| {
//!     Interpreter::new(SourceFile::new("patch.py", text), &host, Limits::default())?.run()
//! };
//!
//! let outcome = run("import krs\n\nx = 2 * krs.saw(110) + 1").unwrap();
//! let signal = outcome.global("x").unwrap().downcast::<Signal>().unwrap();
//! assert_eq!((signal.0.as_str(), signal.1), ("((2 * saw(110)) + 1)", 3));
//!
//! let error = run("import krs\nif krs.saw(1): pass").unwrap_err();
//! assert_eq!(error.help(), ["use krs.select2(condition, a, b)"]);
//! let error = run("import krs\nkrs.swa(1)").unwrap_err();
//! assert_eq!(error.help(), ["did you mean `saw`?"]);
//! let error = run("import krs\nkrs.saw(440, phase=2)").unwrap_err();
//! assert_eq!(error.location().unwrap().column, 14); // the caret is under `phase=2`
//! ```
//!
//! # What of Python there is
//!
//! Functions with every kind of parameter, lambdas, closures, decorators, all loops and
//! comprehensions, `with` (on host objects), unpacking, exceptions, f-strings and `%` formatting,
//! integers of any size, floats with Python's text form, strings, lists, tuples, dicts, sets, ranges,
//! lazy iterators, the usual built-in functions and methods, and the `math` module. Annotations are
//! never evaluated. There are no classes, generator functions, `match` or `async`; each is refused
//! with advice. Differences from CPython: sets iterate in insertion order; `range` bounds are 64-bit;
//! functions print without an address; a power of a negative number with a fractional exponent is an
//! error instead of a complex number; exceeded [`Limits`] cannot be caught.

mod builtin;
mod definition;
mod diagnostic;
mod error;
mod eval;
mod interpreter;
#[cfg(test)]
mod inventory;
pub mod kr;
pub mod krp;
pub mod krs;
mod limits;
mod patch;
mod source;
mod stack;
mod suggest;
mod syntax;
mod value;

pub use definition::{Definition, diagnose_build};
pub use diagnostic::{Diagnostic, Label, Record, Severity, Style};
pub use error::{Error, Result};
pub use eval::{CallFrame, CallPath, Context};
pub use interpreter::{Host, Interpreter, Outcome};
pub use limits::Limits;
pub use patch::{Patch, PatchError, PatchFunction};
pub use source::{FileId, Location, SourceFile, Sources, Span};
pub use stack::with_large_stack;
pub use value::{
    Arguments, BinaryOp, BoundMethod, CompareOp, Dict, Exception, ExceptionKind, Function, List,
    Module, ModuleBuilder, NativeFunction, NativeIterator, NativeObject, Parameter, ParameterInfo,
    ParameterKind, Range, Set, Signature, Slice, Tuple, Type, UnaryOp, Value,
};
