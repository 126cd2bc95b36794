//! What an input device hears, sent to every effect of the patch that nothing else feeds.

use synthc_engine::device::cpal::{DeviceError, DeviceRequest, InputDevice, InputStream};
use synthc_engine::session::{NodeDefinition, NodeOptions, Session, SessionError, Tap};

use crate::args::PlayArgs;
use crate::failure::Failure;

/// The node's name.
const NAME: &str = "input";

/// An input that listens.
#[derive(Debug)]
pub(super) struct Input {
    stream: InputStream,
    name: String,
    /// One for all updates, so that edits carry it over.
    definition: NodeDefinition,
}

impl Input {
    /// Opens the device that `--input` names, of the same host as the output.
    pub(super) fn open(args: &PlayArgs, device: Option<&str>) -> Result<Self, Failure> {
        let request = DeviceRequest {
            host: args.host.clone(),
            device: device.map(ToOwned::to_owned),
            ..DeviceRequest::default()
        };
        let open = || -> Result<_, DeviceError> {
            let device = InputDevice::open(&request)?;
            let (stream, node) = device.start()?;
            Ok((device.name().to_owned(), stream, node))
        };
        let (name, stream, node) = open().map_err(|e| Failure::Io(format!("--input: {e}")))?;
        Ok(Self {
            stream,
            name,
            definition: NodeDefinition::own(node).map_err(Failure::io)?,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_lost(&self) -> bool {
        self.stream.status().is_lost()
    }

    /// Adds the node. Unheard by itself: it goes to the effects before its fader.
    pub(super) fn connect(&self, session: &mut Session) -> Result<(), Failure> {
        if session.find_node(NAME).is_some() {
            return Err(Failure::Patch(format!(
                "error: with --input the name `{NAME}` is that of the device; call the node of the patch otherwise"
            )));
        }
        let fed = |name: &str| session.routes().any(|route| *route.to == *name);
        let hungry: Vec<_> = session
            .nodes()
            .filter(|(name, node)| node.is_effect() && !fed(name))
            .map(|(name, _)| name.clone())
            .collect();
        if hungry.is_empty() {
            eprintln!(
                "warning: nothing takes the input: make a node of a function with a parameter and send nothing to it"
            );
        }
        let mut add = || -> Result<(), SessionError> {
            let options = NodeOptions::default().gain(0.0);
            session.node(NAME, self.definition.clone(), options)?;
            for effect in &hungry {
                session.send_at(NAME, effect, 1.0, Tap::PreFader)?;
            }
            Ok(())
        };
        add().map_err(|e| Failure::Patch(format!("error: --input: {e}")))
    }
}
