//! From a specification to a plan: checks, execution order, widths, bus buffers.
//!
//! Buffers of buses are shared by effects whose lives do not overlap: a bus lives from its first feeder
//! to its effect. The rule that makes this safe is that a free buffer is silent: an effect clears its
//! buffers after reading them, and nobody writes to a bus after its effect has run, because feeders
//! stand before it in the order.

use std::sync::atomic::{AtomicU64, Ordering};

use synthc_jit::Sample;

use super::{
    MAX_CONTROLS, MAX_INPUTS, MAX_KEY, MAX_VOICES, Meter, NodeKind, NodeSpec, Plan, PlanError,
    PlanNode, PlanSend, PlanSpec, SendSpec, Width,
};

/// Plans laid out so far: the next one's identity.
static PLANS: AtomicU64 = AtomicU64::new(0);

pub(super) fn lay_out<T: Sample>(spec: PlanSpec<T>) -> Result<Plan<T>, PlanError> {
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
    let order = execution_order(&spec.nodes, &routes)?;

    let mut positions = by_key;
    let mut position_of = vec![0; spec.nodes.len()];
    for (position, &index) in order.iter().enumerate() {
        position_of[index] = position;
        positions[spec.nodes[index].key.0 as usize] = Some(position as u32);
    }
    let mut specs: Vec<Option<NodeSpec<T>>> = spec.nodes.into_iter().map(Some).collect();
    let mut nodes: Vec<PlanNode<T>> = order
        .iter()
        .filter_map(|&index| specs[index].take())
        .map(plan_node)
        .collect();
    for route in &routes {
        nodes[position_of[route.from]].sends.push(PlanSend {
            to: route.spec.to,
            level: route.spec.level,
            tap: route.spec.tap,
            port: route.spec.port,
            left: 0,
            right: None,
        });
    }
    let position = |key: crate::event::NodeKey| positions[key.0 as usize].map_or(0, |p| p as usize);
    settle_widths(&mut nodes, position);
    let buses = assign_buses(&mut nodes, position);

    Ok(Plan {
        identity: PLANS.fetch_add(1, Ordering::Relaxed),
        generation: spec.generation,
        sample_rate: spec.sample_rate,
        seed: spec.seed,
        nodes,
        positions,
        buses,
        master: spec.master,
        limiter: spec.limiter,
        raw_controls: spec.raw_controls,
    })
}

/// A send between indices of the specification's nodes.
struct Route {
    from: usize,
    to: usize,
    spec: SendSpec,
}

fn number(what: &'static str, owner: &str, given: f64, positive: bool) -> Result<(), PlanError> {
    let good = given.is_finite() && (!positive || given > 0.0);
    let bound = if positive {
        "finite and above 0"
    } else {
        "finite"
    };
    good.then_some(()).ok_or_else(|| PlanError::Number {
        what,
        owner: owner.to_string(),
        given,
        bound,
    })
}

fn check_session<T>(spec: &PlanSpec<T>) -> Result<(), PlanError> {
    number("the sample rate", "the session", spec.sample_rate, true)?;
    number("the gain", "the master", spec.master, false)?;
    if let Some(limiter) = spec.limiter {
        number("the ceiling", "the limiter", limiter.ceiling, true)?;
        number("the release", "the limiter", limiter.release, true)?;
    }
    Ok(())
}

fn check_node<T: Sample>(node: &NodeSpec<T>) -> Result<(), PlanError> {
    let name = || node.name.to_string();
    let (inputs, outputs) = (node.program.input_count(), node.program.output_count());
    if node.key.0 >= MAX_KEY {
        return Err(PlanError::KeyTooLarge {
            name: name(),
            given: node.key.0,
            limit: MAX_KEY,
        });
    }
    let source = node.kind == NodeKind::Source;
    if source != (inputs == 0) {
        return Err(PlanError::WrongKind {
            name: name(),
            as_source: source,
            inputs,
        });
    }
    for (what, given, least, most) in [
        ("inputs", inputs, 0, MAX_INPUTS),
        ("outputs", outputs, 1, 2),
    ] {
        if given < least || given > most {
            return Err(PlanError::ChannelCount {
                name: name(),
                what,
                given,
                least,
                most,
            });
        }
    }
    if node.voices == 0 || node.voices > MAX_VOICES || (!source && node.voices > 1) {
        return Err(PlanError::VoiceCount {
            name: name(),
            given: node.voices,
            most: MAX_VOICES,
        });
    }
    if node.controls.len() > MAX_CONTROLS || node.program.controls().len() > MAX_CONTROLS {
        return Err(PlanError::ControlSlot {
            name: name(),
            slot: node.controls.len().max(node.program.controls().len()),
            limit: MAX_CONTROLS,
        });
    }
    number("the gain", &node.name, node.gain, false)?;
    for (slot, control) in node.controls.iter().enumerate() {
        let Some(control) = control else { continue };
        let limit = node.program.controls().len();
        if usize::from(control.control) >= limit {
            return Err(PlanError::ControlSlot {
                name: name(),
                slot,
                limit,
            });
        }
        number("a control's value", &node.name, control.value, false)?;
        if let Some(seconds) = control.smoothing {
            number("a control's smoothing", &node.name, seconds, true)?;
        }
    }
    Ok(())
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
        if routes.iter().any(|r| r.from == from && r.to == to) {
            let (from, to) = names();
            return Err(PlanError::DuplicateSend { from, to });
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

/// Kahn's algorithm (1962); among the nodes that are ready, the first of the specification runs first.
fn execution_order<T>(nodes: &[NodeSpec<T>], routes: &[Route]) -> Result<Vec<usize>, PlanError> {
    let mut waiting = vec![0usize; nodes.len()];
    for route in routes {
        waiting[route.to] += 1;
    }
    let mut ready: std::collections::BTreeSet<usize> = (0..nodes.len())
        .filter(|&node| waiting[node] == 0)
        .collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(node) = ready.pop_first() {
        order.push(node);
        for route in routes.iter().filter(|route| route.from == node) {
            waiting[route.to] -= 1;
            if waiting[route.to] == 0 {
                ready.insert(route.to);
            }
        }
    }
    if order.len() == nodes.len() {
        return Ok(order);
    }
    Err(PlanError::RoutingCycle {
        nodes: circle(nodes, routes, &waiting),
    })
}

/// Names along one circle. Every waiting node is fed by a waiting node, so that walking upstream
/// among them must meet a node twice.
fn circle<T>(nodes: &[NodeSpec<T>], routes: &[Route], waiting: &[usize]) -> Vec<String> {
    let mut path: Vec<usize> = waiting.iter().position(|&w| w > 0).into_iter().collect();
    while let Some(&last) = path.last() {
        let feeder = routes
            .iter()
            .find(|route| route.to == last && waiting[route.from] > 0);
        let Some(feeder) = feeder.map(|route| route.from) else {
            break;
        };
        let met = path.iter().position(|&node| node == feeder);
        path.push(feeder);
        if let Some(start) = met {
            path.drain(..start);
            break;
        }
    }
    path.iter()
        .rev()
        .map(|&node| nodes[node].name.to_string())
        .collect()
}

fn plan_node<T: Sample>(spec: NodeSpec<T>) -> PlanNode<T> {
    let width = if spec.program.output_count() == 2 {
        Width::Stereo
    } else {
        Width::Mono
    };
    PlanNode {
        key: spec.key,
        name: spec.name,
        instances: usize::from(spec.voices),
        inputs: vec![0; spec.program.input_count()],
        program: spec.program,
        kind: spec.kind,
        voices: spec.voices,
        mode: spec.mode,
        controls: spec.controls,
        gain: spec.gain,
        muted: spec.muted,
        width,
        sends: Vec::new(),
        meter: Meter::default(),
    }
}

/// Decides, in execution order, which one-input effects are fed stereo and run twice.
fn settle_widths<T>(nodes: &mut [PlanNode<T>], position: impl Fn(crate::event::NodeKey) -> usize) {
    let mut fed_stereo = vec![false; nodes.len()];
    for index in 0..nodes.len() {
        let node = &mut nodes[index];
        if node.inputs.len() == 1 && node.width == Width::Mono && fed_stereo[index] {
            node.instances = 2;
            node.inputs.push(0);
            node.width = Width::Stereo;
        }
        if node.width == Width::Stereo {
            for send in node.sends.iter().filter(|send| send.port.is_none()) {
                fed_stereo[position(send.to)] = true;
            }
        }
    }
}

/// Gives every bus its buffers and every send its targets; returns the number of buffers.
fn assign_buses<T>(
    nodes: &mut [PlanNode<T>],
    position: impl Fn(crate::event::NodeKey) -> usize,
) -> usize {
    let mut free: Vec<usize> = Vec::new();
    let mut count = 0;
    let mut assigned = vec![false; nodes.len()];
    for index in 0..nodes.len() {
        let targets: Vec<usize> = nodes[index].sends.iter().map(|s| position(s.to)).collect();
        for &node in targets.iter().chain([&index]) {
            if std::mem::replace(&mut assigned[node], true) {
                continue;
            }
            for buffer in &mut nodes[node].inputs {
                *buffer = free.pop().unwrap_or_else(|| {
                    count += 1;
                    count - 1
                });
            }
        }
        for (send, &target) in targets.iter().enumerate() {
            let twice = nodes[target].instances == 2;
            let inputs = nodes[target].inputs.clone();
            let send = &mut nodes[index].sends[send];
            (send.left, send.right) = match send.port {
                Some(_) if twice => (inputs[0], Some(inputs[1])),
                Some(port) => (inputs[usize::from(port)], None),
                None => (inputs[0], inputs.get(1).copied()),
            };
        }
        free.extend(nodes[index].inputs.iter().copied());
    }
    count
}
