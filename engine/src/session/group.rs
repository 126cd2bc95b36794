//! Groups: all nodes whose names share the part before a `/`; and whole sessions placed under a prefix, or as one node.

use std::collections::BTreeSet;
use std::sync::Arc;

use synthc_ir::Signal;

use super::{NodeDefinition, NodeOptions, Outcome, Session, SessionError, name};
use crate::path::Target;

impl Session {
    /// The node of that name, or the members of the group, in order of name.
    pub(super) fn node_or_group(&self, name: &str) -> Result<Vec<Arc<str>>, SessionError> {
        if let Some(node) = self.find_name(name) {
            return Ok(vec![node]);
        }
        let members = self.members(name);
        if !members.is_empty() {
            return Ok(members);
        }
        let groups = self
            .nodes
            .keys()
            .filter_map(|node| node.rsplit_once('/').map(|(group, _)| group));
        Err(SessionError::UnknownNode {
            name: name.to_owned(),
            nearest: name::nearest(name, self.nodes.keys().map(|node| &**node).chain(groups)),
        })
    }

    /// As [`Session::node_or_group`]; a nested session comes with everything inside.
    pub(super) fn node_with_members(&self, name: &str) -> Result<Vec<Arc<str>>, SessionError> {
        let mut nodes = self.node_or_group(name)?;
        if self.find_node(name).is_some_and(|node| node.nested) {
            nodes.extend(self.members(name));
        }
        Ok(nodes)
    }

    /// Places a whole session as the node `name`: its nodes become `name/…`, and what they would send to the master
    /// goes through `name`, a stereo effect that is routed, faded, muted, soloed, hushed and removed like any other node.
    ///
    /// Everything inside keeps its own path (`drums/kick/cutoff`), so that effects inside are also the inputs of the
    /// nested session. Sessions nest to any depth. Tempo, meter and seed are those of the outermost session; the fader
    /// starts at the master level of `inside` where `options` do not say otherwise. Nesting again under the same name
    /// redefines what is inside and keeps the rest.
    ///
    /// ```
    /// use synthc_engine::session::{NodeDefinition, NodeOptions, Session};
    /// use synthc_ir::library::sine_osc;
    ///
    /// let mut drums = Session::new();
    /// drums.node("kick", NodeDefinition::source([sine_osc(50.0)])?, NodeOptions::default())?;
    /// let mut song = Session::new();
    /// song.nest("drums", &drums, NodeOptions::default().gain(0.8))?;
    /// song.set("drums/kick/gain", 0.9)?;
    /// song.mute("drums")?;
    /// # Ok::<(), synthc_engine::session::SessionError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Session::node`]; [`SessionError::Cycle`] when routes of the outer session and those inside make a loop.
    pub fn nest(&mut self, name: &str, inside: &Session, options: NodeOptions) -> Outcome {
        name::check(name)?;
        self.batch(|session| {
            let before = session.find_node(name);
            let gain = options
                .gain
                .or_else(|| before.is_none().then_some(inside.master));
            if before.is_some_and(|node| node.nested) {
                session.drop_members(name, inside)?;
            }
            let both_sides = NodeDefinition::effect(2, [Signal::input(0), Signal::input(1)])?;
            let options = NodeOptions { gain, ..options };
            let mut warnings = session.node(name, both_sides, options)?;
            if let Some(node) = session.node_mut(name) {
                node.nested = true;
            }
            warnings.extend(session.place(inside, name)?);
            for (member, _) in inside.nodes().filter(|(_, node)| node.direct) {
                let member = format!("{name}/{member}");
                session.connect(&member, name)?;
                session.set_direct(&member, false)?;
            }
            session.place_master(inside, name);
            Ok(warnings)
        })
    }

    /// Removes what a nested session had and has no more.
    fn drop_members(&mut self, name: &str, inside: &Session) -> Outcome {
        let kept: BTreeSet<String> = inside
            .nodes()
            .map(|(member, _)| format!("{name}/{member}"))
            .collect();
        for member in self.members(name) {
            if !kept.contains(&*member) && self.find_node(&member).is_some() {
                self.remove(&member)?;
            }
        }
        // What was routed inside is routed anew.
        let prefix = format!("{name}/");
        self.drop_routes(|_, route| {
            route.from.starts_with(&prefix) && (route.to.starts_with(&prefix) || *route.to == *name)
        });
        Ok(Vec::new())
    }

    /// What plays on the master level of a nested session plays on its fader.
    fn place_master(&mut self, inside: &Session, name: &str) {
        let Some(fader) = self.find_name(name).map(Target::Gain) else {
            return;
        };
        if let Some(slot) = inside.slots.get(&Target::Master) {
            Arc::make_mut(&mut self.slots).insert(fader.clone(), slot.clone());
        }
        if let Some(automation) = inside.automations.get(&Target::Master) {
            Arc::make_mut(&mut self.automations).insert(fader, *automation);
        }
    }

    /// Whether a node is heard in the master mix itself, or through the effects it is routed to alone: a group of nodes with
    /// one fader, or an effect that is inserted.
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`].
    pub fn set_direct(&mut self, name: &str, direct: bool) -> Outcome {
        let name = self.require_node(name)?;
        if let Some(node) = self.node_mut(&name) {
            node.direct = direct;
        }
        Ok(Vec::new())
    }

    /// Whether all that is heard of `from` goes through effects one of which is `to`.
    pub(super) fn leads_through(&self, from: &str, to: &str) -> bool {
        let mut reached = vec![from];
        let mut next = 0;
        while let Some(&at) = reached.get(next) {
            next += 1;
            if self.find_node(at).is_none_or(|node| node.direct) {
                continue;
            }
            for route in self.routes().filter(|route| *route.from == *at) {
                if *route.to == *to {
                    return true;
                }
                if !reached.contains(&&*route.to) {
                    reached.push(&route.to);
                }
            }
        }
        false
    }

    /// Adds everything of `other` except its tempo, meter, master, solo and seed, every name prefixed with
    /// `prefix/`. Nodes of the same names are redefined.
    ///
    /// # Errors
    /// [`SessionError::Name`] for an unusable prefix, [`SessionError::NameClash`].
    pub fn instantiate(&mut self, other: &Session, prefix: &str) -> Outcome {
        name::check(prefix)?;
        self.batch(|session| session.place(other, prefix))
    }

    fn place(&mut self, other: &Session, prefix: &str) -> Outcome {
        let place = |name: &str| -> Arc<str> { format!("{prefix}/{name}").into() };
        let mut warnings = Vec::new();
        for (name, node) in other.nodes() {
            let options = super::NodeOptions {
                gain: Some(node.gain),
                count: Some(i64::from(node.count)),
                pan: Some(node.pan),
                mode: Some(node.mode),
                values: Vec::new(),
            };
            let placed = place(name);
            warnings.extend(self.node(&placed, node.definition.clone(), options)?);
            if let Some(new) = self.node_mut(&placed) {
                new.values.clone_from(&node.values);
                (new.direct, new.nested) = (node.direct, node.nested);
            }
        }
        for (at, route) in other.routes_by_place() {
            let Target::Send { from, output, to } = at else {
                continue;
            };
            let output = output.iter().map(|output| format!("/{output}"));
            let from: String = std::iter::once(place(from).to_string())
                .chain(output)
                .collect();
            warnings.extend(self.add_route(
                &from,
                &place(to),
                route.level,
                Some(route.tap),
                route.feedback,
            )?);
        }
        for name in other.muted() {
            self.mute(&place(name))?;
        }
        self.place_playing(other, &place);
        Ok(warnings)
    }
}
