//! Modules supplied by the host: `math`, `krs`, `kr`, …
//!
//! A module is an immutable table of named values, described with [`Module::builder`] and shared. A patch
//! uses twenty of the hundreds of names there are, so our own modules list their names only and make an
//! item when it is first looked up; whoever looks again gets the same object.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

use indexmap::IndexMap;
use synthc_ir::graph::BuildOpHasher;

use super::{Arguments, NativeFunction, Signature, Value};
use crate::error::Result;
use crate::eval::Context;

type Name = Cow<'static, str>;

/// Items by name, in order. The names are the host's, which has no reason to make them collide.
type Items = IndexMap<Name, OnceCell<Value>, BuildOpHasher>;

/// Room that is made at first for the names of a module.
const USUAL_ITEMS: usize = 112;

/// Tells a builder all items: the same ones in the same order every time.
type Description = dyn Fn(ModuleBuilder) -> ModuleBuilder;

/// A module of the host.
pub struct Module {
    name: Rc<str>,
    face: Option<Value>,
    items: OnceCell<Items>,
    /// Lists and makes what `items` lacks.
    description: Option<Box<Description>>,
}

impl Module {
    /// Starts a module.
    pub fn builder(name: impl Into<Rc<str>>) -> ModuleBuilder {
        ModuleBuilder::new(name.into(), Task::Make(Items::default()))
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
        self.item(self.listed().get_index_of(name)?)
    }

    /// The function called `name`.
    pub(crate) fn function(&self, name: &str) -> Option<Rc<NativeFunction>> {
        match self.get(name)? {
            Value::NativeFunction(function) => Some(Rc::clone(function)),
            _ => None,
        }
    }

    /// Whether there is an item called `name`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.listed().contains_key(name)
    }

    /// Names of all items in the order they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.listed().keys().map(|name| &**name)
    }

    /// All items in the order they were added.
    pub fn items(&self) -> impl Iterator<Item = (&str, &Value)> {
        let named = self.names().enumerate();
        named.filter_map(|(index, name)| Some((name, self.item(index)?)))
    }

    fn listed(&self) -> &Items {
        self.items.get_or_init(|| {
            let room = Items::with_capacity_and_hasher(USUAL_ITEMS, BuildOpHasher::default());
            match self.describe(Task::List(room)) {
                Some(Task::List(items)) => items,
                _ => Items::default(),
            }
        })
    }

    fn describe(&self, task: Task) -> Option<Task> {
        let description = self.description.as_ref()?;
        let builder = ModuleBuilder::new(Rc::clone(&self.name), task);
        Some(description(builder).0.task)
    }

    /// The item at a position, made if it has not been.
    fn item(&self, index: usize) -> Option<&Value> {
        let (_, cell) = self.listed().get_index(index)?;
        if cell.get().is_none() {
            let find = Task::Find {
                before: index,
                found: None,
            };
            let Some(Task::Find { found, .. }) = self.describe(find) else {
                return None;
            };
            let value = match found? {
                Found::Value(value) => value,
                Found::Alias(name) => self.get(&name)?.clone(),
            };
            return Some(cell.get_or_init(|| value));
        }
        cell.get()
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
    Make(Items),
    /// Keeps the names, makes nothing.
    List(Items),
    /// Makes the one that so many others come before.
    Find { before: usize, found: Option<Found> },
}

#[derive(Debug)]
enum Found {
    Value(Value),
    Alias(Name),
}

impl ModuleBuilder {
    fn new(name: Rc<str>, task: Task) -> Self {
        let face = None;
        Self(Box::new(Draft { name, face, task }))
    }

    /// Adds an item that `make` makes; a module that only lists its names calls it when it is looked up.
    #[must_use]
    pub(crate) fn item(mut self, name: impl Into<Name>, make: impl FnOnce(&str) -> Value) -> Self {
        self.add(name, make);
        self
    }

    /// [`item`](Self::item) in place.
    #[inline]
    pub(crate) fn add(&mut self, name: impl Into<Name>, make: impl FnOnce(&str) -> Value) {
        if !self.passes() {
            self.enter(name.into(), make);
        }
    }

    /// Whether the next item is another one than the one looked for. This alone is done for nearly all.
    #[inline]
    fn passes(&mut self) -> bool {
        let Task::Find { before, .. } = &mut self.0.task else {
            return false;
        };
        let passes = *before != 0;
        *before = before.wrapping_sub(1);
        passes
    }

    fn enter(&mut self, name: Name, make: impl FnOnce(&str) -> Value) {
        match &mut self.0.task {
            Task::Make(items) => {
                let value = make(&name);
                items.insert(name, OnceCell::from(value));
            }
            Task::List(items) => list(items, name),
            Task::Find { found, .. } => *found = Some(Found::Value(make(&name))),
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
        self.item(name, |name| {
            let function = NativeFunction::new(name, signature, implementation);
            Value::NativeFunction(Rc::new(function))
        })
    }

    /// Adds a further name for an item added before; does nothing when there is no such item.
    #[must_use]
    pub fn alias(mut self, alias: impl Into<Cow<'static, str>>, name: &'static str) -> Self {
        if self.passes() {
            return self;
        }
        match &mut self.0.task {
            Task::Make(items) => {
                if let Some(cell) = items.get(name).cloned() {
                    items.insert(alias.into(), cell);
                }
            }
            Task::List(items) => {
                debug_assert!(items.contains_key(name), "an alias of nothing: {name}");
                list(items, alias.into());
            }
            Task::Find { found, .. } => *found = Some(Found::Alias(name.into())),
        }
        self
    }

    /// Adds what `change` makes of the items of another module, of those whose names `choose` takes.
    pub(crate) fn items_of(
        self,
        module: &Module,
        choose: impl Fn(&str) -> bool,
        change: impl Fn(&Value) -> Value,
    ) -> Self {
        let names = module.listed().keys().filter(|name| choose(name));
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
        let items = match task {
            Task::Make(items) => items,
            Task::List(_) | Task::Find { .. } => Items::default(),
        };
        Rc::new(Module {
            name,
            face,
            items: OnceCell::from(items),
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
            items: OnceCell::new(),
            description: Some(Box::new(description)),
        })
    }
}

fn list(items: &mut Items, name: Name) {
    debug_assert!(!items.contains_key(&name), "{name} twice");
    items.insert(name, OnceCell::new());
}
