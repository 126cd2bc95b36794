//! Sends, buses, channels, gains, mute, limiter.

use synthc_engine::event::{EventKind, LevelTarget, NodeKey};
use synthc_engine::plan::{LimiterSpec, NodeSpec, Outlet, Plan, PlanError, Tap, Width};
use synthc_ir::Signal;

use crate::support::*;

fn dc(key: u32, name: &str, sides: &[f64]) -> NodeSpec<f64> {
    let outputs: Vec<Signal> = sides.iter().map(|&x| Signal::constant(x)).collect();
    node(key, name, &outputs)
}

/// An effect that adds up all it has got, so that running it twice cannot go unnoticed.
fn sum(key: u32, name: &str) -> NodeSpec<f64> {
    let total = synthc_ir::feedback(|y| y + Signal::input(0));
    node(key, name, &[total])
}

fn through(key: u32, name: &str) -> NodeSpec<f64> {
    node(key, name, &[Signal::input(0) * 1.0])
}

fn first_frame(spec: synthc_engine::plan::PlanSpec<f64>) -> [f64; 2] {
    let [left, right] = Rig::playing(spec).blocks(1);
    [left[0], right[0]]
}

fn level(frame: u64, target: LevelTarget, value: f64) -> synthc_engine::event::Event {
    event(frame, EventKind::Level { target, value })
}

#[test]
fn a_mono_source_goes_to_both_sides_at_unity() {
    assert_eq!(first_frame(spec(1, vec![dc(0, "a", &[0.5])])), [0.5, 0.5]);
    let stereo = vec![dc(0, "a", &[0.5, 0.25])];
    assert_eq!(first_frame(spec(1, stereo)), [0.5, 0.25]);
}

#[test]
fn voices_add_up_without_division() {
    let mut four = dc(0, "a", &[0.125]);
    four.voices = 4;
    assert_eq!(first_frame(spec(1, vec![four])), [0.5, 0.5]);
}

#[test]
fn a_one_input_effect_fed_mono_runs_once() {
    let mut plan = spec(1, vec![dc(0, "a", &[0.5]), sum(1, "fx")]);
    plan.nodes[0].gain = 1.0;
    plan.sends = vec![send(0, 1, 0.5)];
    let laid_out = Plan::new(plan.clone()).unwrap();
    let fx = laid_out.node(NodeKey(1)).unwrap();
    assert_eq!((fx.instances(), fx.width()), (1, Width::Mono));
    let [left, right] = Rig::playing(plan).blocks(1);
    assert_eq!(left, right);
    assert_eq!(left[..3], [0.75, 1.0, 1.25]);
}

#[test]
fn a_one_input_effect_fed_stereo_runs_twice_each_side_with_its_state() {
    let mut plan = spec(1, vec![dc(0, "a", &[0.5, 0.25]), sum(1, "fx")]);
    plan.sends = vec![send(0, 1, 1.0)];
    let laid_out = Plan::new(plan.clone()).unwrap();
    assert_eq!(laid_out.node(NodeKey(1)).unwrap().instances(), 2);
    let [left, right] = Rig::playing(plan).blocks(1);
    assert_eq!(left[..3], [1.0, 1.5, 2.0]);
    assert_eq!(right[..3], [0.5, 0.75, 1.0]);
}

#[test]
fn stereo_spreads_down_a_chain_of_effects() {
    let mut plan = spec(
        1,
        vec![dc(0, "a", &[0.5, 0.25]), through(1, "b"), through(2, "c")],
    );
    plan.sends = vec![send(1, 2, 1.0), send(0, 1, 1.0)];
    let laid_out = Plan::new(plan.clone()).unwrap();
    assert!(laid_out.nodes().iter().all(|n| n.width() == Width::Stereo));
    assert_eq!(first_frame(plan), [1.5, 0.75]);
}

#[test]
fn a_one_input_effect_with_two_outputs_takes_the_mean() {
    let wide = node(1, "wide", &[Signal::input(0) * 2.0, Signal::input(0) * 4.0]);
    let mut plan = spec(1, vec![dc(0, "a", &[0.5, 0.25]), wide]);
    plan.sends = vec![send(0, 1, 1.0)];
    assert_eq!(first_frame(plan), [0.5 + 0.75, 0.25 + 1.5]);
}

#[test]
fn a_two_input_effect_takes_left_and_right_and_mono_twice() {
    let swap = || node(1, "swap", &[Signal::input(1) * 1.0, Signal::input(0) * 1.0]);
    let mut plan = spec(1, vec![dc(0, "a", &[0.5, 0.25]), swap()]);
    plan.sends = vec![send(0, 1, 1.0)];
    assert_eq!(first_frame(plan), [0.75, 0.75]);
    let mut plan = spec(1, vec![dc(0, "a", &[0.5]), swap()]);
    plan.sends = vec![send(0, 1, 1.0)];
    assert_eq!(first_frame(plan), [1.0, 1.0]);
}

#[test]
fn a_send_with_a_port_feeds_that_input_alone() {
    let both = node(2, "ring", &[Signal::input(0) + 10.0 * Signal::input(1)]);
    let mut plan = spec(1, vec![dc(0, "a", &[0.5]), dc(1, "b", &[0.25, 0.75]), both]);
    plan.nodes[0].gain = 1.0;
    let port = |from, port| synthc_engine::plan::SendSpec {
        port: Some(port),
        feedback: false,
        tap: Tap::Pre,
        ..send(from, 2, 1.0)
    };
    plan.sends = vec![port(0, 0), port(1, 1)];
    let [left, _] = first_frame(plan);
    assert_eq!(left, 0.5 + 0.25 + (0.5 + 5.0));
}

#[test]
fn sends_are_behind_the_fader_unless_they_are_pre() {
    for (tap, heard) in [(Tap::Post, 0.25 + 0.25), (Tap::Pre, 0.25 + 0.5)] {
        let mut plan = spec(1, vec![dc(0, "a", &[0.5]), through(1, "fx")]);
        plan.nodes[0].gain = 0.5;
        plan.sends = vec![synthc_engine::plan::SendSpec {
            tap,
            ..send(0, 1, 1.0)
        }];
        assert_eq!(first_frame(plan)[0], heard);
    }
}

#[test]
fn mute_silences_a_node_and_all_its_sends() {
    for tap in [Tap::Post, Tap::Pre] {
        let mut plan = spec(1, vec![dc(0, "a", &[0.5]), through(1, "fx")]);
        plan.sends = vec![synthc_engine::plan::SendSpec {
            tap,
            ..send(0, 1, 1.0)
        }];
        let mut rig = Rig::playing(plan);
        rig.send(&[level(64, LevelTarget::Mute(NodeKey(0)), 1.0)]);
        let [left, _] = rig.blocks(40);
        assert_eq!(left[..64], [1.0; 64]);
        assert_eq!(left[2000], 0.0);
        rig.send(&[level(2560, LevelTarget::Mute(NodeKey(0)), 0.0)]);
        let [left, _] = rig.blocks(40);
        assert_eq!(left[2000], 1.0);
    }
}

#[test]
fn levels_glide_over_a_few_milliseconds_and_arrive() {
    let targets = [
        LevelTarget::Gain(NodeKey(0)),
        LevelTarget::Send {
            from: NodeKey(0),
            outlet: Outlet::Whole,
            to: NodeKey(1),
            input: None,
        },
        LevelTarget::Master,
    ];
    for target in targets {
        let mut plan = spec(1, vec![dc(0, "a", &[0.5]), through(1, "fx")]);
        plan.sends = vec![send(0, 1, 1.0)];
        let mut rig = Rig::playing(plan);
        rig.send(&[level(10, target, 0.0), level(10, target, f64::NAN)]);
        let [left, _] = rig.blocks(40);
        assert_eq!(left[9], 1.0);
        assert!(
            left[10] < 1.0 && left[10] > 0.96,
            "{target:?}: {}",
            left[10]
        );
        let settled = if matches!(target, LevelTarget::Send { .. }) {
            0.5
        } else {
            0.0
        };
        // Two poles of 1.25 ms, 60 frames, one after the other.
        let after_a_time_constant = (left[10 + 60] - settled) / (1.0 - settled);
        assert!((after_a_time_constant - 2.0 * (-1.0f64).exp()).abs() < 0.02);
        assert_eq!(left[2000], settled);
    }
}

#[test]
fn the_output_stays_within_the_ceiling_of_its_sample_type() {
    let mut plan = spec(1, vec![dc(0, "a", &[7.0])]);
    plan.limiter = Some(LimiterSpec {
        ceiling: 0.3,
        ..LimiterSpec::default()
    });
    let [left, _] = Rig::playing(plan).blocks(2);
    assert_eq!(left, [0.3; 128]);
}

#[test]
fn buses_are_shared_by_effects_whose_lives_do_not_overlap() {
    let mut nodes = vec![dc(0, "a", &[0.5])];
    let mut sends = Vec::new();
    for n in 1..10 {
        nodes.push(through(n, &format!("fx{n}")));
        sends.push(send(n - 1, n, 1.0));
    }
    let mut plan = spec(1, nodes);
    plan.sends = sends;
    let laid_out = Plan::new(plan.clone()).unwrap();
    assert_eq!(laid_out.bus_count(), 2);
    let [left, _] = Rig::playing(plan).blocks(3);
    assert_eq!(left, [5.0; 192]);
}

#[test]
fn the_order_of_the_lists_does_not_matter() {
    let mut plan = spec(
        1,
        vec![through(2, "c"), through(1, "b"), dc(0, "a", &[0.5])],
    );
    plan.sends = vec![send(1, 2, 0.5), send(0, 1, 0.5), send(0, 2, 0.25)];
    assert_eq!(first_frame(plan)[0], 0.5 + 0.25 + (0.125 + 0.125));
}

#[test]
fn what_makes_no_plan_is_refused_with_its_reason() {
    let base = || {
        spec(
            1,
            vec![dc(0, "a", &[0.5]), through(1, "b"), through(2, "c")],
        )
    };
    let refused = |plan| Plan::new(plan).unwrap_err().to_string();

    let mut circle = base();
    circle.sends = vec![send(0, 1, 1.0), send(1, 2, 1.0), send(2, 1, 1.0)];
    let error = Plan::new(circle).unwrap_err();
    let PlanError::RoutingCycle { nodes } = &error else {
        panic!("{error}");
    };
    assert_eq!(nodes.len(), 3);
    assert_eq!(nodes.first(), nodes.last());
    assert!(error.to_string().contains('b') && error.to_string().contains('c'));

    let mut alone = base();
    alone.sends = vec![send(1, 1, 1.0)];
    assert!(refused(alone).contains("b → b"));
    let mut source = base();
    source.sends = vec![send(1, 0, 1.0)];
    assert!(refused(source).contains("a source has no input"));
    let mut twice = base();
    twice.sends = vec![send(0, 1, 1.0), send(0, 1, 0.5)];
    assert!(refused(twice).contains("twice"));
    let mut unknown = base();
    unknown.sends = vec![send(0, 9, 1.0)];
    assert!(refused(unknown).contains("node9"));
    let mut port = base();
    port.sends = vec![synthc_engine::plan::SendSpec {
        port: Some(1),
        feedback: false,
        ..send(0, 1, 1.0)
    }];
    assert!(refused(port).contains("no input 1"));
    let mut name = base();
    name.nodes[2].name = "b".into();
    assert!(refused(name).contains("'b'"));
    let mut voices = base();
    voices.nodes[1].voices = 2;
    assert!(refused(voices).contains("2 voices"));
    let mut none = base();
    none.nodes[0].voices = 0;
    assert!(refused(none).contains("0 voices"));
    let mut gain = base();
    gain.nodes[0].gain = f64::NAN;
    assert!(refused(gain).contains("NaN"));
    let mut rate = base();
    rate.sample_rate = 0.0;
    assert!(refused(rate).contains("sample rate"));
    let mut wide = base();
    wide.nodes[0] = dc(0, "a", &[0.0; 65]);
    assert!(refused(wide).contains("65 outputs"));
    let mut slot = base();
    slot.nodes[0].controls = vec![Some(synthc_engine::plan::ControlSlot {
        control: 4,
        value: 0.0,
        smoothing: None,
    })];
    assert!(refused(slot).contains("control slot 0"));
}

#[test]
fn meters_show_the_peak_behind_the_fader_once() {
    let mut a = dc(0, "a", &[0.5, -0.25]);
    a.gain = 0.5;
    let mut rig = Rig::new();
    let plan = rig.publish(spec(1, vec![a]));
    rig.blocks(1);
    let meter = plan.node(NodeKey(0)).unwrap().meter();
    assert_eq!(meter.take(), [0.25, 0.125]);
    assert_eq!(meter.take(), [0.0, 0.0]);
}
