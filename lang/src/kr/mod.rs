//! The object `kr`: the session that a patch builds.
//!
//! [`SessionObject`] is `kr` itself, [`NodeHandle`] what `kr.node` returns; both edit the one
//! [`Session`](synthc_engine::session::Session) in the `Studio` they share. Nothing sounds here: the
//! session as it stands at the end of the patch is what is played. Invariant: an operation that raises
//! has changed nothing.

mod block;
mod handle;
mod inspect;
mod levels;
mod nodes;
mod playing;
mod scenes;
mod session;
mod studio;

use std::rc::Rc;

pub use handle::NodeHandle;
pub use session::SessionObject;
pub(crate) use studio::Studio;

use crate::krs::Places;
use crate::value::{BoundMethod, Module, Value};

/// A session with the modules that reach it.
pub(crate) struct Bindings {
    pub(crate) studio: Rc<Studio>,
    /// `kr`, `krp`.
    pub(crate) kr: Rc<Module>,
    pub(crate) krp: Rc<Module>,
}

/// Makes an empty session and the modules that edit it.
pub(crate) fn bind(places: &Rc<Places>) -> Bindings {
    let krp = crate::krp::module();
    let studio = Rc::new(Studio::new(Rc::clone(places)));
    let object = Value::native(SessionObject::new(Rc::clone(&studio), Rc::clone(&krp)));
    let patterns = Rc::clone(&krp);
    let kr = Module::builder("kr")
        .face(object.clone())
        .described(move |module| {
            let methods = session::methods();
            let shared = |name: &str| {
                crate::krp::is_shared(name) && !methods.names().any(|known| known == name)
            };
            module
                .items_of(&methods, |_| true, |method| bind_to(&object, method))
                .items_of(&patterns, shared, std::convert::identity)
        });
    Bindings { studio, kr, krp }
}

/// A function of `kr` with `kr` as its receiver.
fn bind_to(object: &Value, function: Value) -> Value {
    match function {
        Value::NativeFunction(function) => Value::Method(Rc::new(BoundMethod {
            receiver: object.clone(),
            function,
        })),
        other => other,
    }
}
