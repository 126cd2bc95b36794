//! Voice allocation: which voice plays a note, decided on the audio side when the note is due.
//!
//! A [`VoiceBank`] knows notes and voices and nothing of sound: the processor asks it, sets the
//! controls, and tells it on every inner block how loud each voice was. All storage is reserved when it
//! is made. The order of preference: a free voice (lowest number), the voice released longest ago, the
//! voice whose note is oldest. With one voice the last note wins, for each of its gates by itself.

/// Below this magnitude a voice counts as silent: −100 dBFS.
const SILENCE: f64 = 1e-5;
/// How long a released voice must have been silent to be free, so that echoes and beating within
/// its program are not taken for its end.
const SILENCE_SECONDS: f64 = 0.05;

/// A note that holds a gate of a voice open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The note's number.
    pub note: u64,
    /// Control slot of the gate.
    pub gate: u16,
    /// Frame at which the gate opens, or opened.
    pub start: u64,
}

#[derive(Clone, Debug)]
struct Voice {
    held: Vec<Held>,
    /// When the last note was taken, in the bank's own order.
    taken: u64,
    /// When the last note was released, in that order.
    released: u64,
    /// Frames for which it has been silent. One that never sounded is silent for ever.
    silent: u64,
    /// Frame of the last note that found it free.
    fresh: Option<u64>,
    /// Cannot sound.
    disabled: bool,
}

/// The voices of one node.
#[derive(Clone, Debug)]
pub struct VoiceBank {
    voices: Vec<Voice>,
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
            fresh: None,
            disabled: false,
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

    /// Whether nothing is heard of a voice's past at `frame`: it is free, or was when the first note
    /// of this frame took it.
    #[must_use]
    pub fn is_fresh(&self, voice: usize, frame: u64) -> bool {
        self.is_free(voice) || self.voices[voice].fresh == Some(frame)
    }

    /// The voice that the next note gets.
    #[must_use]
    pub fn choose(&self) -> usize {
        let rank = |index: &usize| {
            let voice = &self.voices[*index];
            if voice.disabled {
                (3, voice.taken)
            } else if self.is_free(*index) {
                (0, 0)
            } else if voice.held.is_empty() {
                (1, voice.released)
            } else {
                (2, voice.taken)
            }
        };
        (0..self.voices.len()).min_by_key(rank).unwrap_or(0)
    }

    /// Gives a voice to a note that starts at `frame`. What held the same gate is forgotten; with
    /// several voices, whatever the voice held.
    pub fn take(&mut self, voice: usize, note: u64, gate: Option<u16>, frame: u64) {
        let fresh = self.is_fresh(voice, frame);
        let several = self.voices.len() > 1;
        self.clock += 1;
        let clock = self.clock;
        let voice = &mut self.voices[voice];
        voice.fresh = fresh.then_some(frame);
        voice.taken = clock;
        voice
            .held
            .retain(|held| !several && Some(held.gate) != gate);
        if let Some(gate) = gate {
            if voice.held.len() < self.gates {
                let start = frame;
                voice.held.push(Held { note, gate, start });
            }
        } else {
            voice.released = clock;
        }
        voice.silent = 0;
    }

    /// What a voice holds.
    #[must_use]
    pub fn held(&self, voice: usize) -> &[Held] {
        &self.voices[voice].held
    }

    /// The voice and gate of a note.
    #[must_use]
    pub fn find(&self, note: u64) -> Option<(usize, Held)> {
        self.voices.iter().enumerate().find_map(|(index, voice)| {
            let held = voice.held.iter().find(|held| held.note == note)?;
            Some((index, *held))
        })
    }

    /// Ends a note; its voice can be taken again when it is needed.
    pub fn release(&mut self, voice: usize, note: u64) {
        self.clock += 1;
        let clock = self.clock;
        let voice = &mut self.voices[voice];
        voice.held.retain(|held| held.note != note);
        if voice.held.is_empty() {
            voice.released = clock;
        }
    }

    /// How dear a voice is, when not all can stay: smaller is dearer. Held notes before released ones, the
    /// latest first, free voices last.
    #[must_use]
    pub fn rank(&self, index: usize) -> u64 {
        let voice = &self.voices[index];
        if voice.disabled || self.is_free(index) {
            u64::MAX
        } else if voice.held.is_empty() {
            u64::MAX / 2 - voice.released
        } else {
            u64::MAX / 4 - voice.taken
        }
    }

    /// Makes a voice what a voice of another bank is. `slot` says which control slot a gate of that bank is here;
    /// notes whose gates are gone are forgotten. Allocates nothing.
    pub fn take_over(
        &mut self,
        index: usize,
        other: &Self,
        old: usize,
        slot: impl Fn(u16) -> Option<u16>,
    ) {
        self.clock = self.clock.max(other.clock);
        let gates = self.gates;
        let (voice, past) = (&mut self.voices[index], &other.voices[old]);
        voice.held.clear();
        for held in &past.held {
            if let Some(gate) = slot(held.gate).filter(|_| voice.held.len() < gates) {
                voice.held.push(Held { gate, ..*held });
            }
        }
        voice.taken = past.taken;
        voice.released = past.released;
        voice.silent = past.silent;
        voice.fresh = past.fresh;
    }

    /// Takes a voice out of the choice, as long as there is another.
    pub fn disable(&mut self, voice: usize) {
        self.voices[voice].disabled = true;
    }

    /// Tells how loud a voice was in the inner block of `frames` frames just computed.
    pub fn observe(&mut self, voice: usize, peak: f64, frames: u64) {
        let voice = &mut self.voices[voice];
        voice.silent = if peak < SILENCE {
            voice.silent.saturating_add(frames)
        } else {
            0
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank(count: usize) -> VoiceBank {
        VoiceBank::new(count, 4, 48_000.0)
    }

    fn play(bank: &mut VoiceBank, note: u64) -> usize {
        let voice = bank.choose();
        bank.take(voice, note, Some(0), note);
        bank.observe(voice, 0.5, 64);
        voice
    }

    fn stop(bank: &mut VoiceBank, note: u64) {
        if let Some((voice, _)) = bank.find(note) {
            bank.release(voice, note);
        }
    }

    #[test]
    fn free_voices_come_first_in_their_order() {
        let mut bank = bank(3);
        assert_eq!(
            [play(&mut bank, 1), play(&mut bank, 2), play(&mut bank, 3)],
            [0, 1, 2]
        );
    }

    #[test]
    fn then_the_voice_released_longest_ago() {
        let mut bank = bank(3);
        for note in 1..=3 {
            play(&mut bank, note);
        }
        stop(&mut bank, 2);
        stop(&mut bank, 1);
        assert_eq!(play(&mut bank, 4), 1);
        assert_eq!(play(&mut bank, 5), 0);
    }

    #[test]
    fn then_the_oldest_note_and_its_off_is_ignored() {
        let mut bank = bank(2);
        play(&mut bank, 1);
        play(&mut bank, 2);
        assert_eq!(play(&mut bank, 3), 0);
        stop(&mut bank, 1);
        assert_eq!(bank.find(3).map(|(voice, _)| voice), Some(0));
        assert_eq!(play(&mut bank, 4), 1);
    }

    #[test]
    fn a_released_voice_is_free_only_after_it_has_been_silent_for_a_while() {
        let mut bank = bank(2);
        play(&mut bank, 1);
        stop(&mut bank, 1);
        bank.observe(0, 0.0, 64);
        assert_eq!(bank.choose(), 1, "voice 0 may still ring");
        for _ in 0..(0.05 * 48_000.0) as usize / 64 {
            bank.observe(0, 0.0, 64);
        }
        assert_eq!(bank.choose(), 0);
        bank.observe(0, 0.1, 64);
        assert_eq!(bank.choose(), 1);
    }

    #[test]
    fn a_disabled_voice_is_taken_only_when_there_is_no_other() {
        let mut bank = bank(2);
        bank.disable(0);
        assert_eq!([play(&mut bank, 1), play(&mut bank, 2)], [1, 1]);
        bank.disable(1);
        assert_eq!(play(&mut bank, 3), 0);
    }

    #[test]
    fn one_voice_keeps_its_gates_apart_and_the_last_note_of_a_gate_wins() {
        let mut bank = bank(1);
        bank.take(0, 1, Some(0), 0);
        bank.take(0, 2, Some(1), 0);
        bank.take(0, 3, Some(0), 0);
        assert!(bank.find(1).is_none());
        assert!(bank.find(2).is_some() && bank.find(3).is_some());
    }

    #[test]
    fn notes_of_one_frame_find_the_voice_as_fresh_as_the_first() {
        let mut bank = bank(1);
        assert!(bank.is_fresh(0, 10));
        bank.take(0, 1, Some(0), 10);
        assert!(bank.is_fresh(0, 10));
        assert!(!bank.is_fresh(0, 11));
    }
}
