//! Definitions, options and routes.

use synthc_ir::{BuildOptions, Precision};

use super::*;

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
fn a_node_has_up_to_64_inputs_and_outputs() {
    let mut session = band();
    let constants = |count: usize| vec![Signal::constant(0.0); count];
    let all = NodeDefinition::effect(64, constants(64)).unwrap();
    session.node("all", all, NodeOptions::default()).unwrap();
    let refused = |definition: Result<NodeDefinition, SessionError>| {
        let text = definition.unwrap_err().to_string();
        assert!(text.ends_with("make several nodes of it"), "{text}");
        text
    };
    let wide = refused(NodeDefinition::source(constants(65)));
    assert!(wide.contains("65 outputs; give 1 to 64"), "{wide}");
    let deep = refused(NodeDefinition::effect(65, [Signal::input(64)]));
    assert!(deep.contains("65 inputs; give 0 to 64"), "{deep}");
}

#[test]
fn definitions_that_mean_the_same_are_equal() {
    assert_eq!(bass(), bass());
    assert_ne!(bass(), kick());
    assert_ne!(
        NodeDefinition::source([Signal::constant(1.0)]).unwrap(),
        NodeDefinition::source([Signal::constant(2.0)]).unwrap()
    );
    // In single precision both are one number.
    assert_ne!(
        NodeDefinition::source([Signal::constant(0.1)]).unwrap(),
        NodeDefinition::source([Signal::constant(0.1 + 1e-12)]).unwrap()
    );
}

#[test]
fn a_definition_is_lowered_once_for_what_is_most_often_played() {
    let (definition, played) = (bass(), BuildOptions::default());
    let of = |options: BuildOptions| {
        let inputs = Some(definition.inputs());
        let options = BuildOptions { inputs, ..options };
        definition.graph(&options).unwrap()
    };
    assert!(Arc::ptr_eq(&of(played), &of(played)));
    let sample_rate = 44_100.0;
    let other = of(BuildOptions {
        sample_rate,
        ..played
    });
    assert_eq!(other.sample_rate(), sample_rate);
    let precision = Precision::F64;
    let wide = of(BuildOptions {
        precision,
        ..played
    });
    assert_eq!(wide.precision(), precision);
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
