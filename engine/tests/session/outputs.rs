//! Nodes of many inputs and outputs: every output arrives where it is sent, at its level, by itself.

use std::collections::BTreeMap;

use proptest::prelude::*;
use synthc_engine::Session;
use synthc_engine::node::Interface;
use synthc_engine::session::{NodeDefinition, NodeOptions, Tap};
use synthc_ir::Signal;

use crate::own_nodes::own;
use crate::support::{Rig, add, changes, level, session, stepping};

/// A ramp of 256 frames, by the frames since the node began.
fn ramp(frame: u64) -> f64 {
    (frame % 256) as f64 / 256.0
}

/// A source whose outputs are a ramp times these.
fn ramps(factors: Vec<f64>) -> NodeDefinition {
    own(Interface::source(factors.len()), move |block| {
        for (output, factor) in factors.iter().enumerate() {
            for frame in 0..block.frames {
                block.outputs[output][frame] = ramp(block.start + frame as u64) * factor;
            }
        }
    })
}

/// An effect of three inputs that are weighted so that none can be taken for another.
pub(crate) fn weigh() -> NodeDefinition {
    let [a, b, c] = [0, 1, 2].map(Signal::input);
    NodeDefinition::effect(3, [a + b * 4.0 + c * 16.0]).unwrap()
}

/// A route of the property: output or whole, effect, input or whole, level, tap.
type Line = (Option<usize>, usize, Option<u16>, f64, bool);

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let output = proptest::option::weighted(0.8, 0..64usize);
    let input = proptest::option::of(0..3u16);
    let line = (output, 0..3usize, input, 0..8u8, any::<bool>());
    let line = line.prop_map(|(output, to, input, level, pre)| {
        (output, to, input, f64::from(level) / 8.0, pre)
    });
    proptest::collection::vec(line, 0..12)
}

fn wide_session(factors: &[f64], gain: f64, direct: bool, lines: &[Line]) -> Session {
    let mut session = session();
    let options = NodeOptions::default().gain(gain);
    session
        .node("wide", ramps(factors.to_vec()), options)
        .unwrap();
    session.set_direct("wide", direct).unwrap();
    add(&mut session, "other", level(0.0));
    session.gain("other", 0.0).unwrap();
    for effect in 0..3 {
        add(&mut session, &format!("fx{effect}"), weigh());
    }
    for &(output, effect, input, level, pre) in lines {
        let from = match output {
            Some(output) => format!("wide/out{}", output % factors.len()),
            None => "wide".to_owned(),
        };
        let to = match input {
            Some(input) => format!("fx{effect}/in{input}"),
            None => format!("fx{effect}"),
        };
        let tap = if pre { Tap::PreFader } else { Tap::PostFader };
        session.send_at(&from, &to, level, tap).unwrap();
    }
    session
}

/// What reaches the left and right of the master, as factors of the ramp. All numbers are exact in binary.
fn expected(factors: &[f64], gain: f64, direct: bool, lines: &[Line]) -> [f64; 2] {
    let mut routes = BTreeMap::new();
    for &(output, effect, input, level, pre) in lines {
        let output = output.map(|output| output % factors.len());
        routes.insert((output, effect, input), (level, pre));
    }
    let sides = [factors[0], factors[1.min(factors.len() - 1)]];
    let mut effects = 0.0;
    for ((output, _, input), (level, pre)) in routes {
        let [left, right] = match output {
            // The only output is the node.
            Some(output) => [factors[output]; 2],
            None => sides,
        };
        let weighted = match input {
            Some(input) => (left + right) / 2.0 * 4f64.powi(i32::from(input)),
            None => left + right * 4.0,
        };
        effects += weighted * level * if pre { 1.0 } else { gain };
    }
    sides.map(|side| if direct { side * gain } else { 0.0 } + effects)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn every_output_arrives_where_it_is_sent(
        factors in proptest::collection::vec((-16i8..16).prop_map(|x| f64::from(x) / 4.0), 1..12),
        gain in (0u8..8).prop_map(|x| f64::from(x) / 4.0),
        direct in any::<bool>(),
        lines in lines(),
        cuts in proptest::collection::vec(0u64..900, 0..20),
        size in 1usize..200,
    ) {
        let session = wide_session(&factors, gain, direct, &lines);
        let expected = expected(&factors, gain, direct, &lines);
        let [left, right] = Rig::playing(&session).play(16);
        for frame in 0..left.len() {
            let ramp = ramp(frame as u64);
            prop_assert_eq!([left[frame], right[frame]], expected.map(|factor| factor * ramp));
        }
        // Neither what cuts the blocks nor the blocks of the host change it.
        let mut rig = Rig::playing(&session);
        rig.processor.set_splitting(true);
        for cut in cuts {
            rig.engine.schedule(cut, "other/x", 1.0).unwrap();
        }
        rig.engine.tick().unwrap();
        let mut host = vec![0.0; 2 * 1_000];
        for piece in host.chunks_mut(2 * size) {
            rig.engine.tick().unwrap();
            rig.processor.process_interleaved(piece, 2);
        }
        for (frame, sides) in host.chunks(2).skip(64).enumerate() {
            prop_assert_eq!(sides, [left[frame], right[frame]]);
        }
    }
}

#[test]
fn an_expression_of_four_outputs_is_heard_by_two_and_sent_by_each() {
    let mut session = session();
    let outputs = [0.5, 0.25, 2.0, 16.0].map(Signal::constant);
    let quad = NodeDefinition::source(outputs).unwrap();
    add(
        &mut session,
        "quad",
        quad.named_outputs(["l", "r", "c", "sub"]).unwrap(),
    );
    add(&mut session, "fx", weigh());
    session.send("quad/sub", "fx/in2", 0.5).unwrap();
    let mut rig = Rig::playing(&session);
    let [left, right] = rig.play(2);
    assert_eq!((left[100], right[100]), (0.5 + 128.0, 0.25 + 128.0));
    // As a whole it is a stereo sound, also for an effect of one input.
    add(
        &mut session,
        "wire",
        NodeDefinition::effect(1, [Signal::input(0)]).unwrap(),
    );
    session.connect("quad", "wire").unwrap();
    let [left, right] = Rig::playing(&session).play(2);
    assert_eq!((left[100], right[100]), (1.0 + 128.0, 0.5 + 128.0));
    let mut narrow = crate::support::session();
    add(
        &mut narrow,
        "quad",
        session.find_node("quad").unwrap().definition().clone(),
    );
    add(
        &mut narrow,
        "wire",
        NodeDefinition::effect(1, [Signal::input(0)]).unwrap(),
    );
    narrow.set_direct("quad", false).unwrap();
    narrow.connect("quad/c", "wire").unwrap();
    let [left, right] = Rig::playing(&narrow).play(2);
    assert_eq!((left[100], right[100]), (2.0, 2.0));
}

#[test]
fn gain_mute_solo_and_levels_act_on_every_output() {
    let mut session = wide_session(&[0.0, 0.0, 1.0, 2.0], 1.0, true, &[]);
    add(
        &mut session,
        "steady",
        NodeDefinition::source([0.0, 0.0, 1.0].map(Signal::constant)).unwrap(),
    );
    session.send("steady/out2", "fx0/in0", 1.0).unwrap();
    // Silent routes between the same nodes: levels are not taken for one another.
    session.send("steady", "fx0/in0", 0.125).unwrap();
    session.send("steady/out1", "fx0/in0", 0.125).unwrap();
    let mut rig = Rig::playing(&session);
    assert_eq!(rig.play(2)[0][100], 1.0);
    session.set("steady/out2/fx0/in0_send", 0.5).unwrap();
    rig.update(&session);
    assert_eq!(rig.play(60)[0].last(), Some(&0.5));
    session.gain("steady", 0.5).unwrap();
    rig.update(&session);
    assert_eq!(rig.play(60)[0].last(), Some(&0.25));
    session.mute("steady").unwrap();
    rig.update(&session);
    assert_eq!(rig.play(60)[0].last(), Some(&0.0));
    session.unsolo();
    session.solo("wide").unwrap();
    rig.update(&session);
    assert_eq!(rig.play(60)[0].last(), Some(&0.0));
    session.unsolo();
    rig.update(&session);
    assert_eq!(rig.play(60)[0].last(), Some(&0.25));
    // An exact value, and the tap.
    let frame = rig.processor.frame() + 1_000;
    rig.engine
        .schedule(frame, "steady/out2/fx0/in0_send", 1.0)
        .unwrap();
    let [left, _] = rig.play(100);
    assert_eq!((changes(&left)[1].0, left.last()), (1_000, Some(&0.5)));
    session
        .send_at("steady/out2", "fx0/in0", 1.0, Tap::PreFader)
        .unwrap();
    rig.update(&session);
    assert_eq!(rig.play(100)[0].last(), Some(&1.0));
}

#[test]
fn the_only_output_of_a_node_with_two_sides_is_their_mean() {
    let out0 = |source: NodeDefinition, pan: f64| {
        let mut session = session();
        let options = NodeOptions::default().gain(1.0).pan(pan);
        session.node("a", source, options).unwrap();
        session.set_direct("a", false).unwrap();
        let both = [0, 1].map(Signal::input);
        add(&mut session, "fx", NodeDefinition::effect(2, both).unwrap());
        session.connect("a/out0", "fx").unwrap();
        let [left, right] = Rig::playing(&session).play(2);
        [left[100], right[100]]
    };
    let mono = || NodeDefinition::source([Signal::constant(1.0)]).unwrap();
    let own_mono = || own(Interface::source(1), |block| block.outputs[0].fill(1.0));
    assert_eq!(out0(mono(), 0.0), [1.0, 1.0]);
    assert_eq!(out0(mono(), 0.5), [0.75, 0.75]);
    assert_eq!(out0(own_mono(), -1.0), [0.5, 0.5]);
    // Of two outputs the first is the left side.
    let stereo = NodeDefinition::source([1.0, 0.5].map(Signal::constant)).unwrap();
    assert_eq!(out0(stereo, 0.5), [0.5, 0.5]);
    // An effect that runs for each side.
    let mut session = session();
    let sides = [1.0, 0.5].map(Signal::constant);
    add(&mut session, "a", NodeDefinition::source(sides).unwrap());
    let wire = || NodeDefinition::effect(1, [Signal::input(0)]).unwrap();
    add(&mut session, "twice", wire());
    add(&mut session, "fx", wire());
    for silent in ["a", "twice"] {
        session.set_direct(silent, false).unwrap();
    }
    session.connect("a", "twice").unwrap();
    session.connect("twice/out0", "fx").unwrap();
    let [left, right] = Rig::playing(&session).play(2);
    assert_eq!((left[100], right[100]), (0.75, 0.75));
}

#[test]
fn voices_of_a_node_in_rust_add_up_output_by_output() {
    let gated = own(Interface::source(3).trigger("gate"), |block| {
        let held = block.triggers.held(0);
        for output in 0..3 {
            block.outputs[output].fill(held * 4f64.powi(output as i32));
        }
    });
    let mut session = session();
    let options = NodeOptions::default().gain(1.0).count(3);
    session.node("poly", gated, options).unwrap();
    add(&mut session, "fx", weigh());
    session.send("poly/out2", "fx/in2", 1.0).unwrap();
    let chord = synthc_engine::pattern::chord(["C4", "E4", "G4"]).unwrap();
    session.play("poly", &chord).unwrap();
    let [left, right] = Rig::playing(&session).play(2);
    let sent = 3.0 * 16.0 * 16.0;
    assert_eq!((left[10], right[10]), (3.0 + sent, 12.0 + sent));
}

#[test]
fn an_output_can_lead_back() {
    let mut session = session();
    let click = own(Interface::source(3), |block| {
        for frame in 0..block.frames {
            let click = f64::from(u8::from(block.start + frame as u64 == 10));
            block.outputs[2][frame] = click;
        }
    });
    add(&mut session, "click", click);
    let loops = [
        Signal::constant(0.0),
        Signal::constant(0.0),
        Signal::input(0),
    ];
    add(
        &mut session,
        "loop",
        NodeDefinition::effect(1, loops).unwrap(),
    );
    add(
        &mut session,
        "wire",
        NodeDefinition::effect(1, [Signal::input(0)]).unwrap(),
    );
    session.connect("click/out2", "loop").unwrap();
    session.connect("loop/out2", "wire").unwrap();
    session.feedback("loop/out2", "loop", 0.5).unwrap();
    let [left, _] = Rig::playing(&session).play(4);
    let pulses: Vec<_> = (0..left.len()).filter(|&n| left[n] != 0.0).collect();
    assert_eq!(pulses, [10, 74, 138, 202]);
    assert_eq!([left[10], left[74], left[138]], [1.0, 0.5, 0.25]);
}

#[test]
fn sixty_four_inputs_and_outputs() {
    let turn = |count: usize| {
        own(Interface::effect(count, count), move |block| {
            for output in 0..count {
                let from = (output + 1) % count;
                for frame in 0..block.frames {
                    block.outputs[output][frame] = block.inputs[from][frame];
                }
            }
        })
    };
    let native = (0..64).map(|output| Signal::input((output + 1) % 64));
    let native = NodeDefinition::effect(64, native).unwrap();
    for definition in [turn(64), native] {
        let mut session = session();
        let factors = (0..64).map(f64::from).collect();
        add(&mut session, "wide", ramps(factors));
        add(&mut session, "turn", definition);
        add(&mut session, "back", turn(64));
        session.set_direct("wide", false).unwrap();
        session.set_direct("turn", false).unwrap();
        for port in 0..64 {
            let (out, into) = (format!("out{port}"), format!("in{port}"));
            session
                .connect(&format!("wide/{out}"), &format!("turn/{into}"))
                .unwrap();
            // The last but one of what is turned twice is what was first.
            let at = format!("back/in{}", (port + 32) % 64);
            session.connect(&format!("turn/{out}"), &at).unwrap();
        }
        let [left, right] = Rig::playing(&session).play(2);
        let ramp = ramp(100);
        assert_eq!((left[100], right[100]), (34.0 * ramp, 35.0 * ramp));
    }
}

#[test]
fn a_control_steps_on_all_outputs_at_its_frame() {
    let step = Signal::control(stepping("x", 0.0));
    let outputs = [0.0, 0.0, 1.0, 2.0, 4.0].map(|factor| step.clone() * factor);
    let mut session = session();
    add(&mut session, "a", NodeDefinition::source(outputs).unwrap());
    add(&mut session, "fx", weigh());
    for (input, output) in [2, 3, 4].into_iter().enumerate() {
        session
            .connect(&format!("a/out{output}"), &format!("fx/in{input}"))
            .unwrap();
    }
    let mut rig = Rig::playing(&session);
    rig.engine.schedule(77, "a/x", 1.0).unwrap();
    rig.engine.schedule(99, "a/x", 0.0).unwrap();
    rig.engine.schedule(140, "a/x", 2.0).unwrap();
    let [left, _] = rig.play(4);
    assert_eq!(changes(&left), [(77, 73.0), (99, 0.0), (140, 146.0)]);
}

#[test]
fn renaming_an_output_touches_no_sound() {
    let counter = own(Interface::source(3), {
        |block| {
            for frame in 0..block.frames {
                block.outputs[0][frame] = ramp(block.start + frame as u64);
            }
        }
    });
    let mut session = session();
    add(&mut session, "a", counter.clone());
    let mut rig = Rig::playing(&session);
    rig.play(7);
    add(
        &mut session,
        "a",
        counter.named_outputs(["x", "y", "z"]).unwrap(),
    );
    rig.update(&session);
    let [left, _] = rig.play(20);
    let expected: Vec<f64> = (0..20 * 64).map(|frame| ramp(7 * 64 + frame)).collect();
    assert_eq!(left, expected);
}

#[test]
fn a_wide_node_that_is_not_finite_somewhere_is_silenced() {
    let bad = own(Interface::source(4), |block| {
        block.outputs[0].fill(1.0);
        block.outputs[3].fill(f64::INFINITY);
    });
    let mut session = session();
    add(&mut session, "bad", bad);
    let mut rig = Rig::playing(&session);
    assert_eq!(rig.play(2)[0], [0.0; 128]);
    assert!(rig.notices()[0].contains("`bad` put out a value that is not a finite number"));
}
