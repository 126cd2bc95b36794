//! WAV files of 64-bit floats, which hound neither writes nor reads: a RIFF header with format
//! tag 3 (IEEE float) and 64 bits per sample (Multimedia Programming Interface and Data
//! Specifications 1.0, IBM and Microsoft 1991; format tags of mmreg.h).

use std::io::{self, Seek, SeekFrom, Write};

const HEADER_BYTES: u32 = 58;
const FORMAT_FLOAT: u16 = 3;

/// Writes the header; `finish` corrects its lengths.
pub(super) fn start(out: &mut impl Write, channels: u16, rate: u32) -> io::Result<()> {
    let frame_bytes = u32::from(channels) * 8;
    out.write_all(b"RIFF\0\0\0\0WAVEfmt ")?;
    out.write_all(&18_u32.to_le_bytes())?;
    out.write_all(&FORMAT_FLOAT.to_le_bytes())?;
    out.write_all(&channels.to_le_bytes())?;
    out.write_all(&rate.to_le_bytes())?;
    out.write_all(&rate.saturating_mul(frame_bytes).to_le_bytes())?;
    out.write_all(&(channels * 8).to_le_bytes())?;
    out.write_all(&64_u16.to_le_bytes())?;
    out.write_all(&0_u16.to_le_bytes())?;
    out.write_all(b"fact")?;
    out.write_all(&4_u32.to_le_bytes())?;
    out.write_all(&0_u32.to_le_bytes())?;
    out.write_all(b"data\0\0\0\0")
}

/// Writes the lengths into the header of a file that holds `frames` frames.
pub(super) fn finish(out: &mut (impl Write + Seek), channels: u16, frames: u32) -> io::Result<()> {
    let data_bytes = frames * u32::from(channels) * 8;
    for (position, value) in [
        (4, HEADER_BYTES - 8 + data_bytes),
        (46, frames),
        (54, data_bytes),
    ] {
        out.seek(SeekFrom::Start(position))?;
        out.write_all(&value.to_le_bytes())?;
    }
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
