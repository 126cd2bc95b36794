//! Routes: which node is heard through which effect, and how loud.
//!
//! A route leads into all inputs of an effect, as its channels come, or into one of them (`comp/side`). Forward routes
//! have no loop at any time. A feedback route may close one: what it brings is one inner block (64 frames) old;
//! feedback of a single sample lives inside an expression.

use std::sync::Arc;

use super::{Outcome, Session, SessionError, name};
use crate::path::Target;

/// Where a send takes its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Tap {
    /// After the fader: the gain, mute and solo of the node act on the send.
    #[default]
    PostFader,
    /// Before the fader: only the level of the send counts.
    PreFader,
}

/// A send from one node to an effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The node whose sound is sent.
    pub from: Arc<str>,
    /// The effect it is sent to.
    pub to: Arc<str>,
    /// The input it is sent to, by number: the mean of all channels goes there. `None` for the effect as a whole.
    pub input: Option<u16>,
    /// Level of the send.
    pub level: f64,
    /// Where the sound is taken.
    pub tap: Tap,
    /// Whether it arrives one inner block (64 frames) later, and may close a loop.
    pub feedback: bool,
}

/// Where a route leads.
struct Destination {
    /// The node, or `node/input`.
    path: Arc<str>,
    node: Arc<str>,
    input: Option<u16>,
}

impl Session {
    /// Level of [`Session::send`] where none is given by the patch.
    pub const DEFAULT_SEND: f64 = 0.5;

    /// Routes `from` into `to` at level 1; a route that exists goes to level 1.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub fn connect(&mut self, from: &str, to: &str) -> Outcome {
        self.send(from, to, 1.0)
    }

    /// Sends `from` to `to` after its fader; a route that exists takes the level, as with [`Session::set`], and keeps its
    /// tap.
    ///
    /// `to` is an effect, or one of its inputs as `effect/input`: the side chain of a compressor, say. Inputs
    /// are called `in0`, `in1` and so on where the definition does not name them. One node can have a route to
    /// each of them.
    ///
    /// ```
    /// use synthc_engine::session::{NodeDefinition, NodeOptions, Session};
    /// use synthc_ir::Signal;
    ///
    /// let ducked = Signal::input(0) * (1.0 - Signal::input(1).abs());
    /// let tone = NodeDefinition::source([synthc_ir::library::saw(110.0)])?;
    /// let mut session = Session::new();
    /// session.node("pad", tone.clone(), NodeOptions::default())?;
    /// session.node("kick", tone, NodeOptions::default())?;
    /// session.node("duck", NodeDefinition::effect(2, [ducked])?, NodeOptions::default())?;
    /// session.send("pad", "duck/in0", 1.0)?;
    /// session.send("kick", "duck/in1", 0.8)?;
    /// session.set("kick/duck/in1_send", 0.5)?;
    /// # Ok::<(), synthc_engine::session::SessionError>(())
    /// ```
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`], [`SessionError::UnknownInput`], [`SessionError::RouteIntoSource`],
    /// [`SessionError::Cycle`], [`SessionError::NotFinite`].
    pub fn send(&mut self, from: &str, to: &str, level: f64) -> Outcome {
        self.set_route(from, to, level, None, false)
    }

    /// [`Session::send`] with a choice of where the sound is taken.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub fn send_at(&mut self, from: &str, to: &str, level: f64, tap: Tap) -> Outcome {
        self.set_route(from, to, level, Some(tap), false)
    }

    /// [`Session::send`] as a feedback route: what arrives is 64 frames old, and the route may close a loop, lead back to
    /// where it comes from included. A send that exists becomes one.
    ///
    /// Nothing keeps a loop with a gain above 1 from growing: the limiter on the master only keeps it from leaving.
    ///
    /// # Errors
    /// As [`Session::send`], without [`SessionError::Cycle`].
    pub fn feedback(&mut self, from: &str, to: &str, level: f64) -> Outcome {
        self.set_route(from, to, level, None, true)
    }

    /// A route by hand: its level counts as set, as with [`Session::set`].
    fn set_route(
        &mut self,
        from: &str,
        to: &str,
        level: f64,
        tap: Option<Tap>,
        feedback: bool,
    ) -> Outcome {
        let mut warnings = self.add_route(from, to, level, tap, feedback)?;
        let place = Target::Send {
            from: self.require_node(from)?,
            to: self.destination(to)?.path,
        };
        warnings.extend(self.set_by_hand(&place));
        Ok(warnings)
    }

    pub(super) fn add_route(
        &mut self,
        from: &str,
        to: &str,
        level: f64,
        tap: Option<Tap>,
        feedback: bool,
    ) -> Outcome {
        let (from, to) = (self.require_node(from)?, self.destination(to)?);
        let warnings = Self::check_level(
            &Target::Send {
                from: from.clone(),
                to: to.path.clone(),
            },
            level,
        )?;
        if !self.nodes[&to.node].is_effect() {
            let nearest = self.nodes.iter().find(|(_, node)| node.is_effect());
            return Err(SessionError::RouteIntoSource {
                to: to.node,
                nearest: nearest.map(|(name, _)| name.to_string()),
            });
        }
        if !feedback && let Some(mut path) = self.find_way(&to.node, &from) {
            path.insert(0, from.to_string());
            return Err(SessionError::Cycle { path });
        }
        let key = (from.clone(), to.path);
        let known = self.routes.get(&key).map(|route| route.tap);
        let tap = tap.or(known).unwrap_or_default();
        Arc::make_mut(&mut self.routes).insert(
            key,
            Route {
                from,
                to: to.node,
                input: to.input,
                level,
                tap,
                feedback,
            },
        );
        Ok(warnings)
    }

    /// The node or the input of a node that a route is to lead to.
    fn destination(&self, path: &str) -> Result<Destination, SessionError> {
        if let Some(node) = self.find_name(path) {
            return Ok(Destination {
                path: node.clone(),
                node,
                input: None,
            });
        }
        for (at, _) in path.match_indices('/').rev() {
            let (prefix, rest) = (&path[..at], &path[at + 1..]);
            let Some(node) = self.find_name(prefix) else {
                continue;
            };
            let names = self.nodes[&node].definition.input_names();
            let input = names.iter().position(|name| **name == *rest);
            let Some(input) = input.and_then(|input| u16::try_from(input).ok()) else {
                return Err(SessionError::UnknownInput {
                    nearest: name::nearest(rest, names),
                    known: names.to_vec(),
                    input: rest.to_owned(),
                    node,
                });
            };
            return Ok(Destination {
                path: path.into(),
                node,
                input: Some(input),
            });
        }
        self.require_node(path).map(|node| Destination {
            path: node.clone(),
            node,
            input: None,
        })
    }

    /// Removes the route from `from` to `to`, a node or one of its inputs.
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`], [`SessionError::UnknownInput`], [`SessionError::NoRoute`].
    pub fn unsend(&mut self, from: &str, to: &str) -> Outcome {
        let (from_name, destination) = (self.require_node(from)?, self.destination(to)?);
        if self.route(&from_name, &destination.path).is_none() {
            return Err(SessionError::NoRoute {
                from: from.to_owned(),
                to: to.to_owned(),
            });
        }
        self.drop_routes(|route| {
            route.from == from_name
                && route.to == destination.node
                && route.input == destination.input
        });
        Ok(Vec::new())
    }

    /// All routes in order of their nodes' names.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.values()
    }

    /// All routes with the paths of where they lead: a node, or `node/input`.
    pub(crate) fn routes_by_path(&self) -> impl Iterator<Item = (&Arc<str>, &Route)> {
        self.routes.iter().map(|((_, path), route)| (path, route))
    }

    /// The route between two nodes, or to one input of the second (`node/input`).
    #[must_use]
    pub fn route(&self, from: &Arc<str>, to: &Arc<str>) -> Option<&Route> {
        self.routes.get(&(from.clone(), to.clone()))
    }

    /// The shared path of a route from a node.
    pub(crate) fn route_path(&self, from: &str, to: &str) -> Option<Arc<str>> {
        self.routes
            .keys()
            .find(|(source, path)| **source == *from && **path == *to)
            .map(|(_, path)| path.clone())
    }

    /// The shortest way along forward routes, both ends included.
    fn find_way(&self, from: &Arc<str>, to: &Arc<str>) -> Option<Vec<String>> {
        // Each entry: a node reached and the index of the entry it was reached from.
        let mut reached = vec![(from.clone(), None)];
        let mut next = 0;
        while let Some((node, _)) = reached.get(next).cloned() {
            if node == *to {
                let mut way = Vec::new();
                let mut at = Some(next);
                while let Some(index) = at {
                    way.push(reached[index].0.to_string());
                    at = reached[index].1;
                }
                way.reverse();
                return Some(way);
            }
            let routes = self.routes.values().filter(|route| !route.feedback);
            for route in routes.filter(|route| route.from == node) {
                if reached.iter().all(|(known, _)| *known != route.to) {
                    reached.push((route.to.clone(), Some(next)));
                }
            }
            next += 1;
        }
        None
    }

    /// Removes routes and what plays on their levels.
    pub(super) fn drop_routes(&mut self, drop: impl Fn(&Route) -> bool) {
        let gone: Vec<_> = self
            .routes
            .iter()
            .filter(|(_, route)| drop(route))
            .map(|(key, _)| key.clone())
            .collect();
        if gone.is_empty() {
            return;
        }
        Arc::make_mut(&mut self.routes).retain(|key, _| !gone.contains(key));
        self.drop_playing(|target| match target {
            Target::Send { from, to } => gone.iter().any(|key| key.0 == *from && key.1 == *to),
            _ => false,
        });
    }

    /// Removes the routes into inputs that a node has lost, and follows those that have moved.
    pub(super) fn follow_inputs(&mut self, node: &Arc<str>, names: &[Arc<str>]) {
        let path = |name: &str| format!("{node}/{name}");
        let place = |key: &(Arc<str>, Arc<str>), route: &Route| {
            route.input?;
            let at = names.iter().position(|name| path(name) == *key.1)?;
            u16::try_from(at).ok()
        };
        let into = |route: &Route| route.to == *node && route.input.is_some();
        let lost: Vec<_> = self
            .routes
            .iter()
            .filter(|(key, route)| into(route) && place(key, route).is_none())
            .map(|(_, route)| (route.from.clone(), route.input))
            .collect();
        self.drop_routes(|route| into(route) && lost.contains(&(route.from.clone(), route.input)));
        if self.routes.values().any(into) {
            for (key, route) in Arc::make_mut(&mut self.routes) {
                if into(route) {
                    route.input = place(key, route);
                }
            }
        }
    }

    pub(super) fn route_mut(&mut self, from: &Arc<str>, to: &Arc<str>) -> Option<&mut Route> {
        Arc::make_mut(&mut self.routes).get_mut(&(from.clone(), to.clone()))
    }
}
