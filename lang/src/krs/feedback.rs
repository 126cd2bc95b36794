//! `feedback`: a loop with one frame of delay, bound to the function that is its body.

use std::rc::Rc;

use synthc_ir::signal::Register;

use super::Library;
use super::argument::signal_from;
use crate::value::Value;
use crate::{Error, signature};

pub(super) fn add(krs: Library) -> Library {
    let places = Rc::clone(&krs.places);
    krs.function("feedback", signature!(fn), move |context, a| {
        let body = a.callable("fn")?.clone();
        let register = Register::float(0.0);
        let fed = places.signal(context, register.read());
        let result = context.call(&body, &[fed])?;
        let returned = "what the feedback function returns";
        let loop_output = match &result {
            Value::Tuple(pair) if pair.items().len() == 2 => {
                let output = signal_from(&pair.items()[0], returned)?;
                let next = signal_from(&pair.items()[1], returned)?;
                register.bind(&next, &output)
            }
            Value::None => {
                return Err(Error::type_error("the feedback function returns None")
                    .with_help("add a `return`: the signal that is heard and fed back, or the pair (heard, fed back)")
                    .about_argument("fn"));
            }
            Value::Tuple(_) | Value::List(_) => {
                return Err(Error::type_error(
                    "the feedback function must return one signal, or the pair (heard, fed back)",
                )
                .about_argument("fn"));
            }
            one => {
                let output = signal_from(one, returned)?.to_float();
                register.bind(&output, &output)
            }
        };
        Ok(places.signal(context, loop_output))
    })
}
