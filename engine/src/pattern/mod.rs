//! Patterns: what is played when.
//!
//! A [`Pattern`] is an endless piece of music counted in **cycles** (bars). It is built from atoms ([`hit`], [`note`],
//! [`rest`], [`curve`]), combined, transformed, and asked with [`Pattern::query`] what happens in a span of time. The
//! answer is a list of [`Event`]s at exact rational times; turning cycles into frames is the transport's business.
//! Everything here runs on the control side and may allocate.
//!
//! # A drum and a bass line
//!
//! Four kicks a cycle, a hat on the off-beats (a rest and a hit, four times):
//!
//! ```
//! use synthc_engine::pattern::{Time, hit, rest};
//! let kick = hit() * 4;
//! let hat = (rest() + hit()) * 4;
//! let onsets: Vec<String> = hat
//!     .query(Time::ZERO, Time::ONE, 0)?
//!     .iter()
//!     .map(|event| event.onset.to_string())
//!     .collect();
//! assert_eq!(onsets, ["1/8", "3/8", "5/8", "7/8"]);
//! # Ok::<(), synthc_engine::pattern::PatternError>(())
//! ```
//!
//! A bass line of four equal slots, stretched over two cycles. A note is one event: it carries its slot, its pitch and
//! the end of its gate, which is half the slot unless [`Pattern::gate`] or [`NoteOptions`] say otherwise:
//!
//! ```
//! use synthc_engine::pattern::{EventKind, Time, seq};
//! let bass = seq([Some("A2"), Some("D3"), None, Some("E2")])?.over(2)?;
//! let events = bass.query(Time::ZERO, Time::integer(2), 0)?;
//! assert_eq!(events[1].onset, Time::HALF);
//! let EventKind::Note(d3) = &events[1].kind else { unreachable!() };
//! assert_eq!(d3.gate_end, Time::new(3, 4)?);
//! # Ok::<(), synthc_engine::pattern::PatternError>(())
//! ```
//!
//! The same as text: [`parse`]`("A2 D3 ~ E2")`; its grammar is documented at [`parse`].
//!
//! # Combining
//!
//! | form | meaning |
//! |---|---|
//! | `a + b + c` | three equal slots of one cycle; only chains of `+` flatten, any other sequence is one slot |
//! | `a \| b`, [`stack`] | at once |
//! | `a * n` | n copies in one cycle |
//! | [`seq`], [`sequence`] | equal slots |
//! | [`cat`] | one cycle each, in turn |
//! | [`structure`] | the rhythm of one pattern with the notes of another |
//!
//! A slot that holds a slow pattern plays, in cycle c, that pattern's cycle c: `seq(100.0, 200.0).over(2) + rest()`
//! alternates between the two notes.
//!
//! # Randomness
//!
//! [`Pattern::thin`], [`Pattern::sometimes`] and the random [`Shape`] hash the session's seed, their own seed, their
//! place in the pattern and the exact time. The same query always gives the same answer.
//!
//! # Limits
//!
//! Patterns nest at most [`MAX_DEPTH`] deep; containers hold at most [`MAX_ITEMS`]; a query returns at most
//! [`MAX_EVENTS`] and visits at most [`MAX_VISITS`] nodes. Beyond, there is an error, never a hang or an overflow.

mod builder;
mod curve;
mod describe;
mod error;
mod euclid;
mod event;
mod notation;
mod period;
mod pitch;
mod query;
mod random;
mod span;
#[cfg(test)]
mod tests;
mod time;
mod transform;
mod tree;

pub use builder::{
    NoteOptions, SeqItem, cat, cc, chord, hit, midi_note, note, osc, rest, seq, sequence, stack,
    structure,
};
pub use curve::{DEFAULT_STEPS, Shape, curve};
pub use error::{MAX_DEPTH, MAX_EVENTS, MAX_ITEMS, MAX_VISITS, PatternError};
pub use euclid::euclid;
pub use event::{Event, EventKind, Label, MidiMessage, Note, OscArgument, OscMessage, Params};
pub use notation::parse;
pub use period::MAX_PERIOD;
pub use pitch::{Pitch, ftom, midi_to_name, mtof, parse_note};
pub use time::{IntoTime, Time, TimeError};
pub use transform::Transform;
pub use tree::Pattern;
