//! The builders: atoms and the ways to put patterns side by side, on top of each other and after each other.
//!
//! Called by the patch language (`krp.*`, and `kr.*` in the older spelling) and by Rust programs. Invariant: a pattern
//! that comes out is valid; everything a caller can get wrong is reported here, not when it is played. Only the
//! operators `+ | *`, which cannot return an error, defer theirs to the next method or query.

use std::ops::{Add, BitOr, Mul};
use std::sync::Arc;

use super::error::PatternError;
use super::event::{MidiMessage, OscArgument, OscMessage};
use super::pitch::Pitch;
use super::time::{IntoTime, Time};
use super::tree::{Atom, Items, Kind, NoteAtom, Pattern};

/// What a note sets besides its pitch: the keyword arguments of `hit`, `note` and `seq`.
///
/// ```
/// use synthc_engine::pattern::NoteOptions;
/// let plucked = NoteOptions::new().velocity(0.8).gate(1, 8)?.param("cutoff", 900.0);
/// let line = plucked.seq(["A2", "D3", "E2"])?;
/// # Ok::<(), synthc_engine::pattern::PatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NoteOptions {
    /// Velocity, finite; `None` leaves it unstated.
    pub velocity: Option<f64>,
    /// Gate length as a fraction of the slot, above 0, may exceed 1; `None` is one half.
    pub gate: Option<Time>,
    /// The control that opens and closes with the note.
    pub gate_param: Arc<str>,
    /// Further controls and their values, finite, in order.
    pub params: Vec<(Arc<str>, f64)>,
}

impl Default for NoteOptions {
    fn default() -> Self {
        Self {
            velocity: None,
            gate: None,
            gate_param: "gate".into(),
            params: Vec::new(),
        }
    }
}

impl NoteOptions {
    /// No velocity, half-slot gate on the control `gate`, no further controls.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// States the velocity.
    #[must_use]
    pub fn velocity(mut self, velocity: f64) -> Self {
        self.velocity = Some(velocity);
        self
    }

    /// Chooses the gate length `numerator / denominator` of the slot.
    ///
    /// # Errors
    /// [`PatternError::Time`] for a denominator of 0. A length that is not positive is reported when a note is built.
    pub fn gate(mut self, numerator: i64, denominator: i64) -> Result<Self, PatternError> {
        self.gate = Some(Time::new(numerator, denominator)?);
        Ok(self)
    }

    /// Chooses the control that opens and closes.
    #[must_use]
    pub fn gate_param(mut self, name: &str) -> Self {
        self.gate_param = name.into();
        self
    }

    /// Adds a control to set at the onset.
    #[must_use]
    pub fn param(mut self, name: &str, value: f64) -> Self {
        self.params.push((name.into(), value));
        self
    }

    /// An unpitched note.
    ///
    /// # Errors
    /// [`PatternError::NotFinite`], [`PatternError::NotPositive`] or [`PatternError::Name`] for a bad option.
    pub fn hit(&self) -> Result<Pattern, PatternError> {
        Ok(atom([self.template()?]))
    }

    /// One note.
    ///
    /// # Errors
    /// Those of [`hit`](Self::hit) and of [`Pitch::hertz`].
    pub fn note<'a>(&self, pitch: impl Into<Pitch<'a>>) -> Result<Pattern, PatternError> {
        self.chord([pitch])
    }

    /// Simultaneous notes, decided about and replaced as one.
    ///
    /// # Errors
    /// Those of [`note`](Self::note), and [`PatternError::Empty`].
    pub fn chord<'a, P: Into<Pitch<'a>>>(
        &self,
        pitches: impl IntoIterator<Item = P>,
    ) -> Result<Pattern, PatternError> {
        let template = self.template()?;
        let notes = pitches.into_iter().map(|pitch| {
            let pitch_hz = Some(pitch.into().hertz()?);
            Ok(NoteAtom {
                pitch_hz,
                ..template.clone()
            })
        });
        let notes = notes.collect::<Result<Vec<_>, PatternError>>()?;
        if notes.is_empty() {
            return Err(PatternError::Empty { what: "note" });
        }
        Ok(atom(notes))
    }

    /// Equal slots of notes, rests and patterns; the options apply to the notes written as pitches.
    ///
    /// # Errors
    /// Those of [`note`](Self::note) and of [`sequence`].
    pub fn seq<'a, I: Into<SeqItem<'a>>>(
        &self,
        items: impl IntoIterator<Item = I>,
    ) -> Result<Pattern, PatternError> {
        let template = self.template()?;
        let items = items.into_iter().map(|item| match item.into() {
            SeqItem::Rest => Ok(rest()),
            SeqItem::Pattern(pattern) => Ok(pattern),
            SeqItem::Pitch(pitch) => Ok(atom([NoteAtom {
                pitch_hz: Some(pitch.hertz()?),
                ..template.clone()
            }])),
        });
        sequence(items.collect::<Result<Vec<_>, PatternError>>()?)
    }

    /// The options, checked, as a note without pitch.
    pub(super) fn template(&self) -> Result<NoteAtom, PatternError> {
        check_control(&self.gate_param)?;
        if let Some(given) = self.velocity.filter(|velocity| !velocity.is_finite()) {
            return Err(PatternError::NotFinite {
                what: "vel".into(),
                given,
            });
        }
        if let Some(gate) = self.gate.filter(|gate| !gate.is_positive()) {
            return Err(PatternError::NotPositive {
                what: "gate",
                given: gate.to_string(),
            });
        }
        for (name, value) in &self.params {
            check_control(name)?;
            if !value.is_finite() {
                return Err(PatternError::NotFinite {
                    what: name.to_string(),
                    given: *value,
                });
            }
        }
        Ok(NoteAtom {
            pitch_hz: None,
            velocity: self.velocity,
            gate: self.gate,
            gate_param: Arc::clone(&self.gate_param),
            params: self.params.as_slice().into(),
        })
    }
}

/// One slot of [`seq`].
#[derive(Debug, Clone)]
pub enum SeqItem<'a> {
    /// Silence.
    Rest,
    /// A note.
    Pitch(Pitch<'a>),
    /// Any pattern, squeezed into the slot.
    Pattern(Pattern),
}

impl<'a, P: Into<Pitch<'a>>> From<P> for SeqItem<'a> {
    fn from(pitch: P) -> Self {
        SeqItem::Pitch(pitch.into())
    }
}

impl<'a, P: Into<Pitch<'a>>> From<Option<P>> for SeqItem<'a> {
    fn from(pitch: Option<P>) -> Self {
        pitch.map_or(SeqItem::Rest, |pitch| SeqItem::Pitch(pitch.into()))
    }
}

impl From<Pattern> for SeqItem<'_> {
    fn from(pattern: Pattern) -> Self {
        SeqItem::Pattern(pattern)
    }
}

impl From<&Pattern> for SeqItem<'_> {
    fn from(pattern: &Pattern) -> Self {
        SeqItem::Pattern(pattern.clone())
    }
}

/// A leaf of simultaneous notes.
pub(super) fn atom(notes: impl Into<Arc<[NoteAtom]>>) -> Pattern {
    Pattern::leaf(Kind::Atom(Atom {
        notes: notes.into(),
    }))
}

/// Silence for one slot.
#[must_use]
pub fn rest() -> Pattern {
    Pattern::leaf(Kind::Rest)
}

/// An unpitched note: the control `gate` goes to 1, and to 0 after half the slot.
#[must_use]
pub fn hit() -> Pattern {
    let options = NoteOptions::default();
    let params = Arc::from([]);
    atom([NoteAtom {
        pitch_hz: None,
        velocity: None,
        gate: None,
        gate_param: options.gate_param,
        params,
    }])
}

/// A note with default options; a name, a MIDI number (integer) or hertz (float).
///
/// # Errors
/// Those of [`Pitch::hertz`].
pub fn note<'a>(pitch: impl Into<Pitch<'a>>) -> Result<Pattern, PatternError> {
    NoteOptions::new().note(pitch)
}

/// Simultaneous notes with default options.
///
/// # Errors
/// Those of [`Pitch::hertz`], and [`PatternError::Empty`].
pub fn chord<'a, P: Into<Pitch<'a>>>(
    pitches: impl IntoIterator<Item = P>,
) -> Result<Pattern, PatternError> {
    NoteOptions::new().chord(pitches)
}

/// Equal slots of notes, rests (`None`) and patterns, with default options.
///
/// # Errors
/// Those of [`Pitch::hertz`] and of [`sequence`].
pub fn seq<'a, I: Into<SeqItem<'a>>>(
    items: impl IntoIterator<Item = I>,
) -> Result<Pattern, PatternError> {
    NoteOptions::new().seq(items)
}

/// Equal slots of one cycle. In cycle c every slot plays its pattern's cycle c, squeezed.
///
/// # Errors
/// [`PatternError::Empty`], [`PatternError::TooManyItems`], [`PatternError::TooDeep`].
pub fn sequence(patterns: impl Into<Vec<Pattern>>) -> Result<Pattern, PatternError> {
    Pattern::new(Kind::Sequence {
        items: Items::new("seq", patterns.into())?,
        joined: false,
    })
}

/// One pattern a cycle, in order, for ever. Each plays its own cycles 0, 1, 2, … on its successive turns.
///
/// # Errors
/// [`PatternError::Empty`], [`PatternError::TooManyItems`], [`PatternError::TooDeep`].
pub fn cat(patterns: impl Into<Vec<Pattern>>) -> Result<Pattern, PatternError> {
    Pattern::new(Kind::Cat(Items::new("cat", patterns.into())?))
}

/// Everything at once.
///
/// # Errors
/// [`PatternError::Empty`], [`PatternError::TooManyItems`], [`PatternError::TooDeep`].
pub fn stack(patterns: impl Into<Vec<Pattern>>) -> Result<Pattern, PatternError> {
    Pattern::new(Kind::Stack(Items::new("stack", patterns.into())?))
}

/// The onsets, slots and gates of `rhythm` with the notes of `melody`.
///
/// The i-th note or chord of the rhythm, in tree order with repetitions and Euclidean pulses counted, is replaced by
/// the melody's (i mod m)-th; rests of the melody do not count, and a melody without notes leaves the rhythm as it is.
/// A gate length stated in the melody wins over one stated in `rhythm`'s notes, and a
/// [`gate`](Pattern::gate) around the rhythm wins over both.
///
/// # Errors
/// [`PatternError::TooManyItems`] for a melody of more than [`MAX_ITEMS`](super::MAX_ITEMS) notes,
/// [`PatternError::TooDeep`].
pub fn structure(rhythm: &Pattern, melody: &Pattern) -> Result<Pattern, PatternError> {
    melody.check()?;
    let atoms = melody.collect_atoms()?;
    if atoms.is_empty() {
        return rhythm.check().map(|()| rhythm.clone());
    }
    Pattern::new(Kind::Struct {
        rhythm: rhythm.clone(),
        melody: melody.clone(),
        atoms: atoms.into(),
    })
}

/// A MIDI note at the start of the slot; `duration` is in cycles, whatever the slot.
///
/// # Errors
/// [`PatternError::OutOfRange`] unless the key and velocity are 0–127 and the channel 0–15,
/// [`PatternError::NotPositive`] for the duration.
pub fn midi_note(
    key: i64,
    velocity: i64,
    channel: i64,
    duration: impl IntoTime,
) -> Result<Pattern, PatternError> {
    let duration = positive("duration", duration)?;
    Ok(Pattern::leaf(Kind::Midi(MidiMessage::Note {
        key: midi_byte("pitch", key, 127)?,
        velocity: midi_byte("velocity", velocity, 127)?,
        channel: midi_byte("channel", channel, 15)?,
        duration,
    })))
}

/// A MIDI controller change at the start of the slot.
///
/// # Errors
/// [`PatternError::OutOfRange`] unless controller and value are 0–127 and the channel 0–15.
pub fn cc(controller: i64, value: i64, channel: i64) -> Result<Pattern, PatternError> {
    Ok(Pattern::leaf(Kind::Midi(MidiMessage::Controller {
        controller: midi_byte("controller", controller, 127)?,
        value: midi_byte("value", value, 127)?,
        channel: midi_byte("channel", channel, 15)?,
    })))
}

/// An OSC message at the start of the slot.
///
/// # Errors
/// [`PatternError::Name`] unless the address begins with `/`, [`PatternError::NotFinite`] for a float argument.
pub fn osc(address: &str, args: &[OscArgument]) -> Result<Pattern, PatternError> {
    if !address.starts_with('/') {
        let suggestion = "a path that begins with `/`, such as `/synth/cutoff`";
        return Err(PatternError::Name {
            what: "OSC address",
            given: address.into(),
            suggestion,
        });
    }
    for arg in args {
        if let OscArgument::Float(given) = arg
            && !given.is_finite()
        {
            return Err(PatternError::NotFinite {
                what: format!("osc({address})"),
                given: *given,
            });
        }
    }
    Ok(Pattern::leaf(Kind::Osc(OscMessage {
        address: address.into(),
        args: args.into(),
    })))
}

/// A time argument that must be above 0.
pub(super) fn positive(what: &'static str, given: impl IntoTime) -> Result<Time, PatternError> {
    let time = given.into_time()?;
    if time.is_positive() {
        Ok(time)
    } else {
        Err(PatternError::NotPositive {
            what,
            given: time.to_string(),
        })
    }
}

/// A control name must have at least one character.
fn check_control(name: &str) -> Result<(), PatternError> {
    if name.trim().is_empty() {
        let suggestion = "the name of a control, such as `gate`";
        return Err(PatternError::Name {
            what: "control name",
            given: name.into(),
            suggestion,
        });
    }
    Ok(())
}

/// A MIDI data value in 0..=`high`.
fn midi_byte(what: &str, given: i64, high: u8) -> Result<u8, PatternError> {
    u8::try_from(given)
        .ok()
        .filter(|byte| *byte <= high)
        .ok_or_else(|| PatternError::OutOfRange {
            what: what.into(),
            given: given as f64,
            low: 0.0,
            high: f64::from(high),
        })
}

impl Pattern {
    /// This pattern, then `next`: equal slots of one cycle. Chains of `then` (or `+`) share the cycle equally; a
    /// sequence made in any other way is one slot.
    ///
    /// # Errors
    /// [`PatternError::TooManyItems`], [`PatternError::TooDeep`].
    pub fn then(&self, next: &Self) -> Result<Self, PatternError> {
        let mut patterns = Vec::with_capacity(2);
        for side in [self, next] {
            match &side.0.kind {
                Kind::Sequence {
                    items,
                    joined: true,
                } => patterns.extend(items.patterns.iter().cloned()),
                _ => patterns.push(side.clone()),
            }
        }
        Self::new(Kind::Sequence {
            items: Items::new("+", patterns)?,
            joined: true,
        })
    }

    /// This pattern and `other` at once; chains stay flat.
    ///
    /// # Errors
    /// [`PatternError::TooManyItems`], [`PatternError::TooDeep`].
    pub fn with(&self, other: &Self) -> Result<Self, PatternError> {
        let mut patterns = Vec::with_capacity(2);
        for side in [self, other] {
            match &side.0.kind {
                Kind::Stack(items) => patterns.extend(items.patterns.iter().cloned()),
                _ => patterns.push(side.clone()),
            }
        }
        Self::new(Kind::Stack(Items::new("|", patterns)?))
    }

    /// `count` copies in one cycle, each 1/`count` long. One node, whatever the count.
    ///
    /// # Errors
    /// [`PatternError::RepeatCount`] below 1, [`PatternError::TooDeep`].
    pub fn repeat(&self, count: i64) -> Result<Self, PatternError> {
        if count < 1 {
            return Err(PatternError::RepeatCount { given: count });
        }
        Self::new(Kind::Repeat {
            child: self.clone(),
            count,
        })
    }
}

impl Add for Pattern {
    type Output = Self;

    /// [`then`](Pattern::then); a failure is reported by the next method or query.
    fn add(self, next: Self) -> Self {
        self.then(&next).unwrap_or_else(Self::invalid)
    }
}

impl BitOr for Pattern {
    type Output = Self;

    /// [`with`](Pattern::with); a failure is reported by the next method or query.
    fn bitor(self, other: Self) -> Self {
        self.with(&other).unwrap_or_else(Self::invalid)
    }
}

impl Mul<i64> for Pattern {
    type Output = Self;

    /// [`repeat`](Pattern::repeat); a failure is reported by the next method or query.
    fn mul(self, count: i64) -> Self {
        self.repeat(count).unwrap_or_else(Self::invalid)
    }
}
