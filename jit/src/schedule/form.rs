//! From units to loops: what is computed together, and how.
//!
//! Units that can be computed four frames at a time and those that cannot alternate in phases; units of one
//! phase share a loop. A parallel phase that would not save what its loop and its buffers cost is computed frame by
//! frame with its neighbours, which then are one loop. Last, what is too large for the machine's registers is cut.

use synthc_ir::{Graph, Op};

use super::LoopKind;
use super::bank::Bank;
use super::cost::{self, cost};
use super::pack::{Banks, Piece};
use super::placement::Placement;
use super::step::Step;
use super::unit::Units;

/// Registers that a loop of single frames carries at most: more do not fit into the machine's
/// registers beside what the loop computes. Carrying makes two state-variable filters in a
/// row 1.5 times as fast, six of them 8 %.
pub(crate) const MAX_CARRIED: usize = 12;
/// Steps of a loop of single frames that carries registers: its temporaries would evict them
/// anyway, and register allocation is super-linear in values that live across a large loop.
pub(crate) const MAX_FRAME_STEPS: usize = 96;
/// Steps of a loop over time that is not cut. The machine looks ahead a few hundred instructions: of short loops it
/// computes several iterations at a time, of one long chain of operations it waits for each.
/// Six modulated sines take 5.1 ns instead of 8.0, a kick 2.7 instead of 4.2, on a Zen 3.
const MANY_TIME_STEPS: usize = 24;
/// Fewest steps of a loop that is cut off there.
const FEW_TIME_STEPS: usize = 10;
/// Values that may cross such a cut.
const FEW_CROSSING: i32 = 4;
/// Steps of a loop over time where more would cross.
const MAX_TIME_STEPS: usize = 96;
/// The earliest end of such a loop.
const MIN_TIME_STEPS: usize = 48;
/// Rounds in which phases are given up; what is left then stays.
const MAX_ROUNDS: usize = 8;

/// What one loop computes: indices of steps, each after what it needs.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) kind: LoopKind,
    pub(super) steps: Vec<u32>,
    /// Instructions per frame that computing several frames at a time saves, by estimation.
    pub(super) saved: f32,
    /// The recurrences of a bank.
    pub(super) bank: Option<Bank>,
}

/// Forms the loops of all units.
pub(super) fn form(graph: &Graph, placement: &Placement, units: &Units) -> Vec<Group> {
    let banks = Banks::find(graph, placement, units);
    Former::new(graph, units, &banks).form()
}

/// All units in one loop of single frames.
pub(super) fn whole(units: &Units) -> Vec<Group> {
    let members = (0..units.len()).flat_map(|unit| units.members(unit));
    vec![Group {
        kind: LoopKind::Frames,
        steps: members.copied().collect(),
        saved: 0.0,
        bank: None,
    }]
}

struct Former<'a> {
    graph: &'a Graph,
    units: &'a Units,
    banks: &'a Banks,
    /// Whether a unit is computed frame by frame.
    scalar: Vec<bool>,
    /// Units follow their phases: even ones are parallel, odd ones frame by frame.
    phase: Vec<u32>,
    /// What each parallel phase saves.
    saved: Vec<f32>,
}

impl<'a> Former<'a> {
    fn new(graph: &'a Graph, units: &'a Units, banks: &'a Banks) -> Self {
        let scalar = units.kinds.iter().enumerate();
        let scalar = scalar.map(|(unit, kind)| !kind.is_parallel() || banks.holds(unit));
        Self {
            graph,
            units,
            banks,
            scalar: scalar.collect(),
            phase: vec![0; units.len()],
            saved: Vec::new(),
        }
    }

    fn form(mut self) -> Vec<Group> {
        for _ in 0..MAX_ROUNDS {
            self.assign_phases();
            self.estimate();
            if !self.give_up() {
                break;
            }
        }
        let mut by_phase: Vec<Vec<u32>> = vec![Vec::new(); self.saved.len()];
        for (unit, &phase) in self.phase.iter().enumerate() {
            by_phase[phase as usize].push(unit as u32);
        }
        let mut groups = Vec::new();
        for (phase, units) in by_phase.iter().enumerate() {
            if units.is_empty() {
                continue;
            }
            if phase % 2 == 0 {
                let cut = self.cut_time(units);
                let saved = self.saved[phase] / cut.len() as f32;
                groups.extend(cut.into_iter().map(|steps| Group {
                    kind: LoopKind::Time,
                    steps,
                    saved,
                    bank: None,
                }));
                continue;
            }
            for piece in self.banks.pieces(self.units, units) {
                match piece {
                    Piece::Frames(units) => groups.extend(self.cut_frames(&units)),
                    Piece::Bank(bank, units) => {
                        let members = units.iter();
                        let members = members.flat_map(|&unit| self.units.members(unit as usize));
                        groups.push(Group {
                            kind: LoopKind::Bank,
                            steps: members.copied().collect(),
                            saved: 0.0,
                            bank: Some(bank),
                        });
                    }
                }
            }
        }
        groups
    }

    /// The units a unit needs, itself left out.
    fn sources(&self, unit: usize) -> impl Iterator<Item = usize> + '_ {
        let members = self.units.members(unit).iter();
        let sources = members.flat_map(|&step| self.units.sources(step as usize));
        let units = sources.map(|&step| self.units.unit_of[step as usize] as usize);
        units.filter(move |&source| source != unit)
    }

    /// Whether a unit only takes a value out: it happens where the value is.
    fn is_sink(&self, unit: usize) -> bool {
        let step = |&step: &u32| self.units.steps[step as usize];
        let sink = |step| matches!(step, Step::Output(_) | Step::WriteLine(_));
        matches!(self.units.members(unit), [only] if sink(step(only)))
    }

    /// Every unit as early as it can be, then the parallel ones as late as their users allow: what is
    /// small stays together with what it is for.
    fn assign_phases(&mut self) {
        // All of a bank is in one phase: once more when one of its units comes later than another that
        // has been used already. Banks do not wait for themselves, so this ends.
        let mut of_bank = vec![0; self.banks.len()];
        loop {
            let before = of_bank.clone();
            self.assign_earliest(&mut of_bank);
            if of_bank == before {
                break;
            }
        }
        let mut latest = vec![u32::MAX; self.units.len()];
        for unit in (0..self.units.len()).rev() {
            let scalar = self.scalar[unit];
            if !scalar && latest[unit] != u32::MAX {
                self.phase[unit] = latest[unit];
            }
            for source in self.sources(unit) {
                let before = self.phase[unit] - u32::from(self.scalar[source] != scalar);
                latest[source] = latest[source].min(before);
            }
        }
    }

    fn assign_earliest(&mut self, of_bank: &mut [u32]) {
        for unit in 0..self.units.len() {
            if self.is_sink(unit) {
                let source = self.sources(unit).next();
                self.scalar[unit] = source.is_some_and(|source| self.scalar[source]);
            }
            let scalar = self.scalar[unit];
            let after = |source| self.phase[source] + u32::from(self.scalar[source] != scalar);
            let earliest = self.sources(unit).map(after).max();
            let mut phase = earliest.unwrap_or(0).max(u32::from(scalar));
            if let Some(bank) = self.banks.bank_of(unit) {
                phase = phase.max(of_bank[bank]);
                of_bank[bank] = phase;
            }
            self.phase[unit] = phase;
        }
    }

    /// What each parallel phase saves.
    fn estimate(&mut self) {
        let phases = self.phase.iter().max().map_or(0, |&last| last as usize + 1);
        self.saved = vec![0.0; phases];
        let units = self.units;
        // The phase into or out of which a step's value was last seen to cross.
        let mut crossed = vec![u32::MAX; units.steps.len()];
        for (i, &step) in units.steps.iter().enumerate() {
            let unit = units.unit_of[i] as usize;
            let (scalar, phase) = (self.scalar[unit], self.phase[unit]);
            if !scalar {
                let cost = cost(self.graph, step);
                self.saved[phase as usize] += cost.scalar - cost.vector;
            }
            for &source in units.sources(i) {
                let from = units.unit_of[source as usize] as usize;
                // What a bank takes and gives goes through buffers whatever is on the other side.
                let serial = if scalar { unit } else { from };
                if self.scalar[from] == scalar || self.banks.holds(serial) {
                    continue;
                }
                let parallel = if scalar { self.phase[from] } else { phase };
                if std::mem::replace(&mut crossed[source as usize], parallel) != parallel {
                    self.saved[parallel as usize] -= cost::CROSSING;
                }
            }
        }
    }

    /// Computes frame by frame what does not pay otherwise; whether anything changed.
    fn give_up(&mut self) -> bool {
        let mut changed = false;
        for unit in 0..self.units.len() {
            if !self.scalar[unit] && self.saved[self.phase[unit] as usize] < cost::LOOP {
                self.scalar[unit] = true;
                changed = true;
            }
        }
        changed
    }

    /// Units of one phase in loops whose registers the machine can hold.
    fn cut_frames(&self, units: &[u32]) -> Vec<Group> {
        let mut cut: Vec<Vec<u32>> = vec![Vec::new()];
        let mut registers = 0;
        for &unit in units {
            let members = self.units.members(unit as usize);
            let more = members
                .iter()
                .filter(|&&step| self.is_register(step))
                .count();
            let last = cut.len() - 1;
            let full =
                registers + more > MAX_CARRIED || cut[last].len() + members.len() > MAX_FRAME_STEPS;
            if full && !cut[last].is_empty() {
                cut.push(Vec::new());
                registers = 0;
            }
            registers += more;
            if let Some(last) = cut.last_mut() {
                last.extend_from_slice(members);
            }
        }
        let groups = cut.into_iter().map(|steps| Group {
            kind: LoopKind::Frames,
            steps,
            saved: 0.0,
            bank: None,
        });
        groups.collect()
    }

    fn is_register(&self, step: u32) -> bool {
        let step = self.units.steps[step as usize];
        matches!(step, Step::Node(id) if matches!(self.graph.op(id), Op::RegisterRead(_)))
    }

    /// Units of one phase in loops that are quickly compiled, cut where few values cross.
    fn cut_time(&self, units: &[u32]) -> Vec<Vec<u32>> {
        let members = |&unit: &u32| self.units.members(unit as usize).iter().copied();
        let steps: Vec<u32> = units.iter().flat_map(members).collect();
        if steps.len() <= MANY_TIME_STEPS {
            return vec![steps];
        }
        let crossing = self.crossing(units, &steps);
        let mut cut = Vec::new();
        let mut first = 0;
        while steps.len() - first > MANY_TIME_STEPS {
            // The last of the best: fewer loops.
            let best = |from: usize, to: usize| {
                let window = first + from..=(first + to).min(steps.len() - FEW_TIME_STEPS);
                window.rev().min_by_key(|&end| crossing[end])
            };
            let few = |end: &usize| crossing[*end] <= FEW_CROSSING;
            let mut end = match best(FEW_TIME_STEPS, MANY_TIME_STEPS).filter(few) {
                Some(end) => end,
                None if steps.len() - first <= MAX_TIME_STEPS => break,
                None => best(MIN_TIME_STEPS, MAX_TIME_STEPS).unwrap_or(first + MAX_TIME_STEPS),
            };
            // A unit that is larger than a loop stays whole.
            while crossing[end] == i32::MAX {
                end += 1;
            }
            cut.push(steps[first..end].to_vec());
            first = end;
        }
        cut.push(steps[first..].to_vec());
        cut
    }

    /// How many values cross a cut before each of these steps; none is allowed inside a unit.
    fn crossing(&self, units: &[u32], steps: &[u32]) -> Vec<i32> {
        let mut place = vec![usize::MAX; self.units.steps.len()];
        for (i, &step) in steps.iter().enumerate() {
            place[step as usize] = i;
        }
        let mut last_use: Vec<usize> = (0..steps.len()).collect();
        for (i, &step) in steps.iter().enumerate() {
            for &source in self.units.sources(step as usize) {
                let from = place[source as usize];
                if from != usize::MAX {
                    last_use[from] = last_use[from].max(i);
                }
            }
        }
        let mut change = vec![0; steps.len() + 1];
        for (from, &to) in last_use.iter().enumerate() {
            if to > from {
                change[from + 1] += 1;
                change[to + 1] -= 1;
            }
        }
        let mut live = 0;
        for entry in &mut change {
            live += *entry;
            *entry = live;
        }
        let mut at = 0;
        for &unit in units {
            let end = at + self.units.members(unit as usize).len();
            change[at + 1..end].fill(i32::MAX);
            at = end;
        }
        change
    }
}
