//! The pure-Python part against a real python3: same output, character for character.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use synthc_lang::{Host, Interpreter, Limits, SourceFile, Style, with_large_stack};

fn python(source: &str) -> String {
    let mut child = Command::new("python3")
        .arg("-")
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("these tests compare with a real python3, which could not be started: install it");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(source.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "python3: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn ours(name: &str, source: &str) -> String {
    with_large_stack(|| {
        let file = SourceFile::new(name, source);
        let mut interpreter = Interpreter::new(file, &Host::new(), Limits::default())
            .unwrap_or_else(|d| panic!("{}", d.render(Style::Plain)));
        match interpreter.run() {
            Ok(outcome) => outcome.output,
            Err(d) => panic!("{}", d.render(Style::Plain)),
        }
    })
    .unwrap()
}

fn compare(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/python")
        .join(name);
    let source = std::fs::read_to_string(&path).unwrap();
    let (theirs, ours) = (python(&source), ours(name, &source));
    for (i, (a, b)) in theirs.lines().zip(ours.lines()).enumerate() {
        assert_eq!(a, b, "{name}: output line {}", i + 1);
    }
    assert_eq!(theirs, ours, "{name}");
}

#[test]
fn functions_and_scopes_agree_with_python() {
    compare("functions.py");
}

#[test]
fn control_flow_and_exceptions_agree_with_python() {
    compare("control.py");
}

#[test]
fn numbers_agree_with_python() {
    compare("numbers.py");
}

#[test]
fn text_agrees_with_python() {
    compare("text.py");
}

#[test]
fn containers_agree_with_python() {
    compare("containers.py");
}

mod random {
    //! Random expressions, many per python3 process. Both sides print the value or the name of the
    //! exception; messages are compared by the scripts above.

    use proptest::prelude::*;

    use super::{ours, python};

    fn number() -> impl Strategy<Value = String> {
        prop_oneof![
            (-20_i64..20).prop_map(|i| format!("({i})")),
            any::<i64>().prop_map(|i| format!("({i})")),
            any::<i32>().prop_map(|i| format!("({i}.0 / 64)")),
            (-40_i32..40).prop_map(|e| format!("1.7e{e}")),
            Just("True".to_owned()),
            Just("(2**70)".to_owned()),
        ]
    }

    fn arithmetic() -> impl Strategy<Value = String> {
        let operators = prop::sample::select(vec![
            "+", "-", "*", "/", "//", "%", "<", "<=", "==", "!=", "&", "|", "^",
        ]);
        number().prop_recursive(4, 24, 3, move |inner| {
            prop_oneof![
                4 => (inner.clone(), operators.clone(), inner.clone())
                    .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
                1 => inner.clone().prop_map(|a| format!("abs({a})")),
                1 => inner.clone().prop_map(|a| format!("round({a}, 1)")),
                1 => inner.clone().prop_map(|a| format!("int({a})")),
                1 => (inner.clone(), 0..5_i32).prop_map(|(a, n)| format!("({a} ** {n})")),
                1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("max({a}, {b})")),
                1 => (inner.clone(), inner).prop_map(|(a, b)| format!("divmod({a}, {b})[1]")),
            ]
        })
    }

    fn list() -> impl Strategy<Value = String> {
        let slice = (
            -6_i32..6,
            -6_i32..6,
            prop::sample::select(vec![-3_i32, -2, -1, 1, 2, 3]),
        );
        let items = prop::collection::vec(-9_i32..9, 0..6);
        (items, slice).prop_flat_map(|(items, (a, b, step))| {
            prop::sample::select(vec![
                format!("{items:?}[{a}:{b}:{step}]"),
                format!("sorted({items:?}, key=lambda x: x % 3, reverse=True)"),
                format!("{items:?}[{a}]"),
                format!("[x * {b} for x in {items:?} if x > {a}]"),
                format!("{items:?} < [{a}, {b}]"),
                format!("list(zip({items:?}, range({a}, 9, {})))", step.abs()),
                format!("'-'.join(str(x) for x in {items:?})"),
                format!("{{x: x // {step} for x in {items:?}}}"),
                format!("(lambda *a: sum(a, {a}))(*{items:?})"),
                format!("range({a}, {b}, {step})[{a}:{b}], list(range({a}, {b}, {step}))"),
            ])
        })
    }

    fn text() -> impl Strategy<Value = String> {
        ("[ab,é \\-x'\"]{0,8}", -4_i32..8, -4_i32..8).prop_flat_map(|(s, a, b)| {
            let s = format!("{s:?}");
            prop::sample::select(vec![
                format!("{s}[{a}:{b}]"),
                format!("{s}[::{}]", if b == 0 { 1 } else { b }),
                format!("{s}.split({})", if a > 0 { "','" } else { "" }),
                format!("{s}.find('a', {a}, {b}), {s}.rfind('b', {a})"),
                format!("{s}.replace('a', 'bb', {a})"),
                format!("{s}.center({b}, '*') + {s}.zfill({b})"),
                format!("{s}.title() + {s}.strip('ab') + repr({s})"),
                format!("{s}.partition('b'), {s}.rsplit(None, {a}), {s}.count('')"),
                format!("{s} * {a} + {s}"),
            ])
        })
    }

    fn format_spec() -> impl Strategy<Value = String> {
        let spec = "[<>^=]?[+ -]?0?[0-9]?,?(\\.[0-9])?[dfegx%]?";
        (number(), spec).prop_map(|(n, spec)| format!("format({n}, '{spec}')"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 60, ..ProptestConfig::default() })]

        #[test]
        fn random_expressions_agree_with_python(
            expressions in prop::collection::vec(
                prop_oneof![arithmetic(), list(), text(), format_spec()], 60)
        ) {
            let mut source = String::new();
            for e in &expressions {
                source += &format!("try:\n    print({e})\nexcept Exception as e:\n    print(type(e).__name__)\n");
            }
            let (theirs, ours) = (python(&source), ours("random.py", &source));
            for ((a, b), e) in theirs.lines().zip(ours.lines()).zip(&expressions) {
                prop_assert_eq!(a, b, "{}", e);
            }
            prop_assert_eq!(theirs, ours);
        }
    }
}
