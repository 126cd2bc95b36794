//! Tempo and meter as people set them; the clock that follows them is in `crate::transport`.

use super::{Outcome, Session, SessionError};

impl Session {
    /// Slowest tempo in beats a minute.
    pub const MIN_TEMPO: f64 = 0.01;
    /// Fastest tempo in beats a minute.
    pub const MAX_TEMPO: f64 = 100_000.0;
    /// Fewest beats in a cycle.
    pub const MIN_METER: f64 = 0.01;
    /// Most beats in a cycle.
    pub const MAX_METER: f64 = 1024.0;

    /// Sets the tempo in beats a minute. Playing patterns keep their position.
    ///
    /// # Errors
    /// [`SessionError::Tempo`].
    pub fn set_tempo(&mut self, tempo: f64) -> Outcome {
        if !(Self::MIN_TEMPO..=Self::MAX_TEMPO).contains(&tempo) {
            return Err(SessionError::Tempo {
                given: tempo,
                min: Self::MIN_TEMPO,
                max: Self::MAX_TEMPO,
            });
        }
        self.tempo = tempo;
        Ok(Vec::new())
    }

    /// The tempo in beats a minute.
    #[must_use]
    pub fn tempo(&self) -> f64 {
        self.tempo
    }

    /// Sets how many beats a cycle (a bar) has. Playing patterns keep their position.
    ///
    /// # Errors
    /// [`SessionError::Meter`].
    pub fn set_meter(&mut self, beats: f64) -> Outcome {
        if !(Self::MIN_METER..=Self::MAX_METER).contains(&beats) {
            return Err(SessionError::Meter {
                given: beats,
                min: Self::MIN_METER,
                max: Self::MAX_METER,
            });
        }
        self.meter = beats;
        Ok(Vec::new())
    }

    /// Beats in a cycle.
    #[must_use]
    pub fn meter(&self) -> f64 {
        self.meter
    }
}
