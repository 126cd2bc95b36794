//! Reading: WAV files of any encoding hound knows, and raw little-endian 64-bit floats.

use std::path::{Path, PathBuf};

use super::riff;

/// Why a file could not be used as an input.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("cannot read {path}: {reason}", path = path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error(
        "{path} has a sample rate of {found} Hz but the render runs at {wanted} Hz; render with --rate {found}, or convert the file first: sox {path} -r {wanted} out.wav",
        path = path.display()
    )]
    Rate {
        path: PathBuf,
        found: u32,
        wanted: u32,
    },
    #[error(
        "{path} has {channels} channels but a parameter hears one; choose one with {path}#1 to {path}#{channels}",
        path = path.display()
    )]
    Channels { path: PathBuf, channels: u16 },
    #[error("{path} has {channels} channel(s), there is no channel {wanted}", path = path.display())]
    NoSuchChannel {
        path: PathBuf,
        channels: u16,
        wanted: u16,
    },
    #[error(
        "{path} holds {bytes} bytes, which is no whole number of 8-byte floats; is it really raw 64-bit float data?",
        path = path.display()
    )]
    RawLength { path: PathBuf, bytes: usize },
}

fn unreadable(path: &Path, reason: &dyn std::fmt::Display) -> ReadError {
    ReadError::Unreadable {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

/// One channel of a WAV file; integers are scaled to [−1, 1).
///
/// `channel` counts from 1 and may be left out for a file of one channel.
pub(crate) fn read_wav(
    path: &Path,
    channel: Option<u16>,
    rate: u32,
) -> Result<Vec<f64>, ReadError> {
    let bytes = std::fs::read(path).map_err(|e| unreadable(path, &e))?;
    if let Some(wide) = riff::parse(&bytes) {
        let index = channel_index(path, channel, wide.channels, wide.rate, rate)?;
        let (words, _) = wide.samples.as_chunks::<8>();
        let samples = words.iter().map(|word| f64::from_le_bytes(*word));
        return Ok(samples
            .skip(index)
            .step_by(usize::from(wide.channels))
            .collect());
    }
    let reader = hound::WavReader::new(bytes.as_slice())
        .map_err(|e| unreadable(path, &format_args!("not a WAV file that can be read ({e})")))?;
    let spec = reader.spec();
    let index = channel_index(path, channel, spec.channels, spec.sample_rate, rate)?;
    let step = usize::from(spec.channels);
    let samples: Result<Vec<f64>, hound::Error> = match spec.sample_format {
        hound::SampleFormat::Float => reader
            .into_samples::<f32>()
            .skip(index)
            .step_by(step)
            .map(|x| x.map(f64::from))
            .collect(),
        hound::SampleFormat::Int => {
            let scale = 0.5_f64.powi(i32::from(spec.bits_per_sample) - 1);
            reader
                .into_samples::<i32>()
                .skip(index)
                .step_by(step)
                .map(|x| x.map(|x| f64::from(x) * scale))
                .collect()
        }
    };
    samples.map_err(|e| unreadable(path, &e))
}

/// The channel asked for, from 0, of a file of `channels` channels at `found` Hz.
fn channel_index(
    path: &Path,
    asked: Option<u16>,
    channels: u16,
    found: u32,
    wanted: u32,
) -> Result<usize, ReadError> {
    let path = path.to_owned();
    if found != wanted {
        return Err(ReadError::Rate {
            path,
            found,
            wanted,
        });
    }
    match asked {
        None if channels == 1 => Ok(0),
        None => Err(ReadError::Channels { path, channels }),
        Some(n) if (1..=channels).contains(&n) => Ok(usize::from(n - 1)),
        Some(wanted) => Err(ReadError::NoSuchChannel {
            path,
            channels,
            wanted,
        }),
    }
}

/// Raw little-endian 64-bit floats.
pub(crate) fn read_raw(path: &Path) -> Result<Vec<f64>, ReadError> {
    let bytes = std::fs::read(path).map_err(|e| unreadable(path, &e))?;
    let (words, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(ReadError::RawLength {
            path: path.to_owned(),
            bytes: bytes.len(),
        });
    }
    Ok(words.iter().map(|word| f64::from_le_bytes(*word)).collect())
}
