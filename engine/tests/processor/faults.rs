//! Samples that are not finite stay in the node that made them.

use std::sync::Arc;

use synthc_engine::event::NodeKey;
use synthc_engine::plan::{LimiterSpec, NodeSpec, PlanSpec};
use synthc_engine::processor::Report;
use synthc_ir::{ExternState, ExternUnit, Signal};
use synthc_jit::Program;

use crate::support::*;

/// Puts out its gate, divided by a control: ∞ or NaN when that is 0, and remembers the ∞.
fn fragile(key: u32) -> synthc_engine::plan::NodeSpec<f64> {
    let divided = gate() / stepping("by", 1.0);
    let total = synthc_ir::feedback(|y| 0.0 * y + divided);
    node(key, "fragile", &[total])
}

#[test]
fn a_node_that_breaks_is_silent_and_named_once_and_the_others_go_on() {
    let drone = node(1, "drone", &[Signal::constant(0.25)]);
    let echo = node(2, "echo", &[Signal::input(0) * 1.0]);
    let mut plan = spec(1, vec![fragile(0), drone, echo]);
    plan.sends = vec![send(0, 2, 1.0), send(1, 2, 1.0)];
    let mut rig = Rig::playing(plan);
    rig.send(&[value(30, 0, 1, 0.0)]);
    let [left, _] = rig.blocks(20);
    assert!(
        left.iter().all(|&x| x == 0.5),
        "only the drone and its echo"
    );
    assert_eq!(
        rig.port.reports.pop(),
        Ok(Report::NonFinite {
            node: NodeKey(0),
            generation: 1,
            frame: 0
        })
    );
    assert!(rig.port.reports.pop().is_err());
}

#[test]
fn the_next_plan_starts_a_broken_node_afresh_and_keeps_the_others() {
    let count = synthc_ir::feedback(|y| y + 1.0);
    let nodes = vec![fragile(0), node(1, "count", &[count])];
    let mut rig = Rig::playing(spec(1, nodes.clone()));
    rig.send(&[value(30, 0, 1, 0.0), on(40, 1, 0, &[])]);
    rig.blocks(1);
    rig.publish(spec(2, nodes));
    rig.send(&[on(70, 2, 0, &[(1, 2.0)])]);
    let [left, _] = rig.blocks(1);
    assert_eq!(left[0], 65.0);
    assert_eq!(left[6], 71.5);
}

#[test]
fn of_several_voices_only_the_broken_one_is_silent() {
    let mut keys = fragile(0);
    keys.voices = 2;
    let mut rig = Rig::playing(spec(1, vec![keys]));
    rig.send(&[on(10, 1, 0, &[(1, 0.0)]), on(20, 2, 0, &[(1, 4.0)])]);
    let [left, _] = rig.blocks(1);
    assert_eq!(changes(&left), [(20, 0.25)]);
}

#[test]
fn a_full_report_ring_delays_the_report() {
    let mut config = synthc_engine::processor::ProcessorConfig::new(RATE);
    config.reports = 1;
    let mut rig = Rig::with(&config);
    let mut other = fragile(1);
    other.name = "other".into();
    rig.publish(spec(1, vec![fragile(0), other]));
    rig.send(&[value(0, 0, 1, 0.0), value(0, 1, 1, 0.0)]);
    rig.blocks(2);
    assert!(rig.port.reports.pop().is_ok());
    assert!(rig.port.reports.pop().is_err());
    rig.blocks(1);
    let second = rig.port.reports.pop();
    assert!(matches!(
        second,
        Ok(Report::NonFinite {
            node: NodeKey(1),
            ..
        })
    ));
}

/// Panics at its tenth frame.
#[derive(Debug)]
struct Bomb;

struct Fuse(u32);

impl ExternUnit for Bomb {
    fn name(&self) -> &'static str {
        "bomb"
    }

    fn inputs(&self) -> usize {
        0
    }

    fn outputs(&self) -> usize {
        1
    }

    fn instantiate(&self, _: f64) -> Box<dyn ExternState> {
        Box::new(Fuse(0))
    }
}

impl ExternState for Fuse {
    fn frame(&mut self, _: &[f64], outputs: &mut [f64]) {
        self.0 += 1;
        assert!(self.0 < 10, "the tenth frame");
        outputs[0] = 0.5;
    }
}

#[test]
fn an_extern_that_panics_is_silenced_and_the_others_go_on() {
    let bomb = Signal::external(Arc::new(Bomb), &[]).unwrap();
    let drone = node(1, "drone", &[Signal::constant(0.25)]);
    let (mut port, mut processor) =
        synthc_engine::processor::connect(&synthc_engine::processor::ProcessorConfig::new(RATE));
    let plan = spec(1, vec![node(0, "bomb", &bomb), drone]);
    let publication = port.publisher.prepare(plan).unwrap();
    port.publisher.publish(publication).unwrap();
    processor.warm_up();
    // The callback in which it panics is exempt from the rule of no allocation.
    let [left, _] = processor.next_block();
    assert_eq!(left[..9], [0.75; 9]);
    assert_eq!(left[10..], [0.25; 54]);
    let [left, _] = assert_no_alloc::assert_no_alloc(|| processor.next_block());
    assert_eq!(*left, [0.25; 64]);
    let report = Report::ExternPanicked {
        node: NodeKey(0),
        generation: 1,
        frame: 0,
    };
    assert_eq!(port.reports.pop(), Ok(report));
    assert!(port.reports.pop().is_err(), "told once");
}

#[test]
fn a_sum_beyond_the_range_of_samples_is_silence_and_not_an_infinity() {
    let drone: Program<f32> = program(&[Signal::constant(0.5)]);
    for limiter in [
        None,
        Some(LimiterSpec {
            ceiling: 1e300,
            release: 0.1,
        }),
    ] {
        let mut plan = PlanSpec::new(1, RATE);
        plan.nodes = vec![NodeSpec::new(NodeKey(0), "drone", drone.clone())];
        plan.limiter = limiter;
        plan.master = 1e200;
        let [left, right] = Rig::playing(plan).blocks(2);
        assert_eq!([left, right], [(); 2].map(|()| vec![0.0; 128]));
    }
}
