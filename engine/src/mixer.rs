//! Sums and gains of the signal path, on slices of f64.
//!
//! Called by the processor for every node and segment. Sums are in f64 whatever the programs compute
//! in, so that the order of execution decides the result and the number of nodes does not wear it
//! down. Allocates nothing; slices of unequal length are processed as far as the shortest goes.
//!
//! Everything is inlined into the [`Kernel`](synthc_jit::host::Kernel) of whoever calls it, and wide there.

use synthc_jit::Sample;

use crate::plan::{BLOCK, Block};
use crate::smoother::Smoother;

/// A gain over one segment.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gain<'a> {
    /// The same for every frame.
    Fixed(f64),
    /// Frame by frame.
    Curve(&'a [f64]),
}

impl<'a> Gain<'a> {
    /// The next `frames` (up to 64) values of a smoother that gets new targets on the way; `memory` holds them while
    /// it moves.
    pub(crate) fn next(
        smoother: &mut Smoother,
        turns: impl IntoIterator<Item = (usize, f64)>,
        memory: &'a mut Block<f64>,
        frames: usize,
    ) -> Self {
        let curve = &mut memory[..frames.min(BLOCK)];
        if smoother.advance_by_turns(curve, turns) {
            Self::Curve(curve)
        } else {
            Self::Fixed(smoother.value())
        }
    }
}

/// `to = from · gain`.
#[inline(always)]
pub(crate) fn scale(to: &mut [f64], from: &[f64], gain: Gain) {
    match gain {
        Gain::Fixed(gain) => {
            for (to, from) in to.iter_mut().zip(from) {
                *to = from * gain;
            }
        }
        Gain::Curve(gains) => {
            for ((to, from), gain) in to.iter_mut().zip(from).zip(gains) {
                *to = from * gain;
            }
        }
    }
}

/// `to = to · gain`.
#[inline(always)]
pub(crate) fn scale_in_place(to: &mut [f64], gain: Gain) {
    match gain {
        Gain::Fixed(1.0) => {}
        Gain::Fixed(gain) => to.iter_mut().for_each(|x| *x *= gain),
        Gain::Curve(gains) => to.iter_mut().zip(gains).for_each(|(x, gain)| *x *= gain),
    }
}

/// `to += from`.
#[inline(always)]
pub(crate) fn add(to: &mut [f64], from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// `to += from · gain`.
#[inline(always)]
pub(crate) fn add_scaled(to: &mut [f64], from: &[f64], gain: Gain) {
    match gain {
        Gain::Fixed(gain) => {
            for (to, from) in to.iter_mut().zip(from) {
                *to += from * gain;
            }
        }
        Gain::Curve(gains) => {
            for ((to, from), gain) in to.iter_mut().zip(from).zip(gains) {
                *to += from * gain;
            }
        }
    }
}

/// `to += (left + right)/2 · gain`.
#[inline(always)]
pub(crate) fn add_mean(to: &mut [f64], left: &[f64], right: &[f64], gain: Gain) {
    let sides = left.iter().zip(right);
    match gain {
        Gain::Fixed(gain) => {
            for (to, (l, r)) in to.iter_mut().zip(sides) {
                *to += 0.5 * (l + r) * gain;
            }
        }
        Gain::Curve(gains) => {
            for ((to, (l, r)), gain) in to.iter_mut().zip(sides).zip(gains) {
                *to += 0.5 * (l + r) * gain;
            }
        }
    }
}

/// `to = from`, widened.
#[inline(always)]
pub(crate) fn set_samples<T: Sample>(to: &mut [f64], from: &[T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = from.to_f64();
    }
}

/// `to += from`, widened.
#[inline(always)]
pub(crate) fn add_samples<T: Sample>(to: &mut [f64], from: &[T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from.to_f64();
    }
}

/// `to = from`, rounded; `from = 0`.
#[inline(always)]
pub(crate) fn take_samples<T: Sample>(to: &mut [T], from: &mut [f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = T::from_f64(*from);
        *from = 0.0;
    }
}

/// Largest magnitude, or `None` when a sample is not finite.
#[inline(always)]
pub(crate) fn peak_of_samples<T: Sample>(samples: &[T]) -> Option<T> {
    let largest = largest(samples);
    (largest < T::INFINITE).then(|| T::of_magnitude(largest))
}

/// Largest magnitude of finite samples.
#[inline(always)]
pub(crate) fn peak(samples: &[f64]) -> f64 {
    f64::of_magnitude(largest(samples))
}

/// Whole numbers have no order in which a maximum is to be taken: those of f32 are compared eight at a time.
#[inline(always)]
fn largest<T: Sample>(samples: &[T]) -> T::Magnitude {
    let magnitudes = samples.iter().map(|sample| sample.magnitude());
    magnitudes.fold(T::Magnitude::default(), Ord::max)
}

/// Values computed side by side, so that a maximum is not one chain of dependent operations.
const SIDE_BY_SIDE: usize = 16;

/// Smallest and largest of finite samples, of which there are some.
#[inline(always)]
pub(crate) fn range(samples: &[f64]) -> (f64, f64) {
    let mut low = [f64::INFINITY; SIDE_BY_SIDE];
    let mut high = [f64::NEG_INFINITY; SIDE_BY_SIDE];
    let (whole, rest) = samples.as_chunks::<SIDE_BY_SIDE>();
    for chunk in whole {
        for ((low, high), &x) in low.iter_mut().zip(&mut high).zip(chunk) {
            *low = lesser(x, *low);
            *high = greater(x, *high);
        }
    }
    // In variables: what is put into an array where it is greater becomes a masked store, which takes AMD's processors
    // longer than all the rest.
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for &x in rest {
        (least, most) = (lesser(x, least), greater(x, most));
    }
    (
        low.into_iter().fold(least, |least, x| lesser(x, least)),
        high.into_iter().fold(most, |most, x| greater(x, most)),
    )
}

/// The first when it is less, as one instruction.
#[inline(always)]
fn lesser(x: f64, than: f64) -> f64 {
    if x < than { x } else { than }
}

/// The first when it is greater, as one instruction.
#[inline(always)]
fn greater(x: f64, than: f64) -> f64 {
    if x > than { x } else { than }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resting_gain_of_one_changes_no_bit() {
        let from = [0.1, -0.3, 1e-300];
        let mut to = [0.0; 3];
        scale(&mut to, &from, Gain::Fixed(1.0));
        assert_eq!(to, from);
        let mut to = [0.0; 3];
        add_scaled(&mut to, &from, Gain::Fixed(1.0));
        assert_eq!(to, from);
    }

    #[test]
    fn a_moving_gain_is_applied_frame_by_frame() {
        let mut smoother = Smoother::level(0.0, 48_000.0);
        smoother.set(1.0);
        let mut reference = smoother;
        let mut memory = [0.0; BLOCK];
        let gain = Gain::next(&mut smoother, [], &mut memory, 5);
        let mut to = [0.0; 5];
        scale(&mut to, &[2.0; 5], gain);
        assert_eq!(to, [(); 5].map(|()| 2.0 * reference.advance()));
    }

    #[test]
    fn samples_that_are_not_finite_are_found_anywhere() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in 0..5 {
                let mut samples = [0.5f32; 5];
                samples[at] = bad;
                assert_eq!(peak_of_samples(&samples), None);
            }
        }
        assert_eq!(peak_of_samples(&[0.5f32, -0.75, 0.0]), Some(0.75));
        assert_eq!(peak_of_samples(&[0.25, -0.75, -0.5]), Some(0.75));
        assert_eq!(peak_of_samples::<f64>(&[]), Some(0.0));
    }

    #[test]
    fn the_range_is_found_wherever_its_ends_are() {
        for at in 0..43 {
            let mut samples = [0.5; 43];
            (samples[at], samples[(at + 17) % 43]) = (-3.0, 2.0);
            assert_eq!(range(&samples), (-3.0, 2.0));
        }
    }

    #[test]
    fn the_mean_of_two_equal_sides_is_either() {
        let mut to = [0.0; 2];
        add_mean(&mut to, &[0.5, -1.0], &[0.5, 1.0], Gain::Fixed(1.0));
        assert_eq!(to, [0.5, 0.0]);
    }
}
