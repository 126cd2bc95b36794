//! Modules supplied by the host: `math`, `krs`, `kr`, …
//!
//! A module is an immutable table of named values, built once with [`Module::builder`] and shared.

use std::rc::Rc;

use indexmap::IndexMap;

use super::{Arguments, NativeFunction, Signature, Value};
use crate::error::Result;
use crate::eval::Context;

/// A module of the host.
#[derive(Debug)]
pub struct Module {
    name: Rc<str>,
    items: IndexMap<Rc<str>, Value>,
    face: Option<Value>,
}

impl Module {
    /// Starts a module.
    pub fn builder(name: impl Into<Rc<str>>) -> ModuleBuilder {
        ModuleBuilder(Self {
            name: name.into(),
            items: IndexMap::new(),
            face: None,
        })
    }

    /// The name it is imported by.
    #[must_use]
    pub fn name(&self) -> &Rc<str> {
        &self.name
    }

    /// What `import name` binds: the module itself, or the object that stands for it.
    #[must_use]
    pub fn face(self: &Rc<Self>) -> Value {
        match &self.face {
            Some(object) => object.clone(),
            None => Value::Module(Rc::clone(self)),
        }
    }

    /// The item called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.items.get(name)
    }

    /// Names of all items in the order they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.items.keys().map(|k| &**k)
    }

    /// All items in the order they were added.
    pub fn items(&self) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        self.items.iter()
    }
}

/// Collects the items of a [`Module`].
#[derive(Debug)]
pub struct ModuleBuilder(Module);

impl ModuleBuilder {
    /// Adds any value.
    #[must_use]
    pub fn value(mut self, name: impl Into<Rc<str>>, value: impl Into<Value>) -> Self {
        self.0.items.insert(name.into(), value.into());
        self
    }

    /// Adds a function.
    #[must_use]
    pub fn function(
        self,
        name: &str,
        signature: Signature,
        implementation: impl Fn(&mut Context<'_>, &Arguments) -> Result<Value> + 'static,
    ) -> Self {
        let function = NativeFunction::new(name, signature, implementation);
        self.value(name, Value::NativeFunction(Rc::new(function)))
    }

    /// Adds a further name for an item added before; does nothing when there is no such item.
    #[must_use]
    pub fn alias(self, alias: &str, name: &str) -> Self {
        match self.0.items.get(name).cloned() {
            Some(value) => self.value(alias, value),
            None => self,
        }
    }

    /// Lets an object stand for the module wherever it is imported as a whole: one that has
    /// attributes to assign, operators, subscripts.
    #[must_use]
    pub fn face(mut self, object: impl Into<Value>) -> Self {
        self.0.face = Some(object.into());
        self
    }

    /// The finished module.
    #[must_use]
    pub fn build(self) -> Rc<Module> {
        Rc::new(self.0)
    }
}
