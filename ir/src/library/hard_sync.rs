//! Band-limited hard sync: a sawtooth restarted by another oscillator, both in closed form.
//!
//! Because the restarted phase is a function of the restarting one, every step of the waveform is
//! known on both sides before it happens, and is drawn like those of [`saw`](super::saw)
//! (`band_limited`): at the place where it happens between two frames, without delay or state.

use super::band_limited::{Edges, SLOWEST, unfinished_step};
use super::float;
use super::osc::OscInputs;
use crate::signal::Signal;

/// Band-limited sawtooth in hard sync: a saw at `ratio`·`frequency` restarted `frequency` times per
/// second.
///
/// * `frequency`: Hz of the restarts: the pitch heard; as in [`saw`](super::saw). `ratio`: clamped to
///   [0.01, 64]; sweeping it is the classic sync sound; whole numbers give plain saws.
/// * Output: within ±1.04, ±1.2 while frequency or ratio jump. Phase: restarts at −1, rising.
///
/// Aliases below 15 kHz carry −56 dB (334 Hz × 2.7) to −46 dB (1 kHz × 3.3) of the power; restarting the
/// phase of a [`saw`](super::saw) by a sync input leaves −20 and −15 dB.
///
/// Cost: 73 with the phasor. State: one phase. Source: closed-form sync as in Brandt 2001 ("Hard sync
/// without aliasing"), with the polynomial steps of `band_limited`.
///
/// ```
/// use synthc_ir::prelude::*;
/// let lead = saw_sync(110.0, lfo(0.5, 1.0, 5.0));
/// assert!(preview(&lead, 480)?.iter().all(|x| x.abs() < 1.1));
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn saw_sync(frequency: impl Into<Signal>, ratio: impl Into<Signal>) -> Signal {
    let master = Edges::new(&float(frequency), &OscInputs::default());
    let ratio = float(ratio).clip(0.01, 64.0);
    let per_width = 1.0 / (&master.width * &ratio).clip(SLOWEST, 0.5);

    // Inner steps stand at 1, 2, … last turns of the slave; the restart cuts its turn off at `end`.
    let last = ratio.ceil() - 1.0;
    let end = &ratio - &last;
    let has_inner = last.gt(0.0).to_float();
    let turns = &master.turns * &ratio;
    let naive = 2.0 * (&turns - turns.floor().min(&last)) - 1.0;

    let restart = signed_step(&(&master.turns - master.turns.nearest()), &master.per_width) * &end;
    let nearest = turns.nearest().max(1.0).min(&last);
    let inner = signed_step(&(&turns - nearest), &per_width);
    // The last inner step may lie so close before the restart that its end falls behind it.
    let behind = unfinished_step(&((turns + end) * per_width));
    naive + restart + has_inner * (inner + behind)
}

/// What a smooth step down by 2 has yet to fall (before it, negative) or has not fallen yet (after).
fn signed_step(distance: &Signal, per_width: &Signal) -> Signal {
    let step = unfinished_step(&(distance.abs() * per_width));
    distance.lt(0.0).select(&-&step, &step)
}
