//! Voice allocation: which voice plays a note, decided on the audio side when the note is due.
//!
//! A [`VoiceBank`] knows notes and voices and nothing of sound: the processor asks it, sets the
//! controls, and tells it on every inner block how loud each voice was. All storage is reserved when it
//! is made. The order of preference: a free voice (lowest number), the voice released longest ago, the
//! voice whose note is oldest.

/// Below this magnitude a voice counts as silent: −100 dBFS.
pub(crate) const SILENCE: f64 = 1e-5;
/// How long a released voice must have been silent to be free, so that echoes and beating within
/// its program are not taken for its end.
const SILENCE_SECONDS: f64 = 0.05;

/// A note that holds a gate of a voice open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) note: u64,
    /// Control slot of the gate.
    pub(crate) gate: u16,
    /// Frame at which the gate opens, or opened.
    pub(crate) start: u64,
}

#[derive(Clone, Debug)]
struct Voice {
    held: Vec<Held>,
    /// Order in which notes were taken; 0 for none.
    taken: u64,
    /// Order in which voices were released; meaningful while nothing is held.
    released: u64,
    /// Frames for which it has been silent; a voice that never had a note is silent for ever.
    silent: u64,
}

/// The voices of one node.
#[derive(Clone, Debug)]
pub struct VoiceBank {
    voices: Vec<Voice>,
    /// Gates a voice can hold at once.
    gates: usize,
    clock: u64,
    silence_frames: u64,
}

impl VoiceBank {
    /// `count` voices, each with up to `gates` gates held at once.
    #[must_use]
    pub fn new(count: usize, gates: usize, sample_rate: f64) -> Self {
        let voice = || Voice {
            held: Vec::with_capacity(gates),
            taken: 0,
            released: 0,
            silent: u64::MAX,
        };
        Self {
            voices: (0..count).map(|_| voice()).collect(),
            gates,
            clock: 0,
            silence_frames: (SILENCE_SECONDS * sample_rate) as u64,
        }
    }

    /// Whether a voice neither holds a note nor sounds.
    #[must_use]
    pub fn is_free(&self, voice: usize) -> bool {
        let voice = &self.voices[voice];
        voice.held.is_empty() && voice.silent >= self.silence_frames
    }

    /// The voice that the next note gets.
    #[must_use]
    pub fn choose(&self) -> usize {
        let rank = |index: &usize| {
            let voice = &self.voices[*index];
            if self.is_free(*index) {
                (0, 0)
            } else if voice.held.is_empty() {
                (1, voice.released)
            } else {
                (2, voice.taken)
            }
        };
        (0..self.voices.len()).min_by_key(rank).unwrap_or(0)
    }
}
