//! The binding of arguments to parameters.
//!
//! One algorithm serves functions of the patch and natives, so that arity errors read the same
//! everywhere: they say what is wrong, quote the signature and suggest the nearest keyword.

use std::rc::Rc;

use super::signature::display;
use super::{Dict, Key, Parameter, ParameterKind, Value, mapping};
use crate::error::{Error, Result};
use crate::suggest;

/// Arguments of one call, not yet bound.
#[derive(Debug, Default)]
pub(crate) struct CallArguments {
    pub(crate) positional: Vec<Value>,
    pub(crate) keywords: Vec<(Rc<str>, Value)>,
}

/// Assigns arguments to parameters. The result has one entry per parameter: `*args` a tuple,
/// `**kwargs` a dict, everything else the argument or `default(i)`.
pub(crate) fn bind(
    name: &str,
    parameters: &[Parameter],
    arguments: CallArguments,
    default: impl Fn(usize) -> Option<Value> + Copy,
) -> Result<Vec<Option<Value>>> {
    use ParameterKind as K;
    let plain = parameters
        .iter()
        .all(|p| matches!(p.kind, K::Standard | K::PositionalOnly));
    if plain && arguments.keywords.is_empty() && arguments.positional.len() == parameters.len() {
        return Ok(arguments.positional.into_iter().map(Some).collect());
    }
    let fail = |error: Error| {
        error.with_help(format!("signature: {}", display(name, parameters, default)))
    };

    let mut slots: Vec<Option<Value>> = vec![None; parameters.len()];
    let given = arguments.positional.len();
    let mut positional = arguments.positional.into_iter();
    for (slot, p) in slots.iter_mut().zip(parameters) {
        match p.kind {
            K::PositionalOnly | K::Standard => *slot = positional.next(),
            K::Rest => *slot = Some(Value::tuple(positional.by_ref().collect())),
            K::KeywordOnly | K::Keywords => {}
        }
    }
    if positional.next().is_some() {
        return Err(fail(too_many(name, parameters, given)));
    }

    let mut extra = mapping::Map::default();
    let takes_any = parameters.iter().any(|p| p.kind == K::Keywords);
    for (keyword, value) in arguments.keywords {
        let position = parameters
            .iter()
            .position(|p| *p.name == *keyword && matches!(p.kind, K::Standard | K::KeywordOnly));
        match position {
            Some(i) if slots[i].is_some() => {
                return Err(fail(
                    Error::type_error(format!(
                        "{name}() got multiple values for argument '{keyword}'"
                    ))
                    .about_argument(&*keyword),
                ));
            }
            Some(i) => slots[i] = Some(value),
            None if takes_any => {
                extra.insert(Key::text(keyword), value);
            }
            None => return Err(fail(unexpected(name, parameters, &keyword))),
        }
    }

    for (i, p) in parameters.iter().enumerate() {
        match p.kind {
            K::Keywords => {
                slots[i] = Some(Value::Dict(Rc::new(Dict::new(std::mem::take(&mut extra)))));
            }
            _ if slots[i].is_none() => slots[i] = default(i),
            _ => {}
        }
    }
    if slots
        .iter()
        .zip(parameters)
        .any(|(s, p)| s.is_none() && !p.optional)
    {
        return Err(fail(missing(name, parameters, &slots)));
    }
    Ok(slots)
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

fn too_many(name: &str, parameters: &[Parameter], given: usize) -> Error {
    use ParameterKind as K;
    let takes = parameters
        .iter()
        .filter(|p| matches!(p.kind, K::Standard | K::PositionalOnly));
    let most = takes.clone().count();
    let least = takes.filter(|p| !p.optional).count();
    let range = if least == most {
        most.to_string()
    } else {
        format!("from {least} to {most}")
    };
    let were = if given == 1 { "was" } else { "were" };
    Error::type_error(format!(
        "{name}() takes {range} positional argument{} but {given} {were} given",
        plural(most)
    ))
}

fn unexpected(name: &str, parameters: &[Parameter], keyword: &str) -> Error {
    use ParameterKind as K;
    if parameters
        .iter()
        .any(|p| *p.name == *keyword && p.kind == K::PositionalOnly)
    {
        return Error::type_error(format!(
            "{name}() got some positional-only arguments passed as keyword arguments: '{keyword}'"
        ))
        .about_argument(keyword);
    }
    let names = parameters
        .iter()
        .filter(|p| matches!(p.kind, K::Standard | K::KeywordOnly))
        .map(|p| &*p.name);
    let error = Error::type_error(format!(
        "{name}() got an unexpected keyword argument '{keyword}'"
    ))
    .about_argument(keyword);
    match suggest::did_you_mean(keyword, names) {
        Some(help) => error.with_help(help),
        None => error,
    }
}

fn missing(name: &str, parameters: &[Parameter], slots: &[Option<Value>]) -> Error {
    use ParameterKind as K;
    let absent = |keyword_only: bool| -> Vec<String> {
        parameters
            .iter()
            .zip(slots)
            .filter(|(p, s)| {
                s.is_none() && !p.optional && (p.kind == K::KeywordOnly) == keyword_only
            })
            .map(|(p, _)| format!("'{}'", p.name))
            .collect()
    };
    let (names, what) = match absent(false) {
        names if names.is_empty() => (absent(true), "keyword-only"),
        names => (names, "positional"),
    };
    let list = match names.as_slice() {
        [one] => one.clone(),
        [a, b] => format!("{a} and {b}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
        [] => String::new(),
    };
    Error::type_error(format!(
        "{name}() missing {} required {what} argument{}: {list}",
        names.len(),
        plural(names.len())
    ))
}
