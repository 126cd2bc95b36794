//! What is linked: no system library without features, and nothing whose licence binds the whole.

use std::process::Command;

/// The packages that cargo finds, one line each in the given form.
fn tree(arguments: &[&str], form: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix", "none"])
        .args(["--format", form])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree: {errors}");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines.dedup();
    lines
}

#[test]
fn the_command_line_program_needs_no_system_library() {
    let program = ["-p", "synthc", "-e", "normal,build"];
    let packages = tree(&program, "{p}");
    let has = |packages: &[String], name: &str| {
        let start = format!("{name} ");
        packages.iter().any(|package| package.starts_with(&start))
    };
    assert!(has(&packages, "synthc-engine"), "{packages:?}");
    for name in [
        "cpal",
        "alsa",
        "alsa-sys",
        "jack",
        "jack-sys",
        "coreaudio-sys",
    ] {
        assert!(!has(&packages, name), "{name} is there without a feature");
    }
    // How build scripts find or make libraries of the system. (`cc` is there: one dependency has a few lines of
    // assembly, and the linker that Rust needs comes with the assembler.)
    for name in ["pkg-config", "vcpkg", "bindgen", "cmake"] {
        assert!(!has(&packages, name), "{name} looks for something");
    }
    let with_device = tree(&[&program[..], &["--features", "device"]].concat(), "{p}");
    assert!(
        has(&with_device, "cpal"),
        "the test looks in the wrong place"
    );
}

/// Licences that ask for no more than to be named.
const PERMISSIVE: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// Whether a licence expression (SPDX 2.3, annex D) can be met with permissive licences alone.
fn is_permissive(expression: &str) -> bool {
    // `a/b` is how `a OR b` was written once.
    let expression = expression.replace('/', " OR ");
    let expression = expression.trim();
    if let Some((a, b)) = split(expression, " AND ") {
        return is_permissive(a) && is_permissive(b);
    }
    if let Some((a, b)) = split(expression, " OR ") {
        return is_permissive(a) || is_permissive(b);
    }
    match expression
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        Some(inner) => is_permissive(inner),
        None => PERMISSIVE.contains(&expression),
    }
}

/// The two sides of the first `operator` outside of parentheses.
fn split<'a>(expression: &'a str, operator: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0;
    for (i, c) in expression.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && expression[i..].starts_with(operator) => {
                return Some((&expression[..i], &expression[i + operator.len()..]));
            }
            _ => {}
        }
    }
    None
}

#[test]
fn every_dependency_is_permissively_licensed() {
    // One package a line: name, version, then the licence behind a bar.
    let everything = ["--workspace", "--all-features", "-e", "normal,build"];
    let packages = tree(&everything, "{p}|{l}");
    assert!(packages.len() > 50, "{packages:?}");
    let refused: Vec<&String> = packages
        .iter()
        .filter(|line| !line.is_empty())
        .filter(|line| {
            let licence = line.trim_end_matches(" (*)").rsplit('|').next();
            !licence.is_some_and(is_permissive)
        })
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn licence_expressions_are_read_as_they_bind() {
    for permissive in [
        "MIT",
        "MIT OR GPL-3.0-only",
        "Apache-2.0/MIT",
        "(MIT OR GPL-2.0-only) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(is_permissive(permissive), "{permissive}");
    }
    for binding in ["", "GPL-3.0-or-later", "MIT AND GPL-2.0-only", "LGPL-2.1"] {
        assert!(!is_permissive(binding), "{binding}");
    }
}
