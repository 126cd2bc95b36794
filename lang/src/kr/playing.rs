//! Functions of `kr` that play patterns and move values.

use std::rc::Rc;

use synthc_engine::pattern::{NoteOptions, Pattern};
use synthc_engine::session::{PlayOptions, Session, Shape};

use super::Studio;
use super::session::studio;
use super::studio::node_name;
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::krp::{PatternObject, notation};
use crate::signature;
use crate::value::{Arguments, ModuleBuilder, Value};

/// Names of the functions here, for suggestions.
pub(super) const NAMES: [&str; 7] = ["play", "hush", "stop", "mod", "unmod", "fade", "pattern"];

/// Adds the functions to the table.
pub(super) fn add(module: ModuleBuilder) -> ModuleBuilder {
    module
        .function(
            "play",
            signature!(target, pattern, from_zero = false, swing = Value::None),
            |context, arguments| {
                let path = node_name(arguments, "target")?;
                play(context, studio(arguments)?, &path, arguments)
            },
        )
        .function("hush", signature!(target), |context, arguments| {
            let path = node_name(arguments, "target")?;
            studio(arguments)?.edit(context, Some(arguments), |s| s.hush(&path))?;
            Ok(Value::None)
        })
        .function("stop", signature!(), |context, arguments| {
            studio(arguments)?.edit(context, None, |session| {
                session.stop();
                Ok(Vec::new())
            })?;
            Ok(Value::None)
        })
        .function(
            "mod",
            signature!(path, shape, lo = 0.0, hi = 1.0, bars = 1),
            |context, arguments| {
                let path = node_name(arguments, "path")?;
                modulate(context, studio(arguments)?, &path, arguments)
            },
        )
        .function("unmod", signature!(path), |context, arguments| {
            let path = node_name(arguments, "path")?;
            studio(arguments)?.edit(context, Some(arguments), |s| s.unmod(&path))?;
            Ok(Value::None)
        })
        .function(
            "fade",
            signature!(path, target, bars = Session::DEFAULT_FADE_BARS),
            |context, arguments| {
                let path = node_name(arguments, "path")?;
                fade(context, studio(arguments)?, &path, arguments)
            },
        )
        .function("pattern", signature!(target), |context, arguments| {
            let path = node_name(arguments, "target")?;
            let studio = studio(arguments)?;
            let found = studio.read(|s| Ok(s.pattern(&path)?.map(|slot| slot.pattern().clone())));
            match found {
                Ok(pattern) => Ok(pattern.map_or(Value::None, PatternObject::value)),
                Err(error) => Err(studio.raise(context, &error).about_argument("target")),
            }
        })
}

/// Plays the argument `pattern`, a pattern or mini-notation; `None` hushes.
pub(super) fn play(
    context: &mut Context<'_>,
    studio: &Rc<Studio>,
    path: &str,
    arguments: &Arguments,
) -> Result<Value> {
    let options = PlayOptions {
        from_zero: arguments.bool("from_zero")?,
        swing: arguments.optional_f64("swing")?,
    };
    let pattern = match arguments.get("pattern") {
        Value::None => {
            studio.edit(context, Some(arguments), |s| s.hush(path))?;
            return Ok(Value::None);
        }
        Value::Str(_) => notation(arguments, "pattern", &NoteOptions::new())?,
        _ => arguments
            .native::<PatternObject>("pattern", "a pattern or mini-notation text")?
            .pattern()
            .clone(),
    };
    studio.edit(context, Some(arguments), |s| {
        s.play_with(path, &pattern, options)
    })?;
    Ok(Value::None)
}

/// Plays a pattern for the operator `@`, which has no arguments to blame.
pub(super) fn play_plainly(
    context: &mut Context<'_>,
    studio: &Rc<Studio>,
    path: &str,
    pattern: &Pattern,
) -> Result<()> {
    studio.edit(context, None, |s| s.play(path, pattern))
}

/// Moves a value by a named shape or a pattern.
pub(super) fn modulate(
    context: &mut Context<'_>,
    studio: &Rc<Studio>,
    path: &str,
    arguments: &Arguments,
) -> Result<Value> {
    let bars = arguments.f64("bars")?;
    let shape = arguments.get("shape");
    if let Some(pattern) = shape.downcast::<PatternObject>() {
        let pattern = pattern.pattern();
        studio.edit(context, Some(arguments), |s| {
            s.modulate_with(path, pattern, bars)
        })?;
        return Ok(Value::None);
    }
    let Value::Str(name) = shape else {
        return Err(arguments.wrong_type("shape", "the name of a shape or a pattern"));
    };
    let (lo, hi) = (arguments.f64("lo")?, arguments.f64("hi")?);
    studio.edit(context, Some(arguments), |session| {
        session.modulate(path, Shape::parse(name)?, lo, hi, bars)
    })?;
    Ok(Value::None)
}

/// Moves a value in a straight line.
pub(super) fn fade(
    context: &mut Context<'_>,
    studio: &Rc<Studio>,
    path: &str,
    arguments: &Arguments,
) -> Result<Value> {
    let (target, bars) = (arguments.f64("target")?, arguments.f64("bars")?);
    studio.edit(context, Some(arguments), |s| s.fade(path, target, bars))?;
    Ok(Value::None)
}

/// Mini-notation for the operator `@`.
pub(super) fn read_notation(text: &str) -> Result<Pattern> {
    synthc_engine::pattern::parse(text, &NoteOptions::new()).map_err(|e| crate::krp::raise(&e))
}

/// The error for something that cannot be played.
pub(super) fn not_playable(value: &Value) -> Error {
    let error = Error::type_error(format!(
        "a node plays a pattern, not '{}'",
        value.type_name()
    ));
    match value {
        Value::Int(_) | Value::Float(_) => {
            error.with_help("to set a control write node[\"cutoff\"] = 800")
        }
        Value::Function(_) | Value::NativeFunction(_) => {
            error.with_help("call it to get the pattern: node @ krp.hit()")
        }
        _ => error.with_help(
            "write node @ pattern, node @ \"A2 D3 ~\", node @ (\"cutoff\", pattern) or node @ None",
        ),
    }
}
