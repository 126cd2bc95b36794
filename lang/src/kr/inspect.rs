//! What `kr` shows of the session: attributes to read, and functions that list.

use std::rc::Rc;
use std::sync::Arc;

use synthc_engine::session::{Node, NodeDefinition, Route, Session};

use super::{NodeHandle, Studio};
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::krp::PatternObject;
use crate::value::Value;

/// Attributes of `kr`.
pub(super) const ATTRIBUTES: [&str; 12] = [
    "tempo", "meter", "master", "sync", "nodes", "sources", "effects", "routing", "controls",
    "slots", "muted", "scenes",
];

/// The attribute called `name`.
pub(super) fn attribute(studio: &Rc<Studio>, name: &str) -> Option<Value> {
    let strings = |names: Vec<&str>| Value::list(names.into_iter().map(Value::from).collect());
    let session = studio.session();
    Some(match name {
        "tempo" => Value::Float(session.tempo()),
        "meter" => Value::Float(session.meter()),
        "master" => Value::Float(session.master()),
        "sync" => Value::from("internal"),
        "nodes" => Value::dict(
            session
                .nodes()
                .map(|(name, _)| (Rc::from(&**name), NodeHandle::value(studio, name))),
        ),
        "sources" => strings(named(&session, false)),
        "effects" => strings(named(&session, true)),
        "routing" => Value::list(
            session
                .routes()
                .map(|route| routing(&session, route))
                .collect(),
        ),
        "controls" => controls(&session),
        "slots" => Value::dict(session.slots().map(|(target, slot)| {
            let pattern = PatternObject::value(slot.pattern().clone());
            (target.to_string().into(), pattern)
        })),
        "muted" => strings(session.muted().map(|n| &**n).collect()),
        "scenes" => Value::list(studio.scene_names().into_iter().map(Value::Str).collect()),
        _ => return None,
    })
}

fn named(session: &Session, effects: bool) -> Vec<&str> {
    session
        .nodes()
        .filter(|(_, node)| node.is_effect() == effects)
        .map(|(name, _)| &**name)
        .collect()
}

/// Both ends of a route, as `kr.send` takes them, and its level.
fn routing(session: &Session, route: &Route) -> Value {
    let end = |node: &str, port: Option<u16>, names: fn(&NodeDefinition) -> &[Arc<str>]| {
        let definition = session.find_node(node).map(Node::definition);
        let names = definition.map(names).unwrap_or_default();
        let name = port.and_then(|port| names.get(usize::from(port)));
        match name {
            Some(name) => Value::from(&*format!("{node}/{name}")),
            None => Value::from(node),
        }
    };
    Value::tuple(vec![
        end(&route.from, route.output, NodeDefinition::output_names),
        end(&route.to, route.input, NodeDefinition::input_names),
        Value::Float(route.level),
    ])
}

/// Every control with its value, by path.
fn controls(session: &Session) -> Value {
    let all = session.nodes().flat_map(|(name, node)| {
        node.definition().controls().iter().map(move |control| {
            let path = format!("{name}/{}", control.name);
            (path.into(), Value::Float(node.control_value(control)))
        })
    });
    Value::dict(all)
}

/// `kr.sync = …`: a patch file has its own clock.
pub(super) fn set_sync(context: &mut Context<'_>, value: &Value) -> Result<bool> {
    match value.as_str() {
        Some("internal") => {}
        Some("midi") => context.warn(
            "kr.sync = \"midi\" is for live use: a patch file runs on its own clock",
            "set the tempo here: kr.tempo = 120",
        ),
        _ => {
            return Err(Error::value_error("kr.sync is \"internal\" or \"midi\""));
        }
    }
    Ok(true)
}
