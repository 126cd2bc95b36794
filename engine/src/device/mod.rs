//! Who pulls the processor: a device of this machine, or nobody's clock.
//!
//! [`null`] needs nothing and drives tests, measurements and programs without sound; `cpal` (feature
//! `device`) plays through ALSA, JACK (feature `jack`), CoreAudio or WASAPI. A driver only moves
//! samples: what is played does not depend on it. What is heard can be listened to by a [`tap`], what a microphone
//! hears comes in by an [`input`].

#[cfg(feature = "device")]
pub mod cpal;
pub mod feed;
pub mod input;
#[cfg(any(feature = "device", test))]
mod lease;
pub mod null;
mod resampler;
pub mod tap;
