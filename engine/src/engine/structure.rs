//! What of a session is in its plan, and the specification of that plan.
//!
//! Programs, voices and routes are structure: changing them takes a new plan. Values, levels, mute and solo are
//! not: they travel as events.

use std::collections::BTreeMap;
use std::sync::Arc;

use synthc_jit::Sample;

use super::EngineConfig;
use super::programs::Compiled;
use crate::automation::Player;
use crate::event::LevelTarget;
use crate::path::Target;
use crate::plan::{ControlSlot, NodeKind, NodeSpec, NoteMode, PlanSpec, SendSpec, Tap as PlanTap};
use crate::scheduler::Scheduler;
use crate::scheduler::address::Address;
use crate::session::{Node, Session, Tap, VoiceMode};

/// Programs by node.
pub(super) type ProgramsByNode<T> = BTreeMap<Arc<str>, Arc<Compiled<T>>>;

/// What decides whether two sessions can share a plan.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Structure {
    /// By name: compilation, voices, mode, whether it is in the mix itself.
    nodes: BTreeMap<Arc<str>, (u64, u32, VoiceMode, bool)>,
    routes: Vec<Line>,
}

/// What of a route is in the plan.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    place: Target,
    /// Numbers of the output and the input.
    output: Option<u16>,
    input: Option<u16>,
    tap: Tap,
    feedback: bool,
}

impl Structure {
    pub(super) fn of<T>(session: &Session, programs: &ProgramsByNode<T>) -> Self {
        let node = |(name, node): (&Arc<str>, &Node)| {
            let program = programs.get(name)?;
            let (count, mode, direct) = (node.count(), node.mode(), node.is_direct());
            Some((name.clone(), (program.number, count, mode, direct)))
        };
        Self {
            nodes: session.nodes().filter_map(node).collect(),
            routes: session
                .routes_by_place()
                .map(|(place, route)| Line {
                    place: place.clone(),
                    output: route.output,
                    input: route.input,
                    tap: route.tap,
                    feedback: route.feedback,
                })
                .collect(),
        }
    }
}

/// The plan of a session whose names have been given keys by the scheduler.
pub(super) fn specify<T: Sample>(
    session: &Session,
    programs: &ProgramsByNode<T>,
    scheduler: &Scheduler,
    config: &EngineConfig,
    generation: u64,
) -> PlanSpec<T> {
    let book = scheduler.book();
    let level = |target: Target| start_value(session, scheduler, &target);
    let mut spec = PlanSpec::new(generation, config.sample_rate);
    spec.seed = session.seed();
    spec.master = level(Target::Master);
    spec.limiter = config.limiter;
    spec.raw_controls = config.raw_controls;
    for (name, node) in session.nodes() {
        let (Some(address), Some(compiled)) = (book.node(name), programs.get(name)) else {
            continue;
        };
        let slot = |control: &Arc<str>| {
            let declared = compiled.program.controls();
            let (index, declared) = declared
                .iter()
                .enumerate()
                .find(|(_, c)| c.name == *control)?;
            let value = level(Target::Control {
                node: name.clone(),
                control: control.clone(),
            });
            Some(ControlSlot {
                control: u16::try_from(index).ok()?,
                value: declared.clamp(value),
                smoothing: declared.smoothing_seconds(),
            })
        };
        spec.nodes.push(NodeSpec {
            key: address.key,
            name: name.clone(),
            program: compiled.program.clone(),
            graph: compiled.graph.clone(),
            kind: if node.is_effect() {
                NodeKind::Effect
            } else {
                NodeKind::Source
            },
            voices: u16::try_from(node.count()).unwrap_or(u16::MAX),
            mode: match node.mode() {
                VoiceMode::Retrigger => NoteMode::Retrigger,
                VoiceMode::Legato => NoteMode::Legato,
            },
            controls: address.controls.iter().map(slot).collect(),
            gain: level(Target::Gain(name.clone())),
            muted: !session.is_audible(name),
            direct: node.is_direct(),
        });
    }
    for (place, route) in session.routes_by_place() {
        let Some(Address::Level(LevelTarget::Send {
            from,
            outlet,
            to,
            input,
        })) = book.find(place)
        else {
            continue;
        };
        spec.sends.push(SendSpec {
            from,
            outlet,
            to,
            level: level(place.clone()),
            tap: match route.tap {
                Tap::PostFader => PlanTap::Post,
                Tap::PreFader => PlanTap::Pre,
            },
            port: input,
            feedback: route.feedback,
        });
    }
    spec
}

/// The value a place has when its node is made anew: what moves it says, else what was set.
fn start_value(session: &Session, scheduler: &Scheduler, target: &Target) -> f64 {
    if let Some(present) = scheduler.present_value(target) {
        return present;
    }
    match session.automation_at(target) {
        Some(automation) => Player::new(*automation, 0.0, None).value_at(0.0),
        None => session.value_at(target).unwrap_or_default(),
    }
}
