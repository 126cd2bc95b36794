//! From a specification to a plan: checks, routes, and what fades out of the plan before.
//!
//! What left the session since the plan that sounds is laid out too, as *departing* nodes and routes: they have
//! their place in the order and their buses until they have faded, so that a removed node still feeds the
//! effects it fed. The state of departing nodes stays in the state of the plan before.

use std::sync::atomic::{AtomicU64, Ordering};

use synthc_jit::Sample;

use super::check::{check_node, check_session, number};
use super::wiring::{Unit, assign_buses, execution_order, reaches, settle_widths};
use super::{
    Departing, Loop, Meter, NodeKind, NodeSpec, Outlet, Plan, PlanError, PlanNode, PlanSend,
    PlanSpec, SendSpec, Step,
};
use crate::carry::{Relation, relate};
use crate::event::NodeKey;

/// Plans laid out so far: the next one's identity.
static PLANS: AtomicU64 = AtomicU64::new(0);
/// Publications over which a route that is gone is kept: each fades for 10 ms, a level needs 30.
const LINGER: u8 = 3;
/// Former keys of renamed nodes that are remembered.
const MAX_ALIASES: usize = 256;

pub(super) fn lay_out<T: Sample>(
    spec: PlanSpec<T>,
    before: Option<&Plan<T>>,
) -> Result<Plan<T>, PlanError> {
    check_session(&spec)?;
    let mut by_key: Vec<Option<u32>> = Vec::new();
    for (index, node) in spec.nodes.iter().enumerate() {
        check_node(node)?;
        let key = node.key.0 as usize;
        if by_key.len() <= key {
            by_key.resize(key + 1, None);
        }
        let same_name = spec.nodes[..index].iter().any(|n| n.name == node.name);
        if same_name || by_key[key].replace(index as u32).is_some() {
            return Err(PlanError::DuplicateNode {
                name: node.name.to_string(),
            });
        }
    }
    let routes = resolve(&spec, &by_key)?;
    let relation = before.map(|before| relate(before, &spec.nodes));
    let relation = relation.unwrap_or_else(|| Relation::fresh(spec.nodes.len()));
    let units = units(&spec, &routes, before, &relation)?;
    Ok(assemble(spec, units, before, &relation, by_key))
}

/// Nodes of the specification, then departing ones, wired and in execution order.
struct Wired {
    units: Vec<Unit>,
    order: Vec<usize>,
    buses: usize,
    loops: Vec<Loop>,
}

fn units<T: Sample>(
    spec: &PlanSpec<T>,
    routes: &[Route],
    before: Option<&Plan<T>>,
    relation: &Relation,
) -> Result<Wired, PlanError> {
    let mut units: Vec<Unit> = spec.nodes.iter().map(Unit::of).collect();
    for route in routes {
        units[route.from].sends.push((route.to, route.send()));
    }
    let order = execution_order(&units).map_err(|circle| PlanError::RoutingCycle {
        nodes: circle
            .iter()
            .map(|&node| spec.nodes[node].name.to_string())
            .collect(),
    })?;
    let Some(before) = before else {
        return Ok(wire(units, order));
    };
    let leaving = relation.departing.iter();
    units.extend(leaving.map(|&old| Unit::departing(&before.nodes[old as usize])));
    for (old, node) in before.nodes.iter().enumerate() {
        let from = relation.unit_of(old, spec.nodes.len());
        for (index, send) in node.sends.iter().enumerate() {
            let Some(to) = before.position(send.to) else {
                continue;
            };
            let to = relation.unit_of(to, spec.nodes.len());
            let same = |(target, now): &&mut (usize, PlanSend)| {
                *target == to
                    && now.departing == 0
                    && (now.tap, now.outlet, now.port) == (send.tap, send.outlet, send.port)
                    && now.delayed == send.delayed
            };
            if let Some((_, now)) = units[from].sends.iter_mut().find(same) {
                now.source.get_or_insert(index as u32);
                continue;
            }
            // A route that would close a circle with the new ones ends at once.
            let closes = !send.delayed && reaches(&units, to, from);
            if send.departing < LINGER && !closes {
                let leaves = from >= spec.nodes.len() || to >= spec.nodes.len();
                units[from].sends.push((
                    to,
                    PlanSend {
                        level: if leaves { send.level } else { 0.0 },
                        departing: send.departing + 1,
                        source: Some(index as u32),
                        into_departing: to >= spec.nodes.len(),
                        ..*send
                    },
                ));
            }
        }
    }
    // There is an order: no circle was closed.
    let order = execution_order(&units).unwrap_or(order);
    Ok(wire(units, order))
}

fn wire(mut units: Vec<Unit>, order: Vec<usize>) -> Wired {
    settle_widths(&mut units, &order);
    let (buses, loops) = assign_buses(&mut units, &order);
    Wired {
        units,
        order,
        buses,
        loops,
    }
}

fn assemble<T: Sample>(
    spec: PlanSpec<T>,
    wired: Wired,
    before: Option<&Plan<T>>,
    relation: &Relation,
    by_key: Vec<Option<u32>>,
) -> Plan<T> {
    let mut positions = by_key;
    let (mut nodes, mut departing, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    let mut related = Vec::with_capacity(spec.nodes.len());
    let mut specs: Vec<Option<NodeSpec<T>>> = spec.nodes.into_iter().map(Some).collect();
    let mut units: Vec<Option<Unit>> = wired.units.into_iter().map(Some).collect();
    for &index in &wired.order {
        let Some(unit) = units[index].take() else {
            continue;
        };
        let Some(spec) = specs.get_mut(index).map(Option::take) else {
            steps.push(Step::Departing(departing.len() as u32));
            departing.push(Departing {
                old: relation.departing[index - specs.len()],
                width: unit.width,
                inputs: unit.buses,
                sends: unit.sends.into_iter().map(|(_, send)| send).collect(),
            });
            continue;
        };
        let Some(spec) = spec else { continue };
        positions[spec.key.0 as usize] = Some(nodes.len() as u32);
        steps.push(Step::Node(nodes.len() as u32));
        related.push(relation.before[index]);
        nodes.push(plan_node(spec, unit));
    }
    let mut plan = Plan {
        identity: PLANS.fetch_add(1, Ordering::Relaxed),
        follows: before.map(|before| before.identity),
        generation: spec.generation,
        sample_rate: spec.sample_rate,
        seed: spec.seed,
        nodes,
        departing,
        steps,
        related,
        positions,
        aliases: Vec::new(),
        buses: wired.buses,
        loops: wired.loops,
        master: spec.master,
        limiter: spec.limiter,
        raw_controls: spec.raw_controls,
    };
    plan.aliases = before.map_or(Vec::new(), |before| aliases(before, &plan));
    plan
}

/// Former keys of nodes that go on under another: ends of notes still come for them.
fn aliases<T: Sample>(before: &Plan<T>, plan: &Plan<T>) -> Vec<(NodeKey, u32)> {
    let now = |old: u32| plan.related.iter().position(|r| *r == Some(old));
    let renamed = plan
        .related
        .iter()
        .enumerate()
        .filter_map(|(position, old)| {
            let old = before.nodes[(*old)? as usize].key;
            Some((old, position as u32))
        });
    let known = before.aliases.iter();
    let known = known.filter_map(|&(key, old)| Some((key, now(old)? as u32)));
    renamed
        .chain(known)
        .filter(|(key, _)| plan.position(*key).is_none())
        .take(MAX_ALIASES)
        .collect()
}

/// A send between indices of the specification's nodes.
struct Route {
    from: usize,
    to: usize,
    spec: SendSpec,
}

impl Route {
    fn send(&self) -> PlanSend {
        PlanSend {
            to: self.spec.to,
            level: self.spec.level,
            tap: self.spec.tap,
            outlet: self.spec.outlet,
            port: self.spec.port,
            left: 0,
            right: None,
            source: None,
            departing: 0,
            into_departing: false,
            delayed: self.spec.feedback,
        }
    }
}

fn resolve<T: Sample>(spec: &PlanSpec<T>, by_key: &[Option<u32>]) -> Result<Vec<Route>, PlanError> {
    let find = |key: crate::event::NodeKey| {
        by_key
            .get(key.0 as usize)
            .copied()
            .flatten()
            .map(|index| index as usize)
            .ok_or(PlanError::UnknownNode { key })
    };
    let mut routes: Vec<Route> = Vec::with_capacity(spec.sends.len());
    for send in &spec.sends {
        let (from, to) = (find(send.from)?, find(send.to)?);
        let names = || {
            let name = |index: usize| spec.nodes[index].name.to_string();
            (name(from), name(to))
        };
        if spec.nodes[to].kind == NodeKind::Source {
            let (from, to) = names();
            return Err(PlanError::SendToSource { from, to });
        }
        let ends = |spec: &SendSpec| (spec.outlet, spec.port);
        let same = |r: &Route| r.from == from && r.to == to && ends(&r.spec) == ends(send);
        if routes.iter().any(same) {
            let (from, to) = names();
            return Err(PlanError::DuplicateSend { from, to });
        }
        let outputs = spec.nodes[from].program.output_count();
        if let Outlet::Output(output) = send.outlet
            && usize::from(output) >= outputs
        {
            return Err(PlanError::NoSuchOutput {
                from: names().0,
                output,
                last: outputs - 1,
            });
        }
        let inputs = spec.nodes[to].program.input_count();
        if let Some(port) = send.port.filter(|&port| usize::from(port) >= inputs) {
            return Err(PlanError::NoSuchPort {
                to: names().1,
                port,
                last: inputs - 1,
            });
        }
        number("a send's level", &spec.nodes[from].name, send.level, false)?;
        routes.push(Route {
            from,
            to,
            spec: *send,
        });
    }
    Ok(routes)
}

fn plan_node<T: Sample>(spec: NodeSpec<T>, unit: Unit) -> PlanNode<T> {
    PlanNode {
        key: spec.key,
        name: spec.name,
        instances: unit.instances,
        lanes: spec.program.lanes(),
        inputs: unit.buses,
        program: spec.program,
        graph: spec.graph,
        kind: spec.kind,
        voices: spec.voices,
        mode: spec.mode,
        controls: spec.controls,
        gain: spec.gain,
        muted: spec.muted,
        direct: spec.direct,
        width: unit.width,
        sends: unit.sends.into_iter().map(|(_, send)| send).collect(),
        returns: unit.returns,
        meter: Meter::default(),
    }
}
