//! Small values of the command line: `PATCH:FUNCTION`, `NAME=VALUE`, `FRAME:NAME=VALUE`,
//! `NAME=SOURCE`.

use std::path::PathBuf;
use std::str::FromStr;

/// A patch file and, perhaps, one function of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatchRef {
    /// The file.
    pub(crate) path: PathBuf,
    /// The function.
    pub(crate) function: Option<String>,
}

impl FromStr for PatchRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = || Self {
            path: PathBuf::from(text),
            function: None,
        };
        match text.rsplit_once(':') {
            Some((path, name)) if !path.is_empty() && is_identifier(name) => Ok(Self {
                path: PathBuf::from(path),
                function: Some(name.to_owned()),
            }),
            Some((path, "")) if !path.is_empty() => {
                Err("a function name must follow the colon".to_owned())
            }
            _ => Ok(whole()),
        }
    }
}

fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_')
}

/// `NAME=VALUE`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assignment {
    /// A control: `node/control`, or `control` of a function.
    pub(crate) name: String,
    /// The value.
    pub(crate) value: f64,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or("write NAME=VALUE, such as bass/cutoff=800")?;
        let value = finite(value)?;
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err("the name before `=` is missing".to_owned());
        }
        Ok(Self { name, value })
    }
}

/// `FRAME:NAME=VALUE`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TimedAssignment {
    /// Frame at which the step happens.
    pub(crate) frame: u64,
    /// The step.
    pub(crate) assignment: Assignment,
}

impl FromStr for TimedAssignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (frame, rest) = text
            .split_once(':')
            .ok_or("write FRAME:NAME=VALUE, such as 48000:bass/cutoff=800")?;
        let frame = frame
            .trim()
            .parse()
            .map_err(|_| format!("`{frame}` is not a frame number"))?;
        Ok(Self {
            frame,
            assignment: rest.parse()?,
        })
    }
}

/// `NAME=SOURCE`: what a parameter hears.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InputSpec {
    /// The parameter.
    pub(crate) name: String,
    /// Where its samples come from.
    pub(crate) source: InputSource,
}

/// A source of samples.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum InputSource {
    /// A WAV file, and which of its channels (from 1) when it has several.
    Wav(PathBuf, Option<u16>),
    /// Raw little-endian 64-bit floats.
    Raw(PathBuf),
    /// 1 at a frame, 0 elsewhere.
    Impulse(u64),
    /// A sine of a frequency in Hz and an amplitude.
    Sine(f64, f64),
    /// The generator of `lcg_noise` from a start value.
    Noise(u32),
    /// A constant.
    Dc(f64),
}

impl FromStr for InputSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, source) = text
            .split_once('=')
            .ok_or("write NAME=SOURCE, such as inp=guitar.wav or inp=sine:440:0.5")?;
        Ok(Self {
            name: name.trim().to_owned(),
            source: source.parse()?,
        })
    }
}

impl FromStr for InputSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split(':').collect();
        match fields[..] {
            ["impulse"] => return Ok(Self::Impulse(0)),
            ["impulse", frame] => {
                return frame
                    .parse()
                    .map(Self::Impulse)
                    .map_err(|_| format!("`{frame}` is not a frame number"));
            }
            ["sine", hz] => return Ok(Self::Sine(finite(hz)?, 1.0)),
            ["sine", hz, amp] => return Ok(Self::Sine(finite(hz)?, finite(amp)?)),
            ["noise"] => return Ok(Self::Noise(0)),
            ["noise", seed] => {
                return seed
                    .parse()
                    .map(Self::Noise)
                    .map_err(|_| format!("`{seed}` is not a seed from 0 to 4294967295"));
            }
            ["dc", value] => return Ok(Self::Dc(finite(value)?)),
            _ => {}
        }
        let (path, channel) = match text.rsplit_once('#') {
            Some((path, number)) if number.chars().all(|c| c.is_ascii_digit()) => {
                let channel = number
                    .parse()
                    .ok()
                    .filter(|&n: &u16| n > 0)
                    .ok_or("channels of a file count from 1")?;
                (path, Some(channel))
            }
            _ => (text, None),
        };
        let lower = path.to_ascii_lowercase();
        if lower.ends_with(".wav") || lower.ends_with(".wave") {
            Ok(Self::Wav(PathBuf::from(path), channel))
        } else if lower.ends_with(".f64") && channel.is_none() {
            Ok(Self::Raw(PathBuf::from(path)))
        } else {
            Err(format!(
                "`{text}` is no source; use FILE.wav, FILE.f64, impulse:FRAME, sine:HZ:AMP, noise:SEED or dc:V"
            ))
        }
    }
}

fn finite(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        Ok(x) => Err(format!("{x} is not a finite number")),
        Err(_) => Err(format!("`{text}` is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::{InputSource, InputSpec, PatchRef, TimedAssignment};

    #[test]
    fn a_function_follows_the_last_colon() {
        let patch: PatchRef = "a/b.py:kick".parse().expect("valid");
        assert_eq!(patch.path.to_str(), Some("a/b.py"));
        assert_eq!(patch.function.as_deref(), Some("kick"));
        let windows: PatchRef = r"C:\beat.py".parse().expect("valid");
        assert_eq!(windows.function, None);
        assert!("beat.py:".parse::<PatchRef>().is_err());
    }

    #[test]
    fn steps_name_frame_control_and_value() {
        let step: TimedAssignment = "480:bass/cutoff=1e3".parse().expect("valid");
        assert_eq!((step.frame, step.assignment.value), (480, 1000.0));
        assert!("bass/cutoff=1".parse::<TimedAssignment>().is_err());
        assert!("1:x=nan".parse::<TimedAssignment>().is_err());
    }

    #[test]
    fn sources_are_told_apart_by_their_form() {
        let source = |text: &str| text.parse::<InputSpec>().map(|spec| spec.source);
        assert_eq!(source("x=sine:440:0.5"), Ok(InputSource::Sine(440.0, 0.5)));
        assert_eq!(source("x=impulse:7"), Ok(InputSource::Impulse(7)));
        assert_eq!(
            source("x=a#b.wav#2"),
            Ok(InputSource::Wav("a#b.wav".into(), Some(2)))
        );
        assert!(source("x=song.mp3").is_err());
        assert!(source("x=a.wav#0").is_err());
    }
}
