//! What is there without an import: built-in functions, classes, methods; and the pure modules.
//!
//! All of it is declared like the natives of a host, in tables built once per thread. The evaluator
//! asks here for names, for methods of built-in types and for constructors of classes.

mod convert;
mod dict_methods;
mod functions;
mod iterables;
mod list_methods;
mod math;
mod modules;
mod numeric;
mod set_methods;
mod str_format;
mod str_methods;

use std::collections::HashMap;
use std::rc::Rc;

pub(crate) use modules::standard_modules;

use crate::error::Result;
use crate::eval::Context;
use crate::value::{
    Arguments, CallArguments, Exception, ExceptionKind, NativeFunction, Signature, Type, Value,
};

/// A list of natives under construction.
#[derive(Default)]
struct Table(Vec<(&'static str, Rc<NativeFunction>)>);

impl Table {
    fn add(
        &mut self,
        name: &'static str,
        signature: Signature,
        implementation: impl Fn(&mut Context<'_>, &Arguments) -> Result<Value> + 'static,
    ) {
        self.0.push((
            name,
            Rc::new(NativeFunction::new(name, signature, implementation)),
        ));
    }
}

type Methods = HashMap<&'static str, Rc<NativeFunction>>;

struct Builtins {
    names: HashMap<&'static str, Value>,
    constructors: HashMap<Type, Rc<NativeFunction>>,
    methods: HashMap<Type, Methods>,
}

impl Builtins {
    fn new() -> Self {
        let mut table = Table::default();
        functions::add(&mut table);
        numeric::add(&mut table);
        iterables::add(&mut table);
        let mut names: HashMap<&'static str, Value> = table
            .0
            .into_iter()
            .map(|(n, f)| (n, Value::NativeFunction(f)))
            .collect();
        names.extend(Type::NAMED.iter().map(|t| (t.name(), Value::Type(*t))));
        names.extend(
            ExceptionKind::ALL
                .iter()
                .map(|k| (k.name(), Value::Type(Type::Exception(*k)))),
        );
        names.insert("Ellipsis", Value::Ellipsis);
        names.insert("__name__", Value::from("__main__"));

        let methods = |add: fn(&mut Table)| {
            let mut table = Table::default();
            add(&mut table);
            table.0.into_iter().collect::<Methods>()
        };
        let mut all = HashMap::new();
        all.insert(Type::Str, methods(str_methods::add));
        all.insert(Type::List, methods(list_methods::add));
        all.insert(Type::Tuple, methods(list_methods::add_tuple));
        all.insert(Type::Range, methods(list_methods::add_tuple));
        all.insert(Type::Dict, methods(dict_methods::add));
        all.insert(Type::Set, methods(set_methods::add));
        all.insert(Type::Int, methods(numeric::add_int_methods));
        all.insert(Type::Float, methods(numeric::add_float_methods));
        let mut constructors = Table::default();
        convert::add(&mut constructors);
        iterables::add_constructors(&mut constructors);
        let constructors = constructors
            .0
            .into_iter()
            .filter_map(|(name, f)| Some((*Type::NAMED.iter().find(|t| t.name() == name)?, f)))
            .collect();
        Self {
            names,
            constructors,
            methods: all,
        }
    }
}

thread_local! {
    static BUILTINS: Builtins = Builtins::new();
}

/// The built-in called `name`.
pub(crate) fn lookup(name: &str) -> Option<Value> {
    BUILTINS.with(|b| b.names.get(name).cloned())
}

/// Names of all built-ins, sorted.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = BUILTINS.with(|b| b.names.keys().copied().collect());
    names.sort_unstable();
    names
}

/// The method `name` of a value of a built-in type.
pub(crate) fn method(receiver: &Value, name: &str) -> Option<Rc<NativeFunction>> {
    let kind = match receiver.kind()? {
        Type::Bool => Type::Int,
        kind => kind,
    };
    BUILTINS.with(|b| b.methods.get(&kind)?.get(name).cloned())
}

/// Names of the methods of a value, sorted.
pub(crate) fn method_names(receiver: &Value) -> Vec<&'static str> {
    let Some(kind) = receiver.kind() else {
        return Vec::new();
    };
    let mut names: Vec<_> = BUILTINS.with(|b| {
        b.methods
            .get(&kind)
            .map(|m| m.keys().copied().collect())
            .unwrap_or_default()
    });
    names.sort_unstable();
    names
}

/// What calling a built-in class runs; `None` for exceptions.
pub(crate) fn constructor(kind: Type) -> Option<Rc<NativeFunction>> {
    BUILTINS.with(|b| b.constructors.get(&kind).cloned())
}

/// `ValueError(…)`.
pub(crate) fn construct_exception(kind: Type, arguments: CallArguments) -> Result<Value> {
    match kind {
        Type::Exception(kind) if arguments.keywords.is_empty() => {
            let args = arguments.positional;
            Ok(Value::Exception(Rc::new(Exception {
                kind,
                args,
                help: Vec::new(),
            })))
        }
        _ => Err(crate::error::Error::type_error(format!(
            "cannot create '{}' instances",
            kind.name()
        ))),
    }
}

/// Why a built-in of Python is missing, and what to do instead.
pub(crate) fn refused(name: &str) -> Option<&'static str> {
    Some(match name {
        "open" | "input" => {
            "patches read no files and no keyboard; audio files are given to the host"
        }
        "exec" | "eval" | "compile" | "__import__" => {
            "patches cannot run text as code: write a function"
        }
        "globals" | "locals" | "vars" | "dir" => "keep values in a dict of your own",
        "bytes" | "bytearray" | "memoryview" => "use strings or lists of numbers",
        "complex" => "use two floats",
        "frozenset" => "use a tuple, or a set",
        "super" | "property" | "staticmethod" | "classmethod" => {
            "patches have no classes: use functions"
        }
        "id" | "hash" => "compare values with `==` or `is`",
        _ => return None,
    })
}
