//! Every operation, every error and every remark of sessions.

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

fn target(session: &Session, path: &str) -> Target {
    match session.resolve(path).unwrap() {
        Resolved::One(target) => target,
        Resolved::Group(members) => panic!("{path} is the group {members:?}"),
    }
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

#[test]
fn a_path_leads_to_nodes_controls_levels_and_groups() {
    let mut session = band();
    session.send("bass", "verb", 0.4).unwrap();
    let name = |name: &str| Arc::<str>::from(name);
    assert_eq!(target(&session, "bass"), Target::Node(name("bass")));
    let cutoff = Target::Control {
        node: name("bass"),
        control: name("cutoff"),
    };
    assert_eq!(target(&session, "bass/cutoff"), cutoff);
    assert_eq!(target(&session, "bass/gain"), Target::Gain(name("bass")));
    let send = Target::Send {
        from: name("bass"),
        to: name("verb"),
    };
    assert_eq!(target(&session, "bass/verb_send"), send);
    assert_eq!(target(&session, "master"), Target::Master);
    let gate = Target::Control {
        node: name("drums/hat"),
        control: name("gate"),
    };
    assert_eq!(target(&session, "drums/hat/gate"), gate);
    let members = Resolved::Group(vec![name("drums/clap"), name("drums/hat")]);
    assert_eq!(session.resolve("drums").unwrap(), members);
    for path in session.paths() {
        assert_eq!(target(&session, &path).to_string(), path);
    }
}

#[test]
fn the_longest_node_name_that_has_the_control_wins() {
    let mut session = band();
    session
        .node("drums", bass(), NodeOptions::default())
        .unwrap();
    assert_eq!(target(&session, "drums"), Target::Node("drums".into()));
    assert_eq!(
        target(&session, "drums/hat"),
        Target::Node("drums/hat".into())
    );
    assert_eq!(
        target(&session, "drums/hat/gate").node().unwrap().as_ref(),
        "drums/hat"
    );
    assert_eq!(
        target(&session, "drums/cutoff").node().unwrap().as_ref(),
        "drums"
    );
}

#[test]
fn a_wrong_path_names_the_nearest_right_one() {
    let mut session = band();
    refuses(
        &mut session,
        |s| s.set("bas/cutoff", 1.0),
        "did you mean `bass/cutoff`?",
    );
    refuses(
        &mut session,
        |s| s.set("bass/cutof", 1.0),
        "did you mean `cutoff`?",
    );
    refuses(
        &mut session,
        |s| s.set("bass/xyz", 1.0),
        "its controls are freq, gate, cutoff",
    );
    refuses(
        &mut session,
        |s| s.set("bass/verb_send", 1.0),
        "no control `verb_send`",
    );
    refuses(&mut session, |s| s.hush("drum"), "did you mean `drums`?");
    refuses(&mut session, |s| s.hush(""), "nothing is called ``");
    refuses(
        &mut session,
        |s| s.mute("kik"),
        "no node `kik`; did you mean `kick`?",
    );
    refuses(
        &mut session,
        |s| s.value("drums").map(|_| Vec::<Warning>::new()),
        "`drums` is a group",
    );
    refuses(
        &mut session,
        |s| s.connect("bass", "vreb"),
        "did you mean `verb`?",
    );
}

#[test]
fn names_that_cannot_be_a_node_are_refused() {
    let mut session = band();
    for (name, problem) in [
        ("", "it is empty"),
        (" bass", "space"),
        ("a//b", "a part before or after `/` is empty"),
        ("/a", "a part before or after `/` is empty"),
        ("a/", "a part before or after `/` is empty"),
        ("a\tb", "control character"),
        ("master", "master level"),
    ] {
        refuses(
            &mut session,
            |s| s.node(name, kick(), NodeOptions::default()),
            problem,
        );
    }
}

#[test]
fn a_path_never_means_two_things() {
    let mut session = band();
    let plain = NodeOptions::default;
    refuses(
        &mut session,
        |s| s.node("bass/cutoff", kick(), plain()),
        "the control `cutoff` of node `bass`",
    );
    refuses(
        &mut session,
        |s| s.node("bass/gain", kick(), plain()),
        "the fader of node `bass`",
    );
    session.node("drums/gate", kick(), plain()).unwrap();
    refuses(
        &mut session,
        |s| s.node("drums", kick(), plain()),
        "the existing node `drums/gate`",
    );
}

#[test]
fn options_outside_their_range_are_refused() {
    let mut session = band();
    let options = NodeOptions::default;
    refuses(
        &mut session,
        |s| s.node("n", kick(), options().count(0)),
        "count is 0; a node has 1 to 1024 voices",
    );
    refuses(
        &mut session,
        |s| s.node("n", kick(), options().count(-3)),
        "count is -3",
    );
    refuses(
        &mut session,
        |s| s.node("n", kick(), options().count(1 << 40)),
        "1024",
    );
    refuses(
        &mut session,
        |s| s.node("n", kick(), options().gain(f64::NAN)),
        "`n/gain` is NaN; give a finite",
    );
    refuses(
        &mut session,
        |s| s.node("n", kick(), options().pan(1.5)),
        "pan is 1.5",
    );
    refuses(
        &mut session,
        |s| s.node("n", kick(), options().value("gat", 1.0)),
        "did you mean `gate`?",
    );
    refuses(
        &mut session,
        |s| s.node("n", kick(), options().value("gate", f64::INFINITY)),
        "inf",
    );
    refuses(&mut session, |s| s.set_tempo(0.0), "tempo is 0");
    refuses(&mut session, |s| s.set_tempo(f64::NAN), "tempo is NaN");
    refuses(&mut session, |s| s.set_meter(-4.0), "meter is -4");
    refuses(&mut session, |s| s.pan("bass", f64::NAN), "pan is NaN");
    refuses(
        &mut session,
        |s| s.set("bass/cutoff", f64::NAN),
        "give a finite number",
    );
    refuses(
        &mut session,
        |s| s.set_master(f64::NEG_INFINITY),
        "give a finite number",
    );
    refuses(&mut session, |s| s.fade("bass", 0.0, 0.0), "bars is 0");
    refuses(
        &mut session,
        |s| s.fade("bass", f64::NAN, 1.0),
        "give a finite number",
    );
    refuses(
        &mut session,
        |s| s.modulate("bass", Shape::Sine, 0.0, 1.0, f64::NAN),
        "bars is NaN",
    );
}

#[test]
fn a_definition_is_checked_where_it_is_made() {
    let error = NodeDefinition::source([Signal::input(0)])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("input 0 is read but there are 0 inputs"),
        "{error}"
    );
    assert!(NodeDefinition::source([]).is_err());
    let many = vec![Signal::constant(0.0); 65];
    assert!(
        NodeDefinition::source(many)
            .unwrap_err()
            .to_string()
            .contains("1 to 64")
    );
}

#[test]
fn a_node_of_a_session_is_mono_or_stereo() {
    let mut session = band();
    let wide = NodeDefinition::source(vec![Signal::constant(0.0); 3]).unwrap();
    refuses(
        &mut session,
        |s| s.node("wide", wide, NodeOptions::default()),
        "3 outputs; give 1 to 2",
    );
    let deep = NodeDefinition::effect(9, [Signal::input(8)]).unwrap();
    refuses(
        &mut session,
        |s| s.node("deep", deep, NodeOptions::default()),
        "9 inputs; give 0 to 8",
    );
}

#[test]
fn definitions_that_mean_the_same_are_equal() {
    assert_eq!(bass(), bass());
    assert_ne!(bass(), kick());
    assert_ne!(
        NodeDefinition::source([Signal::constant(1.0)]).unwrap(),
        NodeDefinition::source([Signal::constant(2.0)]).unwrap()
    );
}

#[test]
fn a_route_into_a_source_is_refused() {
    let mut session = band();
    refuses(
        &mut session,
        |s| s.connect("bass", "kick"),
        "route into an effect",
    );
    refuses(
        &mut session,
        |s| s.send("bass", "verb", f64::NAN),
        "`bass/verb_send` is NaN",
    );
    refuses(
        &mut session,
        |s| s.unsend("bass", "verb"),
        "no route from `bass` to `verb`",
    );
}

#[test]
fn a_routing_loop_is_refused_and_named() {
    let mut session = band();
    session
        .node("room", verb(), NodeOptions::default())
        .unwrap();
    session.connect("verb", "echo").unwrap();
    session.connect("echo", "room").unwrap();
    refuses(
        &mut session,
        |s| s.connect("room", "verb"),
        "room → verb → echo → room",
    );
    refuses(&mut session, |s| s.connect("echo", "echo"), "echo → echo");
}

#[test]
fn repeating_a_route_updates_its_level_and_keeps_its_tap() {
    let mut session = band();
    session.send_at("bass", "verb", 0.4, Tap::PreFader).unwrap();
    session.send("bass", "verb", 0.6).unwrap();
    let routes: Vec<_> = session.routes().cloned().collect();
    assert_eq!(routes.len(), 1);
    assert_eq!((routes[0].level, routes[0].tap), (0.6, Tap::PreFader));
    session.connect("bass", "verb").unwrap();
    assert_eq!(session.value("bass/verb_send").unwrap(), 1.0);
    session.set("bass/verb_send", 0.2).unwrap();
    assert_eq!(session.value("bass/verb_send").unwrap(), 0.2);
    session.unsend("bass", "verb").unwrap();
    assert_eq!(session.routes().count(), 0);
}

#[test]
fn values_start_where_the_control_does_and_keep_what_is_set() {
    let mut session = band();
    assert_eq!(session.value("bass/cutoff").unwrap(), 800.0);
    assert_eq!(session.value("bass").unwrap(), 0.5);
    assert_eq!(session.value("master").unwrap(), 0.7);
    session.set("bass/cutoff", 1200.0).unwrap();
    session.set("bass", 0.9).unwrap();
    session.set("drums", 0.1).unwrap();
    session.set("master", 1.0).unwrap();
    assert_eq!(session.value("bass/cutoff").unwrap(), 1200.0);
    assert_eq!(session.value("bass/gain").unwrap(), 0.9);
    assert_eq!(session.value("drums/hat").unwrap(), 0.1);
    assert_eq!(session.master(), 1.0);
}

#[test]
fn a_value_out_of_range_is_kept_with_a_remark() {
    let mut session = band();
    let warnings = session.set("bass/cutoff", 9000.0).unwrap();
    let outside = Warning::OutOfRange {
        path: "bass/cutoff".into(),
        given: 9000.0,
        lo: 100.0,
        hi: 4000.0,
    };
    assert_eq!(warnings, [outside]);
    let node = session.find_node("bass").unwrap();
    assert_eq!(
        node.control_value(node.definition().control("cutoff").unwrap()),
        4000.0
    );
    let loud = |path: &str, given: f64| Warning::LoudGain {
        path: path.into(),
        given,
    };
    assert_eq!(session.gain("bass", 3.0).unwrap(), [loud("bass/gain", 3.0)]);
    assert_eq!(
        session.gain("bass", -2.5).unwrap(),
        [loud("bass/gain", -2.5)]
    );
    assert_eq!(session.set_master(2.5).unwrap(), [loud("master", 2.5)]);
    assert!(session.gain("bass", 2.0).unwrap().is_empty());
    assert_eq!(session.fade("bass/cutoff", 5.0, 1.0).unwrap().len(), 1);
    assert_eq!(
        session
            .modulate("bass/cutoff", Shape::Sine, 5.0, 5000.0, 1.0)
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn setting_a_value_that_something_else_moves_is_remarked() {
    let mut session = band();
    let overridden = |by| Warning::Overridden {
        path: "bass/cutoff".into(),
        by,
    };
    session
        .modulate("bass/cutoff", Shape::Sine, 200.0, 2000.0, 4.0)
        .unwrap();
    assert_eq!(
        session.set("bass/cutoff", 900.0).unwrap(),
        [overridden("an automation")]
    );
    session.play("bass/cutoff", &curve()).unwrap();
    assert_eq!(
        session.set("bass/cutoff", 900.0).unwrap(),
        [overridden("a pattern")]
    );
    session.hush("bass/cutoff").unwrap();
    assert!(session.set("bass/cutoff", 900.0).unwrap().is_empty());
}

fn sine(low: f64, high: f64) -> Pattern {
    pattern::curve(pattern::Shape::Sine, low, high, 64).unwrap()
}

fn curve() -> Pattern {
    sine(200.0, 2000.0)
}

fn melody() -> Pattern {
    pattern::NoteOptions::new()
        .velocity(0.5)
        .note(220.0)
        .unwrap()
}

#[test]
fn a_place_has_one_driver() {
    let mut session = band();
    session.play("bass/cutoff", &curve()).unwrap();
    session
        .modulate("bass/cutoff", Shape::Ramp, 200.0, 2000.0, 1.0)
        .unwrap();
    assert_eq!(
        (session.slots().count(), session.automations().count()),
        (0, 1)
    );
    session.play("bass/cutoff", &curve()).unwrap();
    assert_eq!(
        (session.slots().count(), session.automations().count()),
        (1, 0)
    );
    session.unmod("bass/cutoff").unwrap();
    assert_eq!(session.slots().count(), 0);
    session.modulate_with("bass/cutoff", &curve(), 4.0).unwrap();
    assert!(session.pattern("bass/cutoff").unwrap().unwrap().from_zero());
}

#[test]
fn hush_stops_one_thing_and_stop_everything() {
    let mut session = band();
    session.play("bass", &pattern::hit()).unwrap();
    session.play("drums", &pattern::hit()).unwrap();
    session.play("bass/cutoff", &curve()).unwrap();
    session
        .modulate("master", Shape::Sine, 0.0, 1.0, 1.0)
        .unwrap();
    session.set("bass/gate", 1.0).unwrap();
    assert_eq!(session.slots().count(), 4);
    session.hush("bass").unwrap();
    assert_eq!(session.slots().count(), 3, "the control pattern plays on");
    assert_eq!(session.value("bass/gate").unwrap(), 0.0);
    session.hush("drums").unwrap();
    assert_eq!(session.slots().count(), 1);
    session.set("kick/gate", 1.0).unwrap();
    session.stop();
    assert_eq!(
        (session.slots().count(), session.automations().count()),
        (0, 0)
    );
    assert_eq!(session.value("kick/gate").unwrap(), 0.0);
}

#[test]
fn a_pattern_that_cannot_be_heard_in_full_is_remarked_once() {
    let mut session = band();
    let kick: Arc<str> = "kick".into();
    let no_pitch = Warning::NoPitch { node: kick.clone() };
    let no_velocity = Warning::UnknownControl {
        node: kick.clone(),
        control: "vel".into(),
        nearest: None,
    };
    let found = session.play("kick", &(melody() * 8)).unwrap();
    assert_eq!(found, [no_pitch, no_velocity]);
    let found = session.play("verb", &pattern::hit()).unwrap();
    assert_eq!(
        found,
        [Warning::NoGate {
            node: "verb".into(),
            gate: "gate".into()
        }]
    );
    let found = session.play("kick", &curve()).unwrap();
    assert_eq!(
        found,
        [Warning::NotAudible {
            path: "kick".into(),
            what: "continuous"
        }]
    );
    let found = session.play("bass/cutoff", &pattern::hit()).unwrap();
    assert_eq!(
        found,
        [Warning::NotAudible {
            path: "bass/cutoff".into(),
            what: "note"
        }]
    );
    let wide = sine(0.0, 2000.0);
    assert_eq!(session.play("bass/cutoff", &wide).unwrap().len(), 1);
    let typo = pattern::NoteOptions::new()
        .param("cutof", 1.0)
        .hit()
        .unwrap();
    let nearest = Some("cutoff".to_owned());
    let unknown = Warning::UnknownControl {
        node: "bass".into(),
        control: "cutof".into(),
        nearest,
    };
    assert_eq!(session.play("bass", &typo).unwrap(), [unknown]);
}

#[test]
fn redefining_a_node_keeps_everything_around_it() {
    let mut session = band();
    session.send("bass", "verb", 0.4).unwrap();
    session.play("bass", &pattern::hit()).unwrap();
    session.set("bass/cutoff", 1200.0).unwrap();
    session.gain("bass", 0.3).unwrap();
    session
        .modulate("bass/cutoff", Shape::Sine, 200.0, 2000.0, 4.0)
        .unwrap();
    let before = session.clone();
    session
        .node("bass", bass(), NodeOptions::default())
        .unwrap();
    assert_eq!(session, before);
    session
        .node("bass", kick(), NodeOptions::default())
        .unwrap();
    session
        .node("bass", bass(), NodeOptions::default())
        .unwrap();
    assert_eq!(
        session, before,
        "renamed controls come back with their values"
    );
    session
        .node(
            "bass",
            bass(),
            NodeOptions::default().gain(0.8).value("cutoff", 500.0),
        )
        .unwrap();
    assert_eq!(session.value("bass").unwrap(), 0.8);
    assert_eq!(session.value("bass/cutoff").unwrap(), 500.0);
    assert_eq!(session.routes().count(), 1);
}

#[test]
fn an_effect_that_becomes_a_source_loses_the_routes_into_it() {
    let mut session = band();
    session.connect("bass", "echo").unwrap();
    session.connect("echo", "verb").unwrap();
    session
        .modulate("bass/echo_send", Shape::Sine, 0.0, 1.0, 1.0)
        .unwrap();
    session
        .node("echo", kick(), NodeOptions::default())
        .unwrap();
    let left: Vec<_> = session.routes().map(|route| route.to.to_string()).collect();
    assert_eq!(left, ["verb"]);
    assert_eq!(session.automations().count(), 0);
}

#[test]
fn an_effect_is_one_instance() {
    let mut session = Session::new();
    let found = session
        .node("verb", verb(), NodeOptions::default().count(4))
        .unwrap();
    assert_eq!(
        found,
        [Warning::CountIgnored {
            node: "verb".into(),
            count: 4
        }]
    );
    assert_eq!(session.find_node("verb").unwrap().count(), 1);
}

#[test]
fn a_control_named_gain_is_preferred_to_the_fader() {
    let mut session = Session::new();
    let definition = NodeDefinition::source([control("gain", 0.1, 0.0, 1.0)]).unwrap();
    let found = session
        .node("pad", definition, NodeOptions::default())
        .unwrap();
    assert_eq!(
        found,
        [Warning::ShadowedLevel {
            path: "pad/gain".into()
        }]
    );
    session.set("pad/gain", 0.9).unwrap();
    assert_eq!(session.find_node("pad").unwrap().gain(), 0.5);
    session.gain("pad", 0.2).unwrap();
    assert_eq!(
        (
            session.value("pad/gain").unwrap(),
            session.value("pad").unwrap()
        ),
        (0.9, 0.2)
    );
}

#[test]
fn mute_and_solo_decide_what_is_heard() {
    let mut session = band();
    let heard = |session: &Session| {
        let names = session.nodes().map(|(name, _)| name.to_string());
        names
            .filter(|name| session.is_audible(name))
            .collect::<Vec<_>>()
    };
    session.mute("drums").unwrap();
    assert_eq!(heard(&session), ["bass", "echo", "kick", "verb"]);
    session.unmute("drums/hat").unwrap();
    session.mute("bass").unwrap();
    session.mute("bass").unwrap();
    assert_eq!(heard(&session), ["drums/hat", "echo", "kick", "verb"]);
    session.solo("bass").unwrap();
    assert_eq!(heard(&session), ["bass"]);
    session.solo("drums").unwrap();
    assert_eq!(heard(&session), ["drums/clap", "drums/hat"]);
    session.unsolo();
    assert_eq!(heard(&session).len(), 6);
    assert_eq!(session.value("bass").unwrap(), 0.5, "levels survive");
}

#[test]
fn removing_a_group_removes_what_belongs_to_it() {
    let mut session = band();
    session.send("drums/hat", "verb", 0.2).unwrap();
    session.play("drums", &pattern::hit()).unwrap();
    session.solo("drums").unwrap();
    session.remove("drums").unwrap();
    assert_eq!(session.nodes().count(), 4);
    assert_eq!((session.routes().count(), session.slots().count()), (0, 0));
    assert!(session.is_audible("bass"));
    refuses(&mut session, |s| s.remove("drums"), "no node `drums`");
}

#[test]
fn a_fade_goes_from_the_value_set_to_its_target() {
    let mut session = band();
    session.gain("bass", 0.8).unwrap();
    session.fade("bass", 0.0, 4.0).unwrap();
    let kind = |session: &Session, path| {
        session
            .automations()
            .find(|(at, _)| at.to_string() == path)
            .unwrap()
            .1
            .kind
    };
    assert_eq!(
        kind(&session, "bass/gain"),
        AutomationKind::Fade { from: 0.8, to: 0.0 }
    );
    assert_eq!(session.value("bass/gain").unwrap(), 0.0);
    session.fade("bass/gain", 0.5, 1.0).unwrap();
    assert_eq!(
        kind(&session, "bass/gain"),
        AutomationKind::Fade { from: 0.0, to: 0.5 }
    );
    session.fade("drums", 0.0, 2.0).unwrap();
    assert_eq!(session.automations().count(), 3);
}

#[test]
fn a_value_set_by_hand_ends_a_fade() {
    let mut session = band();
    session.fade("bass", 0.0, 4.0).unwrap();
    assert!(session.gain("bass", 0.4).unwrap().is_empty());
    assert_eq!(session.automations().count(), 0);
    assert_eq!(session.value("bass").unwrap(), 0.4);
}

#[test]
fn shapes_follow_their_formulas() {
    let at = |shape: Shape| [0.0, 0.25, 0.5, 0.75].map(|t| (shape.at(t) * 1e9).round() / 1e9);
    assert_eq!(at(Shape::Sine), [0.5, 1.0, 0.5, 0.0]);
    assert_eq!(at(Shape::Triangle), [0.0, 0.5, 1.0, 0.5]);
    assert_eq!(at(Shape::Ramp), [0.0, 0.25, 0.5, 0.75]);
    assert_eq!(at(Shape::RampDown), [1.0, 0.75, 0.5, 0.25]);
    assert_eq!(at(Shape::Square), [1.0, 1.0, 0.0, 0.0]);
    assert_eq!(at(Shape::Exponential), [0.0, 0.0625, 0.25, 0.5625]);
    for shape in Shape::ALL {
        assert_eq!(Shape::parse(shape.name()).unwrap(), shape);
    }
    let error = Shape::parse("sin").unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no modulation shape `sin`; did you mean `sine`?"
    );
}

#[test]
fn a_failed_batch_changes_nothing() {
    let mut session = band();
    refuses(
        &mut session,
        |s| {
            s.batch(|s| {
                s.set_tempo(140.0)?;
                s.remove("bass")?;
                s.connect("kick", "nowhere")
            })
        },
        "no node `nowhere`",
    );
}

#[test]
fn a_snapshot_brings_everything_back() {
    let mut session = band();
    let snapshot = session.capture();
    session.remove("drums").unwrap();
    session.set_tempo(99.0).unwrap();
    session.set_seed(7);
    assert_ne!(session, snapshot);
    session.restore(&snapshot);
    assert_eq!(session, snapshot);
}

#[test]
fn a_session_placed_under_a_prefix_brings_its_inside_along() {
    let mut inner = Session::new();
    inner
        .node(
            "osc",
            bass(),
            NodeOptions::default().gain(0.3).value("cutoff", 400.0),
        )
        .unwrap();
    inner.node("room", verb(), NodeOptions::default()).unwrap();
    inner.send("osc", "room", 0.25).unwrap();
    inner.play("osc", &pattern::hit()).unwrap();
    inner
        .modulate("osc/room_send", Shape::Sine, 0.0, 1.0, 1.0)
        .unwrap();
    inner.mute("room").unwrap();
    let mut session = band();
    session.instantiate(&inner, "left/voice").unwrap();
    assert_eq!(session.value("left/voice/osc").unwrap(), 0.3);
    assert_eq!(session.value("left/voice/osc/cutoff").unwrap(), 400.0);
    assert_eq!(
        session.routes().next().unwrap().to.as_ref(),
        "left/voice/room"
    );
    assert!(session.pattern("left/voice/osc").unwrap().is_some());
    assert_eq!(session.automations().count(), 1);
    assert!(session.is_muted("left/voice/room"));
    refuses(&mut session, |s| s.instantiate(&inner, ""), "it is empty");
}

#[test]
fn clones_do_not_share_edits() {
    let session = band();
    let mut copy = session.clone();
    copy.set("bass/cutoff", 1000.0).unwrap();
    copy.mute("kick").unwrap();
    copy.connect("bass", "verb").unwrap();
    assert_eq!(session, band());
}
