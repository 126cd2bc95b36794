//! Tests of the order of a frame and of the cut into segments.

use synthc_ir::signal::{DelayMax, Line, Register, Table};
use synthc_ir::testing::graphs;
use synthc_ir::{BuildOptions, CastOp, Const, Control, Graph, Op, Precision, Signal, feedback};

use super::*;

fn built(outputs: &[Signal]) -> Graph {
    Graph::build(outputs, &BuildOptions::default()).expect("well-formed signals")
}

fn schedule(graph: &Graph, moving: bool) -> Schedule {
    Schedule::new(graph, &order(graph).expect("no cycle"), moving, 1)
}

fn control(name: &str) -> Signal {
    Signal::control(Control::new(name, 0.5, 0.0, 1.0))
}

/// Checks that every step comes after what it needs, reads before writes of registers, writes
/// before reads of tables and of short delays; that everything happens once; that what crosses has a home or a
/// buffer.
fn check(graph: &Graph, schedule: &Schedule) {
    let mut done: Vec<Option<(usize, usize)>> = vec![None; graph.len()];
    let mut written = vec![false; graph.registers().len()];
    let mut tables = vec![false; graph.tables().len()];
    let mut lines = vec![false; graph.lines().len()];
    let mut outputs = vec![false; graph.outputs().len()];
    for (index, one) in schedule.loops.iter().enumerate() {
        for (segment, steps) in one.segments.iter().enumerate() {
            for step in steps {
                step.for_each_use(graph, |id| match schedule.placement.of(id) {
                    Place::Immediate => {}
                    Place::Update => assert!(one.cached.contains(&id)),
                    Place::Frame if one.free.contains(&id) => {}
                    Place::Frame => {
                        let (home, at) = done[id.index()].expect("computed before it is used");
                        if home != index {
                            assert!(one.imports.contains(&id));
                            assert!(schedule.loops[home].exports.contains(&id));
                            assert!(schedule.buffers.of(id).is_some());
                        } else {
                            assert!(at == segment || schedule.kept.contains(&id));
                        }
                    }
                });
                match *step {
                    Step::Node(id) => {
                        let before = done[id.index()].replace((index, segment));
                        assert_eq!(before, None, "computed once");
                        match graph.op(id) {
                            Op::RegisterRead(r) => {
                                assert!(!written[r.index()], "read, then written");
                            }
                            Op::TableRead(t, _) if table_write(graph, t).is_some() => {
                                assert!(tables[t.index()], "written, then read");
                            }
                            Op::DelayRead(d, _) if graph.lines()[d.index()].min == 0 => {
                                let delay = step::delay(graph, d, graph.op(id).operands()[0]);
                                let same_frame = delay == step::Delay::AtLeast(0);
                                assert!(lines[d.index()] || !same_frame, "written, then read");
                            }
                            _ => {}
                        }
                    }
                    Step::WriteRegister(r) => {
                        assert!(!std::mem::replace(&mut written[r.index()], true));
                    }
                    Step::WriteTable(t) => tables[t.index()] = true,
                    Step::WriteLine(d) => lines[d.index()] = true,
                    Step::Output(channel) => outputs[channel] = true,
                    Step::Call(_) => {}
                }
            }
        }
        for id in &one.carried {
            assert!(!std::mem::replace(&mut written[id.index()], true));
        }
    }
    for (i, info) in graph.registers().iter().enumerate() {
        let moves = !holds_still(graph, RegisterId::new(i));
        assert_eq!(written[i], moves && info.next.is_some(), "written once");
    }
    assert!(lines.iter().all(|&done| done));
    assert!(outputs.iter().all(|&done| done));
}

proptest::proptest! {
    #[test]
    fn every_step_of_a_random_frame_comes_after_what_it_needs(
        graph in graphs(Precision::F32, 600), moving in proptest::bool::ANY
    ) {
        check(&graph.0, &schedule(&graph.0, moving));
    }
}

#[test]
fn a_long_frame_is_cut_into_loops_that_hand_values_over_in_buffers() {
    let mut sum = Signal::input(0);
    let first = &sum * 3.0;
    for i in 0..500 {
        sum = feedback(|y| y * 0.5 + &sum * f64::from(i));
    }
    let graph = built(&[sum + first]);
    let schedule = schedule(&graph, false);
    assert!(schedule.loops.len() > 10);
    check(&graph, &schedule);
    let crossing = schedule.buffers.bytes();
    assert!(crossing < 20_000, "{crossing} bytes of buffers");
}

#[test]
fn work_that_depends_on_controls_only_leaves_the_loop() {
    let level = control("level");
    let graph = built(&[Signal::input(0) * (&level * &level + 1.0)]);
    let resting = schedule(&graph, false);
    let nodes = |segments: &[Vec<Step>]| {
        let steps = segments.iter().flatten();
        steps.filter(|step| matches!(step, Step::Node(_))).count()
    };
    let frame = |schedule: &Schedule| nodes(&schedule.loops[0].segments);
    assert_eq!(nodes(&resting.update), 3);
    assert_eq!(frame(&resting), 1);
    assert_eq!(resting.loops[0].cached.len(), 1);
    let moving = schedule(&graph, true);
    assert_eq!(nodes(&moving.update), 0);
    assert_eq!(frame(&moving), 3);
    assert_eq!(moving.moving.len(), 1);
}

#[test]
fn a_control_that_steps_stays_out_of_the_loop_of_the_moving_variant() {
    let graph = built(&[Signal::input(0) * control("gate") * control("level")]);
    let moving = schedule(&graph, true);
    assert_eq!(moving.moving.len(), 1);
    assert_eq!(moving.loops[0].cached.len(), 1);
}

#[test]
fn few_registers_are_carried_and_those_that_hold_still_never() {
    let [key, _] = Register::noise_key();
    let graph = built(&[feedback(|y| y * 0.5 + key.to_float())]);
    assert_eq!(graph.registers().len(), 2);
    assert_eq!(schedule(&graph, false).loops[0].carried.len(), 1);
}

#[test]
fn writes_follow_what_they_wait_for() {
    let line = Line::new(1, DelayMax::Frames(8.0));
    let table = Table::written(4, 0.0);
    let delayed = line.read(&Signal::int(3));
    let cell = table.read(&Signal::int(1));
    let echo = line.bind(&(Signal::input(0) * 0.5), &delayed);
    let cell = table.bind(&Signal::int(2), &echo, &cell);
    let graph = built(&[cell, echo]);
    let schedule = schedule(&graph, false);
    check(&graph, &schedule);
    let steps = &schedule.loops[0].segments[0];
    let place = |wanted: &dyn Fn(&Step) -> bool| steps.iter().position(wanted).expect("a step");
    let product =
        place(&|s| matches!(s, Step::Node(id) if matches!(graph.op(*id), Op::Binary(..))));
    assert!(matches!(steps[product + 1], Step::WriteLine(_)));
}

#[test]
fn bounds_of_indices_are_found_through_clamps_and_masks() {
    let mut graph = Graph::new(Precision::F32, 48_000.0, 1);
    let input = graph.insert(Op::Input(0));
    let index = graph.cast(CastOp::FloatToI32, input);
    let (zero, ten) = (graph.i32(0), graph.i32(10));
    let low = graph.max(index, zero);
    let clamped = graph.min(low, ten);
    assert_eq!(IntRange::of(&graph, clamped), IntRange { lo: 0, hi: 10 });
    let mask = graph.insert(Op::Const(Const::I32(63)));
    let masked = graph.binary(synthc_ir::BinaryOp::And, index, mask);
    assert_eq!(IntRange::of(&graph, masked), IntRange { lo: 0, hi: 63 });
    let sum = graph.add(masked, clamped);
    assert_eq!(IntRange::of(&graph, sum), IntRange { lo: 0, hi: 73 });
    let unknown = IntRange::of(&graph, index);
    assert_eq!((unknown.lo, unknown.hi), (i32::MIN, i32::MAX));
}
