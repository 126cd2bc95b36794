//! Iterators: what `for` walks over, and lazy ones (`zip`, `map`, generator expressions) as values.
//!
//! An [`Iter`] holds its source by reference count and a position, never a borrow, so user code may
//! change a list while it is walked, with CPython's outcome. Advancing is
//! [`Context::advance`](crate::Context).

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::{Dict, DictView, List, NativeIterator, Set, Tuple, Type, Value, reclaim};
use crate::eval::Frame;
use crate::syntax::ComprehensionCode;

/// A position in something iterable.
pub(crate) enum Iter {
    List(Rc<List>, usize),
    Reversed(Rc<List>, usize),
    Tuple(Rc<Tuple>, usize),
    Range {
        next: i64,
        step: i64,
        left: u64,
    },
    Str(Rc<str>, usize),
    /// Position and the size at the start: changing size while iterating is an error.
    Dict(Rc<Dict>, usize, usize),
    View(Rc<DictView>, usize, usize),
    Set(Rc<Set>, usize, usize),
    Values(std::vec::IntoIter<Value>),
    Enumerate(Box<Iter>, i64),
    Zip {
        parts: Vec<Iter>,
        strict: bool,
    },
    Map(Value, Vec<Iter>),
    Filter(Value, Box<Iter>),
    Generator(Box<Generator>),
    Shared(Rc<IteratorObject>),
    Native(Box<dyn NativeIterator>),
}

/// A generator expression, stopped between two items.
pub(crate) struct Generator {
    pub(crate) code: Rc<ComprehensionCode>,
    pub(crate) frame: Frame,
    /// One iterator per `for` clause entered so far.
    pub(crate) iterators: Vec<Iter>,
}

/// An iterator as a value.
pub struct IteratorObject {
    kind: Type,
    state: RefCell<Iter>,
}

impl IteratorObject {
    pub(crate) fn new(kind: Type, iter: Iter) -> Self {
        Self {
            kind,
            state: RefCell::new(iter),
        }
    }

    pub(crate) fn kind(&self) -> Type {
        self.kind
    }

    pub(crate) fn state(&self) -> &RefCell<Iter> {
        &self.state
    }
}

impl fmt::Debug for IteratorObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.kind.name())
    }
}

impl Drop for IteratorObject {
    fn drop(&mut self) {
        // A chain of wrapped iterators is unlinked here, one level at a time.
        let mut values = Vec::new();
        take_shared(self.state.get_mut(), &mut values);
        reclaim::release(values);
    }
}

/// Moves the iterator objects inside `iter` to `values`, so that they are dropped without recursion.
fn take_shared(iter: &mut Iter, values: &mut Vec<Value>) {
    match iter {
        Iter::Shared(object) => {
            values.push(Value::Iterator(Rc::clone(object)));
            *iter = Iter::Values(Vec::new().into_iter());
        }
        Iter::Enumerate(inner, _) | Iter::Filter(_, inner) => take_shared(inner, values),
        Iter::Zip { parts, .. } | Iter::Map(_, parts) => {
            for part in parts {
                take_shared(part, values);
            }
        }
        Iter::Generator(generator) => {
            for part in &mut generator.iterators {
                take_shared(part, values);
            }
        }
        _ => {}
    }
}
