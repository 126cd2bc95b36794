//! Functions of `kr` that make, join and remove nodes.

use std::rc::Rc;

use synthc_engine::session::{NodeDefinition, NodeOptions, Session, SessionError, Tap, VoiceMode};
use synthc_ir::Site;

use super::session::studio;
use super::studio::node_name;
use super::{NodeHandle, Studio};
use crate::definition::Definition;
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::signature;
use crate::value::{Arguments, ModuleBuilder, Value};

/// Names of the functions here, for suggestions.
pub(super) const NAMES: [&str; 9] = [
    "node", "connect", "send", "wire", "unsend", "remove", "dsp", "input", "batch",
];

/// Adds the functions to the table.
pub(super) fn add(module: ModuleBuilder) -> ModuleBuilder {
    module
        .function(
            "node",
            signature!(
                name,
                source,
                gain = Value::None,
                count = Value::None,
                *,
                pan = Value::None,
                legato = Value::None,
                **init
            ),
            node,
        )
        .function(
            "connect",
            signature!(source, target, level = 1.0, port = Value::None, pre = Value::None),
            send,
        )
        .function(
            "send",
            signature!(source, target, level = Session::DEFAULT_SEND, pre = Value::None),
            send,
        )
        .function(
            "wire",
            signature!(source, target, port = Value::None),
            send,
        )
        .function("unsend", signature!(source, target), |context, arguments| {
            let (from, to) = ends(arguments)?;
            let studio = studio(arguments)?;
            studio.edit(context, Some(arguments), |s| s.unsend(&from, &to))?;
            Ok(Value::None)
        })
        .function("remove", signature!(name), |context, arguments| {
            let name = node_name(arguments, "name")?;
            studio(arguments)?.edit(context, Some(arguments), |s| s.remove(&name))?;
            Ok(Value::None)
        })
        .function("dsp", signature!(function), |_, arguments| {
            arguments.callable("function").cloned()
        })
        .function(
            "input",
            signature!(name = "mic", channel = 0, gain = 0.5),
            |_, _| {
                Err(Error::runtime_error(
                    "a patch file has no audio device, so kr.input() has nothing to listen to",
                )
                .with_help(
                    "give the sound as a file to a function with an input: synthc render PATCH:FUNCTION --input NAME=FILE.wav",
                ))
            },
        )
        .function("batch", signature!(), |_, arguments| {
            let studio = Rc::clone(studio(arguments)?);
            Ok(Value::native(super::block::Batch::new(studio)))
        })
}

/// `kr.node(…)`: defines or redefines a node and returns its handle.
fn node(context: &mut Context<'_>, arguments: &Arguments) -> Result<Value> {
    let studio = studio(arguments)?;
    let name = arguments.str("name")?;
    let definition = source(context, studio, arguments)?;
    let checked = lower(context, studio, &definition)?;
    let mut options = NodeOptions::default();
    if let Some(gain) = arguments.optional_f64("gain")? {
        options = options.gain(gain);
    }
    if let Some(count) = arguments.optional_i64("count")? {
        options = options.count(count);
    }
    if let Some(pan) = arguments.optional_f64("pan")? {
        options = options.pan(pan);
    }
    if arguments.has("legato") {
        options = options.mode(if arguments.bool("legato")? {
            VoiceMode::Legato
        } else {
            VoiceMode::Retrigger
        });
    }
    for (control, value) in arguments.keywords("init") {
        let Some(value) = value.as_f64() else {
            return Err(Error::type_error(format!(
                "the initial value of '{control}' must be a number, not '{}'",
                value.type_name()
            ))
            .about_argument(&*control));
        };
        if checked.control(&control).is_none() {
            return Err(unknown_keyword(name, &checked, &control));
        }
        options = options.value(&*control, value);
    }
    studio.edit(context, Some(arguments), |s| s.node(name, checked, options))?;
    studio.define(name, definition);
    Ok(NodeHandle::value(studio, name))
}

/// A keyword that is neither an option of `kr.node` nor a control of the node.
fn unknown_keyword(name: &str, definition: &NodeDefinition, keyword: &str) -> Error {
    let options = ["gain", "count", "pan", "legato"];
    let controls: Vec<&str> = definition.controls().iter().map(|c| &*c.name).collect();
    let known = controls.iter().copied().chain(options);
    let error = Error::type_error(format!(
        "'{keyword}' is neither an option of node() nor a control of '{name}'"
    ))
    .about_argument(keyword);
    match crate::suggest::did_you_mean(keyword, known) {
        Some(help) => error.with_help(help),
        None if controls.is_empty() => error.with_help("the function declares no controls"),
        None => error.with_help(format!("its controls are {}", controls.join(", "))),
    }
}

/// The definition in the argument `source`.
fn source(context: &mut Context<'_>, studio: &Studio, arguments: &Arguments) -> Result<Definition> {
    let value = arguments.get("source");
    if let Some(handle) = value.downcast::<NodeHandle>()
        && let Some(definition) = studio.definition(handle.name())
    {
        return Ok(definition);
    }
    if let Value::Str(text) = value {
        let error = Error::type_error(format!(
            "a node's source is a function that returns a signal, not the text \"{text}\""
        ))
        .about_argument("source");
        return Err(if text.starts_with("faust:") {
            error.with_help(
                "FAUST programs are not read here: write the same with krs functions, def tone(): return krs.saw(110.0)",
            )
        } else {
            error.with_help("write the function and give its name without quotes")
        });
    }
    Definition::of(context, value, studio.places()).map_err(|e| e.about_argument("source"))
}

/// Lowers the signals, so that mistakes show where they are written.
fn lower(
    context: &Context<'_>,
    studio: &Studio,
    definition: &Definition,
) -> Result<NodeDefinition> {
    let outputs = definition.outputs.iter().cloned();
    let lowered = match u32::try_from(definition.parameters.len()) {
        Ok(0) => NodeDefinition::source(outputs),
        inputs => NodeDefinition::effect(inputs.unwrap_or(u32::MAX), outputs)
            .and_then(|effect| effect.named_inputs(definition.parameters.iter().map(|p| &**p))),
    };
    let lowered = lowered.map_err(|error| {
        let raised = studio.raise(context, &error);
        match error {
            SessionError::Inputs { .. } | SessionError::Outputs { .. } => {
                raised.about_argument("source")
            }
            _ => raised,
        }
    })?;
    let place = context.sources().get(definition.span.file).map(|file| {
        let location = file.location(definition.span.start);
        Site::new(file.name().clone(), location.line, location.column)
    });
    Ok(match place {
        Some(site) => lowered.at(site.into()),
        None => lowered,
    })
}

/// The two nodes of a route.
fn ends(arguments: &Arguments) -> Result<(Rc<str>, Rc<str>)> {
    Ok((
        node_name(arguments, "source")?,
        node_name(arguments, "target")?,
    ))
}

/// `connect`, `send` and `wire`: one route with a level; returns the target for chains.
fn send(context: &mut Context<'_>, arguments: &Arguments) -> Result<Value> {
    let (from, to) = ends(arguments)?;
    // The whole effect, or the input of that name: a parameter of its function.
    let end = match arguments.optional_str("port")? {
        None | Some("in" | "in0") => Rc::clone(&to),
        Some(port) => format!("{to}/{port}").into(),
    };
    let level = arguments.optional_f64("level")?.unwrap_or(1.0);
    let tap = if arguments.has("pre") {
        Some(if arguments.bool("pre")? {
            Tap::PreFader
        } else {
            Tap::PostFader
        })
    } else {
        None
    };
    let studio = studio(arguments)?;
    studio.edit(context, Some(arguments), |session| match tap {
        Some(tap) => session.send_at(&from, &end, level, tap),
        None => session.send(&from, &end, level),
    })?;
    Ok(NodeHandle::value(studio, &to))
}
