//! From a pattern to its events in a span of time.
//!
//! Called by the scheduler for every window it commits, and by the renderer. A query is cut at whole cycles; each node
//! maps the wanted span into its child's time, lets the child append its events, and maps them back, so only the part
//! of the tree that is heard is visited. Invariants: an event is returned by exactly the queries whose span contains
//! its onset; events at one onset come in tree order whatever the span; recursion is bounded by the tree's depth.

use std::sync::Arc;

use super::error::{MAX_EVENTS, MAX_VISITS, PatternError};
use super::event::{Event, EventKind, Label, Note};
use super::random::Key;
use super::span::{Affine, Span};
use super::time::{Time, TimeError};
use super::tree::{Atom, Items, Kind, Pattern};

impl Pattern {
    /// All events with `from ≤ onset < to`, by onset, simultaneous ones in tree order.
    ///
    /// Deterministic in the pattern and `seed`; queries of adjacent spans add up to the query of both. An event that
    /// lasts beyond `to`, or beyond its cycle, is returned once, by the span of its onset. Cost: proportional to the
    /// nodes heard in the span times the depth; allocates (control side only).
    ///
    /// # Errors
    /// [`PatternError::TooManyEvents`], [`PatternError::TooMuchWork`], [`PatternError::Time`] on overflow, or the
    /// deferred error of an operator.
    pub fn query(&self, from: Time, to: Time, seed: u64) -> Result<Vec<Event>, PatternError> {
        self.check()?;
        let span = Span { from, to };
        let mut query = Query {
            events: Vec::new(),
            visits: 0,
            seed,
        };
        if self.0.silent {
            return Ok(query.events);
        }
        let context = Context {
            ordinal: 0,
            place: 0,
            gate: None,
            melody: None,
        };
        for cycle in span.cycles() {
            let start = query.events.len();
            query.cycle(self, context, cycle, span.within_cycle(cycle)?)?;
            query.events[start..].sort_by_key(|event| event.onset);
        }
        Ok(query.events)
    }
}

/// What a node needs to know about its ancestors.
#[derive(Clone, Copy)]
struct Context<'a> {
    /// Number of atoms before this subtree in tree order.
    ordinal: u64,
    /// Hash of the slots passed on the way down, so that copies draw their own random numbers.
    place: u64,
    /// Gate fraction of the outermost gate node.
    gate: Option<Time>,
    /// Replacement of the atoms by the outermost struct node.
    melody: Option<&'a [Atom]>,
}

impl Context<'_> {
    /// The context of one of several slots.
    fn slot(self, index: i64, atoms_before: u64) -> Self {
        let place = Key::new(self.place).with(index as u64).bits();
        Self {
            ordinal: self.ordinal.saturating_add(atoms_before),
            place,
            ..self
        }
    }
}

/// A query in progress.
struct Query {
    /// Found so far, in the time of the node being walked from the index that node began at.
    events: Vec<Event>,
    /// Nodes visited.
    visits: u64,
    /// The session's seed.
    seed: u64,
}

impl Query {
    /// Appends the events of `pattern` with onsets in `span`, which may cover many of its cycles.
    fn walk(
        &mut self,
        pattern: &Pattern,
        context: Context,
        span: Span,
    ) -> Result<(), PatternError> {
        if pattern.0.silent {
            return Ok(());
        }
        for cycle in span.cycles() {
            self.cycle(pattern, context, cycle, span.within_cycle(cycle)?)?;
        }
        Ok(())
    }

    /// Appends the events of `pattern` with onsets in `span`, which lies inside its cycle `cycle`.
    fn cycle(
        &mut self,
        pattern: &Pattern,
        context: Context,
        cycle: i64,
        span: Span,
    ) -> Result<(), PatternError> {
        self.visits += 1;
        if self.visits > MAX_VISITS {
            return Err(PatternError::TooMuchWork);
        }
        if pattern.0.silent || span.is_empty() {
            return Ok(());
        }
        let start = self.events.len();
        match &pattern.0.kind {
            Kind::Rest => Ok(()),
            Kind::Invalid(error) => Err(error.clone()),
            Kind::Atom(atom) => self.atom(atom, context, cycle, span),
            Kind::Midi(message) => self.whole_cycle(EventKind::Midi(*message), cycle, span),
            Kind::Osc(message) => self.whole_cycle(EventKind::Osc(message.clone()), cycle, span),
            Kind::Curve(curve) => {
                let key = self.key(context, 0).with(cycle as u64);
                self.slots(cycle, curve.steps as i64, span, |query, index, map, _| {
                    let value = curve.value(index as usize, key);
                    let onset = map.map(Time::integer(cycle))?;
                    if !span.contains(onset) {
                        return Ok(());
                    }
                    let slot_end = map.map(Time::integer(cycle).add(Time::ONE)?)?;
                    query.push(Event {
                        onset,
                        slot_end,
                        kind: EventKind::Value {
                            label: Label::Target,
                            value,
                        },
                    })
                })
            }
            Kind::Sequence { items, .. } => {
                self.slots(cycle, items.count(), span, |query, index, map, local| {
                    let (item, before) = (
                        &items.patterns[index as usize],
                        items.ordinals[index as usize],
                    );
                    query.mapped(item, context.slot(index, before), cycle, local, map)
                })
            }
            Kind::Repeat { child, count } => {
                self.slots(cycle, *count, span, |query, index, map, local| {
                    let before = child.0.atoms.saturating_mul(index.unsigned_abs());
                    query.mapped(child, context.slot(index, before), cycle, local, map)
                })
            }
            Kind::Spread { child, pulses, .. } => self.slots(
                cycle,
                pulses.len() as i64,
                span,
                |query, index, map, local| {
                    let Some(pulse) = pulses[index as usize] else {
                        return Ok(());
                    };
                    let before = child.0.atoms.saturating_mul(u64::from(pulse));
                    query.mapped(child, context.slot(index, before), cycle, local, map)
                },
            ),
            Kind::Stack(items) => self.stack(items, context, cycle, span),
            Kind::Cat(items) => self.cat(items, context, cycle, span),
            Kind::Stretch { child, speed } => {
                let map = Affine {
                    offset: Time::ZERO,
                    divisor: *speed,
                };
                self.walk(child, context, map.inverse(span)?)?;
                self.apply(start, map)
            }
            Kind::Shift { child, offset } => {
                let map = Affine::shift(*offset);
                self.walk(child, context, map.inverse(span)?)?;
                self.apply(start, map)
            }
            Kind::Reverse(child) => self.reverse(child, context, cycle, span),
            Kind::Every { cycles, on, off } => {
                let child = if cycle.rem_euclid(*cycles) == 0 {
                    on
                } else {
                    off
                };
                self.cycle(child, context, cycle, span)
            }
            Kind::Sometimes {
                on,
                off,
                probability,
                seed,
            } => {
                let key = self
                    .key(context, *seed)
                    .with(u64::from(pattern.0.draws))
                    .with(cycle as u64);
                let child = if key.unit() < *probability { on } else { off };
                self.cycle(child, context, cycle, span)
            }
            Kind::Thin {
                child,
                probability,
                seed,
            } => {
                self.cycle(child, context, cycle, span)?;
                let key = self.key(context, *seed).with(u64::from(pattern.0.draws));
                self.retain(start, |event| {
                    let key = key
                        .with(event.onset.numerator() as u64)
                        .with(event.onset.denominator() as u64);
                    key.unit() >= *probability
                });
                Ok(())
            }
            Kind::Swing {
                child,
                amount,
                grid,
            } => {
                let swing = Swing::new(*amount, *grid)?;
                let inner = Span {
                    from: swing.inverse(span.from)?,
                    to: swing.inverse(span.to)?,
                };
                self.cycle(child, context, cycle, inner)?;
                for event in &mut self.events[start..] {
                    event.map_times(|time| swing.map(time))?;
                }
                Ok(())
            }
            Kind::Mask { child, steps } => {
                self.cycle(child, context, cycle, span)?;
                let parts = Time::integer(steps.len() as i64);
                let mut failure = None;
                self.retain(start, |event| {
                    let part = event
                        .onset
                        .sub(Time::integer(cycle))
                        .and_then(|phase| phase.mul(parts));
                    part.map_or_else(
                        |error| failure.replace(error).is_some(),
                        |part| steps[part.floor() as usize],
                    )
                });
                failure.map_or(Ok(()), |error| Err(error.into()))
            }
            Kind::Gate { child, fraction } => {
                let gate = context.gate.or(Some(*fraction));
                self.cycle(child, Context { gate, ..context }, cycle, span)
            }
            Kind::Struct { rhythm, atoms, .. } => {
                let melody = context.melody.or(Some(atoms));
                self.cycle(rhythm, Context { melody, ..context }, cycle, span)
            }
        }
    }

    /// The notes of an atom, or of the melody's atom that stands in for it.
    fn atom(
        &mut self,
        own: &Atom,
        context: Context,
        cycle: i64,
        span: Span,
    ) -> Result<(), PatternError> {
        let onset = Time::integer(cycle);
        if !span.contains(onset) {
            return Ok(());
        }
        let atom = match context.melody {
            Some(melody) => &melody[(context.ordinal % melody.len() as u64) as usize],
            None => own,
        };
        let own_gate = own.notes.first().and_then(|note| note.gate);
        let step = u32::try_from(context.ordinal).unwrap_or(u32::MAX);
        for note in atom.notes.iter() {
            let gate = context
                .gate
                .or(note.gate)
                .or(own_gate)
                .unwrap_or(Time::HALF);
            self.push(Event {
                onset,
                slot_end: onset.add(Time::ONE)?,
                kind: EventKind::Note(Note {
                    pitch_hz: note.pitch_hz,
                    velocity: note.velocity,
                    params: Arc::clone(&note.params),
                    gate_param: Arc::clone(&note.gate_param),
                    gate_end: onset.add(gate)?,
                    step,
                }),
            })?;
        }
        Ok(())
    }

    /// An event at the start of the cycle that fills it.
    fn whole_cycle(&mut self, kind: EventKind, cycle: i64, span: Span) -> Result<(), PatternError> {
        let onset = Time::integer(cycle);
        if span.contains(onset) {
            self.push(Event {
                onset,
                slot_end: onset.add(Time::ONE)?,
                kind,
            })?;
        }
        Ok(())
    }

    /// Calls `visit` for each of `count` equal slots of a cycle that meets the span, with its index, its map, and the
    /// wanted part of the slot in the child's time.
    fn slots(
        &mut self,
        cycle: i64,
        count: i64,
        span: Span,
        mut visit: impl FnMut(&mut Self, i64, Affine, Span) -> Result<(), PatternError>,
    ) -> Result<(), PatternError> {
        let (slots, origin) = (Time::integer(count), Time::integer(cycle));
        let first = span.from.sub(origin)?.mul(slots)?.floor().max(0);
        let last = span.to.sub(origin)?.mul(slots)?.ceil().min(count);
        for index in first..last {
            self.visits += 1;
            if self.visits > MAX_VISITS {
                return Err(PatternError::TooMuchWork);
            }
            let map = Affine::slot(cycle, index, count)?;
            let local = map.inverse(span)?.within_cycle(cycle)?;
            visit(self, index, map, local)?;
        }
        Ok(())
    }

    /// A child's events in its own cycle, moved to the parent's time.
    fn mapped(
        &mut self,
        child: &Pattern,
        context: Context,
        cycle: i64,
        local: Span,
        map: Affine,
    ) -> Result<(), PatternError> {
        let start = self.events.len();
        self.cycle(child, context, cycle, local)?;
        self.apply(start, map)
    }

    /// All items at once.
    fn stack(
        &mut self,
        items: &Items,
        context: Context,
        cycle: i64,
        span: Span,
    ) -> Result<(), PatternError> {
        for (item, before) in items.patterns.iter().zip(items.ordinals.iter()) {
            // No slot is entered: simultaneous notes draw the same random numbers.
            let context = Context {
                ordinal: context.ordinal.saturating_add(*before),
                ..context
            };
            self.cycle(item, context, cycle, span)?;
        }
        Ok(())
    }

    /// The item whose turn it is, in its own count of cycles.
    fn cat(
        &mut self,
        items: &Items,
        context: Context,
        cycle: i64,
        span: Span,
    ) -> Result<(), PatternError> {
        let count = items.count();
        let (index, local) = (cycle.rem_euclid(count), cycle.div_euclid(count));
        let map = Affine::shift(Time::integer(cycle).sub(Time::integer(local))?);
        let (item, before) = (
            &items.patterns[index as usize],
            items.ordinals[index as usize],
        );
        self.mapped(
            item,
            context.slot(index, before),
            local,
            map.inverse(span)?,
            map,
        )
    }

    /// The cycle mirrored: each event starts where the mirror image of its slot starts and keeps its lengths.
    ///
    /// A slot that reaches beyond the cycle is mirrored as its part inside, so that the event stays in this cycle.
    fn reverse(
        &mut self,
        child: &Pattern,
        context: Context,
        cycle: i64,
        span: Span,
    ) -> Result<(), PatternError> {
        let start = self.events.len();
        let whole = Time::integer(cycle);
        let end = whole.add(Time::ONE)?;
        // How long a slot is, is known only from the event: the whole cycle is asked for.
        self.cycle(
            child,
            context,
            cycle,
            Span {
                from: whole,
                to: end,
            },
        )?;
        for event in &mut self.events[start..] {
            let onset = whole.add(end)?.sub(event.slot_end.min(end))?;
            let moved = Affine::shift(onset.sub(event.onset)?);
            event.apply(moved)?;
        }
        self.retain(start, |event| span.contains(event.onset));
        Ok(())
    }

    /// The key of a random decision at this place.
    fn key(&self, context: Context, seed: u64) -> Key {
        Key::new(self.seed).with(seed).with(context.place)
    }

    /// Moves the events from index `start` on to the parent's time.
    fn apply(&mut self, start: usize, map: Affine) -> Result<(), PatternError> {
        for event in &mut self.events[start..] {
            event.apply(map)?;
        }
        Ok(())
    }

    /// Keeps only those of the events from index `start` on that `keep` accepts.
    fn retain(&mut self, start: usize, mut keep: impl FnMut(&Event) -> bool) {
        let mut kept = start;
        for index in start..self.events.len() {
            if keep(&self.events[index]) {
                self.events.swap(kept, index);
                kept += 1;
            }
        }
        self.events.truncate(kept);
    }

    /// Appends one event.
    fn push(&mut self, event: Event) -> Result<(), PatternError> {
        if self.events.len() >= MAX_EVENTS {
            return Err(PatternError::TooManyEvents);
        }
        self.events.push(event);
        Ok(())
    }
}

/// The map that moves the middle of every pair of grid steps to `amount` of the pair, linear in between.
struct Swing {
    /// Pairs a cycle.
    pairs: Time,
    /// Where the middle goes, as a fraction of the pair.
    amount: Time,
    /// The remaining fraction.
    rest: Time,
}

impl Swing {
    /// For a grid of `grid` steps a cycle.
    fn new(amount: Time, grid: i64) -> Result<Self, TimeError> {
        Ok(Self {
            pairs: Time::integer(grid / 2),
            amount,
            rest: Time::ONE.sub(amount)?,
        })
    }

    /// Straight time to swung time.
    fn map(&self, time: Time) -> Result<Time, TimeError> {
        let two = Time::integer(2);
        self.in_pair(time, |q| {
            if q < Time::HALF {
                q.mul(two)?.mul(self.amount)
            } else {
                q.sub(Time::HALF)?
                    .mul(two)?
                    .mul(self.rest)?
                    .add(self.amount)
            }
        })
    }

    /// Swung time to straight time.
    fn inverse(&self, time: Time) -> Result<Time, TimeError> {
        let two = Time::integer(2);
        self.in_pair(time, |q| {
            if q < self.amount {
                q.div(self.amount)?.div(two)
            } else {
                q.sub(self.amount)?
                    .div(self.rest)?
                    .div(two)?
                    .add(Time::HALF)
            }
        })
    }

    /// Applies `map` to the position inside the pair that holds `time`.
    fn in_pair(
        &self,
        time: Time,
        map: impl FnOnce(Time) -> Result<Time, TimeError>,
    ) -> Result<Time, TimeError> {
        let scaled = time.mul(self.pairs)?;
        let pair = Time::integer(scaled.floor());
        map(scaled.sub(pair)?)?.add(pair)?.div(self.pairs)
    }
}
