//! What a device's callback does, whatever device it is: buffers of any size, format and number of channels.
//!
//! A [`Feed`] is a processor on its way from device to device: it keeps its place when one is lost and another is
//! opened. A device of another rate gets the sound converted; processor, tap and counters go on at the rate they have, so
//! that nothing is compiled anew and recordings and logs go on. In a callback it allocates nothing after the first.

use std::sync::Arc;
use std::time::Instant;

use synthc_jit::Sample;
use synthc_jit::host::{self, Kernel};

use super::resampler::Resampler;
use super::tap::TapSender;
use crate::mixer;
use crate::monitor::Monitor;
use crate::plan::BLOCK;
use crate::processor::{LATENCY, Processor};

/// Frames computed at a time, so that callbacks of any size need no more memory.
const CHUNK: usize = 256;

/// Which channels of a device get left and right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelMap {
    /// One channel: the mean of both sides.
    Mono,
    /// Left and right to these channels, from 0; all others are silent.
    Stereo(usize, usize),
}

impl ChannelMap {
    /// The first two channels, or the only one.
    #[must_use]
    pub fn first(channels: usize) -> Self {
        if channels == 1 {
            Self::Mono
        } else {
            Self::Stereo(0, 1)
        }
    }
}

/// A processor and what listens to it.
#[derive(Debug)]
pub struct Feed<T> {
    source: Source<T>,
    sides: [Vec<T>; 2],
    /// Whether this thread has what it needs.
    warm: bool,
    /// Frames a second of the device.
    rate: f64,
    /// Whether devices of other rates will do.
    converting: bool,
    /// For a device of another rate.
    converter: Option<Box<Converter>>,
    /// Frames computed for a converter, and how many of them it has taken.
    kept: [[T; BLOCK]; 2],
    taken: usize,
}

/// What computes, at its own rate, and listens.
#[derive(Debug)]
struct Source<T> {
    processor: Processor<T>,
    monitor: Arc<Monitor>,
    tap: Option<TapSender<T>>,
    /// Frames of latency that nobody has heard yet.
    leading: usize,
}

/// From the processor's rate to the device's.
#[derive(Debug)]
struct Converter {
    resampler: Resampler,
    /// Frames in for each frame out.
    step: f64,
}

impl<T: Sample> Source<T> {
    /// The next frames, as many as both sides have.
    fn compute(&mut self, left: &mut [T], right: &mut [T]) {
        self.processor.process_planar(&mut [left, right]);
        let skipped = self.leading.min(left.len());
        self.leading -= skipped;
        let (left, right) = (&left[skipped..], &right[skipped..]);
        if let Some(tap) = &mut self.tap {
            let frames = left.iter().zip(right);
            tap.send(frames.map(|(left, right)| [*left, *right]));
        }
        // What the processor puts out is finite.
        let peak = |side| host::widest(Peak(side)).map_or(0.0, T::to_f64);
        self.monitor
            .hear(left.len() as u64, [peak(left), peak(right)]);
    }
}

/// The largest magnitude of samples.
struct Peak<'a, T>(&'a [T]);

impl<T: Sample> Kernel for Peak<'_, T> {
    type Output = Option<T>;

    #[inline(always)]
    fn run(self) -> Option<T> {
        mixer::peak_of_samples(self.0)
    }
}

impl<T: Sample> From<Processor<T>> for Feed<T> {
    fn from(processor: Processor<T>) -> Self {
        Self::new(processor)
    }
}

impl<T> From<Box<Self>> for Feed<T> {
    fn from(feed: Box<Self>) -> Self {
        *feed
    }
}

impl<T: Sample> Feed<T> {
    /// A feed that nobody listens to.
    #[must_use]
    pub fn new(processor: Processor<T>) -> Self {
        Self {
            rate: processor.sample_rate(),
            source: Source {
                monitor: Arc::clone(processor.monitor()),
                processor,
                tap: None,
                leading: LATENCY,
            },
            sides: [vec![T::default(); CHUNK], vec![T::default(); CHUNK]],
            warm: false,
            converting: false,
            converter: None,
            kept: [[T::default(); BLOCK]; 2],
            taken: BLOCK,
        }
    }

    /// Sends what is heard, from the first computed frame on, to a tap.
    #[must_use]
    pub fn with_tap(mut self, tap: TapSender<T>) -> Self {
        self.source.tap = Some(tap);
        self
    }

    /// Will do for devices of other rates, too: they get the sound converted (band-limited, 90 dB, half a millisecond of
    /// delay), at the cost of some hundred operations a frame. For a device that came back at another rate; where the rate is
    /// known before, compile for it.
    #[must_use]
    pub fn converting(mut self) -> Self {
        self.converting = true;
        self
    }

    /// Frames a second that the processor computes.
    #[must_use]
    pub fn sample_rate(&self) -> f64 {
        self.source.processor.sample_rate()
    }

    /// Whether it plays on a device of that many frames a second.
    #[must_use]
    pub fn fits(&self, rate: f64) -> bool {
        self.converting || rate == self.sample_rate()
    }

    /// The counters of the processor.
    #[must_use]
    pub fn monitor(&self) -> &Arc<Monitor> {
        &self.source.monitor
    }

    /// The processor, for another driver.
    #[must_use]
    pub fn into_processor(self) -> Processor<T> {
        self.source.processor
    }

    /// Goes to another thread, which has to be warmed up, and to a device of `rate` frames a second. Allocates.
    pub(super) fn move_on(&mut self, rate: f64) {
        self.warm = false;
        self.rate = rate;
        let step = self.sample_rate() / rate;
        self.converter = (step != 1.0).then(|| {
            Box::new(Converter {
                resampler: Resampler::new(step),
                step,
            })
        });
    }

    /// Fills an interleaved buffer: any number of frames, 0 too. What makes no whole frame is silent.
    pub(super) fn callback<S: Copy>(
        &mut self,
        data: &mut [S],
        channels: usize,
        map: ChannelMap,
        convert: impl Fn(f64) -> S,
    ) {
        let begin = Instant::now();
        if !self.warm {
            self.source.processor.warm_up();
            self.warm = true;
        }
        let silence = convert(0.0);
        let whole = data.len() / channels.max(1) * channels;
        let (frames, rest) = data.split_at_mut(whole);
        rest.fill(silence);
        let own = (whole / channels.max(1)) as f64 * self.sample_rate() / self.rate;
        self.source.monitor.note_block(own.ceil() as usize);
        for piece in frames.chunks_mut((CHUNK * channels).max(1)) {
            let count = piece.len() / channels;
            self.compute(count);
            let [left, right] = &self.sides;
            let sides = left.iter().zip(right);
            if channels == 2 && map == ChannelMap::Stereo(0, 1) {
                for (frame, (left, right)) in piece.as_chunks_mut().0.iter_mut().zip(sides) {
                    *frame = [convert(left.to_f64()), convert(right.to_f64())];
                }
                continue;
            }
            for (frame, (left, right)) in piece.chunks_exact_mut(channels).zip(sides) {
                let (left, right) = (left.to_f64(), right.to_f64());
                match map {
                    ChannelMap::Mono => frame.fill(convert(0.5 * (left + right))),
                    ChannelMap::Stereo(first, second) => {
                        for (channel, sample) in frame.iter_mut().enumerate() {
                            *sample = match channel {
                                channel if channel == first => convert(left),
                                channel if channel == second => convert(right),
                                _ => silence,
                            };
                        }
                    }
                }
            }
        }
        let sound = 1e9 * own / self.sample_rate();
        let nanos = begin.elapsed().as_nanos() as u64;
        self.source.monitor.time_callback(nanos, sound as u64);
    }

    /// The next `count` frames of the device, at most a chunk, into `sides`.
    fn compute(&mut self, count: usize) {
        let [left, right] = &mut self.sides;
        let (left, right) = (&mut left[..count], &mut right[..count]);
        let Self {
            source,
            kept,
            taken,
            ..
        } = self;
        let Some(converter) = &mut self.converter else {
            // What a converter has left comes first.
            let old = count.min(BLOCK - *taken);
            left[..old].copy_from_slice(&kept[0][*taken..*taken + old]);
            right[..old].copy_from_slice(&kept[1][*taken..*taken + old]);
            *taken += old;
            return source.compute(&mut left[old..], &mut right[old..]);
        };
        let mut next = || {
            if *taken == BLOCK {
                let [left, right] = kept;
                source.compute(left, right);
                *taken = 0;
            }
            *taken += 1;
            Some([kept[0][*taken - 1].to_f64(), kept[1][*taken - 1].to_f64()])
        };
        host::flush_denormals(|| {
            for (left, right) in left.iter_mut().zip(right) {
                let frame = converter.resampler.next(converter.step, &mut next);
                let [l, r] = frame.unwrap_or_default();
                (*left, *right) = (T::from_f64(l), T::from_f64(r));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tap::tap;
    use super::*;
    use crate::engine::{Engine, EngineConfig};
    use crate::session::{NodeDefinition, NodeOptions, Session};
    use synthc_ir::library::sine_osc;

    fn feed() -> (Engine<f32>, Feed<f32>) {
        let (mut engine, processor) = Engine::new(EngineConfig::new(48_000.0)).unwrap();
        let mut session = Session::new();
        let sides = [sine_osc(440.0) * 0.5, sine_osc(550.0) * 0.25];
        let definition = NodeDefinition::source(sides).unwrap();
        session
            .node("tone", definition, NodeOptions::default())
            .unwrap();
        engine.update(&session).unwrap();
        (engine, Feed::new(processor))
    }

    fn stereo(feed: &mut Feed<f32>, sizes: &[usize]) -> Vec<f32> {
        let mut heard = Vec::new();
        for &frames in sizes {
            let mut data = vec![9.0; frames * 2];
            feed.callback(&mut data, 2, ChannelMap::first(2), |x| x as f32);
            heard.extend(data);
        }
        heard
    }

    #[test]
    fn callbacks_of_no_frames_and_of_a_hundred_thousand_are_the_same_sound() {
        let (_engine, mut one) = feed();
        let (_other, mut many) = feed();
        let whole = stereo(&mut one, &[100_480]);
        let parts = stereo(&mut many, &[0, 1, 0, 479, 100_000, 0]);
        assert!(whole.iter().any(|x| x.abs() > 0.1));
        assert_eq!(whole, parts);
        assert_eq!(many.monitor().times().count(), 6);
        assert_eq!(many.monitor().heard(), 100_480 - LATENCY as u64);
    }

    #[test]
    fn a_feed_goes_on_where_it_was_on_another_device() {
        let (_engine, mut uninterrupted) = feed();
        let (_other, mut lost) = feed();
        let whole = stereo(&mut uninterrupted, &[700]);
        let mut heard = stereo(&mut lost, &[300]);
        lost.move_on(48_000.0);
        heard.extend(stereo(&mut lost, &[400]));
        assert_eq!(whole, heard);
    }

    #[test]
    fn left_and_right_go_where_the_map_says_and_the_rest_is_silent() {
        let (_engine, mut mapped) = feed();
        let (_other, mut plain) = feed();
        let expected = stereo(&mut plain, &[500]);
        let mut data = vec![9.0_f32; 500 * 5 + 3];
        mapped.callback(&mut data, 5, ChannelMap::Stereo(4, 2), |x| x as f32);
        let (frames, rest) = data.split_at(2500);
        for (frame, pair) in frames.chunks(5).zip(expected.chunks(2)) {
            assert_eq!(frame, [0.0, 0.0, pair[1], 0.0, pair[0]]);
        }
        assert_eq!(rest, [0.0; 3], "what makes no frame is silent");
    }

    #[test]
    fn one_channel_gets_the_mean_and_none_gets_nothing() {
        let (_engine, mut mono) = feed();
        let (_other, mut plain) = feed();
        let expected = stereo(&mut plain, &[200]);
        let mut data = vec![9.0_f64; 200];
        mono.callback(&mut data, 1, ChannelMap::first(1), |x| x);
        for (mean, pair) in data.iter().zip(expected.chunks(2)) {
            assert_eq!(*mean, 0.5 * (f64::from(pair[0]) + f64::from(pair[1])));
        }
        let mut none = [9.0_f64; 3];
        mono.callback(&mut none, 0, ChannelMap::first(2), |x| x);
        assert_eq!(none, [0.0; 3]);
    }

    #[test]
    fn a_tap_hears_everything_but_the_latency() {
        let (_engine, feed) = feed();
        let (sender, mut receiver) = tap(1000);
        let mut feed = feed.with_tap(sender);
        let heard = stereo(&mut feed, &[10, 90, 300]);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        receiver.read(&mut left, &mut right);
        let tapped: Vec<f32> = left.iter().zip(right).flat_map(|(l, r)| [*l, r]).collect();
        assert_eq!(tapped, heard[2 * LATENCY..]);
        let peaks = feed.monitor().take_peaks();
        assert!(peaks[0] > 0.1 && peaks[1] > 0.05, "{peaks:?}");
        assert_eq!(feed.monitor().take_peaks(), [0.0; 2]);
    }

    #[test]
    fn a_device_that_comes_back_at_another_rate_gets_the_same_sound() {
        for rate in [44_100.0, 96_000.0, 32_000.0] {
            let (_engine, mut feed) = feed();
            stereo(&mut feed, &[300]);
            feed.move_on(rate);
            let heard = stereo(&mut feed, &[64, 1_000, 3, 20_000]);
            let steady = &heard[2 * 5_000..];
            for (side, frequency, level) in [(0, 440.0, 0.175), (1, 550.0, 0.0875)] {
                let signal: Vec<f64> = steady.chunks(2).map(|f| f64::from(f[side])).collect();
                let (amplitude, rest) = sine(&signal, frequency / rate);
                assert!(
                    (amplitude / level - 1.0).abs() < 1e-3,
                    "{rate}: {amplitude}"
                );
                assert!(rest < -80.0, "{rate}: {rest} dB beside the sine");
            }
        }
    }

    /// Amplitude of a sine of so many turns a frame, and the power of the rest in dB: least squares.
    fn sine(signal: &[f64], turns: f64) -> (f64, f64) {
        let base = |n: usize| (std::f64::consts::TAU * turns * n as f64).sin_cos();
        let (mut ss, mut cc, mut sc, mut xs, mut xc) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (n, x) in signal.iter().enumerate() {
            let (s, c) = base(n);
            (ss, cc, sc) = (ss + s * s, cc + c * c, sc + s * c);
            (xs, xc) = (xs + x * s, xc + x * c);
        }
        let det = ss * cc - sc * sc;
        let (a, b) = ((xs * cc - xc * sc) / det, (xc * ss - xs * sc) / det);
        let rest: f64 = (signal.iter().enumerate())
            .map(|(n, x)| {
                let (s, c) = base(n);
                (x - a * s - b * c).powi(2)
            })
            .sum();
        let power: f64 = signal.iter().map(|x| x * x).sum();
        (a.hypot(b), 10.0 * (rest / power).log10())
    }

    #[test]
    fn on_devices_of_any_rate_a_tap_hears_every_frame_once() {
        let (_engine, mut plain) = feed();
        let expected = stereo(&mut plain, &[4_000]);
        let (_other, feed) = feed();
        let (sender, mut receiver) = tap(10_000);
        let mut feed = feed.with_tap(sender);
        let mut heard = stereo(&mut feed, &[300]);
        for rate in [44_100.0, 96_000.0, 48_000.0] {
            feed.move_on(rate);
            heard = stereo(&mut feed, &[501, 7]);
        }
        let (mut left, mut right) = (Vec::new(), Vec::new());
        receiver.read(&mut left, &mut right);
        let tapped: Vec<f32> = left
            .iter()
            .zip(&right)
            .flat_map(|(l, r)| [*l, *r])
            .collect();
        assert_eq!(feed.monitor().heard(), left.len() as u64);
        let end = 2 * LATENCY + tapped.len();
        assert!(
            tapped == expected[2 * LATENCY..end],
            "not the frames there are"
        );
        // Back at its own rate it goes on with the first frame that no device has had.
        assert!(
            heard == expected[end - heard.len()..end],
            "not where it was"
        );
    }
}
