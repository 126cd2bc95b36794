//! Writing: samples go to a temporary file beside the target, which takes the target's place only
//! when the render has succeeded.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use synthc_jit::Sample;
use synthc_jit::host::{self, Kernel};
use tempfile::NamedTempFile;

use super::{Encoding, riff};

/// Bytes that go to the system at once.
const BUFFER: usize = 1 << 16;

/// What kind of file an output name asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileFormat {
    /// WAV of an encoding.
    Wav(Encoding),
    /// Raw little-endian 32-bit floats, interleaved.
    RawF32,
    /// Raw little-endian 64-bit floats, interleaved.
    RawF64,
}

/// Why the output could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("{path} names no format; end it in .wav, .f32 or .f64, or use - for standard output", path = path.display())]
    UnknownFormat { path: PathBuf },
    #[error("cannot write {path}: {reason}", path = shown(path))]
    Unwritable { path: PathBuf, reason: String },
    #[error(
        "{path} would grow beyond the 4 GiB that a WAV file can hold; render fewer seconds, or write raw floats by ending the name in .f32",
        path = path.display()
    )]
    TooLong { path: PathBuf },
}

fn shown(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "standard output".to_owned(),
        _ => path.display().to_string(),
    }
}

/// A file being written.
pub(crate) struct AudioWriter {
    target: PathBuf,
    temporary: NamedTempFile,
    out: BufWriter<File>,
    format: FileFormat,
    channels: u16,
    frames: u64,
    bytes_per_frame: u64,
    /// A block as it is written.
    bytes: Vec<u8>,
}

impl FileFormat {
    /// The format a name asks for; `wav` is the encoding of WAV files and of standard output.
    pub(crate) fn of(path: &Path, wav: Encoding) -> Result<Self, WriteError> {
        if path == Path::new("-") {
            return Ok(Self::Wav(wav));
        }
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("wav" | "wave") => Ok(Self::Wav(wav)),
            Some("f32") => Ok(Self::RawF32),
            Some("f64") => Ok(Self::RawF64),
            _ => Err(WriteError::UnknownFormat {
                path: path.to_owned(),
            }),
        }
    }

    const fn sample_bytes(self) -> u64 {
        match self {
            Self::Wav(Encoding::Pcm16) => 2,
            Self::Wav(Encoding::Pcm24) => 3,
            Self::Wav(Encoding::F32) | Self::RawF32 => 4,
            Self::Wav(Encoding::F64) | Self::RawF64 => 8,
        }
    }
}

impl AudioWriter {
    /// Opens a temporary file beside `target` (`-`: in the system's folder for such files).
    pub(crate) fn create(
        target: &Path,
        format: FileFormat,
        channels: u16,
        rate: u32,
    ) -> Result<Self, WriteError> {
        let fail = |e: &dyn ToString| WriteError::Unwritable {
            path: target.to_owned(),
            reason: e.to_string(),
        };
        if target.is_dir() {
            return Err(fail(&"it is a folder"));
        }
        let temporary = if target == Path::new("-") {
            NamedTempFile::new()
        } else {
            let folder = match target.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            if !folder.is_dir() {
                let reason = format!("there is no folder {}", folder.display());
                return Err(fail(&reason));
            }
            let mut builder = tempfile::Builder::new();
            builder.prefix(".synthc-");
            readable(&mut builder);
            builder.tempfile_in(folder)
        }
        // The kind alone: the whole text names the temporary file, which says nothing to anybody.
        .map_err(|e| fail(&e.kind()))?;
        let file = temporary.reopen().map_err(|e| fail(&e))?;
        let mut out = BufWriter::with_capacity(BUFFER, file);
        if let FileFormat::Wav(encoding) = format {
            riff::start(&mut out, encoding, channels, rate).map_err(|e| fail(&e))?;
        }
        Ok(Self {
            target: target.to_owned(),
            temporary,
            out,
            format,
            channels,
            frames: 0,
            bytes_per_frame: format.sample_bytes() * u64::from(channels),
            bytes: Vec::new(),
        })
    }

    /// Appends a block: one slice per channel, all of one length.
    pub(crate) fn write<T: Sample>(&mut self, block: &[&[T]]) -> Result<(), WriteError> {
        let frames = block.first().map_or(0, |channel| channel.len());
        if frames == 0 {
            return Ok(());
        }
        self.frames += frames as u64;
        let wav = matches!(self.format, FileFormat::Wav(_));
        if wav && self.frames * self.bytes_per_frame > u64::from(u32::MAX) - 1024 {
            return Err(WriteError::TooLong {
                path: self.target.clone(),
            });
        }
        let bytes = &mut self.bytes;
        match self.format {
            FileFormat::Wav(Encoding::Pcm16) => encode(bytes, block, |x| {
                let [low, high, ..] = pcm(x, 16).to_le_bytes();
                [low, high]
            }),
            FileFormat::Wav(Encoding::Pcm24) => match *block {
                [left, right] => encode_stereo_24(bytes, left, right),
                _ => encode(bytes, block, |x| {
                    let [low, middle, high, _] = pcm(x, 24).to_le_bytes();
                    [low, middle, high]
                }),
            },
            FileFormat::Wav(Encoding::F32) | FileFormat::RawF32 => {
                encode(bytes, block, |x| (x as f32).to_le_bytes());
            }
            FileFormat::Wav(Encoding::F64) | FileFormat::RawF64 => {
                encode(bytes, block, f64::to_le_bytes);
            }
        }
        self.out
            .write_all(&self.bytes)
            .map_err(|e| self.failure(&e))
    }

    /// Completes the file and puts it in the target's place, or copies it to standard output.
    pub(crate) fn finish(mut self) -> Result<(), WriteError> {
        let frames = u32::try_from(self.frames).unwrap_or(u32::MAX);
        let lengths = match self.format {
            FileFormat::Wav(encoding) => {
                riff::finish(&mut self.out, encoding, self.channels, frames)
            }
            FileFormat::RawF32 | FileFormat::RawF64 => Ok(()),
        };
        let completed = lengths.and_then(|()| self.out.flush());
        let target = self.target.clone();
        let fail = |e: &dyn ToString| WriteError::Unwritable {
            path: target.clone(),
            reason: e.to_string(),
        };
        completed.map_err(|e| fail(&e))?;
        if self.target == Path::new("-") {
            let file = self.temporary.as_file_mut();
            file.rewind().map_err(|e| fail(&e))?;
            let mut out = io::stdout().lock();
            io::copy(file, &mut out).map_err(|e| fail(&e))?;
            return out.flush().map_err(|e| fail(&e));
        }
        self.temporary
            .persist(&self.target)
            .map_err(|e| fail(&e.error))?;
        Ok(())
    }

    fn failure(&self, e: &io::Error) -> WriteError {
        WriteError::Unwritable {
            path: self.target.clone(),
            reason: e.to_string(),
        }
    }
}

/// Interleaves a block, channel by channel, so that the loop over frames is the inner one.
fn encode<T: Sample, const N: usize>(
    bytes: &mut Vec<u8>,
    block: &[&[T]],
    sample: impl Fn(f64) -> [u8; N],
) {
    let frames = block.first().map_or(0, |channel| channel.len());
    bytes.resize(frames * block.len() * N, 0);
    for (index, channel) in block.iter().enumerate() {
        let places = bytes[index * N..].chunks_mut(N * block.len());
        for (place, x) in places.zip(*channel) {
            if let Some(place) = place.first_chunk_mut() {
                *place = sample(x.to_f64());
            }
        }
    }
}

/// Interleaves two channels of 24 bits, what most renders are: a frame is six bytes of one word.
fn encode_stereo_24<T: Sample>(bytes: &mut Vec<u8>, left: &[T], right: &[T]) {
    let frames = left.len().min(right.len());
    // The last word reaches two bytes beyond its frame.
    bytes.resize(frames * 6 + 2, 0);
    let mut rest = &mut bytes[..];
    for (left, right) in left.chunks(PIECE).zip(right.chunks(PIECE)) {
        let mut both = [[0; PIECE]; 2];
        for (integers, samples) in both.iter_mut().zip([left, right]) {
            host::widest(Pcm24 { integers, samples });
        }
        let [lefts, rights] = &both;
        for (left, right) in lefts.iter().zip(rights).take(left.len().min(right.len())) {
            let frame = u64::from(left & 0xff_ffff) | u64::from(right & 0xff_ffff) << 24;
            if let Some(place) = rest.first_chunk_mut() {
                *place = frame.to_le_bytes();
            }
            rest = rest.get_mut(6..).unwrap_or_default();
        }
    }
    bytes.truncate(frames * 6);
}

/// Samples that become integers at a time.
const PIECE: usize = 64;

/// Samples as integers of 24 bits, in the low bits.
struct Pcm24<'a, T> {
    integers: &'a mut [u32; PIECE],
    samples: &'a [T],
}

impl<T: Sample> Kernel for Pcm24<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (integer, sample) in self.integers.iter_mut().zip(self.samples) {
            *integer = pcm(sample.to_f64(), 24) as u32;
        }
    }
}

/// Full scale is 2^(bits−1); rounds to nearest, halves to even, clamps; NaN becomes 0.
#[inline(always)]
fn pcm(x: f64, bits: u32) -> i32 {
    let scale = f64::from(1_u32 << (bits - 1));
    let x = if x.is_nan() { 0.0 } else { x * scale };
    // Beside 1.5 · 2⁵² a float has no room for fractions: the addition rounds, as the processor's mode says, and leaves
    // the integer in the low bits. A call of the C library's rounding costs ten times as much.
    let shifted = x.clamp(-scale, scale - 1.0) + 6_755_399_441_055_744.0;
    shifted.to_bits() as i32
}

/// Temporary files are private; a render is an ordinary file.
#[cfg(unix)]
fn readable(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    // The system takes the user's mask away from it.
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn readable(_: &mut tempfile::Builder<'_, '_>) {}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Encoding, read_wav};
    use super::{AudioWriter, FileFormat, encode, encode_stereo_24, pcm};

    #[test]
    fn stereo_of_24_bits_is_as_one_channel_after_the_other() {
        let left: Vec<f32> = (0..77).map(|n| (n as f32 * 0.37).sin() * 1.1).collect();
        let right: Vec<f32> = left.iter().rev().map(|x| -x).collect();
        let (mut fast, mut plain) = (vec![9; 3], Vec::new());
        for frames in [77, 1, 5] {
            let block = [&left[..frames], &right[..frames]];
            encode_stereo_24(&mut fast, block[0], block[1]);
            encode(&mut plain, &block, |x| {
                let [low, middle, high, _] = pcm(x, 24).to_le_bytes();
                [low, middle, high]
            });
            assert_eq!(fast, plain);
        }
    }

    #[test]
    fn full_scale_clamps_and_halves_round_to_even() {
        assert_eq!(pcm(1.0, 16), 32767);
        assert_eq!(pcm(-1.0, 16), -32768);
        assert_eq!(pcm(-2.0, 24), -8_388_608);
        assert_eq!(pcm(0.5 / 32768.0, 16), 0);
        assert_eq!(pcm(1.5 / 32768.0, 16), 2);
        assert_eq!(pcm(-2.5 / 32768.0, 16), -2);
        assert_eq!(pcm(f64::NAN, 16), 0);
        assert_eq!(pcm(f64::INFINITY, 16), 32767);
        for n in -40_000..40_000 {
            let x = f64::from(n) * 0.3;
            let rounded = x.round_ties_even().clamp(-32768.0, 32767.0);
            assert_eq!(pcm(x / 32768.0, 16), rounded as i32);
        }
    }

    #[test]
    fn what_is_written_is_read_back_in_every_encoding() {
        let folder = tempfile::tempdir().expect("a folder");
        let (left, right) = ([0.0, 0.25, -0.5], [0.125, -1.0, 0.75]);
        for encoding in [
            Encoding::Pcm16,
            Encoding::Pcm24,
            Encoding::F32,
            Encoding::F64,
        ] {
            let path = folder.path().join("x.wav");
            let format = FileFormat::Wav(encoding);
            let mut writer = AudioWriter::create(&path, format, 2, 44_100).expect("creates");
            writer.write(&[&left, &right]).expect("writes");
            assert!(!path.exists() || encoding != Encoding::Pcm16);
            writer.finish().expect("finishes");
            assert_eq!(read_wav(&path, Some(2), 44_100).expect("reads"), right);
            assert!(read_wav(&path, None, 44_100).is_err());
            assert!(read_wav(&path, Some(1), 48_000).is_err());
        }
    }

    #[test]
    fn a_name_without_a_known_ending_is_refused() {
        assert!(FileFormat::of(Path::new("x.mp3"), Encoding::F32).is_err());
        assert_eq!(
            FileFormat::of(Path::new("-"), Encoding::F32).ok(),
            Some(FileFormat::Wav(Encoding::F32))
        );
    }
}
