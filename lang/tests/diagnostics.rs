//! Golden messages: every kind of mistake, rendered exactly as a person sees it.
//!
//! `tests/golden/NAME.py` is the patch, `tests/golden/NAME.txt` the message. After an intended
//! change, run with `UPDATE_GOLDEN=1` and review the difference.

use std::path::Path;

use synthc_lang::{
    Diagnostic, Host, Interpreter, Limits, Module, SourceFile, Style, Value, signature,
    with_large_stack,
};

fn host() -> Host {
    let krs = Module::builder("krs")
        .function("lowpass", signature!(x, cutoff, order = 2i64), |_, a| {
            a.f64("cutoff").map(Value::from)
        })
        .function("highpass", signature!(x, cutoff, order = 2i64), |_, a| {
            a.f64("cutoff").map(Value::from)
        })
        .function("sine_osc", signature!(freq), |_, a| {
            a.f64("freq").map(Value::from)
        })
        .build();
    Host::new().module(&krs)
}

fn evaluate(name: &str, text: &str, limits: Limits) -> Option<Diagnostic> {
    with_large_stack(|| {
        let source = SourceFile::new(name, text);
        let result = Interpreter::new(source, &host(), limits).and_then(|mut i| i.run().map(drop));
        result.err().map(|d| *d)
    })
    .unwrap()
}

fn fail(name: &str, text: &str, limits: Limits) -> Diagnostic {
    evaluate(name, text, limits).expect("the patch must fail")
}

fn golden(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let file = format!("{name}.py");
    let text = std::fs::read_to_string(folder.join(&file)).unwrap();
    let shown = fail(&file, &text, Limits::default()).render(Style::Plain) + "\n";
    let expected = folder.join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&expected, &shown).unwrap();
    }
    assert_eq!(
        shown,
        std::fs::read_to_string(expected).unwrap_or_default(),
        "{name}"
    );
}

macro_rules! golden_tests {
    ($($test:ident => $file:literal,)*) => { $(#[test] fn $test() { golden($file); })* };
}

golden_tests! {
    a_syntax_error_points_at_the_token => "syntax",
    a_missing_colon_is_explained => "colon",
    an_open_bracket_is_explained => "bracket",
    a_misspelt_name_gets_a_suggestion => "name",
    a_name_of_a_module_gets_its_import => "import_name",
    a_misspelt_module_attribute_gets_a_suggestion => "attribute",
    an_unknown_module_lists_the_modules => "module",
    a_misspelt_import_gets_a_suggestion => "import_from",
    a_missing_argument_shows_the_signature => "missing_argument",
    too_many_arguments_show_the_signature => "too_many",
    a_misspelt_keyword_gets_a_suggestion => "keyword",
    a_wrong_type_puts_the_caret_under_the_argument => "wrong_type",
    an_unpack_mismatch_says_how_many_there_are => "unpack",
    an_index_out_of_range_says_the_length => "index",
    a_missing_key_gets_a_suggestion => "key",
    a_division_by_zero_shows_its_callers => "zero",
    an_endless_recursion_names_the_function => "recursion",
    an_endless_loop_names_the_bound => "endless",
    a_giant_list_is_refused_before_it_is_made => "giant_list",
    a_giant_string_is_refused_before_it_is_made => "giant_string",
    a_giant_power_is_refused_before_it_is_computed => "giant_power",
    a_list_of_a_giant_range_is_refused => "giant_range",
    a_class_is_refused_with_advice => "class",
    a_yield_is_refused_with_advice => "yield",
    a_match_is_refused_with_advice => "match",
    opening_a_file_is_refused_with_advice => "open",
    none_in_arithmetic_hints_at_return => "none",
    a_failed_assertion_shows_its_message => "assert",
    deep_nesting_is_refused_before_parsing => "nesting",
    too_much_output_is_refused => "output",
}

#[test]
fn the_record_gives_line_column_and_help_to_machines() {
    let record = fail("p.py", "x = 1\ny = é + lowpas\n", Limits::default()).record();
    assert_eq!(record.file.as_deref(), Some("p.py"));
    let start = record.start.unwrap();
    assert_eq!((start.line, start.column), (2, 5));
    assert_eq!(record.message, "NameError: name 'é' is not defined");
}

#[test]
fn a_limit_cannot_be_caught() {
    let patch = "while True:\n    try:\n        while True: pass\n    except Exception: pass\n    finally:\n        x = 1\n";
    let d = fail(
        "p.py",
        patch,
        Limits {
            steps: 10_000,
            ..Limits::default()
        },
    );
    assert!(d.message().contains("10000 evaluation steps"), "{d}");
}

#[test]
fn hostile_patches_end_with_a_diagnostic() {
    let deep =
        |open: &str, close: &str, n: usize| format!("x = {}1{}", open.repeat(n), close.repeat(n));
    let patches = [
        deep("(", ")", 100_000),
        deep("[", "]", 100_000),
        deep("-", "", 100_000),
        deep("not ", "", 100_000),
        deep("lambda: ", "", 100_000),
        format!("x = 1{}", "+1".repeat(200_000)),
        format!("x = a{}", ".b".repeat(200_000)),
        format!("x = 1{}", " if 1 else 1".repeat(100_000)),
        (0..5000).map(|i| format!("{}if 1:\n", " ".repeat(i))).collect(),
        "a = []\nfor i in range(10**6): a = [a]\nprint(a)".to_owned(),
        "a = []\nfor i in range(10**5): a = [a]\nb = []\nfor i in range(10**5): b = [b]\nprint(a == b)".to_owned(),
        "it = iter([1])\nfor i in range(10**5): it = map(abs, it)\nprint(list(it))".to_owned(),
        "a = ()\nfor i in range(10**4): a = (a,)\n{a: 1}".to_owned(),
        "a = []\nfor i in range(60): a = [a, a]\nrepr(a)".to_owned(),
        "a = ()\nfor i in range(60): a = (a, a)\n{a}".to_owned(),
        "x = 2\nwhile True: x = x * x".to_owned(),
        "x = 'ab'\nwhile True: x += x".to_owned(),
        "l = [1]\nfor v in l: l.append(v)".to_owned(),
        "sum(range(10**18))".to_owned(),
        "print(f'{1:999999999999}')".to_owned(),
        "'x'.ljust(10**15)".to_owned(),
        "math_fact = 1\nfrom math import factorial\nfactorial(10**9)".to_owned(),
        "f = lambda x: x\nfor i in range(300000):\n    f = (lambda g: lambda x: g(x))(f)\nf(1)".to_owned(),
        "sorted([1, 'a'])".to_owned(),
        "def f(n): return sorted([n, n], key=lambda v: f(v))\nf(1)".to_owned(),
        "x = 1 << 10**12".to_owned(),
        "'a'.replace('', 'b' * 10**6).replace('', 'c' * 10**6)".to_owned(),
        "\0".to_owned(),
        "x = \u{feff}1".to_owned(),
        "f'{".to_owned(),
        "'''".to_owned(),
    ];
    for patch in patches {
        let limits = Limits {
            steps: 2_000_000,
            ..Limits::default()
        };
        // Ending is what counts; a few of these are within the limits.
        if let Some(diagnostic) = evaluate("hostile.py", &patch, limits) {
            let message = diagnostic.render(Style::Plain);
            assert!(message.starts_with("error: "), "{message}");
        }
    }
}

#[test]
fn deep_recursion_on_an_ordinary_thread_ends_with_a_diagnostic() {
    let text = "def f(n): return f(n + 1)\nf(0)";
    let source = SourceFile::new("p.py", text);
    let error = Interpreter::new(source, &host(), Limits::default())
        .unwrap()
        .run()
        .unwrap_err();
    assert!(error.message().contains("deep"), "{error}");
}

#[test]
fn recursion_up_to_the_limit_works_on_a_large_stack() {
    let answer = with_large_stack(|| {
        let text = "def f(n): return 0 if n == 0 else (1 + (f(n - 1)))\nx = f(990)";
        let source = SourceFile::new("p.py", text);
        let outcome = Interpreter::new(source, &host(), Limits::default())
            .unwrap()
            .run()
            .unwrap();
        outcome.global("x").and_then(Value::as_i64)
    });
    assert_eq!(answer.unwrap(), Some(990));
}
