//! A loop over time.
use super::emitter::Emitter;
use super::process::Call;
use crate::schedule::Loop;
impl Emitter<'_, '_> {
    pub(super) fn time_loop(&mut self, one: &Loop, call: &Call) {
        self.frames_loop(one, call);
    }
}
