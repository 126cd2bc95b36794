//! A plan that has been replaced and sounds on for ten milliseconds under the new one.
//!
//! Nothing of it was carried over, so both sounds are unrelated and the fade keeps their power: with
//! s(x) = 3x² − 2x³ the gains are √s(1 − x) for the old and √s(x) for the new; s(x) + s(1 − x) = 1, and
//! their slopes are finite at both ends. Events do not reach the old plan any more.

use synthc_jit::Sample;

use super::stage::Stage;
use crate::plan::{BLOCK, Block};
use crate::swap::Publication;

/// Length of the fade.
const SECONDS: f64 = 0.010;

/// The stage that fades out.
#[derive(Debug)]
pub(super) struct Fade<T> {
    stage: Stage<T>,
    length: u32,
    done: u32,
    mix: [Block<f64>; 2],
}

impl<T: Sample> Fade<T> {
    pub(super) fn new(stage: Stage<T>, sample_rate: f64) -> Self {
        Self {
            stage,
            length: (SECONDS * sample_rate).round() as u32,
            done: 0,
            mix: [[0.0; BLOCK]; 2],
        }
    }

    /// One that has nothing left to play.
    pub(super) fn over(publication: Publication<T>) -> Self {
        let mut fade = Self::new(Stage::new(publication), 0.0);
        fade.skip();
        fade
    }

    /// Ends it.
    pub(super) fn skip(&mut self) {
        self.done = self.length;
    }

    /// Whether nothing of it is heard any more.
    pub(super) fn is_over(&self) -> bool {
        self.done >= self.length
    }

    /// Plan and state, to be sent back.
    pub(super) fn into_publication(self) -> Publication<T> {
        Publication {
            plan: self.stage.plan,
            state: self.stage.state,
        }
    }

    /// Fades a block of the new plan in and mixes the old one in under it.
    pub(super) fn mix(&mut self, new: &mut [Block<f64>; 2]) {
        if self.is_over() {
            return;
        }
        for side in &mut self.mix {
            side.fill(0.0);
        }
        self.stage.begin_block();
        self.stage.render(&(0..BLOCK), &mut self.mix);
        for frame in 0..BLOCK {
            let x = (f64::from(self.done + 1) / f64::from(self.length)).min(1.0);
            let s = x * x * (3.0 - 2.0 * x);
            let (rising, falling) = (s.sqrt(), (1.0 - s).max(0.0).sqrt());
            for (new, old) in new.iter_mut().zip(&self.mix) {
                new[frame] = new[frame] * rising + old[frame] * falling;
            }
            self.done = (self.done + 1).min(self.length);
        }
    }
}
