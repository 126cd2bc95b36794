//! The banks of a graph: which recurrences go side by side, and in what order the loops of a phase come then.
//!
//! Recurrences on one level, that is with as many recurrences before them, cannot depend on one another:
//! they seed a bank, largest first. A bank that has grown so that something outside lies between two
//! of its parts gives up what it has taken in.

use std::collections::HashMap;

use synthc_ir::Graph;

use super::bank::{Bank, Context, MAX_INSTANCES};
use super::grow::{Grown, Growth, Shapes};
use super::placement::Placement;
use super::step::Step;
use super::unit::{UnitKind, Units};

/// A part of a phase that is computed together.
pub(super) enum Piece {
    /// Units, frame by frame.
    Frames(Vec<u32>),
    /// Units side by side, and others that take values out of them.
    Bank(Bank, Vec<u32>),
}

/// No bank.
const NONE: usize = usize::MAX;
/// Fewest nodes of a recurrence that seeds a bank.
const MIN_SEED: usize = 3;

/// The banks of a graph.
pub(super) struct Banks {
    all: Vec<Bank>,
    /// The bank of each unit, or [`NONE`].
    of: Vec<usize>,
}

impl Banks {
    /// Finds the banks that pay.
    pub(super) fn find(graph: &Graph, placement: &Placement, units: &Units) -> Self {
        let mut banks = Self {
            all: Vec::new(),
            of: vec![NONE; units.len()],
        };
        if units
            .kinds
            .iter()
            .filter(|&&kind| kind == UnitKind::Recurrence)
            .count()
            < 2
        {
            return banks;
        }
        let users = users(units);
        let context = Context {
            graph,
            placement,
            units,
            users: &users,
        };
        let shapes = Shapes::find(context);
        let mut taken = vec![false; units.len()];
        let mut found: Vec<[Grown; 2]> = Vec::new();
        for seed in seeds(units, &shapes) {
            let free: Vec<usize> = seed.into_iter().filter(|&unit| !taken[unit]).collect();
            for seed in free.chunks(MAX_INSTANCES).filter(|seed| seed.len() > 1) {
                let growth = Growth::new(context, &shapes, &taken, seed);
                let Some([large, small]) = growth.banks() else {
                    continue;
                };
                for &unit in &large.units {
                    taken[unit] = true;
                }
                found.push([large, small]);
            }
        }
        banks.settle(units, found);
        banks.attach_sinks(units);
        banks
    }

    /// Number of banks.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether a unit is in a bank.
    pub(super) fn holds(&self, unit: usize) -> bool {
        self.of[unit] != NONE
    }

    /// The bank of a unit.
    pub(super) fn bank_of(&self, unit: usize) -> Option<usize> {
        self.holds(unit).then_some(self.of[unit])
    }

    /// Takes banks, each as large as it can be without waiting for itself.
    fn settle(&mut self, units: &Units, found: Vec<[Grown; 2]>) {
        let mut shrunk = vec![false; found.len()];
        let mut gone = vec![false; found.len()];
        loop {
            self.of.fill(NONE);
            for (bank, grown) in found.iter().enumerate().filter(|&(bank, _)| !gone[bank]) {
                for &unit in &grown[usize::from(shrunk[bank])].units {
                    self.of[unit] = bank;
                }
            }
            let stuck = self.waiting(units, found.len());
            if stuck.is_empty() {
                break;
            }
            for bank in stuck {
                gone[bank] = std::mem::replace(&mut shrunk[bank], true);
            }
        }
        let chosen = found.into_iter().zip(shrunk);
        self.all = chosen
            .map(|([large, small], shrunk)| if shrunk { small.bank } else { large.bank })
            .collect();
    }

    /// The banks that wait for themselves.
    fn waiting(&self, units: &Units, banks: usize) -> Vec<usize> {
        // Banks come after units.
        let node = |unit: usize| match self.of[unit] {
            NONE => unit,
            bank => units.len() + bank,
        };
        let count = units.len() + banks;
        let mut needs = vec![0_u32; count];
        let mut needed_by: Vec<Vec<u32>> = vec![Vec::new(); count];
        for unit in 0..units.len() {
            for source in sources(units, unit) {
                let (from, to) = (node(source), node(unit));
                if from != to {
                    needs[to] += 1;
                    needed_by[from].push(to as u32);
                }
            }
        }
        let mut ready: Vec<usize> = (0..count).filter(|&node| needs[node] == 0).collect();
        while let Some(node) = ready.pop() {
            for &user in &needed_by[node] {
                needs[user as usize] -= 1;
                if needs[user as usize] == 0 {
                    ready.push(user as usize);
                }
            }
        }
        (0..banks)
            .filter(|bank| needs[units.len() + bank] > 0)
            .collect()
    }

    /// What only takes a value out of a bank happens in its loop.
    fn attach_sinks(&mut self, units: &Units) {
        for unit in 0..units.len() {
            let &[only] = units.members(unit) else {
                continue;
            };
            let step = units.steps[only as usize];
            if matches!(step, Step::Output(_) | Step::WriteLine(_))
                && let &[source] = units.sources(only as usize)
            {
                self.of[unit] = self.of[units.unit_of[source as usize] as usize];
            }
        }
    }

    /// The units of a phase in rounds: in each the single units come first.
    pub(super) fn pieces(&self, units: &Units, phase: &[u32]) -> Vec<Piece> {
        let mut inside = vec![false; units.len()];
        for &unit in phase {
            inside[unit as usize] = true;
        }
        let mut bank_round = vec![0; self.all.len()];
        let mut round = vec![0; units.len()];
        // A bank may come after units that come after it in the list; every pass settles at
        // least one more level.
        let mut changed = true;
        while changed {
            changed = false;
            for &unit in phase {
                let unit = unit as usize;
                let own = self.of[unit];
                let sources = sources(units, unit).filter(|&source| inside[source]);
                let after = sources.filter_map(|source| match self.of[source] {
                    NONE => Some(round[source]),
                    bank if bank == own => None,
                    bank => Some(bank_round[bank] + 1),
                });
                let earliest = after.max().unwrap_or(0);
                let slot = match own {
                    NONE => &mut round[unit],
                    bank => &mut bank_round[bank],
                };
                if earliest > *slot {
                    *slot = earliest;
                    changed = true;
                }
            }
        }
        let mut single: Vec<Vec<u32>> = Vec::new();
        let mut packed: Vec<Vec<u32>> = vec![Vec::new(); self.all.len()];
        for &unit in phase {
            match self.of[unit as usize] {
                NONE => {
                    let round = round[unit as usize];
                    single.resize(single.len().max(round + 1), Vec::new());
                    single[round].push(unit);
                }
                bank => packed[bank].push(unit),
            }
        }
        let packed = packed.into_iter().enumerate();
        let packed = packed.filter(|(_, units)| !units.is_empty());
        let mut packed: Vec<(usize, Vec<u32>)> = packed.collect();
        // Stable, so that banks of one round stay in order.
        packed.sort_by_key(|&(bank, _)| bank_round[bank]);
        let mut packed = packed.into_iter().peekable();
        let mut pieces = Vec::new();
        let mut round = 0;
        while round < single.len() || packed.peek().is_some() {
            if let Some(units) = single.get_mut(round).filter(|units| !units.is_empty()) {
                pieces.push(Piece::Frames(std::mem::take(units)));
            }
            while let Some((bank, units)) = packed.next_if(|&(bank, _)| bank_round[bank] == round) {
                pieces.push(Piece::Bank(self.all[bank].clone(), units));
            }
            round += 1;
        }
        pieces
    }
}

/// The units a unit needs, itself left out.
fn sources(units: &Units, unit: usize) -> impl Iterator<Item = usize> + '_ {
    let members = units.members(unit).iter();
    let sources = members.flat_map(|&step| units.sources(step as usize));
    let homes = sources.map(|&step| units.unit_of[step as usize] as usize);
    homes.filter(move |&source| source != unit)
}

/// The steps that need the value of each step.
fn users(units: &Units) -> Vec<Vec<u32>> {
    let mut users = vec![Vec::new(); units.steps.len()];
    for step in 0..units.steps.len() {
        for &source in units.sources(step) {
            users[source as usize].push(step as u32);
        }
    }
    users
}

/// Recurrences of one shape on one level, the largest shapes first.
fn seeds(units: &Units, shapes: &Shapes) -> Vec<Vec<usize>> {
    let waits = |unit: usize| usize::from(units.kinds[unit] != UnitKind::Feed);
    let mut level = vec![0; units.len()];
    // In the order of their first instance, so that code does not depend on hashing.
    let mut seeds: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<(usize, u32), usize> = HashMap::new();
    for unit in 0..units.len() {
        let after = sources(units, unit).map(|source| level[source] + waits(source));
        level[unit] = after.max().unwrap_or(0);
        let large = units.members(unit).len() >= MIN_SEED;
        if units.kinds[unit] != UnitKind::Recurrence || !large {
            continue;
        }
        if let Some(shape) = shapes.of(unit) {
            let seed = *known.entry((level[unit], shape)).or_insert(seeds.len());
            if seed == seeds.len() {
                seeds.push(Vec::new());
            }
            seeds[seed].push(unit);
        }
    }
    seeds.retain(|seed| seed.len() > 1);
    seeds.sort_by_key(|seed| std::cmp::Reverse(units.members(seed[0]).len()));
    seeds
}
