//! The modules every patch can import: `math`, and those that only make imports succeed.

use std::cell::OnceCell;
use std::rc::Rc;

use super::math;
use crate::value::{Module, Value};

thread_local! {
    static MODULES: OnceCell<Vec<Rc<Module>>> = const { OnceCell::new() };
}

/// `math`, `typing` and `__future__`; built once per thread.
pub(crate) fn standard_modules() -> Vec<Rc<Module>> {
    MODULES.with(|cell| {
        cell.get_or_init(|| vec![math::module(), typing(), future()])
            .clone()
    })
}

/// Names used in annotations, which are never evaluated: each is `None`.
fn typing() -> Rc<Module> {
    let names = [
        "Any",
        "Callable",
        "ClassVar",
        "Dict",
        "Final",
        "Generic",
        "Iterable",
        "Iterator",
        "List",
        "Literal",
        "Mapping",
        "NamedTuple",
        "Optional",
        "Protocol",
        "Sequence",
        "Set",
        "Tuple",
        "Type",
        "TypeAlias",
        "TypeVar",
        "Union",
    ];
    Module::builder("typing").described(move |module| {
        let module = module.value("TYPE_CHECKING", false);
        let names = names.into_iter();
        names.fold(module, |module, name| module.value(name, Value::None))
    })
}

fn future() -> Rc<Module> {
    Module::builder("__future__").described(|module| module.value("annotations", Value::None))
}
