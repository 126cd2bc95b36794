//! Edits of routes, levels and positions.

use synthc_engine::Session;
use synthc_engine::session::NodeOptions;
use synthc_ir::Signal;
use synthc_ir::library::{delay, sine_osc};

use crate::rig::*;

/// A tone sent to an echo.
fn routed(level: Option<f64>) -> Session {
    let mut session = solo(sine_osc(220.0) * 0.3);
    let echo = effect(delay(Signal::input(0), 3_000.0) + Signal::input(0) * 0.3);
    session.node("echo", echo, NodeOptions::default()).unwrap();
    if let Some(level) = level {
        session.send("lead", "echo", level).unwrap();
    }
    session
}

#[test]
fn a_route_added_and_removed() {
    goes_on(&routed(None), &routed(Some(0.8)));
    goes_on(&routed(Some(0.8)), &routed(None));
}

#[test]
fn a_level_changed() {
    goes_on(&routed(Some(0.8)), &routed(Some(0.1)));
    let mut louder = routed(Some(0.5));
    louder.gain("lead", 1.0).unwrap();
    goes_on(&routed(Some(0.5)), &louder);
    let mut quieter = routed(Some(0.5));
    quieter.set_master(0.1).unwrap();
    goes_on(&routed(Some(0.5)), &quieter);
}

#[test]
fn a_node_muted_and_heard_again() {
    let mut muted = routed(Some(0.5));
    muted.mute("lead").unwrap();
    goes_on(&routed(Some(0.5)), &muted);
}

#[test]
fn an_effect_removed_with_its_routes_and_added_again() {
    let mut dry = routed(Some(0.8));
    dry.remove("echo").unwrap();
    goes_on(&routed(Some(0.8)), &dry);
    goes_on(&dry, &routed(Some(0.8)));
}

#[test]
fn a_source_removed_that_feeds_an_effect() {
    let with = |other: bool| {
        let mut session = routed(Some(0.5));
        if other {
            session
                .node(
                    "other",
                    source(sine_osc(331.0) * 0.3),
                    NodeOptions::default(),
                )
                .unwrap();
            session.send("other", "echo", 0.7).unwrap();
        }
        session
    };
    goes_on(&with(true), &with(false));
    goes_on(&with(false), &with(true));
}

#[test]
fn a_node_moved_to_a_side_and_back() {
    let placed = |pan: f64| {
        let mut session = routed(Some(0.5));
        session.pan("lead", pan).unwrap();
        session
    };
    goes_on(&placed(0.0), &placed(0.7));
    goes_on(&placed(0.7), &placed(-0.4));
}
