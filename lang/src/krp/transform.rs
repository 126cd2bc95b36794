//! Transforms as values: `krp.fast(2) >> krp.reverse`, to be applied to any pattern.
//!
//! A step is a method of patterns with its arguments, so a transform and the method of the same name
//! cannot differ. Invariant: transforms nest at most [`MAX_DEPTH`] deep in each other.

use std::any::Any;
use std::fmt::Write;
use std::rc::Rc;

use synthc_engine::pattern::{MAX_DEPTH, MAX_ITEMS, rest};

use super::argument::not_a_pattern;
use super::pattern::{PatternObject, method, method_names};
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::signature;
use crate::value::{
    Arguments, BinaryOp, BoundMethod, ModuleBuilder, NativeFunction, NativeObject, Value, brief,
    release,
};

/// One or more transforms, first to last.
#[derive(Debug)]
pub struct TransformObject {
    steps: Vec<Step>,
    depth: u32,
}

#[derive(Clone, Debug)]
struct Step {
    method: Rc<NativeFunction>,
    arguments: Vec<Value>,
}

impl TransformObject {
    fn of(method: Rc<NativeFunction>, arguments: Vec<Value>) -> Result<Self> {
        let inner = arguments.iter().filter_map(|a| a.downcast::<Self>());
        let depth = 1 + inner.map(|t| t.depth).max().unwrap_or(0);
        if depth > MAX_DEPTH {
            return Err(Error::value_error(format!(
                "the transform is nested {depth} deep, the limit is {MAX_DEPTH}"
            ))
            .with_help("chain transforms with `>>` instead of nesting them"));
        }
        let steps = vec![Step { method, arguments }];
        Ok(Self { steps, depth })
    }

    /// The transformed pattern.
    pub(super) fn apply(&self, context: &mut Context<'_>, pattern: &Value) -> Result<Value> {
        if pattern.downcast::<PatternObject>().is_none() {
            return Err(not_a_pattern(pattern).about_argument("pattern"));
        }
        let mut result = pattern.clone();
        for step in &self.steps {
            let bound = Value::Method(Rc::new(BoundMethod {
                receiver: result,
                function: Rc::clone(&step.method),
            }));
            result = context.call(&bound, &step.arguments)?;
        }
        Ok(result)
    }
}

impl Drop for TransformObject {
    /// Transforms can hide in functions in transforms: dropped through the queue of nested values.
    fn drop(&mut self) {
        let steps = std::mem::take(&mut self.steps);
        release(steps.into_iter().flat_map(|s| s.arguments).collect());
    }
}

impl NativeObject for TransformObject {
    fn type_name(&self) -> &'static str {
        "Transform"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn repr(&self) -> String {
        let mut text = String::new();
        for (index, step) in self.steps.iter().enumerate().take(16) {
            let arguments: Vec<String> = step.arguments.iter().map(brief).collect();
            let arrow = if index == 0 { "" } else { " >> " };
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "{arrow}{}({})",
                step.method.name(),
                arguments.join(", ")
            );
        }
        text
    }

    fn callable(&self) -> Option<Rc<NativeFunction>> {
        Some(CALL.with(Rc::clone))
    }

    fn binary(
        &self,
        context: &mut Context<'_>,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
    ) -> Result<Option<Value>> {
        let (BinaryOp::RShift, false, Some(next)) = (op, reflected, other.downcast::<Self>())
        else {
            return Ok(None);
        };
        let mut steps = self.steps.clone();
        steps.extend(next.steps.iter().cloned());
        if steps.len() > MAX_ITEMS {
            return Err(Error::value_error(format!(
                "a chain of {} transforms is too long; the limit is {MAX_ITEMS}",
                steps.len()
            )));
        }
        context.charge_memory((steps.len() * size_of::<Step>()) as u64)?;
        Ok(Some(Value::native(Self {
            steps,
            depth: self.depth.max(next.depth),
        })))
    }
}

thread_local! {
    /// `transform(pattern)`; without a pattern the transform itself, so that `reverse()` and
    /// `reverse` are the same.
    static CALL: Rc<NativeFunction> = Rc::new(NativeFunction::new(
        "transform",
        signature!(pattern = Value::None),
        |context, arguments| {
            let this = arguments.receiver();
            match arguments.get("pattern") {
                Value::None => Ok(this.clone()),
                pattern => arguments.receiver_as::<TransformObject>()?.apply(context, pattern),
            }
        },
    ));
}

/// Adds a transform for every method of patterns.
pub(super) fn add(module: ModuleBuilder) -> ModuleBuilder {
    method_names().iter().fold(module, |module, name| {
        module.item(*name, |name| method(name).map_or(Value::None, chainable))
    })
}

/// What stands for a method of patterns in the module.
fn chainable(method: Rc<NativeFunction>) -> Value {
    if method.signature().parameters().is_empty() {
        let steps = vec![Step {
            method,
            arguments: Vec::new(),
        }];
        return Value::native(TransformObject { steps, depth: 1 });
    }
    let (name, signature) = (Rc::clone(method.name()), method.signature().clone());
    let function = NativeFunction::new(name, signature, move |context, arguments| {
        transform(context, &method, arguments)
    });
    Value::NativeFunction(Rc::new(function))
}

/// A transform, tried on silence so that wrong arguments are reported where they are written.
fn transform(
    context: &mut Context<'_>,
    method: &Rc<NativeFunction>,
    arguments: &Arguments,
) -> Result<Value> {
    let values: Vec<Value> = (0..arguments.values.len())
        .map(|i| arguments.at(i).clone())
        .collect();
    let transform = TransformObject::of(Rc::clone(method), values)?;
    if arguments.has("fn") {
        arguments.callable("fn")?;
    } else {
        transform.apply(context, &PatternObject::value(rest()))?;
    }
    Ok(Value::native(transform))
}
