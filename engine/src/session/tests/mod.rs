//! Every operation, every error and every remark of sessions.

mod edits;
mod nodes;
mod outputs;
mod paths;
mod playing;
mod routes;

use std::sync::Arc;

use synthc_ir::{Control, Signal};

use super::*;
use crate::path::Resolved;
use crate::pattern::{self, Pattern};

fn control(name: &str, init: f64, lo: f64, hi: f64) -> Signal {
    Signal::control(Control::new(name, init, lo, hi))
}

fn bass() -> NodeDefinition {
    let sum = control("freq", 55.0, 20.0, 2000.0)
        + control("gate", 0.0, 0.0, 1.0)
        + control("cutoff", 800.0, 100.0, 4000.0);
    NodeDefinition::source([sum]).unwrap()
}

fn kick() -> NodeDefinition {
    NodeDefinition::source([control("gate", 0.0, 0.0, 1.0)]).unwrap()
}

fn verb() -> NodeDefinition {
    NodeDefinition::effect(1, [Signal::input(0) * control("room", 0.5, 0.0, 1.0)]).unwrap()
}

/// Bass and kick, two drums, two effects.
fn band() -> Session {
    let mut session = Session::new();
    let plain = NodeOptions::default;
    session.node("bass", bass(), plain()).unwrap();
    session.node("kick", kick(), plain()).unwrap();
    session.node("drums/hat", kick(), plain()).unwrap();
    session.node("drums/clap", kick(), plain()).unwrap();
    session.node("verb", verb(), plain()).unwrap();
    session.node("echo", verb(), plain()).unwrap();
    session
}

/// Checks that an edit fails with a message and leaves the session as it was.
fn refuses<R: std::fmt::Debug>(
    session: &mut Session,
    edit: impl FnOnce(&mut Session) -> Result<R, SessionError>,
    message: &str,
) {
    let before = session.clone();
    let error = edit(session).unwrap_err().to_string();
    assert!(
        error.contains(message),
        "`{error}` does not contain `{message}`"
    );
    assert_eq!(*session, before, "a refused edit changed the session");
}
