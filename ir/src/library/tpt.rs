//! Filter sections in the topology-preserving transform: trapezoidal integrators, so that every
//! filter here is stable while cutoff and damping move at audio rate.
//!
//! Equations: Zavalishin 2018 ("The art of VA filter design", ch. 3–4) and Simper 2013 ("Solving the
//! continuous SVF equations using trapezoidal integration and equivalent currents"). The two states
//! are Simper's ic1 and ic2; their recurrence is written out as a 2×2 matrix whose entries are per
//! control. That is the same arithmetic up to rounding, but each state needs only two dependent
//! multiply-adds per sample instead of four, and the outputs are feed-forward: the recurrence is what
//! limits compiled filters.

use super::clamped_cutoff;
use crate::signal::{Register, Signal};

/// g = tan(π fc/SR) of a cutoff in Hz, clamped to [0.001 Hz, 0.49 SR]; per control.
pub(super) fn prewarped(cutoff: &Signal) -> Signal {
    (clamped_cutoff(cutoff) / Signal::sample_rate()).tan_pi()
}

/// Outputs of a first-order section.
pub(super) struct FirstOrder {
    pub(super) low: Signal,
    pub(super) high: Signal,
}

/// First-order section: G = g/(1 + g), v = (x − s)G, low = v + s, high = x − low, s ← low + v.
/// 5 operations, one of them (s·(1 − 2G) + 2G·x) serial.
pub(super) fn first_order(x: &Signal, g: &Signal) -> FirstOrder {
    let gain = g / (1.0 + g);
    let twice = 2.0 * &gain;
    let state = Register::float(0.0);
    let s = state.read();
    let next = (1.0 - &twice) * &s + twice * x;
    let s = state.bind(&next, &s);
    let low = &s + gain * (x - &s);
    FirstOrder {
        high: x - &low,
        low,
    }
}

/// Outputs of a second-order section.
pub(super) struct SecondOrder {
    pub(super) low: Signal,
    pub(super) band: Signal,
    pub(super) high: Signal,
}

/// Second-order section with damping α = 1/q.
///
/// a1 = 1/(1 + g(g + α)), a2 = g·a1, a3 = g·a2; band = a1·ic1 + a2(x − ic2);
/// low = ic2 + a2·ic1 + a3(x − ic2); ic1 ← 2 band − ic1; ic2 ← 2 low − ic2;
/// high = x − α·band − low. 15 operations for low, 14 for band, 21 for high.
pub(super) fn second_order(x: &Signal, g: &Signal, damping: &Signal) -> SecondOrder {
    let a1 = 1.0 / (1.0 + g * (g + damping));
    let a2 = g * &a1;
    let a3 = g * &a2;
    let (twice_a2, twice_a3) = (2.0 * &a2, 2.0 * &a3);
    let (first, second) = (Register::float(0.0), Register::float(0.0));
    let (ic1, ic2) = (first.read(), second.read());

    let next1 = (2.0 * &a1 - 1.0) * &ic1 + (&twice_a2 * x - &twice_a2 * &ic2);
    let next2 = twice_a2 * &ic1 + ((1.0 - &twice_a3) * &ic2 + twice_a3 * x);
    // Bound to themselves: every output is made of both states and so carries both bonds.
    let (ic1, ic2) = (first.bind(&next1, &ic1), second.bind(&next2, &ic2));
    let v3 = x - &ic2;
    let band = a1 * &ic1 + &a2 * &v3;
    let low = &ic2 + (a2 * &ic1 + a3 * v3);
    SecondOrder {
        high: x - damping * &band - &low,
        low,
        band,
    }
}
