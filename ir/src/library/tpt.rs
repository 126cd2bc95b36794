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

/// First-order section: G = g/(1 + g), v = (x − s)G, low = v + s, high = x − low, s ← low + v; so low is the mean of s
/// and what it becomes. 5 operations, one of them (s·(1 − 2G) + 2G·x) serial.
pub(super) fn first_order(x: &Signal, g: &Signal) -> FirstOrder {
    let twice = 2.0 * g / (1.0 + g);
    let state = Register::float(0.0);
    let s = state.read();
    let next = (1.0 - &twice) * &s + twice * x;
    let low = state.bind(&next, &mean(&next, &s));
    FirstOrder {
        high: x - &low,
        low,
    }
}

fn mean(a: &Signal, b: &Signal) -> Signal {
    (a + b) * 0.5
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
/// high = x − α·band − low. So band and low are the means of the states and what they become, and all factors of the matrix
/// are made of 2a1, 2a2 and 2a3. 12 operations for low or band, 17 for high.
pub(super) fn second_order(x: &Signal, g: &Signal, damping: &Signal) -> SecondOrder {
    let twice_a1 = 2.0 / (1.0 + g * (g + damping));
    let twice_a2 = g * &twice_a1;
    let twice_a3 = g * &twice_a2;
    let (first, second) = (Register::float(0.0), Register::float(0.0));
    let (ic1, ic2) = (first.read(), second.read());

    let kept = [twice_a1 - 1.0, 1.0 - &twice_a3];
    let next1 = |ic1: &Signal, ic2: &Signal| &kept[0] * ic1 + (&twice_a2 * x - &twice_a2 * ic2);
    let next2 = |ic1: &Signal, ic2: &Signal| &twice_a2 * ic1 + (&kept[1] * ic2 + &twice_a3 * x);
    // Bound to themselves: what they become is made of both states once more, and so carries both bonds.
    let bound1 = first.bind(&next1(&ic1, &ic2), &ic1);
    let bound2 = second.bind(&next2(&ic1, &ic2), &ic2);
    let band = mean(&next1(&bound1, &bound2), &bound1);
    let low = mean(&next2(&bound1, &bound2), &bound2);
    SecondOrder {
        high: x - damping * &band - &low,
        low,
        band,
    }
}
