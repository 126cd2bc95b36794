//! Arguments as signals and numbers, with errors that name the parameter.

use std::fmt::Display;

use synthc_ir::Signal;

use super::signal::SignalObject;
use crate::Error;
use crate::value::{Arguments, Value};

/// A number or a signal as a signal; `what` names it in errors (“argument 'freq'”).
pub(crate) fn signal_from(value: &Value, what: impl Display) -> Result<Signal, Error> {
    if let Some(object) = value.downcast::<SignalObject>() {
        return Ok(object.signal().clone());
    }
    if let Some(number) = value.as_f64() {
        if number.is_finite() {
            return Ok(Signal::constant(number));
        }
        return Err(Error::value_error(format!(
            "{what} is {number}, but signals are made of finite numbers"
        ))
        .with_help("check the arithmetic that made it"));
    }
    let error = Error::type_error(format!(
        "{what} must be a signal or a number, not '{}'",
        value.type_name()
    ));
    Err(match value {
        Value::Function(f) => {
            error.with_help(format!("`{0}` is a function; call it: `{0}(…)`", f.name()))
        }
        Value::None => error.with_help("does the function that made it lack a `return`?"),
        Value::Tuple(_) | Value::List(_) => {
            error.with_help("several channels: treat each one, for example in a loop")
        }
        _ => error,
    })
}

/// The signals and numbers of a call.
pub(super) trait SignalArguments {
    /// The signal of a parameter.
    fn signal(&self, name: &str) -> Result<Signal, Error>;

    /// The signal of a parameter that may be `None`.
    fn optional_signal(&self, name: &str) -> Result<Option<Signal>, Error>;

    /// A parameter that makes no sense as a constant ≤ 0: `meaning` says what it is and what to do.
    fn positive(&self, name: &str, meaning: &str) -> Result<Signal, Error>;

    /// A cutoff or centre frequency in Hz.
    fn frequency(&self, name: &str) -> Result<Signal, Error> {
        self.positive(
            name,
            "a filter at 0 Hz or below passes nothing or everything; give a frequency above 0, such as 1000.0",
        )
    }
}

impl SignalArguments for Arguments {
    fn signal(&self, name: &str) -> Result<Signal, Error> {
        let what = format_args!("{}() argument '{name}'", self.function_name());
        signal_from(self.get(name), what).map_err(|error| error.about_argument(name))
    }

    fn optional_signal(&self, name: &str) -> Result<Option<Signal>, Error> {
        self.has(name).then(|| self.signal(name)).transpose()
    }

    fn positive(&self, name: &str, meaning: &str) -> Result<Signal, Error> {
        let signal = self.signal(name)?;
        match signal.as_constant() {
            Some(x) if x <= 0.0 => Err(self
                .wrong_value(name, format_args!("is {x}"))
                .with_help(meaning)),
            _ => Ok(signal),
        }
    }
}
