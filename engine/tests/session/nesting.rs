//! Sessions as nodes: they sound as they would alone, at any depth.

use synthc_engine::Session;
use synthc_engine::pattern::hit;
use synthc_engine::session::{NodeDefinition, NodeOptions};
use synthc_ir::{Control, Signal};

use crate::support::{Rig, add, session};

/// Two sources and an effect, with patterns, levels and a pan.
fn drums() -> Session {
    let gate = || Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
    let mut drums = session();
    let kick = NodeDefinition::source([gate() * 0.5]).unwrap();
    let hat = NodeDefinition::source([gate() * 0.25]).unwrap();
    let options = NodeOptions::default;
    drums.node("kick", kick, options().gain(0.5)).unwrap();
    drums
        .node("hat", hat, options().gain(0.5).pan(-0.5))
        .unwrap();
    let half = NodeDefinition::effect(1, [Signal::input(0) * 0.5]).unwrap();
    drums.node("fx", half, options().gain(1.0)).unwrap();
    drums.send("hat", "fx", 0.5).unwrap();
    drums.play("kick", &(hit() * 32)).unwrap();
    drums.play("hat", &(hit() * 48)).unwrap();
    drums
}

#[test]
fn a_nested_session_sounds_as_it_does_alone() {
    let alone = Rig::playing(&drums()).play(200);
    let mut outer = session();
    outer.nest("d", &drums(), NodeOptions::default()).unwrap();
    assert_eq!(Rig::playing(&outer).play(200), alone);
    let mut outermost = session();
    outermost.nest("e", &outer, NodeOptions::default()).unwrap();
    assert_eq!(Rig::playing(&outermost).play(200), alone);
    assert!(alone[0].iter().any(|x| *x > 0.25));
}

#[test]
fn its_fader_its_sends_and_its_mute_are_those_of_a_node() {
    let alone = Rig::playing(&drums()).play(40);
    let mut outer = session();
    let options = NodeOptions::default().gain(0.5);
    outer.nest("d", &drums(), options).unwrap();
    let twice = NodeDefinition::effect(1, [Signal::input(0) * 2.0]).unwrap();
    add(&mut outer, "fx", twice);
    outer.connect("d", "fx").unwrap();
    let mut rig = Rig::playing(&outer);
    let [left, right] = rig.play(40);
    let scaled = |side: &[f64]| side.iter().map(|x| 1.5 * x).collect::<Vec<_>>();
    assert_eq!([left, right], [scaled(&alone[0]), scaled(&alone[1])]);
    outer.mute("d").unwrap();
    rig.update(&outer);
    let [left, _] = rig.play(40);
    // Two faders fall side by side and rest on the grid once each is within −100 dB.
    assert_eq!(left[1_100..], [0.0; 1_460]);
}

#[test]
fn what_is_inside_is_scheduled_by_its_path() {
    let mut inner = session();
    add(&mut inner, "a", crate::support::level(0.0));
    let mut outer = session();
    outer.nest("deep", &inner, NodeOptions::default()).unwrap();
    let mut rig = Rig::playing(&outer);
    rig.engine.schedule(777, "deep/a/x", 0.5).unwrap();
    assert_eq!(crate::support::changes(&rig.play(20)[0]), [(777, 0.5)]);
}
