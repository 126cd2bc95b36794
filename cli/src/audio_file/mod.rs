//! Audio files: WAV and raw floats.

mod read;
mod riff;
mod write;

pub(crate) use read::{read_raw, read_wav};
pub(crate) use write::{AudioWriter, FileFormat, WriteError};

use clap::ValueEnum;

/// How samples are stored in a WAV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Encoding {
    /// 16-bit integers, rounded, clamped to full scale.
    Pcm16,
    /// 24-bit integers, rounded, clamped to full scale.
    Pcm24,
    /// 32-bit floats.
    F32,
    /// 64-bit floats.
    F64,
}
