//! What a device offers: which format is chosen, and formats in words.

use ::cpal::traits::DeviceTrait;
use ::cpal::{Device, SampleFormat, SupportedBufferSize, SupportedStreamConfigRange};

use super::{DeviceError, Direction};

/// A wish for a format.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) rate: u32,
    pub(super) channels: u16,
    pub(super) buffer: Option<u32>,
}

/// All formats of a device.
pub(super) fn offers(device: &Device, direction: Direction) -> Vec<SupportedStreamConfigRange> {
    match direction {
        Direction::Output => device
            .supported_output_configs()
            .into_iter()
            .flatten()
            .collect(),
        Direction::Input => device
            .supported_input_configs()
            .into_iter()
            .flatten()
            .collect(),
    }
}

/// The best sample format that fits.
pub(super) fn choose(
    name: &str,
    offered: &[SupportedStreamConfigRange],
    wanted: Wanted,
) -> Result<SampleFormat, DeviceError> {
    let Wanted {
        rate,
        channels,
        buffer,
    } = wanted;
    offered
        .iter()
        .filter(|range| range.channels() == channels)
        .filter(|range| (range.min_sample_rate()..=range.max_sample_rate()).contains(&rate))
        .filter(|range| holds(range.buffer_size(), buffer))
        .filter_map(|range| Some((preference(range.sample_format())?, range.sample_format())))
        .min_by_key(|(preference, _)| *preference)
        .map(|(_, format)| format)
        .ok_or_else(|| DeviceError::Format {
            device: name.to_owned(),
            asked: asked(wanted),
            offered: in_words(offered),
        })
}

/// Order of formats: what loses least first; none for those that hold no linear samples.
pub(super) fn preference(format: SampleFormat) -> Option<usize> {
    [
        SampleFormat::F32,
        SampleFormat::F64,
        SampleFormat::I32,
        SampleFormat::I24,
        SampleFormat::I64,
        SampleFormat::I16,
        SampleFormat::U32,
        SampleFormat::U24,
        SampleFormat::U64,
        SampleFormat::U16,
        SampleFormat::I8,
        SampleFormat::U8,
    ]
    .iter()
    .position(|&known| known == format)
}

fn holds(offered: &SupportedBufferSize, asked: Option<u32>) -> bool {
    match (offered, asked) {
        (SupportedBufferSize::Range { min, max }, Some(frames)) => (min..=max).contains(&&frames),
        _ => true,
    }
}

fn asked(wanted: Wanted) -> String {
    let Wanted {
        rate,
        channels,
        buffer,
    } = wanted;
    let buffer = buffer.map_or(String::new(), |frames| format!(" in buffers of {frames}"));
    format!("{channels} channels at {rate} Hz{buffer}")
}

/// Formats in words. Those that differ in the number of channels and in buffers only share a line, with the smallest and
/// the largest buffer of them; streams of single bits are none that we could play.
pub(super) fn in_words(offered: &[SupportedStreamConfigRange]) -> Vec<String> {
    struct Group {
        words: String,
        channels: Vec<u16>,
        buffers: Option<(u32, u32)>,
    }
    let mut groups: Vec<Group> = Vec::new();
    for range in offered
        .iter()
        .filter(|range| !range.sample_format().is_dsd())
    {
        let words = words(range);
        let buffers = match range.buffer_size() {
            SupportedBufferSize::Range { min, max } => Some((*min, *max)),
            SupportedBufferSize::Unknown => None,
        };
        match groups.iter_mut().find(|group| group.words == words) {
            Some(group) => {
                group.channels.push(range.channels());
                group.buffers = match (group.buffers, buffers) {
                    (Some((min, max)), Some((least, most))) => {
                        Some((min.min(least), max.max(most)))
                    }
                    (one, other) => one.or(other),
                };
            }
            None => groups.push(Group {
                words,
                channels: vec![range.channels()],
                buffers,
            }),
        }
    }
    let line = |mut group: Group| {
        group.channels.sort_unstable();
        group.channels.dedup();
        let buffers = match group.buffers {
            Some((min, max)) if min == max => format!(", buffers of {min}"),
            Some((min, max)) => format!(", buffers of {min} to {max}"),
            None => String::new(),
        };
        format!(
            "{} channels, {}{buffers}",
            runs(&group.channels),
            group.words
        )
    };
    groups.into_iter().map(line).collect()
}

/// Numbers with their runs shortened: `1 to 8, 32`.
fn runs(sorted: &[u16]) -> String {
    let mut parts: Vec<(u16, u16)> = Vec::new();
    for &number in sorted {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let part = |(first, last): &(u16, u16)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first} to {last}"),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

fn words(range: &SupportedStreamConfigRange) -> String {
    let (lowest, highest) = (range.min_sample_rate(), range.max_sample_rate());
    let rates = if lowest == highest {
        format!("{lowest} Hz")
    } else {
        format!("{lowest} to {highest} Hz")
    };
    format!("{rates}, {}", range.sample_format())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(channels: u16, rates: (u32, u32), format: SampleFormat) -> SupportedStreamConfigRange {
        let buffer = SupportedBufferSize::Range { min: 16, max: 2048 };
        SupportedStreamConfigRange::new(channels, rates.0, rates.1, buffer, format)
    }

    fn wanted(rate: u32, channels: u16, buffer: Option<u32>) -> Wanted {
        Wanted {
            rate,
            channels,
            buffer,
        }
    }

    #[test]
    fn every_linear_format_can_be_chosen_and_dsd_cannot() {
        assert!(preference(SampleFormat::F32).is_some() && preference(SampleFormat::U8).is_some());
        assert!(preference(SampleFormat::DsdU8).is_none());
        assert!(preference(SampleFormat::F32) < preference(SampleFormat::I16));
    }

    #[test]
    fn the_format_that_loses_least_is_chosen() {
        let offered = [
            range(2, (44_100, 96_000), SampleFormat::I16),
            range(2, (44_100, 48_000), SampleFormat::I32),
            range(4, (44_100, 48_000), SampleFormat::F32),
        ];
        let choose = |wanted| choose("card", &offered, wanted).ok();
        assert_eq!(choose(wanted(48_000, 2, None)), Some(SampleFormat::I32));
        assert_eq!(choose(wanted(96_000, 2, None)), Some(SampleFormat::I16));
        assert_eq!(choose(wanted(48_000, 4, Some(64))), Some(SampleFormat::F32));
        assert_eq!(choose(wanted(48_000, 3, None)), None);
        assert_eq!(choose(wanted(192_000, 2, None)), None);
        assert_eq!(choose(wanted(48_000, 2, Some(4096))), None);
    }

    #[test]
    fn a_refused_format_says_what_was_asked_and_what_there_is() {
        let offered: Vec<_> = (1..=8)
            .chain([32])
            .map(|channels| range(channels, (48_000, 48_000), SampleFormat::F32))
            .collect();
        let mut offered = offered;
        let longer = SupportedBufferSize::Range { min: 8, max: 1024 };
        for (channels, format) in [(33, SampleFormat::F32), (2, SampleFormat::DsdU8)] {
            offered.push(SupportedStreamConfigRange::new(
                channels, 48_000, 48_000, longer, format,
            ));
        }
        let error = choose("card", &offered, wanted(44_100, 2, Some(64))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "'card' does not do 2 channels at 44100 Hz in buffers of 64; it offers: 1 to 8, 32, 33 channels, 48000 Hz, f32, buffers of 8 to 2048"
        );
    }
}
