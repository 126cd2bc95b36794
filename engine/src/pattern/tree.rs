//! The pattern tree: immutable, shared nodes.
//!
//! Builders and transforms make nodes through [`Pattern::new`], the query walks them. Invariants, checked when a node
//! is made: no path is deeper than [`MAX_DEPTH`], so walking, printing and dropping need a bounded stack; every
//! container holds 1 to [`MAX_ITEMS`] items; every number in a node is finite and in range. A repeated pattern is one
//! node with a count, whatever the count.

use std::sync::Arc;

use super::curve::Curve;
use super::error::{MAX_DEPTH, MAX_ITEMS, PatternError};
use super::event::{MidiMessage, OscMessage, Params};
use super::period;
use super::time::Time;

/// An immutable musical pattern over cycles. Cloning shares the tree.
///
/// Made by [`hit`](super::hit), [`note`](super::note), [`seq`](super::seq) and the other builders, combined by its
/// methods and by `+`, `|`, `*`, read by [`query`](Pattern::query).
#[derive(Debug, Clone)]
pub struct Pattern(pub(super) Arc<Node>);

/// One node with what its ancestors need to know about it.
#[derive(Debug)]
pub(super) struct Node {
    /// What the node does.
    pub(super) kind: Kind,
    /// Longest path to a leaf; a leaf has 1.
    pub(super) depth: u32,
    /// Number of atoms in tree order, repetitions counted; saturates.
    pub(super) atoms: u64,
    /// Most `thin` and `sometimes` nodes on one path: keeps nested random decisions independent.
    pub(super) draws: u32,
    /// Whether no event can come out.
    pub(super) silent: bool,
    /// A known period in cycles, if there is one.
    pub(super) period: Option<Time>,
    /// Whether some note states a velocity.
    pub(super) velocity: bool,
}

/// What a node does.
#[derive(Debug)]
pub(super) enum Kind {
    /// Nothing.
    Rest,
    /// Simultaneous notes that fill the cycle as one unit.
    Atom(Atom),
    /// A MIDI message at the start of the cycle.
    Midi(MidiMessage),
    /// An OSC message at the start of the cycle.
    Osc(OscMessage),
    /// Equal sample-and-hold steps.
    Curve(Curve),
    /// Equal slots, each playing its item's same-numbered cycle.
    Sequence {
        /// The items in order.
        items: Items,
        /// Whether `+` made it, so that a further `+` extends it.
        joined: bool,
    },
    /// Equal slots all playing the same child.
    Repeat {
        /// What is repeated.
        child: Pattern,
        /// How often a cycle; at least 1.
        count: i64,
    },
    /// Everything at once.
    Stack(Items),
    /// One item a cycle.
    Cat(Items),
    /// Changed speed.
    Stretch {
        /// What is stretched.
        child: Pattern,
        /// Child cycles per cycle; positive.
        speed: Time,
    },
    /// Displacement in time.
    Shift {
        /// What is moved.
        child: Pattern,
        /// Cycles later.
        offset: Time,
    },
    /// Every cycle mirrored.
    Reverse(Pattern),
    /// Another pattern in every n-th cycle.
    Every {
        /// The n; at least 1.
        cycles: i64,
        /// Played in cycles divisible by n.
        on: Pattern,
        /// Played in the others.
        off: Pattern,
    },
    /// The child in each pulse of a Euclidean rhythm.
    Spread {
        /// What is placed.
        child: Pattern,
        /// Pulses, steps, rotation as given.
        shape: (i64, i64, i64),
        /// For each step of the rotated rhythm the ordinal of its pulse, if it has one.
        pulses: Arc<[Option<u32>]>,
    },
    /// Events dropped at random.
    Thin {
        /// What is thinned.
        child: Pattern,
        /// Probability of dropping, 0 to 1.
        probability: f64,
        /// Chooses among independent decisions.
        seed: u64,
    },
    /// Another pattern in random cycles.
    Sometimes {
        /// Played with the probability.
        on: Pattern,
        /// Played otherwise.
        off: Pattern,
        /// Probability of `on`, 0 to 1.
        probability: f64,
        /// Chooses among independent decisions.
        seed: u64,
    },
    /// Off-beats moved.
    Swing {
        /// What swings.
        child: Pattern,
        /// Where the middle of a pair goes, inside (0, 1).
        amount: Time,
        /// Grid steps a cycle; even.
        grid: i64,
    },
    /// Parts of the cycle silenced.
    Mask {
        /// What is masked.
        child: Pattern,
        /// Whether each equal part of the cycle is heard.
        steps: Arc<[bool]>,
    },
    /// Changed gate length.
    Gate {
        /// Whose notes.
        child: Pattern,
        /// Gate as a fraction of the slot; positive.
        fraction: Time,
    },
    /// A rhythm whose atoms are replaced by those of a melody.
    Struct {
        /// Where.
        rhythm: Pattern,
        /// What, as given: for display.
        melody: Pattern,
        /// What, in tree order.
        atoms: Arc<[Atom]>,
    },
    /// An operator failed; the next method or query reports it.
    Invalid(PatternError),
}

/// Notes that begin together and are decided about together.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    /// At least one.
    pub(super) notes: Arc<[NoteAtom]>,
}

/// One note of an [`Atom`].
#[derive(Debug, Clone)]
pub(super) struct NoteAtom {
    /// Frequency in hertz.
    pub(super) pitch_hz: Option<f64>,
    /// Velocity if stated.
    pub(super) velocity: Option<f64>,
    /// Gate as a fraction of the slot if stated.
    pub(super) gate: Option<Time>,
    /// The control that opens and closes.
    pub(super) gate_param: Arc<str>,
    /// Further controls.
    pub(super) params: Params,
}

/// The items of a container.
#[derive(Debug, Clone)]
pub(super) struct Items {
    /// In order.
    pub(super) patterns: Arc<[Pattern]>,
    /// Number of atoms in tree order before each item.
    pub(super) ordinals: Arc<[u64]>,
}

impl Items {
    /// Checks the number of items and numbers their atoms.
    pub(super) fn new(what: &'static str, patterns: Vec<Pattern>) -> Result<Self, PatternError> {
        if patterns.is_empty() {
            return Err(PatternError::Empty { what });
        }
        if patterns.len() > MAX_ITEMS {
            return Err(PatternError::TooManyItems {
                what,
                given: patterns.len(),
            });
        }
        let ordinals = patterns
            .iter()
            .scan(0u64, |next, pattern| {
                let ordinal = *next;
                *next = next.saturating_add(pattern.0.atoms);
                Some(ordinal)
            })
            .collect();
        Ok(Self {
            patterns: patterns.into(),
            ordinals,
        })
    }

    /// Number of items; fits because of [`MAX_ITEMS`].
    pub(super) fn count(&self) -> i64 {
        self.patterns.len() as i64
    }
}

impl Kind {
    /// The patterns directly inside.
    pub(super) fn children(&self) -> &[Pattern] {
        match self {
            Self::Rest
            | Self::Atom(_)
            | Self::Midi(_)
            | Self::Osc(_)
            | Self::Curve(_)
            | Self::Invalid(_) => &[],
            Self::Sequence { items, .. } | Self::Stack(items) | Self::Cat(items) => &items.patterns,
            Self::Repeat { child, .. }
            | Self::Stretch { child, .. }
            | Self::Shift { child, .. }
            | Self::Reverse(child)
            | Self::Spread { child, .. }
            | Self::Thin { child, .. }
            | Self::Swing { child, .. }
            | Self::Mask { child, .. }
            | Self::Gate { child, .. } => std::slice::from_ref(child),
            Self::Every { on, .. } | Self::Sometimes { on, .. } => std::slice::from_ref(on),
            Self::Struct { rhythm, .. } => std::slice::from_ref(rhythm),
        }
    }

    /// The alternative of a choice between two patterns.
    pub(super) fn alternative(&self) -> Option<&Pattern> {
        match self {
            Self::Every { off, .. } | Self::Sometimes { off, .. } => Some(off),
            _ => None,
        }
    }

    /// Number of atoms in tree order. The two sides of a choice share their ordinals: they are the same steps.
    fn atoms(&self) -> u64 {
        let sum = |patterns: &[Pattern]| {
            patterns
                .iter()
                .fold(0u64, |sum, p| sum.saturating_add(p.0.atoms))
        };
        match self {
            Self::Atom(_) => 1,
            Self::Repeat { child, count } => child.0.atoms.saturating_mul(count.unsigned_abs()),
            Self::Spread { child, pulses, .. } => child
                .0
                .atoms
                .saturating_mul(pulses.iter().flatten().count() as u64),
            Self::Every { on, off, .. } | Self::Sometimes { on, off, .. } => {
                on.0.atoms.max(off.0.atoms)
            }
            other => sum(other.children()),
        }
    }

    /// Whether some note states a velocity.
    fn states_velocity(&self) -> bool {
        match self {
            Self::Atom(atom) => atom.states_velocity(),
            // The notes are the melody's.
            Self::Struct { atoms, .. } => atoms.iter().any(Atom::states_velocity),
            other => {
                let mut parts = other.children().iter().chain(other.alternative());
                parts.any(|part| part.0.velocity)
            }
        }
    }

    /// Whether no event can come out.
    fn is_silent(&self) -> bool {
        match self {
            Self::Rest => true,
            Self::Atom(_) | Self::Midi(_) | Self::Osc(_) | Self::Curve(_) | Self::Invalid(_) => {
                false
            }
            Self::Thin {
                child, probability, ..
            } => *probability >= 1.0 || child.0.silent,
            Self::Spread { child, pulses, .. } => {
                child.0.silent || pulses.iter().all(Option::is_none)
            }
            Self::Mask { child, steps } => child.0.silent || !steps.contains(&true),
            other => {
                other.children().iter().all(|child| child.0.silent)
                    && other.alternative().is_none_or(|child| child.0.silent)
            }
        }
    }
}

impl Pattern {
    /// Makes a node over valid children.
    ///
    /// Fails with the error of an invalid child (an operator's deferred error) or when the tree becomes too deep.
    pub(super) fn new(kind: Kind) -> Result<Self, PatternError> {
        let (mut depth, mut draws) = (0, 0);
        for child in kind.children().iter().chain(kind.alternative()) {
            child.check()?;
            depth = depth.max(child.0.depth);
            draws = draws.max(child.0.draws);
        }
        if let Kind::Struct { melody, .. } = &kind {
            // Not walked by queries, but printed and dropped with the node.
            melody.check()?;
            depth = depth.max(melody.0.depth);
        }
        depth += 1;
        if depth > MAX_DEPTH {
            return Err(PatternError::TooDeep { depth });
        }
        draws += u32::from(matches!(kind, Kind::Thin { .. } | Kind::Sometimes { .. }));
        Ok(Self::with_summary(kind, depth, draws))
    }

    /// A leaf, which cannot fail.
    pub(super) fn leaf(kind: Kind) -> Self {
        Self::with_summary(kind, 1, 0)
    }

    /// The carrier of an operator's error.
    pub(super) fn invalid(error: PatternError) -> Self {
        Self::leaf(Kind::Invalid(error))
    }

    /// Computes what ancestors ask for.
    fn with_summary(kind: Kind, depth: u32, draws: u32) -> Self {
        let (atoms, silent, velocity) = (kind.atoms(), kind.is_silent(), kind.states_velocity());
        let period = if silent {
            Some(Time::ONE)
        } else {
            period::of(&kind)
        };
        Self(Arc::new(Node {
            kind,
            depth,
            atoms,
            draws,
            silent,
            period,
            velocity,
        }))
    }

    /// Reports the error that an operator on patterns left behind, if one did.
    ///
    /// `+`, `|` and `*` cannot return a `Result`; every other method, [`query`](Self::query) included, reports their
    /// failure by itself.
    ///
    /// # Errors
    /// What the operator found: [`PatternError::TooDeep`], [`PatternError::TooManyItems`] or
    /// [`PatternError::RepeatCount`].
    pub fn check(&self) -> Result<(), PatternError> {
        match &self.0.kind {
            Kind::Invalid(error) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Whether some note of the pattern states a velocity; players then take 1 for those that do not.
    pub(crate) fn states_velocity(&self) -> bool {
        self.0.velocity
    }

    /// The atoms in tree order, gates of [`Kind::Gate`] nodes resolved; `struct` takes its melody from here.
    ///
    /// Fails beyond [`MAX_ITEMS`] atoms.
    pub(super) fn collect_atoms(&self) -> Result<Vec<Atom>, PatternError> {
        if self.0.atoms > MAX_ITEMS as u64 {
            let given = usize::try_from(self.0.atoms).unwrap_or(usize::MAX);
            return Err(PatternError::TooManyItems {
                what: "struct",
                given,
            });
        }
        let mut atoms = Vec::new();
        self.push_atoms(None, &mut atoms);
        Ok(atoms)
    }

    /// Appends this subtree's atoms; `gate` is that of the outermost gate node above.
    fn push_atoms(&self, gate: Option<Time>, atoms: &mut Vec<Atom>) {
        if self.0.atoms == 0 {
            return;
        }
        match &self.0.kind {
            Kind::Atom(atom) => atoms.push(atom.with_gate(gate)),
            Kind::Struct {
                rhythm,
                atoms: melody,
                ..
            } => {
                // A struct has its rhythm's length and its melody's notes.
                let count = rhythm.0.atoms as usize;
                atoms.extend(
                    melody
                        .iter()
                        .cycle()
                        .take(count)
                        .map(|atom| atom.with_gate(gate)),
                );
            }
            Kind::Gate { child, fraction } => child.push_atoms(gate.or(Some(*fraction)), atoms),
            kind => {
                let copies = match kind {
                    Kind::Repeat { count, .. } => *count as usize,
                    Kind::Spread { pulses, .. } => pulses.iter().flatten().count(),
                    _ => 1,
                };
                // The other side of a choice stands for the same steps; the longer side is the melody.
                let children = match kind.alternative() {
                    Some(off) if off.0.atoms > kind.children()[0].0.atoms => {
                        std::slice::from_ref(off)
                    }
                    _ => kind.children(),
                };
                for _ in 0..copies {
                    for child in children {
                        child.push_atoms(gate, atoms);
                    }
                }
            }
        }
    }
}

impl Atom {
    fn states_velocity(&self) -> bool {
        self.notes.iter().any(|note| note.velocity.is_some())
    }

    /// The same notes with another gate, if one is given.
    fn with_gate(&self, gate: Option<Time>) -> Self {
        let Some(gate) = gate else {
            return self.clone();
        };
        Self {
            notes: self
                .notes
                .iter()
                .map(|note| NoteAtom {
                    gate: Some(gate),
                    ..note.clone()
                })
                .collect(),
        }
    }
}
