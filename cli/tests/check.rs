//! `synthc check`: what is wrong, for people and for programs.

mod support;

use serde_json::{Value, json};
use support::Folder;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write(
        "good.py",
        "def f():\n    return krs.saw(100.0)\nkr.node('n', f)\n",
    );
    folder.write("wrong.py", "x = krs.sine_ocs(440.0)\n");
    folder.write("warned.py", "print('words')\nkr.export('x')\n");
    folder
}

#[test]
fn a_good_patch_gets_no_word() {
    let run = folder().done("check good.py");
    assert!(
        run.stdout.is_empty() && run.stderr.is_empty(),
        "{}",
        run.stderr
    );
}

#[test]
fn errors_are_shown_and_counted() {
    let run = folder().run("check wrong.py good.py");
    assert_eq!(run.status, Some(1));
    assert!(run.stdout.is_empty());
    assert_eq!(
        run.stderr,
        "error: AttributeError: module 'krs' has no attribute 'sine_ocs'
 --> wrong.py:1:9
  |
1 | x = krs.sine_ocs(440.0)
  |         ^^^^^^^^
  |
  = help: did you mean `sine_osc`?

"
    );
    let run = folder().run("check wrong.py wrong.py");
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr.ends_with("\n2 patches are wrong\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn warnings_are_shown_and_pass() {
    let run = folder().done("check warned.py");
    let warning = "warning: kr.export() does nothing in a patch file\n --> warned.py:2:1\n";
    assert!(run.stderr.starts_with(warning), "{}", run.stderr);
}

#[test]
fn diagnostics_are_json_lines_on_request() {
    let run = folder().run("check --json good.py wrong.py warned.py");
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.is_empty(), "{}", run.stderr);
    let text = String::from_utf8(run.stdout).expect("text");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("one object a line"))
        .collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert_eq!(
        lines[0],
        json!({
            "severity": "error", "file": "wrong.py",
            "line": 1, "column": 9, "end_line": 1, "end_column": 17,
            "message": "AttributeError: module 'krs' has no attribute 'sine_ocs'",
            "help": ["did you mean `sine_osc`?"],
        })
    );
    assert_eq!(lines[1]["severity"], "warning");
    assert_eq!(
        (&lines[1]["line"], &lines[1]["column"]),
        (&json!(2), &json!(1))
    );
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_others() {
    let run = folder().run("check none.py wrong.py");
    assert_eq!(run.status, Some(3));
    assert!(run.stderr.contains("--> wrong.py:1:9"), "{}", run.stderr);
    let missing = "error: cannot read the patch none.py: No such file or directory (os error 2)\n";
    assert!(run.stderr.ends_with(missing), "{}", run.stderr);
}
