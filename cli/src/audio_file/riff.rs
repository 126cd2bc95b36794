//! The RIFF header of WAV files (Multimedia Programming Interface and Data Specifications 1.0, IBM
//! and Microsoft 1991; format tags of mmreg.h), and reading files of 64-bit floats.
//!
//! hound reads everything but 64-bit floats. It writes 24 bits with an “extensible” header, which
//! Python's `wave` before 3.12 and older samplers refuse, and no 64-bit floats; so headers are ours:
//! format tag 1 for integers, 3 for floats.

use std::io::{self, Seek, SeekFrom, Write};

use super::Encoding;

const FORMAT_INTEGER: u16 = 1;
const FORMAT_FLOAT: u16 = 3;
/// Bytes before the first sample: RIFF, fmt and data headers; floats have a fact chunk too.
const HEADER_BYTES: u64 = 46;
const FACT_BYTES: u64 = 12;

fn format_of(encoding: Encoding) -> (u16, u16) {
    match encoding {
        Encoding::Pcm16 => (FORMAT_INTEGER, 16),
        Encoding::Pcm24 => (FORMAT_INTEGER, 24),
        Encoding::F32 => (FORMAT_FLOAT, 32),
        Encoding::F64 => (FORMAT_FLOAT, 64),
    }
}

/// Writes the header; `finish` corrects its lengths.
pub(super) fn start(
    out: &mut impl Write,
    encoding: Encoding,
    channels: u16,
    rate: u32,
) -> io::Result<()> {
    let (tag, bits) = format_of(encoding);
    let frame_bytes = channels.saturating_mul(bits / 8);
    out.write_all(b"RIFF\0\0\0\0WAVEfmt ")?;
    out.write_all(&18_u32.to_le_bytes())?;
    out.write_all(&tag.to_le_bytes())?;
    out.write_all(&channels.to_le_bytes())?;
    out.write_all(&rate.to_le_bytes())?;
    out.write_all(&rate.saturating_mul(u32::from(frame_bytes)).to_le_bytes())?;
    out.write_all(&frame_bytes.to_le_bytes())?;
    out.write_all(&bits.to_le_bytes())?;
    out.write_all(&0_u16.to_le_bytes())?;
    if tag == FORMAT_FLOAT {
        out.write_all(b"fact")?;
        out.write_all(&4_u32.to_le_bytes())?;
        out.write_all(&0_u32.to_le_bytes())?;
    }
    out.write_all(b"data\0\0\0\0")
}

/// Writes the lengths into the header of a file that holds `frames` frames, and the byte that
/// makes the data chunk even.
pub(super) fn finish(
    out: &mut (impl Write + Seek),
    encoding: Encoding,
    channels: u16,
    frames: u32,
) -> io::Result<()> {
    let (tag, bits) = format_of(encoding);
    let data = u64::from(frames) * u64::from(channels) * u64::from(bits / 8);
    let header = HEADER_BYTES + if tag == FORMAT_FLOAT { FACT_BYTES } else { 0 };
    let padding = data % 2;
    if padding == 1 {
        out.write_all(&[0])?;
    }
    let length = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    out.seek(SeekFrom::Start(4))?;
    out.write_all(&length(header - 8 + data + padding))?;
    if tag == FORMAT_FLOAT {
        out.seek(SeekFrom::Start(HEADER_BYTES))?;
        out.write_all(&frames.to_le_bytes())?;
    }
    out.seek(SeekFrom::Start(header - 4))?;
    out.write_all(&length(data))?;
    out.seek(SeekFrom::End(0)).map(|_| ())
}

/// A WAV file of 64-bit floats, taken apart.
pub(super) struct Wav64<'a> {
    pub(super) channels: u16,
    pub(super) rate: u32,
    pub(super) samples: &'a [u8],
}

/// Recognises a file of 64-bit floats; `None` for every other file.
pub(super) fn parse(bytes: &[u8]) -> Option<Wav64<'_>> {
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let u16_at = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (mut at, mut format) = (12, None);
    while let Some(id) = bytes.get(at..at + 4) {
        let length = u32_at(at + 4)? as usize;
        let body = at + 8;
        if id == b"fmt " {
            if u16_at(body)? != FORMAT_FLOAT || u16_at(body + 14)? != 64 {
                return None;
            }
            format = Some((u16_at(body + 2)?, u32_at(body + 4)?));
        } else if id == b"data" {
            let (channels, rate) = format?;
            let end = body.saturating_add(length).min(bytes.len());
            let samples = &bytes[body..end];
            return Some(Wav64 {
                channels,
                rate,
                samples,
            });
        }
        at = body + length + (length & 1);
    }
    None
}
