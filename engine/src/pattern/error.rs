//! What can be wrong with a pattern, each with the value given, the bound and what to write instead.
//!
//! Builders, transforms, the mini-notation and the query all report this one type, because they meet in one
//! expression of the player; the language front end attaches the source span.

use super::time::TimeError;

/// Deepest nesting of builders and transforms in one pattern.
pub const MAX_DEPTH: u32 = 256;
/// Most items in one sequence, stack, `cat`, curve or Euclidean rhythm.
pub const MAX_ITEMS: usize = 65_536;
/// Most events that one query returns.
pub const MAX_EVENTS: usize = 1_000_000;
/// Most pattern nodes that one query visits; keeps silent but dense patterns from running for ever.
pub const MAX_VISITS: u64 = 16_000_000;

/// Why a pattern could not be built or queried.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PatternError {
    /// A sequence, stack, `cat`, chord or mini-notation without items.
    #[error("`{what}` has no items; give at least one, or `rest()` for silence")]
    Empty {
        /// The builder that was called.
        what: &'static str,
    },
    /// `pattern * n` with n below 1.
    #[error(
        "a pattern cannot be repeated {given} times in a cycle; write `* n` with n of at least 1, or `rest()` for silence"
    )]
    RepeatCount {
        /// The count given.
        given: i64,
    },
    /// A time factor, gate length or duration that must be positive.
    #[error("`{what}` is {given}; it must be above 0")]
    NotPositive {
        /// The argument.
        what: &'static str,
        /// The value given.
        given: String,
    },
    /// A number outside its range.
    #[error("`{what}` is {given}; it must be between {low} and {high}")]
    OutOfRange {
        /// The argument.
        what: String,
        /// The value given.
        given: f64,
        /// Least value allowed.
        low: f64,
        /// Greatest value allowed.
        high: f64,
    },
    /// NaN or an infinity.
    #[error("`{what}` is {given}; give a finite number")]
    NotFinite {
        /// The argument.
        what: String,
        /// The value given.
        given: f64,
    },
    /// A Euclidean rhythm that cannot be laid out.
    #[error(
        "`spread({pulses}, {steps})` does not fit: give 0 ≤ pulses ≤ steps and 1 ≤ steps ≤ {MAX_ITEMS}"
    )]
    Euclid {
        /// Pulses given.
        pulses: i64,
        /// Steps given.
        steps: i64,
    },
    /// `every(n, …)` with n below 1.
    #[error("`every({given}, …)` never happens; give a number of cycles of at least 1")]
    EveryCycles {
        /// The number of cycles given.
        given: i64,
    },
    /// A swing grid that is not an even positive number.
    #[error(
        "swing grid {given} has no pairs; give an even number from 2 to {MAX_ITEMS}, such as 8 or 16"
    )]
    SwingGrid {
        /// The grid given.
        given: i64,
    },
    /// A word that is no note name.
    #[error("`{given}` is not a note name; write {suggestion}")]
    NoteName {
        /// The text given.
        given: String,
        /// What to write instead.
        suggestion: String,
    },
    /// An empty control name or an OSC address without its slash.
    #[error("`{given}` is no {what}; write {suggestion}")]
    Name {
        /// The kind of name.
        what: &'static str,
        /// The text given.
        given: String,
        /// What to write instead.
        suggestion: &'static str,
    },
    /// A token of the mini-notation or of a mask that cannot be read.
    #[error("column {column}: `{token}`: {problem}; {fix}")]
    Notation {
        /// Position of the token, counted in characters from 1.
        column: usize,
        /// The offending token.
        token: String,
        /// What is wrong with it.
        problem: String,
        /// What to write instead.
        fix: String,
    },
    /// More nesting than a query may recurse through.
    #[error(
        "the pattern is nested {depth} deep, the limit is {MAX_DEPTH}; build long patterns with `seq`, `cat` or `* n` instead of wrapping them again and again"
    )]
    TooDeep {
        /// The depth asked for.
        depth: u32,
    },
    /// More items than one container holds.
    #[error(
        "`{what}` has {given} items, the limit is {MAX_ITEMS}; use `* n` for repetition or `cat` over several cycles"
    )]
    TooManyItems {
        /// The builder.
        what: &'static str,
        /// The number of items given.
        given: usize,
    },
    /// A query that would return too many events.
    #[error(
        "the pattern makes more than {MAX_EVENTS} events in the span asked for; repeat it less often or query a shorter span"
    )]
    TooManyEvents,
    /// A query that visits too many nodes, most of them silent.
    #[error(
        "the pattern needs more than {MAX_VISITS} steps to evaluate in the span asked for; lower the factors of `fast` and `* n` or query a shorter span"
    )]
    TooMuchWork,
    /// Time arithmetic failed.
    #[error(transparent)]
    Time(#[from] TimeError),
}
