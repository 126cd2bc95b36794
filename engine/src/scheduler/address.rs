//! Where names lead on the audio side: keys of nodes, slots of controls.
//!
//! Kept over redefinitions: a name has one key and a control of a node one slot as long as they are in use, so
//! that events which are under way stay right.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::{LevelTarget, NodeKey};
use crate::path::Target;
use crate::plan::{MAX_KEY, Outlet};
use crate::session::Session;

/// What a node's names lead to.
#[derive(Clone, Debug)]
pub(crate) struct NodeAddress {
    pub(crate) key: NodeKey,
    /// Controls by slot; also those that an earlier definition had.
    pub(crate) controls: Vec<Arc<str>>,
    /// Names of the inputs, by number.
    inputs: Vec<Arc<str>>,
    /// Names of the outputs, by number.
    outputs: Vec<Arc<str>>,
}

impl NodeAddress {
    /// The slot of a control.
    pub(crate) fn slot(&self, control: &str) -> Option<u16> {
        let slot = self.controls.iter().position(|name| **name == *control)?;
        u16::try_from(slot).ok()
    }

    /// What an output of a name is; `None` is the node as a whole.
    pub(crate) fn outlet(&self, output: Option<&Arc<str>>) -> Option<Outlet> {
        let Some(output) = output else {
            return Some(Outlet::Whole);
        };
        let number = self.outputs.iter().position(|name| name == output)?;
        Some(Outlet::of(u16::try_from(number).ok()?, self.outputs.len()))
    }
}

/// What a place leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Address {
    Control(NodeKey, u16),
    Level(LevelTarget),
}

/// All keys and slots in use.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressBook {
    nodes: BTreeMap<Arc<str>, NodeAddress>,
    /// Control slots a node may use before those of earlier definitions are given up.
    limit: usize,
    next_key: u32,
    free_keys: Vec<u32>,
}

impl AddressBook {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// Takes in the nodes and controls of `session`; those it does not have lose their places.
    pub(crate) fn update(&mut self, session: &Session) {
        let gone: Vec<Arc<str>> = self
            .nodes
            .keys()
            .filter(|name| session.find_node(name).is_none())
            .cloned()
            .collect();
        for name in gone {
            self.free_keys
                .extend(self.nodes.remove(&name).map(|node| node.key.0));
        }
        for (name, node) in session.nodes() {
            let controls = node.definition().controls();
            let inputs = node.definition().input_names().to_vec();
            let outputs = node.definition().output_names().to_vec();
            if let Some(known) = self.nodes.get_mut(name) {
                (known.inputs, known.outputs) = (inputs, outputs);
                let new: Vec<_> = controls
                    .iter()
                    .filter(|c| !known.controls.contains(&c.name))
                    .collect();
                if known.controls.len() + new.len() > self.limit {
                    known.controls = controls.iter().map(|c| c.name.clone()).collect();
                } else {
                    known
                        .controls
                        .extend(new.into_iter().map(|c| c.name.clone()));
                }
                continue;
            }
            let key = NodeKey(self.take_key());
            let controls = controls.iter().map(|c| c.name.clone()).collect();
            self.nodes.insert(
                name.clone(),
                NodeAddress {
                    key,
                    controls,
                    inputs,
                    outputs,
                },
            );
        }
    }

    /// Fresh keys first, so that events under way do not meet a new node by an old key.
    fn take_key(&mut self) -> u32 {
        if self.next_key >= MAX_KEY / 2 && !self.free_keys.is_empty() {
            return self.free_keys.remove(0);
        }
        self.next_key += 1;
        self.next_key - 1
    }

    pub(crate) fn node(&self, name: &str) -> Option<&NodeAddress> {
        self.nodes.get(name)
    }

    /// The name behind a key.
    pub(crate) fn name(&self, key: NodeKey) -> Option<&Arc<str>> {
        self.nodes
            .iter()
            .find(|(_, node)| node.key == key)
            .map(|(name, _)| name)
    }

    /// The node and input that a send leads to.
    fn destination(&self, path: &str) -> Option<(NodeKey, Option<u16>)> {
        if let Some(node) = self.node(path) {
            return Some((node.key, None));
        }
        path.match_indices('/').rev().find_map(|(at, _)| {
            let (node, name) = (self.node(&path[..at])?, &path[at + 1..]);
            let input = node.inputs.iter().position(|input| **input == *name)?;
            Some((node.key, Some(u16::try_from(input).ok()?)))
        })
    }

    /// Where a place with a value leads; a node itself has none.
    pub(crate) fn find(&self, target: &Target) -> Option<Address> {
        Some(match target {
            Target::Node(_) => return None,
            Target::Control { node, control } => {
                let node = self.node(node)?;
                Address::Control(node.key, node.slot(control)?)
            }
            Target::Gain(node) => Address::Level(LevelTarget::Gain(self.node(node)?.key)),
            Target::Send { from, output, to } => {
                let from = self.node(from)?;
                let (to, input) = self.destination(to)?;
                Address::Level(LevelTarget::Send {
                    from: from.key,
                    outlet: from.outlet(output.as_ref())?,
                    to,
                    input,
                })
            }
            Target::Master => Address::Level(LevelTarget::Master),
        })
    }
}
