//! Routes to single inputs, feedback routes, nested sessions.

use super::*;

fn duck() -> NodeDefinition {
    NodeDefinition::effect(2, [Signal::input(0) - Signal::input(1)]).unwrap()
}

fn with_duck() -> Session {
    let mut session = band();
    session
        .node("duck", duck(), NodeOptions::default())
        .unwrap();
    session
}

#[test]
fn an_input_is_addressed_by_its_name() {
    let mut session = with_duck();
    session.send("kick", "duck/in1", 0.7).unwrap();
    session.send("kick", "duck", 0.2).unwrap();
    let ends: Vec<_> = session
        .routes()
        .map(|route| (route.to.to_string(), route.input))
        .collect();
    assert_eq!(ends, [("duck".into(), None), ("duck".into(), Some(1))]);
    assert_eq!(session.value("kick/duck/in1_send").unwrap(), 0.7);
    session.set("kick/duck/in1_send", 0.1).unwrap();
    assert_eq!(session.value("kick/duck_send").unwrap(), 0.2);
    assert!(session.paths().contains(&"kick/duck/in1_send".to_owned()));
    session.unsend("kick", "duck/in1").unwrap();
    assert_eq!(session.routes().count(), 1);
    refuses(
        &mut session,
        |s| s.send("kick", "duck/in2", 1.0),
        "node `duck` has no input `in2`; did you mean `in",
    );
    refuses(
        &mut session,
        |s| s.send("kick", "bass/side", 1.0),
        "node `bass` has no input `side`; it is a source and has none",
    );
    refuses(
        &mut session,
        |s| s.send("duck", "duck/in1", 1.0),
        "closes a loop: duck → duck",
    );
}

#[test]
fn a_route_follows_its_input_or_goes_with_it() {
    let mut session = with_duck();
    session.send("kick", "duck/in1", 0.7).unwrap();
    session.play("kick/duck/in1_send", &rise()).unwrap();
    session
        .node("duck", duck(), NodeOptions::default())
        .unwrap();
    assert_eq!((session.routes().count(), session.slots().count()), (1, 1));
    session
        .node("duck", verb(), NodeOptions::default())
        .unwrap();
    assert_eq!((session.routes().count(), session.slots().count()), (0, 0));
}

fn rise() -> Pattern {
    pattern::curve(pattern::Shape::Sine, 0.0, 1.0, 4).unwrap()
}

#[test]
fn a_feedback_route_may_close_a_loop() {
    let mut session = band();
    session.connect("verb", "echo").unwrap();
    refuses(&mut session, |s| s.connect("echo", "verb"), "closes a loop");
    session.feedback("echo", "verb", 0.5).unwrap();
    session.feedback("echo", "echo", 0.5).unwrap();
    // It does not count when loops of others are looked for.
    session.unsend("verb", "echo").unwrap();
    session.connect("verb", "echo").unwrap();
    refuses(
        &mut session,
        |s| s.feedback("echo", "kick", 0.5),
        "`kick` has no input",
    );
    session.set("echo/verb_send", 0.25).unwrap();
    assert!(
        session
            .routes()
            .any(|route| route.feedback && route.level == 0.25)
    );
}

#[test]
fn a_session_is_a_node_at_any_depth() {
    let mut inner = Session::new();
    inner.node("hat", kick(), NodeOptions::default()).unwrap();
    inner.fade("master", 0.1, 2.0).unwrap();
    let mut middle = band();
    middle.nest("tops", &inner, NodeOptions::default()).unwrap();
    let mut session = Session::new();
    let options = NodeOptions::default().gain(0.4);
    session.nest("drums", &middle, options).unwrap();
    session
        .node("room", verb(), NodeOptions::default())
        .unwrap();
    session.connect("drums", "room").unwrap();
    session.set("drums/tops/hat/gate", 1.0).unwrap();
    assert_eq!(session.value("drums").unwrap(), 0.4);
    assert_eq!(session.value("drums/tops").unwrap(), 0.1);
    let leads = |from: &str, to: &str| session.route(&from.into(), &to.into()).is_some();
    assert!(leads("drums/tops/hat", "drums/tops"));
    assert!(leads("drums/tops", "drums") && leads("drums/kick", "drums"));
    assert!(!leads("drums/tops/hat", "drums"));
    let direct: Vec<_> = session
        .nodes()
        .filter(|(_, node)| node.is_direct())
        .map(|(name, _)| name.to_string())
        .collect();
    assert_eq!(direct, ["drums", "room"]);
    let fader = Target::Gain("drums/tops".into());
    assert!(session.automation_at(&fader).is_some());
}

#[test]
fn nesting_again_changes_what_is_inside_and_keeps_the_rest() {
    let mut session = Session::new();
    session
        .nest("drums", &band(), NodeOptions::default())
        .unwrap();
    session
        .node("room", verb(), NodeOptions::default())
        .unwrap();
    session.connect("drums", "room").unwrap();
    session.set("drums", 0.3).unwrap();
    session.play("drums/bass", &pattern::hit()).unwrap();
    let mut less = band();
    less.remove("kick").unwrap();
    session
        .nest("drums", &less, NodeOptions::default())
        .unwrap();
    assert!(session.find_node("drums/kick").is_none());
    assert_eq!(session.value("drums").unwrap(), 0.3);
    assert!(session.route(&"drums".into(), &"room".into()).is_some());
    assert_eq!(session.slots().count(), 1);
    session.remove("drums").unwrap();
    assert_eq!(session.nodes().count(), 1);
    assert_eq!((session.routes().count(), session.slots().count()), (0, 0));
}

#[test]
fn mute_solo_and_hush_of_a_nested_session_reach_inside() {
    let mut session = Session::new();
    session
        .nest("drums", &band(), NodeOptions::default())
        .unwrap();
    session
        .node("lead", kick(), NodeOptions::default())
        .unwrap();
    session.play("drums/kick", &pattern::hit()).unwrap();
    session.solo("drums/kick").unwrap();
    let heard = |session: &Session, name: &str| session.is_audible(name);
    assert!(heard(&session, "drums/kick") && heard(&session, "drums"));
    assert!(!heard(&session, "drums/bass") && !heard(&session, "lead"));
    session.solo("drums").unwrap();
    assert!(heard(&session, "drums/bass") && !heard(&session, "lead"));
    session.unsolo();
    session.mute("drums").unwrap();
    assert!(!heard(&session, "drums/kick") && heard(&session, "lead"));
    session.hush("drums").unwrap();
    assert_eq!(session.slots().count(), 0);
}
