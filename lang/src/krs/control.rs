//! `control`, the sample rate, and names that belong to the module itself.

use std::any::Any;
use std::rc::Rc;

use synthc_ir::{Control, Signal, Smoothing, library};

use super::Library;
use crate::value::{Arguments, NativeFunction, NativeObject, Value};
use crate::{Error, signature};

pub(super) fn add(library: Library) -> Library {
    library
        .value("Signal", || Value::native(SignalClass))
        .signal(
            "control",
            signature!(name, init, lo, hi, step = 0.001, smooth = "auto"),
            |a| Ok(Signal::control(control(a)?)),
        )
        .signal("sr", signature!(), |_| Ok(library::sample_rate()))
        .alias("sample_rate", "sr")
        .function("faust_expr", signature!(template, *ins), |_, a| {
            Err(Error::runtime_error(format!(
                "{}() holds FAUST source, which synthc does not compile",
                a.function_name()
            ))
            .with_help(
                "write it with krs functions; recursion is krs.feedback, smoothing krs.smooth",
            ))
        })
        .function("transpile", signature!(source), |_, _| {
            Err(Error::runtime_error(
                "there is no FAUST code to show: synthc compiles to machine code",
            )
            .with_help("see it with `synthc inspect PATCH:FUNCTION --emit ir`, `clif` or `asm`"))
        })
}

fn control(a: &Arguments) -> Result<Control, Error> {
    let name = a.str("name")?;
    if name.trim().is_empty() {
        return Err(a
            .wrong_value("name", "is empty")
            .with_help("name what it moves, such as \"cutoff\""));
    }
    let mut control = Control::new(name, a.f64("init")?, a.f64("lo")?, a.f64("hi")?);
    control.step = a.f64("step")?;
    control.smoothing = match a.get("smooth") {
        Value::Str(text) if &**text == "auto" => Smoothing::ByName,
        Value::None | Value::Bool(false) => Smoothing::None,
        Value::Bool(true) => Smoothing::Seconds(Smoothing::DEFAULT_SECONDS),
        other => match other.as_f64() {
            Some(0.0) => Smoothing::None,
            Some(seconds) => Smoothing::Seconds(seconds),
            None => {
                return Err(a.wrong_type("smooth", "\"auto\", None, True or a time in seconds"));
            }
        },
    };
    control.check().map_err(|problem| {
        let name = problem.parameter;
        a.wrong_value(name, problem.text)
            .with_help("give finite numbers with lo ≤ init ≤ hi: control(name, init, lo, hi)")
    })?;
    Ok(control)
}

/// `krs.Signal`: an annotation, nothing else.
#[derive(Debug)]
struct SignalClass;

impl NativeObject for SignalClass {
    fn type_name(&self) -> &str {
        "type"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn repr(&self) -> String {
        "<class 'krs.Signal'>".to_owned()
    }

    fn callable(&self) -> Option<Rc<NativeFunction>> {
        let refuse = NativeFunction::new("Signal", signature!(*args, **kwargs), |_, _| {
            Err(Error::type_error("signals are not made by calling krs.Signal")
                .with_help("krs.Signal is for annotations; make signals with krs.sine_osc(440.0) and the like"))
        });
        Some(Rc::new(refuse))
    }
}
