//! How the nodes of a plan hang together: execution order, channel widths, bus buffers.
//!
//! Buffers of buses are shared by effects whose lives do not overlap: a bus lives from its first feeder
//! to its effect. The rule that makes this safe is that a free buffer is silent: an effect clears its
//! buffers after reading them, and nobody writes to a bus after its effect has run, because feeders
//! stand before it in the order.
//!
//! Feedback sends have buffers of their own, two for each channel: one is written while the other is read. They have
//! no part in order or width.

use synthc_jit::Sample;

use super::{Loop, NodeSpec, Outlet, PlanNode, PlanSend, Width};

/// A node, present or departing, as far as wiring is concerned.
#[derive(Debug)]
pub(super) struct Unit {
    /// Bus buffers: one per input, or one per side when a one-input effect runs twice.
    pub(super) buses: Vec<usize>,
    pub(super) width: Width,
    pub(super) instances: usize,
    /// Takes whatever width it is fed with as it is.
    settled: bool,
    /// With the units that they lead to.
    pub(super) sends: Vec<(usize, PlanSend)>,
    /// What feedback sends bring, and the buses it belongs to.
    pub(super) returns: Vec<(usize, usize)>,
}

impl Unit {
    pub(super) fn of<T: Sample>(spec: &NodeSpec<T>) -> Self {
        Self {
            buses: vec![0; spec.program.input_count()],
            width: Width::of(spec.program.output_count()),
            instances: usize::from(spec.voices),
            settled: false,
            sends: Vec::new(),
            returns: Vec::new(),
        }
    }

    pub(super) fn departing<T>(node: &PlanNode<T>) -> Self {
        Self {
            buses: vec![0; node.inputs.len()],
            width: node.width,
            instances: node.instances,
            settled: true,
            sends: Vec::new(),
            returns: Vec::new(),
        }
    }

    /// The units that it leads to within a block.
    fn targets(&self) -> impl Iterator<Item = usize> {
        let now = self.sends.iter().filter(|(_, s)| !s.delayed);
        now.map(|(to, _)| *to)
    }

    fn runs_twice(&self) -> bool {
        self.buses.len() == 2 && self.instances == 2
    }
}

/// Kahn's algorithm (1962); among the units that are ready, the first runs first.
///
/// # Errors
/// The units along a circle.
pub(super) fn execution_order(units: &[Unit]) -> Result<Vec<usize>, Vec<usize>> {
    let mut waiting = vec![0usize; units.len()];
    for to in units.iter().flat_map(Unit::targets) {
        waiting[to] += 1;
    }
    let mut ready: std::collections::BTreeSet<usize> = (0..units.len())
        .filter(|&unit| waiting[unit] == 0)
        .collect();
    let mut order = Vec::with_capacity(units.len());
    while let Some(unit) = ready.pop_first() {
        order.push(unit);
        for to in units[unit].targets() {
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.insert(to);
            }
        }
    }
    if order.len() == units.len() {
        return Ok(order);
    }
    Err(circle(units, &waiting))
}

/// Units along one circle. Every waiting unit is fed by a waiting unit, so that walking upstream
/// among them must meet a unit twice.
fn circle(units: &[Unit], waiting: &[usize]) -> Vec<usize> {
    let mut path: Vec<usize> = waiting.iter().position(|&w| w > 0).into_iter().collect();
    while let Some(&last) = path.last() {
        let feeds = |unit: &usize| units[*unit].targets().any(|to| to == last);
        let feeder = (0..units.len()).find(|unit| waiting[*unit] > 0 && feeds(unit));
        let Some(feeder) = feeder else {
            break;
        };
        let met = path.iter().position(|&unit| unit == feeder);
        path.push(feeder);
        if let Some(start) = met {
            path.drain(..start);
            break;
        }
    }
    path.reverse();
    path
}

/// Whether sends lead from one unit to another, or both are one.
pub(super) fn reaches(units: &[Unit], from: usize, to: usize) -> bool {
    let mut seen = vec![false; units.len()];
    let mut stack = vec![from];
    while let Some(unit) = stack.pop() {
        if unit == to {
            return true;
        }
        if !std::mem::replace(&mut seen[unit], true) {
            stack.extend(units[unit].targets());
        }
    }
    false
}

/// Decides, in execution order, which one-input effects are fed stereo and run twice.
pub(super) fn settle_widths(units: &mut [Unit], order: &[usize]) {
    let mut fed_stereo = vec![false; units.len()];
    for &index in order {
        let unit = &mut units[index];
        let single = unit.buses.len() == 1 && unit.width == Width::Mono;
        if single && fed_stereo[index] && !unit.settled {
            unit.instances = 2;
            unit.buses.push(0);
            unit.width = Width::Stereo;
        }
        if unit.width != Width::Mono {
            let wide = |send: &PlanSend| {
                send.outlet == Outlet::Whole && send.port.is_none() && !send.delayed
            };
            for (to, _) in unit.sends.iter().filter(|(_, send)| wide(send)) {
                fed_stereo[*to] = true;
            }
        }
    }
}

/// Gives every bus its buffers and every send its targets; returns the number of buffers and the loops.
pub(super) fn assign_buses(units: &mut [Unit], order: &[usize]) -> (usize, Vec<Loop>) {
    let mut free: Vec<usize> = Vec::new();
    let mut count = 0;
    let mut assigned = vec![false; units.len()];
    for &index in order {
        let fed: Vec<usize> = units[index].targets().collect();
        for &unit in fed.iter().chain([&index]) {
            if std::mem::replace(&mut assigned[unit], true) {
                continue;
            }
            for buffer in &mut units[unit].buses {
                *buffer = free.pop().unwrap_or_else(|| {
                    count += 1;
                    count - 1
                });
            }
        }
        for send in 0..units[index].sends.len() {
            let (target, port, delayed) = {
                let (target, send) = &units[index].sends[send];
                (*target, send.port, send.delayed)
            };
            if !delayed {
                let (left, right) = ends(&units[target], port);
                let (_, send) = &mut units[index].sends[send];
                (send.left, send.right) = (left, right);
            }
        }
        free.extend(units[index].buses.iter().copied());
    }
    let mut loops = Vec::new();
    for index in 0..units.len() {
        for send in 0..units[index].sends.len() {
            let (target, port) = match &units[index].sends[send] {
                (target, send) if send.delayed => (*target, send.port),
                _ => continue,
            };
            let (left, right) = ends(&units[target], port);
            let returns = &mut units[target].returns;
            let mut channel = |bus: usize| {
                let (write, read) = (count, count + 1);
                count += 2;
                loops.push(Loop { write, read });
                returns.push((read, bus));
                write
            };
            let (left, right) = (channel(left), right.map(channel));
            let (_, send) = &mut units[index].sends[send];
            (send.left, send.right) = (left, right);
        }
    }
    (count, loops)
}

/// The buses of a unit that a send leads to.
fn ends(unit: &Unit, port: Option<u16>) -> (usize, Option<usize>) {
    let buses = &unit.buses;
    match port {
        Some(_) if unit.runs_twice() => (buses[0], Some(buses[1])),
        // A departing route may lead to a port that its effect has lost.
        Some(port) => (buses[usize::from(port).min(buses.len() - 1)], None),
        None => (buses[0], buses.get(1).copied()),
    }
}
