//! Inputs and outputs of what runs, as the code wants them: a slice for each.
//!
//! Lists of slices are on the stack, and a list of 64 takes longer to fill than a small node to compute: nodes of few inputs
//! and outputs get short ones.

use std::ops::Range;

use synthc_jit::Sample;

use crate::plan::{Block, Code, CodeState, Fault, MAX_INPUTS, MAX_OUTPUTS, Ran};

/// Inputs of an ordinary node.
const FEW_INPUTS: usize = 8;
/// Outputs of an ordinary node.
const FEW_OUTPUTS: usize = 2;

/// What goes in and out of a group in a piece.
pub(super) struct Ports<'a, T> {
    pub(super) inputs: &'a [Block<T>],
    /// Outputs of an instance.
    pub(super) outputs: &'a mut [Block<T>],
    /// Outputs of voices in lanes.
    pub(super) wide: &'a mut [Vec<T>],
    pub(super) lanes: usize,
    pub(super) piece: &'a Range<usize>,
}

impl<T: Sample> Ports<'_, T> {
    /// Computes the piece, in which no control steps.
    pub(super) fn process(
        self,
        code: &Code<T>,
        state: &mut CodeState<T>,
        moving: &[Option<&[T]>],
    ) -> Result<Ran, Fault> {
        if code.input_count() <= FEW_INPUTS && code.output_count() <= FEW_OUTPUTS {
            self.process_up_to::<FEW_INPUTS, FEW_OUTPUTS>(code, state, moving)
        } else {
            self.process_up_to::<MAX_INPUTS, MAX_OUTPUTS>(code, state, moving)
        }
    }

    fn process_up_to<const INPUTS: usize, const OUTPUTS: usize>(
        self,
        code: &Code<T>,
        state: &mut CodeState<T>,
        moving: &[Option<&[T]>],
    ) -> Result<Ran, Fault> {
        let piece = self.piece.clone();
        let samples = piece.start * self.lanes..piece.end * self.lanes;
        let mut sources: [&[T]; INPUTS] = [&[]; INPUTS];
        for (source, input) in sources.iter_mut().zip(self.inputs) {
            *source = &input[piece.clone()];
        }
        let mut targets: [&mut [T]; OUTPUTS] = std::array::from_fn(|_| &mut [][..]);
        if self.lanes == 1 {
            for (target, output) in targets.iter_mut().zip(self.outputs) {
                *target = &mut output[samples.clone()];
            }
        } else {
            for (target, output) in targets.iter_mut().zip(self.wide) {
                *target = &mut output[samples.clone()];
            }
        }
        let (inputs, outputs) = (code.input_count(), code.output_count());
        code.process(state, &sources[..inputs], &mut targets[..outputs], moving)
    }
}
