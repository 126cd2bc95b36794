//! The module `krp`: patterns under their patch names.
//!
//! Builders make [`PatternObject`]s, transforms are methods of them and, under the same names in the
//! module, values that chain with `>>`. Everything here converts arguments, calls
//! `synthc_engine::pattern` and puts the caret under the argument an error is about. The module `kr`
//! offers the builders too (the 0.1 spelling).

mod argument;
mod builder;
mod curve;
mod pattern;
mod pitch;
mod transform;

use std::rc::Rc;

pub(crate) use argument::{raise, split_advice};
pub(crate) use builder::notation;
pub use pattern::PatternObject;
pub use transform::TransformObject;

use crate::value::Module;

/// Builds the module.
pub(crate) fn module() -> Rc<Module> {
    Module::builder("krp").described(|module| {
        let module = builder::add(module);
        let module = curve::add(module);
        let module = transform::add(module);
        let module = pitch::add(module);
        pitch::add_constants(module)
    })
}

/// The names of the module that `kr` offers too: all but the note constants, which would clutter it.
pub(crate) fn is_shared(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_uppercase())
}
