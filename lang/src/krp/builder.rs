//! Builders: notes, rests, sequences, and what puts patterns together.

use synthc_engine::pattern::{self, NoteOptions, OscArgument, Pattern, PatternError, SeqItem};

use super::PatternObject;
use super::argument::{self, options, raise, raise_in};
use crate::error::{Error, Result};
use crate::signature;
use crate::value::{Arguments, ModuleBuilder, Signature, Value};

/// Adds the builders to the module.
pub(super) fn add(module: ModuleBuilder) -> ModuleBuilder {
    let module = builder(module, "rest", signature!(), |_| Ok(pattern::rest()));
    let module = builder(
        module,
        "hit",
        signature!(param = "gate", *, vel = 1.0, gate = Value::None, **params),
        |arguments| blamed(arguments, options(arguments)?.hit()),
    );
    let module = builder(
        module,
        "note",
        signature!(*pitches, vel = 1.0, gate = Value::None, **params),
        note,
    );
    let module = builder(
        module,
        "seq",
        signature!(*items, vel = 1.0, gate = Value::None, **params),
        seq,
    );
    let module = builder(
        module,
        "p",
        signature!(text, *, vel = 1.0, gate = Value::None, **params),
        |arguments| notation(arguments, "text", &options(arguments)?),
    );
    let module = builder(module, "cat", signature!(*patterns), |arguments| {
        blamed(
            arguments,
            pattern::cat(argument::patterns(arguments, "patterns")?),
        )
    });
    let module = builder(module, "stack", signature!(*patterns), |arguments| {
        blamed(
            arguments,
            pattern::stack(argument::patterns(arguments, "patterns")?),
        )
    });
    let module = builder(module, "struct", signature!(rhythm, melody), |arguments| {
        let part = |name: &str| {
            let value = arguments.get(name);
            argument::pattern(value)
                .ok_or_else(|| argument::not_a_pattern(value).about_argument(name))
        };
        blamed(
            arguments,
            pattern::structure(part("rhythm")?, part("melody")?),
        )
    });
    messages(module)
}

/// Builders of messages for MIDI and OSC.
fn messages(module: ModuleBuilder) -> ModuleBuilder {
    let module = builder(
        module,
        "midi_note",
        signature!(pitch, velocity = 100, channel = 0, duration = 1.0),
        |arguments| {
            let key = match arguments.get("pitch") {
                Value::Str(name) => {
                    i64::from(pattern::parse_note(name).map_err(|e| raise_in(arguments, &e))?)
                }
                _ => arguments.i64("pitch")?,
            };
            let (velocity, channel) = (arguments.i64("velocity")?, arguments.i64("channel")?);
            let duration = argument::time(arguments, "duration")?;
            blamed(
                arguments,
                pattern::midi_note(key, velocity, channel, duration),
            )
        },
    );
    let module = builder(
        module,
        "cc",
        signature!(controller, value, channel = 0),
        |arguments| {
            let number = |name: &str| arguments.i64(name);
            let message = pattern::cc(number("controller")?, number("value")?, number("channel")?);
            blamed(arguments, message)
        },
    );
    builder(module, "osc", signature!(address, *args), |arguments| {
        let mut args = Vec::new();
        for (index, value) in arguments.rest("args").iter().enumerate() {
            args.push(match value {
                Value::Int(i) => OscArgument::Integer(*i),
                Value::Float(f) => OscArgument::Float(*f),
                Value::Str(text) => OscArgument::Text(text.as_ref().into()),
                other => {
                    return Err(Error::type_error(format!(
                        "an OSC argument must be a number or text, not '{}'",
                        other.type_name()
                    ))
                    .about_item("args", index));
                }
            });
        }
        blamed(arguments, pattern::osc(arguments.str("address")?, &args))
    })
}

/// Adds a function that makes a pattern.
pub(super) fn builder(
    module: ModuleBuilder,
    name: &'static str,
    signature: Signature,
    make: impl Fn(&Arguments) -> Result<Pattern> + 'static,
) -> ModuleBuilder {
    module.function(name, signature, move |_, arguments| {
        Ok(PatternObject::value(make(arguments)?))
    })
}

fn blamed(arguments: &Arguments, made: Result<Pattern, PatternError>) -> Result<Pattern> {
    made.map_err(|error| raise_in(arguments, &error))
}

/// Mini-notation from the text argument `name`.
pub(crate) fn notation(
    arguments: &Arguments,
    name: &str,
    options: &NoteOptions,
) -> Result<Pattern> {
    pattern::parse(arguments.str(name)?, options).map_err(|e| raise(&e).about_argument(name))
}

/// `note()` is a hit, several pitches are a chord, a list or tuple of pitches too.
fn note(arguments: &Arguments) -> Result<Pattern> {
    let options = options(arguments)?;
    let pitches = arguments.rest("pitches");
    if pitches.is_empty() {
        return blamed(arguments, options.hit());
    }
    let mut hertz = Vec::new();
    for (index, value) in pitches.iter().enumerate() {
        chord_of(value, &mut hertz).map_err(|e| e.about_item("pitches", index))?;
    }
    blamed(arguments, options.chord(hertz))
}

/// The frequencies of one pitch or of a collection of pitches.
fn chord_of(value: &Value, hertz: &mut Vec<f64>) -> Result<()> {
    let one =
        |value: &Value| -> Result<f64> { argument::pitch(value)?.hertz().map_err(|e| raise(&e)) };
    match value {
        Value::Tuple(_) | Value::List(_) => {
            for item in value.as_items().unwrap_or_default() {
                hertz.push(one(&item)?);
            }
        }
        value => hertz.push(one(value)?),
    }
    Ok(())
}

/// Equal slots: `None` rests, tuples are chords, patterns go in as they are.
fn seq(arguments: &Arguments) -> Result<Pattern> {
    let options = options(arguments)?;
    let mut items: Vec<SeqItem<'_>> = Vec::new();
    for (index, value) in arguments.rest("items").iter().enumerate() {
        items.push(slot(value, &options).map_err(|e| e.about_item("items", index))?);
    }
    blamed(arguments, options.seq(items))
}

fn slot<'a>(value: &'a Value, options: &NoteOptions) -> Result<SeqItem<'a>> {
    Ok(match value {
        Value::None => SeqItem::Rest,
        Value::Tuple(_) => {
            let mut hertz = Vec::new();
            chord_of(value, &mut hertz)?;
            SeqItem::Pattern(options.chord(hertz).map_err(|e| raise(&e))?)
        }
        Value::List(_) => {
            return Err(Error::type_error("a list is no slot of a sequence")
                .with_help("spread it with `*` (krp.seq(*notes)), or write a tuple for a chord"));
        }
        value => match argument::pattern(value) {
            Some(pattern) => SeqItem::Pattern(pattern.clone()),
            None => {
                let hertz = argument::pitch(value)?.hertz().map_err(|e| raise(&e))?;
                SeqItem::Pitch(hertz.into())
            }
        },
    })
}
