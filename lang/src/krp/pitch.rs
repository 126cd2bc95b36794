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

/// The names of the notes of one octave, from C up.
macro_rules! octave {
    ($number:literal) => {
        [
            concat!("C", $number),
            concat!("Cs", $number),
            concat!("D", $number),
            concat!("Ds", $number),
            concat!("E", $number),
            concat!("F", $number),
            concat!("Fs", $number),
            concat!("G", $number),
            concat!("Gs", $number),
            concat!("A", $number),
            concat!("As", $number),
            concat!("B", $number),
        ]
    };
}

const OCTAVES: [[&str; 12]; 9] = [
    octave!(0),
    octave!(1),
    octave!(2),
    octave!(3),
    octave!(4),
    octave!(5),
    octave!(6),
    octave!(7),
    octave!(8),
];

/// The MIDI number of `C0`.
const LOWEST: u8 = 12;

/// Adds `C0` to `B8` (sharps as `Cs4`) in hertz, which is what both oscillators and notes take.
pub(super) fn add_constants(module: ModuleBuilder) -> ModuleBuilder {
    let notes = (LOWEST..).zip(OCTAVES.as_flattened());
    notes.fold(module, |module, (midi, name)| {
        module.item(*name, |_| Value::Float(pattern::mtof(f64::from(midi))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_constant_has_the_name_of_its_note() {
        let names = OCTAVES.as_flattened();
        assert_eq!(names.len(), 108);
        for (midi, name) in (LOWEST..).zip(names) {
            assert_eq!(*name, pattern::midi_to_name(midi));
        }
    }
}
