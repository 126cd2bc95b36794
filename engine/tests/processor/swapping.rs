//! Plans replaced while they play.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use synthc_engine::event::NodeKey;
use synthc_engine::plan::{NodeSpec, PlanSpec};
use synthc_engine::processor::ProcessorConfig;
use synthc_engine::swap::{Adoption, Publication, PublishError, Publisher};
use synthc_ir::{ExternState, ExternUnit, Signal};

use crate::support::*;

fn dc(x: f64) -> NodeSpec<f64> {
    node(0, "a", &[Signal::constant(x)])
}

#[test]
fn a_plan_is_adopted_on_the_grid_and_acknowledged() {
    let mut rig = Rig::new();
    rig.blocks(3);
    rig.publish(spec(7, vec![dc(0.5)]));
    assert!(rig.port.publisher.is_in_flight());
    let [left, _] = rig.blocks(1);
    assert_eq!(left, [0.5; 64], "the first plan needs no fade");
    assert_eq!(
        rig.poll(),
        Some(Adoption {
            generation: 7,
            frame: 192
        })
    );
    assert!(!rig.port.publisher.is_in_flight());
}

#[test]
fn one_publication_is_in_flight_and_the_next_comes_back() {
    let mut rig = Rig::playing(spec(1, vec![dc(0.5)]));
    let next = rig.port.publisher.prepare(spec(2, vec![dc(0.25)])).unwrap();
    let refused = rig.port.publisher.publish(next);
    let Err(PublishError::InFlight(publication)) = refused else {
        panic!("two in flight");
    };
    rig.blocks(1);
    assert!(rig.port.publisher.publish(publication).is_ok());
}

#[test]
fn a_state_of_another_plan_or_an_old_generation_is_refused() {
    let mut rig = Rig::playing(spec(3, vec![dc(0.5)]));
    rig.blocks(1);
    let publisher = &mut rig.port.publisher;
    let prepare = |publisher: &Publisher<f64>, generation| {
        publisher.prepare(spec(generation, vec![dc(0.5)])).unwrap()
    };
    let old = prepare(publisher, 3);
    let old = publisher.publish(old);
    assert!(matches!(old, Err(PublishError::Mismatch(_))));
    let mixed = Publication {
        plan: prepare(publisher, 5).plan,
        state: prepare(publisher, 4).state,
    };
    let mixed = publisher.publish(mixed);
    assert!(matches!(mixed, Err(PublishError::Mismatch(_))));
}

#[test]
fn a_replaced_plan_fades_over_ten_milliseconds_with_constant_power() {
    let mut rig = Rig::playing(spec(1, vec![dc(0.0)]));
    rig.blocks(1);
    rig.publish(spec(2, vec![dc(1.0)]));
    let [rising, _] = rig.blocks(10);
    let mut rig = Rig::playing(spec(1, vec![dc(1.0)]));
    rig.blocks(1);
    rig.publish(spec(2, vec![dc(0.0)]));
    let [falling, _] = rig.blocks(10);
    for (a, b) in rising.iter().zip(&falling) {
        assert!((a * a + b * b - 1.0).abs() < 1e-12);
    }
    assert!((rising[239] - 0.5f64.sqrt()).abs() < 1e-12);
    assert!(rising[478] < 1.0);
    assert_eq!(rising[479..], [1.0; 640 - 479]);
    let steepest = rising.windows(2).map(|w| w[1] - w[0]).fold(0.0, f64::max);
    assert!(steepest < 2.0 / 480.0, "{steepest}");
}

#[test]
fn unchanged_nodes_go_on_when_others_are_added_and_levels_move() {
    let ramp = || {
        let count = synthc_ir::feedback(|y| y + 1.0);
        NodeSpec::new(NodeKey(3), "ramp", program(&[count]))
    };
    let kept = ramp();
    let mut rig = Rig::playing(spec(1, vec![kept.clone()]));
    let [first, _] = rig.blocks(2);
    let mut wider = spec(2, vec![node(9, "new", &[Signal::constant(0.0)]), kept]);
    wider.nodes[0].gain = 0.5;
    rig.publish(wider);
    let [second, _] = rig.blocks(2);
    let mut alone = Rig::playing(spec(1, vec![ramp()]));
    let [reference, _] = alone.blocks(4);
    assert_eq!([first, second].concat(), reference);
    assert!(rig.poll().is_some());
    rig.blocks(10);
    rig.poll();
    assert_eq!(rig.port.publisher.retired(), 1);
}

#[test]
fn notes_held_and_armed_go_on_in_a_plan_that_extends_the_last() {
    let lead = node(0, "lead", &[gate()]);
    let mut rig = Rig::playing(spec(1, vec![lead.clone()]));
    rig.send(&[on(10, 1, 0, &[]), on(64, 2, 0, &[]), off(100, 2)]);
    let [first, _] = rig.blocks(1);
    rig.publish(spec(2, vec![dc2(), lead]));
    let [second, _] = rig.blocks(1);
    let all = [first, second].concat();
    assert_eq!(changes(&all), [(10, 1.0), (63, 0.0), (64, 1.0), (100, 0.0)]);
}

fn dc2() -> NodeSpec<f64> {
    node(5, "other", &[Signal::constant(0.0)])
}

#[test]
fn a_note_armed_before_a_swap_starts_in_the_new_plan_at_its_frame() {
    let mut rig = Rig::playing(spec(1, vec![node(0, "lead", &[gate()])]));
    rig.send(&[on(10, 1, 0, &[]), on(64, 2, 0, &[])]);
    rig.blocks(1);
    rig.publish(spec(2, vec![node(0, "lead", &[2.0 * gate()])]));
    rig.blocks(1);
    let [later, _] = rig.blocks(10);
    assert_eq!(later[639], 2.0);
}

#[test]
fn a_new_send_on_a_kept_node_comes_in_from_silence() {
    let source = dc(1.0);
    let echo = node(1, "echo", &[Signal::input(0) * 1.0]);
    let mut rig = Rig::playing(spec(1, vec![source.clone(), echo.clone()]));
    rig.blocks(1);
    let mut routed = spec(2, vec![source, echo]);
    routed.sends = vec![send(0, 1, 1.0)];
    rig.publish(routed);
    let [left, _] = rig.blocks(40);
    assert!(left[0] > 1.0 && left[0] < 1.05, "{}", left[0]);
    assert_eq!(left[2559], 2.0);
}

#[test]
fn the_swap_waits_while_the_way_back_is_full() {
    let mut rig = Rig::playing(spec(1, vec![dc(1.0)]));
    rig.blocks(1);
    let mut generation = 1;
    // The port is never polled beyond what publishing does, so count what comes back per swap.
    for _ in 0..5 {
        generation += 1;
        rig.publish(spec(generation, vec![dc(generation as f64)]));
        let [left, _] = rig.blocks(10);
        assert_eq!(left[639], generation as f64);
    }
    rig.poll();
    assert_eq!(rig.port.publisher.retired(), 5);
}

/// Counts its instances.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

struct Instance(Arc<AtomicUsize>);

impl ExternUnit for Counted {
    fn name(&self) -> &'static str {
        "counted"
    }

    fn inputs(&self) -> usize {
        0
    }

    fn outputs(&self) -> usize {
        1
    }

    fn instantiate(&self, _: f64) -> Box<dyn ExternState> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::new(Instance(Arc::clone(&self.0)))
    }
}

impl ExternState for Instance {
    fn frame(&mut self, _: &[f64], outputs: &mut [f64]) {
        outputs[0] = 0.25;
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn swaps_under_a_running_audio_thread_free_everything_on_the_control_side() {
    let alive = Arc::new(AtomicUsize::new(0));
    let plan = |generation: u64| -> PlanSpec<f32> {
        let unit: Arc<dyn ExternUnit> = Arc::new(Counted(Arc::clone(&alive)));
        let outputs = Signal::external(unit, &[]).unwrap();
        let mut spec = PlanSpec::new(generation, RATE);
        let mut source = NodeSpec::new(NodeKey(0), "a", program::<f32>(&outputs));
        source.voices = 4;
        spec.nodes = vec![source];
        spec
    };
    let Rig {
        mut port,
        mut processor,
        ..
    } = Rig::<f32>::new();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let audio = std::thread::spawn(move || {
        processor.warm_up();
        let mut output = [0.0f32; 128];
        while !stopped.load(Ordering::Acquire) {
            assert_no_alloc::assert_no_alloc(|| processor.process_interleaved(&mut output, 2));
        }
        processor
    });
    for generation in 1..=60 {
        let next = port.publisher.prepare(plan(generation)).unwrap();
        assert!(port.publisher.publish(next).is_ok());
        while port.publisher.is_in_flight() {
            std::thread::yield_now();
            port.publisher.poll();
        }
        assert!(alive.load(Ordering::SeqCst) <= 12, "retired states pile up");
    }
    while port.publisher.retired() < 59 {
        std::thread::yield_now();
        port.publisher.poll();
    }
    stop.store(true, Ordering::Release);
    drop(audio.join().unwrap());
    drop(port);
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[test]
fn a_state_of_another_plan_of_the_same_generation_is_refused() {
    let mut rig = Rig::<f64>::new();
    let publisher = &mut rig.port.publisher;
    let small = publisher.prepare(spec(1, vec![dc(0.5)])).unwrap();
    let large = publisher.prepare(spec(1, vec![dc(0.5), node(1, "b", &[gate()])]));
    let refused = publisher.publish(Publication {
        plan: large.unwrap().plan,
        state: small.state,
    });
    assert!(matches!(refused, Err(PublishError::Mismatch(_))));
}

#[test]
fn a_note_that_has_its_voice_outlives_a_new_plan_when_the_queue_is_full() {
    let config = ProcessorConfig {
        events: 2,
        ..ProcessorConfig::new(RATE)
    };
    let mut rig = Rig::with(&config);
    let lead = || spec(1, vec![node(0, "lead", &[gate()])]);
    rig.publish(lead());
    // The note's end comes first and is remembered, so that the note makes two events of one.
    rig.send(&[off(10, 3)]);
    rig.blocks(1);
    rig.poll();
    rig.send(&[on(128, 3, 0, &[]), value(100_000, 0, 0, 0.0)]);
    rig.blocks(1);
    rig.publish(spec(2, vec![node(0, "lead", &[gate() * 2.0])]));
    let [left, _] = rig.blocks(1);
    assert!(left[0] > 0.0 && left[1] == 0.0, "note 3 is lost or hangs");
}
