//! The way of one node's sound: from its buses into its instances, from its outputs into its sum, from there through
//! mute, fader and sends.
//!
//! Kernels on slices, called by [`super::stage`] for nodes that play and by [`super::fade`] for those that fade out.

use std::ops::Range;

use synthc_jit::Sample;
use synthc_jit::host::Kernel;

use super::sounding::Sounding;
use crate::mixer::{self, Gain};
use crate::plan::{Block, Lever, Meter, Outlet, PlanSend, Scratch, Tap, Turn, Turns};
use crate::smoother::Smoother;

/// Inputs of an instance from their buses, which are silent afterwards.
pub(super) struct TakeInputs<'a, T> {
    pub(super) inputs: &'a mut [Block<T>],
    pub(super) buses: &'a mut [Block<f64>],
    pub(super) taken: &'a [usize],
    pub(super) range: &'a Range<usize>,
}

impl<T: Sample> Kernel for TakeInputs<'_, T> {
    /// Whether all of it is silent.
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let mut peak = 0.0f64;
        for (input, &bus) in self.inputs.iter_mut().zip(self.taken) {
            let bus = &mut self.buses[bus][self.range.clone()];
            peak = peak.max(mixer::peak(bus));
            mixer::take_samples(&mut input[self.range.clone()], bus);
        }
        peak == 0.0
    }
}

/// Outputs of an instance into the node's sum.
pub(super) struct Collect<'a, T> {
    pub(super) outputs: &'a [Block<T>],
    /// Channel of the first output.
    pub(super) first: usize,
    pub(super) sum: &'a mut [Block<f64>],
    pub(super) sounding: &'a mut Sounding,
    pub(super) range: &'a Range<usize>,
}

impl<T: Sample> Kernel for Collect<'_, T> {
    /// Largest magnitude, or `None` when a sample is not finite: then nothing has been added.
    type Output = Option<f64>;

    #[inline(always)]
    fn run(self) -> Option<f64> {
        let range = self.range.clone();
        let mut heard = Sounding::default();
        let mut largest = 0.0f64;
        for (channel, output) in (self.first..).zip(self.outputs) {
            let peak = mixer::peak_of_samples(&output[range.clone()])?.to_f64();
            if peak != 0.0 {
                heard.insert(channel);
            }
            largest = largest.max(peak);
        }
        for (channel, output) in (self.first..).zip(self.outputs) {
            let sum = &mut self.sum[channel][range.clone()];
            if !heard.contains(channel) {
                // Adding zeros changes nothing.
            } else if self.sounding.insert(channel) {
                mixer::add_samples(sum, &output[range.clone()]);
            } else {
                mixer::set_samples(sum, &output[range.clone()]);
            }
        }
        Some(largest)
    }
}

/// Mute, fader, meter, master bus and sends of one node, whose sound is in `scratch.sum`.
pub(super) struct Strip<'a, T> {
    /// Channels that there are now: its outputs, or those of the node before while it fades, where that had more.
    pub(super) channels: usize,
    pub(super) sends: &'a [PlanSend],
    pub(super) levels: &'a mut [Smoother],
    /// What turns the levels on the way.
    pub(super) turns: &'a [Turn],
    /// The level of a send is that of its source, not of its place.
    pub(super) by_source: bool,
    pub(super) mute: &'a mut Smoother,
    pub(super) gain: &'a mut Smoother,
    pub(super) direct: &'a mut Smoother,
    pub(super) meter: Option<&'a Meter>,
    /// Nodes that fade out are still there.
    pub(super) leaving: bool,
    pub(super) scratch: &'a mut Scratch<T>,
    pub(super) sounding: Sounding,
    pub(super) buses: &'a mut [Block<f64>],
    pub(super) range: &'a Range<usize>,
    pub(super) mix: &'a mut [Block<f64>; 2],
}

impl<T: Sample> Kernel for Strip<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (range, frames, channels) = (self.range, self.range.len(), self.channels);
        let turns = |lever| Turns::of(lever, self.turns, range.start);
        let Scratch {
            sum,
            faded,
            gain: memory,
            ..
        } = self.scratch;
        if self.sounding.is_empty() {
            // Silence adds nothing to any sum; levels move on all the same.
            Gain::next(self.mute, turns(Lever::Mute), memory, frames);
            Gain::next(self.gain, turns(Lever::Gain), memory, frames);
            Gain::next(self.direct, std::iter::empty(), memory, frames);
            for (place, level) in (0..).zip(self.levels) {
                Gain::next(level, turns(Lever::Send(place)), memory, frames);
            }
            return;
        }
        for (channel, sum) in sum[..channels].iter_mut().enumerate() {
            if !self.sounding.contains(channel) {
                sum[range.clone()].fill(0.0);
            }
        }
        let mute = Gain::next(self.mute, turns(Lever::Mute), memory, frames);
        for channel in &mut sum[..channels] {
            mixer::scale_in_place(&mut channel[range.clone()], mute);
        }
        let gain = Gain::next(self.gain, turns(Lever::Gain), memory, frames);
        for (to, from) in faded[..channels].iter_mut().zip(&*sum) {
            mixer::scale(&mut to[range.clone()], &from[range.clone()], gain);
        }
        let right_side = 1.min(channels - 1);
        if self.direct.is_moving() || self.direct.value() != 0.0 {
            let direct = Gain::next(self.direct, std::iter::empty(), memory, frames);
            for (side, mix) in self.mix.iter_mut().enumerate() {
                let sound = &faded[side.min(right_side)][range.clone()];
                mixer::add_scaled(&mut mix[range.clone()], sound, direct);
            }
        }
        if let Some(meter) = self.meter {
            let left = mixer::peak(&faded[0][range.clone()]);
            meter.raise(0, left);
            let right = match right_side {
                0 => left,
                _ => mixer::peak(&faded[1][range.clone()]),
            };
            meter.raise(1, right);
        }
        for (place, send) in self.sends.iter().enumerate() {
            let place = match send.source {
                Some(source) if self.by_source => source as usize,
                _ => place,
            };
            let Some(level) = self.levels.get_mut(place) else {
                continue;
            };
            let gone = send.into_departing && !self.leaving;
            if send.departing > 0 && (gone || (!level.is_moving() && level.value() == 0.0)) {
                continue;
            }
            let level = Gain::next(level, turns(Lever::Send(place as u16)), memory, frames);
            let sound = match send.tap {
                Tap::Post => &*faded,
                Tap::Pre => &*sum,
            };
            let (left, right) = match send.outlet {
                Outlet::Whole | Outlet::Mono => (0, right_side),
                // The right side of a node that is mono now is its only channel, which has come in there.
                Outlet::Output(1) => (right_side, right_side),
                Outlet::Output(output) => (usize::from(output), usize::from(output)),
            };
            if right >= channels {
                // An output that its node has lost has faded out.
                continue;
            }
            let one = left == right;
            let [left, right] = [left, right].map(|channel| &sound[channel][range.clone()]);
            let apart = send.outlet == Outlet::Whole && send.right.is_some();
            let sides = [(Some(send.left), left), (send.right, right)];
            for (bus, side) in sides {
                let Some(bus) = bus else { continue };
                let bus = &mut self.buses[bus][range.clone()];
                if one || apart {
                    mixer::add_scaled(bus, side, level);
                } else {
                    mixer::add_mean(bus, left, right, level);
                }
            }
        }
    }
}
