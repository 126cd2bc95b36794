//! Functions of `kr` that keep states and reach outside: scenes, and what only a live session can do.

use super::session::studio;
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::signature;
use crate::value::{Arguments, ExceptionKind, ModuleBuilder, Value};

/// Names of the functions here, for suggestions.
pub(super) const NAMES: [&str; 7] = [
    "save", "recall", "scene", "export", "load", "midi_map", "pull",
];

/// Adds the functions to the table.
pub(super) fn add(module: ModuleBuilder) -> ModuleBuilder {
    module
        .function("save", signature!(name), |_, arguments| {
            studio(arguments)?.save_scene(arguments.str("name")?);
            Ok(Value::None)
        })
        .function("recall", signature!(name), recall)
        .function("scene", signature!(name), recall)
        .function("export", signature!(path), |context, _| {
            context.warn(
                "kr.export() does nothing in a patch file",
                "the patch file itself is the saved session",
            );
            Ok(Value::None)
        })
        .function("load", signature!(path), |context, _| {
            context.warn(
                "kr.load() does nothing in a patch file: patches read no files",
                "render or play the other file by itself, or copy its code here",
            );
            Ok(Value::None)
        })
        .function(
            "midi_map",
            signature!(cc, path, lo = 0.0, hi = 1.0, channel = 0),
            |context, _| {
                context.warn(
                    "kr.midi_map() is for live use: a patch file hears no MIDI",
                    "to move the control here, play a pattern on it: node @ (\"cutoff\", krp.sine(200, 2000))",
                );
                Ok(Value::None)
            },
        )
        .function("pull", signature!(), |_, _| Ok(Value::None))
}

fn recall(_: &mut Context<'_>, arguments: &Arguments) -> Result<Value> {
    let studio = studio(arguments)?;
    let name = arguments.str("name")?;
    if let Some(scene) = studio.scene(name) {
        studio.restore(scene);
        return Ok(Value::None);
    }
    let names = studio.scene_names();
    let error = Error::new(
        ExceptionKind::KeyError,
        format!("there is no scene `{name}`"),
    )
    .about_argument("name");
    Err(
        match crate::suggest::did_you_mean(name, names.iter().map(|n| &**n)) {
            Some(help) => error.with_help(help),
            None => error.with_help("keep one first: kr.save(\"verse\")"),
        },
    )
}
