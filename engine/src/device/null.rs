//! The null device: asks for blocks of any size, on the caller's thread or on one of its own, as fast as
//! it can or at the pace of a real device.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use synthc_jit::Sample;

use super::feed::{ChannelMap, Feed};
use crate::processor::Processor;

/// How fast a null device on its own thread asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Pace {
    /// One block after the other, without waiting.
    #[default]
    Free,
    /// As fast as the sample rate says, like a device.
    RealTime,
}

/// A device that plays to nobody.
#[derive(Debug)]
pub struct NullDevice<T> {
    feed: Feed<T>,
    channels: usize,
    buffer: Vec<T>,
    /// Frames a second.
    rate: f64,
}

impl<T: Sample> NullDevice<T> {
    /// A device of `channels` channels that asks for up to `block` frames at a time (at least 1).
    #[must_use]
    pub fn new(feed: impl Into<Feed<T>>, channels: usize, block: usize) -> Self {
        let feed = feed.into();
        feed.monitor().note_block(block.max(1));
        Self {
            rate: feed.sample_rate(),
            feed,
            channels,
            buffer: vec![T::default(); channels * block.max(1)],
        }
    }

    /// The same at so many frames a second (more than 0) instead of the processor's: the sound is converted.
    #[must_use]
    pub fn at_rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self.feed.move_on(rate);
        self
    }

    /// Asks for one block and returns it, interleaved. Allocates nothing.
    pub fn pull(&mut self) -> &[T] {
        let map = ChannelMap::first(self.channels);
        self.feed
            .callback(&mut self.buffer, self.channels, map, T::from_f64);
        &self.buffer
    }

    /// The processor, for another driver.
    #[must_use]
    pub fn into_processor(self) -> Processor<T> {
        self.feed.into_processor()
    }

    /// The feed, for another device.
    #[must_use]
    pub fn into_feed(self) -> Feed<T> {
        self.feed
    }

    /// Goes on pulling on a thread of its own until [`NullStream::stop`].
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(mut self, pace: Pace) -> std::io::Result<NullStream<T>> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        self.feed.move_on(self.rate);
        let body = move || {
            let frames = self.buffer.len() / self.channels.max(1);
            let seconds = frames as f64 / self.rate;
            let period = Duration::try_from_secs_f64(seconds).unwrap_or_default();
            let mut due = Instant::now();
            while !stopped.load(Ordering::Acquire) {
                self.pull();
                if pace == Pace::RealTime {
                    due += period;
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                }
            }
            self
        };
        let thread = std::thread::Builder::new()
            .name("synthc null device".into())
            .spawn(body)?;
        Ok(NullStream {
            stop,
            thread: Some(thread),
        })
    }
}

/// A null device that runs; stops when dropped.
#[derive(Debug)]
pub struct NullStream<T> {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<NullDevice<T>>>,
}

impl<T> NullStream<T> {
    /// Stops after the present block and gives the device back; `None` when its thread panicked.
    pub fn stop(mut self) -> Option<NullDevice<T>> {
        self.join()
    }

    fn join(&mut self) -> Option<NullDevice<T>> {
        self.stop.store(true, Ordering::Release);
        self.thread.take()?.join().ok()
    }
}

impl<T> Drop for NullStream<T> {
    fn drop(&mut self) {
        self.join();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processor::{ProcessorConfig, connect};

    #[test]
    fn a_pull_is_one_block_of_all_channels() {
        let (_port, processor) = connect::<f32>(&ProcessorConfig::new(48_000.0));
        let mut device = NullDevice::new(processor, 3, 100);
        assert_eq!(device.pull().len(), 300);
        device.pull();
        // 200 frames heard, 64 of them before the first computed one: the rest takes three inner blocks.
        assert_eq!(device.into_processor().frame(), 192);
    }

    #[test]
    fn a_stream_runs_until_it_is_stopped_and_gives_its_processor_back() {
        let (port, processor) = connect::<f32>(&ProcessorConfig::new(48_000.0));
        let stream = NullDevice::new(processor, 2, 64).start(Pace::Free).unwrap();
        while port.monitor.frame() < 10_000 {
            std::thread::yield_now();
        }
        let processor = stream.stop().unwrap().into_processor();
        assert_eq!(processor.frame(), port.monitor.frame());
        let (callbacks, busy, worst) = port.monitor.callback_times();
        assert!(callbacks > 100 && busy >= worst);
    }
}
