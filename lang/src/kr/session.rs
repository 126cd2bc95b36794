//! `kr` itself: attributes, subscripts and the table of its functions.

use std::any::Any;
use std::rc::Rc;

use synthc_engine::path::Resolved;
use synthc_engine::session::Session;

use super::studio::as_key_error;
use super::{NodeHandle, Studio, inspect, levels, nodes, playing, scenes};
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::value::{Arguments, ExceptionKind, Module, NativeFunction, NativeObject, Value};

/// The object `kr` of a patch.
#[derive(Debug)]
pub struct SessionObject {
    studio: Rc<Studio>,
    patterns: Rc<Module>,
}

thread_local! {
    static METHODS: Rc<Module> = Module::builder("kr").described(|module| {
        let module = nodes::add(module);
        let module = playing::add(module);
        let module = levels::add(module);
        scenes::add(module)
    });
}

/// The functions of `kr`.
pub(super) fn methods() -> Rc<Module> {
    METHODS.with(Rc::clone)
}

/// The studio behind the `kr` that a function was called on.
pub(super) fn studio(arguments: &Arguments) -> Result<&Rc<Studio>> {
    Ok(&arguments.receiver_as::<SessionObject>()?.studio)
}

impl SessionObject {
    pub(super) fn new(studio: Rc<Studio>, patterns: Rc<Module>) -> Self {
        Self { studio, patterns }
    }

    fn key(key: &Value) -> Result<&str> {
        key.as_str().ok_or_else(|| {
            Error::type_error(format!("kr[…] takes a path, not '{}'", key.type_name()))
                .with_help("write kr[\"bass\"] for a node, kr[\"bass/cutoff\"] for a value")
        })
    }
}

impl NativeObject for SessionObject {
    fn type_name(&self) -> &'static str {
        "kr"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn repr(&self) -> String {
        self.studio.read(|session| {
            format!(
                "<kr: {} nodes, {} beats a minute>",
                session.nodes().count(),
                session.tempo()
            )
        })
    }

    fn attribute(&self, _: &mut Context<'_>, name: &str) -> Result<Option<Value>> {
        if let Some(value) = inspect::attribute(&self.studio, name) {
            return Ok(Some(value));
        }
        if methods().get(name).is_some() || !crate::krp::is_shared(name) {
            return Ok(None);
        }
        Ok(self.patterns.get(name))
    }

    fn method(&self, name: &str) -> Option<Rc<NativeFunction>> {
        METHODS.with(|methods| methods.function(name))
    }

    fn attribute_names(&self) -> Vec<&str> {
        let mut names = inspect::ATTRIBUTES.to_vec();
        names.extend(nodes::NAMES);
        names.extend(playing::NAMES);
        names.extend(levels::NAMES);
        names.extend(scenes::NAMES);
        names.extend(self.patterns.names().filter(|n| crate::krp::is_shared(n)));
        names
    }

    fn set_attribute(&self, context: &mut Context<'_>, name: &str, value: &Value) -> Result<bool> {
        if let Some(function) = self.method(name) {
            return Err(Error::new(
                ExceptionKind::AttributeError,
                format!("kr.{name} is a function and cannot be assigned"),
            )
            .with_help(format!(
                "call it: kr.{}",
                function.signature().display(name)
            )));
        }
        if name == "sync" {
            return inspect::set_sync(context, value);
        }
        let set = match name {
            "tempo" => Session::set_tempo,
            "meter" => Session::set_meter,
            "master" => Session::set_master,
            _ => return Ok(false),
        };
        let number = value.as_f64().ok_or_else(|| {
            Error::type_error(format!(
                "kr.{name} must be a number, not '{}'",
                value.type_name()
            ))
        })?;
        self.studio
            .edit(context, None, |session| set(session, number))?;
        Ok(true)
    }

    fn item(&self, context: &mut Context<'_>, key: &Value) -> Result<Option<Value>> {
        let path = Self::key(key)?;
        let found = self.studio.read(|session| match session.resolve(path)? {
            Resolved::One(synthc_engine::path::Target::Node(_)) | Resolved::Group(_) => Ok(None),
            Resolved::One(_) => session.value(path).map(Some),
        });
        match found {
            Ok(Some(value)) => Ok(Some(Value::Float(value))),
            Ok(None) => Ok(Some(NodeHandle::value(&self.studio, path))),
            Err(error) => Err(as_key_error(&self.studio.raise(context, &error))),
        }
    }

    fn set_item(&self, context: &mut Context<'_>, key: &Value, value: &Value) -> Result<bool> {
        let path = Self::key(key)?;
        let Some(number) = value.as_f64() else {
            return Err(Error::type_error(format!(
                "kr[\"{path}\"] takes a number, not '{}'",
                value.type_name()
            ))
            .with_help("to play a pattern there write kr.play(path, pattern)"));
        };
        self.studio.put(context, None, path, number)?;
        Ok(true)
    }
}
