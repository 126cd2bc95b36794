//! Patterns as Python objects: operators and transforms as methods.

use std::any::Any;
use std::rc::Rc;

use synthc_engine::pattern::Pattern;

use super::argument::{not_a_pattern, raise, raise_in, seed, time};
use super::transform::TransformObject;
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::signature;
use crate::value::{
    Arguments, BinaryOp, Module, ModuleBuilder, NativeFunction, NativeObject, Signature, Value,
};

/// A pattern of a patch.
#[derive(Debug)]
pub struct PatternObject(Pattern);

impl PatternObject {
    /// Wraps a pattern.
    pub(crate) fn value(pattern: Pattern) -> Value {
        Value::native(Self(pattern))
    }

    /// The pattern.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.0
    }

    /// `self * count`.
    fn repeated(&self, count: &Value) -> Result<Value> {
        match count {
            Value::Int(count) => Ok(Self::value(self.0.repeat(*count).map_err(|e| raise(&e))?)),
            Value::Float(factor) => Err(Error::type_error(format!(
                "a pattern can be repeated a whole number of times, not {factor}"
            ))
            .with_help(format!(
                "write .fast({factor}) for another speed, or `* {}`",
                factor.round().max(1.0)
            ))),
            other => Err(Error::type_error(format!(
                "a pattern can be repeated a whole number of times, not by '{}'",
                other.type_name()
            ))
            .with_help("write `pattern * 4`; use `|` to play two patterns at once")),
        }
    }
}

impl NativeObject for PatternObject {
    fn type_name(&self) -> &'static str {
        "Pattern"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn repr(&self) -> String {
        self.0.to_string()
    }

    fn method(&self, name: &str) -> Option<Rc<NativeFunction>> {
        method(name)
    }

    fn attribute_names(&self) -> Vec<&str> {
        METHOD_NAMES.to_vec()
    }

    fn binary(
        &self,
        context: &mut Context<'_>,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
    ) -> Result<Option<Value>> {
        if let (BinaryOp::RShift, false, Some(transform)) =
            (op, reflected, other.downcast::<TransformObject>())
        {
            let this = Self::value(self.0.clone());
            return transform.apply(context, &this).map(Some);
        }
        match op {
            BinaryOp::Mul => self.repeated(other).map(Some),
            BinaryOp::Add | BinaryOp::BitOr => {
                let Some(PatternObject(other)) = other.downcast::<Self>() else {
                    // A node handle explains itself better: `h @ a + b`.
                    return match other {
                        Value::Native(_) => Ok(None),
                        other => Err(not_a_pattern(other)),
                    };
                };
                let (a, b) = if reflected {
                    (other, &self.0)
                } else {
                    (&self.0, other)
                };
                let made = if op == BinaryOp::Add {
                    a.then(b)
                } else {
                    a.with(b)
                };
                Ok(Some(Self::value(made.map_err(|e| raise(&e))?)))
            }
            _ => Ok(None),
        }
    }
}

/// Names of the methods, for suggestions.
const METHOD_NAMES: [&str; 12] = [
    "over",
    "slow",
    "fast",
    "shift",
    "reverse",
    "every",
    "spread",
    "thin",
    "sometimes",
    "swing",
    "mask",
    "gate",
];

thread_local! {
    static METHODS: Rc<Module> = Module::builder("Pattern").described(methods);
}

/// The method called `name`.
pub(super) fn method(name: &str) -> Option<Rc<NativeFunction>> {
    METHODS.with(|methods| methods.function(name))
}

/// Names of all methods.
pub(super) fn method_names() -> &'static [&'static str] {
    &METHOD_NAMES
}

fn methods(module: ModuleBuilder) -> ModuleBuilder {
    let module = plain(module, "over", signature!(cycles), |p, a| {
        p.over(time(a, "cycles")?).map_err(|e| raise_in(a, &e))
    });
    let module = plain(module, "slow", signature!(factor), |p, a| {
        p.slow(time(a, "factor")?).map_err(|e| raise_in(a, &e))
    });
    let module = plain(module, "fast", signature!(factor), |p, a| {
        p.fast(time(a, "factor")?).map_err(|e| raise_in(a, &e))
    });
    let module = plain(module, "shift", signature!(offset), |p, a| {
        p.shift(time(a, "offset")?).map_err(|e| raise_in(a, &e))
    });
    let module = plain(module, "reverse", signature!(), |p, a| {
        p.reverse().map_err(|e| raise_in(a, &e))
    });
    let module = plain(module, "spread", signature!(k, n, rot = 0), |p, a| {
        p.spread(a.i64("k")?, a.i64("n")?, a.i64("rot")?)
            .map_err(|e| raise_in(a, &e))
    });
    let module = plain(module, "thin", signature!(prob, seed = 0), |p, a| {
        p.thin(a.f64("prob")?, seed(a, "seed")?)
            .map_err(|e| raise_in(a, &e))
    });
    let module = plain(
        module,
        "swing",
        signature!(amount = 0.67, grid = 8),
        |p, a| {
            p.swing(time(a, "amount")?, a.i64("grid")?)
                .map_err(|e| raise_in(a, &e))
        },
    );
    let module = plain(module, "mask", signature!(marks), |p, a| {
        p.mask(a.str("marks")?).map_err(|e| raise_in(a, &e))
    });
    let module = plain(module, "gate", signature!(length), |p, a| {
        p.gate(time(a, "length")?).map_err(|e| raise_in(a, &e))
    });
    let module = module.function("every", signature!(n, fn), |context, a| {
        let pattern = receiver(a)?;
        let n = a.i64("n")?;
        let on = changed(context, a, pattern)?;
        let made = pattern.every(n, |_| Ok(on));
        Ok(PatternObject::value(made.map_err(|e| raise_in(a, &e))?))
    });
    module.function("sometimes", signature!(prob, fn, seed = 0), |context, a| {
        let pattern = receiver(a)?;
        let (prob, seed) = (a.f64("prob")?, seed(a, "seed")?);
        let on = changed(context, a, pattern)?;
        let made = pattern.sometimes(prob, |_| Ok(on), seed);
        Ok(PatternObject::value(made.map_err(|e| raise_in(a, &e))?))
    })
}

fn receiver(arguments: &Arguments) -> Result<&Pattern> {
    arguments
        .receiver_as::<PatternObject>()
        .map(PatternObject::pattern)
}

fn plain(
    module: ModuleBuilder,
    name: &'static str,
    signature: Signature,
    transform: impl Fn(&Pattern, &Arguments) -> Result<Pattern> + 'static,
) -> ModuleBuilder {
    module.function(name, signature, move |_, arguments| {
        Ok(PatternObject::value(transform(
            receiver(arguments)?,
            arguments,
        )?))
    })
}

/// What the function argument `fn` makes of the pattern.
fn changed(context: &mut Context<'_>, arguments: &Arguments, pattern: &Pattern) -> Result<Pattern> {
    let function = arguments.callable("fn").map_err(|e| {
        e.with_help("give a function or a transform: lambda p: p.reverse(), or krp.reverse")
    })?;
    let result = context.call(function, &[PatternObject::value(pattern.clone())])?;
    match result.downcast::<PatternObject>() {
        Some(PatternObject(changed)) => Ok(changed.clone()),
        None => Err(arguments
            .wrong_value(
                "fn",
                format_args!(
                    "must return a pattern, but returned '{}'",
                    result.type_name()
                ),
            )
            .with_help("a function that changes a pattern returns it: lambda p: p.reverse()")),
    }
}
