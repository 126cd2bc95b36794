//! Elementary math, conversions and shaping.

use synthc_ir::{Signal, library};

use super::Library;
use super::argument::SignalArguments;
use crate::signature;

type Unary = fn(&Signal) -> Signal;
type Binary = fn(&Signal, Signal) -> Signal;

pub(super) fn add(mut krs: Library) -> Library {
    let unary: [(&'static str, Unary); 21] = [
        ("abs_", Signal::abs),
        ("acos", Signal::acos),
        ("asin", Signal::asin),
        ("atan", Signal::atan),
        ("ceil", Signal::ceil),
        ("cos", Signal::cos),
        ("exp", Signal::exp),
        ("exp2", Signal::exp2),
        ("floor", Signal::floor),
        ("log", Signal::log),
        ("log2", Signal::log2),
        ("log10", Signal::log10),
        ("round_", Signal::round),
        ("sin", Signal::sin),
        ("sqrt", Signal::sqrt),
        ("tan", Signal::tan),
        ("tanh", Signal::tanh),
        ("passthrough", Signal::clone),
        ("mem", |x| library::mem(x)),
        ("db_to_linear", |x| library::db_to_linear(x)),
        ("linear_to_db", |x| library::linear_to_db(x)),
    ];
    for (name, f) in unary {
        krs = krs.signal(name, signature!(x), move |a| Ok(f(&a.signal("x")?)));
    }
    let binary: [(&'static str, Binary); 5] = [
        ("fmod", |a, b| a.fmod(b)),
        ("max_", |a, b| a.max(b)),
        ("min_", |a, b| a.min(b)),
        ("pow_", |a, b| a.pow(b)),
        ("remainder", |a, b| a.remainder(b)),
    ];
    for (name, f) in binary {
        krs = krs.signal(name, signature!(a, b), move |args| {
            Ok(f(&args.signal("a")?, args.signal("b")?))
        });
    }
    krs.alias("unit_delay", "mem")
        .signal("atan2", signature!(y, x), |a| {
            Ok(a.signal("y")?.atan2(a.signal("x")?))
        })
        .signal("select2", signature!(s, a, b), |a| {
            Ok(library::select2(
                a.signal("s")?,
                a.signal("a")?,
                a.signal("b")?,
            ))
        })
        .signal("clip", signature!(x, lo, hi), |a| {
            Ok(library::clip(
                a.signal("x")?,
                a.signal("lo")?,
                a.signal("hi")?,
            ))
        })
        .signal("lerp", signature!(a, b, t), |a| {
            Ok(library::lerp(
                a.signal("a")?,
                a.signal("b")?,
                a.signal("t")?,
            ))
        })
        .signal("wrap", signature!(x, lo, hi), |a| {
            Ok(library::wrap(
                a.signal("x")?,
                a.signal("lo")?,
                a.signal("hi")?,
            ))
        })
        .signal("midi_to_freq", signature!(note), |a| {
            Ok(library::midi_to_freq(a.signal("note")?))
        })
        .signal("freq_to_midi", signature!(freq), |a| {
            Ok(library::freq_to_midi(a.signal("freq")?))
        })
        .signal("soft_clip", signature!(x, drive = 1.0), |a| {
            Ok(library::soft_clip(a.signal("x")?, a.signal("drive")?))
        })
}
