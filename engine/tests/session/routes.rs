//! Where sound goes: single inputs, feedback between nodes, nodes that are not in the mix themselves.

use synthc_engine::node::Interface;
use synthc_engine::session::{NodeDefinition, NodeOptions};
use synthc_engine::{EngineError, Session};
use synthc_ir::Signal;

use crate::own_nodes::own;
use crate::support::{Rig, add, changes, level, session};

/// An effect of one input that changes nothing.
fn wire() -> NodeDefinition {
    NodeDefinition::effect(1, [Signal::input(0)]).unwrap()
}

/// Puts out in1, and 10 times in2.
fn side_chain() -> NodeDefinition {
    let interface = Interface::effect(3, 1).named_inputs(["in", "side", "more"]);
    own(interface, |block| {
        for frame in 0..block.frames {
            block.outputs[0][frame] = block.inputs[1][frame] + 10.0 * block.inputs[2][frame];
        }
    })
}

#[test]
fn a_send_to_one_input_feeds_it_alone_and_its_level_moves_alone() {
    let mut session = session();
    add(&mut session, "a", level(0.25));
    add(&mut session, "fx", side_chain());
    session.set_direct("a", false).unwrap();
    session.send("a", "fx", 1.0).unwrap();
    session.send("a", "fx/side", 1.0).unwrap();
    session.send("a", "fx/more", 0.5).unwrap();
    let mut rig = Rig::playing(&session);
    // The whole effect gets a mono sound in its first two inputs.
    assert_eq!(rig.play(2)[0][100], 0.25 + 0.25 + 10.0 * 0.125);
    session.set("a/fx/more_send", 0.0).unwrap();
    rig.update(&session);
    assert_eq!(rig.play(20)[0][1_000], 0.5);
    rig.engine.schedule(3_000, "a/fx/side_send", 0.0).unwrap();
    assert_eq!(rig.play(60)[0][3_500], 0.25);
}

#[test]
fn the_side_chain_of_a_stereo_sound_is_the_mean_of_its_sides() {
    let mut session = session();
    let sides = [0.5, 0.25].map(Signal::constant);
    add(&mut session, "a", NodeDefinition::source(sides).unwrap());
    add(&mut session, "fx", side_chain());
    session.set_direct("a", false).unwrap();
    session.send("a", "fx/side", 1.0).unwrap();
    assert_eq!(Rig::playing(&session).play(2)[0][100], 0.375);
}

/// A click at frame 10 into a wire that feeds itself.
fn echo(level: f64) -> Session {
    let mut session = session();
    let click = own(Interface::source(1), |block| {
        for frame in 0..block.frames {
            block.outputs[0][frame] = f64::from(u8::from(block.start + frame as u64 == 10));
        }
    });
    add(&mut session, "click", click);
    add(&mut session, "loop", wire());
    session.set_direct("click", false).unwrap();
    session.connect("click", "loop").unwrap();
    session.feedback("loop", "loop", level).unwrap();
    session
}

/// Frames and values that are not 0.
fn pulses(signal: &[f64]) -> Vec<(usize, f64)> {
    let frames = signal.iter().copied().enumerate();
    frames.filter(|(_, x)| *x != 0.0).collect()
}

#[test]
fn feedback_comes_exactly_one_inner_block_later() {
    let [left, _] = Rig::playing(&echo(0.5)).play(5);
    let expected = [
        (10, 1.0),
        (74, 0.5),
        (138, 0.25),
        (202, 0.125),
        (266, 0.0625),
    ];
    assert_eq!(pulses(&left), expected);
}

#[test]
fn feedback_between_nodes_is_the_same_whatever_cuts_the_blocks() {
    let two = |cut: bool| {
        let mut session = echo(0.0);
        add(&mut session, "back", wire());
        add(&mut session, "x", level(0.0));
        session.gain("x", 0.0).unwrap();
        session.connect("loop", "back").unwrap();
        session.feedback("back", "loop", 0.5).unwrap();
        let mut rig = Rig::playing(&session);
        for frame in (0..600).step_by(7).filter(|_| cut) {
            rig.engine.schedule(frame, "x/x", 1.0).unwrap();
        }
        rig.play(10)
    };
    let [left, right] = two(false);
    assert_eq!((&left, &right), (&two(true)[0], &left));
    // Both are heard: the click of `loop`, and that of `back`.
    assert_eq!(pulses(&left)[..3], [(10, 2.0), (74, 1.0), (138, 0.5)]);
}

#[test]
fn a_stereo_loop_keeps_its_sides_apart() {
    let mut session = session();
    let sides = [1.0, 0.0].map(Signal::constant);
    add(&mut session, "a", NodeDefinition::source(sides).unwrap());
    let both = NodeDefinition::effect(2, [Signal::input(0), Signal::input(1)]).unwrap();
    add(&mut session, "loop", both);
    session.set_direct("a", false).unwrap();
    session.connect("a", "loop").unwrap();
    session.feedback("loop", "loop", 0.5).unwrap();
    let [left, right] = Rig::playing(&session).play(3);
    assert_eq!([left[0], left[64], left[128]], [1.0, 1.5, 1.75]);
    assert!(right.iter().all(|x| *x == 0.0));
}

#[test]
fn feedback_goes_on_over_an_edit_and_fades_when_it_is_removed() {
    let mut session = echo(1.0);
    let mut rig = Rig::playing(&session);
    rig.play(3);
    // Something else comes: what is in the loop stays.
    add(&mut session, "more", level(0.0));
    rig.update(&session);
    let [left, _] = rig.play(20);
    let expected: Vec<_> = (0..20).map(|block| (10 + 64 * block, 1.0)).collect();
    assert_eq!(pulses(&left), expected);
    session.unsend("loop", "loop").unwrap();
    rig.update(&session);
    let [left, _] = rig.play(60);
    let levels: Vec<f64> = pulses(&left).iter().map(|pulse| pulse.1).collect();
    assert!(levels.is_sorted_by(|a, b| a >= b), "{levels:?}");
    assert_eq!(left[60 * 64 - 64..], [0.0; 64]);
}

#[test]
fn a_node_out_of_the_mix_fades_out_of_it() {
    let mut session = session();
    add(&mut session, "a", level(0.5));
    let mut rig = Rig::playing(&session);
    rig.play(4);
    session.set_direct("a", false).unwrap();
    rig.update(&session);
    let [left, _] = rig.play(20);
    let steps = changes(&left);
    let most = steps.windows(2).map(|w| (w[1].1 - w[0].1).abs());
    assert!(most.fold(0.0, f64::max) < 0.02, "a step: {steps:?}");
    assert_eq!(left.last(), Some(&0.0));
}

#[test]
fn a_circle_without_feedback_is_refused_by_the_session() {
    let mut session = session();
    let options = NodeOptions::default;
    session.node("a", wire(), options()).unwrap();
    session.node("b", wire(), options()).unwrap();
    session.connect("a", "b").unwrap();
    let refused = session.connect("b", "a").map_err(EngineError::from);
    assert!(refused.unwrap_err().to_string().contains("64 frames later"));
}
