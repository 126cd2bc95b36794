//! Routes from single outputs.

use super::*;

/// An effect of one input whose outputs have these names.
fn split(names: &[&str]) -> NodeDefinition {
    let outputs = names.iter().map(|_| Signal::input(0));
    let definition = NodeDefinition::effect(1, outputs).unwrap();
    definition.named_outputs(names.iter().copied()).unwrap()
}

/// The band with a crossover.
fn with_split() -> Session {
    let mut session = band();
    let definition = split(&["low", "mid", "high"]);
    session
        .node("split", definition, NodeOptions::default())
        .unwrap();
    session
}

#[test]
fn an_output_is_addressed_by_its_name() {
    let mut session = with_split();
    session.send("split/high", "verb", 0.7).unwrap();
    session.send("split", "verb", 0.2).unwrap();
    session.connect("kick/out0", "split/in0").unwrap();
    let ends: Vec<_> = session
        .routes()
        .map(|route| (route.from.to_string(), route.output, route.to.to_string()))
        .collect();
    let end = |from: &str, output, to: &str| (from.to_owned(), output, to.to_owned());
    assert_eq!(
        ends,
        [
            end("kick", Some(0), "split"),
            end("split", None, "verb"),
            end("split", Some(2), "verb"),
        ]
    );
    assert_eq!(session.value("split/high/verb_send").unwrap(), 0.7);
    assert_eq!(session.value("kick/out0/split/in0_send").unwrap(), 1.0);
    session.set("split/high/verb_send", 0.1).unwrap();
    assert_eq!(session.value("split/verb_send").unwrap(), 0.2);
    assert!(session.paths().contains(&"split/high/verb_send".to_owned()));
    let route = session.route(&"split/high".into(), &"verb".into());
    assert_eq!(route.unwrap().level, 0.1);
    session.unsend("split/high", "verb").unwrap();
    assert!(session.route(&"split".into(), &"verb".into()).is_some());
    assert_eq!(session.routes().count(), 2);
}

#[test]
fn an_output_that_is_not_there_is_told_with_the_nearest() {
    let mut session = with_split();
    refuses(
        &mut session,
        |s| s.send("split/hihg", "verb", 1.0),
        "node `split` has no output `hihg`; did you mean `high`?",
    );
    refuses(
        &mut session,
        |s| s.send("split/presence", "verb", 1.0),
        "node `split` has no output `presence`; its outputs are low, mid, high",
    );
    refuses(
        &mut session,
        |s| s.send("bass/out1", "verb", 1.0),
        "node `bass` has no output `out1`; did you mean `out0`?",
    );
    refuses(&mut session, |s| s.send("bess/out0", "verb", 1.0), "bess");
    refuses(
        &mut session,
        |s| s.unsend("split/low", "verb"),
        "no route from `split/low` to `verb`",
    );
    refuses(
        &mut session,
        |s| s.send("split/low", "split/in0", 1.0),
        "closes a loop: split → split",
    );
    session.feedback("split/low", "split", 0.5).unwrap();
    // Of a group that is a node, too, a member is missing and not an output.
    session
        .nest("kit", &band(), NodeOptions::default())
        .unwrap();
    refuses(
        &mut session,
        |s| s.connect("kit/kik", "verb"),
        "there is no node `kit/kik`; did you mean `kit/kick`?",
    );
    session.connect("kit/out1", "verb").unwrap();
}

#[test]
fn a_route_follows_its_output_or_goes_with_it() {
    let mut session = with_split();
    session.send("split/mid", "verb", 0.7).unwrap();
    session.send("split/high", "verb", 0.3).unwrap();
    let rise = pattern::curve(pattern::Shape::Sine, 0.0, 1.0, 4).unwrap();
    session.play("split/high/verb_send", &rise).unwrap();
    let mut redefine = |names: &[&str]| {
        session
            .node("split", split(names), NodeOptions::default())
            .unwrap();
        let routes = session.routes();
        let outputs: Vec<_> = routes.map(|route| (route.output, route.level)).collect();
        (outputs, session.slots().count())
    };
    let (moved, playing) = redefine(&["high", "low", "mid", "more"]);
    assert_eq!(moved, [(Some(0), 0.3), (Some(2), 0.7)]);
    assert_eq!(playing, 1);
    let (left, playing) = redefine(&["low", "mid", "treble"]);
    assert_eq!((left, playing), (vec![(Some(1), 0.7)], 0));
}

#[test]
fn a_path_means_one_thing() {
    let mut session = with_split();
    let plain = NodeOptions::default;
    refuses(
        &mut session,
        |s| s.node("split/low", kick(), plain()),
        "would clash with the output `low` of node `split`",
    );
    session.node("cut/low", kick(), plain()).unwrap();
    refuses(
        &mut session,
        |s| s.node("cut", split(&["low", "high"]), plain()),
        "would clash with the existing node `cut/low`",
    );
    // `low` is an output of one node and a group of others.
    session.node("low/verb", verb(), plain()).unwrap();
    session.send("split", "low/verb", 0.25).unwrap();
    refuses(
        &mut session,
        |s| s.send("split/low", "verb", 1.0),
        "the path `split/low/verb_send` would be the level of the route from `split/low` to `verb` and of that from `split` \
         to `low/verb`",
    );
    assert_eq!(session.value("split/low/verb_send").unwrap(), 0.25);
    session.unsend("split", "low/verb").unwrap();
    session.send("split/low", "verb", 1.0).unwrap();
    refuses(
        &mut session,
        |s| s.send("split", "low/verb", 1.0),
        "to `verb`; give the output or the node another name",
    );
}

#[test]
fn a_session_inside_another_keeps_its_outputs() {
    let mut inside = with_split();
    inside.send("split/high", "verb", 0.7).unwrap();
    inside.fade("split/high/verb_send", 0.1, 2.0).unwrap();
    let mut session = Session::new();
    session.instantiate(&inside, "a").unwrap();
    session.nest("b", &inside, NodeOptions::default()).unwrap();
    for prefix in ["a", "b"] {
        let path = format!("{prefix}/split/high/{prefix}/verb_send");
        let Resolved::One(place) = session.resolve(&path).unwrap() else {
            panic!("a group");
        };
        assert_eq!(place.to_string(), path);
        assert!(session.automation_at(&place).is_some());
        assert_eq!(session.route_at(&place).unwrap().output, Some(2));
    }
    session.remove("a/split").unwrap();
    session.remove("b").unwrap();
    assert_eq!(
        (session.routes().count(), session.automations().count()),
        (0, 0)
    );
}

#[test]
fn names_of_outputs_are_parts_of_paths() {
    let refused = |names: &[&str]| {
        let definition = NodeDefinition::source([0.0, 1.0].map(Signal::constant)).unwrap();
        let refused = definition.named_outputs(names.iter().copied());
        refused.unwrap_err().to_string()
    };
    assert!(refused(&["a"]).contains("1 names for 2 outputs; give one for each"));
    assert!(refused(&["a", "a"]).contains("`a` twice"));
    assert!(refused(&["a", "b/c"]).contains("an output `b/c`; give it a name without `/`"));
    assert!(refused(&["a", ""]).contains("give it a name"));
}
