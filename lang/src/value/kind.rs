//! The built-in classes as values: `int`, `list`, `ValueError`, …
//!
//! They are called to convert, and used in `isinstance`. Classes of host objects are not values;
//! a host offers a native function instead.

use super::ExceptionKind;

/// A built-in class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    missing_docs,
    reason = "each variant is the Python class of the same name"
)]
pub enum Type {
    Object,
    NoneType,
    Bool,
    Int,
    Float,
    Str,
    List,
    Tuple,
    Dict,
    Set,
    Range,
    Slice,
    Function,
    Builtin,
    Module,
    Type,
    Ellipsis,
    DictKeys,
    DictValues,
    DictItems,
    Generator,
    Iterator,
    Enumerate,
    Zip,
    Map,
    Filter,
    Reversed,
    Exception(ExceptionKind),
}

impl Type {
    /// The classes that are built-in names, exceptions apart.
    pub(crate) const NAMED: &'static [Self] = &[
        Self::Object,
        Self::Bool,
        Self::Int,
        Self::Float,
        Self::Str,
        Self::List,
        Self::Tuple,
        Self::Dict,
        Self::Set,
        Self::Range,
        Self::Slice,
        Self::Type,
        Self::Enumerate,
        Self::Zip,
        Self::Map,
        Self::Filter,
        Self::Reversed,
    ];

    /// The name as Python spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::NoneType => "NoneType",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Str => "str",
            Self::List => "list",
            Self::Tuple => "tuple",
            Self::Dict => "dict",
            Self::Set => "set",
            Self::Range => "range",
            Self::Slice => "slice",
            Self::Function => "function",
            Self::Builtin => "builtin_function_or_method",
            Self::Module => "module",
            Self::Type => "type",
            Self::Ellipsis => "ellipsis",
            Self::DictKeys => "dict_keys",
            Self::DictValues => "dict_values",
            Self::DictItems => "dict_items",
            Self::Generator => "generator",
            Self::Iterator => "iterator",
            Self::Enumerate => "enumerate",
            Self::Zip => "zip",
            Self::Map => "map",
            Self::Filter => "filter",
            Self::Reversed => "reversed",
            Self::Exception(kind) => kind.name(),
        }
    }

    /// Whether instances of `self` are instances of `other`.
    #[must_use]
    pub fn is_a(self, other: Self) -> bool {
        match (self, other) {
            (_, Self::Object) | (Self::Bool, Self::Int) => true,
            (Self::Exception(a), Self::Exception(b)) => a.is_a(b),
            (a, b) => a == b,
        }
    }
}
