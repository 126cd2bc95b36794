//! Delays, reverb, modulation effects and stereo.

use std::rc::Rc;

use synthc_ir::Signal;
use synthc_ir::graph;
use synthc_ir::library::{self, Interpolation};
use synthc_ir::signal::DelayMax;

use super::Library;
use super::argument::SignalArguments;
use crate::value::Arguments;
use crate::{Error, signature};

pub(super) fn add(krs: Library) -> Library {
    let places = Rc::clone(&krs.places);
    krs.function(
        "delay",
        signature!(x, n, max = (), interp = "linear"),
        move |context, a| {
            let delayed = delay(a)?;
            if a.get("n").as_f64() == Some(0.0) {
                context.warn(
                    "a delay of 0 frames is the signal itself",
                    "leave it out, or give a length in frames: seconds * krs.sr()",
                );
            }
            Ok(places.signal(context, delayed))
        },
    )
    .signal("echo", signature!(x, delay_ms, feedback_amt = 0.5), |a| {
        let time = a.positive(
            "delay_ms",
            "an echo of no length repeats nothing; give a time in milliseconds, such as 250.0",
        )?;
        Ok(library::echo(
            a.signal("x")?,
            time,
            a.signal("feedback_amt")?,
        ))
    })
    .signal("chorus", signature!(x, rate = 1.0, depth = 0.002), |a| {
        Ok(library::chorus(
            a.signal("x")?,
            a.signal("rate")?,
            a.signal("depth")?,
        ))
    })
    .signal(
        "flanger",
        signature!(x, rate = 0.2, depth = 0.005, feedback_amt = 0.7),
        |a| {
            Ok(library::flanger(
                a.signal("x")?,
                a.signal("rate")?,
                a.signal("depth")?,
                a.signal("feedback_amt")?,
            ))
        },
    )
    .signal(
        "reverb",
        signature!(x, room_size = 0.5, damping = 0.5),
        |a| {
            Ok(library::reverb(
                a.signal("x")?,
                a.signal("room_size")?,
                a.signal("damping")?,
            ))
        },
    )
    .signals("pan", signature!(x, pos), |a| {
        let (left, right) = library::pan(a.signal("x")?, a.signal("pos")?);
        Ok(vec![left, right])
    })
    .signals("stereo_width", signature!(l, r, w), |a| {
        let (left, right) = library::stereo_width(a.signal("l")?, a.signal("r")?, a.signal("w")?);
        Ok(vec![left, right])
    })
}

fn delay(a: &Arguments) -> Result<Signal, Error> {
    let (x, frames) = (a.signal("x")?, a.signal("n")?);
    if let Some(n) = frames.as_constant().filter(|n| *n < 0.0) {
        return Err(a
            .wrong_value(
                "n",
                format_args!("is {n}: a delay cannot look into the future"),
            )
            .with_help("give a length in frames of at least 0: seconds * krs.sr()"));
    }
    let max = match a.optional_f64("max")? {
        None => DelayMax::Of(frames.clone()),
        Some(max) if max > 0.0 && max <= graph::MAX_LINE_FRAMES => DelayMax::Frames(max),
        Some(max) => {
            return Err(a
                .wrong_value("max", format_args!("is {max} frames"))
                .with_help("the longest delay must be above 0 and at most 67108864 frames"));
        }
    };
    let interpolation = match a.str("interp")? {
        "none" => Interpolation::None,
        "linear" => Interpolation::Linear,
        "cubic" => Interpolation::Cubic,
        "allpass" => Interpolation::Allpass,
        other => {
            return Err(a
                .wrong_value("interp", format_args!("is \"{other}\""))
                .with_help("choose \"none\", \"linear\", \"cubic\" or \"allpass\""));
        }
    };
    Ok(library::delay_with(x, frames, interpolation, max))
}
