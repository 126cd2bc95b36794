//! Ports: the ends of a route, as paths name them. A node as a whole, one of its outputs, or one of its inputs.

use std::sync::Arc;

use super::{Session, SessionError, name};
use crate::path::Target;

/// Where a route begins.
pub(super) struct Origin {
    pub(super) node: Arc<str>,
    /// The output by name and number; `None` for the node as a whole.
    pub(super) output: Option<(Arc<str>, u16)>,
}

impl Origin {
    /// The place of the level of a route from here.
    pub(super) fn send_to(&self, destination: &Destination) -> Target {
        Target::Send {
            from: self.node.clone(),
            output: self.output.as_ref().map(|(name, _)| name.clone()),
            to: destination.path.clone(),
        }
    }
}

/// Where a route leads.
pub(super) struct Destination {
    /// The node, or `node/input`.
    pub(super) path: Arc<str>,
    pub(super) node: Arc<str>,
    /// The input by number; `None` for the node as a whole.
    pub(super) input: Option<u16>,
}

impl Session {
    /// The node, or the output of a node, that a route is to come from.
    pub(super) fn origin(&self, path: &str) -> Result<Origin, SessionError> {
        let Some((node, rest)) = self.node_and_port(path) else {
            let node = self.require_node(path)?;
            return Ok(Origin { node, output: None });
        };
        let names = self.nodes[&node].definition.output_names();
        let output = position(names, rest).ok_or_else(|| SessionError::UnknownOutput {
            nearest: name::nearest(rest, names),
            known: names.to_vec(),
            output: rest.to_owned(),
            node: node.clone(),
        });
        match output {
            Ok(output) => Ok(Origin {
                output: Some((names[usize::from(output)].clone(), output)),
                node,
            }),
            // In a group that is a node, too, what is missing is a member.
            Err(_) if !self.members(&node).is_empty() => self
                .require_node(path)
                .map(|node| Origin { node, output: None }),
            Err(unknown) => Err(unknown),
        }
    }

    /// The node, or the input of a node, that a route is to lead to.
    pub(super) fn destination(&self, path: &str) -> Result<Destination, SessionError> {
        let Some((node, rest)) = self.node_and_port(path) else {
            return self.require_node(path).map(|node| Destination {
                path: node.clone(),
                node,
                input: None,
            });
        };
        let names = self.nodes[&node].definition.input_names();
        let Some(input) = position(names, rest) else {
            return Err(SessionError::UnknownInput {
                nearest: name::nearest(rest, names),
                known: names.to_vec(),
                input: rest.to_owned(),
                node,
            });
        };
        Ok(Destination {
            path: path.into(),
            node,
            input: Some(input),
        })
    }

    /// The longest name of a node that begins the path, and what follows; `None` when all of it is a node's name, or none
    /// of it.
    fn node_and_port<'p>(&self, path: &'p str) -> Option<(Arc<str>, &'p str)> {
        if self.find_name(path).is_some() {
            return None;
        }
        path.match_indices('/')
            .rev()
            .find_map(|(at, _)| Some((self.find_name(&path[..at])?, &path[at + 1..])))
    }
}

/// The number of a port.
fn position(names: &[Arc<str>], name: &str) -> Option<u16> {
    let position = names.iter().position(|known| **known == *name)?;
    u16::try_from(position).ok()
}
