//! The built-in exceptions and their hierarchy.
//!
//! Patches raise and catch them as in Python; natives raise them through
//! [`Error`](crate::Error). Invariant: [`ExceptionKind::parent`] has no cycles and ends at
//! `BaseException`.

use super::Value;

macro_rules! exception_kinds {
    ($($(#[$doc:meta])* $name:ident : $parent:ident),* $(,)?) => {
        /// A built-in exception class.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ExceptionKind { $($(#[$doc])* $name),* }

        impl ExceptionKind {
            /// Every kind, parents before children.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name as Python spells it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The class it derives from; the root is its own parent.
            #[must_use]
            pub const fn parent(self) -> Self {
                match self { $(Self::$name => Self::$parent),* }
            }
        }
    };
}

exception_kinds! {
    /// Root of all exceptions.
    BaseException: BaseException,
    /// Root of the ordinary exceptions.
    Exception: BaseException,
    /// Arithmetic went wrong.
    ArithmeticError: Exception,
    /// Division or modulo by zero.
    ZeroDivisionError: ArithmeticError,
    /// The result does not fit.
    OverflowError: ArithmeticError,
    /// `assert` failed.
    AssertionError: Exception,
    /// No such attribute.
    AttributeError: Exception,
    /// Parent of the lookup errors.
    LookupError: Exception,
    /// No such position in a sequence.
    IndexError: LookupError,
    /// No such key in a dict.
    KeyError: LookupError,
    /// No such variable.
    NameError: Exception,
    /// A local variable was read before it was assigned.
    UnboundLocalError: NameError,
    /// An import failed.
    ImportError: Exception,
    /// No such module.
    ModuleNotFoundError: ImportError,
    /// Wrong state.
    RuntimeError: Exception,
    /// Not offered.
    NotImplementedError: RuntimeError,
    /// Too many nested calls (offered for `except` clauses; the depth limit itself is not caught).
    RecursionError: RuntimeError,
    /// An iterator is exhausted.
    StopIteration: Exception,
    /// Wrong type.
    TypeError: Exception,
    /// Right type, wrong value.
    ValueError: Exception,
    /// Text could not be encoded or decoded.
    UnicodeError: ValueError,
    /// Parent of the warning categories.
    Warning: Exception,
    /// A warning for users.
    UserWarning: Warning,
}

impl ExceptionKind {
    /// Whether it is `other` or derives from it.
    #[must_use]
    pub fn is_a(self, other: Self) -> bool {
        let mut kind = self;
        loop {
            if kind == other {
                return true;
            }
            if kind == kind.parent() {
                return false;
            }
            kind = kind.parent();
        }
    }
}

/// An exception object.
#[derive(Clone, Debug)]
pub struct Exception {
    /// Its class.
    pub kind: ExceptionKind,
    /// Constructor arguments, `e.args`.
    pub args: Vec<Value>,
    /// Advice shown when it is not caught.
    pub help: Vec<String>,
}

impl Exception {
    /// An exception with one string argument (none when the text is empty).
    #[must_use]
    pub fn with_message(kind: ExceptionKind, message: String) -> Self {
        let args = if message.is_empty() {
            Vec::new()
        } else {
            vec![Value::Str(message.into())]
        };
        Self {
            kind,
            args,
            help: Vec::new(),
        }
    }

    /// The text `str(e)` gives for string and simple arguments.
    #[must_use]
    pub fn message(&self) -> String {
        match self.args.as_slice() {
            [] => String::new(),
            [Value::Str(text)] if self.kind == ExceptionKind::KeyError => super::text::repr(text),
            [Value::Str(text)] => text.to_string(),
            [one] => super::brief(one),
            many => {
                let parts: Vec<String> = many.iter().map(super::brief).collect();
                format!("({})", parts.join(", "))
            }
        }
    }
}
