//! A processor that plays through a device.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use ::cpal::traits::{DeviceTrait, StreamTrait};
use ::cpal::{ErrorKind, FromSample, SampleFormat, SizedSample};
use synthc_jit::Sample;

use super::{DeviceError, OutputDevice};
use crate::monitor::Monitor;
use crate::processor::Processor;

/// Frames converted at a time, so that callbacks of any size need no more memory.
const CHUNK: usize = 256;

/// What the error callback has seen.
#[derive(Debug, Default)]
pub struct StreamStatus {
    lost: AtomicBool,
    errors: AtomicU64,
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

    fn note(&self, kind: ErrorKind, monitor: &Monitor) {
        match kind {
            ErrorKind::Xrun => monitor.count_xrun(),
            ErrorKind::DeviceNotAvailable
            | ErrorKind::StreamInvalidated
            | ErrorKind::HostUnavailable => self.lost.store(true, Ordering::Release),
            _ => {
                self.errors.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// A stream that plays until it is dropped. The processor goes with it.
pub struct OutputStream {
    stream: ::cpal::Stream,
    status: Arc<StreamStatus>,
}

impl std::fmt::Debug for OutputStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutputStream")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl OutputStream {
    /// What has gone wrong so far.
    #[must_use]
    pub fn status(&self) -> &Arc<StreamStatus> {
        &self.status
    }

    /// Frames per callback that the device granted; `None` when it does not tell.
    #[must_use]
    pub fn buffer_frames(&self) -> Option<u32> {
        self.stream.buffer_size().ok()
    }
}

impl OutputDevice {
    /// Starts playing.
    ///
    /// # Errors
    /// When the processor computes at another rate, or the device refuses.
    pub fn start<T: Sample>(&self, processor: Processor<T>) -> Result<OutputStream, DeviceError> {
        if processor.sample_rate() != self.sample_rate() {
            return Err(DeviceError::Rate {
                device: self.sample_rate(),
                processor: processor.sample_rate(),
            });
        }
        let status = Arc::new(StreamStatus::default());
        let noted = Arc::clone(&status);
        let stream = match self.format {
            SampleFormat::F32 => self.build::<T, f32>(processor, noted),
            SampleFormat::F64 => self.build::<T, f64>(processor, noted),
            SampleFormat::I8 => self.build::<T, i8>(processor, noted),
            SampleFormat::I16 => self.build::<T, i16>(processor, noted),
            SampleFormat::I24 => self.build::<T, ::cpal::I24>(processor, noted),
            SampleFormat::I32 => self.build::<T, i32>(processor, noted),
            SampleFormat::I64 => self.build::<T, i64>(processor, noted),
            SampleFormat::U8 => self.build::<T, u8>(processor, noted),
            SampleFormat::U16 => self.build::<T, u16>(processor, noted),
            SampleFormat::U24 => self.build::<T, ::cpal::U24>(processor, noted),
            SampleFormat::U32 => self.build::<T, u32>(processor, noted),
            SampleFormat::U64 => self.build::<T, u64>(processor, noted),
            other => {
                return Err(DeviceError::Format {
                    device: self.name.clone(),
                    asked: other.to_string(),
                    offered: Vec::new(),
                });
            }
        };
        let started = stream.and_then(|stream| stream.play().map(|()| stream));
        let stream = started.map_err(|error| DeviceError::Refused {
            device: self.name.clone(),
            reason: error.to_string(),
        })?;
        Ok(OutputStream { stream, status })
    }

    fn build<T, S>(
        &self,
        mut processor: Processor<T>,
        status: Arc<StreamStatus>,
    ) -> Result<::cpal::Stream, ::cpal::Error>
    where
        T: Sample,
        S: SizedSample + FromSample<f64> + Send + 'static,
    {
        let channels = self.channels();
        let monitor = Arc::clone(processor.monitor());
        let noted = Arc::clone(processor.monitor());
        let mut chunk = vec![T::default(); CHUNK * channels];
        let mut warm = false;
        let callback = move |data: &mut [S], _: &::cpal::OutputCallbackInfo| {
            let begin = Instant::now();
            if !warm {
                processor.warm_up();
                warm = true;
            }
            for piece in data.chunks_mut(chunk.len().max(1)) {
                let computed = &mut chunk[..piece.len()];
                processor.process_interleaved(computed, channels);
                for (to, from) in piece.iter_mut().zip(computed) {
                    *to = S::from_sample_(from.to_f64());
                }
            }
            monitor.time_callback(begin.elapsed().as_nanos() as u64);
        };
        let on_error = move |error: ::cpal::Error| status.note(error.kind(), &noted);
        self.device
            .build_output_stream(self.config, callback, on_error, None)
    }
}
