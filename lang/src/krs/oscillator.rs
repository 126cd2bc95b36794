//! Oscillators and noise.

use synthc_ir::library::{self, OscInputs};

use super::Library;
use super::argument::SignalArguments;
use crate::value::Arguments;
use crate::{Error, signature};

pub(super) fn add(krs: Library) -> Library {
    krs.signal("phasor", signature!(freq, *, phase = (), sync = ()), |a| {
        Ok(library::phasor_with(a.signal("freq")?, &inputs(a)?))
    })
    .signal(
        "sine_osc",
        signature!(freq, *, phase = (), sync = ()),
        |a| Ok(library::sine_osc_with(a.signal("freq")?, &inputs(a)?)),
    )
    .signal("saw", signature!(freq, *, phase = (), sync = ()), |a| {
        Ok(library::saw_with(a.signal("freq")?, &inputs(a)?))
    })
    .signal(
        "square",
        signature!(freq, duty = 0.5, *, phase = (), sync = ()),
        |a| {
            let (freq, duty) = (a.signal("freq")?, a.signal("duty")?);
            Ok(library::square_with(freq, duty, &inputs(a)?))
        },
    )
    .signal(
        "pulse",
        signature!(freq, width, *, phase = (), sync = ()),
        |a| {
            let (freq, width) = (a.signal("freq")?, a.signal("width")?);
            Ok(library::pulse_with(freq, width, &inputs(a)?))
        },
    )
    .signal(
        "triangle",
        signature!(freq, *, phase = (), sync = ()),
        |a| Ok(library::triangle_with(a.signal("freq")?, &inputs(a)?)),
    )
    .signal("lf_saw", signature!(freq), |a| {
        Ok(library::lf_saw(a.signal("freq")?))
    })
    .signal("lf_square", signature!(freq, duty = 0.5), |a| {
        Ok(library::lf_square(a.signal("freq")?, a.signal("duty")?))
    })
    .signal("lf_pulse", signature!(freq, width), |a| {
        Ok(library::lf_pulse(a.signal("freq")?, a.signal("width")?))
    })
    .signal("lf_triangle", signature!(freq), |a| {
        Ok(library::lf_triangle(a.signal("freq")?))
    })
    .signal("lfo", signature!(freq, lo = 0.0, hi = 1.0), |a| {
        Ok(library::lfo(
            a.signal("freq")?,
            a.signal("lo")?,
            a.signal("hi")?,
        ))
    })
    .signal("white_noise", signature!(), |_| Ok(library::white_noise()))
    .signal("pink_noise", signature!(), |_| Ok(library::pink_noise()))
    .signal("lcg_noise", signature!(), |_| Ok(library::lcg_noise()))
    .signal("pink_filter", signature!(x), |a| {
        Ok(library::pink_filter(a.signal("x")?))
    })
}

/// `phase` in turns is added to the oscillator's own; a rise of `sync` above 0 restarts it.
fn inputs(a: &Arguments) -> Result<OscInputs, Error> {
    let mut inputs = OscInputs::default();
    if let Some(turns) = a.optional_signal("phase")? {
        inputs = OscInputs::phase(turns);
    }
    if let Some(trigger) = a.optional_signal("sync")? {
        inputs = inputs.with_sync(trigger);
    }
    Ok(inputs)
}
