//! What patches can name: every module, every built-in and every method, in order, against a list.

use std::fmt::Write;
use std::rc::Rc;

use crate::krs::Places;
use crate::value::{Dict, Range, Set, Value};
use crate::{Interpreter, Limits, SourceFile, builtin};

/// All names, a line for each module or type.
fn listing() -> String {
    let (host, _) = crate::patch::host(&Rc::new(Places::default()));
    let mut text = String::new();
    let mut line = |title: &str, names: Vec<String>| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{title}: {}", names.join(" "));
    };
    for name in ["krs", "krp", "kr", "krach", "math", "typing", "__future__"] {
        let module = host.find(name).unwrap();
        line(name, module.names().map(str::to_owned).collect());
    }
    line("builtins", builtin::names());
    let receivers = [
        Value::from(""),
        Value::list(Vec::new()),
        Value::tuple(Vec::new()),
        Value::Range(Rc::new(Range {
            start: 0,
            stop: 0,
            step: 1,
        })),
        Value::Dict(Rc::new(Dict::default())),
        Value::Set(Rc::new(Set::default())),
        Value::from(0i64),
        Value::from(true),
        Value::from(0.0),
    ];
    for receiver in receivers {
        line(receiver.type_name(), builtin::method_names(&receiver));
    }
    text
}

#[test]
fn every_name_is_where_it_belongs() {
    assert_eq!(listing(), include_str!("inventory.txt"));
}

#[test]
fn every_item_is_made_once() {
    let (host, _) = crate::patch::host(&Rc::new(Places::default()));
    for name in ["krs", "krp", "kr", "krach", "math", "typing", "__future__"] {
        let module = host.find(name).unwrap();
        let count = module.names().count();
        let made: Vec<Value> = module.items().map(|(_, value)| value).collect();
        assert_eq!(made.len(), count, "{name}");
        for (item, value) in module.names().zip(&made) {
            let again = module.get(item).unwrap();
            // NaN is not itself as a number; as an item it has the same bits.
            assert!(again.is_same(value), "{name}.{item}");
            if let Value::NativeFunction(function) = value {
                assert!(module.get(function.name()).is_some(), "{name}.{item}");
            }
        }
    }
}

/// Whether a patch evaluates `expression` to true.
fn holds(expression: &str) -> bool {
    let (host, _) = crate::patch::host(&Rc::new(Places::default()));
    let text = format!("from krs import *\nimport krach\nx = {expression}");
    let source = SourceFile::new("patch.py", text);
    let mut interpreter = Interpreter::new(source, &host, Limits::default()).unwrap();
    let outcome = interpreter.run().unwrap();
    matches!(outcome.global("x"), Some(Value::Bool(true)))
}

#[test]
fn other_names_lead_to_the_same_objects() {
    for expression in [
        "krs.saw is krs.saw and krs.saw is saw",
        "krs.unit_delay is krs.mem and krs.sample_rate is sr",
        "krach.krs.saw is saw and krach.kr is kr",
        "krach.seq is krp.seq and kr.seq is krp.seq and kr.reverse is krp.reverse",
        "math.pi is math.pi and math.sin is math.sin and sin is not math.sin",
        "len is len and max_ is krs.max_",
    ] {
        assert!(holds(expression), "{expression}");
    }
}

#[test]
fn a_patch_does_not_see_what_another_did() {
    let twice = || {
        let source = SourceFile::new("patch.py", "x = krs.saw\nmath = len = 1");
        let (host, _) = crate::patch::host(&Rc::new(Places::default()));
        let mut interpreter = Interpreter::new(source, &host, Limits::default()).unwrap();
        interpreter.run().unwrap().global("x").unwrap().clone()
    };
    let (first, second) = (twice(), twice());
    assert!(!first.is_same(&second));
    assert!(holds("len([1]) == 1 and math.floor(1.5) == 1"));
}

#[test]
fn items_cannot_be_assigned() {
    let (host, _) = crate::patch::host(&Rc::new(Places::default()));
    for (text, message) in [
        ("krs.saw = 1", "'module' object has no attribute 'saw'"),
        (
            "kr.node = 1",
            "kr.node is a function and cannot be assigned",
        ),
        ("krs.swa(1)", "module 'krs' has no attribute 'swa'"),
    ] {
        let source = SourceFile::new("patch.py", text);
        let mut interpreter = Interpreter::new(source, &host, Limits::default()).unwrap();
        let error = interpreter.run().unwrap_err();
        assert!(error.message().contains(message), "{}", error.message());
    }
}
