//! Pitches: note names, MIDI numbers and frequencies in twelve-tone equal temperament, A4 = 440 Hz.
//!
//! Builders and the mini-notation resolve every pitch to hertz here, once, when the pattern is built. Invariant: a
//! resolved pitch is finite and positive.

use super::error::PatternError;

/// Semitones of the letters A to G above C.
const LETTER_SEMITONES: [i64; 7] = [9, 11, 0, 2, 4, 5, 7];
/// Names of the twelve pitch classes, sharps written with `s` so that they are identifiers.
const CLASS_NAMES: [&str; 12] = [
    "C", "Cs", "D", "Ds", "E", "F", "Fs", "G", "Gs", "A", "As", "B",
];

/// A pitch as a player writes it: a name, a MIDI number, or hertz.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pitch<'a> {
    /// A note name such as `"A2"`, `"C#4"`, `"Cs4"` or `"Bb3"`.
    Name(&'a str),
    /// A MIDI note number, 0–127; 69 is A4.
    Midi(i64),
    /// A frequency in hertz, finite and positive.
    Hertz(f64),
}

impl Pitch<'_> {
    /// The frequency in hertz.
    ///
    /// # Errors
    /// [`PatternError::NoteName`], [`PatternError::OutOfRange`] for a MIDI number, and
    /// [`PatternError::NotFinite`] or [`PatternError::NotPositive`] for a frequency.
    pub fn hertz(self) -> Result<f64, PatternError> {
        match self {
            Pitch::Name(name) => Ok(mtof(f64::from(parse_note(name)?))),
            Pitch::Midi(number) if (0..=127).contains(&number) => Ok(mtof(number as f64)),
            Pitch::Midi(number) => Err(PatternError::OutOfRange {
                what: "MIDI note number (write a frequency in hertz as a float: 440.0)".into(),
                given: number as f64,
                low: 0.0,
                high: 127.0,
            }),
            Pitch::Hertz(hertz) if !hertz.is_finite() => Err(PatternError::NotFinite {
                what: "pitch in hertz".into(),
                given: hertz,
            }),
            Pitch::Hertz(hertz) if hertz <= 0.0 => Err(PatternError::NotPositive {
                what: "pitch in hertz",
                given: hertz.to_string(),
            }),
            Pitch::Hertz(hertz) => Ok(hertz),
        }
    }
}

impl<'a> From<&'a str> for Pitch<'a> {
    fn from(name: &'a str) -> Self {
        Pitch::Name(name)
    }
}

impl From<i32> for Pitch<'_> {
    fn from(number: i32) -> Self {
        Pitch::Midi(i64::from(number))
    }
}

impl From<i64> for Pitch<'_> {
    fn from(number: i64) -> Self {
        Pitch::Midi(number)
    }
}

impl From<f64> for Pitch<'_> {
    fn from(hertz: f64) -> Self {
        Pitch::Hertz(hertz)
    }
}

/// The MIDI number of a note name: a letter A–G, optionally `#` or `s` (sharp) or `b` (flat), an octave 0–8; C4 is 60.
///
/// ```
/// use synthc_engine::pattern::parse_note;
/// assert_eq!(parse_note("A4")?, 69);
/// assert_eq!(parse_note("Cs4")?, 61);
/// assert_eq!(parse_note("Cb4")?, 59);
/// # Ok::<(), synthc_engine::pattern::PatternError>(())
/// ```
///
/// # Errors
/// [`PatternError::NoteName`] with the nearest valid name.
pub fn parse_note(name: &str) -> Result<u8, PatternError> {
    read_note(name).ok_or_else(|| PatternError::NoteName {
        given: name.chars().take(40).collect(),
        suggestion: suggest_note(name),
    })
}

/// The frequency in hertz of a MIDI number, fractions included: 440 · 2^((m − 69) / 12).
#[must_use]
pub fn mtof(midi: f64) -> f64 {
    440.0 * ((midi - 69.0) / 12.0).exp2()
}

/// The MIDI number nearest to a frequency in hertz, clamped to 0–127.
///
/// # Errors
/// [`PatternError::NotFinite`], [`PatternError::NotPositive`].
pub fn ftom(hertz: f64) -> Result<u8, PatternError> {
    let hertz = Pitch::Hertz(hertz).hertz()?;
    // A float clamped to 0..=127 converts exactly.
    Ok((69.0 + 12.0 * (hertz / 440.0).log2())
        .round()
        .clamp(0.0, 127.0) as u8)
}

/// The name of a MIDI number, sharps written with `s`: 61 is `Cs4`, 0 is `C-1`. Numbers above 127 are clamped.
#[must_use]
pub fn midi_to_name(midi: u8) -> String {
    let midi = midi.min(127);
    format!(
        "{}{}",
        CLASS_NAMES[usize::from(midi % 12)],
        i16::from(midi / 12) - 1
    )
}

/// Reads a complete, valid name.
fn read_note(name: &str) -> Option<u8> {
    let bytes = name.as_bytes();
    let letter = bytes.first().filter(|byte| (b'A'..=b'G').contains(*byte))?;
    let (accidental, octave) = match &bytes[1..] {
        [b'#' | b's', octave] => (1, octave),
        [b'b', octave] => (-1, octave),
        [octave] => (0, octave),
        _ => return None,
    };
    let octave = (b'0'..=b'8')
        .contains(octave)
        .then(|| i64::from(octave - b'0'))?;
    let number = 12 * (octave + 1) + LETTER_SEMITONES[usize::from(letter - b'A')] + accidental;
    u8::try_from(number).ok().filter(|number| *number <= 127)
}

/// The nearest valid spelling of a bad note name, with the rule.
fn suggest_note(name: &str) -> String {
    let rule = "a letter A–G, an optional `#`, `s` or `b`, and an octave 0–8";
    let mut characters = name.trim().chars();
    let letter = characters.next().map(|c| c.to_ascii_uppercase());
    let Some(letter) = letter.filter(|c| ('A'..='G').contains(c)) else {
        return format!("{rule}, such as `A2`");
    };
    let rest = characters.as_str();
    let (accidental, rest) = match rest.chars().next() {
        Some('#' | '♯') => ("#", &rest[rest.chars().next().map_or(0, char::len_utf8)..]),
        Some('s' | 'S') => ("s", &rest[1..]),
        Some('b' | 'B' | '♭') => ("b", &rest[rest.chars().next().map_or(0, char::len_utf8)..]),
        _ => ("", rest),
    };
    let octave = if rest.is_empty() {
        Some(4)
    } else {
        rest.parse::<i64>().ok().map(|octave| octave.clamp(0, 8))
    };
    match octave {
        Some(octave) => format!("`{letter}{accidental}{octave}` ({rule})"),
        None => format!("{rule}, such as `{letter}{accidental}4`"),
    }
}
