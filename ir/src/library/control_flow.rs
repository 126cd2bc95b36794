//! Edges, holding, selecting, and the plain delays of one frame.

use super::float;
use crate::signal::{Register, Signal, feedback};

/// Whether a float signal is above 0 and was not in the frame before (nor before the first).
pub(super) fn rising_edge(x: &Signal) -> Signal {
    let above = x.gt(0.0);
    let register = Register::boolean(false);
    let before = register.read();
    register.bind(&above, &(&above & !before))
}

/// 1 in the frame in which `x` rises above 0, else 0.
///
/// * A signal above 0 in the very first frame fires there; NaN is not above 0.
///
/// Cost: 3. State: 1 bool. Source: krs specification A.9.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&trigger(Signal::input(0)), 2)?, [1.0, 0.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn trigger(x: impl Into<Signal>) -> Signal {
    rising_edge(&float(x))
}

/// The same as [`trigger`].
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&edge_trigger(1.0), 2)?, [1.0, 0.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn edge_trigger(x: impl Into<Signal>) -> Signal {
    trigger(x)
}

/// Sample and hold: `x` while `take` is true (trunc ≠ 0, that is |t| ≥ 1), else the last value.
///
/// * Starts at 0. t = 0.5 does not latch, t = −1 does.
///
/// Cost: 3. State: 1 float. Source: krs specification A.9.
///
/// ```
/// use synthc_ir::prelude::*;
/// let held = latch(phasor(12_000.0), trigger(1.0));
/// assert_eq!(preview(&held, 3)?, [0.25, 0.25, 0.25]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn latch(x: impl Into<Signal>, take: impl Into<Signal>) -> Signal {
    let (x, take) = (float(x), take.into().to_bool());
    feedback(|held| take.select(&x, held))
}

/// Geometric decay from 1: y\[0\] = 1, y\[n\] = rate·y\[n−1\].
///
/// * `rate`: ratio per frame; above 1 it grows without bound. Never starts again.
///
/// Cost: 1 (2 and a flag when the rate is not a constant). State: 1 float. Source: krs specification
/// A.9.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&decay(0.5), 4)?, [1.0, 0.5, 0.25, 0.125]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn decay(rate: impl Into<Signal>) -> Signal {
    let rate = float(rate);
    if rate.as_constant().is_some() {
        let register = Register::float(1.0);
        let y = register.read();
        return register.bind(&(rate * &y), &y);
    }
    let begun = Register::boolean(false);
    let running = begun.bind(&Signal::boolean(true), &begun.read());
    feedback(|y| running.select(&(rate * y), &Signal::constant(1.0)))
}

/// `a` where trunc(s) = 0, else `b`: 0.5 and −0.5 select `a`, −1 and 1 select `b`. Both branches are
/// computed.
///
/// Cost: 1 (+ 2 when `s` is a float). Source: krs specification A.2.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&select2(0.5, 10.0, 20.0), 1)?, [10.0]);
/// assert_eq!(preview(&select2(Signal::from(2.0).gt(1.0), 10.0, 20.0), 1)?, [20.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn select2(s: impl Into<Signal>, a: impl Into<Signal>, b: impl Into<Signal>) -> Signal {
    s.into().to_bool().select(&b.into(), &a.into())
}

/// The signal one frame ago, first 0.
///
/// State: 1 float. Source: krs specification A.2.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&mem(7.0), 3)?, [0.0, 7.0, 7.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn mem(x: impl Into<Signal>) -> Signal {
    let register = Register::float(0.0);
    register.bind(&float(x), &register.read())
}

/// The same as [`mem`].
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&unit_delay(7.0), 2)?, [0.0, 7.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn unit_delay(x: impl Into<Signal>) -> Signal {
    mem(x)
}

/// The signal itself.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&passthrough(7.0), 1)?, [7.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn passthrough(x: impl Into<Signal>) -> Signal {
    x.into()
}

/// The sample rate in Hz.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&sample_rate(), 1)?, [48_000.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn sample_rate() -> Signal {
    Signal::sample_rate()
}

/// The same as [`sample_rate`].
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&sr(), 1)?, [48_000.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn sr() -> Signal {
    sample_rate()
}
