//! The module `krs`: signals, and every function of the DSP library under its patch name.
//!
//! Functions are thin: they convert arguments, refuse what is a mistake as a constant (a cutoff of
//! 0 Hz, a delay of negative length) with the caret under the argument, call `synthc_ir::library`
//! and mark the result with the place of the call. Values that are mistakes only sometimes, because
//! they come from signals, are clamped by the library.

mod argument;
mod control;
mod effect;
mod envelope;
mod feedback;
mod filter;
mod maths;
mod oscillator;
mod place;
mod signal;
mod table;

use std::rc::Rc;

pub(crate) use argument::signal_from;
pub use place::Places;
pub use signal::SignalObject;

use crate::value::{Arguments, Module, ModuleBuilder, Signature, Value};
use crate::{Context, Error};

/// Builds the module. `places` remembers the span of every signal made, for errors found later.
pub fn module(places: &Rc<Places>) -> Rc<Module> {
    let places = Rc::clone(places);
    Module::builder("krs").described(move |module| {
        let places = Rc::clone(&places);
        let library = Library { module, places };
        let library = control::add(library);
        let library = maths::add(library);
        let library = oscillator::add(library);
        let library = filter::add(library);
        let library = envelope::add(library);
        let library = effect::add(library);
        let library = feedback::add(library);
        table::add(library).module
    })
}

/// The module while it is being filled.
struct Library {
    module: ModuleBuilder,
    places: Rc<Places>,
}

impl Library {
    /// Adds a function of the DSP library: its result is one signal, marked with its place.
    fn signal(
        self,
        name: &'static str,
        signature: Signature,
        make: impl Fn(&Arguments) -> Result<synthc_ir::Signal, Error> + 'static,
    ) -> Self {
        if !self.module.wants(name) {
            return self;
        }
        let places = Rc::clone(&self.places);
        self.function(name, signature, move |context, arguments| {
            let signal = make(arguments)?;
            Ok(places.signal(context, signal))
        })
    }

    /// Adds a function whose result is several signals: a tuple.
    fn signals(
        self,
        name: &'static str,
        signature: Signature,
        make: impl Fn(&Arguments) -> Result<Vec<synthc_ir::Signal>, Error> + 'static,
    ) -> Self {
        if !self.module.wants(name) {
            return self;
        }
        let places = Rc::clone(&self.places);
        self.function(name, signature, move |context, arguments| {
            let signals = make(arguments)?;
            let placed = signals
                .into_iter()
                .map(|signal| places.signal(context, signal))
                .collect();
            Ok(Value::tuple(placed))
        })
    }

    /// Adds any function.
    fn function(
        mut self,
        name: &'static str,
        signature: Signature,
        implementation: impl Fn(&mut Context<'_>, &Arguments) -> Result<Value, Error> + 'static,
    ) -> Self {
        self.module = self.module.function(name, signature, implementation);
        self
    }

    fn alias(mut self, alias: &'static str, name: &'static str) -> Self {
        self.module = self.module.alias(alias, name);
        self
    }

    fn value(mut self, name: &'static str, make: impl FnOnce() -> Value) -> Self {
        self.module = self.module.item(name, |_| make());
        self
    }
}
