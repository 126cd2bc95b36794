//! Routes: which node is heard through which effect, and how loud.
//!
//! A route comes from a node as a whole, or from one of its outputs (`split/low`), and leads into all inputs of an effect, as
//! its channels come, or into one of them (`comp/side`). Forward routes
//! have no loop at any time. A feedback route may close one: what it brings is one inner block (64 frames) old;
//! feedback of a single sample lives inside an expression.

use std::sync::Arc;

use super::{NodeDefinition, Outcome, Session, SessionError};
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
    /// The output that is sent, by number, as one signal. `None` for the node as a whole.
    pub output: Option<u16>,
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
    /// `from` is a node as a whole, left and right, or one of its outputs as `node/output`, which is a mono sound. Outputs
    /// are called `out0`, `out1` and so on where the definition does not name them. Of a node of three or more, the first
    /// two are left and right: as a whole the node is heard and sent with these, and the others go where routes lead from them.
    /// The only output of a node that has two sides, by its pan or by what it is fed, is their mean. The level of a route
    /// from an output is `node/output/effect_send`.
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
    /// A crossover, its three bands each through an effect of its own:
    ///
    /// ```
    /// use synthc_engine::session::{NodeDefinition, NodeOptions, Session};
    /// use synthc_ir::Signal;
    /// use synthc_ir::library::{delay, lowpass, saw};
    ///
    /// let sound = Signal::input(0);
    /// let low = lowpass(&sound, 200.0, 2)?;
    /// let below = lowpass(&sound, 2_000.0, 2)?;
    /// let bands = [low.clone(), &below - low, sound - below];
    /// let split = NodeDefinition::effect(1, bands)?.named_outputs(["low", "mid", "high"])?;
    /// let effect = |wet: Signal| NodeDefinition::effect(1, [wet]);
    ///
    /// let mut session = Session::new();
    /// let options = NodeOptions::default;
    /// session.node("pad", NodeDefinition::source([saw(110.0)])?, options())?;
    /// session.node("split", split, options().gain(1.0))?;
    /// session.node("fat", effect((Signal::input(0) * 4.0).tanh())?, options())?;
    /// session.node("echo", effect(delay(Signal::input(0), 12_000.0))?, options())?;
    /// session.node("air", effect(Signal::input(0) * 2.0)?, options())?;
    /// // The pad is heard through the crossover, and that through its effects.
    /// session.set_direct("pad", false)?;
    /// session.set_direct("split", false)?;
    /// session.connect("pad", "split")?;
    /// session.connect("split/low", "fat")?;
    /// session.send("split/mid", "echo", 0.7)?;
    /// session.send("split/high", "air", 0.3)?;
    /// session.set("split/mid/echo_send", 0.5)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`], [`SessionError::UnknownOutput`], [`SessionError::UnknownInput`],
    /// [`SessionError::RouteIntoSource`], [`SessionError::Cycle`], [`SessionError::RouteClash`],
    /// [`SessionError::NotFinite`].
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
        let place = self.place_of_route(from, to)?;
        warnings.extend(self.set_by_hand(&place));
        Ok(warnings)
    }

    /// The place of the level of a route between two ends.
    fn place_of_route(&self, from: &str, to: &str) -> Result<Target, SessionError> {
        Ok(self.origin(from)?.send_to(&self.destination(to)?))
    }

    pub(super) fn add_route(
        &mut self,
        from: &str,
        to: &str,
        level: f64,
        tap: Option<Tap>,
        feedback: bool,
    ) -> Outcome {
        let (origin, to) = (self.origin(from)?, self.destination(to)?);
        let place = origin.send_to(&to);
        let warnings = Self::check_level(&place, level)?;
        if !self.nodes[&to.node].is_effect() {
            let nearest = self.nodes.iter().find(|(_, node)| node.is_effect());
            return Err(SessionError::RouteIntoSource {
                to: to.node,
                nearest: nearest.map(|(name, _)| name.to_string()),
            });
        }
        if !feedback && let Some(mut path) = self.find_way(&to.node, &origin.node) {
            path.insert(0, origin.node.to_string());
            return Err(SessionError::Cycle { path });
        }
        self.check_route_clash(&place)?;
        let known = self.routes.get(&place).map(|route| route.tap);
        let tap = tap.or(known).unwrap_or_default();
        Arc::make_mut(&mut self.routes).insert(
            place,
            Route {
                from: origin.node,
                output: origin.output.map(|(_, number)| number),
                to: to.node,
                input: to.input,
                level,
                tap,
                feedback,
            },
        );
        Ok(warnings)
    }

    /// The path of a level must not mean two routes: `a/b/c_send` that of `a/b` to `c`, and that of `a` to `b/c`.
    fn check_route_clash(&self, place: &Target) -> Result<(), SessionError> {
        let path = place.to_string();
        let rest = place.node().and_then(|from| {
            let rest = path.strip_prefix(&**from)?.strip_prefix('/')?;
            self.send_at_path(from, rest.strip_suffix("_send")?)
        });
        match rest.filter(|known| known != place) {
            Some(known) => {
                let ends = |place: &Target| match place {
                    Target::Send {
                        from,
                        output: Some(output),
                        to,
                    } => [format!("{from}/{output}"), to.to_string()],
                    Target::Send { from, to, .. } => [from.to_string(), to.to_string()],
                    other => [other.to_string(), String::new()],
                };
                let ([from, to], [known_from, known_to]) = (ends(place), ends(&known));
                Err(SessionError::RouteClash {
                    from,
                    to,
                    known_from,
                    known_to,
                    path,
                })
            }
            None => Ok(()),
        }
    }

    /// Removes the route from `from`, a node or one of its outputs, to `to`, a node or one of its inputs.
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`], [`SessionError::UnknownOutput`], [`SessionError::UnknownInput`],
    /// [`SessionError::NoRoute`].
    pub fn unsend(&mut self, from: &str, to: &str) -> Outcome {
        let place = self.place_of_route(from, to)?;
        if !self.routes.contains_key(&place) {
            return Err(SessionError::NoRoute {
                from: from.to_owned(),
                to: to.to_owned(),
            });
        }
        self.drop_routes(|at, _| *at == place);
        Ok(Vec::new())
    }

    /// All routes in order of their nodes' names.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.values()
    }

    /// All routes with the places of their levels.
    pub(crate) fn routes_by_place(&self) -> impl Iterator<Item = (&Target, &Route)> {
        self.routes.iter()
    }

    /// The route between two nodes, from one output of the first (`node/output`), or to one input of the second
    /// (`node/input`).
    #[must_use]
    pub fn route(&self, from: &Arc<str>, to: &Arc<str>) -> Option<&Route> {
        self.route_at(&self.place_of_route(from, to).ok()?)
    }

    /// The route whose level is at a place.
    pub(crate) fn route_at(&self, place: &Target) -> Option<&Route> {
        self.routes.get(place)
    }

    /// The place of the route from a node, or from an output that comes first in the path, to where the path leads.
    pub(crate) fn send_at_path(&self, node: &str, path: &str) -> Option<Target> {
        let leads = |place: &&Target| match place {
            Target::Send {
                from,
                output: None,
                to,
            } => **from == *node && **to == *path,
            Target::Send {
                from,
                output: Some(output),
                to,
            } => {
                let rest = path.strip_prefix(&**output);
                let rest = rest.and_then(|rest| rest.strip_prefix('/'));
                **from == *node && rest == Some(&**to)
            }
            _ => false,
        };
        self.routes.keys().find(leads).cloned()
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
    pub(super) fn drop_routes(&mut self, drop: impl Fn(&Target, &Route) -> bool) {
        let gone: Vec<_> = self
            .routes
            .iter()
            .filter(|(place, route)| drop(place, route))
            .map(|(place, _)| place.clone())
            .collect();
        if gone.is_empty() {
            return;
        }
        Arc::make_mut(&mut self.routes).retain(|place, _| !gone.contains(place));
        self.drop_playing(|target| gone.contains(target));
    }

    /// Removes the routes into inputs and from outputs that a node has lost, and follows those that have moved.
    pub(super) fn follow_ports(&mut self, node: &Arc<str>, definition: &NodeDefinition) {
        let position = |names: &[Arc<str>], name: &str| {
            let position = names.iter().position(|known| **known == *name)?;
            u16::try_from(position).ok()
        };
        // What is `None` has no number; `Some(None)` had one and has lost it.
        let input = |place: &Target, route: &Route| {
            let Target::Send { to, .. } = place else {
                return None;
            };
            route.input.filter(|_| route.to == *node)?;
            let name = to.strip_prefix(&**node)?.strip_prefix('/')?;
            Some(position(definition.input_names(), name))
        };
        let output = |place: &Target, route: &Route| {
            let Target::Send { output, .. } = place else {
                return None;
            };
            let name = output.as_ref().filter(|_| route.from == *node)?;
            Some(position(definition.output_names(), name))
        };
        self.drop_routes(|place, route| {
            input(place, route) == Some(None) || output(place, route) == Some(None)
        });
        let moved = |(place, route): (&Target, &Route)| {
            input(place, route).is_some_and(|now| now != route.input)
                || output(place, route).is_some_and(|now| now != route.output)
        };
        if self.routes.iter().any(moved) {
            for (place, route) in Arc::make_mut(&mut self.routes) {
                route.input = input(place, route).unwrap_or(route.input);
                route.output = output(place, route).unwrap_or(route.output);
            }
        }
    }

    pub(super) fn route_mut(&mut self, place: &Target) -> Option<&mut Route> {
        Arc::make_mut(&mut self.routes).get_mut(place)
    }
}
