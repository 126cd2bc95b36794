//! The node of an input device in the session of a patch: live it listens, in a replay it plays what was recorded.

use synthc_engine::session::{NodeDefinition, NodeOptions, Session, SessionError, Tap};

use crate::failure::Failure;

/// The node's name.
const NAME: &str = "input";

/// Adds the node, and whether anything takes what it hears. Unheard by itself: it goes to every effect that nothing else
/// feeds, before its fader. A replay does the same, so that its plans have the node's code.
pub(crate) fn connect(session: &mut Session, definition: &NodeDefinition) -> Result<bool, Failure> {
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
    let mut add = || -> Result<(), SessionError> {
        let options = NodeOptions::default().gain(0.0);
        session.node(NAME, definition.clone(), options)?;
        for effect in &hungry {
            session.send_at(NAME, effect, 1.0, Tap::PreFader)?;
        }
        Ok(())
    };
    add().map_err(|e| Failure::Patch(format!("error: --input: {e}")))?;
    Ok(!hungry.is_empty())
}
