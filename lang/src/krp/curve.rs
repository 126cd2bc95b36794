//! Continuous patterns: shapes over a cycle, to be played on a control.

use synthc_engine::pattern::{self, DEFAULT_STEPS, Shape};

use super::argument::{raise_in, seed};
use super::builder::builder;
use crate::signature;
use crate::value::ModuleBuilder;

/// Names of shapes in patches; those of release 0.1 included.
const NAMES: [&str; 12] = [
    "sine",
    "tri",
    "ramp",
    "saw",
    "ramp_down",
    "square",
    "exp",
    "mod_sine",
    "mod_tri",
    "mod_ramp",
    "mod_ramp_down",
    "mod_square",
];

/// Adds the shapes to the module.
pub(super) fn add(module: ModuleBuilder) -> ModuleBuilder {
    let steps = i64::try_from(DEFAULT_STEPS).unwrap_or(i64::MAX);
    let module = NAMES
        .into_iter()
        .chain(["mod_exp"])
        .filter_map(|name| Some((name, Shape::from_name(name)?)))
        .fold(module, |module, (name, shape)| {
            let signature = signature!(lo = 0.0, hi = 1.0, steps = steps);
            builder(module, name, signature, move |arguments| {
                let (lo, hi) = (arguments.f64("lo")?, arguments.f64("hi")?);
                pattern::curve(shape, lo, hi, arguments.i64("steps")?)
                    .map_err(|e| raise_in(arguments, &e))
            })
        });
    let signature = signature!(lo = 0.0, hi = 1.0, steps = steps, seed = 0);
    builder(module, "rand", signature, |arguments| {
        let seed = seed(arguments, "seed")?;
        let (lo, hi) = (arguments.f64("lo")?, arguments.f64("hi")?);
        pattern::curve(Shape::Random { seed }, lo, hi, arguments.i64("steps")?)
            .map_err(|e| raise_in(arguments, &e))
    })
}
