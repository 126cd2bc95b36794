//! DSP functions: from a Python function to its output signals.
//!
//! Parameters without a default are audio inputs, in order; what the function returns are the
//! output channels. Called by the session bindings (`kr.node`) and by everything that renders one
//! function alone.

use std::rc::Rc;

use synthc_ir::{BuildError, Signal};

use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::eval::Context;
use crate::krs::{Places, SignalObject};
use crate::source::{Sources, Span};
use crate::value::{Function, ParameterKind, Value};

/// What a DSP function computes.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Name of the function.
    pub name: Rc<str>,
    /// Names of the audio inputs, in order.
    pub parameters: Vec<Rc<str>>,
    /// The output channels, at least one.
    pub outputs: Vec<Signal>,
    /// Where the function is defined.
    pub span: Span,
}

impl Definition {
    /// Calls a function with its inputs as signals and collects what it returns.
    ///
    /// # Errors
    /// What the function raises; a TypeError when the value is no function, or when it returns
    /// nothing or something that is no signal.
    pub fn of(
        context: &mut Context<'_>,
        value: &Value,
        places: &Rc<Places>,
    ) -> Result<Self, Error> {
        let Value::Function(function) = value else {
            return Err(not_a_function(value));
        };
        let parameters = input_names(function)?;
        let inputs: Vec<Value> = (0..parameters.len())
            .map(|i| {
                let index = u32::try_from(i).unwrap_or(u32::MAX);
                places.signal(context, Signal::input(index))
            })
            .collect();
        let result = context.call(value, &inputs)?;
        Ok(Self {
            name: Rc::clone(function.name()),
            outputs: channels(function, &result)?,
            parameters,
            span: function.span(),
        })
    }

    /// Whether the function has audio inputs.
    #[must_use]
    pub fn is_effect(&self) -> bool {
        !self.parameters.is_empty()
    }
}

fn not_a_function(value: &Value) -> Error {
    let error = Error::type_error(format!(
        "a DSP function is needed here, not '{}'",
        value.type_name()
    ));
    if value.downcast::<SignalObject>().is_some() {
        error.with_help("give the function itself, without calling it: `kick`, not `kick()`")
    } else if value.as_str().is_some() {
        error.with_help("names of built-in or FAUST types do not exist here: write a function that returns a signal")
    } else {
        error.with_help("define one: def tone(): return krs.sine_osc(440.0) * 0.5")
    }
}

/// Parameters that take a positional argument and have no default.
fn input_names(function: &Function) -> Result<Vec<Rc<str>>, Error> {
    let mut names = Vec::new();
    for parameter in function.parameters() {
        let positional = matches!(
            parameter.kind,
            ParameterKind::Standard | ParameterKind::PositionalOnly
        );
        match (positional, parameter.default.is_some()) {
            (_, true) => {}
            (true, false) => names.push(parameter.name),
            (false, false) => {
                let starred = matches!(
                    parameter.kind,
                    ParameterKind::Rest | ParameterKind::Keywords
                );
                if !starred {
                    return Err(Error::type_error(format!(
                        "the keyword-only parameter '{}' of {}() has no default",
                        parameter.name,
                        function.name()
                    ))
                    .at(parameter.span)
                    .with_help("audio inputs are ordinary parameters; give the others a default"));
                }
            }
        }
    }
    Ok(names)
}

fn channels(function: &Function, result: &Value) -> Result<Vec<Signal>, Error> {
    let name = function.name();
    let what = format_args!("what {name}() returns");
    let place = |error: Error| error.at(function.last_statement());
    match result {
        Value::None => {
            let error = Error::type_error(format!("the function {name}() returns nothing"))
                .with_label("the function ends here without a signal")
                .with_secondary(function.span(), "the DSP function");
            Err(place(if function.returns_value() {
                error.with_help(
                    "a `return` was reached that gives no signal: return one on every path",
                )
            } else {
                error.with_help("add a `return` with the signal to be heard")
            }))
        }
        Value::Tuple(_) | Value::List(_) => {
            let items = result.as_items().unwrap_or_default();
            if items.is_empty() {
                return Err(place(
                    Error::type_error(format!("{what} is empty"))
                        .with_help("return one signal per channel"),
                ));
            }
            items
                .iter()
                .map(|item| crate::krs::signal_from(item, what).map_err(place))
                .collect()
        }
        one => Ok(vec![crate::krs::signal_from(one, what).map_err(place)?]),
    }
}

/// A mistake found while building a graph, with the caret under the signal that causes it.
#[must_use]
pub fn diagnose_build(error: &BuildError, places: &Places, sources: &Sources) -> Diagnostic {
    let text = error.to_string();
    // Messages read “what is wrong; what to do”.
    let (message, help) = match text.split_once("; ") {
        Some((message, help)) => (message, Some(help)),
        None => (text.as_str(), None),
    };
    let mut diagnostic = Diagnostic::error(message, sources.clone());
    if let Some(span) = error.site().and_then(|site| places.span(site)) {
        diagnostic = diagnostic.at(span, "");
    }
    if let BuildError::ControlConflict {
        first_site: Some(first),
        ..
    } = error
        && let Some(span) = places.span(first)
    {
        diagnostic = diagnostic.with_secondary(span, "first declared here");
    }
    match help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}
