//! What is there without an import: built-in functions, classes, methods; and the pure modules.
//!
//! All of it is declared like the natives of a host, as modules of each thread. The evaluator
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

use std::rc::Rc;

pub(crate) use modules::standard_modules;

use crate::error::Result;
use crate::eval::Context;
use crate::value::{
    Arguments, CallArguments, Exception, ExceptionKind, Module, ModuleBuilder, NativeFunction,
    Signature, Type, Value,
};

/// A list of natives under construction.
struct Table(ModuleBuilder);

impl Table {
    fn add(
        &mut self,
        name: &'static str,
        signature: Signature,
        implementation: impl Fn(&mut Context<'_>, &Arguments) -> Result<Value> + 'static,
    ) {
        self.0.add(name, |name| {
            let function = NativeFunction::new(name, signature, implementation);
            Value::NativeFunction(Rc::new(function))
        });
    }
}

/// The natives that `add` adds.
fn natives(name: &str, add: fn(&mut Table)) -> Rc<Module> {
    Module::builder(name).described(move |module| {
        let mut table = Table(module);
        add(&mut table);
        table.0
    })
}

struct Builtins {
    names: Rc<Module>,
    constructors: Rc<Module>,
    str: Rc<Module>,
    list: Rc<Module>,
    tuple: Rc<Module>,
    range: Rc<Module>,
    dict: Rc<Module>,
    set: Rc<Module>,
    int: Rc<Module>,
    float: Rc<Module>,
}

impl Builtins {
    fn new() -> Self {
        Self {
            names: natives("builtins", add_names),
            constructors: natives("constructors", |table| {
                convert::add(table);
                iterables::add_constructors(table);
            }),
            str: natives("str", str_methods::add),
            list: natives("list", list_methods::add),
            tuple: natives("tuple", list_methods::add_tuple),
            range: natives("range", list_methods::add_tuple),
            dict: natives("dict", dict_methods::add),
            set: natives("set", set_methods::add),
            int: natives("int", numeric::add_int_methods),
            float: natives("float", numeric::add_float_methods),
        }
    }

    /// The methods of a built-in type.
    fn methods(&self, kind: Type) -> Option<&Module> {
        Some(match kind {
            Type::Str => &self.str,
            Type::List => &self.list,
            Type::Tuple => &self.tuple,
            Type::Range => &self.range,
            Type::Dict => &self.dict,
            Type::Set => &self.set,
            Type::Int => &self.int,
            Type::Float => &self.float,
            _ => return None,
        })
    }
}

fn add_names(table: &mut Table) {
    functions::add(table);
    numeric::add(table);
    iterables::add(table);
    let exceptions = ExceptionKind::ALL.iter().copied().map(Type::Exception);
    for class in Type::NAMED.iter().copied().chain(exceptions) {
        table.0.add(class.name(), |_| Value::Type(class));
    }
    table.0.add("Ellipsis", |_| Value::Ellipsis);
    table.0.add("__name__", |_| Value::from("__main__"));
}

thread_local! {
    static BUILTINS: Builtins = Builtins::new();
}

/// The built-in called `name`.
pub(crate) fn lookup(name: &str) -> Option<Value> {
    BUILTINS.with(|b| b.names.get(name))
}

/// Names of all built-ins, sorted.
pub(crate) fn names() -> Vec<String> {
    BUILTINS.with(|b| sorted(&b.names))
}

/// The method `name` of a value of a built-in type.
pub(crate) fn method(receiver: &Value, name: &str) -> Option<Rc<NativeFunction>> {
    let kind = match receiver.kind()? {
        Type::Bool => Type::Int,
        kind => kind,
    };
    BUILTINS.with(|b| b.methods(kind)?.function(name))
}

/// Names of the methods of a value, sorted.
pub(crate) fn method_names(receiver: &Value) -> Vec<String> {
    let Some(kind) = receiver.kind() else {
        return Vec::new();
    };
    BUILTINS.with(|b| b.methods(kind).map(sorted).unwrap_or_default())
}

fn sorted(module: &Module) -> Vec<String> {
    let mut names: Vec<String> = module.names().map(str::to_owned).collect();
    names.sort_unstable();
    names
}

/// What calling a built-in class runs; `None` for exceptions.
pub(crate) fn constructor(kind: Type) -> Option<Rc<NativeFunction>> {
    BUILTINS.with(|b| b.constructors.function(kind.name()))
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
