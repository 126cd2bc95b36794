//! Envelopes and triggers.

use synthc_ir::library::{self, AdsrCurves};

use super::Library;
use super::argument::SignalArguments;
use crate::signature;

pub(super) fn add(krs: Library) -> Library {
    krs.signal(
        "adsr",
        signature!(attack, decay, sustain, release, gate, *, curve = ()),
        |a| {
            let [attack, decay, sustain, release, gate] = [
                a.signal("attack")?,
                a.signal("decay")?,
                a.signal("sustain")?,
                a.signal("release")?,
                a.signal("gate")?,
            ];
            Ok(match a.optional_signal("curve")? {
                None => library::adsr(attack, decay, sustain, release, gate),
                Some(curve) => {
                    let curves = AdsrCurves::all(curve);
                    library::adsr_curved(attack, decay, sustain, release, gate, &curves)
                }
            })
        },
    )
    .signal("ar", signature!(attack, release, gate), |a| {
        Ok(library::ar(
            a.signal("attack")?,
            a.signal("release")?,
            a.signal("gate")?,
        ))
    })
    .signal("decay", signature!(rate), |a| {
        Ok(library::decay(a.signal("rate")?))
    })
    .signal("trigger", signature!(x), |a| {
        Ok(library::trigger(a.signal("x")?))
    })
    .alias("edge_trigger", "trigger")
    .signal("latch", signature!(x, t), |a| {
        Ok(library::latch(a.signal("x")?, a.signal("t")?))
    })
}
