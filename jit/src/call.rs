//! Calling compiled code: the one place where safe arguments become the pointers of a
//! [`ProcessFn`](crate::lower::ProcessFn).
//!
//! [`Program::process`](crate::Program::process) has checked state, counts and lengths before it
//! comes here.

use std::ops::Range;

use synthc_ir::graph::ControlId;

use crate::code_block::VariantEntry;
use crate::host;
use crate::lower::MovingSource;
use crate::program::Inner;
use crate::sample::Sample;
use crate::schedule::{CHUNK, Pace, WIDEST};
use crate::state::{Block, State};

/// Room for the pointers of one call, so that calling allocates nothing.
#[derive(Debug)]
pub(crate) struct Arguments {
    inputs: Vec<*const u8>,
    outputs: Vec<*mut u8>,
    moving: Vec<MovingSource>,
    /// A chunk and a vector for every input, output and moving control, for chunks that are no whole
    /// number of vectors; empty when no loop computes vectors of frames.
    padding: Block,
}

// SAFETY: the pointers mean something only during a call, which writes them first.
unsafe impl Send for Arguments {}

/// Frames of one channel of the padding.
const PADDED: usize = (CHUNK + WIDEST) as usize;

impl Arguments {
    pub(crate) fn new<T: Sample>(program: &Inner<T>) -> Self {
        let (inputs, outputs) = (program.inputs, program.outputs);
        let moving = program.moving.len();
        let channels = if program.paces.contains(&Pace::Vectors) {
            inputs + outputs + moving
        } else {
            0
        };
        let resting = MovingSource {
            values: std::ptr::null(),
            mask: 0,
        };
        Self {
            inputs: vec![std::ptr::null(); inputs],
            outputs: vec![std::ptr::null_mut(); outputs],
            moving: vec![resting; moving],
            padding: Block::zeroed(channels * PADDED * size_of::<T>()),
        }
    }

    /// The place of a padded channel: inputs come first, then outputs, then moving controls.
    fn padded<T: Sample>(&mut self, channel: usize) -> &mut [T] {
        let bytes = PADDED * size_of::<T>();
        assert!(
            (channel + 1) * bytes <= self.padding.bytes(),
            "a padded channel"
        );
        // SAFETY: in bounds by the assertion, aligned as the block is; zeros and samples are values of `T`,
        // and `&mut self` makes the slice the only access.
        unsafe {
            let first = self.padding.as_ptr().add(channel * bytes);
            std::slice::from_raw_parts_mut(first.cast::<T>(), PADDED)
        }
    }
}

/// The slices of one call; with voices in lanes a frame is as many samples.
pub(crate) struct Buffers<'a, 'o, T> {
    pub(crate) inputs: &'a [&'a [T]],
    pub(crate) outputs: &'a mut [&'o mut [T]],
    pub(crate) frames: usize,
    pub(crate) lanes: usize,
}

impl<T: Sample> Buffers<'_, '_, T> {
    /// Writes the pointers of the frames of `part`.
    fn point(&mut self, arguments: &mut Arguments, part: &Range<usize>) {
        let part = part.start * self.lanes..part.end * self.lanes;
        for (pointer, input) in arguments.inputs.iter_mut().zip(self.inputs) {
            *pointer = input[part.clone()].as_ptr().cast();
        }
        for (pointer, output) in arguments.outputs.iter_mut().zip(&mut *self.outputs) {
            *pointer = output[part.clone()].as_mut_ptr().cast();
        }
    }

    /// Copies the inputs of `part` to padding and writes pointers to padding.
    fn point_to_padding(&mut self, arguments: &mut Arguments, part: &Range<usize>) {
        for (channel, input) in self.inputs.iter().enumerate() {
            let padded = arguments.padded::<T>(channel);
            padded[..part.len()].copy_from_slice(&input[part.clone()]);
            arguments.inputs[channel] = padded.as_ptr().cast();
        }
        for channel in 0..self.outputs.len() {
            let padded = arguments.padded::<T>(self.inputs.len() + channel);
            arguments.outputs[channel] = padded.as_mut_ptr().cast();
        }
    }

    /// Copies the outputs of `part` out of padding.
    fn copy_from_padding(&mut self, arguments: &mut Arguments, part: &Range<usize>) {
        let inputs = self.inputs.len();
        for (channel, output) in self.outputs.iter_mut().enumerate() {
            let padded = arguments.padded::<T>(inputs + channel);
            output[part.clone()].copy_from_slice(&padded[..part.len()]);
        }
    }
}

/// What a block's controls do, by control; nothing moves where it is empty.
type Movements<'a, T> = &'a [Option<&'a [T]>];

/// The values of a control in a block, where it moves.
fn values_of<'a, T>(moving: Movements<'a, T>, control: ControlId) -> Option<&'a [T]> {
    let values = moving.get(control.index()).copied().flatten();
    values.filter(|values| !values.is_empty())
}

/// Runs the update function of a variant.
fn update<T: Sample>(state: &mut State<T>, entry: VariantEntry) {
    // SAFETY: the state was made by the program whose code this is, so its memory has the layout
    // of the code, and `&mut` makes this call its only user.
    unsafe { (entry.update)(state.memory.as_ptr()) };
}

/// Runs `frames` frames of the sample loop with the pointers in the state's arguments.
///
/// # Safety
/// The arguments point to as many slices as the program has inputs, outputs and moving controls,
/// each of `frames` ≥ 1 samples a lane (one for a source with mask 0), outputs exclusively borrowed; and
/// the variant takes that many in a call, up to the next multiple of a vector where it says so.
unsafe fn process<T: Sample>(state: &mut State<T>, entry: VariantEntry, frames: usize) {
    host::clear_upper_halves();
    let arguments = &state.arguments;
    // SAFETY: the caller's promise, and for the state as in `update`.
    unsafe {
        (entry.process)(
            state.memory.as_ptr(),
            frames as u64,
            arguments.inputs.as_ptr(),
            arguments.outputs.as_ptr(),
            arguments.moving.as_ptr(),
        );
    }
}

/// Runs a block through a variant, in chunks when its loops want that.
///
/// # Safety
/// [`Program::process`](crate::Program::process) has checked counts and lengths for the state's
/// program, and `entry` is its variant of this pace.
unsafe fn run<T: Sample>(
    state: &mut State<T>,
    entry: VariantEntry,
    pace: Pace,
    mut buffers: Buffers<T>,
    moving: Movements<T>,
) {
    let frames = buffers.frames;
    let chunk = if pace == Pace::Whole {
        frames
    } else {
        CHUNK as usize
    };
    for first in (0..frames).step_by(chunk) {
        let part = first..frames.min(first + chunk);
        let padded = pace == Pace::Vectors && part.len() % WIDEST as usize != 0;
        if padded {
            buffers.point_to_padding(&mut state.arguments, &part);
        } else {
            buffers.point(&mut state.arguments, &part);
        }
        point_to_movements(state, pace, moving, &part, padded);
        // SAFETY: slices of the length of `part` by the caller's promise, or padding of more; the same
        // for the sources of moving controls, where one value is enough for those of mask 0.
        unsafe { process(state, entry, part.len()) };
        if padded {
            buffers.copy_from_padding(&mut state.arguments, &part);
        }
    }
}

/// Writes where the values of moving controls are in `part` of a block.
fn point_to_movements<T: Sample>(
    state: &mut State<T>,
    pace: Pace,
    moving: Movements<T>,
    part: &Range<usize>,
    padded: bool,
) {
    if moving.is_empty() {
        return;
    }
    let program = &state.program;
    let lanes = program.lanes();
    let before = program.inputs + program.outputs;
    for (entry, &control) in program.moving.iter().enumerate() {
        let offset = program.state_layout.control(control) as usize;
        let resting = T::from_f64(state.controls[control.index()]);
        let source = match values_of(moving, control) {
            Some(values) if padded => {
                let padding = state.arguments.padded::<T>(before + entry);
                padding[..part.len()].copy_from_slice(&values[part.clone()]);
                padding.as_ptr()
            }
            Some(values) => values[part.start * lanes..part.end * lanes].as_ptr(),
            None if pace == Pace::Vectors => {
                let padding = state.arguments.padded::<T>(before + entry);
                if part.start == 0 {
                    padding.fill(resting);
                }
                padding.as_ptr()
            }
            None => {
                state.arguments.moving[entry] = MovingSource {
                    values: state.memory.as_ptr().wrapping_add(offset),
                    mask: 0,
                };
                continue;
            }
        };
        state.arguments.moving[entry] = MovingSource {
            values: source.cast(),
            mask: u64::MAX,
        };
    }
}

/// Computes a block with all controls at rest.
pub(crate) fn resting<T: Sample>(state: &mut State<T>, buffers: Buffers<T>) {
    let entry = state.program.code.resting;
    if std::mem::take(&mut state.stale.resting) {
        update(state, entry);
    }
    let pace = state.program.paces[0];
    // SAFETY: `Program::process` has checked counts and lengths; the resting variant reads no
    // moving source.
    unsafe { run(state, entry, pace, buffers, &[]) };
}

/// Computes a block through the moving variant. Every control that moves has an entry in it.
pub(crate) fn moving<T: Sample>(
    state: &mut State<T>,
    entry: VariantEntry,
    buffers: Buffers<T>,
    moving: Movements<T>,
) {
    if std::mem::take(&mut state.stale.moving) {
        update(state, entry);
    }
    let pace = state.program.paces[1];
    // SAFETY: as in `resting`; `moving` has an entry for every control.
    unsafe { run(state, entry, pace, buffers, moving) };
}

/// Computes a block frame by frame through the resting variant: the same bits as the moving one.
pub(crate) fn stepwise<T: Sample>(
    state: &mut State<T>,
    mut buffers: Buffers<T>,
    moving: Movements<T>,
) {
    let entry = state.program.code.resting;
    let pace = state.program.paces[0];
    for frame in 0..buffers.frames {
        for (control, values) in moving.iter().enumerate() {
            let row = frame * buffers.lanes..(frame + 1) * buffers.lanes;
            let row = values
                .and_then(|values| values.get(row))
                .into_iter()
                .flatten();
            for (lane, &value) in row.enumerate() {
                state.write_control(lane, control, value);
            }
        }
        update(state, entry);
        let part = frame..frame + 1;
        let padded = pace == Pace::Vectors;
        if padded {
            buffers.point_to_padding(&mut state.arguments, &part);
        } else {
            buffers.point(&mut state.arguments, &part);
        }
        // SAFETY: as in `resting`, for one frame.
        unsafe { process(state, entry, 1) };
        if padded {
            buffers.copy_from_padding(&mut state.arguments, &part);
        }
    }
    for (control, values) in moving.iter().enumerate() {
        if values.is_some() {
            state.restore_control(control);
        }
    }
    state.stale.resting = true;
}
