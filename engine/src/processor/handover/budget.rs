//! How much of delay lines is copied in a block, whatever there is to copy.

/// Frames of delay lines copied in an inner block, all together.
pub(super) const COPIED: usize = 2048;
/// The same of voices that move to other lanes, which are copied frame by frame: all voices of an ordinary node in one block, so
/// that a change of `count` is adopted as soon as without lanes.
pub(super) const VOICES_COPIED: usize = 8192;
/// Further frames for every line: more than a block writes.
pub(super) const PER_LINE: usize = 128;

/// Frames of delay lines that may still be copied in a block.
pub(super) struct Budget {
    left: usize,
    #[cfg(test)]
    pub(super) copied: usize,
}

impl Budget {
    pub(super) fn of(frames: usize) -> Self {
        Self {
            left: frames,
            #[cfg(test)]
            copied: 0,
        }
    }

    /// Lets `copy` take what is left and as much more as `lines` may.
    pub(super) fn spend(&mut self, lines: usize, copy: impl FnOnce(&mut usize) -> bool) -> bool {
        self.left += PER_LINE * lines;
        #[cfg(test)]
        let before = self.left;
        let done = copy(&mut self.left);
        #[cfg(test)]
        {
            self.copied += before - self.left;
        }
        done
    }
}
