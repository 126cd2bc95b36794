//! Delays by any time, fractions of a frame included.
//!
//! A time is clamped to [0, maximum]. The maximum is given, or found by interval analysis of the time
//! (a constant, a control's range, an `lfo`, a `clip`), else one second. A constant whole time
//! becomes one read at a constant offset.

use super::float;
use crate::signal::{DelayMax, Kind, Line, Register, Signal};

/// How a delay line is read between two frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Interpolation {
    /// The frame at ⌊d⌋: steps (zipper noise) when the time moves.
    None,
    /// Straight line between two frames: cheap, no overshoot; dulls the treble most at half a frame
    /// (−3 dB at ¼ SR).
    #[default]
    Linear,
    /// Third-order Lagrange over four frames (Välimäki & Laakso 2000, "Principles of fractional
    /// delay filters"): flat to about ¼ SR. Below one frame the four newest are used.
    Cubic,
    /// First-order Thiran all-pass (Thiran 1971; Jaffe & Smith 1983): loses no treble, for resonators
    /// of fixed or slowly moving tuning; fast movement leaves transients. Times are at least ½ frame.
    Allpass,
}

/// `x` delayed by `frames`, linearly interpolated: (1 − f)·x\[n−i\] + f·x\[n−i−1\], i = ⌊d⌋, f = d − i.
///
/// * `frames`: clamped to [0, maximum], NaN counts as 0; any modulation. The maximum is found by
///   interval analysis, 1 s where there is no bound.
/// * Inside [`feedback`](crate::feedback) the loop is one frame longer than `frames`.
///
/// Cost: 11, or 1 read when the time is a whole constant. State: the line, maximum + 2 floats. Source:
/// linear interpolation; krs specification A.3 for whole times.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&delay(Signal::input(0), 1.25), 4)?, [0.0, 0.75, 0.25, 0.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn delay(x: impl Into<Signal>, frames: impl Into<Signal>) -> Signal {
    let frames = float(frames);
    let max = DelayMax::Of(frames.clone());
    delay_with(x, frames, Interpolation::Linear, max)
}

/// [`delay`] with its longest time given.
///
/// ```
/// use synthc_ir::prelude::*;
/// let time = 2.0 * sine_osc(1.0).abs() + 1.0;
/// let y = delay_max(Signal::input(0), time, DelayMax::Seconds(0.01));
/// assert_eq!(preview(&y, 3)?.len(), 3);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn delay_max(x: impl Into<Signal>, frames: impl Into<Signal>, max: DelayMax) -> Signal {
    delay_with(x, frames, Interpolation::Linear, max)
}

/// [`delay`] by trunc(d) frames, without interpolation (the peer's `delay`).
///
/// Cost: 3 and a read.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&delay_whole(Signal::input(0), 1.9), 3)?, [0.0, 1.0, 0.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn delay_whole(x: impl Into<Signal>, frames: impl Into<Signal>) -> Signal {
    let frames = float(frames);
    let max = DelayMax::Of(frames.clone());
    delay_with(x, frames, Interpolation::None, max)
}

/// [`delay`] with cubic interpolation ([`Interpolation::Cubic`]).
///
/// Cost: 33.
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = preview(&delay_cubic(Signal::input(0), 2.5), 5)?;
/// assert_eq!(y[1..], [-0.0625, 0.5625, 0.5625, -0.0625]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn delay_cubic(x: impl Into<Signal>, frames: impl Into<Signal>) -> Signal {
    let frames = float(frames);
    let max = DelayMax::Of(frames.clone());
    delay_with(x, frames, Interpolation::Cubic, max)
}

/// [`delay`] with all-pass interpolation ([`Interpolation::Allpass`]).
///
/// Cost: 15, one a division. State: 1 float more.
///
/// ```
/// use synthc_ir::prelude::*;
/// // Every frequency keeps its level: the energy of the impulse is unchanged.
/// let y = preview(&delay_allpass(Signal::input(0), 3.3), 60)?;
/// assert!((y.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn delay_allpass(x: impl Into<Signal>, frames: impl Into<Signal>) -> Signal {
    let frames = float(frames);
    let max = DelayMax::Of(frames.clone());
    delay_with(x, frames, Interpolation::Allpass, max)
}

/// A delay with everything chosen: `frames` clamped to [0, `max`], read with `interpolation`.
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = delay_with(Signal::input(0), 2.0, Interpolation::None, DelayMax::Frames(4.0));
/// assert_eq!(preview(&y, 4)?, [0.0, 0.0, 1.0, 0.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn delay_with(
    x: impl Into<Signal>,
    frames: impl Into<Signal>,
    interpolation: Interpolation,
    max: DelayMax,
) -> Signal {
    let (x, frames) = (float(x), float(frames));
    let line = Line::new(0, longest(max, interpolation));
    let y = read_between(&line, 0.0, &frames, interpolation);
    line.bind(&x, &y)
}

/// The line's maximum for a longest time: cubic reading needs one frame more behind it.
fn longest(max: DelayMax, interpolation: Interpolation) -> DelayMax {
    match (interpolation, max) {
        (Interpolation::Cubic, DelayMax::Frames(frames)) => DelayMax::Frames(frames + 1.0),
        (Interpolation::Cubic, DelayMax::Seconds(seconds)) => {
            DelayMax::Of(seconds * Signal::sample_rate() + 1.0)
        }
        (Interpolation::Cubic, DelayMax::Of(frames)) => DelayMax::Of(frames + 1.0),
        (_, max) => max,
    }
}

/// A line that a feedback loop goes through: its reads are at least one frame back.
pub(super) struct Loop {
    line: Line,
    /// What comes back after `frames` (clamped to [1, maximum]).
    pub(super) returned: Signal,
}

impl Loop {
    /// A loop of exactly `frames`, linearly interpolated.
    pub(super) fn new(frames: &Signal) -> Self {
        let line = Line::new(1, DelayMax::Of(frames.clone()));
        let returned = read_between(&line, 1.0, frames, Interpolation::Linear);
        Self { line, returned }
    }

    /// A loop of exactly `frames`, a whole constant ≥ 1.
    pub(super) fn whole(frames: &Signal) -> Self {
        let line = Line::new(1, DelayMax::Of(frames.clone()));
        let returned = line.read(frames);
        Self { line, returned }
    }

    /// Sends `x` into the loop; gives `value`.
    pub(super) fn close(&self, x: &Signal, value: &Signal) -> Signal {
        self.line.bind(x, value)
    }
}

/// Reads `line` at `frames` clamped to [`min`, its maximum].
fn read_between(line: &Line, min: f64, frames: &Signal, interpolation: Interpolation) -> Signal {
    if let Some(whole) = whole_constant(frames, min, interpolation) {
        return line.read(&Signal::int(whole));
    }
    match interpolation {
        Interpolation::None => line.read(&frames.clip(min, line.max())),
        Interpolation::Linear => {
            let frames = frames.clip(min, line.max());
            let (index, fraction) = split(&frames);
            let newer = line.read(&index);
            let older = line.read(&(index + Signal::int(1)));
            let between = &newer + &fraction * (older - &newer);
            if is_fixed(&frames) {
                // Folds to one read when the time turns out to be whole.
                return fraction.equals(0.0).select(&newer, &between);
            }
            between
        }
        Interpolation::Cubic => {
            let frames = frames.clip(min, line.max() - 1.0);
            let newest = (frames.to_i32() - Signal::int(1)).max(Signal::int(min as i32));
            let d = frames - newest.to_float();
            let taps = [0, 1, 2, 3].map(|k| line.read(&(&newest + Signal::int(k))));
            lagrange(&d, &taps)
        }
        Interpolation::Allpass => {
            let frames = frames.clip(min + 0.5, line.max());
            let index = (&frames - 0.5).to_i32();
            let fraction = frames - index.to_float();
            let gain = (1.0 - &fraction) / (1.0 + fraction);
            let newer = line.read(&index);
            let older = line.read(&(index + Signal::int(1)));
            let state = Register::float(0.0);
            let y = older + gain * (newer - state.read());
            state.bind(&y, &y)
        }
    }
}

/// The offset of a time that is a whole constant from `min` on: needs no interpolation.
fn whole_constant(frames: &Signal, min: f64, interpolation: Interpolation) -> Option<i32> {
    let frames = frames.as_constant()?;
    let whole = frames >= min.max(1.0) && frames <= f64::from(i32::MAX) && frames.fract() == 0.0;
    (whole && interpolation != Interpolation::Allpass).then_some(frames as i32)
}

/// Whether a signal is made of constants and the sample rate only, as far as a short look tells: what
/// it decides is then decided when the graph is compiled.
fn is_fixed(signal: &Signal) -> bool {
    let mut open = vec![signal];
    for _ in 0..64 {
        let Some(signal) = open.pop() else {
            return true;
        };
        match &signal.0.kind {
            Kind::Float(_) | Kind::SampleRate | Kind::AtRate(..) | Kind::LineMax(_) => {}
            Kind::Unary(..)
            | Kind::Binary(..)
            | Kind::Compare(..)
            | Kind::Select(..)
            | Kind::Cast(..)
            | Kind::Math(..)
            | Kind::Located(_) => open.extend(signal.0.kind.children()),
            _ => return false,
        }
    }
    false
}

/// Whole part as an integer and fraction of a number ≥ 0.
pub(super) fn split(x: &Signal) -> (Signal, Signal) {
    let index = x.to_i32();
    let fraction = x - index.to_float();
    (index, fraction)
}

/// The cubic through `taps` at 0, 1, 2, 3, at `d` (Lagrange). 19 operations.
pub(super) fn lagrange(d: &Signal, taps: &[Signal; 4]) -> Signal {
    let (d1, d2, d3) = (d - 1.0, d - 2.0, d - 3.0);
    let (left, right) = (d * &d1, &d2 * &d3);
    let outer = &left * &d2 * &taps[3] - &d1 * &right * &taps[0];
    let inner = d * &right * &taps[1] - left * d3 * &taps[2];
    outer * (1.0 / 6.0) + inner * 0.5
}
