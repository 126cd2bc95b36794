//! A processor that plays through a device.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ::cpal::traits::{DeviceTrait, StreamTrait};
use ::cpal::{ErrorKind, FromSample, SampleFormat, SizedSample};
use synthc_jit::Sample;

use super::{DeviceError, OutputDevice};
use crate::device::feed::Feed;
use crate::device::lease::Lease;
use crate::monitor::Monitor;

/// What the callbacks have seen.
#[derive(Debug, Default)]
pub struct StreamStatus {
    lost: AtomicBool,
    errors: AtomicU64,
    real_time: AtomicBool,
}

impl StreamStatus {
    /// Whether the device is gone: the stream must be opened again.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Errors other than under- and overruns, which [`Monitor::xruns`] counts.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// Whether the callback runs ahead of ordinary threads: known after the first one.
    #[must_use]
    pub fn is_real_time(&self) -> bool {
        self.real_time.load(Ordering::Relaxed)
    }

    pub(super) fn note(&self, kind: ErrorKind, monitor: Option<&Monitor>) {
        match kind {
            ErrorKind::Xrun => {
                if let Some(monitor) = monitor {
                    monitor.count_xrun();
                }
            }
            ErrorKind::DeviceNotAvailable
            | ErrorKind::StreamInvalidated
            | ErrorKind::HostUnavailable => self.lost.store(true, Ordering::Release),
            _ => {
                self.errors.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Why a device does not play, and what would have played.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Refusal<T> {
    /// What is wrong.
    pub error: DeviceError,
    /// For another try; none when the host keeps it.
    pub feed: Option<Box<Feed<T>>>,
}

/// A stream that plays until it is stopped or dropped.
pub struct OutputStream<T> {
    stream: Option<::cpal::Stream>,
    status: Arc<StreamStatus>,
    back: rtrb::Consumer<Box<Feed<T>>>,
}

impl<T> std::fmt::Debug for OutputStream<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutputStream")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl<T> OutputStream<T> {
    /// What has gone wrong so far.
    #[must_use]
    pub fn status(&self) -> &Arc<StreamStatus> {
        &self.status
    }

    /// Frames per callback that the device granted; `None` when it does not tell.
    #[must_use]
    pub fn buffer_frames(&self) -> Option<u32> {
        self.stream.as_ref()?.buffer_size().ok()
    }

    /// Closes the device and gives back what played, to go on with elsewhere; `None` when the host keeps it, which
    /// only a host that hangs does.
    #[must_use]
    pub fn stop(mut self) -> Option<Box<Feed<T>>> {
        drop(self.stream.take());
        self.back.pop().ok()
    }
}

impl OutputDevice {
    /// Starts playing.
    ///
    /// # Errors
    /// When the processor computes at another rate and the feed is not [`Feed::converting`], or the device refuses; the feed
    /// comes back.
    pub fn start<T: Sample>(
        &self,
        feed: impl Into<Feed<T>>,
    ) -> Result<OutputStream<T>, Refusal<T>> {
        let mut feed = feed.into();
        if !feed.fits(self.sample_rate()) {
            let error = DeviceError::Rate {
                device: self.sample_rate(),
                processor: feed.sample_rate(),
            };
            let feed = Some(Box::new(feed));
            return Err(Refusal { error, feed });
        }
        feed.move_on(self.sample_rate());
        let (lease, mut back) = Lease::new(Box::new(feed));
        let status = Arc::new(StreamStatus::default());
        let noted = Arc::clone(&status);
        let stream = match self.opened.format {
            SampleFormat::F64 => self.build::<T, f64>(lease, noted),
            SampleFormat::I8 => self.build::<T, i8>(lease, noted),
            SampleFormat::I16 => self.build::<T, i16>(lease, noted),
            SampleFormat::I24 => self.build::<T, ::cpal::I24>(lease, noted),
            SampleFormat::I32 => self.build::<T, i32>(lease, noted),
            SampleFormat::I64 => self.build::<T, i64>(lease, noted),
            SampleFormat::U8 => self.build::<T, u8>(lease, noted),
            SampleFormat::U16 => self.build::<T, u16>(lease, noted),
            SampleFormat::U24 => self.build::<T, ::cpal::U24>(lease, noted),
            SampleFormat::U32 => self.build::<T, u32>(lease, noted),
            SampleFormat::U64 => self.build::<T, u64>(lease, noted),
            // What `format::choose` never gives is refused by the device.
            _ => self.build::<T, f32>(lease, noted),
        };
        match stream.and_then(|stream| stream.play().map(|()| stream)) {
            Ok(stream) => Ok(OutputStream {
                stream: Some(stream),
                status,
                back,
            }),
            Err(error) => Err(Refusal {
                error: self.opened.refused(&error),
                feed: back.pop().ok(),
            }),
        }
    }

    fn build<T, S>(
        &self,
        mut lease: Lease<Box<Feed<T>>>,
        status: Arc<StreamStatus>,
    ) -> Result<::cpal::Stream, ::cpal::Error>
    where
        T: Sample,
        S: SizedSample + FromSample<f64> + Send + 'static,
    {
        let (channels, map) = (self.channels(), self.map);
        let monitor = lease.held().map(|feed| Arc::clone(feed.monitor()));
        let priority = Arc::clone(&status);
        // A JACK server gives its clients the priority that it has itself.
        let ask = !self.opened.host.eq_ignore_ascii_case("jack");
        let mut begun = false;
        let callback = move |data: &mut [S], _: &::cpal::OutputCallbackInfo| {
            if !begun {
                begun = true;
                priority
                    .real_time
                    .store(is_urgent() || (ask && urge()), Ordering::Relaxed);
            }
            if let Some(feed) = lease.held() {
                feed.callback(data, channels, map, |x| S::from_sample_(x));
            }
        };
        let on_error = move |error: ::cpal::Error| status.note(error.kind(), monitor.as_deref());
        self.opened
            .device
            .build_output_stream(self.opened.config, callback, on_error, None)
    }
}

/// Whether this thread runs ahead of ordinary ones.
#[cfg(unix)]
fn is_urgent() -> bool {
    use thread_priority::unix::{
        RealtimeThreadSchedulePolicy, ThreadSchedulePolicy, thread_schedule_policy,
    };
    let real_time = [
        ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo),
        ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::RoundRobin),
    ];
    thread_schedule_policy().is_ok_and(|policy| real_time.contains(&policy))
}

#[cfg(not(unix))]
fn is_urgent() -> bool {
    false
}

/// Makes this thread run ahead of ordinary ones, where it has the right.
#[cfg(unix)]
fn urge() -> bool {
    use thread_priority::unix::{
        RealtimeThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy,
        thread_native_id,
    };
    /// Below the kernel's own threads, above whatever else is urgent on a desktop.
    const URGENCY: u8 = 70;
    let Ok(value) = URGENCY.try_into() else {
        return false;
    };
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    let priority = thread_priority::ThreadPriority::Crossplatform(value);
    set_thread_priority_and_policy(thread_native_id(), priority, policy).is_ok()
}

#[cfg(not(unix))]
fn urge() -> bool {
    thread_priority::set_current_thread_priority(thread_priority::ThreadPriority::Max).is_ok()
}
