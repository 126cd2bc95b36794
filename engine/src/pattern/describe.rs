//! Patterns as text: the expression that would build them, in the spelling of the patch language.
//!
//! For listings and diagnostics. Invariant: the text is bounded ([`MAX_TEXT`] bytes, then an ellipsis), because a shared
//! tree can be exponentially larger than its memory.

use std::fmt::{self, Write};

use super::curve::{Curve, DEFAULT_STEPS, Shape};
use super::event::{MidiMessage, OscArgument};
use super::pitch::{ftom, midi_to_name, mtof};
use super::time::Time;
use super::tree::{Atom, Kind, NoteAtom, Pattern};

/// Longest description in bytes, before the ellipsis.
const MAX_TEXT: usize = 2000;

/// How tightly an operator binds; a pattern that binds less than its surroundings gets parentheses.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    /// `a | b`
    Parallel,
    /// `a + b`
    Sum,
    /// `a * n`
    Product,
    /// `a.method()` and calls.
    Postfix,
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut printer = Printer {
            text: String::new(),
        };
        match printer.pattern(self, Binding::Parallel) {
            Ok(()) => f.write_str(&printer.text),
            Err(fmt::Error) => write!(f, "{}…", printer.text),
        }
    }
}

/// A bounded text under construction.
struct Printer {
    /// What is written so far.
    text: String,
}

impl Write for Printer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.len() + text.len() > MAX_TEXT {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

impl Printer {
    /// One pattern where at least `binding` is needed.
    fn pattern(&mut self, pattern: &Pattern, binding: Binding) -> fmt::Result {
        let own = match &pattern.0.kind {
            Kind::Stack(_) => Binding::Parallel,
            Kind::Sequence { joined: true, .. } => Binding::Sum,
            Kind::Repeat { .. } => Binding::Product,
            _ => Binding::Postfix,
        };
        if own < binding {
            self.write_char('(')?;
            self.kind(&pattern.0.kind)?;
            return self.write_char(')');
        }
        self.kind(&pattern.0.kind)
    }

    /// Without parentheses around it.
    fn kind(&mut self, kind: &Kind) -> fmt::Result {
        match kind {
            Kind::Rest => self.write_str("rest()"),
            Kind::Invalid(error) => write!(self, "<{error}>"),
            Kind::Atom(atom) => self.atom(atom),
            Kind::Midi(message) => self.midi(*message),
            Kind::Osc(message) => {
                write!(self, "osc({:?}", message.address)?;
                for arg in message.args.iter() {
                    match arg {
                        OscArgument::Integer(value) => write!(self, ", {value}")?,
                        OscArgument::Float(value) => write!(self, ", {value:?}")?,
                        OscArgument::Text(text) => write!(self, ", {text:?}")?,
                    }
                }
                self.write_char(')')
            }
            Kind::Curve(curve) => self.curve(curve),
            Kind::Sequence {
                items,
                joined: true,
            } => self.joined(&items.patterns, " + ", Binding::Product),
            Kind::Stack(items) => self.joined(&items.patterns, " | ", Binding::Sum),
            Kind::Sequence {
                items,
                joined: false,
            } => {
                self.write_str("seq(")?;
                for (index, item) in items.patterns.iter().enumerate() {
                    self.write_str(if index == 0 { "" } else { ", " })?;
                    match &item.0.kind {
                        Kind::Rest => self.write_str("None")?,
                        Kind::Atom(Atom { notes }) => match &notes[..] {
                            [
                                NoteAtom {
                                    pitch_hz: Some(pitch),
                                    velocity: None,
                                    gate: None,
                                    gate_param,
                                    params,
                                },
                            ] if params.is_empty() && &**gate_param == "gate" => {
                                self.pitch(*pitch)?;
                            }
                            _ => self.pattern(item, Binding::Parallel)?,
                        },
                        _ => self.pattern(item, Binding::Parallel)?,
                    }
                }
                self.write_char(')')
            }
            Kind::Cat(items) => {
                self.write_str("cat(")?;
                self.joined(&items.patterns, ", ", Binding::Parallel)?;
                self.write_char(')')
            }
            Kind::Repeat { child, count } => {
                self.pattern(child, Binding::Postfix)?;
                write!(self, " * {count}")
            }
            Kind::Stretch { child, speed } if *speed < Time::ONE => {
                self.pattern(child, Binding::Postfix)?;
                write!(
                    self,
                    ".over({})",
                    ratio(speed.denominator(), speed.numerator())
                )
            }
            Kind::Stretch { child, speed } => self.method(child, format_args!("fast({speed})")),
            Kind::Shift { child, offset } => self.method(child, format_args!("shift({offset})")),
            Kind::Reverse(child) => self.method(child, format_args!("reverse()")),
            Kind::Every { cycles, on, off } => {
                self.method(off, format_args!("every({cycles}, lambda _: "))?;
                self.pattern(on, Binding::Parallel)?;
                self.write_char(')')
            }
            Kind::Sometimes {
                on,
                off,
                probability,
                seed,
            } => {
                self.method(off, format_args!("sometimes({probability}, lambda _: "))?;
                self.pattern(on, Binding::Parallel)?;
                self.seed(*seed)?;
                self.write_char(')')
            }
            Kind::Spread {
                child,
                shape: (pulses, steps, rotation),
                ..
            } => {
                self.method(child, format_args!("spread({pulses}, {steps}"))?;
                if *rotation != 0 {
                    write!(self, ", {rotation}")?;
                }
                self.write_char(')')
            }
            Kind::Thin {
                child,
                probability,
                seed,
            } => {
                self.method(child, format_args!("thin({probability}"))?;
                self.seed(*seed)?;
                self.write_char(')')
            }
            Kind::Swing {
                child,
                amount,
                grid,
            } => self.method(child, format_args!("swing({amount}, {grid})")),
            Kind::Mask { child, steps } => {
                self.method(child, format_args!("mask(\""))?;
                for (index, heard) in steps.iter().enumerate() {
                    self.write_str(if index == 0 { "" } else { " " })?;
                    self.write_str(if *heard { "x" } else { "." })?;
                }
                self.write_str("\")")
            }
            Kind::Gate { child, fraction } => self.method(child, format_args!("gate({fraction})")),
            Kind::Struct { rhythm, melody, .. } => {
                self.write_str("struct(")?;
                self.pattern(rhythm, Binding::Parallel)?;
                self.write_str(", ")?;
                self.pattern(melody, Binding::Parallel)?;
                self.write_char(')')
            }
        }
    }

    /// `child.call`.
    fn method(&mut self, child: &Pattern, call: fmt::Arguments<'_>) -> fmt::Result {
        self.pattern(child, Binding::Postfix)?;
        write!(self, ".{call}")
    }

    /// Patterns with an operator or comma between them.
    fn joined(&mut self, patterns: &[Pattern], separator: &str, binding: Binding) -> fmt::Result {
        for (index, pattern) in patterns.iter().enumerate() {
            self.write_str(if index == 0 { "" } else { separator })?;
            self.pattern(pattern, binding)?;
        }
        Ok(())
    }

    /// `hit(…)`, `note(…)`, or a stack where the notes of an atom differ in more than pitch.
    fn atom(&mut self, atom: &Atom) -> fmt::Result {
        let first = &atom.notes[0];
        let alike = |note: &NoteAtom| {
            note.pitch_hz.is_some() == first.pitch_hz.is_some()
                && note.velocity == first.velocity
                && note.gate == first.gate
                && note.gate_param == first.gate_param
                && note.params == first.params
        };
        if atom.notes.len() > 1 && (first.pitch_hz.is_none() || !atom.notes.iter().all(alike)) {
            self.write_str("stack(")?;
            for (index, note) in atom.notes.iter().enumerate() {
                self.write_str(if index == 0 { "" } else { ", " })?;
                self.notes(std::slice::from_ref(note))?;
            }
            return self.write_char(')');
        }
        self.notes(&atom.notes)
    }

    /// One call for notes that differ in pitch only.
    fn notes(&mut self, notes: &[NoteAtom]) -> fmt::Result {
        let first = &notes[0];
        let mut separator = "";
        self.write_str(if first.pitch_hz.is_some() {
            "note("
        } else {
            "hit("
        })?;
        for pitch in notes.iter().filter_map(|note| note.pitch_hz) {
            self.write_str(separator)?;
            self.pitch(pitch)?;
            separator = ", ";
        }
        if &*first.gate_param != "gate" {
            write!(self, "{separator}param={:?}", first.gate_param)?;
            separator = ", ";
        }
        if let Some(velocity) = first.velocity {
            write!(self, "{separator}vel={velocity}")?;
            separator = ", ";
        }
        if let Some(gate) = first.gate {
            write!(self, "{separator}gate={gate}")?;
            separator = ", ";
        }
        for (name, value) in first.params.iter() {
            write!(self, "{separator}{name}={value}")?;
            separator = ", ";
        }
        self.write_char(')')
    }

    /// A note name where the frequency has one, else hertz.
    fn pitch(&mut self, hertz: f64) -> fmt::Result {
        if let Ok(midi) = ftom(hertz)
            && (12..=127).contains(&midi)
            && (mtof(f64::from(midi)) - hertz).abs() <= 1e-9 * hertz
        {
            let name = midi_to_name(midi);
            // Octave 9 exists in MIDI but not among the note names.
            return if name.ends_with('9') {
                write!(self, "{midi}")
            } else {
                write!(self, "{name:?}")
            };
        }
        write!(self, "{hertz:?}")
    }

    /// A MIDI builder.
    fn midi(&mut self, message: MidiMessage) -> fmt::Result {
        match message {
            MidiMessage::Note {
                key,
                velocity,
                channel,
                duration,
            } => {
                write!(self, "midi_note({key}, {velocity}, {channel}, {duration})")
            }
            MidiMessage::Controller {
                controller,
                value,
                channel,
            } => write!(self, "cc({controller}, {value}, {channel})"),
        }
    }

    /// A continuous builder.
    fn curve(&mut self, curve: &Curve) -> fmt::Result {
        write!(self, "{}({}, {}", curve.shape.name(), curve.low, curve.high)?;
        if curve.steps != DEFAULT_STEPS {
            write!(self, ", steps={}", curve.steps)?;
        }
        if let Shape::Random { seed } = curve.shape {
            self.seed(seed)?;
        }
        self.write_char(')')
    }

    /// A seed that is not the default.
    fn seed(&mut self, seed: u64) -> fmt::Result {
        if seed == 0 {
            Ok(())
        } else {
            write!(self, ", seed={seed}")
        }
    }
}

/// A fraction of positive integers in lowest terms.
fn ratio(numerator: i64, denominator: i64) -> String {
    if denominator == 1 {
        numerator.to_string()
    } else {
        format!("{numerator}/{denominator}")
    }
}
