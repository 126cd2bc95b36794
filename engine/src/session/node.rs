//! Nodes: a definition with a name, a level, voices and values.

use std::collections::BTreeMap;
use std::sync::Arc;

use synthc_ir::Control;

use super::{NodeDefinition, Outcome, Session, SessionError, Warning, name};
use crate::path::Target;

/// How notes share the voices of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum VoiceMode {
    /// Every note starts anew: a voice that already sounds is retriggered.
    #[default]
    Retrigger,
    /// A note that begins while the gate is open changes the pitch and leaves the gate open.
    Legato,
}

/// How a node is made; what is not chosen keeps the value of the node that is redefined, or the default.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct NodeOptions {
    pub(super) gain: Option<f64>,
    pub(super) count: Option<i64>,
    pub(super) pan: Option<f64>,
    pub(super) mode: Option<VoiceMode>,
    pub(super) values: Vec<(String, f64)>,
}

impl NodeOptions {
    /// Level of the fader; 0.5 unless chosen.
    #[must_use]
    pub fn gain(mut self, gain: f64) -> Self {
        self.gain = Some(gain);
        self
    }

    /// Number of voices, 1 to [`Node::MAX_COUNT`]; 1 unless chosen. Effects are always one instance.
    #[must_use]
    pub fn count(mut self, count: i64) -> Self {
        self.count = Some(count);
        self
    }

    /// Position from −1 (left) to 1 (right); 1.0 on both sides at the centre, which is the default.
    #[must_use]
    pub fn pan(mut self, pan: f64) -> Self {
        self.pan = Some(pan);
        self
    }

    /// How notes share voices.
    #[must_use]
    pub fn mode(mut self, mode: VoiceMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Value of a control when the node is made; may be repeated.
    #[must_use]
    pub fn value(mut self, control: impl Into<String>, value: f64) -> Self {
        self.values.push((control.into(), value));
        self
    }
}

/// A named node of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub(super) definition: NodeDefinition,
    pub(super) gain: f64,
    pub(super) count: u32,
    pub(super) pan: f64,
    pub(super) mode: VoiceMode,
    pub(super) values: BTreeMap<Arc<str>, f64>,
    /// Whether it is heard in the master mix itself.
    pub(super) direct: bool,
    /// Whether it stands for a session inside.
    pub(super) nested: bool,
}

impl Node {
    /// Most voices of a node.
    pub const MAX_COUNT: u32 = 1024;
    /// Most outputs of a node.
    pub const MAX_OUTPUTS: usize = crate::plan::MAX_OUTPUTS;
    /// Most inputs of an effect.
    pub const MAX_INPUTS: u32 = crate::plan::MAX_INPUTS as u32;
    /// Level of the fader of a new node.
    pub const DEFAULT_GAIN: f64 = 0.5;

    /// What it computes.
    #[must_use]
    pub fn definition(&self) -> &NodeDefinition {
        &self.definition
    }

    /// Level of the fader, whether muted or not.
    #[must_use]
    pub fn gain(&self) -> f64 {
        self.gain
    }

    /// Number of voices; 1 for an effect.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Position from −1 (left) to 1 (right).
    #[must_use]
    pub fn pan(&self) -> f64 {
        self.pan
    }

    /// How notes share voices.
    #[must_use]
    pub fn mode(&self) -> VoiceMode {
        self.mode
    }

    /// Whether it is heard in the master mix itself, not only through the effects it is routed to.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.direct
    }

    /// Whether it stands for a session that was placed with [`Session::nest`].
    #[must_use]
    pub fn is_nested(&self) -> bool {
        self.nested
    }

    /// Whether it has audio inputs.
    #[must_use]
    pub fn is_effect(&self) -> bool {
        self.definition.is_effect()
    }

    /// The value last set for a control, else its initial value; within the control's range.
    #[must_use]
    pub fn control_value(&self, control: &Control) -> f64 {
        control.clamp(
            self.values
                .get(&control.name)
                .copied()
                .unwrap_or(control.init),
        )
    }

    /// Values set, by control, as given; includes controls that an earlier definition had.
    pub fn values(&self) -> impl Iterator<Item = (&Arc<str>, f64)> {
        self.values.iter().map(|(name, &value)| (name, value))
    }
}

impl Session {
    /// Defines the node `name`, or redefines it: patterns, routes, values and what `options` leaves open
    /// stay as they are (design: redefining a node keeps everything that still makes sense). Routes into a node
    /// that has no inputs any more are removed, and so are those into inputs and from outputs whose names it has no more.
    ///
    /// # Errors
    /// [`SessionError::Name`], [`SessionError::NameClash`], [`SessionError::Count`], [`SessionError::Pan`],
    /// [`SessionError::NotFinite`], [`SessionError::UnknownControl`].
    pub fn node(
        &mut self,
        name: &str,
        definition: NodeDefinition,
        options: NodeOptions,
    ) -> Outcome {
        name::check(name)?;
        self.check_clash(name, &definition)?;
        let mut warnings = Vec::new();
        let known = self.nodes.get_key_value(name);
        let key: Arc<str> = known.map_or_else(|| Arc::from(name), |(key, _)| key.clone());
        let mut node = known.map_or_else(
            || Node {
                definition: definition.clone(),
                gain: Node::DEFAULT_GAIN,
                count: 1,
                pan: 0.0,
                mode: VoiceMode::default(),
                values: BTreeMap::new(),
                direct: true,
                nested: false,
            },
            |(_, node)| (**node).clone(),
        );
        if let Some(gain) = options.gain {
            let target = Target::Gain(key.clone());
            warnings.extend(Self::check_level(&target, gain)?);
            node.gain = gain;
        }
        if let Some(pan) = options.pan {
            if !(-1.0..=1.0).contains(&pan) {
                return Err(SessionError::Pan { given: pan });
            }
            node.pan = pan;
        }
        if let Some(count) = options.count {
            let checked = u32::try_from(count).ok();
            node.count = checked
                .filter(|count| (1..=Node::MAX_COUNT).contains(count))
                .ok_or(SessionError::Count {
                    given: count,
                    max: Node::MAX_COUNT,
                })?;
        }
        if definition.is_effect() && node.count > 1 {
            warnings.push(Warning::CountIgnored {
                node: key.clone(),
                count: node.count,
            });
            node.count = 1;
        }
        node.mode = options.mode.unwrap_or(node.mode);
        for (control, value) in options.values {
            let Some(control) = definition.control(&control) else {
                return Err(Self::no_control(&key, &definition, &control));
            };
            warnings.extend(Self::check_value(&key, control, value)?);
            node.values.insert(control.name.clone(), value);
        }
        if definition.control("gain").is_some() {
            warnings.push(Warning::ShadowedLevel {
                path: format!("{key}/gain"),
            });
        }
        if !definition.is_effect() {
            self.drop_routes(|_, route| route.to == key);
        }
        self.follow_ports(&key, &definition);
        node.definition = definition;
        Arc::make_mut(&mut self.nodes).insert(key, Arc::new(node));
        Ok(warnings)
    }

    /// Removes a node or a group with its routes, patterns, automations and values; unknown names are an error.
    ///
    /// # Errors
    /// [`SessionError::UnknownNode`].
    pub fn remove(&mut self, name: &str) -> Outcome {
        for member in self.node_with_members(name)? {
            Arc::make_mut(&mut self.nodes).remove(&member);
            self.drop_routes(|_, route| route.from == member || route.to == member);
            self.drop_playing(|target| target.node() == Some(&member));
            Arc::make_mut(&mut self.muted).remove(&member);
            let left = |target: &Target, _: &mut u64| target.node() != Some(&member);
            Arc::make_mut(&mut self.revisions).retain(left);
            if let Some(solo) = &mut self.solo {
                Arc::make_mut(solo).remove(&member);
            }
        }
        self.solo.take_if(|solo| solo.is_empty());
        Ok(Vec::new())
    }

    /// All nodes in order of name.
    pub fn nodes(&self) -> impl Iterator<Item = (&Arc<str>, &Node)> {
        self.nodes.iter().map(|(name, node)| (name, &**node))
    }

    /// A node by name.
    #[must_use]
    pub fn find_node(&self, name: &str) -> Option<&Node> {
        self.nodes.get(name).map(|node| &**node)
    }

    /// The shared name of a node.
    pub(crate) fn find_name(&self, name: &str) -> Option<Arc<str>> {
        self.nodes.get_key_value(name).map(|(key, _)| key.clone())
    }

    /// A node to edit; copies it when a clone of the session shares it.
    pub(super) fn node_mut(&mut self, name: &str) -> Option<&mut Node> {
        Arc::make_mut(&mut self.nodes)
            .get_mut(name)
            .map(Arc::make_mut)
    }

    /// A node's shared name.
    pub(super) fn require_node(&self, name: &str) -> Result<Arc<str>, SessionError> {
        self.find_name(name)
            .ok_or_else(|| SessionError::UnknownNode {
                name: name.to_owned(),
                nearest: name::nearest(name, self.nodes.keys()),
            })
    }

    pub(crate) fn unknown_control(&self, node: &Arc<str>, control: &str) -> SessionError {
        match self.find_node(node) {
            Some(found) => Self::no_control(node, &found.definition, control),
            None => SessionError::UnknownNode {
                name: node.to_string(),
                nearest: None,
            },
        }
    }

    fn no_control(node: &Arc<str>, definition: &NodeDefinition, control: &str) -> SessionError {
        let known: Vec<Arc<str>> = definition
            .controls()
            .iter()
            .map(|c| c.name.clone())
            .collect();
        SessionError::UnknownControl {
            node: node.clone(),
            control: control.to_owned(),
            nearest: name::nearest(control, &known),
            known,
        }
    }

    /// A path must not mean a node and something inside another node.
    fn check_clash(&self, name: &str, definition: &NodeDefinition) -> Result<(), SessionError> {
        let clash = |path: String, with: String| SessionError::NameClash {
            name: name.to_owned(),
            with,
            path,
        };
        for (at, _) in name.match_indices('/') {
            let (prefix, rest) = (&name[..at], &name[at + 1..]);
            let Some(owner) = self.find_node(prefix) else {
                continue;
            };
            if owner.definition.control(rest).is_some() {
                return Err(clash(
                    name.to_owned(),
                    format!("the control `{rest}` of node `{prefix}`"),
                ));
            }
            if rest == "gain" {
                return Err(clash(
                    name.to_owned(),
                    format!("the fader of node `{prefix}`"),
                ));
            }
            if owner.definition.has_output(rest) {
                return Err(clash(
                    name.to_owned(),
                    format!("the output `{rest}` of node `{prefix}`"),
                ));
            }
        }
        for member in self.members(name) {
            let rest = &member[name.len() + 1..];
            let inside = definition.control(rest).is_some() || definition.has_output(rest);
            if rest == "gain" || inside {
                return Err(clash(
                    member.to_string(),
                    format!("the existing node `{member}`"),
                ));
            }
        }
        Ok(())
    }
}
