//! Parameters of functions.
//!
//! [`signature!`](crate::signature) writes the signature of a native in Python's notation.

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::rc::Rc;

use super::{ParameterKind, Value, brief};

/// One parameter: name, kind and default.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Rc<str>,
    /// How it takes its argument.
    pub kind: ParameterKind,
    /// Whether an argument may be left out.
    pub optional: bool,
    /// The default of a native parameter.
    pub default: Option<Value>,
}

/// The parameters of a native function, in order.
///
/// [`signature!`](crate::signature) makes one that is worked out when it is first needed: most functions
/// of a module are never called.
pub struct Signature {
    made: OnceCell<Made>,
    deferred: Cell<Option<Box<dyn FnOnce() -> Self>>>,
}

#[derive(Clone, Default)]
struct Made {
    parameters: Vec<Parameter>,
    keyword_only: bool,
}

impl Signature {
    /// No parameters.
    #[must_use]
    pub fn new() -> Self {
        Self::from(Made::default())
    }

    /// The signature that `make` makes, when it is first needed.
    #[doc(hidden)]
    #[must_use]
    pub fn deferred(make: impl FnOnce() -> Self + 'static) -> Self {
        Self {
            made: OnceCell::new(),
            deferred: Cell::new(Some(Box::new(make))),
        }
    }

    fn made(&self) -> &Made {
        self.made.get_or_init(|| match self.deferred.take() {
            Some(make) => make().into_made(),
            None => Made::default(),
        })
    }

    fn into_made(self) -> Made {
        self.made();
        self.made.into_inner().unwrap_or_default()
    }

    fn push(self, name: &str, kind: ParameterKind, default: Option<Value>) -> Self {
        let optional =
            default.is_some() || matches!(kind, ParameterKind::Rest | ParameterKind::Keywords);
        let mut made = self.into_made();
        made.parameters.push(Parameter {
            name: name.into(),
            kind,
            optional,
            default,
        });
        Self::from(made)
    }

    fn named_kind(&self) -> ParameterKind {
        if self.made().keyword_only {
            ParameterKind::KeywordOnly
        } else {
            ParameterKind::Standard
        }
    }

    /// A parameter that must be given.
    #[must_use]
    pub fn required(self, name: &str) -> Self {
        let kind = self.named_kind();
        self.push(name, kind, None)
    }

    /// A parameter with a default.
    #[must_use]
    pub fn optional(self, name: &str, default: impl Into<Value>) -> Self {
        let kind = self.named_kind();
        self.push(name, kind, Some(default.into()))
    }

    /// Makes all parameters so far positional-only (`/`).
    #[must_use]
    pub fn positional_only(self) -> Self {
        let mut made = self.into_made();
        for parameter in &mut made.parameters {
            if parameter.kind == ParameterKind::Standard {
                parameter.kind = ParameterKind::PositionalOnly;
            }
        }
        Self::from(made)
    }

    /// Makes all further parameters keyword-only (`*`).
    #[must_use]
    pub fn keyword_only(self) -> Self {
        let mut made = self.into_made();
        made.keyword_only = true;
        Self::from(made)
    }

    /// `*name`: all further positional arguments; what follows is keyword-only.
    #[must_use]
    pub fn rest(self, name: &str) -> Self {
        self.keyword_only().push(name, ParameterKind::Rest, None)
    }

    /// `**name`: all further named arguments.
    #[must_use]
    pub fn keywords(self, name: &str) -> Self {
        self.push(name, ParameterKind::Keywords, None)
    }

    /// The parameters in order.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.made().parameters
    }

    /// The position of a parameter.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.parameters().iter().position(|p| &*p.name == name)
    }

    /// `name(a, b=1, *args)` as a person would write it.
    #[must_use]
    pub fn display(&self, name: &str) -> String {
        let parameters = self.parameters();
        display(name, parameters, |i| parameters[i].default.clone())
    }
}

impl From<Made> for Signature {
    fn from(made: Made) -> Self {
        Self {
            made: OnceCell::from(made),
            deferred: Cell::new(None),
        }
    }
}

impl Default for Signature {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for Signature {
    fn clone(&self) -> Self {
        Self::from(self.made().clone())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display("signature"))
    }
}

/// Writes a native signature in Python's notation; defaults are Rust expressions that convert into
/// a [`Value`].
///
/// ```
/// use synthc_lang::signature;
/// let s = signature!(freq, duty = 0.5, *, phase = 0.0, **rest);
/// assert_eq!(s.display("square"), "square(freq, duty=0.5, *, phase=0.0, **rest)");
/// ```
#[macro_export]
macro_rules! signature {
    ($($tokens:tt)*) => {
        $crate::Signature::deferred(move || $crate::__signature!(@ $crate::Signature::new(); $($tokens)*))
    };
}

/// The steps of [`signature!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __signature {
    (@ $s:expr;) => { $s };
    (@ $s:expr; , $($t:tt)*) => { $crate::__signature!(@ $s; $($t)*) };
    (@ $s:expr; / $($t:tt)*) => { $crate::__signature!(@ $s.positional_only(); $($t)*) };
    (@ $s:expr; ** $n:ident $($t:tt)*) => { $crate::__signature!(@ $s.keywords(stringify!($n)); $($t)*) };
    (@ $s:expr; * $n:ident $($t:tt)*) => { $crate::__signature!(@ $s.rest(stringify!($n)); $($t)*) };
    (@ $s:expr; * $($t:tt)*) => { $crate::__signature!(@ $s.keyword_only(); $($t)*) };
    (@ $s:expr; $n:ident = $d:expr, $($t:tt)*) => { $crate::__signature!(@ $s.optional(stringify!($n), $d); $($t)*) };
    (@ $s:expr; $n:ident = $d:expr) => { $s.optional(stringify!($n), $d) };
    (@ $s:expr; $n:ident $($t:tt)*) => { $crate::__signature!(@ $s.required(stringify!($n)); $($t)*) };
}

/// The signature as text.
pub(crate) fn display(
    name: &str,
    parameters: &[Parameter],
    default: impl Fn(usize) -> Option<Value>,
) -> String {
    use ParameterKind as K;
    let mut parts: Vec<String> = Vec::new();
    let mut starred = false;
    for (i, p) in parameters.iter().enumerate() {
        if p.kind == K::KeywordOnly && !starred {
            parts.push("*".to_owned());
            starred = true;
        }
        parts.push(match p.kind {
            K::Rest => {
                starred = true;
                format!("*{}", p.name)
            }
            K::Keywords => format!("**{}", p.name),
            _ => match default(i) {
                Some(value) => format!("{}={}", p.name, brief(&value)),
                None => p.name.to_string(),
            },
        });
        let next = parameters.get(i + 1).map(|p| p.kind);
        if p.kind == K::PositionalOnly && next != Some(K::PositionalOnly) {
            parts.push("/".to_owned());
        }
    }
    format!("{name}({})", parts.join(", "))
}
