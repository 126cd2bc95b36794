//! Arguments of pattern functions: exact times, pitches, note options; and their errors.

use std::rc::Rc;

use synthc_engine::pattern::{NoteOptions, Pattern, PatternError, Pitch, Time};

use super::PatternObject;
use crate::error::{Error, Result};
use crate::value::{Arguments, ExceptionKind, Value};

/// The exception for a pattern error: what is wrong as the message, what to do as help.
pub(crate) fn raise(error: &PatternError) -> Error {
    let text = error.to_string();
    let (message, help) = split_advice(&text);
    let kind = match error {
        PatternError::Time(_) => ExceptionKind::OverflowError,
        _ => ExceptionKind::ValueError,
    };
    let raised = match help {
        Some(help) => Error::new(kind, message).with_help(help),
        None => Error::new(kind, message),
    };
    match error {
        PatternError::Notation { column, token, .. } => {
            let start = column.saturating_sub(1);
            raised.about_part(start..start + token.chars().count())
        }
        _ => raised,
    }
}

/// Splits “what is wrong; what to do”. A bound (“it must be above 0”) stays with what is wrong.
pub(crate) fn split_advice(text: &str) -> (&str, Option<&str>) {
    match text.split_once("; ") {
        Some((message, help)) if !help.starts_with("it must") => (message, Some(help)),
        _ => (text, None),
    }
}

/// The exception for a pattern error in a call: the caret goes under the argument named in it.
pub(super) fn raise_in(arguments: &Arguments, error: &PatternError) -> Error {
    let named = match error {
        PatternError::NotPositive { what, .. } => *what,
        PatternError::OutOfRange { what, .. } | PatternError::NotFinite { what, .. } => what,
        _ => "",
    };
    let parameters = arguments.function.signature().parameters();
    let named_here = |name: &str| {
        let word = |w: &str| w == name;
        named.split(|c: char| !c.is_alphanumeric()).any(word)
    };
    // Size and depth are nobody's fault in particular.
    let of_the_whole = matches!(
        error,
        PatternError::TooDeep { .. }
            | PatternError::TooManyItems { .. }
            | PatternError::Empty { .. }
            | PatternError::TooManyEvents
            | PatternError::TooMuchWork
    );
    let first = parameters.first().filter(|_| !of_the_whole);
    let to_blame = parameters.iter().find(|p| named_here(&p.name)).or(first);
    match to_blame {
        Some(parameter) => raise(error).about_argument(&*parameter.name),
        None => raise(error),
    }
}

/// A number of cycles or a factor, exact: integers as they are, floats as the nearest simple fraction.
pub(super) fn time(arguments: &Arguments, name: &str) -> Result<Time> {
    let error = match arguments.get(name) {
        Value::Int(i) => return Ok(Time::integer(*i)),
        Value::Float(f) => match Time::from_f64(*f) {
            Ok(time) => return Ok(time),
            Err(error) => error,
        },
        Value::BigInt(_) => synthc_engine::pattern::TimeError::Overflow,
        _ => return Err(arguments.wrong_type(name, "a number")),
    };
    Err(raise(&error.into()).about_argument(name))
}

/// A seed; negative ones are as good as others.
pub(super) fn seed(arguments: &Arguments, name: &str) -> Result<u64> {
    Ok(arguments.i64(name)?.cast_unsigned())
}

/// A pitch: a note name, a MIDI number or hertz.
pub(super) fn pitch(value: &Value) -> Result<Pitch<'_>> {
    match value {
        Value::Str(name) => Ok(Pitch::Name(name)),
        Value::Int(number) => Ok(Pitch::Midi(*number)),
        Value::Float(hertz) => Ok(Pitch::Hertz(*hertz)),
        other => Err(Error::type_error(format!(
            "a pitch must be a note name, a MIDI number or a frequency, not '{}'",
            other.type_name()
        ))
        .with_help("write a name such as \"A2\", an integer such as 45, or hertz such as 110.0")),
    }
}

/// The pattern inside a value.
pub(super) fn pattern(value: &Value) -> Option<&Pattern> {
    value
        .downcast::<PatternObject>()
        .map(PatternObject::pattern)
}

/// The patterns of `*name`.
pub(super) fn patterns(arguments: &Arguments, name: &str) -> Result<Vec<Pattern>> {
    let mut patterns = Vec::new();
    for (index, item) in arguments.rest(name).iter().enumerate() {
        let Some(found) = pattern(item) else {
            return Err(not_a_pattern(item).about_item(name, index));
        };
        patterns.push(found.clone());
    }
    Ok(patterns)
}

/// The error for something that should be a pattern.
pub(super) fn not_a_pattern(value: &Value) -> Error {
    let error = Error::type_error(format!(
        "a pattern is needed here, not '{}'",
        value.type_name()
    ));
    match value {
        Value::Str(_) => error.with_help(
            "make one from text with krp.p(\"A2 D3 ~\"), from a pitch with krp.note(\"A2\")",
        ),
        Value::Int(_) | Value::Float(_) => error.with_help("make a note of it: krp.note(…)"),
        Value::None => error.with_help("silence is krp.rest()"),
        Value::List(_) | Value::Tuple(_) => {
            error.with_help("spread a list with `*`: krp.cat(*bars)")
        }
        Value::Function(_) | Value::NativeFunction(_) => {
            error.with_help("did you forget the parentheses of the call?")
        }
        _ => {
            error.with_help("patterns are made by krp.hit(), krp.note(…), krp.seq(…), krp.p(\"…\")")
        }
    }
}

/// Note options from `vel`, `gate`, `param` and `**params`, as far as the signature has them.
pub(super) fn options(arguments: &Arguments) -> Result<NoteOptions> {
    let mut options = NoteOptions::new();
    if arguments.has("param") {
        options.gate_param = arguments.str("param")?.into();
    }
    if let Some(velocity) = arguments.optional_f64("vel")? {
        // 1 is what players assume: unstated, so that instruments without velocity accept it.
        options.velocity = (velocity != 1.0).then_some(velocity);
    }
    if arguments.has("gate") {
        options.gate = Some(time(arguments, "gate")?);
    }
    for (name, value) in arguments.keywords("params") {
        options
            .params
            .push((name.as_ref().into(), param(&name, &value)?));
    }
    Ok(options)
}

fn param(name: &Rc<str>, value: &Value) -> Result<f64> {
    value.as_f64().ok_or_else(|| {
        Error::type_error(format!(
            "the value of '{name}' must be a number, not '{}'",
            value.type_name()
        ))
        .about_argument(&**name)
        .with_help("to change a control over time play a pattern on it: node @ (\"cutoff\", krp.sine(200, 2000))")
    })
}
