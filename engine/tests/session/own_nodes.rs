//! Nodes written in Rust: ports, controls, triggers, tails, and what happens to bad ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use synthc_engine::node::{Interface, Node, NodeBlock, NodeInstance, Setup, Tail};
use synthc_engine::pattern::{chord, hit, note};
use synthc_engine::session::{NodeDefinition, NodeOptions, SessionError};
use synthc_ir::{Control, Signal};

use crate::support::{Rig, add, changes, level, session, stepping};

/// A node of an interface and a function that makes instances.
pub(crate) struct Own<F>(pub(crate) Interface, pub(crate) F);

impl<F> std::fmt::Debug for Own<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl<F, P> Node for Own<F>
where
    F: Fn(&Setup) -> P + Send + Sync,
    P: FnMut(&mut NodeBlock<'_>) + Send + 'static,
{
    fn interface(&self) -> Interface {
        self.0.clone()
    }

    fn start(&self, setup: &Setup) -> Box<dyn NodeInstance> {
        Box::new((self.1)(setup))
    }
}

/// A node whose instances have no state.
pub(crate) fn own(
    interface: Interface,
    process: impl Fn(&mut NodeBlock<'_>) + Clone + Send + Sync + 'static,
) -> NodeDefinition {
    NodeDefinition::own(Own(interface, move |_: &Setup| process.clone())).unwrap()
}

/// Puts out a trigger's value.
fn gated() -> NodeDefinition {
    own(Interface::source(1).trigger("gate"), |block| {
        let held = block.triggers.held(0);
        block.outputs[0].fill(held);
    })
}

#[test]
fn patterns_open_triggers_at_their_frames() {
    let mut session = session();
    add(&mut session, "own", gated());
    let gate = Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
    add(
        &mut session,
        "native",
        NodeDefinition::source([gate]).unwrap(),
    );
    for name in ["own", "native"] {
        session.play(name, &(hit() * 96)).unwrap();
    }
    let mut both = session.clone();
    both.remove("native").unwrap();
    let [own, _] = Rig::playing(&both).play(100);
    let mut both = session.clone();
    both.remove("own").unwrap();
    let [native, _] = Rig::playing(&both).play(100);
    assert_eq!(own, native);
    assert_eq!(changes(&own)[2].0, 1_000);
}

#[test]
fn a_strike_is_told_once_with_its_velocity_at_the_first_frame() {
    let definition = own(Interface::source(1).trigger("gate"), |block| {
        if let Some(velocity) = block.triggers.struck(0) {
            block.outputs[0][0] = velocity;
        }
    });
    let mut session = session();
    add(&mut session, "click", definition);
    session.play("click", &(hit() * 64)).unwrap();
    let [left, _] = Rig::playing(&session).play(100);
    let strikes: Vec<usize> = (0..left.len())
        .filter(|&frame| left[frame] != 0.0)
        .collect();
    assert_eq!(strikes, [0, 1_500, 3_000, 4_500, 6_000]);
    assert!(strikes.iter().all(|&frame| left[frame] == 1.0));
}

#[test]
fn controls_are_exact_to_the_frame_and_smoothed_like_those_of_programs() {
    let smooth = Control::new("cutoff", 100.0, 0.0, 1_000.0);
    let interface = Interface::source(1)
        .control(stepping("step", 0.0))
        .control(smooth.clone());
    let definition = own(interface, |block| {
        for frame in 0..block.frames {
            block.outputs[0][frame] = block.controls.at(0, frame) + block.controls.at(1, frame);
        }
    });
    let native = Signal::control(stepping("step", 0.0)) + Signal::control(smooth);
    let native = NodeDefinition::source([native]).unwrap();
    let render = |definition: NodeDefinition| {
        let mut session = session();
        add(&mut session, "a", definition);
        let mut rig = Rig::playing(&session);
        rig.engine.schedule(777, "a/step", 5.0).unwrap();
        rig.engine.schedule(1_001, "a/cutoff", 900.0).unwrap();
        rig.play(400)
    };
    let [left, _] = render(definition);
    assert_eq!(left, render(native)[0]);
    assert_eq!(left[776..778], [100.0, 105.0]);
    assert!(left[1_001] > 105.0 && left[1_000] == 105.0);
    assert_eq!(left[25_599], 905.0);
}

#[test]
fn inputs_sends_gains_and_pan_work_as_for_any_node() {
    let swap = own(Interface::effect(2, 2), |block| {
        for frame in 0..block.frames {
            block.outputs[0][frame] = block.inputs[1][frame];
            block.outputs[1][frame] = block.inputs[0][frame];
        }
    });
    let mut session = session();
    let sides = [0.25, 0.5].map(Signal::constant);
    add(&mut session, "src", NodeDefinition::source(sides).unwrap());
    add(&mut session, "swap", swap);
    session.send("src", "swap", 0.5).unwrap();
    session.gain("swap", 2.0).unwrap();
    let [left, right] = Rig::playing(&session).play(4);
    assert_eq!((left[9], right[9]), (0.25 + 0.5, 0.5 + 0.25));
    // One output becomes two when it is panned.
    let mono = own(Interface::source(1), |block| block.outputs[0].fill(1.0));
    let mut session = crate::support::session();
    let options = NodeOptions::default().gain(1.0).pan(0.5);
    session.node("mono", mono, options).unwrap();
    let [left, right] = Rig::playing(&session).play(2);
    assert_eq!((left[9], right[9]), (0.5, 1.0));
}

#[test]
fn each_voice_and_each_side_is_an_instance_with_a_seed_of_its_own() {
    let seeds = Interface::source(1).trigger("gate");
    let definition = NodeDefinition::own(Own(seeds, |setup: &Setup| {
        let value = (setup.seed >> 40) as f64;
        move |block: &mut NodeBlock<'_>| {
            let held = block.triggers.held(0);
            block.outputs[0].fill(value * held);
        }
    }))
    .unwrap();
    let mut session = session();
    let options = NodeOptions::default().gain(1.0).count(2);
    session.node("poly", definition, options).unwrap();
    session.play("poly", &chord(["C4", "E4"]).unwrap()).unwrap();
    let both = Rig::playing(&session).play(2)[0][10];
    session.play("poly", &note("C4").unwrap()).unwrap();
    let one = Rig::playing(&session).play(2)[0][10];
    assert!(one > 0.0 && both > one && both != 2.0 * one);
}

#[test]
fn a_panicking_node_is_silenced_and_named_and_the_others_play_on() {
    let definition = own(
        Interface::source(1).control(stepping("bad", 0.0)),
        |block| {
            assert!(block.controls.first(0) == 0.0, "on purpose");
            block.outputs[0].fill(1.0);
        },
    );
    let mut session = session();
    add(&mut session, "bad", definition);
    add(&mut session, "good", level(0.25));
    let mut rig = Rig::playing(&session);
    rig.engine.schedule(200, "bad/bad", 1.0).unwrap();
    let ([left, _], _) = rig.play_anyway(8);
    assert_eq!(changes(&left), [(0, 1.25), (200, 0.25)]);
    let notices = rig.notices();
    assert_eq!(notices.len(), 1);
    assert!(
        notices[0].starts_with("node `bad` panicked at 0.004 s"),
        "{notices:?}"
    );
    // From then on nothing is called, and nothing allocates.
    assert_eq!(rig.play(4)[0], [0.25; 256]);
}

#[test]
fn a_node_that_panics_when_it_starts_is_silent_and_named() {
    let definition = NodeDefinition::own(Own(Interface::source(1), |_: &Setup| {
        let value: f64 = "no number".parse().expect("on purpose");
        move |block: &mut NodeBlock<'_>| block.outputs[0].fill(value)
    }))
    .unwrap();
    let mut session = session();
    add(&mut session, "bad", definition);
    let mut rig = Rig::playing(&session);
    assert_eq!(rig.play(4)[0], [0.0; 256]);
    assert!(rig.notices()[0].starts_with("node `bad` panicked"));
}

#[test]
#[cfg(debug_assertions)]
fn a_node_that_allocates_is_named_once_and_sounds_on() {
    let definition = own(Interface::source(1), |block| {
        let value = Box::new(0.5);
        block.outputs[0].fill(*std::hint::black_box(value));
    });
    let mut session = session();
    add(&mut session, "greedy", definition);
    let mut rig = Rig::playing(&session);
    let ([left, _], clean) = rig.play_anyway(8);
    assert!(!clean);
    assert_eq!(left, [0.5; 512]);
    let notices = rig.notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].starts_with("node `greedy` allocated or freed memory"));
}

#[test]
fn a_node_that_is_not_finite_is_silenced() {
    let definition = own(Interface::source(1), |block| {
        block.outputs[0].fill(f64::NAN);
    });
    let mut session = session();
    add(&mut session, "nan", definition);
    let mut rig = Rig::playing(&session);
    assert_eq!(rig.play(4)[0], [0.0; 256]);
    assert!(rig.notices()[0].contains("`nan` put out a value that is not a finite number"));
}

#[test]
fn a_node_with_a_tail_rests_when_it_is_over_and_wakes_exactly() {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    let interface = Interface::effect(1, 1).tail(Tail::Seconds(0.004));
    let definition = own(interface, move |block| {
        counted.fetch_add(1, Ordering::Relaxed);
        for frame in 0..block.frames {
            block.outputs[0][frame] = -block.inputs[0][frame];
        }
    });
    let mut session = session();
    add(&mut session, "src", level(0.0));
    add(&mut session, "fx", definition);
    session.send("src", "fx", 0.5).unwrap();
    let mut rig = Rig::playing(&session);
    rig.play(100);
    // 0.004 s are 192 frames: three blocks.
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    let frame = rig.processor.frame() + 1_000;
    rig.engine.schedule(frame, "src/x", 1.0).unwrap();
    let [left, _] = rig.play(40);
    assert_eq!(changes(&left), [(1_000, 0.5)]);
    assert!(calls.load(Ordering::Relaxed) > 20);
}

#[test]
fn an_instance_goes_on_over_edits_that_leave_its_definition() {
    let definition = NodeDefinition::own(Own(Interface::source(1), |_: &Setup| {
        let mut count = 0.0;
        move |block: &mut NodeBlock<'_>| {
            for sample in &mut block.outputs[0] {
                count += 1.0;
                *sample = count;
            }
        }
    }))
    .unwrap();
    let mut session = session();
    add(&mut session, "count", definition);
    let mut rig = Rig::playing(&session);
    rig.play(4);
    add(&mut session, "more", level(0.0));
    rig.update(&session);
    let [left, _] = rig.play(8);
    let expected: Vec<f64> = (257..=768).map(f64::from).collect();
    assert_eq!(left, expected);
}

#[test]
fn interfaces_that_cannot_be_are_refused() {
    let refused = |interface: Interface| {
        let node = Own(interface, |_: &Setup| |_: &mut NodeBlock<'_>| {});
        NodeDefinition::own(node).unwrap_err()
    };
    let text = |interface| refused(interface).to_string();
    assert!(matches!(
        refused(Interface::source(0)),
        SessionError::Outputs { given: 0, .. }
    ));
    assert!(matches!(
        refused(Interface::effect(1_000, 1)),
        SessionError::Inputs { .. }
    ));
    let twice = Interface::source(1).trigger("a").trigger("a");
    assert_eq!(
        text(twice),
        "the interface declares `a` twice; give each its own name"
    );
    let range = Interface::source(1).control(Control::new("c", 2.0, 0.0, 1.0));
    assert!(text(range).contains("`c` whose init is 2, outside [0, 1]"));
    let tail = Interface::source(1).tail(Tail::Seconds(f64::NAN));
    assert!(text(tail).contains("a tail of NaN s; give 0 to 86400 s"));
}
