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
