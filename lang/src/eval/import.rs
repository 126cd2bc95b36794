//! Imports: modules come from the host's registry, never from files.

use std::rc::Rc;

use super::Machine;
use crate::error::{Error, Result};
use crate::source::Span;
use crate::suggest;
use crate::value::{ExceptionKind, Module, Value};

impl Machine {
    fn module(&self, name: &str) -> Result<Rc<Module>> {
        self.modules.get(name).map(Rc::clone).ok_or_else(|| {
            let error = Error::new(
                ExceptionKind::ModuleNotFoundError,
                format!("No module named '{name}'"),
            );
            let mut names: Vec<&str> = self.modules.keys().map(|n| &**n).collect();
            names.sort_unstable();
            match suggest::did_you_mean(name, names.iter().copied()) {
                Some(help) => error.with_help(help),
                None => error.with_help(format!(
                    "patches have no files, network or other packages; the modules are {}",
                    names.join(", ")
                )),
            }
        })
    }

    /// `import a.b`: binds `a`, or with an alias `a.b`.
    pub(super) fn import(&self, name: &str, aliased: bool) -> Result<Value> {
        let module = self.module(name)?;
        match name.split_once('.') {
            Some((root, _)) if !aliased => self.module(root).map(|m| m.face()),
            _ => Ok(module.face()),
        }
    }

    /// `from module import name`.
    pub(super) fn import_name(&self, module: &str, module_span: Span, name: &str) -> Result<Value> {
        let found = self.module(module).map_err(|e| e.at(module_span))?;
        if let Some(value) = found.get(name) {
            return Ok(value);
        }
        if let Some(inner) = self.modules.get(format!("{module}.{name}").as_str()) {
            return Ok(inner.face());
        }
        let error = Error::new(
            ExceptionKind::ImportError,
            format!("cannot import name '{name}' from '{module}'"),
        );
        Err(match suggest::did_you_mean(name, found.names()) {
            Some(help) => error.with_help(help),
            None => error,
        })
    }

    /// `from module import *`: every public name.
    pub(super) fn import_all(&mut self, module: &str) -> Result<()> {
        let module = self.module(module)?;
        for (name, value) in module.items().filter(|(n, _)| !n.starts_with('_')) {
            let slot = self.global_slot(&name.into());
            self.globals[slot as usize] = Some(value);
        }
        Ok(())
    }
}
