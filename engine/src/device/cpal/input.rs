//! A device that listens, into a node.

use std::sync::Arc;

use ::cpal::traits::{DeviceTrait, StreamTrait};
use ::cpal::{FromSample, SampleFormat, SizedSample};

use super::{DeviceError, DeviceRequest, Direction, Opened, StreamStatus};
use crate::device::input::{InputNode, InputSender, MAX_CHANNELS, input};
use crate::device::lease::Lease;

/// An input device that has been chosen, with the format it will give.
#[derive(Debug)]
pub struct InputDevice {
    opened: Opened,
}

/// Why a device does not listen, and what would have sent what it hears.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct InputRefusal {
    /// What is wrong.
    pub error: DeviceError,
    /// For another try; none when the host keeps it.
    pub sender: Option<Box<InputSender>>,
}

/// A device that listens until it is stopped or dropped.
pub struct InputStream {
    stream: Option<::cpal::Stream>,
    status: Arc<StreamStatus>,
    back: rtrb::Consumer<Box<InputSender>>,
}

impl std::fmt::Debug for InputStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InputStream")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl InputStream {
    /// What has gone wrong so far.
    #[must_use]
    pub fn status(&self) -> &Arc<StreamStatus> {
        &self.status
    }

    /// Closes the device and gives back what sends to its node, to go on with [`InputDevice::listen`]; `None` when the host
    /// keeps it.
    #[must_use]
    pub fn stop(mut self) -> Option<Box<InputSender>> {
        drop(self.stream.take());
        self.back.pop().ok()
    }
}

impl InputDevice {
    /// Finds a device and settles its format; the request's `outputs` mean nothing here.
    ///
    /// # Errors
    /// As [`OutputDevice::open`](super::OutputDevice::open).
    pub fn open(request: &DeviceRequest) -> Result<Self, DeviceError> {
        let opened = Opened::open(request, Direction::Input)?;
        Ok(Self { opened })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.opened.name
    }

    /// Frames a second.
    #[must_use]
    pub fn sample_rate(&self) -> f64 {
        f64::from(self.opened.config.sample_rate)
    }

    /// Starts listening: the stream, and the node that plays its first one or two channels at the rate of any
    /// engine.
    ///
    /// # Errors
    /// When the device refuses.
    pub fn start(&self) -> Result<(InputStream, InputNode), DeviceError> {
        let channels = usize::from(self.opened.config.channels);
        let (sender, node) = input(channels.min(MAX_CHANNELS), self.sample_rate());
        let stream = self
            .listen(Box::new(sender))
            .map_err(|refusal| refusal.error)?;
        Ok((stream, node))
    }

    /// Goes on for a node whose device was lost; where this one has another rate, its sound is converted. Allocates.
    ///
    /// # Errors
    /// When the device refuses; the sender comes back.
    pub fn listen(&self, mut sender: Box<InputSender>) -> Result<InputStream, InputRefusal> {
        sender.set_rate(self.sample_rate());
        let (sender, mut back) = Lease::new(sender);
        let status = Arc::new(StreamStatus::default());
        let noted = Arc::clone(&status);
        let stream = match self.opened.format {
            SampleFormat::F64 => self.build::<f64>(sender, noted),
            SampleFormat::I8 => self.build::<i8>(sender, noted),
            SampleFormat::I16 => self.build::<i16>(sender, noted),
            SampleFormat::I24 => self.build::<::cpal::I24>(sender, noted),
            SampleFormat::I32 => self.build::<i32>(sender, noted),
            SampleFormat::I64 => self.build::<i64>(sender, noted),
            SampleFormat::U8 => self.build::<u8>(sender, noted),
            SampleFormat::U16 => self.build::<u16>(sender, noted),
            SampleFormat::U24 => self.build::<::cpal::U24>(sender, noted),
            SampleFormat::U32 => self.build::<u32>(sender, noted),
            SampleFormat::U64 => self.build::<u64>(sender, noted),
            // What `format::choose` never gives is refused by the device.
            _ => self.build::<f32>(sender, noted),
        };
        match stream.and_then(|stream| stream.play().map(|()| stream)) {
            Ok(stream) => Ok(InputStream {
                stream: Some(stream),
                status,
                back,
            }),
            Err(error) => Err(InputRefusal {
                error: self.opened.refused(&error),
                sender: back.pop().ok(),
            }),
        }
    }

    fn build<S>(
        &self,
        mut sender: Lease<Box<InputSender>>,
        status: Arc<StreamStatus>,
    ) -> Result<::cpal::Stream, ::cpal::Error>
    where
        S: SizedSample + Send + 'static,
        f32: FromSample<S>,
    {
        let channels = usize::from(self.opened.config.channels).max(1);
        let callback = move |data: &[S], _: &::cpal::InputCallbackInfo| {
            let Some(sender) = sender.held() else { return };
            sender.send(data.chunks_exact(channels).map(|frame| {
                let sample = |channel: usize| {
                    let sample = frame.get(channel);
                    sample.map_or(0.0, |sample| f32::from_sample_(*sample))
                };
                [sample(0), sample(1)]
            }));
        };
        let on_error = move |error: ::cpal::Error| status.note(error.kind(), None);
        self.opened
            .device
            .build_input_stream(self.opened.config, callback, on_error, None)
    }
}
