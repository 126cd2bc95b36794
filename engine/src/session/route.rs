//! Routes: which node is heard through which effect, and how loud.
//!
//! The routes of a session have no loop at any time; feedback lives inside a node.

use std::sync::Arc;

use super::{Outcome, Session, SessionError};
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
    /// Level of the send.
    pub level: f64,
    /// Where the sound is taken.
    pub tap: Tap,
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

    /// Sends `from` to `to` after its fader; a route that exists takes the level and keeps its tap.
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`], [`SessionError::RouteIntoSource`], [`SessionError::Cycle`],
    /// [`SessionError::NotFinite`].
    pub fn send(&mut self, from: &str, to: &str, level: f64) -> Outcome {
        self.add_route(from, to, level, None)
    }

    /// [`Session::send`] with a choice of where the sound is taken.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub fn send_at(&mut self, from: &str, to: &str, level: f64, tap: Tap) -> Outcome {
        self.add_route(from, to, level, Some(tap))
    }

    fn add_route(&mut self, from: &str, to: &str, level: f64, tap: Option<Tap>) -> Outcome {
        let (from, to) = (self.require_node(from)?, self.require_node(to)?);
        let warnings = Self::check_level(
            &Target::Send {
                from: from.clone(),
                to: to.clone(),
            },
            level,
        )?;
        if !self.nodes[&to].is_effect() {
            let nearest = self.nodes.iter().find(|(_, node)| node.is_effect());
            return Err(SessionError::RouteIntoSource {
                to,
                nearest: nearest.map(|(name, _)| name.to_string()),
            });
        }
        if let Some(mut path) = self.find_way(&to, &from) {
            path.insert(0, from.to_string());
            return Err(SessionError::Cycle { path });
        }
        let key = (from.clone(), to.clone());
        let known = self.routes.get(&key).map(|route| route.tap);
        let tap = tap.or(known).unwrap_or_default();
        Arc::make_mut(&mut self.routes).insert(
            key,
            Route {
                from,
                to,
                level,
                tap,
            },
        );
        Ok(warnings)
    }

    /// Removes the route from `from` to `to`.
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`], [`SessionError::NoRoute`].
    pub fn unsend(&mut self, from: &str, to: &str) -> Outcome {
        let key = (self.require_node(from)?, self.require_node(to)?);
        if self.route(&key.0, &key.1).is_none() {
            return Err(SessionError::NoRoute {
                from: from.to_owned(),
                to: to.to_owned(),
            });
        }
        self.drop_routes(|from, to| *from == key.0 && *to == key.1);
        Ok(Vec::new())
    }

    /// All routes in order of their nodes' names.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.values()
    }

    /// The route between two nodes.
    #[must_use]
    pub fn route(&self, from: &Arc<str>, to: &Arc<str>) -> Option<&Route> {
        self.routes.get(&(from.clone(), to.clone()))
    }

    /// The shortest way along routes, both ends included.
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
            for route in self.routes.values().filter(|route| route.from == node) {
                if reached.iter().all(|(known, _)| *known != route.to) {
                    reached.push((route.to.clone(), Some(next)));
                }
            }
            next += 1;
        }
        None
    }

    /// Removes routes and what plays on their levels.
    pub(super) fn drop_routes(&mut self, drop: impl Fn(&Arc<str>, &Arc<str>) -> bool) {
        if self.routes.keys().any(|(from, to)| drop(from, to)) {
            Arc::make_mut(&mut self.routes).retain(|(from, to), _| !drop(from, to));
            self.drop_playing(
                |target| matches!(target, Target::Send { from, to } if drop(from, to)),
            );
        }
    }

    pub(super) fn route_mut(&mut self, from: &Arc<str>, to: &Arc<str>) -> Option<&mut Route> {
        Arc::make_mut(&mut self.routes).get_mut(&(from.clone(), to.clone()))
    }
}
