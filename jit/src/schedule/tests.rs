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
/// before reads of tables; that everything happens once; that what crosses has a home.
fn check(graph: &Graph, schedule: &Schedule) {
    let mut done = vec![None; graph.len()];
    let mut written = vec![false; graph.registers().len()];
    let mut tables = vec![false; graph.tables().len()];
    let mut lines = vec![false; graph.lines().len()];
    let mut outputs = vec![false; graph.outputs().len()];
    for (segment, steps) in schedule.frame.iter().enumerate() {
        for step in steps {
            step.for_each_use(graph, |id| match schedule.placement.of(id) {
                Place::Immediate => {}
                Place::Update => assert!(schedule.cached.contains(&id)),
                Place::Frame => {
                    let home = done[id.index()].expect("computed before it is used");
                    assert!(home == segment || schedule.kept.contains(&id));
                }
            });
            match *step {
                Step::Node(id) => {
                    assert_eq!(done[id.index()].replace(segment), None, "computed once");
                    match graph.op(id) {
                        Op::RegisterRead(r) => assert!(!written[r.index()], "read, then written"),
                        Op::TableRead(t, _) if table_write(graph, t).is_some() => {
                            assert!(tables[t.index()], "written, then read");
                        }
                        Op::DelayRead(d, _) if graph.lines()[d.index()].min == 0 => {
                            assert!(lines[d.index()], "written, then read");
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
    assert!(lines.iter().chain(&outputs).all(|&done| done));
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
fn a_long_frame_is_cut_into_segments_that_hand_values_over_in_memory() {
    let mut sum = Signal::input(0);
    let first = &sum * 3.0;
    for i in 0..500 {
        sum = feedback(|y| y * 0.5 + &sum * f64::from(i));
    }
    let graph = built(&[sum + first]);
    let schedule = schedule(&graph, false);
    assert!(schedule.frame.len() > 10);
    assert!(schedule.carried.is_empty());
    check(&graph, &schedule);
    let crossing = schedule.kept.len();
    assert!(crossing < 100, "{crossing} values cross");
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
    assert_eq!(nodes(&resting.update), 3);
    assert_eq!(nodes(&resting.frame), 2);
    assert_eq!(resting.cached.len(), 1);
    let moving = schedule(&graph, true);
    assert_eq!(nodes(&moving.update), 0);
    assert_eq!(nodes(&moving.frame), 5);
    assert_eq!(moving.moving.len(), 1);
}

#[test]
fn a_control_that_steps_stays_out_of_the_loop_of_the_moving_variant() {
    let graph = built(&[Signal::input(0) * control("gate") * control("level")]);
    let moving = schedule(&graph, true);
    assert_eq!(moving.moving.len(), 1);
    assert_eq!(moving.cached.len(), 1);
}

#[test]
fn few_registers_are_carried_and_those_that_hold_still_never() {
    let [key, _] = Register::noise_key();
    let graph = built(&[feedback(|y| y * 0.5 + key.to_float())]);
    assert_eq!(graph.registers().len(), 2);
    assert_eq!(schedule(&graph, false).carried.len(), 1);
}

#[test]
fn writes_follow_what_they_wait_for() {
    let line = Line::new(1, DelayMax::Frames(8.0));
    let table = Table::written(4, 0.0);
    let delayed = line.read(&Signal::int(3));
    let cell = table.read(&Signal::int(1));
    let echo = line.bind(&Signal::input(0), &delayed);
    let cell = table.bind(&Signal::int(2), &echo, &cell);
    let graph = built(&[cell, echo]);
    let schedule = schedule(&graph, false);
    check(&graph, &schedule);
    let steps = &schedule.frame[0];
    let place = |wanted: &dyn Fn(&Step) -> bool| steps.iter().position(wanted).expect("a step");
    let input = place(&|s| matches!(s, Step::Node(id) if graph.op(*id) == Op::Input(0)));
    assert!(matches!(steps[input + 1], Step::WriteLine(_)));
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
