//! Python values.
//!
//! A [`Value`] is small and cheap to clone: scalars are stored in place, everything else is a
//! reference count. The operations on values (arithmetic, comparison, iteration, text) live on
//! [`Context`](crate::Context), because they can call user code, cost steps and fail.
//!
//! Invariants: a [`Value::BigInt`] never fits an `i64`; no container is borrowed while user code
//! runs; dropping a deeply nested value does not recurse (see `reclaim`).

mod binding;
mod exception;
mod function;
mod iterator;
mod kind;
mod mapping;
mod module;
mod native;
pub(crate) mod number;
mod object;
mod range;
mod reclaim;
mod sequence;
mod signature;
pub(crate) mod text;

use std::rc::Rc;

use num_bigint::BigInt;

pub(crate) use binding::{CallArguments, bind as bind_arguments};
pub use exception::{Exception, ExceptionKind};
pub(crate) use function::{Cell, CellRef};
pub use function::{Function, ParameterInfo, ParameterKind};
pub(crate) use iterator::{Generator, Iter, IteratorObject};
pub use kind::Type;
pub use mapping::{Dict, Set};
pub(crate) use mapping::{DictView, ViewKind};
pub(crate) use mapping::{Key, Keys, mix, text_hash};
pub use module::{Module, ModuleBuilder};
pub use native::{Arguments, BoundMethod, NativeFunction};
pub use object::{BinaryOp, CompareOp, NativeIterator, NativeObject, UnaryOp};
pub use range::Range;
pub(crate) use reclaim::release;
pub(crate) use sequence::Positions;
pub use sequence::{List, Slice, Tuple};
pub use signature::{Parameter, Signature};

/// Any Python value.
#[derive(Clone, Debug)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// Any other integer.
    BigInt(Rc<BigInt>),
    /// A double-precision number.
    Float(f64),
    /// Text.
    Str(Rc<str>),
    /// A mutable sequence.
    List(Rc<List>),
    /// An immutable sequence.
    Tuple(Rc<Tuple>),
    /// An insertion-ordered mapping.
    Dict(Rc<Dict>),
    /// A set; unlike in CPython it iterates in insertion order.
    Set(Rc<Set>),
    /// `range(…)`.
    Range(Rc<Range>),
    /// `a[i:j:k]` as seen by natives.
    Slice(Rc<Slice>),
    /// A function of the patch.
    Function(Rc<Function>),
    /// A function of the host or a built-in one.
    NativeFunction(Rc<NativeFunction>),
    /// A built-in or native method together with its receiver.
    Method(Rc<BoundMethod>),
    /// A module supplied by the host.
    Module(Rc<Module>),
    /// A built-in class such as `int` or `ValueError`.
    Type(Type),
    /// An exception object.
    Exception(Rc<Exception>),
    /// `dict.keys()` and the like; see the language reference.
    #[doc(hidden)]
    View(Rc<DictView>),
    /// An iterator or generator.
    #[doc(hidden)]
    Iterator(Rc<IteratorObject>),
    /// `...`
    Ellipsis,
    /// An object of the host.
    Native(Rc<dyn NativeObject>),
}

impl Value {
    /// A string value.
    #[must_use]
    pub fn str(text: impl Into<Rc<str>>) -> Self {
        Self::Str(text.into())
    }

    /// A new list.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(List::new(items)))
    }

    /// A new tuple.
    #[must_use]
    pub fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(Rc::new(Tuple::new(items)))
    }

    /// A new dict with text keys.
    #[must_use]
    pub fn dict(entries: impl IntoIterator<Item = (Rc<str>, Self)>) -> Self {
        let entries = entries.into_iter();
        let map = entries
            .map(|(key, value)| (Key::text(key), value))
            .collect();
        Self::Dict(Rc::new(Dict::new(map)))
    }

    /// Wraps an object of the host.
    #[must_use]
    pub fn native(object: impl NativeObject + 'static) -> Self {
        Self::Native(Rc::new(object))
    }

    /// An integer of any size.
    #[must_use]
    pub fn integer(value: BigInt) -> Self {
        match i64::try_from(&value) {
            Ok(small) => Self::Int(small),
            Err(_) => Self::BigInt(Rc::new(value)),
        }
    }

    /// The host object inside, when it is a `T`.
    #[must_use]
    pub fn downcast<T: 'static>(&self) -> Option<&T> {
        match self {
            Self::Native(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// The number as a float, for bools, integers and floats.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Bool(b) => Some(f64::from(u8::from(*b))),
            Self::Int(i) => Some(*i as f64),
            Self::BigInt(b) => number::big_to_f64(b),
            Self::Float(f) => Some(*f),
            _ => None,
        }
    }

    /// The integer, for bools and integers that fit 64 bits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Bool(b) => Some(i64::from(*b)),
            Self::Int(i) => Some(*i),
            _ => None,
        }
    }

    /// The text, for strings.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A copy of the items, for lists and tuples.
    #[must_use]
    pub fn as_items(&self) -> Option<Vec<Self>> {
        match self {
            Self::List(list) => Some(list.items().clone()),
            Self::Tuple(tuple) => Some(tuple.items().to_vec()),
            _ => None,
        }
    }

    /// Whether it can be called.
    #[must_use]
    pub fn is_callable(&self) -> bool {
        match self {
            Self::Function(_) | Self::NativeFunction(_) | Self::Method(_) | Self::Type(_) => true,
            Self::Native(object) => object.is_callable(),
            _ => false,
        }
    }

    /// Whether it is a bool, an integer or a float.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Bool(_) | Self::Int(_) | Self::BigInt(_) | Self::Float(_)
        )
    }

    /// Python's `is`.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) | (Self::Ellipsis, Self::Ellipsis) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::BigInt(a), Self::BigInt(b)) => a == b,
            (Self::List(a), Self::List(b)) => Rc::ptr_eq(a, b),
            (Self::Tuple(a), Self::Tuple(b)) => Rc::ptr_eq(a, b),
            (Self::Dict(a), Self::Dict(b)) => Rc::ptr_eq(a, b),
            (Self::Set(a), Self::Set(b)) => Rc::ptr_eq(a, b),
            (Self::Range(a), Self::Range(b)) => Rc::ptr_eq(a, b),
            (Self::Slice(a), Self::Slice(b)) => Rc::ptr_eq(a, b),
            (Self::Function(a), Self::Function(b)) => Rc::ptr_eq(a, b),
            (Self::NativeFunction(a), Self::NativeFunction(b)) => Rc::ptr_eq(a, b),
            (Self::Method(a), Self::Method(b)) => Rc::ptr_eq(a, b),
            (Self::Module(a), Self::Module(b)) => Rc::ptr_eq(a, b),
            (Self::Type(a), Self::Type(b)) => a == b,
            (Self::Exception(a), Self::Exception(b)) => Rc::ptr_eq(a, b),
            (Self::View(a), Self::View(b)) => Rc::ptr_eq(a, b),
            (Self::Iterator(a), Self::Iterator(b)) => Rc::ptr_eq(a, b),
            (Self::Native(a), Self::Native(b)) => std::ptr::addr_eq(Rc::as_ptr(a), Rc::as_ptr(b)),
            _ => false,
        }
    }

    /// The name of its class as Python shows it: `int`, `list`, `Signal`.
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Self::Native(object) => object.type_name(),
            _ => self.kind().map_or("object", Type::name),
        }
    }

    /// Its built-in class; `None` for objects of the host.
    #[must_use]
    pub fn kind(&self) -> Option<Type> {
        Some(match self {
            Self::None => Type::NoneType,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) | Self::BigInt(_) => Type::Int,
            Self::Float(_) => Type::Float,
            Self::Str(_) => Type::Str,
            Self::List(_) => Type::List,
            Self::Tuple(_) => Type::Tuple,
            Self::Dict(_) => Type::Dict,
            Self::Set(_) => Type::Set,
            Self::Range(_) => Type::Range,
            Self::Slice(_) => Type::Slice,
            Self::Function(_) => Type::Function,
            Self::NativeFunction(_) | Self::Method(_) => Type::Builtin,
            Self::Module(_) => Type::Module,
            Self::Type(_) => Type::Type,
            Self::Exception(e) => Type::Exception(e.kind),
            Self::View(v) => v.kind(),
            Self::Iterator(i) => i.kind(),
            Self::Ellipsis => Type::Ellipsis,
            Self::Native(_) => return None,
        })
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Str(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Str(value.into())
    }
}

impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::None
    }
}

impl From<Vec<Value>> for Value {
    fn from(value: Vec<Value>) -> Self {
        Self::list(value)
    }
}

/// A short text for messages and signatures: `repr` for scalars, the class name otherwise.
pub(crate) fn brief(value: &Value) -> String {
    match value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(i) => i.to_string(),
        Value::BigInt(b) => b.to_string(),
        Value::Float(f) => number::float_repr(*f),
        Value::Str(s) if s.len() <= 60 => text::repr(s),
        Value::Type(t) => t.name().to_owned(),
        Value::List(l) if l.items().is_empty() => "[]".to_owned(),
        Value::Tuple(t) if t.items().is_empty() => "()".to_owned(),
        Value::Tuple(t) if t.items().len() <= 4 => {
            let parts: Vec<String> = t
                .items()
                .iter()
                .map(|v| match v {
                    Value::Tuple(_) => "(...)".to_owned(),
                    v => brief(v),
                })
                .collect();
            if parts.len() == 1 {
                format!("({},)", parts[0])
            } else {
                format!("({})", parts.join(", "))
            }
        }
        Value::Function(f) => format!("function {}", f.name()),
        other => format!("<{}>", other.type_name()),
    }
}
