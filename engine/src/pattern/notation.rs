//! The mini-notation: patterns written as text.
//!
//! Called for `p("…")` and `handle @ "…"`. A recursive-descent parser over characters. Invariants: every error names
//! the column (in characters, from 1) and what to write instead; nesting is bounded by [`MAX_DEPTH`].

use super::builder::{NoteOptions, atom, cat, rest, sequence, stack};
use super::error::{MAX_DEPTH, MAX_ITEMS, PatternError};
use super::pitch::{mtof, parse_note};
use super::tree::{Kind, NoteAtom, Pattern};

/// Reads a pattern: white-space separated words share one cycle equally.
///
/// | word | meaning |
/// |---|---|
/// | `x`, `X` | hit |
/// | `.`, `~`, `-` | rest |
/// | `A2`, `C#4`, `Cs4`, `Bb3` | note |
/// | `[C4 E4 G4]` | all at once, in one slot |
/// | `(A2 D3 E2)` | a sequence in one slot |
/// | `<A2 D3 E2>` | one a cycle, in turn |
/// | `w*3` | three times in its slot |
/// | `w/2` | stretched over two cycles |
/// | `w!3` | three slots of it |
/// | `w?`, `w?0.3` | dropped with probability 1/2, or the one given |
/// | `w(3,8)`, `w(3,8,1)` | Euclidean rhythm in its slot, rotated left |
///
/// Groups nest in each other; suffixes follow a word or group without space and apply from left to right.
/// `options` apply to every note and hit.
///
/// ```
/// use synthc_engine::pattern::{NoteOptions, parse};
/// let drums = parse("x . [x C4] x*2", &NoteOptions::new())?;
/// assert_eq!(drums.period(), Some(synthc_engine::pattern::Time::ONE));
/// let error = parse("C4 H2", &NoteOptions::new()).unwrap_err();
/// assert!(error.to_string().starts_with("column 4: `H2`"));
/// # Ok::<(), synthc_engine::pattern::PatternError>(())
/// ```
///
/// # Errors
/// [`PatternError::Empty`] for text without words, [`PatternError::Notation`], those of [`NoteOptions`], and the
/// limits of [`sequence`].
pub fn parse(text: &str, options: &NoteOptions) -> Result<Pattern, PatternError> {
    let template = options.template()?;
    let mut parser = Parser {
        text: text.chars().collect(),
        next: 0,
        depth: 0,
        template,
    };
    let slots = parser.slots(None)?;
    if slots.is_empty() {
        return Err(PatternError::Empty { what: "p" });
    }
    if slots.len() == 1 {
        Ok(slots.into_iter().next().unwrap_or_else(rest))
    } else {
        sequence(slots)
    }
}

/// The text and how far it is read.
struct Parser {
    /// All characters.
    text: Vec<char>,
    /// Index of the next one.
    next: usize,
    /// Groups open.
    depth: u32,
    /// What every note sets.
    template: NoteAtom,
}

impl Parser {
    /// The next character without reading it.
    fn peek(&self) -> Option<char> {
        self.text.get(self.next).copied()
    }

    /// Reads one given character if it is next.
    fn accept(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.next += usize::from(found);
        found
    }

    /// Reads characters as long as they fit.
    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let start = self.next;
        while self.peek().is_some_and(&fits) {
            self.next += 1;
        }
        self.text[start..self.next].iter().collect()
    }

    /// An error about the text from index `start` up to here.
    fn error(
        &self,
        start: usize,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> PatternError {
        let end = self
            .next
            .clamp((start + 1).min(self.text.len()), self.text.len())
            .min(start + 40);
        PatternError::Notation {
            column: start + 1,
            token: self.text[start.min(end)..end].iter().collect(),
            problem: problem.into(),
            fix: fix.into(),
        }
    }

    /// Words and groups up to `closer`, or to the end of the text; the closer is read.
    fn slots(&mut self, closer: Option<char>) -> Result<Vec<Pattern>, PatternError> {
        let open = self.next.saturating_sub(1);
        let mut slots = Vec::new();
        loop {
            self.take_while(char::is_whitespace);
            match self.peek() {
                None if closer.is_none() => return Ok(slots),
                None => {
                    self.next = open + 1;
                    let closer = closer.unwrap_or(')');
                    return Err(self.error(
                        open,
                        "the group is never closed",
                        format!("add `{closer}` after its last word"),
                    ));
                }
                Some(next) if Some(next) == closer => {
                    self.next += 1;
                    return Ok(slots);
                }
                Some(_) => self.term(&mut slots)?,
            }
            if slots.len() > MAX_ITEMS {
                return Err(PatternError::TooManyItems {
                    what: "p",
                    given: slots.len(),
                });
            }
        }
    }

    /// A word or group with its suffixes; `!n` makes it several slots.
    fn term(&mut self, slots: &mut Vec<Pattern>) -> Result<(), PatternError> {
        let start = self.next;
        let mut pattern = match self.peek() {
            Some('[') => {
                let items = self.group(']')?;
                self.simultaneous(items)?
            }
            Some('(') => sequence(self.group(')')?)?,
            Some('<') => cat(self.group('>')?)?,
            _ => self.word()?,
        };
        let mut copies = 1;
        loop {
            let suffix = self.next;
            if self.accept('*') {
                let count = self.count(suffix, "a repetition", "C4*2")?;
                pattern = pattern.repeat(count)?;
            } else if self.accept('/') {
                let cycles = self.count(suffix, "a stretch", "C4/2")?;
                pattern = pattern.over(cycles)?;
            } else if self.accept('!') {
                copies = self.count(suffix, "a number of slots", "C4!2")?;
            } else if self.accept('?') {
                let digits = self.take_while(|c| c.is_ascii_digit() || c == '.');
                let probability = if digits.is_empty() {
                    Some(0.5)
                } else {
                    digits.parse().ok()
                };
                let Some(probability) = probability.filter(|p| (0.0..=1.0).contains(p)) else {
                    return Err(self.error(
                        suffix,
                        "not a probability",
                        "write a number from 0 to 1, such as `C4?0.3`",
                    ));
                };
                pattern = pattern.thin(probability, 0)?;
            } else if self.peek() == Some('(') {
                pattern = self.euclid(&pattern)?;
            } else {
                break;
            }
        }
        if self
            .peek()
            .is_some_and(|c| !c.is_whitespace() && !matches!(c, ']' | ')' | '>'))
        {
            self.next += 1;
            return Err(self.error(
                start,
                "two words without space between them",
                "put a space between words",
            ));
        }
        // `count` bounds the copies by MAX_ITEMS, and `slots` the sum.
        slots.extend(std::iter::repeat_n(pattern, copies as usize));
        Ok(())
    }

    /// The items of a group whose opening bracket is next.
    fn group(&mut self, closer: char) -> Result<Vec<Pattern>, PatternError> {
        let start = self.next;
        self.next += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(PatternError::TooDeep { depth: self.depth });
        }
        let items = self.slots(Some(closer))?;
        self.depth -= 1;
        if items.is_empty() {
            return Err(self.error(
                start,
                "the group is empty",
                "write words inside it, or `.` for a rest",
            ));
        }
        Ok(items)
    }

    /// Items at once: a chord if they are plain notes, else a stack.
    fn simultaneous(&self, items: Vec<Pattern>) -> Result<Pattern, PatternError> {
        let mut notes = Vec::new();
        for item in &items {
            match &item.0.kind {
                Kind::Atom(single) => notes.extend(single.notes.iter().cloned()),
                Kind::Rest => {}
                _ => return stack(items),
            }
        }
        if notes.is_empty() {
            Ok(rest())
        } else {
            Ok(atom(notes))
        }
    }

    /// A hit, rest or note.
    fn word(&mut self) -> Result<Pattern, PatternError> {
        let start = self.next;
        let word = self.take_while(|c| !c.is_whitespace() && !"[]()<>*/!?,".contains(c));
        match word.as_str() {
            "x" | "X" => return Ok(atom([self.template.clone()])),
            "." | "~" | "-" => return Ok(rest()),
            "" => {
                self.next += 1;
                let (problem, fix) = match self.text[start] {
                    ']' | ')' | '>' => (
                        "nothing is open that this could close",
                        "remove it, or open a group before it",
                    ),
                    ',' => (
                        "a comma separates nothing here",
                        "write `[C4 E4]` for notes at once, or put a space between words",
                    ),
                    _ => (
                        "a suffix needs a word before it",
                        "write it after a word without space, such as `C4*2`",
                    ),
                };
                return Err(self.error(start, problem, fix));
            }
            _ => {}
        }
        let note = parse_note(&word).map_err(|_| self.bad_word(start, &word))?;
        let pitch_hz = Some(mtof(f64::from(note)));
        Ok(atom([NoteAtom {
            pitch_hz,
            ..self.template.clone()
        }]))
    }

    /// What is wrong with a word that is neither hit, rest nor note.
    fn bad_word(&self, start: usize, word: &str) -> PatternError {
        if word.chars().all(|c| "xX.~-".contains(c)) {
            let apart: Vec<String> = word.chars().take(8).map(String::from).collect();
            return self.error(
                start,
                "steps without space between them",
                format!("write `{}`", apart.join(" ")),
            );
        }
        if word == "_" || word.starts_with('@') {
            return self.error(
                start,
                "there are no ties",
                "give the note its length with `gate`, or write `C4/2`",
            );
        }
        if word.parse::<f64>().is_ok() {
            return self.error(
                start,
                "numbers are not notes here",
                "write a note name such as `A2`, or use `seq` for hertz",
            );
        }
        match parse_note(word) {
            Err(PatternError::NoteName { suggestion, .. }) => self.error(
                start,
                "not a hit, rest or note",
                format!("write {suggestion}, or `x` for a hit, `.` for a rest"),
            ),
            _ => self.error(
                start,
                "not a hit, rest or note",
                "write `x`, `.` or a note such as `A2`",
            ),
        }
    }

    /// A whole number from 1 after a suffix mark that began at `start`.
    fn count(&mut self, start: usize, what: &str, example: &str) -> Result<i64, PatternError> {
        let digits = self.take_while(|c| c.is_ascii_digit() || c == '.' || c == '-');
        let limit = if what == "a number of slots" {
            MAX_ITEMS as i64
        } else {
            1_000_000_000
        };
        match digits.parse::<i64>() {
            Ok(count) if (1..=limit).contains(&count) => Ok(count),
            _ => Err(self.error(
                start,
                format!("not {what}"),
                format!("write a whole number from 1 to {limit}, such as `{example}`"),
            )),
        }
    }

    /// `(k,n)` or `(k,n,r)` after a word.
    fn euclid(&mut self, pattern: &Pattern) -> Result<Pattern, PatternError> {
        let start = self.next;
        self.next += 1;
        let inside = self.take_while(|c| c != ')');
        if !self.accept(')') {
            self.next = start + 1;
            return Err(self.error(start, "the rhythm is never closed", "write `(3,8)`"));
        }
        let numbers: Option<Vec<i64>> = inside
            .split(',')
            .map(|number| number.trim().parse().ok())
            .collect();
        let (pulses, steps, rotation) = match numbers.as_deref() {
            Some(&[pulses, steps]) => (pulses, steps, 0),
            Some(&[pulses, steps, rotation]) => (pulses, steps, rotation),
            _ => {
                let fix =
                    "write pulses and steps, such as `x(3,8)`; for a group, put a space before `(`";
                return Err(self.error(start, "not a Euclidean rhythm", fix));
            }
        };
        pattern.spread(pulses, steps, rotation).map_err(|error| match error {
            PatternError::Euclid { .. } => {
                let fix = format!("write at least 1 and at most {MAX_ITEMS} steps, and no more pulses than steps");
                self.error(start, "the pulses do not fit", fix)
            }
            other => other,
        })
    }
}
