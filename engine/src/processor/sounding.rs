//! Which outputs of a node hold something.
//!
//! What a node does not put out is neither cleared nor added up: buffers of outputs that are not in the set hold anything.

use crate::plan::MAX_OUTPUTS;

/// A set of outputs, by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sounding(u64);

const _: () = assert!(MAX_OUTPUTS <= u64::BITS as usize, "a bit for each output");

impl Sounding {
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn contains(self, output: usize) -> bool {
        self.0 >> output & 1 == 1
    }

    /// Adds an output, which is below [`MAX_OUTPUTS`]; whether it was there.
    pub(super) fn insert(&mut self, output: usize) -> bool {
        let before = self.contains(output);
        self.0 |= 1 << output;
        before
    }
}
