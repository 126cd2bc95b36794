//! Tests of what goes on when state changes hands.

use synthc_ir::library::saw;
use synthc_ir::signal::Table;

use super::*;

/// A tone into a loop of a delay: what it plays depends on all of its past.
fn echo(frames: i32, max: f64, level: f64) -> Program<f32> {
    let line = Line::new(1, DelayMax::Frames(max));
    let heard = saw(331.0) * level + line.read(&Signal::int(frames)) * 0.7;
    program(&[line.bind(&heard, &heard)])
}

fn all(program: &Program<f32>) -> StatePairs {
    let all = |count: usize| (0..count as u32).map(|i| (i, i)).collect();
    StatePairs {
        registers: all(program.layout().registers().len()),
        lines: all(program.layout().lines().len()),
        tables: all(program.layout().tables().len()),
    }
}

fn play(program: &Program<f32>, state: &mut State<f32>, frames: usize) -> Vec<f32> {
    let mut output = vec![0.0; frames];
    for block in output.chunks_mut(64) {
        program
            .process(state, &[], &mut [block], &[])
            .expect("slices that fit");
    }
    output
}

/// Plays `old`, carries to `new`, plays on: the new sound and the ghost's, 512 frames each.
fn carried(old: &Program<f32>, new: &Program<f32>, before: usize) -> [Vec<f32>; 2] {
    let list = CarryList::new(old, new, &all(old));
    let (mut past, mut state) = (old.instantiate(1), new.instantiate(2));
    play(old, &mut past, before);
    let mut progress = CopyProgress::new(&list);
    loop {
        let mut budget = 300;
        if state.copy_lines(&past, &list, &mut progress, &mut budget) {
            break;
        }
        play(old, &mut past, 64);
    }
    assert!(state.carry_from(&mut past, &list));
    let mut heard = [Vec::new(), Vec::new()];
    for _ in 0..8 {
        heard[0].extend(play(new, &mut state, 64));
        heard[1].extend(play(old, &mut past, 64));
    }
    heard
}

/// What a program plays from some frame on when nothing happens, for as long as it is asked for.
fn undisturbed(program: &Program<f32>, all: usize) -> Vec<f32> {
    play(program, &mut program.instantiate(1), all)
}

fn goes_on(old: &Program<f32>, new: &Program<f32>) {
    let [heard, ghost] = carried(old, new, 6400);
    let reference = undisturbed(old, 20_000);
    let at = (6400..reference.len() - 512)
        .step_by(64)
        .find(|&at| reference[at..at + 512] == heard);
    assert!(
        at.is_some(),
        "the new state does not go on where the old was"
    );
    assert_eq!(heard, ghost, "the ghost does not sound as the old would");
}

#[test]
fn a_twin_goes_on_bit_for_bit_and_so_does_the_ghost() {
    goes_on(&echo(3000, 3100.0, 0.25), &echo(3000, 3100.0, 0.25));
    goes_on(&echo(50, 60.0, 0.25), &echo(50, 60.0, 0.25));
    // No margin: 4095 frames in a buffer of 4096.
    goes_on(&echo(4000, 4094.0, 0.25), &echo(4000, 4094.0, 0.25));
}

#[test]
fn a_line_that_grows_keeps_its_newest_samples() {
    goes_on(&echo(3000, 3100.0, 0.25), &echo(3000, 9000.0, 0.25));
}

#[test]
fn a_line_that_shrinks_keeps_its_newest_samples() {
    goes_on(&echo(500, 3100.0, 0.25), &echo(500, 700.0, 0.25));
    goes_on(&echo(40, 31_000.0, 0.25), &echo(40, 100.0, 0.25));
}

#[test]
fn a_ghost_writes_nothing_that_its_successor_reads() {
    let (old, new) = (echo(3000, 3100.0, 0.25), echo(3000, 3100.0, 0.0));
    let [heard, _] = carried(&old, &new, 6400);
    let tail = undisturbed(&old, 6912);
    for (frame, x) in heard.iter().enumerate() {
        assert_eq!(*x, 0.7 * tail[6400 + frame - 3000], "frame {frame}");
    }
}

#[test]
fn written_tables_change_hands_and_ghosts_leave_them_alone() {
    let looped = |level: f64| {
        let table = Table::written(4096, 0.0);
        let count = synthc_ir::signal::Register::int(0);
        let next = (count.read() + Signal::int(1)) & Signal::int(4095);
        let index = count.bind(&next, &next);
        let read = table.read(&((&index + Signal::int(96)) & Signal::int(4095)));
        program(&[table.bind(&index, &(saw(331.0) * level), &read)])
    };
    let (old, new) = (looped(0.25), looped(0.0));
    let [heard, ghost] = carried(&old, &new, 6400);
    let tail = undisturbed(&old, 6912);
    assert_eq!(heard, tail[6400..]);
    assert_eq!(heard, ghost);
}

#[test]
fn the_second_of_two_successors_copies() {
    let program = echo(3000, 3100.0, 0.25);
    let list = CarryList::duplicate(&program);
    let mut first = program.instantiate(1);
    let mut second = program.instantiate(2);
    play(&program, &mut first, 6400);
    let mut progress = CopyProgress::new(&list);
    let mut budget = usize::MAX;
    assert!(second.copy_lines(&first, &list, &mut progress, &mut budget));
    assert!(second.duplicate_from(&first, &list));
    assert_eq!(
        play(&program, &mut first, 640),
        play(&program, &mut second, 640)
    );
}

#[test]
fn kin_does_not_run_at_a_time() {
    let (old, new) = (echo(3000, 3100.0, 0.25), echo(3000, 3100.0, 0.25));
    let list = CarryList::new(&old, &new, &all(&old));
    let (mut past, mut state) = (old.instantiate(1), new.instantiate(2));
    let mut stranger = old.instantiate(3);
    assert!(state.carry_from(&mut past, &list));
    let turn = past.kinship.enter().expect("nobody runs");
    let mut output = [0.0; 4];
    let busy = new.process(&mut state, &[], &mut [&mut output], &[]);
    assert_eq!(busy, Err(crate::ProcessError::Busy));
    play(&old, &mut stranger, 64);
    past.kinship.leave(turn);
    play(&new, &mut state, 64);
}

#[test]
fn states_of_other_programs_and_ghosts_are_not_carried() {
    let (old, new) = (echo(3000, 3100.0, 0.25), echo(3000, 3100.0, 0.25));
    let list = CarryList::new(&old, &new, &all(&old));
    let (mut past, mut state) = (old.instantiate(1), new.instantiate(2));
    assert!(!old.instantiate(5).carry_from(&mut state, &list));
    assert!(state.carry_from(&mut past, &list));
    assert!(!new.instantiate(4).carry_from(&mut past, &list), "a ghost");
}

#[test]
fn a_reset_ends_kinship_without_touching_the_other() {
    let (old, new) = (echo(3000, 3100.0, 0.25), echo(3000, 3100.0, 0.25));
    let list = CarryList::new(&old, &new, &all(&old));
    let (mut past, mut state) = (old.instantiate(1), new.instantiate(1));
    play(&old, &mut past, 6400);
    assert!(state.carry_from(&mut past, &list));
    past.reset(1);
    assert_eq!(play(&old, &mut past, 512), undisturbed(&old, 512));
    assert_eq!(play(&new, &mut state, 512), undisturbed(&old, 6912)[6400..]);
}

/// Accumulators that add so much in every frame, each an output.
fn counters(equals: Equals, steps: &[f64]) -> Program<f32> {
    let count = |step: &f64| {
        let register = synthc_ir::signal::Register::float(0.0);
        let next = register.read() + *step + Signal::input(0) * 0.0;
        register.bind(&next, &next)
    };
    let outputs: Vec<Signal> = steps.iter().map(count).collect();
    let graph = Graph::build(&outputs, &BuildOptions::default()).expect("well-formed signals");
    let options = CompileOptions {
        equals,
        ..CompileOptions::default()
    };
    let mut compiler = Compiler::new(Target::Host).expect("a code generator");
    compiler.compile(&graph, &options).expect("a program")
}

fn places(program: &Program<f32>) -> usize {
    let offsets = program.layout().registers().iter().flatten();
    let offsets: std::collections::BTreeSet<u32> = offsets.map(|slot| slot.offset).collect();
    offsets.len()
}

/// The last of some frames of every output.
fn count(program: &Program<f32>, state: &mut State<f32>, frames: usize) -> Vec<f32> {
    let mut outputs = vec![vec![0.0; frames]; program.output_count()];
    let mut slices: Vec<&mut [f32]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
    let silence = vec![0.0; frames];
    program
        .process(state, &[&silence], &mut slices, &[])
        .expect("slices that fit");
    outputs.iter().map(|output| output[frames - 1]).collect()
}

#[test]
fn what_was_different_goes_on_apart_where_it_has_become_equal() {
    let old = counters(Equals::Merged, &[1.0, 2.0, 1.0]);
    assert_eq!(places(&old), 2);
    let merged = counters(Equals::Merged, &[1.0, 1.0, 1.0]);
    assert_eq!(places(&merged), 1);
    assert!(!CarryList::new(&old, &merged, &all(&old)).is_exact());
    let apart = counters(Equals::Apart, &[1.0, 1.0, 1.0]);
    assert_eq!(places(&apart), 3);
    let list = CarryList::new(&old, &apart, &all(&old));
    assert!(list.is_exact());
    let (mut past, mut state) = (old.instantiate(0), apart.instantiate(0));
    assert_eq!(count(&old, &mut past, 10), [10.0, 20.0, 10.0]);
    assert!(state.carry_from(&mut past, &list));
    assert_eq!(count(&apart, &mut state, 5), [15.0, 25.0, 15.0]);
    // Nobody knows that two of them hold the same.
    assert!(!CarryList::new(&apart, &merged, &all(&apart)).is_exact());
}

#[test]
fn what_was_one_goes_on_in_each_of_what_it_becomes() {
    let old = counters(Equals::Merged, &[1.0, 1.0, 1.0]);
    let new = counters(Equals::Merged, &[1.0, 3.0, 1.0]);
    let list = CarryList::new(&old, &new, &all(&old));
    assert!(list.is_exact());
    let (mut past, mut state) = (old.instantiate(0), new.instantiate(0));
    count(&old, &mut past, 10);
    assert!(state.carry_from(&mut past, &list));
    assert_eq!(count(&new, &mut state, 2), [12.0, 16.0, 12.0]);
}

#[test]
fn what_begins_afresh_is_not_what_goes_on() {
    let old = counters(Equals::Merged, &[1.0, 1.0]);
    let new = counters(Equals::Merged, &[1.0, 1.0, 1.0]);
    assert!(!CarryList::new(&old, &new, &all(&old)).is_exact());
    // All of it afresh, or all of it going on.
    assert!(CarryList::new(&old, &new, &StatePairs::default()).is_exact());
    let fewer = counters(Equals::Merged, &[1.0]);
    assert!(CarryList::new(&new, &old, &all(&old)).is_exact());
    assert!(CarryList::new(&old, &fewer, &all(&fewer)).is_exact());
    assert!(CarryList::identity(&old).is_exact());
}
