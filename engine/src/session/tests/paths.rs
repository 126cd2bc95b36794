//! Names and paths.

use super::*;

fn target(session: &Session, path: &str) -> Target {
    match session.resolve(path).unwrap() {
        Resolved::One(target) => target,
        Resolved::Group(members) => panic!("{path} is the group {members:?}"),
    }
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
        output: None,
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
