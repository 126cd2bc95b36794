//! Pitches as numbers: conversions, and a constant for every note from C0 to B8.

use synthc_engine::pattern;

use super::argument::raise;
use crate::signature;
use crate::value::{ModuleBuilder, Value};

/// Adds the conversions to the module.
pub(super) fn add(module: ModuleBuilder) -> ModuleBuilder {
    module
        .function("mtof", signature!(midi), |_, arguments| {
            Ok(Value::Float(pattern::mtof(arguments.f64("midi")?)))
        })
        .function("ftom", signature!(freq), |_, arguments| {
            let midi = pattern::ftom(arguments.f64("freq")?);
            let midi = midi.map_err(|e| raise(&e).about_argument("freq"))?;
            Ok(Value::Int(i64::from(midi)))
        })
        .function("parse_note", signature!(name), |_, arguments| {
            let midi = pattern::parse_note(arguments.str("name")?);
            let midi = midi.map_err(|e| raise(&e).about_argument("name"))?;
            Ok(Value::Int(i64::from(midi)))
        })
        .function("midi_to_name", signature!(midi), |_, arguments| {
            let given = arguments.i64("midi")?;
            match u8::try_from(given).ok().filter(|midi| *midi <= 127) {
                Some(midi) => Ok(Value::from(pattern::midi_to_name(midi))),
                None => Err(arguments.wrong_value(
                    "midi",
                    format_args!("must be between 0 and 127, but is {given}"),
                )),
            }
        })
}

/// Adds `C0` to `B8` (sharps as `Cs4`) in hertz, which is what both oscillators and notes take.
pub(super) fn add_constants(module: ModuleBuilder) -> ModuleBuilder {
    (12..120u8).fold(module, |module, midi| {
        let hertz = pattern::mtof(f64::from(midi));
        module.value(pattern::midi_to_name(midi), Value::Float(hertz))
    })
}
