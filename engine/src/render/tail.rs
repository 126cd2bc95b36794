//! The tail of a render of natural length: what is heard after the gates have been released.

use synthc_jit::Sample;

/// The tail is over when it has been below this, −90 dBFS, …
const SILENCE: f64 = 3.162_277_660_168_379_5e-5;
/// … for so many seconds.
const SILENT_SECONDS: f64 = 0.5;
/// Longest tail in seconds.
const TAIL_SECONDS: f64 = 10.0;

/// Listens for the end of a tail.
pub(super) struct Silence {
    needed: u64,
    heard: u64,
}

impl Silence {
    /// A listener at a sample rate in Hz, and the most frames a tail may last.
    pub(super) fn tail(sample_rate: f64) -> (Self, u64) {
        let silence = Self {
            needed: (SILENT_SECONDS * sample_rate) as u64,
            heard: 0,
        };
        (silence, (TAIL_SECONDS * sample_rate) as u64)
    }

    pub(super) fn is_over(&self) -> bool {
        self.heard >= self.needed
    }

    /// Takes in a block, one slice per channel, and returns how many of its frames belong to the
    /// tail.
    pub(super) fn listen<T: Sample>(&mut self, block: &[&[T]]) -> usize {
        let frames = block.first().map_or(0, |channel| channel.len());
        for frame in 0..frames {
            if self.is_over() {
                return frame;
            }
            let loud = block
                .iter()
                .any(|channel| channel[frame].to_f64().abs() >= SILENCE);
            self.heard = if loud { 0 } else { self.heard + 1 };
        }
        frames
    }
}
