//! Transforms: methods that make a changed pattern, and the same as values that compose.
//!
//! Called by the patch language and by Rust programs. Invariant: no transform separates a note's end from its
//! beginning; what moves a note moves its slot and its gate.

use std::ops::Shr;
use std::sync::Arc;

use super::builder::positive;
use super::error::{MAX_ITEMS, PatternError};
use super::euclid::euclid;
use super::time::{IntoTime, Time};
use super::tree::{Kind, Pattern};

impl Pattern {
    /// Stretches the pattern to `cycles` cycles: above 1 slower, below 1 faster.
    ///
    /// # Errors
    /// [`PatternError::NotPositive`], [`PatternError::Time`], [`PatternError::TooDeep`].
    pub fn over(&self, cycles: impl IntoTime) -> Result<Self, PatternError> {
        let speed = Time::ONE.div(positive("over", cycles)?)?;
        Self::new(Kind::Stretch {
            child: self.clone(),
            speed,
        })
    }

    /// The same as [`over`](Self::over).
    ///
    /// # Errors
    /// Those of [`over`](Self::over).
    pub fn slow(&self, factor: impl IntoTime) -> Result<Self, PatternError> {
        let speed = Time::ONE.div(positive("slow", factor)?)?;
        Self::new(Kind::Stretch {
            child: self.clone(),
            speed,
        })
    }

    /// Plays `factor` cycles of the pattern in one.
    ///
    /// # Errors
    /// Those of [`over`](Self::over).
    pub fn fast(&self, factor: impl IntoTime) -> Result<Self, PatternError> {
        Self::new(Kind::Stretch {
            child: self.clone(),
            speed: positive("fast", factor)?,
        })
    }

    /// Moves the pattern `offset` cycles later, or earlier if negative, through cycle borders.
    ///
    /// # Errors
    /// [`PatternError::Time`], [`PatternError::TooDeep`].
    pub fn shift(&self, offset: impl IntoTime) -> Result<Self, PatternError> {
        Self::new(Kind::Shift {
            child: self.clone(),
            offset: offset.into_time()?,
        })
    }

    /// Plays every cycle backwards. Slots are mirrored; a note still begins where its slot begins and keeps its gate
    /// length. Of a slot that reaches beyond the cycle, the part inside is mirrored.
    ///
    /// # Errors
    /// [`PatternError::TooDeep`].
    pub fn reverse(&self) -> Result<Self, PatternError> {
        Self::new(Kind::Reverse(self.clone()))
    }

    /// Plays `change(self)` in cycles 0, n, 2n, … and `self` in the others. `change` is called once, now.
    ///
    /// # Errors
    /// [`PatternError::EveryCycles`] unless `cycles` is at least 1; what `change` fails with.
    pub fn every<E: From<PatternError>>(
        &self,
        cycles: i64,
        change: impl FnOnce(&Self) -> Result<Self, E>,
    ) -> Result<Self, E> {
        if cycles < 1 {
            return Err(PatternError::EveryCycles { given: cycles }.into());
        }
        let on = change(self)?;
        Ok(Self::new(Kind::Every {
            cycles,
            on,
            off: self.clone(),
        })?)
    }

    /// The whole pattern in each pulse of the Euclidean rhythm of `pulses` over `steps`, rotated left by `rotation`.
    ///
    /// # Errors
    /// [`PatternError::Euclid`], [`PatternError::TooDeep`].
    pub fn spread(&self, pulses: i64, steps: i64, rotation: i64) -> Result<Self, PatternError> {
        let mut next = 0..;
        let ordinals = euclid(pulses, steps, rotation)?;
        let ordinals = ordinals
            .iter()
            .map(|&pulse| if pulse { next.next() } else { None })
            .collect();
        let shape = (pulses, steps, rotation);
        Self::new(Kind::Spread {
            child: self.clone(),
            shape,
            pulses: ordinals,
        })
    }

    /// Drops each event with `probability`, decided by `seed` and the event's exact onset: new in every cycle, the
    /// same in every playback, one decision for a chord. Patterns thinned alike with one seed drop alike.
    ///
    /// # Errors
    /// [`PatternError::OutOfRange`] unless 0 ≤ probability ≤ 1, [`PatternError::TooDeep`].
    pub fn thin(&self, probability: f64, seed: u64) -> Result<Self, PatternError> {
        check_probability("thin", probability)?;
        Self::new(Kind::Thin {
            child: self.clone(),
            probability,
            seed,
        })
    }

    /// Plays `change(self)` in cycles chosen with `probability` and `self` in the others; whole cycles, one or the
    /// other. `change` is called once, now.
    ///
    /// # Errors
    /// [`PatternError::OutOfRange`] unless 0 ≤ probability ≤ 1; what `change` fails with.
    pub fn sometimes<E: From<PatternError>>(
        &self,
        probability: f64,
        change: impl FnOnce(&Self) -> Result<Self, E>,
        seed: u64,
    ) -> Result<Self, E> {
        check_probability("sometimes", probability)?;
        let on = change(self)?;
        Ok(Self::new(Kind::Sometimes {
            on,
            off: self.clone(),
            probability,
            seed,
        })?)
    }

    /// Swings: the middle of every pair of the `grid` steps of a cycle moves to `amount` of the pair, everything in
    /// between moves proportionally, gate ends too. 1/2 is straight, 2/3 triplet swing.
    ///
    /// # Errors
    /// [`PatternError::OutOfRange`] unless 0 < amount < 1, [`PatternError::SwingGrid`] unless `grid` is even and
    /// positive, [`PatternError::TooDeep`].
    pub fn swing(&self, amount: impl IntoTime, grid: i64) -> Result<Self, PatternError> {
        let amount = amount.into_time()?;
        if !amount.is_positive() || amount >= Time::ONE {
            let what = "swing amount (exclusive range)".into();
            return Err(PatternError::OutOfRange {
                what,
                given: amount.to_f64(),
                low: 0.0,
                high: 1.0,
            });
        }
        if grid < 2 || grid % 2 != 0 || grid > MAX_ITEMS as i64 {
            return Err(PatternError::SwingGrid { given: grid });
        }
        Self::new(Kind::Swing {
            child: self.clone(),
            amount,
            grid,
        })
    }

    /// Silences parts of every cycle: of m marks, the i-th decides about the events that begin in the i-th of m equal
    /// parts. `x`, `X` and `1` are heard, `.`, `0`, `~` and `-` are not; white space is ignored.
    ///
    /// # Errors
    /// [`PatternError::Notation`] for another mark, [`PatternError::Empty`], [`PatternError::TooManyItems`],
    /// [`PatternError::TooDeep`].
    pub fn mask(&self, marks: &str) -> Result<Self, PatternError> {
        let mut steps = Vec::new();
        for (index, mark) in marks
            .chars()
            .enumerate()
            .filter(|(_, mark)| !mark.is_whitespace())
        {
            steps.push(match mark {
                'x' | 'X' | '1' => true,
                '.' | '0' | '~' | '-' => false,
                _ => {
                    return Err(PatternError::Notation {
                        column: index + 1,
                        token: mark.to_string(),
                        problem: "not a mask mark".into(),
                        fix: "write `x` for a part that is heard and `.` for a silent one".into(),
                    });
                }
            });
        }
        if steps.is_empty() {
            return Err(PatternError::Empty { what: "mask" });
        }
        if steps.len() > MAX_ITEMS {
            return Err(PatternError::TooManyItems {
                what: "mask",
                given: steps.len(),
            });
        }
        Self::new(Kind::Mask {
            child: self.clone(),
            steps: steps.into(),
        })
    }

    /// Sets the gate length of all notes inside to `fraction` of their slots; above 1, notes overlap.
    /// The outermost `gate` counts, and wins over gate lengths given to notes.
    ///
    /// # Errors
    /// [`PatternError::NotPositive`], [`PatternError::Time`], [`PatternError::TooDeep`].
    pub fn gate(&self, fraction: impl IntoTime) -> Result<Self, PatternError> {
        Self::new(Kind::Gate {
            child: self.clone(),
            fraction: positive("gate", fraction)?,
        })
    }
}

/// A probability is a number from 0 to 1.
fn check_probability(what: &str, given: f64) -> Result<(), PatternError> {
    if (0.0..=1.0).contains(&given) {
        return Ok(());
    }
    Err(PatternError::OutOfRange {
        what: format!("{what} probability"),
        given,
        low: 0.0,
        high: 1.0,
    })
}

/// A transform as a value: apply it to patterns, chain it with `>>`.
///
/// ```
/// use synthc_engine::pattern::{Transform, Time, hit};
/// let backwards_twice = Transform::Fast(Time::integer(2)) >> Transform::Reverse;
/// let pattern = backwards_twice.apply(&hit())?;
/// assert_eq!(pattern.to_string(), "hit().fast(2).reverse()");
/// # Ok::<(), synthc_engine::pattern::PatternError>(())
/// ```
#[derive(Debug, Clone)]
pub enum Transform {
    /// [`Pattern::over`].
    Over(Time),
    /// [`Pattern::fast`].
    Fast(Time),
    /// [`Pattern::shift`].
    Shift(Time),
    /// [`Pattern::reverse`].
    Reverse,
    /// [`Pattern::every`] with a transform.
    Every(i64, Arc<Transform>),
    /// [`Pattern::spread`] with pulses, steps, rotation.
    Spread(i64, i64, i64),
    /// [`Pattern::thin`] with probability and seed.
    Thin(f64, u64),
    /// [`Pattern::sometimes`] with probability, transform, seed.
    Sometimes(f64, Arc<Transform>, u64),
    /// [`Pattern::swing`] with amount and grid.
    Swing(Time, i64),
    /// [`Pattern::mask`].
    Mask(Arc<str>),
    /// [`Pattern::gate`].
    Gate(Time),
    /// One after the other, first to last.
    Chain(Vec<Transform>),
}

impl Transform {
    /// The transformed pattern.
    ///
    /// # Errors
    /// Those of the method the transform stands for, and [`PatternError::TooDeep`] for transforms nested too deep in
    /// each other.
    pub fn apply(&self, pattern: &Pattern) -> Result<Pattern, PatternError> {
        self.apply_at(pattern, 1)
    }

    /// Applies with the depth of this transform inside `every` and `sometimes` of others.
    fn apply_at(&self, pattern: &Pattern, depth: u32) -> Result<Pattern, PatternError> {
        if depth > super::MAX_DEPTH {
            return Err(PatternError::TooDeep { depth });
        }
        match self {
            Self::Over(cycles) => pattern.over(*cycles),
            Self::Fast(factor) => pattern.fast(*factor),
            Self::Shift(offset) => pattern.shift(*offset),
            Self::Reverse => pattern.reverse(),
            Self::Every(cycles, change) => {
                pattern.every(*cycles, |p| change.apply_at(p, depth + 1))
            }
            Self::Spread(pulses, steps, rotation) => pattern.spread(*pulses, *steps, *rotation),
            Self::Thin(probability, seed) => pattern.thin(*probability, *seed),
            Self::Sometimes(probability, change, seed) => {
                pattern.sometimes(*probability, |p| change.apply_at(p, depth + 1), *seed)
            }
            Self::Swing(amount, grid) => pattern.swing(*amount, *grid),
            Self::Mask(marks) => pattern.mask(marks),
            Self::Gate(fraction) => pattern.gate(*fraction),
            Self::Chain(steps) => steps.iter().try_fold(pattern.clone(), |pattern, step| {
                step.apply_at(&pattern, depth + 1)
            }),
        }
    }

    /// This transform, then `next`; chains stay flat.
    #[must_use]
    pub fn compose(self, next: Self) -> Self {
        let mut steps = self.into_steps();
        steps.extend(next.into_steps());
        Self::Chain(steps)
    }

    /// The steps of a chain, or the single transform.
    fn into_steps(mut self) -> Vec<Self> {
        match &mut self {
            Self::Chain(steps) => std::mem::take(steps),
            _ => vec![self],
        }
    }
}

impl Transform {
    /// Moves the transforms inside this one to `pending`, as far as nobody else holds them.
    fn release_inner(&mut self, pending: &mut Vec<Transform>) {
        match self {
            Self::Every(_, inner) | Self::Sometimes(_, inner, _) => {
                let inner = std::mem::replace(inner, Arc::new(Self::Reverse));
                pending.extend(Arc::into_inner(inner));
            }
            Self::Chain(steps) => pending.append(steps),
            _ => {}
        }
    }
}

impl Drop for Transform {
    /// Without recursion: a program can nest transforms without end before it applies one.
    fn drop(&mut self) {
        let mut pending = Vec::new();
        self.release_inner(&mut pending);
        while let Some(mut inner) = pending.pop() {
            inner.release_inner(&mut pending);
        }
    }
}

impl Shr for Transform {
    type Output = Self;

    /// [`compose`](Transform::compose): the left one first.
    fn shr(self, next: Self) -> Self {
        self.compose(next)
    }
}
