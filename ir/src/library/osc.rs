//! Phasor, sine, and the naive ("lf_") waveforms made straight from the phase.
//!
//! Every oscillator is a function of a phasor whose phase is an integer: exact for hours, and a
//! closed form at any frame while the frequency rests. All share one phase convention: the first
//! frame stands at f/SR (krs specification A.6), rising waveforms rise with the phase.

use super::control_flow::rising_edge;
use super::float;
use crate::signal::{Register, Signal};

/// Optional inputs of an oscillator.
///
/// ```
/// use synthc_ir::prelude::*;
/// // Two-operator FM: the modulator moves the carrier's phase by up to 0.3 turns.
/// let fm = sine_osc_with(220.0, &OscInputs::phase(0.3 * sine_osc(440.0)));
/// assert_eq!(preview(&fm, 3)?.len(), 3);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct OscInputs {
    /// Added to the phase, in turns; any value, audio rate welcome (phase modulation).
    pub phase: Option<Signal>,
    /// Hard sync: in the frame in which it rises above 0 the phase is 0.
    pub sync: Option<Signal>,
}

impl OscInputs {
    /// A phase input, in turns.
    #[must_use]
    pub fn phase(turns: impl Into<Signal>) -> Self {
        Self {
            phase: Some(float(turns)),
            sync: None,
        }
    }

    /// A sync input: the phase restarts when it rises above 0.
    #[must_use]
    pub fn sync(trigger: impl Into<Signal>) -> Self {
        Self {
            phase: None,
            sync: Some(float(trigger)),
        }
    }

    /// The same inputs with a sync input.
    #[must_use]
    pub fn with_sync(mut self, trigger: impl Into<Signal>) -> Self {
        self.sync = Some(float(trigger));
        self
    }
}

/// Frequency in turns per frame. A division by a constant, not a product with its rounded
/// reciprocal: 12 kHz at 48 kHz must be a quarter turn exactly, or phases that meet 0 fall on
/// either side of it.
pub(super) fn turns_per_frame(frequency: &Signal) -> Signal {
    frequency / Signal::sample_rate()
}

/// The accumulator: an integer add per sample, everything before it is per control.
fn accumulate(step: &Signal, sync: Option<&Signal>) -> Signal {
    let register = Register::phase(0.0);
    let advanced = register.read() + step.to_phase();
    let phase = match sync {
        Some(sync) => rising_edge(sync).select(&Signal::constant(0.0).to_phase(), &advanced),
        None => advanced,
    };
    register.bind(&phase, &phase).to_float()
}

/// The phase in [0, 1) and the *raw* phase before the fold: a sine needs no fold of its own.
pub(super) struct Phase {
    /// Turns in [0, 1) plus the unfolded phase input.
    pub(super) raw: Signal,
    /// Turns in [0, 1).
    pub(super) folded: Signal,
    /// Turns per frame, phase modulation included.
    pub(super) step: Signal,
}

impl Phase {
    pub(super) fn new(frequency: &Signal, inputs: &OscInputs) -> Self {
        let step = turns_per_frame(frequency);
        let base = accumulate(&step, inputs.sync.as_ref());
        let Some(offset) = &inputs.phase else {
            return Self {
                raw: base.clone(),
                folded: base,
                step,
            };
        };
        let raw = base + offset;
        let moved = match offset.as_constant() {
            Some(_) => step,
            None => {
                // A jump by whole turns moves nothing: a phasor may drive the phase.
                let moved = offset - super::mem(offset);
                step + (&moved - moved.nearest())
            }
        };
        Self {
            folded: &raw - raw.floor(),
            step: moved,
            raw,
        }
    }
}

/// Naive sawtooth of a phase: rises through [0, 1) once per turn, as an integer that wraps.
///
/// * `frequency`: Hz, any sign and size, audio rate welcome (through-zero FM). Negative runs
///   downwards, 0 holds, |f| ≥ SR wraps; NaN holds.
/// * Output: [0, 1) turns; the first frame is f/SR.
///
/// Cost: 5 (an integer add, 4 operations from phase to float). State: one phase (2⁻⁶⁴ turn in `f64` graphs, 2⁻³²
/// in `f32` graphs), no drift. Source: krs specification A.6.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&phasor(12_000.0), 5)?, [0.25, 0.5, 0.75, 0.0, 0.25]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn phasor(frequency: impl Into<Signal>) -> Signal {
    phasor_with(frequency, &OscInputs::default())
}

/// [`phasor`] with phase and sync inputs.
///
/// The phase input costs 3 operations more, sync 3 operations and a register.
///
/// ```
/// use synthc_ir::prelude::*;
/// let shifted = phasor_with(12_000.0, &OscInputs::phase(0.5));
/// assert_eq!(preview(&shifted, 3)?, [0.75, 0.0, 0.25]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn phasor_with(frequency: impl Into<Signal>, inputs: &OscInputs) -> Signal {
    Phase::new(&float(frequency), inputs).folded
}

/// Sine wave, sin 2πp of a [`phasor`] p; free of aliases at every constant frequency.
///
/// * `frequency`: Hz, as in [`phasor`].
/// * Output: [−1, 1]; the first frame is sin(2π f/SR).
///
/// Cost: 24 with the phasor. State: one phase. Source: krs
/// specification A.6.
///
/// ```
/// use synthc_ir::prelude::*;
/// let quarter_turns = preview(&sine_osc(12_000.0), 4)?;
/// assert!((quarter_turns[0] - 1.0).abs() < 1e-12 && quarter_turns[1].abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn sine_osc(frequency: impl Into<Signal>) -> Signal {
    sine_osc_with(frequency, &OscInputs::default())
}

/// [`sine_osc`] with phase and sync inputs: the operator of phase-modulation synthesis
/// (Chowning 1973, "The synthesis of complex audio spectra by means of frequency modulation").
///
/// The phase input costs one operation: the sine folds the sum itself.
///
/// ```
/// use synthc_ir::prelude::*;
/// let cosine = sine_osc_with(12_000.0, &OscInputs::phase(0.25));
/// assert!((preview(&cosine, 2)?[1] + 1.0).abs() < 1e-12);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn sine_osc_with(frequency: impl Into<Signal>, inputs: &OscInputs) -> Signal {
    Phase::new(&float(frequency), inputs).raw.sin_turns()
}

/// Naive rising sawtooth 2p − 1: exact at low frequencies, aliasing at high ones ([`saw`](super::saw) does not).
///
/// * `frequency`: Hz, as in [`phasor`]. Output: [−1, 1); the first frame is 2f/SR − 1.
///
/// Cost: phasor + 2. State: one phase. Source: krs specification A.6.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&lf_saw(12_000.0), 4)?, [-0.5, 0.0, 0.5, -1.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn lf_saw(frequency: impl Into<Signal>) -> Signal {
    2.0 * phasor(frequency) - 1.0
}

/// Naive square or pulse wave: +1 while p < `duty`, else −1.
///
/// * `frequency`: Hz, as in [`phasor`]. `duty`: share of a turn spent at +1; ≤ 0 is always −1,
///   ≥ 1 always +1. Output: ±1.
///
/// Cost: phasor + 2. State: one phase. Source: krs specification A.6.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&lf_square(12_000.0, 0.5), 4)?, [1.0, -1.0, -1.0, 1.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn lf_square(frequency: impl Into<Signal>, duty: impl Into<Signal>) -> Signal {
    phasor(frequency)
        .lt(float(duty))
        .select(&Signal::constant(1.0), &Signal::constant(-1.0))
}

/// Naive pulse wave: the same as [`lf_square`], its width always given.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&lf_pulse(12_000.0, 0.3), 4)?, [1.0, -1.0, -1.0, 1.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn lf_pulse(frequency: impl Into<Signal>, width: impl Into<Signal>) -> Signal {
    lf_square(frequency, width)
}

/// Naive triangle wave: 4p − 1 in the first half turn, 3 − 4p in the second.
///
/// * `frequency`: Hz, as in [`phasor`]. Output: [−1, 1]; starts at −1, rising.
///
/// Cost: phasor + 4. State: one phase. Source: krs specification A.6.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&lf_triangle(12_000.0), 4)?, [0.0, 1.0, 0.0, -1.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn lf_triangle(frequency: impl Into<Signal>) -> Signal {
    let from_peak = (phasor(frequency) - 0.5).abs();
    1.0 - 4.0 * from_peak
}

/// Low-frequency sine between two bounds: lo + (hi − lo)(1 + sin 2πp)/2.
///
/// * `frequency`: Hz, as in [`phasor`]. `lo`, `hi`: bounds, any order. Output: [lo, hi]; starts
///   near the middle, rising (for f > 0).
///
/// Cost: [`sine_osc`] + 3. State: one phase. Source: krs specification A.6.
///
/// ```
/// use synthc_ir::prelude::*;
/// let vibrato = preview(&lfo(12_000.0, 438.0, 442.0), 4)?;
/// assert!((vibrato[0] - 442.0).abs() < 1e-9 && (vibrato[2] - 438.0).abs() < 1e-9);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn lfo(frequency: impl Into<Signal>, lo: impl Into<Signal>, hi: impl Into<Signal>) -> Signal {
    let (lo, hi) = (float(lo), float(hi));
    let half_range = 0.5 * (hi - &lo);
    lo + (sine_osc(frequency) + 1.0) * half_range
}
