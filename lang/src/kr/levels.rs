//! Functions of `kr` for levels and values.

use super::session::studio;
use super::studio::node_name;
use crate::error::Result;
use crate::eval::Context;
use crate::signature;
use crate::value::{Arguments, ModuleBuilder, Value};
use synthc_engine::session::{Outcome, Session};

/// Names of the functions here, for suggestions.
pub(super) const NAMES: [&str; 8] = [
    "set",
    "gain",
    "pan",
    "mute",
    "unmute",
    "solo",
    "unsolo",
    "transition",
];

/// Adds the functions to the table.
pub(super) fn add(module: ModuleBuilder) -> ModuleBuilder {
    module
        .function("set", signature!(path, value), |context, arguments| {
            let path = node_name(arguments, "path")?;
            let value = arguments.f64("value")?;
            studio(arguments)?.put(context, Some(arguments), &path, value)?;
            Ok(Value::None)
        })
        .function("gain", signature!(name, value), |context, arguments| {
            let name = node_name(arguments, "name")?;
            let value = arguments.f64("value")?;
            let studio = studio(arguments)?;
            if studio.transition().is_some() {
                studio.put(context, Some(arguments), &name, value)?;
            } else {
                studio.edit(context, Some(arguments), |s| s.gain(&name, value))?;
            }
            Ok(Value::None)
        })
        .function("pan", signature!(name, pan), |context, arguments| {
            let name = node_name(arguments, "name")?;
            let pan = arguments.f64("pan")?;
            studio(arguments)?.edit(context, Some(arguments), |s| s.pan(&name, pan))?;
            Ok(Value::None)
        })
        .function("mute", signature!(name), |c, a| named(c, a, Session::mute))
        .function("unmute", signature!(name), |c, a| {
            named(c, a, Session::unmute)
        })
        .function("solo", signature!(name), |c, a| named(c, a, Session::solo))
        .function("unsolo", signature!(), |context, arguments| {
            studio(arguments)?.edit(context, None, |session| {
                session.unsolo();
                Ok(Vec::new())
            })?;
            Ok(Value::None)
        })
        .function("transition", signature!(bars = 4), |_, arguments| {
            let bars = arguments.f64("bars")?;
            if !(Session::MIN_BARS..=Session::MAX_BARS).contains(&bars) {
                return Err(arguments.wrong_value(
                    "bars",
                    format_args!(
                        "must be {} to {}, but is {bars}",
                        Session::MIN_BARS,
                        Session::MAX_BARS
                    ),
                ));
            }
            let studio = std::rc::Rc::clone(studio(arguments)?);
            Ok(Value::native(super::block::Transition::new(studio, bars)))
        })
}

/// An operation on one node or group.
fn named(
    context: &mut Context<'_>,
    arguments: &Arguments,
    operation: fn(&mut Session, &str) -> Outcome,
) -> Result<Value> {
    let name = node_name(arguments, "name")?;
    studio(arguments)?.edit(context, Some(arguments), |s| operation(s, &name))?;
    Ok(Value::None)
}
