//! Filters.

use synthc_ir::{Signal, library};

use super::Library;
use super::argument::SignalArguments;
use crate::value::Arguments;
use crate::{Error, signature};

pub(super) fn add(krs: Library) -> Library {
    krs.signal("lowpass", signature!(x, freq, order = 2), |a| {
        let (x, cutoff) = (a.signal("x")?, a.frequency("freq")?);
        library::lowpass(x, cutoff, order(a)?).map_err(|e| a.wrong_value("order", e))
    })
    .signal("highpass", signature!(x, freq, order = 2), |a| {
        let (x, cutoff) = (a.signal("x")?, a.frequency("freq")?);
        library::highpass(x, cutoff, order(a)?).map_err(|e| a.wrong_value("order", e))
    })
    .signal("bandpass", signature!(x, freq, q), |a| {
        with_q(a, library::bandpass)
    })
    .signal("resonant", signature!(x, freq, q), |a| {
        with_q(a, library::resonant)
    })
    .signal("notch", signature!(x, freq, q), |a| {
        with_q(a, library::notch)
    })
    .signal("onepole", signature!(x, freq), |a| {
        Ok(library::onepole(a.signal("x")?, a.frequency("freq")?))
    })
    .signal("dcblock", signature!(x, coeff = 0.995), |a| {
        Ok(library::dcblock(a.signal("x")?, a.signal("coeff")?))
    })
    .signal("smooth", signature!(x, time_ms = 10.0), |a| {
        Ok(library::smooth(a.signal("x")?, a.signal("time_ms")?))
    })
    .signal("low_shelf", signature!(x, freq, gain_db, q = FLAT_Q), |a| {
        shelf(a, library::low_shelf)
    })
    .signal(
        "high_shelf",
        signature!(x, freq, gain_db, q = FLAT_Q),
        |a| shelf(a, library::high_shelf),
    )
}

/// The resonance of a second-order Butterworth section: 1/√2.
const FLAT_Q: f64 = std::f64::consts::FRAC_1_SQRT_2;
const POSITIVE_Q: &str = "the resonance must be above 0; 0.7 is flat, 10 rings";

fn order(a: &Arguments) -> Result<u32, Error> {
    if a.get("order").as_i64().is_none() {
        return Err(a.wrong_type("order", "a whole number").with_help(
            "the order decides the structure of the filter, so it cannot change while it runs",
        ));
    }
    let order = a.i64("order")?;
    u32::try_from(order).map_err(|_| {
        a.wrong_value("order", format_args!("is {order}"))
            .with_help("filters have an order of 0 (no filter) to 8")
    })
}

fn with_q(a: &Arguments, filter: fn(Signal, Signal, Signal) -> Signal) -> Result<Signal, Error> {
    let q = a.positive("q", POSITIVE_Q)?;
    Ok(filter(a.signal("x")?, a.frequency("freq")?, q))
}

fn shelf(
    a: &Arguments,
    filter: fn(Signal, Signal, Signal, Signal) -> Signal,
) -> Result<Signal, Error> {
    let q = a.positive("q", POSITIVE_Q)?;
    let (x, corner) = (a.signal("x")?, a.frequency("freq")?);
    Ok(filter(x, corner, q, a.signal("gain_db")?))
}
