//! Edits of expressions, and which state survives them.

use std::sync::Arc;

use synthc_ir::library::{adsr, delay, resonant, saw, sine_osc, triangle, white_noise};
use synthc_ir::signal::Register;
use synthc_ir::{BuildOptions, Control, Signal, Site};

use super::*;

fn graph(output: Signal) -> Graph {
    Graph::build(&[output], &BuildOptions::default()).unwrap()
}

fn control(name: &str) -> Signal {
    Signal::control(Control::new(name, 800.0, 20.0, 5000.0))
}

/// Pieces of state of a signal by itself.
fn state(signal: Signal) -> usize {
    align(&graph(signal.clone()), &graph(signal)).of
}

/// How many pieces go on, and of how many.
fn carried(old: Signal, new: Signal) -> (usize, usize) {
    let found = align(&graph(old), &graph(new));
    (found.carried, found.of)
}

#[test]
fn everything_goes_on_when_nothing_changes() {
    let voice = || resonant(saw(110.0) + white_noise(), control("cutoff"), 0.7) * 0.5;
    let (carried, of) = carried(voice(), voice());
    assert_eq!(carried, of);
    assert!(of >= 4, "{of}");
}

#[test]
fn a_constant_or_a_control_in_its_place_changes_no_identity() {
    let voice = |pitch: Signal, cutoff: Signal| resonant(saw(pitch), cutoff, 0.7);
    let number = Signal::constant;
    for (a, b) in [
        (number(110.0), number(220.0)),
        (number(110.0), control("freq")),
    ] {
        let (carried, of) = carried(
            voice(a.clone(), number(800.0)),
            voice(b.clone(), number(800.0)),
        );
        assert_eq!(carried, of);
    }
    let (carried, of) = carried(
        voice(number(110.0), number(800.0)),
        voice(number(112.0), control("cutoff")),
    );
    assert_eq!(carried, of);
}

#[test]
fn one_number_moves_nothing_and_is_paired_as_a_comparison_pairs_it() {
    let voice = |numbers: [f64; 4]| {
        let [a, b, cutoff, gain] = numbers;
        let pair = saw(a) + saw(b) * 0.5;
        let env = adsr(0.01, 0.1, 0.5, 0.2, control("gate"));
        graph(delay(resonant(pair, cutoff, 0.7), 0.01) * env * gain + white_noise())
    };
    let numbers = [110.0, 220.0, 800.0, 0.3];
    let old = voice(numbers);
    for place in 0..numbers.len() {
        let mut changed = numbers;
        changed[place] *= 1.1;
        let new = voice(changed);
        assert!(is_one_number(&old, &new));
        let graphs = [Pieces::of(&old), Pieces::of(&new)];
        let mut compared = Matching::new(&graphs);
        compared.compare();
        assert_eq!(align(&old, &new), compared.finish(), "number {place}");
    }
    assert!(is_one_number(&old, &old));
    // What is exchanged is followed to its new place.
    assert!(!is_one_number(&old, &voice([220.0, 110.0, 800.0, 0.3])));
    // A constant that becomes one that is there already.
    assert!(!is_one_number(&old, &voice([220.0, 220.0, 800.0, 0.3])));
    assert!(!is_one_number(&old, &voice([110.0, 221.0, 900.0, 0.3])));
}

#[test]
fn a_wrapper_leaves_everything_inside() {
    let voice = || resonant(saw(110.0), 800.0, 0.7);
    let (carried, of) = carried(
        voice(),
        (voice() * 3.0).tanh() * adsr(0.1, 0.1, 0.5, 0.1, control("gate")),
    );
    assert_eq!(carried, state(voice()));
    assert!(of > carried);
}

/// The new index of an old register.
fn register(alignment: &Alignment, old: u32) -> Option<u32> {
    let mut pairs = alignment.pairs.registers.iter();
    pairs.find(|(a, _)| *a == old).map(|(_, b)| *b)
}

/// A register whose number in the graph can be found again, by its start.
fn marked(input: &Signal, pole: f64, mark: f64) -> Signal {
    let register = Register::float(mark);
    let next = input + register.read() * pole;
    register.bind(&next, &next)
}

#[test]
fn a_filter_put_before_or_between_others_leaves_them_theirs() {
    // Filters of one kind, told apart by their starts only here, not by the alignment: all start alike.
    let chain = |poles: &[f64]| {
        poles
            .iter()
            .fold(saw(110.0), |x, &pole| marked(&x, pole, 0.0))
    };
    let own = |graph: &Graph, pole: f64| {
        let found = graph.registers().iter().position(|r| {
            let Some(next) = r.next else { return false };
            expression_has(graph, next, pole)
        });
        found.unwrap() as u32
    };
    let old = graph(chain(&[0.5, 0.6]));
    for poles in [[0.9, 0.5, 0.6], [0.5, 0.9, 0.6], [0.5, 0.6, 0.9]] {
        let new = graph(chain(&poles));
        let found = align(&old, &new);
        for pole in [0.5, 0.6] {
            let expected = Some(own(&new, pole));
            assert_eq!(
                register(&found, own(&old, pole)),
                expected,
                "{pole} of {poles:?}"
            );
        }
        assert_eq!(found.carried, state(chain(&[0.5, 0.6])));
    }
}

/// Whether the newest product below a node is one with this constant.
fn expression_has(graph: &Graph, id: synthc_ir::NodeId, constant: f64) -> bool {
    let near = graph.op(id).operands();
    near.iter().any(|&a| {
        let operands = graph.op(a).operands();
        let number = synthc_ir::Const::Float(graph.precision().round(constant));
        operands.iter().any(|&b| graph.constant(b) == Some(number))
            && operands
                .iter()
                .any(|&b| matches!(graph.op(b), synthc_ir::Op::RegisterRead(_)))
    })
}

#[test]
fn reordered_lines_keep_their_state_apart() {
    let (a, b) = (
        || resonant(saw(110.0), 500.0, 0.7),
        || resonant(saw(220.0), 500.0, 0.7),
    );
    let (old, new) = (graph(a() + b()), graph(b() + a()));
    let found = align(&old, &new);
    assert_eq!(found.carried, found.of);
    // The first saw's phase is the second now, and its filter went along.
    let half = old.registers().len() / 2;
    for register_of_a in 0..half as u32 {
        let now = register(&found, register_of_a).unwrap();
        assert_eq!(now, register_of_a + half as u32);
    }
}

#[test]
fn an_oscillator_more_takes_nothing_from_the_others() {
    let two = || saw(110.0) + saw(220.0);
    let (carried, of) = carried(two(), saw(55.0) + two());
    assert_eq!(
        (carried, of),
        (state(two()), state(two()) + state(saw(55.0)))
    );
}

#[test]
fn modulation_leaves_the_carrier_its_phase() {
    let (carried, _) = carried(sine_osc(220.0), sine_osc(sine_osc(5.0) * 3.0 + 220.0));
    assert_eq!(carried, 1);
}

#[test]
fn a_delay_of_another_length_is_the_same_delay() {
    let echo = |seconds: f64| saw(110.0) + delay(saw(110.0), seconds * 48_000.0);
    let old = graph(echo(0.5));
    let found = align(&old, &graph(echo(1.5)));
    assert_eq!(found.pairs.lines, [(0, 0)]);
}

#[test]
fn what_has_nothing_in_common_is_not_carried() {
    let (carried, _) = carried(resonant(saw(110.0), 800.0, 0.7), triangle(3.0).tanh());
    assert!(carried <= 1, "{carried}");
}

#[test]
fn a_name_beats_every_likeness() {
    let counter = |name: &str, step: f64| {
        let register = Register::float(0.0).named(name);
        let next = register.read() + step;
        register.bind(&next, &next)
    };
    let old = graph(counter("a", 1.0) + counter("b", 2.0));
    let new = graph(counter("b", 1.0) + counter("a", 2.0));
    let found = align(&old, &new);
    assert_eq!(
        [register(&found, 0), register(&found, 1)],
        [Some(1), Some(0)]
    );
}

#[test]
fn the_function_called_decides_between_equals() {
    let called = |signal: Signal, function: &str| {
        let site = Site {
            calls: Arc::from([Arc::from(function)]),
            ..Site::new("patch.py", 1, 1)
        };
        signal.at(Arc::new(site))
    };
    let leak = |pole: f64| marked(&sine_osc(pole * 100.0), pole, 0.0);
    let (bass, lead) = (
        |pole| called(leak(pole), "bass"),
        |pole| called(leak(pole), "lead"),
    );
    let old = graph(bass(0.3) + lead(0.4));
    let new = graph(lead(0.5) + bass(0.6));
    let found = align(&old, &new);
    assert_eq!(found.carried, found.of);
    assert_eq!(register(&found, 0), Some(2), "{:?}", found.pairs);
}
