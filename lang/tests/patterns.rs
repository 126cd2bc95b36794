//! The module `krp` as patches see it: what calls build, shown as patterns print themselves, and the
//! events behind them.

use synthc_engine::pattern::{EventKind, Pattern, Time};
use synthc_lang::{Limits, Patch, SourceFile};

const NODE: &str = r#"
def tone():
    freq = krs.control("freq", 110.0, 20.0, 2000.0)
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    cutoff = krs.control("cutoff", 900.0, 80.0, 5000.0)
    return krs.lowpass(krs.saw(freq), cutoff) * gate
n = kr.node("n", tone)
"#;

fn load(text: &str) -> Patch {
    let source = SourceFile::new("patch.py", format!("{NODE}{text}"));
    Patch::load(source, Limits::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// What a patch expression prints.
fn shown(expression: &str) -> String {
    let patch = load(&format!("print({expression})"));
    patch.output().trim_end().to_owned()
}

fn played(expression: &str) -> Pattern {
    let patch = load(&format!("n @ ({expression})"));
    let slot = patch.session().pattern("n").unwrap().unwrap();
    slot.pattern().clone()
}

/// Onset, gate end and pitch of the notes of the first `cycles` cycles, in cycles and hertz.
fn notes(expression: &str, cycles: i64) -> Vec<(f64, f64, f64)> {
    let events = played(expression)
        .query(Time::ZERO, Time::integer(cycles), 0)
        .unwrap();
    let note = |e: &synthc_engine::pattern::Event| match &e.kind {
        EventKind::Note(note) => {
            let pitch = note.pitch_hz.unwrap_or(0.0);
            Some((e.onset.to_f64(), note.gate_end.to_f64(), pitch.round()))
        }
        _ => None,
    };
    events.iter().filter_map(note).collect()
}

#[test]
fn expressions_build_the_patterns_they_spell() {
    for (expression, pattern) in [
        ("krp.hit() * 4", "hit() * 4"),
        ("4 * krp.hit()", "hit() * 4"),
        ("(krp.rest() + krp.hit()) * 4", "(rest() + hit()) * 4"),
        ("krp.hit() | krp.note('A2')", "hit() | note(\"A2\")"),
        ("krp.note()", "hit()"),
        ("krp.note(45, 110.0)", "note(\"A2\", \"A2\")"),
        ("krp.note(['A2', 'C3'])", "note(\"A2\", \"C3\")"),
        (
            "krp.note('A2', vel=0.5, gate=0.9, cutoff=800)",
            "note(\"A2\", vel=0.5, gate=9/10, cutoff=800)",
        ),
        ("krp.note('A2', vel=1.0)", "note(\"A2\")"),
        ("krp.hit('trig')", "hit(param=\"trig\")"),
        (
            "krp.seq('A2', None, 45, krp.hit())",
            "seq(\"A2\", None, \"A2\", hit())",
        ),
        (
            "krp.seq(('A2', 'C3'), 'E3')",
            "seq(note(\"A2\", \"C3\"), \"E3\")",
        ),
        ("krp.p('A2 ~ x')", "seq(\"A2\", None, hit())"),
        ("krp.cat(krp.hit(), krp.rest())", "cat(hit(), rest())"),
        ("krp.stack(krp.hit(), krp.rest())", "hit() | rest()"),
        (
            "kr.struct(krp.hit() * 4, krp.seq('A2', 'B2'))",
            "struct(hit() * 4, seq(\"A2\", \"B2\"))",
        ),
        (
            "krp.hit().over(2).shift(0.25).reverse()",
            "hit().over(2).shift(1/4).reverse()",
        ),
        ("krp.hit().over(1/3)", "hit().fast(3)"),
        ("krp.hit().slow(1.5)", "hit().over(3/2)"),
        (
            "krp.hit().spread(3, 8, rot=1).thin(0.25, seed=7)",
            "hit().spread(3, 8, 1).thin(0.25, seed=7)",
        ),
        (
            "krp.hit().swing().mask('x . x x').gate(0.25)",
            "hit().swing(67/100, 8).mask(\"x . x x\").gate(1/4)",
        ),
        (
            "krp.hit().every(4, lambda p: p * 2)",
            "hit().every(4, lambda _: hit() * 2)",
        ),
        (
            "krp.hit().sometimes(0.3, krp.reverse, seed=2)",
            "hit().sometimes(0.3, lambda _: hit().reverse(), seed=2)",
        ),
        ("krp.sine(200, 2000).over(4)", "sine(200, 2000).over(4)"),
        (
            "krp.rand(0, 1, steps=8, seed=3)",
            "rand(0, 1, steps=8, seed=3)",
        ),
        ("kr.saw(0, 1)", "ramp(0, 1)"),
        ("kr.mod_exp(1, 2)", "exp(1, 2)"),
        ("krp.midi_note('C4')", "midi_note(60, 100, 0, 1)"),
        ("krp.cc(74, 100)", "cc(74, 100, 0)"),
    ] {
        assert_eq!(shown(expression), pattern, "{expression}");
    }
}

#[test]
fn transforms_are_values_that_chain_and_apply() {
    assert_eq!(shown("krp.fast(2) >> krp.reverse"), "fast(2) >> reverse()");
    for expression in [
        "(krp.fast(2) >> krp.reverse)(krp.hit())",
        "krp.hit() >> krp.fast(2) >> krp.reverse",
        "krp.hit() >> (krp.fast(2) >> krp.reverse())",
        "krp.hit().fast(2).reverse()",
    ] {
        assert_eq!(shown(expression), "hit().fast(2).reverse()", "{expression}");
    }
    assert_eq!(
        shown("krp.every(3, lambda p: p.fast(2))(krp.hit())"),
        "hit().every(3, lambda _: hit().fast(2))"
    );
}

#[test]
fn a_bass_line_over_two_cycles_has_its_notes_in_their_places() {
    assert_eq!(
        notes("krp.seq('A2', 'D3', None, 'E2').over(2)", 2),
        [(0.0, 0.25, 110.0), (0.5, 0.75, 147.0), (1.5, 1.75, 82.0)]
    );
}

#[test]
fn every_applies_its_function_from_the_first_cycle_on() {
    let onsets = notes("krp.hit().every(2, lambda p: p * 2)", 3);
    let onsets: Vec<f64> = onsets.into_iter().map(|(onset, _, _)| onset).collect();
    assert_eq!(onsets, [0.0, 0.5, 1.0, 2.0, 2.5]);
}

#[test]
fn pitches_convert_both_ways() {
    for (expression, text) in [
        ("krp.A4", "440.0"),
        ("krp.mtof(69)", "440.0"),
        ("krp.ftom(krp.Cs4)", "61"),
        ("kr.parse_note('Cb4')", "59"),
        ("krp.midi_to_name(61)", "Cs4"),
    ] {
        assert_eq!(shown(expression), text, "{expression}");
    }
}

#[test]
fn a_node_takes_patterns_text_pairs_and_none() {
    let patch = load(
        r#"
n @ "A2 D3 ~ E2"
n @ ("cutoff", krp.tri(100, 900))
print(n.pattern, kr.slots["n/cutoff"])
n @ ("cutoff", "x")
n @ ("cutoff", None)
n @ None
print(kr.slots)
"#,
    );
    assert_eq!(
        patch.output(),
        "seq(\"A2\", \"D3\", None, \"E2\") tri(100, 900)\n{}\n"
    );
}

#[test]
fn remarks_are_warnings_at_the_call() {
    let patch = load("n @ krp.note(\"A2\", cutof=900)\nn[\"cutoff\"] = 9000\n");
    let shown: Vec<String> = patch
        .warnings()
        .iter()
        .map(|w| {
            format!(
                "{}: {} {:?}",
                w.location().unwrap().line,
                w.message(),
                w.help()
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "8: the pattern sets `cutof`, which node `n` does not have; it is ignored [\"did you mean `cutoff`?\"]",
            "9: 9000 for `n/cutoff` is outside its range 80 to 5000; it will be clamped []",
        ]
    );
}

#[test]
fn patterns_and_transforms_without_end_stop_with_a_message() {
    for (text, expected) in [
        (
            "p = krp.hit()\nwhile True: p = p.fast(2)",
            "nested 257 deep",
        ),
        ("p = krp.hit()\nwhile True: p = p | p", "the limit is 65536"),
        ("l = []\nwhile True: l.append(krp.hit())", "out of memory"),
        ("x = krs.saw(3)\nwhile True: x = x * 0.5", "out of memory"),
        ("n @ (krp.hit() * 1000000000)", "1000000 events"),
        (
            "def f(): return krp.hit().every(2, lambda p: f())\nf()",
            "deep in itself",
        ),
        (
            "t = krp.reverse\nfor i in range(5000): t = krp.every(2, lambda p, t=t: t(p))\nt(krp.hit())",
            "deep in itself",
        ),
    ] {
        let source = SourceFile::new("patch.py", format!("{NODE}{text}"));
        let error = Patch::load(source, Limits::default()).expect_err(text);
        let message = error.to_string();
        assert!(message.contains(expected), "{text}\n{message}");
    }
}

#[test]
fn transforms_nested_in_functions_are_dropped_without_recursion() {
    load(
        "t = krp.reverse\nfor i in range(100000): t = krp.every(2, lambda p, t=t: t(p))\nt = None",
    );
}

#[test]
fn a_patch_can_be_sent_to_another_thread_and_asked_there() {
    let patch = load("def zero(a, b): return a * 0.0\n");
    let names = std::thread::spawn(move || {
        let function = patch.definition("zero").unwrap();
        (function.inputs, function.outputs.len())
    });
    assert_eq!(
        names.join().unwrap(),
        (vec!["a".to_owned(), "b".to_owned()], 1)
    );
}
