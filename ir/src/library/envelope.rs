//! Envelopes driven by a gate: `adsr` with and without curves, and the one-shot `ar`.
//!
//! Times are seconds, read every frame; one shorter than a frame counts as one frame. In `f32` graphs segments are
//! exact up to 2²⁴ frames (349 s at 48 kHz); a note's clock stops after 2³⁰ frames (6.2 h at 48 kHz).
//!
//! What an edge of the gate decides is kept in registers that change there only, and what is left to every frame is a
//! count of frames and whether the envelope still runs. Compiled code that knows the gate to rest for a block then
//! computes an envelope for several frames at a time.

use super::float;
use crate::signal::{Register, Signal};

/// The clock of an envelope stops here, in frames: far below where it would wrap around.
const LONGEST: i32 = 1 << 30;

/// Frames since `edge` was true, that frame counted: 1 there.
///
/// Gives the count as a float, and the register's bond.
fn frames_since(edge: &Signal) -> (Signal, impl FnOnce(&Signal) -> Signal) {
    let clock = Register::int(0);
    let before = edge.select(&Signal::int(0), &clock.read());
    let count = before.min(Signal::int(LONGEST)) + Signal::int(1);
    (count.to_float(), move |value: &Signal| {
        clock.bind(&count, value)
    })
}

/// A segment's length in frames, at least 1, and its reciprocal; per control.
struct Segment {
    frames: Signal,
    per_frame: Signal,
}

impl Segment {
    fn new(seconds: &Signal) -> Self {
        let frames = (seconds * Signal::sample_rate()).max(1.0);
        Self {
            per_frame: 1.0 / &frames,
            frames,
        }
    }
}

/// Curvatures of an [`adsr_curved`] envelope.
///
/// Each lies between −1 and 1 (both excluded, clamped to ±0.99): 0 is a straight line, positive
/// moves quickly first and settles slowly (the shape of capacitors), negative the other way round.
#[derive(Clone, Debug)]
pub struct AdsrCurves {
    /// Curve of the attack.
    pub attack: Signal,
    /// Curve of the decay.
    pub decay: Signal,
    /// Curve of the release.
    pub release: Signal,
}

impl AdsrCurves {
    /// One curve for all three segments.
    #[must_use]
    pub fn all(curve: impl Into<Signal>) -> Self {
        let curve = float(curve);
        Self {
            attack: curve.clone(),
            decay: curve.clone(),
            release: curve,
        }
    }
}

/// So steep that one frame of it is the whole way.
const AT_ONCE: f64 = 1e9;

/// A monotone curve of [0, 1] onto itself: u/(u + (1 − u)·k) with k = (1 − c)/(1 + c).
///
/// The bias function of Schlick 1994 ("Fast alternatives to Perlin's bias and gain functions",
/// Graphics Gems IV); its inverse is the same curve with 1/k.
struct Curve {
    k: Signal,
}

impl Curve {
    fn new(curve: &Signal) -> Self {
        let c = curve.clip(-0.99, 0.99);
        Self {
            k: (1.0 - &c) / (1.0 + c),
        }
    }

    fn at(&self, u: &Signal) -> Signal {
        u / (u + (1.0 - u) * &self.k)
    }

    fn inverse(&self, y: &Signal) -> Signal {
        let scaled = y * &self.k;
        &scaled / (&scaled + (1.0 - y))
    }
}

/// Attack–decay–sustain–release envelope with straight segments.
///
/// * `attack`, `decay`, `release`: seconds. `sustain`: level, usually 0 to 1. `gate`: the note is on
///   while it is above 0; its value changes nothing.
/// * Output: [0, max(1, sustain)], 0 before the first note. The first frame of a note from silence is
///   1/(attack·SR); 1 is reached (but for one rounding) after attack·SR frames, `sustain` decay·SR frames later. Release
///   scales the last level to 0 in release·SR frames, from any level. A new note starts from the present
///   level; an ended release stays ended.
///
/// Cost: 33, of which about 18 where the gate is a control; three reciprocals per control. State: clock, start, last output,
/// gate, whether it runs.
/// Source: krs specification A.9 with the retrigger and gate rules of this project's reference
/// definitions.
///
/// ```
/// use synthc_ir::prelude::*;
/// let frame = 1.0 / 48_000.0;
/// let note = adsr(4.0 * frame, 2.0 * frame, 0.5, 2.0 * frame, 1.0);
/// assert_eq!(preview(&note, 7)?, [0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.5]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn adsr(
    attack: impl Into<Signal>,
    decay: impl Into<Signal>,
    sustain: impl Into<Signal>,
    release: impl Into<Signal>,
    gate: impl Into<Signal>,
) -> Signal {
    envelope(
        &[float(attack), float(decay), float(sustain), float(release)],
        &float(gate),
        None,
    )
}

/// [`adsr`] with curved segments; curves of 0 give [`adsr`].
///
/// Segment times and the rules of the gate are those of [`adsr`].
///
/// Cost: 46, three of them divisions; one division less where the gate is a control. State: as [`adsr`]. Source: Schlick
/// 1994 for the curve.
///
/// ```
/// use synthc_ir::prelude::*;
/// let pluck = adsr_curved(0.001, 0.1, 0.3, 0.2, 1.0, &AdsrCurves::all(0.6));
/// assert!((preview(&pluck, 48)?[47] - 1.0).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn adsr_curved(
    attack: impl Into<Signal>,
    decay: impl Into<Signal>,
    sustain: impl Into<Signal>,
    release: impl Into<Signal>,
    gate: impl Into<Signal>,
    curves: &AdsrCurves,
) -> Signal {
    envelope(
        &[float(attack), float(decay), float(sustain), float(release)],
        &float(gate),
        Some(curves),
    )
}

fn envelope(
    [attack, decay, sustain, release]: &[Signal; 4],
    gate: &Signal,
    curves: Option<&AdsrCurves>,
) -> Signal {
    let [attack, decay, release] = [attack, decay, release].map(Segment::new);
    let curve = |pick: fn(&AdsrCurves) -> &Signal| curves.map(|c| Curve::new(pick(c)));
    let attack_curve = curve(|c| &c.attack);
    let decay_curve = curve(|c| &c.decay);
    let release_curve = curve(|c| &c.release);
    let shaped = |curve: &Option<Curve>, u: Signal| match curve {
        Some(curve) => curve.at(&u),
        None => u,
    };

    let zero = Signal::constant(0.0);
    let [start, last] = [(); 2].map(|()| Register::float(0.0));
    let [sounding, running] = [(); 2].map(|()| Register::boolean(false));
    let on = gate.gt(0.0);
    let edge = &on ^ sounding.read();
    let (count, keep_count) = frames_since(&edge);

    // A fresh note starts its clock where the attack has the present level; a release starts from the level itself.
    let present = last.read().min(1.0);
    let present = match &attack_curve {
        Some(curve) => curve.inverse(&present),
        None => present,
    };
    let begun = on.select(&(present * &attack.frames), &last.read());
    let from = edge.select(&begun, &start.read());

    // A way up, done at once in a release, times a way down: from 1 to the sustained level after the attack, or from the
    // level of the release to 0. All that tells the two apart changes with the gate and with controls only.
    let rise = on.select(&attack.per_frame, &AT_ONCE.into());
    let risen = shaped(&attack_curve, ((&from + &count) * rise).min(1.0));
    let ahead = on.select(&(&from - &attack.frames), &zero);
    let fall = on.select(&decay.per_frame, &release.per_frame);
    let curve = decay_curve.zip(release_curve);
    let curve = curve.map(|(decay, release)| Curve {
        k: on.select(&decay.k, &release.k),
    });
    let way = shaped(&curve, ((&count + ahead) * fall).max(0.0).min(1.0));
    let top = on.select(&1.0.into(), &from);
    let depth = on.select(&(sustain - 1.0), &-&from);
    let level = (top + depth * way) * risen;

    // Whether a release has not ended. An edge of the gate begins anew, and while a note is held nobody asks.
    let lasts = (&edge | running.read()) & count.lt(&release.frames);
    let output = (&on | &lasts).select(&level, &zero).max(0.0);
    let output = start.bind(&from, &output);
    let output = keep_count(&output);
    let output = running.bind(&lasts, &output);
    let output = sounding.bind(&on, &output);
    last.bind(&output, &output)
}

/// One-shot attack–release envelope: any rise of the gate starts it, its length follows from the times
/// alone.
///
/// * `attack`, `release`: seconds. `gate`: a rise (also from 0.5 to 1) starts the attack from the
///   present level; a fall does nothing.
/// * Output: [0, 1]: max(0, min(t/an, 1 + (an − t)/rn)) with an, rn the times in frames. An ended envelope stays ended,
///   whatever happens to the times.
///
/// Cost: 18, of which about 13 where the gate is a control. State: clock, start, last gate, last output, whether it runs.
/// Source: krs specification A.9, restart from the present level.
///
/// ```
/// use synthc_ir::prelude::*;
/// let frame = 1.0 / 48_000.0;
/// let hit = ar(2.0 * frame, 4.0 * frame, 1.0);
/// assert_eq!(preview(&hit, 7)?, [0.5, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn ar(
    attack: impl Into<Signal>,
    release: impl Into<Signal>,
    gate: impl Into<Signal>,
) -> Signal {
    let (gate, zero) = (float(gate), Signal::constant(0.0));
    let [attack, release] = [float(attack), float(release)].map(|s| Segment::new(&s));
    let [start, last] = [(); 2].map(|()| Register::float(0.0));
    let running = Register::boolean(false);

    let risen = gate.gt(super::mem(&gate));
    let (count, keep_count) = frames_since(&risen);
    let from = risen.select(&(last.read() * &attack.frames), &start.read());
    let t = &from + count;
    let up = &t * attack.per_frame;
    let end = &attack.frames + &release.frames;
    let down = 1.0 + (attack.frames - &t) * release.per_frame;
    let lasts = (&risen | running.read()) & t.lt(end);
    let output = lasts.select(&up.min(down), &zero).max(0.0);
    let output = start.bind(&from, &output);
    let output = keep_count(&output);
    let output = running.bind(&lasts, &output);
    last.bind(&output, &output)
}
