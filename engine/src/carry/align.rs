//! Which state of an old graph is which of a new one.
//!
//! Names that people gave come first. Then what looks exactly alike from both sides, then what is alike in ever fewer
//! respects: what is written to it, what becomes of it, the same without constants and controls, and at
//! last the near surroundings together with the functions that were called there. On every level only what is
//! alike to one piece alone is paired at first, and every pair tells its neighbours apart; what is left has twins
//! and is paired in order. Where nothing but the kind agrees, nothing is carried.

use std::collections::HashMap;

use synthc_ir::Graph;
use synthc_jit::StatePairs;

use super::signature::{Detail, Pieces, mix};
use super::tweak::is_one_number;

/// Operations that count as near.
const NEAR: u32 = 3;
/// Rounds of colour refinement before the first pairs.
const ROUNDS: usize = 3;

/// In what two pieces of state have to agree.
#[derive(Clone, Copy, Debug)]
enum Likeness {
    /// From both sides.
    Both(Detail),
    /// What is written to it.
    Down(Detail),
    /// What becomes of it.
    Up(Detail),
    /// What is written to it, as far as it is near, in the same functions.
    Near,
    /// What becomes of it, in the same functions.
    Used,
}

const LEVELS: [Likeness; 8] = [
    Likeness::Both(Detail::Exact),
    Likeness::Down(Detail::Exact),
    Likeness::Up(Detail::Exact),
    Likeness::Both(Detail::Shape),
    Likeness::Down(Detail::Shape),
    Likeness::Up(Detail::Shape),
    Likeness::Near,
    Likeness::Used,
];

/// What of two graphs is the same state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alignment {
    /// The pairs, by index in the graphs.
    pub(crate) pairs: StatePairs,
    /// Pieces of state of the new graph that go on; externs are never carried.
    pub(crate) carried: usize,
    /// Pieces of state of the new graph.
    pub(crate) of: usize,
    /// Whether neither graph has any state.
    pub(crate) stateless: bool,
}

/// Relates the state of two graphs. Nearly linear in their sizes.
pub(crate) fn align(old: &Graph, new: &Graph) -> Alignment {
    let graphs = [Pieces::of(old), Pieces::of(new)];
    let mut matching = Matching::new(&graphs);
    if is_one_number(old, new) {
        (0..graphs[0].len()).for_each(|piece| matching.join(piece, piece));
        return matching.finish();
    }
    matching.compare();
    matching.finish()
}

/// Pairs found so far.
struct Matching<'a> {
    graphs: &'a [Pieces<'a>; 2],
    colours: [Vec<u64>; 2],
    /// Partner of every old piece.
    partner: Vec<Option<usize>>,
    taken: Vec<bool>,
    left: usize,
}

impl<'a> Matching<'a> {
    fn new(graphs: &'a [Pieces<'a>; 2]) -> Self {
        let [old, new] = [graphs[0].len(), graphs[1].len()];
        Self {
            graphs,
            colours: [graphs[0].first_colours(), graphs[1].first_colours()],
            partner: vec![None; old],
            taken: vec![false; new],
            left: old.min(new),
        }
    }

    /// Finds all pairs.
    fn compare(&mut self) {
        self.pair_names();
        self.refine();
        for ambiguous in [false, true] {
            for likeness in LEVELS {
                // Pairs make more pairs, but not for ever.
                for _ in 0..ROUNDS {
                    if self.is_complete() || !self.pair(likeness, ambiguous) {
                        break;
                    }
                }
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.left == 0
    }

    fn join(&mut self, old: usize, new: usize) {
        self.partner[old] = Some(new);
        self.taken[new] = true;
        self.left -= 1;
    }

    /// What of one graph has no partner.
    fn free(&self, side: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.graphs[side].len()).filter(move |&piece| match side {
            0 => self.partner[piece].is_none(),
            _ => !self.taken[piece],
        })
    }

    fn pair_names(&mut self) {
        let mut named = HashMap::new();
        for piece in self.free(1) {
            if let Some(name) = self.graphs[1].names[piece] {
                named.insert((name, self.graphs[1].kinds[piece]), piece);
            }
        }
        for piece in 0..self.graphs[0].len() {
            let Some(name) = self.graphs[0].names[piece] else {
                continue;
            };
            if let Some(new) = named.remove(&(name, self.graphs[0].kinds[piece])) {
                self.join(piece, new);
                self.colour(piece, new);
            }
        }
    }

    /// Gives a pair a colour of its own.
    fn colour(&mut self, old: usize, new: usize) {
        let colour = mix(0xc010, old as u64);
        self.colours[0][old] = colour;
        self.colours[1][new] = colour;
    }

    /// Lets every piece take on the looks of its surroundings, a few times over.
    fn refine(&mut self) {
        for _ in 0..ROUNDS {
            for side in 0..2 {
                let looks = self.looks(side, Likeness::Both(Detail::Exact));
                self.colours[side] = looks;
            }
        }
        // Only what is equal counts as equal before the first pairs; afterwards kinds do.
        let equal = self.groups(|side, piece| self.colours[side][piece]);
        let first = [
            self.graphs[0].first_colours(),
            self.graphs[1].first_colours(),
        ];
        self.colours = first;
        for (old, new) in equal {
            if old.len() == new.len() {
                for (&old, &new) in old.iter().zip(&new) {
                    if self.graphs[0].kinds[old] == self.graphs[1].kinds[new] {
                        self.join(old, new);
                    }
                }
            }
        }
        self.colour_pairs();
    }

    fn colour_pairs(&mut self) {
        for old in 0..self.partner.len() {
            if let Some(new) = self.partner[old] {
                self.colour(old, new);
            }
        }
    }

    /// How the pieces of one graph look.
    fn looks(&self, side: usize, likeness: Likeness) -> Vec<u64> {
        let (pieces, colours) = (&self.graphs[side], &self.colours[side][..]);
        let looks = match likeness {
            Likeness::Both(detail) => {
                let down = pieces.down(detail, colours, None);
                let up = pieces.up(detail, colours);
                down.iter().zip(&up).map(|(a, b)| mix(*a, *b)).collect()
            }
            Likeness::Down(detail) => pieces.down(detail, colours, None),
            Likeness::Up(detail) => pieces.up(detail, colours),
            Likeness::Near => pieces.down(Detail::Shape, colours, Some(NEAR)),
            Likeness::Used => pieces.up(Detail::Shape, colours),
        };
        let path = |piece: usize| match likeness {
            Likeness::Near | Likeness::Used => pieces.paths[piece],
            _ => 0,
        };
        let own = looks.iter().enumerate();
        own.map(|(piece, look)| {
            mix(
                mix(pieces.kinds[piece], path(piece)),
                mix(*look, colours[piece]),
            )
        })
        .collect()
    }

    /// Free pieces that look alike, old and new, in the order of the old ones.
    fn groups(&self, look: impl Fn(usize, usize) -> u64) -> Vec<(Vec<usize>, Vec<usize>)> {
        let mut places = HashMap::new();
        let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        for piece in self.free(0) {
            let place = *places.entry(look(0, piece)).or_insert_with(|| {
                groups.push((Vec::new(), Vec::new()));
                groups.len() - 1
            });
            groups[place].0.push(piece);
        }
        for piece in self.free(1) {
            if let Some(&place) = places.get(&look(1, piece)) {
                groups[place].1.push(piece);
            }
        }
        groups
    }

    /// Pairs what is alike; whether there was any. Twins only where `ambiguous`.
    fn pair(&mut self, likeness: Likeness, ambiguous: bool) -> bool {
        let looks = [self.looks(0, likeness), self.looks(1, likeness)];
        let mut found = false;
        for (old, new) in self.groups(|side, piece| looks[side][piece]) {
            if !ambiguous && (old.len(), new.len()) != (1, 1) {
                continue;
            }
            for (&old, &new) in old.iter().zip(&new) {
                self.join(old, new);
                self.colour(old, new);
                found = true;
            }
        }
        found
    }

    fn finish(&self) -> Alignment {
        let [lines, tables, _] = self.graphs[0].starts();
        let [new_lines, new_tables, _] = self.graphs[1].starts();
        let mut pairs = StatePairs::default();
        for (old, new) in self.partner.iter().enumerate() {
            let Some(new) = new.filter(|_| self.graphs[0].carried[old]) else {
                continue;
            };
            let (list, first, new_first) = if old < lines {
                (&mut pairs.registers, 0, 0)
            } else if old < tables {
                (&mut pairs.lines, lines, new_lines)
            } else {
                (&mut pairs.tables, tables, new_tables)
            };
            list.push(((old - first) as u32, (new - new_first) as u32));
        }
        let count = |side: usize| self.graphs[side].carried.iter().filter(|&&c| c).count();
        let state = |side: usize| self.graphs[side].carried.iter().any(|&c| c);
        let externs = |side: usize| !self.graphs[side].graph.externs().is_empty();
        Alignment {
            carried: pairs.registers.len() + pairs.lines.len() + pairs.tables.len(),
            of: count(1),
            stateless: (0..2).all(|side| !state(side) && !externs(side)),
            pairs,
        }
    }
}

#[cfg(test)]
mod tests;
