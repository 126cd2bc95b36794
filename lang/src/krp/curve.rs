//! Continuous patterns: shapes over a cycle, to be played on a control.

use synthc_engine::pattern::{self, DEFAULT_STEPS, Shape};

use super::argument::{raise_in, seed};
use super::builder::builder;
use crate::signature;
use crate::value::ModuleBuilder;

/// Shapes by their names in patches; those of release 0.1 included.
const SHAPES: [(&str, Shape); 13] = [
    ("sine", Shape::Sine),
    ("tri", Shape::Triangle),
    ("ramp", Shape::Ramp),
    ("saw", Shape::Ramp),
    ("ramp_down", Shape::RampDown),
    ("square", Shape::Square),
    ("exp", Shape::Exponential),
    ("mod_sine", Shape::Sine),
    ("mod_tri", Shape::Triangle),
    ("mod_ramp", Shape::Ramp),
    ("mod_ramp_down", Shape::RampDown),
    ("mod_square", Shape::Square),
    ("mod_exp", Shape::Exponential),
];

/// [`DEFAULT_STEPS`] as an argument.
const STEPS: i64 = DEFAULT_STEPS as i64;

/// Adds the shapes to the module.
pub(super) fn add(module: ModuleBuilder) -> ModuleBuilder {
    let module = SHAPES.into_iter().fold(module, |module, (name, shape)| {
        let signature = signature!(lo = 0.0, hi = 1.0, steps = STEPS);
        builder(module, name, signature, move |arguments| {
            let (lo, hi) = (arguments.f64("lo")?, arguments.f64("hi")?);
            pattern::curve(shape, lo, hi, arguments.i64("steps")?)
                .map_err(|e| raise_in(arguments, &e))
        })
    });
    let signature = signature!(lo = 0.0, hi = 1.0, steps = STEPS, seed = 0);
    builder(module, "rand", signature, |arguments| {
        let seed = seed(arguments, "seed")?;
        let (lo, hi) = (arguments.f64("lo")?, arguments.f64("hi")?);
        pattern::curve(Shape::Random { seed }, lo, hi, arguments.i64("steps")?)
            .map_err(|e| raise_in(arguments, &e))
    })
}
