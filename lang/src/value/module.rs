//! Modules supplied by the host: `math`, `krs`, `kr`, …
//!
//! A module is an immutable table of named values, described with [`Module::builder`] and shared. A patch
//! uses twenty of the hundreds of names there are, so our own modules are descriptions, and make an item
//! when it is first looked up; whoever looks again gets the same object.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use synthc_ir::graph::BuildOpHasher;

use super::{Arguments, NativeFunction, Signature, Value};
use crate::error::Result;
use crate::eval::Context;

type Name = Cow<'static, str>;

/// Items by name. The names are the host's, which has no reason to make them collide.
type Items = HashMap<Name, Value, BuildOpHasher>;

/// Tells a builder all items: the same ones in the same order every time.
type Description = dyn Fn(ModuleBuilder) -> ModuleBuilder;

/// A module of the host.
pub struct Module {
    name: Rc<str>,
    face: Option<Value>,
    /// In the order they were added.
    names: OnceCell<Vec<Name>>,
    made: RefCell<Items>,
    /// Lists the names and makes what `made` lacks.
    description: Option<Box<Description>>,
}

impl Module {
    /// Starts a module.
    pub fn builder(name: impl Into<Rc<str>>) -> ModuleBuilder {
        let task = Task::Make(Vec::new(), Items::default());
        ModuleBuilder::new(name.into(), task)
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
    pub fn get(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.made.borrow().get(name) {
            return Some(value.clone());
        }
        let find = Task::Find {
            wanted: name.into(),
            found: None,
        };
        let Task::Find { found, .. } = self.describe(find)? else {
            return None;
        };
        let (name, value) = match found? {
            Found::Value(name, value) => (name, value),
            Found::Alias(name, of) => (name, self.get(of)?),
        };
        let mut made = self.made.borrow_mut();
        Some(made.entry(name).or_insert(value).clone())
    }

    /// The function called `name`.
    pub(crate) fn function(&self, name: &str) -> Option<Rc<NativeFunction>> {
        match self.get(name)? {
            Value::NativeFunction(function) => Some(function),
            _ => None,
        }
    }

    /// Names of all items in the order they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.listed().iter().map(|name| &**name)
    }

    /// All items in the order they were added.
    pub fn items(&self) -> impl Iterator<Item = (&str, Value)> {
        self.names()
            .filter_map(|name| Some((name, self.get(name)?)))
    }

    fn listed(&self) -> &[Name] {
        self.names
            .get_or_init(|| match self.describe(Task::List(Vec::new())) {
                Some(Task::List(names)) => names,
                _ => Vec::new(),
            })
    }

    fn describe(&self, task: Task) -> Option<Task> {
        let description = self.description.as_ref()?;
        let builder = ModuleBuilder::new(Rc::clone(&self.name), task);
        Some(description(builder).0.task)
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Module");
        text.field("name", &self.name).finish_non_exhaustive()
    }
}

/// Collects the items of a [`Module`].
#[derive(Debug)]
pub struct ModuleBuilder(Box<Draft>);

#[derive(Debug)]
struct Draft {
    name: Rc<str>,
    face: Option<Value>,
    task: Task,
}

/// What a builder does with the items it is told.
#[derive(Debug)]
enum Task {
    /// Makes and keeps them.
    Make(Vec<Name>, Items),
    /// Keeps the names, makes nothing.
    List(Vec<Name>),
    /// Makes the one of a name.
    Find {
        wanted: Box<str>,
        found: Option<Found>,
    },
}

#[derive(Debug)]
enum Found {
    Value(Name, Value),
    /// Another name for an item.
    Alias(Name, &'static str),
}

impl ModuleBuilder {
    fn new(name: Rc<str>, task: Task) -> Self {
        let face = None;
        Self(Box::new(Draft { name, face, task }))
    }

    /// Whether anything is done with an item. Nearly always another one is looked for, and this is all there is to do.
    #[inline]
    pub(crate) fn wants(&self, name: &str) -> bool {
        match &self.0.task {
            Task::Find { wanted, .. } => **wanted == *name,
            Task::List(_) | Task::Make(..) => true,
        }
    }

    /// Adds an item that `make` makes; a module that only lists its names calls it when it is looked up.
    #[must_use]
    pub(crate) fn item(
        mut self,
        name: impl Into<Cow<'static, str>>,
        make: impl FnOnce(&str) -> Value,
    ) -> Self {
        self.add(name, make);
        self
    }

    /// [`item`](Self::item) in place.
    pub(crate) fn add(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        make: impl FnOnce(&str) -> Value,
    ) {
        let name = name.into();
        if !self.wants(&name) {
            return;
        }
        match &mut self.0.task {
            Task::Find { found, .. } => {
                let value = make(&name);
                *found = Some(Found::Value(name, value));
            }
            Task::List(names) => list(names, name),
            Task::Make(names, items) => {
                let value = make(&name);
                if items.insert(name.clone(), value).is_none() {
                    names.push(name);
                }
            }
        }
    }

    /// Adds any value.
    #[must_use]
    pub fn value(self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.item(name, |_| value.into())
    }

    /// Adds a function.
    #[must_use]
    pub fn function(
        self,
        name: impl Into<Cow<'static, str>>,
        signature: Signature,
        implementation: impl Fn(&mut Context<'_>, &Arguments) -> Result<Value> + 'static,
    ) -> Self {
        let name = name.into();
        if !self.wants(&name) {
            return self;
        }
        self.item(name, |name| {
            let function = NativeFunction::new(name, signature, implementation);
            Value::NativeFunction(Rc::new(function))
        })
    }

    /// Adds a further name for an item added before; does nothing when there is no such item.
    #[must_use]
    pub fn alias(mut self, alias: impl Into<Cow<'static, str>>, name: &'static str) -> Self {
        let alias = alias.into();
        if !self.wants(&alias) {
            return self;
        }
        match &mut self.0.task {
            Task::Find { found, .. } => *found = Some(Found::Alias(alias, name)),
            Task::List(names) => {
                debug_assert!(names.iter().any(|known| known == name), "no item {name}");
                list(names, alias);
            }
            Task::Make(_, items) => {
                if let Some(value) = items.get(name).cloned() {
                    self.add(alias, |_| value);
                }
            }
        }
        self
    }

    /// Adds what `change` makes of the items of another module, of those whose names `choose` takes.
    pub(crate) fn items_of(
        self,
        module: &Module,
        choose: impl Fn(&str) -> bool,
        change: impl Fn(Value) -> Value,
    ) -> Self {
        let names = module.listed().iter().filter(|name| choose(name));
        names.fold(self, |builder, name| {
            builder.item(name.clone(), |name| {
                module.get(name).map_or(Value::None, &change)
            })
        })
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
        let Draft { name, face, task } = *self.0;
        let (names, made) = match task {
            Task::Make(names, items) => (names, items),
            Task::List(_) | Task::Find { .. } => Default::default(),
        };
        Rc::new(Module {
            name,
            face,
            names: OnceCell::from(names),
            made: RefCell::new(made),
            description: None,
        })
    }

    /// The module of the items that `description` adds, each made when it is first looked up. It is asked
    /// again for every item, so it names the same ones in the same order always, none twice, and leaves
    /// work to the closures it gives away.
    pub(crate) fn described(self, description: impl Fn(Self) -> Self + 'static) -> Rc<Module> {
        Rc::new(Module {
            name: self.0.name,
            face: self.0.face,
            names: OnceCell::new(),
            made: RefCell::default(),
            description: Some(Box::new(description)),
        })
    }
}

fn list(names: &mut Vec<Name>, name: Name) {
    debug_assert!(!names.contains(&name), "{name} twice");
    names.push(name);
}
