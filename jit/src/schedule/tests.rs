//! Tests of the order of a frame and of the cut into segments.

use synthc_ir::signal::{DelayMax, Line, Register, Table};
use synthc_ir::testing::graphs;
use synthc_ir::{BuildOptions, CastOp, Const, Control, Graph, Op, Precision, Signal, feedback};

use super::unit::UnitKind;
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
fn check(source: &Graph, schedule: &Schedule) {
    let graph = schedule.graph(source);
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
                    Place::Update | Place::Chunk => assert!(one.cached.contains(&id)),
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
    for id in &schedule.settled {
        assert!(!std::mem::replace(&mut written[id.index()], true));
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

/// The kinds of the units of a graph that have more than one step, ascending.
fn unit_kinds(graph: &Graph) -> Vec<UnitKind> {
    let order = order(graph).expect("no cycle");
    let units = Units::find(graph, &order, &Placement::infer(graph, false, &[]));
    let large = (0..units.len()).filter(|&unit| units.members(unit).len() > 1);
    large.map(|unit| units.kinds[unit]).collect()
}

fn echo(frames: i32) -> Signal {
    let line = Line::new(1, DelayMax::Frames(300.0));
    let back = line.read(&Signal::int(frames));
    let sum = Signal::input(0) + &back * 0.5;
    line.bind(&sum, &sum)
}

#[test]
fn a_unit_is_what_the_way_back_to_it_allows() {
    let filter = feedback(|y| y * 0.5 + Signal::input(0));
    assert_eq!(unit_kinds(&built(&[filter])), [UnitKind::Recurrence]);
    assert_eq!(unit_kinds(&built(&[echo(3)])), [UnitKind::Recurrence]);
    assert_eq!(unit_kinds(&built(&[echo(4)])), [UnitKind::Comb]);
    assert_eq!(unit_kinds(&built(&[echo(63)])), [UnitKind::Comb]);
    assert_eq!(unit_kinds(&built(&[echo(64)])), [], "beyond a chunk");

    let count = Register::int(0);
    let next = count.read() + Signal::int(3);
    let counter = count.bind(&next, &next.to_float());
    assert_eq!(unit_kinds(&built(&[counter])), [UnitKind::Accumulator]);

    let table = Table::written(8, 0.0);
    let read = table.read(&Signal::int(2));
    let written = table.bind(&Signal::int(1), &Signal::input(0), &read);
    assert_eq!(unit_kinds(&built(&[written])), [UnitKind::Serial]);
}

#[test]
fn a_register_outside_of_recurrences_belongs_to_what_it_takes() {
    let last = Register::float(0.0);
    let read = last.read();
    let x = Signal::input(0).abs();
    let graph = built(&[last.bind(&x, &(read + &x))]);
    assert_eq!(unit_kinds(&graph), [UnitKind::Feed]);
}

#[test]
fn a_condition_that_holds_for_a_chunk_is_decided_before_the_loop() {
    let open = control("gate").gt(0.5);
    let envelope = feedback(|y| {
        let attack = (y * 0.9 + 0.1).min(1.0);
        let release = y * 0.99 - 1e-5;
        open.select(&attack, &release)
    });
    let level = open.select(&(&envelope * 2.0), &(&envelope - 0.5));
    let graph = built(&[level]);
    let schedule = schedule(&graph, false);
    check(&graph, &schedule);
    let one = &schedule.loops[0];
    let switch = one.switch.as_ref().expect("a condition");
    assert!(matches!(graph.op(switch.condition), Op::Compare(..)));
    let count = |answer| {
        let nodes = one.steps().filter_map(|step| match *step {
            Step::Node(id) => Some(id),
            _ => None,
        });
        nodes.filter(|&id| switch.is_dead(id, answer)).count()
    };
    assert!(count(true) >= 2, "the release, when the gate is open");
    assert!(count(false) >= 2, "the attack, when it is closed");
}

#[test]
fn long_chains_are_computed_in_two_vectors_and_short_ones_in_one() {
    let mut chain = Signal::input(0);
    for _ in 0..3 {
        chain = (chain * 1.5).tanh();
    }
    let long = built(&[chain]);
    let long = schedule(&long, false);
    assert_eq!(long.loops[0].lanes, WIDEST);
    assert!(long.loops.len() > 3, "cut where one value crosses");
    assert!(long.loops.iter().all(|one| one.exports.len() <= 4));
    let short = built(&[synthc_ir::library::lf_saw(110.0)]);
    assert_eq!(schedule(&short, false).loops[0].lanes, VECTOR);
}

#[test]
fn a_buffer_is_used_again_when_its_value_is_no_longer_needed() {
    let mut x = Signal::input(0);
    for _ in 0..6 {
        let smooth = feedback(|y| y * 0.9 + &x * 0.1);
        x = (smooth * 3.0).sin();
    }
    let graph = built(&[x]);
    let schedule = schedule(&graph, false);
    check(&graph, &schedule);
    let exports = schedule
        .loops
        .iter()
        .map(|one| one.exports.len())
        .sum::<usize>();
    assert!(exports >= 11, "{exports} values cross");
    let one = (CHUNK + WIDEST) * 4;
    assert!(schedule.buffers.bytes() <= 3 * one);
}
