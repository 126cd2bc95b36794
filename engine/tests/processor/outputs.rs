//! Nodes of more than two outputs: voices in lanes, events in blocks, meters, and what is no plan.

use proptest::prelude::*;
use synthc_engine::event::{EventKind, LevelTarget, NodeKey};
use synthc_engine::plan::{NodeSpec, Outlet, Plan, PlanSpec, SendSpec, Tap, Width};
use synthc_ir::prelude::*;
use synthc_ir::{BuildOptions, Graph, Signal};
use synthc_jit::{CompileOptions, Compiler, Level, Sample, Target};

use crate::support::*;

/// A voice of four outputs that share an envelope: two sides, a band of noise, a delayed tone.
fn voice() -> [Signal; 4] {
    let freq = smoothed("freq", 110.0, 20.0, 2000.0);
    let envelope = adsr(0.002, 0.02, 0.4, 0.03, gate());
    let tone = saw(freq.clone()) * &envelope;
    let noise = resonant(white_noise(), freq * 2.0, 1.2) * &envelope;
    let late = delay(tone.clone(), 700.0) * stepping("x", 0.5);
    [tone.clone() * 0.5, tone * 0.25 + &noise * 0.1, noise, late]
}

fn source<T: Sample>(lanes: usize, voices: u16) -> NodeSpec<T> {
    let options = BuildOptions {
        precision: T::PRECISION,
        sample_rate: RATE,
        inputs: None,
    };
    let graph = Graph::build(&voice(), &options).unwrap();
    let options = CompileOptions {
        level: Level::Strict,
        moving: true,
        lanes,
        ..CompileOptions::default()
    };
    let mut compiler = Compiler::new(Target::Host).unwrap();
    let program = compiler.compile::<T>(&graph, &options).unwrap();
    let mut node = NodeSpec::new(NodeKey(0), "poly", program);
    (node.voices, node.graph) = (voices, Some(std::sync::Arc::new(graph)));
    node
}

fn from_output(output: u16, to: u32, level: f64) -> SendSpec {
    SendSpec {
        outlet: Outlet::Output(output),
        ..send(0, to, level)
    }
}

/// The voices, and two effects that are fed by single outputs and by the node as a whole.
fn plan<T: Sample>(generation: u64, poly: NodeSpec<T>) -> PlanSpec<T> {
    let wire = |key, name: &str| {
        let wire = program::<T>(&[Signal::input(0) * 1.0]);
        NodeSpec::new(NodeKey(key), name, wire)
    };
    let mut spec = PlanSpec::new(generation, RATE);
    spec.nodes = vec![poly, wire(1, "a"), wire(2, "b")];
    spec.sends = vec![
        from_output(2, 1, 0.5),
        from_output(3, 1, 0.25),
        SendSpec {
            tap: Tap::Pre,
            ..from_output(3, 2, 1.0)
        },
        send(0, 2, 0.125),
    ];
    spec.limiter = None;
    spec
}

/// The slots of gate, frequency and `x`.
fn slots() -> [u16; 3] {
    let node = source::<f64>(1, 1);
    let controls = node.program.controls();
    let slot = |name: &str| controls.iter().position(|c| &*c.name == name).unwrap();
    ["gate", "freq", "x"].map(|name| slot(name) as u16)
}

/// Notes, values and levels that numbers choose.
fn events(numbers: &[u64]) -> Vec<synthc_engine::event::Event> {
    let [gate, freq, x] = slots();
    let mut events: Vec<_> = numbers
        .iter()
        .zip(0..)
        .map(|(&number, note)| {
            let (frame, size) = (number % 4_000, (number >> 40) as f64 / f64::from(1 << 24));
            match number >> 16 & 7 {
                0..3 => on(frame, note, gate, &[(freq, 60.0 + 400.0 * size)]),
                3 => off(frame, note / 2),
                4 => value(frame, 0, x, size),
                5 => value(frame, 0, freq, 60.0 + 900.0 * size),
                6 => level(frame, LevelTarget::Gain(NodeKey(0)), size),
                _ => level(
                    frame,
                    LevelTarget::Send {
                        from: NodeKey(0),
                        outlet: Outlet::Output(3),
                        to: NodeKey(1),
                        input: None,
                    },
                    size,
                ),
            }
        })
        .collect();
    events.sort_by_key(|event| event.frame);
    events
}

fn level(frame: u64, target: LevelTarget, value: f64) -> synthc_engine::event::Event {
    event(frame, EventKind::Level { target, value })
}

fn played<T: Sample>(lanes: usize, voices: u16, splits: bool, numbers: &[u64]) -> Vec<f64> {
    let mut rig = Rig::<T>::new();
    rig.processor.set_splitting(splits);
    rig.publish(plan(1, source(lanes, voices)));
    rig.send(&events(numbers));
    rig.blocks(80).concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn voices_of_four_outputs_in_lanes_are_voices_alone(
        numbers in proptest::collection::vec(any::<u64>(), 20..200),
        (lanes, voices) in proptest::sample::select(vec![(4, 3), (4, 6), (8, 8), (16, 13)]),
    ) {
        let alone = played::<f64>(1, voices, false, &numbers);
        prop_assert!(alone == played::<f64>(lanes, voices, false, &numbers));
        // Nor does it matter whether events cut blocks.
        prop_assert!(alone == played::<f64>(lanes, voices, true, &numbers));
        let alone = played::<f32>(1, voices, true, &numbers);
        prop_assert!(alone == played::<f32>(lanes, voices, false, &numbers));
    }
}

/// Plays while the number of voices changes: (lanes, voices) one after the other.
fn edited(steps: &[(usize, u16)]) -> Vec<f64> {
    let mut rig = Rig::<f64>::new();
    let mut heard = Vec::new();
    for (index, &(lanes, voices)) in (0..).zip(steps) {
        rig.publish(plan(index + 1, source(lanes, voices)));
        let numbers: Vec<u64> = (0..60)
            .map(|n| (index * 60 + n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .collect();
        let mut events = events(&numbers);
        for event in &mut events {
            event.frame += index * 6_400 + 700;
        }
        rig.send(&events);
        heard.extend(rig.blocks(100).concat());
        assert!(rig.poll().is_some());
    }
    heard
}

#[test]
fn voices_of_four_outputs_go_on_over_edits_of_their_number_in_lanes_as_alone() {
    let counts = [6, 9, 3, 16, 5];
    let alone = edited(&counts.map(|voices| (1, voices)));
    assert!(alone.iter().any(|x| x.abs() > 0.1));
    for lanes in [4, 8, 16] {
        let together = edited(&counts.map(|voices| (lanes, voices)));
        let differences = alone.iter().zip(&together).map(|(a, b)| (a - b).abs());
        let difference = differences.fold(0.0, f64::max);
        assert!(difference < 1e-9, "{lanes} lanes: {difference}");
    }
}

#[test]
fn every_output_of_voices_in_lanes_sounds() {
    for output in 0..4 {
        let mut spec = plan(1, source::<f64>(8, 8));
        spec.nodes[0].direct = false;
        spec.sends = vec![from_output(output, 1, 1.0)];
        let mut rig = Rig::playing(spec);
        let gate = slots()[0];
        rig.send(&[on(10, 1, gate, &[]), on(20, 2, gate, &[])]);
        let [left, right] = rig.blocks(40);
        assert!(left.iter().any(|x| x.abs() > 1e-3), "output {output}");
        assert!(left == right);
    }
}

#[test]
fn a_wide_node_shows_its_sides_on_the_meter() {
    let outputs = [0.5, 0.25, 4.0].map(Signal::constant);
    let mut rig = Rig::<f64>::new();
    let plan = rig.publish(spec(1, vec![node(0, "a", &outputs)]));
    rig.blocks(1);
    let wide = plan.node(NodeKey(0)).unwrap();
    assert_eq!(wide.width(), Width::Wide(3));
    assert_eq!(wide.meter().take(), [0.5, 0.25]);
}

#[test]
fn a_route_from_the_right_side_of_a_node_that_becomes_mono_fades_out_to_its_end() {
    let wire = || node(1, "fx", &[Signal::input(0) * 1.0]);
    let a = |outputs: &[f64]| {
        let outputs: Vec<Signal> = outputs.iter().map(|&x| Signal::constant(x)).collect();
        let mut node = node(0, "a", &outputs);
        node.direct = false;
        node
    };
    let mut stereo = spec(1, vec![a(&[0.0, 1.0]), wire()]);
    stereo.sends = vec![from_output(1, 1, 1.0)];
    let mut rig = Rig::playing(stereo);
    rig.blocks(4);
    rig.publish(spec(2, vec![a(&[1.0]), wire()]));
    let [left, _] = rig.blocks(20);
    // The nodes crossfade for 480 frames; the level of the route is a little longer on its way.
    let level = &left[470..600];
    assert!(level[60] > 0.0, "{level:?}");
    let steps = level.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    assert!(steps.fold(0.0, f64::max) < 1e-3, "{level:?}");
    assert_eq!(left.last(), Some(&0.0));
}

#[test]
fn outputs_that_are_not_there_are_refused() {
    let outputs = [0.5, 0.25, 4.0].map(Signal::constant);
    let wire = node(1, "fx", &[Signal::input(0) * 1.0]);
    let mut missing = spec(1, vec![node(0, "a", &outputs), wire]);
    missing.sends = vec![from_output(3, 1, 1.0)];
    let refused = Plan::new(missing.clone()).unwrap_err().to_string();
    assert_eq!(refused, "'a' has no output 3; its outputs are 0 to 2");
    missing.sends = vec![from_output(2, 1, 1.0), send(0, 1, 1.0)];
    assert!(Plan::new(missing.clone()).is_ok());
    missing.sends.push(from_output(2, 1, 0.5));
    assert!(
        Plan::new(missing)
            .unwrap_err()
            .to_string()
            .contains("twice")
    );
    let many: Vec<Signal> = (0..65).map(|x| Signal::constant(f64::from(x))).collect();
    let refused = Plan::new(spec(1, vec![node(0, "a", &many)])).unwrap_err();
    let text = "'a' has 65 outputs; a node has 1 to 64: make several nodes of it";
    assert_eq!(refused.to_string(), text);
}
